/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier-schema.h"

G_BEGIN_DECLS

/* Where something was read, when, and how sure it is. */
typedef struct {
  char *id;
  char *title;
  char *url;     /* "" = a page without an address */
  char *checked; /* 2026-11-22 */
  char *sure;    /* "A" the carrier's own page, "B" shipped configuration, "C" a third party */
  gboolean stored_copy;
} EsimCarrierSource;

/* A kind of contract with its own rules. */
typedef struct {
  char *id;
  char *kind;
  GVariant *name; /* a{ss}, empty if it has none */
} EsimCarrierPlan;

/* By what a profile is known: AND across the fields, OR within one. A field of NULL asks for nothing. */
typedef struct {
  char *id;
  char **mccmnc; /* equal, with their length */
  char **gid1;   /* prefixes, hexadecimal */
  char **iccid;  /* prefixes */
  char **service_provider;
  char **smdp_address;
  gboolean sole; /* MCC and MNC alone will do: no other brand is known to use them */
  char **sources;
} EsimCarrierMatch;

/* Something that is said of a carrier. */
typedef struct {
  const EsimCarrierTopic *topic;
  char *id;     /* "" = none */
  char **plans; /* of these plans; empty = said of no plan in particular */
  char **sources;
  char *conflict;   /* facts of one topic with the same word contradict one another; "" = none */
  GVariant *values; /* a{sv} */
} EsimCarrierFact;

/**
 * EsimCarrier:
 *
 * What is known of a carrier. Immutable, reference counted. Strings are never %NULL. What is not there is not
 * known: nothing is taken over from another plan, brand or network.
 */
typedef struct {
  gatomicrefcount refs;
  char *id;
  char *country; /* ISO 3166, "" = of no country */
  char *kind;
  GVariant *name;     /* a{ss}, "" being English */
  GPtrArray *sources; /* EsimCarrierSource */
  GPtrArray *plans;   /* EsimCarrierPlan */
  GPtrArray *matches; /* EsimCarrierMatch */
  GPtrArray *facts;   /* EsimCarrierFact, in the order of the topics */
} EsimCarrier;

EsimCarrier *esim_carrier_new (void);
EsimCarrier *esim_carrier_ref (EsimCarrier *self);
void esim_carrier_unref (EsimCarrier *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimCarrier, esim_carrier_unref)

/* Returns: (transfer none) (nullable) */
const EsimCarrierSource *esim_carrier_get_source (const EsimCarrier *self, const char *id);
const EsimCarrierPlan *esim_carrier_get_plan (const EsimCarrier *self, const char *id);

/**
 * esim_carrier_find_facts:
 * @plan: (nullable): the plan that is asked about; %NULL: whatever plan
 *
 * Returns: (transfer container) (element-type EsimCarrierFact): what is said on @topic of this plan, or of no
 * plan in particular; empty: not known
 */
GPtrArray *esim_carrier_find_facts (const EsimCarrier *self, const char *topic, const char *plan);

/* Whether @fact is said of @plan (nullable), or of no plan in particular. */
gboolean esim_carrier_fact_is_about (const EsimCarrierFact *fact, const char *plan);

/* Each is what the fact has under @key; %FALSE or %NULL (nullable) if that is not known. (transfer none) */
gboolean esim_carrier_fact_get_boolean (const EsimCarrierFact *fact, const char *key, gboolean *value);
const char *esim_carrier_fact_get_string (const EsimCarrierFact *fact, const char *key);

/* Returns: (transfer full): the keys that such a fact should have and this one has not */
char **esim_carrier_fact_dup_unknown (const EsimCarrierFact *fact);

/* Returns: (transfer full): the topics on which nothing is said of @plan (nullable: of any plan) */
char **esim_carrier_dup_unknown_topics (const EsimCarrier *self, const char *plan);

/* For whoever builds one: each takes an element that the carrier frees. */
void esim_carrier_source_free (gpointer source);
void esim_carrier_plan_free (gpointer plan);
void esim_carrier_match_free (gpointer match);
void esim_carrier_fact_free (gpointer fact);

G_END_DECLS
