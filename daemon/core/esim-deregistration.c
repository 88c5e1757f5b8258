/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-deregistration.h"
#include "esim-advice.h"
#include "esim-error.h"
#include "esim-log.h"
#include "esim-proofs.h"
#include "esim-receipt.h"
#include "esim-recorded-removal.h"
#include "esim-restore.h"

#include <string.h>

/* After that long without an acknowledgement it counts as completed, and delivery goes on. */
#define DAY_S 86400
#define ACKNOWLEDGE_WITHIN_S (30 * DAY_S)

typedef enum { WORK_NONE, WORK_PREFLIGHT, WORK_REMOVAL } Work;

struct _EsimDeregistration {
  GObject parent;
  EsimDeregistrationSetup setup;
  EsimDeregistrationRecord *record;
  EsimEuicc *euicc; /* while it is there */
  gboolean present; /* and answers */
  GPtrArray *findings;
  guint question; /* 0 = none */
  guint last_question;
  guint revision;
  Work work; /* with the card, now */
  gboolean writing;
  gboolean stopped;
  gboolean forgotten;
  guint failures;    /* since something last went well */
  guint card_errors; /* one after the other */
  guint daily;       /* timer while somebody is still to be told */
  guint attempts;    /* of delivery, as last shown */
  guint timer;
  char *file;
  char *text; /* of an unreadable record */
};

G_DEFINE_FINAL_TYPE (EsimDeregistration, esim_deregistration, G_TYPE_OBJECT)

static guint signal_changed, signal_forgotten;

typedef void (*Next) (EsimDeregistration *self);

/* A record on its way to the disk. */
typedef struct {
  EsimDeregistration *self;
  EsimDeregistrationRecord *record;
  gboolean remove;
  Next next;
  EsimDeregistrationDone done;
  gpointer user_data;
  GError *error;
} Write;

static void go_on (EsimDeregistration *self);
static void try_later (EsimDeregistration *self);

static void
changed (EsimDeregistration *self)
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

static void
adopt (EsimDeregistration *self, EsimDeregistrationRecord *record)
{
  gboolean new_stage = record->stage != self->record->stage;

  esim_deregistration_record_free (self->record);
  self->record = record;
  if (new_stage)
    log_stage (self);
  changed (self);
}

static void
write_free (gpointer data)
{
  Write *write = data;

  esim_deregistration_record_free (write->record);
  g_clear_error (&write->error);
  g_object_unref (write->self);
  g_free (write);
}

/* There is something left to do, or to learn. */
static gboolean
can_go_on (EsimDeregistration *self)
{
  return self->record->stage == ESIM_STAGE_COMPLETED || esim_deregistration_is_open (self);
}

static void
write_done (gpointer data)
{
  Write *write = data;
  EsimDeregistration *self = write->self;

  self->writing = FALSE;
  if (write->error == NULL && !write->remove)
    adopt (self, g_steal_pointer (&write->record));
  if (write->error != NULL) {
    esim_log (ESIM_LOG_STORAGE_ERROR, ESIM_LOG_WARNING, ESIM_LOG_FIELD_RECORD, self->record->id,
              "deregistration %s stands still: %s", self->record->id, write->error->message);
    esim_deregistration_record_set_error (self->record, write->error);
    changed (self);
  }
  if (write->done != NULL)
    write->done (write->error, write->user_data);
  if (self->stopped)
    return;
  if (write->error == NULL && write->next != NULL)
    write->next (self);
  else if (write->error != NULL && can_go_on (self))
    try_later (self);
}

static void
write_job (gpointer data)
{
  Write *write = data;
  EsimStore *store = write->self->setup.store;
  gboolean ok = TRUE;

  if (write->remove)
    ok = esim_store_remove (store, ESIM_DEREGISTRATION_KIND, write->record->id, &write->error);
  else if (!write->record->dry_run)
    ok = esim_deregistration_record_write (write->record, store, &write->error);
  g_assert (ok == (write->error == NULL));
  esim_worker_post_to_main (write_done, write, write_free);
}

/* Has @record on disk, then takes it for the truth and does @next. Whatever fails leaves the old truth. */
static void
commit (EsimDeregistration *self, EsimDeregistrationRecord *record, gboolean remove, Next next,
        EsimDeregistrationDone done, gpointer user_data)
{
  Write *write = g_new0 (Write, 1);

  *write = (Write){g_object_ref (self), record, remove, next, done, user_data, NULL};
  self->writing = TRUE;
  esim_worker_push (self->setup.disk, write_job, write, NULL);
}

static gboolean
check_idle (EsimDeregistration *self, EsimDeregistrationDone done, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!self->writing && !self->stopped)
    return TRUE;
  error =
      g_error_new_literal (ESIM_ERROR, ESIM_ERROR_BUSY, "its record is being written; try again in a moment");
  done (error, user_data);
  return FALSE;
}

static void
refuse (EsimDeregistrationDone done, gpointer user_data, EsimError code, const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (ESIM_ERROR, code, message);

  done (error, user_data);
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
  commit (self, record, FALSE, go_on, NULL, NULL);
}

static gboolean
on_timer (gpointer data)
{
  EsimDeregistration *self = data;

  self->timer = 0;
  go_on (self);
  return G_SOURCE_REMOVE;
}

static void
try_later (EsimDeregistration *self)
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
  try_later (self);
  changed (self);
}

/* Preflight */

static void
ask_consent (EsimDeregistration *self)
{
  self->failures = 0;
  self->question = ++self->last_question;
  changed (self);
}

static void
on_preflight_read (EsimEuicc *euicc, const GError *error, GObject *owner)
{
  EsimDeregistration *self = ESIM_DEREGISTRATION (owner);
  const EsimFinding *blocker;
  EsimDeregistrationRecord *record;
  g_autoptr (GError) blocked = NULL;

  self->work = WORK_NONE;
  if (self->stopped || self->writing || self->record->stage != ESIM_STAGE_PREPARING)
    return;
  if (error != NULL) {
    stumble (self, ESIM_STEP_PREFLIGHT, error);
    return;
  }
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  self->findings = esim_preflight_run (esim_euicc_get_snapshot (euicc), self->record->iccid,
                                       self->record->aid, self->setup.trust);
  blocker = esim_preflight_get_blocker (self->findings);
  if (blocker != NULL && !self->record->dry_run) {
    blocked = g_error_new (ESIM_ERROR,
                           strncmp (blocker->code, "ppr", 3) == 0 ? ESIM_ERROR_POLICY_VIOLATION
                                                                  : ESIM_ERROR_WRONG_STATE,
                           "%s", blocker->message);
    fail (self, ESIM_STEP_PREFLIGHT, blocked);
    return;
  }
  record = esim_deregistration_record_copy (self->record);
  esim_deregistration_record_set_step (record, ESIM_STEP_PREFLIGHT,
                                       blocker != NULL ? ESIM_STEP_FAILED : ESIM_STEP_DONE);
  esim_deregistration_record_set_error (record, NULL);
  if (record->dry_run)
    record->stage = ESIM_STAGE_CHECKED;
  else
    esim_deregistration_record_set_step (record, ESIM_STEP_CONSENT, ESIM_STEP_WAITING);
  commit (self, record, FALSE, record->dry_run ? NULL : ask_consent, NULL, NULL);
}

static void
run_preflight (EsimDeregistration *self)
{
  self->work = WORK_PREFLIGHT;
  esim_deregistration_record_set_step (self->record, ESIM_STEP_PREFLIGHT, ESIM_STEP_RUNNING);
  changed (self);
  esim_preflight_read (self->euicc, self->record->eid, G_OBJECT (self), on_preflight_read);
}

static void
on_removal_step (EsimDeregistrationRecord *record, GObject *owner)
{
  adopt (ESIM_DEREGISTRATION (owner), record);
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
    return;
  }
  self->card_errors = g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR) ? self->card_errors + 1 : 0;
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
    commit (self, record, FALSE, go_on, NULL, NULL);
  } else {
    esim_restore_wait (self->record, error);
    try_later (self);
    changed (self);
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

/* What comes next, from what stands in the record. Harmless at any time. */
static void
go_on (EsimDeregistration *self)
{
  gboolean present = self->euicc != NULL && esim_euicc_is_present (self->euicc);

  if (self->stopped || self->writing || self->work != WORK_NONE || self->timer != 0)
    return;
  if (self->record->stage == ESIM_STAGE_PREPARING && self->question == 0 && present)
    run_preflight (self);
  else if (self->record->stage == ESIM_STAGE_REMOVING_PROFILE && present)
    run_removal (self);
  else
    esim_deregistration_update (self);
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
  if (!came)
    return;
  /* What was put off until later may have been waiting for just this. */
  g_clear_handle_id (&self->timer, g_source_remove);
  go_on (self);
}

/* Acknowledgements */

gboolean
esim_deregistration_wants (EsimDeregistration *self, const EsimOutboxItem *item)
{
  return self->record->stage != ESIM_STAGE_UNREADABLE && !self->forgotten &&
         esim_proofs_want (self->record, item);
}

static void
show_attempts (EsimDeregistration *self)
{
  guint attempts = esim_proofs_count_attempts (self->record, self->setup.outbox);

  if (attempts == self->attempts)
    return;
  self->attempts = attempts;
  changed (self);
}

/* The profile names more servers than the card has given notifications for. */
static void
ask_for_proofs (EsimDeregistration *self)
{
  if (self->record->stage == ESIM_STAGE_NOTIFYING_OPERATOR &&
      self->record->proofs->len < self->record->recipients && self->euicc != NULL &&
      esim_euicc_is_present (self->euicc))
    esim_euicc_fetch_notifications (self->euicc);
}

static gboolean
on_day (gpointer data)
{
  EsimDeregistration *self = data;

  if (self->record->stage == ESIM_STAGE_NOTIFYING_OPERATOR) {
    ask_for_proofs (self);
    esim_deregistration_update (self);
    return G_SOURCE_CONTINUE;
  }
  self->daily = 0;
  return G_SOURCE_REMOVE;
}

void
esim_deregistration_update (EsimDeregistration *self)
{
  g_autoptr (EsimDeregistrationRecord) record = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gboolean news, complete;

  /* Put off after a failed write: not before its time. */
  if (self->stopped || self->writing || self->forgotten || self->timer != 0 ||
      (self->record->stage != ESIM_STAGE_NOTIFYING_OPERATOR && self->record->stage != ESIM_STAGE_COMPLETED))
    return;
  record = esim_deregistration_record_copy (self->record);
  news = esim_proofs_adopt (record, self->setup.outbox);
  news = esim_proofs_collect (record, self->setup.outbox) || news;
  complete = record->stage == ESIM_STAGE_NOTIFYING_OPERATOR &&
             (esim_deregistration_record_is_told (record) || now >= record->removed + ACKNOWLEDGE_WITHIN_S);
  if (record->stage == ESIM_STAGE_NOTIFYING_OPERATOR && !complete &&
      record->steps[ESIM_STEP_NOTIFY] == ESIM_STEP_PENDING) {
    esim_deregistration_record_set_step (record, ESIM_STEP_NOTIFY, ESIM_STEP_WAITING);
    news = TRUE;
  }
  if (record->stage == ESIM_STAGE_NOTIFYING_OPERATOR && self->daily == 0)
    self->daily = g_timeout_add_seconds (DAY_S, on_day, self);
  if (!news && !complete) {
    show_attempts (self);
    return;
  }
  if (complete) {
    record->stage = ESIM_STAGE_COMPLETED;
    record->completed = now;
  }
  if (esim_deregistration_record_is_told (record))
    esim_deregistration_record_set_step (record, ESIM_STEP_NOTIFY,
                                         record->proofs->len > 0 ? ESIM_STEP_DONE : ESIM_STEP_SKIPPED);
  else if (complete)
    esim_deregistration_record_set_step (record, ESIM_STEP_NOTIFY, ESIM_STEP_FAILED);
  esim_deregistration_record_set_error (record, NULL);
  /* An acknowledgement that came while this one was written is looked for afterwards. */
  commit (self, g_steal_pointer (&record), FALSE, esim_deregistration_update, NULL, NULL);
}

/* Verbs */

void
esim_deregistration_answer (EsimDeregistration *self, guint question, gboolean consent,
                            gboolean contract_continues, EsimDeregistrationDone done, gpointer user_data)
{
  EsimDeregistrationRecord *record;

  if (!check_idle (self, done, user_data))
    return;
  if (self->question == 0 || question != self->question) {
    refuse (done, user_data, ESIM_ERROR_WRONG_STATE,
            "that question is not asked now; look at Describe again");
    return;
  }
  if (!consent) {
    esim_deregistration_withdraw (self, done, user_data);
    return;
  }
  if (!contract_continues) {
    refuse (done, user_data, ESIM_ERROR_INVALID_ARGUMENT,
            "with the method \"local\" the contract goes on: the answer needs contract-continues = true, "
            "from a user who was told so");
    return;
  }
  record = esim_deregistration_record_copy (self->record);
  record->stage = ESIM_STAGE_REMOVING_PROFILE;
  record->consented = g_get_real_time () / G_USEC_PER_SEC;
  esim_deregistration_record_set_error (record, NULL);
  esim_deregistration_record_set_step (record, ESIM_STEP_CONSENT, ESIM_STEP_DONE);
  self->question = 0;
  commit (self, record, FALSE, go_on, done, user_data);
}

/* Between two tries at a removal that has not come to the deletion, nothing is lost by giving it up. After
 * that only a card that does not come back is a reason to, and what happened on it stays unknown. */
static gboolean
give_up (EsimDeregistration *self, EsimDeregistrationRecord *record)
{
  g_autoptr (GError) unknown = NULL;

  if (esim_restore_is_planned (record)) {
    if (self->work != WORK_NONE || self->present)
      return FALSE;
    esim_restore_give_up (record);
    return TRUE;
  }
  if (record->stage == ESIM_STAGE_PREPARING ||
      (record->stage == ESIM_STAGE_REMOVING_PROFILE && self->work == WORK_NONE &&
       record->removal < ESIM_REMOVAL_DELETING)) {
    esim_deregistration_record_set_error (record, NULL);
    if (!esim_restore_plan (record, ESIM_STAGE_WITHDRAWN))
      record->stage = ESIM_STAGE_WITHDRAWN;
    return TRUE;
  }
  if (record->stage != ESIM_STAGE_REMOVING_PROFILE || self->work != WORK_NONE || self->present)
    return FALSE;
  unknown =
      g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARD_REMOVED,
                           "Given up while the card was away: whether it deleted the profile is not known");
  record->stage = ESIM_STAGE_FAILED;
  esim_deregistration_record_set_step (record, ESIM_STEP_DELETE, ESIM_STEP_FAILED);
  esim_deregistration_record_set_error (record, unknown);
  return TRUE;
}

void
esim_deregistration_withdraw (EsimDeregistration *self, EsimDeregistrationDone done, gpointer user_data)
{
  EsimDeregistrationRecord *record;

  record = esim_deregistration_record_copy (self->record);
  if (!give_up (self, record)) {
    esim_deregistration_record_free (record);
    refuse (done, user_data, ESIM_ERROR_WRONG_STATE, "it is too late to withdraw it, or it has ended");
    return;
  }
  if (!check_idle (self, done, user_data)) {
    esim_deregistration_record_free (record);
    return;
  }
  if (esim_stage_is_ended (record->stage))
    record->completed = g_get_real_time () / G_USEC_PER_SEC;
  self->question = 0;
  g_clear_handle_id (&self->timer, g_source_remove);
  commit (self, record, FALSE, go_on, done, user_data);
}

void
esim_deregistration_retry (EsimDeregistration *self, EsimDeregistrationDone done, gpointer user_data)
{
  EsimDeregistrationRecord *record;

  if (self->record->stage != ESIM_STAGE_FAILED) {
    refuse (done, user_data, ESIM_ERROR_WRONG_STATE, "only a failed deregistration can be begun again");
    return;
  }
  if (!check_idle (self, done, user_data))
    return;
  record = esim_deregistration_record_copy (self->record);
  record->stage = ESIM_STAGE_PREPARING;
  record->consented = 0;
  for (guint i = 0; i < ESIM_N_STEPS; i++)
    esim_deregistration_record_set_step (record, i, ESIM_STEP_PENDING);
  esim_deregistration_record_set_error (record, NULL);
  self->failures = 0;
  commit (self, record, FALSE, go_on, done, user_data);
}

static void
forgotten (const GError *error, gpointer data)
{
  gpointer *triple = data;
  EsimDeregistration *self = triple[0];

  ((EsimDeregistrationDone) triple[1]) (error, triple[2]);
  if (error == NULL) {
    self->forgotten = TRUE;
    g_signal_emit (self, signal_forgotten, 0);
  }
  g_free (triple);
}

void
esim_deregistration_forget (EsimDeregistration *self, EsimDeregistrationDone done, gpointer user_data)
{
  gpointer *triple;

  if (!esim_stage_is_ended (self->record->stage)) {
    refuse (done, user_data, ESIM_ERROR_WRONG_STATE,
            self->record->stage == ESIM_STAGE_UNREADABLE
                ? "its record cannot be read, so it is not known whether it has ended; an administrator can "
                  "move the file away"
                : "it is open: withdraw it, or wait for its end");
    return;
  }
  if (!check_idle (self, done, user_data))
    return;
  triple = g_new (gpointer, 3);
  triple[0] = self;
  triple[1] = (gpointer) done;
  triple[2] = user_data;
  commit (self, esim_deregistration_record_copy (self->record), TRUE, NULL, forgotten, triple);
}

void
esim_deregistration_check (EsimDeregistration *self)
{
  if (self->record->stage == ESIM_STAGE_UNREADABLE)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->record->stage == ESIM_STAGE_NOTIFYING_OPERATOR || self->record->stage == ESIM_STAGE_COMPLETED)
    esim_outbox_try_now (self->setup.outbox, self->record->eid, NULL, NULL);
  ask_for_proofs (self);
  if (self->euicc != NULL && !esim_euicc_is_present (self->euicc))
    esim_euicc_reopen (self->euicc);
  go_on (self);
}

char *
esim_deregistration_dup_receipt (EsimDeregistration *self, GError **error)
{
  if (self->record->removed != 0)
    return esim_receipt_build (self->record);
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                       "there is no receipt before the profile is gone");
  return NULL;
}

const char *
esim_deregistration_get_advice (EsimDeregistration *self)
{
  if (self->record->error_name == NULL)
    return "";
  return esim_advice_get (esim_error_code_from_dbus_name (self->record->error_name),
                          esim_stage_is_ended (self->record->stage));
}

/* Getters */

const EsimDeregistrationRecord *
esim_deregistration_get_record (EsimDeregistration *self)
{
  return self->record;
}

EsimStage
esim_deregistration_get_stage (EsimDeregistration *self)
{
  return self->record->stage;
}

gboolean
esim_deregistration_is_open (EsimDeregistration *self)
{
  return !esim_stage_is_ended (self->record->stage) && self->record->stage != ESIM_STAGE_UNREADABLE;
}

gboolean
esim_deregistration_concerns (EsimDeregistration *self, const char *eid, const char *iccid)
{
  /* An unreadable record may be of any profile unless its text shows an ICCID: then it is of that one. */
  if (self->record->stage == ESIM_STAGE_UNREADABLE)
    return self->text == NULL || strstr (self->text, "iccid=") == NULL || strstr (self->text, iccid) != NULL;
  return esim_deregistration_is_open (self) && !self->record->dry_run &&
         strcmp (self->record->eid, eid) == 0 && strcmp (self->record->iccid, iccid) == 0;
}

GPtrArray *
esim_deregistration_get_findings (EsimDeregistration *self)
{
  return self->findings;
}

guint
esim_deregistration_get_question (EsimDeregistration *self)
{
  return self->question;
}

guint
esim_deregistration_get_revision (EsimDeregistration *self)
{
  return self->revision;
}

const char *
esim_deregistration_get_file (EsimDeregistration *self)
{
  return self->file;
}

void
esim_deregistration_stop (EsimDeregistration *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->daily, g_source_remove);
}

EsimDeregistration *
esim_deregistration_new (const EsimDeregistrationSetup *setup, const EsimDeregistrationRequest *request,
                         EsimEuicc *euicc, const EsimProfileInfo *profile)
{
  EsimDeregistration *self = g_object_new (ESIM_TYPE_DEREGISTRATION, NULL);
  g_autofree char *id = esim_store_make_id ();
  EsimDeregistrationRecord *record = esim_deregistration_record_new (id);
  g_auto (GStrv) addresses = esim_profile_info_dup_delete_addresses (profile);

  self->setup = *setup;
  self->euicc = g_object_ref (euicc);
  record->token = g_strdup (request->token);
  record->requester = request->requester;
  record->method = g_strdup (request->method);
  record->reason = g_strdup (request->reason);
  record->dry_run = request->dry_run;
  record->eid = g_strdup (esim_euicc_get_eid (euicc));
  record->iccid = g_strdup (profile->iccid);
  record->aid = profile->aid != NULL ? g_bytes_ref (profile->aid) : NULL;
  record->profile_name = g_strdup (profile->nickname[0] != '\0' ? profile->nickname : profile->name);
  record->service_provider = g_strdup (profile->service_provider);
  record->recipients = g_strv_length (addresses);
  record->requested = g_get_real_time () / G_USEC_PER_SEC;
  self->record = record;
  commit (self, esim_deregistration_record_copy (record), FALSE, go_on, NULL, NULL);
  return self;
}

EsimDeregistration *
esim_deregistration_resume (const EsimDeregistrationSetup *setup, EsimDeregistrationRecord *record)
{
  EsimDeregistration *self = g_object_new (ESIM_TYPE_DEREGISTRATION, NULL);

  self->setup = *setup;
  self->record = record;
  go_on (self);
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
  signal_forgotten = g_signal_new ("forgotten", ESIM_TYPE_DEREGISTRATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
esim_deregistration_init (EsimDeregistration *self)
{
}
