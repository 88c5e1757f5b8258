/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-http-hub.h"
#include "esim-error.h"
#include "esim-http-call.h"

#include <malloc.h>

struct _EsimHttpHub {
  gatomicrefcount refs;
  const EsimHttpConfig *config;
  EsimRspTrust *trust;
  GMainContext *context; /* of whichever thread runs */
  GMutex lock;
  /* Under the lock: */
  GQueue inbox;    /* of EsimHttpCall, a reference each: something about it is to be done */
  GThread *thread; /* nullable: the one that runs, or the last that did */
  gboolean running;
  gboolean stopped;
};

typedef struct {
  EsimHttpHub *hub;
  GThread *before; /* nullable: it is ending, and is waited for */
} Start;

EsimHttpHub *
esim_http_hub_ref (EsimHttpHub *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_http_hub_unref (EsimHttpHub *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  esim_rsp_trust_unref (self->trust);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static EsimHttpCall *
take_call (EsimHttpHub *self, gboolean *stopped)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  *stopped = self->stopped;
  return g_queue_pop_head (&self->inbox);
}

/* Whether the thread is to end: decided under the lock, so that a call which comes after that begins a new
 * one. */
static gboolean
is_over (EsimHttpHub *self, EsimHttp *http)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->inbox.length > 0 || !(self->stopped || http == NULL || esim_http_is_idle (http)))
    return FALSE;
  self->running = FALSE;
  return TRUE;
}

static void
attend_all (EsimHttpHub *self, EsimHttp **http)
{
  g_autoptr (GError) unusable = NULL;
  EsimHttpCall *call;
  gboolean stopped;

  while ((call = take_call (self, &stopped)) != NULL) {
    if (stopped && unusable == NULL)
      unusable = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the service ends");
    if (*http == NULL && unusable == NULL)
      *http = esim_http_new (self->config, self->trust, &unusable);
    esim_http_call_attend (call, stopped ? NULL : *http, unusable);
    esim_http_call_unref (call);
  }
}

static gpointer
hub_thread (gpointer data)
{
  g_autofree Start *start = data;
  EsimHttpHub *self = start->hub;
  EsimHttp *http = NULL;

  if (start->before != NULL)
    g_thread_join (start->before);
  g_main_context_push_thread_default (self->context);
  attend_all (self, &http);
  while (!is_over (self, http)) {
    g_main_context_iteration (self->context, TRUE);
    attend_all (self, &http);
  }
  g_clear_pointer (&http, esim_http_free);
  g_main_context_pop_thread_default (self->context);
  /* Handshakes leave large holes in the heap: a daemon that waits for days gives them back. */
  esim_rsp_trust_rest (self->trust);
  malloc_trim (0);
  esim_http_hub_unref (self);
  return NULL;
}

/* Under the lock. */
static gboolean
ensure_thread (EsimHttpHub *self)
{
  Start *start;
  GThread *thread;

  if (self->running)
    return TRUE;
  start = g_new (Start, 1);
  *start = (Start){esim_http_hub_ref (self), self->thread};
  thread = g_thread_try_new ("http", hub_thread, start, NULL);
  if (thread == NULL) {
    g_atomic_ref_count_dec (&self->refs);
    g_free (start);
    return FALSE;
  }
  self->thread = thread;
  self->running = TRUE;
  return TRUE;
}

gboolean
esim_http_hub_tell (EsimHttpHub *self, EsimHttpCall *call)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->stopped || !ensure_thread (self))
    return FALSE;
  g_queue_push_tail (&self->inbox, esim_http_call_ref (call));
  g_main_context_wakeup (self->context);
  return TRUE;
}

EsimHttpHub *
esim_http_hub_new (const EsimHttpConfig *config, EsimRspTrust *trust)
{
  EsimHttpHub *self = g_new0 (EsimHttpHub, 1);

  g_atomic_ref_count_init (&self->refs);
  self->config = config;
  self->trust = esim_rsp_trust_ref (trust);
  self->context = g_main_context_new ();
  g_mutex_init (&self->lock);
  g_queue_init (&self->inbox);
  return self;
}

void
esim_http_hub_stop (EsimHttpHub *self)
{
  GThread *thread;

  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  thread = g_steal_pointer (&self->thread);
  g_mutex_unlock (&self->lock);
  g_main_context_wakeup (self->context);
  if (thread != NULL)
    g_thread_join (thread);
}

void
esim_http_hub_free (EsimHttpHub *self)
{
  esim_http_hub_stop (self);
  esim_http_hub_unref (self);
}

EsimHttpCall *
esim_http_hub_begin (EsimHttpHub *self, const EsimHttpRequest *request)
{
  EsimHttpCall *call = esim_http_call_new (self, request, NULL, NULL);

  esim_http_call_start (call);
  return call;
}

EsimHttpCall *
esim_http_hub_post (EsimHttpHub *self, const EsimHttpRequest *request, EsimHttpDone done, gpointer user_data)
{
  EsimHttpCall *call = esim_http_call_new (self, request, done, user_data);

  esim_http_call_start (call);
  return call;
}
