/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-error.h"
#include "esim-es9-answer.h"

G_BEGIN_DECLS

/**
 * esim_es9_words_lookup:
 * @subject_code: (nullable): SGP.22 5.2.6.1, for example "8.2.6"
 * @reason_code: (nullable): SGP.22 5.2.6.2, for example "3.8"
 *
 * Returns: what the pair means and what to do, as a sentence; %NULL if it is not known. Static.
 */
const char *esim_es9_words_lookup (const char *subject_code, const char *reason_code);

/* What kind of error the pair is; SERVER_ERROR if it is not known, or is nothing of its own. */
EsimError esim_es9_words_get_code (const char *subject_code, const char *reason_code);

/**
 * esim_es9_words_make_error:
 * @address: the server
 * @answer: its answer, whose status is FAILED or EXPIRED
 *
 * Returns: (transfer full): the typed error that the codes stand for, in words, with
 * ESIM_DETAIL_SUBJECT_CODE, _REASON_CODE and _SERVER_TEXT as far as the server gave them
 */
GError *esim_es9_words_make_error (const char *address, const EsimEs9Answer *answer);

G_END_DECLS
