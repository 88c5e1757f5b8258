/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>

#include "esimctl-json.h"
#include "esimctl-modem.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

static guint
count_open (GPtrArray *deregistrations)
{
  guint open = 0;

  for (guint i = 0; i < deregistrations->len; i++) {
    if (!esim_deregistration_is_over (g_ptr_array_index (deregistrations, i)))
      open++;
  }
  return open;
}

static guint
count_asking (GPtrArray *deregistrations)
{
  guint asking = 0;

  for (guint i = 0; i < deregistrations->len; i++)
    asking += esim_deregistration_needs_input (g_ptr_array_index (deregistrations, i)) ? 1 : 0;
  return asking;
}

static void
print_open (guint open, guint asking)
{
  g_print ("\n");
  g_print (g_dngettext (GETTEXT_PACKAGE, "%u deregistration is open. See: esimctl deregistrations\n",
                        "%u deregistrations are open. See: esimctl deregistrations\n", open),
           open);
  if (asking > 0)
    g_print (g_dngettext (GETTEXT_PACKAGE, "%u of them asks you something.\n",
                          "%u of them ask you something.\n", asking),
             asking);
}

static void
print_json (EsimctlContext *context, GPtrArray *euiccs, GVariant *modems, guint open)
{
  GVariantBuilder builder, list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < euiccs->len; i++)
    g_variant_builder_add_value (&list, esimctl_view_object (g_ptr_array_index (euiccs, i)));
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "version",
                         g_variant_new_string (esim_client_get_version (context->client)));
  g_variant_builder_add (&builder, "{sv}", "ready",
                         g_variant_new_boolean (esim_client_is_ready (context->client)));
  g_variant_builder_add (&builder, "{sv}", "capabilities",
                         g_variant_new_strv (esim_client_get_capabilities (context->client), -1));
  g_variant_builder_add (&builder, "{sv}", "open-deregistrations", g_variant_new_uint32 (open));
  if (modems != NULL)
    g_variant_builder_add (&builder, "{sv}", "modems", modems);
  g_variant_builder_add (&builder, "{sv}", "euiccs", g_variant_builder_end (&list));
  esimctl_json_print (g_variant_builder_end (&builder));
}

/* One whose modem is not told of: it says itself where it is. */
static void
print_euicc (EsimctlContext *context, EsimEuicc *euicc)
{
  g_autoptr (EsimctlTable) table = esimctl_view_pairs ();
  g_autoptr (GPtrArray) profiles = esim_client_list_profiles (context->client, euicc);
  const char *state = esim_euicc_get_state (euicc);
  g_autofree char *number =
      g_strdup_printf ("%" G_GUINT64_FORMAT, esim_object_get_number (ESIM_OBJECT (euicc)));
  g_autofree char *place =
      g_strdup_printf (_ ("%s, slot %u (%s, %s)"), esim_euicc_get_modem (euicc), esim_euicc_get_slot (euicc),
                       esim_euicc_get_device (euicc), esim_euicc_get_transport (euicc));
  g_autofree char *count = g_strdup_printf ("%u", profiles->len);
  g_autofree char *waiting = g_strdup_printf ("%u", esim_euicc_get_pending_notifications (euicc));

  esimctl_view_pair (table, _ ("eUICC"), ESIMCTL_STYLE_TITLE, number);
  esimctl_view_pair (table, _ ("EID"), ESIMCTL_STYLE_PLAIN, esim_euicc_get_eid (euicc));
  esimctl_view_pair (table, _ ("State"), esimctl_text_state_style (state), esim_words_euicc_state (state));
  esimctl_view_pair (table, _ ("Problem"), ESIMCTL_STYLE_BAD, esim_euicc_get_problem (euicc));
  esimctl_view_pair (table, _ ("Modem"), ESIMCTL_STYLE_PLAIN, place);
  esimctl_view_pair (table, _ ("Profiles"), ESIMCTL_STYLE_PLAIN, count);
  if (esim_euicc_notifications_read (euicc) || esim_euicc_get_pending_notifications (euicc) > 0)
    esimctl_view_pair (table, _ ("Notifications"), ESIMCTL_STYLE_PLAIN, waiting);
  esimctl_table_print (table, context->color);
}

static void
print_modems (EsimctlContext *context, GVariant *modems)
{
  for (gsize i = 0; modems != NULL && i < g_variant_n_children (modems); i++) {
    g_autoptr (GVariant) modem = g_variant_get_child_value (modems, i);

    g_print ("\n");
    esimctl_modem_print (context, modem, TRUE);
  }
}

int
esimctl_status (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_autoptr (GPtrArray) euiccs = NULL;
  g_autoptr (GPtrArray) deregistrations = NULL;
  g_autoptr (GVariant) modems = NULL;
  g_autoptr (GError) local = NULL;
  guint open;

  if (!esimctl_parse (context, "", NULL, &argc, &argv, 0, 0, error) || !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  euiccs = esimctl_select_euiccs (context, error);
  if (euiccs == NULL)
    return ESIMCTL_EXIT_FAILED;
  modems = esimctl_modem_list (context, &local);
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return ESIMCTL_EXIT_FAILED;
  }
  deregistrations = esim_client_list_deregistrations (context->client);
  open = count_open (deregistrations);
  if (context->json) {
    print_json (context, euiccs, modems, open);
    return ESIMCTL_EXIT_OK;
  }
  g_print (_ ("esimd %s is running\n"), esim_client_get_version (context->client));
  print_modems (context, modems);
  if (euiccs->len == 0)
    g_print ("%s%s\n", modems != NULL && g_variant_n_children (modems) > 0 ? "\n" : "",
             _ ("There is no eUICC"));
  for (guint i = 0; i < euiccs->len; i++) {
    if (esimctl_modem_have (modems, g_ptr_array_index (euiccs, i)))
      continue;
    g_print ("\n");
    print_euicc (context, g_ptr_array_index (euiccs, i));
  }
  if (open > 0)
    print_open (open, count_asking (deregistrations));
  return ESIMCTL_EXIT_OK;
}
