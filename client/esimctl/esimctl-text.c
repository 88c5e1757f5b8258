/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-text.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_IF_NO_TERMINAL 100
#define LEAST_WIDTH 40

static const char *const commands[] = {
    [ESIMCTL_STYLE_PLAIN] = "",        [ESIMCTL_STYLE_TITLE] = "\033[1m",
    [ESIMCTL_STYLE_GOOD] = "\033[32m", [ESIMCTL_STYLE_CAUTION] = "\033[33m",
    [ESIMCTL_STYLE_BAD] = "\033[31m",  [ESIMCTL_STYLE_QUIET] = "\033[2m",
};

char *
esimctl_text_paint (gboolean color, EsimctlStyle style, const char *text)
{
  if (!color || style == ESIMCTL_STYLE_PLAIN)
    return g_strdup (text);
  return g_strconcat (commands[style], text, "\033[0m", NULL);
}

char *
esimctl_text_clean_lines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (gsize i = 0; lines[i] != NULL; i++) {
    char *clean = esim_text_clean (lines[i]);

    g_free (lines[i]);
    lines[i] = clean;
  }
  return g_strjoinv ("\n", lines);
}

void
esimctl_text_line (gboolean color, EsimctlStyle style, const char *text)
{
  g_autofree char *clean = esim_text_clean (text);
  g_autofree char *painted = esimctl_text_paint (color, style, clean);

  g_print ("%s\n", painted);
}

static guint
terminal_width (void)
{
  struct winsize size = {0};

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= LEAST_WIDTH)
    return MIN (size.ws_col, WIDTH_IF_NO_TERMINAL);
  return WIDTH_IF_NO_TERMINAL;
}

/* Returns: how many octets of @text go on a line of @room columns: up to a space, or behind a wide character.
 */
static gsize
fitting (const char *text, guint room)
{
  guint columns = 0;
  gsize best = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gsize here = (gsize) (p - text);

    if (c == ' ')
      best = here;
    columns += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    if (columns > room)
      return best > 0 ? best : here > 0 ? here : strlen (text);
    if (g_unichar_iswide (c) && !g_unichar_ispunct (g_utf8_get_char (g_utf8_next_char (p))))
      best = (gsize) (g_utf8_next_char (p) - text);
  }
  return strlen (text);
}

/* Continues a line that has @indent columns already; the lines after it begin there too. */
static void
print_rest (guint indent, const char *text)
{
  g_autofree char *clean = esim_text_clean (text);
  guint room = terminal_width () - indent;
  const char *p = clean;

  while (*p != '\0') {
    gsize n = fitting (p, room);

    g_print ("%*s%.*s\n", p == clean ? 0 : (int) indent, "", (int) n, p);
    p += n;
    while (*p == ' ')
      p++;
  }
}

void
esimctl_text_paragraph (guint indent, const char *text)
{
  g_print ("%*s", (int) indent, "");
  print_rest (indent, text);
}

void
esimctl_text_marked (gboolean color, EsimctlStyle style, const char *mark, guint indent, const char *text)
{
  g_autofree char *painted = esimctl_text_paint (color, style, mark);
  guint columns = esim_text_columns (mark);

  g_print ("%s%*s", painted, columns < indent ? (int) (indent - columns) : 1, "");
  print_rest (indent, text);
}

char *
esimctl_text_time (gint64 seconds)
{
  g_autoptr (GDateTime) time = NULL;

  if (seconds <= 0)
    return g_strdup ("");
  time = g_date_time_new_from_unix_local (seconds);
  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("");
}

char *
esimctl_text_iso_time (const char *time)
{
  g_autoptr (GDateTime) moment = time != NULL ? g_date_time_new_from_iso8601 (time, NULL) : NULL;
  g_autoptr (GDateTime) here = moment != NULL ? g_date_time_to_local (moment) : NULL;

  return here != NULL ? g_date_time_format (here, "%Y-%m-%d %H:%M:%S %:z") : g_strdup (time);
}

EsimctlStyle
esimctl_text_state_style (const char *code)
{
  static const char *const good[] = {"enabled",   "ok",   "done",      "completed", "acknowledged",
                                     "succeeded", "idle", "confirmed", NULL};
  static const char *const caution[] = {"warning",
                                        "waiting",
                                        "pending",
                                        "running",
                                        "busy",
                                        "refreshing",
                                        "notifying-operator",
                                        "removing-profile",
                                        "preparing",
                                        "verifying-identity",
                                        "submitting",
                                        "in-review",
                                        "awaiting-end",
                                        "submission-unknown",
                                        NULL};
  static const char *const bad[] = {"blocker",    "failed",   "refused", "unsupported",
                                    "unreadable", "rejected", NULL};

  if (g_strv_contains (good, code))
    return ESIMCTL_STYLE_GOOD;
  if (g_strv_contains (caution, code))
    return ESIMCTL_STYLE_CAUTION;
  if (g_strv_contains (bad, code))
    return ESIMCTL_STYLE_BAD;
  return ESIMCTL_STYLE_PLAIN;
}
