/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-operation-question.h"
#include "esim-error.h"
#include "esim-options.h"

#include <string.h>

static const EsimOption consent_options[] = {{"consent", "b"}, {NULL, NULL}};
static const EsimOption install_options[] = {
    {"consent", "b"}, {"postpone", "b"}, {"confirmation-code", "s"}, {NULL, NULL}};
static const EsimOption code_options[] = {{"code", "s"}, {"cancel", "b"}, {NULL, NULL}};

static gboolean
refuse (const char *why, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, why);
  return FALSE;
}

static gboolean
check_code (GVariant *answer, const char *key, GError **error)
{
  const char *code = esim_options_lookup_string (answer, key);

  if (code == NULL || strlen (code) <= ESIM_CONFIRMATION_CODE_MAX)
    return TRUE;
  return refuse ("a confirmation code has at most 255 octets", error);
}

static gboolean
check_consent (GVariant *answer, GError **error)
{
  gboolean consent;

  if (!g_variant_lookup (answer, "consent", "b", &consent))
    return refuse ("the answer needs \"consent\": true or false", error);
  if (consent && esim_options_get_boolean (answer, "postpone"))
    return refuse ("the answer cannot consent and postpone", error);
  return check_code (answer, "confirmation-code", error);
}

gboolean
esim_operation_question_check_answer (const char *type, GVariant *answer, GError **error)
{
  if (strcmp (type, ESIM_ASK_CONFIRMATION_CODE) != 0)
    return esim_options_check (
               answer, strcmp (type, ESIM_ASK_INSTALL) == 0 ? install_options : consent_options, error) &&
           check_consent (answer, error);
  if (!esim_options_check (answer, code_options, error))
    return FALSE;
  if (!esim_options_get_boolean (answer, "cancel") && *esim_options_get_string (answer, "code") == '\0')
    return refuse ("the answer needs \"code\", or \"cancel\": true", error);
  return check_code (answer, "code", error);
}
