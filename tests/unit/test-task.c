/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-task.h"
#include "folder.h"

typedef struct {
  GString *trace;
  GThread *thread;
  gboolean last; /* a report with the phase "last" has come */
} Reports;

static void
on_report (const char *phase, double progress, gboolean committed, gpointer user_data)
{
  Reports *reports = user_data;

  g_assert_true (g_thread_self () == reports->thread);
  g_string_append_printf (reports->trace, "%s %.1f%s;", phase != NULL ? phase : "-", progress,
                          committed ? " committed" : "");
  reports->last = reports->last || g_strcmp0 (phase, "last") == 0;
}

static EsimTask *
make_task (Reports *reports)
{
  *reports = (Reports){g_string_new (NULL), g_thread_self (), FALSE};
  return esim_task_new (on_report, reports);
}

static void
assert_trace (Reports *reports, EsimTask *task, const char *expected)
{
  esim_task_report (task, "last", 1);
  spin_until (&reports->last);
  g_assert_cmpstr (reports->trace->str, ==, expected);
  g_string_free (reports->trace, TRUE);
}

static void
test_cancel (void)
{
  Reports reports;
  g_autoptr (EsimTask) task = make_task (&reports);
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_task_check (task, &error));
  g_assert_no_error (error);
  esim_task_cancel (task);
  esim_task_cancel (task);
  g_assert_false (esim_task_check (task, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (esim_task_commit (task, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  assert_trace (&reports, task, "last 1.0;"); /* nobody heard that it was committed */
}

static void
test_commit (void)
{
  Reports reports;
  g_autoptr (EsimTask) task = make_task (&reports);
  g_autoptr (GError) error = NULL;

  esim_task_report (task, "reading", 0.5);
  g_assert_true (esim_task_commit (task, &error));
  esim_task_cancel (task);
  g_assert_true (esim_task_check (task, &error));
  g_assert_true (esim_task_commit (task, &error));
  g_assert_no_error (error);
  esim_task_report (task, NULL, -1);
  assert_trace (&reports, task, "reading 0.5;- -1.0 committed;- -1.0 committed;last 1.0 committed;");
}

static gpointer
report_from_thread (gpointer data)
{
  esim_task_report (data, "deleting", 0.6);
  return NULL;
}

static void
test_thread (void)
{
  Reports reports;
  g_autoptr (EsimTask) task = make_task (&reports);

  g_thread_join (g_thread_new ("worker", report_from_thread, task));
  assert_trace (&reports, task, "deleting 0.6;last 1.0;");
}

/* A message that is under way when the task is let go comes to nobody. */
static void
test_detach (void)
{
  Reports reports;
  EsimTask *task = make_task (&reports);
  Reports later;
  g_autoptr (EsimTask) other = make_task (&later);

  esim_task_report (task, "reading", 0);
  esim_task_detach (task);
  esim_task_unref (task);
  esim_task_unref (NULL);
  assert_trace (&later, other, "last 1.0;");
  g_assert_cmpstr (reports.trace->str, ==, "");
  g_string_free (reports.trace, TRUE);
}

static gpointer
cancel_it (gpointer data)
{
  esim_task_cancel (data);
  return NULL;
}

/* Of a cancel and a commit at the same time exactly one wins, and main hears the same. */
static void
test_race (void)
{
  for (guint i = 0; i < 200; i++) {
    Reports reports;
    g_autoptr (EsimTask) task = make_task (&reports);
    GThread *thread = g_thread_new ("cancel", cancel_it, task);
    gboolean committed = esim_task_commit (task, NULL);

    g_thread_join (thread);
    g_assert_cmpint (esim_task_check (task, NULL), ==, committed);
    assert_trace (&reports, task, committed ? "- -1.0 committed;last 1.0 committed;" : "last 1.0;");
  }
}

static void
count (gpointer data, gpointer task)
{
  ++*(guint *) data;
}

/* A cancel ends a wait that is far from the next check; not one that comes too late, or after it was taken
 * back. */
static void
test_interrupt (void)
{
  Reports first_reports, second_reports;
  g_autoptr (EsimTask) first = make_task (&first_reports), second = make_task (&second_reports);
  guint counted = 0;

  esim_task_set_interrupt (first, count, &counted);
  esim_task_cancel (first);
  g_assert_cmpuint (counted, ==, 1);
  esim_task_set_interrupt (first, NULL, NULL);
  esim_task_cancel (first);
  g_assert_cmpuint (counted, ==, 1);
  g_assert_true (esim_task_commit (second, NULL));
  esim_task_set_interrupt (second, count, &counted);
  esim_task_cancel (second);
  g_assert_cmpuint (counted, ==, 1);
  assert_trace (&first_reports, first, "last 1.0;");
  assert_trace (&second_reports, second, "- -1.0 committed;last 1.0 committed;");
}

static void
test_bytes (void)
{
  Reports reports;
  g_autoptr (EsimTask) task = make_task (&reports);
  guint64 done, total;

  esim_task_report_bytes (task, 500, 0);
  esim_task_report_bytes (task, 500, 1000);
  esim_task_get_bytes (task, &done, &total);
  g_assert_cmpuint (done, ==, 500);
  g_assert_cmpuint (total, ==, 1000);
  assert_trace (&reports, task, "- -1.0;- 0.5;last 1.0;");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task/cancel", test_cancel);
  g_test_add_func ("/task/commit", test_commit);
  g_test_add_func ("/task/thread", test_thread);
  g_test_add_func ("/task/detach", test_detach);
  g_test_add_func ("/task/race", test_race);
  g_test_add_func ("/task/interrupt", test_interrupt);
  g_test_add_func ("/task/bytes", test_bytes);
  return g_test_run ();
}
