/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's side of EAP-AKA on a pipe, so that it can be put before servers that others wrote. Lines in
 * hexadecimal:
 *
 *   packet OCTETS       in: what the server sent; "-" where that is nothing
 *   usim RAND AUTN      out: and one of the next three comes back
 *   accepted RES IK CK
 *   out-of-step AUTS
 *   rejected
 *   answer STATE OCTETS out: STATE is open, answered (the server proved itself, and has RES) or problem
 *   error WORDS         out: there is no answer
 */
#include "esim-eap-aka.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 4
#define LINE_MAX_OCTETS (256 * 1024) /* what is larger than any packet has to be tried too */

static char **
read_words (void)
{
  static char line[LINE_MAX_OCTETS];

  if (fgets (line, sizeof line, stdin) == NULL)
    return NULL;
  return g_strsplit (g_strstrip (line), " ", WORDS_MAX);
}

static GByteArray *
read_hex (const char *hex)
{
  GByteArray *octets = g_byte_array_new ();

  for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
    guint8 octet = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));

    g_byte_array_append (octets, &octet, 1);
  }
  return octets;
}

static void
print_hex (const guint8 *octets, gsize size)
{
  putchar (' ');
  for (gsize i = 0; i < size; i++)
    printf ("%02x", octets[i]);
}

/* What was written fits, or this program was asked something else than its line says. */
static guint
take_hex (const char *hex, guint8 *to, gsize max)
{
  g_autoptr (GByteArray) octets = read_hex (hex);

  if (octets->len > max)
    g_error ("%u octets where %" G_GSIZE_FORMAT " have room", octets->len, max);
  memcpy (to, octets->data, octets->len);
  return octets->len;
}

static gboolean
ask_usim (const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer,
          gpointer data, GError **error)
{
  g_auto (GStrv) words = NULL;
  guint count;

  printf ("usim");
  print_hex (challenge, ESIM_AKA_KEY);
  print_hex (token, ESIM_AKA_KEY);
  putchar ('\n');
  fflush (stdout);
  words = read_words ();
  count = words == NULL ? 0 : g_strv_length (words);
  if (count == 4 && strcmp (words[0], "accepted") == 0) {
    answer->verdict = ESIM_AKA_ACCEPTED;
    answer->response_bits = 8 * take_hex (words[1], answer->response, ESIM_AKA_KEY);
    take_hex (words[2], answer->integrity, ESIM_AKA_KEY);
    take_hex (words[3], answer->cipher, ESIM_AKA_KEY);
  } else if (count == 2 && strcmp (words[0], "out-of-step") == 0) {
    answer->verdict = ESIM_AKA_OUT_OF_STEP;
    take_hex (words[1], answer->resynchronisation, ESIM_AKA_AUTS);
  } else if (count == 1 && strcmp (words[0], "rejected") == 0) {
    answer->verdict = ESIM_AKA_REJECTED;
  } else {
    g_error ("the USIM's answer was not understood");
  }
  return TRUE;
}

static const char *
get_state (EsimEapAka *peer)
{
  if (esim_eap_aka_get_problem (peer) != NULL)
    return "problem";
  return esim_eap_aka_is_answered (peer) ? "answered" : "open";
}

static void
take (EsimEapAka *peer, const char *hex)
{
  g_autoptr (GByteArray) octets = read_hex (hex);
  g_autoptr (GBytes) packet = g_bytes_new (octets->data, octets->len);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = esim_eap_aka_take (peer, packet, &error);

  if (answer == NULL) {
    printf ("error %s\n", error->message);
  } else {
    gsize size;
    const guint8 *data = g_bytes_get_data (answer, &size);

    printf ("answer %s", get_state (peer));
    print_hex (data, size);
    putchar ('\n');
  }
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  g_autoptr (EsimEapAka) peer = NULL;

  if (argc != 2)
    g_error ("usage: eap-peer IDENTITY");
  peer = esim_eap_aka_new (argv[1], ask_usim, NULL);
  for (;;) {
    g_auto (GStrv) words = read_words ();

    if (words == NULL)
      return 0;
    if (g_strv_length (words) != 2 || strcmp (words[0], "packet") != 0)
      g_error ("a packet was expected");
    take (peer, words[1]);
  }
}
