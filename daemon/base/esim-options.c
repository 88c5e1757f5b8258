/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-options.h"
#include "esim-error.h"

#include <string.h>

static const EsimOption *
find (const EsimOption *known, const char *key)
{
  for (; known->key != NULL; known++)
    if (strcmp (known->key, key) == 0)
      return known;
  return NULL;
}

gboolean
esim_options_check (GVariant *options, const EsimOption *known, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
    g_autoptr (GVariant) owned = value;
    const EsimOption *option = find (known, key);

    if (option == NULL || !g_hash_table_add (seen, (gpointer) key)) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                   option == NULL ? "there is no option \"%s\" here" : "the option \"%s\" is given twice",
                   key);
      return FALSE;
    }
    if (strcmp (g_variant_get_type_string (value), option->type) != 0) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                   "the option \"%s\" has the D-Bus type %s, not %s", key, option->type,
                   g_variant_get_type_string (value));
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
esim_options_get_boolean (GVariant *options, const char *key)
{
  gboolean value = FALSE;

  (void) g_variant_lookup (options, key, "b", &value);
  return value;
}

const char *
esim_options_lookup_string (GVariant *options, const char *key)
{
  const char *value = NULL;

  return g_variant_lookup (options, key, "&s", &value) ? value : NULL;
}

const char *
esim_options_get_string (GVariant *options, const char *key)
{
  const char *value = esim_options_lookup_string (options, key);

  return value != NULL ? value : "";
}
