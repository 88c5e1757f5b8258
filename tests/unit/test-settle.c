/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-settle.h"
#include "fake-keeper.h"
#include "host-fixture.h"

#include <string.h>

static const char *const enabled[] = {PROFILE (AID, "01", ""), NULL};

typedef struct {
  HostFixture *fixture;
  const char *iccid;
  gboolean seen;
  gboolean result;
  GError *error;
} Run;

static void
set_up (Run *run, gconstpointer data)
{
  run->fixture = host_fixture_new_kept (fake_keeper_begin ());
  run->iccid = ICCID;
  run->seen = TRUE;
  expect_session (run->fixture->card, EID);
  expect_list (run->fixture->card, enabled);
}

static void
tear_down (Run *run, gconstpointer data)
{
  host_fixture_free (run->fixture);
  g_assert_cmpint (fake_keeper_get_held (), ==, 0);
  g_clear_error (&run->error);
}

/* As a switch leaves it: the modem held, the new session open. */
static void
settle_job (gpointer data)
{
  Run *run = data;

  g_assert_true (esim_hold_begin (esim_card_host_get_hold (run->fixture->host), run->fixture->task, NULL));
  g_assert_nonnull (esim_card_host_read_profiles (run->fixture->host, NULL));
  run->result = esim_settle_run (run->fixture->host, run->fixture->task, run->iccid, run->seen, &run->error);
  esim_card_host_end (run->fixture->host, run->error);
}

static void
check_job (gpointer data)
{
  Run *run = data;

  run->result = esim_settle_check (run->fixture->host, run->fixture->task, &run->error);
  esim_card_host_end (run->fixture->host, run->error);
}

static void
go (Run *run, EsimWorkerJob job, int code)
{
  host_fixture_run (run->fixture, job, run);
  g_assert_cmpint (run->result, ==, code < 0);
  if (code < 0)
    g_assert_no_error (run->error);
  else
    g_assert_error (run->error, ESIM_ERROR, code);
}

#define assert_trace(expected) g_assert_cmpstr (fake_keeper_get_trace (), ==, expected)

/* The others come to a card that nobody has a channel to. */
static void
test_well (Run *run, gconstpointer data)
{
  go (run, settle_job, -1);
  assert_trace ("hold release:0 verify:" ICCID);
  g_assert_cmpuint (fake_card_get_open_count (run->fixture->card), ==, 0);
}

static void
test_none_enabled (Run *run, gconstpointer data)
{
  run->iccid = NULL;
  go (run, settle_job, -1);
  assert_trace ("hold release:0 verify:-");
}

/* A modem that told nothing may be about to reset itself. */
static void
test_unseen (Run *run, gconstpointer data)
{
  run->seen = FALSE;
  go (run, settle_job, -1);
  assert_trace ("hold release:4000 verify:" ICCID);
}

/* Nobody is there who would show anything: the channel is kept for the next job. */
static void
test_unknown (Run *run, gconstpointer data)
{
  fake_keeper_set_known (FALSE);
  go (run, settle_job, -1);
  assert_trace ("hold release:0");
  g_assert_cmpuint (fake_card_get_open_count (run->fixture->card), ==, 1);
}

static void
expect_reset (Run *run, EsimCardReset level)
{
  fake_card_expect_reset (run->fixture->card, level, -1);
  fake_card_expect_await (run->fixture->card, run->iccid, NULL, TRUE, -1);
}

static void
test_session_helps (Run *run, gconstpointer data)
{
  fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  expect_reset (run, ESIM_CARD_RESET_SESSION);
  go (run, settle_job, -1);
  assert_trace ("hold release:0 verify:" ICCID " hold release:0 verify:" ICCID);
}

static void
test_ladder (Run *run, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  expect_reset (run, ESIM_CARD_RESET_SESSION);
  expect_reset (run, ESIM_CARD_RESET_CARD);
  expect_reset (run, ESIM_CARD_RESET_MODEM);
  go (run, settle_job, -1);
  assert_trace ("hold release:0 verify:" ICCID " hold release:0 verify:" ICCID " hold release:0 verify:" ICCID
                " hold release:0 verify:" ICCID);
}

static void
test_nothing_helps (Run *run, gconstpointer data)
{
  for (guint i = 0; i < 4; i++)
    fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  expect_reset (run, ESIM_CARD_RESET_SESSION);
  expect_reset (run, ESIM_CARD_RESET_CARD);
  expect_reset (run, ESIM_CARD_RESET_MODEM);
  go (run, settle_job, ESIM_ERROR_REFRESH_FAILED);
}

/* A way that the modem does not have is not waited for. */
static void
test_missing_ways (Run *run, gconstpointer data)
{
  fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  fake_card_expect_reset (run->fixture->card, ESIM_CARD_RESET_SESSION, ESIM_ERROR_NOT_SUPPORTED);
  expect_reset (run, ESIM_CARD_RESET_CARD);
  go (run, settle_job, -1);
  assert_trace ("hold release:0 verify:" ICCID " hold release:4000 hold release:0 verify:" ICCID);
}

/* A card that does not come back from a reset is the next one's business. */
static void
test_reset_fails (Run *run, gconstpointer data)
{
  fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  fake_card_expect_reset (run->fixture->card, ESIM_CARD_RESET_SESSION, -1);
  fake_card_expect_await (run->fixture->card, ICCID, NULL, FALSE, ESIM_ERROR_MODEM_ERROR);
  expect_reset (run, ESIM_CARD_RESET_CARD);
  go (run, settle_job, -1);
}

/* A modem that starts anew takes its port along, and is shown again by others. */
static void
test_modem_goes (Run *run, gconstpointer data)
{
  fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  fake_card_expect_reset (run->fixture->card, ESIM_CARD_RESET_SESSION, ESIM_ERROR_NOT_SUPPORTED);
  fake_card_expect_reset (run->fixture->card, ESIM_CARD_RESET_CARD, ESIM_ERROR_NOT_SUPPORTED);
  fake_card_expect_reset (run->fixture->card, ESIM_CARD_RESET_MODEM, -1);
  fake_card_expect_await (run->fixture->card, ICCID, NULL, FALSE, ESIM_ERROR_CARD_REMOVED);
  go (run, settle_job, -1);
  assert_trace ("hold release:0 verify:" ICCID
                " hold release:4000 hold release:4000 hold release:4000 verify:" ICCID);
}

/* Somebody else was quicker: a modem that he has is not reset. */
static void
test_held_by_another (Run *run, gconstpointer data)
{
  fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  fake_keeper_script_hold (-1);
  fake_keeper_script_hold (ESIM_ERROR_BUSY);
  go (run, settle_job, ESIM_ERROR_REFRESH_FAILED);
  assert_trace ("hold release:0 verify:" ICCID " hold");
  g_assert_nonnull (strstr (run->error->message, "has been changed"));
}

/* However the question ended: the card is as it should be. */
static void
test_silent (Run *run, gconstpointer data)
{
  fake_keeper_script_verify (GPOINTER_TO_INT (data));
  go (run, settle_job, ESIM_ERROR_REFRESH_FAILED);
  assert_trace ("hold release:0 verify:" ICCID);
  g_assert_nonnull (strstr (run->error->message, "has been changed"));
}

static void
let_go_job (gpointer data)
{
  Run *run = data;

  g_assert_true (esim_hold_begin (esim_card_host_get_hold (run->fixture->host), run->fixture->task, NULL));
  g_assert_nonnull (esim_card_host_read_profiles (run->fixture->host, NULL));
  esim_settle_let_go (run->fixture->host);
  esim_card_host_end (run->fixture->host, NULL);
  run->result = TRUE;
}

static void
test_let_go (Run *run, gconstpointer data)
{
  go (run, let_go_job, -1);
  assert_trace ("hold release:4000");
}

/* At a start: what is shown is right, and costs nothing. */
static void
test_check_well (Run *run, gconstpointer data)
{
  go (run, check_job, -1);
  assert_trace ("verify:" ICCID);
}

/* It is not: to be let back is to begin anew. */
static void
test_check_stale (Run *run, gconstpointer data)
{
  fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  go (run, check_job, -1);
  assert_trace ("verify:" ICCID " hold release:0 verify:" ICCID);
}

/* Who does not answer shows nothing wrong. */
static void
test_check_silent (Run *run, gconstpointer data)
{
  fake_keeper_script_verify (ESIM_ERROR_TIMED_OUT);
  go (run, check_job, -1);
  assert_trace ("verify:" ICCID);
}

static void
test_check_busy (Run *run, gconstpointer data)
{
  fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  fake_keeper_script_hold (ESIM_ERROR_BUSY);
  go (run, check_job, ESIM_ERROR_BUSY);
  assert_trace ("verify:" ICCID " hold");
}

#define ADD_WITH(name, func, data)                                                                           \
  g_test_add ("/settle/" name, Run, GINT_TO_POINTER (data), set_up, func, tear_down)
#define ADD(name, func) ADD_WITH (name, func, 0)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("well", test_well);
  ADD ("none-enabled", test_none_enabled);
  ADD ("unseen", test_unseen);
  ADD ("unknown", test_unknown);
  ADD ("session-helps", test_session_helps);
  ADD ("ladder", test_ladder);
  ADD ("nothing-helps", test_nothing_helps);
  ADD ("missing-ways", test_missing_ways);
  ADD ("reset-fails", test_reset_fails);
  ADD ("modem-goes", test_modem_goes);
  ADD ("held-by-another", test_held_by_another);
  ADD_WITH ("cancelled", test_silent, ESIM_ERROR_CANCELLED);
  ADD_WITH ("timed-out", test_silent, ESIM_ERROR_TIMED_OUT);
  ADD ("let-go", test_let_go);
  ADD ("check-well", test_check_well);
  ADD ("check-stale", test_check_stale);
  ADD ("check-silent", test_check_silent);
  ADD ("check-busy", test_check_busy);
  return g_test_run ();
}
