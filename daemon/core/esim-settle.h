/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
#include "esim-task.h"

G_BEGIN_DECLS

/**
 * esim_settle_run:
 * @expected: (nullable): the ICCID that is enabled on the card now; %NULL: none is
 * @seen: the modem itself has shown that
 *
 * Ends what esim_hold_begin() began around a switch: the others may come back to the modem, and have to show
 * @expected. Where they do not, the modem is led to read its card anew, ever harder: its session with the
 * card, the card's power, the modem as a whole. In the worker. REFRESH_FAILED, and nothing else, if nothing
 * helps, or if the service stops before it is known: the card is as it should be all the same.
 */
gboolean esim_settle_run (EsimCardHost *host, EsimTask *task, const char *expected, gboolean seen,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_settle_check:
 *
 * After an earlier run was cut off, maybe in the middle of a switch: looks at what the others show, and does
 * as esim_settle_run() where it is not what the card has. Costs nothing where it is. The errors of
 * esim_settle_run() and esim_hold_begin().
 */
gboolean esim_settle_check (EsimCardHost *host, EsimTask *task, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Ends it where something failed: nothing is known that the others should show. */
void esim_settle_let_go (EsimCardHost *host);

G_END_DECLS
