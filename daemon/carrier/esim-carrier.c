/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier.h"

#include <string.h>

void
esim_carrier_source_free (gpointer data)
{
  EsimCarrierSource *source = data;

  g_free (source->id);
  g_free (source->title);
  g_free (source->url);
  g_free (source->checked);
  g_free (source->sure);
  g_free (source);
}

void
esim_carrier_plan_free (gpointer data)
{
  EsimCarrierPlan *plan = data;

  g_free (plan->id);
  g_free (plan->kind);
  g_clear_pointer (&plan->name, g_variant_unref);
  g_free (plan);
}

void
esim_carrier_match_free (gpointer data)
{
  EsimCarrierMatch *match = data;

  g_free (match->id);
  g_strfreev (match->mccmnc);
  g_strfreev (match->gid1);
  g_strfreev (match->iccid);
  g_strfreev (match->service_provider);
  g_strfreev (match->smdp_address);
  g_strfreev (match->sources);
  g_free (match);
}

void
esim_carrier_fact_free (gpointer data)
{
  EsimCarrierFact *fact = data;

  g_free (fact->id);
  g_strfreev (fact->plans);
  g_strfreev (fact->sources);
  g_free (fact->conflict);
  g_clear_pointer (&fact->values, g_variant_unref);
  g_free (fact);
}

EsimCarrier *
esim_carrier_new (void)
{
  EsimCarrier *self = g_new0 (EsimCarrier, 1);

  g_atomic_ref_count_init (&self->refs);
  self->sources = g_ptr_array_new_with_free_func (esim_carrier_source_free);
  self->plans = g_ptr_array_new_with_free_func (esim_carrier_plan_free);
  self->matches = g_ptr_array_new_with_free_func (esim_carrier_match_free);
  self->facts = g_ptr_array_new_with_free_func (esim_carrier_fact_free);
  return self;
}

EsimCarrier *
esim_carrier_ref (EsimCarrier *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_carrier_unref (EsimCarrier *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->id);
  g_free (self->country);
  g_free (self->kind);
  g_clear_pointer (&self->name, g_variant_unref);
  g_ptr_array_unref (self->sources);
  g_ptr_array_unref (self->plans);
  g_ptr_array_unref (self->matches);
  g_ptr_array_unref (self->facts);
  g_free (self);
}

const EsimCarrierSource *
esim_carrier_get_source (const EsimCarrier *self, const char *id)
{
  for (guint i = 0; i < self->sources->len; i++) {
    const EsimCarrierSource *source = g_ptr_array_index (self->sources, i);

    if (strcmp (source->id, id) == 0)
      return source;
  }
  return NULL;
}

const EsimCarrierPlan *
esim_carrier_get_plan (const EsimCarrier *self, const char *id)
{
  for (guint i = 0; i < self->plans->len; i++) {
    const EsimCarrierPlan *plan = g_ptr_array_index (self->plans, i);

    if (strcmp (plan->id, id) == 0)
      return plan;
  }
  return NULL;
}

gboolean
esim_carrier_fact_is_about (const EsimCarrierFact *fact, const char *plan)
{
  return plan == NULL || fact->plans[0] == NULL || g_strv_contains ((const char *const *) fact->plans, plan);
}

GPtrArray *
esim_carrier_find_facts (const EsimCarrier *self, const char *topic, const char *plan)
{
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < self->facts->len; i++) {
    EsimCarrierFact *fact = g_ptr_array_index (self->facts, i);

    if (strcmp (fact->topic->word, topic) == 0 && esim_carrier_fact_is_about (fact, plan))
      g_ptr_array_add (found, fact);
  }
  return found;
}

gboolean
esim_carrier_fact_get_boolean (const EsimCarrierFact *fact, const char *key, gboolean *value)
{
  return g_variant_lookup (fact->values, key, "b", value);
}

const char *
esim_carrier_fact_get_string (const EsimCarrierFact *fact, const char *key)
{
  const char *value = NULL;

  return g_variant_lookup (fact->values, key, "&s", &value) ? value : NULL;
}

char **
esim_carrier_fact_dup_unknown (const EsimCarrierFact *fact)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const char *type = esim_carrier_fact_get_string (fact, "type");

  for (const EsimCarrierKey *key = fact->topic->keys; key->name != NULL; key++) {
    g_autoptr (GVariant) value = g_variant_lookup_value (fact->values, key->name, NULL);

    if (value == NULL && esim_carrier_key_is_wanted (key, type))
      g_strv_builder_add (names, key->name);
  }
  return g_strv_builder_end (names);
}

char **
esim_carrier_dup_unknown_topics (const EsimCarrier *self, const char *plan)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (const EsimCarrierTopic *topic = esim_carrier_topics; topic->word != NULL; topic++) {
    g_autoptr (GPtrArray) facts = esim_carrier_find_facts (self, topic->word, plan);

    if (facts->len == 0 && !topic->quiet)
      g_strv_builder_add (words, topic->word);
  }
  return g_strv_builder_end (words);
}
