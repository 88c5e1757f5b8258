/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * esim_es9_json_load:
 * @body: (nullable): a stranger's: looked at for length, alphabet and nesting before a parser that recurses
 * without a bound gets to see it
 *
 * Returns: (nullable) (transfer full): an object's node
 */
JsonNode *esim_es9_json_load (GBytes *body) G_GNUC_WARN_UNUSED_RESULT;

/* (nullable) (transfer none): the member, if it is of that kind. */
JsonObject *esim_es9_json_get_object (JsonObject *object, const char *name);
JsonArray *esim_es9_json_get_array (JsonObject *object, const char *name);
const char *esim_es9_json_get_string (JsonObject *object, const char *name);

/* (nullable) (transfer full): what the member's base64 (RFC 4648, 4) stands for; %NULL if there is none, or
 * it is no base64, or of nothing. */
GBytes *esim_es9_json_dup_octets (JsonObject *object, const char *name) G_GNUC_WARN_UNUSED_RESULT;

/* A request: pairs of name and value, NULL-terminated; (transfer full): the text, which is wiped in the end.
 */
GBytes *esim_es9_json_make (const char *name, const char *value, ...) G_GNUC_NULL_TERMINATED;

/* (transfer full): base64 of @octets. */
char *esim_es9_json_encode (GBytes *octets) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
