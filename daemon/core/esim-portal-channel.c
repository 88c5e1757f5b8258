/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-portal-channel.h"
#include "esim-carrier-days.h"

#include <string.h>

const char *
esim_portal_get_plan (const EsimDeregistrationRecord *record)
{
  return *record->plan != '\0' ? record->plan : NULL;
}

GVariant *
esim_portal_describe_plans (const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                            const EsimCarrierFact *fact)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{ss}"));
  for (guint i = 0; *record->plan == '\0' && fact->plans[i] != NULL; i++) {
    const EsimCarrierPlan *plan = esim_carrier_get_plan (carrier, fact->plans[i]);

    if (plan != NULL)
      g_variant_builder_add_value (&builder, g_variant_n_children (plan->name) > 0
                                                 ? plan->name
                                                 : g_variant_new_parsed ("{'': %s}", plan->kind));
  }
  return g_variant_builder_end (&builder);
}

static guint
get_order (const EsimCarrierFact *step)
{
  guint order = 0;

  (void) g_variant_lookup (step->values, "order", "u", &order);
  return order;
}

static gint
compare_steps (gconstpointer a, gconstpointer b)
{
  guint x = get_order (*(const EsimCarrierFact *const *) a),
        y = get_order (*(const EsimCarrierFact *const *) b);

  return x < y ? -1 : x > y;
}

static GPtrArray *
list_steps (const EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  GPtrArray *steps = carrier != NULL
                         ? esim_carrier_find_facts (carrier, "step", esim_portal_get_plan (record))
                         : g_ptr_array_new ();

  g_ptr_array_sort (steps, compare_steps);
  return steps;
}

static const EsimCarrierFact *
find_channel (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *id)
{
  g_autoptr (GPtrArray) channels =
      esim_carrier_find_facts (carrier, "channel", esim_portal_get_plan (record));

  for (guint i = 0; i < channels->len; i++) {
    const EsimCarrierFact *channel = g_ptr_array_index (channels, i);

    if (strcmp (channel->id, id) == 0)
      return channel;
  }
  return NULL;
}

static gboolean
is_true (const EsimCarrierFact *fact, const char *key)
{
  gboolean value = FALSE;

  return esim_carrier_fact_get_boolean (fact, key, &value) && value;
}

/* Where the plan is not known, the page of one plan is not opened for another. */
static gboolean
is_page (const EsimDeregistrationRecord *record, const EsimCarrierFact *channel)
{
  const char *type = esim_carrier_fact_get_string (channel, "type");

  return esim_carrier_fact_is_about (channel, record->plan) &&
         (g_strcmp0 (type, "web") == 0 || g_strcmp0 (type, "form") == 0) &&
         esim_carrier_fact_get_string (channel, "url") != NULL && !is_true (channel, "cannot-end");
}

static const EsimCarrierFact *
find_page_of_step (const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                   const EsimCarrierFact *step)
{
  g_autoptr (GVariant) names = g_variant_lookup_value (step->values, "channel", G_VARIANT_TYPE_STRING_ARRAY);

  for (gsize i = 0; names != NULL && i < g_variant_n_children (names); i++) {
    g_autoptr (GVariant) name = g_variant_get_child_value (names, i);
    const EsimCarrierFact *channel = find_channel (record, carrier, g_variant_get_string (name, NULL));

    if (channel != NULL && is_page (record, channel))
      return channel;
  }
  return NULL;
}

const EsimCarrierFact *
esim_portal_find_page (const EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  g_autoptr (GPtrArray) steps = list_steps (record, carrier);
  g_autoptr (GPtrArray) channels = NULL;
  const EsimCarrierFact *page = NULL;

  for (guint i = 0; i < steps->len && page == NULL; i++)
    if (esim_carrier_fact_is_about (g_ptr_array_index (steps, i), record->plan))
      page = find_page_of_step (record, carrier, g_ptr_array_index (steps, i));
  if (page != NULL || carrier == NULL)
    return page;
  channels = esim_carrier_find_facts (carrier, "channel", esim_portal_get_plan (record));
  for (guint i = 0; i < channels->len; i++) {
    const EsimCarrierFact *channel = g_ptr_array_index (channels, i);

    if (is_page (record, channel) && is_true (channel, "exclusive"))
      return channel;
  }
  return NULL;
}

char **
esim_portal_dup_hosts (const EsimCarrierFact *channel)
{
  g_autoptr (GStrvBuilder) hosts = g_strv_builder_new ();
  g_autoptr (GVariant) more = g_variant_lookup_value (channel->values, "hosts", G_VARIANT_TYPE_STRING_ARRAY);
  g_autoptr (GUri) uri = g_uri_parse (esim_carrier_fact_get_string (channel, "url"), G_URI_FLAGS_NONE, NULL);

  if (uri != NULL && g_uri_get_host (uri) != NULL)
    g_strv_builder_add (hosts, g_uri_get_host (uri));
  for (gsize i = 0; more != NULL && i < g_variant_n_children (more); i++) {
    g_autoptr (GVariant) host = g_variant_get_child_value (more, i);
    const char *name = g_variant_get_string (host, NULL);

    if (uri == NULL || g_ascii_strcasecmp (name, g_uri_get_host (uri)) != 0)
      g_strv_builder_add (hosts, name);
  }
  return g_strv_builder_end (hosts);
}

char **
esim_portal_dup_words (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *key)
{
  g_autoptr (GPtrArray) steps = list_steps (record, carrier);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (guint i = 0; i < steps->len; i++) {
    const EsimCarrierFact *step = g_ptr_array_index (steps, i);
    g_autoptr (GVariant) list = g_variant_lookup_value (step->values, key, G_VARIANT_TYPE_STRING_ARRAY);

    for (gsize j = 0; list != NULL && j < g_variant_n_children (list); j++) {
      g_autoptr (GVariant) word = g_variant_get_child_value (list, j);

      if (g_hash_table_add (seen, g_variant_dup_string (word, NULL)))
        g_strv_builder_add (words, g_variant_get_string (word, NULL));
    }
  }
  return g_strv_builder_end (words);
}

gboolean
esim_portal_has_task (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *id)
{
  g_autoptr (GPtrArray) steps = list_steps (record, carrier);

  for (guint i = 0; i < steps->len; i++)
    if (strcmp (((const EsimCarrierFact *) g_ptr_array_index (steps, i))->id, id) == 0)
      return TRUE;
  return FALSE;
}

static void
add_open (GVariantDict *dict, const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
          const EsimCarrierFact *channel, gint64 now)
{
  static const char *const words[] = {"unknown", "yes", "no"};
  gint64 opens_at = 0;
  EsimCarrierOpen open =
      esim_carrier_days_is_open (carrier, esim_portal_get_plan (record), channel, now, &opens_at);

  g_variant_dict_insert (dict, "open", "s", words[open]);
  g_variant_dict_insert (dict, "opens-at", "x", opens_at);
}

static void
add_hours (GVariantDict *dict, const EsimCarrierFact *channel)
{
  g_autofree const char **hours = NULL;
  g_autofree char *text = NULL;

  if (!g_variant_lookup (channel->values, "hours", "^a&s", &hours))
    return;
  text = g_strjoinv (";", (char **) hours);
  g_variant_dict_insert (dict, "hours", "s", text);
}

/* What the directory says of it, and what follows from that at this moment. */
static GVariant *
describe_channel (const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                  const EsimCarrierFact *channel, gint64 now)
{
  static const char *const keys[] = {"type",    "text",    "url",       "numbers",   "numbers-from-abroad",
                                     "address", "message", "exclusive", "cannot-end"};
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", channel->id);
  g_variant_dict_insert (&dict, "conflict", "s", channel->conflict);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autoptr (GVariant) value = g_variant_lookup_value (channel->values, keys[i], NULL);

    if (value != NULL)
      g_variant_dict_insert_value (&dict, keys[i], value);
  }
  add_hours (&dict, channel);
  add_open (&dict, record, carrier, channel, now);
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_channels (const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                   const EsimCarrierFact *step, gint64 now)
{
  g_autoptr (GVariant) names = g_variant_lookup_value (step->values, "channel", G_VARIANT_TYPE_STRING_ARRAY);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; names != NULL && i < g_variant_n_children (names); i++) {
    g_autoptr (GVariant) name = g_variant_get_child_value (names, i);
    const EsimCarrierFact *channel = find_channel (record, carrier, g_variant_get_string (name, NULL));

    if (channel != NULL)
      g_variant_builder_add_value (&builder, describe_channel (record, carrier, channel, now));
  }
  return g_variant_builder_end (&builder);
}

static void
add_words (GVariantDict *dict, const EsimCarrierFact *step, const char *key)
{
  g_autoptr (GVariant) words = g_variant_lookup_value (step->values, key, G_VARIANT_TYPE_STRING_ARRAY);

  g_variant_dict_insert_value (dict, key, words != NULL ? words : g_variant_new_strv (NULL, 0));
}

static GVariant *
describe_task (const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
               const EsimCarrierFact *step, gint64 now)
{
  g_autoptr (GVariant) text = g_variant_lookup_value (step->values, "text", G_VARIANT_TYPE ("a{ss}"));
  GVariantDict dict;
  gint64 time = 0;
  gboolean done = g_variant_lookup (record->tasks_done, step->id, "x", &time);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", step->id);
  g_variant_dict_insert_value (&dict, "text",
                               text != NULL ? text : g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
  add_words (&dict, step, "bring");
  add_words (&dict, step, "returns");
  g_variant_dict_insert_value (&dict, "plans", g_variant_new_strv ((const char *const *) step->plans, -1));
  g_variant_dict_insert_value (&dict, "plan-names", esim_portal_describe_plans (record, carrier, step));
  g_variant_dict_insert_value (&dict, "channels", describe_channels (record, carrier, step, now));
  g_variant_dict_insert (&dict, "state", "s", done ? "done" : "pending");
  g_variant_dict_insert (&dict, "time", "x", time);
  return g_variant_dict_end (&dict);
}

GVariant *
esim_portal_describe_tasks (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, gint64 now)
{
  g_autoptr (GPtrArray) steps = list_steps (record, carrier);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < steps->len; i++)
    g_variant_builder_add_value (&builder,
                                 describe_task (record, carrier, g_ptr_array_index (steps, i), now));
  return g_variant_builder_end (&builder);
}

/* A number that nothing contradicts before one that something does. */
static const EsimCarrierFact *
find_phone (const EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  g_autoptr (GPtrArray) channels =
      esim_carrier_find_facts (carrier, "channel", esim_portal_get_plan (record));
  const EsimCarrierFact *found = NULL;

  for (guint i = 0; i < channels->len; i++) {
    const EsimCarrierFact *channel = g_ptr_array_index (channels, i);
    g_autoptr (GVariant) numbers = g_variant_lookup_value (channel->values, "numbers", NULL);

    if (g_strcmp0 (esim_carrier_fact_get_string (channel, "type"), "phone") != 0 || numbers == NULL)
      continue;
    if (*channel->conflict == '\0')
      return channel;
    if (found == NULL)
      found = channel;
  }
  return found;
}

GVariant *
esim_portal_describe_contact (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, gint64 now)
{
  const EsimCarrierFact *phone = carrier != NULL ? find_phone (record, carrier) : NULL;

  GVariantDict dict;
  g_autoptr (GVariant) channel = NULL;

  if (phone == NULL)
    return NULL;
  channel = g_variant_ref_sink (describe_channel (record, carrier, phone, now));
  g_variant_dict_init (&dict, channel);
  g_variant_dict_insert (&dict, "channel", "s", phone->id);
  return g_variant_dict_end (&dict);
}
