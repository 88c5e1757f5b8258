/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-view.h"

#include <glib/gi18n.h>

#include "esimctl-course.h"
#include "esimctl-dict.h"

static GVariant *
value_to_variant (const GValue *value)
{
  if (G_VALUE_HOLDS_STRING (value))
    return g_variant_new_string (g_value_get_string (value) ?: "");
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_variant_new_boolean (g_value_get_boolean (value));
  if (G_VALUE_HOLDS_UINT (value))
    return g_variant_new_uint32 (g_value_get_uint (value));
  if (G_VALUE_HOLDS_UINT64 (value))
    return g_variant_new_uint64 (g_value_get_uint64 (value));
  if (G_VALUE_HOLDS_DOUBLE (value))
    return g_variant_new_double (g_value_get_double (value));
  if (G_VALUE_HOLDS_VARIANT (value))
    return g_value_get_variant (value) != NULL ? g_value_get_variant (value)
                                               : g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0);
  return g_variant_new_strv (g_value_get_boxed (value), g_value_get_boxed (value) != NULL ? -1 : 0);
}

GVariant *
esimctl_view_object (EsimObject *object)
{
  guint n_specs = 0;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n_specs);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "number", g_variant_new_uint64 (esim_object_get_number (object)));
  g_variant_builder_add (&builder, "{sv}", "path", g_variant_new_string (esim_object_get_path (object)));
  for (guint i = 0; i < n_specs; i++) {
    g_auto (GValue) value = G_VALUE_INIT;
    const char *name = specs[i]->name;

    g_object_get_property (G_OBJECT (object), name, &value);
    g_variant_builder_add (&builder, "{sv}", g_str_equal (name, "profile-class") ? "class" : name,
                           value_to_variant (&value));
  }
  return g_variant_builder_end (&builder);
}

EsimctlTable *
esimctl_view_pairs (void)
{
  const char *const columns[] = {"", "", NULL};

  return esimctl_table_new (columns, FALSE);
}

void
esimctl_view_pair (EsimctlTable *table, const char *label, EsimctlStyle style, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  esimctl_table_add (table, ESIMCTL_STYLE_QUIET, label);
  esimctl_table_add (table, style, value);
}

void
esimctl_view_findings (gboolean color, GVariant *findings)
{
  static const char *const severities[] = {"ok", "warning", "blocker"};
  guint indent = 0;

  for (guint i = 0; i < G_N_ELEMENTS (severities); i++)
    indent = MAX (indent, esim_text_columns (esim_words_severity (severities[i])) + 2);
  for (gsize i = 0; i < g_variant_n_children (findings); i++) {
    g_autoptr (GVariant) finding = g_variant_get_child_value (findings, i);
    const char *severity = "ok";
    g_autofree char *words = esim_words_finding (finding);

    g_variant_lookup (finding, "severity", "&s", &severity);
    esimctl_text_marked (color, esimctl_text_state_style (severity), esim_words_severity (severity), indent,
                         words);
  }
  if (g_variant_n_children (findings) > 0)
    g_print ("\n");
}

static void
view_steps (gboolean color, GVariant *description)
{
  g_autoptr (GVariant) steps = g_variant_lookup_value (description, "steps", G_VARIANT_TYPE ("aa{sv}"));
  const char *const titles[] = {_ ("Step"), _ ("State"), _ ("Time"), NULL};
  g_autoptr (EsimctlTable) table = esimctl_table_new (titles, TRUE);

  if (steps == NULL || g_variant_n_children (steps) == 0)
    return;
  for (gsize i = 0; i < g_variant_n_children (steps); i++) {
    g_autoptr (GVariant) step = g_variant_get_child_value (steps, i);
    const char *name = "", *state = "";
    gint64 time = 0;
    g_autofree char *when = NULL;

    g_variant_lookup (step, "step", "&s", &name);
    g_variant_lookup (step, "state", "&s", &state);
    g_variant_lookup (step, "time", "x", &time);
    when = esimctl_text_time (time);
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_words_step (name));
    esimctl_table_add (table, esimctl_text_state_style (state), esim_words_step_state (state));
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, when);
  }
  g_print ("\n");
  esimctl_table_print (table, color);
}

void
esimctl_view_notifications (gboolean color, GVariant *notifications)
{
  const char *const titles[] = {_ ("Number"), _ ("Event"), _ ("ICCID"),    _ ("Server"),
                                _ ("State"),  _ ("Tries"), _ ("Next try"), NULL};
  g_autoptr (EsimctlTable) table = esimctl_table_new (titles, TRUE);

  for (gsize i = 0; i < g_variant_n_children (notifications); i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (notifications, i);
    const char *event = "", *iccid = "", *address = "", *state = "";
    guint64 sequence = 0;
    guint attempts = 0;
    gint64 next = 0;
    g_autofree char *number = NULL;
    g_autofree char *tries = NULL;
    g_autofree char *when = NULL;

    g_variant_lookup (one, "sequence", "t", &sequence);
    g_variant_lookup (one, "event", "&s", &event);
    g_variant_lookup (one, "iccid", "&s", &iccid);
    g_variant_lookup (one, "address", "&s", &address);
    g_variant_lookup (one, "state", "&s", &state);
    g_variant_lookup (one, "attempts", "u", &attempts);
    g_variant_lookup (one, "next-attempt", "x", &next);
    number = g_strdup_printf ("%" G_GUINT64_FORMAT, sequence);
    tries = g_strdup_printf ("%u", attempts);
    when = esimctl_text_time (next);
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, number);
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_words_event (event));
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, iccid);
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, address);
    esimctl_table_add (table, esimctl_text_state_style (state), esim_words_notification_state (state));
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, tries);
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, when);
  }
  esimctl_table_print (table, color);
}

static void
view_errors_of_notifications (gboolean color, GVariant *notifications)
{
  for (gsize i = 0; i < g_variant_n_children (notifications); i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (notifications, i);
    const char *address = "", *name = "", *error = "";
    g_autofree char *line = NULL;

    g_variant_lookup (one, "address", "&s", &address);
    g_variant_lookup (one, "error-name", "&s", &name);
    g_variant_lookup (one, "error", "&s", &error);
    if (*name == '\0')
      continue;
    line = g_strdup_printf ("%s: %s (%s)", address, esim_words_error (name), error);
    esimctl_text_line (color, ESIMCTL_STYLE_CAUTION, line);
  }
}

static void
add_text (EsimctlTable *table, GVariant *description, const char *key, const char *label)
{
  const char *value = "";

  g_variant_lookup (description, key, "&s", &value);
  esimctl_view_pair (table, label, ESIMCTL_STYLE_PLAIN, value);
}

static void
add_time (EsimctlTable *table, GVariant *description, const char *key, const char *label)
{
  gint64 time = 0;
  g_autofree char *when = NULL;

  g_variant_lookup (description, key, "x", &time);
  when = esimctl_text_time (time);
  esimctl_view_pair (table, label, ESIMCTL_STYLE_PLAIN, when);
}

static void
view_error (gboolean color, GVariant *description)
{
  const char *name = "", *error = "", *advice = "";

  g_variant_lookup (description, "error-name", "&s", &name);
  g_variant_lookup (description, "error", "&s", &error);
  g_variant_lookup (description, "advice", "&s", &advice);
  if (*name == '\0')
    return;
  g_print ("\n");
  esimctl_text_line (color, ESIMCTL_STYLE_BAD, esim_words_error (name));
  esimctl_text_paragraph (2, error);
  esimctl_text_paragraph (2, advice);
}

static void
view_waiting (gboolean color, GVariant *description)
{
  g_autofree char *waiting = esimctl_course_dup_waiting (description);
  g_autoptr (GVariant) question = esimctl_dict_list (description, "question", "a{sv}");
  g_autofree char *asked = g_variant_n_children (question) > 0 ? esim_words_question (question) : NULL;

  if (*waiting != '\0') {
    g_print ("\n");
    esimctl_text_paragraph (0, waiting);
  }
  if (asked != NULL && esimctl_dict_flag (question, "due")) {
    g_print ("\n");
    esimctl_text_line (color, ESIMCTL_STYLE_CAUTION,
                       _ ("It asks something; answer with esimctl deregister:"));
    esimctl_text_paragraph (2, asked);
  }
}

void
esimctl_view_deregistration (gboolean color, GVariant *description)
{
  g_autoptr (EsimctlTable) table = esimctl_view_pairs ();
  g_autoptr (GVariant) findings = g_variant_lookup_value (description, "findings", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GVariant) notifications =
      g_variant_lookup_value (description, "notifications", G_VARIANT_TYPE ("aa{sv}"));
  const char *stage = "", *reason = "";
  gboolean acknowledged = FALSE;

  g_variant_lookup (description, "stage", "&s", &stage);
  g_variant_lookup (description, "reason", "&s", &reason);
  g_variant_lookup (description, "acknowledged", "b", &acknowledged);
  add_text (table, description, "id", _ ("Id"));
  esimctl_view_pair (table, _ ("Stage"), esimctl_text_state_style (stage), esim_words_stage (stage));
  add_text (table, description, "profile-name", _ ("Profile"));
  add_text (table, description, "service-provider", _ ("Operator"));
  add_text (table, description, "iccid", _ ("ICCID"));
  add_text (table, description, "eid", _ ("EID"));
  esimctl_view_pair (table, _ ("Method"), ESIMCTL_STYLE_PLAIN,
                     esim_words_carrier_value (esimctl_dict_string (description, "method")));
  esimctl_view_pair (table, _ ("Reason"), ESIMCTL_STYLE_PLAIN, esim_words_reason (reason));
  add_time (table, description, "requested", _ ("Requested"));
  esimctl_course_add_facts (table, description);
  add_time (table, description, "completed", _ ("Completed"));
  esimctl_view_pair (table, _ ("Acknowledged"), acknowledged ? ESIMCTL_STYLE_GOOD : ESIMCTL_STYLE_PLAIN,
                     acknowledged ? _ ("yes") : _ ("no"));
  add_text (table, description, "file", _ ("File"));
  esimctl_table_print (table, color);
  view_waiting (color, description);
  view_steps (color, description);
  esimctl_course_print_tasks (color, description);
  esimctl_course_print_contact (color, description);
  esimctl_course_print_history (color, description);
  g_print ("\n");
  if (findings != NULL)
    esimctl_view_findings (color, findings);
  if (notifications != NULL && g_variant_n_children (notifications) > 0) {
    esimctl_view_notifications (color, notifications);
    view_errors_of_notifications (color, notifications);
  }
  view_error (color, description);
}
