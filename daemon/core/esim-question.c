/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-question.h"
#include "esim-portal-channel.h"
#include "esim-ts43-question.h"

#include <string.h>

static const struct {
  const char *type;
  const char *subject;
  const char *message;
} words[] = {
    [ESIM_QUESTION_NONE] = {"", "", ""},
    [ESIM_QUESTION_CARRIER] = {"carrier-question", "carrier", "Which carrier is the contract with?"},
    [ESIM_QUESTION_PLAN] = {"carrier-question", "plan",
                            "What kind of contract is it? How it is ended depends on that."},
    [ESIM_QUESTION_CONSENT] = {"consent", "portal",
                               "The contract is ended at the carrier first, by you, on the ways that are "
                               "shown. The profile stays until you say that the carrier has confirmed it "
                               "and the contract's last day is over; then it is deleted from the card, "
                               "which cannot be undone, and the operator's server is told."},
    [ESIM_QUESTION_LOGIN] = {"open-page", "login",
                             "Log in at the carrier's page. What you type there stays between you and the "
                             "carrier."},
    [ESIM_QUESTION_REQUEST] = {"open-page", "request",
                               "Ask for the end of the contract on the carrier's page."},
    [ESIM_QUESTION_SUBMISSION] = {"attest", "submission",
                                  "Have you asked the carrier to end the contract? What was the answer?"},
    [ESIM_QUESTION_OUTCOME] = {"attest", "outcome", "Has the carrier answered? What did it say?"},
    [ESIM_QUESTION_REMINDER] = {"reminder", "end",
                                "The contract ends soon. After its last day the profile is deleted."},
    [ESIM_QUESTION_DISCONNECT] = {"disconnect-consent", "network",
                                  "The profile is enabled, and its modem is this machine's only way to the "
                                  "network: deleting it cuts that. Connect another way first, or allow it."},
};

#define LOCAL_MESSAGE                                                                                        \
  "The profile is disabled and deleted from the card, which cannot be undone, and the operator's "           \
  "server is told. The contract goes on until you end it at the carrier."

#define TS43_MESSAGE                                                                                         \
  "The carrier's server is asked to end the contract. The profile stays until the carrier has confirmed "    \
  "it; "                                                                                                     \
  "then it is deleted from the card, which cannot be undone, and the operator's server is told. Where what " \
  "the carrier shows is not clear, you are asked."

#define CARDLESS_TS43_MESSAGE                                                                                \
  "The carrier's server is asked to end the contract; you log in there. The profile is not on a card any "   \
  "more: nothing is deleted. Where what the carrier shows is not clear, you are asked."

#define CARDLESS_MESSAGE                                                                                     \
  "The contract is ended at the carrier, by you, on the ways that are shown. The profile is not on a card "  \
  "any more: nothing is deleted."

const EsimCarrier *
esim_question_find_carrier (const EsimQuestionContext *context, const char *id)
{
  for (guint i = 0; context->carriers != NULL && i < context->carriers->len; i++) {
    const EsimCarrier *carrier = g_ptr_array_index (context->carriers, i);

    if (strcmp (carrier->id, id) == 0)
      return carrier;
  }
  return NULL;
}

gboolean
esim_question_needs_plan (const EsimCarrier *carrier)
{
  for (guint i = 0; carrier != NULL && carrier->plans->len > 0 && i < carrier->facts->len; i++)
    if (((const EsimCarrierFact *) g_ptr_array_index (carrier->facts, i))->plans[0] != NULL)
      return TRUE;
  return FALSE;
}

static EsimQuestion
find_preparing (const EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  if (record->steps[ESIM_STEP_PREFLIGHT] != ESIM_STEP_DONE || record->dry_run)
    return ESIM_QUESTION_NONE;
  if (esim_deregistration_record_is_local (record))
    return ESIM_QUESTION_CONSENT;
  if (!record->carrier_known)
    return ESIM_QUESTION_CARRIER;
  if (!record->plan_known && esim_question_needs_plan (carrier))
    return ESIM_QUESTION_PLAN;
  return ESIM_QUESTION_CONSENT;
}

/* Where the carrier's server is asked, nothing of the portal is, but for what concerns the card. */
static gboolean
is_of_server (const EsimDeregistrationRecord *record)
{
  return esim_deregistration_record_is_ts43 (record) && record->stage != ESIM_STAGE_PREPARING &&
         record->stage != ESIM_STAGE_REMOVING_PROFILE &&
         (record->stage != ESIM_STAGE_AWAITING_END || record->ts43.ask != ESIM_TS43_ASK_NONE);
}

EsimQuestion
esim_question_find (const EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  if (is_of_server (record))
    return esim_ts43_question_find (record);
  switch (record->stage) {
  case ESIM_STAGE_PREPARING:
    return find_preparing (record, carrier);
  case ESIM_STAGE_VERIFYING_IDENTITY:
    return esim_portal_find_page (record, carrier) != NULL ? ESIM_QUESTION_LOGIN : ESIM_QUESTION_SUBMISSION;
  case ESIM_STAGE_SUBMITTING:
    /* Once the page may have been opened, it is not offered again before the user has said what became of
     * it: nothing is submitted twice. */
    return record->steps[ESIM_STEP_SUBMIT] != ESIM_STEP_RUNNING &&
                   esim_portal_find_page (record, carrier) != NULL
               ? ESIM_QUESTION_REQUEST
               : ESIM_QUESTION_SUBMISSION;
  case ESIM_STAGE_SUBMISSION_UNKNOWN:
    return ESIM_QUESTION_SUBMISSION;
  case ESIM_STAGE_IN_REVIEW:
    return ESIM_QUESTION_OUTCOME;
  case ESIM_STAGE_AWAITING_END:
    return ESIM_QUESTION_REMINDER;
  case ESIM_STAGE_REMOVING_PROFILE:
    return record->disconnect_asked != 0 && record->disconnect_allowed == 0 ? ESIM_QUESTION_DISCONNECT
                                                                            : ESIM_QUESTION_NONE;
  case ESIM_STAGE_CONFIRMED:
  case ESIM_STAGE_NOTIFYING_OPERATOR:
  case ESIM_STAGE_VERIFYING_END:
  case ESIM_STAGE_COMPLETED:
  case ESIM_STAGE_WITHDRAWN:
  case ESIM_STAGE_REJECTED:
  case ESIM_STAGE_FAILED:
  case ESIM_STAGE_CHECKED:
  case ESIM_STAGE_UNREADABLE:
  default:
    return ESIM_QUESTION_NONE;
  }
}

gboolean
esim_question_is_due (EsimQuestion question, const EsimDeregistrationRecord *record)
{
  if (esim_ts43_question_is (question))
    return esim_ts43_question_is_due (question, record);
  if (question == ESIM_QUESTION_OUTCOME || question == ESIM_QUESTION_REMINDER)
    return record->reminded != 0;
  return question != ESIM_QUESTION_NONE;
}

static GVariant *
describe_choice (const char *value, GVariant *label)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "value", "s", value);
  g_variant_dict_insert_value (&dict, "label", label);
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_field (const char *name, GVariantBuilder *choices)
{
  GVariantDict dict;
  GVariant *field;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", name);
  g_variant_dict_insert (&dict, "type", "s", "choice");
  g_variant_dict_insert (&dict, "required", "b", TRUE);
  g_variant_dict_insert_value (&dict, "choices", g_variant_builder_end (choices));
  field = g_variant_dict_end (&dict);
  return g_variant_new_array (G_VARIANT_TYPE_VARDICT, &field, 1);
}

static void
add_carriers (GVariantDict *dict, const EsimQuestionContext *context)
{
  GVariantBuilder choices;

  g_variant_builder_init (&choices, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; context->carriers != NULL && i < context->carriers->len; i++) {
    const EsimCarrier *carrier = g_ptr_array_index (context->carriers, i);

    g_variant_builder_add_value (&choices, describe_choice (carrier->id, carrier->name));
  }
  g_variant_builder_add_value (
      &choices, describe_choice ("", g_variant_new_parsed ("{'': 'another, that is not in this list'}")));
  g_variant_dict_insert_value (dict, "fields", describe_field ("carrier", &choices));
}

/* @carrier: (nullable): its entry can have gone since the question was found */
static void
add_plans (GVariantDict *dict, const EsimCarrier *carrier)
{
  GVariantBuilder choices;

  g_variant_builder_init (&choices, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; carrier != NULL && i < carrier->plans->len; i++) {
    const EsimCarrierPlan *plan = g_ptr_array_index (carrier->plans, i);
    gboolean named = g_variant_n_children (plan->name) > 0;

    g_variant_builder_add_value (
        &choices,
        describe_choice (plan->id, named ? plan->name : g_variant_new_parsed ("{'': %s}", plan->kind)));
  }
  g_variant_builder_add_value (&choices,
                               describe_choice ("", g_variant_new_parsed ("{'': 'I do not know'}")));
  g_variant_dict_insert_value (dict, "fields", describe_field ("plan", &choices));
}

static void
add_words (GVariantDict *dict, const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
           const char *key)
{
  g_auto (GStrv) list = esim_portal_dup_words (record, carrier, key);

  g_variant_dict_insert (dict, key, "^as", list);
}

static void
add_string (GVariantDict *dict, const char *key, const EsimCarrierFact *page, const char *first,
            const char *second)
{
  const char *text = esim_carrier_fact_get_string (page, first);

  if (text == NULL && second != NULL)
    text = esim_carrier_fact_get_string (page, second);
  g_variant_dict_insert (dict, key, "s", text != NULL ? text : "");
}

static void
add_page (GVariantDict *dict, EsimQuestion question, const EsimDeregistrationRecord *record,
          const EsimCarrier *carrier)
{
  const EsimCarrierFact *page = esim_portal_find_page (record, carrier);
  g_auto (GStrv) hosts = NULL;

  if (page == NULL)
    return;
  hosts = esim_portal_dup_hosts (page);
  g_variant_dict_insert (dict, "allowed-hosts", "^as", hosts);
  if (question == ESIM_QUESTION_OUTCOME) {
    add_string (dict, "status-address", page, "status-url", NULL);
    return;
  }
  if (question == ESIM_QUESTION_LOGIN)
    add_string (dict, "address", page, "login-url", "url");
  else
    add_string (dict, "address", page, "form-url", "url");
  add_string (dict, "recovery-address", page, "recovery-url", NULL);
  add_string (dict, "stop-at", page, "stop-url", NULL);
}

static const char *
get_message (EsimQuestion question, const EsimDeregistrationRecord *record)
{
  if (question != ESIM_QUESTION_CONSENT)
    return words[question].message;
  if (esim_deregistration_record_is_local (record))
    return LOCAL_MESSAGE;
  if (esim_deregistration_record_is_ts43 (record))
    return esim_deregistration_record_is_cardless (record) ? CARDLESS_TS43_MESSAGE : TS43_MESSAGE;
  return esim_deregistration_record_is_cardless (record) ? CARDLESS_MESSAGE : words[question].message;
}

static void
add_details (GVariantDict *dict, EsimQuestion question, const EsimDeregistrationRecord *record,
             const EsimCarrier *carrier, const EsimQuestionContext *context)
{
  switch (question) {
  case ESIM_QUESTION_CARRIER:
    add_carriers (dict, context);
    break;
  case ESIM_QUESTION_PLAN:
    add_plans (dict, carrier);
    break;
  case ESIM_QUESTION_REQUEST:
  case ESIM_QUESTION_SUBMISSION:
    g_variant_dict_insert (dict, "reason", "s", record->reason);
    g_variant_dict_insert (dict, "reason-text", "s", context->reason_text);
    add_words (dict, record, carrier, "returns");
    G_GNUC_FALLTHROUGH;
  case ESIM_QUESTION_LOGIN:
    add_words (dict, record, carrier, "bring");
    if (question != ESIM_QUESTION_SUBMISSION)
      add_page (dict, question, record, carrier);
    break;
  case ESIM_QUESTION_OUTCOME:
    add_words (dict, record, carrier, "returns");
    add_page (dict, question, record, carrier);
    break;
  case ESIM_QUESTION_REMINDER:
    g_variant_dict_insert (dict, "effective-at", "x", record->effective_at);
    break;
  case ESIM_QUESTION_CONSENT:
  case ESIM_QUESTION_NONE:
  default:
    break;
  }
}

GVariant *
esim_question_describe (EsimQuestion question, const EsimDeregistrationRecord *record,
                        const EsimCarrier *carrier, const EsimQuestionContext *context)
{
  gboolean server = esim_ts43_question_is (question);
  const char *subject = question == ESIM_QUESTION_CONSENT ? record->method
                        : server                          ? esim_ts43_question_get_subject (question)
                                                          : words[question].subject;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "type", "s",
                         server ? esim_ts43_question_get_type (question) : words[question].type);
  g_variant_dict_insert (&dict, "subject", "s", subject);
  g_variant_dict_insert (&dict, "message", "s",
                         server ? esim_ts43_question_get_message (question, record)
                                : get_message (question, record));
  g_variant_dict_insert (&dict, "due", "b", esim_question_is_due (question, record));
  if (server)
    esim_ts43_question_add_details (&dict, question, record, context);
  else
    add_details (&dict, question, record, carrier, context);
  return g_variant_dict_end (&dict);
}
