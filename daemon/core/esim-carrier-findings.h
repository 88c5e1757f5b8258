/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier.h"
#include "esim-deregistration-record.h"
#include "esim-findings.h"
#include "esim-profile-info.h"

G_BEGIN_DECLS

/**
 * esim_carrier_findings_add:
 * @carrier: (nullable): the entry of the record's carrier
 * @profile: (nullable): the profile, while it is on a card that is there
 *
 * What the carrier directory tells the user to know before a contract with this carrier is ended, and what it
 * does not know. For the method "portal".
 */
void esim_carrier_findings_add (GPtrArray *findings, const EsimDeregistrationRecord *record,
                                const EsimCarrier *carrier, const EsimProfileInfo *profile, gint64 now);

G_END_DECLS
