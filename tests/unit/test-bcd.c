/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bcd.h"
#include "esim-error.h"
#include "hex.h"

#include <string.h>

/* The check digits: 890490321234512345123456789012 * 100 + 35 leaves 1 when divided by 97. */
#define EID "89049032123451234512345678901235"

static const struct {
  const char *digits;
  const char *octets;
} iccids[] = {
    {"8901260123456789012", "981062103254769810F2"},
    {"89012601234567890123", "98106210325476981032"},
    {"890126012345678901", "981062103254769810FF"},
};

static void
test_iccid (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (iccids); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) octets = hex_bytes (iccids[i].octets);
    g_autofree char *digits = NULL;
    guint8 back[ESIM_ICCID_OCTETS];

    digits = esim_bcd_iccid_from_octets (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets), &error);
    g_assert_no_error (error);
    g_assert_cmpstr (digits, ==, iccids[i].digits);
    g_assert_true (esim_bcd_iccid_to_octets (iccids[i].digits, back, &error));
    g_assert_no_error (error);
    assert_hex (back, sizeof back, iccids[i].octets);
  }
}

static void
test_iccid_refused (void)
{
  static const char *const octets[] = {
      "",
      "9810621032547698",       /* too short */
      "98106210325476981032AA", /* too long */
      "9810621032547698A032",   /* a half that is no digit */
      "98106210325476F81032",   /* filler before the end */
      "9810621032547698F0FF",   /* 17 digits */
      "FFFFFFFFFFFFFFFFFFFF",
  };
  static const char *const digits[] = {"",
                                       "89012601234567890",
                                       "890126012345678901234",
                                       "8901260123456789A1",
                                       " 890126012345678901",
                                       "890126012345678901 "};

  for (guint i = 0; i < G_N_ELEMENTS (octets); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = hex_bytes (octets[i]);

    g_assert_null (
        esim_bcd_iccid_from_octets (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
  for (guint i = 0; i < G_N_ELEMENTS (digits); i++) {
    g_autoptr (GError) error = NULL;
    guint8 back[ESIM_ICCID_OCTETS];

    g_assert_false (esim_bcd_iccid_to_octets (digits[i], back, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
}

static void
test_eid (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) octets = hex_bytes (EID);
  g_autofree char *digits = NULL;
  guint8 back[ESIM_EID_OCTETS];

  digits = esim_bcd_eid_from_octets (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (digits, ==, EID);
  g_assert_true (esim_bcd_eid_to_octets (EID, back, &error));
  g_assert_no_error (error);
  assert_hex (back, sizeof back, EID);
}

/* 97 is a prime larger than any digit: every change of one digit is found. */
static void
test_eid_check (void)
{
  char eid[] = EID;

  g_assert_true (esim_bcd_eid_is_valid (eid));
  for (gsize i = 0; i < strlen (eid); i++) {
    char kept = eid[i];

    for (char digit = '0'; digit <= '9'; digit++) {
      eid[i] = digit;
      g_assert_cmpint (esim_bcd_eid_is_valid (eid), ==, digit == kept);
    }
    eid[i] = kept;
  }
  g_assert_false (esim_bcd_eid_is_valid (NULL));
  g_assert_false (esim_bcd_eid_is_valid (""));
  g_assert_false (esim_bcd_eid_is_valid (EID "0"));
}

static void
test_eid_refused (void)
{
  static const char *const octets[] = {"", "890490321234512345123456789012",
                                       "89049032123451234512345678901236", "8904903212345123451234567890123F",
                                       EID "00"};

  for (guint i = 0; i < G_N_ELEMENTS (octets); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = hex_bytes (octets[i]);
    guint8 back[ESIM_EID_OCTETS];

    g_assert_null (
        esim_bcd_eid_from_octets (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
    g_clear_error (&error);
    g_assert_false (esim_bcd_eid_to_octets (octets[i], back, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
}

static void
test_plmn (void)
{
  static const struct {
    const char *octets, *digits;
  } plmns[] = {
      {"25F030", "52003"}, {"130014", "310410"}, {"00F110", "00101"}, {"FFFFFF", ""},
      {"25F0F0", ""},      {"2AF030", ""},       {"25F0", ""},        {"25F03000", ""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (plmns); i++) {
    g_autoptr (GBytes) bytes = hex_bytes (plmns[i].octets);
    g_autofree char *digits =
        esim_bcd_plmn_from_octets (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

    g_assert_cmpstr (digits, ==, plmns[i].digits);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bcd/iccid", test_iccid);
  g_test_add_func ("/bcd/iccid-refused", test_iccid_refused);
  g_test_add_func ("/bcd/eid", test_eid);
  g_test_add_func ("/bcd/eid-check", test_eid_check);
  g_test_add_func ("/bcd/eid-refused", test_eid_refused);
  g_test_add_func ("/bcd/plmn", test_plmn);
  return g_test_run ();
}
