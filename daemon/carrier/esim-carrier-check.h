/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier-file.h"
#include "esim-carrier.h"

G_BEGIN_DECLS

/**
 * esim_carrier_check:
 * @text: a carrier's file; need not end with a NUL
 * @problems: where everything that is wrong is added, with its line
 *
 * Reads a carrier's file (docs/carriers.md) and judges it: reading and judging are one, so that nothing is
 * used that was not looked at.
 *
 * Returns: (transfer full) (nullable): the carrier; %NULL if there is a problem
 */
EsimCarrier *
esim_carrier_check (const char *text, gsize length, GPtrArray *problems) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
