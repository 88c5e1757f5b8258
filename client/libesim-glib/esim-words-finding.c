/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "esim-text.h"
#include "esim-vocabulary.h"
#include "esim-words.h"

/* In braces and brackets: parameters of the finding, as esim_vocabulary_fill() takes them. */
static const EsimWord findings[] = {
    {"card-answers", N_ ("The eUICC is there and answers.")},
    {"profile-known", N_ ("The profile is on the card.")},
    {"class-operational", N_ ("It is an operational profile.")},
    {"class-test", N_ ("It is a test profile: there is no contract behind it, and it is not deregistered.")},
    {"class-provisioning", N_ ("It is a provisioning profile, which belongs to the device.")},
    {"ppr1-enabled",
     N_ ("The profile is enabled and its operator does not allow disabling it (PPR1). Only the "
         "carrier can lift that: ask there first.")},
    {"ppr2",
     N_ ("The operator does not allow the profile to be deleted (PPR2). Only the carrier can lift that: ask "
         "there first.")},
    {"profile-enabled",
     N_ ("The profile is enabled. It will be disabled first, and a connection over it ends.")},
    {"contract-continues",
     N_ ("The contract goes on: removing the profile does not end it. You keep paying until you "
         "end the contract at the carrier.")},
    {"delete-address-present", N_ ("The profile names a server of the operator that will be told of the "
                                   "deletion, signed by the eUICC.")},
    {"no-delete-address",
     N_ ("The profile names no server to be told of the deletion: there will be no signed proof of it.")},
    {"root-missing",
     N_ ("The operator's server cannot be told until a root certificate is installed that it can be "
         "checked with. Its key id: {key-ids}.")},
    {"roots-unknown", N_ ("Which root certificates the operator's server needs is not known.")},
    {"pending-notifications",
     N_ ("Notifications that wait to be sent: {count}. They are saved to disk first.")},
    {"another-deregistration", N_ ("Another deregistration of this profile is open.")},
    {"accounts-elsewhere",
     N_ ("Accounts elsewhere (banks, mail, messengers) may still send codes to this number. "
         "Give them another number first.")},
    {"profile-unknown", N_ ("The profile is not on the card.")},
    {"profile-replaced", N_ ("Another profile is on the card in the place of this one.")},
};

/* The same of the carrier directory and of connections, whose parameters say more than the service's English.
 */
static const EsimWord directory_findings[] = {
    {"carrier-known", N_ ("The carrier is {name}.")},
    {"carrier-question", N_ ("Which carrier it is cannot be told for sure: you are asked.")},
    {"carrier-unknown",
     N_ ("The carrier is not in the directory. What it wants is not known: ask its hotline or a shop.")},
    {"plan-question", N_ ("The carrier ends its plans in different ways: you are asked which one it is.")},
    {"method", N_ ("Way: {method:value}.")},
    {"facts-old",
     N_ ("What is known of this carrier is old[ (looked at on {checked})]: ask the carrier whether it "
         "still holds.")},
    {"conflict", N_ ("The sources contradict one another[ ({topic:topic})]: ask the carrier.")},
    {"bring", N_ ("Have at hand: {bring:value}.")},
    {"no-steps", N_ ("What the carrier wants to be done is not known: ask it.")},
    {"bundle",
     N_ ("Something else hangs on this contract[: {type:value}].[{?split-first} It has to be split off "
         "first.]")},
    {"other-lines",
     N_ ("Other profiles of the same provider on this card: {count}. They may belong to the same "
         "contract: say at the carrier which line is to end.")},
    {"listed-lines",
     N_ ("The carrier's server lists other lines beside this one: {count}. Ask what becomes of them.")},
    {"usim-disabled",
     N_ ("The profile is not enabled, so its SIM cannot prove the line to the carrier: enable it first, or "
         "log in where the carrier's server offers that.")},
    {"credit", N_ ("Remaining credit: {treatment:value}.")},
    {"credit-unknown", N_ ("What becomes of remaining credit is not known: use it up, or ask.")},
    {"notice",
     N_ ("Period of notice[: {length:period}][ (counted to: {anchor:value})].[{?fee-within-term} Leaving "
         "within the term costs a fee.]")},
    {"notice-unknown",
     N_ ("The period of notice is not known: ask the carrier for the day on which the contract ends.")},
    {"processing",
     N_ ("[The carrier takes {days-min} to {days-max} working days.|The carrier takes {days-max} "
         "working days at most.|The carrier takes {days-min} working days at least.]")},
    {"final-bill", N_ ("The last bill[ charges: {charge:value}].[{?instalments-due} Instalments fall due.]")},
    {"automatic-payment", N_ ("[{!switched-off-apart}Automatic payment ends with the contract.|Automatic "
                              "payment is switched off apart: the "
                              "end of the contract does not stop it.]")},
    {"porting", N_ ("The number can be taken to another carrier instead.[{?ends-contract} That ends the "
                    "contract.][ The code for it: {code}.]")},
    {"abroad", N_ ("[{?possible}It can be done from abroad.|{!possible}It cannot be done from abroad.]")},
    {"add-on", N_ ("Stopping an add-on does not end the contract.")},
    {"ends-by-itself", N_ ("This plan ends by itself: nothing has to be asked for.")},
    {"lost", N_ ("You lose: {what:value}.")},
    {"reissue", N_ ("If you only want the number on another device, ask for a new eSIM: that ends nothing.")},
    {"eim-managed", N_ ("A remote manager (eIM) looks after this profile: it has to be removed there.")},
    {"other-network", N_ ("There is another way to the network.")},
    {"no-other-network", N_ ("This profile is the only way to the network now. Without another one the "
                             "carrier's page does not open "
                             "and the operator's server cannot be told once it is gone.")},
    {"other-network-unknown", N_ ("Whether there is another way to the network is not known.")},
    {"connections", N_ ("[Network connections that esimd made go with the profile: {ours}.][ Connections of "
                        "others use it too, and are left as they are: {others}.]")},
    {"needs-enabled",
     N_ ("The carrier's codes come to this number: enable the profile first, or they do not arrive.")},
};

/* By type and subject. */
static const EsimWord questions[] = {
    {"consent",
     N_ ("The profile will be deleted from the card. That cannot be taken back: to use the plan again you "
         "need a new profile from the carrier. The contract goes on until you end it at the carrier.")},
    {"consent/portal", N_ ("You end the contract at the carrier, with the steps that are shown to you. "
                           "Nothing is deleted before the "
                           "carrier has confirmed it and the contract has ended. Then the profile is deleted "
                           "from the card, if it is "
                           "on one here; that cannot be taken back.")},
    {"carrier-question/carrier",
     N_ ("Which carrier is this profile from? That decides what you are told to do.")},
    {"carrier-question/plan", N_ ("Which kind of plan is it? Each is ended in its own way.")},
    {"consent/ts43",
     N_ ("The carrier's server is asked to end the contract; you may have to log in there, or to answer "
         "questions. Nothing is deleted before that server shows the end, or you have said what is to count. "
         "Then the profile is deleted from the card, if it is on one here; that cannot be taken back.")},
    {"carrier-question/phone-number", N_ ("Which phone number is it? The carrier sends a code to it.")},
    {"carrier-question/one-time-code", N_ ("Which code has the carrier sent?")},
    {"carrier-question/message", N_ ("The carrier asks something. These are its own words:")},
    {"carrier-question/change",
     N_ ("The carrier does not end the contract this way[: {why:why}]. How is it to "
         "go on?")},
    {"open-page/websheet", N_ ("Go through the carrier's page. What you type goes to the carrier alone.")},
    {"evidence/deletion",
     N_ ("It was asked whether the contract has ended: {seen:seen}. That is no proof of "
         "an end. Is it to count as the end, and the profile to be deleted, if it is on a card here? "
         "It cannot be taken back.")},
    {"evidence/not-asked",
     N_ ("The end was confirmed, but the line could not be looked at once more before the deletion. Is the "
         "profile to be deleted all the same? It cannot be taken back.")},
    {"evidence/resend",
     N_ ("Whether the carrier has the request is not known. It is not asked again by itself.")},
    {"evidence/late",
     N_ ("The carrier's time is over, and its server shows no end: what became of the request is "
         "not known. Call the carrier.")},
    {"evidence/reversal",
     N_ ("The carrier's server showed an end, and does not any more. Nothing is deleted. Ask "
         "the carrier which is true.")},
    {"attest/no-longer-recognised",
     N_ ("For more than a day the carrier has not recognised this line. Has the contract ended, and is the "
         "profile to be deleted, if it is on a card here? It cannot be taken back.")},
    {"attest/end",
     N_ ("The carrier wanted the profile deleted before it ends the contract. Has it ended since?")},
    {"open-page/login", N_ ("Log in on the carrier's own page and prove there who you are. What you type "
                            "goes to the carrier alone.")},
    {"open-page/request",
     N_ ("Ask the carrier to end the contract, once, in the way that is shown here. Keep what it answers.")},
    {"attest/submission", N_ ("What came of it? Only what you saw yourself counts.")},
    {"attest/outcome", N_ ("What has the carrier answered?")},
    {"disconnect-consent",
     N_ ("This modem is the machine's only way to the network, and it will be cut: what works over it stops, "
         "a remote session too.")},
    {"disconnect-consent/network",
     N_ ("The profile is in use, and is this machine's only way to the network. Removing it cuts that way; "
         "the operator's server is told when there is another one.")},
    {"install-consent",
     N_ ("The server offers this profile. It is installed on the card, and not yet put into "
         "use.")},
    {"policy-consent",
     N_ ("The operator has set rules for this profile, which only the operator can lift: it "
         "may not be possible to disable it or to delete it.")},
    {"confirmation-code", N_ ("[{?wrong}The confirmation code was wrong. |]The operator wants a confirmation "
                              "code, which you were given apart from the activation code.")},
    {"reminder/end", N_ ("The contract ends soon[: from {effective-at:time} on the profile is removed by "
                         "itself]. Has the carrier "
                         "named another day?")},
};

/* What the carrier's directory says of it beyond the sentence, in the user's language. */
static char *
directory_text (GVariant *parameters)
{
  return esim_vocabulary_fill ("[{text}|{texts}]", parameters);
}

static char *
with_directory_text (char *sentence, GVariant *parameters)
{
  g_autofree char *own = sentence;
  g_autofree char *raw = directory_text (parameters);
  g_autofree char *text = esim_text_clean (raw);
  char last;

  if (*text == '\0' || strstr (own, text) != NULL)
    return g_steal_pointer (&own);
  /* The service's English does not end with a full stop; Chinese does, and has no blank after it. */
  last = *own != '\0' ? own[strlen (own) - 1] : '\0';
  return g_strconcat (own,
                      g_ascii_isalnum (last) || last == ')' ? ": "
                      : g_ascii_isprint (last)              ? " "
                                                            : "",
                      text, NULL);
}

/* Where the user's plan is not known, what is said of one is not said of all. */
static char *
for_plans (char *sentence, GVariant *parameters)
{
  g_autofree char *own = sentence;
  g_autofree char *raw =
      esim_vocabulary_fill (esim_vocabulary_translate (N_ ("[With “{plan-names}”: ]")), parameters);
  g_autofree char *plans = raw != NULL ? esim_text_clean (raw) : g_strdup ("");

  /* Cleaned it has lost the blank after its colon; Chinese has none. */
  return g_strconcat (plans, g_str_has_suffix (plans, ":") ? " " : "", own, NULL);
}

char *
esim_words_finding (GVariant *finding)
{
  g_autoptr (GVariant) parameters = NULL;
  const char *code = "", *message = NULL, *text;
  g_autofree char *own = NULL;

  g_return_val_if_fail (finding != NULL && g_variant_is_of_type (finding, G_VARIANT_TYPE_VARDICT), NULL);

  parameters = g_variant_lookup_value (finding, "parameters", G_VARIANT_TYPE_VARDICT);
  (void) g_variant_lookup (finding, "code", "&s", &code);
  (void) g_variant_lookup (finding, "message", "&s", &message);
  text = esim_vocabulary_find (directory_findings, G_N_ELEMENTS (directory_findings), code);
  if (text != NULL)
    own = esim_vocabulary_fill (esim_vocabulary_translate (text), parameters);
  if (own != NULL && *own != '\0')
    return for_plans (with_directory_text (esim_text_clean (own), parameters), parameters);
  return with_directory_text (
      esim_vocabulary_message (findings, G_N_ELEMENTS (findings), code, message, parameters), parameters);
}

char *
esim_words_question (GVariant *question)
{
  g_autofree char *code = NULL;
  const char *type = "", *subject = "", *message = NULL;

  g_return_val_if_fail (question != NULL && g_variant_is_of_type (question, G_VARIANT_TYPE_VARDICT), NULL);

  (void) g_variant_lookup (question, "type", "&s", &type);
  (void) g_variant_lookup (question, "subject", "&s", &subject);
  (void) g_variant_lookup (question, "message", "&s", &message);
  code = g_strdup_printf ("%s/%s", type, subject);
  if (esim_vocabulary_find (questions, G_N_ELEMENTS (questions), code) == NULL)
    return esim_vocabulary_message (questions, G_N_ELEMENTS (questions), type, message, question);
  return esim_vocabulary_message (questions, G_N_ELEMENTS (questions), code, message, question);
}
