/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-context.h"

G_BEGIN_DECLS

/* Returns: (transfer none): the roots (aa{sv}) that the service knows; %NULL with @error set. */
GVariant *esimctl_known_roots_list (EsimctlContext *context, GError **error);

/* Returns: (transfer full) (nullable): the root of @key_id (a{sv}), if it is in @roots (nullable). */
GVariant *esimctl_known_roots_find (GVariant *roots, const char *key_id);

/* Returns: (transfer full): whose root has @key_id, as far as the service can say: its name, or the key id
 * itself; "" for "". */
char *esimctl_known_roots_name (EsimctlContext *context, const char *key_id);

/* Shows each root with its whole key id and its fingerprint. */
void esimctl_known_roots_print_whole (gboolean color, GVariant *roots);

/* Shows the roots as a table. */
void esimctl_known_roots_print (gboolean color, GVariant *roots);

G_END_DECLS
