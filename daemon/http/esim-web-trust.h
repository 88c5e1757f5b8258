/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_web_trust_load:
 * @path: a PEM file, or a folder: every file in it that holds a PEM certificate
 *
 * Returns: (transfer full): the certificates in PEM, and nothing else that stood beside them
 *
 * Errors: INVALID_ARGUMENT, with the file's name: one that cannot be read or holds something else under a
 * certificate's name; too many or too long; no certificate at all. Nothing is passed over in silence: a root
 * that is missing is a carrier that cannot be reached.
 */
GBytes *esim_web_trust_load (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
