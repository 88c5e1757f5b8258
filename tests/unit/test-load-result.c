/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-load-result.h"
#include "esim-error.h"
#include "hex.h"

#include <string.h>

#define TRANSACTION "80080102A3B4C5D6E7F8"
#define METADATA "BF2F1D 80012A 81020780 0C08 736D64702E636F6D 5A0A981032547698103214F5"
#define OID "06082B06010401020304"
#define SUCCESS "A2 18 A0 16 4F10A0000005591010FFFFFFFF8900001200 0402 3000"
#define FAILURE "A2 08 A1 06 800105 81010A"
#define SIGNATURE "5F37 04 01020304"

static GBytes *
make_result (const char *data, const char *behind)
{
  g_autofree char *inside = hex_tlv ("BF27", data), *members = g_strconcat (inside, behind, NULL),
                  *result = hex_tlv ("BF37", members);

  return hex_bytes (result);
}

static void
test_installed (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = make_result (TRANSACTION METADATA OID SUCCESS, SIGNATURE);
  g_autoptr (EsimLoadResult) result = esim_load_result_parse (bytes, &error);

  g_assert_no_error (error);
  g_assert_true (result->installed);
  g_assert_true (esim_load_result_check (result, &error));
  assert_bytes (result->aid, "A0000005591010FFFFFFFF8900001200");
  assert_bytes (result->transaction_id, "0102A3B4C5D6E7F8");
  g_assert_cmpint (result->command, ==, -1);
  g_assert_cmpint (result->reason, ==, -1);
  g_assert_cmpuint (result->notification->sequence, ==, 42);
  g_assert_cmpint (result->notification->event, ==, ESIM_EVENT_INSTALL);
  g_assert_cmpstr (result->notification->address, ==, "smdp.com");
  g_assert_cmpstr (result->notification->iccid, ==, "8901234567890123415");
  g_assert_true (g_bytes_equal (result->notification->bytes, bytes));
}

static void
test_refused_by_the_card (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = make_result (TRANSACTION METADATA OID FAILURE, SIGNATURE);
  g_autoptr (EsimLoadResult) result = esim_load_result_parse (bytes, &error);
  g_autoptr (GVariant) details = NULL;
  gint32 command = -1, reason = -1;

  g_assert_no_error (error);
  g_assert_false (result->installed);
  g_assert_null (result->aid);
  g_assert_cmpint (result->command, ==, 5);
  g_assert_cmpint (result->reason, ==, 10);
  g_assert_true (g_bytes_equal (result->notification->bytes, bytes));
  g_assert_false (esim_load_result_check (result, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INSUFFICIENT_MEMORY);
  details = esim_error_dup_details (error);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_BPP_COMMAND, "i", &command));
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_BPP_ERROR, "i", &reason));
  g_assert_cmpint (command, ==, 5);
  g_assert_cmpint (reason, ==, 10);
}

/* With what the profile's own elements answered, which is the server's business; and what a later version
 * adds. */
static void
test_more_members (void)
{
  static const char *const results[] = {
      "A2 0C A1 0A 800105 81010C 82023000",
      "A2 0D A1 0B 800105 81010C 83030102FF",
      "A2 08 A1 06 800105 81010C 9F500101",
  };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *data = g_strconcat (TRANSACTION METADATA OID, results[i], NULL);
    g_autoptr (GBytes) bytes = make_result (data, SIGNATURE "9F510101");
    g_autoptr (EsimLoadResult) result = esim_load_result_parse (bytes, &error);

    g_assert_no_error (error);
    g_assert_cmpint (result->reason, ==, 12);
  }
}

static void
test_malformed (void)
{
  static const struct {
    const char *data;
    const char *behind;
  } cases[] = {
      {METADATA OID SUCCESS, SIGNATURE},
      {"8000" METADATA OID SUCCESS, SIGNATURE},
      {"80110102030405060708090A0B0C0D0E0F1011" METADATA OID SUCCESS, SIGNATURE},
      {TRANSACTION TRANSACTION METADATA OID SUCCESS, SIGNATURE},
      {TRANSACTION OID SUCCESS, SIGNATURE},
      {TRANSACTION METADATA OID, SIGNATURE},
      {TRANSACTION METADATA OID SUCCESS, ""},
      {TRANSACTION METADATA OID "A200", SIGNATURE},
      {TRANSACTION METADATA OID "A202A300", SIGNATURE},
      {TRANSACTION METADATA OID "A202A000", SIGNATURE},
      {TRANSACTION METADATA OID "A206A0044F020102", SIGNATURE},
      {TRANSACTION METADATA OID "A205A103800105", SIGNATURE},
      {TRANSACTION METADATA OID "A205A103810105", SIGNATURE},
      {TRANSACTION METADATA OID "A208A1068001FF810105", SIGNATURE},
      {TRANSACTION METADATA OID "A20BA109800105 810105 810106", SIGNATURE},
      {TRANSACTION METADATA OID "A2 10 A1 06 800105 81010A A1 06 800105 81010A", SIGNATURE},
      {TRANSACTION METADATA OID "A207A106800105810105", SIGNATURE},
      {TRANSACTION METADATA OID SUCCESS SUCCESS, SIGNATURE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = make_result (cases[i].data, cases[i].behind);
    g_autoptr (EsimLoadResult) result = esim_load_result_parse (bytes, &error);

    g_test_message ("case %u", i);
    g_assert_null (result);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

static void
test_something_else (void)
{
  static const char *const answers[] = {"", "BF3600", "BF37", "30 00", "BF3700", "BF370180", "BF2700"};

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = hex_bytes (answers[i]);
    g_autoptr (EsimLoadResult) result = esim_load_result_parse (bytes, &error);

    g_assert_null (result);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/load-result/installed", test_installed);
  g_test_add_func ("/load-result/refused-by-the-card", test_refused_by_the_card);
  g_test_add_func ("/load-result/more-members", test_more_members);
  g_test_add_func ("/load-result/malformed", test_malformed);
  g_test_add_func ("/load-result/something-else", test_something_else);
  return g_test_run ();
}
