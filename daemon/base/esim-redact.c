/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-redact.h"

#include <string.h>

#define SHOWN 4
#define LONG_ENOUGH 12 /* so that what is shown is a third at most */

char *
esim_redact_id (const char *id)
{
  gsize length = id != NULL ? strlen (id) : 0;

  if (length < LONG_ENOUGH)
    return g_strdup (length == 0 ? "(none)" : "…");
  return g_strconcat ("…", id + length - SHOWN, NULL);
}
