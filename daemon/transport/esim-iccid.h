/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_iccid_normalise:
 * @iccid: (nullable): as a modem, or anybody else, writes it: 18 to 20 digits, with or without a filler F
 *   behind
 *
 * Returns: (transfer full) (nullable): the digits alone, %NULL if there are none or they are no ICCID
 */
char *esim_iccid_normalise (const char *iccid) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
