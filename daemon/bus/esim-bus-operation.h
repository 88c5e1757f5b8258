/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-bus.h"
#include "esim-call.h"

G_BEGIN_DECLS

/**
 * esim_bus_operation_answer:
 * @operation: (nullable): what a verb gave; its path is the answer. %NULL: @error is
 *
 * Ends @call. Sees to the option cancel-with-caller.
 */
void esim_bus_operation_answer (EsimCall *call, EsimOperation *operation, const GError *error);

G_END_DECLS
