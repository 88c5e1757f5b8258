/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from an answer that was checked. */
#include "esim-answer.h"
#include "esim-carrier-days.h"
#include "esim-error.h"
#include "esim-options.h"
#include "esim-portal-channel.h"
#include "esim-portal-review.h"
#include "esim-ts43-answer.h"
#include "esim-ts43-question.h"
#include "esim-ts43-row.h"

#include <string.h>

#define NOON_S (12 * 3600)

void
esim_answer_set_carrier (EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  const char *name = "";

  if (carrier != NULL)
    (void) g_variant_lookup (carrier->name, "", "&s", &name);
  record->carrier_known = TRUE;
  esim_set_string (&record->carrier, carrier != NULL ? carrier->id : "");
  esim_set_string (&record->carrier_name, name);
}

/* The list is whole: what is not in it is not done, or not done after all. */
static void
apply_tasks (EsimDeregistrationRecord *record, GVariant *answer, gint64 now)
{
  g_autofree const char **list = NULL;
  GVariantBuilder builder;

  if (!g_variant_lookup (answer, "tasks-done", "^a&s", &list))
    return;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sx}"));
  for (guint i = 0; list[i] != NULL; i++) {
    gint64 before = 0;

    if (g_strv_contains ((const char *const *) list + i + 1, list[i]))
      continue;
    (void) g_variant_lookup (record->tasks_done, list[i], "x", &before);
    g_variant_builder_add (&builder, "{sx}", list[i], before != 0 ? before : now);
  }
  g_variant_unref (record->tasks_done);
  record->tasks_done = g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
set_missing (EsimDeregistrationRecord *record, GVariant *answer, gint64 now)
{
  char **list = NULL;

  if (!g_variant_lookup (answer, "missing", "^as", &list))
    list = g_new0 (char *, 1);
  g_strfreev (record->refusal_missing);
  record->refusal_missing = list;
  record->refused = now;
}

static void
take_reference (EsimDeregistrationRecord *record, GVariant *answer)
{
  const char *reference = esim_options_lookup_string (answer, "reference");

  if (reference != NULL && *reference != '\0')
    esim_set_string (&record->reference, reference);
}

static GVariant *
pick (GVariant *answer, const char *const *names)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; names[i] != NULL; i++) {
    g_autoptr (GVariant) value = g_variant_lookup_value (answer, names[i], NULL);

    if (value != NULL)
      g_variant_dict_insert_value (&dict, names[i], value);
  }
  return g_variant_dict_end (&dict);
}

static void
begin_submitting (EsimDeregistrationRecord *record)
{
  record->stage = ESIM_STAGE_SUBMITTING;
  record->page_opened = 0;
  record->submitted = 0;
  record->expected_by = 0;
  record->next_check = 0;
  record->reminded = 0;
  esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_WAITING);
  esim_deregistration_record_set_step (record, ESIM_STEP_REVIEW, ESIM_STEP_PENDING);
}

static void
apply_consent (EsimDeregistrationRecord *record, const EsimCarrier *carrier, gint64 now)
{
  const EsimCarrierFact *page;

  record->consented = now;
  esim_deregistration_record_set_error (record, NULL);
  esim_deregistration_record_set_step (record, ESIM_STEP_CONSENT, ESIM_STEP_DONE);
  esim_deregistration_record_add_history (record, now, "consented", NULL);
  if (esim_deregistration_record_is_local (record)) {
    record->stage = ESIM_STAGE_REMOVING_PROFILE;
    return;
  }
  begin_submitting (record);
  if (esim_deregistration_record_is_ts43 (record)) {
    record->stage = ESIM_STAGE_VERIFYING_IDENTITY;
    esim_ts43_row_plan_at (record, now);
    esim_deregistration_record_set_step (record, ESIM_STEP_IDENTITY, ESIM_STEP_WAITING);
    esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_PENDING);
    return;
  }
  page = esim_portal_find_page (record, carrier);
  if (page != NULL && esim_carrier_fact_get_string (page, "login-url") != NULL) {
    record->stage = ESIM_STAGE_VERIFYING_IDENTITY;
    esim_deregistration_record_set_step (record, ESIM_STEP_IDENTITY, ESIM_STEP_WAITING);
    esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_PENDING);
  } else {
    esim_deregistration_record_set_step (record, ESIM_STEP_IDENTITY, ESIM_STEP_SKIPPED);
  }
}

static void
apply_submitted (EsimDeregistrationRecord *record, const EsimCarrier *carrier, GVariant *answer, gint64 now)
{
  static const char *const told[] = {"reference", "date", "expected-by", NULL};
  const char *date = esim_options_lookup_string (answer, "date");
  gint64 submitted = now;

  /* Of a day that is over only the day is known: its middle. */
  if (date != NULL && esim_carrier_days_end_of (carrier, record->plan, date) < now)
    submitted = esim_carrier_days_end_of (carrier, record->plan, date) - NOON_S;
  take_reference (record, answer);
  record->stage = ESIM_STAGE_IN_REVIEW;
  esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_DONE);
  esim_deregistration_record_set_step (record, ESIM_STEP_REVIEW, ESIM_STEP_WAITING);
  esim_portal_begin_review (record, carrier, submitted, esim_options_lookup_string (answer, "expected-by"),
                            now);
  esim_deregistration_record_add_history (record, now, "submitted", pick (answer, told));
}

static void
apply_confirmed (EsimDeregistrationRecord *record, const EsimCarrier *carrier, GVariant *answer, gint64 now)
{
  static const char *const told[] = {
      "reference", "date", "effective-date", "document-name", "document-size", "document-sha256", NULL};
  const char *date = esim_options_lookup_string (answer, "date");
  char today[11];
  guint64 size = 0;

  take_reference (record, answer);
  if (date == NULL)
    (void) esim_carrier_days_date_of (carrier, record->plan, now, today);
  esim_set_string (&record->evidence_date, date != NULL ? date : today);
  esim_set_string (&record->document_name, esim_options_lookup_string (answer, "document-name"));
  (void) g_variant_lookup (answer, "document-size", "t", &size);
  record->document_size = (gint64) size;
  g_free (record->document_sha256);
  record->document_sha256 = g_ascii_strdown (esim_options_get_string (answer, "document-sha256"), -1);
  record->confirmed = now;
  record->stage = ESIM_STAGE_CONFIRMED;
  esim_portal_set_end (record, carrier, esim_options_lookup_string (answer, "effective-date"), now);
  if (record->steps[ESIM_STEP_SUBMIT] != ESIM_STEP_DONE)
    esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_DONE);
  esim_deregistration_record_set_step (record, ESIM_STEP_REVIEW, ESIM_STEP_DONE);
  esim_deregistration_record_add_history (record, now, "confirmed", pick (answer, told));
}

static void
apply_refused (EsimQuestion question, EsimDeregistrationRecord *record, GVariant *answer, gint64 now)
{
  static const char *const told[] = {"missing", NULL};

  set_missing (record, answer, now);
  esim_deregistration_record_add_history (record, now, "refused", pick (answer, told));
  /* Who could not log in is still at the door. */
  if (question != ESIM_QUESTION_LOGIN)
    begin_submitting (record);
}

static void
apply_rejected (EsimDeregistrationRecord *record, GVariant *answer, gint64 now)
{
  g_autoptr (GError) said =
      g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARRIER_REJECTED,
                           "the carrier rejected the request, as you have told; the profile is as it was");
  static const char *const told[] = {"missing", NULL};
  EsimStep step = record->stage == ESIM_STAGE_VERIFYING_IDENTITY ? ESIM_STEP_IDENTITY
                  : record->stage == ESIM_STAGE_IN_REVIEW        ? ESIM_STEP_REVIEW
                                                                 : ESIM_STEP_SUBMIT;

  set_missing (record, answer, now);
  esim_deregistration_record_set_error (record, said);
  record->stage = ESIM_STAGE_REJECTED;
  record->completed = now;
  esim_deregistration_record_set_step (record, step, ESIM_STEP_FAILED);
  esim_deregistration_record_add_history (record, now, "rejected", pick (answer, told));
}

static void
apply_unknown (EsimQuestion question, EsimDeregistrationRecord *record, const EsimCarrier *carrier,
               gint64 now)
{
  if (question == ESIM_QUESTION_OUTCOME) {
    esim_portal_extend_review (record, carrier, NULL, now);
    return;
  }
  if (record->stage != ESIM_STAGE_SUBMISSION_UNKNOWN)
    esim_deregistration_record_add_history (record, now, "submission-unknown", NULL);
  record->stage = ESIM_STAGE_SUBMISSION_UNKNOWN;
}

static void
apply_attest (EsimQuestion question, EsimDeregistrationRecord *record, const EsimCarrier *carrier,
              GVariant *answer, gint64 now)
{
  static const char *const told[] = {"reference", "expected-by", NULL};
  const char *outcome = esim_options_lookup_string (answer, "outcome");

  apply_tasks (record, answer, now);
  /* The login's page has gone from the directory since: no login is waited for any more. */
  if (question == ESIM_QUESTION_SUBMISSION && record->stage == ESIM_STAGE_VERIFYING_IDENTITY &&
      strcmp (outcome, "not-yet") != 0)
    esim_deregistration_record_set_step (record, ESIM_STEP_IDENTITY, ESIM_STEP_SKIPPED);
  if (strcmp (outcome, "done") == 0) {
    begin_submitting (record);
    esim_deregistration_record_set_step (record, ESIM_STEP_IDENTITY, ESIM_STEP_DONE);
    esim_deregistration_record_add_history (record, now, "identity-done", NULL);
  } else if (strcmp (outcome, "submitted") == 0) {
    apply_submitted (record, carrier, answer, now);
  } else if (strcmp (outcome, "not-submitted") == 0) {
    begin_submitting (record);
    esim_deregistration_record_add_history (record, now, "not-submitted", NULL);
  } else if (strcmp (outcome, "in-review") == 0) {
    take_reference (record, answer);
    esim_portal_extend_review (record, carrier, esim_options_lookup_string (answer, "expected-by"), now);
    esim_deregistration_record_add_history (record, now, "in-review", pick (answer, told));
  } else if (strcmp (outcome, "unknown") == 0) {
    apply_unknown (question, record, carrier, now);
  } else if (strcmp (outcome, "refused") == 0) {
    apply_refused (question, record, answer, now);
  } else if (strcmp (outcome, "rejected") == 0) {
    apply_rejected (record, answer, now);
  } else if (strcmp (outcome, "confirmed") == 0) {
    apply_confirmed (record, carrier, answer, now);
  }
}

static void
apply_reminder (EsimDeregistrationRecord *record, const EsimCarrier *carrier, GVariant *answer, gint64 now)
{
  static const char *const told[] = {"effective-date", NULL};
  const char *date = esim_options_lookup_string (answer, "effective-date");

  record->reminded = 0;
  if (date != NULL) {
    esim_portal_set_end (record, carrier, date, now);
    esim_deregistration_record_add_history (record, now, "effective-date-changed", pick (answer, told));
  } else if (esim_options_get_boolean (answer, "remove-now")) {
    /* The date that the carrier gave stays what it is. */
    record->remove_now = now;
    record->next_check = 0;
    record->stage = ESIM_STAGE_CONFIRMED;
    esim_deregistration_record_add_history (record, now, "remove-now", NULL);
  }
}

static void
apply_opened (EsimDeregistrationRecord *record, GVariant *answer, gint64 now)
{
  esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_RUNNING);
  if (!esim_options_get_boolean (answer, "opened"))
    return;
  record->page_opened = now;
  esim_deregistration_record_add_history (record, now, "page-opened", NULL);
}

void
esim_answer_apply (EsimQuestion question, EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                   const EsimQuestionContext *context, GVariant *answer, gint64 now)
{
  if (esim_ts43_question_is (question)) {
    esim_ts43_answer_apply (question, record, carrier, answer, now);
    return;
  }
  switch (question) {
  case ESIM_QUESTION_CARRIER:
    esim_answer_set_carrier (
        record, esim_question_find_carrier (context, esim_options_lookup_string (answer, "carrier")));
    break;
  case ESIM_QUESTION_PLAN:
    record->plan_known = TRUE;
    esim_set_string (&record->plan, esim_options_lookup_string (answer, "plan"));
    break;
  case ESIM_QUESTION_CONSENT:
    apply_consent (record, carrier, now);
    break;
  case ESIM_QUESTION_REQUEST:
    apply_opened (record, answer, now);
    break;
  case ESIM_QUESTION_REMINDER:
    apply_reminder (record, carrier, answer, now);
    break;
  case ESIM_QUESTION_DISCONNECT:
    if (!esim_options_get_boolean (answer, "consent"))
      break;
    record->disconnect_allowed = now;
    esim_deregistration_record_add_history (record, now, "disconnect-allowed", NULL);
    break;
  case ESIM_QUESTION_LOGIN:
  case ESIM_QUESTION_SUBMISSION:
  case ESIM_QUESTION_OUTCOME:
    apply_attest (question, record, carrier, answer, now);
    break;
  case ESIM_QUESTION_NONE:
  default:
    break;
  }
}
