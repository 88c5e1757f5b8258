/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "esim-ts43-document.h"

#include <string.h>

static void
check_page (gboolean there, const EsimTs43Page *page)
{
  if (there && !g_str_has_prefix (page->url, "https://") &&
      g_ascii_strncasecmp (page->url, "https://", 8) != 0)
    g_error ("a page that is not of HTTPS");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) body = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimTs43Document) document = esim_ts43_document_parse (body, NULL, &error);
  EsimTs43Message message;
  EsimTs43Page page;
  gint64 validity;

  g_assert_true ((document == NULL) == (error != NULL));
  if (document == NULL)
    return 0;
  check_page (esim_ts43_document_get_service (document, &page), &page);
  check_page (esim_ts43_document_get_not_enabled (document, &page), &page);
  check_page (esim_ts43_document_get_error_page (document, &page), &page);
  (void) !esim_ts43_document_get_message (document, &message);
  (void) !esim_ts43_document_get_token (document, &validity);
  g_assert_cmpint (validity, >=, 0);
  g_assert_cmpint (esim_ts43_document_get_operation_result (document), >=, -1);
  g_assert_cmpint (esim_ts43_document_get_subscription_result (document), >=, -1);
  for (guint i = 0; i < esim_ts43_document_get_n_configurations (document); i++) {
    EsimTs43Configuration one;

    esim_ts43_document_get_configuration (document, i, &one);
    g_assert_cmpuint (one.status, <=, 4);
    g_assert_cmpint (one.interval, >=, 0);
    g_assert_true (one.iccid == NULL || strspn (one.iccid, "0123456789") == strlen (one.iccid));
  }
  return 0;
}
