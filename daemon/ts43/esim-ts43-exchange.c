/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One request and its answer: method, version, headers, and what a status means. */
#include "esim-error.h"
#include "esim-ts43-session-private.h"

#include <openssl/crypto.h>
#include <string.h>
#include <time.h>

#define TOKEN_MAX 8192
#define ACCEPT "Accept: " ESIM_TS43_EAP_TYPE ", text/vnd.wap.connectivity-xml, application/json"
#define JSON_TYPE "application/json"
#define APP_NAME "org.esimd1"

/* Of entitlement_version. Servers that know none of ours are asked with what they may know (TS.43, 2.8.3). */
static const char *const versions[] = {"2.0", "12.0", "8.0", "5.0"};

static void
wipe (char *text)
{
  if (text != NULL)
    OPENSSL_cleanse (text, strlen (text));
  g_free (text);
}

static gint64
get_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return now.tv_sec;
}

gboolean
esim_ts43_session_has_token (EsimTs43Session *self)
{
  if (self->token != NULL && self->token_until != 0 && get_now () >= self->token_until)
    esim_ts43_session_drop_token (self);
  return self->token != NULL;
}

void
esim_ts43_session_drop_token (EsimTs43Session *self)
{
  wipe (g_steal_pointer (&self->token));
  self->token_until = 0;
}

EsimTs43Request *
esim_ts43_session_make_request (EsimTs43Session *self, const char *operation)
{
  EsimTs43Request *request = esim_ts43_request_new ();
  const EsimTs43Line *line = self->line;
  g_autofree char *id = NULL;
  /* A profile that is on no card any more: which card it was on is not known, and not made up. */
  const char *eid = line->eid != NULL && *line->eid != '\0' ? line->eid : NULL;

  id = line->imei != NULL ? g_strdup (line->imei)
                          : esim_ts43_terminal_make_id (eid != NULL ? eid : line->iccid);
  esim_ts43_request_set (request, "terminal_id", id);
  esim_ts43_request_set (request, "entitlement_version", versions[self->version]);
  esim_ts43_request_set (request, "vers", "0");
  esim_ts43_request_set (request, "app", ESIM_TS43_APP_PRIMARY);
  esim_ts43_request_set (request, "app_name", APP_NAME);
  esim_ts43_request_set (request, "app_version", self->terminal.client);
  esim_ts43_request_set (request, "terminal_vendor", self->terminal.vendor);
  esim_ts43_request_set (request, "terminal_model", self->terminal.model);
  esim_ts43_request_set (request, "terminal_sw_version", self->terminal.software);
  esim_ts43_request_set (request, "GID1", line->gid1);
  esim_ts43_request_set (request, "GID2", line->gid2);
  esim_ts43_request_set (request, "operation", operation);
  esim_ts43_request_set (request, "terminal_iccid", line->iccid);
  esim_ts43_request_set (request, "terminal_eid", eid);
  return request;
}

char *
esim_ts43_session_make_url (EsimTs43Session *self, const char *query)
{
  return g_strconcat ("https://", self->line->host, self->line->path, query != NULL ? "?" : NULL, query,
                      NULL);
}

EsimWebAnswer *
esim_ts43_session_fetch (EsimTs43Session *self, const char *url, GBytes *body, const char *content_type,
                         GError **error)
{
  g_autofree char *type = content_type != NULL ? g_strconcat ("Content-Type: ", content_type, NULL) : NULL;
  const char *headers[] = {self->agent, self->languages, ACCEPT, type, NULL};
  EsimWebRequest request = {
      .method = body != NULL ? "POST" : "GET",
      .url = url,
      .headers = headers,
      .body = body,
      .hosts = (const char *const *) self->line->hosts,
      .pins = (const char *const *) self->line->pins,
      .response_max = ESIM_TS43_DOCUMENT_MAX,
  };

  return self->fetch (self->data, self->cookies, &request, error);
}

static EsimWebAnswer *
send_once (EsimTs43Session *self, EsimTs43Request *request, GError **error)
{
  g_autoptr (GBytes) body = NULL;
  char *query = NULL, *url;
  EsimWebAnswer *answer;

  esim_ts43_request_set (request, "entitlement_version", versions[self->version]);
  if (self->by_get)
    query = esim_ts43_request_make_query (request);
  else
    body = esim_ts43_request_make_json (request);
  url = esim_ts43_session_make_url (self, query);
  answer = esim_ts43_session_fetch (self, url, body, body != NULL ? JSON_TYPE : NULL, error);
  wipe (query);
  wipe (url);
  return answer;
}

EsimWebAnswer *
esim_ts43_session_send (EsimTs43Session *self, EsimTs43Request *request, gboolean once, GError **error)
{
  for (;;) {
    g_autoptr (EsimWebAnswer) answer = send_once (self, request, error);

    if (answer == NULL)
      return NULL;
    if (!once && (answer->status == 405 || answer->status == 501) && !self->by_get && !self->settled) {
      /* 405 is also how a server says that it does not serve this device: after one POST that it took, and
       * for a GET, it means that. */
      self->by_get = TRUE;
      continue;
    }
    if (!once && answer->status == 406 && self->version + 1 < G_N_ELEMENTS (versions)) {
      self->version++;
      continue;
    }
    if (answer->status < 400)
      self->settled = TRUE;
    return g_steal_pointer (&answer);
  }
}

static GError *
make_error (guint status)
{
  switch (status) {
  case 401:
  case 511:
    return g_error_new (ESIM_ERROR, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED,
                        "the carrier's server wants this line to be proven again (HTTP %u)", status);
  case 403:
    return g_error_new (ESIM_ERROR, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED,
                        "the carrier's server does not accept this line (HTTP %u); call the carrier", status);
  case 406:
    return g_error_new (
        ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
        "the carrier's server speaks no version of TS.43 that this service does (HTTP %u); use "
        "the carrier's own page",
        status);
  case 503:
    return g_error_new (ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
                        "the carrier's server is not available now (HTTP %u); try again later", status);
  default:
    return g_error_new (ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
                        "the carrier's server refused (HTTP %u); use the carrier's own page", status);
  }
}

void
esim_ts43_session_set_error (EsimTs43Session *self, const EsimWebAnswer *answer, GError **error)
{
  GError *made = make_error (answer->status);

  esim_error_set_detail (made, ESIM_DETAIL_HTTP_STATUS, g_variant_new_uint32 (answer->status));
  if (answer->retry_after_s >= 0)
    esim_error_set_detail (made, ESIM_DETAIL_RETRY_AFTER, g_variant_new_int64 (answer->retry_after_s));
  /* A redirect is how a server asks for a login whose token has run out. */
  if (answer->status == 401 || answer->status == 511 || (answer->status >= 300 && answer->status < 400))
    esim_ts43_session_drop_token (self);
  g_propagate_error (error, made);
}

/* (transfer none) (nullable): that can stand in a request. */
static const char *
get_token (const EsimTs43Document *document, gint64 *validity)
{
  const char *token = esim_ts43_document_get_token (document, validity);
  gsize length = 0;

  while (token != NULL && (guchar) token[length] >= 0x20 && token[length] != 0x7F)
    length++;
  return token != NULL && token[length] == '\0' && length <= TOKEN_MAX ? token : NULL;
}

EsimTs43Document *
esim_ts43_session_read (EsimTs43Session *self, const EsimWebAnswer *answer, GError **error)
{
  EsimTs43Document *document;
  const char *token;
  gint64 validity;

  if (answer->status != 200) {
    esim_ts43_session_set_error (self, answer, error);
    return NULL;
  }
  document = esim_ts43_document_parse (answer->body, answer->content_type, error);
  if (document == NULL)
    return NULL;
  esim_ts43_document_set_host (document, answer->answered_by);
  token = get_token (document, &validity);
  if (token != NULL) {
    esim_ts43_session_drop_token (self);
    self->token = g_strdup (token);
    self->token_until = validity > 0 ? get_now () + validity : 0;
  }
  return document;
}

gboolean
esim_ts43_session_take_token (EsimTs43Session *self, const EsimWebAnswer *answer, gboolean by_sim,
                              GError **error)
{
  g_autoptr (EsimTs43Document) document = NULL;

  esim_ts43_session_drop_token (self);
  document = esim_ts43_session_read (self, answer, error);
  if (document == NULL)
    return FALSE;
  if (self->token == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
                         "the carrier's server answered the proof of this line without a token; try again "
                         "later, or use the carrier's own page");
    return FALSE;
  }
  self->by_sim = by_sim;
  return TRUE;
}

void
esim_ts43_session_forget (EsimTs43Session *self)
{
  esim_ts43_session_drop_token (self);
  esim_cookies_free (self->cookies);
  self->cookies = esim_cookies_new ();
  esim_ts43_login_clear (&self->login);
  self->code_begun = FALSE;
}
