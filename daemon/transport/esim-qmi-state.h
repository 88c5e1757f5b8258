/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-qmi-device.h"

G_BEGIN_DECLS

/**
 * EsimQmiCardState:
 * @ESIM_QMI_CARD_UNKNOWN: the modem does not tell
 * @ESIM_QMI_CARD_ABSENT: no card
 * @ESIM_QMI_CARD_DOWN: without power, or the modem cannot talk to it
 * @ESIM_QMI_CARD_READING: the modem is reading it
 * @ESIM_QMI_CARD_DETECTED: there is a (U)SIM on it; the modem is reading it, or wants no session with it
 * @ESIM_QMI_CARD_BLANK: there is no (U)SIM on it, or the modem has not come to it yet
 * @ESIM_QMI_CARD_READY: the modem has read it
 */
typedef enum {
  ESIM_QMI_CARD_UNKNOWN,
  ESIM_QMI_CARD_ABSENT,
  ESIM_QMI_CARD_DOWN,
  ESIM_QMI_CARD_READING,
  ESIM_QMI_CARD_DETECTED,
  ESIM_QMI_CARD_BLANK,
  ESIM_QMI_CARD_READY,
} EsimQmiCardState;

/* Whether a state is neither one without a card nor a step on the way for certain. */
gboolean esim_qmi_state_may_last (EsimQmiCardState state);

/**
 * EsimQmiApplication:
 * The (U)SIM of the card, with which the modem has its session.
 */
typedef struct {
  guint8 aid[G_MAXUINT8];
  guint aid_length; /* 0: there is none */
} EsimQmiApplication;

/* What the next two, and the indication, carry: Get Card Status 0x2F, Card Status 0x32. */
#define ESIM_QMI_CARD_STATUS_INDICATION 0x32

/**
 * esim_qmi_state_parse:
 * @message: an answer or an indication
 * @uim_slot: as the card's service counts, from 1
 * @application: (out) (optional)
 *
 * MODEM_ERROR if it cannot be read.
 */
gboolean esim_qmi_state_parse (QmiMessage *message, guint uim_slot, EsimQmiCardState *state,
                               EsimQmiApplication *application, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Asks the modem. ESIM_QMI_CARD_UNKNOWN where it does not have the message. */
gboolean esim_qmi_state_query (EsimQmiDevice *device, guint uim_slot, guint timeout, EsimQmiCardState *state,
                               EsimQmiApplication *application, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_qmi_state_is_refused:
 * Whether the modem says, of a card of which nothing is known, that it lets nobody come to it yet. Asks for
 * the answer to reset (Get ATR, 0x41), which changes nothing.
 */
gboolean esim_qmi_state_is_refused (EsimQmiDevice *device, guint uim_slot, guint timeout);

/**
 * esim_qmi_state_read_iccid:
 * Has the modem read EF ICCID (Read Transparent, 0x20).
 *
 * Returns: (transfer full) (nullable): digits; %NULL with an error
 */
char *esim_qmi_state_read_iccid (EsimQmiDevice *device, guint uim_slot, guint timeout,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same in two halves, for who must not wait: a call of libqmi's, and what its result holds. */
QmiMessageUimReadTransparentInput *esim_qmi_state_new_iccid_input (guint uim_slot) G_GNUC_WARN_UNUSED_RESULT;
char *esim_qmi_state_get_iccid (QmiMessageUimReadTransparentOutput *output,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The session that is the card itself in a slot, as the card's service counts. */
QmiUimSessionType esim_qmi_state_get_session (guint uim_slot);

G_END_DECLS
