/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-describe.h"

#include <string.h>

static void
add_strings (GVariantDict *dict, const char *key, char **strings)
{
  g_variant_dict_insert_value (dict, key, g_variant_new_strv ((const char *const *) strings, -1));
}

/* The day that the oldest of its sources was checked: older than it no fact is. */
static const char *
oldest_check (const EsimCarrier *carrier)
{
  const char *oldest = "";

  for (guint i = 0; i < carrier->sources->len; i++) {
    const EsimCarrierSource *source = g_ptr_array_index (carrier->sources, i);

    if (*oldest == '\0' || strcmp (source->checked, oldest) < 0)
      oldest = source->checked;
  }
  return oldest;
}

static void
add_head (GVariantDict *dict, const EsimCarrier *carrier)
{
  g_variant_dict_insert (dict, "id", "s", carrier->id);
  g_variant_dict_insert_value (dict, "name", carrier->name);
  g_variant_dict_insert (dict, "kind", "s", carrier->kind);
  g_variant_dict_insert (dict, "country", "s", carrier->country);
  g_variant_dict_insert (dict, "checked", "s", oldest_check (carrier));
}

GVariant *
esim_carrier_describe_summary (const EsimCarrier *carrier)
{
  GVariantDict dict;
  g_autoptr (GStrvBuilder) kinds = g_strv_builder_new ();
  g_auto (GStrv) plans = NULL;

  for (guint i = 0; i < carrier->plans->len; i++)
    g_strv_builder_add (kinds, ((const EsimCarrierPlan *) g_ptr_array_index (carrier->plans, i))->kind);
  plans = g_strv_builder_end (kinds);
  g_variant_dict_init (&dict, NULL);
  add_head (&dict, carrier);
  add_strings (&dict, "plans", plans);
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_plan (const EsimCarrier *carrier, const EsimCarrierPlan *plan)
{
  GVariantDict dict;
  g_auto (GStrv) unknown = esim_carrier_dup_unknown_topics (carrier, plan->id);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", plan->id);
  g_variant_dict_insert (&dict, "kind", "s", plan->kind);
  g_variant_dict_insert_value (&dict, "name", plan->name);
  add_strings (&dict, "unknown", unknown);
  return g_variant_dict_end (&dict);
}

/* More than a year before @today. */
static gboolean
is_old (const EsimCarrierSource *source, GDateTime *today)
{
  g_autoptr (GDateTime) limit = g_date_time_add_years (today, -1);
  g_autofree char *day = g_date_time_format (limit, "%Y-%m-%d");

  return strcmp (source->checked, day) < 0;
}

static GVariant *
describe_sources (const EsimCarrier *carrier, char **ids, GDateTime *today)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; ids[i] != NULL; i++) {
    const EsimCarrierSource *source = esim_carrier_get_source (carrier, ids[i]);
    GVariantDict dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "title", "s", source->title);
    g_variant_dict_insert (&dict, "url", "s", source->url);
    g_variant_dict_insert (&dict, "checked", "s", source->checked);
    g_variant_dict_insert (&dict, "sure", "s", source->sure);
    g_variant_dict_insert (&dict, "stored-copy", "b", source->stored_copy);
    g_variant_dict_insert (&dict, "old", "b", is_old (source, today));
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
describe_match (const EsimCarrier *carrier, const EsimCarrierMatch *match, GDateTime *today)
{
  const struct {
    const char *key;
    char **values;
  } fields[] = {{"mccmnc", match->mccmnc},
                {"gid1", match->gid1},
                {"iccid", match->iccid},
                {"service-provider", match->service_provider},
                {"smdp-address", match->smdp_address}};
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i].values != NULL)
      add_strings (&dict, fields[i].key, fields[i].values);
  g_variant_dict_insert_value (&dict, "sources", describe_sources (carrier, match->sources, today));
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_fact (const EsimCarrier *carrier, const EsimCarrierFact *fact, GDateTime *today)
{
  GVariantDict dict;
  g_auto (GStrv) unknown = esim_carrier_fact_dup_unknown (fact);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "topic", "s", fact->topic->word);
  g_variant_dict_insert (&dict, "id", "s", fact->id);
  g_variant_dict_insert (&dict, "conflict", "s", fact->conflict);
  g_variant_dict_insert_value (&dict, "values", fact->values);
  add_strings (&dict, "plans", fact->plans);
  add_strings (&dict, "unknown", unknown);
  g_variant_dict_insert_value (&dict, "sources", describe_sources (carrier, fact->sources, today));
  return g_variant_dict_end (&dict);
}

GVariant *
esim_carrier_describe (const EsimCarrier *carrier, GDateTime *today)
{
  GVariantDict dict;
  GVariantBuilder plans, matches, facts;
  g_auto (GStrv) unknown = esim_carrier_dup_unknown_topics (carrier, NULL);

  g_variant_builder_init (&plans, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_builder_init (&matches, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_builder_init (&facts, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < carrier->plans->len; i++)
    g_variant_builder_add_value (&plans, describe_plan (carrier, g_ptr_array_index (carrier->plans, i)));
  for (guint i = 0; i < carrier->matches->len; i++)
    g_variant_builder_add_value (&matches,
                                 describe_match (carrier, g_ptr_array_index (carrier->matches, i), today));
  for (guint i = 0; i < carrier->facts->len; i++)
    g_variant_builder_add_value (&facts,
                                 describe_fact (carrier, g_ptr_array_index (carrier->facts, i), today));
  g_variant_dict_init (&dict, NULL);
  add_head (&dict, carrier);
  add_strings (&dict, "unknown", unknown);
  g_variant_dict_insert_value (&dict, "plans", g_variant_builder_end (&plans));
  g_variant_dict_insert_value (&dict, "matches", g_variant_builder_end (&matches));
  g_variant_dict_insert_value (&dict, "facts", g_variant_builder_end (&facts));
  return g_variant_dict_end (&dict);
}

GVariant *
esim_carrier_describe_problems (GPtrArray *problems)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < problems->len; i++) {
    const EsimCarrierProblem *problem = g_ptr_array_index (problems, i);
    GVariantDict dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "line", "u", problem->line);
    g_variant_dict_insert (&dict, "group", "s", problem->group);
    g_variant_dict_insert (&dict, "key", "s", problem->key);
    g_variant_dict_insert (&dict, "message", "s", problem->words);
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&builder);
}
