/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-value.h"
#include "esim-error.h"

#include <gio/gio.h>
#include <string.h>

#define COUNT_MAX 1000
#define DAY_MINUTES (24 * 60)
#define DAY "(mon|tue|wed|thu|fri|sat|sun)"

G_GNUC_PRINTF (2, 3) static GVariant *wrong (GError **error, const char *format, ...)
{
  g_autofree char *words = NULL;
  va_list args;

  va_start (args, format);
  words = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, words);
  return NULL;
}

static gboolean
fits (const char *text, const char *pattern)
{
  return g_regex_match_simple (pattern, text, G_REGEX_DOLLAR_ENDONLY, 0);
}

/* HH:MM as minutes, up to 24:00; -1 if it is none. */
static int
minutes (const char *text)
{
  int hour, minute;

  if (!fits (text, "^[0-2][0-9]:[0-5][0-9]"))
    return -1;
  hour = (text[0] - '0') * 10 + text[1] - '0';
  minute = (text[3] - '0') * 10 + text[4] - '0';
  return hour * 60 + minute <= DAY_MINUTES ? hour * 60 + minute : -1;
}

static gboolean
is_time (const char *text)
{
  return strlen (text) == 5 && minutes (text) >= 0 && minutes (text) < DAY_MINUTES;
}

static gboolean
is_span (const char *text)
{
  return strlen (text) == 11 && text[5] == '-' && minutes (text) >= 0 && minutes (text + 6) >= 0 &&
         minutes (text) != minutes (text + 6);
}

static gboolean
is_hours (const char *text)
{
  const char *space = strchr (text, ' ');

  return fits (text, "^" DAY "(-" DAY ")?( ).{11}$") && is_span (space + 1);
}

static gboolean
is_phone (const char *text)
{
  return strlen (text) <= 32 && fits (text, "^[+*#]?[0-9][0-9 *-]*#?$");
}

gboolean
esim_carrier_value_is_host (const char *text)
{
  return strlen (text) <= 253 && !g_hostname_is_ip_address (text) &&
         fits (text, "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9]$");
}

/* A server may answer on a port of its own; 443 is what is meant without one. */
static gboolean
is_server (const char *text)
{
  const char *colon = strchr (text, ':');
  g_autofree char *host = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
  guint64 port = 0;

  return esim_carrier_value_is_host (host) &&
         (colon == NULL ||
          (colon[1] != '0' && g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, &port, NULL)));
}

static gboolean
is_url (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

  return uri != NULL && strcmp (g_uri_get_scheme (uri), "https") == 0 && g_uri_get_host (uri) != NULL &&
         esim_carrier_value_is_host (g_uri_get_host (uri)) && g_uri_get_userinfo (uri) == NULL;
}

static gboolean
is_period (const char *text)
{
  return fits (text, "^P([0-9]{1,4}[YMWD]|T[0-9]{1,4}H)$");
}

static gboolean
is_zone (const char *text)
{
  g_autoptr (GTimeZone) zone = NULL;

  if (!fits (text, "^[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){1,2}$"))
    return FALSE;
  zone = g_time_zone_new_identifier (text);
  return zone != NULL;
}

static gboolean
is_date (const char *text)
{
  guint year, month, day;

  if (!fits (text, "^20[0-9]{2}-[01][0-9]-[0-3][0-9]$"))
    return FALSE;
  year = (guint) g_ascii_strtoull (text, NULL, 10);
  month = (guint) g_ascii_strtoull (text + 5, NULL, 10);
  day = (guint) g_ascii_strtoull (text + 8, NULL, 10);
  return g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year);
}

static gboolean
is_string (const char *text)
{
  return *text != '\0' && g_utf8_strlen (text, -1) <= ESIM_CARRIER_TEXT_MAX;
}

static gboolean
is_money (const char *text)
{
  return fits (text, "^[0-9]{1,7}(\\.[0-9]{2})? [A-Z]{3}$");
}

/* What a single value, or each item of a list, must be. */
static const struct {
  EsimCarrierType type;
  gboolean is_list;
  gboolean (*is) (const char *text);
  const char *words;
} forms[] = {
    {ESIM_CARRIER_STRING, FALSE, is_string, "must be text of at most 600 characters"},
    {ESIM_CARRIER_PERIOD, FALSE, is_period, "must be a period: P30D, P1M, P2W, P1Y or PT12H"},
    {ESIM_CARRIER_TIME, FALSE, is_time, "must be a time of the day: 09:30"},
    {ESIM_CARRIER_SPAN, FALSE, is_span, "must be a span of the day: 20:00-09:30"},
    {ESIM_CARRIER_URL, FALSE, is_url, "must be an https address with a server's name and no user"},
    {ESIM_CARRIER_OWN_URL, FALSE, is_url, "must be an https address with a server's name and no user"},
    {ESIM_CARRIER_MONEY, FALSE, is_money, "must be an amount and its currency: 100 THB"},
    {ESIM_CARRIER_ZONE, FALSE, is_zone, "must be a time zone of this system: Asia/Bangkok"},
    {ESIM_CARRIER_DATE, FALSE, is_date, "must be a date: 2026-11-22"},
    {ESIM_CARRIER_HOURS, TRUE, is_hours, "must be days and hours: mon-fri 09:00-18:00;sat 10:00-16:00"},
    {ESIM_CARRIER_PHONES, TRUE, is_phone, "must be numbers as they are dialled: 1175;+66 2 271 9000"},
    {ESIM_CARRIER_HOSTS, TRUE, is_server,
     "must be names of servers in small letters, with a port if it is not 443: www.example.com"},
    {ESIM_CARRIER_NAMES, TRUE, is_string, "must be names of groups of this file"},
    {ESIM_CARRIER_STRINGS, TRUE, is_string, "must be a list, separated by \";\""},
};

static GVariant *
read_words (const EsimCarrierKey *key, char **items, GError **error)
{
  for (guint i = 0; items[i] != NULL; i++) {
    if (!g_strv_contains (key->choices, items[i])) {
      g_autofree char *choices = g_strjoinv (", ", (char **) key->choices);

      return wrong (error, "\"%s\" is not known here; there are: %s", items[i], choices);
    }
    if (g_strv_contains ((const char *const *) items + i + 1, items[i]))
      return wrong (error, "\"%s\" is given twice", items[i]);
  }
  return g_variant_ref_sink (key->type == ESIM_CARRIER_WORD
                                 ? g_variant_new_string (items[0])
                                 : g_variant_new_strv ((const char *const *) items, -1));
}

static GVariant *
read_count (const char *text, GError **error)
{
  guint64 count;

  if (!g_ascii_string_to_unsigned (text, 10, 0, COUNT_MAX, &count, NULL))
    return wrong (error, "must be a number from 0 to %d", COUNT_MAX);
  return g_variant_ref_sink (g_variant_new_uint32 ((guint32) count));
}

static GVariant *
read_boolean (const char *text, GError **error)
{
  if (strcmp (text, "true") != 0 && strcmp (text, "false") != 0)
    return wrong (error, "must be true or false; leave the key out if it is not known");
  return g_variant_ref_sink (g_variant_new_boolean (text[0] == 't'));
}

static GVariant *
read_form (const EsimCarrierKey *key, const char *text, char **items, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    if (forms[i].type != key->type)
      continue;
    if (!forms[i].is_list)
      return forms[i].is (text) ? g_variant_ref_sink (g_variant_new_string (text))
                                : wrong (error, "%s", forms[i].words);
    for (guint j = 0; items[j] != NULL; j++)
      if (!forms[i].is (items[j]))
        return wrong (error, "\"%s\": %s", items[j], forms[i].words);
    return g_variant_ref_sink (g_variant_new_strv ((const char *const *) items, -1));
  }
  g_assert_not_reached ();
}

GVariant *
esim_carrier_value_read (const EsimCarrierKey *key, const char *value, GError **error)
{
  g_autofree char *text = esim_carrier_file_unescape (value);
  g_auto (GStrv) items = esim_carrier_file_split (value);

  if (text == NULL || items == NULL)
    return wrong (error, "a backslash stands before \"s\", \";\" or another backslash");
  if (*text == '\0' || items[0] == NULL)
    return wrong (error, "is empty; leave the key out if it is not known");
  if (g_strv_length (items) > ESIM_CARRIER_ITEMS_MAX)
    return wrong (error, "has more than %d items", ESIM_CARRIER_ITEMS_MAX);
  switch (key->type) {
  case ESIM_CARRIER_WORD:
    if (items[1] != NULL)
      return wrong (error, "takes one word, not several");
    return read_words (key, items, error);
  case ESIM_CARRIER_WORDS:
    return read_words (key, items, error);
  case ESIM_CARRIER_COUNT:
    return read_count (text, error);
  case ESIM_CARRIER_BOOLEAN:
    return read_boolean (text, error);
  default:
    return read_form (key, text, items, error);
  }
}

char *
esim_carrier_value_read_text (const char *value, GError **error)
{
  g_autofree char *text = esim_carrier_file_unescape (value);

  if (text != NULL && is_string (text))
    return g_steal_pointer (&text);
  (void) wrong (error, "must be text of 1 to %d characters, with \\s, \\; and \\\\ as the only escapes",
                ESIM_CARRIER_TEXT_MAX);
  return NULL;
}
