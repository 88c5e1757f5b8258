/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-qmi-device.h"

G_BEGIN_DECLS

/* The three messages that carry APDUs. From libqmi 1.36 on it has functions for them; before, they are put
 * together here from their TLVs. Which of the two was built: */
gboolean esim_qmi_uim_is_typed (void);

/**
 * EsimQmiOpened:
 * @channel: 0 if the answer names none
 * @word: the card's status word; 0 if the answer has none
 * @answer: (nullable): to the SELECT, without the word
 * @status: the modem's error code; 0 if it calls it a success
 *
 * What came of an opening. A refusal may name the card's word, too.
 */
typedef struct {
  guint channel;
  guint16 word;
  GBytes *answer;
  guint status;
} EsimQmiOpened;

void esim_qmi_opened_clear (EsimQmiOpened *opened);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimQmiOpened, esim_qmi_opened_clear)

/**
 * esim_qmi_uim_open_channel:
 * @opened: (out): written also if the modem refuses (then with a status), as far as there was an answer
 *
 * Opens a logical channel and selects @aid on it (Open Logical Channel, 0x42).
 */
gboolean
esim_qmi_uim_open_channel (EsimQmiDevice *device, guint8 slot, const guint8 *aid, gsize aid_length,
                           guint timeout, EsimQmiOpened *opened, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_qmi_uim_send_apdu:
 * @skip_procedure: the modem is to send the final answer alone, and to keep 61xx and 6Cxx to itself
 *
 * Sends a command (Send APDU, 0x3B).
 *
 * Returns: (transfer full): the response APDU: data and status word, two octets at least
 */
GBytes *esim_qmi_uim_send_apdu (EsimQmiDevice *device, guint8 slot, guint8 channel, const guint8 *command,
                                gsize length, gboolean skip_procedure, guint timeout,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Closes a logical channel (Logical Channel, 0x3F), and ends the application on it. */
gboolean esim_qmi_uim_close_channel (EsimQmiDevice *device, guint8 slot, guint8 channel, guint timeout,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
