/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-plan.h"
#include "esim-portal-review.h"
#include "esim-ts43-evidence.h"
#include "esim-ts43-row.h"

#define DAY_S ((gint64) ESIM_PORTAL_DAY_S)

/* What comes next */

static gboolean
is_due (const EsimTs43Track *track, const EsimTs43Know *know, gint64 now)
{
  return now >= track->next_poll || (know->hurry && now >= track->not_before);
}

static gboolean
is_identity (EsimTs43Ask ask)
{
  return ask >= ESIM_TS43_ASK_LOGIN && ask <= ESIM_TS43_ASK_CODE;
}

/* What the user has answered waits for nobody but us, and not for the time of a poll. */
static gboolean
has_answer (const EsimTs43Track *track, const EsimTs43Know *know)
{
  return (is_identity (know->answered) && !know->token) ||
         (know->answered == ESIM_TS43_ASK_MESSAGE && track->submitting != 0);
}

/* The carrier's own question was asked, and is answered. */
static gboolean
is_reply_ready (const EsimTs43Track *track, const EsimTs43Know *know)
{
  return know->answered == ESIM_TS43_ASK_MESSAGE && track->answered != 0;
}

/* How the server is told who asks, where it does not know yet. */
static EsimTs43Todo
prove (const EsimDeregistrationRecord *record, const EsimTs43Know *know)
{
  const EsimTs43Track *track = &record->ts43;
  gboolean there = record->stage != ESIM_STAGE_VERIFYING_END; /* then the USIM is gone with the profile */

  if (know->answered == ESIM_TS43_ASK_LOGIN)
    return ESIM_TS43_TODO_END_LOGIN;
  if (know->answered == ESIM_TS43_ASK_NUMBER)
    return ESIM_TS43_TODO_BEGIN_CODE;
  if (know->answered == ESIM_TS43_ASK_CODE)
    return ESIM_TS43_TODO_END_CODE;
  if (is_identity (track->ask))
    return ESIM_TS43_TODO_NOTHING;
  if (track->way <= ESIM_TS43_WAY_SIM && know->sim && there)
    return ESIM_TS43_TODO_AUTHENTICATE;
  if (!know->login)
    return ESIM_TS43_TODO_NOTHING;
  return track->way == ESIM_TS43_WAY_CODE ? ESIM_TS43_TODO_NUMBER : ESIM_TS43_TODO_LOGIN;
}

static EsimTs43Todo
find_submitting (const EsimDeregistrationRecord *record, const EsimTs43Know *know, gint64 now)
{
  const EsimTs43Track *track = &record->ts43;

  if (track->submitting != 0)
    /* It is out, or was: only the answer to the carrier's own question goes after it. */
    return is_reply_ready (track, know) && know->token ? ESIM_TS43_TODO_REPLY : ESIM_TS43_TODO_NOTHING;
  if (track->baseline == 0)
    return ESIM_TS43_TODO_BASELINE;
  if (track->change != 0)
    return ESIM_TS43_TODO_CHANGE;
  return track->eligibility == 0 ? ESIM_TS43_TODO_ELIGIBILITY : ESIM_TS43_TODO_SUBMIT;
}

static gboolean
is_fresh (const EsimDeregistrationRecord *record, gint64 now)
{
  gint64 looked = record->ts43.looked;

  return looked != 0 && looked >= record->confirmed && looked <= now &&
         now - looked <= ESIM_TS43_LOOK_FRESH_S;
}

static EsimTs43Todo
find_look (const EsimDeregistrationRecord *record, const EsimTs43Know *know, gint64 now)
{
  EsimTs43Todo todo;

  if (!know->ready || esim_deregistration_record_is_cardless (record) || !esim_portal_is_over (record, now) ||
      is_fresh (record, now) || record->ts43.ask == ESIM_TS43_ASK_BLIND)
    return ESIM_TS43_TODO_NOTHING;
  if (know->token)
    return ESIM_TS43_TODO_POLL;
  todo = prove (record, know);
  return todo == ESIM_TS43_TODO_NOTHING && !is_identity (record->ts43.ask) ? ESIM_TS43_TODO_CANNOT : todo;
}

EsimTs43Todo
esim_ts43_next (const EsimDeregistrationRecord *record, const EsimTs43Know *know, gint64 now)
{
  const EsimTs43Track *track = &record->ts43;

  if (!esim_deregistration_record_is_ts43 (record) || record->dry_run)
    return ESIM_TS43_TODO_NOTHING;
  if (!has_answer (track, know) && !is_due (track, know, now))
    return ESIM_TS43_TODO_NOTHING;
  switch (record->stage) {
  case ESIM_STAGE_VERIFYING_IDENTITY:
    return track->ask == ESIM_TS43_ASK_NONE ? prove (record, know) : ESIM_TS43_TODO_NOTHING;
  case ESIM_STAGE_SUBMITTING:
    if (track->ask != ESIM_TS43_ASK_NONE)
      return ESIM_TS43_TODO_NOTHING;
    /* The token may have run out while the user thought about the carrier's question. */
    return know->token || (track->submitting != 0 && !is_reply_ready (track, know))
               ? find_submitting (record, know, now)
               : prove (record, know);
  case ESIM_STAGE_SUBMISSION_UNKNOWN:
  case ESIM_STAGE_IN_REVIEW:
  case ESIM_STAGE_VERIFYING_END:
    return know->token ? ESIM_TS43_TODO_POLL : prove (record, know);
  case ESIM_STAGE_CONFIRMED:
  case ESIM_STAGE_AWAITING_END:
    return find_look (record, know, now);
  case ESIM_STAGE_PREPARING:
  case ESIM_STAGE_REMOVING_PROFILE:
  case ESIM_STAGE_NOTIFYING_OPERATOR:
  case ESIM_STAGE_COMPLETED:
  case ESIM_STAGE_WITHDRAWN:
  case ESIM_STAGE_REJECTED:
  case ESIM_STAGE_FAILED:
  case ESIM_STAGE_CHECKED:
  case ESIM_STAGE_UNREADABLE:
  default:
    return ESIM_TS43_TODO_NOTHING;
  }
}

gboolean
esim_ts43_may_remove (const EsimDeregistrationRecord *record, gint64 now)
{
  return !esim_deregistration_record_is_ts43 (record) || esim_deregistration_record_is_cardless (record) ||
         (record->ts43.basis != ESIM_TS43_SEEN_NOTHING && is_fresh (record, now));
}

/* Dates */

/* When a review without word is over: as the carrier has it, or as long as any takes. */
static gint64
get_late (const EsimDeregistrationRecord *record)
{
  return record->expected_by != 0 ? record->expected_by : record->submitted + ESIM_PORTAL_UNKNOWN_S;
}

gboolean
esim_ts43_is_late (const EsimDeregistrationRecord *record, gint64 now)
{
  return esim_deregistration_record_is_ts43 (record) && record->stage == ESIM_STAGE_IN_REVIEW &&
         now > get_late (record) && record->ts43.run == ESIM_TS43_SEEN_NOTHING;
}

/* What the stage waits for: a poll, a reminder, an end of waiting. */
#define DATES_MAX 3

static guint
get_dates (const EsimDeregistrationRecord *record, gint64 dates[DATES_MAX])
{
  const EsimTs43Track *track = &record->ts43;
  guint n = 0;

  switch (record->stage) {
  case ESIM_STAGE_VERIFYING_IDENTITY:
  case ESIM_STAGE_SUBMITTING:
    if (track->ask == ESIM_TS43_ASK_NONE && track->submitting == 0)
      dates[n++] = track->next_poll;
    return n;
  case ESIM_STAGE_SUBMISSION_UNKNOWN:
  case ESIM_STAGE_CONFIRMED:
  case ESIM_STAGE_AWAITING_END: /* a last look that failed; see esim_portal_get_due() for the end itself */
    dates[n++] = track->next_poll;
    return n;
  case ESIM_STAGE_IN_REVIEW:
    dates[n++] = track->next_poll;
    if (record->reminded == 0)
      dates[n++] = MAX (get_late (record) + 1, track->quiet_until);
    return n;
  case ESIM_STAGE_VERIFYING_END:
    dates[n++] = track->next_poll;
    dates[n++] = track->verifying + ESIM_TS43_VERIFY_S;
    if (record->reminded == 0)
      dates[n++] = MAX (track->verifying + ESIM_TS43_QUIET_LATE_S, track->quiet_until);
    return n;
  case ESIM_STAGE_PREPARING:
  case ESIM_STAGE_REMOVING_PROFILE:
  case ESIM_STAGE_NOTIFYING_OPERATOR:
  case ESIM_STAGE_COMPLETED:
  case ESIM_STAGE_WITHDRAWN:
  case ESIM_STAGE_REJECTED:
  case ESIM_STAGE_FAILED:
  case ESIM_STAGE_CHECKED:
  case ESIM_STAGE_UNREADABLE:
  default:
    return 0;
  }
}

gint64
esim_ts43_get_due_after (const EsimDeregistrationRecord *record, gint64 now)
{
  gint64 dates[DATES_MAX], due = 0;
  guint n = esim_deregistration_record_is_ts43 (record) ? get_dates (record, dates) : 0;

  for (guint i = 0; i < n; i++)
    if (dates[i] > now && (due == 0 || dates[i] < due))
      due = dates[i];
  return due;
}

gint64
esim_ts43_get_due (const EsimDeregistrationRecord *record)
{
  return esim_ts43_get_due_after (record, 0);
}

static gboolean
pull (gint64 *date, gint64 latest, gint64 instead)
{
  if (*date <= latest)
    return FALSE;
  *date = instead;
  return TRUE;
}

/* A date that a clock had set which was far ahead would never come. */
static gboolean
mend_dates (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  gboolean changed = FALSE;

  if (record->submitted > now + DAY_S) {
    record->expected_by = MAX (0, record->expected_by - (record->submitted - now));
    record->submitted = now;
    changed = TRUE;
  }
  changed =
      pull (&track->not_before, now + ESIM_TS43_INTERVAL_MAX_S, now + ESIM_TS43_INTERVAL_MIN_S) || changed;
  changed = pull (&track->quiet_until, now + ESIM_TS43_QUIET_LATE_S, now + ESIM_TS43_QUIET_S) || changed;
  changed = pull (&track->verifying, now, now) || changed;
  if (track->next_poll > now + ESIM_TS43_INTERVAL_MAX_S) {
    esim_ts43_row_plan_at (record, now + ESIM_TS43_SPACING_S);
    changed = TRUE;
  }
  return changed;
}

static gboolean
has_history (const EsimDeregistrationRecord *record, const char *code, gint64 since)
{
  for (guint i = 0; i < record->history->len; i++) {
    const EsimHistoryEntry *entry = g_ptr_array_index (record->history, i);

    if (entry->time >= since && g_str_equal (entry->code, code))
      return TRUE;
  }
  return FALSE;
}

static gboolean
tick_review (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  if (track->ask != ESIM_TS43_ASK_NONE || now < track->quiet_until)
    return FALSE;
  /* What the user wanted to wait with is still so. */
  if (track->first != ESIM_TS43_SEEN_NOTHING && record->recipients > 0) {
    esim_ts43_row_ask (track, ESIM_TS43_ASK_EVIDENCE, track->first, now);
    return TRUE;
  }
  if (record->reminded != 0 || !esim_ts43_is_late (record, now))
    return FALSE;
  record->reminded = now;
  if (!has_history (record, "late", record->submitted))
    esim_deregistration_record_add_history (record, now, "late", NULL);
  return TRUE;
}

static gboolean
tick_end (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  if (now >= track->verifying + ESIM_TS43_VERIFY_S) {
    esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
    record->stage = ESIM_STAGE_COMPLETED;
    record->completed = now;
    esim_deregistration_record_set_step (record, ESIM_STEP_VERIFY_END, ESIM_STEP_FAILED);
    esim_deregistration_record_add_history (record, now, "end-unknown", NULL);
    return TRUE;
  }
  if (record->reminded != 0 || now < MAX (track->verifying + ESIM_TS43_QUIET_LATE_S, track->quiet_until))
    return FALSE;
  record->reminded = now;
  return TRUE;
}

gboolean
esim_ts43_tick (EsimDeregistrationRecord *record, gint64 now)
{
  gboolean changed;

  if (!esim_deregistration_record_is_ts43 (record) || record->dry_run ||
      record->stage <= ESIM_STAGE_PREPARING || esim_stage_is_ended (record->stage) ||
      record->stage == ESIM_STAGE_UNREADABLE)
    return FALSE;
  changed = mend_dates (record, now);
  if (record->stage == ESIM_STAGE_IN_REVIEW)
    return tick_review (record, now) || changed;
  if (record->stage == ESIM_STAGE_VERIFYING_END)
    return tick_end (record, now) || changed;
  return changed;
}

void
esim_ts43_end_delivery (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  if (!esim_deregistration_record_is_ts43 (record) || !esim_ts43_seen_is_first (track->basis)) {
    record->stage = ESIM_STAGE_COMPLETED;
    record->completed = now;
    return;
  }
  record->stage = ESIM_STAGE_VERIFYING_END;
  record->reminded = 0;
  track->verifying = now;
  track->quiet_until = 0;
  track->silent = 0;
  track->failures = 0;
  esim_ts43_row_clear (track);
  esim_ts43_row_clear_refusals (track);
  esim_ts43_row_plan_at (record, MAX (now, track->not_before));
  esim_deregistration_record_set_step (record, ESIM_STEP_VERIFY_END, ESIM_STEP_WAITING);
  esim_deregistration_record_add_history (record, now, "verifying-end", NULL);
}
