/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-usim-files.h"
#include "hex.h"

#include <string.h>

#define ANY(bytes) g_bytes_get_data ((bytes), NULL), g_bytes_get_size ((bytes))

static void
test_imsi (void)
{
  static const char *const cases[][2] = {
      {"08 4905102143658709", "450011234567890"},
      {"08 4105102143658709", NULL},
      {"08 0910100000000031", "001010000000013"},
      {"07 11325476981032F4", NULL},
      {"05 3125476981", NULL},
      {"08 3132547698103254", NULL},
      {"04 51325476", NULL},
      {"04 59325476 FFFFFFFF", "5234567"},
      {"04 513254F6 FFFFFFFF", "523456"},
      {"04 5132A4F6", NULL},
      {"03 593254 FF", NULL},
      {"09 49051021436587091032", NULL},
      {"08 49051021436587", NULL},
      {"00", NULL},
      {"", NULL},
      {"FFFFFFFFFFFFFFFFFF", NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) octets = hex_bytes (cases[i][0]);
    g_autoptr (GError) error = NULL;
    g_autofree char *imsi = esim_usim_files_read_imsi (ANY (octets), &error);

    g_assert_cmpstr (imsi, ==, cases[i][1]);
    if (imsi == NULL)
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

static void
test_mnc_length (void)
{
  static const struct {
    const char *octets;
    guint digits;
  } cases[] = {{"00000002", 2}, {"00000003", 3}, {"000000F2", 2}, {"0000000300", 3},
               {"000000", 0},   {"00000001", 0}, {"000000FF", 0}, {"", 0}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) octets = hex_bytes (cases[i].octets);

    g_assert_cmpuint (esim_usim_files_read_mnc_length (ANY (octets)), ==, cases[i].digits);
  }
}

static void
test_group (void)
{
  static const char *const cases[][2] = {{"4C", "4C"}, {"4CFFFF", "4CFFFF"}, {"FFFF", NULL}, {"", NULL}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) octets = hex_bytes (cases[i][0]);
    g_autofree char *group = esim_usim_files_read_group (ANY (octets));

    g_assert_cmpstr (group, ==, cases[i][1]);
  }
}

static void
test_directory (void)
{
  static const char *const cases[][2] = {
      {"61124F10A0000000871002FFFFFFFF8907090000", "A0000000871002FFFFFFFF8907090000"},
      {"61124F10A0000000871002FFFFFFFF8907090000FFFF", "A0000000871002FFFFFFFF8907090000"},
      {"610E5003555349 4F07A0000000871002", "A0000000871002"},
      {"61124F10A0000000871004FFFFFFFF8907090000", ""}, /* an ISIM */
      {"61074F05A000000087", ""},
      {"61134F11A0000000871002FFFFFFFF890709000000", ""},
      {"61FF4F10A0000000871002", ""},
      {"FFFFFFFFFFFF", ""},
      {"", ""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) octets = hex_bytes (cases[i][0]);
    guint8 aid[ESIM_USIM_AID_MAX];

    assert_hex (aid, esim_usim_files_read_directory (ANY (octets), aid), cases[i][1]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usim-files/imsi", test_imsi);
  g_test_add_func ("/usim-files/mnc-length", test_mnc_length);
  g_test_add_func ("/usim-files/group", test_group);
  g_test_add_func ("/usim-files/directory", test_directory);
  return g_test_run ();
}
