/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-dict.h"

#include <esim.h>
#include <glib/gi18n.h>

const char *
esimctl_dict_string (GVariant *dict, const char *key)
{
  const char *value = "";

  (void) g_variant_lookup (dict, key, "&s", &value);
  return value;
}

gboolean
esimctl_dict_flag (GVariant *dict, const char *key)
{
  gboolean value = FALSE;

  (void) g_variant_lookup (dict, key, "b", &value);
  return value;
}

gint64
esimctl_dict_time (GVariant *dict, const char *key)
{
  gint64 value = 0;

  (void) g_variant_lookup (dict, key, "x", &value);
  return value;
}

GVariant *
esimctl_dict_list (GVariant *dict, const char *key, const char *type)
{
  GVariant *list = g_variant_lookup_value (dict, key, G_VARIANT_TYPE (type));

  return list != NULL ? list : g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE (type + 1), NULL, 0));
}

char *
esimctl_dict_text (GVariant *dict, const char *key)
{
  g_autoptr (GVariant) text = g_variant_lookup_value (dict, key, G_VARIANT_TYPE ("a{ss}"));

  return text != NULL ? esim_words_carrier_text (text) : g_strdup ("");
}

char *
esimctl_dict_join (GVariant *strings, const char *(*say) (const char *) )
{
  g_autofree const char **items = g_variant_get_strv (strings, NULL);

  for (guint i = 0; say != NULL && items[i] != NULL; i++)
    items[i] = say (items[i]);
  return g_strjoinv (_ (", "), (char **) items);
}
