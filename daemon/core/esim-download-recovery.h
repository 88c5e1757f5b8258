/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
#include "esim-http-hub.h"

G_BEGIN_DECLS

/**
 * EsimDownloadOutcome:
 * @id: of its record
 * @iccid: (nullable): of the profile that was offered
 * @error: (nullable): why it was not installed; %NULL: it is on the card
 *
 * What came of a download that was cut off.
 */
typedef struct {
  char *id;
  guint requester;
  char *iccid;
  char *address;
  GError *error;
} EsimDownloadOutcome;

void esim_download_outcome_free (EsimDownloadOutcome *self);

/**
 * esim_download_recover:
 * @outcomes: (element-type EsimDownloadOutcome): what is to be told is added
 * @left: (out): something is still to be done, and to be tried again
 *
 * Linear, in the worker: for each record that an earlier run, or a download that lost its card or its server,
 * has left of this card: asks the card what came of it, has what it signed on disk, ends the session where
 * that is still possible, and takes the record away. Costs no command where there is none.
 */
gboolean esim_download_recover (EsimCardHost *host, EsimHttpHub *hub, const char *eid, GPtrArray *outcomes,
                                gboolean *left, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
