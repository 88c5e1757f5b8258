/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SECTION:esim-words-carrier
 * @title: Words for carriers
 *
 * What the carrier directory says in codes, in the user's language. A code that is newer than the library is
 * given back as it is.
 */

/**
 * esim_words_carrier_topic:
 * @topic: what a fact is about, as "notice"
 *
 * Returns: the words for it.
 */
const char *esim_words_carrier_topic (const char *topic);

/**
 * esim_words_carrier_key:
 * @key: a key of a fact, as "numbers-from-abroad"
 *
 * Returns: the words for it.
 */
const char *esim_words_carrier_key (const char *key);

/**
 * esim_words_carrier_value:
 * @word: a value of a fact, as "identity-document", or a carrier's or a plan's kind
 *
 * Returns: the words for it.
 */
const char *esim_words_carrier_value (const char *word);

/**
 * esim_words_carrier_sure:
 * @sure: "A", "B" or "C"
 *
 * Returns: what that letter says of a source.
 */
const char *esim_words_carrier_sure (const char *sure);

/**
 * esim_words_carrier_period:
 * @period: as "P30D", "P1M", "P2W", "P1Y" or "PT12H"
 *
 * Returns: (transfer full): the words for it; what is no such period is given back as it is.
 */
char *esim_words_carrier_period (const char *period);

/**
 * esim_words_carrier_text:
 * @texts: a{ss}, a text by locale, "" being English
 *
 * Returns: (transfer full): the text in the user's language, else in English, cleaned as by
 *   esim_text_clean(); "" if there is none.
 */
char *esim_words_carrier_text (GVariant *texts);

G_END_DECLS
