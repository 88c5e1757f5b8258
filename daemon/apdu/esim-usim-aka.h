/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card.h"

G_BEGIN_DECLS

/**
 * esim_usim_aka:
 * @iccid: of the profile that is to be authenticated; digits
 * @imsi: (nullable): its IMSI, where it is known already
 * @challenge: RAND
 * @token: AUTN
 * @answer: (out caller-allocates): zeros on error
 *
 * Authenticates one line and no other: over a channel to the USIM of @card's slot, or, where the modem gives
 * none, by the modem's own function. ICCID and IMSI are read just before and just after; what was answered by
 * another line, or by who knows which, is wiped.
 *
 * Errors: WRONG_STATE if another profile is enabled, or came to be so meanwhile, or the modem would have to
 * authenticate by itself while it uses a second card (its request cannot say which of them is meant);
 * NOT_SUPPORTED if there is no way; those of #EsimUsim.
 */
gboolean esim_usim_aka (EsimCard *card, const char *iccid, const char *imsi,
                        const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY],
                        EsimAkaAnswer *answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
