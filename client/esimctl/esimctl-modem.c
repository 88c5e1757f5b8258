/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-modem.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "esimctl-dict.h"
#include "esimctl-select.h"
#include "esimctl-table.h"
#include "esimctl-text.h"

static guint
number_of (GVariant *slot)
{
  guint number = 0;

  (void) g_variant_lookup (slot, "slot", "u", &number);
  return number;
}

static const char *
path_of (GVariant *slot)
{
  const char *path = "/";

  (void) g_variant_lookup (slot, "euicc", "&o", &path);
  return path;
}

/* Returns: (transfer none) (nullable) */
static EsimEuicc *
euicc_of (EsimctlContext *context, GVariant *slot)
{
  EsimObject *object = esim_client_get_object (context->client, path_of (slot));

  return ESIM_IS_EUICC (object) ? ESIM_EUICC (object) : NULL;
}

static gboolean
has_euicc (GVariant *modem, EsimEuicc *euicc)
{
  g_autoptr (GVariant) slots = esimctl_dict_list (modem, "slots", "aa{sv}");

  if (g_variant_n_children (slots) == 0)
    return strcmp (esim_euicc_get_modem (euicc), esimctl_dict_string (modem, "modem")) == 0;
  for (gsize i = 0; i < g_variant_n_children (slots); i++) {
    g_autoptr (GVariant) slot = g_variant_get_child_value (slots, i);

    if (strcmp (path_of (slot), esim_object_get_path (ESIM_OBJECT (euicc))) == 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
esimctl_modem_have (GVariant *modems, EsimEuicc *euicc)
{
  for (gsize i = 0; modems != NULL && i < g_variant_n_children (modems); i++) {
    g_autoptr (GVariant) modem = g_variant_get_child_value (modems, i);

    if (has_euicc (modem, euicc))
      return TRUE;
  }
  return FALSE;
}

static GVariant *
with_euicc (GVariant *modems, EsimEuicc *euicc)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (modems); i++) {
    g_autoptr (GVariant) modem = g_variant_get_child_value (modems, i);

    if (has_euicc (modem, euicc))
      g_variant_builder_add_value (&builder, modem);
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

GVariant *
esimctl_modem_list (EsimctlContext *context, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) modems = NULL;
  EsimEuicc *euicc;

  if (!g_strv_contains (esim_client_get_capabilities (context->client), "slots"))
    return NULL;
  euicc = esimctl_select_euicc (context, &local);
  if (local == NULL)
    modems = esim_client_list_modems_sync (context->client, NULL, &local);
  if (modems != NULL)
    return euicc != NULL ? with_euicc (modems, euicc) : g_steal_pointer (&modems);
  if (!g_error_matches (local, ESIM_ERROR, ESIM_ERROR_NOT_AUTHORIZED))
    g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

char *
esimctl_modem_title (GVariant *modem)
{
  const char *name = esimctl_dict_string (modem, "name");

  return esim_text_clean (*name != '\0' ? name : esimctl_dict_string (modem, "modem"));
}

static gboolean
is_called (GVariant *modem, const char *name)
{
  g_autofree char *model = g_utf8_casefold (esimctl_dict_string (modem, "name"), -1);
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *folded = g_utf8_casefold (valid, -1);

  return *name != '\0' &&
         (strcmp (name, esimctl_dict_string (modem, "modem")) == 0 ||
          strcmp (name, esimctl_dict_string (modem, "device")) == 0 || strcmp (folded, model) == 0);
}

GVariant *
esimctl_modem_find_slot (GVariant *modem, guint number)
{
  g_autoptr (GVariant) slots = esimctl_dict_list (modem, "slots", "aa{sv}");

  for (gsize i = 0; i < g_variant_n_children (slots); i++) {
    g_autoptr (GVariant) slot = g_variant_get_child_value (slots, i);

    if (number_of (slot) == number)
      return g_steal_pointer (&slot);
  }
  return NULL;
}

static gboolean
is_meant (GVariant *modem, const char *name, guint number)
{
  g_autoptr (GVariant) slot = name == NULL ? esimctl_modem_find_slot (modem, number) : NULL;

  return name != NULL ? is_called (modem, name) : slot != NULL;
}

static void
set_ambiguous (GVariant *modems, const char *name, guint number, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (modems); i++) {
    g_autoptr (GVariant) modem = g_variant_get_child_value (modems, i);
    g_autofree char *stable = esim_text_clean (esimctl_dict_string (modem, "modem"));

    if (is_meant (modem, name, number))
      g_string_append_printf (list, "\n  %s", stable);
  }
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
               _ ("There is more than one such modem. Say which one with --modem:%s"), list->str);
}

GVariant *
esimctl_modem_select (GVariant *modems, const char *name, guint number, GError **error)
{
  g_autoptr (GVariant) found = NULL;

  for (gsize i = 0; i < g_variant_n_children (modems); i++) {
    g_autoptr (GVariant) modem = g_variant_get_child_value (modems, i);

    if (!is_meant (modem, name, number))
      continue;
    if (found != NULL) {
      set_ambiguous (modems, name, number, error);
      return NULL;
    }
    found = g_steal_pointer (&modem);
  }
  if (found == NULL && name != NULL)
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
                 _ ("There is no modem “%s”. See: esimctl status"), name);
  else if (found == NULL)
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
                 _ ("There is no modem with a slot %u. See: esimctl slot"), number);
  return g_steal_pointer (&found);
}

/* Pair: a line of what is known of a modem. */
typedef struct {
  const char *label;
  char *value;
  EsimctlStyle style;
} Pair;

static void
clear_pair (gpointer pair)
{
  g_free (((Pair *) pair)->value);
}

/* @value: (transfer full) */
static void
add (GArray *pairs, EsimctlStyle style, const char *label, char *value)
{
  Pair pair = {label, value, style};

  if (*value == '\0')
    g_free (value);
  else
    g_array_append_val (pairs, pair);
}

/* What is long, a path or what is wrong, goes on in the column where it began. */
static void
print_pairs (gboolean color, GArray *pairs)
{
  guint indent = 0;

  for (guint i = 0; i < pairs->len; i++)
    indent = MAX (indent, esim_text_columns (g_array_index (pairs, Pair, i).label) + 2);
  for (guint i = 0; i < pairs->len; i++) {
    const Pair *pair = &g_array_index (pairs, Pair, i);

    esimctl_text_marked (color, pair->style, pair->label, indent, pair->value);
  }
}

/* Its ports say it also while no card in it has been reached. */
static gboolean
is_reader (GVariant *modem)
{
  g_autoptr (GVariant) ports = esimctl_dict_list (modem, "ports", "as");
  g_autofree const char **names = g_variant_get_strv (ports, NULL);

  return strcmp (esimctl_dict_string (modem, "transport"), "pcsc") == 0 ||
         (names[0] != NULL && g_str_has_prefix (names[0], "pcsc "));
}

static char *
way_to (GVariant *modem)
{
  const char *transport = esimctl_dict_string (modem, "transport");
  const char *device = esimctl_dict_string (modem, "device");

  if (*transport == '\0')
    return g_strdup (_ ("none"));
  return *device != '\0' ? g_strdup_printf ("%s (%s)", esim_words_transport (transport), device)
                         : g_strdup (esim_words_transport (transport));
}

/* The ports, unless there is but the one that is in use. */
static char *
ports_of (GVariant *modem)
{
  g_autoptr (GVariant) ports = esimctl_dict_list (modem, "ports", "as");

  if (g_variant_n_children (ports) < 2 && *esimctl_dict_string (modem, "device") != '\0')
    return g_strdup ("");
  return esimctl_dict_join (ports, NULL);
}

/* Nothing is said of it where it is not looked for: a reader, or a service that was built without. */
static char *
what_modem_manager_says (EsimctlContext *context, GVariant *modem)
{
  const char *state = esimctl_dict_string (modem, "modem-manager-state");

  if (!g_strv_contains (esim_client_get_capabilities (context->client), "modem-manager") || is_reader (modem))
    return g_strdup ("");
  if (!esimctl_dict_flag (modem, "modem-manager"))
    return g_strdup (_ ("does not know it"));
  return *state != '\0' ? esim_words_modem_state (state) : g_strdup (_ ("knows it"));
}

static void
print_facts (EsimctlContext *context, GVariant *modem, gboolean whole)
{
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (Pair));
  const char *stable = esimctl_dict_string (modem, "modem");

  g_array_set_clear_func (pairs, clear_pair);
  add (pairs, ESIMCTL_STYLE_TITLE, is_reader (modem) ? _ ("Reader") : _ ("Modem"),
       esimctl_modem_title (modem));
  if (strcmp (esimctl_dict_string (modem, "name"), "") != 0)
    add (pairs, ESIMCTL_STYLE_QUIET, _ ("Name"), g_strdup (stable));
  if (whole) {
    add (pairs, ESIMCTL_STYLE_QUIET, _ ("Way"), way_to (modem));
    add (pairs, ESIMCTL_STYLE_QUIET, _ ("Ports"), ports_of (modem));
    add (pairs, ESIMCTL_STYLE_QUIET, "ModemManager", what_modem_manager_says (context, modem));
  }
  add (pairs, ESIMCTL_STYLE_BAD, _ ("Problem"), g_strdup (esimctl_dict_string (modem, "problem")));
  print_pairs (context->color, pairs);
}

static void
add_row (EsimctlTable *table, EsimctlContext *context, GVariant *slot)
{
  EsimEuicc *euicc = euicc_of (context, slot);
  gboolean active = esimctl_dict_flag (slot, "active");
  const char *content = esim_words_slot_content (esimctl_dict_string (slot, "content"));
  const char *state = euicc != NULL ? esim_euicc_get_state (euicc) : "";
  g_autofree char *number = g_strdup_printf ("%u", number_of (slot));
  g_autofree char *object =
      euicc != NULL ? g_strdup_printf ("%" G_GUINT64_FORMAT, esim_object_get_number (ESIM_OBJECT (euicc)))
                    : g_strdup ("");

  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, number);
  esimctl_table_add (table, active ? ESIMCTL_STYLE_GOOD : ESIMCTL_STYLE_PLAIN, active ? _ ("yes") : _ ("no"));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, content);
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esimctl_dict_string (slot, "eid"));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, object);
  esimctl_table_add (table, esimctl_text_state_style (state),
                     *state != '\0' ? esim_words_euicc_state (state) : "");
}

/* What an eUICC has beyond its line in the table. @said: the problem that was told before */
static void
print_euicc (EsimctlContext *context, EsimEuicc *euicc, const char *said)
{
  g_autoptr (GPtrArray) profiles = esim_client_list_profiles (context->client, euicc);
  guint waiting = esim_euicc_get_pending_notifications (euicc);
  const char *problem = esim_euicc_get_problem (euicc);
  g_autofree char *mark =
      g_strdup_printf (_ ("eUICC %" PRIu64), esim_object_get_number (ESIM_OBJECT (euicc)));
  g_autofree char *count = g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "%u profile", "%u profiles", profiles->len), profiles->len);
  g_autofree char *owed = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u notification waits to be sent",
                                                        "%u notifications wait to be sent", waiting),
                                           waiting);
  g_autofree char *line = waiting > 0 ? g_strdup_printf (_ ("%s, %s"), count, owed) : g_strdup (count);
  guint indent = esim_text_columns (mark) + 2;

  if (*problem != '\0' && strcmp (problem, said) != 0)
    esimctl_text_marked (context->color, ESIMCTL_STYLE_BAD, mark, indent, problem);
  if (profiles->len > 0 || waiting > 0)
    esimctl_text_marked (context->color, ESIMCTL_STYLE_QUIET, mark, indent, line);
}

static void
print_slots (EsimctlContext *context, GVariant *slots)
{
  const char *const titles[] = {_ ("Slot"),  _ ("Used"),  _ ("Content"), _ ("EID"),
                                _ ("eUICC"), _ ("State"), NULL};
  g_autoptr (EsimctlTable) table = esimctl_table_new (titles, TRUE);

  for (gsize i = 0; i < g_variant_n_children (slots); i++) {
    g_autoptr (GVariant) slot = g_variant_get_child_value (slots, i);

    add_row (table, context, slot);
  }
  esimctl_table_print (table, context->color);
}

/* Where the modem has told of no slots, its eUICCs say where they are. */
static GVariant *
slots_to_show (EsimctlContext *context, GVariant *modem)
{
  g_autoptr (GVariant) told = esimctl_dict_list (modem, "slots", "aa{sv}");
  g_autoptr (GPtrArray) euiccs = esim_client_list_euiccs (context->client);
  GVariantBuilder builder;

  if (g_variant_n_children (told) > 0)
    return g_steal_pointer (&told);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (euiccs, i);
    gboolean active = strcmp (esim_euicc_get_state (euicc), "inactive-slot") != 0;

    if (has_euicc (modem, euicc))
      g_variant_builder_add_parsed (
          &builder, "{'slot': <%u>, 'active': <%b>, 'content': <%s>, 'eid': <%s>, 'euicc': <%o>}",
          esim_euicc_get_slot (euicc), active, *esim_euicc_get_eid (euicc) != '\0' ? "euicc" : "unknown",
          esim_euicc_get_eid (euicc), esim_object_get_path (ESIM_OBJECT (euicc)));
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

void
esimctl_modem_print (EsimctlContext *context, GVariant *modem, gboolean whole)
{
  g_autoptr (GVariant) slots = slots_to_show (context, modem);
  const char *problem = esimctl_dict_string (modem, "problem");

  print_facts (context, modem, whole);
  if (g_variant_n_children (slots) > 0)
    print_slots (context, slots);
  else if (*problem == '\0')
    g_print ("%s\n", _ ("Its slots are not known yet"));
  for (gsize i = 0; whole && i < g_variant_n_children (slots); i++) {
    g_autoptr (GVariant) slot = g_variant_get_child_value (slots, i);
    EsimEuicc *euicc = euicc_of (context, slot);

    if (euicc != NULL)
      print_euicc (context, euicc, problem);
  }
}
