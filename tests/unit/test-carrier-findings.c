/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-findings.h"
#include "portal-fixture.h"

#include <string.h>

#define STEP "[step s]\nsource=s\norder=1\n"
#define TWO_PLANS "[notice p]\nplans=p\nsource=s\nlength=P30D\n[notice q]\nplans=q\nsource=s\nlength=P1D\n"
#define ANSWERS                                                                                              \
  "[notice]\nsource=s\nlength=P1M\n[credit]\nsource=s\ntreatment=forfeited\n[accounts]\nsource=s\nstill-"    \
  "send-codes="                                                                                              \
  "true\n"

static GPtrArray *
find_with (const EsimDeregistrationRecord *record, const char *facts, const EsimProfileInfo *profile)
{
  GPtrArray *findings = esim_findings_new ();
  g_autoptr (EsimCarrier) carrier = facts != NULL ? portal_fixture_carrier (facts) : NULL;

  esim_carrier_findings_add (findings, record, carrier, profile, NOW);
  for (guint i = 0; i < findings->len; i++) {
    const EsimFinding *finding = findings->pdata[i];

    g_assert_cmpint (finding->message[0], !=, '\0');
    g_assert_true (g_variant_is_of_type (finding->parameters, G_VARIANT_TYPE_VARDICT));
    /* The carrier's side is a warning at most: the way goes on with the user. */
    g_assert_cmpint (finding->severity, !=, ESIM_SEVERITY_BLOCKER);
  }
  return findings;
}

static GPtrArray *
find (const char *facts)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_PREPARING);

  return find_with (record, facts, NULL);
}

/* (nullable): the first of this code */
static const EsimFinding *
get (GPtrArray *findings, const char *code)
{
  for (guint i = 0; i < findings->len; i++) {
    const EsimFinding *finding = findings->pdata[i];

    if (strcmp (finding->code, code) == 0)
      return finding;
  }
  return NULL;
}

static guint
count (GPtrArray *findings, const char *code)
{
  guint n = 0;

  for (guint i = 0; i < findings->len; i++)
    n += strcmp (((EsimFinding *) findings->pdata[i])->code, code) == 0;
  return n;
}

/* What each topic says: the severity and a parameter with its value. */
static void
test_topics (void)
{
  static const struct {
    const char *facts, *code;
    EsimSeverity severity;
    const char *key, *value;
  } cases[] = {
      {"[notice]\nsource=s\nlength=P30D\nanchor=term-end\n", "notice", ESIM_SEVERITY_OK, "length", "'P30D'"},
      {"[notice]\nsource=s\nlength=P30D\nanchor=term-end\n", "notice", ESIM_SEVERITY_OK, "anchor",
       "'term-end'"},
      {"[notice]\nsource=s\nfee-within-term=true\n", "notice", ESIM_SEVERITY_WARNING, "fee-within-term",
       "true"},
      {"[notice]\nsource=s\nfee-within-term=false\n", "notice", ESIM_SEVERITY_OK, "fee-within-term", "false"},
      {"[processing]\nsource=s\nworking-days-min=1\nworking-days-max=3\n", "processing", ESIM_SEVERITY_OK,
       "days-min", "uint32 1"},
      {"[processing]\nsource=s\nworking-days-min=1\nworking-days-max=3\n", "processing", ESIM_SEVERITY_OK,
       "days-max", "uint32 3"},
      {"[final-bill]\nsource=s\ncharge=whole-month\n", "final-bill", ESIM_SEVERITY_WARNING, "charge",
       "'whole-month'"},
      {"[final-bill]\nsource=s\ninstalments-due=true\n", "final-bill", ESIM_SEVERITY_WARNING,
       "instalments-due", "true"},
      {"[credit]\nsource=s\ntreatment=forfeited\n", "credit", ESIM_SEVERITY_WARNING, "treatment",
       "'forfeited'"},
      {"[credit]\nsource=s\ntreatment=on-request\n", "credit", ESIM_SEVERITY_WARNING, "treatment",
       "'on-request'"},
      {"[bundle x]\nsource=s\ntype=family\nsplit-first=true\n", "bundle", ESIM_SEVERITY_WARNING, "type",
       "'family'"},
      {"[bundle x]\nsource=s\ntype=family\nsplit-first=true\n", "bundle", ESIM_SEVERITY_WARNING,
       "split-first", "true"},
      {"[automatic-payment]\nsource=s\nswitched-off-apart=true\n", "automatic-payment", ESIM_SEVERITY_WARNING,
       "switched-off-apart", "true"},
      {"[add-on]\nsource=s\nends-contract=false\n", "add-on", ESIM_SEVERITY_WARNING, "ends-contract",
       "false"},
      {"[lost]\nsource=s\nwhat=number;mail\n", "lost", ESIM_SEVERITY_WARNING, "what", "['number', 'mail']"},
      {"[porting x]\nsource=s\ncode=PAC\nends-contract=true\n", "porting", ESIM_SEVERITY_OK, "code", "'PAC'"},
      {"[abroad]\nsource=s\npossible=true\n", "abroad", ESIM_SEVERITY_OK, "possible", "true"},
      {"[abroad]\nsource=s\npossible=false\n", "abroad", ESIM_SEVERITY_WARNING, "possible", "false"},
      {"[reissue]\nsource=s\npossible=true\n", "reissue", ESIM_SEVERITY_OK, "possible", "true"},
      {"[ending]\nsource=s\nby=expiry\nends-by-itself=true\n", "ends-by-itself", ESIM_SEVERITY_OK, "by",
       "'expiry'"},
      {"[accounts]\nsource=s\nstill-send-codes=true\n", "accounts-elsewhere", ESIM_SEVERITY_WARNING,
       "still-send-codes", "true"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GPtrArray) findings = find (cases[i].facts);
    const EsimFinding *finding = get (findings, cases[i].code);
    g_autoptr (GVariant) value = NULL;
    g_autofree char *text = NULL;

    g_test_message ("%s", cases[i].facts);
    g_assert_nonnull (finding);
    g_assert_cmpuint (count (findings, cases[i].code), ==, 1);
    g_assert_cmpint (finding->severity, ==, cases[i].severity);
    value = g_variant_lookup_value (finding->parameters, cases[i].key, NULL);
    g_assert_nonnull (value);
    text = g_variant_print (value, TRUE);
    g_assert_cmpstr (text, ==, cases[i].value);
  }
}

/* The directory's own words come first, in English and in the others. */
static void
test_words (void)
{
  g_autoptr (GPtrArray) findings = find (
      "[notice]\nsource=s\nlength=P1M\ntext=A month\ntext[zh_CN]=一个月\n[lost]\nsource=s\nwhat=mail\n");
  const EsimFinding *notice = get (findings, "notice");
  g_autoptr (GVariant) text = NULL;
  const char *chinese = NULL;

  g_assert_nonnull (notice);
  g_assert_cmpstr (notice->message, ==, "A month");
  text = g_variant_lookup_value (notice->parameters, "text", G_VARIANT_TYPE ("a{ss}"));
  g_assert_true (g_variant_lookup (text, "zh_CN", "&s", &chinese));
  g_assert_cmpstr (chinese, ==, "一个月");
}

/* Nothing is said of what nobody knows, but for what is better asked or looked after. */
static void
test_unknown (void)
{
  static const char *const silent[] = {
      "notice",       "processing", "final-bill", "credit",        "bundle",          "automatic-payment",
      "add-on",       "lost",       "porting",    "abroad",        "reissue",         "ends-by-itself",
      "facts-old",    "conflict",   "bring",      "plan-question", "carrier-unknown", "carrier-question",
      "needs-enabled"};
  g_autoptr (GPtrArray) findings = find (""), told = find (ANSWERS STEP);

  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    g_assert_null (get (findings, silent[i]));
  g_assert_cmpint (get (findings, "notice-unknown")->severity, ==, ESIM_SEVERITY_WARNING);
  g_assert_cmpint (get (findings, "credit-unknown")->severity, ==, ESIM_SEVERITY_OK);
  g_assert_cmpint (get (findings, "accounts-elsewhere")->severity, ==, ESIM_SEVERITY_WARNING);
  g_assert_cmpint (get (findings, "no-steps")->severity, ==, ESIM_SEVERITY_WARNING);
  g_assert_null (get (told, "notice-unknown"));
  g_assert_null (get (told, "credit-unknown"));
  g_assert_null (get (told, "no-steps"));
  g_assert_cmpuint (count (told, "accounts-elsewhere"), ==, 1);
}

/* What is not so needs no warning. */
static void
test_not_so (void)
{
  g_autoptr (GPtrArray) findings =
      find ("[accounts]\nsource=s\nstill-send-codes=false\n[ending]\nsource=s\nby=request\n");

  g_assert_null (get (findings, "ends-by-itself"));
  g_assert_null (get (findings, "accounts-elsewhere"));
}

static void
test_who (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_PREPARING);
  g_autoptr (GPtrArray) known = find_with (record, STEP, NULL), unknown = find_with (record, NULL, NULL);
  g_autoptr (GPtrArray) asked = NULL;
  const EsimFinding *finding = get (known, "carrier-known");

  g_assert_nonnull (finding);
  g_assert_cmpint (finding->severity, ==, ESIM_SEVERITY_OK);
  g_assert_cmpstr (portal_fixture_string (finding->parameters, "id"), ==, "lab");
  g_assert_true (g_variant_lookup (finding->parameters, "name", "a{ss}", NULL));
  g_assert_cmpstr (portal_fixture_string (get (known, "method")->parameters, "method"), ==, "portal");
  g_assert_cmpint (get (unknown, "carrier-unknown")->severity, ==, ESIM_SEVERITY_WARNING);
  g_assert_nonnull (get (unknown, "accounts-elsewhere"));
  g_assert_null (get (unknown, "carrier-known"));
  record->carrier_known = FALSE;
  asked = find_with (record, NULL, NULL);
  g_assert_cmpint (get (asked, "carrier-question")->severity, ==, ESIM_SEVERITY_WARNING);
  g_assert_null (get (asked, "carrier-unknown"));
}

/* Of a plan that is not known all is shown, with the plans that it is said of. */
static void
test_plan (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_PREPARING);
  g_autoptr (GPtrArray) chosen = find_with (record, TWO_PLANS, NULL), asked = NULL, unsure = NULL;

  g_assert_cmpuint (count (chosen, "notice"), ==, 1);
  assert_words (get (chosen, "notice")->parameters, "plans", "p ");
  g_assert_null (get (chosen, "plan-question"));
  record->plan_known = FALSE;
  esim_set_string (&record->plan, "");
  asked = find_with (record, TWO_PLANS, NULL);
  g_assert_cmpint (get (asked, "plan-question")->severity, ==, ESIM_SEVERITY_WARNING);
  g_assert_cmpuint (count (asked, "notice"), ==, 2);
  record->plan_known = TRUE;
  unsure = find_with (record, TWO_PLANS, NULL);
  g_assert_null (get (unsure, "plan-question"));
  g_assert_cmpuint (count (unsure, "notice"), ==, 2);
}

static void
test_conflict (void)
{
  g_autoptr (GPtrArray) findings =
      find ("[notice]\nsource=s\nlength=P30D\nconflict=x\ntext=Thirty days\n"
            "[notice b]\nsource=s\nlength=P14D\nconflict=x\ntext=Fourteen days\n"
            "[processing a]\nsource=s\nplans=q\nworking-days-max=1\nconflict=x\n"
            "[processing b]\nsource=s\nplans=q\nworking-days-max=2\nconflict=x\n");
  const EsimFinding *conflict = get (findings, "conflict");
  g_autoptr (GVariant) texts = NULL;

  /* Once, and not that of another plan; both facts stand there all the same. */
  g_assert_cmpuint (count (findings, "conflict"), ==, 1);
  g_assert_cmpint (conflict->severity, ==, ESIM_SEVERITY_WARNING);
  g_assert_cmpstr (portal_fixture_string (conflict->parameters, "topic"), ==, "notice");
  texts = g_variant_lookup_value (conflict->parameters, "texts", G_VARIANT_TYPE ("aa{ss}"));
  g_assert_nonnull (texts);
  g_assert_cmpuint (g_variant_n_children (texts), ==, 2);
  g_assert_cmpuint (count (findings, "notice"), ==, 2);
}

/* The head's source was looked at on 2026-11-01; @checked is another one. */
static void
assert_age (const char *checked, const char *wanted)
{
  g_autofree char *facts =
      g_strdup_printf ("[source t]\ntitle=T\nchecked=%s\nsure=C\nstored-copy=true\n", checked);
  g_autoptr (GPtrArray) findings = find (facts);
  const EsimFinding *old = get (findings, "facts-old");

  g_assert_cmpstr (old != NULL ? portal_fixture_string (old->parameters, "checked") : NULL, ==, wanted);
  g_assert_true (old == NULL || old->severity == ESIM_SEVERITY_WARNING);
}

static void
test_age (void)
{
  assert_age ("2026-10-01", NULL);
  assert_age ("2025-11-20", NULL);
  assert_age ("2025-11-19", "2025-11-19");
  assert_age ("2019-01-01", "2019-01-01");
}

static void
test_bring (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_PREPARING);
  EsimProfileInfo disabled = {.enabled = FALSE}, enabled = {.enabled = TRUE};
  static const char sms[] = STEP "bring=sms-access;phone-number\n";
  g_autoptr (GPtrArray) full = find_with (record, FULL, &disabled), off = find_with (record, sms, &disabled);
  g_autoptr (GPtrArray) on = find_with (record, sms, &enabled), away = find_with (record, sms, NULL);
  const EsimFinding *bring = get (full, "bring");

  g_assert_nonnull (bring);
  g_assert_cmpint (bring->severity, ==, ESIM_SEVERITY_OK);
  assert_words (bring->parameters, "bring", "identity-document account-login phone-number ");
  g_assert_null (get (full, "needs-enabled"));
  g_assert_null (get (full, "no-steps"));
  g_assert_cmpint (get (off, "needs-enabled")->severity, ==, ESIM_SEVERITY_WARNING);
  g_assert_null (get (on, "needs-enabled"));
  g_assert_null (get (away, "needs-enabled"));
}

/* Where the carrier's server is asked, a carrier that is in no directory will do. */
static void
test_server (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  g_autoptr (GPtrArray) alone = NULL, known = NULL;

  esim_set_string (&record->method, ESIM_METHOD_TS43);
  alone = find_with (record, NULL, NULL);
  g_assert_cmpstr (portal_fixture_string (get (alone, "method")->parameters, "method"), ==, "ts43");
  g_assert_null (get (alone, "carrier-unknown"));
  g_assert_null (get (alone, "listed-lines"));
  g_strfreev (record->ts43.others);
  record->ts43.others = g_strdupv ((char *[]){(char *) "8965880812100099999", NULL});
  known = find_with (record, FULL, NULL);
  g_assert_cmpuint (count (known, "method"), ==, 1);
  g_assert_null (get (known, "no-steps"));
  assert_words (get (known, "listed-lines")->parameters, "iccids", "8965880812100099999 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/carrier-findings/topics", test_topics);
  g_test_add_func ("/carrier-findings/words", test_words);
  g_test_add_func ("/carrier-findings/unknown", test_unknown);
  g_test_add_func ("/carrier-findings/not-so", test_not_so);
  g_test_add_func ("/carrier-findings/who", test_who);
  g_test_add_func ("/carrier-findings/plan", test_plan);
  g_test_add_func ("/carrier-findings/conflict", test_conflict);
  g_test_add_func ("/carrier-findings/age", test_age);
  g_test_add_func ("/carrier-findings/bring", test_bring);
  g_test_add_func ("/carrier-findings/server", test_server);
  return g_test_run ();
}
