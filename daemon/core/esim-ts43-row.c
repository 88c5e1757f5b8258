/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-row.h"
#include "esim-carrier-days.h"
#include "esim-error.h"
#include "esim-ts43-evidence.h"
#include "esim-ts43-plan.h"

#include <string.h>

#define HOUR_S 3600
#define COUNT_MAX G_MAXINT32
#define RESULT_CODES_MAX 99

/* Rows */

void
esim_ts43_row_clear (EsimTs43Track *track)
{
  track->run = ESIM_TS43_SEEN_NOTHING;
  track->run_count = 0;
  track->run_first = 0;
  track->run_last = 0;
}

gboolean
esim_ts43_row_count (EsimTs43Track *track, EsimTs43Seen seen, gint64 now)
{
  if (track->run != seen || now < track->run_last) {
    track->run = seen;
    track->run_count = 1;
    track->run_first = now;
    track->run_last = now;
  } else if (now - track->run_last >= ESIM_TS43_SPACING_S) {
    track->run_count = MIN (track->run_count + 1, COUNT_MAX);
    track->run_last = now;
  }
  return track->run_count >= 2;
}

gboolean
esim_ts43_row_is_token_gone (const GError *error)
{
  guint status = esim_ts43_row_get_http (error);

  return status == 401 || status == 511;
}

gboolean
esim_ts43_row_is_refusal (const GError *error)
{
  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED) &&
         !esim_ts43_row_is_token_gone (error);
}

void
esim_ts43_row_clear_refusals (EsimTs43Track *track)
{
  track->forbidden_count = 0;
  track->forbidden_since = 0;
  track->forbidden_last = 0;
}

gboolean
esim_ts43_row_count_refusal (EsimTs43Track *track, gint64 now)
{
  if (track->forbidden_count == 0 || now < track->forbidden_last) {
    track->forbidden_count = 1;
    track->forbidden_since = now;
    track->forbidden_last = now;
  } else if (now - track->forbidden_last >= ESIM_TS43_SPACING_S) {
    track->forbidden_count = MIN (track->forbidden_count + 1, COUNT_MAX);
    track->forbidden_last = now;
  }
  return track->forbidden_count >= ESIM_TS43_FORBIDDEN_MIN &&
         track->forbidden_last - track->forbidden_since >= ESIM_TS43_FORBIDDEN_S;
}

void
esim_ts43_row_ask (EsimTs43Track *track, EsimTs43Ask ask, EsimTs43Seen seen, gint64 now)
{
  if (track->ask != ask || track->seen != seen)
    track->ask_since = ask != ESIM_TS43_ASK_NONE ? MAX (now, 1) : 0;
  track->ask = ask;
  track->seen = seen;
}

/* Words */

static gboolean
is_word (const EsimTs43Track *track, guint back, const char *operation, const char *words)
{
  const EsimTs43Word *word;

  if (track->words->len < back)
    return FALSE;
  word = g_ptr_array_index (track->words, track->words->len - back);
  return strcmp (word->operation, operation) == 0 && strcmp (word->said, words) == 0;
}

void
esim_ts43_row_note (EsimTs43Track *track, const char *operation, const char *words, const EsimTs43Said *said,
                    gint64 now)
{
  EsimTs43Word *word = g_new (EsimTs43Word, 1);

  *word =
      (EsimTs43Word){now, g_strdup (operation), g_strdup (words), g_strdup (said != NULL ? said->digest : ""),
                     g_strdup (said != NULL ? said->host : "")};
  /* Of the same thing again and again the first two, which may be evidence, and the last are kept; of all
   * that was said, both ends. */
  if (is_word (track, 1, operation, words) && is_word (track, 2, operation, words) &&
      is_word (track, 3, operation, words))
    g_ptr_array_remove_index (track->words, track->words->len - 1);
  if (track->words->len >= ESIM_TS43_WORDS_MAX)
    g_ptr_array_remove_index (track->words, ESIM_TS43_WORDS_MAX / 2);
  g_ptr_array_add (track->words, word);
}

static gint64
get_detail (const GError *error, const char *key, const GVariantType *type, gint64 otherwise)
{
  g_autoptr (GVariant) details = error != NULL ? esim_error_dup_details (error) : NULL;
  g_autoptr (GVariant) value = details != NULL ? g_variant_lookup_value (details, key, type) : NULL;

  if (value == NULL)
    return otherwise;
  if (g_variant_type_equal (type, G_VARIANT_TYPE_UINT32))
    return g_variant_get_uint32 (value);
  return g_variant_type_equal (type, G_VARIANT_TYPE_BOOLEAN) ? g_variant_get_boolean (value)
                                                             : g_variant_get_int64 (value);
}

guint
esim_ts43_row_get_http (const GError *error)
{
  return (guint) get_detail (error, ESIM_DETAIL_HTTP_STATUS, G_VARIANT_TYPE_UINT32, 0);
}

void
esim_ts43_row_note_error (EsimTs43Track *track, const char *operation, const GError *error, gint64 now)
{
  guint status = esim_ts43_row_get_http (error);
  g_autofree char *words = NULL;

  if (status != 0)
    words = g_strdup_printf ("HTTP %u", status);
  else if (esim_ts43_row_is_refusal (error))
    words = g_strdup ("refused");
  if (words != NULL)
    esim_ts43_row_note (track, operation, words, NULL, now);
}

/* Dates */

static gint64
pause_after (gint64 times)
{
  static const gint64 hours[] = {1, 1, 2, 4, 8, 12};

  return hours[MIN (times, (gint64) G_N_ELEMENTS (hours) - 1)] * HOUR_S;
}

/* No server was reached: that is nothing that a server could mind, and may be over in a moment. */
static gint64
pause_after_silence (gint64 times)
{
  return MIN (times * times, 12) * ESIM_TS43_INTERVAL_MIN_S;
}

void
esim_ts43_row_plan_at (EsimDeregistrationRecord *record, gint64 at)
{
  record->ts43.next_poll = at;
  /* What the user sees as the next check; the end of a notice has a reminder of its own there. */
  if (record->stage != ESIM_STAGE_AWAITING_END && record->stage != ESIM_STAGE_CONFIRMED)
    record->next_check = at;
}

void
esim_ts43_row_plan (EsimDeregistrationRecord *record, const GError *error, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  gint64 told = get_detail (error, ESIM_DETAIL_RETRY_AFTER, G_VARIANT_TYPE_INT64, 0);
  gboolean answered =
      error == NULL || esim_ts43_row_get_http (error) != 0 || esim_ts43_row_is_refusal (error);
  gint64 least = MAX (ESIM_TS43_INTERVAL_MIN_S, track->interval);
  gint64 pause = pause_after (track->silent);

  least = MAX (least, CLAMP (told, 0, ESIM_TS43_INTERVAL_MAX_S));
  if (error != NULL)
    pause = answered ? pause_after (track->failures) : pause_after_silence (track->failures);
  else if (track->interval != 0)
    pause = track->interval;
  /* The second look at what was just seen need not wait for hours. */
  if (error == NULL && track->run_count == 1)
    pause = MAX (track->interval, ESIM_TS43_SPACING_S);
  if (answered)
    track->not_before = now + least;
  esim_ts43_row_plan_at (record, now + MAX (pause, answered ? least : 0));
}

/* Moves */

void
esim_ts43_row_confirm (EsimDeregistrationRecord *record, const EsimCarrier *carrier, EsimTs43Seen seen,
                       gboolean released, gint64 now)
{
  EsimTs43Track *track = &record->ts43;
  char today[11] = "";

  track->basis = seen;
  track->released = released ? now : 0;
  track->looked = 0;
  track->blind = 0;
  track->failures = 0;
  esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  (void) esim_carrier_days_date_of (carrier, record->plan, now, today);
  esim_set_string (&record->evidence_date, today);
  esim_set_string (&record->effective_date, today);
  record->confirmed = now;
  record->effective_at = now;
  record->reminded = 0;
  record->next_check = 0;
  record->stage = ESIM_STAGE_CONFIRMED;
  esim_deregistration_record_set_error (record, NULL);
  esim_deregistration_record_set_step (record, ESIM_STEP_REVIEW, ESIM_STEP_DONE);
  /* The last look is a request more: not sooner than the carrier wants it. */
  esim_ts43_row_plan_at (record, MAX (now, track->not_before));
  esim_deregistration_record_add_history (
      record, now, released ? "released" : "confirmed",
      g_variant_new_parsed ("{'seen': <%s>}", esim_ts43_seen_to_string (seen)));
}

void
esim_ts43_row_acknowledge (EsimDeregistrationRecord *record, const EsimCarrier *carrier, guint by, gint64 now)
{
  static const char *const names[] = {"", "server", "page", "user"};
  EsimTs43Track *track = &record->ts43;
  guint days = 0;

  track->acknowledged = now;
  track->acknowledgment = by;
  track->silent = 0;
  track->failures = 0;
  esim_ts43_row_clear (track);
  esim_ts43_row_clear_refusals (track);
  esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  record->submitted = track->submitting != 0 ? track->submitting : now;
  record->expected_by =
      carrier != NULL ? esim_carrier_days_expected_by (carrier, record->plan, record->submitted, &days) : 0;
  record->reminded = 0;
  record->stage = ESIM_STAGE_IN_REVIEW;
  esim_deregistration_record_set_error (record, NULL);
  esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_DONE);
  esim_deregistration_record_set_step (record, ESIM_STEP_REVIEW, ESIM_STEP_WAITING);
  esim_ts43_row_plan_at (record, MAX (now + ESIM_TS43_SETTLE_S, track->not_before));
  esim_deregistration_record_add_history (record, now, "acknowledged",
                                          g_variant_new_parsed ("{'by': <%s>}", names[by]));
}

void
esim_ts43_row_delete_first (EsimDeregistrationRecord *record, EsimTs43Seen how, gint64 now)
{
  /* It is gone already: what is waited for is the end of the line. */
  if (esim_deregistration_record_is_cardless (record))
    return;
  record->ts43.first = how;
  if (record->recipients == 0)
    esim_ts43_row_step_down (
        record, ESIM_TS43_WHY_NO_ADDRESS,
        "the carrier wants the profile deleted first, and the profile names no server that "
        "would be told of it: nothing would show that it is gone",
        now);
  else
    esim_ts43_row_ask (&record->ts43, ESIM_TS43_ASK_EVIDENCE, how, now);
}

void
esim_ts43_row_step_down (EsimDeregistrationRecord *record, EsimTs43Why why, const char *words, gint64 now)
{
  g_autoptr (GError) error =
      words != NULL ? g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARRIER_REJECTED, words) : NULL;

  record->ts43.why = why;
  if (error != NULL)
    esim_deregistration_record_set_error (record, error);
  esim_ts43_row_ask (&record->ts43, ESIM_TS43_ASK_CHANGE, ESIM_TS43_SEEN_NOTHING, now);
  esim_deregistration_record_add_history (
      record, now, "not-this-way", g_variant_new_parsed ("{'why': <%s>}", esim_ts43_why_to_string (why)));
}

void
esim_ts43_row_doubt (EsimDeregistrationRecord *record, gint64 now)
{
  EsimTs43Track *track = &record->ts43;

  esim_ts43_row_ask (track, ESIM_TS43_ASK_NONE, ESIM_TS43_SEEN_NOTHING, now);
  track->silent = 0;
  track->failures = 0;
  record->stage = ESIM_STAGE_SUBMISSION_UNKNOWN;
  esim_ts43_row_plan_at (record, MAX (now + ESIM_TS43_SETTLE_S, track->not_before));
  esim_deregistration_record_set_step (record, ESIM_STEP_SUBMIT, ESIM_STEP_WAITING);
  esim_deregistration_record_add_history (record, now, "submission-unknown", NULL);
}
