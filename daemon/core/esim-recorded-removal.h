/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration-record.h"
#include "esim-euicc.h"

G_BEGIN_DECLS

/* @record: (transfer full): the record as it stands on disk now. In the main thread. */
typedef void (*EsimRecordedRemovalStep) (EsimDeregistrationRecord *record, GObject *owner);
/* In the main thread, after the last step. */
typedef void (*EsimRecordedRemovalDone) (EsimEuicc *euicc, const GError *error, GObject *owner);

/**
 * esim_recorded_removal_run:
 * @record: copied; while this runs nobody else writes the record
 * @owner: kept alive until @done
 *
 * Queues esim_removal_run() with @record as its memory: each step is on disk, in the record, before it is
 * taken, and so is the evidence before anything is built on it.
 */
void esim_recorded_removal_run (EsimEuicc *euicc, const EsimDeregistrationRecord *record, EsimStore *store,
                                GObject *owner, EsimRecordedRemovalStep step, EsimRecordedRemovalDone done);

G_END_DECLS
