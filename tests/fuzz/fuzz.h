/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What libFuzzer calls (its documentation: "Fuzz Target"). Aborts where a promise of the tested code is
 * broken. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
