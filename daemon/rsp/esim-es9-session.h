/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-es9-message.h"
#include "esim-http-hub.h"

G_BEGIN_DECLS

/**
 * EsimEs9Session:
 *
 * One RSP session with an SM-DP+ or SM-DS: linear, in a worker (the calls wait by EsimWait). The transaction
 * id is kept and compared throughout.
 *
 * Errors of all calls: those of EsimHttpAnswer; SERVER_ERROR, SERVER_NOT_TRUSTED and what the server's codes
 * stand for, with ESIM_DETAIL_HTTP_STATUS, _SUBJECT_CODE, _REASON_CODE, _SERVER_TEXT, _ROOT_KEY_ID where
 * known; CANCELLED after esim_es9_session_hurry().
 */
typedef struct _EsimEs9Session EsimEs9Session;

/* @address: an FQDN; @card_key_ids: (nullable): EsimEuiccInfo.ci_key_ids. @hub must outlive the session. */
EsimEs9Session *esim_es9_session_new (EsimHttpHub *hub, EsimRspServer server, const char *address,
                                      const char *const *card_key_ids);
void esim_es9_session_free (EsimEs9Session *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimEs9Session, esim_es9_session_free)

/* @oid: (nullable): as in esim_es9_read_initiate_authentication(). (transfer none): as long as the session.
 */
const EsimServerAuthentication *
esim_es9_session_initiate_authentication (EsimEs9Session *self, GBytes *challenge, GBytes *info1,
                                          const char *oid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @response: BF38, whole. For an SM-DP+. */
EsimEs9Offer *esim_es9_session_authenticate_client (EsimEs9Session *self, GBytes *response,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for an SM-DS: (element-type EsimEs9Event). */
GPtrArray *esim_es9_session_list_events (EsimEs9Session *self, GBytes *response,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_es9_session_get_bound_profile_package:
 * @response: BF21, whole
 *
 * Begins the request. Returns: the running call, whose body is the package in its JSON envelope: to be read
 * chunk by chunk (esim-bpp.h). It is the caller's, also when somebody is in a hurry: esim_http_call_cancel().
 */
EsimHttpCall *esim_es9_session_get_bound_profile_package (EsimEs9Session *self, GBytes *response,
                                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @response: BF41, whole. Goes out also after esim_es9_session_hurry(). */
gboolean esim_es9_session_cancel_session (EsimEs9Session *self, GBytes *response,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Ends what waits in here, and what is begun later, but for CancelSession: that one a second call ends. May
 * run inside another wait of the worker (esim_worker_invoke()). */
void esim_es9_session_hurry (EsimEs9Session *self);

/* (nullable): as the server wrote it: hexadecimal. NULL before initiate_authentication. */
const char *esim_es9_session_get_transaction_id (EsimEs9Session *self);

/* (nullable) (transfer none): its octets: what goes to the card and into hashCc. */
GBytes *esim_es9_session_get_transaction_octets (EsimEs9Session *self);

/* (nullable): the root that verified the server. */
const char *esim_es9_session_get_root_key_id (EsimEs9Session *self);

G_END_DECLS
