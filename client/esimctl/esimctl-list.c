/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>

#include "esimctl-json.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

static void
add_row (EsimctlTable *table, EsimctlContext *context, EsimProfile *profile)
{
  EsimObject *euicc = esim_client_get_object (context->client, esim_profile_get_euicc (profile));
  const char *state = esim_profile_get_state (profile);
  g_autofree char *number =
      euicc != NULL ? g_strdup_printf ("%" G_GUINT64_FORMAT, esim_object_get_number (euicc)) : g_strdup ("");
  EsimObject *deregistration =
      esim_client_get_object (context->client, esim_profile_get_deregistration (profile));
  const char *stage =
      deregistration != NULL ? esim_deregistration_get_stage (ESIM_DEREGISTRATION (deregistration)) : "";

  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, number);
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_profile_get_iccid (profile));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_profile_get_nickname (profile));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_profile_get_name (profile));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_profile_get_service_provider (profile));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN,
                     esim_words_profile_class (esim_profile_get_profile_class (profile)));
  esimctl_table_add (table, esimctl_text_state_style (state), esim_words_profile_state (state));
  esimctl_table_add (table, esimctl_text_state_style (stage), *stage != '\0' ? esim_words_stage (stage) : "");
}

static void
print_json (GPtrArray *profiles)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < profiles->len; i++)
    g_variant_builder_add_value (&list, esimctl_view_object (g_ptr_array_index (profiles, i)));
  esimctl_json_print (g_variant_builder_end (&list));
}

int
esimctl_list (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_autoptr (GPtrArray) euiccs = NULL;
  g_autoptr (GPtrArray) profiles = NULL;
  g_autoptr (EsimctlTable) table = NULL;

  if (!esimctl_parse (context, "", NULL, &argc, &argv, 0, 0, error) || !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  euiccs = esimctl_select_euiccs (context, error);
  if (euiccs == NULL)
    return ESIMCTL_EXIT_FAILED;
  profiles = esim_client_list_profiles (context->client,
                                        context->euicc != NULL ? g_ptr_array_index (euiccs, 0) : NULL);
  if (context->json) {
    print_json (profiles);
    return ESIMCTL_EXIT_OK;
  }
  if (profiles->len == 0) {
    g_print ("%s\n", euiccs->len == 0 ? _ ("There is no eUICC") : _ ("There is no profile"));
    return ESIMCTL_EXIT_OK;
  }
  table = esimctl_table_new ((const char *const[]){_ ("eUICC"), _ ("ICCID"), _ ("Nickname"), _ ("Name"),
                                                   _ ("Operator"), _ ("Class"), _ ("State"),
                                                   _ ("Deregistration"), NULL},
                             TRUE);
  for (guint i = 0; i < profiles->len; i++)
    add_row (table, context, g_ptr_array_index (profiles, i));
  esimctl_table_print (table, context->color);
  return ESIMCTL_EXIT_OK;
}
