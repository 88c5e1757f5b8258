/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-known-roots.h"

#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-dict.h"
#include "esimctl-view.h"

#define KEY_ID_SHOWN 16 /* digits of a key id: enough to tell two apart on a line of 80 columns */

GVariant *
esimctl_known_roots_list (EsimctlContext *context, GError **error)
{
  if (context->roots == NULL)
    context->roots = esim_client_list_trust_sync (context->client, NULL, error);
  return context->roots;
}

GVariant *
esimctl_known_roots_find (GVariant *roots, const char *key_id)
{
  for (gsize i = 0; roots != NULL && i < g_variant_n_children (roots); i++) {
    g_autoptr (GVariant) root = g_variant_get_child_value (roots, i);

    if (g_ascii_strcasecmp (esimctl_dict_string (root, "key-id"), key_id) == 0)
      return g_steal_pointer (&root);
  }
  return NULL;
}

char *
esimctl_known_roots_name (EsimctlContext *context, const char *key_id)
{
  g_autoptr (GVariant) root = NULL;
  const char *name;

  if (*key_id == '\0')
    return g_strdup ("");
  /* A service that cannot list them is no reason to fail. */
  root = esimctl_known_roots_find (esimctl_known_roots_list (context, NULL), key_id);
  name = root != NULL ? esimctl_dict_string (root, "name") : "";
  if (*name == '\0')
    return g_strdup (key_id);
  return esimctl_dict_flag (root, "test") ? g_strdup_printf (_ ("%s (a test root)"), name) : g_strdup (name);
}

/* Whether it counts, and why or why not. */
static const char *
standing (GVariant *root, EsimctlStyle *style)
{
  g_autoptr (GVariant) cards = esimctl_dict_list (root, "cards", "ao");
  gboolean listed = g_variant_n_children (cards) > 0;

  *style = ESIMCTL_STYLE_PLAIN;
  if (esimctl_dict_flag (root, "installed") && esimctl_dict_flag (root, "test")) {
    *style = ESIMCTL_STYLE_CAUTION;
    return _ ("trusted: a test root");
  }
  if (esimctl_dict_flag (root, "installed")) {
    *style = ESIMCTL_STYLE_GOOD;
    return esimctl_dict_flag (root, "also-trust") ? _ ("trusted for every card") : _ ("trusted");
  }
  if (!listed)
    return _ ("not installed");
  *style = ESIMCTL_STYLE_CAUTION;
  return _ ("missing: a card lists it");
}

void
esimctl_known_roots_print_whole (gboolean color, GVariant *roots)
{
  for (gsize i = 0; i < g_variant_n_children (roots); i++) {
    g_autoptr (GVariant) root = g_variant_get_child_value (roots, i);
    g_autoptr (EsimctlTable) table = esimctl_view_pairs ();
    const char *name = esimctl_dict_string (root, "name");
    const char *fingerprint = esimctl_dict_string (root, "fingerprint");
    g_autofree char *first = g_strndup (fingerprint, strlen (fingerprint) / 2);
    EsimctlStyle style;
    const char *state = standing (root, &style);

    if (i > 0)
      g_print ("\n");
    esimctl_view_pair (table, _ ("Name"), ESIMCTL_STYLE_TITLE, *name != '\0' ? name : _ ("(not known)"));
    esimctl_view_pair (table, _ ("Key id"), ESIMCTL_STYLE_PLAIN, esimctl_dict_string (root, "key-id"));
    if (*fingerprint != '\0') {
      esimctl_view_pair (table, "SHA-256", ESIMCTL_STYLE_PLAIN, first);
      esimctl_view_pair (table, "…", ESIMCTL_STYLE_PLAIN, fingerprint + strlen (first));
    }
    esimctl_view_pair (table, _ ("State"), style, state);
    esimctl_table_print (table, color);
  }
}

void
esimctl_known_roots_print (gboolean color, GVariant *roots)
{
  const char *const titles[] = {_ ("Name"), _ ("Key id"), _ ("State"), NULL};
  g_autoptr (EsimctlTable) table = esimctl_table_new (titles, TRUE);

  for (gsize i = 0; i < g_variant_n_children (roots); i++) {
    g_autoptr (GVariant) root = g_variant_get_child_value (roots, i);
    const char *name = esimctl_dict_string (root, "name");
    g_autofree char *shown = g_strndup (esimctl_dict_string (root, "key-id"), KEY_ID_SHOWN);
    EsimctlStyle style;
    const char *state = standing (root, &style);

    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, *name != '\0' ? name : _ ("(not known)"));
    esimctl_table_add (table, ESIMCTL_STYLE_QUIET, shown);
    esimctl_table_add (table, style, state);
  }
  esimctl_table_print (table, color);
}
