/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-check.h"
#include "esim-carrier-days.h"

#include <string.h>

#define HEAD                                                                                                 \
  "[carrier]\nformat=1\nid=lab\nname=Lab\nkind=operator\n"                                                   \
  "[source s]\ntitle=T\nchecked=2026-11-22\nsure=C\nstored-copy=true\n"                                      \
  "[match m]\nservice-provider=Lab\nsource=s\n"                                                              \
  "[plan p]\nkind=postpaid\n[plan q]\nkind=prepaid\n"

#define BANGKOK "[calendar]\nsource=s\ntime-zone=Asia/Bangkok\nweekend=sat;sun\n"
#define BERLIN "[calendar]\nsource=s\ntime-zone=Europe/Berlin\nweekend=sun\n"
#define DAYS(n) "[processing]\nsource=s\nworking-days-max=" n "\n"

static EsimCarrier *
read_carrier (const char *facts)
{
  g_autofree char *text = g_strconcat (HEAD, facts, NULL);
  g_autoptr (GPtrArray) problems = esim_carrier_problems_new ();
  EsimCarrier *carrier = esim_carrier_check (text, strlen (text), problems);

  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", ((EsimCarrierProblem *) g_ptr_array_index (problems, i))->words);
  g_assert_nonnull (carrier);
  return carrier;
}

static gint64
at (const char *text)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time);
}

static void
assert_same (gint64 seen, const char *wanted)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seen);
  g_autofree char *words = time != NULL ? g_date_time_format_iso8601 (time) : NULL;

  if (seen != (wanted != NULL ? at (wanted) : 0))
    g_error ("%" G_GINT64_FORMAT " (%s) is not %s", seen, words, wanted);
}

/* Facts, when it was submitted, the last second of the review (NULL: not known). 2026-11-20 is a Friday. */
static const struct {
  const char *path;
  const char *facts;
  const char *submitted;
  const char *end;
} reviews[] = {
    {"in-the-week", BANGKOK DAYS ("3"), "2026-11-16T10:00:00+07:00", "2026-11-19T23:59:59+07:00"},
    {"at-midnight", BANGKOK DAYS ("1"), "2026-11-17T00:00:00+07:00", "2026-11-18T23:59:59+07:00"},
    {"before-midnight", BANGKOK DAYS ("1"), "2026-11-16T23:59:59+07:00", "2026-11-17T23:59:59+07:00"},
    {"day-there", BANGKOK DAYS ("1"), "2026-11-16T18:00:00+00:00", "2026-11-18T23:59:59+07:00"},
    {"over-the-weekend", BANGKOK DAYS ("3"), "2026-11-20T10:00:00+07:00", "2026-11-25T23:59:59+07:00"},
    {"on-a-saturday", BANGKOK DAYS ("1"), "2026-11-21T10:00:00+07:00", "2026-11-23T23:59:59+07:00"},
    {"on-a-sunday", BANGKOK DAYS ("1"), "2026-11-22T10:00:00+07:00", "2026-11-23T23:59:59+07:00"},
    {"same-day", BANGKOK DAYS ("0"), "2026-11-20T10:00:00+07:00", "2026-11-20T23:59:59+07:00"},
    {"same-day-on-a-weekend", BANGKOK DAYS ("0"), "2026-11-21T10:00:00+07:00", "2026-11-23T23:59:59+07:00"},
    {"two-weeks", BANGKOK DAYS ("10"), "2026-11-20T10:00:00+07:00", "2026-12-04T23:59:59+07:00"},
    {"weekend-of-friday", DAYS ("2") "[calendar]\nsource=s\ntime-zone=Asia/Riyadh\nweekend=fri;sat\n",
     "2026-11-19T10:00:00+03:00", "2026-11-23T23:59:59+03:00"},
    {"weekend-of-one-day", BERLIN DAYS ("1"), "2026-11-20T10:00:00+01:00", "2026-11-21T23:59:59+01:00"},
    {"before-the-cut-off", BANGKOK DAYS ("1") "cut-off=17:00\n", "2026-11-16T16:59:59+07:00",
     "2026-11-17T23:59:59+07:00"},
    {"at-the-cut-off", BANGKOK DAYS ("1") "cut-off=17:00\n", "2026-11-16T17:00:00+07:00",
     "2026-11-18T23:59:59+07:00"},
    {"cut-off-of-friday", BANGKOK DAYS ("1") "cut-off=17:00\n", "2026-11-20T17:30:00+07:00",
     "2026-11-24T23:59:59+07:00"},
    /* Later than what was submitted on Friday evening, it is not reviewed earlier. */
    {"weekend-after-the-cut-off", BANGKOK DAYS ("1") "cut-off=17:00\n", "2026-11-21T10:00:00+07:00",
     "2026-11-24T23:59:59+07:00"},
    {"waits-in-the-evening", BANGKOK DAYS ("1") "waits-between=20:00-09:30\n", "2026-11-16T20:00:00+07:00",
     "2026-11-18T23:59:59+07:00"},
    {"waits-in-the-morning", BANGKOK DAYS ("1") "waits-between=20:00-09:30\n", "2026-11-17T09:29:59+07:00",
     "2026-11-18T23:59:59+07:00"},
    {"waits-no-more", BANGKOK DAYS ("1") "waits-between=20:00-09:30\n", "2026-11-16T19:59:59+07:00",
     "2026-11-17T23:59:59+07:00"},
    {"waits-over-the-weekend", BANGKOK DAYS ("1") "waits-between=20:00-09:30\n", "2026-11-20T22:00:00+07:00",
     "2026-11-23T23:59:59+07:00"},
    {"waits-past-the-cut-off", BANGKOK DAYS ("1") "cut-off=13:00\nwaits-between=12:00-13:00\n",
     "2026-11-16T12:30:00+07:00", "2026-11-18T23:59:59+07:00"},
    {"waits-until-24", BANGKOK DAYS ("1") "waits-between=20:00-24:00\n", "2026-11-16T21:00:00+07:00",
     "2026-11-18T23:59:59+07:00"},
    {"clocks-forward", BERLIN DAYS ("1"), "2026-03-28T12:00:00+01:00", "2026-03-30T23:59:59+02:00"},
    {"clocks-back", BERLIN DAYS ("1"), "2026-10-24T12:00:00+02:00", "2026-10-26T23:59:59+01:00"},
    {"clocks-forward-in-new-york",
     DAYS ("1") "[calendar]\nsource=s\ntime-zone=America/New_York\nweekend=sat;sun\n",
     "2026-03-06T12:00:00-05:00", "2026-03-09T23:59:59-04:00"},
    {"end-of-the-month", BANGKOK DAYS ("2"), "2026-09-29T10:00:00+07:00", "2026-10-01T23:59:59+07:00"},
    {"end-of-the-year", BANGKOK DAYS ("3"), "2026-12-30T10:00:00+07:00", "2027-01-04T23:59:59+07:00"},
    {"leap-day", BANGKOK DAYS ("1"), "2028-02-28T10:00:00+07:00", "2028-02-29T23:59:59+07:00"},
    {"no-processing", BANGKOK, "2026-11-16T10:00:00+07:00", NULL},
    {"no-days", BANGKOK "[processing]\nsource=s\ncut-off=17:00\n", "2026-11-16T10:00:00+07:00", NULL},
    {"no-calendar", DAYS ("1"), "2026-11-16T10:00:00+07:00", NULL},
    {"no-zone", DAYS ("1") "[calendar]\nsource=s\nweekend=sun\n", "2026-11-16T10:00:00+07:00", NULL},
    {"no-weekend", DAYS ("1") "[calendar]\nsource=s\ntime-zone=Asia/Tokyo\n", "2026-11-16T10:00:00+07:00",
     NULL},
    {"never-works",
     DAYS ("1") "[calendar]\nsource=s\ntime-zone=Asia/Tokyo\nweekend=mon;tue;wed;thu;fri;sat;sun\n",
     "2026-11-16T10:00:00+07:00", NULL},
    {"of-another-plan", BANGKOK DAYS ("1") "plans=q\n", "2026-11-16T10:00:00+07:00", NULL},
    {"of-this-plan", BANGKOK DAYS ("5") "[processing p]\nplans=p\nsource=s\nworking-days-max=1\n",
     "2026-11-16T10:00:00+07:00", "2026-11-17T23:59:59+07:00"},
    {"days-in-conflict",
     BANGKOK DAYS ("2") "conflict=x\n[processing b]\nsource=s\nworking-days-max=4\nconflict=x\n",
     "2026-11-16T10:00:00+07:00", "2026-11-20T23:59:59+07:00"},
    {"conflict-with-nothing",
     BANGKOK DAYS ("2") "conflict=x\n[processing b]\nsource=s\ncut-off=09:00\nconflict=x\n",
     "2026-11-16T10:00:00+07:00", "2026-11-18T23:59:59+07:00"},
    {"weekend-in-conflict",
     BANGKOK "conflict=x\n[calendar b]\nsource=s\nweekend=fri;sat\nconflict=x\n" DAYS ("1"),
     "2026-11-19T10:00:00+07:00", "2026-11-22T23:59:59+07:00"},
};

static void
test_review (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (EsimCarrier) carrier = read_carrier (reviews[i].facts);
  guint days = 99;
  gint64 end = esim_carrier_days_expected_by (carrier, "p", at (reviews[i].submitted), &days);

  assert_same (end, reviews[i].end);
  g_assert_true ((days == 0) == (end == 0 || strstr (reviews[i].path, "same-day") != NULL));
}

static void
test_review_days (void)
{
  g_autoptr (EsimCarrier) carrier = read_carrier (
      BANGKOK DAYS ("2") "conflict=x\n[processing b]\nsource=s\nworking-days-max=4\nconflict=x\n");
  guint days = 99;

  g_assert_cmpint (esim_carrier_days_expected_by (carrier, NULL, at ("2026-11-16T10:00:00Z"), &days), >, 0);
  g_assert_cmpuint (days, ==, 4);
  g_assert_cmpint (esim_carrier_days_expected_by (NULL, "p", at ("2026-11-16T10:00:00Z"), &days), ==, 0);
  g_assert_cmpuint (days, ==, 0);
  g_assert_cmpint (esim_carrier_days_expected_by (carrier, "p", G_MAXINT64, &days), ==, 0);
  g_assert_cmpint (esim_carrier_days_expected_by (carrier, "p", G_MININT64, &days), ==, 0);
}

/* What is said of a plan counts only where it is known to be this one. */
static void
test_unknown_plan (void)
{
  g_autoptr (EsimCarrier) carrier = read_carrier (BANGKOK DAYS ("2") "plans=p\n");
  gint64 submitted = at ("2026-11-16T10:00:00+07:00");
  guint days = 99;

  g_assert_cmpint (esim_carrier_days_expected_by (carrier, NULL, submitted, &days), ==, 0);
  g_assert_cmpint (esim_carrier_days_expected_by (carrier, "", submitted, &days), ==, 0);
  g_assert_cmpint (esim_carrier_days_expected_by (carrier, "q", submitted, &days), ==, 0);
  g_assert_cmpint (esim_carrier_days_expected_by (carrier, "p", submitted, &days), >, 0);
}

#define ZONE(name) "[calendar]\nsource=s\ntime-zone=" name "\n"

/* The zone, a day, and when it is over. */
static const struct {
  const char *path;
  const char *facts;
  const char *date;
  const char *end;
} ends[] = {
    {"ordinary", ZONE ("Asia/Bangkok"), "2026-11-22", "2026-11-23T00:00:00+07:00"},
    {"month", ZONE ("Asia/Bangkok"), "2026-11-30", "2026-12-01T00:00:00+07:00"},
    {"year", ZONE ("Asia/Bangkok"), "2026-12-31", "2027-01-01T00:00:00+07:00"},
    {"before-leap-day", ZONE ("Asia/Bangkok"), "2028-02-28", "2028-02-29T00:00:00+07:00"},
    {"leap-day", ZONE ("Asia/Bangkok"), "2028-02-29", "2028-03-01T00:00:00+07:00"},
    {"no-zone", "", "2026-11-22", "2026-11-23T12:00:00Z"},
    {"zone-of-another-plan", ZONE ("Asia/Bangkok") "plans=q\n", "2026-11-22", "2026-11-23T12:00:00Z"},
    {"zones-in-conflict",
     ZONE ("America/New_York") "conflict=x\n[calendar "
                               "b]\nsource=s\ntime-zone=America/Los_Angeles\nconflict=x\n",
     "2026-11-22", "2026-11-23T00:00:00-08:00"},
    {"clocks-forward-before", ZONE ("Europe/Berlin"), "2026-03-28", "2026-03-29T00:00:00+01:00"},
    {"clocks-forward", ZONE ("Europe/Berlin"), "2026-03-29", "2026-03-30T00:00:00+02:00"},
    {"clocks-back-before", ZONE ("Europe/Berlin"), "2026-10-24", "2026-10-25T00:00:00+02:00"},
    {"clocks-back", ZONE ("Europe/Berlin"), "2026-10-25", "2026-10-26T00:00:00+01:00"},
    {"new-york-forward", ZONE ("America/New_York"), "2026-03-08", "2026-03-09T00:00:00-04:00"},
    {"new-york-back", ZONE ("America/New_York"), "2026-11-01", "2026-11-02T00:00:00-05:00"},
    {"later-rules", ZONE ("Europe/Berlin"), "2099-07-01", "2099-07-02T00:00:00+02:00"},
    /* There was no midnight: clocks went from 24:00 to 01:00. */
    {"no-midnight", ZONE ("America/Sao_Paulo"), "2018-11-03", "2018-11-04T01:00:00-02:00"},
    /* Clocks went from 24:00 back to 23:00 of the same day. */
    {"late-midnight", ZONE ("America/Sao_Paulo"), "2018-02-17", "2018-02-18T00:00:00-03:00"},
    /* Midnight came twice, both of the next day: clocks went from 01:00 to 00:00. */
    {"two-midnights", ZONE ("America/Havana"), "2018-11-03", "2018-11-04T00:00:00-04:00"},
    /* A minute of the next day came, and then the last hour of the day again. */
    {"day-again", ZONE ("America/St_Johns"), "2010-11-06", "2010-11-07T00:00:00-03:30"},
    /* A day that was left out. */
    {"no-day", ZONE ("Pacific/Apia"), "2011-12-29", "2011-12-31T00:00:00+14:00"},
    {"after-no-day", ZONE ("Pacific/Apia"), "2011-12-31", "2012-01-01T00:00:00+14:00"},
    {"first", ZONE ("Asia/Bangkok"), "2000-01-01", "2000-01-02T00:00:00+07:00"},
    {"last", ZONE ("Asia/Bangkok"), "2199-12-31", "2200-01-01T00:00:00+07:00"},
};

static void
test_end (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (EsimCarrier) carrier = read_carrier (ends[i].facts);

  assert_same (esim_carrier_days_end_of (carrier, "p", ends[i].date), ends[i].end);
}

static void
test_no_dates (void)
{
  static const char *const texts[] = {
      "",           "2026-11-31", "2027-02-29",  "2100-02-29", "1999-12-31",    "2200-01-01",  "2026-00-10",
      "2026-10-00", "2026-1-1",   "2026-11-2",   "26-11-22",   "2026/11/22",    "2026-11-22 ", "+026-11-22",
      "2026-+1-22", "2026-11-2x", "2026-11-222", "0000-00-00", "２０２６-11-22"};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_cmpint (esim_carrier_days_end_of (NULL, NULL, texts[i]), ==, -1);
  assert_same (esim_carrier_days_end_of (NULL, NULL, "2026-11-22"), "2026-11-23T12:00:00Z");
}

static void
test_date_of (void)
{
  g_autoptr (EsimCarrier) carrier = read_carrier (BANGKOK);
  g_autoptr (GDateTime) local = g_date_time_new_from_unix_local (at ("2026-06-30T23:30:00Z"));
  g_autofree char *here = g_date_time_format (local, "%Y-%m-%d");
  char date[11] = "x";

  g_assert_true (esim_carrier_days_date_of (carrier, "p", at ("2026-11-30T16:59:59Z"), date));
  g_assert_cmpstr (date, ==, "2026-11-30");
  g_assert_true (esim_carrier_days_date_of (carrier, "p", at ("2026-11-30T17:00:00Z"), date));
  g_assert_cmpstr (date, ==, "2026-12-01");
  g_assert_true (esim_carrier_days_date_of (NULL, NULL, at ("2026-06-30T23:30:00Z"), date));
  g_assert_cmpstr (date, ==, here);
  g_assert_true (esim_carrier_days_date_of (carrier, "p", at ("1999-12-31T17:00:00Z"), date));
  g_assert_cmpstr (date, ==, "2000-01-01");
  g_assert_false (esim_carrier_days_date_of (carrier, "p", at ("1999-12-31T16:59:59Z"), date));
  g_assert_cmpstr (date, ==, "");
  g_assert_false (esim_carrier_days_date_of (carrier, "p", at ("2199-12-31T17:00:00Z"), date));
  g_assert_false (esim_carrier_days_date_of (carrier, "p", -1, date));
  g_assert_false (esim_carrier_days_date_of (carrier, "p", G_MAXINT64, date));
}

/* Hours, now, and when it opens: NULL = it is open, "?" = not known. 2026-11-20 is a Friday. */
static const struct {
  const char *path;
  const char *facts;
  const char *hours;
  const char *now;
  const char *opens;
} hours[] = {
    {"first-second", BANGKOK, "mon-fri 09:00-18:00", "2026-11-20T09:00:00+07:00", NULL},
    {"last-second", BANGKOK, "mon-fri 09:00-18:00", "2026-11-20T17:59:59+07:00", NULL},
    {"before", BANGKOK, "mon-fri 09:00-18:00", "2026-11-20T08:59:59+07:00", "2026-11-20T09:00:00+07:00"},
    {"after", BANGKOK, "mon-thu 09:00-18:00", "2026-11-18T18:00:00+07:00", "2026-11-19T09:00:00+07:00"},
    {"after-on-friday", BANGKOK, "mon-fri 09:00-18:00", "2026-11-20T18:00:00+07:00",
     "2026-11-23T09:00:00+07:00"},
    {"saturday-too", BANGKOK, "mon-fri 09:00-18:00;sat 10:00-16:00", "2026-11-20T18:00:00+07:00",
     "2026-11-21T10:00:00+07:00"},
    {"in-any-order", BANGKOK, "sat 10:00-16:00;mon-fri 09:00-18:00", "2026-11-21T16:00:00+07:00",
     "2026-11-23T09:00:00+07:00"},
    {"lunch", BANGKOK, "mon-fri 09:00-12:00;mon-fri 13:00-18:00", "2026-11-20T12:30:00+07:00",
     "2026-11-20T13:00:00+07:00"},
    {"in-a-week", BANGKOK, "fri 09:00-10:00", "2026-11-20T10:00:00+07:00", "2026-11-27T09:00:00+07:00"},
    {"always", BANGKOK, "mon-sun 00:00-24:00", "2026-11-22T23:59:59+07:00", NULL},
    {"over-midnight-before", BANGKOK, "fri 20:00-02:00", "2026-11-20T23:00:00+07:00", NULL},
    {"over-midnight-after", BANGKOK, "fri 20:00-02:00", "2026-11-21T01:59:59+07:00", NULL},
    {"over-midnight-not", BANGKOK, "fri 20:00-02:00", "2026-11-20T01:00:00+07:00",
     "2026-11-20T20:00:00+07:00"},
    {"over-sunday", BANGKOK, "sat-mon 09:00-10:00", "2026-11-22T09:30:00+07:00", NULL},
    {"over-sunday-not", BANGKOK, "sat-mon 09:00-10:00", "2026-11-23T10:00:00+07:00",
     "2026-11-28T09:00:00+07:00"},
    {"clocks-forward", BERLIN, "sun 09:00-18:00", "2026-03-29T08:59:59+02:00", "2026-03-29T09:00:00+02:00"},
    {"clocks-back", BERLIN, "sun 09:00-18:00", "2026-10-25T08:59:59+01:00", "2026-10-25T09:00:00+01:00"},
    {"clocks-back-at-night", BERLIN, "mon-sun 00:00-24:00", "2026-10-25T02:30:00+02:00", NULL},
    {"skipped-time", BERLIN, "sun 02:30-05:00", "2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00"},
    {"no-hours", BANGKOK, NULL, "2026-11-20T09:00:00+07:00", "?"},
    {"no-zone", "", "mon-sun 00:00-24:00", "2026-11-20T09:00:00+07:00", "?"},
    {"zones-in-doubt",
     ZONE ("Asia/Bangkok") "conflict=x\n[calendar b]\nsource=s\ntime-zone=Asia/Tokyo\nconflict=x\n",
     "mon-fri 09:00-18:00", "2026-11-20T08:59:59+07:00", "?"},
    {"zones-alike",
     ZONE ("Asia/Bangkok") "conflict=x\n[calendar b]\nsource=s\ntime-zone=Asia/Tokyo\nconflict=x\n",
     "mon-fri 09:00-18:00", "2026-11-20T12:00:00+07:00", NULL},
    {"far-away", BANGKOK, "mon-sun 00:00-24:00", "9999-11-20T12:00:00+07:00", "?"},
};

static void
test_hours (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *line = hours[i].hours != NULL ? g_strconcat ("hours=", hours[i].hours, "\n", NULL) : NULL;
  g_autofree char *facts =
      g_strconcat ("[channel shop]\nsource=s\ntype=shop\n", line != NULL ? line : "", hours[i].facts, NULL);
  g_autoptr (EsimCarrier) carrier = read_carrier (facts);
  g_autoptr (GPtrArray) channels = esim_carrier_find_facts (carrier, "channel", "p");
  gboolean is_unknown = g_strcmp0 (hours[i].opens, "?") == 0;
  gint64 opens_at = -1;
  EsimCarrierOpen open =
      esim_carrier_days_is_open (carrier, "p", g_ptr_array_index (channels, 0), at (hours[i].now), &opens_at);

  assert_same (opens_at, is_unknown ? NULL : hours[i].opens);
  g_assert_cmpint (open, ==,
                   is_unknown               ? ESIM_CARRIER_OPEN_UNKNOWN
                   : hours[i].opens == NULL ? ESIM_CARRIER_OPEN_YES
                                            : ESIM_CARRIER_OPEN_NO);
}

static void
add_cases (const char *group, const char *name, guint i, GTestDataFunc func)
{
  g_autofree char *path = g_strconcat ("/carrier-days/", group, "/", name, NULL);

  g_test_add_data_func (path, GUINT_TO_POINTER (i), func);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (reviews); i++)
    add_cases ("review", reviews[i].path, i, test_review);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    add_cases ("end", ends[i].path, i, test_end);
  for (guint i = 0; i < G_N_ELEMENTS (hours); i++)
    add_cases ("hours", hours[i].path, i, test_hours);
  g_test_add_func ("/carrier-days/review-days", test_review_days);
  g_test_add_func ("/carrier-days/unknown-plan", test_unknown_plan);
  g_test_add_func ("/carrier-days/no-dates", test_no_dates);
  g_test_add_func ("/carrier-days/date-of", test_date_of);
  return g_test_run ();
}
