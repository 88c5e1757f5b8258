/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: those who use it need no OpenSSL. */
#pragma once

#include "esim-rsp-verify.h"

G_BEGIN_DECLS

/**
 * EsimRspCheck:
 *
 * The check of one server during a handshake, and what came of it. The SSL_CTX that it is hung on keeps a
 * reference, since a connection may outlive the transfer that opened it. One thread's.
 */
typedef struct {
  gatomicrefcount refs;
  EsimRspPolicy *policy;
  char *host;
  char *root_key_id; /* the root that verified the server; NULL: there was no handshake, or it was refused */
  GError *error;     /* why it was refused */
} EsimRspCheck;

EsimRspCheck *esim_rsp_check_new (EsimRspPolicy *policy, const char *host);
EsimRspCheck *esim_rsp_check_ref (EsimRspCheck *self);
void esim_rsp_check_unref (EsimRspCheck *self);

/**
 * esim_rsp_check_install:
 *
 * Makes @self the only judge of the server's chain in @context: in place of OpenSSL's own verification and of
 * any store that was there before. Names the groups, since Brainpool servers fail by default.
 */
gboolean esim_rsp_check_install (EsimRspCheck *self, SSL_CTX *context) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (nullable) (transfer none): the root that verified the server of @ssl, if that was done for what
 * @self is for: the same trust and the same host. Lives as long as the connection. */
const char *esim_rsp_check_get_root_of (EsimRspCheck *self, SSL *ssl);

G_END_DECLS
