/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-removal.h"
#include "hex.h"
#include "host-fixture.h"

#define OK_DELETE "BF33038001009000"
#define OK_DISABLE "BF32038001009000"

/* A removal in the worker, and the steps that it committed: each with how many commands were sent before. */
typedef struct {
  EsimRemoval removal; /* first: commit() gets no other pointer */
  HostFixture *fixture;
  GString *commits;
  int refuse_at; /* the step whose commit fails; −1: none */
  gboolean result;
  GError *error;
} Run;

static const char *const disabled[] = {PROFILE (AID, "00", ""), OTHER_PROFILE ("01"), NULL};
static const char *const enabled[] = {PROFILE (AID, "01", ""), OTHER_PROFILE ("00"), NULL};
static const char *const without[] = {OTHER_PROFILE ("01"), NULL};
static const char *const alone[] = {OTHER_PROFILE ("00"), NULL};

static gboolean
commit (EsimRemoval *removal, GError **error)
{
  static const char *const names[] = {"not-begun", "saving", "disabling", "deleting", "deleted"};
  Run *run = (Run *) removal;

  if ((int) removal->step == run->refuse_at) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "told to fail");
    return FALSE;
  }
  g_string_append_printf (run->commits, "%s@%u ", names[removal->step],
                          fake_card_get_transmitted (run->fixture->card));
  return TRUE;
}

static Run *
run_new (void)
{
  Run *run = g_new0 (Run, 1);

  run->fixture = host_fixture_new ();
  run->removal = (EsimRemoval){
      .eid = EID, .iccid = ICCID, .aid = hex_bytes (AID), .last_sequence = -1, .commit = commit};
  run->commits = g_string_new (NULL);
  run->refuse_at = -1;
  return run;
}

static void
run_free (Run *run)
{
  host_fixture_free (run->fixture);
  g_bytes_unref (run->removal.aid);
  g_clear_pointer (&run->removal.deleted, g_ptr_array_unref);
  g_string_free (run->commits, TRUE);
  g_clear_error (&run->error);
  g_free (run);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

static void
job (gpointer data)
{
  Run *run = data;

  run->result = esim_removal_run (&run->removal, run->fixture->host, run->fixture->task, &run->error);
  esim_card_host_end (run->fixture->host, run->error);
}

/* @code: −1: it must succeed */
static void
go (Run *run, int code, const char *commits)
{
  g_clear_error (&run->error);
  g_string_truncate (run->commits, 0);
  host_fixture_run (run->fixture, job, run);
  g_assert_cmpint (run->result, ==, code < 0);
  if (code < 0)
    g_assert_no_error (run->error);
  else
    g_assert_error (run->error, ESIM_ERROR, code);
  g_assert_cmpstr (run->commits->str, ==, commits);
}

static void
expect_begin (Run *run, const char *const *profiles)
{
  expect_session (run->fixture->card, EID);
  expect_list (run->fixture->card, profiles);
}

static void
assert_deleted (Run *run, guint count, guint64 sequence)
{
  g_assert_cmpint (run->removal.step, ==, ESIM_REMOVAL_DELETED);
  g_assert_nonnull (run->removal.deleted);
  g_assert_cmpuint (run->removal.deleted->len, ==, count);
  if (count > 0)
    g_assert_cmpuint (((EsimNotification *) run->removal.deleted->pdata[0])->sequence, ==, sequence);
  g_assert_false (esim_store_has (run->fixture->store, "unsaved", EID));
}

/* Read, saved, deleted, read again, saved: five commands and the card's information, and not one more. Of
 * what was pending before nothing counts as the deletion's, nor what concerns another profile. */
static void
test_disabled (void)
{
  g_autoptr (Run) run = run_new ();
  FakeCard *card = run->fixture->card;

  expect_begin (run, disabled);
  expect_notifications (card, NOTIFICATION ("05", "410") OTHER_NOTIFICATION ("04", "520"));
  expect_info (card);
  fake_card_expect (card, DELETE, OK_DELETE);
  expect_list (card, without);
  expect_notifications (card, NOTIFICATION ("05", "410") NOTIFICATION ("06", "410")
                                  OTHER_NOTIFICATION ("07", "410") NOTIFICATION ("08", "520"));
  go (run, -1, "saving@2 deleting@4 deleted@7 ");
  assert_deleted (run, 1, 6);
  g_assert_cmpint (run->removal.last_sequence, ==, 5);
  g_assert_cmpuint (host_fixture_count (run->fixture, "notifications"), ==, 5);
  g_assert_cmpuint (host_fixture_get_news (run->fixture)->saved, ==, 6);
  g_assert_cmpuint (fake_card_get_opened (card), ==, 1);
}

/* Nothing pending: sequence number 0 is the deletion's. Nobody to be told: no proof. */
static void
test_sequence_zero (void)
{
  g_autoptr (Run) run = run_new ();

  expect_begin (run, disabled);
  expect_notifications (run->fixture->card, "");
  fake_card_expect (run->fixture->card, DELETE, OK_DELETE);
  expect_list (run->fixture->card, without);
  expect_notifications (run->fixture->card, NOTIFICATION ("00", "410"));
  expect_info (run->fixture->card);
  go (run, -1, "saving@2 deleting@3 deleted@7 ");
  g_assert_cmpint (run->removal.last_sequence, ==, -1);
  assert_deleted (run, 1, 0);
}

static void
test_no_notification (void)
{
  g_autoptr (Run) run = run_new ();

  expect_begin (run, disabled);
  expect_notifications (run->fixture->card, "");
  fake_card_expect (run->fixture->card, DELETE, OK_DELETE);
  expect_list (run->fixture->card, without);
  expect_notifications (run->fixture->card, "");
  go (run, -1, "saving@2 deleting@3 deleted@6 ");
  assert_deleted (run, 0, 0);
  go (run, -1, ""); /* it is done: the card is left in peace */
  g_assert_cmpuint (fake_card_get_transmitted (run->fixture->card), ==, 6);
}

static void
expect_disabling (Run *run)
{
  FakeCard *card = run->fixture->card;

  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  expect_session (card, EID);
  expect_list (card, (const char *const[]){PROFILE (AID, "00", ""), OTHER_PROFILE ("00"), NULL});
  expect_notifications (card, NOTIFICATION ("09", "520"));
  expect_info (card);
}

/* The disabling's own notifications are older than the deletion. */
static void
test_enabled (void)
{
  g_autoptr (Run) run = run_new ();
  FakeCard *card = run->fixture->card;

  expect_begin (run, enabled);
  expect_notifications (card, "");
  expect_disabling (run);
  fake_card_expect (card, DELETE, OK_DELETE);
  expect_list (card, alone);
  expect_notifications (card, NOTIFICATION ("09", "520") NOTIFICATION ("0A", "410"));
  go (run, -1, "saving@2 disabling@3 deleting@8 deleted@11 ");
  g_assert_cmpint (run->removal.last_sequence, ==, 9);
  assert_deleted (run, 1, 10);
  g_assert_cmpuint (fake_card_get_opened (card), ==, 2);
}

/* The disk refuses a step: the step is not taken, and the next run begins there. */
static void
test_commit_fails (void)
{
  static const struct {
    EsimRemovalStep step, stays;
    const char *commits;
  } cases[] = {
      {ESIM_REMOVAL_SAVING, ESIM_REMOVAL_NOT_BEGUN, ""},
      {ESIM_REMOVAL_DISABLING, ESIM_REMOVAL_SAVING, "saving@2 "},
      {ESIM_REMOVAL_DELETING, ESIM_REMOVAL_SAVING, "saving@2 "},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Run) run = run_new ();

    run->refuse_at = (int) cases[i].step;
    expect_begin (run, cases[i].step == ESIM_REMOVAL_DISABLING ? enabled : disabled);
    if (cases[i].step != ESIM_REMOVAL_SAVING)
      expect_notifications (run->fixture->card, "");
    go (run, ESIM_ERROR_STORAGE_ERROR, cases[i].commits);
    g_assert_cmpint (run->removal.step, ==, cases[i].stays);
  }
}

static void
test_last_commit_fails (void)
{
  g_autoptr (Run) run = run_new ();
  FakeCard *card = run->fixture->card;

  run->refuse_at = ESIM_REMOVAL_DELETED;
  expect_begin (run, disabled);
  expect_notifications (card, "");
  fake_card_expect (card, DELETE, OK_DELETE);
  expect_list (card, without);
  expect_notifications (card, NOTIFICATION ("06", "410"));
  expect_info (card);
  go (run, ESIM_ERROR_STORAGE_ERROR, "saving@2 deleting@3 ");
  g_assert_cmpint (run->removal.step, ==, ESIM_REMOVAL_DELETING);
  run->refuse_at = -1;
  expect_list (card, without);
  go (run, -1, "deleted@8 ");
  assert_deleted (run, 1, 6);
}

static void
assert_refused (const char *profile, int code, const char *word)
{
  g_autoptr (Run) run = run_new ();

  expect_begin (run, (const char *const[]){profile, NULL});
  go (run, code, "");
  g_assert_nonnull (g_strstr_len (run->error->message, -1, word));
  g_assert_cmpint (run->removal.step, ==, ESIM_REMOVAL_NOT_BEGUN);
}

static void
test_policy (void)
{
  assert_refused (PROFILE (AID, "00", PPR2), ESIM_ERROR_POLICY_VIOLATION, "PPR2");
  assert_refused (PROFILE (AID, "01", PPR2), ESIM_ERROR_POLICY_VIOLATION, "PPR2");
  assert_refused (PROFILE (AID, "01", PPR1), ESIM_ERROR_POLICY_VIOLATION, "PPR1");
}

/* PPR1 forbids disabling: of one that is disabled it says nothing. */
static void
test_policy_of_a_disabled_one (void)
{
  g_autoptr (Run) run = run_new ();
  FakeCard *card = run->fixture->card;

  expect_begin (run, (const char *const[]){PROFILE (AID, "00", PPR1), NULL});
  expect_notifications (card, "");
  fake_card_expect (card, DELETE, OK_DELETE);
  expect_list (card, alone);
  expect_notifications (card, "");
  go (run, -1, "saving@2 deleting@3 deleted@6 ");
}

static void
test_other_profile (void)
{
  assert_refused (PROFILE (OTHER_AID, "00", ""), ESIM_ERROR_WRONG_STATE, "another profile");
  assert_refused (OTHER_PROFILE ("00"), ESIM_ERROR_NOT_FOUND, "not on this card");
}

static void
test_other_card (void)
{
  g_autoptr (Run) run = run_new ();

  expect_session (run->fixture->card, OTHER_EID);
  go (run, ESIM_ERROR_CARD_REMOVED, "");
  g_assert_cmpuint (fake_card_get_transmitted (run->fixture->card), ==, 1);
}

/* The card goes with its list: nothing is said to the next one in the slot. */
static void
test_gone_with_the_list (void)
{
  g_autoptr (Run) run = run_new ();
  g_autoptr (FakeCard) other = fake_card_new ();

  host_fixture_offer (run->fixture, other);
  expect_session (run->fixture->card, EID);
  fake_card_expect_last (run->fixture->card, LIST, "BF2D02A0009000");
  go (run, ESIM_ERROR_CARD_REMOVED, "");
  g_assert_cmpuint (fake_card_get_transmitted (other), ==, 0);
}

/* The modem goes after the list was read and comes back with the same card: that is another session, and what
 * its list shows is not known yet. */
static void
test_new_session_before_the_deletion (void)
{
  g_autoptr (Run) run = run_new ();
  g_autoptr (FakeCard) again = fake_card_new ();

  host_fixture_offer (run->fixture, again);
  expect_begin (run, disabled);
  fake_card_expect_last (run->fixture->card, RETRIEVE, "BF2B34A032" NOTIFICATION ("05", "410") "9000");
  fake_card_expect_close_stale (again, -1);
  expect_session (again, EID);
  expect_info (again);
  go (run, ESIM_ERROR_CARD_REMOVED, "saving@2 deleting@3 ");
  g_assert_cmpuint (fake_card_get_transmitted (again), ==, 2);
}

/* The modem comes back with another card: nothing is changed on it, and what the first
 * one gave is not taken for its own. */
static void
test_other_card_before_the_deletion (void)
{
  g_autoptr (Run) run = run_new ();
  g_autoptr (FakeCard) other = fake_card_new ();

  host_fixture_offer (run->fixture, other);
  expect_begin (run, disabled);
  fake_card_expect_last (run->fixture->card, RETRIEVE, "BF2B34A032" NOTIFICATION ("05", "410") "9000");
  fake_card_expect_close_stale (other, -1);
  expect_session (other, OTHER_EID);
  expect_info (other);
  go (run, ESIM_ERROR_CARD_REMOVED, "saving@2 ");
  g_assert_cmpuint (fake_card_get_transmitted (other), ==, 2);
  g_assert_cmpuint (host_fixture_count (run->fixture, "notifications"), ==, 0);
}

/* The answer to the deletion was lost. After a look at the card it goes on, whether it was taken or not. */
static void
test_lost_answer (void)
{
  for (guint taken = 0; taken < 2; taken++) {
    g_autoptr (Run) run = run_new ();
    g_autoptr (FakeCard) again = fake_card_new ();
    FakeCard *card = run->fixture->card;

    expect_begin (run, disabled);
    expect_notifications (card, NOTIFICATION ("05", "410"));
    expect_info (card);
    fake_card_expect_failure (card, DELETE, ESIM_ERROR_TIMED_OUT);
    go (run, ESIM_ERROR_TIMED_OUT, "saving@2 deleting@4 ");
    g_assert_true (esim_store_has (run->fixture->store, "unsaved", EID));
    host_fixture_offer (run->fixture, again);
    fake_card_expect_close_stale (again, -1);
    expect_session (again, EID);
    expect_list (again, taken ? without : disabled);
    if (!taken) {
      fake_card_expect (again, DELETE, OK_DELETE);
      expect_list (again, without);
    }
    expect_notifications (again, NOTIFICATION ("05", "410") NOTIFICATION ("06", "410"));
    go (run, -1, taken ? "deleted@5 " : "deleting@5 deleted@5 ");
    assert_deleted (run, 1, 6);
  }
}

/* After a start: the record says "deleting", nothing else is known. */
static void
test_resumed (void)
{
  g_autoptr (Run) run = run_new ();

  run->removal.step = ESIM_REMOVAL_DELETING;
  run->removal.last_sequence = 6;
  expect_begin (run, without);
  expect_notifications (run->fixture->card, NOTIFICATION ("06", "410") NOTIFICATION ("07", "410"));
  expect_info (run->fixture->card);
  go (run, -1, "deleted@4 ");
  assert_deleted (run, 1, 7);
}

static void
test_refused_by_the_card (void)
{
  g_autoptr (Run) run = run_new ();
  FakeCard *card = run->fixture->card;

  expect_begin (run, disabled);
  expect_notifications (card, "");
  fake_card_expect (card, DELETE, "BF33038001039000");
  go (run, ESIM_ERROR_POLICY_VIOLATION, "saving@2 deleting@3 ");
  g_assert_null (run->removal.deleted);
}

static void
test_still_listed (void)
{
  g_autoptr (Run) run = run_new ();
  FakeCard *card = run->fixture->card;

  expect_begin (run, disabled);
  expect_notifications (card, "");
  fake_card_expect (card, DELETE, OK_DELETE);
  expect_list (card, disabled);
  go (run, ESIM_ERROR_CARD_ERROR, "saving@2 deleting@3 ");
  g_assert_cmpint (run->removal.step, ==, ESIM_REMOVAL_DELETING);
}

static void
test_cancelled (void)
{
  g_autoptr (Run) run = run_new ();

  esim_task_cancel (run->fixture->task);
  expect_begin (run, disabled);
  expect_notifications (run->fixture->card, "");
  go (run, ESIM_ERROR_CANCELLED, "saving@2 ");
  g_assert_cmpint (run->removal.step, ==, ESIM_REMOVAL_SAVING);
}

/* Nothing is deleted before what is pending is on disk. */
static void
test_saving_fails (void)
{
  g_autoptr (Run) run = run_new ();
  FakeCard *card = run->fixture->card;

  folder_put (run->fixture->folder, "notifications", "in the way");
  expect_begin (run, disabled);
  expect_notifications (card, NOTIFICATION ("05", "410"));
  expect_info (card);
  go (run, ESIM_ERROR_STORAGE_ERROR, "saving@2 ");
}

#define ADD(name, function) g_test_add_func ("/removal/" name, function)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("disabled", test_disabled);
  ADD ("sequence-zero", test_sequence_zero);
  ADD ("no-notification", test_no_notification);
  ADD ("enabled", test_enabled);
  ADD ("commit-fails", test_commit_fails);
  ADD ("last-commit-fails", test_last_commit_fails);
  ADD ("policy", test_policy);
  ADD ("policy-of-a-disabled-one", test_policy_of_a_disabled_one);
  ADD ("other-profile", test_other_profile);
  ADD ("other-card", test_other_card);
  ADD ("gone-with-the-list", test_gone_with_the_list);
  ADD ("new-session-before-the-deletion", test_new_session_before_the_deletion);
  ADD ("other-card-before-the-deletion", test_other_card_before_the_deletion);
  ADD ("lost-answer", test_lost_answer);
  ADD ("resumed", test_resumed);
  ADD ("refused-by-the-card", test_refused_by_the_card);
  ADD ("still-listed", test_still_listed);
  ADD ("cancelled", test_cancelled);
  ADD ("saving-fails", test_saving_fails);
  return g_test_run ();
}
