/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SECTION:esim-words-ts43
 * @title: Words for the method "ts43"
 *
 * What a carrier's entitlement server showed, in the user's language. A code that is newer than the library
 * is given back as it is.
 */

/**
 * esim_words_seen:
 * @seen: what was seen, as "deactivated"
 *
 * Returns: the words for it, in the middle of a sentence.
 */
const char *esim_words_seen (const char *seen);

/**
 * esim_words_seen_meaning:
 * @seen: what was seen, as "deactivated"
 *
 * Returns: (nullable): what that may mean, and what deleting the profile would do then; %NULL if nothing is
 * known of it.
 */
const char *esim_words_seen_meaning (const char *seen);

/**
 * esim_words_why:
 * @why: why the carrier's server does not end the contract, as "refused"
 *
 * Returns: the words for it, in the middle of a sentence.
 */
const char *esim_words_why (const char *why);

/**
 * esim_words_service_status:
 * @status: ServiceStatus of TS.43, 1 to 4; 0: the line is not listed
 *
 * Returns: the words for it.
 */
const char *esim_words_service_status (guint status);

G_END_DECLS
