/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-asker.h"
#include "esim-card-host.h"
#include "esim-es9-session.h"

G_BEGIN_DECLS

/**
 * EsimDownload:
 * @eid: the card that is meant
 * @address: the SM-DP+; "" = the card's default one
 * @matching_id: "" = none
 * @oid: (nullable): what the server's certificate must name
 * @confirmation_code: (nullable): wiped once it was used, or of no use
 * @confirmation_code_required: the activation code says so
 * @allow_test: a test profile may be installed
 * @requester: whose it is, for the record
 * @operation: (nullable): by which questions are asked
 * @iccid, @root_key_id, @recipient: (out): of a profile that was installed; @recipient: who is to be told of
 * it, "" = nobody
 *
 * What a download needs, and what it came to.
 */
typedef struct {
  const char *eid;
  char *address;
  const char *matching_id;
  const char *oid;
  char *confirmation_code;
  gboolean confirmation_code_required;
  gboolean allow_test;
  guint requester;
  EsimOperation *operation;
  char *iccid;
  char *root_key_id;
  char *notification_id;
} EsimDownload;

void esim_download_clear (EsimDownload *self);

/**
 * esim_download_run:
 *
 * SGP.22 3.1.3, Profile Download and Installation: linear, in the worker. Every way out before the card has
 * a result cancels the session, at the card and at the server; the result is on disk before anything else is
 * done with it.
 *
 * Errors: those of EsimIsdr, of EsimEs9Session and of esim_asker_ask(); CONSENT_DENIED, POLICY_VIOLATION,
 * TEST_PROFILE, PROFILE_EXISTS, NOT_SUPPORTED (an eIM manages this card), STORAGE_ERROR: nothing was begun.
 */
gboolean esim_download_run (EsimDownload *self, EsimCardHost *host, EsimTask *task, EsimHttpHub *hub,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
