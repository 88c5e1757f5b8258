/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-switch.h"
#include "host-fixture.h"

#define OK_DISABLE "BF32038001009000"
#define OK_ENABLE "BF31038001009000"
#define BUSY_DISABLE "BF32038001059000"

typedef struct {
  HostFixture *fixture;
  gboolean enable;
  gboolean result;
  GError *error;
} Run;

static const char *const disabled[] = {PROFILE (AID, "00", ""), OTHER_PROFILE ("01"), NULL};
static const char *const enabled[] = {PROFILE (AID, "01", ""), OTHER_PROFILE ("00"), NULL};
static const char *const none_enabled[] = {PROFILE (AID, "00", ""), OTHER_PROFILE ("00"), NULL};

/* The linker puts this in the place of esim_wait_sleep(): the pauses are noted, not slept. */
static GString *pauses;
void __wrap_esim_wait_sleep (guint milliseconds);

void
__wrap_esim_wait_sleep (guint milliseconds)
{
  g_string_append_printf (pauses, "%u ", milliseconds);
}

static void
run_clear (Run *run)
{
  host_fixture_free (run->fixture);
  g_clear_error (&run->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static Run
make_run (gboolean enable, const char *const *profiles)
{
  Run run = {host_fixture_new (), enable, FALSE, NULL};

  g_string_truncate (pauses, 0);
  expect_session (run.fixture->card, EID);
  if (profiles != NULL)
    expect_list (run.fixture->card, profiles);
  return run;
}

static void
job (gpointer data)
{
  Run *run = data;

  run->result =
      esim_switch_run (run->fixture->host, run->fixture->task, EID, ICCID, run->enable, &run->error);
  esim_card_host_end (run->fixture->host, run->error);
}

static void
go (Run *run, int code)
{
  host_fixture_run (run->fixture, job, run);
  g_assert_cmpint (run->result, ==, code < 0);
  if (code < 0)
    g_assert_no_error (run->error);
  else
    g_assert_error (run->error, ESIM_ERROR, code);
}

static void
expect_end (Run *run, const char *const *profiles)
{
  expect_session (run->fixture->card, EID);
  expect_list (run->fixture->card, profiles);
  expect_notifications (run->fixture->card, "");
}

static void
test_enable (void)
{
  g_auto (Run) run = make_run (TRUE, disabled);
  FakeCard *card = run.fixture->card;
  const HostNews *news = host_fixture_get_news (run.fixture);

  fake_card_expect (card, ENABLE ("FF"), OK_ENABLE);
  fake_card_expect_await (card, ICCID, OTHER_ICCID, TRUE, -1);
  expect_session (card, EID);
  expect_list (card, enabled);
  expect_notifications (card, OTHER_NOTIFICATION ("01", "520") NOTIFICATION ("02", "640"));
  expect_info (card);
  go (&run, -1);
  g_assert_cmpuint (host_fixture_count (run.fixture, "notifications"), ==, 2);
  g_assert_false (esim_store_has (run.fixture->store, "unsaved", EID));
  g_assert_true (esim_card_snapshot_find (news->snapshot, ICCID)->enabled);
  g_assert_cmpuint (news->snapshot->notifications->len, ==, 2);
  g_assert_cmpuint (fake_card_get_opened (card), ==, 2);
  g_assert_cmpstr (pauses->str, ==, "");
}

static void
test_disable (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  expect_end (&run, none_enabled);
  go (&run, -1);
}

static void
test_busy_for_a_while (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  fake_card_expect (card, DISABLE ("FF"), BUSY_DISABLE);
  fake_card_expect (card, DISABLE ("FF"), BUSY_DISABLE);
  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  expect_end (&run, none_enabled);
  go (&run, -1);
  g_assert_cmpstr (pauses->str, ==, "300 600 ");
}

/* Five times with a refresh; then without one, and the UICC is reset by us. */
static void
test_busy_to_the_end (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  for (guint i = 0; i < 5; i++)
    fake_card_expect (card, DISABLE ("FF"), BUSY_DISABLE);
  fake_card_expect (card, DISABLE ("00"), OK_DISABLE);
  fake_card_expect_reset (card, ESIM_CARD_RESET_CARD, -1);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  expect_end (&run, none_enabled);
  go (&run, -1);
  g_assert_cmpstr (pauses->str, ==, "300 600 1200 2400 4800 ");
}

static void
test_busy_without_end (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  for (guint i = 0; i < 5; i++)
    fake_card_expect (card, DISABLE ("FF"), BUSY_DISABLE);
  fake_card_expect (card, DISABLE ("00"), BUSY_DISABLE);
  go (&run, ESIM_ERROR_BUSY);
}

/* A modem that does not look is made to by a reset. */
static void
test_reset_helps (void)
{
  g_auto (Run) run = make_run (TRUE, none_enabled);
  FakeCard *card = run.fixture->card;

  fake_card_expect (card, ENABLE ("FF"), OK_ENABLE);
  fake_card_expect_await (card, ICCID, NULL, FALSE, -1);
  fake_card_expect_reset (card, ESIM_CARD_RESET_CARD, -1);
  fake_card_expect_await (card, ICCID, NULL, TRUE, -1);
  expect_end (&run, enabled);
  go (&run, -1);
}

static void
test_refresh_failed (void)
{
  static const int resets[] = {-1, ESIM_ERROR_NOT_SUPPORTED, ESIM_ERROR_MODEM_ERROR};

  for (guint i = 0; i < G_N_ELEMENTS (resets); i++) {
    g_auto (Run) run = make_run (FALSE, enabled);
    FakeCard *card = run.fixture->card;

    fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
    fake_card_expect_await (card, NULL, ICCID, FALSE, -1);
    fake_card_expect_reset (card, ESIM_CARD_RESET_CARD, resets[i]);
    if (resets[i] < 0)
      fake_card_expect_await (card, NULL, ICCID, FALSE, -1);
    expect_end (&run, none_enabled);
    go (&run, ESIM_ERROR_REFRESH_FAILED);
    /* On the card it is done, and that is known. */
    g_assert_false (esim_store_has (run.fixture->store, "unsaved", EID));
  }
}

static void
test_card_goes (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, FALSE, -1);
  fake_card_expect_reset (card, ESIM_CARD_RESET_CARD, ESIM_ERROR_CARD_REMOVED);
  go (&run, ESIM_ERROR_CARD_REMOVED);
  g_assert_true (esim_store_has (run.fixture->store, "unsaved", EID));
}

/* The card took it, and its list says otherwise. */
static void
test_not_listed (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  expect_end (&run, enabled);
  go (&run, ESIM_ERROR_CARD_ERROR);
}

/* A modem that has just read its card refuses for a moment. */
static void
test_reopened_later (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  fake_card_expect (card, "81E2910006BF3E035C015A00", "6985");
  fake_card_expect_failure (card, "81E2910006BF3E035C015A00", ESIM_ERROR_MODEM_ERROR);
  expect_end (&run, none_enabled);
  go (&run, -1);
  g_assert_cmpstr (pauses->str, ==, "500 500 ");
}

static void
test_never_reopened (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  for (guint i = 0; i < 6; i++) {
    fake_card_expect (card, "81E2910006BF3E035C015A00", "6985");
    if (i == 2)
      fake_card_expect_reset (card, ESIM_CARD_RESET_CARD, -1);
  }
  go (&run, ESIM_ERROR_CARD_ERROR);
  g_assert_cmpstr (pauses->str, ==, "500 500 500 500 500 ");
}

static void
test_another_card_after_the_refresh (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  expect_session (card, OTHER_EID);
  go (&run, ESIM_ERROR_CARD_REMOVED);
}

static void
test_cancelled (void)
{
  g_auto (Run) cancelled = make_run (FALSE, enabled);

  esim_task_cancel (cancelled.fixture->task);
  go (&cancelled, ESIM_ERROR_CANCELLED);
}

static void
test_unknown_profile (void)
{
  g_auto (Run) run = make_run (FALSE, (const char *const[]){OTHER_PROFILE ("01"), NULL});

  go (&run, ESIM_ERROR_NOT_FOUND);
}

/* No mark on disk, no command. */
static void
test_no_mark (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);

  folder_put (run.fixture->folder, "unsaved", "in the way");
  go (&run, ESIM_ERROR_STORAGE_ERROR);
}

static void
test_refused_by_the_card (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);

  fake_card_expect (run.fixture->card, DISABLE ("FF"), "BF32038001039000");
  go (&run, ESIM_ERROR_POLICY_VIOLATION);
}

/* The switch is done; what could not be saved stays on the card, and the mark stays too. */
static void
test_saving_fails (void)
{
  g_auto (Run) run = make_run (FALSE, enabled);
  FakeCard *card = run.fixture->card;

  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  expect_session (card, EID);
  expect_list (card, none_enabled);
  fake_card_expect (card, RETRIEVE, "6985");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*not saved yet*");
  go (&run, -1);
  g_test_assert_expected_messages ();
  g_assert_true (esim_store_has (run.fixture->store, "unsaved", EID));
}

#define ADD(name, function) g_test_add_func ("/switch/" name, function)

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  pauses = g_string_new (NULL);
  ADD ("enable", test_enable);
  ADD ("disable", test_disable);
  ADD ("busy-for-a-while", test_busy_for_a_while);
  ADD ("busy-to-the-end", test_busy_to_the_end);
  ADD ("busy-without-end", test_busy_without_end);
  ADD ("reset-helps", test_reset_helps);
  ADD ("refresh-failed", test_refresh_failed);
  ADD ("card-goes", test_card_goes);
  ADD ("not-listed", test_not_listed);
  ADD ("reopened-later", test_reopened_later);
  ADD ("never-reopened", test_never_reopened);
  ADD ("another-card-after-the-refresh", test_another_card_after_the_refresh);
  ADD ("cancelled", test_cancelled);
  ADD ("unknown-profile", test_unknown_profile);
  ADD ("no-mark", test_no_mark);
  ADD ("refused-by-the-card", test_refused_by_the_card);
  ADD ("saving-fails", test_saving_fails);
  result = g_test_run ();
  g_string_free (pauses, TRUE);
  return result;
}
