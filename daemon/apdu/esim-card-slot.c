/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-card-slot.h"

EsimCardSlot *
esim_card_slot_new (guint number, gboolean active, EsimCardSlotContent content, const char *eid)
{
  EsimCardSlot *self = g_new0 (EsimCardSlot, 1);

  *self = (EsimCardSlot){number, active, content, g_strdup (eid)};
  return self;
}

void
esim_card_slot_free (EsimCardSlot *self)
{
  g_free (self->eid);
  g_free (self);
}

GPtrArray *
esim_card_slots_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) esim_card_slot_free);
}
