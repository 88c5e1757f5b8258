/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-log.h"

#include <stdarg.h>

/* In the order of the enum; the same numbers stand in systemd/esimd.catalog, and a test compares them. */
static const char *const message_ids[] = {
    "ff03f3ecad594cb887d7b319b98c30b3", "de24563865794fd4a343f98d72fd46b7",
    "bbeaf920096f4e05b203647fb7764b4e", "8c87772e2bf84b7eb6da7a4f29ce1c9d",
    "7ceec5e9f0be462caef9c26f0744124d", "d32857effb6c42a9af5575bc0b9aacb5",
    "0054ba6c4f0646aa8771b18354269251", "9bbaa881423a429e890f3709ddebf9b3",
    "4b222e4ed62f4c0bb5e0e43304d95fbb", "710ad63e2c404bc38abb4d29032dfad8",
    "11f61e50817e45fe9865e3d49469180b", "8d8d91db0f1f494ca857386666a9d770",
    "f7c3293ef108410dbeb60f23e68bf4fe", "63bad847c32b45fbabe224f8ea031464",
    "ee38f7cff55742f7954f70a5815b01c8", "e3987c7bef0b47e9938da8d32a301f52",
};
G_STATIC_ASSERT (G_N_ELEMENTS (message_ids) == ESIM_LOG_TEST_ROOT + 1);

void
esim_log (EsimLogMessage message, GLogLevelFlags level, const char *field, const char *value,
          const char *format, ...)
{
  g_autofree char *text = NULL;
  GLogField fields[5];
  gsize n = 0;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fields[n++] = (GLogField){"MESSAGE", text, -1};
  fields[n++] = (GLogField){"PRIORITY", level == G_LOG_LEVEL_WARNING ? "4" : "5", -1};
  fields[n++] = (GLogField){"GLIB_DOMAIN", G_LOG_DOMAIN, -1};
  fields[n++] = (GLogField){"MESSAGE_ID", message_ids[message], -1};
  if (value != NULL)
    fields[n++] = (GLogField){field, value, -1};
  g_log_structured_array (level, fields, n);
}
