/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into the daemon by the laboratory (esimlab/shortwaits.py): a timer of one certain length is made
 * shorter, so that a test need not wait for minutes. All other timers are as they were.
 *
 * ESIM_SHORT_WAITS: "SECONDS MILLISECONDS": who asks for SECONDS gets MILLISECONDS. */
#include <dlfcn.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

typedef guint (*AddSeconds) (guint interval, GSourceFunc function, gpointer data);

guint
g_timeout_add_seconds (guint interval, GSourceFunc function, gpointer data)
{
  const char *told = getenv ("ESIM_SHORT_WAITS");
  unsigned seconds = 0, milliseconds = 0;
  AddSeconds real = (AddSeconds) dlsym (RTLD_NEXT, "g_timeout_add_seconds");

  if (told != NULL && sscanf (told, "%u %u", &seconds, &milliseconds) == 2 && interval == seconds)
    return g_timeout_add (milliseconds, function, data);
  return real (interval, function, data);
}
