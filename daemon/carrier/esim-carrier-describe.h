/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier-file.h"
#include "esim-carrier.h"

G_BEGIN_DECLS

/* For those who show carriers to people: what org.esimd1.Manager.xml tells of ListCarriers, LookUpCarrier and
 * CheckCarrierFile. All are floating. */

/* a{sv}: id, name, kind, country, plans, checked */
GVariant *esim_carrier_describe_summary (const EsimCarrier *carrier);

/* a{sv}: all of it. @today: facts whose source was checked more than a year before are marked as old */
GVariant *esim_carrier_describe (const EsimCarrier *carrier, GDateTime *today);

/* aa{sv}: line, group, key, message. @problems: (element-type EsimCarrierProblem) */
GVariant *esim_carrier_describe_problems (GPtrArray *problems);

G_END_DECLS
