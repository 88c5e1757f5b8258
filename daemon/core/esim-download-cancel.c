/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-download-cancel.h"
#include "esim-error.h"
#include "esim-es9-message.h"

/* A server that does not answer is told later. The service has ten seconds in all to stop. */
#define DELIVERY_MS 20000
#define HURRIED_DELIVERY_MS 3000

/* For as long as a server may keep a session open, and longer. */
#define TRIES_MAX 24

/* The card's side. %FALSE: the session may still be there. */
static gboolean
cancel_on_card (EsimCardHost *host, EsimDownloadRecord *record, EsimCancelReason reason)
{
  g_autoptr (GBytes) transaction = esim_download_record_dup_transaction (record);
  g_autoptr (GError) local = NULL;
  EsimIsdr *isdr = esim_card_host_begin (host, record->eid, &local);

  if (isdr != NULL)
    record->cancel = esim_isdr_cancel_session (isdr, transaction, reason, &local);
  if (record->cancel != NULL)
    return TRUE;
  /* The card knows of no such session, or cannot cancel it: that will not change. */
  if (isdr != NULL && (g_error_matches (local, ESIM_ERROR, ESIM_ERROR_NOT_FOUND) ||
                       g_error_matches (local, ESIM_ERROR, ESIM_ERROR_CARD_ERROR)))
    return TRUE;
  g_message ("a session could not be cancelled at the card: %s", local->message);
  return FALSE;
}

/* It may be able to take it another time. */
static gboolean
is_passing (guint status)
{
  return status / 100 != 2 && (status / 100 != 4 || status == 408 || status == 425 || status == 429);
}

/* The whole answer, or NULL: there was none in time. */
static GBytes *
await_answer (EsimHttpCall *call, guint timeout_ms, GError **error)
{
  gint64 end = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  g_autoptr (GByteArray) body = g_byte_array_new ();
  gboolean ended = FALSE;

  while (!ended) {
    gint64 left = (end - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;
    g_autoptr (GError) local = NULL;
    g_autoptr (GBytes) chunk = esim_http_call_next (call, (guint) MAX (left, 1), &ended, &local);

    if (local != NULL) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
    if (chunk != NULL)
      g_byte_array_append (body, g_bytes_get_data (chunk, NULL), (guint) g_bytes_get_size (chunk));
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&body));
}

/* The server's side. %FALSE: it was not reached. */
static gboolean
cancel_at_server (EsimCardHost *host, EsimHttpHub *hub, EsimDownloadRecord *record, guint timeout_ms)
{
  g_autoptr (GBytes) request = esim_es9_make_cancel_session (record->transaction_id, record->cancel);
  g_autofree char *path = esim_es9_dup_path ("cancelSession");
  g_autoptr (GError) local = NULL;
  EsimEuiccInfo *info = esim_card_host_get_info (host, FALSE, &local);
  g_autoptr (EsimHttpCall) call = NULL;
  g_autoptr (GBytes) answer = NULL;

  if (info != NULL) {
    const EsimHttpRequest to = {.host = record->address,
                                .path = path,
                                .headers = esim_es9_get_headers (),
                                .body = request,
                                .role = esim_es9_get_tls_role (ESIM_RSP_SERVER_SMDP),
                                .card_key_ids = (const char *const *) info->ci_key_ids};

    call = esim_http_hub_begin (hub, &to);
    answer = await_answer (call, timeout_ms, &local);
  }
  if (answer != NULL && is_passing (esim_http_call_get_status (call))) {
    g_message ("%s, told that a session is over, answered with HTTP status %u", record->address,
               esim_http_call_get_status (call));
    return FALSE;
  }
  if (answer == NULL) {
    g_message ("%s could not be told that a session is over: %s", record->address, local->message);
    return FALSE;
  }
  /* It may have given the session up by itself; whatever it says, it knows. */
  if (!esim_es9_read_cancel_session (answer, record->address, &local))
    g_message ("%s, told that a session is over: %s", record->address, local->message);
  return TRUE;
}

static void
keep (EsimCardHost *host, EsimDownloadRecord *record)
{
  g_autoptr (GError) local = NULL;

  if (!esim_download_record_write (record, esim_card_host_get_store (host), &local))
    g_warning ("that a session is over could not be noted: %s", local->message);
}

gboolean
esim_download_cancel (EsimCardHost *host, EsimHttpHub *hub, EsimDownloadRecord *record,
                      EsimCancelReason reason)
{
  gboolean hurried = !esim_card_host_check_running (host, NULL);

  if (record->transaction_id == NULL)
    return TRUE;
  if (record->cancel == NULL) {
    if (!cancel_on_card (host, record, reason))
      return FALSE;
    if (record->cancel == NULL)
      return TRUE;
    record->step = ESIM_DOWNLOAD_CANCELLING;
    keep (host, record);
  }
  if (cancel_at_server (host, hub, record, hurried ? HURRIED_DELIVERY_MS : DELIVERY_MS))
    return TRUE;
  if (++record->tries >= TRIES_MAX)
    return TRUE;
  keep (host, record);
  return FALSE;
}
