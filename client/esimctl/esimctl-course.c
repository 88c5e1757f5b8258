/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-course.h"

#include <esim.h>
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-dict.h"
#include "esimctl-text.h"
#include "esimctl-view.h"

void
esimctl_course_print_pair (guint indent, const char *label, const char *value)
{
  g_autofree char *line = g_strdup_printf (_ ("%s: %s"), label, value);

  if (*value != '\0')
    esimctl_text_paragraph (indent, line);
}

void
esimctl_course_print_words (guint indent, GVariant *dict, const char *key, const char *label)
{
  g_autoptr (GVariant) list = esimctl_dict_list (dict, key, "as");
  g_autofree char *words = esimctl_dict_join (list, esim_words_carrier_value);

  esimctl_course_print_pair (indent, label, words);
}

static void
add_day (EsimctlTable *table, GVariant *dict, const char *key, const char *label)
{
  g_autofree char *day = esimctl_course_dup_day (esimctl_dict_time (dict, key));

  esimctl_view_pair (table, label, ESIMCTL_STYLE_PLAIN, day);
}

static void
add_text (EsimctlTable *table, GVariant *dict, const char *key, const char *label)
{
  esimctl_view_pair (table, label, ESIMCTL_STYLE_PLAIN, esimctl_dict_string (dict, key));
}

static void
add_carrier (EsimctlTable *table, GVariant *description)
{
  g_autoptr (GVariant) carrier = esimctl_dict_list (description, "carrier", "a{sv}");
  g_autofree char *name = esimctl_dict_text (carrier, "name");
  g_autofree char *plan = esimctl_dict_text (carrier, "plan-name");
  const char *id = esimctl_dict_string (carrier, "id");

  if (g_variant_n_children (carrier) == 0)
    return;
  esimctl_view_pair (table, _ ("Carrier"), ESIMCTL_STYLE_PLAIN,
                     *name != '\0' ? name
                     : *id != '\0' ? id
                                   : _ ("not in the directory"));
  esimctl_view_pair (table, _ ("Plan"), ESIMCTL_STYLE_PLAIN,
                     *plan != '\0' ? plan : esimctl_dict_string (carrier, "plan"));
}

/* The document stays with the user: this is what it can be known again by. */
static void
add_evidence (EsimctlTable *table, GVariant *description)
{
  g_autoptr (GVariant) evidence = esimctl_dict_list (description, "evidence", "a{sv}");

  add_text (table, evidence, "document-name", _ ("Document"));
  add_text (table, evidence, "document-sha256", "SHA-256");
}

static void
add_refusal (EsimctlTable *table, GVariant *description)
{
  g_autoptr (GVariant) refusal = esimctl_dict_list (description, "refusal", "a{sv}");
  g_autoptr (GVariant) missing = esimctl_dict_list (refusal, "missing", "as");
  g_autofree char *words = esimctl_dict_join (missing, esim_words_carrier_value);
  g_autofree char *when = esimctl_text_time (esimctl_dict_time (refusal, "time"));
  g_autofree char *line = NULL;

  if (g_variant_n_children (refusal) == 0)
    return;
  line = *words != '\0' ? g_strdup_printf (_ ("%s; missing: %s"), when, words) : g_strdup (when);
  esimctl_view_pair (table, _ ("Not taken"), ESIMCTL_STYLE_CAUTION, line);
}

void
esimctl_course_add_facts (EsimctlTable *table, GVariant *description)
{
  const char *review = esimctl_dict_string (description, "review");

  add_carrier (table, description);
  add_day (table, description, "submitted", _ ("Carrier asked"));
  add_text (table, description, "reference", _ ("Reference"));
  add_day (table, description, "expected-by", _ ("Answer expected by"));
  esimctl_view_pair (table, _ ("Review"),
                     strcmp (review, "late") == 0 ? ESIMCTL_STYLE_CAUTION : ESIMCTL_STYLE_PLAIN,
                     esim_words_review (review));
  add_day (table, description, "next-check", _ ("Next reminder"));
  add_refusal (table, description);
  add_day (table, description, "confirmed", _ ("Confirmed"));
  add_text (table, description, "effective-date", _ ("Contract ends on"));
  add_evidence (table, description);
  add_day (table, description, "removed", _ ("Profile removed"));
}

/* Returns: (transfer full): hours and whether it is open, of a channel or a contact; "" if nothing is known.
 */
static char *
when_open (GVariant *dict)
{
  g_autofree char *hours = esim_words_hours (esimctl_dict_string (dict, "hours"));
  g_autofree char *open =
      esim_words_open (esimctl_dict_string (dict, "open"), esimctl_dict_time (dict, "opens-at"));

  if (*hours == '\0')
    return g_steal_pointer (&open);
  if (*open == '\0')
    return g_strdup_printf (_ ("%s, the carrier's time"), hours);
  return g_strdup_printf (_ ("%s, the carrier's time (%s)"), hours, open);
}

static void
print_numbers (guint indent, GVariant *dict)
{
  g_autoptr (GVariant) numbers = esimctl_dict_list (dict, "numbers", "as");
  g_autoptr (GVariant) abroad = esimctl_dict_list (dict, "numbers-from-abroad", "as");
  g_autofree char *here = esimctl_dict_join (numbers, NULL);
  g_autofree char *there = esimctl_dict_join (abroad, NULL);
  g_autofree char *when = when_open (dict);

  esimctl_course_print_pair (indent, esim_words_carrier_key ("numbers"), here);
  esimctl_course_print_pair (indent, esim_words_carrier_key ("numbers-from-abroad"), there);
  esimctl_course_print_pair (indent, esim_words_carrier_key ("hours"), when);
}

static void
print_channel (gboolean color, guint indent, GVariant *channel)
{
  g_autofree char *text = esimctl_dict_text (channel, "text");
  g_autofree char *address = esimctl_dict_text (channel, "address");
  const char *type = esim_words_carrier_value (esimctl_dict_string (channel, "type"));
  g_autofree char *line = g_strdup_printf (_ ("%s: %s"), type, text);

  esimctl_text_paragraph (indent, *text != '\0' ? line : type);
  if (esimctl_dict_flag (channel, "exclusive"))
    esimctl_text_paragraph (indent + 2, _ ("It can be done in this way only."));
  if (esimctl_dict_flag (channel, "cannot-end"))
    esimctl_text_paragraph (indent + 2, _ ("For questions: the contract cannot be ended here."));
  if (*esimctl_dict_string (channel, "conflict") != '\0')
    esimctl_text_paragraph (indent + 2, _ ("The sources contradict one another here: ask first."));
  esimctl_course_print_pair (indent + 2, esim_words_carrier_key ("url"),
                             esimctl_dict_string (channel, "url"));
  print_numbers (indent + 2, channel);
  esimctl_course_print_pair (indent + 2, esim_words_carrier_key ("address"), address);
  esimctl_course_print_pair (indent + 2, esim_words_carrier_key ("message"),
                             esimctl_dict_string (channel, "message"));
}

/* Whose step it is, where the plan is not known. Returns: (transfer full): "" if it is everybody's */
static char *
dup_plans (GVariant *task)
{
  g_autoptr (GVariant) names = esimctl_dict_list (task, "plan-names", "aa{ss}");
  g_autoptr (GString) out = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (names); i++) {
    g_autoptr (GVariant) name = g_variant_get_child_value (names, i);
    g_autoptr (GVariant) one = g_variant_ref_sink (g_variant_new_parsed ("{'name': <%@a{ss}>}", name));
    g_autofree char *text = esimctl_dict_text (one, "name");

    g_string_append_printf (out, _ ("(%s) "), text);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
print_task (gboolean color, gsize number, GVariant *task)
{
  g_autoptr (GVariant) channels = esimctl_dict_list (task, "channels", "aa{sv}");
  g_autofree char *text = esimctl_dict_text (task, "text");
  gboolean done = strcmp (esimctl_dict_string (task, "state"), "done") == 0;
  g_autofree char *mark = g_strdup_printf ("%2" G_GSIZE_FORMAT ".", number);
  g_autofree char *plans = dup_plans (task);
  g_autofree char *line = g_strdup_printf (
      "%s%s%s", plans, *text != '\0' ? text : esimctl_dict_string (task, "id"), done ? _ (" (done)") : "");

  esimctl_text_marked (color, done ? ESIMCTL_STYLE_GOOD : ESIMCTL_STYLE_TITLE, mark, 4, line);
  esimctl_course_print_words (4, task, "bring", esim_words_carrier_key ("bring"));
  for (gsize i = 0; i < g_variant_n_children (channels); i++) {
    g_autoptr (GVariant) channel = g_variant_get_child_value (channels, i);

    print_channel (color, 4, channel);
  }
  esimctl_course_print_words (4, task, "returns", esim_words_carrier_key ("returns"));
}

void
esimctl_course_print_tasks (gboolean color, GVariant *description)
{
  g_autoptr (GVariant) tasks = esimctl_dict_list (description, "tasks", "aa{sv}");

  if (g_variant_n_children (tasks) == 0)
    return;
  g_print ("\n");
  esimctl_text_line (color, ESIMCTL_STYLE_TITLE, _ ("What to do at the carrier"));
  for (gsize i = 0; i < g_variant_n_children (tasks); i++) {
    g_autoptr (GVariant) task = g_variant_get_child_value (tasks, i);

    print_task (color, i + 1, task);
  }
}

void
esimctl_course_print_contact (gboolean color, GVariant *description)
{
  g_autoptr (GVariant) contact = esimctl_dict_list (description, "contact", "a{sv}");

  if (g_variant_n_children (contact) == 0)
    return;
  g_print ("\n");
  esimctl_text_line (color, ESIMCTL_STYLE_TITLE, _ ("Whom to ask"));
  print_numbers (2, contact);
}

void
esimctl_course_print_history (gboolean color, GVariant *description)
{
  g_autoptr (GVariant) history = esimctl_dict_list (description, "history", "aa{sv}");

  if (g_variant_n_children (history) == 0)
    return;
  g_print ("\n");
  esimctl_text_line (color, ESIMCTL_STYLE_TITLE, _ ("What has happened"));
  for (gsize i = 0; i < g_variant_n_children (history); i++) {
    g_autoptr (GVariant) entry = g_variant_get_child_value (history, i);
    g_autofree char *when = esimctl_text_time (esimctl_dict_time (entry, "time"));
    g_autofree char *words = esim_words_history (entry);

    esimctl_text_marked (color, ESIMCTL_STYLE_QUIET, when, strlen (when) + 2, words);
  }
}

void
esimctl_course_print_withdrawn (GVariant *description)
{
  if (esimctl_dict_time (description, "submitted") > 0)
    esimctl_text_paragraph (
        0, _ ("What you asked the carrier for stands there: tell the carrier if the contract is to "
              "go on."));
}

char *
esimctl_course_dup_day (gint64 seconds)
{
  g_autoptr (GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_local (seconds) : NULL;

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d") : g_strdup ("");
}

char *
esimctl_course_dup_until (GVariant *description)
{
  const char *stage = esimctl_dict_string (description, "stage");

  if (strcmp (stage, "awaiting-end") == 0)
    return g_strdup (esimctl_dict_string (description, "effective-date"));
  if (strcmp (stage, "in-review") != 0)
    return g_strdup ("");
  if (strcmp (esimctl_dict_string (description, "review"), "late") == 0)
    return g_strdup (_ ("late: ask"));
  return esimctl_course_dup_day (esimctl_dict_time (description, "expected-by"));
}

gboolean
esimctl_course_is_long (const char *stage)
{
  static const char *const stages[] = {"verifying-identity", "submitting", "submission-unknown",
                                       "in-review",          "confirmed",  "awaiting-end",
                                       "verifying-end",      NULL};

  return g_strv_contains (stages, stage);
}

gboolean
esimctl_course_is_by_server (GVariant *description)
{
  return strcmp (esimctl_dict_string (description, "method"), "ts43") == 0;
}

gboolean
esimctl_course_asks_to_disconnect (GVariant *description)
{
  g_autoptr (GVariant) question = esimctl_dict_list (description, "question", "a{sv}");

  return strcmp (esimctl_dict_string (question, "type"), "disconnect-consent") == 0;
}

const char *
esimctl_course_stays_connected (void)
{
  return _ ("The profile is this machine's only way to the network. It waits until there is another one, or "
            "until you let this one be cut.");
}

gboolean
esimctl_course_has_card (GVariant *description)
{
  g_autoptr (GVariant) steps = esimctl_dict_list (description, "steps", "aa{sv}");

  for (gsize i = 0; i < g_variant_n_children (steps); i++) {
    g_autoptr (GVariant) step = g_variant_get_child_value (steps, i);

    if (strcmp (esimctl_dict_string (step, "step"), "delete") == 0)
      return TRUE;
  }
  return g_variant_n_children (steps) == 0;
}

/* "Call 1175, which answers Monday to Friday …"; "" if no number is known. */
static char *
whom_to_call (GVariant *description)
{
  g_autoptr (GVariant) contact = esimctl_dict_list (description, "contact", "a{sv}");
  g_autoptr (GVariant) numbers = esimctl_dict_list (contact, "numbers", "as");
  g_autoptr (GVariant) abroad = esimctl_dict_list (contact, "numbers-from-abroad", "as");
  g_autofree char *here = esimctl_dict_join (numbers, NULL);
  g_autofree char *there = esimctl_dict_join (abroad, NULL);
  g_autofree char *when = when_open (contact);
  g_autoptr (GString) out = g_string_new (NULL);

  if (*here == '\0' && *there == '\0')
    return g_strdup ("");
  if (*here == '\0')
    g_string_append_printf (out, _ ("Call %s."), there);
  else if (*when == '\0')
    g_string_append_printf (out, _ ("Call %s."), here);
  else
    g_string_append_printf (out, _ ("Call %s, which answers %s."), here, when);
  if (*here != '\0' && *there != '\0')
    g_string_append_printf (out, _ (" From abroad: %s."), there);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
in_review (GVariant *description)
{
  g_autofree char *day = esimctl_course_dup_day (esimctl_dict_time (description, "expected-by"));
  g_autofree char *next = esimctl_course_dup_day (esimctl_dict_time (description, "next-check"));
  g_autofree char *call = whom_to_call (description);
  g_autoptr (GString) out = g_string_new (NULL);

  if (strcmp (esimctl_dict_string (description, "review"), "late") == 0) {
    g_string_append (out, _ ("The carrier has not answered in time: the outcome is unknown."));
    g_string_append_printf (out, "%s%s", *call != '\0' ? " " : "", call);
    return g_string_free (g_steal_pointer (&out), FALSE);
  }
  if (*day != '\0')
    g_string_append_printf (out, _ ("The carrier's answer is waited for; it is expected by %s."), day);
  else
    g_string_append (out, _ ("The carrier's answer is waited for; when it comes is not known."));
  if (*next != '\0')
    g_string_append_printf (out,
                            esimctl_course_is_by_server (description)
                                ? _ (" Its server is asked again on %s.")
                                : _ (" You are asked again on %s."),
                            next);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
until_the_end (GVariant *description)
{
  const char *date = esimctl_dict_string (description, "effective-date");
  g_autofree char *from = esimctl_text_time (esimctl_dict_time (description, "effective-at"));

  if (!esimctl_course_has_card (description))
    return g_strdup_printf (_ ("The contract ends on %s."), date);
  if (*from == '\0')
    return g_strdup (_ ("The end of the contract is waited for. Until then the profile stays usable."));
  return g_strdup_printf (_ ("The contract ends on %s. Until then the profile stays usable; from %s on it is "
                             "removed by itself."),
                          date, from);
}

/* Returns: (nullable): what is waited for before the carrier's server has the request, or after it ended it.
 */
static const char *
waits_for_server (GVariant *description, const char *stage)
{
  g_autoptr (GVariant) question = esimctl_dict_list (description, "question", "a{sv}");

  if (strcmp (stage, "verifying-end") == 0)
    return _ ("The profile is deleted. The carrier's server is asked whether the line has ended since.");
  if (strcmp (stage, "submission-unknown") == 0)
    return _ ("Whether the carrier has the request is not known. Its server is asked how the line stands; "
              "nothing is asked for again by itself.");
  if (strcmp (stage, "verifying-identity") != 0 && strcmp (stage, "submitting") != 0)
    return NULL;
  return g_variant_n_children (question) > 0
             ? _ ("It waits for your answer to the carrier.")
             : _ ("The carrier's server is to be asked; it is tried again by itself.");
}

char *
esimctl_course_dup_waiting (GVariant *description)
{
  const char *stage = esimctl_dict_string (description, "stage");
  g_autofree char *call = NULL;

  if (esimctl_course_asks_to_disconnect (description))
    return g_strdup (esimctl_course_stays_connected ());
  if (esimctl_course_is_by_server (description) && waits_for_server (description, stage) != NULL)
    return g_strdup (waits_for_server (description, stage));
  if (strcmp (stage, "verifying-identity") == 0)
    return g_strdup (_ ("It waits until you have logged in on the carrier's page."));
  if (strcmp (stage, "submitting") == 0)
    return g_strdup (
        _ ("It waits until you have asked the carrier to end the contract, and have told what came "
           "of it."));
  if (strcmp (stage, "submission-unknown") == 0) {
    call = whom_to_call (description);
    return g_strconcat (
        _ ("Whether the carrier has the request is not known. Ask there before you ask for the end "
           "again."),
        *call != '\0' ? " " : "", call, NULL);
  }
  if (strcmp (stage, "in-review") == 0)
    return in_review (description);
  if (strcmp (stage, "confirmed") == 0)
    return g_strdup (
        _ ("The carrier has confirmed the end. The profile cannot be removed yet: its operator still "
           "forbids it, or the card is away. It is looked at again by itself."));
  return strcmp (stage, "awaiting-end") == 0 ? until_the_end (description) : g_strdup ("");
}
