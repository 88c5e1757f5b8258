/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-connections.h"

#include <glib/gi18n.h>

#include "esimctl-dict.h"
#include "esimctl-json.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

static const char *
whose (GVariant *connection)
{
  return esimctl_dict_flag (connection, "ours") ? _ ("made by esimd") : _ ("made by others");
}

static const char *
in_use (GVariant *connection)
{
  return esimctl_dict_flag (connection, "active") ? _ ("connected") : _ ("not connected");
}

static void
add_uuids (EsimctlTable *table, EsimProfile *profile)
{
  const char *const *uuids = esim_profile_get_connections (profile);

  for (guint i = 0; uuids[i] != NULL; i++)
    esimctl_view_pair (table, i == 0 ? _ ("Connection") : "", ESIMCTL_STYLE_PLAIN, uuids[i]);
}

void
esimctl_connections_add (EsimctlTable *table, EsimProfile *profile)
{
  g_autoptr (GVariant) connections = NULL;

  if (esim_profile_get_connections (profile)[0] == NULL)
    return;
  connections = esim_profile_list_connections_sync (profile, NULL, NULL);
  if (connections == NULL) {
    add_uuids (table, profile);
    return;
  }
  for (gsize i = 0; i < g_variant_n_children (connections); i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (connections, i);
    g_autofree char *line =
        g_strdup_printf (_ ("%s (%s, %s)"), esimctl_dict_string (one, "name"), whose (one), in_use (one));

    esimctl_view_pair (table, i == 0 ? _ ("Connection") : "", ESIMCTL_STYLE_PLAIN, line);
  }
}

static void
add_row (EsimctlTable *table, EsimProfile *profile, GVariant *connection)
{
  gboolean active = esimctl_dict_flag (connection, "active");

  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_profile_get_iccid (profile));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esimctl_dict_string (connection, "name"));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN,
                     esimctl_dict_flag (connection, "ours") ? "esimd" : _ ("others"));
  esimctl_table_add (table, active ? ESIMCTL_STYLE_GOOD : ESIMCTL_STYLE_PLAIN, in_use (connection));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esimctl_dict_string (connection, "uuid"));
}

static void
add_json (GVariantBuilder *list, EsimProfile *profile, GVariant *connection)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, connection);
  g_variant_dict_insert (&dict, "iccid", "s", esim_profile_get_iccid (profile));
  g_variant_builder_add_value (list, g_variant_dict_end (&dict));
}

static gboolean
add_connections (EsimProfile *profile, EsimctlTable *table, GVariantBuilder *json, guint *n, GError **error)
{
  g_autoptr (GVariant) connections = NULL;

  if (esim_profile_get_connections (profile)[0] == NULL)
    return TRUE;
  connections = esim_profile_list_connections_sync (profile, NULL, error);
  if (connections == NULL)
    return FALSE;
  for (gsize i = 0; i < g_variant_n_children (connections); i++, (*n)++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (connections, i);

    add_row (table, profile, one);
    add_json (json, profile, one);
  }
  return TRUE;
}

static int
show (EsimctlContext *context, GPtrArray *profiles, GError **error)
{
  const char *const titles[] = {_ ("ICCID"), _ ("Name"), _ ("Made by"), _ ("State"), "UUID", NULL};
  g_autoptr (EsimctlTable) table = esimctl_table_new (titles, TRUE);
  g_auto (GVariantBuilder) json = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  guint n = 0;

  for (guint i = 0; i < profiles->len; i++) {
    if (!add_connections (g_ptr_array_index (profiles, i), table, &json, &n, error))
      return ESIMCTL_EXIT_FAILED;
  }
  if (context->json)
    esimctl_json_print (g_variant_builder_end (&json));
  else if (n == 0)
    g_print ("%s\n", _ ("NetworkManager has no such connection"));
  else
    esimctl_table_print (table, context->color);
  return ESIMCTL_EXIT_OK;
}

int
esimctl_connections (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_autoptr (GPtrArray) profiles = NULL;
  g_autoptr (GError) local = NULL;
  EsimProfile *profile;
  EsimEuicc *euicc;

  if (!esimctl_parse (context, _ ("[PROFILE]"), NULL, &argc, &argv, 0, 1, error) ||
      !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  if (argc > 1) {
    profile = esimctl_select_profile (context, argv[1], error);
    if (profile == NULL)
      return ESIMCTL_EXIT_FAILED;
    profiles = g_ptr_array_new ();
    g_ptr_array_add (profiles, profile);
    return show (context, profiles, error);
  }
  euicc = esimctl_select_euicc (context, &local);
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return ESIMCTL_EXIT_FAILED;
  }
  profiles = esim_client_list_profiles (context->client, euicc);
  return show (context, profiles, error);
}
