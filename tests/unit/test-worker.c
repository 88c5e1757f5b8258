/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-worker.h"

/* All that the jobs of one test share. */
typedef struct {
  EsimWorker *worker;
  GString *trace;
  GMainLoop *loop;
  EsimWait *wait;
  GThread *thread;
  gboolean finished;
  guint freed;
  guint dropped;
} Stage;

typedef struct {
  Stage *stage;
  char letter;
} Mark;

static Stage *
stage_new (void)
{
  Stage *stage = g_new0 (Stage, 1);

  stage->trace = g_string_new (NULL);
  stage->loop = g_main_loop_new (NULL, FALSE);
  stage->worker = esim_worker_new ("esim-test");
  return stage;
}

static void
stage_free (Stage *stage)
{
  g_string_free (stage->trace, TRUE);
  g_main_loop_unref (stage->loop);
  g_free (stage);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stage, stage_free)

static Mark *
mark_new (Stage *stage, char letter)
{
  Mark *mark = g_new (Mark, 1);

  *mark = (Mark){stage, letter};
  return mark;
}

static void
mark_free (gpointer data)
{
  Mark *mark = data;

  mark->stage->freed++;
  g_free (mark);
}

static void
write_mark (gpointer data)
{
  Mark *mark = data;

  g_string_append_c (mark->stage->trace, mark->letter);
}

static void
quit (gpointer data)
{
  g_main_loop_quit (data);
}

static void
tell_main (gpointer data)
{
  Stage *stage = data;

  esim_worker_post_to_main (quit, stage->loop, NULL);
}

static void
write_last (gpointer data)
{
  Stage *stage = data;

  g_assert_true (g_main_context_get_thread_default () == esim_worker_get_context (stage->worker));
  g_string_append_c (stage->trace, '.');
}

static void
run_and_stop (Stage *stage)
{
  esim_worker_push (stage->worker, tell_main, stage, NULL);
  g_main_loop_run (stage->loop);
  esim_worker_stop (stage->worker, write_last, stage);
}

static void
test_order (void)
{
  g_autoptr (Stage) stage = stage_new ();

  for (char letter = 'a'; letter <= 'z'; letter++)
    esim_worker_push (stage->worker, write_mark, mark_new (stage, letter), mark_free);
  run_and_stop (stage);
  g_assert_cmpstr (stage->trace->str, ==, "abcdefghijklmnopqrstuvwxyz.");
  g_assert_cmpuint (stage->freed, ==, 26);
}

static gboolean
end_wait (gpointer data)
{
  esim_wait_finish (data);
  return G_SOURCE_REMOVE;
}

/* A wait that a source of the worker's context ends; meanwhile the next job is already there. */
static void
wait_for_source (gpointer data)
{
  Stage *stage = data;
  g_autoptr (GSource) source = g_timeout_source_new (50);
  EsimWait wait;

  g_assert_true (g_main_context_get_thread_default () == esim_worker_get_context (stage->worker));
  esim_wait_init (&wait);
  g_source_set_callback (source, end_wait, &wait, NULL);
  g_source_attach (source, esim_worker_get_context (stage->worker));
  g_string_append_c (stage->trace, '(');
  stage->finished = esim_wait_run (&wait, 5000);
  g_string_append_c (stage->trace, ')');
}

static void
test_no_job_inside_a_wait (void)
{
  g_autoptr (Stage) stage = stage_new ();

  esim_worker_push (stage->worker, wait_for_source, stage, NULL);
  esim_worker_push (stage->worker, write_mark, mark_new (stage, 'x'), mark_free);
  run_and_stop (stage);
  g_assert_cmpstr (stage->trace->str, ==, "()x.");
  g_assert_true (stage->finished);
}

static void
wait_in_vain (gpointer data)
{
  Stage *stage = data;
  gint64 begin = g_get_monotonic_time ();
  EsimWait wait;

  esim_wait_init (&wait);
  stage->finished = esim_wait_run (&wait, 60);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 59 * 1000);
  begin = g_get_monotonic_time ();
  esim_wait_sleep (30);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 29 * 1000);
  esim_wait_finish (&wait);
  g_assert_true (esim_wait_run (&wait, 0)); /* finished before it ran: returns at once */
}

static void
test_time_runs_out (void)
{
  g_autoptr (Stage) stage = stage_new ();

  stage->finished = TRUE;
  esim_worker_push (stage->worker, wait_in_vain, stage, NULL);
  run_and_stop (stage);
  g_assert_false (stage->finished);
}

static void
wait_long (gpointer data)
{
  Stage *stage = data;
  EsimWait wait;

  esim_wait_init (&wait);
  stage->wait = &wait;
  stage->thread = g_thread_self ();
  esim_worker_post_to_main (quit, stage->loop, NULL);
  stage->finished = esim_wait_run (&wait, 0);
}

static void
do_nothing (gpointer data)
{
}

static void
count_drop (gpointer data)
{
  ((Stage *) data)->dropped++;
}

/* Comes back until the worker takes no more jobs, so that the wait ends only after the stop was asked for. */
static void
interrupt (gpointer data)
{
  Stage *stage = data;

  g_assert_true (g_thread_self () == stage->thread);
  esim_worker_push (stage->worker, do_nothing, stage, count_drop);
  if (stage->dropped == 0)
    esim_worker_invoke (stage->worker, interrupt, stage, NULL);
  else
    esim_wait_finish (stage->wait);
}

static void
test_interrupt_and_stop (void)
{
  g_autoptr (Stage) stage = stage_new ();

  esim_worker_push (stage->worker, wait_long, stage, NULL);
  g_main_loop_run (stage->loop);
  /* Queued behind a job that waits: never runs, but is freed. */
  esim_worker_push (stage->worker, write_mark, mark_new (stage, 'x'), mark_free);
  esim_worker_invoke (stage->worker, interrupt, stage, NULL);
  esim_worker_stop (stage->worker, write_last, stage);
  g_assert_true (stage->finished);
  g_assert_cmpuint (stage->freed, ==, 1);
  g_assert_cmpstr (stage->trace->str, ==, ".");
}

static void
post_marks (gpointer data)
{
  Stage *stage = data;

  for (char letter = '0'; letter <= '9'; letter++)
    esim_worker_post_to_main (write_mark, mark_new (stage, letter), mark_free);
}

static void
test_posts_keep_their_order (void)
{
  g_autoptr (Stage) stage = stage_new ();

  esim_worker_push (stage->worker, post_marks, stage, NULL);
  run_and_stop (stage);
  g_assert_cmpstr (stage->trace->str, ==, "0123456789.");
  g_assert_cmpuint (stage->freed, ==, 10);
}

static gboolean
wait_again (gpointer data)
{
  esim_wait_sleep (1);
  return G_SOURCE_REMOVE;
}

static void
test_nested_wait_aborts (void)
{
  if (g_test_subprocess ()) {
    g_timeout_add (1, wait_again, NULL);
    esim_wait_sleep (1000);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*a wait inside a wait*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/order", test_order);
  g_test_add_func ("/worker/no-job-inside-a-wait", test_no_job_inside_a_wait);
  g_test_add_func ("/worker/time-runs-out", test_time_runs_out);
  g_test_add_func ("/worker/interrupt-and-stop", test_interrupt_and_stop);
  g_test_add_func ("/worker/posts-keep-their-order", test_posts_keep_their_order);
  g_test_add_func ("/worker/nested-wait-aborts", test_nested_wait_aborts);
  return g_test_run ();
}
