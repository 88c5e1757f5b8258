/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-store.h"

G_BEGIN_DECLS

#define ESIM_DOWNLOAD_KIND "downloads"
#define ESIM_DOWNLOAD_VERSION 1

/**
 * EsimDownloadStep:
 * @ESIM_DOWNLOAD_AUTHENTICATING: nothing is known of the profile yet
 * @ESIM_DOWNLOAD_ASKING: the server has offered a profile; nothing of it has gone to the card
 * @ESIM_DOWNLOAD_LOADING: the card is being given the package: only its list tells what came of it
 * @ESIM_DOWNLOAD_CANCELLING: the card has ended the session: @cancel is to reach the server
 *
 * How far a download is. Each is on disk before it is taken.
 */
typedef enum {
  ESIM_DOWNLOAD_AUTHENTICATING,
  ESIM_DOWNLOAD_ASKING,
  ESIM_DOWNLOAD_LOADING,
  ESIM_DOWNLOAD_CANCELLING,
} EsimDownloadStep;

/**
 * EsimDownloadRecord:
 * @address: the SM-DP+, or SM-DS, that the session is with
 * @transaction_id: (nullable): hexadecimal, as the server wrote it; %NULL before there was one
 * @iccid: (nullable): of the profile that was offered
 * @cancel: (nullable): CancelSessionResponse, BF41: what the card signed
 * @told: the requester knows what came of it: only the server does not yet
 * @tries: how often the server could not be told
 *
 * A download under way, on disk: enough to find out what came of it, and to end its session. No matching id,
 * no code.
 */
typedef struct {
  char *id;
  char *eid;
  guint requester;
  EsimDownloadStep step;
  char *address;
  char *transaction_id;
  char *iccid;
  GBytes *cancel;
  gboolean told;
  guint tries;
} EsimDownloadRecord;

EsimDownloadRecord *esim_download_record_new (const char *eid, const char *address, guint requester);
void esim_download_record_free (EsimDownloadRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimDownloadRecord, esim_download_record_free)

/* The octets of @transaction_id; (nullable): %NULL if there is none. */
GBytes *esim_download_record_dup_transaction (const EsimDownloadRecord *self);

gboolean esim_download_record_write (const EsimDownloadRecord *self, EsimStore *store,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean esim_download_record_remove (const EsimDownloadRecord *self, EsimStore *store,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* STORAGE_ERROR if a member is missing or makes no sense. */
EsimDownloadRecord *
esim_download_record_read (const char *id, GKeyFile *keyfile, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full) (element-type EsimDownloadRecord): those of this card. One that cannot be read is left as
 * it is, and told of in the log. */
GPtrArray *
esim_download_record_list (EsimStore *store, const char *eid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
