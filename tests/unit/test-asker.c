/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-asker.h"
#include "esim-error.h"
#include "esim-options.h"

typedef struct {
  EsimWorker *worker;
  EsimAsker *asker;
  GObject *euicc;
  EsimOperation *operation;
  guint timeout_s;
  GVariant *answer;
  GError *error;
  gboolean done;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->worker = esim_worker_new ("card");
  f->asker = esim_asker_new (f->worker);
  f->euicc = g_object_new (G_TYPE_OBJECT, NULL);
  f->operation = esim_operation_new ("download", f->euicc, NULL, 1000);
  esim_operation_set_state (f->operation, ESIM_OPERATION_RUNNING);
  f->timeout_s = 3600;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->worker != NULL)
    esim_worker_stop (f->worker, NULL, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  esim_asker_free (f->asker);
  g_assert_finalize_object (f->operation);
  g_assert_finalize_object (f->euicc);
  g_clear_pointer (&f->answer, g_variant_unref);
  g_clear_error (&f->error);
}

static void
set_done (gpointer flag)
{
  *(gboolean *) flag = TRUE;
}

static void
ask_job (gpointer data)
{
  Fixture *f = data;
  const EsimOperationQuestion question = {.type = ESIM_ASK_INSTALL,
                                          .message = "May it?",
                                          .facts = g_variant_new_parsed ("{'server': <'dp.test'>}"),
                                          .timeout_s = f->timeout_s};

  f->answer = esim_asker_ask (f->asker, f->operation, &question, &f->error);
  esim_worker_post_to_main (set_done, &f->done, NULL);
}

static void
begin (Fixture *f)
{
  esim_worker_push (f->worker, ask_job, f, NULL);
}

static void
await_question (Fixture *f)
{
  while (esim_operation_get_question (f->operation) == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
finish (Fixture *f)
{
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_answered (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) said =
      g_variant_ref_sink (g_variant_new_parsed ("{'consent': <true>, 'confirmation-code': <'4711'>}"));
  g_autoptr (GVariant) shown = NULL;
  g_autoptr (GError) error = NULL;
  const char *server = NULL;

  begin (f);
  await_question (f);
  g_assert_cmpint (esim_operation_get_state (f->operation), ==, ESIM_OPERATION_WAITING);
  shown = g_variant_ref_sink (esim_operation_describe_question (f->operation));
  g_assert_true (g_variant_lookup (shown, "server", "&s", &server));
  g_assert_cmpstr (server, ==, "dp.test");
  g_assert_true (esim_operation_answer (f->operation, 1, said, &error));
  g_assert_cmpint (esim_operation_get_state (f->operation), ==, ESIM_OPERATION_RUNNING);
  finish (f);
  g_assert_no_error (f->error);
  g_assert_cmpstr (esim_options_get_string (f->answer, "confirmation-code"), ==, "4711");
}

static void
test_deadline (Fixture *f, gconstpointer data)
{
  f->timeout_s = 0;
  begin (f);
  finish (f);
  g_assert_null (f->answer);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
  g_assert_cmpuint (esim_operation_get_question (f->operation), ==, 0);
}

/* The job that asked ends the operation, not the cancel: it has a session to end. */
static void
test_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  begin (f);
  await_question (f);
  g_assert_true (esim_operation_cancel (f->operation, &error));
  g_assert_false (esim_operation_is_ended (f->operation));
  finish (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

static void
test_cancelled_before (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_operation_cancel (f->operation, &error));
  begin (f);
  finish (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_assert_cmpuint (esim_operation_get_question (f->operation), ==, 0);
}

static void
hurry (gpointer asker)
{
  esim_asker_hurry (asker);
}

/* The main thread waits for the worker, and answers nothing any more. */
static void
test_stopped (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) said = g_variant_ref_sink (g_variant_new_parsed ("{'consent': <true>}"));
  g_autoptr (GError) error = NULL;

  begin (f);
  await_question (f);
  esim_worker_invoke (f->worker, hurry, f->asker, NULL);
  esim_worker_stop (g_steal_pointer (&f->worker), NULL, NULL);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  /* An answer after that finds nobody. */
  g_assert_true (esim_operation_answer (f->operation, 1, said, &error));
  finish (f);
}

static void
test_stopped_before (Fixture *f, gconstpointer data)
{
  esim_worker_invoke (f->worker, hurry, f->asker, NULL);
  begin (f);
  finish (f);
  g_assert_error (f->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

#define ADD(name, func) g_test_add ("/asker/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("answered", test_answered);
  ADD ("deadline", test_deadline);
  ADD ("cancelled", test_cancelled);
  ADD ("cancelled-before", test_cancelled_before);
  ADD ("stopped", test_stopped);
  ADD ("stopped-before", test_stopped_before);
  return g_test_run ();
}
