/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-download-load.h"
#include "esim-bpp.h"
#include "esim-error.h"
#include "esim-es9-message.h"
#include "esim-isdr-load.h"

/* A server that says nothing for so long will not go on. */
#define SILENCE_MS 60000

/* What a server that refuses has to say. */
#define REFUSAL_MAX (64 * 1024)
#define REFUSAL_MS 10000

static gboolean
refuse (EsimError code, const char *message, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, (gint) code, message);
  return FALSE;
}

/* From here on the card may have something that is nowhere else. */
static gboolean
begin_loading (EsimDownloadLoad *self, GError **error)
{
  self->was_marked = esim_card_host_is_marked_unsaved (self->host);
  if (!esim_card_host_check_running (self->host, error) || !esim_card_host_mark_unsaved (self->host, error))
    return FALSE;
  self->record->step = ESIM_DOWNLOAD_LOADING;
  if (!esim_download_record_write (self->record, esim_card_host_get_store (self->host), error) ||
      !esim_task_commit (self->task, error))
    return FALSE;
  esim_card_host_expect_notifications (self->host);
  self->reason = ESIM_CANCEL_LOAD_BPP_EXECUTION_ERROR;
  return TRUE;
}

static gboolean
check_metadata (EsimDownloadLoad *self, EsimBpp *bpp, GError **error)
{
  GBytes *bytes = esim_bpp_get_metadata_bytes (bpp);
  g_autoptr (EsimProfileMetadata) packaged = NULL;
  EsimCancelReason before = self->reason;

  self->reason = ESIM_CANCEL_METADATA_MISMATCH;
  if (bytes == NULL)
    return refuse (ESIM_ERROR_SERVER_ERROR, "the package does not say which profile is in it", error);
  packaged = esim_profile_metadata_parse (bytes, error);
  if (packaged == NULL || !esim_profile_metadata_equal (self->agreed, packaged, error))
    return FALSE;
  self->reason = before;
  return TRUE;
}

/* The first answer is the result, and ends it: @result. */
static gboolean
load_ready (EsimDownloadLoad *self, EsimBpp *bpp, GBytes **result, GError **error)
{
  for (;;) {
    g_autoptr (GBytes) segment = esim_bpp_next_segment (bpp);

    if (segment == NULL)
      return TRUE;
    if (self->record->step != ESIM_DOWNLOAD_LOADING &&
        (!check_metadata (self, bpp, error) || !begin_loading (self, error)))
      return FALSE;
    if (!esim_isdr_load_segment (self->isdr, segment, result, error))
      return FALSE;
    esim_task_report_bytes (self->task, esim_bpp_get_octets_given (bpp), esim_bpp_get_octets_total (bpp));
    if (*result != NULL)
      return TRUE;
  }
}

/* What is there of a refusal in time: @first and what follows it. */
static GBytes *
collect_refusal (EsimHttpCall *call, GBytes *first, gboolean ended)
{
  gint64 end = g_get_monotonic_time () + REFUSAL_MS * G_TIME_SPAN_MILLISECOND;
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autoptr (GBytes) piece = first != NULL ? g_bytes_ref (first) : NULL;

  while (piece != NULL && body->len + g_bytes_get_size (piece) <= REFUSAL_MAX) {
    gint64 left = (end - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;

    g_byte_array_append (body, g_bytes_get_data (piece, NULL), (guint) g_bytes_get_size (piece));
    g_clear_pointer (&piece, g_bytes_unref);
    if (!ended)
      piece = esim_http_call_next (call, (guint) MAX (left, 1), &ended, NULL);
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&body));
}

static gboolean
check_status (EsimDownloadLoad *self, GBytes *first, gboolean ended, GError **error)
{
  guint status = esim_http_call_get_status (self->call);
  g_autoptr (GBytes) body = NULL;
  GError *local;

  if (status == 0 || status / 100 == 2)
    return TRUE;
  body = collect_refusal (self->call, first, ended);
  local = esim_es9_make_status_error (self->record->address, status, body);
  esim_error_set_detail (local, ESIM_DETAIL_HTTP_STATUS, g_variant_new_uint32 (status));
  g_propagate_error (error, local);
  return FALSE;
}

/* The network goes on while the card is at work. NULL with @error: the card gave no result. */
static GBytes *
load_as_it_comes (EsimDownloadLoad *self, EsimBpp *bpp, GError **error)
{
  GBytes *result = NULL;

  for (gboolean ended = FALSE; !ended;) {
    g_autoptr (GError) local = NULL;
    g_autoptr (GBytes) chunk = esim_http_call_next (self->call, SILENCE_MS, &ended, &local);

    if (local != NULL) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
    if (!check_status (self, chunk, ended, error))
      return NULL;
    if (chunk != NULL && !esim_bpp_feed (bpp, chunk, error))
      return NULL;
    if (ended && !esim_bpp_finish (bpp, error))
      return NULL;
    if (!load_ready (self, bpp, &result, error) || result != NULL)
      return result;
  }
  (void) refuse (ESIM_ERROR_CARD_ERROR, "the card took the whole package and said nothing of it", error);
  return NULL;
}

EsimLoadResult *
esim_download_find_result (EsimCardHost *host, const EsimDownloadRecord *record, GError **error)
{
  g_autoptr (GBytes) transaction = esim_download_record_dup_transaction (record);
  GPtrArray *pending = esim_card_host_save_notifications (host, TRUE, error);

  for (guint i = 0; pending != NULL && transaction != NULL && i < pending->len; i++) {
    const EsimNotification *notification = g_ptr_array_index (pending, i);
    g_autoptr (EsimLoadResult) result = NULL;

    if (notification->event != ESIM_EVENT_INSTALL || notification->bytes == NULL)
      continue;
    result = esim_load_result_parse (notification->bytes, NULL);
    if (result != NULL && result->transaction_id != NULL &&
        g_bytes_equal (result->transaction_id, transaction))
      return g_steal_pointer (&result);
  }
  return NULL;
}

/* The profile names others to be told of its installation: the card has raised notifications for them too. */
static gboolean
has_more_recipients (const EsimProfileMetadata *metadata, const EsimNotification *result)
{
  for (guint i = 0; i < metadata->n_targets; i++)
    if ((metadata->targets[i].events & ESIM_EVENT_INSTALL) != 0 &&
        g_ascii_strcasecmp (metadata->targets[i].address, result->address) != 0)
      return TRUE;
  return FALSE;
}

/* Durable first. The card keeps it too, until it is told to forget it. */
static void
save_result (EsimDownloadLoad *self, EsimLoadResult *result)
{
  gboolean sent = esim_card_host_is_sent (self->host, ESIM_EVENT_INSTALL);
  gboolean more = !sent || (result->installed && has_more_recipients (self->agreed, result->notification));
  g_autoptr (GError) local = NULL;

  if (sent)
    self->notification = esim_card_host_save_result (self->host, result->notification, &local);
  if ((sent && self->notification == NULL) ||
      (more ? esim_card_host_save_notifications (self->host, TRUE, &local) == NULL
            : !self->was_marked && !esim_card_host_unmark_unsaved (self->host, &local)))
    g_warning ("the notifications of a download are not saved yet: %s", local->message);
}

/* It may have one all the same: the answer was lost, or was none that can be read. */
static EsimLoadResult *
look_for_result (EsimDownloadLoad *self)
{
  g_autoptr (GError) local = NULL;
  EsimLoadResult *result = NULL;

  if (self->record->step != ESIM_DOWNLOAD_LOADING)
    return NULL;
  if (esim_card_host_begin (self->host, self->record->eid, &local) != NULL)
    result = esim_download_find_result (self->host, self->record, &local);
  self->is_unknown = local != NULL;
  if (local != NULL)
    g_message ("the card's pending notifications: %s", local->message);
  return result;
}

/* The profile was not there when it was offered. A result that the card has no more (the configuration may
 * have such ones removed) leaves this trace of itself. */
static gboolean
is_listed (EsimDownloadLoad *self)
{
  g_autoptr (GError) local = NULL;

  if (self->record->step != ESIM_DOWNLOAD_LOADING || self->is_unknown)
    return FALSE;
  self->is_unknown = esim_card_host_read_profiles (self->host, &local) == NULL;
  if (self->is_unknown)
    g_message ("the card's list after a loading without a result: %s", local->message);
  return !self->is_unknown && esim_card_host_find_profile (self->host, self->record->iccid) != NULL;
}

static EsimLoadResult *
load (EsimDownloadLoad *self, EsimBpp *bpp, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) answer = load_as_it_comes (self, bpp, &local);
  EsimLoadResult *result = answer != NULL ? esim_load_result_parse (answer, &local) : NULL;

  if (result != NULL) {
    save_result (self, result);
    return result;
  }
  result = look_for_result (self);
  if (result == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return result;
}

gboolean
esim_download_load (EsimDownloadLoad *self, GError **error)
{
  g_autoptr (EsimBpp) bpp = esim_bpp_new (self->record->address, self->record->transaction_id);
  g_autoptr (EsimHttpCall) call = self->call;
  g_autoptr (EsimLoadResult) result = NULL;
  g_autoptr (GError) local = NULL;

  esim_task_report (self->task, "loading", 0);
  esim_download_interrupt_set_call (self->interrupt, call);
  result = load (self, bpp, &local);
  esim_download_interrupt_set_call (self->interrupt, NULL);
  self->is_over = result != NULL || is_listed (self);
  if (result != NULL)
    return esim_load_result_check (result, error);
  if (self->is_over)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
