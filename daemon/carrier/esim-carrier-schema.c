/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-schema.h"

#include <string.h>

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define OPTIONAL ESIM_CARRIER_OPTIONAL
#define WANTED ESIM_CARRIER_WANTED
#define REQUIRED ESIM_CARRIER_REQUIRED

#define WAYS                                                                                                 \
  WORDS ("web", "app", "phone", "shop", "chat", "letter", "form", "sms", "ussd", "email", "porting-code")

#define BRING                                                                                                \
  WORDS ("identity-document", "identity-copies", "letter-of-authority", "account-login", "account-pin",      \
         "owner-name", "phone-number", "iccid", "contract-number", "birth-date", "bank-account", "device",   \
         "email-access", "sms-access", "first-bill-paid")

#define RETURNS                                                                                              \
  WORDS ("reference", "confirmation-mail", "confirmation-sms", "effective-date", "document", "porting-code", \
         "final-amount")

#define DAYS WORDS ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#define LOSSES WORDS ("number", "credit", "mail", "voicemail", "add-ons", "points", "messages", "discounts")

static const EsimCarrierKey ending[] = {
    {"method", ESIM_CARRIER_WORD, WANTED, WORDS ("portal", "ts43")},
    {"by", ESIM_CARRIER_WORD, WANTED, WORDS ("request", "expiry", "porting", "renewal-off")},
    {"ends-by-itself", ESIM_CARRIER_BOOLEAN, OPTIONAL},
    {NULL},
};

static const EsimCarrierKey channel[] = {
    {"type", ESIM_CARRIER_WORD, REQUIRED, WAYS},
    {"exclusive", ESIM_CARRIER_BOOLEAN, OPTIONAL},
    {"url", ESIM_CARRIER_URL, WANTED, NULL, "web;form"},
    {"hosts", ESIM_CARRIER_HOSTS, OPTIONAL},
    {"login-url", ESIM_CARRIER_OWN_URL, OPTIONAL},
    {"recovery-url", ESIM_CARRIER_OWN_URL, OPTIONAL},
    {"form-url", ESIM_CARRIER_OWN_URL, OPTIONAL},
    {"status-url", ESIM_CARRIER_OWN_URL, OPTIONAL},
    {"stop-url", ESIM_CARRIER_OWN_URL, OPTIONAL},
    {"numbers", ESIM_CARRIER_PHONES, WANTED, NULL, "phone;sms;ussd"},
    {"numbers-from-abroad", ESIM_CARRIER_PHONES, WANTED, NULL, "phone"},
    {"hours", ESIM_CARRIER_HOURS, WANTED, NULL, "phone;shop;chat"},
    {"address", ESIM_CARRIER_TEXT, WANTED, NULL, "shop;letter"},
    {"message", ESIM_CARRIER_STRING, WANTED, NULL, "sms"},
    {"cannot-end", ESIM_CARRIER_BOOLEAN, OPTIONAL},
    {NULL},
};

static const EsimCarrierKey step[] = {
    {"order", ESIM_CARRIER_COUNT, REQUIRED},
    {"channel", ESIM_CARRIER_NAMES, WANTED},
    {"bring", ESIM_CARRIER_WORDS, WANTED, BRING},
    {"returns", ESIM_CARRIER_WORDS, WANTED, RETURNS},
    {NULL},
};

static const EsimCarrierKey notice[] = {
    {"length", ESIM_CARRIER_PERIOD, WANTED},
    {"anchor", ESIM_CARRIER_WORD, WANTED,
     WORDS ("request", "term-end", "bill-cycle-end", "renewal", "month-end")},
    {"then-length", ESIM_CARRIER_PERIOD, OPTIONAL},
    {"then-anchor", ESIM_CARRIER_WORD, OPTIONAL,
     WORDS ("request", "term-end", "bill-cycle-end", "renewal", "month-end")},
    {"fee-within-term", ESIM_CARRIER_BOOLEAN, OPTIONAL},
    {NULL},
};

static const EsimCarrierKey processing[] = {
    {"working-days-min", ESIM_CARRIER_COUNT, OPTIONAL},
    {"working-days-max", ESIM_CARRIER_COUNT, WANTED},
    {"cut-off", ESIM_CARRIER_TIME, WANTED},
    {"waits-between", ESIM_CARRIER_SPAN, OPTIONAL},
    {NULL},
};

static const EsimCarrierKey calendar[] = {
    {"time-zone", ESIM_CARRIER_ZONE, WANTED},
    {"weekend", ESIM_CARRIER_WORDS, WANTED, DAYS},
    {"holidays", ESIM_CARRIER_WORD, WANTED, WORDS ("not-working", "working", "own-calendar")},
    {NULL},
};

static const EsimCarrierKey final_bill[] = {
    {"charge", ESIM_CARRIER_WORD, WANTED, WORDS ("whole-month", "prorated", "until-end", "none")},
    {"fee", ESIM_CARRIER_MONEY, OPTIONAL},
    {"instalments-due", ESIM_CARRIER_BOOLEAN, WANTED},
    {NULL},
};

static const EsimCarrierKey credit[] = {
    {"treatment", ESIM_CARRIER_WORD, REQUIRED, WORDS ("forfeited", "paid-out", "on-request", "no-refund")},
    {"channel", ESIM_CARRIER_NAMES, OPTIONAL},
    {"bring", ESIM_CARRIER_WORDS, OPTIONAL, BRING},
    {NULL},
};

static const EsimCarrierKey reactivation[] = {
    {"possible", ESIM_CARRIER_BOOLEAN, REQUIRED},
    {"window", ESIM_CARRIER_PERIOD, WANTED},
    {"top-up", ESIM_CARRIER_MONEY, OPTIONAL},
    {NULL},
};

static const EsimCarrierKey idle[] = {
    {"after", ESIM_CARRIER_PERIOD, WANTED},
    {"after-what", ESIM_CARRIER_WORD, WANTED, WORDS ("last-use", "last-top-up", "expiry", "plan-end")},
    {"then", ESIM_CARRIER_WORD, WANTED, WORDS ("suspended", "ended", "number-recycled")},
    {"ends-after", ESIM_CARRIER_PERIOD, OPTIONAL},
    {"warning", ESIM_CARRIER_WORDS, WANTED, WORDS ("sms", "email", "app", "letter", "none")},
    {"warning-before", ESIM_CARRIER_PERIOD, WANTED},
    {"objection", ESIM_CARRIER_PERIOD, OPTIONAL},
    {"retention-fee", ESIM_CARRIER_MONEY, OPTIONAL},
    {"retention-fee-taken", ESIM_CARRIER_BOOLEAN, OPTIONAL},
    {"retention-until", ESIM_CARRIER_PERIOD, OPTIONAL},
    {"loses", ESIM_CARRIER_WORDS, WANTED, LOSSES},
    {NULL},
};

static const EsimCarrierKey porting[] = {
    {"ends-contract", ESIM_CARRIER_BOOLEAN, WANTED}, {"keeps-number", ESIM_CARRIER_BOOLEAN, OPTIONAL},
    {"code", ESIM_CARRIER_STRING, WANTED},           {"channel", ESIM_CARRIER_NAMES, WANTED},
    {"holds", ESIM_CARRIER_PERIOD, WANTED},          {NULL},
};

static const EsimCarrierKey bundle[] = {
    {"type", ESIM_CARRIER_WORD, REQUIRED, WORDS ("group", "family", "lines", "fixed-line", "device")},
    {"split-first", ESIM_CARRIER_BOOLEAN, WANTED},
    {NULL},
};

static const EsimCarrierKey automatic_payment[] = {
    {"switched-off-apart", ESIM_CARRIER_BOOLEAN, REQUIRED},
    {NULL},
};

static const EsimCarrierKey add_on[] = {
    {"ends-contract", ESIM_CARRIER_BOOLEAN, REQUIRED},
    {NULL},
};

static const EsimCarrierKey abroad[] = {
    {"possible", ESIM_CARRIER_BOOLEAN, REQUIRED},
    {"channel", ESIM_CARRIER_NAMES, OPTIONAL},
    {NULL},
};

static const EsimCarrierKey proxy[] = {
    {"possible", ESIM_CARRIER_BOOLEAN, REQUIRED},
    {"channel", ESIM_CARRIER_NAMES, OPTIONAL},
    {"bring", ESIM_CARRIER_WORDS, OPTIONAL, BRING},
    {NULL},
};

static const EsimCarrierKey reissue[] = {
    {"code-single-use", ESIM_CARRIER_BOOLEAN, WANTED},
    {"possible", ESIM_CARRIER_BOOLEAN, WANTED},
    {"where", ESIM_CARRIER_WORDS, WANTED, WAYS},
    {"fee", ESIM_CARRIER_MONEY, WANTED},
    {"old-profile-dies", ESIM_CARRIER_BOOLEAN, WANTED},
    {"keeps-number", ESIM_CARRIER_BOOLEAN, OPTIONAL},
    {NULL},
};

static const EsimCarrierKey lost[] = {
    {"what", ESIM_CARRIER_WORDS, REQUIRED, LOSSES},
    {NULL},
};

static const EsimCarrierKey accounts[] = {
    {"still-send-codes", ESIM_CARRIER_BOOLEAN, REQUIRED},
    {NULL},
};

static const EsimCarrierKey entitlement[] = {
    {"protocol", ESIM_CARRIER_WORD, REQUIRED, WORDS ("ts43", "other-maker")},
    {"hosts", ESIM_CARRIER_HOSTS, OPTIONAL},
    {"path", ESIM_CARRIER_STRING, OPTIONAL},
    {"ends-primary", ESIM_CARRIER_BOOLEAN, WANTED},
    {NULL},
};

const EsimCarrierTopic esim_carrier_topics[] = {
    {"ending", FALSE, FALSE, ending},
    {"channel", TRUE, FALSE, channel},
    {"step", TRUE, FALSE, step},
    {"notice", FALSE, FALSE, notice},
    {"processing", FALSE, FALSE, processing},
    {"calendar", FALSE, FALSE, calendar},
    {"final-bill", FALSE, FALSE, final_bill},
    {"credit", FALSE, FALSE, credit},
    {"reactivation", FALSE, FALSE, reactivation},
    {"idle", FALSE, FALSE, idle},
    {"porting", TRUE, FALSE, porting},
    {"bundle", TRUE, FALSE, bundle},
    {"automatic-payment", FALSE, FALSE, automatic_payment},
    {"add-on", FALSE, FALSE, add_on},
    {"abroad", FALSE, FALSE, abroad},
    {"proxy", FALSE, FALSE, proxy},
    {"reissue", FALSE, FALSE, reissue},
    {"lost", FALSE, FALSE, lost},
    {"accounts", FALSE, TRUE, accounts},
    {"entitlement", TRUE, TRUE, entitlement},
    {NULL},
};

const EsimCarrierKey esim_carrier_fact_keys[] = {
    {"source", ESIM_CARRIER_NAMES, REQUIRED},
    {"plans", ESIM_CARRIER_NAMES, OPTIONAL},
    {"conflict", ESIM_CARRIER_STRING, OPTIONAL},
    {"text", ESIM_CARRIER_TEXT, OPTIONAL},
    {NULL},
};

const EsimCarrierKey esim_carrier_carrier_keys[] = {
    {"format", ESIM_CARRIER_COUNT, REQUIRED},
    {"id", ESIM_CARRIER_STRING, REQUIRED},
    {"name", ESIM_CARRIER_TEXT, REQUIRED},
    {"country", ESIM_CARRIER_STRING, OPTIONAL},
    {"kind", ESIM_CARRIER_WORD, REQUIRED, WORDS ("operator", "mvno", "sub-brand", "reseller")},
    {NULL},
};

const EsimCarrierKey esim_carrier_source_keys[] = {
    {"title", ESIM_CARRIER_STRING, REQUIRED},
    {"url", ESIM_CARRIER_URL, OPTIONAL},
    {"checked", ESIM_CARRIER_DATE, REQUIRED},
    {"sure", ESIM_CARRIER_WORD, REQUIRED, WORDS ("A", "B", "C")},
    {"stored-copy", ESIM_CARRIER_BOOLEAN, REQUIRED},
    {NULL},
};

const EsimCarrierKey esim_carrier_plan_keys[] = {
    {"kind", ESIM_CARRIER_WORD, REQUIRED,
     WORDS ("postpaid", "prepaid", "subscription", "reseller", "business")},
    {"name", ESIM_CARRIER_TEXT, OPTIONAL},
    {NULL},
};

const EsimCarrierKey esim_carrier_match_keys[] = {
    {"source", ESIM_CARRIER_NAMES, REQUIRED},
    {"mccmnc", ESIM_CARRIER_STRINGS, OPTIONAL},
    {"gid1", ESIM_CARRIER_STRINGS, OPTIONAL},
    {"iccid", ESIM_CARRIER_STRINGS, OPTIONAL},
    {"service-provider", ESIM_CARRIER_STRINGS, OPTIONAL},
    {"smdp-address", ESIM_CARRIER_HOSTS, OPTIONAL},
    {"sole", ESIM_CARRIER_BOOLEAN, OPTIONAL},
    {NULL},
};

const EsimCarrierTopic *
esim_carrier_topic_find (const char *word)
{
  for (const EsimCarrierTopic *topic = esim_carrier_topics; topic->word != NULL; topic++)
    if (strcmp (topic->word, word) == 0)
      return topic;
  return NULL;
}

const EsimCarrierKey *
esim_carrier_key_find (const EsimCarrierKey *keys, const char *name)
{
  for (; keys != NULL && keys->name != NULL; keys++)
    if (strcmp (keys->name, name) == 0)
      return keys;
  return NULL;
}

gboolean
esim_carrier_key_is_wanted (const EsimCarrierKey *key, const char *type)
{
  g_auto (GStrv) types = NULL;

  if (key->need == ESIM_CARRIER_OPTIONAL)
    return FALSE;
  if (key->only_for == NULL)
    return TRUE;
  types = g_strsplit (key->only_for, ";", -1);
  return type != NULL && g_strv_contains ((const char *const *) types, type);
}
