/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-operation.h"
#include "esim-error.h"

#define PROGRESS_INTERVAL_US (G_USEC_PER_SEC / 4)

struct _EsimOperation {
  GObject parent;
  const char *kind;
  GObject *euicc;
  char *iccid;
  guint requester;
  EsimOperationState state;
  const char *phase;
  double progress;
  gint64 progress_shown; /* monotonic */
  gboolean committed;
  guint revision;
  GError *error;
  GVariant *result;
  EsimTask *task;
  guint question; /* its number, 0 = none */
  guint last_question;
  const char *question_type;
  char *question_message;
  GVariant *question_facts; /* nullable */
  gboolean from_job;
  gint64 deadline; /* seconds since 1970 */
  guint timer;
  EsimOperationAnswered answered;
  gpointer data; /* of @answered */
  GDestroyNotify free_data;
};

G_DEFINE_FINAL_TYPE (EsimOperation, esim_operation, G_TYPE_OBJECT)

static guint signal_changed, signal_finished;

static void
on_report (const char *phase, double progress, gboolean committed, gpointer data)
{
  EsimOperation *self = data;
  gboolean only_progress =
      (phase == NULL || g_strcmp0 (phase, self->phase) == 0) && committed == self->committed;
  gint64 now = g_get_monotonic_time ();

  if (esim_operation_is_ended (self))
    return;
  if (progress >= 0)
    self->progress = progress;
  if (phase != NULL)
    self->phase = phase;
  self->committed = committed;
  if (only_progress && now - self->progress_shown < PROGRESS_INTERVAL_US)
    return;
  self->progress_shown = now;
  g_signal_emit (self, signal_changed, 0);
}

EsimOperation *
esim_operation_new (const char *kind, GObject *euicc, const char *iccid, guint requester)
{
  EsimOperation *self = g_object_new (ESIM_TYPE_OPERATION, NULL);

  self->kind = kind;
  self->euicc = g_object_ref (euicc);
  self->iccid = g_strdup (iccid);
  self->requester = requester;
  return self;
}

const char *
esim_operation_get_kind (EsimOperation *self)
{
  return self->kind;
}

GObject *
esim_operation_get_euicc (EsimOperation *self)
{
  return self->euicc;
}

const char *
esim_operation_get_iccid (EsimOperation *self)
{
  return self->iccid;
}

guint
esim_operation_get_requester (EsimOperation *self)
{
  return self->requester;
}

EsimOperationState
esim_operation_get_state (EsimOperation *self)
{
  return self->state;
}

const char *
esim_operation_get_phase (EsimOperation *self)
{
  return self->phase;
}

double
esim_operation_get_progress (EsimOperation *self)
{
  return self->progress;
}

guint64
esim_operation_get_bytes_done (EsimOperation *self)
{
  guint64 done, total;

  esim_task_get_bytes (self->task, &done, &total);
  return done;
}

guint64
esim_operation_get_bytes_total (EsimOperation *self)
{
  guint64 done, total;

  esim_task_get_bytes (self->task, &done, &total);
  return total;
}

gboolean
esim_operation_is_committed (EsimOperation *self)
{
  return self->committed;
}

gboolean
esim_operation_is_ended (EsimOperation *self)
{
  return self->state >= ESIM_OPERATION_SUCCEEDED;
}

guint
esim_operation_get_revision (EsimOperation *self)
{
  return self->revision;
}

const GError *
esim_operation_get_error (EsimOperation *self)
{
  return self->error;
}

GVariant *
esim_operation_get_result (EsimOperation *self)
{
  return self->result;
}

EsimTask *
esim_operation_get_task (EsimOperation *self)
{
  return self->task;
}

void
esim_operation_set_state (EsimOperation *self, EsimOperationState state)
{
  if (self->state == state || esim_operation_is_ended (self))
    return;
  self->state = state;
  g_signal_emit (self, signal_changed, 0);
}

void
esim_operation_set_phase (EsimOperation *self, const char *phase)
{
  on_report (phase, -1, self->committed, self);
}

static void
drop_question (EsimOperation *self)
{
  gpointer data = g_steal_pointer (&self->data);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->question_message, g_free);
  g_clear_pointer (&self->question_facts, g_variant_unref);
  self->question = 0;
  self->answered = NULL;
  if (data != NULL && self->free_data != NULL)
    self->free_data (data);
}

/* The answer may begin work that needs what the question kept: that is freed afterwards. */
static void
take_answer (EsimOperation *self, GVariant *answer)
{
  g_autoptr (EsimOperation) kept = g_object_ref (self);
  EsimOperationAnswered answered = self->answered;
  GDestroyNotify free_data = self->free_data;
  gpointer data = g_steal_pointer (&self->data);

  drop_question (self);
  self->revision++;
  esim_operation_set_state (self, self->from_job ? ESIM_OPERATION_RUNNING : ESIM_OPERATION_QUEUED);
  answered (self, answer, data);
  if (free_data != NULL)
    free_data (data);
}

static gboolean
on_deadline (gpointer self)
{
  ESIM_OPERATION (self)->timer = 0;
  take_answer (self, NULL);
  return G_SOURCE_REMOVE;
}

void
esim_operation_ask (EsimOperation *self, const EsimOperationQuestion *question,
                    EsimOperationAnswered answered, gpointer data, GDestroyNotify free_data)
{
  g_assert (self->question == 0);
  self->question = ++self->last_question;
  self->question_type = question->type;
  self->question_message = g_strdup (question->message);
  self->question_facts = question->facts != NULL ? g_variant_ref_sink (question->facts) : NULL;
  self->from_job = question->from_job;
  self->deadline = g_get_real_time () / G_USEC_PER_SEC + question->timeout_s;
  self->answered = answered;
  self->data = data;
  self->free_data = free_data;
  self->timer = g_timeout_add_seconds (question->timeout_s, on_deadline, self);
  self->revision++;
  esim_operation_set_state (self, ESIM_OPERATION_WAITING);
}

guint
esim_operation_get_question (EsimOperation *self)
{
  return self->question;
}

GVariant *
esim_operation_describe_question (EsimOperation *self)
{
  GVariantDict dict;

  if (self->question == 0)
    return NULL;
  g_variant_dict_init (&dict, self->question_facts);
  g_variant_dict_insert (&dict, "id", "u", self->question);
  g_variant_dict_insert (&dict, "type", "s", self->question_type);
  g_variant_dict_insert (&dict, "message", "s", self->question_message);
  g_variant_dict_insert (&dict, "deadline", "x", self->deadline);
  return g_variant_dict_end (&dict);
}

gboolean
esim_operation_check_answer (EsimOperation *self, guint question, GVariant *answer, GError **error)
{
  if (self->question == 0 || question != self->question) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                         self->question == 0 ? "this operation asks nothing"
                                             : "that question is not asked now; look at Describe again");
    return FALSE;
  }
  return esim_operation_question_check_answer (self->question_type, answer, error);
}

gboolean
esim_operation_answer (EsimOperation *self, guint question, GVariant *answer, GError **error)
{
  if (!esim_operation_check_answer (self, question, answer, error))
    return FALSE;
  take_answer (self, answer);
  return TRUE;
}

void
esim_operation_finish (EsimOperation *self, GVariant *result, const GError *error)
{
  g_autoptr (GVariant) owned = result != NULL ? g_variant_take_ref (result) : NULL;

  if (esim_operation_is_ended (self))
    return;
  /* Nobody is to be told of its deadline any more. */
  drop_question (self);
  if (error == NULL) {
    self->state = ESIM_OPERATION_SUCCEEDED;
    self->progress = 1;
    self->result = g_steal_pointer (&owned);
  } else {
    self->state = g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CANCELLED) ? ESIM_OPERATION_CANCELLED
                                                                            : ESIM_OPERATION_FAILED;
    self->error = g_error_copy (error);
  }
  self->phase = "";
  self->revision++;
  g_signal_emit (self, signal_changed, 0);
  g_signal_emit (self, signal_finished, 0, error == NULL);
}

gboolean
esim_operation_cancel (EsimOperation *self, GError **error)
{
  if (esim_operation_is_ended (self) || self->committed) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE, "it is too late to cancel it");
    return FALSE;
  }
  esim_task_cancel (self->task);
  if (self->question != 0 && self->from_job) {
    take_answer (self, NULL);
  } else if (self->question != 0) {
    /* No job of it is queued that would notice. */
    g_autoptr (GError) cancelled =
        g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "cancelled before anything was changed");

    drop_question (self);
    esim_operation_finish (self, NULL, cancelled);
  }
  return TRUE;
}

static void
esim_operation_finalize (GObject *object)
{
  EsimOperation *self = ESIM_OPERATION (object);

  drop_question (self);
  esim_task_detach (self->task);
  esim_task_unref (self->task);
  g_object_unref (self->euicc);
  g_free (self->iccid);
  g_clear_error (&self->error);
  g_clear_pointer (&self->result, g_variant_unref);
  G_OBJECT_CLASS (esim_operation_parent_class)->finalize (object);
}

static void
esim_operation_class_init (EsimOperationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = esim_operation_finalize;
  signal_changed =
      g_signal_new ("changed", ESIM_TYPE_OPERATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signal_finished = g_signal_new ("finished", ESIM_TYPE_OPERATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
esim_operation_init (EsimOperation *self)
{
  self->phase = "";
  self->progress = -1;
  self->task = esim_task_new (on_report, self);
}
