/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-euicc-info.h"
#include "hex.h"

#define KEY "041481370F5125D0B1D408D4C3B232E6D25E795BEBFB"
#define KEY_ID "81370F5125D0B1D408D4C3B232E6D25E795BEBFB"
#define INFO1 "BF2035 8203020500 A916" KEY "AA16" KEY
#define INFO2_MEMBERS                                                                                        \
  "8103020301 8203020500 8303240100 840D8101018204000A4E008302115C"                                          \
  "8505067F36F7C0 880204F0 A916" KEY "AA08"                                                                  \
  "04061122334455660403010000 0C00"

static EsimEuiccInfo *
parse (const char *hex, GError **error)
{
  g_autoptr (GBytes) bytes = hex_bytes (hex);

  return esim_euicc_info_parse (bytes, error);
}

static void
test_info1 (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimEuiccInfo) info = parse (INFO1, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (info->spec_version, ==, "2.5.0");
  g_assert_cmpstr (info->firmware_version, ==, "");
  g_assert_cmpuint (info->free_memory, ==, 0);
  g_assert_cmpuint (g_strv_length (info->ci_key_ids), ==, 1);
  g_assert_cmpstr (info->ci_key_ids[0], ==, KEY_ID);
}

static void
test_info2 (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *hex = hex_tlv ("BF22", INFO2_MEMBERS);
  g_autoptr (EsimEuiccInfo) info = parse (hex, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (info->spec_version, ==, "2.5.0");
  g_assert_cmpstr (info->firmware_version, ==, "36.1.0");
  g_assert_cmpuint (info->free_memory, ==, 0x000A4E00);
  g_assert_cmpuint (g_strv_length (info->ci_key_ids), ==, 1);
  g_assert_cmpstr (info->ci_key_ids[0], ==, KEY_ID);
}

/* What a later version of the standard adds; memory that cannot be read counts as not given. */
static void
test_tolerant (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimEuiccInfo) info = parse ("BF2210 8203030100 8403820500 B203800100 9F2100", &error);

  g_assert_null (info);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR); /* its length is not right */
  g_clear_error (&error);
  info = parse ("BF2212 8203030100 8403820500 B203800100 9F2100", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info->spec_version, ==, "3.1.0");
  g_assert_cmpuint (info->free_memory, ==, 0);
  g_assert_cmpuint (g_strv_length (info->ci_key_ids), ==, 0);
}

static void
test_iot (void)
{
  static const struct {
    const char *function;
    const char *more;
    gboolean is_iot;
  } cases[] = {
      {"BF22", "900100", FALSE}, /* lpaMode, and ipaMode too */
      {"BF22", "900100 B407A005 0403010200", TRUE},
      {"BF22", "B40BA005 0403010200 8100 8200 950100", TRUE},
      {"BF22", "B409 8100 A005 0403010200", TRUE},
      {"BF22", "900100 B400", FALSE},
      {"BF22", "B402A000", FALSE},
      {"BF22", "B4028100", FALSE},
      {"BF22", "B402A005", FALSE}, /* malformed within: it tells nothing */
      {"BF20", "B407A005 0403010200", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *members = g_strconcat (INFO2_MEMBERS, cases[i].more, NULL);
    g_autofree char *hex = hex_tlv (cases[i].function, members);
    g_autoptr (EsimEuiccInfo) info = parse (hex, &error);

    g_assert_no_error (error);
    g_assert_cmpint (info->is_iot, ==, cases[i].is_iot);
  }
}

static void
test_refused (void)
{
  static const struct {
    const char *hex;
    EsimError code;
  } cases[] = {
      {"", ESIM_ERROR_CARD_ERROR},
      {"BF2000", ESIM_ERROR_CARD_ERROR},            /* no version */
      {"BF2004 82020205", ESIM_ERROR_CARD_ERROR},   /* half a version */
      {"BF2E05 8203020500", ESIM_ERROR_CARD_ERROR}, /* another function */
      {"BF2005 8203020500 00", ESIM_ERROR_CARD_ERROR},
      {"BF2009 8203020500 A9020405", ESIM_ERROR_CARD_ERROR}, /* a key id cut off */
      {"E103 820100", ESIM_ERROR_NOT_SUPPORTED},
  };
  g_autoptr (GString) keys = g_string_new (NULL);
  g_autofree char *list = NULL, *members = NULL, *info = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) why = NULL;

    g_assert_null (parse (cases[i].hex, &why));
    g_assert_error (why, ESIM_ERROR, (int) cases[i].code);
  }
  for (guint i = 0; i < 65; i++)
    g_string_append (keys, "0401AA");
  list = hex_tlv ("A9", keys->str);
  members = g_strconcat ("8203020500", list, NULL);
  info = hex_tlv ("BF20", members);
  g_assert_null (parse (info, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
}

static void
test_truncated (void)
{
  g_autofree char *hex = hex_tlv ("BF22", INFO2_MEMBERS);
  g_autoptr (GBytes) whole = hex_bytes (hex);

  for (gsize length = 0; length < g_bytes_get_size (whole); length++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) cut = g_bytes_new (g_bytes_get_data (whole, NULL), length);

    g_assert_null (esim_euicc_info_parse (cut, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/euicc-info/info1", test_info1);
  g_test_add_func ("/euicc-info/info2", test_info2);
  g_test_add_func ("/euicc-info/tolerant", test_tolerant);
  g_test_add_func ("/euicc-info/iot", test_iot);
  g_test_add_func ("/euicc-info/refused", test_refused);
  g_test_add_func ("/euicc-info/truncated", test_truncated);
  return g_test_run ();
}
