/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-usim-aka.h"
#include "esim-error.h"
#include "usim-fixture.h"

static const EsimAkaAnswer rejected = {.verdict = ESIM_AKA_REJECTED};

/* Asks for the first subscription. */
static gboolean
ask (FakeCard *card, const char *imsi, EsimAkaAnswer *answer, GError **error)
{
  gboolean ok;

  memset (answer, 0xA5, sizeof *answer);
  ok = esim_usim_aka (ESIM_CARD (card), USIM_FIXTURE_ICCID, imsi, usim_fixture_challenge, usim_fixture_token,
                      answer, error);
  fake_card_assert_done (card);
  return ok;
}

static void
assert_refused (FakeCard *card, const char *imsi, EsimError code)
{
  g_autoptr (GError) error = NULL;
  EsimAkaAnswer answer;

  g_assert_false (ask (card, imsi, &answer, &error));
  g_assert_error (error, ESIM_ERROR, (int) code);
  usim_fixture_assert_wiped (&answer);
}

static void
test_channel (void)
{
  static const char *const imsis[] = {USIM_FIXTURE_IMSI, NULL};

  for (guint i = 0; i < G_N_ELEMENTS (imsis); i++) {
    g_autoptr (FakeCard) card = usim_fixture_new ();
    g_autoptr (GError) error = NULL;
    EsimAkaAnswer answer;

    usim_fixture_expect_identity (card, FALSE);
    fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, USIM_FIXTURE_KEYS "9000");
    usim_fixture_expect_identity (card, FALSE);
    g_assert_true (ask (card, imsis[i], &answer, &error));
    g_assert_no_error (error);
    usim_fixture_assert_accepted (&answer);
  }
}

/* Before, it is not asked at all. */
static void
test_other_before (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();

  usim_fixture_expect_iccid (card, TRUE);
  assert_refused (card, USIM_FIXTURE_IMSI, ESIM_ERROR_WRONG_STATE);
}

static void
test_other_imsi (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();

  usim_fixture_expect_identity (card, FALSE);
  assert_refused (card, USIM_FIXTURE_OTHER_IMSI, ESIM_ERROR_WRONG_STATE);
}

/* After, what was answered is nobody's. */
static void
test_other_after (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();

  usim_fixture_expect_identity (card, FALSE);
  fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, USIM_FIXTURE_KEYS "9000");
  usim_fixture_expect_iccid (card, TRUE);
  assert_refused (card, NULL, ESIM_ERROR_WRONG_STATE);
}

/* The same profile on the card, and another IMSI in it. */
static void
test_other_imsi_after (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();

  usim_fixture_expect_identity (card, FALSE);
  fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, USIM_FIXTURE_KEYS "9000");
  usim_fixture_expect_iccid (card, FALSE);
  fake_card_expect (card, "01A4000402 7FFF 00", "9000");
  fake_card_expect (card, "01A4000402 6F07 00", "9000");
  fake_card_expect (card, "01B0000000", "08 5902100000000091 9000");
  assert_refused (card, NULL, ESIM_ERROR_WRONG_STATE);
}

static void
test_lost_after (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();

  usim_fixture_expect_identity (card, FALSE);
  fake_card_expect (card, USIM_FIXTURE_AUTHENTICATE, USIM_FIXTURE_KEYS "9000");
  fake_card_expect_failure (card, "01A4000402 3F00 00", ESIM_ERROR_MODEM_ERROR);
  assert_refused (card, NULL, ESIM_ERROR_MODEM_ERROR);
}

/* -- the modem's own way -- */

/* A modem that gives no channel to a USIM: to none at all, or by its own refusal. */
static FakeCard *
new_without_channel (int code)
{
  FakeCard *card = fake_card_new ();

  fake_card_set_application (card, USIM_FIXTURE_NAME, code);
  return card;
}

static void
test_modem (void)
{
  static const int codes[] = {ESIM_ERROR_NOT_SUPPORTED, ESIM_ERROR_MODEM_ERROR, ESIM_ERROR_CARD_ERROR};

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_autoptr (FakeCard) card = new_without_channel (codes[i]);
    EsimAkaAnswer answer;

    fake_card_expect_line (card, USIM_FIXTURE_ICCID, USIM_FIXTURE_IMSI, 0);
    fake_card_expect_authenticate (card, &rejected, -1);
    fake_card_expect_line (card, USIM_FIXTURE_ICCID, USIM_FIXTURE_IMSI, 0);
    g_assert_true (ask (card, NULL, &answer, NULL));
    g_assert_cmpint (answer.verdict, ==, ESIM_AKA_REJECTED);
  }
}

/* The channel opens, and nothing goes through it. */
static void
test_dead_channel (void)
{
  g_autoptr (FakeCard) card = usim_fixture_new ();
  EsimAkaAnswer answer;

  fake_card_expect_failure (card, "01A4000402 3F00 00", ESIM_ERROR_NOT_SUPPORTED);
  fake_card_expect_line (card, USIM_FIXTURE_ICCID, USIM_FIXTURE_IMSI, 0);
  fake_card_expect_authenticate (card, &rejected, -1);
  fake_card_expect_line (card, USIM_FIXTURE_ICCID, USIM_FIXTURE_IMSI, 0);
  g_assert_true (ask (card, USIM_FIXTURE_IMSI, &answer, NULL));
}

/* What the USIM itself said is not asked of the modem again. */
static void
test_no_second_way (void)
{
  static const int codes[] = {ESIM_ERROR_CARD_REMOVED, ESIM_ERROR_TIMED_OUT, ESIM_ERROR_CANCELLED,
                              ESIM_ERROR_WRONG_STATE};
  g_autoptr (FakeCard) locked = usim_fixture_new ();

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_autoptr (FakeCard) card = new_without_channel (codes[i]);

    assert_refused (card, NULL, codes[i]);
  }
  fake_card_expect (locked, "01A4000402 3F00 00", "6982");
  assert_refused (locked, NULL, ESIM_ERROR_CARD_ERROR);
}

static void
test_two_lines (void)
{
  g_autoptr (FakeCard) card = new_without_channel (ESIM_ERROR_NOT_SUPPORTED);

  fake_card_expect_line (card, USIM_FIXTURE_ICCID, USIM_FIXTURE_IMSI, 1);
  assert_refused (card, NULL, ESIM_ERROR_WRONG_STATE);
}

/* A second one that came to be used meanwhile. */
static void
test_two_lines_after (void)
{
  g_autoptr (FakeCard) card = new_without_channel (ESIM_ERROR_NOT_SUPPORTED);
  EsimAkaAnswer accepted = {.verdict = ESIM_AKA_ACCEPTED, .response_bits = 64, .response = {1}};

  fake_card_expect_line (card, USIM_FIXTURE_ICCID, USIM_FIXTURE_IMSI, 0);
  fake_card_expect_authenticate (card, &accepted, -1);
  fake_card_expect_line (card, USIM_FIXTURE_ICCID, USIM_FIXTURE_IMSI, 1);
  assert_refused (card, NULL, ESIM_ERROR_WRONG_STATE);
}

static void
test_modem_other (void)
{
  static const struct {
    const char *iccid, *imsi;
    EsimError code;
  } lines[] = {
      {USIM_FIXTURE_OTHER_ICCID, USIM_FIXTURE_IMSI, ESIM_ERROR_WRONG_STATE},
      {USIM_FIXTURE_ICCID, USIM_FIXTURE_OTHER_IMSI, ESIM_ERROR_WRONG_STATE},
      {USIM_FIXTURE_ICCID, NULL, ESIM_ERROR_CARD_ERROR},
      {NULL, USIM_FIXTURE_IMSI, ESIM_ERROR_MODEM_ERROR},
  };
  EsimAkaAnswer accepted = {.verdict = ESIM_AKA_ACCEPTED, .response_bits = 64, .response = {1}};

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autoptr (FakeCard) before = new_without_channel (ESIM_ERROR_NOT_SUPPORTED);
    g_autoptr (FakeCard) after = new_without_channel (ESIM_ERROR_NOT_SUPPORTED);

    fake_card_expect_line (before, lines[i].iccid, lines[i].imsi, 0);
    assert_refused (before, USIM_FIXTURE_IMSI, lines[i].code);
    fake_card_expect_line (after, USIM_FIXTURE_ICCID, USIM_FIXTURE_IMSI, 0);
    fake_card_expect_authenticate (after, &accepted, -1);
    fake_card_expect_line (after, lines[i].iccid, lines[i].imsi, 0);
    assert_refused (after, NULL, lines[i].code);
  }
}

/* Neither way: the first one's error is told. */
static void
test_no_way (void)
{
  g_autoptr (FakeCard) card = new_without_channel (ESIM_ERROR_MODEM_ERROR);
  g_autoptr (FakeCard) other = new_without_channel (ESIM_ERROR_MODEM_ERROR);

  assert_refused (card, NULL, ESIM_ERROR_MODEM_ERROR);
  fake_card_expect_line (other, USIM_FIXTURE_ICCID, USIM_FIXTURE_IMSI, 0);
  assert_refused (other, NULL, ESIM_ERROR_MODEM_ERROR);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usim-aka/channel", test_channel);
  g_test_add_func ("/usim-aka/other-before", test_other_before);
  g_test_add_func ("/usim-aka/other-imsi", test_other_imsi);
  g_test_add_func ("/usim-aka/other-after", test_other_after);
  g_test_add_func ("/usim-aka/other-imsi-after", test_other_imsi_after);
  g_test_add_func ("/usim-aka/lost-after", test_lost_after);
  g_test_add_func ("/usim-aka/modem", test_modem);
  g_test_add_func ("/usim-aka/dead-channel", test_dead_channel);
  g_test_add_func ("/usim-aka/no-second-way", test_no_second_way);
  g_test_add_func ("/usim-aka/two-lines", test_two_lines);
  g_test_add_func ("/usim-aka/two-lines-after", test_two_lines_after);
  g_test_add_func ("/usim-aka/modem-other", test_modem_other);
  g_test_add_func ("/usim-aka/no-way", test_no_way);
  return g_test_run ();
}
