/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
#include "esim-download-record.h"
#include "esim-http-hub.h"
#include "esim-isdr-rsp.h"

G_BEGIN_DECLS

/**
 * esim_download_cancel:
 * @record: of the session that is to end; its step moves on
 *
 * SGP.22 3.0.2, Common Cancel Session: the card ends the session and signs that (ES10b.CancelSession), that
 * is kept on disk, and the server is told (ES9+.CancelSession). Within a few seconds where the service
 * stops.
 *
 * Returns: %TRUE once nothing is left to be done, or can be: the record may go. %FALSE, with the reason in
 * the log: it is to be tried again.
 */
gboolean esim_download_cancel (EsimCardHost *host, EsimHttpHub *hub, EsimDownloadRecord *record,
                               EsimCancelReason reason);

G_END_DECLS
