/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An option that a method knows: its key and the D-Bus type of its value. */
typedef struct {
  const char *key;
  const char *type;
} EsimOption;

/**
 * esim_options_check:
 * @options: a{sv}
 * @known: ends with a key of %NULL
 *
 * INVALID_ARGUMENT for an unknown key or a value of another type: the message names it. Keys may come once.
 */
gboolean
esim_options_check (GVariant *options, const EsimOption *known, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean esim_options_get_boolean (GVariant *options, const char *key);
/* Valid as long as @options; "" if it is not there. */
const char *esim_options_get_string (GVariant *options, const char *key);
/* The same, (nullable): %NULL if it is not there. */
const char *esim_options_lookup_string (GVariant *options, const char *key);

G_END_DECLS
