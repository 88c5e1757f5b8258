/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <string.h>

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

/* Returns: how many were taken out: what a person is not to put into use is not laid out before them. */
static guint
hide_unusual (GPtrArray *profiles)
{
  guint before = profiles->len;

  for (guint i = profiles->len; i > 0; i--) {
    const char *klass = esim_profile_get_profile_class (g_ptr_array_index (profiles, i - 1));

    if (strcmp (klass, "test") == 0 || strcmp (klass, "provisioning") == 0)
      g_ptr_array_remove_index (profiles, i - 1);
  }
  return before - profiles->len;
}

static void
print_hidden (guint hidden)
{
  if (hidden > 0)
    g_print (g_dngettext (GETTEXT_PACKAGE, "%u test or provisioning profile is not shown: --all\n",
                          "%u test or provisioning profiles are not shown: --all\n", hidden),
             hidden);
}

static void
print_table (EsimctlContext *context, GPtrArray *profiles)
{
  g_autoptr (EsimctlTable) table = esimctl_table_new (
      (const char *const[]){_ ("eUICC"), _ ("ICCID"), _ ("Nickname"), _ ("Name"), _ ("Operator"), _ ("Class"),
                            _ ("State"), _ ("Deregistration"), NULL},
      TRUE);

  for (guint i = 0; i < profiles->len; i++)
    add_row (table, context, g_ptr_array_index (profiles, i));
  esimctl_table_print (table, context->color);
}

int
esimctl_list (EsimctlContext *context, int argc, char **argv, GError **error)
{
  gboolean all = FALSE;
  const GOptionEntry entries[] = {
      {"all", 'a', 0, G_OPTION_ARG_NONE, &all, N_ ("Test and provisioning profiles too"), NULL},
      {NULL},
  };
  guint hidden = 0;
  g_autoptr (GPtrArray) euiccs = NULL;
  g_autoptr (GPtrArray) profiles = NULL;

  if (!esimctl_parse (context, "", entries, &argc, &argv, 0, 0, error) || !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  euiccs = esimctl_select_euiccs (context, error);
  if (euiccs == NULL)
    return ESIMCTL_EXIT_FAILED;
  profiles = esim_client_list_profiles (context->client,
                                        context->euicc != NULL ? g_ptr_array_index (euiccs, 0) : NULL);
  if (!all)
    hidden = hide_unusual (profiles);
  if (context->json) {
    print_json (profiles);
    return ESIMCTL_EXIT_OK;
  }
  if (profiles->len == 0) {
    g_print ("%s\n", euiccs->len == 0 ? _ ("There is no eUICC") : _ ("There is no profile"));
    print_hidden (hidden);
    return ESIMCTL_EXIT_OK;
  }
  print_table (context, profiles);
  print_hidden (hidden);
  return ESIMCTL_EXIT_OK;
}
