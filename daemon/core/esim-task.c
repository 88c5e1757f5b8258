/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-task.h"
#include "esim-error.h"
#include "esim-worker.h"

struct _EsimTask {
  gatomicrefcount refs;
  GMutex lock;
  gboolean cancelled;    /* under the lock */
  gboolean committed;    /* under the lock */
  guint64 bytes_done;    /* under the lock */
  guint64 bytes_total;   /* under the lock */
  GFunc interrupt;       /* under the lock */
  gpointer interrupted;  /* of @interrupt */
  EsimTaskReport report; /* main thread only */
  gpointer user_data;
};

typedef struct {
  EsimTask *task;
  const char *phase;
  double progress;
  gboolean committed;
} Message;

EsimTask *
esim_task_new (EsimTaskReport report, gpointer user_data)
{
  EsimTask *self = g_new0 (EsimTask, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  self->report = report;
  self->user_data = user_data;
  return self;
}

EsimTask *
esim_task_ref (EsimTask *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_task_unref (EsimTask *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
esim_task_detach (EsimTask *self)
{
  self->report = NULL;
}

void
esim_task_cancel (EsimTask *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->committed)
    return;
  self->cancelled = TRUE;
  if (self->interrupt != NULL)
    self->interrupt (self->interrupted, self);
}

void
esim_task_set_interrupt (EsimTask *self, GFunc interrupt, gpointer data)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->interrupt = interrupt;
  self->interrupted = data;
}

gboolean
esim_task_check (EsimTask *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!self->cancelled)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CANCELLED, "cancelled before anything was changed");
  return FALSE;
}

static void
message_deliver (gpointer data)
{
  Message *message = data;

  if (message->task->report != NULL)
    message->task->report (message->phase, message->progress, message->committed, message->task->user_data);
}

static void
message_free (gpointer data)
{
  Message *message = data;

  esim_task_unref (message->task);
  g_free (message);
}

static void
send_message (EsimTask *self, const char *phase, double progress, gboolean committed)
{
  Message *message = g_new (Message, 1);

  *message = (Message){esim_task_ref (self), phase, progress, committed};
  esim_worker_post_to_main (message_deliver, message, message_free);
}

gboolean
esim_task_commit (EsimTask *self, GError **error)
{
  gboolean first;

  /* One look: a cancel either came before it, or comes too late. */
  g_mutex_lock (&self->lock);
  first = !self->committed && !self->cancelled;
  if (first)
    self->committed = TRUE;
  g_mutex_unlock (&self->lock);
  if (first)
    send_message (self, NULL, -1, TRUE);
  return esim_task_check (self, error);
}

void
esim_task_report (EsimTask *self, const char *phase, double progress)
{
  gboolean committed;

  g_mutex_lock (&self->lock);
  committed = self->committed;
  g_mutex_unlock (&self->lock);
  send_message (self, phase, progress, committed);
}

void
esim_task_report_bytes (EsimTask *self, guint64 done, guint64 total)
{
  g_mutex_lock (&self->lock);
  self->bytes_done = done;
  self->bytes_total = total;
  g_mutex_unlock (&self->lock);
  esim_task_report (self, NULL, total > 0 ? (double) MIN (done, total) / (double) total : -1);
}

void
esim_task_get_bytes (EsimTask *self, guint64 *done, guint64 *total)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  *done = self->bytes_done;
  *total = self->bytes_total;
}
