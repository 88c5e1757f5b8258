/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9-answer.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define BODY_MAX (256 * 1024)
#define NESTING_MAX 16
#define CODE_MAX 32
#define TEXT_MAX 200

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

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* Returns: (nullable): the string, cut, with what is not printable left out */
static char *
dup_string (JsonObject *object, const char *name, gsize max)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;
  g_autofree char *valid = NULL;
  GString *text;

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING ||
      json_node_get_string (node)[0] == '\0')
    return NULL;
  valid = g_utf8_make_valid (json_node_get_string (node), -1);
  text = g_string_new (NULL);
  for (const char *c = valid; *c != '\0' && text->len < max; c = g_utf8_next_char (c))
    if (g_unichar_isprint (g_utf8_get_char (c)))
      g_string_append_unichar (text, g_utf8_get_char (c));
  return g_string_free (text, FALSE);
}

static EsimEs9Status
parse_status (const char *status)
{
  if (g_strcmp0 (status, "Executed-Success") == 0 || g_strcmp0 (status, "Executed-WithWarning") == 0)
    return ESIM_ES9_STATUS_EXECUTED;
  if (g_strcmp0 (status, "Failed") == 0)
    return ESIM_ES9_STATUS_FAILED;
  if (g_strcmp0 (status, "Expired") == 0)
    return ESIM_ES9_STATUS_EXPIRED;
  return ESIM_ES9_STATUS_NONE;
}

void
esim_es9_answer_parse (GBytes *body, EsimEs9Answer *answer)
{
  gsize length = 0;
  const char *data = body != NULL ? g_bytes_get_data (body, &length) : NULL;
  g_autoptr (JsonParser) parser = NULL;
  g_autofree char *status = NULL;
  JsonNode *root;
  JsonObject *execution;
  JsonObject *codes;

  *answer = (EsimEs9Answer){0};
  if (data == NULL || length == 0 || length > BODY_MAX || !g_utf8_validate (data, (gssize) length, NULL) ||
      !is_bounded (data, length))
    return;
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, data, (gssize) length, NULL))
    return;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return;
  execution = get_object (get_object (json_node_get_object (root), "header"), "functionExecutionStatus");
  codes = get_object (execution, "statusCodeData");
  status = dup_string (execution, "status", CODE_MAX);
  answer->status = parse_status (status);
  answer->subject_code = dup_string (codes, "subjectCode", CODE_MAX);
  answer->reason_code = dup_string (codes, "reasonCode", CODE_MAX);
  answer->text = dup_string (codes, "message", TEXT_MAX);
}

void
esim_es9_answer_clear (EsimEs9Answer *answer)
{
  g_clear_pointer (&answer->subject_code, g_free);
  g_clear_pointer (&answer->reason_code, g_free);
  g_clear_pointer (&answer->text, g_free);
}
