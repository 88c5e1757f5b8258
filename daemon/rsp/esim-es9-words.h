/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_es9_words_lookup:
 * @subject_code: (nullable): SGP.22 5.2.6.1, for example "8.2.6"
 * @reason_code: (nullable): SGP.22 5.2.6.2, for example "3.8"
 *
 * Returns: what the pair means and what to do, as a sentence; %NULL if it is not known. Static.
 */
const char *esim_es9_words_lookup (const char *subject_code, const char *reason_code);

G_END_DECLS
