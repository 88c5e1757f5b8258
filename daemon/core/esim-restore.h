/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration-record.h"
#include "esim-euicc.h"

G_BEGIN_DECLS

/**
 * esim_restore_plan:
 * @record: of a removal that is over, its error set if it has one; goes to disk next
 * @ending: ESIM_STAGE_FAILED or ESIM_STAGE_WITHDRAWN
 *
 * A removal that disabled an enabled profile and did not delete it owes its user the profile as it was. Then
 * the deregistration stays open, with the step "restore-profile" begun, and becomes @ending after that; what
 * is planned is on disk before it is done.
 *
 * Returns: %FALSE if there is nothing to be put back: the record is as it was
 */
gboolean esim_restore_plan (EsimDeregistrationRecord *record, EsimStage ending) G_GNUC_WARN_UNUSED_RESULT;

gboolean esim_restore_is_planned (const EsimDeregistrationRecord *record);

/**
 * EsimRestoreDone:
 * @record: (transfer full) (nullable): what has to go to disk now: ended, or, where the profile turns out to
 * be gone after all, with the removal to go on; %NULL: to be tried again later
 * @error: (nullable): why not yet, or why not at all
 */
typedef void (*EsimRestoreDone) (EsimDeregistrationRecord *record, const GError *error, GObject *owner);

/**
 * esim_restore_run:
 * @record: copied; it is planned, and on disk
 * @card_errors: how many CARD_ERROR there were one after the other before
 * @owner: kept alive until @done
 *
 * Looks at the card first: nothing is done if the profile is enabled, if it is another one than was meant, or
 * if another profile has been enabled meanwhile.
 */
void esim_restore_run (EsimEuicc *euicc, const EsimDeregistrationRecord *record, guint card_errors,
                       GObject *owner, EsimRestoreDone done);

/* Shows in @record what it waits for. */
void esim_restore_wait (EsimDeregistrationRecord *record, const GError *error);

/* Ends it without the card: the user does not wait for that any longer. */
void esim_restore_give_up (EsimDeregistrationRecord *record);

G_END_DECLS
