/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Reads the first line of the file @path, or of standard input if that is "-", where a terminal is asked with
 * @prompt. Nobody else on the machine sees it, as they would see an argument. At most 1024 octets; an empty
 * one is an error.
 *
 * Returns: (transfer full): the line; esimctl_secret_free() wipes it. %NULL with @error set.
 */
char *esimctl_secret_read (const char *path, const char *prompt, gboolean echo, GError **error);

/* @secret: (nullable) */
void esimctl_secret_free (char *secret);

G_END_DECLS
