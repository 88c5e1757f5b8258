/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A conversation: the first octet says what the USIM answers each time (two bits each) and the second
 * whether the server knows the keys; then packets, each as long as itself says. */
#include "fuzz.h"
#include "esim-eap-aka.h"
#include "esim-eap-packet.h"

#include <string.h>

#define IDENTITY "0001010000000001@nai.epc.mnc001.mcc001.3gppnetwork.org"
#define HEADER 4
#define AKA_HEADER 8
#define WORD 4
#define MAC_SIZE 16
#define DIGEST_SIZE 20

typedef struct {
  guint8 behaviour;
  guint asked;
  gboolean accepted;
} Usim;

static void
fill (guint8 *octets, gsize size, guint8 first)
{
  for (gsize i = 0; i < size; i++)
    octets[i] = (guint8) (first + i);
}

static gboolean
authenticate (const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer,
              gpointer data, GError **error)
{
  Usim *usim = data;

  g_assert_cmpuint (usim->asked, <=, ESIM_EAP_RESYNCHRONISATIONS_MAX);
  g_assert_false (usim->accepted);
  answer->verdict = MIN (usim->behaviour >> (2 * usim->asked) & 3, ESIM_AKA_REJECTED);
  usim->asked++;
  usim->accepted = answer->verdict == ESIM_AKA_ACCEPTED;
  answer->response_bits = 64;
  fill (answer->response, ESIM_AKA_KEY, 0xA0);
  fill (answer->integrity, ESIM_AKA_KEY, 0x10);
  fill (answer->cipher, ESIM_AKA_KEY, 0x20);
  return TRUE;
}

/* (nullable): where the MAC of this packet is */
static guint8 *
find_mac (guint8 *packet, gsize size)
{
  for (gsize at = AKA_HEADER; at + WORD + MAC_SIZE <= size && packet[at + 1] != 0;
       at += (gsize) packet[at + 1] * WORD)
    if (packet[at] == ESIM_AT_MAC && packet[at + 1] == 5)
      return packet + at + WORD;
  return NULL;
}

/* Without this no fuzzer comes further than the challenge. */
static void
sign (guint8 *packet, gsize size)
{
  g_autoptr (GHmac) hmac = NULL;
  guint8 *mac = find_mac (packet, size);
  guint8 integrity[ESIM_AKA_KEY], cipher[ESIM_AKA_KEY], digest[DIGEST_SIZE];
  gsize length = sizeof digest;
  EsimAkaKeys keys;

  if (mac == NULL)
    return;
  fill (integrity, sizeof integrity, 0x10);
  fill (cipher, sizeof cipher, 0x20);
  esim_aka_keys_derive (&keys, IDENTITY, integrity, cipher);
  memset (mac, 0, MAC_SIZE);
  hmac = g_hmac_new (G_CHECKSUM_SHA1, keys.authentication, sizeof keys.authentication);
  g_hmac_update (hmac, packet, (gssize) size);
  g_hmac_get_digest (hmac, digest, &length);
  memcpy (mac, digest, MAC_SIZE);
}

/* RES is given to nobody who did not prove to know the keys. */
static void
check_answer (EsimEapAka *peer, GBytes *answer, guint8 identifier, gboolean knows)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (answer, &size);
  gboolean is_aka;

  g_assert_cmpuint (size, >=, HEADER + 1);
  g_assert_cmpuint (data[0], ==, ESIM_EAP_RESPONSE);
  g_assert_cmpuint (data[1], ==, identifier);
  g_assert_cmpuint ((gsize) data[2] << 8 | data[3], ==, size);
  is_aka = data[4] == ESIM_EAP_TYPE_AKA;
  g_assert_true (!is_aka || (size >= AKA_HEADER && size % WORD == 0));
  if (is_aka && data[5] == ESIM_AKA_CHALLENGE) {
    g_assert_true (knows);
    g_assert_true (esim_eap_aka_is_answered (peer));
  }
  if (is_aka && data[5] == ESIM_AKA_CLIENT_ERROR)
    g_assert_nonnull (esim_eap_aka_get_problem (peer));
}

static void
give (EsimEapAka *peer, const guint8 *data, gsize size, gboolean knows)
{
  guint8 *copy = g_memdup2 (data, size);
  g_autoptr (GBytes) packet = g_bytes_new_take (copy, size);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;

  if (knows)
    sign (copy, size);
  answer = esim_eap_aka_take (peer, packet, &error);
  g_assert_true ((answer == NULL) == (error != NULL));
  if (answer != NULL)
    check_answer (peer, answer, copy[1], knows);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (EsimEapAka) peer = NULL;
  Usim usim = {0};
  gboolean knows;

  if (size < 2)
    return 0;
  usim.behaviour = data[0];
  knows = (data[1] & 1) != 0;
  peer = esim_eap_aka_new (IDENTITY, authenticate, &usim);
  for (gsize at = 2; at < size;) {
    gsize left = size - at;
    gsize length = left < HEADER ? left : (gsize) data[at + 2] << 8 | data[at + 3];

    length = length < HEADER || length > left ? left : length;
    give (peer, data + at, length, knows);
    at += length;
  }
  return 0;
}
