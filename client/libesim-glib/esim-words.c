/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-words.h"

#include <libintl.h>
#include <string.h>

#include "esim-text.h"

#define GETTEXT_DOMAIN "esimd"
#define N_(text) text

typedef struct {
  const char *code;
  const char *words;
} Word;

static const Word errors[] = {
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
    {"Failed", N_ ("It failed")},
};

static const Word advices[] = {
    {"NotRunning", N_ ("See whether it is installed and started: systemctl status esimd")},
    {"NotAuthorized", N_ ("Try again as an administrator, or with sudo")},
    {"Busy", N_ ("Try again when it is done")},
    {"PolicyViolation", N_ ("Only the operator can lift the rule: ask your carrier")},
    {"ServerUnreachable", N_ ("It is tried again by itself when the network is there")},
    {"ServerNotTrusted", N_ ("Install the root certificate that it needs in /etc/esimd/trust")},
    {"NoConnectivity", N_ ("Connect to a network; it is tried again by itself")},
    {"CardRemoved", N_ ("Put it back in, or wait until the modem is there again")},
    {"RefreshFailed", N_ ("Switch the modem off and on, or restart the machine")},
};

static const Word stages[] = {
    {"preparing", N_ ("preparing")},
    {"removing-profile", N_ ("removing the profile")},
    {"notifying-operator", N_ ("telling the operator")},
    {"completed", N_ ("completed")},
    {"checked", N_ ("dry run ended")},
    {"withdrawn", N_ ("withdrawn")},
    {"failed", N_ ("failed")},
    {"unreadable", N_ ("record unreadable")},
};

static const Word steps[] = {
    {"preflight", N_ ("Checking beforehand")},
    {"consent", N_ ("Asking for consent")},
    {"save-notifications", N_ ("Saving notifications to disk")},
    {"disable", N_ ("Disabling the profile")},
    {"delete", N_ ("Deleting the profile")},
    {"verify", N_ ("Making sure that it is gone")},
    {"notify", N_ ("Telling the operator's server")},
};

static const Word step_states[] = {
    {"pending", N_ ("not yet")}, {"running", N_ ("running")},    {"waiting", N_ ("waiting")},
    {"done", N_ ("done")},       {"skipped", N_ ("not needed")}, {"failed", N_ ("failed")},
};

static const Word severities[] = {
    {"ok", N_ ("ok")},
    {"warning", N_ ("warning")},
    {"blocker", N_ ("blocker")},
};

static const Word reasons[] = {
    {"no-longer-needed", N_ ("no longer needed")},
    {"travel-ended", N_ ("the journey is over")},
    {"switching-carrier", N_ ("switching to another carrier")},
    {"too-expensive", N_ ("too expensive")},
    {"device-change", N_ ("change of device")},
    {"poor-service", N_ ("poor service")},
    {"other", N_ ("other")},
};

static const Word kinds[] = {
    {"refresh", N_ ("reading the card")},
    {"enable", N_ ("enabling a profile")},
    {"disable", N_ ("disabling a profile")},
    {"set-nickname", N_ ("naming a profile")},
    {"delete", N_ ("deleting a profile")},
    {"send-notifications", N_ ("sending notifications")},
    {"remove-notification", N_ ("giving up a notification")},
};

static const Word operation_states[] = {
    {"queued", N_ ("queued")},       {"running", N_ ("running")}, {"waiting", N_ ("waiting")},
    {"succeeded", N_ ("succeeded")}, {"failed", N_ ("failed")},   {"cancelled", N_ ("cancelled")},
};

static const Word phases[] = {
    {"opening-card", N_ ("opening the card")},
    {"reading-card", N_ ("reading the card")},
    {"disabling", N_ ("disabling")},
    {"enabling", N_ ("enabling")},
    {"waiting-for-modem", N_ ("waiting for the modem")},
    {"deleting", N_ ("deleting")},
    {"saving-notifications", N_ ("saving notifications")},
    {"delivering", N_ ("telling the operator's server")},
    {"removing-notifications", N_ ("clearing delivered notifications")},
};

static const Word euicc_states[] = {
    {"idle", N_ ("ready")},
    {"busy", N_ ("busy")},
    {"refreshing", N_ ("being read by the modem again")},
    {"absent", N_ ("absent")},
    {"inactive-slot", N_ ("slot not active")},
    {"unsupported", N_ ("not usable")},
};

static const Word profile_states[] = {
    {"enabled", N_ ("enabled")},
    {"disabled", N_ ("disabled")},
};

static const Word profile_classes[] = {
    {"operational", N_ ("operational")},
    {"test", N_ ("test")},
    {"provisioning", N_ ("provisioning")},
};

static const Word policy_rules[] = {
    {"ppr1", N_ ("may not be disabled")},
    {"ppr2", N_ ("may not be deleted")},
    {"update-control", N_ ("the operator controls the rules")},
};

static const Word events[] = {
    {"install", N_ ("installed")},
    {"enable", N_ ("enabled")},
    {"disable", N_ ("disabled")},
    {"delete", N_ ("deleted")},
};

static const Word notification_states[] = {
    {"on-card", N_ ("on the card")},
    {"pending", N_ ("waiting to be sent")},
    {"acknowledged", N_ ("acknowledged")},
    {"refused", N_ ("refused")},
};

static const Word labels[] = {
    {"signed-by-euicc", N_ ("signed by the eUICC")},
    {"observed-by-this-machine", N_ ("observed by this machine")},
    {"stated-by-user", N_ ("stated by the user")},
};

/* In braces: parameters of the finding. */
static const Word findings[] = {
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
};

static const Word questions[] = {
    {"consent",
     N_ ("The profile will be deleted from the card. That cannot be taken back: to use the plan again you "
         "need a new profile from the carrier. The contract goes on until you end it at the carrier.")},
};

static const char *
translate (const char *text)
{
  static gsize bound;

  if (g_once_init_enter (&bound)) {
    bindtextdomain (GETTEXT_DOMAIN, g_getenv ("ESIM_LOCALEDIR") ?: ESIM_LOCALEDIR);
    bind_textdomain_codeset (GETTEXT_DOMAIN, "UTF-8");
    g_once_init_leave (&bound, 1);
  }
  return dgettext (GETTEXT_DOMAIN, text);
}

static const char *
find (const Word *words, gsize n_words, const char *code)
{
  for (gsize i = 0; i < n_words; i++) {
    if (g_strcmp0 (words[i].code, code) == 0)
      return words[i].words;
  }
  return NULL;
}

static const char *
say (const Word *words, gsize n_words, const char *code)
{
  const char *text = find (words, n_words, code);

  return text != NULL ? translate (text) : code;
}

#define SAY(words, code) say (words, G_N_ELEMENTS (words), code)

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

  return SAY (errors, short_name (name));
}

const char *
esim_words_advice (const char *name)
{
  const char *text;

  g_return_val_if_fail (name != NULL, NULL);

  text = find (advices, G_N_ELEMENTS (advices), short_name (name));
  return text != NULL ? translate (text) : NULL;
}

const char *
esim_words_stage (const char *stage)
{
  g_return_val_if_fail (stage != NULL, NULL);

  return SAY (stages, stage);
}

const char *
esim_words_step (const char *step)
{
  g_return_val_if_fail (step != NULL, NULL);

  return SAY (steps, step);
}

const char *
esim_words_step_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return SAY (step_states, state);
}

const char *
esim_words_severity (const char *severity)
{
  g_return_val_if_fail (severity != NULL, NULL);

  return SAY (severities, severity);
}

const char *
esim_words_reason (const char *reason)
{
  g_return_val_if_fail (reason != NULL, NULL);

  return SAY (reasons, reason);
}

const char *
esim_words_operation_kind (const char *kind)
{
  g_return_val_if_fail (kind != NULL, NULL);

  return SAY (kinds, kind);
}

const char *
esim_words_operation_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return SAY (operation_states, state);
}

const char *
esim_words_phase (const char *phase)
{
  g_return_val_if_fail (phase != NULL, NULL);

  return SAY (phases, phase);
}

const char *
esim_words_euicc_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return SAY (euicc_states, state);
}

const char *
esim_words_profile_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return SAY (profile_states, state);
}

const char *
esim_words_profile_class (const char *klass)
{
  g_return_val_if_fail (klass != NULL, NULL);

  return SAY (profile_classes, klass);
}

const char *
esim_words_policy_rule (const char *rule)
{
  g_return_val_if_fail (rule != NULL, NULL);

  return SAY (policy_rules, rule);
}

const char *
esim_words_event (const char *event)
{
  g_return_val_if_fail (event != NULL, NULL);

  return SAY (events, event);
}

const char *
esim_words_notification_state (const char *state)
{
  g_return_val_if_fail (state != NULL, NULL);

  return SAY (notification_states, state);
}

const char *
esim_words_label (const char *label)
{
  g_return_val_if_fail (label != NULL, NULL);

  return SAY (labels, label);
}

static char *
parameter_text (GVariant *parameters, const char *name)
{
  g_autoptr (GVariant) value = parameters != NULL ? g_variant_lookup_value (parameters, name, NULL) : NULL;
  g_autofree const char **list = NULL;

  if (value == NULL)
    return NULL;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY)) {
    list = g_variant_get_strv (value, NULL);
    return g_strjoinv (", ", (char **) list);
  }
  return g_variant_is_container (value) ? NULL : g_variant_print (value, FALSE);
}

/* Returns: @text with each {name} replaced; %NULL if a parameter is missing, so that the service's own words
 * are used. */
static char *
fill_in (const char *text, GVariant *parameters)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (*text != '\0') {
    const char *open = strchr (text, '{');
    const char *close = open != NULL ? strchr (open, '}') : NULL;
    g_autofree char *name = NULL;
    g_autofree char *value = NULL;

    if (close == NULL)
      break;
    name = g_strndup (open + 1, (gsize) (close - open - 1));
    value = parameter_text (parameters, name);
    if (value == NULL)
      return NULL;
    g_string_append_len (out, text, open - text);
    g_string_append (out, value);
    text = close + 1;
  }
  g_string_append (out, text);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
say_message (const Word *words, gsize n_words, const char *code, GVariant *dictionary)
{
  g_autoptr (GVariant) parameters = g_variant_lookup_value (dictionary, "parameters", G_VARIANT_TYPE_VARDICT);
  const char *text = find (words, n_words, code);
  const char *translated = text != NULL ? translate (text) : NULL;
  const char *message = "";
  g_autofree char *filled = NULL;

  g_variant_lookup (dictionary, "message", "&s", &message);
  /* Without a translation the service's words are better than ours: they know more of the case. */
  if (text == NULL || (translated == text && *message != '\0'))
    return esim_text_clean (*message != '\0' ? message : code);

  filled = fill_in (translated, parameters);
  return esim_text_clean (filled != NULL ? filled : *message != '\0' ? message : code);
}

char *
esim_words_finding (GVariant *finding)
{
  const char *code = "";

  g_return_val_if_fail (finding != NULL && g_variant_is_of_type (finding, G_VARIANT_TYPE_VARDICT), NULL);

  g_variant_lookup (finding, "code", "&s", &code);
  return say_message (findings, G_N_ELEMENTS (findings), code, finding);
}

char *
esim_words_question (GVariant *question)
{
  const char *type = "";

  g_return_val_if_fail (question != NULL && g_variant_is_of_type (question, G_VARIANT_TYPE_VARDICT), NULL);

  g_variant_lookup (question, "type", "&s", &type);
  return say_message (questions, G_N_ELEMENTS (questions), type, question);
}
