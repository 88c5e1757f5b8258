/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-days.h"

#include <string.h>

#define YEAR_MIN 2000
#define YEAR_MAX 2199
#define TIME_MIN G_GINT64_CONSTANT (946598400)  /* 1999-12-31: 2000 has begun somewhere */
#define TIME_MAX G_GINT64_CONSTANT (7258204799) /* 2200-01-01: 2199 has not ended everywhere */
#define JULIAN_1970 719163                      /* as GDate counts days */
#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)
#define DAY_MINUTES (24 * 60)
#define FURTHEST_BEHIND_S (-12 * HOUR_S)
#define EVERY_DAY 0x7f

/* A day is counted as GDate does, so that the next one is one more. Days of the week are bits: Monday 1,
 * Tuesday 2, Wednesday 4, … */

static gboolean
is_in_week (guint week, guint32 day)
{
  return (week & (1U << ((day + 6) % 7))) != 0;
}

static guint
week_bit (const char *name)
{
  static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strncmp (names[i], name, 3) == 0)
      return i;
  g_return_val_if_reached (0);
}

/* HH:MM, up to 24:00; that it is one was checked when the file was read. */
static guint
minutes_of (const char *text)
{
  return (guint) ((text[0] - '0') * 10 + text[1] - '0') * 60 + (guint) ((text[3] - '0') * 10 + text[4] - '0');
}

static gint32
offset_at (GTimeZone *zone, gint64 time)
{
  return g_time_zone_get_offset (zone, g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, time));
}

static guint32
day_at (GTimeZone *zone, gint64 time, guint *second)
{
  gint64 local = time + offset_at (zone, time);
  gint64 rest = (local % DAY_S + DAY_S) % DAY_S;

  if (second != NULL)
    *second = (guint) rest;
  return (guint32) ((local - rest) / DAY_S + JULIAN_1970);
}

/* The moment from which on it is this day or a later one there. Midnight may come twice, or not at all, where
 * clocks are changed at night: both offsets that are near are tried. */
static gint64
start_of (GTimeZone *zone, guint32 day)
{
  gint64 midnight = ((gint64) day - JULIAN_1970) * DAY_S;
  gint64 a = midnight - offset_at (zone, midnight - DAY_S);
  gint64 b = midnight - offset_at (zone, midnight + DAY_S);
  gint64 early = MIN (a, b), late = MAX (a, b);

  if (early == late)
    return early;
  return day_at (zone, early, NULL) >= day && day_at (zone, late - 1, NULL) >= day ? early : late;
}

/* When clocks there show this time, before 24:00; where they skip it, when they have skipped it. */
static gint64
time_of (GTimeZone *zone, guint32 day, guint minutes)
{
  g_autoptr (GDateTime) time = NULL;
  GDate date;

  if (minutes == 0)
    return start_of (zone, day);
  g_date_clear (&date, 1);
  g_date_set_julian (&date, day);
  time = g_date_time_new (zone, g_date_get_year (&date), (gint) g_date_get_month (&date),
                          g_date_get_day (&date), (gint) minutes / 60, (gint) minutes % 60, 0);
  return g_date_time_to_unix (time);
}

static gboolean
is_time (gint64 time)
{
  return time >= TIME_MIN && time <= TIME_MAX;
}

/* What is said on @topic of @plan by its name; else what is said of none in particular. */
static GPtrArray *
find_facts (const EsimCarrier *carrier, const char *topic, const char *plan)
{
  g_autoptr (GPtrArray) all = NULL;
  GPtrArray *named = g_ptr_array_new ();

  if (carrier == NULL)
    return named;
  all = esim_carrier_find_facts (carrier, topic, plan != NULL ? plan : "");
  for (guint i = 0; i < all->len; i++)
    if (((const EsimCarrierFact *) g_ptr_array_index (all, i))->plans[0] != NULL)
      g_ptr_array_add (named, g_ptr_array_index (all, i));
  if (named->len > 0)
    return named;
  g_ptr_array_unref (named);
  return g_steal_pointer (&all);
}

/* Each that is said; several contradict one another. */
static GPtrArray *
find_zones (const EsimCarrier *carrier, const char *plan)
{
  g_autoptr (GPtrArray) facts = find_facts (carrier, "calendar", plan);
  GPtrArray *zones = g_ptr_array_new_with_free_func ((GDestroyNotify) g_time_zone_unref);

  for (guint i = 0; i < facts->len; i++) {
    const char *name = esim_carrier_fact_get_string (g_ptr_array_index (facts, i), "time-zone");
    GTimeZone *zone = name != NULL ? g_time_zone_new_identifier (name) : NULL;

    if (zone != NULL)
      g_ptr_array_add (zones, zone);
  }
  return zones;
}

static GArray *
find_weekends (const EsimCarrier *carrier, const char *plan)
{
  g_autoptr (GPtrArray) facts = find_facts (carrier, "calendar", plan);
  GArray *weekends = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < facts->len; i++) {
    const EsimCarrierFact *fact = g_ptr_array_index (facts, i);
    g_autofree const char **names = NULL;
    guint weekend = 0;

    if (!g_variant_lookup (fact->values, "weekend", "^a&s", &names))
      continue;
    for (guint j = 0; names[j] != NULL; j++)
      weekend |= 1U << week_bit (names[j]);
    /* With no day left to work on, nothing would ever be done. */
    if (weekend != EVERY_DAY)
      g_array_append_val (weekends, weekend);
  }
  return weekends;
}

/* @wait: (nullable): "20:00-09:30" */
static void
wait_until_end (const char *wait, guint32 *day, guint *second)
{
  guint from, until, now = *second / 60;
  gboolean is_over_midnight;

  if (wait == NULL)
    return;
  from = minutes_of (wait);
  until = minutes_of (wait + 6);
  is_over_midnight = until < from;
  if (is_over_midnight ? now < from && now >= until : now < from || now >= until)
    return;
  if ((is_over_midnight && now >= from) || until == DAY_MINUTES)
    *day += 1;
  *second = until % DAY_MINUTES * 60;
}

/* 0 if the fact does not tell. */
static gint64
end_of_review (const EsimCarrierFact *processing, GTimeZone *zone, guint weekend, gint64 submitted,
               guint *working_days)
{
  const char *cut_off = esim_carrier_fact_get_string (processing, "cut-off");
  guint second;
  guint32 day = day_at (zone, submitted, &second);

  if (!g_variant_lookup (processing->values, "working-days-max", "u", working_days))
    return 0;
  wait_until_end (esim_carrier_fact_get_string (processing, "waits-between"), &day, &second);
  if (cut_off != NULL && (is_in_week (weekend, day) || second >= minutes_of (cut_off) * 60)) {
    do
      day++;
    while (is_in_week (weekend, day));
  }
  for (guint left = *working_days; left > 0; left -= is_in_week (weekend, day) ? 0 : 1)
    day++;
  while (is_in_week (weekend, day))
    day++;
  return start_of (zone, day + 1) - 1;
}

gint64
esim_carrier_days_expected_by (const EsimCarrier *carrier, const char *plan, gint64 submitted,
                               guint *working_days)
{
  g_autoptr (GPtrArray) facts = find_facts (carrier, "processing", plan);
  g_autoptr (GPtrArray) zones = find_zones (carrier, plan);
  g_autoptr (GArray) weekends = find_weekends (carrier, plan);
  gint64 latest = 0;

  *working_days = 0;
  if (!is_time (submitted))
    return 0;
  for (guint i = 0; i < facts->len; i++) {
    for (guint j = 0; j < zones->len * weekends->len; j++) {
      guint days = 0;
      gint64 end = end_of_review (g_ptr_array_index (facts, i), g_ptr_array_index (zones, j / weekends->len),
                                  g_array_index (weekends, guint, j % weekends->len), submitted, &days);

      if (end <= latest)
        continue;
      latest = end;
      *working_days = days;
    }
  }
  return latest;
}

/* 0 if it is none. */
static guint32
read_date (const char *text)
{
  guint year, month, day;
  GDate date;

  if (strlen (text) != 10 || strspn (text, "0123456789") != 4 || strspn (text + 5, "0123456789") != 2 ||
      strspn (text + 8, "0123456789") != 2 || text[4] != '-' || text[7] != '-')
    return 0;
  year = (guint) g_ascii_strtoull (text, NULL, 10);
  month = (guint) g_ascii_strtoull (text + 5, NULL, 10);
  day = (guint) g_ascii_strtoull (text + 8, NULL, 10);
  if (year < YEAR_MIN || year > YEAR_MAX ||
      !g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year))
    return 0;
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  return g_date_get_julian (&date);
}

gint64
esim_carrier_days_end_of (const EsimCarrier *carrier, const char *plan, const char *date)
{
  guint32 day = read_date (date);
  g_autoptr (GPtrArray) zones = find_zones (carrier, plan);
  gint64 latest = -1;

  if (day == 0)
    return -1;
  if (zones->len == 0)
    g_ptr_array_add (zones, g_time_zone_new_offset (FURTHEST_BEHIND_S));
  for (guint i = 0; i < zones->len; i++)
    latest = MAX (latest, start_of (g_ptr_array_index (zones, i), day + 1));
  return latest;
}

gboolean
esim_carrier_days_date_of (const EsimCarrier *carrier, const char *plan, gint64 time, char out[11])
{
  g_autoptr (GPtrArray) zones = find_zones (carrier, plan);
  GDate date;

  out[0] = '\0';
  if (!is_time (time))
    return FALSE;
  if (zones->len == 0)
    g_ptr_array_add (zones, g_time_zone_new_local ());
  g_date_clear (&date, 1);
  g_date_set_julian (&date, day_at (g_ptr_array_index (zones, 0), time, NULL));
  if (g_date_get_year (&date) < YEAR_MIN || g_date_get_year (&date) > YEAR_MAX)
    return FALSE;
  (void) g_date_strftime (out, 11, "%Y-%m-%d", &date);
  return TRUE;
}

/* "mon-fri 09:00-18:00": on which days, from and until when. */
static guint
read_hours (const char *text, guint *from, guint *until)
{
  const char *space = strchr (text, ' ');
  guint first = week_bit (text), last = text[3] == '-' ? week_bit (text + 4) : first;
  guint week = 0;

  *from = minutes_of (space + 1);
  *until = minutes_of (space + 7);
  /* Over midnight it is until the next day; over Sunday, "sat-mon", the week begins again. */
  if (*until < *from)
    *until += DAY_MINUTES;
  for (guint i = first;; i = (i + 1) % 7) {
    week |= 1U << i;
    if (i == last)
      return week;
  }
}

static EsimCarrierOpen
is_open_in (GTimeZone *zone, const char *const *hours, gint64 now, gint64 *opens_at)
{
  guint32 today = day_at (zone, now, NULL);

  *opens_at = 0;
  for (guint i = 0; hours[i] != NULL; i++) {
    guint from, until, week = read_hours (hours[i], &from, &until);

    /* From yesterday, which may last over midnight, until this day in a week, for it may be over today. */
    for (guint32 day = today - 1; day <= today + 7; day++) {
      gint64 start;

      if (!is_in_week (week, day))
        continue;
      start = time_of (zone, day + from / DAY_MINUTES, from % DAY_MINUTES);
      if (start > now)
        *opens_at = *opens_at == 0 ? start : MIN (*opens_at, start);
      else if (now < time_of (zone, day + until / DAY_MINUTES, until % DAY_MINUTES)) {
        *opens_at = 0;
        return ESIM_CARRIER_OPEN_YES;
      }
    }
  }
  return ESIM_CARRIER_OPEN_NO;
}

EsimCarrierOpen
esim_carrier_days_is_open (const EsimCarrier *carrier, const char *plan, const EsimCarrierFact *channel,
                           gint64 now, gint64 *opens_at)
{
  g_autoptr (GPtrArray) zones = find_zones (carrier, plan);
  g_autofree const char **hours = NULL;
  EsimCarrierOpen open = ESIM_CARRIER_OPEN_UNKNOWN;

  *opens_at = 0;
  if (zones->len == 0 || !is_time (now) || !g_variant_lookup (channel->values, "hours", "^a&s", &hours))
    return ESIM_CARRIER_OPEN_UNKNOWN;
  for (guint i = 0; i < zones->len; i++) {
    gint64 at;
    EsimCarrierOpen here = is_open_in (g_ptr_array_index (zones, i), hours, now, &at);

    /* Where the zone itself is in doubt, so is the rest, unless it comes to the same. */
    if (i > 0 && (here != open || at != *opens_at)) {
      *opens_at = 0;
      return ESIM_CARRIER_OPEN_UNKNOWN;
    }
    open = here;
    *opens_at = at;
  }
  return open;
}
