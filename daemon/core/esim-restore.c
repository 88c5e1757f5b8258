/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-restore.h"
#include "esim-error.h"
#include "esim-log.h"
#include "esim-recorded-removal.h"
#include "esim-switch.h"

#define STILL_DISABLED "The profile is still on the card, and disabled now: enable it to use it again. "

typedef enum {
  OUTCOME_ENABLED,
  OUTCOME_KEPT, /* it never was disabled */
  OUTCOME_LEFT, /* as it is: another one is in use, or the profile is not the one that was meant */
  OUTCOME_GONE,
} Outcome;

typedef struct {
  EsimDeregistrationRecord *record;
  guint card_errors;
  GObject *owner;
  EsimRestoreDone done;
  Outcome outcome;
} Work;

gboolean
esim_restore_plan (EsimDeregistrationRecord *record, EsimStage ending)
{
  EsimStepState disable = record->steps[ESIM_STEP_DISABLE];

  if (record->removal == ESIM_REMOVAL_NOT_BEGUN || record->removal == ESIM_REMOVAL_DELETED ||
      disable == ESIM_STEP_PENDING || disable == ESIM_STEP_SKIPPED)
    return FALSE;
  record->stage = ESIM_STAGE_REMOVING_PROFILE;
  record->ending = ending;
  esim_deregistration_record_set_step (record, ESIM_STEP_RESTORE, ESIM_STEP_RUNNING);
  return TRUE;
}

gboolean
esim_restore_is_planned (const EsimDeregistrationRecord *record)
{
  return record->ending != ESIM_STAGE_PREPARING;
}

/* The error that stands in the record, with what became of the profile before it. */
static void
explain (EsimDeregistrationRecord *record, const char *words)
{
  g_autofree char *cause = g_steal_pointer (&record->error);

  record->error = g_strconcat (words, cause, NULL);
}

static void
end (EsimDeregistrationRecord *record, EsimStepState state)
{
  if (record->ending == ESIM_STAGE_WITHDRAWN)
    record->completed = g_get_real_time () / G_USEC_PER_SEC;
  record->stage = record->ending;
  record->ending = ESIM_STAGE_PREPARING;
  record->removal = ESIM_REMOVAL_NOT_BEGUN;
  esim_deregistration_record_set_step (record, ESIM_STEP_RESTORE, state);
}

/* It deleted the profile after all, or somebody else did. */
static void
settle_gone (EsimDeregistrationRecord *record)
{
  if (record->removal < ESIM_REMOVAL_DELETING) {
    end (record, ESIM_STEP_SKIPPED);
    return;
  }
  record->ending = ESIM_STAGE_PREPARING;
  esim_deregistration_record_set_step (record, ESIM_STEP_RESTORE, ESIM_STEP_PENDING);
  esim_deregistration_record_set_step (record, ESIM_STEP_DELETE, ESIM_STEP_RUNNING);
  esim_deregistration_record_set_error (record, NULL);
}

static void
settle (EsimDeregistrationRecord *record, Outcome outcome)
{
  static const EsimStepState states[] = {ESIM_STEP_DONE, ESIM_STEP_PENDING, ESIM_STEP_SKIPPED};
  gboolean failed = record->ending == ESIM_STAGE_FAILED;

  if (!failed)
    esim_deregistration_record_set_error (record, NULL);
  if (outcome == OUTCOME_GONE) {
    settle_gone (record);
    return;
  }
  end (record, states[outcome]);
  if (outcome == OUTCOME_ENABLED)
    esim_deregistration_record_add_history (record, g_get_real_time () / G_USEC_PER_SEC, "restored", NULL);
  if (failed && outcome == OUTCOME_ENABLED)
    explain (record, "The profile is still on the card, and enabled again as it was before. ");
  else if (failed && outcome == OUTCOME_LEFT)
    explain (record, STILL_DISABLED);
}

/* Whatever it was to become, it has failed now: the profile is not as it was. */
static void
settle_failed (EsimDeregistrationRecord *record, const GError *error)
{
  if (record->ending == ESIM_STAGE_WITHDRAWN)
    esim_deregistration_record_set_error (record, error);
  record->ending = ESIM_STAGE_FAILED;
  end (record, ESIM_STEP_FAILED);
  explain (record, STILL_DISABLED);
}

static gboolean
is_other (const EsimDeregistrationRecord *record, const EsimProfileInfo *profile)
{
  return record->aid != NULL && profile->aid != NULL && !g_bytes_equal (record->aid, profile->aid);
}

static gboolean
is_any_enabled (GPtrArray *profiles)
{
  for (guint i = 0; i < profiles->len; i++)
    if (((EsimProfileInfo *) g_ptr_array_index (profiles, i))->enabled)
      return TRUE;
  return FALSE;
}

static gboolean
restore_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Work *work = data;
  const EsimDeregistrationRecord *record = work->record;
  g_autoptr (GError) local = NULL;
  const EsimProfileInfo *profile;
  GPtrArray *profiles;

  if (esim_card_host_begin (host, record->eid, error) == NULL)
    return FALSE;
  profiles = esim_card_host_read_profiles (host, error);
  if (profiles == NULL || esim_card_host_get_session (host, record->eid, error) == NULL)
    return FALSE;
  profile = esim_card_host_find_profile (host, record->iccid);
  if (profile == NULL)
    work->outcome = OUTCOME_GONE;
  else if (profile->enabled && record->steps[ESIM_STEP_DISABLE] == ESIM_STEP_FAILED)
    work->outcome = OUTCOME_KEPT;
  else if (is_other (record, profile) || (!profile->enabled && is_any_enabled (profiles)))
    work->outcome = OUTCOME_LEFT;
  if (work->outcome != OUTCOME_ENABLED || profile->enabled)
    return TRUE;
  if (esim_switch_run (host, task, record->eid, record->iccid, TRUE, &local))
    return TRUE;
  /* The card has it enabled; that the modem has not seen it yet is the modem's matter. */
  if (g_error_matches (local, ESIM_ERROR, ESIM_ERROR_REFRESH_FAILED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
is_final (const Work *work, const GError *error)
{
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE))
    return !esim_euicc_is_slot_inactive (error);
  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION) ||
         (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR) &&
          work->card_errors + 1 >= ESIM_REMOVAL_CARD_ERRORS_MAX);
}

static void
restore_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Work *work = data;

  if (error == NULL) {
    settle (work->record, work->outcome);
    if (work->outcome == OUTCOME_ENABLED)
      esim_log (ESIM_LOG_PROFILE_ENABLED, ESIM_LOG_INFO, ESIM_LOG_FIELD_RECORD, work->record->id,
                "the profile of deregistration %s is enabled again", work->record->id);
  } else if (is_final (work, error)) {
    settle_failed (work->record, error);
  } else {
    work->done (NULL, error, work->owner);
    return;
  }
  work->done (g_steal_pointer (&work->record), error, work->owner);
}

static void
work_free (gpointer data)
{
  Work *work = data;

  esim_deregistration_record_free (work->record);
  g_object_unref (work->owner);
  g_free (work);
}

void
esim_restore_run (EsimEuicc *euicc, const EsimDeregistrationRecord *record, guint card_errors, GObject *owner,
                  EsimRestoreDone done)
{
  Work *work = g_new (Work, 1);

  *work = (Work){esim_deregistration_record_copy (record), card_errors, g_object_ref (owner), done,
                 OUTCOME_ENABLED};
  esim_euicc_run (euicc, NULL, restore_job, restore_done, work, work_free);
}

void
esim_restore_wait (EsimDeregistrationRecord *record, const GError *error)
{
  esim_deregistration_record_set_step (record, ESIM_STEP_RESTORE, ESIM_STEP_WAITING);
  /* Why it will have failed is not to be lost. */
  if (record->ending == ESIM_STAGE_WITHDRAWN)
    esim_deregistration_record_set_error (record, error);
}

void
esim_restore_give_up (EsimDeregistrationRecord *record)
{
  g_autoptr (GError) away =
      g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "Given up while the card was away");

  settle_failed (record, away);
}
