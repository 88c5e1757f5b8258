/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both addresses of a login, one in a line. */
#include "fuzz.h"
#include "esim-ts43-address.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const hosts[] = {"ts43.lab.example", NULL};
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 2);
  g_auto (EsimTs43Login) login = {0};

  if (lines[0] == NULL || !esim_ts43_login_read (&login, lines[0], hosts, NULL))
    return 0;
  /* Where the code comes back to is the carrier's own. */
  g_assert_true (g_ascii_strncasecmp (login.stop_at, "https://ts43.lab.example", 24) == 0);
  g_assert_nonnull (strchr ("/:", login.stop_at[24]));
  if (lines[1] != NULL && esim_ts43_login_check_end (&login, lines[1], NULL))
    g_assert_true (g_str_has_prefix (lines[1], login.stop_at));
  return 0;
}
