/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration-record.h"
#include "esim-euicc.h"

G_BEGIN_DECLS

/* A card that keeps refusing although it lists the profile: after so many times the user is told. */
#define ESIM_REMOVAL_CARD_ERRORS_MAX 3

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

/* Whether @error is nothing that waiting would change: what the card or the record says for good.
 * @card_errors: how many CARD_ERROR there were one after the other, @error included. */
gboolean esim_recorded_removal_is_final (const EsimDeregistrationRecord *record, EsimEuicc *euicc,
                                         const GError *error, guint card_errors);

/* The step that the removal is at. */
EsimStep esim_recorded_removal_get_step (const EsimDeregistrationRecord *record);

G_END_DECLS
