/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-worker.h"
#include "esim-error.h"

struct _EsimCarrierWorker {
  const EsimHttpConfig *config;
  EsimWorker *worker; /* main's: NULL before the first job and after the end */
  gboolean stopped;   /* main's */
  /* the worker's */
  EsimWeb *web;
  EsimWait *wait;
  gboolean hurried;
};

EsimCarrierWorker *
esim_carrier_worker_new (const EsimHttpConfig *config)
{
  EsimCarrierWorker *self = g_new0 (EsimCarrierWorker, 1);

  self->config = config;
  return self;
}

static void
hurry (gpointer data)
{
  EsimCarrierWorker *self = data;

  self->hurried = TRUE;
  if (self->web != NULL)
    esim_web_hurry (self->web);
  if (self->wait != NULL)
    esim_wait_finish (self->wait);
}

static void
close_web (gpointer data)
{
  EsimCarrierWorker *self = data;

  g_clear_pointer (&self->web, esim_web_free);
}

void
esim_carrier_worker_hurry (EsimCarrierWorker *self)
{
  self->stopped = TRUE;
  if (self->worker != NULL)
    esim_worker_invoke (self->worker, hurry, self, NULL);
}

void
esim_carrier_worker_stop (EsimCarrierWorker *self)
{
  esim_carrier_worker_hurry (self);
  if (self->worker != NULL)
    esim_worker_stop (g_steal_pointer (&self->worker), close_web, self);
}

void
esim_carrier_worker_free (EsimCarrierWorker *self)
{
  esim_carrier_worker_stop (self);
  g_free (self);
}

void
esim_carrier_worker_push (EsimCarrierWorker *self, EsimWorkerJob job, gpointer data, GDestroyNotify free_func)
{
  if (self->stopped) {
    if (free_func != NULL)
      free_func (data);
    return;
  }
  if (self->worker == NULL)
    self->worker = esim_worker_new ("carrier");
  esim_worker_push (self->worker, job, data, free_func);
}

void
esim_carrier_worker_invoke (EsimCarrierWorker *self, EsimWorkerJob func, gpointer data,
                            GDestroyNotify free_func)
{
  if (self->worker != NULL)
    esim_worker_invoke (self->worker, func, data, free_func);
  else if (free_func != NULL)
    free_func (data);
}

EsimWeb *
esim_carrier_worker_get_web (EsimCarrierWorker *self, GError **error)
{
  if (self->web == NULL)
    self->web = esim_web_new (self->config, error);
  if (self->web != NULL && self->hurried)
    esim_web_hurry (self->web);
  return self->web;
}

gboolean
esim_carrier_worker_await (EsimCarrierWorker *self, EsimWait *wait, guint timeout_ms)
{
  gboolean finished;

  if (self->hurried)
    return FALSE;
  self->wait = wait;
  finished = esim_wait_run (wait, timeout_ms);
  self->wait = NULL;
  return finished && !self->hurried;
}
