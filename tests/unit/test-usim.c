/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-usim.h"
#include "esim-error.h"
#include "usim-fixture.h"

static EsimUsim *
open_usim (FakeCard *card)
{
  g_autoptr (GError) error = NULL;
  EsimUsim *usim = esim_usim_open (ESIM_CARD (card), &error);

  g_assert_no_error (error);
  return usim;
}

static guint
status_word (GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  guint16 word = 0;

  (void) g_variant_lookup (details, ESIM_DETAIL_STATUS_WORD, "q", &word);
  return word;
}

/* -- the subscriber -- */

static void
test_subscriber (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  g_autoptr (EsimUsim) usim = open_usim (card);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimSubscriber) subscriber = NULL;

  usim_fixture_expect_identity (card, TRUE);
  fake_card_expect (card, "01A4000402 6FAD 00", "9000");
  fake_card_expect (card, "01B0000000", "00000002 9000");
  fake_card_expect (card, "01A4000402 6F3E 00", "6103");
  fake_card_expect (card, "01C0000003", "620100 9000");
  fake_card_expect (card, "01B0000000", "6C02");
  fake_card_expect (card, "01B0000002", "4CFF 9000");
  fake_card_expect (card, "01A4000402 6F3F 00", "6A82");
  subscriber = esim_usim_read_subscriber (usim, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (subscriber->iccid, ==, USIM_FIXTURE_OTHER_ICCID);
  g_assert_cmpstr (subscriber->imsi, ==, USIM_FIXTURE_OTHER_IMSI);
  g_assert_cmpuint (subscriber->mnc_length, ==, 2);
  g_assert_cmpstr (subscriber->gid1, ==, "4CFF");
  g_assert_null (subscriber->gid2);
  g_clear_pointer (&usim, esim_usim_close);
  fake_card_assert_done (card);
}

static void
test_locked (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  g_autoptr (EsimUsim) usim = open_usim (card);
  g_autoptr (GError) error = NULL;

  fake_card_expect (card, "01A4000402 3F00 00", "9000");
  fake_card_expect (card, "01A4000402 2FE2 00", "9000");
  fake_card_expect (card, "01B0000000", "98663042800000000081 9000");
  fake_card_expect (card, "01A4000402 7FFF 00", "9000");
  fake_card_expect (card, "01A4000402 6F07 00", "9000");
  fake_card_expect (card, "01B0000000", "6982");
  g_assert_null (esim_usim_read_subscriber (usim, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  g_assert_nonnull (strstr (error->message, "PIN"));
  g_assert_cmpuint (status_word (error), ==, 0x6982);
}

static void
test_unreadable (void)
{
  static const char *const iccids[] = {"FFFFFFFFFFFFFFFFFFFF 9000", "9866 9000", "9000"};

  for (guint i = 0; i < G_N_ELEMENTS (iccids); i++) {
    g_autoptr (FakeCard) card = usim_fixture_new ();
    g_autoptr (EsimUsim) usim = open_usim (card);
    g_autoptr (GError) error = NULL;

    fake_card_expect (card, "01A4000402 3F00 00", "9000");
    fake_card_expect (card, "01A4000402 2FE2 00", "9000");
    fake_card_expect (card, "01B0000000", iccids[i]);
    g_assert_null (esim_usim_read_iccid (usim, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

/* -- the channel -- */

static void
test_no_usim (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (GError) error = NULL;

  fake_card_set_application (card, "A0000000871004", -1);
  g_assert_null (esim_usim_open (ESIM_CARD (card), &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
}

static void
test_full_name (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (EsimUsim) usim = NULL;

  fake_card_set_application (card, "A0000005591010FFFFFFFF8900000100", -1);
  fake_card_set_application (card, "A0000000871002FFFFFFFF8907090000", -1);
  fake_card_expect (card, "01A4000402 3F00 00", "9000");
  fake_card_expect (card, "01A4000402 2F00 00", "9000");
  fake_card_expect (card, "01B2010400", "61124F10A0000000871004FFFFFFFF8907090000 9000");
  fake_card_expect (card, "01B2020400", "6C14");
  fake_card_expect (card, "01B2020414", "61124F10A0000000871002FFFFFFFF8907090000 9000");
  usim = open_usim (card);
  g_assert_cmpuint (fake_card_get_open_count (card), ==, 1);
  g_clear_pointer (&usim, esim_usim_close);
  fake_card_assert_done (card);
}

static void
test_no_name (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (GError) error = NULL;

  fake_card_set_application (card, "A0000005591010FFFFFFFF8900000100", -1);
  fake_card_expect (card, "01A4000402 3F00 00", "9000");
  fake_card_expect (card, "01A4000402 2F00 00", "9000");
  fake_card_expect (card, "01B2010400", "FFFF 9000");
  fake_card_expect (card, "01B2020400", "6A83");
  g_assert_null (esim_usim_open (ESIM_CARD (card), &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  fake_card_assert_done (card);
}

/* -- authentication -- */

static gboolean
authenticate (FakeCard *card, EsimAkaAnswer *answer, GError **error)
{
  g_autoptr (EsimUsim) usim = open_usim (card);
  gboolean ok;

  memset (answer, 0xA5, sizeof *answer);
  ok = esim_usim_authenticate (usim, usim_fixture_challenge, usim_fixture_token, answer, error);
  g_clear_pointer (&usim, esim_usim_close);
  fake_card_assert_done (card);
  return ok;
}

static void
test_accepted (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  g_autoptr (GError) error = NULL;
  EsimAkaAnswer answer;

  fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, USIM_FIXTURE_KEYS "9000");
  g_assert_true (authenticate (card, &answer, &error));
  usim_fixture_assert_accepted (&answer);
}

static void
test_collected (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  EsimAkaAnswer answer;

  fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, "6135");
  fake_card_expect (card, "01C0000035", USIM_FIXTURE_KEYS "9000");
  g_assert_true (authenticate (card, &answer, NULL));
  usim_fixture_assert_accepted (&answer);
}

static void
test_further_channel (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  EsimAkaAnswer answer;

  fake_card_set_channel (card, 5);
  fake_card_expect (
      card, "4188008122 10 23553CBE9637A89D218AE64DAE47BF35 10 55F328B43577B9B94A9FFAC354DFAFB3 00", "6135");
  fake_card_expect (card, "41C0000035", USIM_FIXTURE_KEYS "9000");
  g_assert_true (authenticate (card, &answer, NULL));
  usim_fixture_assert_accepted (&answer);
}

static void
test_out_of_step (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  EsimAkaAnswer answer;

  fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, "DC0E" USIM_FIXTURE_AUTS "9000");
  g_assert_true (authenticate (card, &answer, NULL));
  g_assert_cmpint (answer.verdict, ==, ESIM_AKA_OUT_OF_STEP);
  g_assert_cmpmem (answer.resynchronisation, ESIM_AKA_AUTS,
                   "\xBA\xCA\x12\x5E\xDB\x22\x01\xCF\xAF\x9E\xC4\xE8\x71\xE9", 14);
  g_assert_cmpuint (answer.response_bits, ==, 0);
}

static void
test_rejected (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  EsimAkaAnswer answer;

  fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, "9862");
  g_assert_true (authenticate (card, &answer, NULL));
  g_assert_cmpint (answer.verdict, ==, ESIM_AKA_REJECTED);
  g_assert_cmpuint (answer.response_bits, ==, 0);
}

static void
test_refused (void)
{
  static const char *const answers[] = {
      "6982",
      "6985",
      "9864",
      "9000",
      "DB 9000",
      "DB0411223344 9000",
      "DB 08 " USIM_FIXTURE_RES " 10 " USIM_FIXTURE_CK " 9000",                /* no IK */
      "DB 08 " USIM_FIXTURE_RES " 0F " USIM_FIXTURE_CK USIM_FIXTURE_IK "9000", /* a short CK */
      "DB 03 A54211 10 " USIM_FIXTURE_CK " 10 " USIM_FIXTURE_IK "9000",        /* a short RES */
      "DB 11 " USIM_FIXTURE_CK "00 10 " USIM_FIXTURE_CK " 10 " USIM_FIXTURE_IK "9000",
      "DC 0D BACA125EDB2201CFAF9EC4E871 9000",
      "DC0E" USIM_FIXTURE_AUTS "00 9000",
      "DD 9000"};

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (FakeCard) card = usim_fixture_new ();
    g_autoptr (GError) error = NULL;
    EsimAkaAnswer answer;

    fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, answers[i]);
    g_assert_false (authenticate (card, &answer, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
    usim_fixture_assert_wiped (&answer);
  }
}

static void
test_card_gone (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  g_autoptr (GError) error = NULL;
  EsimAkaAnswer answer;

  fake_card_expect_failure (card, USIM_FIXTURE_AUTHENTICATE, ESIM_ERROR_CARD_REMOVED);
  g_assert_false (authenticate (card, &answer, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  usim_fixture_assert_wiped (&answer);
}

/* What was read in the MF leaves the channel there: AUTHENTICATE belongs into the application. */
static void
test_back_in_application (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  g_autoptr (EsimUsim) usim = open_usim (card);
  EsimAkaAnswer answer;

  fake_card_expect (card, "01A4000402 3F00 00", "9000");
  fake_card_expect (card, "01A4000402 2FE2 00", "6A82");
  g_assert_null (esim_usim_read_iccid (usim, NULL));
  fake_card_expect (card, "01A4000402 7FFF 00", "9000");
  fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, USIM_FIXTURE_KEYS "9000");
  g_assert_true (esim_usim_authenticate (usim, usim_fixture_challenge, usim_fixture_token, &answer, NULL));
  usim_fixture_assert_accepted (&answer);
  g_clear_pointer (&usim, esim_usim_close);
  fake_card_assert_done (card);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usim/subscriber", test_subscriber);
  g_test_add_func ("/usim/locked", test_locked);
  g_test_add_func ("/usim/unreadable", test_unreadable);
  g_test_add_func ("/usim/no-usim", test_no_usim);
  g_test_add_func ("/usim/full-name", test_full_name);
  g_test_add_func ("/usim/no-name", test_no_name);
  g_test_add_func ("/usim/accepted", test_accepted);
  g_test_add_func ("/usim/collected", test_collected);
  g_test_add_func ("/usim/further-channel", test_further_channel);
  g_test_add_func ("/usim/out-of-step", test_out_of_step);
  g_test_add_func ("/usim/rejected", test_rejected);
  g_test_add_func ("/usim/refused", test_refused);
  g_test_add_func ("/usim/card-gone", test_card_gone);
  g_test_add_func ("/usim/back-in-application", test_back_in_application);
  return g_test_run ();
}
