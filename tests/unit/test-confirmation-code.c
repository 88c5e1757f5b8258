/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-confirmation-code.h"
#include "hex.h"

/* printf 4711 | sha256sum, and that with the id behind it once more. */
static void
test_hash (void)
{
  static const struct {
    const char *code;
    const char *id;
    const char *hash;
  } cases[] = {
      {"4711", "01020304", "C4C3F62B096D078475F6235D35185D54F5A6570E8C97B6996EAA41469E11961A"},
      {"", "00", "231E028BAA0F06DD0E657CDC91E570B9BF65EF3AAC7799DB8687364573E35200"},
      {"ABC-123-xyz", "00112233445566778899AABBCCDDEEFF",
       "BA877E5FB3626BCC4E67D3B3417E610DC8B54C0BE8778FFC77B19170E7189F5F"},
      {"\xE6\x97\xA5\xE6\x9C\xAC", "FF", "BEFCBE73853B342FF9D8ACE5A099195F4B7633A2540970906B94281F96C638E7"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) id = hex_bytes (cases[i].id);
    g_autoptr (GBytes) hash = esim_hash_confirmation_code (cases[i].code, id);

    assert_bytes (hash, cases[i].hash);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/confirmation-code/hash", test_hash);
  return g_test_run ();
}
