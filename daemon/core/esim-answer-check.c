/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-answer.h"
#include "esim-carrier-days.h"
#include "esim-error.h"
#include "esim-options.h"
#include "esim-portal-channel.h"
#include "esim-portal-review.h"
#include "esim-ts43-answer.h"
#include "esim-ts43-question.h"

#include <string.h>

#define REFERENCE_MAX 100 /* characters */
#define NAME_MAX_CHARS 200
#define SHA256_DIGITS 64
#define AHEAD_MAX_S (5 * 366 * (gint64) ESIM_PORTAL_DAY_S)

static const EsimOption carrier_keys[] = {{"carrier", "s"}, {NULL, NULL}};
static const EsimOption plan_keys[] = {{"plan", "s"}, {NULL, NULL}};
static const EsimOption consent_keys[] = {{"consent", "b"}, {"contract-continues", "b"}, {NULL, NULL}};
static const EsimOption login_keys[] = {{"outcome", "s"}, {"missing", "as"}, {NULL, NULL}};
static const EsimOption request_keys[] = {{"opened", "b"}, {NULL, NULL}};
static const EsimOption attest_keys[] = {{"outcome", "s"},
                                         {"reference", "s"},
                                         {"date", "s"},
                                         {"expected-by", "s"},
                                         {"effective-date", "s"},
                                         {"document-name", "s"},
                                         {"document-size", "t"},
                                         {"document-sha256", "s"},
                                         {"missing", "as"},
                                         {"tasks-done", "as"},
                                         {NULL, NULL}};
static const EsimOption reminder_keys[] = {
    {"seen", "b"}, {"remove-now", "b"}, {"effective-date", "s"}, {NULL, NULL}};

static const EsimOption disconnect_keys[] = {{"consent", "b"}, {NULL, NULL}};
static const EsimOption *const keys[] = {
    [ESIM_QUESTION_CARRIER] = carrier_keys,      [ESIM_QUESTION_PLAN] = plan_keys,
    [ESIM_QUESTION_CONSENT] = consent_keys,      [ESIM_QUESTION_LOGIN] = login_keys,
    [ESIM_QUESTION_REQUEST] = request_keys,      [ESIM_QUESTION_SUBMISSION] = attest_keys,
    [ESIM_QUESTION_OUTCOME] = attest_keys,       [ESIM_QUESTION_REMINDER] = reminder_keys,
    [ESIM_QUESTION_DISCONNECT] = disconnect_keys};

/* What may be answered, where, and what may stand beside it. */
static const struct {
  const char *outcome;
  const char *questions; /* l: login, s: submission, o: outcome */
  const char *beside;
} outcomes[] = {
    {"done", "l", ""},
    {"not-yet", "s", "tasks-done;"},
    {"submitted", "s", "tasks-done;reference;date;expected-by;"},
    {"not-submitted", "s", "tasks-done;"},
    {"unknown", "so", "tasks-done;"},
    {"in-review", "o", "tasks-done;reference;expected-by;"},
    {"refused", "lso", "tasks-done;missing;"},
    {"rejected", "lso", "tasks-done;missing;"},
    {"confirmed", "so",
     "tasks-done;reference;date;effective-date;document-name;document-size;document-sha256;"},
};

static const char *const missing_words[] = {"identity-document",
                                            "identity-copies",
                                            "letter-of-authority",
                                            "account-login",
                                            "account-pin",
                                            "owner-name",
                                            "phone-number",
                                            "iccid",
                                            "contract-number",
                                            "birth-date",
                                            "bank-account",
                                            "device",
                                            "email-access",
                                            "sms-access",
                                            "first-bill-paid",
                                            "other",
                                            NULL};

static gboolean
invalid (GError **error, const char *key, const char *why)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "\"%s\": %s", key, why);
  return FALSE;
}

/* Choices */

static gboolean
check_choice (EsimQuestion question, const EsimCarrier *carrier, const EsimQuestionContext *context,
              GVariant *answer, GError **error)
{
  const char *key = question == ESIM_QUESTION_CARRIER ? "carrier" : "plan";
  const char *value = esim_options_lookup_string (answer, key);
  gboolean known = FALSE;

  if (value == NULL)
    return invalid (error, key, "the answer needs it");
  if (question == ESIM_QUESTION_CARRIER)
    known = esim_question_find_carrier (context, value) != NULL;
  else if (carrier != NULL) /* its entry can have gone since it was asked */
    known = esim_carrier_get_plan (carrier, value) != NULL;
  if (known || *value == '\0')
    return TRUE;
  return invalid (error, key, "it is not one of the choices");
}

static gboolean
check_consent (const EsimDeregistrationRecord *record, GVariant *answer, GError **error)
{
  gboolean consent;

  if (!g_variant_lookup (answer, "consent", "b", &consent))
    return invalid (error, "consent", "the answer needs it");
  if (!esim_deregistration_record_is_local (record) &&
      g_variant_lookup (answer, "contract-continues", "b", NULL))
    return invalid (error, "contract-continues", "it belongs to the method \"local\"");
  if (!consent || !esim_deregistration_record_is_local (record) ||
      esim_options_get_boolean (answer, "contract-continues"))
    return TRUE;
  return invalid (error, "contract-continues",
                  "with the method \"local\" the contract goes on: it must be true, from a user who was told "
                  "so");
}

/* What the user attests */

static gboolean
check_date (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, GVariant *answer,
            const char *key, gint64 latest, GError **error)
{
  const char *date = esim_options_lookup_string (answer, key);
  gint64 end;

  if (date == NULL)
    return TRUE;
  end = esim_carrier_days_end_of (carrier, record->plan, date);
  if (end < 0)
    return invalid (error, key, "it is not a day as 2026-11-22");
  return end <= latest ? TRUE : invalid (error, key, "the day is too far ahead");
}

/* What GLib calls printable has the separators of lines and paragraphs in it. */
static gboolean
is_shown (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return g_unichar_isprint (c) && type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

static gboolean
check_text (GVariant *answer, const char *key, glong max, GError **error)
{
  const char *text = esim_options_lookup_string (answer, key);

  if (text == NULL)
    return TRUE;
  if (g_utf8_strlen (text, -1) > max)
    return invalid (error, key, "it is too long");
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!is_shown (g_utf8_get_char (p)))
      return invalid (error, key, "it has characters that cannot be shown");
  return TRUE;
}

static gboolean
check_words (GVariant *answer, GError **error)
{
  g_autofree const char **list = NULL;

  if (!g_variant_lookup (answer, "missing", "^a&s", &list))
    return TRUE;
  if (g_strv_length ((char **) list) >= G_N_ELEMENTS (missing_words))
    return invalid (error, "missing", "there are too many words");
  for (guint i = 0; list[i] != NULL; i++)
    if (!g_strv_contains (missing_words, list[i]))
      return invalid (error, "missing", "a word in it is not one of those documented");
  return TRUE;
}

static gboolean
check_tasks (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, GVariant *answer,
             GError **error)
{
  g_autofree const char **list = NULL;

  if (!g_variant_lookup (answer, "tasks-done", "^a&s", &list))
    return TRUE;
  if (g_strv_length ((char **) list) > ESIM_DEREGISTRATION_TASKS_MAX)
    return invalid (error, "tasks-done", "there are too many");
  for (guint i = 0; list[i] != NULL; i++)
    if (!esim_portal_has_task (record, carrier, list[i]))
      return invalid (error, "tasks-done", "there is no such step");
  return TRUE;
}

static gboolean
is_plain_name (const char *name)
{
  return *name != '\0' && strchr (name, '/') == NULL && strcmp (name, ".") != 0 && strcmp (name, "..") != 0;
}

static gboolean
check_document (GVariant *answer, GError **error)
{
  const char *name = esim_options_lookup_string (answer, "document-name");
  const char *hash = esim_options_lookup_string (answer, "document-sha256");
  guint64 size = 0;
  gboolean has_size = g_variant_lookup (answer, "document-size", "t", &size);

  if (name == NULL && hash == NULL && !has_size)
    return TRUE;
  if (name == NULL || hash == NULL || !has_size)
    return invalid (error, "document-name", "name, size and SHA-256 of a document belong together");
  if (!is_plain_name (name))
    return invalid (error, "document-name", "it is a file's name without its folder");
  if (size > G_MAXINT64)
    return invalid (error, "document-size", "no document is that large");
  if (strlen (hash) != SHA256_DIGITS || strspn (hash, "0123456789abcdefABCDEF") != SHA256_DIGITS)
    return invalid (error, "document-sha256", "it has 64 hexadecimal digits");
  return TRUE;
}

static int
find_outcome (EsimQuestion question, const char *outcome)
{
  char letter = question == ESIM_QUESTION_LOGIN ? 'l' : question == ESIM_QUESTION_OUTCOME ? 'o' : 's';

  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
    if (strcmp (outcomes[i].outcome, outcome) == 0 && strchr (outcomes[i].questions, letter) != NULL)
      return (int) i;
  return -1;
}

static gboolean
check_beside (GVariant *answer, int outcome, GError **error)
{
  GVariantIter iter;
  const char *key;

  g_variant_iter_init (&iter, answer);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL)) {
    g_autofree char *word = g_strconcat (key, ";", NULL);

    if (strcmp (key, "outcome") != 0 && strstr (outcomes[outcome].beside, word) == NULL)
      return invalid (error, key, "it has no meaning beside this outcome");
  }
  return TRUE;
}

static gboolean
check_attest (EsimQuestion question, const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
              GVariant *answer, gint64 now, GError **error)
{
  const char *word = esim_options_lookup_string (answer, "outcome");
  int outcome = word != NULL ? find_outcome (question, word) : -1;

  if (word == NULL)
    return invalid (error, "outcome", "the answer needs it");
  if (outcome < 0)
    return invalid (error, "outcome", "it is not one of those documented for this question");
  if (!check_beside (answer, outcome, error))
    return FALSE;
  if (strcmp (word, "confirmed") == 0 && esim_options_lookup_string (answer, "effective-date") == NULL)
    return invalid (error, "effective-date", "a confirmation needs the contract's last day");
  /* A day ends at different moments around the world. */
  return check_date (record, carrier, answer, "date", now + 3 * ESIM_PORTAL_DAY_S, error) &&
         check_date (record, carrier, answer, "expected-by", now + AHEAD_MAX_S, error) &&
         check_date (record, carrier, answer, "effective-date", now + AHEAD_MAX_S, error) &&
         check_text (answer, "reference", REFERENCE_MAX, error) &&
         check_text (answer, "document-name", NAME_MAX_CHARS, error) && check_document (answer, error) &&
         check_words (answer, error) && check_tasks (record, carrier, answer, error);
}

static gboolean
check_reminder (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, GVariant *answer,
                gint64 now, GError **error)
{
  if (g_variant_n_children (answer) != 1)
    return invalid (error, "seen", "the answer is one of \"seen\", \"remove-now\", \"effective-date\"");
  if (esim_options_lookup_string (answer, "effective-date") == NULL &&
      !esim_options_get_boolean (answer, "seen") && !esim_options_get_boolean (answer, "remove-now"))
    return invalid (error, g_variant_lookup (answer, "seen", "b", NULL) ? "seen" : "remove-now",
                    "only true says something");
  return check_date (record, carrier, answer, "effective-date", now + AHEAD_MAX_S, error);
}

static gboolean
check_opened (GVariant *answer, GError **error)
{
  gboolean opened;

  return g_variant_lookup (answer, "opened", "b", &opened) ? TRUE
                                                           : invalid (error, "opened", "the answer needs it");
}

gboolean
esim_answer_check (EsimQuestion question, const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                   const EsimQuestionContext *context, GVariant *answer, gint64 now, GError **error)
{
  if (question == ESIM_QUESTION_NONE) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE, "nothing is asked now");
    return FALSE;
  }
  if (esim_ts43_question_is (question))
    return esim_ts43_answer_check (question, record, context, answer, error);
  if (!esim_options_check (answer, keys[question], error))
    return FALSE;
  switch (question) {
  case ESIM_QUESTION_CARRIER:
  case ESIM_QUESTION_PLAN:
    return check_choice (question, carrier, context, answer, error);
  case ESIM_QUESTION_DISCONNECT:
    return g_variant_lookup (answer, "consent", "b", NULL)
               ? TRUE
               : invalid (error, "consent", "the answer needs it");
  case ESIM_QUESTION_CONSENT:
    return check_consent (record, answer, error);
  case ESIM_QUESTION_REQUEST:
    return check_opened (answer, error);
  case ESIM_QUESTION_REMINDER:
    return check_reminder (record, carrier, answer, now, error);
  case ESIM_QUESTION_LOGIN:
  case ESIM_QUESTION_SUBMISSION:
  case ESIM_QUESTION_OUTCOME:
  case ESIM_QUESTION_NONE:
  default:
    return check_attest (question, record, carrier, answer, now, error);
  }
}

gboolean
esim_answer_releases (EsimQuestion question, const EsimDeregistrationRecord *record, GVariant *answer)
{
  if (esim_ts43_question_is (question))
    return esim_ts43_answer_releases (question, record, answer);
  if (question == ESIM_QUESTION_CONSENT)
    return esim_deregistration_record_is_local (record) && esim_options_get_boolean (answer, "consent");
  if (question == ESIM_QUESTION_DISCONNECT)
    return esim_options_get_boolean (answer, "consent");
  if (question == ESIM_QUESTION_SUBMISSION || question == ESIM_QUESTION_OUTCOME)
    return strcmp (esim_options_get_string (answer, "outcome"), "confirmed") == 0;
  return question == ESIM_QUESTION_REMINDER && !esim_options_get_boolean (answer, "seen");
}

gboolean
esim_answer_withdraws (EsimQuestion question, GVariant *answer)
{
  if (esim_ts43_question_is (question))
    return esim_ts43_answer_withdraws (question, answer);
  return question == ESIM_QUESTION_CONSENT && !esim_options_get_boolean (answer, "consent");
}
