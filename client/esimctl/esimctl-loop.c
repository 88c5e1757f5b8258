/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-loop.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define MAX_LINE 8192

/* What Ctrl-C says outside of a loop; NULL: the default. */
static const char *interrupted_words;
static int interrupted_exit = ESIMCTL_EXIT_INTERRUPTED;

/* What was typed and not asked for yet. */
static GString *typed;

static void
on_signal (int number)
{
  ssize_t ignored = write (STDERR_FILENO, interrupted_words, strlen (interrupted_words));

  ignored = write (STDERR_FILENO, "\n", 1);
  (void) ignored;
  _exit (interrupted_exit);
}

/* While a line is waited for, an interrupt is the loop's from the moment the prompt is seen. */
static guint guard;
static gboolean guard_interrupted;

static void
arm (void)
{
  struct sigaction action = {.sa_handler = interrupted_words != NULL ? on_signal : SIG_DFL};

  if (guard == 0)
    (void) sigaction (SIGINT, &action, NULL);
}

void
esimctl_loop_set_interrupted (const char *interrupted)
{
  interrupted_words = interrupted;
  arm ();
}

void
esimctl_loop_set_interrupted_exit (int exit)
{
  interrupted_exit = exit;
}

static gboolean
on_interrupt (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_CONTINUE;
}

gboolean
esimctl_loop_until (EsimctlDone done, gpointer data, const char *interrupted, GError **error)
{
  gboolean stop = FALSE;
  guint source = g_unix_signal_add (SIGINT, on_interrupt, &stop);

  while (!stop && !done (data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
  arm ();
  if (!stop)
    return TRUE;
  g_set_error_literal (error, ESIMCTL_ERROR, interrupted_exit, interrupted);
  return FALSE;
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
flag_is_set (gpointer flag)
{
  return *(gboolean *) flag;
}

/* Returns: whether the answer means yes, in the user's language or in English. */
static gboolean
means_yes (const char *answer)
{
  g_autofree char *text = g_strstrip (g_utf8_make_valid (answer, -1));
  g_autofree char *folded = g_utf8_casefold (text, -1);
  /* TRANSLATORS: what counts as "yes" in answer to a question, in small letters, separated by spaces. */
  g_auto (GStrv) words = g_strsplit (_ ("y yes"), " ", -1);

  return g_strv_contains ((const char *const *) words, folded) || g_str_equal (folded, "y") ||
         g_str_equal (folded, "yes");
}

/* Returns: (transfer full) (nullable): the first line of what was typed, if it is whole. */
static char *
take_line (void)
{
  const char *end = typed != NULL ? strchr (typed->str, '\n') : NULL;
  char *line;
  gsize before;

  if (end == NULL)
    return NULL;
  line = g_strndup (typed->str, (gsize) (end - typed->str));
  before = typed->len;
  g_string_erase (typed, 0, end - typed->str + 1);
  /* It may have been a secret. */
  explicit_bzero (typed->str + typed->len, before - typed->len);
  return line;
}

/* Returns: whether there may be more. */
static gboolean
read_more (void)
{
  char data[1024];
  ssize_t n = read (STDIN_FILENO, data, sizeof data);

  if (typed == NULL)
    typed = g_string_new (NULL);
  /* A zero octet would hide what comes after it. */
  for (ssize_t i = 0; i < n; i++)
    g_string_append_c (typed, data[i] != '\0' ? data[i] : '?');
  return n > 0 && typed->len <= MAX_LINE;
}

static gboolean
is_heard (gpointer flag)
{
  return guard_interrupted || flag_is_set (flag);
}

static gboolean
wait_for_input (const char *interrupted, GError **error)
{
  gboolean readable = FALSE;
  guint source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_readable, &readable);

  if (esimctl_loop_until (is_heard, &readable, interrupted, error)) {
    if (readable)
      return TRUE;
    g_set_error_literal (error, ESIMCTL_ERROR, interrupted_exit, interrupted);
  }
  if (!readable)
    g_source_remove (source);
  g_printerr ("\n");
  return FALSE;
}

gboolean
esimctl_loop_read_line (const char *prompt, const char *interrupted, char **line, GError **error)
{
  const char *before = interrupted_words;
  gboolean heard = TRUE, more = TRUE;

  fflush (stdout);
  /* Whoever sees the prompt may press Ctrl-C before the loop runs, and the caller has to hear of that: it may
   * have something to take back. */
  guard_interrupted = FALSE;
  guard = g_unix_signal_add (SIGINT, on_interrupt, &guard_interrupted);
  g_printerr ("%s ", prompt);
  while ((*line = take_line ()) == NULL && more) {
    heard = wait_for_input (interrupted, error);
    more = heard && read_more ();
  }
  g_clear_handle_id (&guard, g_source_remove);
  esimctl_loop_set_interrupted (before);
  if (heard && *line == NULL)
    g_printerr ("\n");
  return heard;
}

gboolean
esimctl_loop_read_secret (const char *prompt, const char *interrupted, char **line, GError **error)
{
  struct termios shown, hidden;
  gboolean heard, changed = tcgetattr (STDIN_FILENO, &shown) == 0;

  if (changed) {
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t) ECHO;
    hidden.c_lflag |= ECHONL;
    changed = tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  heard = esimctl_loop_read_line (prompt, interrupted, line, error);
  if (changed)
    (void) tcsetattr (STDIN_FILENO, TCSANOW, &shown);
  return heard;
}

int
esimctl_loop_ask (const char *prompt, const char *option, const char *interrupted, GError **error)
{
  g_autofree char *question = g_strdup_printf ("%s %s", prompt, _ ("[y/N]"));
  g_autofree char *line = NULL;

  if (!isatty (STDIN_FILENO)) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER, option);
    return -1;
  }
  if (!esimctl_loop_read_line (question, interrupted, &line, error))
    return -1;
  return line != NULL && means_yes (line) ? 1 : 0;
}
