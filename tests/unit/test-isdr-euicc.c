/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-isdr-euicc.h"
#include "fake-card.h"
#include "hex.h"

#define GET_EID "81E2910006BF3E035C015A00"
#define EID_ANSWER "BF3E125A10 89049032123451234512345678901235 9000"
#define SMDP "736D64702E6578616D706C652E636F6D" /* smdp.example.com */
#define SMDS "534D44532E4558414D504C452E434F4D" /* SMDS.EXAMPLE.COM */
#define MORE "6D6F72652E6578616D706C652E636F6D" /* more.example.com */

typedef struct {
  FakeCard *card;
  EsimIsdr *isdr;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->card = fake_card_new ();
  fake_card_expect (fixture->card, GET_EID, EID_ANSWER);
  fixture->isdr = esim_isdr_open (ESIM_CARD (fixture->card), &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  esim_isdr_free (fixture->isdr);
  fake_card_assert_done (fixture->card);
  g_object_unref (fixture->card);
}

static void
expect (Fixture *fixture, const char *command, const char *answer)
{
  g_autoptr (GBytes) octets = hex_bytes (command);
  g_autofree char *apdu = g_strdup_printf ("81E29100%02X%s00", (guint) g_bytes_get_size (octets), command);
  g_autofree char *with_status = g_strconcat (answer, "9000", NULL);

  fake_card_expect (fixture->card, apdu, with_status);
}

static EsimAddresses *
get_addresses (Fixture *fixture, const char *members)
{
  g_autofree char *answer = hex_tlv ("BF3C", members);
  g_autoptr (GError) error = NULL;
  EsimAddresses *addresses;

  expect (fixture, "BF3C00", answer);
  addresses = esim_isdr_get_addresses (fixture->isdr, &error);
  g_assert_no_error (error);
  return addresses;
}

static void
test_addresses (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EsimAddresses) both = get_addresses (fixture, "8010" SMDP "8110" SMDS);
  g_autoptr (EsimAddresses) root = get_addresses (fixture, "8110" SMDS);
  g_autoptr (EsimAddresses) none = get_addresses (fixture, "8000 8100");
  g_autoptr (EsimAddresses) more =
      get_addresses (fixture, "8000 8110" SMDS "A224 0C10" MORE "0C10" SMDS "A302 0400 A400");

  g_assert_cmpstr (both->default_smdp, ==, "smdp.example.com");
  g_assert_cmpuint (g_strv_length (both->smds), ==, 1);
  g_assert_cmpstr (both->smds[0], ==, "smds.example.com");
  g_assert_cmpstr (root->default_smdp, ==, "");
  g_assert_cmpuint (g_strv_length (none->smds), ==, 0);
  g_assert_cmpuint (g_strv_length (more->smds), ==, 2); /* the root a second time is none */
  g_assert_cmpstr (more->smds[1], ==, "more.example.com");
}

/* What would lead into the machine's own network, or is no name, is not even shown. */
static void
test_bad_addresses (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EsimAddresses) addresses = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimAddresses) malformed = NULL;

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*no domain name*");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*no domain name*");
  addresses = get_addresses (fixture, "8009 3132372E302E302E31 8103 612F62");
  g_test_assert_expected_messages ();
  g_assert_cmpstr (addresses->default_smdp, ==, "");
  g_assert_cmpuint (g_strv_length (addresses->smds), ==, 0);
  expect (fixture, "BF3C00", "BF3C02 8005");
  malformed = esim_isdr_get_addresses (fixture->isdr, &error);
  g_assert_null (malformed);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
}

static void
test_default (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  expect (fixture, "BF3F12 8010" SMDP, "BF3F03 800100");
  g_assert_true (esim_isdr_set_default_address (fixture->isdr, "smdp.example.com", &error));
  g_assert_no_error (error);
  expect (fixture, "BF3F02 8000", "BF3F03 800100");
  g_assert_true (esim_isdr_set_default_address (fixture->isdr, "", NULL));
  expect (fixture, "BF3F02 8000", "BF3F03 80017F");
  g_assert_false (esim_isdr_set_default_address (fixture->isdr, "", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  g_clear_error (&error);
  expect (fixture, "BF3F02 8000", "BF3F03 800108");
  g_assert_false (esim_isdr_set_default_address (fixture->isdr, "", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  /* The card is not even asked. */
  g_assert_false (esim_isdr_set_default_address (fixture->isdr, "10.0.0.1", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
}

/* Named bits in DER: no zeros behind the last one that is set. */
static void
test_reset (Fixture *fixture, gconstpointer data)
{
  static const struct {
    guint what;
    const char *command;
  } cases[] = {
      {ESIM_RESET_OPERATIONAL, "BF3404 82020780"},
      {ESIM_RESET_TEST, "BF3404 82020640"},
      {ESIM_RESET_DEFAULT_ADDRESS, "BF3404 82020520"},
      {ESIM_RESET_OPERATIONAL | ESIM_RESET_TEST, "BF3404 820206C0"},
      {ESIM_RESET_OPERATIONAL | ESIM_RESET_TEST | ESIM_RESET_DEFAULT_ADDRESS, "BF3404 820205E0"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gboolean changed = FALSE;

    expect (fixture, cases[i].command, "BF3403 800100");
    g_assert_true (esim_isdr_reset_memory (fixture->isdr, (EsimMemoryReset) cases[i].what, &changed, NULL));
    g_assert_true (changed);
  }
}

static void
test_reset_results (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean changed = TRUE;

  expect (fixture, "BF3404 82020780", "BF3403 800101");
  g_assert_true (esim_isdr_reset_memory (fixture->isdr, ESIM_RESET_OPERATIONAL, &changed, &error));
  g_assert_no_error (error);
  g_assert_false (changed);
  expect (fixture, "BF3404 82020780", "BF3403 800105");
  g_assert_false (esim_isdr_reset_memory (fixture->isdr, ESIM_RESET_OPERATIONAL, NULL, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_BUSY);
  g_clear_error (&error);
  expect (fixture, "BF3404 82020780", "BF3403 80017F");
  g_assert_false (esim_isdr_reset_memory (fixture->isdr, ESIM_RESET_OPERATIONAL, NULL, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
}

static EsimProfileInfo *
make_profile (gboolean with_aid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      hex_bytes (with_aid ? "BF2D19A017E3155A0A981062103254769810F2 4F03A00001 9F700100"
                          : "BF2D14A012E3105A0A981062103254769810F29F700100");
  g_autoptr (GPtrArray) profiles = esim_profile_info_list_parse (bytes, &error);

  g_assert_no_error (error);
  return esim_profile_info_ref (profiles->pdata[0]);
}

/* Only the icon is asked for, of one profile. */
static void
test_icon (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EsimProfileInfo) by_iccid = make_profile (FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) jpeg = NULL, png = NULL;
  g_autofree char *jpeg_type = NULL, *png_type = NULL;

  expect (fixture, "BF2D12 A00C 5A0A981062103254769810F2 5C029394", "BF2D0BA009E307 930100 9402FFD8");
  jpeg = esim_isdr_get_icon (fixture->isdr, by_iccid, &jpeg_type, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (jpeg_type, ==, "image/jpeg");
  assert_bytes (jpeg, "FFD8");
  expect (fixture, "BF2D12 A00C 5A0A981062103254769810F2 5C029394", "BF2D0BA009E307 9402FFD8 930101");
  png = esim_isdr_get_icon (fixture->isdr, by_iccid, &png_type, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (png_type, ==, "image/png");
}

static void
test_no_icon (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *answer;
    EsimError code;
  } cases[] = {
      {"BF2D04A002E300", ESIM_ERROR_NOT_FOUND},
      {"BF2D02A000", ESIM_ERROR_NOT_FOUND},
      {"BF2D07A005E303 930100", ESIM_ERROR_NOT_FOUND},
      {"BF2D09A007E305 930100 9400", ESIM_ERROR_NOT_FOUND},
      {"BF2D08A006E304 9402FFD8", ESIM_ERROR_NOT_FOUND},
      {"BF2D0BA009E307 930102 9402FFD8", ESIM_ERROR_NOT_FOUND},
      {"BF2D06A004E302 9405", ESIM_ERROR_CARD_ERROR},
      {"BF2D03 810101", ESIM_ERROR_CARD_ERROR},
      {"BF2D03 81010B", ESIM_ERROR_BUSY},
  };
  g_autoptr (EsimProfileInfo) profile = make_profile (TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *type = NULL;
    g_autoptr (GBytes) icon = NULL;

    g_test_message ("%s", cases[i].answer);
    expect (fixture, "BF2D0B A005 4F03A00001 5C029394", cases[i].answer);
    icon = esim_isdr_get_icon (fixture->isdr, profile, &type, &error);
    g_assert_null (icon);
    g_assert_null (type);
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/isdr-euicc/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("addresses", test_addresses);
  ADD ("bad-addresses", test_bad_addresses);
  ADD ("default", test_default);
  ADD ("reset", test_reset);
  ADD ("reset-results", test_reset_results);
  ADD ("icon", test_icon);
  ADD ("no-icon", test_no_icon);
  return g_test_run ();
}
