/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-qmi-device.h"

G_BEGIN_DECLS

/* The indication of a REFRESH. */
#define ESIM_QMI_REFRESH_INDICATION 0x33

/**
 * esim_qmi_events_register:
 * @uim_slot: as the card's service counts
 *
 * Asks for the indications of the card's state and of the slots, and for what the modem does on a REFRESH of
 * the card's. Not every modem has all of that: an error is for the log, unless the modem is gone.
 */
gboolean esim_qmi_events_register (EsimQmiDevice *device, guint uim_slot, GError **error);

/**
 * esim_qmi_events_take_refresh:
 * @indication: of a REFRESH
 * @begins: (out): the card is about to be read again, and channels are closed
 * @ends: (out): it was
 *
 * Reads it. A modem waits for its clients at the start of one that does not reset the card: it is told to go
 * on, without waiting for what it says to that.
 */
void esim_qmi_events_take_refresh (EsimQmiDevice *device, QmiMessage *indication, gboolean *begins,
                                   gboolean *ends);

G_END_DECLS
