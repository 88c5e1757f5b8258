/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "esim-error.h"
#include "esim-euicc-info.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (EsimEuiccInfo) info = esim_euicc_info_parse (bytes, &error);

  g_assert_true ((info == NULL) == (error != NULL));
  if (info != NULL)
    g_assert_cmpuint (g_strv_length (info->ci_key_ids), <=, 64);
  return 0;
}
