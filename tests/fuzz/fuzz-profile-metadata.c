/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-rat.h"
#include "fuzz.h"

/* The input twice: as a server's description of a profile, and as a card's table of rules. The first is
 * judged by a table that allows everything to anybody. */
static const guint8 open_table[] = {0xBF, 0x43, 0x19, 0xA0, 0x17, 0x30, 0x15, 0x80, 0x02, 0x05,
                                    0x60, 0xA1, 0x0B, 0x30, 0x09, 0x80, 0x03, 0xEE, 0xEE, 0xEE,
                                    0x81, 0x00, 0x82, 0x00, 0x82, 0x02, 0x07, 0x80};

static void
check_metadata (EsimProfileMetadata *metadata)
{
  g_autoptr (GBytes) table = g_bytes_new_static (open_table, sizeof open_table);
  g_autoptr (EsimRat) rat = esim_rat_parse (table, NULL);
  g_autofree const char **rules = esim_policy_rules_to_strings (metadata->policy_rules);
  gboolean consent = FALSE, allowed;

  g_assert_true (g_utf8_validate (metadata->name, -1, NULL));
  g_assert_true (g_utf8_validate (metadata->service_provider, -1, NULL));
  g_assert_true ((metadata->icon == NULL) == (metadata->icon_type[0] == '\0'));
  g_assert_true (esim_profile_metadata_equal (metadata, metadata, NULL));
  allowed = esim_rat_check (rat, metadata, FALSE, &consent, NULL);
  g_assert_true (allowed || metadata->owner_plmn == NULL);
  g_assert_true (rules[0] != NULL || metadata->policy_rules == 0);
}

static void
check_rat (const EsimRat *rat)
{
  guint n_operators = 0;

  for (guint i = 0; i < rat->n_rules; i++)
    n_operators += rat->rules[i].n_operators;
  g_assert_cmpuint (rat->n_rules, <=, 64);
  g_assert_cmpuint (n_operators, <=, 64 * 256);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) why_metadata = NULL, why_rat = NULL;
  g_autoptr (EsimProfileMetadata) metadata = esim_profile_metadata_parse (bytes, &why_metadata);
  g_autoptr (EsimRat) rat = esim_rat_parse (bytes, &why_rat);

  g_assert_true ((metadata == NULL) == (why_metadata != NULL));
  g_assert_true ((rat == NULL) == (why_rat != NULL));
  if (metadata != NULL)
    check_metadata (metadata);
  if (rat != NULL)
    check_rat (rat);
  return 0;
}
