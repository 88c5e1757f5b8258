/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9-answer.h"
#include "esim-es9-json.h"

#include <string.h>

#define CODE_MAX 32
#define TEXT_MAX 200

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
  const char *text = esim_es9_json_get_string (object, name);

  if (text != NULL)
    esim_es9_answer_set (answer, member, text);
}

void
esim_es9_answer_parse (GBytes *body, EsimEs9Answer *answer)
{
  g_autoptr (JsonNode) root = esim_es9_json_load (body);
  JsonObject *execution;
  JsonObject *codes;

  *answer = (EsimEs9Answer){0};
  if (root == NULL)
    return;
  execution = esim_es9_json_get_object (esim_es9_json_get_object (json_node_get_object (root), "header"),
                                        "functionExecutionStatus");
  codes = esim_es9_json_get_object (execution, "statusCodeData");
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
