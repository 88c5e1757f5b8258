/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into the daemon by the laboratory (esimlab/routes.py): the kernel's tables of routes are read
 * from the folder in ESIM_LAB_ROUTES. Everything else is opened as it is. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef FILE *(*Open) (const char *path, const char *mode);

static FILE *
open_by (const char *name, const char *path, const char *mode)
{
  Open real = (Open) dlsym (RTLD_NEXT, name);
  const char *folder = getenv ("ESIM_LAB_ROUTES");
  char other[PATH_MAX];

  if (folder == NULL ||
      (strcmp (path, "/proc/self/net/route") != 0 && strcmp (path, "/proc/self/net/ipv6_route") != 0))
    return real (path, mode);
  (void) snprintf (other, sizeof other, "%s/%s", folder, strrchr (path, '/') + 1);
  return real (other, mode);
}

FILE *
fopen (const char *path, const char *mode)
{
  return open_by ("fopen", path, mode);
}

FILE *
fopen64 (const char *path, const char *mode)
{
  return open_by ("fopen64", path, mode);
}
