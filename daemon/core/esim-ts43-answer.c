/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-answer.h"
#include "esim-error.h"
#include "esim-options.h"
#include "esim-portal-review.h"
#include "esim-ts43-evidence.h"
#include "esim-ts43-question.h"
#include "esim-ts43-row.h"

#include <string.h>

#define ADDRESS_MAX 8192 /* octets */
#define CODE_MAX 16
#define NUMBER_MIN 4
#define NUMBER_MAX 20
#define TEXT_MAX 1000 /* characters */
#define ICCID_MIN 18
#define ICCID_MAX 20
#define UNSUBSCRIBE 1
/* A page that was closed is not put before the user again at once. */
#define CLOSED_PAUSE_S (12 * 3600)

static const EsimOption login_keys[] = {{"final-address", "s"}, {"outcome", "s"}, {NULL, NULL}};
static const EsimOption number_keys[] = {{"number", "s"}, {"outcome", "s"}, {NULL, NULL}};
static const EsimOption code_keys[] = {{"code", "s"}, {"outcome", "s"}, {NULL, NULL}};
static const EsimOption message_keys[] = {{"button", "s"}, {"text", "s"}, {NULL, NULL}};
static const EsimOption page_keys[] = {{"outcome", "s"}, {"iccid", "s"}, {NULL, NULL}};
static const EsimOption outcome_keys[] = {{"outcome", "s"}, {NULL, NULL}};

static gboolean
invalid (GError **error, const char *key, const char *why)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "\"%s\": %s", key, why);
  return FALSE;
}

/* Checks */

static gboolean
check_outcome (EsimQuestion question, const EsimDeregistrationRecord *record, GVariant *answer,
               GError **error)
{
  const char *outcome = esim_options_lookup_string (answer, "outcome");
  g_autofree const char **outcomes = esim_ts43_question_get_outcomes (question, record);

  if (outcome == NULL)
    return invalid (error, "outcome", "the answer needs it");
  return g_strv_contains (outcomes, outcome)
             ? TRUE
             : invalid (error, "outcome", "it is not one that may be answered now");
}

static gboolean
is_made_of (const char *text, const char *characters, gsize min, gsize max)
{
  gsize length = strlen (text);

  return length >= min && length <= max && strspn (text, characters) == length;
}

static gboolean
check_address (const char *address, const EsimTs43Dialog *dialog, GError **error)
{
  gsize length = strlen (address);

  if (length > ADDRESS_MAX)
    return invalid (error, "final-address", "it is too long");
  for (gsize i = 0; i < length; i++)
    if (address[i] <= ' ' || address[i] > '~')
      return invalid (error, "final-address", "it has characters that no address has");
  if (!g_str_has_prefix (address, "https://"))
    return invalid (error, "final-address", "it is an address that begins with https://");
  if (dialog != NULL && dialog->stop_at != NULL && !g_str_has_prefix (address, dialog->stop_at))
    return invalid (error, "final-address", "it is not the one at which the page ends (\"stop-at\")");
  return TRUE;
}

/* Either what proves the user, or why not. */
static gboolean
check_identity (EsimQuestion question, const EsimDeregistrationRecord *record,
                const EsimQuestionContext *context, GVariant *answer, GError **error)
{
  const char *key = question == ESIM_QUESTION_TS43_LOGIN    ? "final-address"
                    : question == ESIM_QUESTION_TS43_NUMBER ? "number"
                                                            : "code";
  const char *value = esim_options_lookup_string (answer, key);

  if (g_variant_n_children (answer) != 1)
    return invalid (error, key, "the answer is this, or \"outcome\", alone");
  if (value == NULL)
    return check_outcome (question, record, answer, error);
  if (question == ESIM_QUESTION_TS43_LOGIN)
    return check_address (value, context->dialog, error);
  if (question == ESIM_QUESTION_TS43_CODE)
    return is_made_of (value, G_CSET_DIGITS G_CSET_A_2_Z G_CSET_a_2_z, 1, CODE_MAX)
               ? TRUE
               : invalid (error, key, "it is digits and letters, sixteen at most");
  return is_made_of (value + (*value == '+'), G_CSET_DIGITS, NUMBER_MIN, NUMBER_MAX)
             ? TRUE
             : invalid (error, key, "it is digits, with a + before the country's number");
}

static gboolean
check_text (const char *text, GError **error)
{
  if (g_utf8_strlen (text, -1) > TEXT_MAX)
    return invalid (error, "text", "it is too long");
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isprint (g_utf8_get_char (p)))
      return invalid (error, "text", "it has characters that cannot be shown");
  return TRUE;
}

static gboolean
check_message (const EsimTs43Dialog *dialog, GVariant *answer, GError **error)
{
  const char *button = esim_options_lookup_string (answer, "button");
  const char *text = esim_options_lookup_string (answer, "text");
  gboolean accept = g_strcmp0 (button, "accept") == 0;

  if (button == NULL)
    return invalid (error, "button", "the answer needs it");
  if (dialog == NULL)
    return invalid (error, "button", "the carrier's question is not there any more");
  if (!(accept && dialog->accepts) && !(strcmp (button, "reject") == 0 && dialog->rejects))
    return invalid (error, "button", "the question has no such button");
  if (text == NULL)
    return TRUE;
  if (!accept || !dialog->free_text)
    return invalid (error, "text", "it has no meaning beside this button");
  return check_text (text, error);
}

static gboolean
check_page (EsimQuestion question, const EsimDeregistrationRecord *record, GVariant *answer, GError **error)
{
  const char *iccid = esim_options_lookup_string (answer, "iccid");

  if (!check_outcome (question, record, answer, error))
    return FALSE;
  if (strcmp (esim_options_get_string (answer, "outcome"), "delete-profile-in-use") != 0)
    return iccid == NULL ? TRUE : invalid (error, "iccid", "it has no meaning beside this outcome");
  if (iccid == NULL)
    return invalid (error, "iccid", "the answer needs it");
  return is_made_of (iccid, G_CSET_DIGITS "fF", ICCID_MIN, ICCID_MAX)
             ? TRUE
             : invalid (error, "iccid", "it is the digits that the page has named");
}

gboolean
esim_ts43_answer_check (EsimQuestion question, const EsimDeregistrationRecord *record,
                        const EsimQuestionContext *context, GVariant *answer, GError **error)
{
  const EsimOption *keys = question == ESIM_QUESTION_TS43_LOGIN     ? login_keys
                           : question == ESIM_QUESTION_TS43_NUMBER  ? number_keys
                           : question == ESIM_QUESTION_TS43_CODE    ? code_keys
                           : question == ESIM_QUESTION_TS43_MESSAGE ? message_keys
                           : question == ESIM_QUESTION_TS43_PAGE    ? page_keys
                                                                    : outcome_keys;

  if (!esim_options_check (answer, keys, error))
    return FALSE;
  if (keys == message_keys)
    return check_message (context->dialog, answer, error);
  if (keys == page_keys)
    return check_page (question, record, answer, error);
  return keys == outcome_keys ? check_outcome (question, record, answer, error)
                              : check_identity (question, record, context, answer, error);
}

static gboolean
is_outcome (GVariant *answer, const char *outcome)
{
  return strcmp (esim_options_get_string (answer, "outcome"), outcome) == 0;
}

gboolean
esim_ts43_answer_releases (EsimQuestion question, const EsimDeregistrationRecord *record, GVariant *answer)
{
  return (question == ESIM_QUESTION_TS43_EVIDENCE || question == ESIM_QUESTION_TS43_ATTEST ||
          question == ESIM_QUESTION_TS43_BLIND) &&
         is_outcome (answer, "delete");
}

gboolean
esim_ts43_answer_withdraws (EsimQuestion question, GVariant *answer)
{
  return question != ESIM_QUESTION_TS43_MESSAGE && is_outcome (answer, "withdraw");
}

/* What follows */

/* The carrier's own ways, by the user: with what has been asked for already. */
static void
fall_back (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  esim_set_string (&record->method, ESIM_METHOD_PORTAL);
  esim_deregistration_record_set_error (record, NULL);
  record->next_check = 0;
  record->reminded = 0;
  if (record->steps[ESIM_STEP_IDENTITY] != ESIM_STEP_DONE)
    esim_deregistration_record_set_step (record, ESIM_STEP_IDENTITY, ESIM_STEP_SKIPPED);
  if (track->acknowledged != 0) {
    record->stage = ESIM_STAGE_IN_REVIEW;
    record->reminded = now;
    record->next_check = now + ESIM_PORTAL_REMIND_EVERY_S;
  } else if (record->stage != ESIM_STAGE_SUBMISSION_UNKNOWN) {
    record->stage = ESIM_STAGE_SUBMITTING;
    record->submitted = 0;
    esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_WAITING);
  }
  esim_deregistration_record_add_history (
      record, now, "fell-back", g_variant_new_parsed ("{'why': <%s>}", esim_ts43_why_to_string (track->why)));
}

/* The login was given up, for now. */
static void
apply_closed (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  if (record->stage == ESIM_STAGE_CONFIRMED || record->stage == ESIM_STAGE_AWAITING_END)
    esim_ts43_ask (record, ESIM_TS43_ASK_BLIND, now);
  else
    esim_ts43_ask (record, ESIM_TS43_ASK_NONE, now);
  track->failures++;
  esim_ts43_row_plan_at (record, now + CLOSED_PAUSE_S);
}

static void
apply_identity (EsimDeregistrationRecord *record, GVariant *answer, gint64 now)
{
  if (is_outcome (answer, "closed"))
    apply_closed (record, now);
  else if (is_outcome (answer, "portal"))
    fall_back (record, now);
  else
    esim_ts43_ask (record, ESIM_TS43_ASK_NONE, now);
}

static gboolean
is_ours (const EsimDeregistrationRecord *record, const char *iccid)
{
  const EsimTs43Entry entry = {iccid, 1, 0};
  EsimTs43Said said = ESIM_TS43_SAID_INIT ("page");
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  esim_ts43_said_take_list (&said, record->iccid, &entry, 1, others);
  return said.list == ESIM_TS43_LIST_STATUS;
}

static void
apply_page (EsimDeregistrationRecord *record, const EsimCarrier *carrier, GVariant *answer, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  const char *outcome = esim_options_get_string (answer, "outcome");
  gboolean in_use = strcmp (outcome, "delete-profile-in-use") == 0;
  gboolean ours = in_use && is_ours (record, esim_options_get_string (answer, "iccid"));
  /* The page of the contract's management has other things to finish than its end. */
  guint by =
      track->operation == UNSUBSCRIBE ? ESIM_TS43_ACKNOWLEDGED_BY_PAGE : ESIM_TS43_ACKNOWLEDGED_BY_USER;

  esim_ts43_row_note (track, "page", in_use && !ours ? "delete-other-profile" : outcome, NULL, now);
  esim_deregistration_record_add_history (record, now, "page-closed",
                                          g_variant_new_parsed ("{'outcome': <%s>}", outcome));
  if (ours || strcmp (outcome, "finished") == 0)
    esim_ts43_row_acknowledge (record, carrier, by, now);
  else
    esim_ts43_row_doubt (record, now);
  if (ours)
    esim_ts43_row_delete_first (record, ESIM_TS43_SEEN_DELETE_IN_USE, now);
}

/* The request is made once more, or the one of type 2: the user wants it. */
static void
send_again (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  track->submitting = 0;
  track->answered = 0;
  track->result = 0;
  track->replying = 0;
  track->failures = 0;
  esim_deregistration_record_set_error (record, NULL);
  record->stage = ESIM_STAGE_SUBMITTING;
  esim_ts43_row_plan_at (record, now);
}

static void
apply_resend (EsimDeregistrationRecord *record, const EsimCarrier *carrier, GVariant *answer, gint64 now)
{
  if (is_outcome (answer, "resend")) {
    send_again (record, now);
    esim_deregistration_record_add_history (record, now, "resend", NULL);
  } else if (is_outcome (answer, "submitted")) {
    esim_ts43_row_acknowledge (record, carrier, ESIM_TS43_ACKNOWLEDGED_BY_USER, now);
  }
}

static void
apply_wait (EsimQuestion question, EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  gboolean long_pause = question == ESIM_QUESTION_TS43_LATE || question == ESIM_QUESTION_TS43_END;

  if (question == ESIM_QUESTION_TS43_RESEND)
    return;
  /* What was seen before the user was asked is not to confirm anything at the very next look. */
  if (question == ESIM_QUESTION_TS43_REVERSAL)
    esim_ts43_row_clear (track);
  if (question == ESIM_QUESTION_TS43_ATTEST)
    esim_ts43_row_clear_refusals (track);
  if (question == ESIM_QUESTION_TS43_BLIND) {
    track->failures = 0;
    esim_ts43_row_plan_at (record, now + CLOSED_PAUSE_S);
  } else {
    track->quiet_until = now + (long_pause ? ESIM_TS43_QUIET_LATE_S : ESIM_TS43_QUIET_S);
  }
  record->reminded = 0;
  esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
}

static void
apply_delete (EsimQuestion question, EsimDeregistrationRecord *record, const EsimCarrier *carrier, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  if (question != ESIM_QUESTION_TS43_BLIND) {
    esim_ts43_row_confirm (record, carrier,
                           question == ESIM_QUESTION_TS43_EVIDENCE ? track->seen : ESIM_TS43_SEEN_FORBIDDEN,
                           TRUE, now);
    return;
  }
  track->looked = now;
  track->blind = now;
  esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  esim_deregistration_record_set_error (record, NULL);
  esim_deregistration_record_add_history (record, now, "not-asked-again", NULL);
}

static void
apply_ended (EsimDeregistrationRecord *record, gint64 now)
{
  record->ts43.ended_stated = now;
  record->stage = ESIM_STAGE_COMPLETED;
  record->completed = now;
  esim_deregistration_record_set_step (record, ESIM_STEP_VERIFY_END, ESIM_STEP_DONE);
  esim_deregistration_record_add_history (record, now, "end-stated", NULL);
}

void
esim_ts43_answer_apply (EsimQuestion question, EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                        GVariant *answer, gint64 now)
{
  if (question >= ESIM_QUESTION_TS43_LOGIN && question <= ESIM_QUESTION_TS43_CODE) {
    apply_identity (record, answer, now);
  } else if (question == ESIM_QUESTION_TS43_MESSAGE) {
    esim_ts43_ask (record, ESIM_TS43_ASK_NONE, now);
  } else if (question == ESIM_QUESTION_TS43_PAGE) {
    apply_page (record, carrier, answer, now);
  } else if (is_outcome (answer, "portal")) {
    fall_back (record, now);
  } else if (is_outcome (answer, "wait")) {
    apply_wait (question, record, now);
  } else if (is_outcome (answer, "delete")) {
    apply_delete (question, record, carrier, now);
  } else if (question == ESIM_QUESTION_TS43_RESEND) {
    apply_resend (record, carrier, answer, now);
  } else if (question == ESIM_QUESTION_TS43_CHANGE && is_outcome (answer, "yes")) {
    record->ts43.change = now;
    send_again (record, now);
    esim_deregistration_record_add_history (record, now, "change-agreed", NULL);
  } else if (question == ESIM_QUESTION_TS43_END && is_outcome (answer, "ended")) {
    apply_ended (record, now);
  }
}
