/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-portal-review.h"
#include "portal-fixture.h"

#define DAY ((gint64) ESIM_PORTAL_DAY_S)
#define THREE_DAYS BANGKOK "[processing]\nsource=s\nworking-days-max=3\n"

/* The last second of three working days from Friday morning on. */
#define EXPECTED portal_fixture_at ("2026-11-25T23:59:59+07:00")

static void
assert_still (EsimDeregistrationRecord *record, gint64 now)
{
  g_autoptr (EsimDeregistrationRecord) before = esim_deregistration_record_copy (record);

  g_assert_false (esim_portal_tick (record, now));
  assert_same_record (record, before);
}

static EsimDeregistrationRecord *
reviewed (const EsimCarrier *carrier, const char *named)
{
  EsimDeregistrationRecord *record = portal_fixture_record (ESIM_STAGE_IN_REVIEW);

  esim_portal_begin_review (record, carrier, NOW, named, NOW);
  return record;
}

static void
test_dates (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (THREE_DAYS);
  g_autoptr (EsimCarrier) quiet = portal_fixture_carrier (BANGKOK);
  g_autoptr (EsimCarrier) other = portal_fixture_carrier (THREE_DAYS "plans=q\n");
  g_autoptr (EsimDeregistrationRecord) counted = reviewed (carrier, NULL);
  g_autoptr (EsimDeregistrationRecord) named = reviewed (carrier, "2026-12-24");
  g_autoptr (EsimDeregistrationRecord) stranger = reviewed (NULL, "2026-12-24");
  const EsimCarrier *unknown[] = {quiet, other, NULL};

  g_assert_cmpint (counted->submitted, ==, NOW);
  g_assert_cmpint (counted->expected_by, ==, EXPECTED);
  g_assert_cmpint (counted->next_check, ==, EXPECTED + 1);
  g_assert_cmpint (esim_portal_get_due (counted), ==, EXPECTED + 1);
  /* What the carrier itself has named counts more than what the directory says. */
  g_assert_cmpint (named->expected_by, ==, portal_fixture_at ("2026-12-24T23:59:59+07:00"));
  /* Where the time zone is not known it is the last on earth. */
  g_assert_cmpint (stranger->expected_by, ==, portal_fixture_at ("2026-12-25T11:59:59Z"));
  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++) {
    g_autoptr (EsimDeregistrationRecord) record = reviewed (unknown[i], NULL);

    g_assert_cmpint (record->expected_by, ==, 0);
    g_assert_cmpint (record->next_check, ==, NOW + 5 * DAY);
    g_assert_false (esim_portal_is_late (record, NOW + 1000 * DAY));
  }
}

static void
test_late (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (THREE_DAYS);
  g_autoptr (EsimDeregistrationRecord) record = reviewed (carrier, NULL);

  assert_still (record, NOW);
  assert_still (record, EXPECTED);
  g_assert_false (esim_portal_is_late (record, EXPECTED));
  g_assert_true (esim_portal_tick (record, EXPECTED + 1));
  g_assert_true (esim_portal_is_late (record, EXPECTED + 1));
  g_assert_cmpint (record->reminded, ==, EXPECTED + 1);
  g_assert_cmpint (esim_portal_get_due (record), ==, EXPECTED + 1 + 3 * DAY);
  assert_still (record, EXPECTED + 3 * DAY);
  g_assert_true (esim_portal_tick (record, EXPECTED + 1 + 3 * DAY));
  g_assert_cmpint (esim_portal_get_due (record), ==, EXPECTED + 1 + 6 * DAY);
  /* That it is late is said once; it is never taken for a no. */
  assert_history (record, 0, "late reminded ");
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
  /* It is late in its review, and nowhere else. */
  record->stage = ESIM_STAGE_SUBMITTING;
  g_assert_false (esim_portal_is_late (record, EXPECTED + 9 * DAY));
}

static void
test_second_review (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (THREE_DAYS);
  g_autoptr (EsimDeregistrationRecord) record = reviewed (carrier, NULL);
  gint64 again = EXPECTED + 10 * DAY;

  g_assert_true (esim_portal_tick (record, EXPECTED + 1));
  /* Asked for anew: what was late was the first. */
  esim_portal_begin_review (record, carrier, again, NULL, again);
  g_assert_cmpint (record->reminded, ==, 0);
  g_assert_false (esim_portal_is_late (record, again));
  g_assert_true (esim_portal_tick (record, record->next_check));
  assert_history (record, 0, "late late ");
}

static void
test_unknown_duration (void)
{
  g_autoptr (EsimDeregistrationRecord) record = reviewed (NULL, NULL);

  assert_still (record, NOW + 5 * DAY - 1);
  g_assert_true (esim_portal_tick (record, NOW + 5 * DAY));
  g_assert_cmpint (record->next_check, ==, NOW + 8 * DAY);
  g_assert_true (esim_portal_tick (record, NOW + 8 * DAY));
  assert_history (record, 0, "reminded reminded ");
  g_assert_false (esim_portal_is_late (record, NOW + 8 * DAY));
}

/* Told after the date was over: there was no word, and the user, who is here, is not asked at once. */
static void
test_over_when_told (void)
{
  g_autoptr (EsimDeregistrationRecord) record = reviewed (NULL, "2026-11-01");

  g_assert_cmpint (record->next_check, ==, NOW + 5 * DAY);
  g_assert_true (esim_portal_is_late (record, NOW));
  assert_still (record, NOW);
  g_assert_true (esim_portal_tick (record, NOW + 5 * DAY));
  assert_history (record, 0, "late ");
}

static void
test_extend (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (THREE_DAYS);
  g_autoptr (EsimDeregistrationRecord) record = reviewed (carrier, NULL);
  gint64 submitted = record->submitted;

  /* Before the time is up, a word without a date changes none. */
  esim_portal_extend_review (record, carrier, NULL, NOW + DAY);
  g_assert_cmpint (record->expected_by, ==, EXPECTED);
  g_assert_cmpint (record->next_check, ==, EXPECTED + 1);
  g_assert_true (esim_portal_tick (record, EXPECTED + 1));
  esim_portal_extend_review (record, carrier, NULL, EXPECTED + DAY);
  g_assert_cmpint (record->reminded, ==, 0);
  g_assert_cmpint (record->next_check, ==, EXPECTED + 4 * DAY);
  esim_portal_extend_review (record, carrier, "2026-12-10", EXPECTED + DAY);
  g_assert_cmpint (record->expected_by, ==, portal_fixture_at ("2026-12-10T23:59:59+07:00"));
  g_assert_cmpint (record->next_check, ==, record->expected_by + 1);
  g_assert_false (esim_portal_is_late (record, EXPECTED + DAY));
  g_assert_cmpint (record->submitted, ==, submitted);
}

/* A machine that slept for a year reminds once, not a hundred times. */
static void
test_clock_forwards (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (THREE_DAYS);
  g_autoptr (EsimDeregistrationRecord) record = reviewed (carrier, NULL);
  gint64 now = NOW + 365 * DAY;

  g_assert_true (esim_portal_tick (record, now));
  g_assert_cmpuint (record->history->len, ==, 1);
  assert_still (record, now);
  g_assert_cmpint (record->next_check, ==, now + 3 * DAY);
}

/* What a clock far ahead has planned is planned anew when the clock is right again. */
static void
test_clock_backwards (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (THREE_DAYS);
  g_autoptr (EsimDeregistrationRecord) counted = reviewed (carrier, NULL), unknown = reviewed (NULL, NULL);

  g_assert_true (esim_portal_tick (counted, NOW + 3650 * DAY));
  g_assert_true (esim_portal_tick (counted, NOW + DAY));
  g_assert_cmpint (counted->next_check, ==, EXPECTED + 1);
  g_assert_false (esim_portal_is_late (counted, NOW + DAY));
  assert_still (counted, NOW + DAY);
  g_assert_true (esim_portal_tick (unknown, NOW + 3650 * DAY));
  g_assert_true (esim_portal_tick (unknown, NOW));
  g_assert_cmpint (unknown->next_check, ==, NOW + 5 * DAY);
  assert_still (unknown, NOW);
}

/* Asked for while the clock was years ahead: so is what was counted from that, and would never come. */
static void
test_begun_ahead (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (THREE_DAYS);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_IN_REVIEW);

  esim_portal_begin_review (record, carrier, NOW + 3650 * DAY, NULL, NOW + 3650 * DAY);
  g_assert_true (esim_portal_tick (record, NOW));
  g_assert_cmpint (esim_portal_get_due (record), <=, NOW + 5 * DAY);
  g_assert_true (esim_portal_tick (record, NOW + 5 * DAY));
  g_assert_cmpint (record->reminded, ==, NOW + 5 * DAY);
}

static EsimDeregistrationRecord *
awaiting (const char *date, gint64 now)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (BANGKOK);
  EsimDeregistrationRecord *record = portal_fixture_record (ESIM_STAGE_AWAITING_END);

  esim_portal_set_end (record, carrier, date, now);
  return record;
}

static void
test_end (void)
{
  g_autoptr (EsimDeregistrationRecord) record = awaiting ("2026-12-31", NOW);
  gint64 end = portal_fixture_at ("2027-01-01T00:00:00+07:00");

  g_assert_cmpstr (record->effective_date, ==, "2026-12-31");
  g_assert_cmpint (record->effective_at, ==, end);
  g_assert_cmpint (esim_portal_get_due (record), ==, end - 3 * DAY);
  assert_still (record, end - 3 * DAY - 1);
  g_assert_true (esim_portal_tick (record, end - 3 * DAY));
  g_assert_cmpint (record->reminded, ==, end - 3 * DAY);
  assert_history (record, 0, "reminded ");
  g_assert_cmpint (esim_portal_get_due (record), ==, end);
  assert_still (record, end - 1);
  g_assert_false (esim_portal_is_over (record, end - 1));
  g_assert_true (esim_portal_is_over (record, end));
  /* The clock was wrong: it is not over after all. */
  g_assert_false (esim_portal_is_over (record, NOW));
}

static void
test_end_near (void)
{
  g_autoptr (EsimDeregistrationRecord) near = awaiting ("2026-11-21", NOW),
                                       past = awaiting ("2026-11-01", NOW);
  g_autoptr (EsimDeregistrationRecord) nowhere = portal_fixture_record (ESIM_STAGE_AWAITING_END);

  g_assert_cmpint (esim_portal_get_due (near), ==, portal_fixture_at ("2026-11-22T00:00:00+07:00"));
  assert_still (near, NOW);
  g_assert_false (esim_portal_is_over (near, NOW));
  g_assert_true (esim_portal_is_over (past, NOW));
  esim_portal_set_end (nowhere, NULL, "2026-11-20", NOW);
  g_assert_cmpint (nowhere->effective_at, ==, portal_fixture_at ("2026-11-21T12:00:00Z"));
}

static void
test_end_moved (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (BANGKOK);
  g_autoptr (EsimDeregistrationRecord) record = awaiting ("2026-12-31", NOW);
  gint64 reminder = record->next_check;

  g_assert_true (esim_portal_tick (record, reminder));
  esim_portal_set_end (record, carrier, "2027-03-31", reminder);
  g_assert_cmpint (record->reminded, ==, 0);
  g_assert_cmpint (record->next_check, ==, portal_fixture_at ("2027-03-29T00:00:00+07:00"));
  g_assert_true (esim_portal_tick (record, record->next_check));
  assert_history (record, 0, "reminded reminded ");
}

static void
test_remove_now (void)
{
  g_autoptr (EsimDeregistrationRecord) record = awaiting ("2026-12-31", NOW);

  g_assert_false (esim_portal_is_over (record, NOW));
  record->remove_now = NOW;
  g_assert_true (esim_portal_is_over (record, NOW));
  /* Whatever else stands there: nothing is over that the carrier has not confirmed. */
  record->confirmed = 0;
  g_assert_false (esim_portal_is_over (record, NOW));
  g_assert_false (esim_portal_is_over (record, G_MAXINT64));
}

static void
test_elsewhere (void)
{
  for (int stage = ESIM_STAGE_PREPARING; stage <= ESIM_STAGE_UNREADABLE; stage++) {
    g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record ((EsimStage) stage);

    if (stage == ESIM_STAGE_IN_REVIEW || stage == ESIM_STAGE_AWAITING_END)
      continue;
    record->next_check = NOW;
    record->expected_by = NOW - DAY;
    g_assert_cmpint (esim_portal_get_due (record), ==, 0);
    assert_still (record, NOW + 1000 * DAY);
    g_assert_false (esim_portal_is_late (record, NOW + 1000 * DAY));
  }
}

#define OVER_NOON 1804230000

/* No day and no haste of the user's ends a contract whose end was not confirmed. */
static void
test_no_end_without_evidence (void)
{
  static const struct {
    gint64 confirmed, effective_at, remove_now;
    gboolean over;
  } cases[] = {
      {0, 0, 0, FALSE},
      {0, OVER_NOON - ESIM_PORTAL_DAY_S, 0, FALSE},
      {0, 0, OVER_NOON, FALSE},
      {OVER_NOON - 2 * ESIM_PORTAL_DAY_S, OVER_NOON + 1, 0, FALSE},
      {OVER_NOON - 2 * ESIM_PORTAL_DAY_S, OVER_NOON, 0, TRUE},
      {OVER_NOON - 2 * ESIM_PORTAL_DAY_S, OVER_NOON + ESIM_PORTAL_DAY_S, OVER_NOON, TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EsimDeregistrationRecord) record = esim_deregistration_record_new ("one");

    record->confirmed = cases[i].confirmed;
    record->effective_at = cases[i].effective_at;
    record->remove_now = cases[i].remove_now;
    g_assert_cmpint (esim_portal_is_over (record, OVER_NOON), ==, cases[i].over);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/portal-review/dates", test_dates);
  g_test_add_func ("/portal-review/late", test_late);
  g_test_add_func ("/portal-review/second-review", test_second_review);
  g_test_add_func ("/portal-review/unknown-duration", test_unknown_duration);
  g_test_add_func ("/portal-review/over-when-told", test_over_when_told);
  g_test_add_func ("/portal-review/extend", test_extend);
  g_test_add_func ("/portal-review/clock-forwards", test_clock_forwards);
  g_test_add_func ("/portal-review/clock-backwards", test_clock_backwards);
  g_test_add_func ("/portal-review/begun-ahead", test_begun_ahead);
  g_test_add_func ("/portal-review/end", test_end);
  g_test_add_func ("/portal-review/end-near", test_end_near);
  g_test_add_func ("/portal-review/end-moved", test_end_moved);
  g_test_add_func ("/portal-review/remove-now", test_remove_now);
  g_test_add_func ("/portal-review/elsewhere", test_elsewhere);
  g_test_add_func ("/portal-review/no-end-without-evidence", test_no_end_without_evidence);
  return g_test_run ();
}
