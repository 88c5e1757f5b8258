/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration.h"

G_BEGIN_DECLS

/* What Deregistration.Describe tells: a{sv}, floating. */
GVariant *esim_describe_deregistration (EsimDeregistration *deregistration, EsimOutbox *outbox);

G_END_DECLS
