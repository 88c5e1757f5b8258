/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-words-carrier.h"

#include <libintl.h>
#include <string.h>

#include "esim-text.h"
#include "esim-vocabulary.h"

#define GETTEXT_DOMAIN "esimd"

static const EsimWord topics[] = {
    {"ending", N_ ("How it ends")},
    {"channel", N_ ("Way")},
    {"step", N_ ("Step of ending")},
    {"notice", N_ ("Notice")},
    {"processing", N_ ("Processing")},
    {"calendar", N_ ("Working time")},
    {"final-bill", N_ ("Last bill")},
    {"credit", N_ ("Remaining credit")},
    {"reactivation", N_ ("Taking it back")},
    {"idle", N_ ("Not using it")},
    {"porting", N_ ("Taking the number elsewhere")},
    {"bundle", N_ ("What hangs together")},
    {"automatic-payment", N_ ("Automatic payment")},
    {"add-on", N_ ("Stopping an add-on")},
    {"abroad", N_ ("From abroad")},
    {"proxy", N_ ("By somebody else")},
    {"reissue", N_ ("A new eSIM")},
    {"lost", N_ ("What is lost")},
    {"accounts", N_ ("Accounts elsewhere")},
    {"entitlement", N_ ("Server for devices")},
};

static const EsimWord keys[] = {
    {"method", N_ ("Method")},
    {"by", N_ ("Ends by")},
    {"ends-by-itself", N_ ("Ends by itself")},
    {"type", N_ ("Kind")},
    {"exclusive", N_ ("The only way")},
    {"url", N_ ("Address")},
    {"hosts", N_ ("Servers")},
    {"login-url", N_ ("Login")},
    {"recovery-url", N_ ("Forgotten password")},
    {"form-url", N_ ("Request form")},
    {"status-url", N_ ("Progress")},
    {"stop-url", N_ ("Finished at")},
    {"numbers", N_ ("Numbers")},
    {"numbers-from-abroad", N_ ("Numbers from abroad")},
    {"hours", N_ ("Hours")},
    {"address", N_ ("Place")},
    {"message", N_ ("Message")},
    {"cannot-end", N_ ("Cannot end the contract")},
    {"order", N_ ("Order")},
    {"channel", N_ ("Through")},
    {"bring", N_ ("Bring")},
    {"returns", N_ ("Bring back")},
    {"length", N_ ("Length")},
    {"anchor", N_ ("Counted to")},
    {"then-length", N_ ("Afterwards")},
    {"then-anchor", N_ ("Afterwards counted to")},
    {"fee-within-term", N_ ("Fee within the term")},
    {"working-days-min", N_ ("Working days, at least")},
    {"working-days-max", N_ ("Working days, at most")},
    {"cut-off", N_ ("Same day until")},
    {"waits-between", N_ ("Waits between")},
    {"time-zone", N_ ("Time zone")},
    {"weekend", N_ ("Weekend")},
    {"holidays", N_ ("Holidays")},
    {"charge", N_ ("Charged")},
    {"fee", N_ ("Fee")},
    {"instalments-due", N_ ("Instalments fall due")},
    {"treatment", N_ ("What becomes of it")},
    {"possible", N_ ("Possible")},
    {"window", N_ ("For")},
    {"top-up", N_ ("Top-up needed")},
    {"after", N_ ("After")},
    {"after-what", N_ ("Counted from")},
    {"then", N_ ("Then")},
    {"ends-after", N_ ("Ended after another")},
    {"warning", N_ ("Warned by")},
    {"warning-before", N_ ("Warned before")},
    {"objection", N_ ("Time to object")},
    {"retention-fee", N_ ("Fee for keeping the number")},
    {"retention-fee-taken", N_ ("Fee for keeping the number is taken")},
    {"retention-until", N_ ("Number kept for")},
    {"loses", N_ ("Loses")},
    {"ends-contract", N_ ("Ends the contract")},
    {"keeps-number", N_ ("Keeps the number")},
    {"code", N_ ("Code")},
    {"holds", N_ ("Code holds for")},
    {"split-first", N_ ("To be split first")},
    {"switched-off-apart", N_ ("Switched off apart")},
    {"code-single-use", N_ ("Code works once")},
    {"where", N_ ("Where")},
    {"old-profile-dies", N_ ("Old profile stops working")},
    {"what", N_ ("What")},
    {"still-send-codes", N_ ("Still send codes to this number")},
    {"protocol", N_ ("Protocol")},
    {"path", N_ ("Path")},
    {"ends-primary", N_ ("Ends a primary line")},
};

static const EsimWord values[] = {
    {"operator", N_ ("operator")},
    {"mvno", N_ ("operator on another's network")},
    {"sub-brand", N_ ("brand of an operator")},
    {"reseller", N_ ("reseller")},
    {"postpaid", N_ ("monthly bill")},
    {"prepaid", N_ ("prepaid")},
    {"subscription", N_ ("subscription")},
    {"business", N_ ("business")},
    {"portal", N_ ("the carrier's own way, with help")},
    {"local", N_ ("the card alone")},
    {"ts43", N_ ("TS.43")},
    {"other-maker", N_ ("another maker's, not TS.43")},
    {"request", N_ ("request")},
    {"expiry", N_ ("expiry")},
    {"porting", N_ ("taking the number elsewhere")},
    {"renewal-off", N_ ("switching the renewal off")},
    {"web", N_ ("web page")},
    {"app", N_ ("app")},
    {"phone", N_ ("telephone")},
    {"shop", N_ ("shop")},
    {"chat", N_ ("chat")},
    {"letter", N_ ("letter")},
    {"form", N_ ("form")},
    {"sms", N_ ("text message")},
    {"ussd", N_ ("dial code")},
    {"email", N_ ("mail")},
    {"porting-code", N_ ("porting code")},
    {"identity-document", N_ ("identity document")},
    {"identity-copies", N_ ("copies of both identity documents")},
    {"letter-of-authority", N_ ("letter of authority")},
    {"account-login", N_ ("login of the account")},
    {"account-pin", N_ ("PIN of the account")},
    {"owner-name", N_ ("owner's name")},
    {"phone-number", N_ ("telephone number")},
    {"iccid", N_ ("ICCID")},
    {"contract-number", N_ ("contract number")},
    {"birth-date", N_ ("date of birth")},
    {"bank-account", N_ ("bank account")},
    {"device", N_ ("device")},
    {"email-access", N_ ("access to the mail account")},
    {"sms-access", N_ ("a line that gets text messages")},
    {"first-bill-paid", N_ ("bills paid")},
    {"reference", N_ ("reference")},
    {"confirmation-mail", N_ ("mail of confirmation")},
    {"confirmation-sms", N_ ("text message of confirmation")},
    {"effective-date", N_ ("day of the end")},
    {"document", N_ ("document")},
    {"final-amount", N_ ("last amount")},
    {"term-end", N_ ("end of the term")},
    {"bill-cycle-end", N_ ("end of the billing cycle")},
    {"renewal", N_ ("renewal")},
    {"month-end", N_ ("end of a month")},
    {"not-working", N_ ("no work")},
    {"working", N_ ("work as usual")},
    {"own-calendar", N_ ("a calendar of its own")},
    {"whole-month", N_ ("the whole month")},
    {"prorated", N_ ("by the days")},
    {"until-end", N_ ("until the end")},
    {"none", N_ ("nothing")},
    {"forfeited", N_ ("lost")},
    {"paid-out", N_ ("paid out")},
    {"on-request", N_ ("paid out on request")},
    {"no-refund", N_ ("no refund")},
    {"last-use", N_ ("the last use")},
    {"last-top-up", N_ ("the last top-up")},
    {"plan-end", N_ ("the end of the plan")},
    {"suspended", N_ ("suspended")},
    {"ended", N_ ("ended")},
    {"number-recycled", N_ ("number given to somebody else")},
    {"number", N_ ("number")},
    {"credit", N_ ("credit")},
    {"mail", N_ ("mail")},
    {"voicemail", N_ ("voicemail")},
    {"add-ons", N_ ("add-ons")},
    {"points", N_ ("points")},
    {"messages", N_ ("messages")},
    {"discounts", N_ ("discounts")},
    {"group", N_ ("group")},
    {"family", N_ ("family")},
    {"lines", N_ ("other lines")},
    {"fixed-line", N_ ("fixed line")},
    {"other", N_ ("something else")},
    {"mon", N_ ("Monday")},
    {"tue", N_ ("Tuesday")},
    {"wed", N_ ("Wednesday")},
    {"thu", N_ ("Thursday")},
    {"fri", N_ ("Friday")},
    {"sat", N_ ("Saturday")},
    {"sun", N_ ("Sunday")},
};

const char *
esim_words_carrier_topic (const char *topic)
{
  g_return_val_if_fail (topic != NULL, NULL);

  return ESIM_SAY (topics, topic);
}

const char *
esim_words_carrier_key (const char *key)
{
  g_return_val_if_fail (key != NULL, NULL);

  return ESIM_SAY (keys, key);
}

const char *
esim_words_carrier_value (const char *word)
{
  g_return_val_if_fail (word != NULL, NULL);

  return ESIM_SAY (values, word);
}

const char *
esim_words_carrier_sure (const char *sure)
{
  static const EsimWord letters[] = {
      {"A", N_ ("the carrier's own page")},
      {"B", N_ ("configuration that devices are shipped with")},
      {"C", N_ ("a third party")},
  };

  g_return_val_if_fail (sure != NULL, NULL);

  return ESIM_SAY (letters, sure);
}

char *
esim_words_carrier_period (const char *period)
{
  const char *digits = period + 1;
  char *end = NULL;
  gulong count;

  g_return_val_if_fail (period != NULL, NULL);

  if (g_str_has_prefix (period, "PT"))
    digits++;
  else if (*period != 'P')
    return g_strdup (period);
  count = (gulong) g_ascii_strtoull (digits, &end, 10);
  if (end == digits || strlen (end) != 1)
    return g_strdup (period);
  if (count == 0)
    return g_strdup (esim_vocabulary_translate (N_ ("at once")));
  esim_vocabulary_bind ();
  switch (*end) {
  case 'Y':
    return g_strdup_printf (dngettext (GETTEXT_DOMAIN, "%lu year", "%lu years", count), count);
  case 'M':
    return g_strdup_printf (dngettext (GETTEXT_DOMAIN, "%lu month", "%lu months", count), count);
  case 'W':
    return g_strdup_printf (dngettext (GETTEXT_DOMAIN, "%lu week", "%lu weeks", count), count);
  case 'D':
    return g_strdup_printf (dngettext (GETTEXT_DOMAIN, "%lu day", "%lu days", count), count);
  case 'H':
    return g_strdup_printf (dngettext (GETTEXT_DOMAIN, "%lu hour", "%lu hours", count), count);
  default:
    return g_strdup (period);
  }
}

char *
esim_words_carrier_text (GVariant *texts)
{
  const char *const *languages = g_get_language_names ();
  const char *text = "";

  g_return_val_if_fail (texts != NULL && g_variant_is_of_type (texts, G_VARIANT_TYPE ("a{ss}")), NULL);

  for (guint i = 0; languages[i] != NULL; i++)
    if (strcmp (languages[i], "C") != 0 && g_variant_lookup (texts, languages[i], "&s", &text))
      return esim_text_clean (text);
  (void) g_variant_lookup (texts, "", "&s", &text);
  return esim_text_clean (text);
}
