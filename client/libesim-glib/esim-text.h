/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_text_clean:
 * @text: (nullable): text that somebody else wrote: an operator's name for a profile, a server's words
 *
 * Makes text safe to show on one line: control characters (the escape that begins a terminal's commands and
 * line ends among them), invisible format characters (the bidirectional controls among them), line and
 * paragraph separators, private and unassigned characters and what is not UTF-8 become U+FFFD each.
 *
 * Returns: (transfer full): the text; "" for %NULL.
 */
char *esim_text_clean (const char *text);

/**
 * esim_text_columns:
 * @text: UTF-8 text
 *
 * Returns: how many columns of a terminal @text takes: two for a wide character, none for a combining one.
 */
guint esim_text_columns (const char *text);

G_END_DECLS
