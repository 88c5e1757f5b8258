/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"

G_BEGIN_DECLS

/**
 * What a card's worker tells the main thread: each calls the function of that name in @setup there, in the
 * order posted. The owner is kept alive on the way.
 */

/* @snapshot: (transfer full) */
void esim_card_post_snapshot (const EsimCardHostSetup *setup, EsimCardSnapshot *snapshot);
/* @port: its slots: (transfer full) */
void esim_card_post_port (const EsimCardHostSetup *setup, const EsimPortNews *port);
void esim_card_post_saved (const EsimCardHostSetup *setup, const char *outbox_id);
void esim_card_post_gone (const EsimCardHostSetup *setup);
void esim_card_post_changed (const EsimCardHostSetup *setup);

G_END_DECLS
