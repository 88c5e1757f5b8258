/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hex.h"

#include <string.h>

GBytes *
hex_bytes (const char *hex)
{
  GByteArray *array = g_byte_array_new ();
  int high = -1;

  for (const char *p = hex; *p != '\0'; p++) {
    int half = g_ascii_xdigit_value (*p);
    guint8 octet;

    if (*p == ' ')
      continue;
    g_assert_cmpint (half, >=, 0);
    if (high < 0) {
      high = half;
      continue;
    }
    octet = (guint8) (high << 4 | half);
    g_byte_array_append (array, &octet, 1);
    high = -1;
  }
  g_assert_cmpint (high, ==, -1);
  return g_byte_array_free_to_bytes (array);
}

char *
hex_string (gconstpointer data, gsize length)
{
  const guint8 *octets = data;
  GString *hex = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (hex, "%02X", octets[i]);
  return g_string_free (hex, FALSE);
}

char *
hex_tlv (const char *tag, const char *contents)
{
  g_autoptr (GBytes) bytes = hex_bytes (contents);
  gsize length = g_bytes_get_size (bytes);

  if (length < 0x80)
    return g_strdup_printf ("%s%02X%s", tag, (guint) length, contents);
  if (length < 0x100)
    return g_strdup_printf ("%s81%02X%s", tag, (guint) length, contents);
  return g_strdup_printf ("%s82%04X%s", tag, (guint) length, contents);
}
