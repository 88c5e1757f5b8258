/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-match.h"

#include <string.h>

typedef enum { NO, PERHAPS, YES } Fit;

/* How much a group that fits tells: the lower, the more. */
typedef enum {
  BY_OWNER,
  BY_ICCID,
  BY_SERVICE_PROVIDER,
  BY_SMDP_ADDRESS,
  BY_NETWORK,
  BY_NOTHING,
} Level;

static const char *const level_names[] = {"owner",        "iccid",   "service-provider",
                                          "smdp-address", "network", ""};

typedef struct {
  Level level;
  guint weight; /* within a level, the higher tells more */
} Rank;

/* A group and how it fits. */
typedef struct {
  EsimCarrier *carrier;
  Fit fit;
  Rank rank;
} Hit;

static gboolean
has_prefix (const char *text, const char *prefix)
{
  return g_ascii_strncasecmp (text, prefix, strlen (prefix)) == 0;
}

static gboolean
equal_names (const char *a, const char *b)
{
  g_autofree char *folded_a = g_utf8_casefold (a, -1);
  g_autofree char *folded_b = g_utf8_casefold (b, -1);
  g_autofree char *normal_a = g_utf8_normalize (folded_a, -1, G_NORMALIZE_ALL_COMPOSE);
  g_autofree char *normal_b = g_utf8_normalize (folded_b, -1, G_NORMALIZE_ALL_COMPOSE);

  return normal_a != NULL && normal_b != NULL && strcmp (g_strstrip (normal_a), g_strstrip (normal_b)) == 0;
}

static gboolean
equal_text (const char *a, const char *b)
{
  return strcmp (a, b) == 0;
}

static gboolean
equal_hosts (const char *a, const char *b)
{
  return g_ascii_strcasecmp (a, b) == 0;
}

/* @fits is called with the query's value and one of the group's. @length: of the value that fitted */
static Fit
fit_field (char **wanted, const char *value, gboolean (*fits) (const char *, const char *), guint *length)
{
  Fit fit = NO;

  if (wanted == NULL)
    return YES;
  if (value == NULL)
    return PERHAPS;
  for (guint i = 0; wanted[i] != NULL; i++) {
    if (!fits (value, wanted[i]))
      continue;
    fit = YES;
    *length = MAX (*length, (guint) strlen (wanted[i]));
  }
  return fit;
}

static Fit
fit_addresses (char **wanted, const char *const *values)
{
  guint length = 0;

  if (wanted == NULL)
    return YES;
  if (values == NULL)
    return PERHAPS;
  for (guint i = 0; values[i] != NULL; i++)
    if (fit_field (wanted, values[i], equal_hosts, &length) == YES)
      return YES;
  return NO;
}

static Level
get_level (const EsimCarrierMatch *match)
{
  if (match->mccmnc != NULL)
    return match->sole ? BY_NETWORK : BY_OWNER;
  if (match->iccid != NULL)
    return BY_ICCID;
  return match->service_provider != NULL ? BY_SERVICE_PROVIDER : BY_SMDP_ADDRESS;
}

/* MCC and MNC alone decide only for a card that shows nothing of another brand. */
static Fit
fit_network (EsimCarrier *carrier, const EsimCarrierQuery *query)
{
  gboolean named = FALSE;
  guint length = 0;

  if (query->gid1 != NULL && *query->gid1 != '\0')
    return PERHAPS;
  if (query->service_provider == NULL || *query->service_provider == '\0')
    return YES;
  for (guint i = 0; i < carrier->matches->len; i++) {
    const EsimCarrierMatch *match = g_ptr_array_index (carrier->matches, i);

    if (match->service_provider == NULL)
      continue;
    named = TRUE;
    if (fit_field (match->service_provider, query->service_provider, equal_names, &length) == YES)
      return YES;
  }
  return named ? PERHAPS : YES;
}

static Hit
fit_match (EsimCarrier *carrier, const EsimCarrierMatch *match, const EsimCarrierQuery *query)
{
  guint gid = 0, iccid = 0, other = 0;
  const Fit fits[] = {
      fit_field (match->mccmnc, query->mccmnc, equal_text, &other),
      fit_field (match->gid1, query->gid1, has_prefix, &gid),
      fit_field (match->iccid, query->iccid, has_prefix, &iccid),
      fit_field (match->service_provider, query->service_provider, equal_names, &other),
      fit_addresses (match->smdp_address, query->smdp_addresses),
  };
  const gboolean asked[] = {match->mccmnc != NULL, match->gid1 != NULL, match->iccid != NULL,
                            match->service_provider != NULL, match->smdp_address != NULL};
  Hit hit = {carrier, YES, {get_level (match), 0}};
  gboolean any = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (fits); i++) {
    hit.fit = MIN (hit.fit, fits[i]);
    any = any || (asked[i] && fits[i] == YES);
  }
  if (!any)
    hit.fit = NO;
  /* Of brands on one network, and of parts of one number range, the longer prefix is the narrower one; a
   * name besides is one field more. */
  hit.rank.weight = 4 * (match->gid1 != NULL ? gid + 1 : 0) + 4 * iccid +
                    (match->service_provider != NULL ? 2 : 0) + (match->smdp_address != NULL ? 1 : 0);
  if (hit.fit == YES && match->sole)
    hit.fit = fit_network (carrier, query);
  return hit;
}

static int
compare (Rank a, Rank b)
{
  if (a.level != b.level)
    return a.level < b.level ? 1 : -1;
  return a.weight > b.weight ? 1 : a.weight < b.weight ? -1 : 0;
}

static void
add_candidate (EsimCarrierResult *result, EsimCarrier *carrier)
{
  if (!g_ptr_array_find (result->candidates, carrier, NULL))
    g_ptr_array_add (result->candidates, esim_carrier_ref (carrier));
}

/* Of what may fit, the weight is not known yet: it counts as the highest of its level. */
static gboolean
may_be_better (const Hit *hit, Rank best)
{
  return hit->fit == PERHAPS && hit->rank.level <= best.level;
}

static GArray *
find_hits (GPtrArray *carriers, const EsimCarrierQuery *query, Rank *best)
{
  GArray *hits = g_array_new (FALSE, FALSE, sizeof (Hit));

  for (guint i = 0; i < carriers->len; i++) {
    EsimCarrier *carrier = g_ptr_array_index (carriers, i);

    for (guint j = 0; j < carrier->matches->len; j++) {
      Hit hit = fit_match (carrier, g_ptr_array_index (carrier->matches, j), query);

      if (hit.fit != NO)
        g_array_append_val (hits, hit);
      if (hit.fit == YES && compare (hit.rank, *best) > 0)
        *best = hit.rank;
    }
  }
  return hits;
}

EsimCarrierResult
esim_carrier_match (GPtrArray *carriers, const EsimCarrierQuery *query)
{
  EsimCarrierResult result = {ESIM_CARRIER_NONE, NULL, ""};
  Rank best = {BY_NOTHING, 0};
  g_autoptr (GArray) hits = find_hits (carriers, query, &best);
  Level told = best.level;

  result.candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_carrier_unref);
  for (guint i = 0; i < hits->len; i++) {
    const Hit *hit = &g_array_index (hits, Hit, i);

    if (hit->fit == YES && compare (hit->rank, best) == 0)
      add_candidate (&result, hit->carrier);
  }
  for (guint i = 0; i < hits->len; i++) {
    const Hit *hit = &g_array_index (hits, Hit, i);

    if (!may_be_better (hit, best))
      continue;
    add_candidate (&result, hit->carrier);
    told = MIN (told, hit->rank.level);
  }
  if (result.candidates->len == 1 && best.level != BY_NOTHING)
    result.verdict = ESIM_CARRIER_FOUND;
  else if (result.candidates->len > 0)
    result.verdict = ESIM_CARRIER_QUESTION;
  result.by = level_names[result.verdict == ESIM_CARRIER_FOUND ? best.level : told];
  return result;
}

void
esim_carrier_result_clear (EsimCarrierResult *result)
{
  g_clear_pointer (&result->candidates, g_ptr_array_unref);
}
