/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into the daemon by the laboratory (esimlab/shortwaits.py): timers of certain lengths are made
 * shorter, so that a test need not wait for minutes. All other timers are as they were.
 *
 * ESIM_SHORT_WAITS: "SECONDS MILLISECONDS ...", in pairs: who asks for SECONDS gets MILLISECONDS. The timers
 * of libmbim's and libqmi's messages are among them. */
#include <dlfcn.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

typedef guint (*AddSeconds) (guint interval, GSourceFunc function, gpointer data);
typedef GSource *(*NewSource) (guint interval);

static gboolean
is_shortened (guint interval, guint *milliseconds)
{
  const char *told = getenv ("ESIM_SHORT_WAITS");
  unsigned seconds = 0;
  int read = 0;

  while (told != NULL && sscanf (told, "%u %u%n", &seconds, milliseconds, &read) == 2) {
    if (interval == seconds)
      return TRUE;
    told += read;
  }
  return FALSE;
}

guint
g_timeout_add_seconds (guint interval, GSourceFunc function, gpointer data)
{
  AddSeconds real = (AddSeconds) dlsym (RTLD_NEXT, "g_timeout_add_seconds");
  guint milliseconds = 0;

  if (is_shortened (interval, &milliseconds))
    return g_timeout_add_full (G_PRIORITY_DEFAULT, milliseconds, function, data, NULL);
  return real (interval, function, data);
}

/* Who counts in milliseconds, and asks for whole seconds. */
guint
g_timeout_add (guint interval, GSourceFunc function, gpointer data)
{
  AddSeconds real = (AddSeconds) dlsym (RTLD_NEXT, "g_timeout_add");
  guint milliseconds = 0;

  if (interval % 1000 == 0 && is_shortened (interval / 1000, &milliseconds))
    return real (milliseconds, function, data);
  return real (interval, function, data);
}

/* libqmi's transactions. */
GSource *
g_timeout_source_new_seconds (guint interval)
{
  NewSource real = (NewSource) dlsym (RTLD_NEXT, "g_timeout_source_new_seconds");
  NewSource exact = (NewSource) dlsym (RTLD_NEXT, "g_timeout_source_new");
  guint milliseconds = 0;

  return is_shortened (interval, &milliseconds) ? exact (milliseconds) : real (interval);
}

/* libmbim's commands. */
GSource *
g_timeout_source_new (guint interval)
{
  NewSource real = (NewSource) dlsym (RTLD_NEXT, "g_timeout_source_new");
  guint milliseconds = 0;

  if (interval % 1000 == 0 && is_shortened (interval / 1000, &milliseconds))
    return real (milliseconds);
  return real (interval);
}
