/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_hash_confirmation_code:
 * @code: as the person typed it, UTF-8
 * @transaction_id: its octets
 *
 * hashCc (SGP.22 5.7.5): SHA-256 (SHA-256 (@code) ‖ @transaction_id). Wipes what it made on the way; the
 * result wipes itself when it is let go of.
 */
GBytes *esim_hash_confirmation_code (const char *code, GBytes *transaction_id) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
