/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier-file.h"
#include "esim-carrier-schema.h"

G_BEGIN_DECLS

#define ESIM_CARRIER_TEXT_MAX 600 /* characters */
#define ESIM_CARRIER_ITEMS_MAX 32 /* of a list */

/**
 * esim_carrier_value_read:
 * @type: not a text
 * @key: (nullable): whose choices count for words
 * @value: as it is written in the file
 * @error: INVALID_ARGUMENT; the words say what the value should look like
 *
 * Returns: (transfer full): the value, of the type that EsimCarrierType tells; not floating
 */
GVariant *esim_carrier_value_read (const EsimCarrierKey *key, const char *value,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A text in one language, unescaped. */
char *esim_carrier_value_read_text (const char *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Names of servers: letters, digits, "-", at least two labels, no address in numbers. */
gboolean esim_carrier_value_is_host (const char *text);

G_END_DECLS
