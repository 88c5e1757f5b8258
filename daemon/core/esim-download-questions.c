/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-download-questions.h"
#include "esim-error.h"
#include "esim-options.h"

/* Servers keep a session for a while, and nobody else comes to the card meanwhile. */
#define ANSWER_WITHIN_S 300

static GVariant *
ask (EsimDownload *self, EsimCardHost *host, const char *type, const char *message, GVariant *facts,
     EsimCancelReason *reason, GError **error)
{
  const EsimOperationQuestion question = {
      .type = type, .message = message, .facts = facts, .timeout_s = ANSWER_WITHIN_S};
  g_autoptr (GError) local = NULL;
  GVariant *answer = esim_asker_ask (esim_card_host_get_asker (host), self->operation, &question, &local);

  if (answer != NULL)
    return answer;
  *reason = g_error_matches (local, ESIM_ERROR, ESIM_ERROR_TIMED_OUT) ? ESIM_CANCEL_TIMEOUT
                                                                      : ESIM_CANCEL_END_USER_REJECTION;
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static gboolean
deny (const char *message, EsimCancelReason why, EsimCancelReason *reason, GError **error)
{
  *reason = why;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CONSENT_DENIED, message);
  return FALSE;
}

static void
take_code (EsimDownload *self, GVariant *answer, const char *key)
{
  const char *code = esim_options_get_string (answer, key);

  if (*code == '\0')
    return;
  esim_download_drop_code (self);
  self->confirmation_code = g_strdup (code);
}

static GVariant *
describe (EsimDownload *self, const EsimProfileMetadata *metadata, const char *root_key_id,
          gboolean code_required)
{
  g_autofree const char **rules = esim_policy_rules_to_strings (metadata->policy_rules);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "iccid", "s", metadata->iccid);
  g_variant_dict_insert (&dict, "name", "s", metadata->name);
  g_variant_dict_insert (&dict, "service-provider", "s", metadata->service_provider);
  g_variant_dict_insert (&dict, "class", "s", esim_profile_class_to_string (metadata->class_));
  g_variant_dict_insert (&dict, "home-operator", "s", metadata->home_operator);
  g_variant_dict_insert_value (&dict, "policy-rules", g_variant_new_strv (rules, -1));
  g_variant_dict_insert (&dict, "icon-type", "s", metadata->icon_type);
  g_variant_dict_insert_value (
      &dict, "icon",
      metadata->icon != NULL ? g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, metadata->icon, TRUE)
                             : g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, NULL, 0, 1));
  g_variant_dict_insert (&dict, "server", "s", self->address);
  g_variant_dict_insert (&dict, "root-key-id", "s", root_key_id != NULL ? root_key_id : "");
  g_variant_dict_insert (&dict, "confirmation-code-required", "b", code_required);
  return g_variant_dict_end (&dict);
}

gboolean
esim_download_ask_install (EsimDownload *self, EsimCardHost *host, EsimProfileMetadata *metadata,
                           const char *root_key_id, gboolean code_required, EsimCancelReason *reason,
                           GError **error)
{
  g_autoptr (GVariant) answer = NULL;
  GVariantDict facts;

  g_variant_dict_init (&facts, NULL);
  g_variant_dict_insert_value (&facts, "metadata", describe (self, metadata, root_key_id, code_required));
  answer = ask (self, host, ESIM_ASK_INSTALL, "The server offers this profile. May it be installed?",
                g_variant_dict_end (&facts), reason, error);
  if (answer == NULL)
    return FALSE;
  take_code (self, answer, "confirmation-code");
  if (esim_options_get_boolean (answer, "consent"))
    return TRUE;
  if (esim_options_get_boolean (answer, "postpone"))
    return deny ("the profile is to be installed later; the order can be used again", ESIM_CANCEL_POSTPONED,
                 reason, error);
  return deny ("nobody wants the profile; nothing was installed", ESIM_CANCEL_END_USER_REJECTION, reason,
               error);
}

gboolean
esim_download_ask_policy (EsimDownload *self, EsimCardHost *host, EsimProfileMetadata *metadata,
                          EsimCancelReason *reason, GError **error)
{
  g_autofree const char **rules = esim_policy_rules_to_strings (metadata->policy_rules);
  g_autoptr (GVariant) answer = NULL;
  GVariantDict facts;

  g_variant_dict_init (&facts, NULL);
  g_variant_dict_insert_value (&facts, "policy-rules", g_variant_new_strv (rules, -1));
  g_variant_dict_insert (&facts, "name", "s", metadata->name);
  g_variant_dict_insert (&facts, "service-provider", "s", metadata->service_provider);
  answer = ask (self, host, ESIM_ASK_POLICY,
                "The profile brings rules by which its operator may forbid that it is disabled or deleted. "
                "May it be installed all the same?",
                g_variant_dict_end (&facts), reason, error);
  if (answer == NULL)
    return FALSE;
  if (esim_options_get_boolean (answer, "consent"))
    return TRUE;
  return deny ("nobody agreed to the profile's policy rules; nothing was installed",
               ESIM_CANCEL_PPR_NOT_ALLOWED, reason, error);
}

gboolean
esim_download_ask_code (EsimDownload *self, EsimCardHost *host, gboolean wrong, EsimCancelReason *reason,
                        GError **error)
{
  g_autoptr (GVariant) answer = NULL;
  GVariantDict facts;

  g_variant_dict_init (&facts, NULL);
  /* No server tells how many there are. */
  g_variant_dict_insert (&facts, "retries-left", "i", -1);
  g_variant_dict_insert (&facts, "wrong", "b", wrong);
  answer = ask (self, host, ESIM_ASK_CONFIRMATION_CODE,
                wrong ? "The confirmation code was not the right one. Servers block an order after a few "
                        "wrong ones: look it up before you try again."
                      : "The server wants the confirmation code that your carrier gave you.",
                g_variant_dict_end (&facts), reason, error);
  if (answer == NULL)
    return FALSE;
  if (esim_options_get_boolean (answer, "cancel"))
    return deny ("no confirmation code is at hand; the order can be used again", ESIM_CANCEL_POSTPONED,
                 reason, error);
  take_code (self, answer, "code");
  return TRUE;
}
