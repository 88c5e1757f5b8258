/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * EsimCardSlotContent:
 * @ESIM_CARD_SLOT_UNKNOWN: there may be a card; the modem does not tell while it uses another slot
 * @ESIM_CARD_SLOT_EMPTY: no card
 * @ESIM_CARD_SLOT_CARD: a card; whether it is an eUICC is not told
 * @ESIM_CARD_SLOT_UICC: a card that is no eUICC
 * @ESIM_CARD_SLOT_EUICC: an eUICC
 */
typedef enum {
  ESIM_CARD_SLOT_UNKNOWN,
  ESIM_CARD_SLOT_EMPTY,
  ESIM_CARD_SLOT_CARD,
  ESIM_CARD_SLOT_UICC,
  ESIM_CARD_SLOT_EUICC,
} EsimCardSlotContent;

/**
 * EsimCardSlot:
 * @number: physical, from 1
 * @active: the modem uses it
 * @eid: (nullable): as the modem tells it, 32 digits
 *
 * What a modem says of one of its slots without being made to use it.
 */
typedef struct {
  guint number;
  gboolean active;
  EsimCardSlotContent content;
  char *eid;
} EsimCardSlot;

EsimCardSlot *
esim_card_slot_new (guint number, gboolean active, EsimCardSlotContent content, const char *eid);
void esim_card_slot_free (EsimCardSlot *self);

/* (element-type EsimCardSlot): an empty list that owns what is put into it */
GPtrArray *esim_card_slots_new (void);

G_END_DECLS
