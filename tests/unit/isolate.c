/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "isolate.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

static gboolean
write_text (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean done = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);

  if (fd >= 0)
    close (fd);
  return done;
}

gboolean
isolate (void)
{
  g_autofree char *uids = g_strdup_printf ("0 %u 1", getuid ());
  g_autofree char *gids = g_strdup_printf ("0 %u 1", getgid ());

  if (getuid () == 0)
    return unshare (CLONE_NEWNET) == 0;
  return unshare (CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_text ("/proc/self/uid_map", uids) &&
         write_text ("/proc/self/setgroups", "deny") && write_text ("/proc/self/gid_map", gids);
}
