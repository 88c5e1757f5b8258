/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-download-recovery.h"
#include "esim-download-cancel.h"
#include "esim-download-load.h"
#include "esim-error.h"

void
esim_download_outcome_free (EsimDownloadOutcome *self)
{
  g_free (self->id);
  g_free (self->iccid);
  g_free (self->address);
  g_clear_error (&self->error);
  g_free (self);
}

/* What the card says: its result, or, where that was delivered and forgotten, its list. @is_over: the card
 * gave a result. %FALSE: it does not say. */
static gboolean
look (EsimCardHost *host, const EsimDownloadRecord *record, gboolean *is_over, GError **outcome,
      GError **error)
{
  g_autoptr (EsimLoadResult) result = NULL;
  g_autoptr (GError) local = NULL;

  *is_over = FALSE;
  if (record->step == ESIM_DOWNLOAD_LOADING) {
    result = esim_download_find_result (host, record, &local);
    if (local != NULL) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    if (esim_card_host_read_profiles (host, error) == NULL)
      return FALSE;
    *is_over = result != NULL || esim_card_host_find_profile (host, record->iccid) != NULL;
    if (result != NULL && !esim_load_result_check (result, outcome))
      return TRUE;
  }
  if (!*is_over)
    g_set_error_literal (outcome, ESIM_ERROR, ESIM_ERROR_CANCELLED,
                         "the download was cut off before the profile was on the card; nothing was "
                         "installed. Begin it again");
  return TRUE;
}

static void
add_outcome (GPtrArray *outcomes, const EsimDownloadRecord *record, GError *error)
{
  EsimDownloadOutcome *outcome = g_new (EsimDownloadOutcome, 1);

  *outcome = (EsimDownloadOutcome){g_strdup (record->id), record->requester, g_strdup (record->iccid),
                                   g_strdup (record->address), error};
  g_ptr_array_add (outcomes, outcome);
}

/* @left: something is still to be done for this one */
static gboolean
recover_one (EsimCardHost *host, EsimHttpHub *hub, EsimDownloadRecord *record, GPtrArray *outcomes,
             gboolean *left, GError **error)
{
  EsimStore *store = esim_card_host_get_store (host);
  EsimCancelReason reason =
      record->step == ESIM_DOWNLOAD_LOADING ? ESIM_CANCEL_LOAD_BPP_EXECUTION_ERROR : ESIM_CANCEL_POSTPONED;
  g_autoptr (GError) outcome = NULL;
  gboolean is_over;

  if (!look (host, record, &is_over, &outcome, error))
    return FALSE;
  *left = !is_over && !esim_download_cancel (host, hub, record, reason);
  /* Told once in the service's life; after that the record says so, or is gone. */
  if (!record->told)
    add_outcome (outcomes, record, g_steal_pointer (&outcome));
  record->told = TRUE;
  return *left ? esim_download_record_write (record, store, error)
               : esim_download_record_remove (record, store, error);
}

gboolean
esim_download_recover (EsimCardHost *host, EsimHttpHub *hub, const char *eid, GPtrArray *outcomes,
                       gboolean *left, GError **error)
{
  g_autoptr (GPtrArray) records = esim_download_record_list (esim_card_host_get_store (host), eid, error);

  *left = FALSE;
  if (records == NULL)
    return FALSE;
  for (guint i = 0; i < records->len; i++) {
    gboolean one_left = FALSE;

    if (esim_card_host_begin (host, eid, error) == NULL ||
        !recover_one (host, hub, g_ptr_array_index (records, i), outcomes, &one_left, error)) {
      *left = TRUE;
      return FALSE;
    }
    *left = *left || one_left;
  }
  return TRUE;
}
