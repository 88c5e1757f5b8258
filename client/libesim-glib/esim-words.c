/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-words.h"

#include <string.h>

#include "esim-vocabulary.h"

static const EsimWord errors[] = {
    {"NotRunning", N_ ("The eSIM service (esimd) cannot be reached")},
    {"NotAuthorized", N_ ("You are not allowed to do this")},
    {"Busy", N_ ("Something else is going on with this card")},
    {"NotFound", N_ ("What was named is not there")},
    {"NotSupported", N_ ("This card or this version of the service cannot do it")},
    {"InvalidArgument", N_ ("An argument or an option is wrong or missing")},
    {"WrongState", N_ ("This cannot be done now")},
    {"Cancelled", N_ ("It was cancelled")},
    {"TimedOut", N_ ("There was no answer in time")},
    {"StorageError", N_ ("A record could not be written to disk or read from it")},
    {"LimitExceeded", N_ ("Too many things wait, or something is too large")},
    {"ConsentDenied", N_ ("Consent was not given")},
    {"PolicyViolation", N_ ("A policy rule of the profile forbids it")},
    {"TestProfile", N_ ("This is a test profile")},
    {"ServerUnreachable", N_ ("The operator's server does not answer")},
    {"ServerNotTrusted", N_ ("The operator's server could not prove who it is")},
    {"ServerError", N_ ("The operator's server refused, or failed")},
    {"NoConnectivity", N_ ("There is no network")},
    {"CardRemoved", N_ ("The card or the modem went away")},
    {"CardError", N_ ("The card refused, or answered with nonsense")},
    {"ModemError", N_ ("The modem refused, or failed")},
    {"RefreshFailed", N_ ("The card has changed, but the modem does not show it yet")},
    {"CarrierUnknown", N_ ("No way of this carrier's own to end the contract is known")},
    {"CarrierRejected", N_ ("The carrier does not end the contract")},
    {"InvalidActivationCode", N_ ("This is not a valid activation code")},
    {"ConfirmationCodeRequired", N_ ("A confirmation code is needed")},
    {"ConfirmationCodeInvalid", N_ ("The confirmation code is wrong")},
    {"ConfirmationCodeRetriesExceeded", N_ ("The confirmation code was wrong too often")},
    {"InsufficientMemory", N_ ("There is not enough room on the card")},
    {"ProfileExists", N_ ("This profile is on the card already")},
    {"MatchingIdRefused", N_ ("The server does not accept this activation code")},
    {"EidMismatch", N_ ("This order is for another card")},
    {"NotReleased", N_ ("The operator has not released the profile yet")},
    {"OrderExpired", N_ ("The order has expired")},
    {"CarrierAuthenticationFailed", N_ ("The carrier did not recognise this line or its user")},
    {"CarrierError", N_ ("The carrier's server refused, or gave an answer that makes no sense")},
    {"Failed", N_ ("It failed")},
};

static const EsimWord advices[] = {
    {"NotRunning", N_ ("See whether it is installed and started: systemctl status esimd")},
    {"NotAuthorized", N_ ("Try again as an administrator, or with sudo")},
    {"Busy", N_ ("Try again when it is done")},
    {"PolicyViolation", N_ ("Only the operator can lift the rule: ask your carrier")},
    {"ServerUnreachable", N_ ("It is tried again by itself when the network is there")},
    {"ServerNotTrusted", N_ ("Install the root certificate that it needs in /etc/esimd/trust")},
    {"NoConnectivity", N_ ("Connect to a network; it is tried again by itself")},
    {"CardRemoved", N_ ("Put it back in, or wait until the modem is there again")},
    {"RefreshFailed", N_ ("Switch the modem off and on, or restart the machine")},
    {"InvalidActivationCode", N_ ("Copy it again, whole: it begins with “1$” or “LPA:1$”")},
    {"ConfirmationCodeRequired",
     N_ ("Your carrier gave it to you apart from the activation code; ask for it there")},
    {"ConfirmationCodeInvalid", N_ ("Look at it again; after too many tries the order is blocked")},
    {"ConfirmationCodeRetriesExceeded", N_ ("Ask your carrier for a new activation code")},
    {"InsufficientMemory", N_ ("Remove a profile that you do not need any more, then try again")},
    {"ProfileExists", N_ ("See: esimctl list --all")},
    {"MatchingIdRefused", N_ ("It may have been used already: ask your carrier for a new one")},
    {"EidMismatch", N_ ("Tell your carrier the EID of this card: esimctl status")},
    {"NotReleased", N_ ("Try again later, or ask your carrier")},
    {"OrderExpired", N_ ("Ask your carrier for a new activation code")},
    {"CarrierAuthenticationFailed", N_ ("Try again; if it stays so, call the carrier")},
    {"CarrierError", N_ ("Try again later, or end the contract in the carrier's own way")},
};

static const EsimWord stages[] = {
    {"preparing", N_ ("preparing")},
    {"verifying-identity", N_ ("logging in at the carrier")},
    {"submitting", N_ ("asking the carrier")},
    {"submission-unknown", N_ ("not known whether the carrier was asked")},
    {"in-review", N_ ("waiting for the carrier's answer")},
    {"confirmed", N_ ("confirmed by the carrier")},
    {"awaiting-end", N_ ("waiting for the contract's end")},
    {"removing-profile", N_ ("removing the profile")},
    {"notifying-operator", N_ ("telling the operator")},
    {"verifying-end", N_ ("making sure that the line has ended")},
    {"completed", N_ ("completed")},
    {"checked", N_ ("dry run ended")},
    {"withdrawn", N_ ("withdrawn")},
    {"rejected", N_ ("rejected by the carrier")},
    {"failed", N_ ("failed")},
    {"unreadable", N_ ("record unreadable")},
};

static const EsimWord steps[] = {
    {"preflight", N_ ("Checking beforehand")},
    {"consent", N_ ("Asking for consent")},
    {"identity", N_ ("Logging in at the carrier")},
    {"submit", N_ ("Asking the carrier to end the contract")},
    {"review", N_ ("The carrier's answer")},
    {"await-end", N_ ("Waiting for the contract's end")},
    {"save-notifications", N_ ("Saving notifications to disk")},
    {"disable", N_ ("Disabling the profile")},
    {"delete", N_ ("Deleting the profile")},
    {"verify", N_ ("Making sure that it is gone")},
    {"remove-connections", N_ ("Removing its network connections")},
    {"notify", N_ ("Telling the operator's server")},
    {"verify-end", N_ ("Making sure that the line has ended")},
    {"restore-profile", N_ ("Enabling again the profile that was in use")},
};

static const EsimWord step_states[] = {
    {"pending", N_ ("not yet")}, {"running", N_ ("running")},    {"waiting", N_ ("waiting")},
    {"done", N_ ("done")},       {"skipped", N_ ("not needed")}, {"failed", N_ ("failed")},
};

static const EsimWord severities[] = {
    {"ok", N_ ("ok")},
    {"warning", N_ ("warning")},
    {"blocker", N_ ("blocker")},
};

static const EsimWord reasons[] = {
    {"no-longer-needed", N_ ("no longer needed")},
    {"travel-ended", N_ ("the journey is over")},
    {"switching-carrier", N_ ("switching to another carrier")},
    {"too-expensive", N_ ("too expensive")},
    {"device-change", N_ ("change of device")},
    {"poor-service", N_ ("poor service")},
    {"other", N_ ("other")},
};

static const EsimWord kinds[] = {
    {"refresh", N_ ("reading the card")},
    {"enable", N_ ("enabling a profile")},
    {"disable", N_ ("disabling a profile")},
    {"set-nickname", N_ ("naming a profile")},
    {"delete", N_ ("deleting a profile")},
    {"send-notifications", N_ ("sending notifications")},
    {"remove-notification", N_ ("giving up a notification")},
    {"activate-slot", N_ ("switching to another slot")},
    {"download", N_ ("downloading a profile")},
    {"discover", N_ ("looking for profiles that wait")},
    {"reset-memory", N_ ("resetting the card's memory")},
    {"set-default-address", N_ ("setting the default server")},
};

static const EsimWord operation_states[] = {
    {"queued", N_ ("queued")},       {"running", N_ ("running")}, {"waiting", N_ ("waiting")},
    {"succeeded", N_ ("succeeded")}, {"failed", N_ ("failed")},   {"cancelled", N_ ("cancelled")},
};

static const EsimWord phases[] = {
    {"holding-modem", N_ ("asking ModemManager to keep off the modem")},
    {"opening-card", N_ ("opening the card")},
    {"reading-card", N_ ("reading the card")},
    {"disabling", N_ ("disabling")},
    {"enabling", N_ ("enabling")},
    {"switching-slot", N_ ("switching the slot")},
    {"waiting-for-modem", N_ ("waiting for the modem")},
    {"deleting", N_ ("deleting")},
    {"saving-notifications", N_ ("saving notifications")},
    {"waiting-for-modem-manager", N_ ("waiting until ModemManager shows it")},
    {"creating-connection", N_ ("making the network connection")},
    {"delivering", N_ ("telling the operator's server")},
    {"removing-notifications", N_ ("clearing delivered notifications")},
    {"authenticating-server", N_ ("card and server show each other who they are")},
    {"asking-server", N_ ("asking the server")},
    {"waiting-for-consent", N_ ("waiting for your consent")},
    {"preparing", N_ ("the card gets ready")},
    {"loading", N_ ("loading the profile")},
    {"cancelling", N_ ("telling the server that it is cancelled")},
    {"resetting-memory", N_ ("resetting the memory")},
};

static const EsimWord euicc_states[] = {
    {"idle", N_ ("ready")},
    {"busy", N_ ("busy")},
    {"refreshing", N_ ("being read by the modem again")},
    {"absent", N_ ("absent")},
    {"inactive-slot", N_ ("slot not active")},
    {"unsupported", N_ ("not usable")},
};

static const EsimWord profile_states[] = {
    {"enabled", N_ ("enabled")},
    {"disabled", N_ ("disabled")},
};

static const EsimWord profile_classes[] = {
    {"operational", N_ ("operational")},
    {"test", N_ ("test")},
    {"provisioning", N_ ("provisioning")},
};

static const EsimWord policy_rules[] = {
    {"ppr1", N_ ("may not be disabled")},
    {"ppr2", N_ ("may not be deleted")},
    {"update-control", N_ ("the operator controls the rules")},
};

static const EsimWord events[] = {
    {"install", N_ ("installed")},
    {"enable", N_ ("enabled")},
    {"disable", N_ ("disabled")},
    {"delete", N_ ("deleted")},
};

static const EsimWord notification_states[] = {
    {"on-card", N_ ("on the card")},
    {"pending", N_ ("waiting to be sent")},
    {"acknowledged", N_ ("acknowledged")},
    {"refused", N_ ("refused")},
};

static const EsimWord labels[] = {
    {"signed-by-euicc", N_ ("signed by the eUICC")},
    {"observed-by-this-machine", N_ ("observed by this machine")},
    {"stated-by-user", N_ ("stated by the user")},
};

static const char *
short_name (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot != NULL ? dot + 1 : name;
}

const char *
esim_words_error (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return ESIM_SAY (errors, short_name (name));
}

const char *
esim_words_advice (const char *name)
{
  const char *text;

  g_return_val_if_fail (name != NULL, NULL);

  text = esim_vocabulary_find (advices, G_N_ELEMENTS (advices), short_name (name));
  return text != NULL ? esim_vocabulary_translate (text) : NULL;
}

const char *
esim_words_stage (const char *stage)
{
  g_return_val_if_fail (stage != NULL, NULL);

  return ESIM_SAY (stages, stage);
}

const char *
esim_words_step (const char *step)
{
  g_return_val_if_fail (step != NULL, NULL);

  return ESIM_SAY (steps, step);
}

const char *
esim_words_step_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return ESIM_SAY (step_states, state);
}

const char *
esim_words_severity (const char *severity)
{
  g_return_val_if_fail (severity != NULL, NULL);

  return ESIM_SAY (severities, severity);
}

const char *
esim_words_reason (const char *reason)
{
  g_return_val_if_fail (reason != NULL, NULL);

  return ESIM_SAY (reasons, reason);
}

const char *
esim_words_operation_kind (const char *kind)
{
  g_return_val_if_fail (kind != NULL, NULL);

  return ESIM_SAY (kinds, kind);
}

const char *
esim_words_operation_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return ESIM_SAY (operation_states, state);
}

const char *
esim_words_phase (const char *phase)
{
  g_return_val_if_fail (phase != NULL, NULL);

  return ESIM_SAY (phases, phase);
}

const char *
esim_words_euicc_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return ESIM_SAY (euicc_states, state);
}

const char *
esim_words_profile_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return ESIM_SAY (profile_states, state);
}

const char *
esim_words_profile_class (const char *klass)
{
  g_return_val_if_fail (klass != NULL, NULL);

  return ESIM_SAY (profile_classes, klass);
}

const char *
esim_words_policy_rule (const char *rule)
{
  g_return_val_if_fail (rule != NULL, NULL);

  return ESIM_SAY (policy_rules, rule);
}

const char *
esim_words_event (const char *event)
{
  g_return_val_if_fail (event != NULL, NULL);

  return ESIM_SAY (events, event);
}

const char *
esim_words_notification_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return ESIM_SAY (notification_states, state);
}

const char *
esim_words_label (const char *label)
{
  g_return_val_if_fail (label != NULL, NULL);

  return ESIM_SAY (labels, label);
}
