/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-device.h"
#include "esim-isdr.h"
#include "esim-rat.h"

G_BEGIN_DECLS

/* The functions of ES10b that a session with a server needs. Linear, in the card's worker; errors as in
 * esim-isdr.h. A signed object of the card is given byte for byte as it came, that is how the server must get
 * it. */

#define ESIM_CHALLENGE_OCTETS 16

/* ES10b.GetEUICCChallenge: 16 octets. A new challenge, which ends the session that may be there. */
GBytes *esim_isdr_get_challenge (EsimIsdr *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * EsimServerAuthentication:
 *
 * What a server answered to InitiateAuthentication and the card has to judge: each a whole object as it came.
 */
typedef struct {
  GBytes *transaction_id; /* 1 to 16 octets, without tag */
  GBytes *signed1;        /* 30: serverSigned1 */
  GBytes *signature1;     /* 5F37 */
  GBytes *ci_key_id;      /* 04: euiccCiPKIdToBeUsed */
  GBytes *certificate;    /* 30: CERT.DPauth.ECDSA or CERT.DSauth.ECDSA */
} EsimServerAuthentication;

void esim_server_authentication_free (EsimServerAuthentication *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimServerAuthentication, esim_server_authentication_free)

/**
 * esim_isdr_authenticate_server:
 * @matching_id: "" = none
 *
 * ES10b.AuthenticateServer. Returns: BF38, whole, with the card's authenticateResponseOk: to be relayed. An
 * authenticateResponseError becomes a typed error: the card has no session then that could be cancelled.
 */
GBytes *esim_isdr_authenticate_server (EsimIsdr *self, const EsimServerAuthentication *server,
                                       const EsimDevice *device, const char *matching_id,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_isdr_prepare_download:
 * @signed2: 30, @signature2: 5F37, @certificate: 30 (CERT.DPpb.ECDSA): whole objects as they came
 * @hash_cc: (nullable): 32 octets
 *
 * ES10b.PrepareDownload. Returns: BF21, whole, with downloadResponseOk.
 */
GBytes *esim_isdr_prepare_download (EsimIsdr *self, GBytes *signed2, GBytes *signature2, GBytes *hash_cc,
                                    GBytes *certificate, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SGP.22 5.7.14. */
typedef enum {
  ESIM_CANCEL_END_USER_REJECTION = 0,
  ESIM_CANCEL_POSTPONED = 1,
  ESIM_CANCEL_TIMEOUT = 2,
  ESIM_CANCEL_PPR_NOT_ALLOWED = 3,
  ESIM_CANCEL_METADATA_MISMATCH = 4,
  ESIM_CANCEL_LOAD_BPP_EXECUTION_ERROR = 5,
  ESIM_CANCEL_UNDEFINED = 127,
} EsimCancelReason;

/* ES10b.CancelSession. Returns: BF41, whole, with cancelSessionResponseOk: for ES9+.CancelSession. NOT_FOUND
 * where the card has no such session (any more): it has forgotten it. */
GBytes *esim_isdr_cancel_session (EsimIsdr *self, GBytes *transaction_id, EsimCancelReason reason,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ES10b.GetRAT. */
EsimRat *esim_isdr_get_rat (EsimIsdr *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
