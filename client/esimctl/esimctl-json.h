/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Returns: (transfer full): @value as JSON, over several lines if @pretty. Control and invisible characters
 * in strings are written as \u escapes, so that none reaches a terminal. Dictionaries with variants lose the
 * variants.
 */
char *esimctl_json_from_variant (GVariant *value, gboolean pretty);

/* Prints @value (a floating reference is consumed) on standard output, over several lines if that is a
 * terminal. */
void esimctl_json_print (GVariant *value);

/* Prints @value (a floating reference is consumed) on one line, and sends it off at once. */
void esimctl_json_print_line (GVariant *value);

/* Returns: (transfer full): @json (JSON text) with each control and invisible character as an escape; line
 * ends stay. */
char *esimctl_json_escape (const char *json);

G_END_DECLS
