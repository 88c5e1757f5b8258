/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server that this test plays packet by packet; the expected octets are those of RFC 4187, 9 and 10. */
#include "esim-eap-aka.h"
#include "esim-error.h"
#include "hex.h"

#include <string.h>

#define IDENTITY "0001010000000001@nai.epc.mnc001.mcc001.3gppnetwork.org"
/* What test-aka-keys.c has for this identity and the IK and CK below. */
#define K_AUT "773C2319A71BF8044140865ADC2A4F9E"

#define MAC_SIZE 16
#define NO_MAC "0B 05 0000 00000000000000000000000000000000"
#define RAND "01 05 0000 000102030405060708090A0B0C0D0E0F"
#define AUTN "02 05 0000 F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"
#define CHALLENGE RAND AUTN

#define CLIENT_ERROR "170E000016010000"

/* The USIM's part, and the peer that is tested. */
typedef struct {
  EsimEapAka *peer;
  EsimAkaVerdict verdict;
  guint bits;
  gboolean broken;
  guint asked;
  guint8 identifier;
} Play;

static gboolean
authenticate (const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer,
              gpointer data, GError **error)
{
  Play *play = data;

  play->asked++;
  assert_hex (challenge, ESIM_AKA_KEY, "000102030405060708090A0B0C0D0E0F");
  assert_hex (token, ESIM_AKA_KEY, "F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF");
  answer->verdict = play->verdict;
  answer->response_bits = play->bits;
  for (guint i = 0; i < ESIM_AKA_KEY; i++) {
    answer->response[i] = (guint8) (0xA0 + i);
    answer->integrity[i] = (guint8) (0x10 + i);
    answer->cipher[i] = (guint8) (0x20 + i);
  }
  memset (answer->resynchronisation, 0xC7, sizeof answer->resynchronisation);
  if (play->broken)
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR, "PIN");
  return !play->broken;
}

static void
set_up (Play *play, gconstpointer data)
{
  *play = (Play){.verdict = ESIM_AKA_ACCEPTED, .bits = 64, .identifier = 7};
  play->peer = esim_eap_aka_new (IDENTITY, authenticate, play);
}

static void
tear_down (Play *play, gconstpointer data)
{
  esim_eap_aka_free (play->peer);
}

/* AT_MAC by GLib, not by what is tested: the last attribute in @octets. */
static void
sign (GByteArray *octets, const char *key_hex)
{
  g_autoptr (GBytes) key = hex_bytes (key_hex);
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA1, g_bytes_get_data (key, NULL), g_bytes_get_size (key));
  guint8 digest[20];
  gsize length = sizeof digest;

  g_hmac_update (hmac, octets->data, octets->len);
  g_hmac_get_digest (hmac, digest, &length);
  memcpy (octets->data + octets->len - MAC_SIZE, digest, MAC_SIZE);
}

/* An EAP request: @rest is what comes after the length. */
static GBytes *
make_request (Play *play, const char *rest, const char *key)
{
  g_autoptr (GBytes) tail = hex_bytes (rest);
  gsize size = g_bytes_get_size (tail) + 4;
  const guint8 header[] = {1, play->identifier, (guint8) (size >> 8), (guint8) size};
  GByteArray *octets = g_byte_array_new ();

  g_byte_array_append (octets, header, sizeof header);
  g_byte_array_append (octets, g_bytes_get_data (tail, NULL), size - sizeof header);
  if (key != NULL)
    sign (octets, key);
  return g_byte_array_free_to_bytes (octets);
}

/* The answer after its length, in hexadecimal; its header is checked. @key: its MAC too, which is then 0. */
static char *
read_answer (Play *play, GBytes *answer, const char *key)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (answer, &size);
  g_autoptr (GByteArray) copy = g_byte_array_append (g_byte_array_new (), data, (guint) size);

  g_assert_cmpuint (size, >=, 5);
  g_assert_cmpuint (data[0], ==, 2);
  g_assert_cmpuint (data[1], ==, play->identifier);
  g_assert_cmpuint ((guint) data[2] << 8 | data[3], ==, size);
  if (key != NULL) {
    memset (copy->data + size - MAC_SIZE, 0, MAC_SIZE);
    sign (copy, key);
    g_assert_cmpmem (copy->data, copy->len, data, size);
    memset (copy->data + size - MAC_SIZE, 0, MAC_SIZE);
  }
  return hex_string (copy->data + 4, size - 4);
}

/* Each says something new. */
static void
assert_answer (Play *play, const char *rest, const char *key, const char *expected, const char *answer_key)
{
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *actual = NULL;

  play->identifier++;
  request = make_request (play, rest, key);
  answer = esim_eap_aka_take (play->peer, request, &error);
  g_assert_no_error (error);
  actual = read_answer (play, answer, answer_key);
  g_assert_cmpstr (actual, ==, expected);
}

static void
assert_error (Play *play, const char *packet, EsimError code)
{
  g_autoptr (GBytes) request = hex_bytes (packet);
  g_autoptr (GError) error = NULL;

  g_assert_null (esim_eap_aka_take (play->peer, request, &error));
  g_assert_error (error, ESIM_ERROR, (int) code);
}

static void
assert_problem (Play *play, EsimError code)
{
  g_assert_error ((GError *) esim_eap_aka_get_problem (play->peer), ESIM_ERROR, (int) code);
  g_assert_false (esim_eap_aka_is_answered (play->peer));
}

/* The server's packet is answered by a client error, and then nothing goes on, whatever comes. */
static void
assert_client_error (Play *play, const char *rest, const char *key)
{
  assert_answer (play, rest, key, CLIENT_ERROR, NULL);
  assert_problem (play, ESIM_ERROR_CARRIER_ERROR);
  assert_error (play, "03 01 0004", ESIM_ERROR_CARRIER_ERROR);
}

static void
accept_challenge (Play *play)
{
  assert_answer (play, "17 01 0000" CHALLENGE NO_MAC, K_AUT,
                 "17010000"
                 "03030040A0A1A2A3A4A5A6A7"
                 "0B05000000000000000000000000000000000000",
                 K_AUT);
  g_assert_true (esim_eap_aka_is_answered (play->peer));
  g_assert_null (esim_eap_aka_get_problem (play->peer));
}

static void
test_challenge (Play *play, gconstpointer data)
{
  g_assert_false (esim_eap_aka_is_answered (play->peer));
  accept_challenge (play);
  g_assert_cmpuint (play->asked, ==, 1);
}

/* AT_RES tells its length in bits, and is filled up to words of four octets. */
static void
test_res_length (Play *play, gconstpointer data)
{
  static const struct {
    guint bits;
    const char *expected;
  } cases[] = {
      {32, "03020020A0A1A2A3"},
      {40, "03030028A0A1A2A3A4000000"},
      {128, "03050080A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *expected =
        g_strconcat ("17010000", cases[i].expected, "0B05000000000000000000000000000000000000", NULL);
    Play own;

    set_up (&own, NULL);
    own.bits = cases[i].bits;
    assert_answer (&own, "17 01 0000" CHALLENGE NO_MAC, K_AUT, expected, K_AUT);
    tear_down (&own, NULL);
  }
}

static void
test_res_impossible (Play *play, gconstpointer data)
{
  static const guint bits[] = {0, 31, 129, 65535};

  for (guint i = 0; i < G_N_ELEMENTS (bits); i++) {
    g_autoptr (GBytes) request = make_request (play, "17 01 0000" CHALLENGE NO_MAC, K_AUT);
    g_autoptr (GError) error = NULL;

    play->bits = bits[i];
    g_assert_null (esim_eap_aka_take (play->peer, request, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
    g_assert_false (esim_eap_aka_is_answered (play->peer));
  }
}

/* A server that does not know the keys is told nothing: not even RES. */
static void
test_mac_wrong (Play *play, gconstpointer data)
{
  assert_client_error (play, "17 01 0000" CHALLENGE NO_MAC, "00000000000000000000000000000000");
}

static void
test_mac_short (Play *play, gconstpointer data)
{
  assert_client_error (play, "17 01 0000" CHALLENGE "0B 04 0000 000000000000000000000000", NULL);
}

/* One bit anywhere, and the MAC is no more right. */
static void
test_mac_of_all (Play *play, gconstpointer data)
{
  g_autoptr (GBytes) good = make_request (play, "17 01 0000 8702 0000 00000000" CHALLENGE NO_MAC, K_AUT);
  gsize size;
  const guint8 *octets = g_bytes_get_data (good, &size);
  /* The identifier, the reserved octets of the header, an attribute that is passed over, the MAC. */
  static const guint places[] = {1, 6, 7, 10, 13};

  for (guint i = 0; i <= G_N_ELEMENTS (places); i++) {
    guint8 *copy = g_memdup2 (octets, size);
    g_autoptr (GBytes) request = g_bytes_new_take (copy, size);
    g_autoptr (GBytes) answer = NULL;
    g_autoptr (GError) error = NULL;
    Play own;

    set_up (&own, NULL);
    copy[i < G_N_ELEMENTS (places) ? places[i] : size - 1] ^= 1;
    answer = esim_eap_aka_take (own.peer, request, &error);
    g_assert_no_error (error);
    assert_problem (&own, ESIM_ERROR_CARRIER_ERROR);
    tear_down (&own, NULL);
  }
}

static void
test_challenge_incomplete (Play *play, gconstpointer data)
{
  static const char *const bad[] = {
      "17 01 0000" RAND NO_MAC,
      "17 01 0000" AUTN NO_MAC,
      "17 01 0000" RAND "02 04 0000 F0F1F2F3F4F5F6F7F8F9FAFB" NO_MAC,
      "17 01 0000 01 06 0000 000102030405060708090A0B0C0D0E0F 00010203" AUTN NO_MAC,
      "17 01 0000" CHALLENGE,
      "17 01 0000",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Play own;

    set_up (&own, NULL);
    assert_client_error (&own, bad[i], NULL);
    g_assert_cmpuint (own.asked, ==, 0);
    tear_down (&own, NULL);
  }
}

static void
test_second_challenge (Play *play, gconstpointer data)
{
  accept_challenge (play);
  assert_client_error (play, "17 01 0000" CHALLENGE NO_MAC, K_AUT);
  g_assert_cmpuint (play->asked, ==, 1);
}

/* It did not get the answer and asks again with the same octets: it gets the same, and the USIM is not asked.
 */
static void
test_repeated (Play *play, gconstpointer data)
{
  g_autoptr (GBytes) request = make_request (play, "17 01 0000" CHALLENGE NO_MAC, K_AUT);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) first = esim_eap_aka_take (play->peer, request, &error);
  g_autoptr (GBytes) second = esim_eap_aka_take (play->peer, request, &error);

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (first, second));
  g_assert_cmpuint (play->asked, ==, 1);
  g_assert_true (esim_eap_aka_is_answered (play->peer));
}

static void
test_rejected (Play *play, gconstpointer data)
{
  play->verdict = ESIM_AKA_REJECTED;
  assert_answer (play, "17 01 0000" CHALLENGE NO_MAC, NULL, "17020000", NULL);
  assert_problem (play, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
  assert_error (play, "04 01 0004", ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
}

#define AUTS_ANSWER "170400000404C7C7C7C7C7C7C7C7C7C7C7C7C7C7"

static void
test_out_of_step (Play *play, gconstpointer data)
{
  play->verdict = ESIM_AKA_OUT_OF_STEP;
  assert_answer (play, "17 01 0000" CHALLENGE NO_MAC, NULL, AUTS_ANSWER, NULL);
  g_assert_null (esim_eap_aka_get_problem (play->peer));
  g_assert_false (esim_eap_aka_is_answered (play->peer));
  assert_answer (play, "17 01 0000" CHALLENGE NO_MAC, NULL, AUTS_ANSWER, NULL);
  play->verdict = ESIM_AKA_ACCEPTED;
  accept_challenge (play);
  g_assert_cmpuint (play->asked, ==, 3);
}

static void
test_out_of_step_for_ever (Play *play, gconstpointer data)
{
  play->verdict = ESIM_AKA_OUT_OF_STEP;
  for (guint i = 0; i < ESIM_EAP_RESYNCHRONISATIONS_MAX; i++)
    assert_answer (play, "17 01 0000" CHALLENGE NO_MAC, NULL, AUTS_ANSWER, NULL);
  assert_answer (play, "17 01 0000" CHALLENGE NO_MAC, NULL, CLIENT_ERROR, NULL);
  assert_problem (play, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
  g_assert_cmpuint (play->asked, ==, 3);
}

static void
test_usim_broken (Play *play, gconstpointer data)
{
  g_autoptr (GBytes) request = make_request (play, "17 01 0000" CHALLENGE NO_MAC, K_AUT);
  g_autoptr (GError) error = NULL;

  play->broken = TRUE;
  g_assert_null (esim_eap_aka_take (play->peer, request, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  g_assert_false (esim_eap_aka_is_answered (play->peer));
}

/* AT_IDENTITY: 54 octets, two more to whole words of four. */
#define IDENTITY_HEX                                                                                         \
  "303030313031303030303030303030314"                                                                        \
  "06E61692E6570632E6D6E633030312E6D63633030312E336770706E6574776F726B2E6F7267"
#define IDENTITY_ANSWER "170500000E0F0036" IDENTITY_HEX "0000"

static void
test_identities (Play *play, gconstpointer data)
{
  assert_answer (play, "17 05 0000 0D010000", NULL, IDENTITY_ANSWER, NULL);
  assert_answer (play, "17 05 0000 11010000", NULL, IDENTITY_ANSWER, NULL);
  assert_answer (play, "17 05 0000 0A010000", NULL, IDENTITY_ANSWER, NULL);
  accept_challenge (play);
}

/* A server may begin with any of them, and never ask for less than before. */
static void
test_identity_order (Play *play, gconstpointer data)
{
  static const char *const requests[] = {"17 05 0000 0D010000", "17 05 0000 11010000", "17 05 0000 0A010000"};

  for (guint first = 0; first < G_N_ELEMENTS (requests); first++)
    for (guint second = 0; second < G_N_ELEMENTS (requests); second++) {
      Play own;

      set_up (&own, NULL);
      assert_answer (&own, requests[first], NULL, IDENTITY_ANSWER, NULL);
      if (second > first)
        assert_answer (&own, requests[second], NULL, IDENTITY_ANSWER, NULL);
      else
        assert_client_error (&own, requests[second], NULL);
      tear_down (&own, NULL);
    }
}

static void
test_identity_of_no_kind (Play *play, gconstpointer data)
{
  static const char *const bad[] = {"17 05 0000", "17 05 0000 0D010000 0A010000", "17 05 0000 86010000"};

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Play own;

    set_up (&own, NULL);
    assert_client_error (&own, bad[i], NULL);
    tear_down (&own, NULL);
  }
}

static void
test_identity_late (Play *play, gconstpointer data)
{
  Play resynchronised;

  accept_challenge (play);
  assert_client_error (play, "17 05 0000 0A010000", NULL);

  set_up (&resynchronised, NULL);
  resynchronised.verdict = ESIM_AKA_OUT_OF_STEP;
  assert_answer (&resynchronised, "17 01 0000" CHALLENGE NO_MAC, NULL, AUTS_ANSWER, NULL);
  assert_client_error (&resynchronised, "17 05 0000 0A010000", NULL);
  tear_down (&resynchronised, NULL);
}

/* AT_CHECKCODE as an attribute: over what went to and fro, by GLib; empty for %NULL. */
static char *
make_checkcode (const char *packets)
{
  g_autoptr (GBytes) octets = packets == NULL ? NULL : hex_bytes (packets);
  g_autofree char *code =
      octets == NULL ? g_strdup ("") : g_compute_checksum_for_bytes (G_CHECKSUM_SHA1, octets);

  return g_strconcat (octets == NULL ? "86010000" : "86060000", code, NULL);
}

static char *
with_checkcode (const char *checkcode)
{
  return g_strconcat ("17 01 0000", CHALLENGE, checkcode, NO_MAC, NULL);
}

static void
assert_checkcode_accepted (Play *play, const char *checkcode)
{
  g_autofree char *request = with_checkcode (checkcode);
  g_autofree char *upper = g_ascii_strup (checkcode, -1);
  g_autofree char *expected = g_strconcat ("17010000"
                                           "03030040A0A1A2A3A4A5A6A7",
                                           upper, "0B05000000000000000000000000000000000000", NULL);

  assert_answer (play, request, K_AUT, expected, K_AUT);
  g_assert_true (esim_eap_aka_is_answered (play->peer));
}

/* Two rounds of it, both ways, whole packets. The identifiers are 8 and 9 (assert_answer() counts). */
#define IDENTITY_ROUNDS                                                                                      \
  "0108000C 17050000 0D010000"                                                                               \
  "02080044" IDENTITY_ANSWER "0109000C 17050000 0A010000"                                                    \
  "02090044" IDENTITY_ANSWER

static void
say_identity_twice (Play *play)
{
  assert_answer (play, "17 05 0000 0D010000", NULL, IDENTITY_ANSWER, NULL);
  assert_answer (play, "17 05 0000 0A010000", NULL, IDENTITY_ANSWER, NULL);
}

static void
test_checkcode (Play *play, gconstpointer data)
{
  g_autofree char *checkcode = make_checkcode (IDENTITY_ROUNDS);

  say_identity_twice (play);
  assert_checkcode_accepted (play, checkcode);
}

static void
test_checkcode_empty (Play *play, gconstpointer data)
{
  g_autofree char *checkcode = make_checkcode (NULL);

  assert_checkcode_accepted (play, checkcode);
}

static void
test_checkcode_wrong (Play *play, gconstpointer data)
{
  g_autofree char *empty = make_checkcode (NULL);
  g_autofree char *changed = make_checkcode ("00");
  g_autofree char *one_way = make_checkcode ("0108000C 17050000 0D010000 0109000C 17050000 0A010000");
  g_autofree char *cut = g_strndup (changed, strlen (changed) - 8);
  const struct {
    gboolean identity;
    const char *checkcode;
  } cases[] = {{TRUE, empty}, {TRUE, changed}, {TRUE, one_way}, {FALSE, changed}, {TRUE, cut}};

  cut[3] = '5';
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *request = with_checkcode (cases[i].checkcode);
    Play own;

    set_up (&own, NULL);
    if (cases[i].identity)
      say_identity_twice (&own);
    assert_client_error (&own, request, K_AUT);
    tear_down (&own, NULL);
  }
}

static void
test_notification_early (Play *play, gconstpointer data)
{
  /* 16384: general failure before authentication */
  assert_answer (play, "17 0C 0000 0C014000", NULL, "170C0000", NULL);
  assert_problem (play, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
  assert_error (play, "04 01 0004", ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
}

/* A server that found RES wrong: there was no authentication, so it speaks of before it, without a MAC. */
static void
test_notification_of_wrong_res (Play *play, gconstpointer data)
{
  accept_challenge (play);
  assert_answer (play, "17 0C 0000 0C014000", NULL, "170C0000", NULL);
  assert_problem (play, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
}

static void
test_notification_late (Play *play, gconstpointer data)
{
  accept_challenge (play);
  /* 1026: temporarily denied */
  assert_answer (play, "17 0C 0000 0C010402" NO_MAC, K_AUT,
                 "170C0000"
                 "0B05000000000000000000000000000000000000",
                 K_AUT);
  assert_problem (play, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
}

static void
test_notification_success (Play *play, gconstpointer data)
{
  accept_challenge (play);
  assert_answer (play, "17 0C 0000 0C018000" NO_MAC, K_AUT,
                 "170C0000"
                 "0B05000000000000000000000000000000000000",
                 K_AUT);
  g_assert_true (esim_eap_aka_is_answered (play->peer));
  g_assert_null (esim_eap_aka_get_problem (play->peer));
  assert_client_error (play, "17 0C 0000 0C018000" NO_MAC, K_AUT);
}

static void
test_notification_wrong (Play *play, gconstpointer data)
{
  static const struct {
    gboolean after;
    const char *rest;
    const char *key;
  } cases[] = {
      {FALSE, "17 0C 0000", NULL},                   /* no code */
      {FALSE, "17 0C 0000 0C020000 00000000", NULL}, /* of another length */
      {FALSE, "17 0C 0000 0C01C000", NULL},          /* success before it all */
      {FALSE, "17 0C 0000 0C018000" NO_MAC, K_AUT},  /* nothing to prove it by */
      {FALSE, "17 0C 0000 0C010000" NO_MAC, "00000000000000000000000000000000"} /* nor by no key */,
      {TRUE, "17 0C 0000 0C010000", NULL},                                      /* without MAC */
      {TRUE, "17 0C 0000 0C010000" NO_MAC, "00000000000000000000000000000000"}, /* wrong MAC */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Play own;

    set_up (&own, NULL);
    if (cases[i].after)
      accept_challenge (&own);
    assert_client_error (&own, cases[i].rest, cases[i].key);
    tear_down (&own, NULL);
  }
}

/* Re-authentication, what only a peer may send, and what is not there. */
static void
test_other_subtypes (Play *play, gconstpointer data)
{
  static const char *const bad[] = {
      "17 0D 0000 8105 0000 00000000000000000000000000000000" NO_MAC,
      "17 02 0000",
      "17 04 0000",
      "17 0E 0000 16010000",
      "17 00 0000",
      "17 FF 0000",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Play own;

    set_up (&own, NULL);
    assert_client_error (&own, bad[i], NULL);
    tear_down (&own, NULL);
  }
}

static void
test_attributes (Play *play, gconstpointer data)
{
  static const char *const bad[] = {
      "17 01 0000" CHALLENGE "7F010000" NO_MAC,          /* not known, not skippable */
      "17 01 0000" CHALLENGE "18010000" NO_MAC,          /* AT_KDF: EAP-AKA' */
      "17 01 0000" CHALLENGE "0A010000" NO_MAC,          /* known, not here */
      "17 01 0000" CHALLENGE "03020020 00000000" NO_MAC, /* AT_RES is a peer's */
      "17 01 0000" CHALLENGE RAND NO_MAC,                /* twice */
      "17 01 0000" CHALLENGE "87010000 87010000" NO_MAC, /* twice, skippable */
      "17 01 0000" CHALLENGE "8700 0000" NO_MAC,         /* no length */
      "17 01 0000" CHALLENGE "87",                       /* cut off */
      "17 01 0000" CHALLENGE "8706 0000 00000000",       /* longer than the packet */
      "17 0C 0000 0C014000 01 05 0000 000102030405060708090A0B0C0D0E0F",
      "17 05 0000 0D010000 0C014000",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Play own;

    set_up (&own, NULL);
    assert_client_error (&own, bad[i], NULL);
    g_assert_cmpuint (own.asked, ==, 0);
    tear_down (&own, NULL);
  }
}

/* AT_RESULT_IND, AT_IV, AT_ENCR_DATA, AT_BIDDING, and one that nobody has thought of yet. */
static void
test_skippable (Play *play, gconstpointer data)
{
  assert_answer (play,
                 "17 01 0000 87010000" CHALLENGE "8105 0000 00000000000000000000000000000000"
                 "8205 0000 00000000000000000000000000000000 88018000 FF010000" NO_MAC,
                 K_AUT,
                 "17010000"
                 "03030040A0A1A2A3A4A5A6A7"
                 "0B05000000000000000000000000000000000000",
                 K_AUT);
}

static void
test_eap_identity (Play *play, gconstpointer data)
{
  assert_answer (play, "01", NULL, "01" IDENTITY_HEX, NULL);
  assert_answer (play, "01 48656C6C6F", NULL, "01" IDENTITY_HEX, NULL);
  accept_challenge (play);
  assert_error (play, "01 01 0005 01", ESIM_ERROR_CARRIER_ERROR);
}

static void
test_other_method (Play *play, gconstpointer data)
{
  /* EAP-SIM, EAP-AKA', the expanded type: a Nak that names EAP-AKA */
  assert_answer (play, "12 0A 0000 0F02 0002 0001 0000", NULL, "0317", NULL);
  assert_answer (play, "32 01 0000", NULL, "0317", NULL);
  assert_answer (play, "FE 000000 00000017", NULL, "0317", NULL);
  accept_challenge (play);
  assert_error (play, "01 01 0008 12 0A 0000", ESIM_ERROR_CARRIER_ERROR);
}

static void
test_eap_notification (Play *play, gconstpointer data)
{
  assert_answer (play, "02 48656C6C6F", NULL, "02", NULL);
  accept_challenge (play);
  assert_answer (play, "02 48656C6C6F", NULL, "02", NULL);
  g_assert_true (esim_eap_aka_is_answered (play->peer));
}

static void
test_no_packet (Play *play, gconstpointer data)
{
  static const char *const bad[] = {
      "",
      "01",
      "010100",
      "01010003",         /* shorter than a header */
      "0101000517",       /* cut off before the subtype */
      "01010008170100",   /* one octet less than it says */
      "01010004",         /* a request of no type */
      "0101000500",       /* type 0 */
      "0101000503",       /* a Nak is an answer */
      "02010008170E0000", /* an answer */
      "050100081701 0000",
      "0301000800000000", /* a success with something in it */
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    assert_error (play, bad[i], ESIM_ERROR_CARRIER_ERROR);
    g_assert_null (esim_eap_aka_get_problem (play->peer));
  }
}

/* What follows the packet's own length is not of it, and not under its MAC. */
static void
test_padding (Play *play, gconstpointer data)
{
  g_autoptr (GBytes) whole = make_request (play, "17 01 0000" CHALLENGE NO_MAC, K_AUT);
  g_autoptr (GByteArray) padded = g_byte_array_new ();
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;

  g_byte_array_append (padded, g_bytes_get_data (whole, NULL), (guint) g_bytes_get_size (whole));
  g_byte_array_append (padded, (const guint8 *) "\xFF\xFF\xFF", 3);
  request = g_bytes_new (padded->data, padded->len);
  answer = esim_eap_aka_take (play->peer, request, &error);
  g_assert_no_error (error);
  g_assert_nonnull (answer);
  g_assert_true (esim_eap_aka_is_answered (play->peer));
}

static void
test_too_large (Play *play, gconstpointer data)
{
  g_autofree guint8 *octets = g_malloc0 (ESIM_EAP_PACKET_MAX + 1);
  g_autoptr (GBytes) request = g_bytes_new (octets, ESIM_EAP_PACKET_MAX + 1);
  g_autoptr (GError) error = NULL;

  g_assert_null (esim_eap_aka_take (play->peer, request, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
}

static void
test_results (Play *play, gconstpointer data)
{
  assert_error (play, "03010004", ESIM_ERROR_CARRIER_ERROR);
  assert_error (play, "04010004", ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
}

static void
test_no_end (Play *play, gconstpointer data)
{
  for (guint i = 0; i < 16; i++)
    assert_answer (play, "02", NULL, "02", NULL);
  assert_error (play, "0101000502", ESIM_ERROR_LIMIT_EXCEEDED);
}

static void
add (const char *path, void (*test) (Play *, gconstpointer))
{
  g_test_add (path, Play, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/eap-aka/challenge", test_challenge);
  add ("/eap-aka/challenge/res-length", test_res_length);
  add ("/eap-aka/challenge/res-impossible", test_res_impossible);
  add ("/eap-aka/challenge/incomplete", test_challenge_incomplete);
  add ("/eap-aka/challenge/second", test_second_challenge);
  add ("/eap-aka/challenge/repeated", test_repeated);
  add ("/eap-aka/mac/wrong", test_mac_wrong);
  add ("/eap-aka/mac/short", test_mac_short);
  add ("/eap-aka/mac/of-all", test_mac_of_all);
  add ("/eap-aka/usim/rejected", test_rejected);
  add ("/eap-aka/usim/out-of-step", test_out_of_step);
  add ("/eap-aka/usim/out-of-step-for-ever", test_out_of_step_for_ever);
  add ("/eap-aka/usim/broken", test_usim_broken);
  add ("/eap-aka/identity/all", test_identities);
  add ("/eap-aka/identity/order", test_identity_order);
  add ("/eap-aka/identity/no-kind", test_identity_of_no_kind);
  add ("/eap-aka/identity/late", test_identity_late);
  add ("/eap-aka/checkcode/right", test_checkcode);
  add ("/eap-aka/checkcode/empty", test_checkcode_empty);
  add ("/eap-aka/checkcode/wrong", test_checkcode_wrong);
  add ("/eap-aka/notification/early", test_notification_early);
  add ("/eap-aka/notification/of-wrong-res", test_notification_of_wrong_res);
  add ("/eap-aka/notification/late", test_notification_late);
  add ("/eap-aka/notification/success", test_notification_success);
  add ("/eap-aka/notification/wrong", test_notification_wrong);
  add ("/eap-aka/subtypes", test_other_subtypes);
  add ("/eap-aka/attributes/refused", test_attributes);
  add ("/eap-aka/attributes/skippable", test_skippable);
  add ("/eap-aka/eap/identity", test_eap_identity);
  add ("/eap-aka/eap/other-method", test_other_method);
  add ("/eap-aka/eap/notification", test_eap_notification);
  add ("/eap-aka/eap/no-packet", test_no_packet);
  add ("/eap-aka/eap/padding", test_padding);
  add ("/eap-aka/eap/too-large", test_too_large);
  add ("/eap-aka/eap/results", test_results);
  add ("/eap-aka/eap/no-end", test_no_end);
  return g_test_run ();
}
