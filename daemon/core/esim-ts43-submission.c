/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one request, and what becomes of it. */
#include "esim-error.h"
#include "esim-ts43-evidence.h"
#include "esim-ts43-plan.h"
#include "esim-ts43-row.h"

#define RESULT_MAX 99
#define UNSUBSCRIBE 1

/* TS.43: SubscriptionResult */
enum {
  RESULT_WEBSHEET = 1,
  RESULT_DONE = 3,
  RESULT_DELAYED = 4,
  RESULT_DISMISS = 5,
  RESULT_DELETE_IN_USE = 6,
  RESULT_USER_INPUT = 8,
};

void
esim_ts43_begin_submission (EsimDeregistrationRecord *record, guint operation, gboolean reply, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  track->operation = operation;
  track->submitting = now;
  track->answered = 0;
  track->result = 0;
  track->replying = reply;
  if (reply)
    track->messages = MIN (track->messages + 1, ESIM_TS43_MESSAGES_MAX);
  else
    track->messages = 0;
  if (!reply && operation == UNSUBSCRIBE)
    track->sends = MIN (track->sends + 1, ESIM_TS43_SENDS_MAX);
  esim_deregistration_record_set_error (record, NULL);
  esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_RUNNING);
  esim_deregistration_record_add_history (
      record, now, "asked-carrier",
      g_variant_new_parsed ("{'operation-type': <%u>, 'reply': <%b>}", operation, reply));
}

/* What it can only be answered with by a page, or by the portal. */
static void
refuse (EsimDeregistrationRecord *record, const char *words, gint64 now)
{
  esim_ts43_row_step_down (
      record, record->ts43.operation == UNSUBSCRIBE ? ESIM_TS43_WHY_REFUSED : ESIM_TS43_WHY_CHANGE_FAILED,
      words, now);
}

static void
reject (EsimDeregistrationRecord *record, gint64 now)
{
  g_autoptr (GError) said = g_error_new_literal (
      ESIM_ERROR, ESIM_ERROR_CARRIER_REJECTED,
      "the carrier's server has put an end to the request without accepting it; the profile is as it was");

  esim_ts43_row_ask (&record->ts43, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  esim_deregistration_record_set_error (record, said);
  record->refused = now;
  record->stage = ESIM_STAGE_REJECTED;
  record->completed = now;
  esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_FAILED);
  esim_deregistration_record_add_history (record, now, "dismissed", NULL);
}

/* A result of type 2 says something of the contract's management, not of its end: only its page helps. */
static void
take_result (EsimDeregistrationRecord *record, const EsimCarrier *carrier, const EsimTs43Said *said,
             gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  gboolean change = track->operation != UNSUBSCRIBE;
  gboolean refused = said->operation_result > 1 && said->operation_result != 104;

  if (said->subscription_result == RESULT_DISMISS && !refused) {
    reject (record, now);
  } else if (said->subscription_result == RESULT_WEBSHEET && said->has_page && !refused) {
    esim_ts43_ask (record, ESIM_TS43_ASK_PAGE, now);
  } else if (said->has_message && !refused && track->messages < ESIM_TS43_MESSAGES_MAX &&
             (said->subscription_result == RESULT_USER_INPUT || said->operation_result == 104)) {
    esim_ts43_ask (record, ESIM_TS43_ASK_MESSAGE, now);
  } else if (refused || change || said->operation_result == 104) {
    refuse (record, "the carrier's server does not end this line on request", now);
  } else if (said->subscription_result == RESULT_DONE || said->subscription_result == RESULT_DELAYED) {
    esim_ts43_row_acknowledge (record, carrier, ESIM_TS43_ACKNOWLEDGED_BY_SERVER, now);
  } else if (said->subscription_result == RESULT_DELETE_IN_USE) {
    esim_ts43_row_acknowledge (record, carrier, ESIM_TS43_ACKNOWLEDGED_BY_SERVER, now);
    esim_ts43_row_delete_first (record, ESIM_TS43_SEEN_DELETE_FIRST, now);
  } else {
    refuse (record, "the carrier's server gave no answer to the request that means an end", now);
  }
}

static void
take_answer (EsimDeregistrationRecord *record, const EsimCarrier *carrier, const EsimTs43Said *said,
             gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  int result = said->subscription_result;
  g_autofree char *words = NULL;

  track->answered = MAX (now, track->submitting);
  track->result = CLAMP (result, 0, RESULT_MAX);
  track->failures = 0;
  words = result >= 0 ? g_strdup_printf ("result %d", result)
                      : g_strdup_printf ("operation result %d", said->operation_result);
  esim_ts43_row_note (track, ESIM_TS43_MANAGE_SUBSCRIPTION, words, said, now);
  esim_deregistration_record_add_history (
      record, now, "carrier-answered",
      g_variant_new_parsed ("{'operation-result': <%i>, 'result': <%i>}", said->operation_result, result));
  take_result (record, carrier, said, now);
}

static gboolean
is_surely_not_sent (const GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  gboolean not_sent = FALSE;

  return g_variant_lookup (details, ESIM_DETAIL_NOT_SENT, "b", &not_sent) && not_sent;
}

/* Nothing has left this machine: it stands as before. */
static void
take_back (EsimDeregistrationRecord *record, const GError *error, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  esim_deregistration_record_set_error (record, error);
  track->failures = MIN (track->failures + 1, G_MAXINT32);
  esim_deregistration_record_add_history (record, now, "not-sent", NULL);
  if (track->replying) {
    /* The carrier's question is still there, and so is the user who can answer it again. */
    track->answered = MAX (now, track->submitting);
    track->messages--;
    esim_ts43_ask (record, ESIM_TS43_ASK_MESSAGE, now);
    return;
  }
  track->submitting = 0;
  if (track->operation == UNSUBSCRIBE)
    track->sends--;
  track->operation = track->sends > 0 ? UNSUBSCRIBE : 0;
  esim_ts43_row_plan (record, error, now);
}

/* An HTTP status by which a server says that it will not do it. A token that it does not know any more (401,
 * 511) is no such word. */
static gboolean
is_no (guint status)
{
  return (status >= 400 && status != 401 && status < 500 && status != 408 && status != 409 && status != 425 &&
          status != 429) ||
         status == 501 || status == 505;
}

void
esim_ts43_take_submission (EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                           const EsimTs43Said *said, const GError *error, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  guint status = esim_ts43_row_get_http (error);

  if (record->stage != ESIM_STAGE_SUBMITTING || track->submitting == 0 || track->answered != 0 ||
      track->ask != ESIM_TS43_ASK_NONE)
    return;
  if (said != NULL) {
    take_answer (record, carrier, said, now);
    return;
  }
  if (is_surely_not_sent (error)) {
    take_back (record, error, now);
    return;
  }
  esim_deregistration_record_set_error (record, error);
  esim_ts43_row_note_error (track, ESIM_TS43_MANAGE_SUBSCRIPTION, error, now);
  if (is_no (status) || (status == 0 && esim_ts43_row_is_refusal (error))) {
    track->answered = MAX (now, track->submitting);
    esim_ts43_row_step_down (record,
                             track->operation != UNSUBSCRIBE    ? ESIM_TS43_WHY_CHANGE_FAILED
                             : esim_ts43_row_is_refusal (error) ? ESIM_TS43_WHY_NO_PROOF
                                                                : ESIM_TS43_WHY_REFUSED,
                             NULL, now);
  } else {
    esim_ts43_row_doubt (record, now);
  }
}

gboolean
esim_ts43_resume (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  gboolean lost = track->ask >= ESIM_TS43_ASK_LOGIN && track->ask <= ESIM_TS43_ASK_PAGE;

  if (!esim_deregistration_record_is_ts43 (record))
    return FALSE;
  if (lost) {
    esim_ts43_ask (record, ESIM_TS43_ASK_NONE, now);
    esim_ts43_row_plan_at (record, now);
  }
  if (record->stage != ESIM_STAGE_SUBMITTING || track->submitting == 0 || track->ask != ESIM_TS43_ASK_NONE)
    return lost;
  /* It went out, and what came back, if anything, is lost: an answer, a page, a question. */
  esim_ts43_row_doubt (record, now);
  return TRUE;
}

gboolean
esim_ts43_clock_moved (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  if (!esim_deregistration_record_is_ts43 (record) ||
      (track->run == ESIM_TS43_SEEN_NOTHING && track->forbidden_count == 0 && track->looked == 0))
    return FALSE;
  /* A question that was asked on what had been counted before stands: that was seen. */
  esim_ts43_row_clear (track);
  esim_ts43_row_clear_refusals (track);
  if (record->stage == ESIM_STAGE_CONFIRMED || record->stage == ESIM_STAGE_AWAITING_END)
    track->looked = 0;
  return TRUE;
}
