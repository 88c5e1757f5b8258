/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Inside the library: how the tables of esim-words*.c become sentences. */

#define N_(text) text

/* EsimWord: a code of the service, and English that the catalogue translates. */
typedef struct {
  const char *code;
  const char *words;
} EsimWord;

/* Finds the catalogue; for those who call gettext themselves. */
void esim_vocabulary_bind (void);

/* Returns: @text in the user's language. */
const char *esim_vocabulary_translate (const char *text) G_GNUC_FORMAT (1);

/* Returns: (nullable): the English of @code. */
const char *esim_vocabulary_find (const EsimWord *words, gsize n_words, const char *code);

/* Returns: the words for @code in the user's language; @code itself if it is newer than the library. */
const char *esim_vocabulary_say (const EsimWord *words, gsize n_words, const char *code);

#define ESIM_SAY(words, code) esim_vocabulary_say (words, G_N_ELEMENTS (words), code)

/*
 * Fills @text with @parameters (a{sv}, nullable):
 *   {name}        the value; of an a{ss} the text of the user's language
 *   {name:form}   in the form "value" or "topic" (words of the carrier directory), "reason", "period",
 * "seen", "why", "outcome", "day" or "time"
 *   {?name}       nothing, if the value is true
 *   {!name}       nothing, if the value is false
 *   [one|other]   the first of these in which nothing is missing; nothing if there is none
 *
 * Returns: (transfer full) (nullable): %NULL if something outside of brackets is missing.
 */
char *esim_vocabulary_fill (const char *text, GVariant *parameters);

/*
 * The sentence for @code. The service's own @message (nullable, English) is taken where there is no
 * translation: it knows more of the case.
 *
 * Returns: (transfer full): cleaned as by esim_text_clean()
 */
char *esim_vocabulary_message (const EsimWord *words, gsize n_words, const char *code, const char *message,
                               GVariant *parameters);

G_END_DECLS
