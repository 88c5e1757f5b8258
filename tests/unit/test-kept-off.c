/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A switch and a removal while somebody else uses the modem, too: from when to when he is kept off, by how
 * many commands the card had been sent. */
#include "esim-error.h"
#include "esim-removal.h"
#include "esim-switch.h"
#include "fake-keeper.h"
#include "hex.h"
#include "host-fixture.h"

#define OK_DELETE "BF33038001009000"
#define OK_DISABLE "BF32038001009000"
#define OK_ENABLE "BF31038001009000"
#define NOT_ALLOWED "BF32038001029000"

static const char *const disabled[] = {PROFILE (AID, "00", ""), OTHER_PROFILE ("01"), NULL};
static const char *const enabled[] = {PROFILE (AID, "01", ""), OTHER_PROFILE ("00"), NULL};
static const char *const none_enabled[] = {PROFILE (AID, "00", ""), OTHER_PROFILE ("00"), NULL};
static const char *const alone[] = {OTHER_PROFILE ("00"), NULL};

typedef struct {
  EsimRemoval removal; /* first: commit() gets no other pointer */
  HostFixture *fixture;
  gboolean enable;
  EsimRemovalStep refuse_at; /* the step whose commit fails */
  gboolean result;
  GError *error;
} Run;

static gboolean
commit (EsimRemoval *removal, GError **error)
{
  if (removal->step != ((Run *) removal)->refuse_at)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "told to fail");
  return FALSE;
}

static guint
count (gpointer card)
{
  return fake_card_get_transmitted (card);
}

static void
set_up (Run *run, gconstpointer data)
{
  run->fixture = host_fixture_new_kept (fake_keeper_begin ());
  run->removal = (EsimRemoval){
      .eid = EID, .iccid = ICCID, .aid = hex_bytes (AID), .last_sequence = -1, .commit = commit};
  run->refuse_at = ESIM_REMOVAL_NOT_BEGUN;
  fake_keeper_watch (count, run->fixture->card);
  expect_session (run->fixture->card, EID);
}

static void
tear_down (Run *run, gconstpointer data)
{
  host_fixture_free (run->fixture);
  g_assert_cmpint (fake_keeper_get_held (), ==, 0);
  g_assert_cmpint (fake_keeper_get_awake (), ==, 0);
  g_bytes_unref (run->removal.aid);
  g_clear_pointer (&run->removal.deleted, g_ptr_array_unref);
  g_clear_error (&run->error);
}

static void
switch_job (gpointer data)
{
  Run *run = data;

  run->result =
      esim_switch_run (run->fixture->host, run->fixture->task, EID, ICCID, run->enable, &run->error);
  esim_card_host_end (run->fixture->host, run->error);
}

static void
removal_job (gpointer data)
{
  Run *run = data;

  run->result = esim_removal_run (&run->removal, run->fixture->host, run->fixture->task, &run->error);
  esim_card_host_end (run->fixture->host, run->error);
}

static void
go (Run *run, EsimWorkerJob job, int code, const char *trace)
{
  host_fixture_run (run->fixture, job, run);
  g_assert_cmpint (run->result, ==, code < 0);
  if (code < 0)
    g_assert_no_error (run->error);
  else
    g_assert_error (run->error, ESIM_ERROR, code);
  g_assert_cmpstr (fake_keeper_get_trace (), ==, trace);
}

/* Switches */

/* Session, list, command; session, list, notifications. */
static void
expect_switch (Run *run, gboolean seen)
{
  FakeCard *card = run->fixture->card;

  expect_list (card, run->enable ? disabled : enabled);
  fake_card_expect (card, run->enable ? ENABLE ("FF") : DISABLE ("FF"), run->enable ? OK_ENABLE : OK_DISABLE);
  fake_card_expect_await (card, run->enable ? ICCID : NULL, run->enable ? OTHER_ICCID : ICCID, seen, -1);
  if (!seen) {
    fake_card_expect_reset (card, ESIM_CARD_RESET_CARD, -1);
    fake_card_expect_await (card, run->enable ? ICCID : NULL, run->enable ? OTHER_ICCID : ICCID, FALSE, -1);
  }
  expect_session (card, EID);
  expect_list (card, run->enable ? enabled : none_enabled);
  expect_notifications (card, "");
}

static void
test_enable (Run *run, gconstpointer data)
{
  run->enable = TRUE;
  expect_switch (run, TRUE);
  go (run, switch_job, -1, "hold@0 release:0@6 verify:" ICCID "@6");
  g_assert_cmpint (fake_keeper_count_awake (), ==, 1);
}

static void
test_disable (Run *run, gconstpointer data)
{
  expect_switch (run, TRUE);
  go (run, switch_job, -1, "hold@0 release:0@6 verify:-@6");
}

/* What the modem does not say, ModemManager may find. */
static void
test_unseen_by_the_modem (Run *run, gconstpointer data)
{
  expect_switch (run, FALSE);
  go (run, switch_job, -1, "hold@0 release:4000@6 verify:-@6");
}

static void
test_unseen_and_alone (Run *run, gconstpointer data)
{
  fake_keeper_set_known (FALSE);
  expect_switch (run, FALSE);
  go (run, switch_job, ESIM_ERROR_REFRESH_FAILED, "hold@0 release:4000@6");
}

static void
test_shown_wrongly (Run *run, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  run->enable = TRUE;
  expect_switch (run, TRUE);
  fake_card_expect_reset (run->fixture->card, ESIM_CARD_RESET_SESSION, -1);
  fake_card_expect_await (run->fixture->card, ICCID, NULL, TRUE, -1);
  fake_card_expect_reset (run->fixture->card, ESIM_CARD_RESET_CARD, -1);
  fake_card_expect_await (run->fixture->card, ICCID, NULL, FALSE, -1);
  go (run, switch_job, -1,
      "hold@0 release:0@6 verify:" ICCID "@6 hold@6 release:0@6 verify:" ICCID "@6 hold@6 release:4000@6 "
      "verify:" ICCID "@6");
}

/* Nothing is asked of a card whose modem somebody else has. */
static void
test_refused (Run *run, gconstpointer data)
{
  fake_keeper_script_hold (ESIM_ERROR_BUSY);
  host_fixture_run (run->fixture, switch_job, run);
  g_assert_error (run->error, ESIM_ERROR, ESIM_ERROR_BUSY);
  g_assert_cmpuint (fake_card_get_transmitted (run->fixture->card), ==, 0);
  g_clear_error (&run->error);
  /* And then the same is asked again. */
  expect_switch (run, TRUE);
  go (run, switch_job, -1, "hold@0 hold@0 release:0@6 verify:-@6");
}

static void
nothing_job (gpointer data)
{
}

static void
test_cancelled (Run *run, gconstpointer data)
{
  fake_keeper_script_hold (FAKE_KEEPER_SILENT);
  esim_worker_push (run->fixture->worker, switch_job, run, NULL);
  fake_keeper_await (1);
  esim_task_cancel (run->fixture->task);
  /* Behind it: until then what it made of the error is the worker's. */
  host_fixture_run (run->fixture, nothing_job, NULL);
  g_assert_error (run->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  fake_keeper_answer (-1);
  g_assert_cmpuint (fake_card_get_transmitted (run->fixture->card), ==, 0);
  g_clear_error (&run->error);
  /* Once it is held, the last moment is before the command. */
  expect_list (run->fixture->card, enabled);
  go (run, switch_job, ESIM_ERROR_CANCELLED, "hold@0 release:0@0 hold@0 release:4000@2");
}

/* The card says no. */
static void
test_failed (Run *run, gconstpointer data)
{
  expect_list (run->fixture->card, enabled);
  fake_card_expect (run->fixture->card, DISABLE ("FF"), NOT_ALLOWED);
  host_fixture_run (run->fixture, switch_job, run);
  g_assert_false (run->result);
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold@0 release:4000@3");
}

/* The modem goes in the middle of it. */
static void
test_gone (Run *run, gconstpointer data)
{
  expect_list (run->fixture->card, enabled);
  fake_card_expect (run->fixture->card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (run->fixture->card, NULL, ICCID, FALSE, ESIM_ERROR_CARD_REMOVED);
  go (run, switch_job, ESIM_ERROR_CARD_REMOVED, "hold@0 release:4000@3");
}

/* Removals */

static void
expect_disabling (Run *run)
{
  FakeCard *card = run->fixture->card;

  expect_list (card, enabled);
  expect_notifications (card, "");
  fake_card_expect (card, DISABLE ("FF"), OK_DISABLE);
  fake_card_expect_await (card, NULL, ICCID, TRUE, -1);
  expect_session (card, EID);
  expect_list (card, none_enabled);
  expect_notifications (card, "");
}

/* One hold for both, from before the disabling until the profile is gone and that is noted. */
static void
test_remove_enabled (Run *run, gconstpointer data)
{
  FakeCard *card = run->fixture->card;

  expect_disabling (run);
  fake_card_expect (card, DELETE, OK_DELETE);
  expect_list (card, alone);
  expect_notifications (card, NOTIFICATION ("09", "410"));
  expect_info (card);
  go (run, removal_job, -1, "hold@2 release:0@11 verify:-@11");
  g_assert_cmpint (run->removal.step, ==, ESIM_REMOVAL_DELETED);
  g_assert_cmpint (fake_keeper_count_awake (), ==, 2);
}

/* A disabled one is nobody else's business. */
static void
test_remove_disabled (Run *run, gconstpointer data)
{
  FakeCard *card = run->fixture->card;

  expect_list (card, disabled);
  expect_notifications (card, "");
  fake_card_expect (card, DELETE, OK_DELETE);
  expect_list (card, alone);
  expect_notifications (card, "");
  go (run, removal_job, -1, "");
  g_assert_cmpint (fake_keeper_count_awake (), ==, 1);
}

/* It is gone, and recorded as gone: that ModemManager is stale does not undo that. */
static void
test_remove_and_stale (Run *run, gconstpointer data)
{
  FakeCard *card = run->fixture->card;

  for (guint i = 0; i < 4; i++)
    fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  expect_disabling (run);
  fake_card_expect (card, DELETE, OK_DELETE);
  expect_list (card, alone);
  expect_notifications (card, "");
  for (guint level = ESIM_CARD_RESET_SESSION; level <= ESIM_CARD_RESET_MODEM; level++) {
    fake_card_expect_reset (card, level, -1);
    fake_card_expect_await (card, NULL, NULL, TRUE, -1);
  }
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "after a deletion: *");
  host_fixture_run (run->fixture, removal_job, run);
  g_test_assert_expected_messages ();
  g_assert_no_error (run->error);
  g_assert_true (run->result);
  g_assert_cmpint (run->removal.step, ==, ESIM_REMOVAL_DELETED);
}

static void
test_remove_refused (Run *run, gconstpointer data)
{
  fake_keeper_script_hold (ESIM_ERROR_BUSY);
  expect_list (run->fixture->card, enabled);
  go (run, removal_job, ESIM_ERROR_BUSY, "hold@2");
  g_assert_cmpint (run->removal.step, ==, ESIM_REMOVAL_NOT_BEGUN);
}

/* No step without its record; and no modem that stays held. */
static void
test_remove_unrecorded (Run *run, gconstpointer data)
{
  run->refuse_at = (EsimRemovalStep) GPOINTER_TO_INT (data);
  if (run->refuse_at == ESIM_REMOVAL_DELETING) {
    expect_disabling (run);
    go (run, removal_job, ESIM_ERROR_STORAGE_ERROR, "hold@2 release:4000@7");
    return;
  }
  expect_list (run->fixture->card, enabled);
  if (run->refuse_at == ESIM_REMOVAL_DISABLING)
    expect_notifications (run->fixture->card, "");
  go (run, removal_job, ESIM_ERROR_STORAGE_ERROR,
      run->refuse_at == ESIM_REMOVAL_DISABLING ? "hold@2 release:4000@3" : "hold@2 release:4000@2");
}

/* The card took the command, and its modem went before anybody could look. */
static void
test_remove_lost (Run *run, gconstpointer data)
{
  expect_disabling (run);
  fake_card_expect_failure (run->fixture->card, DELETE, ESIM_ERROR_CARD_REMOVED);
  go (run, removal_job, ESIM_ERROR_CARD_REMOVED, "hold@2 release:4000@8");
  g_assert_cmpint (run->removal.step, ==, ESIM_REMOVAL_DELETING);
}

#define ADD_WITH(name, func, data)                                                                           \
  g_test_add ("/kept-off/" name, Run, GINT_TO_POINTER (data), set_up, func, tear_down)
#define ADD(name, func) ADD_WITH (name, func, 0)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("enable", test_enable);
  ADD ("disable", test_disable);
  ADD ("unseen-by-the-modem", test_unseen_by_the_modem);
  ADD ("unseen-and-alone", test_unseen_and_alone);
  ADD ("shown-wrongly", test_shown_wrongly);
  ADD ("refused", test_refused);
  ADD ("cancelled", test_cancelled);
  ADD ("failed", test_failed);
  ADD ("gone", test_gone);
  ADD ("remove-enabled", test_remove_enabled);
  ADD ("remove-disabled", test_remove_disabled);
  ADD ("remove-and-stale", test_remove_and_stale);
  ADD ("remove-refused", test_remove_refused);
  ADD_WITH ("unrecorded-saving", test_remove_unrecorded, ESIM_REMOVAL_SAVING);
  ADD_WITH ("unrecorded-disabling", test_remove_unrecorded, ESIM_REMOVAL_DISABLING);
  ADD_WITH ("unrecorded-deleting", test_remove_unrecorded, ESIM_REMOVAL_DELETING);
  ADD ("remove-lost", test_remove_lost);
  return g_test_run ();
}
