/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card.h"

G_BEGIN_DECLS

/**
 * EsimMbimCard:
 *
 * The card in a slot of an MBIM modem, by Microsoft's UICC low level access service. Everything here is
 * called in the worker in which it was opened.
 */
#define ESIM_TYPE_MBIM_CARD (esim_mbim_card_get_type ())
G_DECLARE_FINAL_TYPE (EsimMbimCard, esim_mbim_card, ESIM, MBIM_CARD, GObject)

/**
 * EsimMbimOptions:
 * @device: path of the port
 * @slot: physical slot from 1; 0 = the active one
 * @use_proxy: through mbim-proxy; a pty has none
 * @segment_size: octets of data in a STORE DATA; 0 = 255
 * @select_p2: P2 of the SELECT; -1 = 4, 0x0C, 0 in turn
 * @apdu_timeout: seconds that the card may take for an answer; 0 = 60
 */
typedef struct {
  const char *device;
  guint slot;
  gboolean use_proxy;
  guint segment_size;
  int select_p2;
  guint apdu_timeout;
} EsimMbimOptions;

/**
 * EsimMbimSlotState:
 * @ESIM_MBIM_SLOT_ACTIVE: the modem uses this slot; also with an eUICC in it that has no profile
 * @ESIM_MBIM_SLOT_INACTIVE: the modem uses another slot: the card cannot be reached
 * @ESIM_MBIM_SLOT_ABSENT: no card
 */
typedef enum {
  ESIM_MBIM_SLOT_ACTIVE,
  ESIM_MBIM_SLOT_INACTIVE,
  ESIM_MBIM_SLOT_ABSENT,
} EsimMbimSlotState;

/**
 * esim_mbim_is_device_node:
 * Returns: whether @path is a modem's port of the kernel (usbmisc or wwan), which wants the proxy; %FALSE for
 * a pty
 */
gboolean esim_mbim_is_device_node (const char *path);

/**
 * esim_mbim_card_open:
 * Opens the port, finds the slot and reads the ready state. Sends the card nothing, and never switches a
 * slot; it succeeds for a slot that is inactive or empty, too.
 *
 * Errors: those of #EsimCard; CARD_REMOVED (no such port), INVALID_ARGUMENT (no such slot).
 *
 * Returns: (transfer full)
 */
EsimCard *esim_mbim_card_open (const EsimMbimOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

EsimMbimSlotState esim_mbim_card_get_slot_state (EsimCard *card);

/* (nullable): the ICCID that the modem shows. Valid until the modem says another. */
const char *esim_mbim_card_get_iccid (EsimCard *card);

G_END_DECLS
