/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-http.h"
#include "esim-curl-multi.h"
#include "esim-error.h"
#include "esim-http-transfer.h"

#include <malloc.h>
#include <string.h>

#define IDLE_S 15 /* how long connections are kept that nobody uses */

/* Connections of one policy. libcurl would reuse a connection wherever the host is the same, also one that
 * was verified for another role or another card's roots: so that it cannot, each policy has its own. */
typedef struct {
  EsimHttp *http;
  EsimRspPolicy *policy;
  EsimCurlMulti *multi;
  GHashTable *verified_by; /* host → key id of the root that verified it last */
  guint n_transfers;
  GSource *idle; /* nullable: frees it */
} Pool;

struct _EsimHttp {
  EsimHttpConfig config;
  EsimRspTrust *trust;
  GMainContext *context;
  struct curl_slist *connect_to;
  GHashTable *pools;    /* key of the policy → Pool */
  GPtrArray *transfers; /* of Job, under way */
  gboolean in_callback;
};

typedef struct {
  EsimHttp *http;
  EsimHttpDone done;
  gpointer user_data;
  Pool *pool;                 /* NULL: it never began */
  EsimHttpTransfer *transfer; /* NULL: it never began */
  GError *error;              /* why it never began */
  GSource *later;             /* hands it out */
} Job;

static void
job_free (Job *job)
{
  if (job->later != NULL) {
    g_source_destroy (job->later);
    g_source_unref (job->later);
  }
  g_clear_pointer (&job->transfer, esim_http_transfer_free);
  g_clear_error (&job->error);
  g_free (job);
}

static void
pool_free (gpointer data)
{
  Pool *pool = data;

  if (pool->idle != NULL) {
    g_source_destroy (pool->idle);
    g_source_unref (pool->idle);
  }
  esim_curl_multi_free (pool->multi);
  g_hash_table_unref (pool->verified_by);
  esim_rsp_policy_unref (pool->policy);
  g_free (pool);
}

static gboolean
on_idle (gpointer data)
{
  Pool *pool = data;

  g_hash_table_remove (pool->http->pools, esim_rsp_policy_get_key (pool->policy));
  /* Handshakes leave large holes in the heap: a daemon that waits for days gives them back. */
  malloc_trim (0);
  return G_SOURCE_REMOVE;
}

static void
pool_release (Pool *pool)
{
  if (--pool->n_transfers > 0)
    return;
  pool->idle = g_timeout_source_new_seconds (IDLE_S);
  g_source_set_callback (pool->idle, on_idle, pool, NULL);
  g_source_attach (pool->idle, pool->http->context);
}

static void
pool_hold (Pool *pool)
{
  pool->n_transfers++;
  if (pool->idle == NULL)
    return;
  g_source_destroy (pool->idle);
  g_clear_pointer (&pool->idle, g_source_unref);
}

/* The job's end: hands the answer out and frees it. */
static void
job_finish (Job *job, guint status, const char *root_key_id, const GError *error)
{
  EsimHttp *http = job->http;
  g_autoptr (GBytes) body = NULL;
  EsimHttpAnswer answer = {0};

  if (error == NULL)
    body = g_bytes_new (job->transfer->response->data, job->transfer->response->len);
  answer = (EsimHttpAnswer){status, body, (char *) root_key_id, (GError *) error};
  g_ptr_array_remove_fast (http->transfers, job);
  http->in_callback = TRUE;
  job->done (&answer, job->user_data);
  http->in_callback = FALSE;
  job_free (job);
}

static void
on_done (CURL *easy, CURLcode result, gpointer user_data)
{
  Pool *pool = user_data;
  char *private = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *root = NULL;
  long status = 0;
  Job *job;

  curl_easy_getinfo (easy, CURLINFO_PRIVATE, &private);
  curl_easy_getinfo (easy, CURLINFO_RESPONSE_CODE, &status);
  job = ((EsimHttpTransfer *) (void *) private)->user_data;
  error = esim_http_transfer_dup_error (job->transfer, result);
  if (job->transfer->check->root_key_id != NULL)
    g_hash_table_replace (pool->verified_by, g_strdup (job->transfer->check->host),
                          g_strdup (job->transfer->check->root_key_id));
  if (job->transfer->check->error != NULL)
    g_hash_table_remove (pool->verified_by, job->transfer->check->host);
  root = g_strdup (g_hash_table_lookup (pool->verified_by, job->transfer->check->host));
  if (error == NULL && root == NULL)
    error = g_error_new (ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
                         "server %s: it answered and was never verified; its answer is not used",
                         job->transfer->check->host);
  pool_release (pool);
  job_finish (job, error == NULL ? (guint) status : 0, error == NULL ? root : NULL, error);
}

static gpointer
begin_curl (gpointer unused)
{
  const curl_version_info_data *info;

  if (curl_global_init (CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return NULL;
  info = curl_version_info (CURLVERSION_NOW);
  /* Another backend hands SSL_CTX_FUNCTION something else than an SSL_CTX. */
  if (info->ssl_version == NULL || !g_str_has_prefix (info->ssl_version, "OpenSSL/"))
    return NULL;
  return GINT_TO_POINTER (1);
}

static gboolean
ensure_curl (GError **error)
{
  static GOnce once = G_ONCE_INIT;

  if (g_once (&once, begin_curl, NULL) != NULL)
    return TRUE;
  g_set_error_literal (
      error, ESIM_ERROR, ESIM_ERROR_FAILED,
      "libcurl of this machine cannot be used: it must be the one that is built with OpenSSL");
  return FALSE;
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
  pool->policy = g_steal_pointer (&owned);
  pool->verified_by = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
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
  self->config.connect_to = NULL;
  self->config.proxy = g_strdup (config->proxy);
  for (gsize i = 0; config->connect_to != NULL && config->connect_to[i] != NULL; i++)
    self->connect_to = curl_slist_append (self->connect_to, config->connect_to[i]);
  self->trust = esim_rsp_trust_ref (trust);
  self->context = g_main_context_ref_thread_default ();
  self->pools = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, pool_free);
  self->transfers = g_ptr_array_new ();
  return self;
}

void
esim_http_free (EsimHttp *self)
{
  g_autoptr (GError) cancelled =
      g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the transfer was given up: the service ends");

  g_return_if_fail (!self->in_callback);
  while (self->transfers->len > 0) {
    Job *job = self->transfers->pdata[0];

    if (job->pool != NULL)
      esim_curl_multi_remove (job->pool->multi, job->transfer->easy);
    job_finish (job, 0, NULL, cancelled);
  }
  g_ptr_array_unref (self->transfers);
  g_hash_table_unref (self->pools);
  curl_slist_free_all (self->connect_to);
  g_main_context_unref (self->context);
  esim_rsp_trust_unref (self->trust);
  g_free (self->config.proxy);
  g_free (self);
}

static gboolean
on_later (gpointer data)
{
  Job *job = data;

  job_finish (job, 0, NULL, job->error);
  return G_SOURCE_REMOVE;
}

static gboolean
begin (Job *job, const char *host, const char *path, const char *const *headers, GBytes *body,
       EsimRspPolicy *policy, GError **error)
{
  EsimHttp *self = job->http;
  Pool *pool;

  if (!ensure_curl (error)) {
    esim_rsp_policy_unref (policy);
    return FALSE;
  }
  pool = ensure_pool (self, policy);
  if (pool == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_FAILED, "libcurl could not begin: no memory");
    return FALSE;
  }
  pool_hold (pool);
  job->transfer = esim_http_transfer_new (&self->config, pool->policy, host, path, headers, body,
                                          self->connect_to, error);
  if (job->transfer != NULL)
    job->transfer->user_data = job;
  if (job->transfer != NULL && esim_curl_multi_add (pool->multi, job->transfer->easy)) {
    job->pool = pool;
    return TRUE;
  }
  if (job->transfer != NULL)
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_FAILED, "libcurl could not begin the transfer");
  pool_release (pool);
  return FALSE;
}

void
esim_http_post (EsimHttp *self, const char *host, const char *path, const char *const *headers, GBytes *body,
                const char *role, const char *const *card_key_ids, EsimHttpDone done, gpointer user_data)
{
  Job *job = g_new0 (Job, 1);

  job->http = self;
  job->done = done;
  job->user_data = user_data;
  g_ptr_array_add (self->transfers, job);
  if (begin (job, host, path, headers, body, esim_rsp_policy_new (self->trust, role, card_key_ids),
             &job->error))
    return;
  job->later = g_idle_source_new ();
  g_source_set_priority (job->later, G_PRIORITY_DEFAULT);
  g_source_set_callback (job->later, on_later, job, NULL);
  g_source_attach (job->later, self->context);
}
