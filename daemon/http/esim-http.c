/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-http.h"
#include "esim-curl-multi.h"
#include "esim-curl.h"
#include "esim-error.h"
#include "esim-http-error.h"
#include "esim-http-transfer.h"

#include <string.h>

/* What the body of a long answer may take, in units of the whole time of another one. */
#define LONG_FACTOR 10

/* Connections of one policy. libcurl would reuse a connection wherever the host is the same, also one that
 * was verified for another role or another card's roots: so that it cannot, each policy has its own. */
typedef struct {
  EsimHttp *http;
  EsimRspPolicy *policy;
  EsimCurlMulti *multi;
  guint n_transfers;
  guint n_long;      /* of them */
  gint64 keep_until; /* monotonic: connections are worth keeping */
  GSource *idle;     /* nullable: frees it */
} Pool;

struct _EsimHttp {
  EsimHttpConfig config;
  EsimRspTrust *trust;
  GMainContext *context;
  struct curl_slist *connect_to;
  GHashTable *pools;    /* key of the policy → Pool */
  GPtrArray *transfers; /* of EsimHttpTask, under way */
  gboolean in_callback;
};

struct _EsimHttpTask {
  EsimHttp *http;
  EsimHttpPiece piece;
  EsimHttpDone done;
  gpointer user_data;
  guint keep_s;
  Pool *pool;                 /* NULL: it never began */
  EsimHttpTransfer *transfer; /* NULL: it never began */
  GError *error;              /* why it never began */
  GSource *later;             /* hands it out */
  /* Of a long answer: */
  gboolean is_long;
  GSource *deadline; /* nullable: while its time runs */
  gint64 left;       /* microseconds of it, when it last began or stopped to run */
  gint64 running_since;
};

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
task_free (EsimHttpTask *task)
{
  clear_source (&task->later);
  clear_source (&task->deadline);
  g_clear_pointer (&task->transfer, esim_http_transfer_free);
  g_clear_error (&task->error);
  g_free (task);
}

static void
pool_free (gpointer data)
{
  Pool *pool = data;

  clear_source (&pool->idle);
  esim_curl_multi_free (pool->multi);
  esim_rsp_policy_unref (pool->policy);
  g_free (pool);
}

static gboolean
on_idle (gpointer data)
{
  Pool *pool = data;

  g_hash_table_remove (pool->http->pools, esim_rsp_policy_get_key (pool->policy));
  return G_SOURCE_REMOVE;
}

/* One connection a host, so that what is sent at once needs one handshake; and another one for each long
 * answer under way: one that waits for a slow card must not hold up what another card has to say to the same
 * server. */
static void
pool_count_long (Pool *pool, int more)
{
  pool->n_long += (guint) more;
  esim_curl_multi_set_host_connections (pool->multi, 1 + pool->n_long);
}

/* @keep_s: for which its connections are of use to somebody: 0 says nothing new */
static void
pool_release (Pool *pool, guint keep_s)
{
  gint64 now = g_get_monotonic_time ();

  pool->keep_until = MAX (pool->keep_until, now + (gint64) keep_s * G_USEC_PER_SEC);
  if (--pool->n_transfers > 0)
    return;
  pool->idle = g_timeout_source_new ((guint) (MAX (pool->keep_until - now, 0) / 1000));
  g_source_set_callback (pool->idle, on_idle, pool, NULL);
  g_source_attach (pool->idle, pool->http->context);
}

static void
pool_hold (Pool *pool)
{
  pool->n_transfers++;
  clear_source (&pool->idle);
}

/* The task's end: hands the answer out and frees it. */
static void
task_finish (EsimHttpTask *task, guint status, const GError *error)
{
  EsimHttp *http = task->http;
  g_autoptr (GBytes) body = NULL;
  EsimHttpAnswer answer = {.error = (GError *) error};

  clear_source (&task->deadline);
  if (task->pool != NULL && task->is_long)
    pool_count_long (task->pool, -1);
  if (task->pool != NULL)
    pool_release (task->pool, error == NULL ? task->keep_s : 0);
  if (error == NULL) {
    body = g_bytes_new (task->transfer->response->data, task->transfer->response->len);
    answer = (EsimHttpAnswer){status, body, task->transfer->root_key_id, NULL};
  }
  g_ptr_array_remove_fast (http->transfers, task);
  http->in_callback = TRUE;
  task->done (&answer, task->user_data);
  http->in_callback = FALSE;
  task_free (task);
}

static EsimHttpTask *
task_of (CURL *easy)
{
  char *private = NULL;

  curl_easy_getinfo (easy, CURLINFO_PRIVATE, &private);
  return ((EsimHttpTransfer *) (void *) private)->user_data;
}

static void
on_done (CURL *easy, CURLcode result, gpointer user_data)
{
  EsimHttpTask *task = task_of (easy);
  g_autoptr (GError) error = esim_http_transfer_dup_error (task->transfer, result);
  long status = 0;

  curl_easy_getinfo (easy, CURLINFO_RESPONSE_CODE, &status);
  task_finish (task, (guint) status, error);
}

/* Takes a task that is under way from libcurl and ends it. */
static void
give_up (EsimHttpTask *task, const GError *error)
{
  if (task->pool != NULL)
    esim_curl_multi_remove (task->pool->multi, task->transfer->easy);
  task_finish (task, 0, error);
}

static gboolean
on_deadline (gpointer data)
{
  EsimHttpTask *task = data;
  g_autoptr (GError) error =
      esim_http_error_new (CURLE_OPERATION_TIMEDOUT, task->transfer->check->host, "its time is over");

  give_up (task, error);
  return G_SOURCE_REMOVE;
}

static void
stop_clock (EsimHttpTask *task)
{
  if (task->deadline == NULL)
    return;
  clear_source (&task->deadline);
  task->left = MAX (task->left - (g_get_monotonic_time () - task->running_since), 0);
}

static void
start_clock (EsimHttpTask *task)
{
  if (!task->is_long || task->deadline != NULL)
    return;
  task->running_since = g_get_monotonic_time ();
  task->deadline = g_timeout_source_new ((guint) (task->left / 1000));
  g_source_set_callback (task->deadline, on_deadline, task, NULL);
  g_source_attach (task->deadline, task->http->context);
}

static gboolean
on_piece (EsimHttpTransfer *transfer, const guint8 *data, gsize length)
{
  EsimHttpTask *task = transfer->user_data;
  EsimHttp *http = task->http;
  long status = 0;
  gboolean taken;

  curl_easy_getinfo (transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  stop_clock (task);
  if (transfer->n_received == 0)
    task->left = (gint64) task->http->config.total_timeout_s * LONG_FACTOR * G_USEC_PER_SEC;
  http->in_callback = TRUE;
  taken = task->piece ((guint) status, transfer->root_key_id, data, length, task->user_data);
  http->in_callback = FALSE;
  if (taken)
    start_clock (task);
  return taken;
}

/* Takes @policy over. Returns: (nullable): %NULL if there is no memory */
static Pool *
ensure_pool (EsimHttp *self, EsimRspPolicy *policy)
{
  g_autoptr (EsimRspPolicy) owned = policy;
  Pool *pool = g_hash_table_lookup (self->pools, esim_rsp_policy_get_key (policy));
  EsimCurlMulti *multi;

  if (pool != NULL)
    return pool;
  pool = g_new0 (Pool, 1);
  multi = esim_curl_multi_new (self->context, on_done, pool);
  if (multi == NULL) {
    g_free (pool);
    return NULL;
  }
  pool->http = self;
  pool->multi = multi;
  esim_curl_multi_set_host_connections (multi, 1);
  pool->policy = g_steal_pointer (&owned);
  g_hash_table_insert (self->pools, (gpointer) esim_rsp_policy_get_key (pool->policy), pool);
  return pool;
}

gboolean
esim_http_check_config (const EsimHttpConfig *config, GError **error)
{
  const char *wrong = NULL;

  if (config->connect_timeout_s == 0 || config->connect_timeout_s > 3600)
    wrong = "connect-timeout: 1 to 3600 seconds";
  else if (config->total_timeout_s == 0 || config->total_timeout_s > 3600)
    wrong = "total-timeout: 1 to 3600 seconds";
  else if (config->response_max == 0 || config->response_max > 64 * 1024 * 1024)
    wrong = "response-max: 1 octet to 64 MiB";
  /* One over TLS would need a trust of its own; a socks5:// or socks4:// one leaves the lookup to us and
   * hides the address that it leads to. */
  else if (config->proxy != NULL && !g_str_has_prefix (config->proxy, "http://") &&
           !g_str_has_prefix (config->proxy, "socks5h://"))
    wrong = "proxy: http://HOST:PORT or socks5h://HOST:PORT";
  for (gsize i = 0; wrong == NULL && config->connect_to != NULL && config->connect_to[i] != NULL; i++) {
    g_auto (GStrv) parts = g_strsplit (config->connect_to[i], ":", -1);

    if (g_strv_length (parts) < 4)
      wrong = "connect-to: HOST:PORT:TO-HOST:TO-PORT";
  }
  if (wrong == NULL)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "group [network] of the configuration: %s",
               wrong);
  return FALSE;
}

EsimHttp *
esim_http_new (const EsimHttpConfig *config, EsimRspTrust *trust, GError **error)
{
  EsimHttp *self;

  if (!esim_http_check_config (config, error))
    return NULL;
  self = g_new0 (EsimHttp, 1);
  self->config = *config;
  self->config.connect_to = g_strdupv (config->connect_to);
  self->config.proxy = g_strdup (config->proxy);
  self->config.web_trust = NULL;
  self->trust = esim_rsp_trust_ref (trust);
  self->context = g_main_context_ref_thread_default ();
  self->pools = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, pool_free);
  self->transfers = g_ptr_array_new ();
  return self;
}

void
esim_http_free (EsimHttp *self)
{
  g_return_if_fail (!self->in_callback);
  while (self->transfers->len > 0)
    esim_http_cancel (self->transfers->pdata[0]);
  g_ptr_array_unref (self->transfers);
  g_hash_table_unref (self->pools);
  curl_slist_free_all (self->connect_to);
  g_strfreev (self->config.connect_to);
  g_main_context_unref (self->context);
  esim_rsp_trust_unref (self->trust);
  g_free (self->config.proxy);
  g_free (self);
}

static gboolean
on_later (gpointer data)
{
  EsimHttpTask *task = data;

  task_finish (task, 0, task->error);
  return G_SOURCE_REMOVE;
}

/* Not before libcurl was begun: from then on it has another allocator. */
static void
ensure_ways (EsimHttp *self)
{
  char **ways = self->config.connect_to;

  if (self->connect_to != NULL)
    return;
  for (gsize i = 0; ways != NULL && ways[i] != NULL; i++)
    self->connect_to = curl_slist_append (self->connect_to, ways[i]);
}

static gboolean
begin (EsimHttpTask *task, const EsimHttpRequest *request, GError **error)
{
  EsimHttp *self = task->http;
  EsimRspPolicy *policy;
  Pool *pool;

  if (!esim_curl_ensure (error))
    return FALSE;
  ensure_ways (self);
  policy = esim_rsp_policy_new (self->trust, request->role, request->card_key_ids);
  pool = ensure_pool (self, policy);
  if (pool == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_FAILED, "libcurl could not begin: no memory");
    return FALSE;
  }
  pool_hold (pool);
  task->transfer = esim_http_transfer_new (&self->config, pool->policy, request, self->connect_to, error);
  if (task->transfer != NULL) {
    task->transfer->user_data = task;
    task->transfer->sink = task->piece != NULL ? on_piece : NULL;
  }
  if (task->transfer != NULL && esim_curl_multi_add (pool->multi, task->transfer->easy)) {
    task->pool = pool;
    if (task->is_long)
      pool_count_long (pool, 1);
    start_clock (task);
    return TRUE;
  }
  if (task->transfer != NULL)
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_FAILED, "libcurl could not begin the transfer");
  pool_release (pool, 0);
  return FALSE;
}

EsimHttpTask *
esim_http_begin (EsimHttp *self, const EsimHttpRequest *request, EsimHttpPiece piece, EsimHttpDone done,
                 gpointer user_data)
{
  EsimHttpTask *task = g_new0 (EsimHttpTask, 1);

  task->http = self;
  task->piece = piece;
  task->done = done;
  task->user_data = user_data;
  task->keep_s = request->keep_s > 0 ? request->keep_s : ESIM_HTTP_KEEP_S;
  task->is_long = request->long_answer;
  task->left = (gint64) self->config.total_timeout_s * G_USEC_PER_SEC;
  g_ptr_array_add (self->transfers, task);
  if (begin (task, request, &task->error))
    return task;
  task->later = g_idle_source_new ();
  g_source_set_priority (task->later, G_PRIORITY_DEFAULT);
  g_source_set_callback (task->later, on_later, task, NULL);
  g_source_attach (task->later, self->context);
  return task;
}

void
esim_http_resume (EsimHttpTask *task)
{
  if (task->pool == NULL)
    return;
  start_clock (task);
  curl_easy_pause (task->transfer->easy, CURLPAUSE_CONT);
}

void
esim_http_cancel (EsimHttpTask *task)
{
  g_autoptr (GError) cancelled =
      g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the transfer was given up");

  g_return_if_fail (!task->http->in_callback);
  give_up (task, cancelled);
}

gboolean
esim_http_is_idle (EsimHttp *self)
{
  return self->transfers->len == 0 && g_hash_table_size (self->pools) == 0;
}
