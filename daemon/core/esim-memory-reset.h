/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
#include "esim-isdr-euicc.h"
#include "esim-isdr-rsp.h"
#include "esim-task.h"

G_BEGIN_DECLS

/* Whether @profile is one that @what takes away. */
gboolean esim_memory_reset_takes (EsimMemoryReset what, const EsimProfileInfo *profile);

/**
 * esim_memory_reset_run:
 * @eid: the card that is meant
 * @deleted: (out) (transfer full) (element-type utf8): the ICCIDs that the card does not list any more
 *
 * ES10c.eUICCMemoryReset: linear, in the worker. What is pending is on disk first, since cards evict; after
 * it the card is listed again, what it raised is on disk, and the modem has been led to see an enabled
 * profile's end. Errors: those of EsimIsdr and esim_hold_begin(), BUSY, STORAGE_ERROR, REFRESH_FAILED.
 */
gboolean esim_memory_reset_run (EsimCardHost *host, EsimTask *task, const char *eid, EsimMemoryReset what,
                                GPtrArray **deleted, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
