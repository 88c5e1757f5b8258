/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-operation.h"
#include "folder.h"

typedef struct {
  GObject *euicc;
  EsimOperation *operation;
  GString *trace; /* c: changed, f: finished well, F: finished badly */
} Fixture;

static void
on_changed (EsimOperation *operation, Fixture *fixture)
{
  g_string_append_c (fixture->trace, 'c');
}

static void
on_finished (EsimOperation *operation, gboolean success, Fixture *fixture)
{
  g_string_append_c (fixture->trace, success ? 'f' : 'F');
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->euicc = g_object_new (G_TYPE_OBJECT, NULL);
  fixture->operation = esim_operation_new ("enable", fixture->euicc, "8901260123456789012", 1000);
  fixture->trace = g_string_new (NULL);
  g_signal_connect (fixture->operation, "changed", G_CALLBACK (on_changed), fixture);
  g_signal_connect (fixture->operation, "finished", G_CALLBACK (on_finished), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->operation);
  g_assert_finalize_object (fixture->euicc);
  g_string_free (fixture->trace, TRUE);
}

static void
test_new (Fixture *fixture, gconstpointer data)
{
  EsimOperation *operation = fixture->operation;

  g_assert_cmpstr (esim_operation_get_kind (operation), ==, "enable");
  g_assert_true (esim_operation_get_euicc (operation) == fixture->euicc);
  g_assert_cmpstr (esim_operation_get_iccid (operation), ==, "8901260123456789012");
  g_assert_cmpuint (esim_operation_get_requester (operation), ==, 1000);
  g_assert_cmpint (esim_operation_get_state (operation), ==, ESIM_OPERATION_QUEUED);
  g_assert_cmpstr (esim_operation_get_phase (operation), ==, "");
  g_assert_cmpfloat (esim_operation_get_progress (operation), ==, -1);
  g_assert_false (esim_operation_is_committed (operation));
  g_assert_false (esim_operation_is_ended (operation));
  g_assert_null (esim_operation_get_error (operation));
  g_assert_null (esim_operation_get_result (operation));
}

static void
test_success (Fixture *fixture, gconstpointer data)
{
  EsimOperation *operation = fixture->operation;
  guint revision = esim_operation_get_revision (operation);

  esim_operation_set_state (operation, ESIM_OPERATION_RUNNING);
  esim_operation_set_state (operation, ESIM_OPERATION_RUNNING);
  g_assert_cmpstr (fixture->trace->str, ==, "c");
  esim_operation_finish (operation, g_variant_new_parsed ("{'sent': <%u>}", 1), NULL);
  g_assert_cmpstr (fixture->trace->str, ==, "ccf");
  g_assert_cmpint (esim_operation_get_state (operation), ==, ESIM_OPERATION_SUCCEEDED);
  g_assert_true (esim_operation_is_ended (operation));
  g_assert_cmpfloat (esim_operation_get_progress (operation), ==, 1);
  g_assert_cmpuint (g_variant_n_children (esim_operation_get_result (operation)), ==, 1);
  g_assert_cmpuint (esim_operation_get_revision (operation), >, revision);
  /* The end is the end. */
  esim_operation_finish (operation, NULL, NULL);
  esim_operation_set_state (operation, ESIM_OPERATION_RUNNING);
  esim_operation_set_phase (operation, "reading-card");
  g_assert_cmpstr (fixture->trace->str, ==, "ccf");
  g_assert_cmpint (esim_operation_get_state (operation), ==, ESIM_OPERATION_SUCCEEDED);
}

static void
on_variant_gone (gpointer data)
{
  *(gboolean *) data = TRUE;
}

/* A result that does not float is taken as well: nobody is left with a reference. */
static void
test_result_is_taken (Fixture *fixture, gconstpointer data)
{
  gboolean freed[2] = {FALSE, FALSE};
  g_autoptr (EsimOperation) other = esim_operation_new ("enable", fixture->euicc, NULL, 0);
  GVariant *result = g_variant_ref_sink (
      g_variant_new_from_data (G_VARIANT_TYPE_VARDICT, "", 0, TRUE, on_variant_gone, &freed[0]));
  GVariant *unused = g_variant_ref_sink (
      g_variant_new_from_data (G_VARIANT_TYPE_VARDICT, "", 0, TRUE, on_variant_gone, &freed[1]));

  esim_operation_finish (other, result, NULL);
  esim_operation_finish (other, unused, NULL);
  g_assert_false (freed[0]);
  g_assert_true (freed[1]);
  g_clear_object (&other);
  g_assert_true (freed[0]);
}

static void
test_failure (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARD_ERROR, "no");

  esim_error_set_detail (error, ESIM_DETAIL_RESULT_CODE, g_variant_new_int32 (127));
  esim_operation_finish (fixture->operation, NULL, error);
  g_clear_error (&error);
  g_assert_cmpstr (fixture->trace->str, ==, "cF");
  g_assert_cmpint (esim_operation_get_state (fixture->operation), ==, ESIM_OPERATION_FAILED);
  g_assert_error (esim_operation_get_error (fixture->operation), ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  {
    g_autoptr (GVariant) details = esim_error_dup_details (esim_operation_get_error (fixture->operation));

    g_assert_cmpuint (g_variant_n_children (details), ==, 1);
  }
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_operation_cancel (fixture->operation, &error));
  g_assert_false (esim_task_check (esim_operation_get_task (fixture->operation), &error));
  esim_operation_finish (fixture->operation, NULL, error);
  g_assert_cmpint (esim_operation_get_state (fixture->operation), ==, ESIM_OPERATION_CANCELLED);
  g_clear_error (&error);
  g_assert_false (esim_operation_cancel (fixture->operation, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
}

static gboolean
set_flag (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
drain (void)
{
  gboolean done = FALSE;

  g_timeout_add (20, set_flag, &done);
  spin_until (&done);
}

static void
test_commit (Fixture *fixture, gconstpointer data)
{
  EsimTask *task = esim_operation_get_task (fixture->operation);
  g_autoptr (GError) error = NULL;

  esim_task_report (task, "deleting", 0.5);
  g_assert_true (esim_task_commit (task, &error));
  drain ();
  g_assert_true (esim_operation_is_committed (fixture->operation));
  g_assert_cmpstr (esim_operation_get_phase (fixture->operation), ==, "deleting");
  g_assert_cmpfloat (esim_operation_get_progress (fixture->operation), ==, 0.5);
  g_assert_cmpstr (fixture->trace->str, ==, "cc");
  g_assert_false (esim_operation_cancel (fixture->operation, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
}

/* A flood of progress is no flood of signals; the value is the newest all the same. */
static void
test_progress (Fixture *fixture, gconstpointer data)
{
  EsimTask *task = esim_operation_get_task (fixture->operation);

  esim_task_report (task, "reading-card", 0);
  for (guint i = 1; i <= 100; i++)
    esim_task_report (task, NULL, i / 100.0);
  drain ();
  g_assert_cmpuint (fixture->trace->len, <=, 2);
  g_assert_cmpfloat (esim_operation_get_progress (fixture->operation), ==, 1);
  esim_task_report (task, "deleting", 0.1);
  drain ();
  g_assert_cmpuint (fixture->trace->len, >=, 2);
}

#define ADD(name, function) g_test_add ("/operation/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("new", test_new);
  ADD ("success", test_success);
  ADD ("result-is-taken", test_result_is_taken);
  ADD ("failure", test_failure);
  ADD ("cancel", test_cancel);
  ADD ("commit", test_commit);
  ADD ("progress", test_progress);
  return g_test_run ();
}
