/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-rat.h"
#include "esim-error.h"
#include "esim-es10-answer.h"

#include <string.h>

#define RULES_MAX 64
#define OPERATORS_MAX 256 /* of one rule */
#define WILDCARD 0x0E

/* SGP.22 v2.5, 5.7.22: AUTOMATIC TAGS. */
#define TAG_TABLE 0xA0
#define TAG_SEQUENCE 0x30
#define TAG_RULES 0x80
#define TAG_OPERATORS 0xA1
#define TAG_FLAGS 0x82
#define TAG_PLMN 0x80
#define TAG_GID1 0x81
#define TAG_GID2 0x82
#define FLAG_CONSENT_REQUIRED (1u << 0)

static void
rule_clear (EsimRatRule *rule)
{
  for (guint i = 0; i < rule->n_operators; i++) {
    g_clear_pointer (&rule->operators[i].gid1, g_bytes_unref);
    g_clear_pointer (&rule->operators[i].gid2, g_bytes_unref);
  }
  g_free (rule->operators);
}

void
esim_rat_free (EsimRat *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_rules; i++)
    rule_clear (&self->rules[i]);
  g_free (self->rules);
  g_free (self);
}

static gboolean
refuse (EsimError code, const char *what, GError **error)
{
  g_set_error (
      error, ESIM_ERROR, code,
      "The card's table of allowed policy rules %s. Read it again; if it stays so, the card does not "
      "keep to the standard.",
      what);
  return FALSE;
}

static void
take_octets (GBytes **field, const EsimTlv *tlv)
{
  g_clear_pointer (field, g_bytes_unref);
  *field = g_bytes_new (tlv->value, tlv->length);
}

static gboolean
parse_operator (EsimRatOperator *self, const EsimTlvReader *parent, const EsimTlv *element, GError **error)
{
  gboolean has_plmn = FALSE;
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, element);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag == TAG_GID1)
      take_octets (&self->gid1, &tlv);
    else if (tlv.tag == TAG_GID2)
      take_octets (&self->gid2, &tlv);
    if (tlv.tag != TAG_PLMN)
      continue;
    if (tlv.length != sizeof self->plmn)
      return refuse (ESIM_ERROR_CARD_ERROR, "has an operator that is not of three octets", error);
    memcpy (self->plmn, tlv.value, sizeof self->plmn);
    has_plmn = TRUE;
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return FALSE;
  return has_plmn || refuse (ESIM_ERROR_CARD_ERROR, "has an operator without a number", error);
}

static gboolean
parse_operators (EsimRatRule *rule, const EsimTlvReader *parent, const EsimTlv *list, GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, list);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    EsimRatOperator *made;

    if (tlv.tag != TAG_SEQUENCE)
      continue;
    if (rule->n_operators == OPERATORS_MAX)
      return refuse (ESIM_ERROR_LIMIT_EXCEEDED, "names more operators than any card does", error);
    rule->operators = g_renew (EsimRatOperator, rule->operators, rule->n_operators + 1);
    made = &rule->operators[rule->n_operators++];
    *made = (EsimRatOperator){0};
    if (!parse_operator (made, &reader, &tlv, error))
      return FALSE;
  }
  return esim_tlv_reader_finish (&reader, error);
}

static gboolean
parse_rule (EsimRatRule *rule, const EsimTlvReader *parent, const EsimTlv *element, GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;
  guint32 bits;

  esim_tlv_reader_enter (&reader, parent, element);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag == TAG_OPERATORS) {
      if (!parse_operators (rule, &reader, &tlv, error))
        return FALSE;
    } else if (tlv.tag == TAG_RULES || tlv.tag == TAG_FLAGS) {
      if (!esim_tlv_get_bits (&tlv, &bits, error))
        return FALSE;
      if (tlv.tag == TAG_RULES)
        rule->rules = (EsimPolicyRules) (bits & (ESIM_PPR_1_NO_DISABLE | ESIM_PPR_2_NO_DELETE));
      else
        rule->consent_required = (bits & FLAG_CONSENT_REQUIRED) != 0;
    }
  }
  return esim_tlv_reader_finish (&reader, error);
}

static gboolean
parse_rules (EsimRat *self, EsimTlvReader *reader, GError **error)
{
  EsimTlv tlv;

  while (esim_tlv_reader_next (reader, &tlv)) {
    if (tlv.tag != TAG_SEQUENCE)
      continue;
    if (self->n_rules == RULES_MAX)
      return refuse (ESIM_ERROR_LIMIT_EXCEEDED, "has more rules than any card has", error);
    self->rules = g_renew (EsimRatRule, self->rules, self->n_rules + 1);
    self->rules[self->n_rules] = (EsimRatRule){0};
    if (!parse_rule (&self->rules[self->n_rules++], reader, &tlv, error))
      return FALSE;
  }
  return esim_tlv_reader_finish (reader, error);
}

EsimRat *
esim_rat_parse (GBytes *response, GError **error)
{
  g_autoptr (EsimRat) self = g_new0 (EsimRat, 1);
  EsimTlvReader reader, table;
  EsimTlv tlv;
  gboolean found = FALSE;

  if (!esim_es10_answer_open (response, ESIM_ES10_GET_RAT, &reader, error))
    return NULL;
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag != TAG_TABLE || found)
      continue;
    found = TRUE;
    esim_tlv_reader_enter (&table, &reader, &tlv);
    if (!parse_rules (self, &table, error))
      return NULL;
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return NULL;
  if (!found && !refuse (ESIM_ERROR_CARD_ERROR, "is missing in its answer", error))
    return NULL;
  return g_steal_pointer (&self);
}

static gboolean
plmn_matches (const guint8 *rule, const guint8 *plmn)
{
  for (guint i = 0; i < 3; i++) {
    if ((rule[i] & 0x0F) != WILDCARD && (rule[i] & 0x0F) != (plmn[i] & 0x0F))
      return FALSE;
    if (rule[i] >> 4 != WILDCARD && rule[i] >> 4 != plmn[i] >> 4)
      return FALSE;
  }
  return TRUE;
}

/* No octets in a rule are a wildcard; a rule that leaves the identifier out is for owners without one, since
 * it would not need the wildcard else. */
static gboolean
gid_matches (GBytes *rule, GBytes *gid)
{
  if (rule == NULL)
    return gid == NULL || g_bytes_get_size (gid) == 0;
  return g_bytes_get_size (rule) == 0 || (gid != NULL && g_bytes_equal (rule, gid));
}

static gboolean
rule_is_for (const EsimRatRule *rule, const EsimProfileMetadata *metadata)
{
  const guint8 *plmn = g_bytes_get_data (metadata->owner_plmn, NULL);

  for (guint i = 0; i < rule->n_operators; i++) {
    const EsimRatOperator *allowed = &rule->operators[i];

    if (plmn_matches (allowed->plmn, plmn) && gid_matches (allowed->gid1, metadata->owner_gid1) &&
        gid_matches (allowed->gid2, metadata->owner_gid2))
      return TRUE;
  }
  return FALSE;
}

/* Returns: (nullable): the first rule that is for @ppr and the profile's owner */
static const EsimRatRule *
find_rule (const EsimRat *rat, EsimPolicyRules ppr, const EsimProfileMetadata *metadata)
{
  for (guint i = 0; rat != NULL && metadata->owner_plmn != NULL && i < rat->n_rules; i++)
    if ((rat->rules[i].rules & ppr) != 0 && rule_is_for (&rat->rules[i], metadata))
      return &rat->rules[i];
  return NULL;
}

static gboolean
set_violation (const char *words, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION, words);
  return FALSE;
}

gboolean
esim_rat_check (const EsimRat *rat, const EsimProfileMetadata *metadata, gboolean operational_installed,
                gboolean *consent_required, GError **error)
{
  static const EsimPolicyRules each[] = {ESIM_PPR_1_NO_DISABLE, ESIM_PPR_2_NO_DELETE};

  *consent_required = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (each); i++) {
    const EsimRatRule *rule;

    if ((metadata->policy_rules & each[i]) == 0)
      continue;
    if (each[i] == ESIM_PPR_1_NO_DISABLE && operational_installed)
      return set_violation (
          "The profile would forbid to be disabled (PPR1), which is possible only on a card "
          "without another operator's profile. Delete the others first, or ask the operator "
          "for a profile without that rule.",
          error);
    rule = find_rule (rat, each[i], metadata);
    if (rule == NULL)
      return set_violation (
          each[i] == ESIM_PPR_1_NO_DISABLE
              ? "The profile would forbid to be disabled (PPR1), and this card does not allow "
                "its operator to forbid that. Ask the operator for a profile without that rule."
              : "The profile would forbid to be deleted (PPR2), and this card does not allow "
                "its operator to forbid that. Ask the operator for a profile without that rule.",
          error);
    *consent_required = *consent_required || rule->consent_required;
  }
  return TRUE;
}
