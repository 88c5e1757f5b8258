/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-course.h"
#include "esimctl-dict.h"
#include "esimctl-loop.h"
#include "esimctl-question.h"
#include "esimctl-text.h"

/* What the carrier may say is missing, where the question does not name it: the words of docs/carriers.md. */
static const char *const all_missing[] = {"identity-document",
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

/* Says whether a line will do; what is wrong goes into @problem. */
typedef gboolean (*Check) (const char *line, const char **problem);

static gboolean
is_day (const char *line, const char **problem)
{
  guint64 year, month, day;
  g_auto (GStrv) parts = g_strsplit (line, "-", -1);

  *problem = _ ("A day is written like 2026-12-31.");
  if (g_strv_length (parts) != 3 || strlen (parts[0]) != 4 || strlen (parts[1]) != 2 ||
      strlen (parts[2]) != 2)
    return FALSE;
  return g_ascii_string_to_unsigned (parts[0], 10, 1, 9999, &year, NULL) &&
         g_ascii_string_to_unsigned (parts[1], 10, 1, 12, &month, NULL) &&
         g_ascii_string_to_unsigned (parts[2], 10, 1, 31, &day, NULL) &&
         g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year);
}

static gboolean
is_text (const char *line, const char **problem)
{
  *problem = _ ("That cannot be taken: at most 100 characters of text.");
  return g_utf8_validate (line, -1, NULL) && g_utf8_strlen (line, -1) <= 100;
}

/*
 * Asks for a line until it will do, and puts it into @answer. An empty one is left out, unless @required.
 *
 * Returns: %FALSE with @error set if Ctrl-C was pressed, or without if the input ended.
 */
static gboolean
ask_line (EsimctlRun *run, const char *prompt, Check check, gboolean required, const char *key,
          GVariantDict *answer, GError **error)
{
  while (TRUE) {
    g_autofree char *line = NULL;
    const char *problem = NULL;

    if (!esimctl_loop_read_line (prompt, run->interrupted, &line, error) || line == NULL)
      return FALSE;
    if (*g_strstrip (line) == '\0' && !required)
      return TRUE;
    if (check (line, &problem)) {
      g_variant_dict_insert (answer, key, "s", line);
      return TRUE;
    }
    g_printerr ("%s\n", problem);
  }
}

/* Returns: (transfer full) (nullable): the numbers of @line, which must be from 1 to @n, as indices. */
static GArray *
numbers (const char *line, guint n)
{
  g_auto (GStrv) parts = g_strsplit_set (line, " ,;\t", -1);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint));

  for (gsize i = 0; parts[i] != NULL; i++) {
    guint64 number = 0;
    guint index;

    if (*parts[i] == '\0')
      continue;
    if (!g_ascii_string_to_unsigned (parts[i], 10, 1, n, &number, NULL))
      return NULL;
    index = (guint) number - 1;
    g_array_append_val (found, index);
  }
  return g_steal_pointer (&found);
}

/* Asks for several of @values by number; an empty line is none. The return is that of ask_line(). */
static gboolean
ask_several (EsimctlRun *run, const char *prompt, const char *const *values, const char *key,
             GVariantDict *answer, GError **error)
{
  while (TRUE) {
    g_autofree char *line = NULL;
    g_autoptr (GArray) chosen = NULL;
    g_autoptr (GPtrArray) list = g_ptr_array_new ();

    if (!esimctl_loop_read_line (prompt, run->interrupted, &line, error) || line == NULL)
      return FALSE;
    chosen = numbers (line, g_strv_length ((char **) values));
    if (chosen == NULL) {
      g_printerr ("%s\n", _ ("That is none of the numbers."));
      continue;
    }
    for (guint i = 0; i < chosen->len; i++)
      g_ptr_array_add (list, (gpointer) values[g_array_index (chosen, guint, i)]);
    g_ptr_array_add (list, NULL);
    if (chosen->len > 0)
      g_variant_dict_insert (answer, key, "^as", list->pdata);
    return TRUE;
  }
}

gboolean
esimctl_question_ask_missing (EsimctlRun *run, GVariant *question, GVariantDict *answer, GError **error)
{
  for (gsize i = 0; all_missing[i] != NULL; i++) {
    g_autofree char *mark = g_strdup_printf ("%2" G_GSIZE_FORMAT, i + 1);

    esimctl_text_marked (run->context->color, ESIMCTL_STYLE_TITLE, mark, 4,
                         esim_words_carrier_value (all_missing[i]));
  }
  return ask_several (run, _ ("What is missing? Numbers (Enter: it was not said):"), all_missing, "missing",
                      answer, error);
}

static void
add_new (GPtrArray *ids, const char *id)
{
  if (!g_ptr_array_find_with_equal_func (ids, id, g_str_equal, NULL))
    g_ptr_array_add (ids, g_strdup (id));
}

/* The service wants all that is done, and not only what is new. */
static void
add_earlier (GVariant *tasks, GVariantDict *answer)
{
  g_autoptr (GVariant) told = g_variant_dict_lookup_value (answer, "tasks-done", G_VARIANT_TYPE_STRING_ARRAY);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autofree const char **chosen = told != NULL ? g_variant_get_strv (told, NULL) : NULL;

  if (chosen == NULL)
    return;
  for (gsize i = 0; i < g_variant_n_children (tasks); i++) {
    g_autoptr (GVariant) task = g_variant_get_child_value (tasks, i);

    if (strcmp (esimctl_dict_string (task, "state"), "done") == 0)
      add_new (ids, esimctl_dict_string (task, "id"));
  }
  for (gsize i = 0; chosen[i] != NULL; i++)
    add_new (ids, chosen[i]);
  g_ptr_array_add (ids, NULL);
  g_variant_dict_insert (answer, "tasks-done", "^as", ids->pdata);
}

/* Which of the steps are done, if there are several. */
static gboolean
ask_tasks (EsimctlRun *run, GVariantDict *answer, GError **error)
{
  g_autoptr (GVariant) tasks = esimctl_dict_list (run->description, "tasks", "aa{sv}");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < g_variant_n_children (tasks); i++) {
    g_autoptr (GVariant) task = g_variant_get_child_value (tasks, i);

    g_ptr_array_add (ids, g_strdup (esimctl_dict_string (task, "id")));
  }
  if (ids->len < 2)
    return TRUE;
  g_ptr_array_add (ids, NULL);
  esimctl_question_print_tasks (run);
  if (!ask_several (run, _ ("Which steps are done? Numbers (Enter: no more than before):"),
                    (const char *const *) ids->pdata, "tasks-done", answer, error))
    return FALSE;
  add_earlier (tasks, answer);
  return TRUE;
}

static char *
expand (const char *path)
{
  return g_str_has_prefix (path, "~/") ? g_build_filename (g_get_home_dir (), path + 2, NULL)
                                       : g_strdup (path);
}

static gboolean
ask_document (EsimctlRun *run, GVariantDict *answer, GError **error)
{
  while (TRUE) {
    g_autofree char *line = NULL;
    g_autofree char *path = NULL;
    g_autoptr (GError) local = NULL;

    if (!esimctl_loop_read_line (
            _ ("File of the confirmation; it stays with you, its name and checksum are kept "
               "(Enter: none):"),
            run->interrupted, &line, error) ||
        line == NULL)
      return FALSE;
    if (*g_strstrip (line) == '\0')
      return TRUE;
    path = expand (line);
    if (esimctl_answers_add_document (answer, path, &local))
      return TRUE;
    g_printerr ("%s\n", local->message);
  }
}

static gboolean
ask_submitted (EsimctlRun *run, GVariantDict *answer, GError **error)
{
  return ask_line (run, _ ("Reference that the carrier gave (Enter: none):"), is_text, FALSE, "reference",
                   answer, error) &&
         ask_line (run, _ ("Day on which you asked, like 2026-12-31 (Enter: today):"), is_day, FALSE, "date",
                   answer, error) &&
         ask_line (run, _ ("Day until which the carrier answers (Enter: it was not said):"), is_day, FALSE,
                   "expected-by", answer, error);
}

static gboolean
ask_confirmed (EsimctlRun *run, GVariantDict *answer, GError **error)
{
  return ask_line (run, _ ("Day on which the contract ends, like 2026-12-31:"), is_day, TRUE,
                   "effective-date", answer, error) &&
         ask_line (run, _ ("Reference that the carrier gave (Enter: none):"), is_text, FALSE, "reference",
                   answer, error) &&
         ask_line (run, _ ("Day of the carrier's confirmation (Enter: today):"), is_day, FALSE, "date",
                   answer, error) &&
         ask_document (run, answer, error);
}

/* What goes with an outcome. */
static gboolean
ask_details (EsimctlRun *run, GVariant *question, const char *outcome, GVariantDict *answer, GError **error)
{
  if (strcmp (outcome, "submitted") == 0)
    return ask_submitted (run, answer, error) && ask_tasks (run, answer, error);
  if (strcmp (outcome, "confirmed") == 0)
    return ask_confirmed (run, answer, error);
  if (strcmp (outcome, "refused") == 0)
    return esimctl_question_ask_missing (run, question, answer, error);
  if (strcmp (outcome, "in-review") == 0)
    return ask_line (run, _ ("Day until which the carrier answers (Enter: it was not said):"), is_day, FALSE,
                     "expected-by", answer, error);
  if (strcmp (outcome, "not-yet") == 0)
    return ask_tasks (run, answer, error);
  return TRUE;
}

static gboolean
take (EsimctlRun *run, GVariant *question, const char *outcome, EsimctlReply *reply, GError **error)
{
  /* After these nothing more is to be asked today. */
  static const char *const resting[] = {"not-yet", "unknown", "in-review", NULL};
  GVariantDict dict;
  g_autoptr (GError) local = NULL;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "outcome", "s", outcome);
  if (ask_details (run, question, outcome, &dict, &local)) {
    reply->answer = g_variant_ref_sink (g_variant_dict_end (&dict));
    reply->leave = g_strv_contains (resting, outcome);
    return TRUE;
  }
  g_variant_dict_clear (&dict);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
show (EsimctlRun *run, GVariant *question)
{
  g_autofree char *waiting = esimctl_course_dup_waiting (run->description);

  if (*waiting != '\0')
    esimctl_text_paragraph (0, waiting);
  esimctl_course_print_pair (0, _ ("Reference"), esimctl_dict_string (run->description, "reference"));
  esimctl_course_print_pair (0, _ ("Your own words, to copy"), esimctl_dict_string (question, "reason-text"));
  esimctl_course_print_words (0, question, "returns", esim_words_carrier_key ("returns"));
}

gboolean
esimctl_attest_ask (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  static const char *const submission[] = {"submitted", "confirmed",     "refused", "rejected",
                                           "unknown",   "not-submitted", "not-yet", NULL};
  static const char *const outcome[] = {"confirmed", "refused", "rejected", "unknown", "in-review", NULL};
  const char *const *codes =
      strcmp (esimctl_dict_string (question, "subject"), "submission") == 0 ? submission : outcome;
  gboolean page = *esimctl_dict_string (question, "status-address") != '\0';
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  int chosen = -1;

  for (gsize i = 0; codes[i] != NULL; i++)
    g_ptr_array_add (items, (gpointer) esim_words_outcome (codes[i]));
  if (page)
    g_ptr_array_insert (items, 0, (gpointer) _ ("Open the page that shows the progress"));
  g_ptr_array_add (items, NULL);
  show (run, question);
  while (TRUE) {
    if (!esimctl_question_choose (run, (const char *const *) items->pdata, TRUE, &chosen, error))
      return FALSE;
    if (!page || chosen != 0)
      break;
    esimctl_question_open_page (run, question, "status-address");
  }
  if (chosen < 0)
    return TRUE;
  return take (run, question, codes[chosen - (page ? 1 : 0)], reply, error);
}

static gboolean
ask_new_day (EsimctlRun *run, EsimctlReply *reply, GError **error)
{
  GVariantDict dict;
  g_autoptr (GError) local = NULL;

  g_variant_dict_init (&dict, NULL);
  if (ask_line (run, _ ("Day on which the contract ends, like 2026-12-31:"), is_day, TRUE, "effective-date",
                &dict, &local)) {
    reply->answer = g_variant_ref_sink (g_variant_dict_end (&dict));
    return TRUE;
  }
  g_variant_dict_clear (&dict);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
esimctl_attest_ask_reminder (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  const char *const items[] = {_ ("The carrier has named another day"), _ ("Remove the profile now"),
                               _ ("Leave it as it is"), NULL};
  g_autofree char *waiting = esimctl_course_dup_waiting (run->description);
  int chosen = -1, sure;

  esimctl_text_paragraph (0, waiting);
  if (!esimctl_question_choose (run, items, TRUE, &chosen, error))
    return FALSE;
  if (chosen == 0)
    return ask_new_day (run, reply, error);
  if (chosen == 2)
    reply->answer = g_variant_ref_sink (g_variant_new_parsed ("{'seen': <true>}"));
  reply->leave = chosen == 2;
  if (chosen != 1)
    return TRUE;
  sure = esimctl_loop_ask (
      _ ("The profile stops working at once, and its contract may still run. Remove it now?"), "",
      run->interrupted, error);
  if (sure == 1)
    reply->answer = g_variant_ref_sink (g_variant_new_parsed ("{'remove-now': <true>}"));
  return sure >= 0;
}
