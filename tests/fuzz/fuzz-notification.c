/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "esim-error.h"
#include "esim-notification.h"

/* What was left out is logged; a fuzzer has no use for it. */
static void
drop_log (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
}

/* What was retrieved is kept, and must be readable from what was kept. */
static void
check_kept (EsimNotification *notification)
{
  g_autoptr (GBytes) metadata = NULL, signature = NULL, euicc = NULL, eum = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimNotification) again = esim_notification_parse (notification->bytes, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (again->sequence, ==, notification->sequence);
  g_assert_cmpstr (again->address, ==, notification->address);
  g_assert_true (g_bytes_equal (again->bytes, notification->bytes));
  if (esim_notification_dup_parts (notification, &metadata, &signature, &euicc, &eum, NULL))
    g_assert_cmpuint (g_bytes_get_size (metadata), <, g_bytes_get_size (notification->bytes));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) why_listed = NULL, why_retrieved = NULL, why_parsed = NULL;
  g_autoptr (GPtrArray) listed = NULL, retrieved = NULL;
  g_autoptr (EsimNotification) parsed = NULL;

  g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, drop_log, NULL);
  listed = esim_notification_list_parse (bytes, &why_listed);
  g_assert_true ((listed == NULL) == (why_listed != NULL));
  retrieved = esim_notification_retrieved_parse (bytes, NULL, &why_retrieved);
  g_assert_true ((retrieved == NULL) == (why_retrieved != NULL));
  for (guint i = 0; retrieved != NULL && i < retrieved->len; i++)
    check_kept (retrieved->pdata[i]);
  parsed = esim_notification_parse (bytes, &why_parsed);
  g_assert_true ((parsed == NULL) == (why_parsed != NULL));
  if (parsed != NULL)
    check_kept (parsed);
  return 0;
}
