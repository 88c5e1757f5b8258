/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SECTION:esim-words-modem
 * @title: Words for modems, slots and connections
 *
 * The codes of esim_client_list_modems() and of an operation's result in the user's language, as the other
 * words are. A code that is newer than the library is given back as it is.
 */

/**
 * esim_words_transport:
 * @transport: the way to a card, as "qmi-over-mbim"; "" for none
 *
 * Returns: the words for it; "" for "".
 */
const char *esim_words_transport (const char *transport);

/**
 * esim_words_slot_content:
 * @content: what is in a slot, as "euicc"
 *
 * Returns: the words for it.
 */
const char *esim_words_slot_content (const char *content);

/**
 * esim_words_modem_state:
 * @state: a modem's state as ModemManager has it, with the reason if it failed: "registered", or
 *   "failed: esim-without-profiles"; "" for none
 *
 * Returns: (transfer full): the words for it; cleaned as by esim_text_clean().
 */
char *esim_words_modem_state (const char *state);

/**
 * esim_words_apn_source:
 * @source: where the access point name of a connection comes from: "option", "directory", "network" or
 *   "connection"
 *
 * Returns: the words for it.
 */
const char *esim_words_apn_source (const char *source);

G_END_DECLS
