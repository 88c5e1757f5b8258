/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-card-host.h"

#include <string.h>

EsimCardSnapshot *
esim_card_snapshot_ref (EsimCardSnapshot *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_card_snapshot_unref (EsimCardSnapshot *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->eid);
  g_ptr_array_unref (self->profiles);
  g_clear_pointer (&self->info, esim_euicc_info_unref);
  g_clear_pointer (&self->details, esim_card_details_unref);
  g_clear_pointer (&self->notifications, g_ptr_array_unref);
  g_free (self);
}

EsimProfileInfo *
esim_card_snapshot_find (const EsimCardSnapshot *self, const char *iccid)
{
  for (guint i = 0; self != NULL && i < self->profiles->len; i++) {
    EsimProfileInfo *profile = g_ptr_array_index (self->profiles, i);

    if (strcmp (profile->iccid, iccid) == 0)
      return profile;
  }
  return NULL;
}
