/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-worker.h"

struct _EsimWorker {
  GThread *thread;
  GMainContext *context;
  GMutex lock;
  GQueue jobs; /* of Call, under the lock */
  gboolean stopping;
  EsimWorkerJob last; /* set before @stopping */
  gpointer last_data;
};

typedef struct {
  EsimWorkerJob func;
  gpointer data;
  GDestroyNotify free_func;
} Call;

/* How many waits this thread is in: 0 or 1. */
static GPrivate waiting = G_PRIVATE_INIT (NULL);

static Call *
call_new (EsimWorkerJob func, gpointer data, GDestroyNotify free_func)
{
  Call *call = g_new (Call, 1);

  *call = (Call){func, data, free_func};
  return call;
}

static void
call_free (gpointer data)
{
  Call *call = data;

  if (call->free_func != NULL)
    call->free_func (call->data);
  g_free (call);
}

static gboolean
call_run (gpointer data)
{
  Call *call = data;

  call->func (call->data);
  return G_SOURCE_REMOVE;
}

static gboolean
worker_next (EsimWorker *worker, Call **call)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  *call = worker->stopping ? NULL : g_queue_pop_head (&worker->jobs);
  return *call != NULL || !worker->stopping;
}

static gpointer
worker_thread (gpointer data)
{
  EsimWorker *worker = data;
  Call *call;

  g_main_context_push_thread_default (worker->context);
  while (worker_next (worker, &call)) {
    if (call == NULL) {
      g_main_context_iteration (worker->context, TRUE);
      continue;
    }
    call->func (call->data);
    call_free (call);
  }
  if (worker->last != NULL)
    worker->last (worker->last_data);
  g_main_context_pop_thread_default (worker->context);
  return NULL;
}

EsimWorker *
esim_worker_new (const char *name)
{
  EsimWorker *worker = g_new0 (EsimWorker, 1);

  g_mutex_init (&worker->lock);
  g_queue_init (&worker->jobs);
  worker->context = g_main_context_new ();
  worker->thread = g_thread_new (name, worker_thread, worker);
  return worker;
}

void
esim_worker_push (EsimWorker *worker, EsimWorkerJob job, gpointer data, GDestroyNotify free_func)
{
  Call *call = call_new (job, data, free_func);

  g_mutex_lock (&worker->lock);
  if (!worker->stopping) {
    g_queue_push_tail (&worker->jobs, call);
    call = NULL;
  }
  g_mutex_unlock (&worker->lock);
  g_clear_pointer (&call, call_free);
  g_main_context_wakeup (worker->context);
}

static void
invoke_in (GMainContext *context, EsimWorkerJob func, gpointer data, GDestroyNotify free_func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, call_run, call_new (func, data, free_func), call_free);
  g_source_attach (source, context);
}

void
esim_worker_invoke (EsimWorker *worker, EsimWorkerJob func, gpointer data, GDestroyNotify free_func)
{
  invoke_in (worker->context, func, data, free_func);
}

void
esim_worker_post_to_main (EsimWorkerJob func, gpointer data, GDestroyNotify free_func)
{
  invoke_in (NULL, func, data, free_func);
}

GMainContext *
esim_worker_get_context (EsimWorker *worker)
{
  return worker->context;
}

void
esim_worker_stop (EsimWorker *worker, EsimWorkerJob last, gpointer data)
{
  Call *call;

  g_mutex_lock (&worker->lock);
  worker->stopping = TRUE;
  worker->last = last;
  worker->last_data = data;
  g_mutex_unlock (&worker->lock);
  g_main_context_wakeup (worker->context);
  g_thread_join (worker->thread);
  while ((call = g_queue_pop_head (&worker->jobs)) != NULL)
    call_free (call);
  g_main_context_unref (worker->context);
  g_mutex_clear (&worker->lock);
  g_free (worker);
}

void
esim_wait_init (EsimWait *wait)
{
  wait->done = FALSE;
  wait->context = g_main_context_get_thread_default ();
}

void
esim_wait_finish (EsimWait *wait)
{
  wait->done = TRUE;
}

static gboolean
set_flag (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

gboolean
esim_wait_run (EsimWait *wait, guint timeout_ms)
{
  gboolean late = FALSE;
  GSource *timer = NULL;

  if (g_private_get (&waiting) != NULL)
    g_error ("a wait inside a wait");
  g_private_set (&waiting, wait);
  if (timeout_ms > 0) {
    timer = g_timeout_source_new (timeout_ms);
    g_source_set_callback (timer, set_flag, &late, NULL);
    g_source_attach (timer, wait->context);
  }
  while (!wait->done && !late)
    g_main_context_iteration (wait->context, TRUE);
  if (timer != NULL) {
    g_source_destroy (timer);
    g_source_unref (timer);
  }
  g_private_set (&waiting, NULL);
  return wait->done;
}

void
esim_wait_sleep (guint milliseconds)
{
  EsimWait wait;

  esim_wait_init (&wait);
  (void) esim_wait_run (&wait, milliseconds);
}
