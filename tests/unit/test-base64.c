/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-base64.h"

#include <string.h>

/* GLib encodes; every cut into two pieces gives the same. */
static void
test_lengths (void)
{
  guint8 octets[64];

  for (guint i = 0; i < sizeof octets; i++)
    octets[i] = (guint8) (i * 37 + 200);
  for (gsize length = 0; length <= sizeof octets; length++) {
    g_autofree char *text = g_base64_encode (octets, length);

    for (gsize cut = 0; cut <= strlen (text); cut++) {
      g_autoptr (GByteArray) out = g_byte_array_new ();
      EsimBase64 base64 = {0};

      g_assert_true (esim_base64_feed (&base64, text, cut, out));
      g_assert_true (esim_base64_feed (&base64, text + cut, strlen (text) - cut, out));
      g_assert_true (esim_base64_finish (&base64));
      g_assert_cmpmem (out->data, out->len, octets, length);
    }
  }
}

static void
test_lines (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  EsimBase64 base64 = {0};

  g_assert_true (esim_base64_feed (&base64, "aGV\r\nsbG\n8=\r\n", 13, out));
  g_assert_true (esim_base64_finish (&base64));
  g_assert_cmpmem (out->data, out->len, "hello", 5);
}

static void
test_refused (void)
{
  static const char *const texts[] = {
      "aGVs bG8=", "aGVsbG8-",  "aGVsbG8_",     "=",           "a===",
      "aG=x",      "aGVsbG8==", "aGVsbG8=aGVs", "aGVsbG8\x01", "aG\xC3\xBC=",
  };
  static const char *const cut[] = {"a", "aG", "aGV", "aGVsb", "aG="};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GByteArray) out = g_byte_array_new ();
    EsimBase64 base64 = {0};

    g_assert_false (esim_base64_feed (&base64, texts[i], strlen (texts[i]), out));
  }
  for (guint i = 0; i < G_N_ELEMENTS (cut); i++) {
    g_autoptr (GByteArray) out = g_byte_array_new ();
    EsimBase64 base64 = {0};

    g_assert_true (esim_base64_feed (&base64, cut[i], strlen (cut[i]), out));
    g_assert_false (esim_base64_finish (&base64));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base64/lengths", test_lengths);
  g_test_add_func ("/base64/lines", test_lines);
  g_test_add_func ("/base64/refused", test_refused);
  return g_test_run ();
}
