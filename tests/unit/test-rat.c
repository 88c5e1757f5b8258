/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-rat.h"
#include "hex.h"

#include <string.h>

#define ICCID "5A0A981062103254769810F2"
#define NAMES "9103414243 920141"
/* Any operator. */
#define ANY "3005 8003 EEEEEE"

static EsimProfileMetadata *
make_profile (const char *owner, const char *rules)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *members = g_strconcat (ICCID NAMES, owner, rules, NULL);
  g_autofree char *object = hex_tlv ("BF25", members);
  g_autoptr (GBytes) bytes = hex_bytes (object);
  EsimProfileMetadata *metadata = esim_profile_metadata_parse (bytes, &error);

  g_assert_no_error (error);
  return metadata;
}

/* @rules: each a rule's contents in hexadecimal; NULL-terminated */
static EsimRat *
make_rat (const char *const *rules)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *table = NULL, *object = NULL;
  g_autoptr (GBytes) bytes = NULL;
  EsimRat *rat;

  for (guint i = 0; rules[i] != NULL; i++) {
    g_autofree char *rule = hex_tlv ("30", rules[i]);

    g_string_append (all, rule);
  }
  table = hex_tlv ("A0", all->str);
  object = hex_tlv ("BF43", table);
  bytes = hex_bytes (object);
  rat = esim_rat_parse (bytes, &error);
  g_assert_no_error (error);
  return rat;
}

static void
test_parse (void)
{
  g_autoptr (EsimRat) rat = make_rat ((const char *[]){
      "80020640 A10E 300C 8003 62F210 810101 82020203 82020780", "80020520 A100 820100", NULL});

  g_assert_cmpuint (rat->n_rules, ==, 2);
  g_assert_cmpint (rat->rules[0].rules, ==, ESIM_PPR_1_NO_DISABLE);
  g_assert_true (rat->rules[0].consent_required);
  g_assert_cmpuint (rat->rules[0].n_operators, ==, 1);
  assert_hex (rat->rules[0].operators[0].plmn, 3, "62F210");
  assert_bytes (rat->rules[0].operators[0].gid1, "01");
  assert_bytes (rat->rules[0].operators[0].gid2, "0203");
  g_assert_cmpint (rat->rules[1].rules, ==, ESIM_PPR_2_NO_DELETE);
  g_assert_false (rat->rules[1].consent_required);
  g_assert_cmpuint (rat->rules[1].n_operators, ==, 0);
}

static void
test_malformed (void)
{
  static const char *const bad[] = {
      "",
      "BF4300",
      "BF4302A001",
      "BF2D02A000",
      "BF4306A004 3002 8000",
      "BF430AA008 3006 A104 3002 8000",
      "BF430BA009 3007 A105 3003 810101",
      "BF4308A006 3004 82020880",
      "BF4302A000 00",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = hex_bytes (bad[i]);
    g_autoptr (EsimRat) rat = esim_rat_parse (bytes, &error);

    g_test_message ("%s", bad[i]);
    g_assert_null (rat);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

static void
test_too_many (void)
{
  g_autoptr (GString) rules = g_string_new (NULL);
  g_autofree char *table = NULL, *object = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimRat) rat = NULL;

  for (guint i = 0; i < 65; i++)
    g_string_append (rules, "3000");
  table = hex_tlv ("A0", rules->str);
  object = hex_tlv ("BF43", table);
  bytes = hex_bytes (object);
  rat = esim_rat_parse (bytes, &error);
  g_assert_null (rat);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
}

/* A table, a profile's owner and rules, and what comes of it. */
typedef struct {
  const char *rules[3];
  const char *owner;
  const char *ppr;
  gboolean allowed;
  gboolean consent;
} Case;

/* The first rule that is for the PPR and the owner counts, and no later one. */
static const Case cases[] = {
    {{NULL}, "", "", TRUE, FALSE},                          /* no PPR: no rule is needed */
    {{NULL}, "B705 8003 62F210", "99020780", TRUE, FALSE},  /* update control alone */
    {{NULL}, "B705 8003 62F210", "99020640", FALSE, FALSE}, /* no rule */
    {{"80020640 A107 " ANY " 82020780"}, "B705 8003 62F210", "99020640", TRUE, TRUE},
    {{"80020640 A107 " ANY " 820100"}, "B705 8003 62F210", "99020640", TRUE, FALSE},
    {{"80020520 A107 " ANY " 820100"}, "B705 8003 62F210", "99020640", FALSE, FALSE}, /* of the other PPR */
    {{"80020560 A107 " ANY " 820100"}, "B705 8003 62F210", "99020560", TRUE, FALSE},  /* both */
    {{"80020640 A107 " ANY " 820100"}, "B705 8003 62F210", "99020560", FALSE, FALSE}, /* one of both */
    {{"80020640 A107 30058003 62F220 82020780", "80020640 A107 " ANY " 820100"},
     "B705 8003 62F210",
     "99020640",
     TRUE,
     FALSE}, /* the first is for another operator */
    {{"80020640 A107 30058003 62F210 82020780", "80020640 A107 " ANY " 820100"},
     "B705 8003 62F210",
     "99020640",
     TRUE,
     TRUE}, /* the first counts */
    {{"80020640 A107 30058003 E3EEEE 820100"}, "B705 8003 62F210", "99020640", FALSE, FALSE},
    {{"80020640 A107 30058003 62FFEE 820100"}, "B705 8003 62F210", "99020640", FALSE, FALSE},
    {{"80020640 A107 30058003 62F2EE 820100"}, "B705 8003 62F210", "99020640", TRUE, FALSE},
    {{"80020640 A107 30058003 62E2EE 820100"}, "B705 8003 62F210", "99020640", TRUE, FALSE},
    {{"80020640 A10A 3008 8003 EEEEEE 810101 820100"}, "B708 8003 62F210 810101", "99020640", TRUE, FALSE},
    {{"80020640 A10A 3008 8003 EEEEEE 810101 820100"}, "B708 8003 62F210 810102", "99020640", FALSE, FALSE},
    {{"80020640 A10A 3008 8003 EEEEEE 810101 820100"}, "B705 8003 62F210", "99020640", FALSE, FALSE},
    {{"80020640 A109 3007 8003 EEEEEE 8100 820100"}, "B708 8003 62F210 810102", "99020640", TRUE, FALSE},
    {{"80020640 A10A 3008 8003 EEEEEE 820101 820100"}, "B708 8003 62F210 810101", "99020640", FALSE, FALSE},
    {{"80020640 A107 " ANY " 820100"}, "", "99020640", FALSE, FALSE}, /* without an owner it is nobody's */
    {{"80020640 A107 " ANY " 820100"}, "B708 8003 62F210 810101", "99020640", FALSE, FALSE},
    {{"80020640 A107 " ANY " 820100"}, "B709 8003 62F210 8100 8200", "99020640", TRUE, FALSE},
    {{"80020640 A10B 3009 8003 EEEEEE 8100 8200 820100"},
     "B70B 8003 62F210 810101 820102",
     "99020640",
     TRUE,
     FALSE},
    {{"80020640 A10B 3009 8003 EEEEEE 8100 8200 820100"}, "B705 8003 62F210", "99020640", TRUE, FALSE},
    {{"80020640 A100 820100"}, "B705 8003 62F210", "99020640", FALSE, FALSE},
};

static void
test_check (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimProfileMetadata) metadata = make_profile (cases[i].owner, cases[i].ppr);
    g_autoptr (EsimRat) rat = make_rat (cases[i].rules);
    gboolean consent = TRUE;

    g_test_message ("case %u", i);
    g_assert_cmpint (esim_rat_check (rat, metadata, FALSE, &consent, &error), ==, cases[i].allowed);
    if (cases[i].allowed) {
      g_assert_no_error (error);
      g_assert_cmpint (consent, ==, cases[i].consent);
    } else {
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION);
    }
  }
}

/* PPR1 beside another operational profile may not be, whatever the table says; PPR2 may. */
static void
test_operational (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimRat) rat = make_rat ((const char *[]){"80020560 A107 " ANY " 820100", NULL});
  g_autoptr (EsimProfileMetadata) first = make_profile ("B705 8003 62F210", "99020640");
  g_autoptr (EsimProfileMetadata) second = make_profile ("B705 8003 62F210", "99020520");
  gboolean consent;

  g_assert_true (esim_rat_check (rat, first, FALSE, &consent, NULL));
  g_assert_false (esim_rat_check (rat, first, TRUE, &consent, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION);
  g_assert_true (esim_rat_check (rat, second, TRUE, &consent, NULL));
  g_assert_false (esim_rat_check (NULL, second, FALSE, &consent, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rat/parse", test_parse);
  g_test_add_func ("/rat/malformed", test_malformed);
  g_test_add_func ("/rat/too-many", test_too_many);
  g_test_add_func ("/rat/check", test_check);
  g_test_add_func ("/rat/operational", test_operational);
  return g_test_run ();
}
