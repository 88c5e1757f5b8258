/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-ts43-session-private.h"

#define RESULT_BAD_PARAMETER 102

static EsimWebAnswer *
fetch_from_web (gpointer data, EsimCookies *cookies, const EsimWebRequest *request, GError **error)
{
  return esim_web_fetch (data, cookies, request, error);
}

EsimTs43Session *
esim_ts43_session_new_with_fetch (EsimTs43Fetch fetch, gpointer data, const EsimTs43Line *line)
{
  EsimTs43Session *self = g_new0 (EsimTs43Session, 1);
  g_autofree char *agent = NULL;
  g_autofree char *languages = esim_ts43_terminal_make_languages (line->language);

  self->fetch = fetch;
  self->data = data;
  self->line = esim_ts43_line_copy (line);
  esim_ts43_terminal_init (&self->terminal);
  agent = esim_ts43_terminal_make_agent (&self->terminal);
  self->agent = g_strconcat ("User-Agent: ", agent, NULL);
  self->languages = g_strconcat ("Accept-Language: ", languages, NULL);
  self->cookies = esim_cookies_new ();
  return self;
}

EsimTs43Session *
esim_ts43_session_new (EsimWeb *web, const EsimTs43Line *line)
{
  return esim_ts43_session_new_with_fetch (fetch_from_web, web, line);
}

void
esim_ts43_session_free (EsimTs43Session *self)
{
  if (self == NULL)
    return;
  esim_ts43_session_drop_token (self);
  esim_ts43_login_clear (&self->login);
  esim_cookies_free (self->cookies);
  esim_ts43_terminal_clear (&self->terminal);
  esim_ts43_line_free (self->line);
  g_free (self->agent);
  g_free (self->languages);
  g_free (self);
}

/* A request that the token stands for. %NULL: there is none. */
static EsimTs43Request *
make_operation (EsimTs43Session *self, const char *operation, GError **error)
{
  EsimTs43Request *request;

  if (!esim_ts43_session_has_token (self)) {
    g_autoptr (GError) none = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                                                   "the line has to be proven to the carrier's server first");

    esim_error_set_detail (none, ESIM_DETAIL_NOT_SENT, g_variant_new_boolean (TRUE));
    g_propagate_error (error, g_steal_pointer (&none));
    return NULL;
  }
  request = esim_ts43_session_make_request (self, operation);
  esim_ts43_request_set (request, "token", self->token);
  esim_ts43_request_set (request, "IMSI", self->line->imsi);
  return request;
}

static EsimTs43Document *
send_and_read (EsimTs43Session *self, EsimTs43Request *request, gboolean once, GError **error)
{
  g_autoptr (EsimWebAnswer) answer = esim_ts43_session_send (self, request, once, error);

  return answer != NULL ? esim_ts43_session_read (self, answer, error) : NULL;
}

static EsimTs43Document *
ask (EsimTs43Session *self, const char *operation, GError **error)
{
  g_autoptr (EsimTs43Request) request = make_operation (self, operation, error);

  return request != NULL ? send_and_read (self, request, FALSE, error) : NULL;
}

EsimTs43Document *
esim_ts43_session_check_eligibility (EsimTs43Session *self, GError **error)
{
  return ask (self, "CheckEligibility", error);
}

EsimTs43Document *
esim_ts43_session_acquire_configuration (EsimTs43Session *self, GError **error)
{
  return ask (self, "AcquireConfiguration", error);
}

/* The server did not even begin with it: it says so, and says nothing else. */
static gboolean
is_bad_parameter_alone (const EsimTs43Document *document)
{
  return esim_ts43_document_get_operation_result (document) == RESULT_BAD_PARAMETER &&
         esim_ts43_document_get_subscription_result (document) == -1;
}

/* Never twice by itself. A 405 or 501 might mean that POST is not taken, and a 406 that the version is not;
 * but the token and the baseline came by the same method and version, so here it is a refusal of this
 * operation, which another form would not mend; and whether a server that is this strange did nothing is not
 * worth the bet: the ladder goes on with the carrier's own page. A bad parameter (102) is TS.43's own word
 * for a request that was not looked into, and some servers know no target_* here. */
static EsimTs43Document *
manage (EsimTs43Session *self, const char *type, const EsimTs43Reply *reply, GError **error)
{
  g_autoptr (EsimTs43Request) request = make_operation (self, "ManageSubscription", error);
  g_autoptr (EsimTs43Document) document = NULL;

  if (request == NULL)
    return NULL;
  esim_ts43_request_set (request, "operation_type", type);
  if (self->by_sim) {
    esim_ts43_request_set (request, "target_terminal_id", self->line->imei);
    esim_ts43_request_set (request, "target_terminal_iccid", self->line->iccid);
    esim_ts43_request_set (request, "target_terminal_eid", self->line->eid);
  }
  if (reply != NULL) {
    esim_ts43_request_set (request, "MSG_btn", reply->accept ? "1" : "0");
    esim_ts43_request_set (request, "MSG_response",
                           reply->accept && reply->text != NULL && reply->text[0] != '\0' ? reply->text
                                                                                          : NULL);
  }
  document = send_and_read (self, request, TRUE, error);
  if (document == NULL || !self->by_sim || !is_bad_parameter_alone (document))
    return g_steal_pointer (&document);
  esim_ts43_request_remove (request, "target_terminal_id");
  esim_ts43_request_remove (request, "target_terminal_iccid");
  esim_ts43_request_remove (request, "target_terminal_eid");
  return send_and_read (self, request, TRUE, error);
}

EsimTs43Document *
esim_ts43_session_unsubscribe (EsimTs43Session *self, const EsimTs43Reply *reply, GError **error)
{
  return manage (self, "1", reply, error);
}

EsimTs43Document *
esim_ts43_session_change (EsimTs43Session *self, const EsimTs43Reply *reply, GError **error)
{
  return manage (self, "2", reply, error);
}
