/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-question.h"

#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-address.h"
#include "esimctl-course.h"
#include "esimctl-dict.h"
#include "esimctl-loop.h"
#include "esimctl-text.h"
#include "esimctl-ts43.h"
#include "esimctl-view.h"

typedef gboolean (*Ask) (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error);

void
esimctl_reply_clear (EsimctlReply *reply)
{
  g_clear_pointer (&reply->answer, g_variant_unref);
}

static void
set_answer (EsimctlReply *reply, GVariant *answer)
{
  reply->answer = g_variant_ref_sink (answer);
}

gboolean
esimctl_question_choose (EsimctlRun *run, const char *const *items, gboolean last_is_default, int *chosen,
                         GError **error)
{
  guint n = g_strv_length ((char **) items);
  g_autofree char *prompt = g_strdup_printf (_ ("Number (1 to %u):"), n);

  for (guint i = 0; i < n; i++) {
    g_autofree char *mark = g_strdup_printf ("%2u", i + 1);

    esimctl_text_marked (run->context->color, ESIMCTL_STYLE_TITLE, mark, 4, items[i]);
  }
  while (TRUE) {
    g_autofree char *line = NULL;
    guint64 number = 0;

    *chosen = -1;
    if (!esimctl_loop_read_line (prompt, run->interrupted, &line, error))
      return FALSE;
    if (line == NULL)
      return TRUE;
    *chosen = (int) n - 1;
    if (*g_strstrip (line) == '\0' && last_is_default)
      return TRUE;
    if (g_ascii_string_to_unsigned (line, 10, 1, n, &number, NULL)) {
      *chosen = (int) number - 1;
      return TRUE;
    }
    g_printerr ("%s\n", _ ("That is none of the numbers."));
  }
}

/* The choices (aa{sv}) of the field of that name. */
static GVariant *
choices_of (GVariant *question, const char *name)
{
  g_autoptr (GVariant) fields = esimctl_dict_list (question, "fields", "aa{sv}");

  for (gsize i = 0; i < g_variant_n_children (fields); i++) {
    g_autoptr (GVariant) field = g_variant_get_child_value (fields, i);

    if (strcmp (esimctl_dict_string (field, "name"), name) == 0)
      return esimctl_dict_list (field, "choices", "aa{sv}");
  }
  return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));
}

/* A plan without a name is called by its kind, which is a word of the directory. */
static char *
choice_label (GVariant *choice)
{
  g_autofree char *label = esimctl_dict_text (choice, "label");

  return g_strdup (*label != '\0' ? esim_words_carrier_value (label) : esimctl_dict_string (choice, "value"));
}

static gboolean
ask_choice (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  const char *name = esimctl_dict_string (question, "subject");
  g_autoptr (GVariant) choices = choices_of (question, name);
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  int chosen = -1;

  for (gsize i = 0; i < g_variant_n_children (choices); i++) {
    g_autoptr (GVariant) choice = g_variant_get_child_value (choices, i);
    const char *value = esimctl_dict_string (choice, "value");
    char *label = choice_label (choice);

    /* "" is the choice that is added below. */
    if (*value == '\0') {
      g_free (label);
      continue;
    }
    g_ptr_array_add (values, g_strdup (value));
    g_ptr_array_add (labels, label);
  }
  g_ptr_array_add (values, g_strdup (""));
  g_ptr_array_add (labels,
                   g_strdup (strcmp (name, "carrier") == 0 ? _ ("Another one, that is not in this list")
                                                           : _ ("I do not know")));
  g_ptr_array_add (labels, NULL);
  if (!esimctl_question_choose (run, (const char *const *) labels->pdata, FALSE, &chosen, error))
    return FALSE;
  if (chosen >= 0)
    set_answer (reply, g_variant_new_parsed ("{%s: <%s>}", name, (const char *) values->pdata[chosen]));
  return TRUE;
}

void
esimctl_question_print_tasks (EsimctlRun *run)
{
  if (!run->tasks_shown)
    esimctl_course_print_tasks (run->context->color, run->description);
  run->tasks_shown = TRUE;
}

static gboolean
ask_consent (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  gboolean local = strcmp (esimctl_dict_string (run->description, "method"), "local") == 0;
  GVariantDict dict;
  int answer;

  if (!local && strcmp (esimctl_dict_string (question, "subject"), "ts43") != 0)
    esimctl_question_print_tasks (run);
  answer = esimctl_loop_ask (local ? _ ("Delete the profile?") : _ ("Begin?"), "", run->interrupted, error);
  if (answer < 0)
    return FALSE;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "consent", "b", answer == 1);
  if (answer == 1 && local)
    g_variant_dict_insert (&dict, "contract-continues", "b", TRUE);
  set_answer (reply, g_variant_dict_end (&dict));
  return TRUE;
}

/* A no leaves it open: it waits for another way to the network, or until somebody comes back. */
static gboolean
ask_disconnect (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  int answer = esimctl_loop_ask (_ ("Go on, and cut this machine's only way to the network?"), "",
                                 run->interrupted, error);

  if (answer < 0)
    return FALSE;
  reply->leave = answer == 0;
  set_answer (reply, g_variant_new_parsed ("{'consent': <%b>}", answer == 1));
  return TRUE;
}

static void
print_hosts (GVariant *question)
{
  g_autoptr (GVariant) hosts = esimctl_dict_list (question, "allowed-hosts", "as");
  g_autofree char *list = esimctl_dict_join (hosts, NULL);

  esimctl_course_print_pair (2, _ ("The carrier's own servers"), list);
}

gboolean
esimctl_question_may_open (GVariant *question, const char *key)
{
  g_autoptr (GVariant) list = esimctl_dict_list (question, "allowed-hosts", "as");
  g_autofree const char **hosts = g_variant_get_strv (list, NULL);

  return esimctl_address_is_allowed (esimctl_dict_string (question, key), hosts);
}

void
esimctl_question_open_page (EsimctlRun *run, GVariant *question, const char *key)
{
  const char *address = esimctl_dict_string (question, key);

  if (!esimctl_question_may_open (question, key)) {
    esimctl_text_paragraph (0, _ ("This address is not on the carrier's own servers, and is not opened:"));
    esimctl_text_paragraph (2, address);
    print_hosts (question);
    return;
  }
  if (esimctl_address_can_open () && esimctl_address_open (address)) {
    esimctl_text_paragraph (0, _ ("The page is being opened. If it does not appear, open it yourself:"));
  } else {
    esimctl_text_paragraph (
        0, _ ("Open this page yourself, and look that it stays on the carrier's own servers:"));
  }
  /* Not broken over lines: it is copied. */
  g_print ("  %s\n", address);
  print_hosts (question);
}

static void
print_page (EsimctlRun *run, GVariant *question)
{
  const char *reason = esimctl_dict_string (question, "reason");

  esimctl_course_print_contact (run->context->color, run->description);
  g_print ("\n");
  esimctl_course_print_words (0, question, "bring", esim_words_carrier_key ("bring"));
  esimctl_course_print_words (0, question, "returns", esim_words_carrier_key ("returns"));
  if (*reason != '\0')
    esimctl_course_print_pair (0, _ ("Reason"), esim_words_reason (reason));
  esimctl_course_print_pair (0, _ ("Your own words, to copy"), esimctl_dict_string (question, "reason-text"));
  /* Not broken over lines: it is copied. */
  if (esimctl_question_may_open (question, "address"))
    g_print (_ ("Page: %s\n"), esimctl_dict_string (question, "address"));
}

static gboolean
ask_request (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  int answer = 0;

  esimctl_question_print_tasks (run);
  print_page (run, question);
  if (*esimctl_dict_string (question, "address") != '\0' && !esimctl_question_may_open (question, "address"))
    esimctl_question_open_page (run, question, "address");
  else if (*esimctl_dict_string (question, "address") != '\0')
    answer = esimctl_loop_ask (_ ("Open the page?"), "", run->interrupted, error);
  reply->open = answer == 1;
  if (answer == 0)
    answer = esimctl_loop_ask (_ ("Do you ask the carrier in another way now, or have you done so?"), "",
                               run->interrupted, error);
  if (answer == 1)
    set_answer (reply, g_variant_new_parsed ("{'opened': <%b>}", reply->open));
  return answer >= 0;
}

static gboolean
answer_login (EsimctlRun *run, GVariant *question, const char *outcome, EsimctlReply *reply, GError **error)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "outcome", "s", outcome);
  if (strcmp (outcome, "refused") == 0 && !esimctl_question_ask_missing (run, question, &dict, error)) {
    g_variant_dict_clear (&dict);
    return FALSE;
  }
  set_answer (reply, g_variant_dict_end (&dict));
  return TRUE;
}

static gboolean
ask_login (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  static const char *const outcomes[] = {"done", "refused", "rejected"};
  const char *const items[] = {_ ("Open the page for logging in"),
                               _ ("I have forgotten the password: open the page for that"),
                               esim_words_outcome ("done"),
                               esim_words_outcome ("refused"),
                               esim_words_outcome ("rejected"),
                               _ ("Not now: I come back later"),
                               NULL};
  g_auto (GStrv) server = esim_question_get_outcomes (question);
  int chosen = 0;

  /* Where a server is asked, it hands over an address at the end. */
  if (server[0] != NULL)
    return esimctl_ts43_ask_login (run, question, reply, error);
  print_page (run, question);
  while (chosen == 0 || chosen == 1) {
    const char *key = NULL;

    if (!esimctl_question_choose (run, items, TRUE, &chosen, error))
      return FALSE;
    key = chosen == 0 ? "address" : chosen == 1 ? "recovery-address" : NULL;
    if (key != NULL && *esimctl_dict_string (question, key) != '\0')
      esimctl_question_open_page (run, question, key);
    else if (key != NULL)
      g_printerr ("%s\n", _ ("No address is known for that: ask the carrier."));
  }
  if (chosen < 2 || chosen > 4)
    return TRUE;
  return answer_login (run, question, outcomes[chosen - 2], reply, error);
}

static const struct {
  const char *type;
  const char *subject; /* NULL: any */
  Ask ask;
} known[] = {
    {"carrier-question", "carrier", ask_choice},
    {"carrier-question", "plan", ask_choice},
    {"carrier-question", "phone-number", esimctl_ts43_ask_identity},
    {"carrier-question", "one-time-code", esimctl_ts43_ask_identity},
    {"carrier-question", "message", esimctl_ts43_ask_message},
    {"carrier-question", "change", esimctl_ts43_ask_outcome},
    {"consent", NULL, ask_consent},
    {"disconnect-consent", NULL, ask_disconnect},
    {"open-page", "login", ask_login},
    {"open-page", "request", ask_request},
    {"open-page", "websheet", esimctl_ts43_ask_websheet},
    {"evidence", NULL, esimctl_ts43_ask_outcome},
    {"attest", "no-longer-recognised", esimctl_ts43_ask_outcome},
    {"attest", "end", esimctl_ts43_ask_outcome},
    {"attest", NULL, esimctl_attest_ask},
    {"reminder", NULL, esimctl_attest_ask_reminder},
};

static Ask
find (GVariant *question)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].type, esimctl_dict_string (question, "type")) == 0 &&
        (known[i].subject == NULL ||
         strcmp (known[i].subject, esimctl_dict_string (question, "subject")) == 0))
      return known[i].ask;
  return NULL;
}

gboolean
esimctl_question_is_known (GVariant *question)
{
  return find (question) != NULL;
}

void
esimctl_question_print (EsimctlRun *run, GVariant *question)
{
  g_autofree char *words = esim_words_question (question);
  g_autoptr (GVariant) choices = choices_of (question, esimctl_dict_string (question, "subject"));
  g_autoptr (EsimctlTable) table = esimctl_view_pairs ();

  g_print ("\n");
  esimctl_text_paragraph (0, words);
  for (gsize i = 0; i < g_variant_n_children (choices); i++) {
    g_autoptr (GVariant) choice = g_variant_get_child_value (choices, i);
    g_autofree char *label = choice_label (choice);

    if (*esimctl_dict_string (choice, "value") != '\0')
      esimctl_view_pair (table, esimctl_dict_string (choice, "value"), ESIMCTL_STYLE_PLAIN, label);
  }
  esimctl_table_print (table, run->context->color);
}

gboolean
esimctl_question_ask (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  g_autofree char *words = esim_words_question (question);

  if (!run->context->json) {
    g_print ("\n");
    esimctl_text_paragraph (0, words);
  }
  return find (question) (run, question, reply, error);
}
