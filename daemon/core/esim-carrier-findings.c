/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-findings.h"
#include "esim-portal-channel.h"
#include "esim-question.h"

#include <string.h>

static gboolean
is (const EsimCarrierFact *fact, const char *key, gboolean wanted)
{
  gboolean value;

  return esim_carrier_fact_get_boolean (fact, key, &value) && value == wanted;
}

static EsimSeverity
judge_notice (const EsimCarrierFact *fact)
{
  return is (fact, "fee-within-term", TRUE) ? ESIM_SEVERITY_WARNING : ESIM_SEVERITY_OK;
}

static EsimSeverity
judge_final_bill (const EsimCarrierFact *fact)
{
  const char *charge = esim_carrier_fact_get_string (fact, "charge");

  return is (fact, "instalments-due", TRUE) || g_strcmp0 (charge, "whole-month") == 0 ? ESIM_SEVERITY_WARNING
                                                                                      : ESIM_SEVERITY_OK;
}

static EsimSeverity
judge_payment (const EsimCarrierFact *fact)
{
  return is (fact, "switched-off-apart", TRUE) ? ESIM_SEVERITY_WARNING : ESIM_SEVERITY_OK;
}

static EsimSeverity
judge_add_on (const EsimCarrierFact *fact)
{
  return is (fact, "ends-contract", FALSE) ? ESIM_SEVERITY_WARNING : ESIM_SEVERITY_OK;
}

static EsimSeverity
judge_abroad (const EsimCarrierFact *fact)
{
  return is (fact, "possible", FALSE) ? ESIM_SEVERITY_WARNING : ESIM_SEVERITY_OK;
}

static EsimSeverity
warn (const EsimCarrierFact *fact)
{
  return ESIM_SEVERITY_WARNING;
}

static EsimSeverity
inform (const EsimCarrierFact *fact)
{
  return ESIM_SEVERITY_OK;
}

/* What is worth knowing beforehand, in the order in which it is shown. */
static const struct {
  const char *topic;
  const char *code;
  EsimSeverity (*judge) (const EsimCarrierFact *fact);
  const char *message; /* where the directory has no words */
  const char *unknown; /* the code where nothing is known; NULL = nothing is said then */
  const char *unknown_message;
} topics[] = {
    {"ending", "ends-by-itself", inform, "how the contract ends", NULL, NULL},
    {"notice", "notice", judge_notice, "there is a period of notice", "notice-unknown",
     "whether there is a period of notice is not known: ask the carrier"},
    {"processing", "processing", inform, "the carrier takes some working days", NULL, NULL},
    {"final-bill", "final-bill", judge_final_bill, "there is a last bill", NULL, NULL},
    {"credit", "credit", warn, "what is left of the credit: use it, or ask for it back, before the end",
     "credit-unknown", "what becomes of credit that is left is not known"},
    {"bundle", "bundle", warn, "other things hang on this contract", NULL, NULL},
    {"automatic-payment", "automatic-payment", judge_payment, "automatic payment is switched off apart", NULL,
     NULL},
    {"add-on", "add-on", judge_add_on, "ending a package does not end the contract", NULL, NULL},
    {"lost", "lost", warn, "something is lost with the contract", NULL, NULL},
    {"porting", "porting", inform, "the number can be taken elsewhere instead", NULL, NULL},
    {"abroad", "abroad", judge_abroad, "whether it can be done from abroad", NULL, NULL},
    {"reissue", "reissue", inform, "a new eSIM instead of an end", NULL, NULL},
    {"accounts", "accounts-elsewhere", warn,
     "accounts elsewhere may still send their codes to this number: change them first", "accounts-elsewhere",
     "accounts elsewhere may still send their codes to this number: change them first"},
};

static const char *
english (const EsimCarrierFact *fact, const char *otherwise)
{
  g_autoptr (GVariant) text = g_variant_lookup_value (fact->values, "text", G_VARIANT_TYPE ("a{ss}"));
  const char *words = NULL;

  return text != NULL && g_variant_lookup (text, "", "&s", &words) ? words : otherwise;
}

/* What the file says, and whom it concerns. */
static GVariant *
parameters_of (const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
               const EsimCarrierFact *fact)
{
  g_autoptr (GVariant) plans = NULL;
  GVariantDict dict;
  guint days;

  if (strcmp (fact->topic->word, "processing") == 0) {
    g_variant_dict_init (&dict, NULL);
    if (g_variant_lookup (fact->values, "working-days-min", "u", &days))
      g_variant_dict_insert (&dict, "days-min", "u", days);
    if (g_variant_lookup (fact->values, "working-days-max", "u", &days))
      g_variant_dict_insert (&dict, "days-max", "u", days);
    return g_variant_dict_end (&dict);
  }
  g_variant_dict_init (&dict, fact->values);
  plans = g_variant_ref_sink (esim_portal_describe_plans (record, carrier, fact));
  if (g_variant_n_children (plans) > 0)
    g_variant_dict_insert_value (&dict, "plan-names", plans);
  g_variant_dict_insert (&dict, "plans", "^as", fact->plans);
  g_variant_dict_insert (&dict, "conflict", "s", fact->conflict);
  return g_variant_dict_end (&dict);
}

/* What needs no words: that a contract ends when its user asks for it, and that nothing is sent any more. */
static gboolean
is_ordinary (const EsimCarrierFact *fact)
{
  if (strcmp (fact->topic->word, "ending") == 0)
    return !is (fact, "ends-by-itself", TRUE);
  return strcmp (fact->topic->word, "accounts") == 0 && is (fact, "still-send-codes", FALSE);
}

static void
add_topics (GPtrArray *findings, const EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  for (guint i = 0; i < G_N_ELEMENTS (topics); i++) {
    g_autoptr (GPtrArray) facts =
        esim_carrier_find_facts (carrier, topics[i].topic, esim_portal_get_plan (record));

    for (guint j = 0; j < facts->len; j++) {
      const EsimCarrierFact *fact = g_ptr_array_index (facts, j);

      if (is_ordinary (fact))
        continue;
      esim_findings_add (findings, topics[i].judge (fact), topics[i].code,
                         g_strdup (english (fact, topics[i].message)), parameters_of (record, carrier, fact));
    }
    if (facts->len == 0 && topics[i].unknown != NULL)
      esim_findings_add (findings,
                         strcmp (topics[i].topic, "credit") == 0 ? ESIM_SEVERITY_OK : ESIM_SEVERITY_WARNING,
                         topics[i].unknown, g_strdup (topics[i].unknown_message), NULL);
  }
}

static void
add_conflict (GPtrArray *findings, const EsimCarrier *carrier, const EsimCarrierFact *first)
{
  GVariantBuilder texts;

  g_variant_builder_init (&texts, G_VARIANT_TYPE ("aa{ss}"));
  for (guint i = 0; i < carrier->facts->len; i++) {
    const EsimCarrierFact *fact = g_ptr_array_index (carrier->facts, i);
    g_autoptr (GVariant) text = g_variant_lookup_value (fact->values, "text", G_VARIANT_TYPE ("a{ss}"));

    if (fact->topic == first->topic && strcmp (fact->conflict, first->conflict) == 0 && text != NULL)
      g_variant_builder_add_value (&texts, text);
  }
  esim_findings_add (
      findings, ESIM_SEVERITY_WARNING, "conflict",
      g_strdup_printf ("the sources contradict one another (%s): ask the carrier", first->topic->word),
      g_variant_new_parsed ("{'topic': <%s>, 'texts': <%*>}", first->topic->word,
                            g_variant_builder_end (&texts)));
}

static void
add_conflicts (GPtrArray *findings, const EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < carrier->facts->len; i++) {
    const EsimCarrierFact *fact = g_ptr_array_index (carrier->facts, i);

    if (*fact->conflict == '\0' || !esim_carrier_fact_is_about (fact, esim_portal_get_plan (record)) ||
        !g_hash_table_add (seen, g_strconcat (fact->topic->word, " ", fact->conflict, NULL)))
      continue;
    add_conflict (findings, carrier, fact);
  }
}

static void
add_age (GPtrArray *findings, const EsimCarrier *carrier, gint64 now)
{
  g_autoptr (GDateTime) today = g_date_time_new_from_unix_utc (now);
  g_autoptr (GDateTime) limit = g_date_time_add_years (today, -1);
  g_autofree char *day = g_date_time_format (limit, "%Y-%m-%d");
  const char *oldest = NULL;

  for (guint i = 0; i < carrier->sources->len; i++) {
    const EsimCarrierSource *source = g_ptr_array_index (carrier->sources, i);

    if (oldest == NULL || strcmp (source->checked, oldest) < 0)
      oldest = source->checked;
  }
  if (oldest != NULL && strcmp (oldest, day) < 0)
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "facts-old",
                       g_strdup_printf ("what is known of this carrier was looked at on %s: it may have "
                                        "changed",
                                        oldest),
                       g_variant_new_parsed ("{'checked': <%s>}", oldest));
}

static void
add_steps (GPtrArray *findings, const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
           const EsimProfileInfo *profile)
{
  g_autoptr (GPtrArray) steps = esim_carrier_find_facts (carrier, "step", esim_portal_get_plan (record));
  g_auto (GStrv) bring = esim_portal_dup_words (record, carrier, "bring");

  if (steps->len == 0 && !esim_deregistration_record_is_ts43 (record))
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "no-steps",
                       g_strdup ("the steps at this carrier are not known: ask there how the contract is "
                                 "ended"),
                       NULL);
  if (bring[0] != NULL) {
    g_autofree char *list = g_strjoinv (", ", bring);

    esim_findings_add (findings, ESIM_SEVERITY_OK, "bring", g_strdup_printf ("have at hand: %s", list),
                       g_variant_new_parsed ("{'bring': <%^as>}", bring));
  }
  if (g_strv_contains ((const char *const *) bring, "sms-access") && profile != NULL && !profile->enabled)
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "needs-enabled",
                       g_strdup ("the carrier sends codes to this number, and the profile is disabled: "
                                 "enable it first"),
                       NULL);
}

static void
add_who (GPtrArray *findings, const EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  if (!record->carrier_known) {
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "carrier-question",
                       g_strdup ("which carrier it is cannot be told from the profile: it is asked"), NULL);
  } else if (carrier == NULL && !esim_deregistration_record_is_ts43 (record)) {
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "carrier-unknown",
                       g_strdup ("nothing is known of how this carrier ends contracts: ask there; dates and "
                                 "evidence are kept all the same"),
                       NULL);
  } else if (carrier != NULL) {
    esim_findings_add (findings, ESIM_SEVERITY_OK, "carrier-known",
                       g_strdup_printf ("the contract is with %s", record->carrier_name),
                       g_variant_new_parsed ("{'id': <%s>, 'name': <%*>}", carrier->id, carrier->name));
  }
}

static void
add_method (GPtrArray *findings, const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
            const EsimProfileInfo *profile)
{
  if (!esim_deregistration_record_is_ts43 (record)) {
    if (carrier != NULL)
      esim_findings_add (findings, ESIM_SEVERITY_OK, "method",
                         g_strdup ("the contract is ended on the carrier's own ways, by you"),
                         g_variant_new_parsed ("{'method': <'portal'>}"));
    return;
  }
  esim_findings_add (findings, ESIM_SEVERITY_OK, "method",
                     g_strdup ("the carrier's server is asked to end the contract"),
                     g_variant_new_parsed ("{'method': <'ts43'>}"));
  if (profile != NULL && !profile->enabled)
    esim_findings_add (
        findings, ESIM_SEVERITY_WARNING, "usim-disabled",
        g_strdup ("the profile is not enabled, so its SIM cannot prove the line to the carrier: "
                  "enable it first, or log in where the carrier's server offers that"),
        NULL);
  /* Known once the server has listed them. */
  if (record->ts43.others[0] != NULL)
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "listed-lines",
                       g_strdup ("the carrier lists other lines beside this one: ask what becomes of them"),
                       g_variant_new_parsed ("{'count': <%u>, 'iccids': <%^as>}",
                                             g_strv_length (record->ts43.others), record->ts43.others));
}

void
esim_carrier_findings_add (GPtrArray *findings, const EsimDeregistrationRecord *record,
                           const EsimCarrier *carrier, const EsimProfileInfo *profile, gint64 now)
{
  add_who (findings, record, carrier);
  add_method (findings, record, carrier, profile);
  if (carrier == NULL) {
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "accounts-elsewhere",
                       g_strdup ("accounts elsewhere may still send their codes to this number: change them "
                                 "first"),
                       NULL);
    return;
  }
  if (!record->plan_known && esim_question_needs_plan (carrier))
    esim_findings_add (findings, ESIM_SEVERITY_WARNING, "plan-question",
                       g_strdup ("how it is ended depends on the kind of contract: it is asked"), NULL);
  add_age (findings, carrier, now);
  add_conflicts (findings, record, carrier);
  add_steps (findings, record, carrier, profile);
  add_topics (findings, record, carrier);
}
