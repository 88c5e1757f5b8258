/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-asker.h"
#include "esim-error.h"

/* The main thread keeps the deadline; this is for one that does not. */
#define MARGIN_S 5

struct _EsimAsker {
  EsimWorker *worker;
  gboolean hurried;
  EsimWait *wait; /* of the question that is under way */
};

/* One question on its way. The main thread frees the worker: while it looks at @given_up, the worker is there
 * if that is not set. */
typedef struct {
  gatomicrefcount refs;
  EsimWorker *worker;
  EsimOperation *operation;
  EsimOperationQuestion question;
  char *message;
  gint given_up; /* atomic */
  EsimWait wait;
  GVariant *answer; /* atomic: a wait that ran out does not wait for the main thread */
} Asked;

static void
asked_free (gpointer data)
{
  Asked *asked = data;

  if (!g_atomic_ref_count_dec (&asked->refs))
    return;
  g_clear_object (&asked->operation);
  g_clear_pointer (&asked->question.facts, g_variant_unref);
  g_clear_pointer (&asked->answer, g_variant_unref);
  g_free (asked->message);
  g_free (asked);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static Asked *
asked_ref (Asked *asked)
{
  g_atomic_ref_count_inc (&asked->refs);
  return asked;
}

static void
end_wait (gpointer data)
{
  Asked *asked = data;

  if (g_atomic_int_get (&asked->given_up))
    return;

  esim_wait_finish (&asked->wait);
}

static void
on_answered (EsimOperation *operation, GVariant *answer, gpointer data)
{
  Asked *asked = data;

  if (g_atomic_int_get (&asked->given_up))
    return;
  g_atomic_pointer_set (&asked->answer, answer != NULL ? g_variant_ref (answer) : NULL);
  esim_worker_invoke (asked->worker, end_wait, asked_ref (asked), asked_free);
}

/* The reference to the operation was taken in the worker, and is given back here. */
static void
ask_now (gpointer data)
{
  Asked *asked = data;
  EsimOperation *operation = g_steal_pointer (&asked->operation);

  if (esim_operation_is_ended (operation) || !esim_task_check (esim_operation_get_task (operation), NULL)) {
    on_answered (operation, NULL, asked);
  } else {
    asked->question.message = asked->message;
    esim_operation_ask (operation, &asked->question, on_answered, asked_ref (asked), asked_free);
  }
  g_object_unref (operation);
}

static Asked *
asked_new (EsimAsker *self, EsimOperation *operation, const EsimOperationQuestion *question)
{
  Asked *asked = g_new0 (Asked, 1);

  g_atomic_ref_count_init (&asked->refs);
  asked->worker = self->worker;
  asked->operation = g_object_ref (operation);
  asked->question = *question;
  asked->question.from_job = TRUE;
  asked->question.facts = question->facts != NULL ? g_variant_ref_sink (question->facts) : NULL;
  asked->message = g_strdup (question->message);
  return asked;
}

static GVariant *
fail (EsimError code, const char *message, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, code, message);
  return NULL;
}

GVariant *
esim_asker_ask (EsimAsker *self, EsimOperation *operation, const EsimOperationQuestion *question,
                GError **error)
{
  g_autoptr (Asked) asked = asked_new (self, operation, question);
  GVariant *answer;

  if (self->hurried)
    return fail (ESIM_ERROR_CANCELLED, "the service is stopping", error);
  esim_wait_init (&asked->wait);
  self->wait = &asked->wait;
  esim_worker_post_to_main (ask_now, asked_ref (asked), asked_free);
  (void) esim_wait_run (&asked->wait, (question->timeout_s + MARGIN_S) * 1000);
  self->wait = NULL;
  g_atomic_int_set (&asked->given_up, TRUE);
  if (self->hurried)
    return fail (ESIM_ERROR_CANCELLED, "the service is stopping", error);
  answer = g_atomic_pointer_get (&asked->answer);
  if (answer != NULL)
    return g_variant_ref (answer);
  if (!esim_task_check (esim_operation_get_task (operation), error))
    return NULL;
  return fail (ESIM_ERROR_TIMED_OUT, "nobody answered in time; nothing was installed", error);
}

void
esim_asker_hurry (EsimAsker *self)
{
  self->hurried = TRUE;
  if (self->wait != NULL)
    esim_wait_finish (self->wait);
}

EsimAsker *
esim_asker_new (EsimWorker *worker)
{
  EsimAsker *self = g_new0 (EsimAsker, 1);

  self->worker = worker;
  return self;
}

void
esim_asker_free (EsimAsker *self)
{
  g_free (self);
}
