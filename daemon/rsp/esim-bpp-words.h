/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* SGP.22 2.5.6, BppCommandId. */
typedef enum {
  ESIM_BPP_INITIALISE_SECURE_CHANNEL,
  ESIM_BPP_CONFIGURE_ISDP,
  ESIM_BPP_STORE_METADATA,
  ESIM_BPP_STORE_METADATA_2,
  ESIM_BPP_REPLACE_SESSION_KEYS,
  ESIM_BPP_LOAD_PROFILE_ELEMENTS,
} EsimBppCommand;

/* The command's name in the standard; static; "unknown" for a number that it does not have. */
const char *esim_bpp_words_get_command (guint64 command);

/**
 * esim_bpp_words_make_error:
 * @command: BppCommandId, as the card gave it
 * @reason: ErrorReason, as the card gave it
 *
 * Returns: (transfer full): what it means and what to do, typed, with ESIM_DETAIL_BPP_COMMAND and
 * ESIM_DETAIL_BPP_ERROR; CARD_ERROR for a reason that the standard does not know
 */
GError *esim_bpp_words_make_error (guint64 command, guint64 reason);

/* Whether the card says that the same package may go well another time (SGP.22 3.1.3.3: memory,
 * interruption): the order is not used up. */
gboolean esim_bpp_words_is_temporary (guint64 reason);

G_END_DECLS
