/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: those who use it need no OpenSSL. */
#pragma once

#include "esim-openssl.h"

G_BEGIN_DECLS

/**
 * EsimWebCheck:
 *
 * The check of one web server during a handshake: its chain against the store that libcurl filled, its name,
 * and the pins if there are any.
 */
typedef struct _EsimWebCheck EsimWebCheck;

/**
 * esim_web_check_new:
 * @pins: (nullable): as EsimWebRequest has them
 *
 * Errors: INVALID_ARGUMENT: a pin is none.
 */
EsimWebCheck *
esim_web_check_new (const char *host, const char *const *pins, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_web_check_free (EsimWebCheck *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimWebCheck, esim_web_check_free)

/* Has it look at the handshakes of @context, which must be gone before it. */
gboolean esim_web_check_install (EsimWebCheck *self, SSL_CTX *context) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the server of the last handshake was looked at and found good. */
gboolean esim_web_check_has_passed (EsimWebCheck *self);

/* Returns: (nullable): why it was refused: SERVER_NOT_TRUSTED */
const GError *esim_web_check_get_error (EsimWebCheck *self);

G_END_DECLS
