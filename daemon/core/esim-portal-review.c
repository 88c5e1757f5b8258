/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-portal-review.h"
#include "esim-carrier-days.h"

static gint64
end_of (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *date)
{
  return esim_carrier_days_end_of (carrier, record->plan, date);
}

/* The user is asked when the time is over, or, where that is not known or past, after a @pause. */
static void
plan_check (EsimDeregistrationRecord *record, gint64 now, gint64 pause)
{
  record->reminded = 0;
  record->next_check = record->expected_by >= now ? record->expected_by + 1 : now + pause;
}

void
esim_portal_begin_review (EsimDeregistrationRecord *record, const EsimCarrier *carrier, gint64 submitted,
                          const char *named, gint64 now)
{
  guint days = 0;

  record->submitted = submitted;
  if (named != NULL)
    record->expected_by = end_of (record, carrier, named) - 1;
  else
    record->expected_by =
        carrier != NULL ? esim_carrier_days_expected_by (carrier, record->plan, submitted, &days) : 0;
  plan_check (record, now, ESIM_PORTAL_UNKNOWN_S);
}

void
esim_portal_extend_review (EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *named,
                           gint64 now)
{
  if (named != NULL)
    record->expected_by = end_of (record, carrier, named) - 1;
  plan_check (record, now, ESIM_PORTAL_REMIND_EVERY_S);
}

void
esim_portal_set_end (EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *date,
                     gint64 now)
{
  gint64 reminder;

  esim_set_string (&record->effective_date, date);
  record->effective_at = end_of (record, carrier, date);
  reminder = record->effective_at - ESIM_PORTAL_END_REMINDER_S;
  record->reminded = 0;
  /* Who has just told a date that is near need not be reminded of it. */
  record->next_check = reminder > now ? reminder : 0;
}

gboolean
esim_portal_is_late (const EsimDeregistrationRecord *record, gint64 now)
{
  return record->stage == ESIM_STAGE_IN_REVIEW && !esim_deregistration_record_is_ts43 (record) &&
         record->expected_by != 0 && now > record->expected_by &&
         record->next_check > record->expected_by + 1;
}

gboolean
esim_portal_is_over (const EsimDeregistrationRecord *record, gint64 now)
{
  return record->confirmed != 0 && (now >= record->effective_at || record->remove_now != 0);
}

gint64
esim_portal_get_due (const EsimDeregistrationRecord *record)
{
  if (record->stage == ESIM_STAGE_IN_REVIEW)
    return esim_deregistration_record_is_ts43 (record) ? 0 : record->next_check;
  if (record->stage != ESIM_STAGE_AWAITING_END)
    return 0;
  return record->next_check != 0 ? MIN (record->next_check, record->effective_at) : record->effective_at;
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
  /* Submitted in what is the future now: the clock was wrong, and with it what was counted from that. */
  gboolean sure = record->submitted <= now + ESIM_PORTAL_DAY_S;
  gint64 pause = now + ESIM_PORTAL_UNKNOWN_S;
  gboolean late = record->expected_by != 0 && now > record->expected_by;

  /* A date that a clock had set which was far ahead would never come. */
  if (record->next_check > (sure ? MAX (record->expected_by + 1, pause) : pause)) {
    record->next_check = sure && record->expected_by >= now ? record->expected_by + 1 : pause;
    return TRUE;
  }
  if (now < record->next_check)
    return FALSE;
  record->reminded = now;
  record->next_check = now + ESIM_PORTAL_REMIND_EVERY_S;
  esim_deregistration_record_add_history (
      record, now, late && !has_history (record, "late", record->submitted) ? "late" : "reminded", NULL);
  return TRUE;
}

gboolean
esim_portal_tick (EsimDeregistrationRecord *record, gint64 now)
{
  if (record->stage == ESIM_STAGE_IN_REVIEW)
    return !esim_deregistration_record_is_ts43 (record) && tick_review (record, now);
  if (record->stage != ESIM_STAGE_AWAITING_END || record->next_check == 0 || now < record->next_check)
    return FALSE;
  record->reminded = now;
  record->next_check = 0;
  esim_deregistration_record_add_history (record, now, "reminded", NULL);
  return TRUE;
}
