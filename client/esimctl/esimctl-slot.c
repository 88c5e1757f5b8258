/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-dict.h"
#include "esimctl-json.h"
#include "esimctl-modem.h"
#include "esimctl-operation.h"
#include "esimctl-verbs.h"

#define MAX_SLOT 255

/* Returns: (transfer full): the modems, of which one at least can be chosen. */
static GVariant *
list_modems (EsimctlContext *context, GError **error)
{
  g_autoptr (GError) local = NULL;
  GVariant *modems = esimctl_modem_list (context, &local);

  if (modems != NULL)
    return modems;
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  else if (g_strv_contains (esim_client_get_capabilities (context->client), "slots"))
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_AUTHORIZED,
                         _ ("The slots are told to whoever may read the cards"));
  else
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED, _ ("The service knows no slots"));
  return NULL;
}

static void
add_slots (GVariantBuilder *list, GVariant *modem)
{
  g_autoptr (GVariant) slots = esimctl_dict_list (modem, "slots", "aa{sv}");

  for (gsize i = 0; i < g_variant_n_children (slots); i++) {
    g_autoptr (GVariant) slot = g_variant_get_child_value (slots, i);
    GVariantDict dict;

    g_variant_dict_init (&dict, slot);
    g_variant_dict_insert (&dict, "modem", "s", esimctl_dict_string (modem, "modem"));
    g_variant_builder_add_value (list, g_variant_dict_end (&dict));
  }
}

static int
list (EsimctlContext *context, const char *name, GError **error)
{
  g_autoptr (GVariant) modems = list_modems (context, error);
  g_autoptr (GVariant) only = NULL;
  GVariantBuilder json;
  guint shown = 0;

  if (modems == NULL || (name != NULL && (only = esimctl_modem_select (modems, name, 0, error)) == NULL))
    return ESIMCTL_EXIT_FAILED;
  g_variant_builder_init (&json, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (modems); i++) {
    g_autoptr (GVariant) modem = g_variant_get_child_value (modems, i);

    if (only != NULL && !g_variant_equal (modem, only))
      continue;
    add_slots (&json, modem);
    if (context->json)
      continue;
    g_print ("%s", shown++ > 0 ? "\n" : "");
    esimctl_modem_print (context, modem, FALSE);
  }
  if (context->json) {
    esimctl_json_print (g_variant_builder_end (&json));
    return ESIMCTL_EXIT_OK;
  }
  g_variant_builder_clear (&json);
  if (shown == 0)
    g_print ("%s\n", _ ("There is no modem"));
  return ESIMCTL_EXIT_OK;
}

/* Returns: (transfer none): the eUICC of the slot. */
static EsimEuicc *
find_euicc (EsimctlContext *context, GVariant *modem, guint number, GError **error)
{
  g_autoptr (GVariant) slot = esimctl_modem_find_slot (modem, number);
  g_autofree char *title = esimctl_modem_title (modem);
  const char *path = "/";
  EsimObject *euicc;

  if (slot == NULL) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND, _ ("%s has no slot %u. See: esimctl slot"),
                 title, number);
    return NULL;
  }
  if (esimctl_dict_flag (slot, "active")) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE, _ ("%s uses slot %u already"), title, number);
    return NULL;
  }
  (void) g_variant_lookup (slot, "euicc", "&o", &path);
  euicc = esim_client_get_object (context->client, path);
  if (ESIM_IS_EUICC (euicc))
    return ESIM_EUICC (euicc);
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
               _ ("The service offers no eUICC in slot %u of %s (%s)"), number, title,
               esim_words_slot_content (esimctl_dict_string (slot, "content")));
  return NULL;
}

static int
activate (EsimctlContext *context, const char *text, const char *name, gboolean allow, GError **error)
{
  g_autoptr (GVariant) modems = NULL;
  g_autoptr (GVariant) modem = NULL;
  g_autofree char *title = NULL;
  g_autofree char *done = NULL;
  guint64 number = 0;
  EsimEuicc *euicc;
  GVariantDict options, facts;

  if (!g_ascii_string_to_unsigned (text, 10, 1, MAX_SLOT, &number, NULL)) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("“%s” is not the number of a slot"), text);
    return ESIMCTL_EXIT_USAGE;
  }
  if (!esimctl_connect (context, error) || (modems = list_modems (context, error)) == NULL ||
      (modem = esimctl_modem_select (modems, name, (guint) number, error)) == NULL ||
      (euicc = find_euicc (context, modem, (guint) number, error)) == NULL)
    return ESIMCTL_EXIT_FAILED;
  title = esimctl_modem_title (modem);
  g_variant_dict_init (&options, NULL);
  if (allow)
    g_variant_dict_insert (&options, "allow-disconnect", "b", TRUE);
  if (!esimctl_operation_wait (
          context, esim_euicc_activate_slot_sync (euicc, g_variant_dict_end (&options), NULL, error), error))
    return ESIMCTL_EXIT_FAILED;
  done = g_strdup_printf (_ ("%s uses slot %u now"), title, (guint) number);
  g_variant_dict_init (&facts, NULL);
  g_variant_dict_insert (&facts, "modem", "s", esimctl_dict_string (modem, "modem"));
  g_variant_dict_insert (&facts, "slot", "u", (guint) number);
  esimctl_operation_tell (context, "activate-slot", done, &facts);
  return ESIMCTL_EXIT_OK;
}

int
esimctl_slot (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_autofree char *name = NULL;
  gboolean allow = FALSE;
  const GOptionEntry entries[] = {
      {"modem", 0, 0, G_OPTION_ARG_STRING, &name,
       N_ ("The modem, by its name or its device as “status” shows them"), N_ ("NAME")},
      ESIMCTL_ALLOW_DISCONNECT (&allow),
      {NULL},
  };

  if (!esimctl_parse (context, _ ("[list|activate NUMBER]"), entries, &argc, &argv, 0, 2, error))
    return ESIMCTL_EXIT_USAGE;
  if (argc == 3 && strcmp (argv[1], "activate") == 0)
    return activate (context, argv[2], name, allow, error);
  if ((argc == 2 && strcmp (argv[1], "list") != 0) || argc > 2 || allow) {
    g_set_error_literal (
        error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
        _ ("Usage: esimctl slot [list] [--modem NAME], or: esimctl slot activate NUMBER [--modem NAME]"));
    return ESIMCTL_EXIT_USAGE;
  }
  return esimctl_connect (context, error) ? list (context, name, error) : ESIMCTL_EXIT_FAILED;
}
