/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Reads the only QR code with an activation code that the image @path shows: PNG, JPEG or what else the
 * system's loaders know, of at most 16 MiB and 64 million pixels.
 *
 * Returns: (transfer full): its text; %NULL with @error set.
 */
char *esimctl_qr_read (const char *path, GError **error);

G_END_DECLS
