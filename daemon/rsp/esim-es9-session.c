/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9-session.h"
#include "esim-es9-words.h"

/* A package of 2 MiB in base64, and the envelope. */
#define PACKAGE_MAX (3 * 1024 * 1024)
#define ANSWER_MAX (256 * 1024)

struct _EsimEs9Session {
  EsimHttpHub *hub;
  EsimRspServer server;
  char *address;
  char **card_key_ids; /* NULL: not known */
  char *transaction_id;
  EsimServerAuthentication *authentication;
  char *root_key_id;
  EsimHttpCall *running; /* what waits now */
  gboolean cancelling;   /* that is a CancelSession */
  gboolean hurried;
};

EsimEs9Session *
esim_es9_session_new (EsimHttpHub *hub, EsimRspServer server, const char *address,
                      const char *const *card_key_ids)
{
  EsimEs9Session *self = g_new0 (EsimEs9Session, 1);

  self->hub = hub;
  self->server = server;
  self->address = g_strdup (address);
  self->card_key_ids = g_strdupv ((char **) card_key_ids);
  return self;
}

void
esim_es9_session_free (EsimEs9Session *self)
{
  if (self == NULL)
    return;
  g_free (self->address);
  g_strfreev (self->card_key_ids);
  g_free (self->transaction_id);
  g_clear_pointer (&self->authentication, esim_server_authentication_free);
  g_free (self->root_key_id);
  g_free (self);
}

static EsimHttpCall *
begin (EsimEs9Session *self, const char *function, GBytes *body, gsize response_max, gboolean long_answer)
{
  g_autofree char *path = esim_es9_dup_path (function);
  const EsimHttpRequest request = {
      .host = self->address,
      .path = path,
      .headers = esim_es9_get_headers (),
      .body = body,
      .role = esim_es9_get_tls_role (self->server),
      .card_key_ids = (const char *const *) self->card_key_ids,
      .response_max = response_max,
      .long_answer = long_answer,
  };

  return esim_http_hub_begin (self->hub, &request);
}

/* Hangs on what is known of the answer. */
static void
propagate (GError **error, GError *made, const EsimHttpAnswer *answer)
{
  esim_error_set_detail (made, ESIM_DETAIL_HTTP_STATUS, g_variant_new_uint32 (answer->status));
  if (answer->root_key_id != NULL)
    esim_error_set_detail (made, ESIM_DETAIL_ROOT_KEY_ID, g_variant_new_string (answer->root_key_id));
  g_propagate_error (error, made);
}

/* Waits. What it returns lives as long as @call; %NULL unless it is a 2xx. */
static const EsimHttpAnswer *
wait_for (EsimEs9Session *self, EsimHttpCall *call, GError **error)
{
  const EsimHttpAnswer *answer;

  self->running = call;
  answer = esim_http_call_wait (call);
  self->running = NULL;
  if (answer->error != NULL) {
    g_propagate_error (error, g_error_copy (answer->error));
    return NULL;
  }
  g_free (self->root_key_id);
  self->root_key_id = g_strdup (answer->root_key_id);
  if (answer->status >= 200 && answer->status < 300)
    return answer;
  propagate (error, esim_es9_make_status_error (self->address, answer->status, answer->body), answer);
  return NULL;
}

static gboolean
is_hurried (EsimEs9Session *self, GError **error)
{
  if (self->hurried)
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CANCELLED, "The session with the server was to end.");
  return self->hurried;
}

const EsimServerAuthentication *
esim_es9_session_initiate_authentication (EsimEs9Session *self, GBytes *challenge, GBytes *info1,
                                          const char *oid, GError **error)
{
  g_autoptr (GBytes) body = esim_es9_make_initiate_authentication (self->address, challenge, info1);
  g_autoptr (EsimHttpCall) call = NULL;
  g_autoptr (GError) refused = NULL;
  const EsimHttpAnswer *answer;

  g_return_val_if_fail (self->authentication == NULL, NULL);
  if (is_hurried (self, error))
    return NULL;
  call = begin (self, "initiateAuthentication", body, ANSWER_MAX, FALSE);
  answer = wait_for (self, call, error);
  if (answer == NULL)
    return NULL;
  self->authentication = esim_es9_read_initiate_authentication (answer->body, self->address, challenge,
                                                                (const char *const *) self->card_key_ids, oid,
                                                                &self->transaction_id, &refused);
  if (self->authentication == NULL)
    propagate (error, g_steal_pointer (&refused), answer);
  return self->authentication;
}

/* AuthenticateClient, for either kind of server. */
static const EsimHttpAnswer *
authenticate_client (EsimEs9Session *self, GBytes *response, EsimHttpCall **call, GError **error)
{
  g_autoptr (GBytes) body = NULL;

  g_return_val_if_fail (self->transaction_id != NULL, NULL);
  if (is_hurried (self, error))
    return NULL;
  body = esim_es9_make_authenticate_client (self->transaction_id, response);
  *call = begin (self, "authenticateClient", body, ANSWER_MAX, FALSE);
  return wait_for (self, *call, error);
}

EsimEs9Offer *
esim_es9_session_authenticate_client (EsimEs9Session *self, GBytes *response, GError **error)
{
  g_autoptr (EsimHttpCall) call = NULL;
  g_autoptr (GError) refused = NULL;
  const EsimHttpAnswer *answer = authenticate_client (self, response, &call, error);
  EsimEs9Offer *offer;

  if (answer == NULL)
    return NULL;
  offer = esim_es9_read_offer (answer->body, self->address, self->transaction_id, &refused);
  if (offer == NULL)
    propagate (error, g_steal_pointer (&refused), answer);
  return offer;
}

GPtrArray *
esim_es9_session_list_events (EsimEs9Session *self, GBytes *response, GError **error)
{
  g_autoptr (EsimHttpCall) call = NULL;
  g_autoptr (GError) refused = NULL;
  const EsimHttpAnswer *answer = authenticate_client (self, response, &call, error);
  GPtrArray *events;

  if (answer == NULL)
    return NULL;
  events = esim_es9_read_events (answer->body, self->address, self->transaction_id, &refused);
  if (events == NULL)
    propagate (error, g_steal_pointer (&refused), answer);
  return events;
}

EsimHttpCall *
esim_es9_session_get_bound_profile_package (EsimEs9Session *self, GBytes *response, GError **error)
{
  g_autoptr (GBytes) body = NULL;

  g_return_val_if_fail (self->transaction_id != NULL, NULL);
  if (is_hurried (self, error))
    return NULL;
  body = esim_es9_make_get_bound_profile_package (self->transaction_id, response);
  return begin (self, "getBoundProfilePackage", body, PACKAGE_MAX, TRUE);
}

gboolean
esim_es9_session_cancel_session (EsimEs9Session *self, GBytes *response, GError **error)
{
  g_autoptr (GBytes) body = NULL;
  g_autoptr (EsimHttpCall) call = NULL;
  g_autoptr (GError) refused = NULL;
  const EsimHttpAnswer *answer;

  g_return_val_if_fail (self->transaction_id != NULL, FALSE);
  body = esim_es9_make_cancel_session (self->transaction_id, response);
  call = begin (self, "cancelSession", body, ANSWER_MAX, FALSE);
  self->cancelling = TRUE;
  answer = wait_for (self, call, error);
  if (answer == NULL)
    return FALSE;
  if (esim_es9_read_cancel_session (answer->body, self->address, &refused))
    return TRUE;
  propagate (error, g_steal_pointer (&refused), answer);
  return FALSE;
}

void
esim_es9_session_hurry (EsimEs9Session *self)
{
  if (self->running != NULL && (!self->cancelling || self->hurried))
    esim_http_call_cancel (self->running);
  self->hurried = TRUE;
}

const char *
esim_es9_session_get_transaction_id (EsimEs9Session *self)
{
  return self->transaction_id;
}

GBytes *
esim_es9_session_get_transaction_octets (EsimEs9Session *self)
{
  return self->authentication != NULL ? self->authentication->transaction_id : NULL;
}

const char *
esim_es9_session_get_root_key_id (EsimEs9Session *self)
{
  return self->root_key_id;
}
