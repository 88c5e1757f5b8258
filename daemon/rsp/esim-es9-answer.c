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

/* Returns: (nullable): @text, cut, with what is not printable left out */
static char *
clean (const char *text, gsize max)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *cleaned;

  if (text[0] == '\0')
    return NULL;
  cleaned = g_string_new (NULL);
  for (const char *c = valid; *c != '\0' && cleaned->len < max; c = g_utf8_next_char (c))
    if (g_unichar_isprint (g_utf8_get_char (c)))
      g_string_append_unichar (cleaned, g_utf8_get_char (c));
  return g_string_free (cleaned, FALSE);
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
esim_es9_answer_set (EsimEs9Answer *answer, EsimEs9Member member, const char *text)
{
  g_autofree char *cleaned = clean (text, member == ESIM_ES9_MEMBER_MESSAGE ? TEXT_MAX : CODE_MAX);
  char **field = member == ESIM_ES9_MEMBER_SUBJECT_CODE  ? &answer->subject_code
                 : member == ESIM_ES9_MEMBER_REASON_CODE ? &answer->reason_code
                                                         : &answer->text;

  if (member == ESIM_ES9_MEMBER_STATUS) {
    answer->status = parse_status (cleaned);
    return;
  }
  g_free (*field);
  *field = g_steal_pointer (&cleaned);
}

static void
set_member (EsimEs9Answer *answer, EsimEs9Member member, JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  if (node != NULL && json_node_get_value_type (node) == G_TYPE_STRING)
    esim_es9_answer_set (answer, member, json_node_get_string (node));
}

void
esim_es9_answer_parse (GBytes *body, EsimEs9Answer *answer)
{
  gsize length = 0;
  const char *data = body != NULL ? g_bytes_get_data (body, &length) : NULL;
  g_autoptr (JsonParser) parser = NULL;
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
  set_member (answer, ESIM_ES9_MEMBER_STATUS, execution, "status");
  set_member (answer, ESIM_ES9_MEMBER_SUBJECT_CODE, codes, "subjectCode");
  set_member (answer, ESIM_ES9_MEMBER_REASON_CODE, codes, "reasonCode");
  set_member (answer, ESIM_ES9_MEMBER_MESSAGE, codes, "message");
}

void
esim_es9_answer_clear (EsimEs9Answer *answer)
{
  g_clear_pointer (&answer->subject_code, g_free);
  g_clear_pointer (&answer->reason_code, g_free);
  g_clear_pointer (&answer->text, g_free);
}
