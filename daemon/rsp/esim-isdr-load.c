/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-isdr-load.h"
#include "esim-isdr-private.h"

gboolean
esim_isdr_load_segment (EsimIsdr *self, GBytes *segment, GBytes **answer, GError **error)
{
  g_autoptr (GBytes) given = esim_isdr_send (self, segment, error);

  if (given == NULL)
    return FALSE;
  *answer = g_bytes_get_size (given) > 0 ? g_steal_pointer (&given) : NULL;
  return TRUE;
}
