/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

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
 * @allow_test: a test profile may be installed
 * @requester: whose it is, for the record
 * @device: what the server is told of this device
 * @operation: by which questions are asked
 * @left: (out): the session could not be ended, the server not be told, or the record not be taken away
 * @told: (out) (nullable): the id of a record that was to go and did not: what came of it is told by this
 * download's own end
 * @unread: (out): it is installed, and the card could not be listed since
 * @iccid, @root_key_id, @notification: (out): of a profile that was installed; @notification: the outbox
 * item's id
 *
 * What a download needs, and what it came to.
 */
typedef struct {
  char *eid;
  char *address;
  char *matching_id;
  char *oid;
  char *confirmation_code;
  gboolean allow_test;
  guint requester;
  EsimDevice *device;
  EsimOperation *operation;
  gboolean left;
  char *told;
  gboolean unread;
  char *iccid;
  char *root_key_id;
  char *notification;
} EsimDownload;

/* Frees the members; a code is wiped, and so is the matching id. */
void esim_download_clear (EsimDownload *self);

/* Wipes the confirmation code: it was used, or is of no use. */
void esim_download_drop_code (EsimDownload *self);

/**
 * esim_download_run:
 *
 * SGP.22 3.1.3, Profile Download and Installation: linear, in the worker. Every way out before the card has
 * a result cancels the session, at the card and at the server; the result is on disk before anything else is
 * done with it.
 *
 * Errors: those of EsimIsdr, of EsimEs9Session and of esim_asker_ask(); CONSENT_DENIED, POLICY_VIOLATION,
 * TEST_PROFILE, PROFILE_EXISTS, WRONG_STATE (no server is known), NOT_SUPPORTED (an eIM manages this card),
 * STORAGE_ERROR: nothing was begun.
 */
gboolean esim_download_run (EsimDownload *self, EsimCardHost *host, EsimTask *task, EsimHttpHub *hub,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* In the worker: asks the modem which device this is, where nobody else told. */
void esim_download_complete_device (EsimCardHost *host, EsimDevice *device);

G_END_DECLS
