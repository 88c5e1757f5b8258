/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-error.h"

G_BEGIN_DECLS

/* What a person can do about an error that hinders a deregistration, or, where @ended, has ended it. English,
 * static, never empty. */
const char *esim_advice_get (EsimError code, gboolean ended);

G_END_DECLS
