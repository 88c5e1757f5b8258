/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9-json.h"

#include <string.h>

#define BODY_MAX (256 * 1024)
#define NESTING_MAX 16

/* JSON's alphabet outside of strings. Comments, which json-glib would pass over, are not in it: within one,
 * it and this walk would not agree on where a string begins. */
static gboolean
is_plain (char c)
{
  return g_ascii_isalnum (c) || strchr ("+-.:, \t\r\n", c) != NULL;
}

static gboolean
is_bounded (const char *data, gsize length)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < length; i++) {
    const guchar c = (guchar) data[i];

    if (c == '\0')
      return FALSE;
    if (in_string) {
      if (c < 0x20)
        return FALSE;
      if (c == '"')
        in_string = FALSE;
      else if (c == '\\' && ++i == length)
        return FALSE;
    } else if (c == '"') {
      in_string = TRUE;
    } else if (c == '{' || c == '[') {
      if (++depth > NESTING_MAX)
        return FALSE;
    } else if (c == '}' || c == ']') {
      if (depth-- == 0)
        return FALSE;
    } else if (!is_plain ((char) c)) {
      return FALSE;
    }
  }
  return depth == 0 && !in_string;
}

JsonNode *
esim_es9_json_load (GBytes *body)
{
  gsize length = 0;
  const char *data = body != NULL ? g_bytes_get_data (body, &length) : NULL;
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root;

  if (data == NULL || length == 0 || length > BODY_MAX || !g_utf8_validate (data, (gssize) length, NULL) ||
      !is_bounded (data, length))
    return NULL;
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, data, (gssize) length, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_ref (root) : NULL;
}

static JsonNode *
get_member (JsonObject *object, const char *name)
{
  return object != NULL ? json_object_get_member (object, name) : NULL;
}

JsonObject *
esim_es9_json_get_object (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
esim_es9_json_get_array (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

const char *
esim_es9_json_get_string (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node)
                                                                          : NULL;
}

/* GLib passes over what is not of the alphabet; here that means that somebody else may read other octets. */
static gboolean
is_base64 (const char *text)
{
  const gsize length = strlen (text);
  gsize n = 0;

  while (g_ascii_isalnum (text[n]) || text[n] == '+' || text[n] == '/')
    n++;
  return length > 0 && length % 4 == 0 && length - n <= 2 && strspn (text + n, "=") == length - n;
}

GBytes *
esim_es9_json_dup_octets (JsonObject *object, const char *name)
{
  const char *text = esim_es9_json_get_string (object, name);
  guchar *octets;
  gsize length = 0;

  if (text == NULL || !is_base64 (text))
    return NULL;
  octets = g_base64_decode (text, &length);
  return g_bytes_new_take (octets, length);
}

GBytes *
esim_es9_json_make (const char *name, const char *value, ...)
{
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
  g_autoptr (JsonNode) root = NULL;
  va_list arguments;
  char *text;

  json_builder_begin_object (builder);
  va_start (arguments, value);
  while (name != NULL) {
    json_builder_set_member_name (builder, name);
    json_builder_add_string_value (builder, value);
    name = va_arg (arguments, const char *);
    value = name != NULL ? va_arg (arguments, const char *) : NULL;
  }
  va_end (arguments);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  return g_bytes_new_take (text, strlen (text));
}

char *
esim_es9_json_encode (GBytes *octets)
{
  gsize length = 0;
  gconstpointer data = g_bytes_get_data (octets, &length);

  return g_base64_encode (data, length);
}
