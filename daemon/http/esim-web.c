/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-web.h"
#include "esim-curl-multi.h"
#include "esim-curl.h"
#include "esim-error.h"
#include "esim-web-transfer.h"
#include "esim-web-trust.h"
#include "esim-worker.h"

struct _EsimWeb {
  EsimWebWay way;
  EsimCurlMulti *multi;
  gboolean hurried;
  /* While one is under way: */
  EsimWait *wait;
  gboolean ended;
  CURLcode result;
};

static void
on_done (CURL *easy, CURLcode result, gpointer user_data)
{
  EsimWeb *self = user_data;

  self->ended = TRUE;
  self->result = result;
  if (self->wait != NULL)
    esim_wait_finish (self->wait);
}

EsimWeb *
esim_web_new (const EsimHttpConfig *config, GError **error)
{
  g_autoptr (EsimWeb) self = NULL;
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  if (!esim_http_check_config (config, error) || !esim_curl_ensure (error))
    return NULL;
  self = g_new0 (EsimWeb, 1);
  self->way.proxy = g_strdup (config->proxy);
  self->way.allow_loopback = config->allow_loopback;
  self->way.total_timeout_s = (long) MIN (config->total_timeout_s, ESIM_WEB_TIMEOUT_S);
  self->way.connect_timeout_s = MIN ((long) config->connect_timeout_s, self->way.total_timeout_s);
  for (gsize i = 0; config->connect_to != NULL && config->connect_to[i] != NULL; i++)
    self->way.connect_to = curl_slist_append (self->way.connect_to, config->connect_to[i]);
  if (config->web_trust != NULL) {
    self->way.trust = esim_web_trust_load (config->web_trust, error);
    if (self->way.trust == NULL)
      return NULL;
  }
  self->multi = esim_curl_multi_new (context, on_done, self);
  if (self->multi == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_FAILED, "libcurl could not begin: no memory");
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
esim_web_free (EsimWeb *self)
{
  g_clear_pointer (&self->multi, esim_curl_multi_free);
  curl_slist_free_all (self->way.connect_to);
  g_clear_pointer (&self->way.trust, g_bytes_unref);
  g_free (self->way.proxy);
  g_free (self);
}

void
esim_web_hurry (EsimWeb *self)
{
  self->hurried = TRUE;
  if (self->wait != NULL)
    esim_wait_finish (self->wait);
}

/* Returns: (nullable): %NULL: there is an answer */
static GError *
run (EsimWeb *self, EsimWebTransfer *transfer)
{
  EsimWait wait;

  if (!esim_curl_multi_add (self->multi, transfer->easy))
    return g_error_new_literal (ESIM_ERROR, ESIM_ERROR_FAILED, "libcurl could not begin the transfer");
  self->ended = FALSE;
  esim_wait_init (&wait);
  self->wait = &wait;
  /* libcurl's own clock ends it. */
  (void) esim_wait_run (&wait, 0);
  self->wait = NULL;
  if (self->ended)
    return esim_web_transfer_dup_error (transfer, self->result);
  esim_curl_multi_remove (self->multi, transfer->easy);
  return g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the request was given up");
}

EsimWebAnswer *
esim_web_fetch (EsimWeb *self, EsimCookies *cookies, const EsimWebRequest *request, GError **error)
{
  g_autoptr (EsimWebTransfer) transfer = NULL;
  g_autoptr (GError) local = NULL;
  gboolean not_sent;

  if (self->hurried)
    local = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "no request is made any more");
  else
    transfer = esim_web_transfer_new (&self->way, cookies, request, &local);
  if (transfer != NULL)
    local = run (self, transfer);
  if (local == NULL)
    return esim_web_transfer_take_answer (transfer, request->url);
  not_sent = transfer == NULL || !transfer->let_go;
  esim_error_set_detail (local, ESIM_DETAIL_NOT_SENT, g_variant_new_boolean (not_sent));
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
