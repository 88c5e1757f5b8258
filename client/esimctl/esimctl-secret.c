/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-secret.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "esimctl-context.h"
#include "esimctl-loop.h"

#define MAX_SECRET 1024

void
esimctl_secret_free (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/* Takes line ends and blanks off, in place. */
static char *
trim (char *line)
{
  g_strstrip (line);
  return line;
}

/* Octet by octet: what stands behind the line is somebody else's. */
static char *
read_line (int fd)
{
  char *line = g_malloc0 (MAX_SECRET + 1);
  gsize n = 0;

  while (n < MAX_SECRET && read (fd, line + n, 1) == 1 && line[n] != '\n')
    n++;
  line[n] = '\0';
  return trim (line);
}

static char *
read_file (const char *path, GError **error)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  char *line;

  if (fd < 0) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND, _ ("“%s” cannot be read: %s"), path,
                 g_strerror (errno));
    return NULL;
  }
  line = read_line (fd);
  (void) g_close (fd, NULL);
  return line;
}

char *
esimctl_secret_read (const char *path, const char *prompt, gboolean echo, GError **error)
{
  const char *interrupted = _ ("Nothing was changed");
  char *line = NULL;

  if (strcmp (path, "-") != 0) {
    line = read_file (path, error);
    if (line == NULL)
      return NULL;
  } else if (!isatty (STDIN_FILENO)) {
    line = read_line (STDIN_FILENO);
  } else if (!(echo ? esimctl_loop_read_line (prompt, interrupted, &line, error)
                    : esimctl_loop_read_secret (prompt, interrupted, &line, error))) {
    return NULL;
  }
  if (line != NULL && *trim (line) != '\0' && strlen (line) < MAX_SECRET && g_utf8_validate (line, -1, NULL))
    return line;
  esimctl_secret_free (line);
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("“%s” holds no line of 1 to %d octets of text"),
               path, MAX_SECRET - 1);
  return NULL;
}
