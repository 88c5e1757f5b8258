/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-describe-card.h"

#define ANY_DIGIT 0xe
#define NO_DIGIT 0xf

GVariant *
esim_describe_policy_rules (EsimPolicyRules rules)
{
  GVariantBuilder names;

  g_variant_builder_init (&names, G_VARIANT_TYPE_STRING_ARRAY);
  if ((rules & ESIM_PPR_UPDATE_CONTROL) != 0)
    g_variant_builder_add (&names, "s", "update-control");
  if ((rules & ESIM_PPR_1_NO_DISABLE) != 0)
    g_variant_builder_add (&names, "s", "ppr1");
  if ((rules & ESIM_PPR_2_NO_DELETE) != 0)
    g_variant_builder_add (&names, "s", "ppr2");
  return g_variant_builder_end (&names);
}

/* 3GPP TS 24.008 10.5.1.3: MCC 2|1, MNC 3 | MCC 3, MNC 2|1. */
static char *
dup_mccmnc (const guint8 plmn[3])
{
  const guint8 digits[] = {plmn[0] & 0x0f, plmn[0] >> 4, plmn[1] & 0x0f,
                           plmn[2] & 0x0f, plmn[2] >> 4, plmn[1] >> 4};
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (digits); i++) {
    if (digits[i] < 10)
      g_string_append_c (text, (char) ('0' + digits[i]));
    else if (digits[i] == ANY_DIGIT)
      g_string_append_c (text, '*');
    else if (digits[i] != NO_DIGIT)
      g_string_append_c (text, '?');
  }
  return g_string_free (text, FALSE);
}

static char *
dup_gid (GBytes *gid)
{
  gsize length = 0;
  const guint8 *octets = gid != NULL ? g_bytes_get_data (gid, &length) : NULL;
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02X", octets[i]);
  return g_string_free (text, FALSE);
}

static GVariant *
describe_operator (const EsimRatOperator *operator)
{
  g_autofree char *mccmnc = dup_mccmnc (operator->plmn);
  g_autofree char *gid1 = dup_gid (operator->gid1);
  g_autofree char *gid2 = dup_gid (operator->gid2);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "mccmnc", "s", mccmnc);
  g_variant_dict_insert (&dict, "gid1", "s", gid1);
  g_variant_dict_insert (&dict, "gid2", "s", gid2);
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_rule (const EsimRatRule *rule)
{
  GVariantBuilder operators;
  GVariantDict dict;

  g_variant_builder_init (&operators, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < rule->n_operators; i++)
    g_variant_builder_add_value (&operators, describe_operator (&rule->operators[i]));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "rules", esim_describe_policy_rules (rule->rules));
  g_variant_dict_insert (&dict, "consent-required", "b", rule->consent_required);
  g_variant_dict_insert_value (&dict, "operators", g_variant_builder_end (&operators));
  return g_variant_dict_end (&dict);
}

GVariant *
esim_describe_rat (const EsimRat *rat)
{
  GVariantBuilder rules;

  g_variant_builder_init (&rules, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; rat != NULL && i < rat->n_rules; i++)
    g_variant_builder_add_value (&rules, describe_rule (&rat->rules[i]));
  return g_variant_builder_end (&rules);
}
