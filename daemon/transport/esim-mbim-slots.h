/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-slot.h"
#include "esim-mbim-device.h"

G_BEGIN_DECLS

#define ESIM_MBIM_SLOTS_MAX 16 /* more is a modem that talks nonsense */

typedef struct {
  guint wanted;    /* physical slot from 1; 0 = the active one: set by the caller */
  guint number;    /* the slot that was found, from 1 */
  gboolean active; /* the modem uses that slot */
  gboolean known;  /* whether the modem told @state; a modem of one slot often does not */
  MbimUiccSlotState state;
} EsimMbimSlot;

/**
 * esim_mbim_slot_query:
 * Finds the slot @slot->wanted and fills the rest in. Never switches a slot. A modem without the slot
 * commands has one slot, and it is active. INVALID_ARGUMENT if there is no such slot.
 */
gboolean
esim_mbim_slot_query (EsimMbimDevice *device, EsimMbimSlot *slot, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads an indication on a slot; @number from 1. */
gboolean esim_mbim_slot_parse (const MbimMessage *indication, guint *number, MbimUiccSlotState *state);

/* By the state alone: the modem uses it. */
gboolean esim_mbim_slot_looks_active (const EsimMbimSlot *slot);

/* Whether the slot is known to hold no card. */
gboolean esim_mbim_slot_is_empty (const EsimMbimSlot *slot);

/* Whether the state is one that passes by itself. */
gboolean esim_mbim_slot_state_is_passing (MbimUiccSlotState state);

/* What the state says of the card in it. */
EsimCardSlotContent esim_mbim_slot_get_content (const EsimMbimSlot *slot);

/* As esim_card_list_slots(). */
GPtrArray *esim_mbim_slots_list (EsimMbimDevice *device, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_mbim_slots_map:
 * @number: from 1
 * @previous: (out): the slot that was used before; the same if there is nothing to do
 *
 * Has the modem's first executor use slot @number, and returns without waiting for the card there.
 * NOT_SUPPORTED where the modem cannot tell or change its mapping.
 */
gboolean esim_mbim_slots_map (EsimMbimDevice *device, guint number, guint *previous,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
