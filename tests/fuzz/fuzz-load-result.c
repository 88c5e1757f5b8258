/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "esim-error.h"
#include "esim-load-result.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL, refusal = NULL;
  g_autoptr (EsimLoadResult) result = esim_load_result_parse (bytes, &error);

  g_assert_true ((result == NULL) == (error != NULL));
  if (result == NULL) {
    g_assert_true (error->domain == ESIM_ERROR);
    return 0;
  }
  g_assert_true (g_bytes_equal (result->notification->bytes, bytes));
  g_assert_true (result->installed == (result->aid != NULL));
  g_assert_true (result->installed == esim_load_result_check (result, &refusal));
  g_assert_true (result->installed == (refusal == NULL));
  return 0;
}
