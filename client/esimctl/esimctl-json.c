/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-json.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <unistd.h>

static gboolean
is_dangerous (gunichar c)
{
  if (c == '\n')
    return FALSE;
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_FORMAT:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
    return TRUE;
  default:
    return FALSE;
  }
}

char *
esimctl_json_escape (const char *json)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *valid = g_utf8_make_valid (json, -1);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (!is_dangerous (c))
      g_string_append_unichar (out, c);
    else if (c <= 0xffff)
      g_string_append_printf (out, "\\u%04x", c);
    else
      g_string_append_printf (out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                              0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
esimctl_json_from_variant (GVariant *value, gboolean pretty)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) node = json_gvariant_serialize (value);
  g_autofree char *text = NULL;

  json_generator_set_root (generator, node);
  json_generator_set_pretty (generator, pretty);
  text = json_generator_to_data (generator, NULL);
  return esimctl_json_escape (text);
}

static void
print (GVariant *value, gboolean pretty)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  g_autofree char *text = esimctl_json_from_variant (owned, pretty);

  puts (text);
}

void
esimctl_json_print (GVariant *value)
{
  print (value, isatty (STDOUT_FILENO));
}

void
esimctl_json_print_line (GVariant *value)
{
  print (value, FALSE);
  fflush (stdout);
}
