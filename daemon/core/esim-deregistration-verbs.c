/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a deregistration is asked for, and what it tells. */
#include "esim-advice.h"
#include "esim-carrier-findings.h"
#include "esim-deregistration-private.h"
#include "esim-error.h"
#include "esim-answer.h"
#include "esim-receipt.h"
#include "esim-restore.h"

#include <string.h>

static gboolean
check_idle (EsimDeregistration *self, EsimDeregistrationDone done, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!self->writing && !self->asking && !self->stopped)
    return TRUE;
  error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_BUSY,
                               self->asking ? "the carrier is being asked; try again in a moment"
                                            : "its record is being written; try again in a moment");
  done (error, user_data);
  return FALSE;
}

static void
refuse (EsimDeregistrationDone done, gpointer user_data, EsimError code, const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (ESIM_ERROR, code, message);

  done (error, user_data);
}

static EsimQuestionContext
get_context (EsimDeregistration *self)
{
  return (EsimQuestionContext){self->carriers, self->reason_text != NULL ? self->reason_text : "",
                               self->dialog};
}

gboolean
esim_deregistration_check_answer (EsimDeregistration *self, guint question, GVariant *answer, GError **error)
{
  g_autoptr (EsimCarrier) carrier = esim_deregistration_dup_carrier (self);
  EsimQuestionContext context = get_context (self);

  if (self->question != 0 && question == self->question)
    return esim_answer_check (self->asked, self->record, carrier, &context, answer,
                              esim_deregistration_now (), error);
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                       "that question is not asked now; look at Describe again");
  return FALSE;
}

gboolean
esim_deregistration_releases (EsimDeregistration *self, GVariant *answer)
{
  return esim_answer_releases (self->asked, self->record, answer);
}

/* It may be asked the same again, and is then another question. */
static void
on_answered (EsimDeregistration *self)
{
  if (self->question != 0 && self->question == self->answered) {
    self->question = ++self->last_question;
    esim_deregistration_changed (self);
  }
  esim_deregistration_go_on (self);
}

void
esim_deregistration_answer (EsimDeregistration *self, guint question, GVariant *answer,
                            EsimDeregistrationDone done, gpointer user_data)
{
  g_autoptr (EsimCarrier) carrier = esim_deregistration_dup_carrier (self);
  EsimQuestionContext context = get_context (self);
  EsimDeregistrationRecord *record;
  g_autoptr (GError) error = NULL;

  if (!check_idle (self, done, user_data))
    return;
  if (!esim_deregistration_check_answer (self, question, answer, &error)) {
    done (error, user_data);
    return;
  }
  if (esim_answer_withdraws (self->asked, answer)) {
    esim_deregistration_withdraw (self, done, user_data);
    return;
  }
  record = esim_deregistration_record_copy (self->record);
  esim_deregistration_record_set_error (record, NULL);
  esim_deregistration_keep_given (self, answer);
  esim_answer_apply (self->asked, record, carrier, &context, answer, esim_deregistration_now ());
  g_clear_handle_id (&self->timer, g_source_remove);
  self->answered = question;
  esim_deregistration_commit (self, record, FALSE, on_answered, done, user_data);
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
  if (record->stage < ESIM_STAGE_REMOVING_PROFILE ||
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
    record->completed = esim_deregistration_now ();
  esim_deregistration_record_add_history (record, esim_deregistration_now (), "withdrawn", NULL);
  g_clear_handle_id (&self->timer, g_source_remove);
  esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, done, user_data);
}

void
esim_deregistration_retry (EsimDeregistration *self, EsimDeregistrationDone done, gpointer user_data)
{
  EsimStage stage = self->record->stage;
  EsimDeregistrationRecord *record;

  if (stage != ESIM_STAGE_FAILED && stage != ESIM_STAGE_REJECTED && stage != ESIM_STAGE_WITHDRAWN) {
    refuse (done, user_data, ESIM_ERROR_WRONG_STATE,
            "only one that failed, was rejected or was withdrawn can be begun again");
    return;
  }
  if (!check_idle (self, done, user_data))
    return;
  record = esim_deregistration_record_copy (self->record);
  esim_deregistration_record_begin_again (record, esim_deregistration_now ());
  self->failures = 0;
  self->card_errors = 0;
  self->looked = FALSE;
  esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, done, user_data);
}

static void
forgotten (const GError *error, gpointer data)
{
  gpointer *triple = data;
  EsimDeregistration *self = triple[0];

  ((EsimDeregistrationDone) triple[1]) (error, triple[2]);
  if (error == NULL) {
    self->forgotten = TRUE;
    g_signal_emit_by_name (self, "forgotten");
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
  esim_deregistration_commit (self, esim_deregistration_record_copy (self->record), TRUE, NULL, forgotten,
                              triple);
}

/* Who asks how it stands is asked in return. */
static void
remind_now (EsimDeregistration *self)
{
  EsimDeregistrationRecord *record;

  if (self->stopped || self->writing || self->record->reminded != 0 ||
      (self->record->stage != ESIM_STAGE_IN_REVIEW && self->record->stage != ESIM_STAGE_AWAITING_END) ||
      (self->record->stage == ESIM_STAGE_IN_REVIEW && esim_deregistration_record_is_ts43 (self->record)))
    return;
  record = esim_deregistration_record_copy (self->record);
  record->reminded = esim_deregistration_now ();
  esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, NULL, NULL);
}

void
esim_deregistration_check (EsimDeregistration *self)
{
  if (self->record->stage == ESIM_STAGE_UNREADABLE)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->hurry = esim_deregistration_record_is_ts43 (self->record);
  remind_now (self);
  if (self->record->removed != 0)
    esim_outbox_try_now (self->setup.outbox, self->record->eid, NULL, NULL, NULL);
  esim_deregistration_ask_for_proofs (self);
  if (self->euicc != NULL && !esim_euicc_is_present (self->euicc))
    esim_euicc_reopen (self->euicc);
  esim_deregistration_go_on (self);
}

char *
esim_deregistration_dup_receipt (EsimDeregistration *self, GError **error)
{
  if (self->record->removed != 0 ||
      (esim_deregistration_record_is_cardless (self->record) && self->record->stage == ESIM_STAGE_COMPLETED))
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
         strcmp (self->record->iccid, iccid) == 0 &&
         (*eid == '\0' || *self->record->eid == '\0' || strcmp (self->record->eid, eid) == 0);
}

GPtrArray *
esim_deregistration_find (EsimDeregistration *self)
{
  GPtrArray *all = esim_findings_new ();
  EsimCardSnapshot *card = self->present ? esim_euicc_get_snapshot (self->euicc) : NULL;
  g_autoptr (EsimCarrier) carrier = esim_deregistration_dup_carrier (self);

  for (guint i = 0; self->findings != NULL && i < self->findings->len; i++) {
    const EsimFinding *finding = g_ptr_array_index (self->findings, i);

    esim_findings_add (all, finding->severity, finding->code, g_strdup (finding->message),
                       finding->parameters);
  }
  if (!esim_deregistration_record_is_local (self->record) &&
      (self->findings != NULL ||
       (self->record->stage != ESIM_STAGE_PREPARING && esim_deregistration_is_open (self))))
    esim_carrier_findings_add (all, self->record, carrier,
                               card != NULL ? esim_card_snapshot_find (card, self->record->iccid) : NULL,
                               esim_deregistration_now ());
  return all;
}

guint
esim_deregistration_get_question (EsimDeregistration *self)
{
  return self->question;
}

gboolean
esim_deregistration_needs_input (EsimDeregistration *self)
{
  return self->question != 0 && esim_question_is_due (self->asked, self->record);
}

GVariant *
esim_deregistration_describe_question (EsimDeregistration *self)
{
  g_autoptr (EsimCarrier) carrier = esim_deregistration_dup_carrier (self);
  EsimQuestionContext context = get_context (self);

  if (self->question == 0)
    return NULL;
  return esim_question_describe (self->asked, self->record, carrier, &context);
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
