/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-deregistration-private.h"
#include "esim-advice.h"
#include "esim-alarm.h"
#include "esim-carrier-findings.h"
#include "esim-carrier-of.h"
#include "esim-error.h"
#include "esim-log.h"
#include "esim-answer.h"
#include "esim-portal-review.h"
#include "esim-receipt.h"
#include "esim-record-writer.h"
#include "esim-recorded-removal.h"
#include "esim-restore.h"
#include "esim-ts43-evidence.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (EsimDeregistration, esim_deregistration, G_TYPE_OBJECT)

static guint signal_changed;

/* What follows when a record is on the disk. */
typedef struct {
  Next next;
  EsimDeregistrationDone done;
  gpointer user_data;
} Then;

gint64
esim_deregistration_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

void
esim_deregistration_changed (EsimDeregistration *self)
{
  self->revision++;
  g_signal_emit (self, signal_changed, 0);
}

static void
log_stage (EsimDeregistration *self)
{
  EsimStage stage = self->record->stage;

  if (stage == ESIM_STAGE_COMPLETED)
    esim_log (ESIM_LOG_DEREGISTRATION_COMPLETED, ESIM_LOG_INFO, ESIM_LOG_FIELD_RECORD, self->record->id,
              "deregistration %s is completed", self->record->id);
  else
    esim_log (ESIM_LOG_DEREGISTRATION_STAGE, ESIM_LOG_INFO, ESIM_LOG_FIELD_RECORD, self->record->id,
              "deregistration %s: %s%s%s", self->record->id, esim_stage_to_string (stage),
              self->record->error != NULL ? ": " : "",
              self->record->error != NULL ? self->record->error : "");
}

EsimCarrier *
esim_deregistration_dup_carrier (EsimDeregistration *self)
{
  EsimCarrier *carrier = NULL;

  if (*self->record->carrier != '\0')
    carrier = esim_carrier_directory_find (self->setup.carriers, self->record->carrier);
  return carrier != NULL ? esim_carrier_ref (carrier) : NULL;
}

static void
forget_reason (EsimDeregistration *self)
{
  if (self->reason_text != NULL)
    explicit_bzero (self->reason_text, strlen (self->reason_text));
  g_clear_pointer (&self->reason_text, g_free);
}

/* Which question stands follows from the record; one that is asked anew has a new number. */
static void
ask (EsimDeregistration *self)
{
  g_autoptr (EsimCarrier) carrier = esim_deregistration_dup_carrier (self);
  EsimQuestion question = esim_question_find (self->record, carrier);

  if (self->record->stage == ESIM_STAGE_PREPARING && !self->looked)
    question = ESIM_QUESTION_NONE;
  if (question == self->asked)
    return;
  self->asked = question;
  self->question = question != ESIM_QUESTION_NONE ? ++self->last_question : 0;
}

static void
adopt (EsimDeregistration *self, EsimDeregistrationRecord *record)
{
  gboolean new_stage = record->stage != self->record->stage;

  esim_deregistration_record_free (self->record);
  self->record = record;
  if (new_stage)
    log_stage (self);
  /* The carrier's server is not asked any more: its token is of no use. */
  if (esim_stage_is_ended (record->stage) || !esim_deregistration_record_is_ts43 (record))
    esim_deregistration_leave_carrier (self);
  /* What it was for is over. */
  if (record->stage > ESIM_STAGE_SUBMISSION_UNKNOWN)
    forget_reason (self);
  ask (self);
  esim_deregistration_changed (self);
}

/* There is something left to do, or to learn. */
static gboolean
can_go_on (EsimDeregistration *self)
{
  return self->record->stage == ESIM_STAGE_COMPLETED || esim_deregistration_is_open (self);
}

static void
on_written (GObject *owner, EsimDeregistrationRecord *record, const GError *error, gpointer data)
{
  EsimDeregistration *self = ESIM_DEREGISTRATION (owner);
  g_autofree Then *then = data;

  self->writing = FALSE;
  if (record != NULL)
    adopt (self, record);
  if (error != NULL) {
    esim_deregistration_drop_given (self);
    esim_log (ESIM_LOG_STORAGE_ERROR, ESIM_LOG_WARNING, ESIM_LOG_FIELD_RECORD, self->record->id,
              "deregistration %s stands still: %s", self->record->id, error->message);
    esim_deregistration_record_set_error (self->record, error);
    esim_deregistration_changed (self);
  }
  if (then->done != NULL)
    then->done (error, then->user_data);
  if (self->stopped)
    return;
  if (error == NULL && then->next != NULL)
    then->next (self);
  else if (error != NULL && can_go_on (self))
    esim_deregistration_try_later (self);
  esim_deregistration_take_late_outcome (self);
  esim_deregistration_remove_connections (self);
}

/* Has @record on disk, then takes it for the truth and does @next. Whatever fails leaves the old truth. */
void
esim_deregistration_commit (EsimDeregistration *self, EsimDeregistrationRecord *record, gboolean remove,
                            Next next, EsimDeregistrationDone done, gpointer user_data)
{
  Then *then = g_new (Then, 1);

  *then = (Then){next, done, user_data};
  record->questions = self->last_question;
  self->writing = TRUE;
  esim_record_writer_run (self->setup.disk, self->setup.store, record, remove, G_OBJECT (self), on_written,
                          then);
}

/* Ended without its aim: the profile stays. */
static void
fail (EsimDeregistration *self, EsimStep step, const GError *error)
{
  EsimDeregistrationRecord *record = esim_deregistration_record_copy (self->record);

  esim_deregistration_record_set_step (record, step, ESIM_STEP_FAILED);
  esim_deregistration_record_set_error (record, error);
  if (!esim_restore_plan (record, ESIM_STAGE_FAILED)) {
    record->stage = ESIM_STAGE_FAILED;
    record->removal = ESIM_REMOVAL_NOT_BEGUN;
  }
  self->card_errors = 0;
  esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, NULL, NULL);
}

static gboolean
on_timer (gpointer data)
{
  EsimDeregistration *self = data;

  self->timer = 0;
  esim_deregistration_go_on (self);
  return G_SOURCE_REMOVE;
}

void
esim_deregistration_try_later (EsimDeregistration *self)
{
  guint pause;

  self->failures++;
  pause = esim_outbox_get_pause (self->failures, self->setup.retry_min_s, self->setup.retry_max_s);
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add_seconds (pause, on_timer, self);
}

/* Something that may be otherwise in a while: shown, and tried again then, or when the card comes back. */
static void
stumble (EsimDeregistration *self, EsimStep step, const GError *error)
{
  esim_deregistration_record_set_step (self->record, step, ESIM_STEP_WAITING);
  esim_deregistration_record_set_error (self->record, error);
  esim_deregistration_try_later (self);
  esim_deregistration_changed (self);
}

/* Preflight */

static void
on_looked (EsimDeregistration *self)
{
  self->failures = 0;
  self->looked = TRUE;
  ask (self);
  esim_deregistration_changed (self);
}

/* Whose contract it is: told by the profile, or one of those that are asked about. */
static void
find_carrier (EsimDeregistration *self, EsimDeregistrationRecord *record, const EsimProfileInfo *profile)
{
  g_auto (EsimCarrierResult) result = {ESIM_CARRIER_NONE, NULL, ""};
  GPtrArray *candidates;

  if (esim_deregistration_record_is_local (record) || record->carrier_known)
    return;
  result = profile != NULL ? esim_carrier_of_profile (self->setup.carriers, profile)
                           : esim_carrier_of_iccid (self->setup.carriers, record->iccid);
  if (result.verdict == ESIM_CARRIER_FOUND) {
    esim_answer_set_carrier (record, g_ptr_array_index (result.candidates, 0));
    return;
  }
  candidates = result.verdict == ESIM_CARRIER_QUESTION ? result.candidates
                                                       : esim_carrier_directory_list (self->setup.carriers);
  g_clear_pointer (&self->carriers, g_ptr_array_unref);
  self->carriers = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_carrier_unref);
  for (guint i = 0; i < candidates->len; i++)
    g_ptr_array_add (self->carriers, esim_carrier_ref (g_ptr_array_index (candidates, i)));
}

/* @profile: (nullable) */
static void
finish_preflight (EsimDeregistration *self, const EsimProfileInfo *profile)
{
  const EsimFinding *blocker = esim_findings_get_blocker (self->findings);
  EsimDeregistrationRecord *record;
  g_autoptr (GError) blocked = NULL;

  if (blocker != NULL && !self->record->dry_run) {
    blocked = g_error_new (ESIM_ERROR,
                           strncmp (blocker->code, "ppr", 3) == 0 ? ESIM_ERROR_POLICY_VIOLATION
                                                                  : ESIM_ERROR_WRONG_STATE,
                           "%s", blocker->message);
    fail (self, ESIM_STEP_PREFLIGHT, blocked);
    return;
  }
  record = esim_deregistration_record_copy (self->record);
  find_carrier (self, record, profile);
  esim_deregistration_record_set_step (record, ESIM_STEP_PREFLIGHT,
                                       blocker != NULL ? ESIM_STEP_FAILED : ESIM_STEP_DONE);
  esim_deregistration_record_set_error (record, NULL);
  if (record->dry_run)
    record->stage = ESIM_STAGE_CHECKED;
  else
    esim_deregistration_record_set_step (record, ESIM_STEP_CONSENT, ESIM_STEP_WAITING);
  esim_deregistration_commit (self, record, FALSE, record->dry_run ? NULL : on_looked, NULL, NULL);
}

static void
on_preflight_read (EsimEuicc *euicc, const GError *error, GObject *owner)
{
  EsimDeregistration *self = ESIM_DEREGISTRATION (owner);
  EsimPreflight preflight = {.card = esim_euicc_get_snapshot (euicc),
                             .iccid = self->record->iccid,
                             .aid = self->record->aid,
                             .trust = self->setup.trust,
                             .local = esim_deregistration_record_is_local (self->record)};

  self->work = WORK_NONE;
  if (self->stopped || self->writing || self->record->stage != ESIM_STAGE_PREPARING)
    return;
  if (error != NULL) {
    stumble (self, ESIM_STEP_PREFLIGHT, error);
    return;
  }
  preflight.network =
      self->setup.look_at_network != NULL ? self->setup.look_at_network () : ESIM_NETWORK_UNKNOWN;
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  self->findings = esim_preflight_run (&preflight);
  esim_deregistration_find_connections (self, self->findings);
  finish_preflight (self, esim_card_snapshot_find (preflight.card, preflight.iccid));
}

static void
run_preflight (EsimDeregistration *self)
{
  if (esim_deregistration_record_is_cardless (self->record)) {
    g_clear_pointer (&self->findings, g_ptr_array_unref);
    self->findings = esim_findings_new ();
    finish_preflight (self, NULL);
    return;
  }
  if (!self->present)
    return;
  self->work = WORK_PREFLIGHT;
  esim_deregistration_record_set_step (self->record, ESIM_STEP_PREFLIGHT, ESIM_STEP_RUNNING);
  esim_deregistration_changed (self);
  esim_preflight_read (self->euicc, self->record->eid, G_OBJECT (self), on_preflight_read);
}

/* The carrier has confirmed, and its time has come: the card is asked whether it would let go. */
static void
on_rules_read (EsimEuicc *euicc, const GError *error, GObject *owner)
{
  EsimDeregistration *self = ESIM_DEREGISTRATION (owner);
  EsimDeregistrationRecord *record;
  g_autoptr (GError) local = NULL;

  self->work = WORK_NONE;
  self->ready = FALSE;
  if (self->stopped || self->writing ||
      (self->record->stage != ESIM_STAGE_CONFIRMED && self->record->stage != ESIM_STAGE_AWAITING_END))
    return;
  /* The user may have told another last day meanwhile. */
  if (!esim_portal_is_over (self->record, esim_deregistration_now ())) {
    esim_deregistration_go_on (self);
    return;
  }
  if (error != NULL) {
    stumble (self, ESIM_STEP_AWAIT_END, error);
    return;
  }
  if (!esim_preflight_check_rules (esim_euicc_get_snapshot (euicc), self->record->iccid, self->record->aid,
                                   &local)) {
    if (g_error_matches (local, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION))
      stumble (self, ESIM_STEP_AWAIT_END, local);
    else
      fail (self, ESIM_STEP_AWAIT_END, local);
    return;
  }
  /* It may have been taken back since. */
  self->ready = !esim_ts43_may_remove (self->record, esim_deregistration_now ());
  if (self->ready) {
    esim_deregistration_go_on (self);
    return;
  }
  record = esim_deregistration_record_copy (self->record);
  record->stage = ESIM_STAGE_REMOVING_PROFILE;
  record->reminded = 0;
  esim_deregistration_record_set_step (record, ESIM_STEP_AWAIT_END,
                                       self->record->stage == ESIM_STAGE_AWAITING_END ? ESIM_STEP_DONE
                                                                                      : ESIM_STEP_SKIPPED);
  esim_deregistration_record_set_error (record, NULL);
  self->failures = 0;
  esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, NULL, NULL);
}

/* Confirmed or awaiting the end. */
static void
approach_end (EsimDeregistration *self)
{
  EsimDeregistrationRecord *record;
  gboolean due = esim_portal_is_over (self->record, esim_deregistration_now ());

  if (due && esim_deregistration_record_is_cardless (self->record)) {
    record = esim_deregistration_record_copy (self->record);
    record->stage = ESIM_STAGE_COMPLETED;
    record->completed = esim_deregistration_now ();
    esim_deregistration_record_set_step (record, ESIM_STEP_AWAIT_END, ESIM_STEP_DONE);
    esim_deregistration_commit (self, record, FALSE, NULL, NULL, NULL);
  } else if (due && self->ready && !esim_ts43_may_remove (self->record, esim_deregistration_now ())) {
    /* the carrier's last word is waited for */
  } else if (due && self->present) {
    self->work = WORK_RULES;
    esim_preflight_read (self->euicc, self->record->eid, G_OBJECT (self), on_rules_read);
  } else if (!due && self->record->stage == ESIM_STAGE_CONFIRMED) {
    record = esim_deregistration_record_copy (self->record);
    record->stage = ESIM_STAGE_AWAITING_END;
    esim_deregistration_record_set_step (record, ESIM_STEP_AWAIT_END, ESIM_STEP_WAITING);
    esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, NULL, NULL);
  }
}

/* Removal */

static void
on_removal_step (EsimDeregistrationRecord *record, GObject *owner)
{
  adopt (ESIM_DEREGISTRATION (owner), record);
  esim_deregistration_remove_connections (ESIM_DEREGISTRATION (owner));
}

/* A rule that came, or came back, after the carrier's confirmation: that still stands, and is waited for. */
static gboolean
put_back (EsimDeregistration *self, const GError *error)
{
  EsimDeregistrationRecord *record;

  if (esim_deregistration_record_is_local (self->record) || self->record->removal >= ESIM_REMOVAL_DELETING ||
      !g_error_matches (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION))
    return FALSE;
  record = esim_deregistration_record_copy (self->record);
  record->stage = ESIM_STAGE_CONFIRMED;
  record->removal = ESIM_REMOVAL_NOT_BEGUN;
  esim_deregistration_record_set_step (record, ESIM_STEP_AWAIT_END, ESIM_STEP_WAITING);
  esim_deregistration_record_set_error (record, error);
  esim_deregistration_commit (self, record, FALSE, esim_deregistration_try_later, NULL, NULL);
  return TRUE;
}

static void
on_removed (EsimEuicc *euicc, const GError *error, GObject *owner)
{
  EsimDeregistration *self = ESIM_DEREGISTRATION (owner);

  self->work = WORK_NONE;
  if (self->stopped)
    return;
  if (error == NULL) {
    esim_log (ESIM_LOG_PROFILE_DELETED, ESIM_LOG_INFO, ESIM_LOG_FIELD_RECORD, self->record->id,
              "the profile of deregistration %s is off the card", self->record->id);
    self->failures = 0;
    self->card_errors = 0;
    esim_deregistration_update (self);
    esim_deregistration_remove_connections (self);
    return;
  }
  self->card_errors = g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR) ? self->card_errors + 1 : 0;
  if (put_back (self, error))
    return;
  if (esim_recorded_removal_is_final (self->record, euicc, error, self->card_errors))
    fail (self, esim_recorded_removal_get_step (self->record), error);
  else
    stumble (self, esim_recorded_removal_get_step (self->record), error);
}

static void
on_restored (EsimDeregistrationRecord *record, const GError *error, GObject *owner)
{
  EsimDeregistration *self = ESIM_DEREGISTRATION (owner);

  self->work = WORK_NONE;
  self->card_errors = g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR) ? self->card_errors + 1 : 0;
  if (self->stopped) {
    esim_deregistration_record_free (record);
  } else if (record != NULL) {
    esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, NULL, NULL);
  } else {
    esim_restore_wait (self->record, error);
    esim_deregistration_try_later (self);
    esim_deregistration_changed (self);
  }
}

static void
run_removal (EsimDeregistration *self)
{
  self->work = WORK_REMOVAL;
  if (esim_restore_is_planned (self->record)) {
    esim_restore_run (self->euicc, self->record, self->card_errors, G_OBJECT (self), on_restored);
    return;
  }
  esim_recorded_removal_run (self->euicc, self->record, self->setup.store, G_OBJECT (self), on_removal_step,
                             on_removed);
}

static void
on_alarm (gpointer data)
{
  esim_deregistration_go_on (data);
}

/* Whatever happened may have brought a date, or taken one away. @now: from before what is due was looked at:
 * what came due since then was seen by nobody, and rings at once. */
static void
set_alarm (EsimDeregistration *self, gint64 now)
{
  gint64 due = self->stopped ? 0 : esim_portal_get_due (self->record);
  gint64 carrier = self->stopped ? 0 : esim_deregistration_get_carrier_due (self, now);

  if (carrier > now && (due <= now || carrier < due))
    due = carrier;
  /* What is past is waiting for something else. */
  if (due != 0 && due <= now)
    due = 0;
  if (self->alarm == NULL && due != 0)
    self->alarm = esim_alarm_new (on_alarm, self);
  if (self->alarm != NULL)
    esim_alarm_set (self->alarm, due);
}

static void
look_at_calendar (EsimDeregistration *self)
{
  g_autoptr (EsimDeregistrationRecord) record = esim_deregistration_record_copy (self->record);

  if (esim_portal_tick (record, esim_deregistration_now ()))
    esim_deregistration_commit (self, g_steal_pointer (&record), FALSE, esim_deregistration_go_on, NULL,
                                NULL);
}

/* What comes next, from what stands in the record. Harmless at any time. */
void
esim_deregistration_go_on (EsimDeregistration *self)
{
  EsimStage stage = self->record->stage;
  gint64 now = esim_deregistration_now ();

  if (self->stopped || self->writing || self->asking || self->outcome != NULL || self->work != WORK_NONE ||
      self->timer != 0)
    return;
  if (stage == ESIM_STAGE_PREPARING) {
    if (!self->looked)
      run_preflight (self);
  } else if (stage == ESIM_STAGE_REMOVING_PROFILE) {
    if (self->present && (esim_restore_is_planned (self->record) || esim_deregistration_may_cut (self)))
      run_removal (self);
  } else {
    esim_deregistration_update (self);
    esim_deregistration_remove_connections (self);
    if (!self->writing)
      look_at_calendar (self);
    if (!self->writing && esim_deregistration_ask_carrier (self))
      return;
    if (!self->writing && (stage == ESIM_STAGE_CONFIRMED || stage == ESIM_STAGE_AWAITING_END))
      approach_end (self);
  }
  set_alarm (self, now);
}

void
esim_deregistration_look_again (EsimDeregistration *self)
{
  if (self->record->stage == ESIM_STAGE_UNREADABLE || self->stopped)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  esim_deregistration_go_on (self);
}

void
esim_deregistration_set_euicc (EsimDeregistration *self, EsimEuicc *euicc)
{
  gboolean present = euicc != NULL && esim_euicc_is_present (euicc);
  gboolean came = present && !self->present;

  if (self->record->stage == ESIM_STAGE_UNREADABLE)
    return;
  (void) g_set_object (&self->euicc, euicc);
  self->present = present;
  came = esim_deregistration_notice_sim (self) || came;
  if (!came)
    return;
  /* What was put off until later may have been waiting for just this. */
  g_clear_handle_id (&self->timer, g_source_remove);
  esim_deregistration_go_on (self);
}

/* Life */

void
esim_deregistration_stop (EsimDeregistration *self)
{
  self->stopped = TRUE;
  esim_deregistration_leave_carrier (self);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->daily, g_source_remove);
  g_clear_pointer (&self->alarm, esim_alarm_free);
}

/* It is known again by its hash: whatever the caller took for it stays the caller's. */
static void
set_token (EsimDeregistrationRecord *record, const char *token)
{
  g_free (record->token);
  record->token = esim_deregistration_record_hash_token (token);
}

/* What is the same with a card and without. */
static EsimDeregistrationRecord *
record_request (EsimDeregistration *self, const EsimDeregistrationSetup *setup,
                const EsimDeregistrationRequest *request, const char *iccid)
{
  g_autofree char *id = esim_store_make_id ();
  EsimDeregistrationRecord *record = esim_deregistration_record_new (id);

  self->setup = *setup;
  self->record = record;
  record->requester = request->requester;
  record->dry_run = request->dry_run;
  record->requested = esim_deregistration_now ();
  record->disconnect_allowed = request->allow_disconnect ? record->requested : 0;
  set_token (record, request->token);
  esim_set_string (&record->method, request->method);
  esim_set_string (&record->reason, request->reason);
  esim_set_string (&record->iccid, iccid);
  if (*request->carrier != '\0')
    esim_answer_set_carrier (record, esim_carrier_directory_find (setup->carriers, request->carrier));
  if (*request->plan != '\0') {
    record->plan_known = TRUE;
    esim_set_string (&record->plan, request->plan);
  }
  if (*request->reason_text != '\0')
    self->reason_text = g_strdup (request->reason_text);
  esim_deregistration_record_add_history (record, record->requested, "requested", NULL);
  return record;
}

EsimDeregistration *
esim_deregistration_new_cardless (const EsimDeregistrationSetup *setup,
                                  const EsimDeregistrationRequest *request, const char *iccid)
{
  EsimDeregistration *self = g_object_new (ESIM_TYPE_DEREGISTRATION, NULL);
  EsimDeregistrationRecord *record = record_request (self, setup, request, iccid);

  esim_deregistration_commit (self, esim_deregistration_record_copy (record), FALSE,
                              esim_deregistration_go_on, NULL, NULL);
  return self;
}

EsimDeregistration *
esim_deregistration_new (const EsimDeregistrationSetup *setup, const EsimDeregistrationRequest *request,
                         EsimEuicc *euicc, const EsimProfileInfo *profile)
{
  EsimDeregistration *self = g_object_new (ESIM_TYPE_DEREGISTRATION, NULL);
  EsimDeregistrationRecord *record = record_request (self, setup, request, profile->iccid);
  g_auto (GStrv) addresses = esim_profile_info_dup_delete_addresses (profile);

  self->euicc = g_object_ref (euicc);
  self->present = esim_euicc_is_present (euicc);
  esim_set_string (&record->eid, esim_euicc_get_eid (euicc));
  esim_set_string (&record->profile_name, profile->nickname[0] != '\0' ? profile->nickname : profile->name);
  esim_set_string (&record->service_provider, profile->service_provider);
  record->aid = profile->aid != NULL ? g_bytes_ref (profile->aid) : NULL;
  record->recipients = g_strv_length (addresses);
  esim_deregistration_commit (self, esim_deregistration_record_copy (record), FALSE,
                              esim_deregistration_go_on, NULL, NULL);
  return self;
}

EsimDeregistration *
esim_deregistration_resume (const EsimDeregistrationSetup *setup, EsimDeregistrationRecord *record)
{
  EsimDeregistration *self = g_object_new (ESIM_TYPE_DEREGISTRATION, NULL);
  gboolean lost;

  self->setup = *setup;
  self->record = record;
  self->last_question = record->questions + 1;
  lost = esim_ts43_resume (record, esim_deregistration_now ());
  ask (self);
  if (lost)
    esim_deregistration_commit (self, esim_deregistration_record_copy (record), FALSE,
                                esim_deregistration_go_on, NULL, NULL);
  else
    esim_deregistration_go_on (self);
  return self;
}

EsimDeregistration *
esim_deregistration_new_unreadable (const EsimStoreEntry *entry)
{
  EsimDeregistration *self = g_object_new (ESIM_TYPE_DEREGISTRATION, NULL);

  self->record = esim_deregistration_record_new (entry->id);
  self->record->stage = ESIM_STAGE_UNREADABLE;
  self->record->error_name = g_strdup (esim_error_code_to_dbus_name (ESIM_ERROR_STORAGE_ERROR));
  self->record->error = g_strdup (entry->problem);
  self->file = g_strdup (entry->path);
  self->text = g_strdup (entry->text);
  return self;
}

static void
esim_deregistration_finalize (GObject *object)
{
  EsimDeregistration *self = ESIM_DEREGISTRATION (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->daily, g_source_remove);
  g_clear_pointer (&self->alarm, esim_alarm_free);
  forget_reason (self);
  esim_deregistration_leave_carrier (self);
  g_clear_pointer (&self->carriers, g_ptr_array_unref);
  esim_deregistration_record_free (self->record);
  g_clear_object (&self->euicc);
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  g_free (self->file);
  g_free (self->text);
  G_OBJECT_CLASS (esim_deregistration_parent_class)->finalize (object);
}

static void
esim_deregistration_class_init (EsimDeregistrationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = esim_deregistration_finalize;
  signal_changed = g_signal_new ("changed", ESIM_TYPE_DEREGISTRATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
  (void) g_signal_new ("forgotten", ESIM_TYPE_DEREGISTRATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 0);
}

static void
esim_deregistration_init (EsimDeregistration *self)
{
}
