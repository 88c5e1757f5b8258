/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "esim-error.h"
#include "esim-profile-info.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GPtrArray) list = esim_profile_info_list_parse (bytes, &error);

  g_assert_true ((list == NULL) == (error != NULL));
  if (list == NULL) {
    g_assert_true (error->domain == ESIM_ERROR);
    return 0;
  }
  for (guint i = 0; i < list->len; i++) {
    const EsimProfileInfo *profile = list->pdata[i];
    g_auto (GStrv) addresses = esim_profile_info_dup_delete_addresses (profile);

    g_assert_cmpuint (strlen (profile->iccid), >=, 18);
    g_assert_true (g_utf8_validate (profile->name, -1, NULL));
    g_assert_cmpuint (g_strv_length (addresses), <=, profile->n_targets);
    g_assert_true (esim_profile_info_equal (profile, profile));
  }
  return 0;
}
