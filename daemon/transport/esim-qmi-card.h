/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card.h"

G_BEGIN_DECLS

/**
 * EsimQmiCard:
 *
 * The card in a slot of a modem that speaks QMI, by the user identity module's service. Everything here is
 * called in the worker in which it was opened.
 *
 * QMI has no groups of channels as MBIM has, and numbers alone do not tell whose a channel is. So what the
 * modem keeps for us is written down (esim-qmi-record.h), and esim_card_close_stale() closes the channels
 * that an earlier life of this service wrote down there, and nothing else.
 */
#define ESIM_TYPE_QMI_CARD (esim_qmi_card_get_type ())
G_DECLARE_FINAL_TYPE (EsimQmiCard, esim_qmi_card, ESIM, QMI_CARD, GObject)

/**
 * EsimQmiWay:
 * @ESIM_QMI_QMI: a port that speaks QMI
 * @ESIM_QMI_OVER_MBIM: an MBIM port with QMI inside
 * @ESIM_QMI_QRTR: a node of the QRTR bus: the modem of a phone's system on a chip
 */
typedef enum { ESIM_QMI_QMI, ESIM_QMI_OVER_MBIM, ESIM_QMI_QRTR } EsimQmiWay;

/**
 * EsimQmiOptions:
 * @device: path of the port; not used by ESIM_QMI_QRTR
 * @way: how the port is spoken to
 * @node: of the QRTR bus, for ESIM_QMI_QRTR
 * @slot: physical slot from 1; 0 = the active one
 * @use_proxy: through qmi-proxy (over MBIM: mbim-proxy); a pty has none, QRTR needs none
 * @segment_size: octets of data in a STORE DATA; 0 = 255
 * @apdu_timeout: seconds that the card may take for an answer; 0 = 60
 * @record: (nullable): path of a file of this modem's, in a folder that does not outlive the system's run,
 * for what the modem keeps for us
 */
typedef struct {
  const char *device;
  EsimQmiWay way;
  guint node;
  guint slot;
  gboolean use_proxy;
  guint segment_size;
  guint apdu_timeout;
  const char *record;
} EsimQmiOptions;

/**
 * EsimQmiSlotState:
 * @ESIM_QMI_SLOT_ACTIVE: the modem uses this slot; also with an eUICC in it that has no profile
 * @ESIM_QMI_SLOT_INACTIVE: the modem uses another slot: the card cannot be reached
 * @ESIM_QMI_SLOT_ABSENT: no card
 */
typedef enum {
  ESIM_QMI_SLOT_ACTIVE,
  ESIM_QMI_SLOT_INACTIVE,
  ESIM_QMI_SLOT_ABSENT,
} EsimQmiSlotState;

/**
 * esim_qmi_card_open:
 * Opens the port, finds the slot and asks for the card's state. Sends the card no command, and never switches
 * a slot; it succeeds for a slot that is inactive or empty, too.
 *
 * Errors: those of #EsimCard; CARD_REMOVED (no such port or node), INVALID_ARGUMENT (no such slot),
 * NOT_SUPPORTED (no card service, no QRTR in the kernel).
 *
 * Returns: (transfer full)
 */
EsimCard *esim_qmi_card_open (const EsimQmiOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

EsimQmiSlotState esim_qmi_card_get_slot_state (EsimCard *card);

/* (nullable): the ICCID that the modem shows. Valid until the modem says another. */
const char *esim_qmi_card_get_iccid (EsimCard *card);

G_END_DECLS
