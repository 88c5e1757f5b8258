/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authenticates a line as the daemon does, on a modem of the laboratory, and says what came of it:
 * usim-ask mbim|qmi|pcsc PORT SLOT subscriber
 * usim-ask mbim|qmi|pcsc PORT SLOT aka ICCID IMSI|- RAND AUTN */
#include <stdio.h>
#include <string.h>

#include "esim-error.h"
#include "esim-mbim-card.h"
#include "esim-qmi-card.h"
#include "esim-usim-aka.h"
#include "esim-usim.h"
#ifdef ESIM_WITH_PCSC
#include "esim-pcsc-card.h"
#endif

static EsimCard *
open_card (const char *way, const char *port, guint slot, GError **error)
{
  EsimMbimOptions mbim = {.device = port, .slot = slot, .select_p2 = -1, .apdu_timeout = 5};
  EsimQmiOptions qmi = {.device = port, .slot = slot, .apdu_timeout = 5};

  if (g_str_equal (way, "mbim"))
    return esim_mbim_card_open (&mbim, error);
  if (g_str_equal (way, "qmi"))
    return esim_qmi_card_open (&qmi, error);
#ifdef ESIM_WITH_PCSC
  if (g_str_equal (way, "pcsc"))
    return esim_pcsc_card_open (&(EsimPcscOptions){.reader = port, .select_p2 = -1, .apdu_timeout = 5},
                                error);
#endif
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "There is no way \"%s\"", way);
  return NULL;
}

static void
print_hex (const char *name, const guint8 *octets, gsize length)
{
  printf ("%s=", name);
  for (gsize i = 0; i < length; i++)
    printf ("%02x", octets[i]);
  printf ("\n");
}

static gboolean
read_hex (const char *text, guint8 octets[ESIM_AKA_KEY])
{
  for (gsize i = 0; i < ESIM_AKA_KEY; i++) {
    if (!g_ascii_isxdigit (text[2 * i]) || !g_ascii_isxdigit (text[2 * i + 1]))
      return FALSE;
    octets[i] = (guint8) (g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]));
  }
  return text[2 * ESIM_AKA_KEY] == '\0';
}

static gboolean
tell_subscriber (EsimCard *card, GError **error)
{
  g_autoptr (EsimUsim) usim = esim_usim_open (card, error);
  g_autoptr (EsimSubscriber) subscriber = usim != NULL ? esim_usim_read_subscriber (usim, error) : NULL;

  if (subscriber == NULL)
    return FALSE;
  printf ("iccid=%s\nimsi=%s\nmnc=%u\ngid1=%s\ngid2=%s\n", subscriber->iccid, subscriber->imsi,
          subscriber->mnc_length, subscriber->gid1 != NULL ? subscriber->gid1 : "-",
          subscriber->gid2 != NULL ? subscriber->gid2 : "-");
  return TRUE;
}

static gboolean
tell_aka (EsimCard *card, char **words, GError **error)
{
  static const char *const verdicts[] = {"accepted", "out-of-step", "rejected"};
  guint8 challenge[ESIM_AKA_KEY], token[ESIM_AKA_KEY];
  EsimAkaAnswer answer;

  if (!read_hex (words[2], challenge) || !read_hex (words[3], token)) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "RAND and AUTN have 16 octets");
    return FALSE;
  }
  if (!esim_usim_aka (card, words[0], g_str_equal (words[1], "-") ? NULL : words[1], challenge, token,
                      &answer, error)) {
    for (gsize i = 0; i < sizeof answer; i++)
      g_assert_cmpuint (((guint8 *) &answer)[i], ==, 0);
    return FALSE;
  }
  printf ("verdict=%s\n", verdicts[answer.verdict]);
  print_hex ("res", answer.response, answer.response_bits / 8);
  print_hex ("ck", answer.cipher, ESIM_AKA_KEY);
  print_hex ("ik", answer.integrity, ESIM_AKA_KEY);
  print_hex ("auts", answer.resynchronisation, ESIM_AKA_AUTS);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimCard) card = NULL;
  gboolean ok = FALSE;

  if (argc != 5 && argc != 9)
    return 2;
  card = open_card (argv[1], argv[2], (guint) g_ascii_strtoull (argv[3], NULL, 10), &error);
  if (card != NULL) {
    ok = argc == 5 ? tell_subscriber (card, &error) : tell_aka (card, argv + 5, &error);
    esim_card_shut (card);
  }
  if (!ok)
    printf ("error=%s\nwords=%s\n", strrchr (esim_error_get_dbus_name (error), '.') + 1, error->message);
  return !ok;
}
