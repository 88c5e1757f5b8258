/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-download-interrupt.h"
#include "esim-download-record.h"
#include "esim-isdr-rsp.h"
#include "esim-load-result.h"

G_BEGIN_DECLS

/**
 * EsimDownloadLoad:
 * @record: moves to ESIM_DOWNLOAD_LOADING
 * @call: (transfer full): the running ES9+.GetBoundProfilePackage
 * @agreed: what the user agreed to
 * @reason: (inout): how the session is to be cancelled where this fails and @is_over is not set
 * @is_over: (out): the card gave a result: the session has ended with that
 * @is_unknown: (out): whether it did could not be found out: nothing may be cancelled before that is
 * @notification: (out) (nullable): the outbox item of the result
 */
typedef struct {
  EsimCardHost *host;
  EsimTask *task;
  EsimDownloadRecord *record;
  EsimDownloadInterrupt *interrupt;
  EsimIsdr *isdr;
  EsimHttpCall *call;
  EsimProfileMetadata *agreed;
  EsimCancelReason reason;
  gboolean was_marked; /* of @host: notifications of an earlier time are still to be fetched */
  gboolean is_over;
  gboolean is_unknown;
  char *notification;
} EsimDownloadLoad;

/**
 * esim_download_load:
 *
 * Loads the package into the card while it arrives (SGP.22 3.1.3.3): the metadata in it is compared with what
 * was agreed to before the card sees any of it, and loading ends with the card's first answer, the result,
 * which is on disk before anything else is done. %TRUE: installed.
 */
gboolean esim_download_load (EsimDownloadLoad *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The result that ends the session of @record, among what the card has pending; all of that is on disk then.
 * NULL without @error: there is none. */
EsimLoadResult *esim_download_find_result (EsimCardHost *host, const EsimDownloadRecord *record,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
