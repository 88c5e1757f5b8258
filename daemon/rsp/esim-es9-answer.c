/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9-answer.h"
#include "esim-es9-json.h"

#include <string.h>

#define CODE_MAX 32
#define TEXT_MAX 200

/* Returns: (nullable): the string, cut, with what is not printable left out */
static char *
dup_string (JsonObject *object, const char *name, gsize max)
{
  const char *given = esim_es9_json_get_string (object, name);
  g_autofree char *valid = NULL;
  GString *text;

  if (given == NULL || given[0] == '\0')
    return NULL;
  valid = g_utf8_make_valid (given, -1);
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
  g_autoptr (JsonNode) root = esim_es9_json_load (body);
  g_autofree char *status = NULL;
  JsonObject *execution;
  JsonObject *codes;

  *answer = (EsimEs9Answer){0};
  if (root == NULL)
    return;
  execution = esim_es9_json_get_object (esim_es9_json_get_object (json_node_get_object (root), "header"),
                                        "functionExecutionStatus");
  codes = esim_es9_json_get_object (execution, "statusCodeData");
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
