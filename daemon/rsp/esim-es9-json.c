/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9-json.h"

#include <openssl/crypto.h>
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

typedef struct {
  char *text;
  gsize size;
} Wiped;

static void
wipe_and_free (gpointer data)
{
  Wiped *wiped = data;

  OPENSSL_cleanse (wiped->text, wiped->size);
  g_free (wiped->text);
  g_free (wiped);
}

/* RFC 8259, 7. */
static void
append_string (GString *json, const char *text)
{
  g_string_append_c (json, '"');
  for (const char *c = text; *c != '\0'; c++) {
    if ((guchar) *c < 0x20)
      g_string_append_printf (json, "\\u%04x", (guint) (guchar) *c);
    else if (*c == '"' || *c == '\\')
      g_string_append_printf (json, "\\%c", *c);
    else
      g_string_append_c (json, *c);
  }
  g_string_append_c (json, '"');
}

/* How long @text may become. */
static gsize
string_size (const char *text)
{
  return 6 * strlen (text) + 4;
}

GBytes *
esim_es9_json_make (const char *name, const char *value, ...)
{
  gsize size = string_size (name) + string_size (value) + 4;
  const char *next, *name_first = name;
  Wiped *wiped = g_new (Wiped, 1);
  GString *json;
  va_list arguments;

  va_start (arguments, value);
  while ((next = va_arg (arguments, const char *)) != NULL)
    size += string_size (next);
  va_end (arguments);
  /* It holds what a card said of an activation code: it is never moved, since that would leave a copy, and is
   * wiped in the end. */
  json = g_string_sized_new (size);
  va_start (arguments, value);
  for (; name != NULL; name = va_arg (arguments, const char *)) {
    g_string_append_c (json, name == name_first ? '{' : ',');
    append_string (json, name);
    g_string_append_c (json, ':');
    append_string (json, name == name_first ? value : va_arg (arguments, const char *));
  }
  va_end (arguments);
  g_string_append_c (json, '}');
  g_assert (json->len < size);
  size = json->len;
  *wiped = (Wiped){g_string_free (json, FALSE), size};
  return g_bytes_new_with_free_func (wiped->text, size, wipe_and_free, wiped);
}

char *
esim_es9_json_encode (GBytes *octets)
{
  gsize length = 0;
  gconstpointer data = g_bytes_get_data (octets, &length);

  return g_base64_encode (data, length);
}
