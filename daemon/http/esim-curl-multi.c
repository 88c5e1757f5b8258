/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-curl-multi.h"

struct _EsimCurlMulti {
  GSource source;
  CURLM *multi;
  GHashTable *tags; /* file descriptor → tag of g_source_add_unix_fd() */
  EsimCurlMultiDone done;
  gpointer user_data;
};

typedef struct {
  curl_socket_t fd;
  int events;
} Ready;

static int
on_socket (CURL *easy, curl_socket_t fd, int what, void *user_data, void *socket_data)
{
  EsimCurlMulti *self = user_data;
  gpointer tag = g_hash_table_lookup (self->tags, GINT_TO_POINTER (fd));
  GIOCondition condition = 0;

  if (what == CURL_POLL_REMOVE) {
    if (tag != NULL)
      g_source_remove_unix_fd (&self->source, tag);
    g_hash_table_remove (self->tags, GINT_TO_POINTER (fd));
    return 0;
  }
  if (what & CURL_POLL_IN)
    condition |= G_IO_IN;
  if (what & CURL_POLL_OUT)
    condition |= G_IO_OUT;
  if (tag != NULL)
    g_source_modify_unix_fd (&self->source, tag, condition);
  else
    g_hash_table_insert (self->tags, GINT_TO_POINTER (fd),
                         g_source_add_unix_fd (&self->source, fd, condition));
  return 0;
}

static int
on_timer (CURLM *multi, long timeout_ms, void *user_data)
{
  EsimCurlMulti *self = user_data;

  g_source_set_ready_time (&self->source,
                           timeout_ms < 0 ? -1 : g_get_monotonic_time () + (gint64) timeout_ms * 1000);
  return 0;
}

static GArray *
collect_ready (EsimCurlMulti *self)
{
  GArray *ready = g_array_new (FALSE, FALSE, sizeof (Ready));
  GHashTableIter iter;
  gpointer fd;
  gpointer tag;

  g_hash_table_iter_init (&iter, self->tags);
  while (g_hash_table_iter_next (&iter, &fd, &tag)) {
    GIOCondition condition = g_source_query_unix_fd (&self->source, tag);
    Ready one = {GPOINTER_TO_INT (fd), 0};

    if (condition & (G_IO_IN | G_IO_HUP))
      one.events |= CURL_CSELECT_IN;
    if (condition & G_IO_OUT)
      one.events |= CURL_CSELECT_OUT;
    if (condition & (G_IO_ERR | G_IO_NVAL))
      one.events |= CURL_CSELECT_ERR;
    if (one.events != 0)
      g_array_append_val (ready, one);
  }
  return ready;
}

static void
hand_out_results (EsimCurlMulti *self)
{
  CURLMsg *message;
  int left;

  while (!g_source_is_destroyed (&self->source) &&
         (message = curl_multi_info_read (self->multi, &left)) != NULL) {
    CURL *easy = message->easy_handle;
    CURLcode result = message->data.result;

    if (message->msg != CURLMSG_DONE)
      continue;
    curl_multi_remove_handle (self->multi, easy);
    self->done (easy, result, self->user_data);
  }
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  EsimCurlMulti *self = (EsimCurlMulti *) source;
  g_autoptr (GArray) ready = collect_ready (self);
  gint64 due = g_source_get_ready_time (source);
  int running;

  if (due >= 0 && due <= g_source_get_time (source)) {
    g_source_set_ready_time (source, -1);
    curl_multi_socket_action (self->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  }
  for (guint i = 0; i < ready->len; i++) {
    Ready *one = &g_array_index (ready, Ready, i);

    curl_multi_socket_action (self->multi, one->fd, one->events, &running);
  }
  hand_out_results (self);
  return G_SOURCE_CONTINUE;
}

static void
source_finalize (GSource *source)
{
  EsimCurlMulti *self = (EsimCurlMulti *) source;

  g_hash_table_unref (self->tags);
}

/* No prepare and check: the ready time and the descriptors are looked at by GLib. */
static GSourceFuncs source_funcs = {
    .dispatch = source_dispatch,
    .finalize = source_finalize,
};

EsimCurlMulti *
esim_curl_multi_new (GMainContext *context, EsimCurlMultiDone done, gpointer user_data)
{
  CURLM *multi = curl_multi_init ();
  GSource *source;
  EsimCurlMulti *self;

  if (multi == NULL)
    return NULL;
  source = g_source_new (&source_funcs, sizeof (EsimCurlMulti));
  g_source_set_static_name (source, "esim-curl-multi");
  self = (EsimCurlMulti *) source;
  self->multi = multi;
  self->tags = g_hash_table_new (NULL, NULL);
  self->done = done;
  self->user_data = user_data;
  curl_multi_setopt (multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt (multi, CURLMOPT_SOCKETDATA, self);
  curl_multi_setopt (multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt (multi, CURLMOPT_TIMERDATA, self);
  curl_multi_setopt (multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  g_source_attach (source, context);
  return self;
}

void
esim_curl_multi_free (EsimCurlMulti *self)
{
  curl_multi_cleanup (self->multi);
  self->multi = NULL;
  g_source_destroy (&self->source);
  g_source_unref (&self->source);
}

gboolean
esim_curl_multi_add (EsimCurlMulti *self, CURL *easy)
{
  return curl_multi_add_handle (self->multi, easy) == CURLM_OK;
}

void
esim_curl_multi_remove (EsimCurlMulti *self, CURL *easy)
{
  curl_multi_remove_handle (self->multi, easy);
}

void
esim_curl_multi_set_host_connections (EsimCurlMulti *self, guint n)
{
  curl_multi_setopt (self->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long) n);
}
