/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
#include "esim-task.h"

G_BEGIN_DECLS

/**
 * esim_switch_run:
 * @eid: the card that is meant
 * @iccid: the profile
 * @enable: %TRUE: EnableProfile; %FALSE: DisableProfile
 *
 * Linear, in the worker: has others keep off the modem, gives the command with its refresh, waits until the
 * modem itself shows the change, opens a new session, sees the change in the card's own list, has the
 * notifications on disk, lets the others come back and sees that they show the change too.
 *
 * Errors: those of EsimIsdr and of esim_hold_begin(); REFRESH_FAILED: changed on the card (the list says so)
 * and the modem, or ModemManager, does not show it; STORAGE_ERROR: nothing was changed, or the notifications
 * are still on the card and are fetched later.
 */
gboolean esim_switch_run (EsimCardHost *host, EsimTask *task, const char *eid, const char *iccid,
                          gboolean enable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_switch_run_held:
 * @seen: (out): whether the modem showed it
 *
 * The same within an esim_hold_begin() of the caller's, who ends it with esim_settle_run().
 */
gboolean esim_switch_run_held (EsimCardHost *host, EsimTask *task, const char *eid, const char *iccid,
                               gboolean enable, gboolean *seen, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_switch_reopen:
 * @eid: (nullable): the card that is meant
 *
 * A new session with a card that the modem has just read again, and may refuse for a moment. Returns:
 * (transfer none): its profiles
 */
GPtrArray *esim_switch_reopen (EsimCardHost *host, const char *eid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
