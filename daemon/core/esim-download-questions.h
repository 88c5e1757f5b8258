/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-download.h"

G_BEGIN_DECLS

/**
 * What a download asks a person, in its session. Each sets @reason where it fails: how the session is then to
 * be cancelled. Errors: CONSENT_DENIED, POLICY_VIOLATION, TIMED_OUT, CANCELLED.
 */

/* "install-consent": the code that may come with the answer is kept in @self. */
gboolean esim_download_ask_install (EsimDownload *self, EsimCardHost *host, EsimProfileMetadata *metadata,
                                    const char *root_key_id, gboolean code_required, EsimCancelReason *reason,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "policy-consent": the card wants the user to agree to the rules by themselves. */
gboolean esim_download_ask_policy (EsimDownload *self, EsimCardHost *host, EsimProfileMetadata *metadata,
                                   EsimCancelReason *reason, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "confirmation-code": kept in @self. @wrong: the one before was not it */
gboolean esim_download_ask_code (EsimDownload *self, EsimCardHost *host, gboolean wrong,
                                 EsimCancelReason *reason, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
