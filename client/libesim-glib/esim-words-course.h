/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SECTION:esim-words-course
 * @title: Words for the course of a deregistration
 *
 * What the carrier said, what was done, when somebody answers the telephone, and what a receipt states, in
 * the user's language. A code that is newer than the library is given back as it is, or in the service's
 * English.
 */

/**
 * esim_words_outcome:
 * @outcome: an outcome that answers a question, as "submitted"
 *
 * Returns: the words for it, as somebody would say it who was asked what came of it.
 */
const char *esim_words_outcome (const char *outcome);

/**
 * esim_words_review:
 * @review: "waiting" or "late"
 *
 * Returns: the words for it.
 */
const char *esim_words_review (const char *review);

/**
 * esim_words_history:
 * @entry: an entry (a{sv}) of the "history" of esim_deregistration_describe()
 *
 * Returns: (transfer full): a sentence, with the parameters of the entry; cleaned as by esim_text_clean().
 */
char *esim_words_history (GVariant *entry);

/**
 * esim_words_hours:
 * @hours: when somebody answers, as "mon-fri 09:00-18:00;sat 10:00-16:00"
 *
 * Returns: (transfer full): the words for it; what is not of that form is given back as it is. Cleaned as by
 *   esim_text_clean().
 */
char *esim_words_hours (const char *hours);

/**
 * esim_words_open:
 * @open: "yes", "no" or "unknown"
 * @opens_at: when it opens next, in seconds since 1970; 0 if that is not known
 *
 * Returns: (transfer full): the words for it, in the user's own time; "" if it is not known.
 */
char *esim_words_open (const char *open, gint64 opens_at);

/**
 * esim_words_statement:
 * @statement: a statement of a receipt (a{sv}): "code" (s), "text" (s, English), "parameters" (a{sv})
 *
 * Returns: (transfer full): a sentence; cleaned as by esim_text_clean().
 */
char *esim_words_statement (GVariant *statement);

/**
 * esim_words_limit:
 * @code: what a receipt does not prove, as "absent-now"; "" if there is only the text
 * @text: the same in the service's English
 *
 * Returns: (transfer full): a sentence; cleaned as by esim_text_clean().
 */
char *esim_words_limit (const char *code, const char *text);

G_END_DECLS
