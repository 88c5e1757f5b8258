/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: those who use it need no OpenSSL. */
#pragma once

#include "esim-openssl.h"
#include "esim-rsp-trust.h"

G_BEGIN_DECLS

/**
 * EsimRspPolicy:
 *
 * Who is trusted: the installed roots, those of them that count, and the role that a server must have.
 * Immutable, reference counted, shared between threads.
 */
typedef struct _EsimRspPolicy EsimRspPolicy;

/* @card_key_ids: (nullable): the card's list */
EsimRspPolicy *esim_rsp_policy_new (EsimRspTrust *trust, const char *role, const char *const *card_key_ids);
EsimRspPolicy *esim_rsp_policy_ref (EsimRspPolicy *self);
void esim_rsp_policy_unref (EsimRspPolicy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimRspPolicy, esim_rsp_policy_unref)

/* The same for policies that trust the same, and for no others: what a connection may be reused by. */
const char *esim_rsp_policy_get_key (EsimRspPolicy *self);

/**
 * esim_rsp_policy_verify:
 * @host: what the certificate must name (subjectAltName, dNSName)
 * @leaf: the server's certificate
 * @others: (nullable): what it sent along
 * @root_key_id: (out): the root at the chain's end
 *
 * Verifies the server's chain (SGP.22 2.6.6, 2.6.7): up to a root that counts, each certificate valid now;
 * the leaf is no CA, is for TLS servers, has the role and names the host; no certificate above it is one of
 * an eUICC manufacturer.
 *
 * Errors: SERVER_NOT_TRUSTED, with words that say which of them failed and what to do;
 * ESIM_DETAIL_ROOT_KEY_ID where it is about a root.
 */
gboolean esim_rsp_policy_verify (EsimRspPolicy *self, const char *host, X509 *leaf, STACK_OF (X509) * others,
                                 char **root_key_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
