/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-isdr.h"
#include "fake-card.h"
#include "hex.h"

#include <string.h>

#define EID "89049032123451234512345678901235"
#define ICCID "8901260123456789012"
#define ICCID_TLV "5A0A981062103254769810F2"
#define AID_TLV "4F10A0000005591010FFFFFFFF8900001100"
#define GET_EID "81E2910006BF3E035C015A00"
#define EID_ANSWER "BF3E125A10" EID "9000"

static EsimIsdr *
open_session (FakeCard *card)
{
  g_autoptr (GError) error = NULL;
  EsimIsdr *session;

  fake_card_expect (card, GET_EID, EID_ANSWER);
  session = esim_isdr_open (ESIM_CARD (card), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fake_card_get_open_count (card), ==, 1);
  return session;
}

static EsimProfileInfo *
make_profile (gboolean with_aid)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *profile = hex_tlv ("E3", with_aid ? ICCID_TLV AID_TLV "9F700100" : ICCID_TLV "9F700100");
  g_autofree char *list = hex_tlv ("A0", profile), *answer = hex_tlv ("BF2D", list);
  g_autoptr (GBytes) bytes = hex_bytes (answer);
  g_autoptr (GPtrArray) profiles = esim_profile_info_list_parse (bytes, &error);

  g_assert_no_error (error);
  return esim_profile_info_ref (profiles->pdata[0]);
}

static void
test_open (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  EsimIsdr *session = open_session (card);

  g_assert_cmpstr (esim_isdr_get_eid (session), ==, EID);
  g_assert_cmpuint (fake_card_get_transmitted (card), ==, 1);
  esim_isdr_free (session);
  esim_isdr_free (NULL);
  fake_card_assert_done (card);
  g_assert_cmpuint (G_OBJECT (card)->ref_count, ==, 1);
}

/* Before and after the one octet more, wherever it stands in the answer, and nothing more is asked. */
static void
test_iot (void)
{
  static const struct {
    const char *answer;
    gboolean is_iot;
  } cases[] = {
      {"", FALSE},
      {"6F128410A0000005591010FFFFFFFF8900000100", FALSE},
      {"6F098401A0 A504 E002 8200", FALSE}, /* the template of SGP.22 */
      {"6F0B8401A0 A506 E104 80020640", TRUE},
      {"6F098401A0 E104 80020640", TRUE},
      {"620B8401A0 A506 E104 80020640", TRUE},
      {"6F0B A506 E104 80020640 8401A0", TRUE},
      {"6F0D8401A0 A508 E002 8200 E102 8000", TRUE},
      {"E104 80020640", TRUE},
      {"6F06 8404 E1020000", FALSE},          /* inside of something else */
      {"6F08 A506 A504 E102 8000", FALSE},    /* too deep */
      {"6F0B8401A0 A506 E104 800206", FALSE}, /* cut off */
      {"6F", FALSE},
      {"E1", FALSE},
      {"FFFFFFFF", FALSE},
      {"9000", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (FakeCard) card = fake_card_new ();
    EsimIsdr *session;

    fake_card_set_select_answer (card, cases[i].answer);
    session = open_session (card);
    g_assert_cmpint (esim_isdr_is_iot (session), ==, cases[i].is_iot);
    g_assert_cmpuint (fake_card_get_transmitted (card), ==, 1);
    esim_isdr_free (session);
    fake_card_assert_done (card);
  }
}

static void
test_abandon (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();

  esim_isdr_abandon (open_session (card));
  esim_isdr_abandon (NULL);
  g_assert_cmpuint (fake_card_get_open_count (card), ==, 1);
  g_assert_cmpuint (G_OBJECT (card)->ref_count, ==, 1);
}

static void
test_close_failure (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  EsimIsdr *session = open_session (card);

  fake_card_set_close_failure (card, ESIM_ERROR_MODEM_ERROR);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*not closed*");
  esim_isdr_free (session);
  g_test_assert_expected_messages ();
  fake_card_assert_done (card);
}

/* Nothing is said to a card that is not there. */
static void
test_gone (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  EsimIsdr *session = open_session (card);

  fake_card_set_gone (card, TRUE);
  esim_isdr_free (session);
  g_assert_cmpuint (fake_card_get_open_count (card), ==, 1);
}

static void
test_open_refused (void)
{
  static const struct {
    const char *answer;
    EsimError code;
  } cases[] = {
      {"9000", ESIM_ERROR_CARD_ERROR},
      {"6A82", ESIM_ERROR_CARD_ERROR},
      {"BF3E009000", ESIM_ERROR_CARD_ERROR},
      {"BF3E115A0F890490321234512345123456789012"
       "9000",
       ESIM_ERROR_CARD_ERROR},
      {"BF3E125A10"
       "89049032123451234512345678901236"
       "9000",
       ESIM_ERROR_CARD_ERROR},
      {"BF3E125A10" EID "009000", ESIM_ERROR_CARD_ERROR},
      {"BF2D125A10" EID "9000", ESIM_ERROR_CARD_ERROR},
      {"E1009000", ESIM_ERROR_NOT_SUPPORTED},
  };
  g_autoptr (FakeCard) without = fake_card_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (FakeCard) card = fake_card_new ();
    g_autoptr (GError) why = NULL;

    fake_card_expect (card, GET_EID, cases[i].answer);
    g_assert_null (esim_isdr_open (ESIM_CARD (card), &why));
    g_assert_error (why, ESIM_ERROR, (int) cases[i].code);
    fake_card_assert_done (card);
    g_assert_cmpuint (fake_card_get_opened (card), ==, 1);
  }
  fake_card_set_open_failure (without, ESIM_ERROR_NOT_SUPPORTED);
  g_assert_null (esim_isdr_open (ESIM_CARD (without), &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  fake_card_assert_done (without);
}

static void
test_list_profiles (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  EsimIsdr *session = open_session (card);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;

  fake_card_expect (card, "81E2910010BF2D0D5C0B5A4F9F7090919295B6B79900",
                    "BF2D14A012E310" ICCID_TLV "9F7001009000");
  list = esim_isdr_list_profiles (session, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpstr (((EsimProfileInfo *) list->pdata[0])->iccid, ==, ICCID);
  esim_isdr_free (session);
  fake_card_assert_done (card);
  g_assert_cmpuint (fake_card_get_transmitted (card), ==, 2);
}

static void
test_infos (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  EsimIsdr *session = open_session (card);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimEuiccInfo) info1 = NULL, info2 = NULL;

  fake_card_expect (card, "81E2910003BF200000", "BF200582030205009000");
  fake_card_expect (card, "81E2910003BF220000", "BF220A820302050083030102039000");
  fake_card_expect (card, "81E2910003BF220000", "BF200582030205009000"); /* the other one */
  info1 = esim_isdr_get_info1 (session, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info1->spec_version, ==, "2.5.0");
  info2 = esim_isdr_get_info2 (session, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info2->firmware_version, ==, "1.2.3");
  g_assert_null (esim_isdr_get_info2 (session, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  esim_isdr_free (session);
  fake_card_assert_done (card);
}

typedef gboolean (*Act) (EsimIsdr *session, const EsimProfileInfo *profile, GError **error);

static gboolean
enable (EsimIsdr *session, const EsimProfileInfo *profile, GError **error)
{
  return esim_isdr_enable (session, profile, TRUE, error);
}

static gboolean
enable_without_refresh (EsimIsdr *session, const EsimProfileInfo *profile, GError **error)
{
  return esim_isdr_enable (session, profile, FALSE, error);
}

static gboolean
disable (EsimIsdr *session, const EsimProfileInfo *profile, GError **error)
{
  return esim_isdr_disable (session, profile, TRUE, error);
}

static gboolean
disable_without_refresh (EsimIsdr *session, const EsimProfileInfo *profile, GError **error)
{
  return esim_isdr_disable (session, profile, FALSE, error);
}

static gboolean
rename_it (EsimIsdr *session, const EsimProfileInfo *profile, GError **error)
{
  return esim_isdr_set_nickname (session, profile->iccid, "Reise", error);
}

static gboolean
remove_it (EsimIsdr *session, const EsimProfileInfo *profile, GError **error)
{
  return esim_isdr_remove_notification (session, 300, error);
}

static const struct {
  const char *name;
  Act act;
  const char *tag;
  const char *by_aid;
  const char *by_iccid;
} acts[] = {
    {"EnableProfile", enable, "BF31", "81E291001ABF3117A012" AID_TLV "8101FF00",
     "81E2910014BF3111A00C" ICCID_TLV "8101FF00"},
    {"EnableProfile", enable_without_refresh, "BF31", "81E291001ABF3117A012" AID_TLV "81010000",
     "81E2910014BF3111A00C" ICCID_TLV "81010000"},
    {"DisableProfile", disable, "BF32", "81E291001ABF3217A012" AID_TLV "8101FF00",
     "81E2910014BF3211A00C" ICCID_TLV "8101FF00"},
    {"DisableProfile", disable_without_refresh, "BF32", "81E291001ABF3217A012" AID_TLV "81010000",
     "81E2910014BF3211A00C" ICCID_TLV "81010000"},
    {"DeleteProfile", esim_isdr_delete, "BF33", "81E2910015BF3312" AID_TLV "00",
     "81E291000FBF330C" ICCID_TLV "00"},
    {"SetNickname", rename_it, "BF29", "81E2910016BF2913" ICCID_TLV "9005526569736500",
     "81E2910016BF2913" ICCID_TLV "9005526569736500"},
    {"NotificationSent", remove_it, "BF30", "81E2910007BF30048002012C00", "81E2910007BF30048002012C00"},
};

static void
run (guint which, gboolean with_aid, const char *answer, int code, int result)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (EsimProfileInfo) profile = make_profile (with_aid);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) details = NULL;
  EsimIsdr *session = open_session (card);
  const char *function = NULL;
  gint32 given = -1;

  g_test_message ("%s, %s", acts[which].name, answer);
  fake_card_expect (card, with_aid ? acts[which].by_aid : acts[which].by_iccid, answer);
  g_assert_cmpint (acts[which].act (session, profile, &error), ==, code < 0);
  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, ESIM_ERROR, code);
  esim_isdr_free (session);
  fake_card_assert_done (card);
  g_assert_cmpuint (fake_card_get_transmitted (card), ==, 2);
  if (code < 0 || result < 0)
    return;
  details = esim_error_dup_details (error);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_FUNCTION, "&s", &function));
  g_assert_cmpstr (function, ==, acts[which].name);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_RESULT_CODE, "i", &given));
  g_assert_cmpint (given, ==, result);
  g_assert_cmpuint (strlen (error->message), >, 20);
}

static void
run_result (guint which, int result, int code)
{
  g_autofree char *answer = g_strdup_printf ("%s038001%02X9000", acts[which].tag, (guint) result);

  run (which, TRUE, answer, code, result);
}

static void
test_acts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (acts); i++) {
    g_autofree char *ok = g_strconcat (acts[i].tag, "03800100", NULL);
    g_autofree char *plain = g_strconcat (ok, "9000", NULL), *proactive = g_strconcat (ok, "910B", NULL);

    run (i, TRUE, plain, -1, -1);
    run (i, FALSE, plain, -1, -1);
    run (i, TRUE, proactive, -1, -1);
  }
}

static void
test_malformed_results (void)
{
  static const char *const contents[] = {"00",       "03800180",       "028000",
                                         "03810100", "06800100800100", "0380010000"};

  for (guint i = 0; i < G_N_ELEMENTS (acts); i++) {
    run (i, TRUE, "9000", ESIM_ERROR_CARD_ERROR, -1);
    run (i, TRUE, "6985", ESIM_ERROR_CARD_ERROR, -1);
    run (i, TRUE, "BF3F038001009000", ESIM_ERROR_CARD_ERROR, -1);
    run (i, TRUE, "E1009000", ESIM_ERROR_NOT_SUPPORTED, -1);
    for (guint j = 0; j < G_N_ELEMENTS (contents); j++) {
      g_autofree char *answer = g_strconcat (acts[i].tag, contents[j], "9000", NULL);

      run (i, TRUE, answer, ESIM_ERROR_CARD_ERROR, -1);
    }
  }
}

/* Each code of each function; any other one is CARD_ERROR. */
static void
test_results (void)
{
  static const struct {
    const char *name;
    int result;
    EsimError code;
  } known[] = {
      {"EnableProfile", 1, ESIM_ERROR_NOT_FOUND},
      {"EnableProfile", 2, ESIM_ERROR_WRONG_STATE},
      {"EnableProfile", 3, ESIM_ERROR_POLICY_VIOLATION},
      {"EnableProfile", 4, ESIM_ERROR_WRONG_STATE},
      {"EnableProfile", 5, ESIM_ERROR_BUSY},
      {"EnableProfile", 6, ESIM_ERROR_POLICY_VIOLATION},
      {"EnableProfile", 7, ESIM_ERROR_CARD_ERROR},
      {"EnableProfile", 9, ESIM_ERROR_BUSY},
      {"EnableProfile", 10, ESIM_ERROR_WRONG_STATE},
      {"DisableProfile", 1, ESIM_ERROR_NOT_FOUND},
      {"DisableProfile", 2, ESIM_ERROR_WRONG_STATE},
      {"DisableProfile", 3, ESIM_ERROR_POLICY_VIOLATION},
      {"DisableProfile", 5, ESIM_ERROR_BUSY},
      {"DisableProfile", 6, ESIM_ERROR_POLICY_VIOLATION},
      {"DisableProfile", 7, ESIM_ERROR_CARD_ERROR},
      {"DisableProfile", 9, ESIM_ERROR_BUSY},
      {"DeleteProfile", 1, ESIM_ERROR_NOT_FOUND},
      {"DeleteProfile", 2, ESIM_ERROR_WRONG_STATE},
      {"DeleteProfile", 3, ESIM_ERROR_POLICY_VIOLATION},
      {"DeleteProfile", 4, ESIM_ERROR_WRONG_STATE},
      {"DeleteProfile", 7, ESIM_ERROR_CARD_ERROR},
      {"SetNickname", 1, ESIM_ERROR_NOT_FOUND},
      {"NotificationSent", 1, (EsimError) -1}, /* nothing to delete: nothing is left to be done */
  };

  for (guint i = 0; i < G_N_ELEMENTS (acts); i++) {
    for (int result = 1; result <= 127; result++) {
      int code = ESIM_ERROR_CARD_ERROR;

      for (guint j = 0; j < G_N_ELEMENTS (known); j++)
        if (known[j].result == result && g_str_equal (known[j].name, acts[i].name))
          code = (int) known[j].code;
      run_result (i, result, code);
    }
  }
}

static void
test_transport_failures (void)
{
  static const EsimError codes[] = {ESIM_ERROR_CARD_REMOVED, ESIM_ERROR_TIMED_OUT, ESIM_ERROR_MODEM_ERROR};

  for (guint i = 0; i < G_N_ELEMENTS (acts); i++) {
    for (guint j = 0; j < G_N_ELEMENTS (codes); j++) {
      g_autoptr (FakeCard) card = fake_card_new ();
      g_autoptr (EsimProfileInfo) profile = make_profile (TRUE);
      g_autoptr (GError) error = NULL;
      EsimIsdr *session = open_session (card);

      fake_card_expect_failure (card, acts[i].by_aid, codes[j]);
      g_assert_false (acts[i].act (session, profile, &error));
      g_assert_error (error, ESIM_ERROR, (int) codes[j]);
      esim_isdr_free (session);
      fake_card_assert_done (card);
    }
  }
}

/* What the caller got wrong does not reach the card. */
static void
test_nickname_refused (void)
{
  g_autofree char *longest = g_strnfill (64, 'x'), *too_long = g_strnfill (65, 'x');
  g_autofree char *command = NULL, *letters = hex_string (longest, 64);
  const char *bad[] = {too_long, "\xFF", "two\nlines", "\x1B[2J"};
  g_autoptr (FakeCard) card = fake_card_new ();
  EsimIsdr *session = open_session (card);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_false (esim_isdr_set_nickname (session, ICCID, bad[i], &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
    g_clear_error (&error);
  }
  g_assert_false (esim_isdr_set_nickname (session, "12", "x", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  command = g_strdup_printf ("81E2910051BF294E" ICCID_TLV "9040%s00", letters);
  fake_card_expect (card, command, "BF29038001009000");
  fake_card_expect (card, "81E2910011BF290E" ICCID_TLV "900000", "BF29038001009000");
  g_assert_true (esim_isdr_set_nickname (session, ICCID, longest, &error));
  g_assert_true (esim_isdr_set_nickname (session, ICCID, "", &error)); /* takes the nickname away */
  g_assert_no_error (error);
  esim_isdr_free (session);
  fake_card_assert_done (card);
}

static void
test_notifications (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  EsimIsdr *session = open_session (card);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) listed = NULL, retrieved = NULL;

  fake_card_expect (card, "81E2910003BF280000", "BF2815A013BF2F10800100810204100C0764702E746573749000");
  fake_card_expect (card, "81E2910003BF2B0000",
                    "BF2B1FA01D301BBF2F10800100810204100C0764702E746573745F3705"
                    "00010203049000");
  listed = esim_isdr_list_notifications (session, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (listed->len, ==, 1);
  g_assert_cmpstr (((EsimNotification *) listed->pdata[0])->address, ==, "dp.test");
  retrieved = esim_isdr_retrieve_notifications (session, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (retrieved->len, ==, 1);
  g_assert_nonnull (((EsimNotification *) retrieved->pdata[0])->bytes);
  esim_isdr_free (session);
  fake_card_assert_done (card);
  g_assert_cmpuint (fake_card_get_transmitted (card), ==, 3);
}

static void
test_sequence_numbers (void)
{
  static const struct {
    guint64 sequence;
    const char *command;
  } cases[] = {
      {0, "81E2910006BF300380010000"},
      {127, "81E2910006BF300380017F00"},
      {128, "81E2910007BF300480020080"
            "00"},
      {G_MAXUINT32, "81E291000ABF3007800500FFFFFFFF00"},
      {G_MAXUINT64, "81E291000EBF300B800900FFFFFFFFFFFFFFFF00"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (FakeCard) card = fake_card_new ();
    EsimIsdr *session = open_session (card);
    g_autoptr (GError) error = NULL;

    fake_card_expect (card, cases[i].command, "BF30038001009000");
    g_assert_true (esim_isdr_remove_notification (session, cases[i].sequence, &error));
    g_assert_no_error (error);
    esim_isdr_free (session);
    fake_card_assert_done (card);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/isdr/open", test_open);
  g_test_add_func ("/isdr/iot", test_iot);
  g_test_add_func ("/isdr/abandon", test_abandon);
  g_test_add_func ("/isdr/close-failure", test_close_failure);
  g_test_add_func ("/isdr/gone", test_gone);
  g_test_add_func ("/isdr/open-refused", test_open_refused);
  g_test_add_func ("/isdr/list-profiles", test_list_profiles);
  g_test_add_func ("/isdr/infos", test_infos);
  g_test_add_func ("/isdr/acts", test_acts);
  g_test_add_func ("/isdr/malformed-results", test_malformed_results);
  g_test_add_func ("/isdr/results", test_results);
  g_test_add_func ("/isdr/transport-failures", test_transport_failures);
  g_test_add_func ("/isdr/nickname-refused", test_nickname_refused);
  g_test_add_func ("/isdr/notifications", test_notifications);
  g_test_add_func ("/isdr/sequence-numbers", test_sequence_numbers);
  return g_test_run ();
}
