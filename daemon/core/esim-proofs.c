/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-proofs.h"

#include <string.h>

const EsimOutboxItem *
esim_proofs_find_item (const EsimDeregistrationRecord *record, EsimOutbox *outbox, const EsimProof *proof)
{
  GPtrArray *items = esim_outbox_get_items (outbox);

  for (guint i = 0; i < items->len; i++) {
    const EsimOutboxItem *item = g_ptr_array_index (items, i);

    if (strcmp (item->eid, record->eid) == 0 &&
        g_bytes_equal (item->notification->bytes, proof->notification->bytes))
      return item;
  }
  return NULL;
}

const EsimOutboxItem *
esim_proofs_find_hindrance (const EsimDeregistrationRecord *record, EsimOutbox *outbox,
                            const EsimProof *proof)
{
  GPtrArray *items = esim_outbox_get_items (outbox);
  const EsimOutboxItem *own = esim_proofs_find_item (record, outbox, proof);

  if (proof->acknowledged_at != 0)
    return NULL;
  /* In ascending sequence: the first that failed is the one that is tried. */
  for (guint i = 0; i < items->len; i++) {
    const EsimOutboxItem *item = g_ptr_array_index (items, i);

    if (item->state == ESIM_DELIVERY_PENDING && item->error != NULL && strcmp (item->eid, record->eid) == 0 &&
        item->notification->sequence < proof->notification->sequence &&
        g_ascii_strcasecmp (item->notification->address, proof->notification->address) == 0)
      return item;
  }
  return own != NULL && own->error != NULL ? own : NULL;
}

gboolean
esim_proofs_collect (EsimDeregistrationRecord *record, EsimOutbox *outbox)
{
  gboolean news = FALSE;

  for (guint i = 0; i < record->proofs->len; i++) {
    EsimProof *proof = g_ptr_array_index (record->proofs, i);
    const EsimOutboxItem *item =
        proof->acknowledged_at == 0 ? esim_proofs_find_item (record, outbox, proof) : NULL;

    if (item == NULL || item->acknowledged_at == 0)
      continue;
    proof->acknowledged_at = item->acknowledged_at;
    proof->http_status = item->http_status;
    news = TRUE;
  }
  return news;
}

guint
esim_proofs_count_attempts (const EsimDeregistrationRecord *record, EsimOutbox *outbox)
{
  guint attempts = 0;

  for (guint i = 0; i < record->proofs->len; i++) {
    const EsimProof *proof = g_ptr_array_index (record->proofs, i);
    const EsimOutboxItem *item = esim_proofs_find_item (record, outbox, proof);
    const EsimOutboxItem *hindrance = esim_proofs_find_hindrance (record, outbox, proof);

    attempts += item != NULL ? item->attempts : 0;
    attempts += hindrance != NULL && hindrance != item ? hindrance->attempts : 0;
  }
  return attempts;
}

static gboolean
is_proof (const EsimDeregistrationRecord *record, const EsimOutboxItem *item)
{
  for (guint i = 0; i < record->proofs->len; i++) {
    const EsimProof *proof = g_ptr_array_index (record->proofs, i);

    if (g_bytes_equal (item->notification->bytes, proof->notification->bytes))
      return TRUE;
  }
  return FALSE;
}

/* Raised by the removal of this very profile: later than all that was pending before. */
static gboolean
is_fruit (const EsimDeregistrationRecord *record, const EsimOutboxItem *item)
{
  return strcmp (item->eid, record->eid) == 0 && item->notification->event == ESIM_EVENT_DELETE &&
         strcmp (item->notification->iccid, record->iccid) == 0 &&
         (gint64) item->notification->sequence > record->last_sequence;
}

static gboolean
is_short_of_proofs (const EsimDeregistrationRecord *record)
{
  return record->stage == ESIM_STAGE_NOTIFYING_OPERATOR && record->proofs->len < record->recipients;
}

gboolean
esim_proofs_adopt (EsimDeregistrationRecord *record, EsimOutbox *outbox)
{
  GPtrArray *items = esim_outbox_get_items (outbox);
  gboolean news = FALSE;

  for (guint i = 0; i < items->len && is_short_of_proofs (record); i++) {
    const EsimOutboxItem *item = g_ptr_array_index (items, i);
    EsimProof *proof;

    if (!is_fruit (record, item) || is_proof (record, item) ||
        record->proofs->len >= ESIM_DEREGISTRATION_PROOFS_MAX)
      continue;
    proof = g_new0 (EsimProof, 1);
    proof->notification = esim_notification_ref (item->notification);
    g_ptr_array_add (record->proofs, proof);
    news = TRUE;
  }
  return news;
}

gboolean
esim_proofs_want (const EsimDeregistrationRecord *record, const EsimOutboxItem *item)
{
  if (strcmp (item->eid, record->eid) != 0)
    return FALSE;
  if (record->stage == ESIM_STAGE_REMOVING_PROFILE)
    return item->notification->event == ESIM_EVENT_DELETE &&
           strcmp (item->notification->iccid, record->iccid) == 0;
  if (is_short_of_proofs (record) && is_fruit (record, item) && !is_proof (record, item))
    return TRUE;
  for (guint i = 0; i < record->proofs->len; i++) {
    const EsimProof *proof = g_ptr_array_index (record->proofs, i);

    if (g_bytes_equal (item->notification->bytes, proof->notification->bytes))
      return proof->acknowledged_at == 0;
  }
  return FALSE;
}
