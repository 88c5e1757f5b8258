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

void
esim_operation_finish (EsimOperation *self, GVariant *result, const GError *error)
{
  g_autoptr (GVariant) owned = result != NULL ? g_variant_take_ref (result) : NULL;

  if (esim_operation_is_ended (self))
    return;
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
  return TRUE;
}

static void
esim_operation_finalize (GObject *object)
{
  EsimOperation *self = ESIM_OPERATION (object);

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
