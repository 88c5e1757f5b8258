/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-fetch.h"

#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-dict.h"
#include "esimctl-json.h"
#include "esimctl-secret.h"
#include "esimctl-text.h"

#define PROMPT_CODE N_ ("Confirmation code:")

gboolean
esimctl_fetch_begin (EsimctlContext *context, EsimctlFetchOptions *options, EsimctlOffer *offer,
                     GError **error)
{
  offer->context = context;
  offer->yes = options->yes;
  offer->accept_rules = options->accept_rules;
  if (options->code_file == NULL)
    return TRUE;
  offer->confirmation_code = esimctl_secret_read (options->code_file, _ (PROMPT_CODE), FALSE, error);
  return offer->confirmation_code != NULL;
}

static void
tell_json (EsimctlOffer *offer, GVariant *result)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, result);
  g_variant_dict_insert (&dict, "operation", "s", "download");
  g_variant_dict_insert (&dict, "state", "s", "succeeded");
  if (offer->metadata != NULL) {
    g_autoptr (GVariantDict) metadata = g_variant_dict_new (offer->metadata);

    g_variant_dict_remove (metadata, "icon");
    g_variant_dict_insert_value (&dict, "metadata", g_variant_dict_end (metadata));
  }
  esimctl_json_print (g_variant_dict_end (&dict));
}

static void
tell (EsimctlOffer *offer, GVariant *result)
{
  const char *notification = esimctl_dict_string (result, "notification");
  g_autofree char *title = esimctl_offer_title (offer);
  g_autofree char *line = NULL;

  if (offer->context->json) {
    tell_json (offer, result);
    return;
  }
  line =
      g_strdup_printf (_ ("Installed: %s"), *title != '\0' ? title : esimctl_dict_string (result, "iccid"));
  esimctl_text_line (offer->context->color, ESIMCTL_STYLE_GOOD, line);
  if (strcmp (notification, "acknowledged") == 0)
    g_print ("%s\n", _ ("The operator's server knows of it."));
  else if (strcmp (notification, "pending") == 0)
    g_print ("%s\n", _ ("The operator's server is told in the background."));
  else if (strcmp (notification, "refused") == 0)
    g_print ("%s\n", _ ("The operator's server did not want to be told. See: esimctl notifications"));
  g_print (_ ("It is not in use yet. To use it: esimctl enable %s\n"), esimctl_dict_string (result, "iccid"));
}

int
esimctl_fetch (EsimctlOffer *offer, EsimEuicc *euicc, const char *code, GVariant *options, GError **error)
{
  const EsimctlAsker asker = {
      esimctl_offer_ask, offer,
      _ ("Stopped. Unless the profile was being loaded already, nothing is installed. See: esimctl list")};
  g_autoptr (GVariant) owned = g_variant_ref_sink (options);
  g_autoptr (GVariant) result = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, owned);
  /* Nobody else answers what it asks. */
  g_variant_dict_insert (&dict, "cancel-with-caller", "b", TRUE);
  if (!esimctl_operation_follow (
          offer->context, esim_euicc_download_sync (euicc, code, g_variant_dict_end (&dict), NULL, error),
          &asker, &result, error))
    return ESIMCTL_EXIT_FAILED;
  tell (offer, result);
  return ESIMCTL_EXIT_OK;
}
