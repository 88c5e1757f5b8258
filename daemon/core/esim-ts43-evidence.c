/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-evidence.h"
#include "esim-error.h"
#include "esim-portal-review.h"
#include "esim-ts43-plan.h"
#include "esim-ts43-row.h"

#include <string.h>

#define LOGINS_MAX 3
#define BASELINES_MAX 3

static void
stumble (EsimDeregistrationRecord *record, const GError *error, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  track->failures = MIN (track->failures + 1, G_MAXINT32);
  esim_deregistration_record_set_error (record, error);
  esim_ts43_row_plan (record, error, now);
}

void
esim_ts43_ask (EsimDeregistrationRecord *record, EsimTs43Ask ask, gint64 now)
{
  esim_ts43_row_ask (&record->ts43, ask, ESIM_TS43_SEEN_NOTHING, now);
}

/* Authentication */

static void
take_proof (EsimDeregistrationRecord *record, EsimTs43Way way, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  track->way = way;
  track->authenticated = now;
  if (track->ask >= ESIM_TS43_ASK_LOGIN && track->ask <= ESIM_TS43_ASK_CODE)
    esim_ts43_ask (record, ESIM_TS43_ASK_NONE, now);
  esim_deregistration_record_set_error (record, NULL);
  if (record->stage != ESIM_STAGE_VERIFYING_IDENTITY)
    return;
  track->failures = 0;
  record->stage = ESIM_STAGE_SUBMITTING;
  esim_ts43_row_plan_at (record, now);
  esim_deregistration_record_set_step (record, ESIM_STEP_IDENTITY, ESIM_STEP_DONE);
  esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_RUNNING);
  esim_deregistration_record_add_history (record, now, "authenticated", NULL);
}

static gboolean
is_unproven (const GError *error)
{
  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
}

/* The next way to say who it is, where this one does not serve. */
static void
try_next_way (EsimDeregistrationRecord *record, EsimTs43Way way, const GError *error, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  gboolean definite = way == ESIM_TS43_WAY_SIM || !is_unproven (error);

  track->failures++;
  esim_deregistration_record_set_error (record, error);
  esim_ts43_row_plan_at (record, now);
  track->way = way;
  /* A wrong password is not the last word. */
  if (!definite && track->failures < LOGINS_MAX)
    return;
  track->failures = 0;
  if (way == ESIM_TS43_WAY_CODE)
    esim_ts43_row_step_down (record, ESIM_TS43_WHY_NO_PROOF, NULL, now);
  else
    track->way = way == ESIM_TS43_WAY_SIM ? ESIM_TS43_WAY_LOGIN : ESIM_TS43_WAY_CODE;
}

/* The server has answered, or this machine cannot: another try would end as this one did. */
static gboolean
is_definite (EsimTs43Way way, const GError *error)
{
  guint status = esim_ts43_row_get_http (error);

  if (is_unproven (error) || g_error_matches (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED))
    return TRUE;
  if (!g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR))
    return FALSE;
  return way != ESIM_TS43_WAY_SIM ? status < 500
                                  : status >= 400 && status < 500 && status != 408 && status != 429;
}

void
esim_ts43_take_authentication (EsimDeregistrationRecord *record, EsimTs43Way way, const GError *error,
                               gint64 now)
{
  gboolean begun = record->stage == ESIM_STAGE_VERIFYING_IDENTITY ||
                   (record->stage == ESIM_STAGE_SUBMITTING && record->ts43.submitting == 0);

  if (error == NULL) {
    take_proof (record, way, now);
    return;
  }
  if (record->ts43.ask >= ESIM_TS43_ASK_LOGIN && record->ts43.ask <= ESIM_TS43_ASK_CODE)
    esim_ts43_ask (record, ESIM_TS43_ASK_NONE, now);
  if (!begun) {
    esim_ts43_take_poll (record, NULL, NULL, error, now);
  } else if (is_definite (way, error)) {
    esim_ts43_row_note_error (&record->ts43, "authentication", error, now);
    try_next_way (record, way, error, now);
  } else {
    stumble (record, error, now);
    /* What the user gave was not of the form that was waited for: it is asked for anew. */
    if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT))
      esim_ts43_row_plan_at (record, now);
  }
}

/* Before anything is asked for */

static void
take_others (EsimTs43Track *track, const EsimTs43Said *said)
{
  g_autoptr (GStrvBuilder) others = g_strv_builder_new ();

  for (guint i = 0; said->others != NULL && said->others[i] != NULL && i < ESIM_TS43_OTHERS_MAX; i++) {
    g_autofree char *digits = g_strndup (said->others[i], strspn (said->others[i], "0123456789"));

    g_strv_builder_add (others, digits);
  }
  g_strfreev (track->others);
  track->others = g_strv_builder_end (others);
}

static const char *
list_to_words (const EsimTs43Said *said)
{
  static const char *const status[] = {"status 1", "status 2", "status 3", "status 4"};

  if (said->list == ESIM_TS43_LIST_STATUS)
    return status[said->status - 1];
  return said->list == ESIM_TS43_LIST_ABSENT ? "absent" : "nothing";
}

static void
take_interval (EsimTs43Track *track, gint64 told)
{
  track->interval = told > 0 ? CLAMP (told, ESIM_TS43_INTERVAL_MIN_S, ESIM_TS43_INTERVAL_MAX_S) : 0;
}

static void
take_status (EsimTs43Track *track, const EsimTs43Said *said, gint64 now)
{
  gint64 status = said->list == ESIM_TS43_LIST_STATUS ? said->status : 0;

  esim_ts43_row_note (track, ESIM_TS43_ACQUIRE_CONFIGURATION, list_to_words (said), said, now);
  if (said->list == ESIM_TS43_LIST_NOTHING)
    return;
  take_interval (track, said->interval);
  track->silent = status != track->status ? 0 : MIN (track->silent + 1, G_MAXINT32);
  track->status = status;
  track->status_at = now;
}

void
esim_ts43_take_baseline (EsimDeregistrationRecord *record, const EsimTs43Said *said, const GError *error,
                         gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  guint status = esim_ts43_row_get_http (error);

  track->polls = MIN (track->polls + 1, G_MAXINT32);
  track->polled = now;
  if (said == NULL) {
    esim_ts43_row_note_error (track, ESIM_TS43_ACQUIRE_CONFIGURATION, error, now);
    stumble (record, error, now);
    if (esim_ts43_row_is_refusal (error))
      esim_ts43_row_step_down (record, ESIM_TS43_WHY_NO_PROOF, NULL, now);
    else if (esim_ts43_row_is_token_gone (error) && track->failures == 1)
      esim_ts43_row_plan_at (record, now);
    else if ((status >= 400 && status < 500 && status != 408 && status != 429) ||
             (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR) &&
              track->failures >= BASELINES_MAX))
      esim_ts43_row_step_down (record, ESIM_TS43_WHY_NO_BASELINE, NULL, now);
    return;
  }
  take_status (track, said, now);
  esim_ts43_row_plan (record, NULL, now);
  if (said->list == ESIM_TS43_LIST_STATUS && said->status == 1) {
    track->baseline = now;
    track->failures = 0;
    take_others (track, said);
    esim_deregistration_record_set_error (record, NULL);
    esim_ts43_row_plan_at (record, now);
    esim_deregistration_record_add_history (record, now, "baseline", NULL);
    return;
  }
  /* Activating, or an answer that says nothing, may be otherwise the next time. */
  track->failures++;
  if ((said->list == ESIM_TS43_LIST_STATUS && said->status != 2) || said->list == ESIM_TS43_LIST_ABSENT ||
      track->failures >= BASELINES_MAX)
    esim_ts43_row_step_down (
        record, ESIM_TS43_WHY_NO_BASELINE,
        "the carrier's server does not list this line as active: from its answers no end "
        "could be told",
        now);
}

void
esim_ts43_take_eligibility (EsimDeregistrationRecord *record, const EsimTs43Said *said, const GError *error,
                            gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  track->eligibility = now;
  if (said == NULL) {
    esim_ts43_row_note_error (track, ESIM_TS43_CHECK_ELIGIBILITY, error, now);
    return;
  }
  esim_ts43_row_note (track, ESIM_TS43_CHECK_ELIGIBILITY,
                      said->eligibility == 2 ? "eligibility 2" : "answered", said, now);
  if (said->eligibility == 2)
    esim_ts43_row_step_down (record, ESIM_TS43_WHY_NOT_ELIGIBLE,
                             "the carrier's server says that this line cannot be managed from a device", now);
}

/* Polls */

/* It may be asked now: nothing else is, and the user did not want to wait. */
static gboolean
may_ask (const EsimTs43Track *track, gint64 now)
{
  return now >= track->quiet_until &&
         (track->ask == ESIM_TS43_ASK_NONE || track->ask == ESIM_TS43_ASK_EVIDENCE ||
          track->ask == ESIM_TS43_ASK_ATTEST || track->ask == ESIM_TS43_ASK_LOGIN);
}

static void
ask_evidence (EsimDeregistrationRecord *record, EsimTs43Seen seen, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  gboolean new = track->ask != ESIM_TS43_ASK_EVIDENCE || track->seen != seen;

  if (!may_ask (track, now))
    return;
  esim_ts43_row_ask (track, ESIM_TS43_ASK_EVIDENCE, seen, now);
  if (new)
    esim_deregistration_record_add_history (
        record, now, "evidence", g_variant_new_parsed ("{'seen': <%s>}", esim_ts43_seen_to_string (seen)));
}

/* The line is as it was, or on its way to that: what was counted, and asked on it, is void. */
static void
start_over (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  esim_ts43_row_clear (track);
  if (track->ask != ESIM_TS43_ASK_EVIDENCE || esim_ts43_seen_is_first (track->seen))
    return;
  esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  esim_deregistration_record_add_history (record, now, "active-again", NULL);
}

static EsimTs43Seen
see (const EsimTs43Said *said)
{
  if (said->list == ESIM_TS43_LIST_ABSENT)
    return ESIM_TS43_SEEN_ABSENT;
  if (said->list == ESIM_TS43_LIST_STATUS && said->status >= 3)
    return said->status == 3 ? ESIM_TS43_SEEN_DEACTIVATED : ESIM_TS43_SEEN_ENDED;
  return ESIM_TS43_SEEN_NOTHING;
}

static void
take_review (EsimDeregistrationRecord *record, const EsimCarrier *carrier, const EsimTs43Said *said,
             gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  EsimTs43Seen seen = see (said);

  /* The line is known after all. */
  esim_ts43_row_clear_refusals (track);
  if (track->ask == ESIM_TS43_ASK_ATTEST)
    esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  if (said->list == ESIM_TS43_LIST_NOTHING)
    return;
  if (seen == ESIM_TS43_SEEN_NOTHING) {
    start_over (record, now);
    return;
  }
  if (!esim_ts43_row_count (track, seen, now))
    return;
  if (seen != ESIM_TS43_SEEN_ENDED || track->acknowledgment == ESIM_TS43_ACKNOWLEDGED_BY_USER)
    ask_evidence (record, seen, now);
  else if (track->ask != ESIM_TS43_ASK_REVERSAL)
    esim_ts43_row_confirm (record, carrier, seen, FALSE, now);
}

static void
take_refusal (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  if (record->stage == ESIM_STAGE_SUBMISSION_UNKNOWN || track->acknowledged == 0)
    return;
  if (record->stage == ESIM_STAGE_VERIFYING_END) {
    if (esim_ts43_row_count_refusal (track, now) && now >= track->quiet_until)
      record->reminded = now;
    return;
  }
  if (!esim_ts43_row_count_refusal (track, now) || !may_ask (track, now) ||
      track->ask == ESIM_TS43_ASK_EVIDENCE || track->ask == ESIM_TS43_ASK_ATTEST)
    return;
  esim_ts43_row_ask (track, ESIM_TS43_ASK_ATTEST, ESIM_TS43_SEEN_NOTHING, now);
  esim_deregistration_record_add_history (record, now, "no-longer-recognised", NULL);
}

/* The last look before the deletion */

/* Whether what the server says goes with what the deletion stands on. */
static gboolean
goes_with (EsimTs43Seen basis, const EsimTs43Said *said)
{
  if (said->list == ESIM_TS43_LIST_ABSENT || said->status == 4)
    return TRUE;
  /* It wanted the deletion first: until then the line may be as it was. */
  if (esim_ts43_seen_is_first (basis))
    return said->status != 2;
  return said->status == 3 && basis != ESIM_TS43_SEEN_ENDED;
}

static void
turn_back (EsimDeregistrationRecord *record, const EsimTs43Said *said, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  record->stage = ESIM_STAGE_IN_REVIEW;
  record->confirmed = 0;
  record->effective_at = 0;
  record->remove_now = 0;
  record->disconnect_asked = 0;
  esim_set_string (&record->evidence_date, "");
  esim_set_string (&record->effective_date, "");
  track->basis = ESIM_TS43_SEEN_NOTHING;
  track->released = 0;
  track->looked = 0;
  track->blind = 0;
  track->first = ESIM_TS43_SEEN_NOTHING;
  esim_ts43_row_clear (track);
  esim_ts43_row_clear_refusals (track);
  esim_ts43_row_ask (track, ESIM_TS43_ASK_REVERSAL, ESIM_TS43_SEEN_NOTHING, now);
  esim_ts43_row_plan (record, NULL, now);
  esim_deregistration_record_set_step (record, ESIM_STEP_REVIEW, ESIM_STEP_WAITING);
  esim_deregistration_record_set_step (record, ESIM_STEP_AWAIT_END, ESIM_STEP_PENDING);
  esim_deregistration_record_add_history (record, now, "reversal",
                                          g_variant_new_parsed ("{'status': <%u>}", said->status));
}

static void
agree (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  track->looked = now;
  track->failures = 0;
  if (track->ask == ESIM_TS43_ASK_BLIND)
    esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  esim_deregistration_record_set_error (record, NULL);
}

/* @said: (nullable) */
static void
take_look (EsimDeregistrationRecord *record, const EsimTs43Said *said, const GError *error, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  gboolean blind = track->failures + 1 >= ESIM_TS43_LOOKS_MAX ||
                   g_error_matches (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);

  if (said != NULL && said->list != ESIM_TS43_LIST_NOTHING) {
    if (goes_with (track->basis, said))
      agree (record, now);
    else
      turn_back (record, said, now);
    return;
  }
  /* An ended line cannot authenticate: that goes with each row of the table. */
  if (said == NULL && esim_ts43_row_is_refusal (error)) {
    agree (record, now);
    return;
  }
  track->failures++;
  if (blind && (track->ask == ESIM_TS43_ASK_NONE || track->ask == ESIM_TS43_ASK_LOGIN))
    esim_ts43_row_ask (track, ESIM_TS43_ASK_BLIND, ESIM_TS43_SEEN_NOTHING, now);
}

/* After a deletion that came first */

static void
take_end (EsimDeregistrationRecord *record, const EsimTs43Said *said, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  EsimTs43Seen seen = see (said);

  if (said->list == ESIM_TS43_LIST_NOTHING)
    return;
  if (seen == ESIM_TS43_SEEN_NOTHING || seen == ESIM_TS43_SEEN_DEACTIVATED) {
    esim_ts43_row_clear (track);
    return;
  }
  if (!esim_ts43_row_count (track, seen, now))
    return;
  track->ended = now;
  esim_ts43_ask (record, ESIM_TS43_ASK_NONE, now);
  record->stage = ESIM_STAGE_COMPLETED;
  record->completed = now;
  esim_deregistration_record_set_step (record, ESIM_STEP_VERIFY_END, ESIM_STEP_DONE);
  esim_deregistration_record_add_history (
      record, now, "end-seen", g_variant_new_parsed ("{'seen': <%s>}", esim_ts43_seen_to_string (seen)));
}

static gboolean
is_polled (EsimStage stage)
{
  return stage == ESIM_STAGE_SUBMISSION_UNKNOWN || stage == ESIM_STAGE_IN_REVIEW ||
         stage == ESIM_STAGE_CONFIRMED || stage == ESIM_STAGE_AWAITING_END ||
         stage == ESIM_STAGE_VERIFYING_END;
}

void
esim_ts43_take_poll (EsimDeregistrationRecord *record, const EsimCarrier *carrier, const EsimTs43Said *said,
                     const GError *error, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  EsimStage stage = record->stage;

  /* An answer that comes when nobody waits for it any more. */
  if (!is_polled (stage) || !esim_deregistration_record_is_ts43 (record))
    return;
  track->polls = MIN (track->polls + 1, G_MAXINT32);
  track->polled = now;
  if (said != NULL) {
    take_status (track, said, now);
    esim_deregistration_record_set_error (record, NULL);
  } else {
    esim_ts43_row_note_error (track, ESIM_TS43_ACQUIRE_CONFIGURATION, error, now);
    esim_deregistration_record_set_error (record, error);
  }
  if (stage == ESIM_STAGE_CONFIRMED || stage == ESIM_STAGE_AWAITING_END) {
    take_look (record, said, error, now);
  } else if (said == NULL) {
    track->failures = MIN (track->failures + 1, G_MAXINT32);
    if (esim_ts43_row_is_refusal (error))
      take_refusal (record, now);
  } else {
    track->failures = 0;
  }
  if (said != NULL && stage == ESIM_STAGE_IN_REVIEW && track->acknowledged != 0 && track->baseline != 0)
    take_review (record, carrier, said, now);
  else if (said != NULL && stage == ESIM_STAGE_VERIFYING_END)
    take_end (record, said, now);
  if (record->stage == ESIM_STAGE_CONFIRMED && stage != ESIM_STAGE_CONFIRMED) {
    /* The last look is a request more, and not sooner than others. */
    track->not_before = now + MAX (ESIM_TS43_INTERVAL_MIN_S, track->interval);
    esim_ts43_row_plan_at (record, track->not_before);
  } else if (record->stage == stage) {
    esim_ts43_row_plan (record, error, now);
    if (track->looked == now)
      esim_ts43_row_plan_at (record, now + ESIM_TS43_LOOK_FRESH_S);
    else if (esim_ts43_row_is_token_gone (error) && track->failures == 1)
      esim_ts43_row_plan_at (record, now);
  }
}
