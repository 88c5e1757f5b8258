/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an error says of the card that it came from. @error: (nullable), but for the second */

/* This way does not lead to a card; another one may. */
gboolean esim_card_is_no_way (const GError *error);

/* After these the session is in doubt: the next job begins with a new one. */
gboolean esim_card_is_session_lost (const GError *error);

/* Out of reach, a card may be exchanged for another without a word. */
gboolean esim_card_is_out_of_reach (const GError *error);

G_END_DECLS
