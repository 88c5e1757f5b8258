/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-hold.h"
#include "fake-keeper.h"

typedef struct {
  EsimWorker *worker;
  EsimHold *hold;
  EsimTask *task;
  GError *error;
  const char *iccid;
  gboolean result;
  gboolean done;
  guint lost_ms;
} Fixture;

static void
on_report (const char *phase, double progress, gboolean committed, gpointer user_data)
{
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->worker = esim_worker_new ("card");
  f->hold = esim_hold_new (f->worker, fake_keeper_begin (), "modem", "/dev/port");
  f->task = esim_task_new (on_report, NULL);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* The worker is freed first, as it is in the service: what comes afterwards finds nobody. */
static void
stop (Fixture *f)
{
  esim_worker_stop (g_steal_pointer (&f->worker), NULL, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->worker != NULL)
    stop (f);
  settle ();
  g_assert_cmpint (fake_keeper_get_held (), ==, 0);
  g_assert_cmpint (fake_keeper_get_awake (), ==, 0);
  esim_hold_free (f->hold);
  esim_task_unref (f->task);
  g_clear_error (&f->error);
}

static void
set_done (gpointer flag)
{
  *(gboolean *) flag = TRUE;
}

static void
begin_job (gpointer data)
{
  Fixture *f = data;

  f->result = esim_hold_begin (f->hold, f->task, &f->error);
  esim_worker_post_to_main (set_done, &f->done, NULL);
}

static void
verify_job (gpointer data)
{
  Fixture *f = data;

  f->result = esim_hold_verify (f->hold, f->task, f->iccid, 1000, f->lost_ms, &f->error);
  esim_worker_post_to_main (set_done, &f->done, NULL);
}

static void
end_job (gpointer data)
{
  Fixture *f = data;

  esim_hold_end (f->hold, 7);
  esim_worker_post_to_main (set_done, &f->done, NULL);
}

static void
hurry (gpointer hold)
{
  esim_hold_hurry (hold);
}

static void
push (Fixture *f, EsimWorkerJob job)
{
  f->done = FALSE;
  esim_worker_push (f->worker, job, f, NULL);
}

static void
finish (Fixture *f)
{
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
run (Fixture *f, EsimWorkerJob job)
{
  push (f, job);
  finish (f);
}

static void
expect (Fixture *f, int code)
{
  g_assert_cmpint (f->result, ==, code < 0);
  if (code < 0)
    g_assert_no_error (f->error);
  else
    g_assert_error (f->error, ESIM_ERROR, code);
  g_clear_error (&f->error);
}

/* However often it is held within, the others hear of it once. */
static void
test_counted (Fixture *f, gconstpointer data)
{
  g_assert_false (esim_hold_is_held (f->hold));
  run (f, begin_job);
  expect (f, -1);
  run (f, begin_job);
  expect (f, -1);
  run (f, end_job);
  settle ();
  g_assert_true (esim_hold_is_held (f->hold));
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold");
  run (f, end_job);
  settle ();
  g_assert_false (esim_hold_is_held (f->hold));
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold release:7");
  run (f, begin_job);
  run (f, end_job);
  settle ();
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold release:7 hold release:7");
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  fake_keeper_script_hold (ESIM_ERROR_BUSY);
  run (f, begin_job);
  expect (f, ESIM_ERROR_BUSY);
  settle ();
  g_assert_false (esim_hold_is_held (f->hold));
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold");
}

/* There is nobody to come back, and to be looked at, who does not know the modem. */
static void
test_unknown (Fixture *f, gconstpointer data)
{
  fake_keeper_set_known (FALSE);
  run (f, begin_job);
  expect (f, -1);
  g_assert_false (esim_hold_is_held (f->hold));
  run (f, end_job);
  settle ();
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold release:7");
}

/* Who is probing the modem when he is asked knows it when he has let go. */
static void
test_known_when_held (Fixture *f, gconstpointer data)
{
  fake_keeper_know_when_held ();
  run (f, begin_job);
  g_assert_true (esim_hold_is_held (f->hold));
  run (f, end_job);
}

static void
test_nobody (Fixture *f, gconstpointer data)
{
  esim_hold_free (f->hold);
  f->hold = esim_hold_new (f->worker, NULL, "modem", NULL);
  run (f, begin_job);
  expect (f, -1);
  run (f, verify_job);
  expect (f, -1);
  esim_hold_stay_awake (f->hold, TRUE);
  esim_hold_stay_awake (f->hold, FALSE);
  g_assert_false (esim_hold_is_held (f->hold));
  run (f, end_job);
  settle ();
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "");
}

/* Whoever cancels is not kept waiting, and what is granted afterwards is given back. */
static void
test_cancelled (Fixture *f, gconstpointer data)
{
  fake_keeper_script_hold (FAKE_KEEPER_SILENT);
  push (f, begin_job);
  fake_keeper_await (1);
  esim_task_cancel (f->task);
  finish (f);
  expect (f, ESIM_ERROR_CANCELLED);
  settle ();
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold");
  fake_keeper_answer (-1);
  settle ();
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold release:0");
}

static void
test_cancelled_and_refused (Fixture *f, gconstpointer data)
{
  fake_keeper_script_hold (FAKE_KEEPER_SILENT);
  push (f, begin_job);
  fake_keeper_await (1);
  esim_task_cancel (f->task);
  finish (f);
  fake_keeper_answer (ESIM_ERROR_BUSY);
  settle ();
  expect (f, ESIM_ERROR_CANCELLED);
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold");
}

/* The main thread stops the worker: it answers no more, and takes back what it grants when it comes to it. */
static void
test_stopped_while_asking (Fixture *f, gconstpointer data)
{
  fake_keeper_script_hold (FAKE_KEEPER_SILENT);
  push (f, begin_job);
  fake_keeper_await (1);
  esim_worker_invoke (f->worker, hurry, f->hold, NULL);
  stop (f);
  expect (f, ESIM_ERROR_CANCELLED);
  fake_keeper_answer (-1);
  settle ();
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold release:0");
}

/* Before the main thread had even looked. */
static void
test_stopped_before_it_was_asked (Fixture *f, gconstpointer data)
{
  push (f, begin_job);
  while (!g_main_context_pending (NULL))
    g_thread_yield ();
  esim_worker_invoke (f->worker, hurry, f->hold, NULL);
  stop (f);
  expect (f, ESIM_ERROR_CANCELLED);
  settle ();
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold release:0");
}

/* The answer is on its way to a worker that is not there any more. */
static void
test_answered_and_stopped (Fixture *f, gconstpointer data)
{
  fake_keeper_script_verify (FAKE_KEEPER_SILENT);
  f->iccid = "8901";
  push (f, verify_job);
  fake_keeper_await (1);
  esim_worker_invoke (f->worker, hurry, f->hold, NULL);
  fake_keeper_answer (-1);
  stop (f);
  g_assert_true (f->result || g_error_matches (f->error, ESIM_ERROR, ESIM_ERROR_CANCELLED));
}

/* After the word to hurry nothing is asked. */
static void
test_hurried (Fixture *f, gconstpointer data)
{
  esim_worker_push (f->worker, hurry, f->hold, NULL);
  run (f, begin_job);
  expect (f, ESIM_ERROR_CANCELLED);
  run (f, verify_job);
  expect (f, ESIM_ERROR_CANCELLED);
  settle ();
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "");
}

static void
lose (gpointer hold)
{
  esim_hold_lose (hold);
}

/* The modem is pulled out while it is waited for. */
static void
test_lost (Fixture *f, gconstpointer data)
{
  gint64 begun = g_get_monotonic_time ();

  fake_keeper_script_verify (FAKE_KEEPER_SILENT);
  f->lost_ms = 10;
  push (f, verify_job);
  fake_keeper_await (1);
  esim_worker_invoke (f->worker, lose, f->hold, NULL);
  finish (f);
  expect (f, ESIM_ERROR_CARD_REMOVED);
  /* Else it would have been TIMED_OUT, after all of its time. */
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 5 * G_TIME_SPAN_SECOND);
  fake_keeper_answer (-1);
}

/* It is back, and shown, before that is given up; and one question's loss is not the next one's. */
static void
test_lost_and_found (Fixture *f, gconstpointer data)
{
  fake_keeper_script_verify (FAKE_KEEPER_SILENT);
  f->lost_ms = 60000;
  push (f, verify_job);
  fake_keeper_await (1);
  esim_worker_invoke (f->worker, lose, f->hold, NULL);
  fake_keeper_answer (-1);
  finish (f);
  expect (f, -1);
  f->lost_ms = 0;
  run (f, verify_job);
  expect (f, -1);
}

static void
test_verify (Fixture *f, gconstpointer data)
{
  f->iccid = "8901";
  run (f, verify_job);
  expect (f, -1);
  f->iccid = NULL;
  fake_keeper_script_verify (ESIM_ERROR_REFRESH_FAILED);
  run (f, verify_job);
  expect (f, ESIM_ERROR_REFRESH_FAILED);
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "verify:8901 verify:-");
}

#define ADD(name, func) g_test_add ("/hold/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("counted", test_counted);
  ADD ("refused", test_refused);
  ADD ("unknown", test_unknown);
  ADD ("known-when-held", test_known_when_held);
  ADD ("nobody", test_nobody);
  ADD ("cancelled", test_cancelled);
  ADD ("cancelled-and-refused", test_cancelled_and_refused);
  ADD ("stopped-while-asking", test_stopped_while_asking);
  ADD ("stopped-before-it-was-asked", test_stopped_before_it_was_asked);
  ADD ("answered-and-stopped", test_answered_and_stopped);
  ADD ("hurried", test_hurried);
  ADD ("verify", test_verify);
  ADD ("lost", test_lost);
  ADD ("lost-and-found", test_lost_and_found);
  return g_test_run ();
}
