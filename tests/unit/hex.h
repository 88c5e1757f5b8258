/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Hexadecimal with blanks wherever they help the eye. (transfer full) */
GBytes *hex_bytes (const char *hex);

/* Upper case, no blanks. (transfer full) */
char *hex_string (gconstpointer data, gsize length);

/* A BER-TLV object around @contents (hexadecimal), with the length worked out. (transfer full): hexadecimal
 */
char *hex_tlv (const char *tag, const char *contents);

#define assert_hex(data, length, expected)                                                                   \
  do {                                                                                                       \
    g_autofree char *actual_ = hex_string ((data), (length));                                                \
    g_assert_cmpstr (actual_, ==, (expected));                                                               \
  } while (0)

#define assert_bytes(bytes, expected)                                                                        \
  assert_hex (g_bytes_get_data ((bytes), NULL), g_bytes_get_size ((bytes)), (expected))

G_END_DECLS
