/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-aka-keys.h"
#include "hex.h"

#include <string.h>

#define MATERIAL 160

/* RFC 4186, appendix A.5: the master key of its example, and all that is made of it. */
#define MASTER_KEY "e576d5ca332e9930018bf1baee2763c795b3c712"

static void
expand (const char *master_key, guint8 *output, gsize length)
{
  g_autoptr (GBytes) key = hex_bytes (master_key);

  g_assert_cmpuint (g_bytes_get_size (key), ==, ESIM_AKA_MASTER_KEY);
  esim_aka_expand (g_bytes_get_data (key, NULL), output, length);
}

static void
test_expand (void)
{
  guint8 output[MATERIAL];

  expand (MASTER_KEY, output, sizeof output);
  assert_hex (output, 16, "536E5EBC4465582AA6A8EC9986EBB620");
  assert_hex (output + 16, 16, "25AF1942EFCBF4BC72B3943421F2A974");
  assert_hex (output + 32, 64,
              "39D45AEAF4E30601983E972B6CFD46D1C363773365690D09CD44976B525F47D3"
              "A60A985E955C53B090B2E4B73719196A402542968FD14A888F46B9A7886E4488");
  assert_hex (output + 96, 64,
              "5949EAB0FFF69D52315C6C634FD14A7F0D52023D56F79698FA6596ABEED4F93F"
              "BB48EB534D985414CEED0D9A8ED33C387C9DFDAB92FFBDF240FCECF65A2C93B9");
}

/* What is made does not hang on how much of it is wanted. */
static void
test_expand_less (void)
{
  guint8 all[MATERIAL], some[40], none[1] = {0x5A};

  expand (MASTER_KEY, all, sizeof all);
  expand (MASTER_KEY, some, sizeof some);
  g_assert_cmpmem (all, sizeof some, some, sizeof some);
  expand (MASTER_KEY, none, 0);
  g_assert_cmphex (none[0], ==, 0x5A);
}

/* 1 + key + value passes over the end of 160 bits, and carries through every octet on its way. The expected
 * octets are another implementation's (Python, its integers have no end). */
static void
test_expand_carries (void)
{
  guint8 output[40];

  expand ("ffffffffffffffffffffffffffffffffffffffff", output, sizeof output);
  assert_hex (output, sizeof output,
              "CE8DD97EB53DE8B8997D71AF15EED31FFC822DEB269CB566A0A9645811A3D9C977C5D8FBE8DDF6BB");
}

/* SHA-1 over the identity, then IK, then CK; expected octets by another implementation, as above. */
static void
test_derive (void)
{
  EsimAkaKeys keys, other;
  guint8 integrity[ESIM_AKA_KEY], cipher[ESIM_AKA_KEY];

  for (guint i = 0; i < ESIM_AKA_KEY; i++) {
    integrity[i] = (guint8) (0x10 + i);
    cipher[i] = (guint8) (0x20 + i);
  }
  esim_aka_keys_derive (&keys, "0001010000000001@nai.epc.mnc001.mcc001.3gppnetwork.org", integrity, cipher);
  assert_hex (keys.encryption, sizeof keys.encryption, "AA8E377FDFCBBA8665B88FADF0E9D60A");
  assert_hex (keys.authentication, sizeof keys.authentication, "773C2319A71BF8044140865ADC2A4F9E");

  esim_aka_keys_derive (&other, "0001010000000002@nai.epc.mnc001.mcc001.3gppnetwork.org", integrity, cipher);
  g_assert_cmpint (memcmp (&keys, &other, sizeof keys), !=, 0);
  esim_aka_keys_derive (&other, "0001010000000001@nai.epc.mnc001.mcc001.3gppnetwork.org", cipher, integrity);
  g_assert_cmpint (memcmp (&keys, &other, sizeof keys), !=, 0);
}

static void
test_clear (void)
{
  static const EsimAkaKeys nothing;
  EsimAkaKeys keys;

  memset (&keys, 0x5A, sizeof keys);
  esim_aka_keys_clear (&keys);
  g_assert_cmpmem (&keys, sizeof keys, &nothing, sizeof nothing);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aka-keys/expand", test_expand);
  g_test_add_func ("/aka-keys/expand-less", test_expand_less);
  g_test_add_func ("/aka-keys/expand-carries", test_expand_carries);
  g_test_add_func ("/aka-keys/derive", test_derive);
  g_test_add_func ("/aka-keys/clear", test_clear);
  return g_test_run ();
}
