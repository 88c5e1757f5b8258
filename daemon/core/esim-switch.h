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
 * Linear, in the worker: the command with its refresh, then waits until the modem itself shows the change,
 * opens a new session, sees the change in the card's own list, and has the notifications on disk.
 *
 * Errors: those of EsimIsdr; REFRESH_FAILED: changed on the card (the list says so) and the modem does not
 * show it; STORAGE_ERROR: nothing was changed, or the notifications are still on the card and are fetched
 * later.
 */
gboolean esim_switch_run (EsimCardHost *host, EsimTask *task, const char *eid, const char *iccid,
                          gboolean enable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
