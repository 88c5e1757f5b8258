/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-recorded-removal.h"
#include "esim-error.h"
#include "esim-removal.h"

#include <string.h>

typedef struct {
  EsimRemoval removal; /* first: commit() gets a pointer to it */
  EsimStore *store;
  GObject *owner;
  EsimRecordedRemovalStep step;
  EsimRecordedRemovalDone done;
  EsimDeregistrationRecord *record; /* the worker's copy, on its way from step to step */
} RemovalWork;

typedef struct {
  GObject *owner;
  EsimRecordedRemovalStep step;
  EsimDeregistrationRecord *record;
} Progress;

static void
progress_free (gpointer data)
{
  Progress *progress = data;

  esim_deregistration_record_free (progress->record);
  g_object_unref (progress->owner);
  g_free (progress);
}

static void
on_progress (gpointer data)
{
  Progress *progress = data;

  progress->step (g_steal_pointer (&progress->record), progress->owner);
}

static void
show_steps (EsimDeregistrationRecord *record, EsimRemovalStep step)
{
  switch (step) {
  case ESIM_REMOVAL_SAVING:
    esim_deregistration_record_set_step (record, ESIM_STEP_SAVE_NOTIFICATIONS, ESIM_STEP_RUNNING);
    break;
  case ESIM_REMOVAL_DISABLING:
    esim_deregistration_record_set_step (record, ESIM_STEP_SAVE_NOTIFICATIONS, ESIM_STEP_DONE);
    esim_deregistration_record_set_step (record, ESIM_STEP_DISABLE, ESIM_STEP_RUNNING);
    break;
  case ESIM_REMOVAL_DELETING:
    esim_deregistration_record_set_step (record, ESIM_STEP_SAVE_NOTIFICATIONS, ESIM_STEP_DONE);
    /* One that was skipped stays so, however often the deletion is tried. */
    if (record->steps[ESIM_STEP_DISABLE] == ESIM_STEP_PENDING)
      esim_deregistration_record_set_step (record, ESIM_STEP_DISABLE, ESIM_STEP_SKIPPED);
    else if (record->steps[ESIM_STEP_DISABLE] != ESIM_STEP_SKIPPED)
      esim_deregistration_record_set_step (record, ESIM_STEP_DISABLE, ESIM_STEP_DONE);
    esim_deregistration_record_set_step (record, ESIM_STEP_DELETE, ESIM_STEP_RUNNING);
    break;
  case ESIM_REMOVAL_DELETED:
    esim_deregistration_record_set_step (record, ESIM_STEP_DELETE, ESIM_STEP_DONE);
    esim_deregistration_record_set_step (record, ESIM_STEP_VERIFY, ESIM_STEP_DONE);
    break;
  case ESIM_REMOVAL_NOT_BEGUN:
  default:
    break;
  }
}

static void
take_proofs (EsimDeregistrationRecord *record, GPtrArray *deleted)
{
  g_ptr_array_set_size (record->proofs, 0);
  for (guint i = 0; deleted != NULL && i < MIN (deleted->len, ESIM_DEREGISTRATION_PROOFS_MAX); i++) {
    EsimProof *proof = g_new0 (EsimProof, 1);

    proof->notification = esim_notification_ref (g_ptr_array_index (deleted, i));
    g_ptr_array_add (record->proofs, proof);
  }
}

/* In the worker: the step is on disk before it is taken, and so is the evidence before anything is built on
 * it. */
static gboolean
removal_commit (EsimRemoval *removal, GError **error)
{
  RemovalWork *work = (RemovalWork *) removal;
  g_autoptr (EsimDeregistrationRecord) record = esim_deregistration_record_copy (work->record);
  Progress *progress;

  record->removal = removal->step;
  record->last_sequence = removal->last_sequence;
  show_steps (record, removal->step);
  esim_deregistration_record_set_error (record, NULL);
  if (removal->step == ESIM_REMOVAL_DELETED) {
    take_proofs (record, removal->deleted);
    record->removed = g_get_real_time () / G_USEC_PER_SEC;
    record->stage = ESIM_STAGE_NOTIFYING_OPERATOR;
    esim_deregistration_record_add_history (record, record->removed, "removed", NULL);
  }
  if (!esim_deregistration_record_write (record, work->store, error))
    return FALSE;
  progress = g_new (Progress, 1);
  *progress = (Progress){g_object_ref (work->owner), work->step, esim_deregistration_record_copy (record)};
  esim_worker_post_to_main (on_progress, progress, progress_free);
  esim_deregistration_record_free (work->record);
  work->record = g_steal_pointer (&record);
  return TRUE;
}

static gboolean
removal_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  RemovalWork *work = data;

  return esim_removal_run (&work->removal, host, task, error);
}

static void
removal_work_free (gpointer data)
{
  RemovalWork *work = data;

  esim_deregistration_record_free (work->record);
  g_clear_pointer (&work->removal.deleted, g_ptr_array_unref);
  g_free ((char *) work->removal.eid);
  g_free ((char *) work->removal.iccid);
  g_clear_pointer (&work->removal.aid, g_bytes_unref);
  g_object_unref (work->owner);
  g_free (work);
}

static void
removal_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  RemovalWork *work = data;

  work->done (euicc, error, work->owner);
}

void
esim_recorded_removal_run (EsimEuicc *euicc, const EsimDeregistrationRecord *record, EsimStore *store,
                           GObject *owner, EsimRecordedRemovalStep step, EsimRecordedRemovalDone done)
{
  RemovalWork *work = g_new0 (RemovalWork, 1);

  work->store = store;
  work->owner = g_object_ref (owner);
  work->step = step;
  work->done = done;
  work->record = esim_deregistration_record_copy (record);
  work->removal = (EsimRemoval){.eid = g_strdup (record->eid),
                                .iccid = g_strdup (record->iccid),
                                .aid = record->aid != NULL ? g_bytes_ref (record->aid) : NULL,
                                .step = record->removal,
                                .last_sequence = record->last_sequence,
                                .recipients = record->recipients,
                                .commit = removal_commit};
  esim_euicc_run (euicc, NULL, removal_job, removal_done, work, removal_work_free);
}

/* Nothing that waiting would change: what the card or the record says for good. */
gboolean
esim_recorded_removal_is_final (const EsimDeregistrationRecord *record, EsimEuicc *euicc, const GError *error,
                                guint card_errors)
{
  EsimCardSnapshot *card = esim_euicc_get_snapshot (euicc);

  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION))
    return TRUE;
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND))
    return record->removal < ESIM_REMOVAL_DELETING;
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE))
    return !esim_euicc_is_slot_inactive (error);
  return card_errors >= ESIM_REMOVAL_CARD_ERRORS_MAX && card != NULL &&
         strcmp (card->eid, record->eid) == 0 && esim_card_snapshot_find (card, record->iccid) != NULL;
}

EsimStep
esim_recorded_removal_get_step (const EsimDeregistrationRecord *record)
{
  switch (record->removal) {
  case ESIM_REMOVAL_DISABLING:
    return ESIM_STEP_DISABLE;
  case ESIM_REMOVAL_DELETING:
    return ESIM_STEP_DELETE;
  case ESIM_REMOVAL_NOT_BEGUN:
  case ESIM_REMOVAL_SAVING:
  case ESIM_REMOVAL_DELETED:
  default:
    return ESIM_STEP_SAVE_NOTIFICATIONS;
  }
}
