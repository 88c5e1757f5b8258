/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9.h"
#include "esim-error.h"
#include "esim-es9-answer.h"
#include "esim-es9-words.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define HANDLE_NOTIFICATION "/gsma/rsp2/es9plus/handleNotification"

/* For the next of the same recipient. A session keeps its connection longer by itself. */
#define KEEP_S 2

/* SGP.22 6.3 */
static const char *const headers[] = {
    "User-Agent: gsma-rsp-lpad",
    "X-Admin-Protocol: gsma/rsp/v2.5.0",
    "Content-Type: application/json",
    NULL,
};

typedef struct {
  char *address;
  EsimEs9Done done;
  gpointer user_data;
} Call;

static void
call_free (Call *call)
{
  g_free (call->address);
  g_free (call);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static void
set_string (GError *error, const char *key, const char *value)
{
  if (value != NULL)
    esim_error_set_detail (error, key, g_variant_new_string (value));
}

static GError *
make_error (Call *call, const EsimHttpAnswer *http, const EsimEs9Answer *answer)
{
  const char *words = esim_es9_words_lookup (answer->subject_code, answer->reason_code);
  GString *text = g_string_new (NULL);
  GError *error;

  g_string_append_printf (text, "server %s ", call->address);
  if (answer->status == ESIM_ES9_STATUS_FAILED)
    g_string_append (text, "refused");
  else if (answer->status == ESIM_ES9_STATUS_EXPIRED)
    g_string_append (text, "was too late for the request");
  else if (http->status >= 300 && http->status < 400)
    g_string_append_printf (text, "points elsewhere (HTTP %u), which is not followed", http->status);
  else
    g_string_append_printf (text, "answered HTTP %u", http->status);
  if (answer->subject_code != NULL && answer->reason_code != NULL)
    g_string_append_printf (text, " (subject %s, reason %s)", answer->subject_code, answer->reason_code);
  if (words != NULL)
    g_string_append_printf (text, ": %s", words);
  else if (answer->text != NULL)
    g_string_append_printf (text, ": \"%s\"", answer->text);
  error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_SERVER_ERROR, text->str);
  g_string_free (text, TRUE);
  esim_error_set_detail (error, ESIM_DETAIL_HTTP_STATUS, g_variant_new_uint32 (http->status));
  set_string (error, ESIM_DETAIL_SUBJECT_CODE, answer->subject_code);
  set_string (error, ESIM_DETAIL_REASON_CODE, answer->reason_code);
  set_string (error, ESIM_DETAIL_SERVER_TEXT, answer->text);
  set_string (error, ESIM_DETAIL_ROOT_KEY_ID, http->root_key_id);
  return error;
}

static EsimEs9Outcome
judge (guint status, EsimEs9Status execution)
{
  if (status >= 200 && status < 300) {
    if (execution == ESIM_ES9_STATUS_FAILED)
      return ESIM_ES9_REFUSED;
    return execution == ESIM_ES9_STATUS_EXPIRED ? ESIM_ES9_LATER : ESIM_ES9_DELIVERED;
  }
  if (status == 408 || status == 425 || status == 429)
    return ESIM_ES9_LATER;
  return status >= 400 && status < 500 ? ESIM_ES9_REFUSED : ESIM_ES9_LATER;
}

static void
on_answer (const EsimHttpAnswer *http, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_auto (EsimEs9Answer) answer = {0};
  g_autoptr (GError) error = NULL;
  EsimEs9Outcome outcome;

  if (http->error != NULL) {
    call->done (ESIM_ES9_LATER, 0, http->error, call->user_data);
    return;
  }
  esim_es9_answer_parse (http->body, &answer);
  outcome = judge (http->status, answer.status);
  if (outcome != ESIM_ES9_DELIVERED)
    error = make_error (call, http, &answer);
  call->done (outcome, http->status, error, call->user_data);
}

static GBytes *
make_body (GBytes *notification)
{
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *base64 = NULL;
  char *text;
  gsize length;
  gconstpointer data = g_bytes_get_data (notification, &length);

  base64 = g_base64_encode (data, length);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "pendingNotification");
  json_builder_add_string_value (builder, base64);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  return g_bytes_new_take (text, strlen (text));
}

EsimHttpCall *
esim_es9_handle_notification (EsimHttpHub *hub, const char *address, GBytes *bytes,
                              const char *const *card_key_ids, EsimEs9Done done, gpointer user_data)
{
  g_autoptr (GBytes) body = make_body (bytes);
  const EsimHttpRequest request = {.host = address,
                                   .path = HANDLE_NOTIFICATION,
                                   .headers = headers,
                                   .body = body,
                                   .role = ESIM_ROLE_DP_TLS,
                                   .card_key_ids = card_key_ids,
                                   .keep_s = KEEP_S};
  Call *call = g_new0 (Call, 1);

  call->address = g_strdup (address);
  call->done = done;
  call->user_data = user_data;
  return esim_http_hub_post (hub, &request, on_answer, call);
}
