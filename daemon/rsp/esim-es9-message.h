/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-isdr-rsp.h"

G_BEGIN_DECLS

/* The JSON messages of ES9+ and ES11 (SGP.22 6.5.2): octets to octets, without a network. */

/**
 * EsimRspServer:
 * @ESIM_RSP_SERVER_SMDP: an SM-DP+, over ES9+
 * @ESIM_RSP_SERVER_SMDS: an SM-DS, over ES11
 */
typedef enum { ESIM_RSP_SERVER_SMDP, ESIM_RSP_SERVER_SMDS } EsimRspServer;

/* The path of "initiateAuthentication", "authenticateClient" and so on, the same for both kinds of server;
 * (transfer full). */
char *esim_es9_dup_path (const char *function);

/* The role that the server's TLS certificate must have; static. */
const char *esim_es9_get_tls_role (EsimRspServer server);

/* NULL-terminated "Name: value" of every request (6.3); static. */
const char *const *esim_es9_get_headers (void);

/* Returns: (transfer full): what an answer with an HTTP @status that is no 2xx stands for: its body may all
 * the same say what is wrong. Without ESIM_DETAIL_HTTP_STATUS. */
GError *
esim_es9_make_status_error (const char *address, guint status, GBytes *body) G_GNUC_WARN_UNUSED_RESULT;

/* Requests; (transfer full): a JSON object. @transaction_id: as the server wrote it. */
GBytes *esim_es9_make_initiate_authentication (const char *address, GBytes *challenge,
                                               GBytes *info1) G_GNUC_WARN_UNUSED_RESULT;
GBytes *
esim_es9_make_authenticate_client (const char *transaction_id, GBytes *response) G_GNUC_WARN_UNUSED_RESULT;
GBytes *esim_es9_make_get_bound_profile_package (const char *transaction_id,
                                                 GBytes *response) G_GNUC_WARN_UNUSED_RESULT;
GBytes *esim_es9_make_cancel_session (const char *transaction_id, GBytes *response) G_GNUC_WARN_UNUSED_RESULT;

/**
 * EsimEs9Offer:
 * @metadata: what is to be agreed to
 * @confirmation_code_required: ccRequiredFlag
 *
 * What an SM-DP+ answers to AuthenticateClient. Objects whole, as they came.
 */
typedef struct {
  EsimProfileMetadata *metadata;
  GBytes *signed2;
  GBytes *signature2;
  GBytes *certificate;
  gboolean confirmation_code_required;
} EsimEs9Offer;

void esim_es9_offer_free (EsimEs9Offer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimEs9Offer, esim_es9_offer_free)

/* What an SM-DS answers to AuthenticateClient: an order that waits at @address, which may be another SM-DS.
 */
typedef struct {
  char *event_id;
  char *address;
} EsimEs9Event;

void esim_es9_event_free (EsimEs9Event *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimEs9Event, esim_es9_event_free)

/**
 * esim_es9_read_initiate_authentication:
 * @address: the server that was asked
 * @challenge: the card's
 * @card_key_ids: the card's list (EsimEuiccInfo.ci_key_ids)
 * @oid: (nullable): which the certificate must name (activation code)
 * @transaction_id: (out): as the server wrote it, for the requests that follow
 *
 * Returns: what the card has to judge, after every check that is the LPA's (3.1.2, 5.6.1): the challenge and
 * the address are those of this session, the transaction id is the same inside and outside, the card has the
 * root, the OID is that of the code.
 *
 * Errors: SERVER_ERROR; SERVER_NOT_TRUSTED for an answer that was made for another session, card or address;
 * where the server refused, the error that its codes stand for.
 */
EsimServerAuthentication *
esim_es9_read_initiate_authentication (GBytes *body, const char *address, GBytes *challenge,
                                       const char *const *card_key_ids, const char *oid,
                                       char **transaction_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

EsimEs9Offer *esim_es9_read_offer (GBytes *body, const char *address, const char *transaction_id,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (element-type EsimEs9Event), with a free function; may be empty. At most 32; what names no server that may
 * be asked is left out. */
GPtrArray *esim_es9_read_events (GBytes *body, const char *address, const char *transaction_id,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean
esim_es9_read_cancel_session (GBytes *body, const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
