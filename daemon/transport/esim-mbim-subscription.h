/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-mbim-device.h"

G_BEGIN_DECLS

/* What a modem says of the card that it uses: its ready state (MBIM 1.0, 10.5.2), and the ICCID and the IMSI
 * that go with it. */
typedef struct {
  MbimSubscriberReadyState state;
  char *iccid; /* digits; NULL if the modem shows none */
  char *imsi;  /* likewise */
} EsimMbimReady;

void esim_mbim_ready_clear (EsimMbimReady *ready);

/* Asks the modem. @ready is only written on success. */
gboolean esim_mbim_ready_query (EsimMbimDevice *device, guint timeout, EsimMbimReady *ready,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads an indication; %FALSE if it is not one of the ready state or makes no sense. */
gboolean esim_mbim_ready_parse (const MbimMessage *indication, EsimMbimReady *ready);

/**
 * esim_mbim_subscribe:
 * Asks for indications of the ready state and of the slots. The proxy hands on only what its clients asked
 * for, and many modems send no slot information unasked. Not every modem can do it: an error is for the log,
 * unless the modem is gone.
 */
gboolean esim_mbim_subscribe (EsimMbimDevice *device, GError **error);

G_END_DECLS
