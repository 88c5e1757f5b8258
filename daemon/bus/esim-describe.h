/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration.h"

G_BEGIN_DECLS

/* What Deregistration.Describe tells: a{sv}, floating. */
GVariant *esim_describe_deregistration (EsimDeregistration *deregistration, EsimOutbox *outbox);

/* Adds the carrier's side to that: everything that a record without a carrier does not have. */
void esim_describe_carrier_side (GVariantDict *dict, EsimDeregistration *deregistration);

G_END_DECLS
