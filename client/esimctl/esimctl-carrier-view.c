/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-carrier-view.h"

#include <glib/gi18n.h>
#include <string.h>

#include <esim.h>

#include "esimctl-dict.h"
#include "esimctl-table.h"
#include "esimctl-view.h"

#define INDENT 2

/* Keys whose values are no codes: what is dialled, opened, or named. */
static const char *const plain_keys[] = {"url",
                                         "hosts",
                                         "numbers",
                                         "numbers-from-abroad",
                                         "hours",
                                         "message",
                                         "code",
                                         "path",
                                         "time-zone",
                                         "channel",
                                         "fee",
                                         "retention-fee",
                                         "top-up",
                                         "cut-off",
                                         "waits-between",
                                         "login-url",
                                         "recovery-url",
                                         "form-url",
                                         "status-url",
                                         "stop-url",
                                         NULL};
static const char *const period_keys[] = {
    "length",         "then-length", "window",          "after", "ends-after",
    "warning-before", "objection",   "retention-until", "holds", NULL};

static char *
value_words (const char *key, GVariant *value)
{
  gboolean is_plain = g_strv_contains (plain_keys, key);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a{ss}")))
    return esim_words_carrier_text (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? _ ("yes") : _ ("no"));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_strdup_printf ("%u", g_variant_get_uint32 (value));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return esimctl_dict_join (value, is_plain ? NULL : esim_words_carrier_value);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_print (value, FALSE);
  if (g_strv_contains (period_keys, key))
    return esim_words_carrier_period (g_variant_get_string (value, NULL));
  return g_strdup (is_plain ? g_variant_get_string (value, NULL)
                            : esim_words_carrier_value (g_variant_get_string (value, NULL)));
}

static void
print_pair (guint indent, const char *label, const char *value)
{
  g_autofree char *line = g_strdup_printf (_ ("%s: %s"), label, value);

  esimctl_text_paragraph (indent, line);
}

/* The text first, then the keys. */
static void
print_values (GVariant *values)
{
  g_autofree char *text = esimctl_dict_text (values, "text");
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (*text != '\0')
    esimctl_text_paragraph (INDENT, text);
  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
    g_autoptr (GVariant) owned = value;
    g_autofree char *words = value_words (key, value);

    if (strcmp (key, "text") != 0)
      print_pair (INDENT, esim_words_carrier_key (key), words);
  }
}

static void
print_source (gboolean color, GVariant *source)
{
  const char *sure = esimctl_dict_string (source, "sure"), *url = esimctl_dict_string (source, "url");
  gboolean stored = FALSE, old = FALSE;
  g_autoptr (GString) line = g_string_new (NULL);

  (void) g_variant_lookup (source, "stored-copy", "b", &stored);
  (void) g_variant_lookup (source, "old", "b", &old);
  g_string_append_printf (line, _ ("Source (%s, %s): %s"), sure, esim_words_carrier_sure (sure),
                          esimctl_dict_string (source, "title"));
  if (*url != '\0')
    g_string_append_printf (line, " <%s>", url);
  g_string_append_printf (line, _ (", looked at on %s"), esimctl_dict_string (source, "checked"));
  if (stored)
    g_string_append (line, _ (" in a stored copy"));
  esimctl_text_paragraph (INDENT, line->str);
  if (old)
    esimctl_text_marked (color, ESIMCTL_STYLE_CAUTION, "  !", 2 * INDENT,
                         _ ("That is more than a year ago: ask the carrier whether it still holds."));
}

/* @titles: the plans' names by their ids */
static char *
plan_names (GVariant *ids, GHashTable *titles)
{
  g_autofree const char **items = g_variant_get_strv (ids, NULL);

  for (guint i = 0; items[i] != NULL; i++) {
    const char *title = g_hash_table_lookup (titles, items[i]);

    items[i] = title != NULL ? title : items[i];
  }
  return g_strjoinv (_ (", "), (char **) items);
}

static void
print_fact (gboolean color, GVariant *fact, GHashTable *titles)
{
  g_autoptr (GVariant) plans = esimctl_dict_list (fact, "plans", "as");
  g_autoptr (GVariant) values = esimctl_dict_list (fact, "values", "a{sv}");
  g_autoptr (GVariant) unknown = esimctl_dict_list (fact, "unknown", "as");
  g_autoptr (GVariant) sources = esimctl_dict_list (fact, "sources", "aa{sv}");
  g_autofree char *names = plan_names (plans, titles);
  g_autoptr (GString) title = g_string_new (esim_words_carrier_topic (esimctl_dict_string (fact, "topic")));

  if (*esimctl_dict_string (fact, "id") != '\0')
    g_string_append_printf (title, " (%s)", esimctl_dict_string (fact, "id"));
  if (*names != '\0')
    g_string_append_printf (title, " – %s", names);
  g_print ("\n");
  esimctl_text_line (color, ESIMCTL_STYLE_TITLE, title->str);
  if (*esimctl_dict_string (fact, "conflict") != '\0')
    esimctl_text_marked (color, ESIMCTL_STYLE_CAUTION, "  !", 2 * INDENT,
                         _ ("The sources contradict one another here. This is what one of them says:"));
  print_values (values);
  for (gsize i = 0; i < g_variant_n_children (unknown); i++) {
    const char *key;

    g_variant_get_child (unknown, i, "&s", &key);
    print_pair (INDENT, esim_words_carrier_key (key), _ ("not known"));
  }
  for (gsize i = 0; i < g_variant_n_children (sources); i++) {
    g_autoptr (GVariant) source = g_variant_get_child_value (sources, i);

    print_source (color, source);
  }
}

static char *
plan_title (GVariant *plan)
{
  g_autofree char *name = esimctl_dict_text (plan, "name");

  return g_strdup (*name != '\0' ? name : esim_words_carrier_value (esimctl_dict_string (plan, "kind")));
}

static void
print_unknown (gboolean color, GVariant *plans)
{
  g_print ("\n");
  esimctl_text_line (color, ESIMCTL_STYLE_TITLE, _ ("Not known"));
  for (gsize i = 0; i < g_variant_n_children (plans); i++) {
    g_autoptr (GVariant) plan = g_variant_get_child_value (plans, i);
    g_autoptr (GVariant) topics = esimctl_dict_list (plan, "unknown", "as");
    g_autofree char *words = esimctl_dict_join (topics, esim_words_carrier_topic);
    g_autofree char *title = plan_title (plan);

    print_pair (INDENT, title, *words != '\0' ? words : _ ("nothing is missing"));
  }
}

static void
print_head (gboolean color, GVariant *carrier, GVariant *plans)
{
  g_autoptr (EsimctlTable) table = esimctl_view_pairs ();
  g_autofree char *name = esimctl_dict_text (carrier, "name");

  esimctl_view_pair (table, _ ("Name"), ESIMCTL_STYLE_TITLE, name);
  esimctl_view_pair (table, _ ("Id"), ESIMCTL_STYLE_PLAIN, esimctl_dict_string (carrier, "id"));
  esimctl_view_pair (table, _ ("Kind"), ESIMCTL_STYLE_PLAIN,
                     esim_words_carrier_value (esimctl_dict_string (carrier, "kind")));
  esimctl_view_pair (
      table, _ ("Country"), ESIMCTL_STYLE_PLAIN,
      *esimctl_dict_string (carrier, "country") != '\0' ? esimctl_dict_string (carrier, "country") : "–");
  for (gsize i = 0; i < g_variant_n_children (plans); i++) {
    g_autoptr (GVariant) plan = g_variant_get_child_value (plans, i);
    g_autofree char *title = plan_title (plan);
    g_autofree char *cell = g_strdup_printf ("%s (%s)", title, esimctl_dict_string (plan, "id"));

    esimctl_view_pair (table, i == 0 ? _ ("Plans") : "", ESIMCTL_STYLE_PLAIN, cell);
  }
  esimctl_table_print (table, color);
}

void
esimctl_carrier_view (gboolean color, GVariant *carrier)
{
  g_autoptr (GVariant) plans = esimctl_dict_list (carrier, "plans", "aa{sv}");
  g_autoptr (GVariant) facts = esimctl_dict_list (carrier, "facts", "aa{sv}");
  g_autoptr (GHashTable) titles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (gsize i = 0; i < g_variant_n_children (plans); i++) {
    g_autoptr (GVariant) plan = g_variant_get_child_value (plans, i);

    g_hash_table_insert (titles, g_strdup (esimctl_dict_string (plan, "id")), plan_title (plan));
  }
  print_head (color, carrier, plans);
  for (gsize i = 0; i < g_variant_n_children (facts); i++) {
    g_autoptr (GVariant) fact = g_variant_get_child_value (facts, i);

    print_fact (color, fact, titles);
  }
  print_unknown (color, plans);
}

void
esimctl_carrier_view_list (gboolean color, GVariant *carriers)
{
  const char *const titles[] = {_ ("Id"),    _ ("Name"),      _ ("Country"), _ ("Kind"),
                                _ ("Plans"), _ ("Looked at"), NULL};
  g_autoptr (EsimctlTable) table = esimctl_table_new (titles, TRUE);

  for (gsize i = 0; i < g_variant_n_children (carriers); i++) {
    g_autoptr (GVariant) carrier = g_variant_get_child_value (carriers, i);
    g_autoptr (GVariant) kinds = esimctl_dict_list (carrier, "plans", "as");
    g_autofree char *plans = esimctl_dict_join (kinds, esim_words_carrier_value);
    g_autofree char *name = esimctl_dict_text (carrier, "name");

    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esimctl_dict_string (carrier, "id"));
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, name);
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esimctl_dict_string (carrier, "country"));
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN,
                       esim_words_carrier_value (esimctl_dict_string (carrier, "kind")));
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, plans);
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esimctl_dict_string (carrier, "checked"));
  }
  esimctl_table_print (table, color);
}

static const char *
told_by (const char *by)
{
  static const struct {
    const char *code;
    const char *words;
  } words[] = {
      {"owner", N_ ("told by the owner that the profile names")},
      {"iccid", N_ ("told by the beginning of the ICCID")},
      {"service-provider", N_ ("told by the provider's name")},
      {"smdp-address", N_ ("told by the server that the profile came from")},
      {"network", N_ ("told by MCC and MNC alone")},
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].code, by) == 0)
      return _ (words[i].words);
  return by;
}

void
esimctl_carrier_view_match (gboolean color, GVariant *result)
{
  g_autoptr (GVariant) candidates = esimctl_dict_list (result, "candidates", "aa{sv}");
  gboolean found = strcmp (esimctl_dict_string (result, "verdict"), "found") == 0;

  if (g_variant_n_children (candidates) == 0) {
    g_print ("%s\n", _ ("No carrier of the directory is known by this. How its contracts end is not known."));
    return;
  }
  if (!found)
    esimctl_text_paragraph (0, _ ("It may be one of these, or none of them. What is known of the profile "
                                  "does not tell:"));
  for (gsize i = 0; i < g_variant_n_children (candidates); i++) {
    g_autoptr (GVariant) carrier = g_variant_get_child_value (candidates, i);
    g_autofree char *name = esimctl_dict_text (carrier, "name");
    g_autofree char *line = NULL;

    line = found ? g_strdup_printf (_ ("%s (%s), %s"), name, esimctl_dict_string (carrier, "id"),
                                    told_by (esimctl_dict_string (result, "by")))
                 : g_strdup_printf ("  %s (%s)", name, esimctl_dict_string (carrier, "id"));
    esimctl_text_line (color, found ? ESIMCTL_STYLE_GOOD : ESIMCTL_STYLE_CAUTION, line);
  }
}

void
esimctl_carrier_view_problems (gboolean color, const char *path, GVariant *problems)
{
  for (gsize i = 0; i < g_variant_n_children (problems); i++) {
    g_autoptr (GVariant) problem = g_variant_get_child_value (problems, i);
    guint32 line = 0;
    g_autoptr (GString) text = g_string_new (path);

    (void) g_variant_lookup (problem, "line", "u", &line);
    if (line > 0)
      g_string_append_printf (text, ":%u", line);
    if (*esimctl_dict_string (problem, "group") != '\0')
      g_string_append_printf (text, ": [%s]", esimctl_dict_string (problem, "group"));
    if (*esimctl_dict_string (problem, "key") != '\0')
      g_string_append_printf (text, " %s", esimctl_dict_string (problem, "key"));
    g_string_append_printf (text, ": %s", esimctl_dict_string (problem, "message"));
    esimctl_text_line (color, ESIMCTL_STYLE_BAD, text->str);
  }
}
