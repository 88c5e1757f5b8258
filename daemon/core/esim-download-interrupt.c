/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-download-interrupt.h"

/* A cancel may be on its way to the worker when all is over: it holds a reference, and finds nothing. */
struct _EsimDownloadInterrupt {
  gatomicrefcount refs;
  EsimWorker *worker;
  EsimCardHost *host;
  EsimTask *task;
  EsimEs9Session *session;
  EsimHttpCall *call;
  gboolean interrupted;
};

static void
unref (gpointer data)
{
  EsimDownloadInterrupt *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  esim_task_unref (self->task);
  g_free (self);
}

static void
end_waits (gpointer data)
{
  EsimDownloadInterrupt *self = data;

  self->interrupted = TRUE;
  if (self->session != NULL)
    esim_es9_session_hurry (self->session);
  if (self->call != NULL)
    esim_http_call_cancel (self->call);
}

/* In the canceller's thread. */
static void
on_cancel (gpointer data, gpointer task)
{
  EsimDownloadInterrupt *self = data;

  g_atomic_ref_count_inc (&self->refs);
  esim_worker_invoke (self->worker, end_waits, self, unref);
}

void
esim_download_interrupt_set_session (EsimDownloadInterrupt *self, EsimEs9Session *session)
{
  self->session = session;
  if (session != NULL && self->interrupted)
    esim_es9_session_hurry (session);
}

void
esim_download_interrupt_set_call (EsimDownloadInterrupt *self, EsimHttpCall *call)
{
  self->call = call;
  if (call != NULL && self->interrupted)
    esim_http_call_cancel (call);
}

EsimDownloadInterrupt *
esim_download_interrupt_new (EsimCardHost *host, EsimTask *task)
{
  EsimDownloadInterrupt *self = g_new0 (EsimDownloadInterrupt, 1);

  g_atomic_ref_count_init (&self->refs);
  self->worker = esim_card_host_get_worker (host);
  self->host = host;
  self->task = esim_task_ref (task);
  esim_card_host_set_interrupt (host, end_waits, self);
  esim_task_set_interrupt (task, on_cancel, self);
  return self;
}

void
esim_download_interrupt_free (EsimDownloadInterrupt *self)
{
  esim_task_set_interrupt (self->task, NULL, NULL);
  esim_card_host_set_interrupt (self->host, NULL, NULL);
  self->session = NULL;
  self->call = NULL;
  unref (self);
}
