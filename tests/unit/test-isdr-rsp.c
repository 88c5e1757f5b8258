/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-isdr-rsp.h"
#include "fake-card.h"
#include "hex.h"

#include <string.h>

#define GET_EID "81E2910006BF3E035C015A00"
#define EID_ANSWER "BF3E125A10 89049032123451234512345678901235 9000"
#define CHALLENGE "000102030405060708090A0B0C0D0E0F"
/* Stand-ins: what is in them is nothing to the LPA. */
#define SIGNED "3003800101"
#define SIGNATURE "5F37020102"
#define KEY_ID "0402ABCD"
#define CERTIFICATE "3000"
#define OK_CONTENTS "3003800101 5F37021122"

typedef struct {
  FakeCard *card;
  EsimIsdr *isdr;
  EsimDevice *device;
  EsimServerAuthentication *server;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->card = fake_card_new ();
  fake_card_expect (fixture->card, GET_EID, EID_ANSWER);
  fixture->isdr = esim_isdr_open (ESIM_CARD (fixture->card), &error);
  g_assert_no_error (error);
  fixture->device = esim_device_new ();
  g_assert_true (esim_device_set_tac (fixture->device, "35290611", NULL));
  fixture->server = g_new0 (EsimServerAuthentication, 1);
  fixture->server->transaction_id = hex_bytes ("01");
  fixture->server->signed1 = hex_bytes (SIGNED);
  fixture->server->signature1 = hex_bytes (SIGNATURE);
  fixture->server->ci_key_id = hex_bytes (KEY_ID);
  fixture->server->certificate = hex_bytes (CERTIFICATE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  esim_isdr_free (fixture->isdr);
  fake_card_assert_done (fixture->card);
  g_object_unref (fixture->card);
  esim_device_free (fixture->device);
  esim_server_authentication_free (fixture->server);
}

/* One STORE DATA with @command (hexadecimal) is expected, and answered. */
static void
expect (Fixture *fixture, const char *command, const char *answer)
{
  g_autoptr (GBytes) octets = hex_bytes (command);
  g_autofree char *apdu = g_strdup_printf ("81E29100%02X%s00", (guint) g_bytes_get_size (octets), command);
  g_autofree char *with_status = g_strconcat (answer, "9000", NULL);

  fake_card_expect (fixture->card, apdu, with_status);
}

/* Two commands, and no third for what is known. */
static void
test_begin (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) challenge = NULL, bytes = NULL, again = NULL;
  g_autoptr (EsimEuiccInfo) info = NULL;

  expect (fixture, "BF2E00", "BF2E12 8010" CHALLENGE);
  expect (fixture, "BF2000", "BF20 0F 8203020500 A9040402ABCD AA020400");
  challenge = esim_isdr_get_challenge (fixture->isdr, &error);
  g_assert_no_error (error);
  assert_bytes (challenge, CHALLENGE);
  bytes = esim_isdr_get_info1_bytes (fixture->isdr, &error);
  g_assert_no_error (error);
  assert_bytes (bytes, "BF200F8203020500A9040402ABCDAA020400");
  again = esim_isdr_get_info1_bytes (fixture->isdr, &error);
  g_assert_true (g_bytes_equal (bytes, again));
  info = esim_isdr_get_info1 (fixture->isdr, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info->ci_key_ids[0], ==, "ABCD");
}

static void
test_bad_challenge (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = {
      "",
      "BF2E00",
      "BF2E11 800F 000102030405060708090A0B0C0D0E",
      "BF2E13 8011" CHALLENGE "10",
      "BF2E12 8110" CHALLENGE,
      "BF2F12 8010" CHALLENGE,
      "BF2E12 8011" CHALLENGE,
      "BF2E12 8010" CHALLENGE "00",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) challenge = NULL;

    expect (fixture, "BF2E00", bad[i]);
    challenge = esim_isdr_get_challenge (fixture->isdr, &error);
    g_assert_null (challenge);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

/* An answer that is not info1 is not kept. */
static void
test_bad_info1 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) wrong = NULL, right = NULL;

  expect (fixture, "BF2000", "BF2205 8203020500");
  expect (fixture, "BF2000", "BF2005 8203020500");
  wrong = esim_isdr_get_info1_bytes (fixture->isdr, &error);
  g_assert_null (wrong);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  right = esim_isdr_get_info1_bytes (fixture->isdr, NULL);
  g_assert_nonnull (right);
}

/* The order of AuthenticateServerRequest; ctxParams1 is explicit: A0 {80 matchingId, A1 deviceInfo}. */
static void
test_authenticate (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = NULL, without = NULL;

  expect (fixture, "BF3821" SIGNED SIGNATURE KEY_ID CERTIFICATE "A00F 8003 412D31 A108 8004 53926011 A100",
          "BF380C A00A" OK_CONTENTS);
  expect (fixture, "BF381C" SIGNED SIGNATURE KEY_ID CERTIFICATE "A00A A108 8004 53926011 A100",
          "BF3816 A014" OK_CONTENTS "30 03 800102 30 03 800103");
  answer = esim_isdr_authenticate_server (fixture->isdr, fixture->server, fixture->device, "A-1", &error);
  g_assert_no_error (error);
  assert_bytes (answer, "BF380CA00A30038001015F37021122");
  without = esim_isdr_authenticate_server (fixture->isdr, fixture->server, fixture->device, "", &error);
  g_assert_no_error (error);
  assert_bytes (without, "BF3816A01430038001015F3702112230038001023003800103");
}

/* Lengths beyond one octet, and more than one block. */
static void
test_long (Fixture *fixture, gconstpointer data)
{
  g_autofree char *octets = g_strnfill (2 * 300, '7');
  g_autofree char *certificate = g_strconcat ("3082012C", octets, NULL);
  g_autofree char *whole = g_strconcat ("BF3882014A", SIGNED SIGNATURE KEY_ID, certificate,
                                        "A00AA10880045392601"
                                        "1A100",
                                        NULL);
  g_autofree char *first = g_strndup (whole, 2 * 255);
  const char *second = whole + 2 * 255;
  g_autofree char *apdu1 = g_strconcat ("81E21100FF", first, "00", NULL);
  g_autofree char *apdu2 = g_strdup_printf ("81E29101%02X%s00", (guint) strlen (second) / 2, second);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;

  g_bytes_unref (fixture->server->certificate);
  fixture->server->certificate = hex_bytes (certificate);
  fake_card_expect (fixture->card, apdu1, "9000");
  fake_card_expect (fixture->card, apdu2, "BF380C A00A" OK_CONTENTS "9000");
  answer = esim_isdr_authenticate_server (fixture->isdr, fixture->server, fixture->device, "", &error);
  g_assert_no_error (error);
  g_assert_nonnull (answer);
}

typedef GBytes *(*Ask) (Fixture *fixture, GError **error);

static GBytes *
ask_authenticate (Fixture *fixture, GError **error)
{
  return esim_isdr_authenticate_server (fixture->isdr, fixture->server, fixture->device, "", error);
}

static GBytes *
ask_prepare (Fixture *fixture, GError **error)
{
  return esim_isdr_prepare_download (fixture->isdr, fixture->server->signed1, fixture->server->signature1,
                                     NULL, fixture->server->certificate, error);
}

static GBytes *
ask_cancel (Fixture *fixture, GError **error)
{
  return esim_isdr_cancel_session (fixture->isdr, fixture->server->transaction_id, ESIM_CANCEL_POSTPONED,
                                   error);
}

static const struct {
  const char *name;
  const char *tag;
  const char *command;
  Ask ask;
} functions[] = {
    {"AuthenticateServer", "BF38",
     "BF381C" SIGNED SIGNATURE KEY_ID CERTIFICATE "A00A A108 8004 53926011 A100", ask_authenticate},
    {"PrepareDownload", "BF21", "BF210C" SIGNED SIGNATURE CERTIFICATE, ask_prepare},
    {"CancelSession", "BF41", "BF4106 800101 810101", ask_cancel},
};

/* What no server should be sent. */
static void
test_bad_answers (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = {
      "",
      "A000",
      "A005 3003800101",         /* unsigned */
      "A005 5F37021122",         /* nothing that was signed */
      "A00A" OK_CONTENTS "00",   /* more behind it */
      "A00A" OK_CONTENTS "A000", /* both */
      "A00B" OK_CONTENTS,        /* cut off */
      "A100",                    /* an error that says nothing */
      "A103 800101",             /* likewise */
      "A106 800101 020100",      /* error 0 */
      "A106 800101 0201FF",      /* negative */
      "810100",
      "8100",
      "8200",
  };

  for (guint f = 0; f < G_N_ELEMENTS (functions); f++) {
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
      g_autofree char *answer = hex_tlv (functions[f].tag, bad[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) got = NULL;

      g_test_message ("%s: %s", functions[f].name, answer);
      expect (fixture, functions[f].command, answer);
      got = functions[f].ask (fixture, &error);
      g_assert_null (got);
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
    }
    for (guint other = 0; other < G_N_ELEMENTS (functions); other++) {
      g_autofree char *answer = hex_tlv (functions[other].tag, "A00A" OK_CONTENTS);
      g_autoptr (GBytes) got = NULL;

      expect (fixture, functions[f].command, answer);
      got = functions[f].ask (fixture, NULL);
      g_assert_cmpint (got != NULL, ==, other == f);
    }
  }
}

static void
test_errors (Fixture *fixture, gconstpointer data)
{
  static const struct {
    guint function;
    const char *answer;
    EsimError code;
    int result;
  } cases[] = {
      {0, "A106 800101 020101", ESIM_ERROR_SERVER_NOT_TRUSTED, 1},
      {0, "A106 800101 020102", ESIM_ERROR_SERVER_NOT_TRUSTED, 2},
      {0, "A106 800101 020103", ESIM_ERROR_NOT_SUPPORTED, 3},
      {0, "A106 800101 020104", ESIM_ERROR_WRONG_STATE, 4},
      {0, "A106 800101 020105", ESIM_ERROR_SERVER_NOT_TRUSTED, 5},
      {0, "A106 800101 020106", ESIM_ERROR_WRONG_STATE, 6},
      {0, "A106 800101 020107", ESIM_ERROR_SERVER_NOT_TRUSTED, 7},
      {0, "A106 800101 81010B", ESIM_ERROR_SERVER_NOT_TRUSTED, 11},
      {0, "A106 800101 02017F", ESIM_ERROR_CARD_ERROR, 127},
      {0, "A106 800101 020163", ESIM_ERROR_CARD_ERROR, 99},
      {1, "A106 800101 020101", ESIM_ERROR_SERVER_NOT_TRUSTED, 1},
      {1, "A106 800101 020102", ESIM_ERROR_SERVER_NOT_TRUSTED, 2},
      {1, "A106 800101 020103", ESIM_ERROR_NOT_SUPPORTED, 3},
      {1, "A106 800101 020104", ESIM_ERROR_WRONG_STATE, 4},
      {1, "A106 800101 020105", ESIM_ERROR_WRONG_STATE, 5},
      {2, "810105", ESIM_ERROR_NOT_FOUND, 5},
      {2, "81017F", ESIM_ERROR_CARD_ERROR, 127},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *answer = hex_tlv (functions[cases[i].function].tag, cases[i].answer);
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) details = NULL;
    g_autoptr (GBytes) got = NULL;
    const char *function = NULL;
    gint32 result = 0;

    g_test_message ("%s", answer);
    expect (fixture, functions[cases[i].function].command, answer);
    got = functions[cases[i].function].ask (fixture, &error);
    g_assert_null (got);
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
    details = esim_error_dup_details (error);
    g_assert_true (g_variant_lookup (details, ESIM_DETAIL_RESULT_CODE, "i", &result));
    g_assert_cmpint (result, ==, cases[i].result);
    g_assert_true (g_variant_lookup (details, ESIM_DETAIL_FUNCTION, "&s", &function));
    g_assert_cmpstr (function, ==, functions[cases[i].function].name);
  }
}

/* hashCc stands between the signature and the certificate. */
static void
test_prepare (Fixture *fixture, gconstpointer data)
{
  g_autofree char *hash_hex = g_strnfill (64, 'C');
  g_autoptr (GBytes) hash = hex_bytes (hash_hex);
  g_autofree char *command = g_strconcat ("BF212E", SIGNED SIGNATURE "0420", hash_hex, CERTIFICATE, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) with = NULL, without = NULL;

  expect (fixture, command, "BF210C A00A" OK_CONTENTS);
  expect (fixture, functions[1].command, "BF210C A00A" OK_CONTENTS);
  with = esim_isdr_prepare_download (fixture->isdr, fixture->server->signed1, fixture->server->signature1,
                                     hash, fixture->server->certificate, &error);
  g_assert_no_error (error);
  assert_bytes (with, "BF210CA00A30038001015F37021122");
  without = ask_prepare (fixture, &error);
  g_assert_no_error (error);
  g_assert_nonnull (without);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  static const struct {
    EsimCancelReason reason;
    const char *command;
  } cases[] = {
      {ESIM_CANCEL_END_USER_REJECTION, "BF4115 8010" CHALLENGE "810100"},
      {ESIM_CANCEL_POSTPONED, "BF4115 8010" CHALLENGE "810101"},
      {ESIM_CANCEL_TIMEOUT, "BF4115 8010" CHALLENGE "810102"},
      {ESIM_CANCEL_PPR_NOT_ALLOWED, "BF4115 8010" CHALLENGE "810103"},
      {ESIM_CANCEL_METADATA_MISMATCH, "BF4115 8010" CHALLENGE "810104"},
      {ESIM_CANCEL_LOAD_BPP_EXECUTION_ERROR, "BF4115 8010" CHALLENGE "810105"},
      {ESIM_CANCEL_UNDEFINED, "BF4115 8010" CHALLENGE "81017F"},
  };
  g_autoptr (GBytes) id = hex_bytes (CHALLENGE);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) answer = NULL;

    expect (fixture, cases[i].command, "BF410C A00A" OK_CONTENTS);
    answer = esim_isdr_cancel_session (fixture->isdr, id, cases[i].reason, &error);
    g_assert_no_error (error);
    assert_bytes (answer, "BF410CA00A30038001015F37021122");
  }
}

static void
test_rat (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimRat) rat = NULL, none = NULL;

  expect (fixture, "BF4300", "BF4315 A013 3011 80020640 A107 3005 8003 EEEEEE 82020780");
  expect (fixture, "BF4300", "BF4302 A000");
  rat = esim_isdr_get_rat (fixture->isdr, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rat->n_rules, ==, 1);
  none = esim_isdr_get_rat (fixture->isdr, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->n_rules, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/isdr-rsp/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("begin", test_begin);
  ADD ("bad-challenge", test_bad_challenge);
  ADD ("bad-info1", test_bad_info1);
  ADD ("authenticate", test_authenticate);
  ADD ("long", test_long);
  ADD ("prepare", test_prepare);
  ADD ("cancel", test_cancel);
  ADD ("bad-answers", test_bad_answers);
  ADD ("errors", test_errors);
  ADD ("rat", test_rat);
  return g_test_run ();
}
