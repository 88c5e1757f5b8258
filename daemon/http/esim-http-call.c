/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-http-call.h"
#include "esim-error.h"
#include "esim-worker.h"

/* What may wait here for the one who asked; a server waits from then on until half of it was taken. */
#define QUEUE_MAX (256 * 1024)

struct _EsimHttpCall {
  gatomicrefcount refs;
  EsimHttpHub *hub;
  EsimHttpRequest request;
  GMainContext *owner;
  EsimHttpDone done; /* nullable */
  gpointer user_data;
  GMutex lock;
  /* Under the lock: */
  GQueue pieces; /* of GBytes */
  gsize n_queued;
  gboolean paused;
  gboolean cancelled;
  gboolean ended; /* from then on nothing below changes */
  guint status;
  char *root_key_id;
  GBytes *body; /* of a post */
  GError *error;
  /* The hub's thread: */
  EsimHttpTask *task; /* nullable: under way */
  gboolean begun;
  /* The owner's thread: */
  EsimWait *wait; /* nullable: somebody waits */
  EsimHttpAnswer answer;
};

EsimHttpCall *
esim_http_call_ref (EsimHttpCall *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
copy_request (EsimHttpRequest *to, const EsimHttpRequest *from)
{
  *to = *from;
  to->host = g_strdup (from->host);
  to->path = g_strdup (from->path);
  to->headers = (const char *const *) g_strdupv ((char **) from->headers);
  to->body = g_bytes_ref (from->body);
  to->role = g_strdup (from->role);
  to->card_key_ids = (const char *const *) g_strdupv ((char **) from->card_key_ids);
}

static void
clear_request (EsimHttpRequest *request)
{
  g_free ((char *) request->host);
  g_free ((char *) request->path);
  g_strfreev ((char **) request->headers);
  g_bytes_unref (request->body);
  g_free ((char *) request->role);
  g_strfreev ((char **) request->card_key_ids);
}

void
esim_http_call_unref (EsimHttpCall *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  clear_request (&self->request);
  g_queue_clear_full (&self->pieces, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->answer.body, g_bytes_unref);
  g_clear_error (&self->answer.error);
  g_free (self->root_key_id);
  g_clear_error (&self->error);
  g_main_context_unref (self->owner);
  esim_http_hub_unref (self->hub);
  g_mutex_clear (&self->lock);
  g_free (self);
}

EsimHttpCall *
esim_http_call_new (EsimHttpHub *hub, const EsimHttpRequest *request, EsimHttpDone done, gpointer user_data)
{
  EsimHttpCall *self = g_new0 (EsimHttpCall, 1);

  g_atomic_ref_count_init (&self->refs);
  self->hub = esim_http_hub_ref (hub);
  copy_request (&self->request, request);
  self->owner = g_main_context_ref_thread_default ();
  self->done = done;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_queue_init (&self->pieces);
  return self;
}

static gboolean
on_news (gpointer data)
{
  EsimHttpCall *self = data;

  if (self->wait != NULL)
    esim_wait_finish (self->wait);
  return G_SOURCE_REMOVE;
}

static gboolean
on_post_done (gpointer data)
{
  EsimHttpCall *self = data;
  const EsimHttpAnswer answer = {self->error == NULL ? self->status : 0, self->body,
                                 self->error == NULL ? self->root_key_id : NULL, self->error};

  self->done (&answer, self->user_data);
  /* The owner's. */
  esim_http_call_unref (self);
  return G_SOURCE_REMOVE;
}

/* Has the owner look, in its own thread. */
static void
tell_owner (EsimHttpCall *self, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, esim_http_call_ref (self), (GDestroyNotify) esim_http_call_unref);
  g_source_attach (source, self->owner);
}

static void
end (EsimHttpCall *self, const EsimHttpAnswer *answer)
{
  g_mutex_lock (&self->lock);
  if (answer->error != NULL) {
    self->error = g_error_copy (answer->error);
  } else {
    self->status = answer->status;
    self->body = g_bytes_ref (answer->body);
    if (self->root_key_id == NULL)
      self->root_key_id = g_strdup (answer->root_key_id);
  }
  self->ended = TRUE;
  g_mutex_unlock (&self->lock);
  tell_owner (self, self->done != NULL ? on_post_done : on_news);
}

static void
end_with_error (EsimHttpCall *self, const GError *error)
{
  const EsimHttpAnswer answer = {.error = (GError *) error};

  end (self, &answer);
}

static GError *
new_cancelled (void)
{
  return g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the transfer was given up");
}

/* The hub's thread. */
static gboolean
on_piece (guint status, const char *root_key_id, const guint8 *data, gsize length, gpointer user_data)
{
  EsimHttpCall *self = user_data;
  gboolean taken, first;

  g_mutex_lock (&self->lock);
  taken = self->n_queued + length <= QUEUE_MAX;
  first = self->pieces.length == 0;
  self->paused = !taken;
  if (taken) {
    self->status = status;
    if (self->root_key_id == NULL)
      self->root_key_id = g_strdup (root_key_id);
    g_queue_push_tail (&self->pieces, g_bytes_new (data, length));
    self->n_queued += length;
  }
  g_mutex_unlock (&self->lock);
  /* Who waits has found nothing, so the first one is all there is to tell. */
  if (taken && first)
    tell_owner (self, on_news);
  return taken;
}

static void
on_done (const EsimHttpAnswer *answer, gpointer user_data)
{
  EsimHttpCall *self = user_data;

  self->task = NULL;
  end (self, answer);
  /* The task's. */
  esim_http_call_unref (self);
}

static void
cancel_now (EsimHttpCall *self)
{
  g_autoptr (GError) cancelled = NULL;

  if (self->task != NULL) {
    esim_http_cancel (self->task);
    return;
  }
  cancelled = new_cancelled ();
  self->begun = TRUE;
  end_with_error (self, cancelled);
}

void
esim_http_call_attend (EsimHttpCall *self, EsimHttp *http, const GError *unusable)
{
  gboolean cancelled, resumed, ended;

  g_mutex_lock (&self->lock);
  cancelled = self->cancelled;
  ended = self->ended;
  resumed = self->paused && self->n_queued <= QUEUE_MAX / 2;
  if (resumed)
    self->paused = FALSE;
  g_mutex_unlock (&self->lock);
  if (ended)
    return;
  if (cancelled) {
    cancel_now (self);
  } else if (!self->begun && http == NULL) {
    self->begun = TRUE;
    end_with_error (self, unusable);
  } else if (!self->begun) {
    self->begun = TRUE;
    self->task = esim_http_begin (http, &self->request, self->done == NULL ? on_piece : NULL, on_done,
                                  esim_http_call_ref (self));
  } else if (resumed && self->task != NULL) {
    esim_http_resume (self->task);
  }
}

void
esim_http_call_start (EsimHttpCall *self)
{
  g_autoptr (GError) error = NULL;

  if (esim_http_hub_tell (self->hub, self))
    return;
  error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the service ends");
  self->begun = TRUE;
  end_with_error (self, error);
}

/* Returns: (nullable): the first piece. @over: there is nothing to wait for */
static GBytes *
take_piece (EsimHttpCall *self, gboolean *over)
{
  GBytes *piece = NULL;
  gboolean go_on;

  g_mutex_lock (&self->lock);
  if (!self->cancelled)
    piece = g_queue_pop_head (&self->pieces);
  if (piece != NULL)
    self->n_queued -= g_bytes_get_size (piece);
  go_on = self->paused && self->n_queued <= QUEUE_MAX / 2;
  *over = piece == NULL && (self->ended || self->cancelled);
  g_mutex_unlock (&self->lock);
  if (go_on)
    (void) !esim_http_hub_tell (self->hub, self);
  return piece;
}

/* Returns: %FALSE if the time ran out */
static gboolean
wait_for_news (EsimHttpCall *self, gint64 due)
{
  EsimWait wait;
  gint64 left = due > 0 ? (due - g_get_monotonic_time ()) / 1000 : 0;

  if (due > 0 && left <= 0)
    return FALSE;
  esim_wait_init (&wait);
  self->wait = &wait;
  /* Without a bound of its own: each transfer has one. */
  (void) esim_wait_run (&wait, (guint) left);
  self->wait = NULL;
  return TRUE;
}

static void
set_end_error (EsimHttpCall *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->cancelled)
    g_propagate_error (error, new_cancelled ());
  else if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
}

GBytes *
esim_http_call_next (EsimHttpCall *self, guint timeout_ms, gboolean *ended, GError **error)
{
  gint64 due = timeout_ms > 0 ? g_get_monotonic_time () + (gint64) timeout_ms * 1000 : 0;
  g_autoptr (GError) local = NULL;
  gboolean over = FALSE;
  GBytes *piece;

  *ended = FALSE;
  while ((piece = take_piece (self, &over)) == NULL && !over)
    if (!wait_for_news (self, due)) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
                   "server %s: nothing more of its answer came in time: try again later", self->request.host);
      return NULL;
    }
  if (piece != NULL)
    return piece;
  set_end_error (self, &local);
  *ended = local == NULL;
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

gboolean
esim_http_call_has_next (EsimHttpCall *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->pieces.length > 0 || self->ended || self->cancelled;
}

guint
esim_http_call_get_status (EsimHttpCall *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->status;
}

char *
esim_http_call_dup_root_key_id (EsimHttpCall *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->root_key_id);
}

const EsimHttpAnswer *
esim_http_call_wait (EsimHttpCall *self)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  gboolean ended = self->answer.body != NULL || self->answer.error != NULL;

  while (!ended) {
    g_autoptr (GBytes) piece = esim_http_call_next (self, 0, &ended, &self->answer.error);

    if (piece != NULL)
      g_byte_array_append (body, g_bytes_get_data (piece, NULL), g_bytes_get_size (piece));
    else if (self->answer.error != NULL)
      return &self->answer;
    else
      self->answer = (EsimHttpAnswer){self->status, g_byte_array_free_to_bytes (g_steal_pointer (&body)),
                                      self->root_key_id, NULL};
  }
  return &self->answer;
}

void
esim_http_call_cancel (EsimHttpCall *self)
{
  gboolean news;

  g_mutex_lock (&self->lock);
  news = !self->ended && !self->cancelled;
  self->cancelled = self->cancelled || news;
  g_mutex_unlock (&self->lock);
  if (!news)
    return;
  (void) !esim_http_hub_tell (self->hub, self);
  if (self->done == NULL)
    tell_owner (self, on_news);
}

void
esim_http_call_free (EsimHttpCall *self)
{
  g_return_if_fail (self->done == NULL && self->wait == NULL);
  esim_http_call_cancel (self);
  esim_http_call_unref (self);
}
