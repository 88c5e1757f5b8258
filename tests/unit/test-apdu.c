/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-apdu.h"
#include "esim-error.h"
#include "fake-card.h"
#include "hex.h"

#include <string.h>

#define GET_EID "BF3E035C015A"

static GBytes *
send (FakeCard *card, const char *command, GError **error)
{
  g_autoptr (GBytes) bytes = hex_bytes (command);

  return esim_apdu_store_data (ESIM_CARD (card), 1, bytes, error);
}

static void
assert_answer (FakeCard *card, const char *command, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = send (card, command, &error);

  g_assert_no_error (error);
  assert_bytes (answer, expected);
  fake_card_assert_done (card);
}

static void
assert_refused (FakeCard *card, const char *command, EsimError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = send (card, command, &error);

  g_assert_null (answer);
  g_assert_error (error, ESIM_ERROR, (int) code);
  fake_card_assert_done (card);
}

static void
test_one_block (void)
{
  static const char *const statuses[] = {"9000", "9100", "910B", "9012"};

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (FakeCard) card = fake_card_new ();
    g_autofree char *answer = g_strconcat ("BF3E00", statuses[i], NULL);

    fake_card_expect (card, "81E2910006" GET_EID "00", answer);
    assert_answer (card, GET_EID, "BF3E00");
    g_assert_cmpuint (fake_card_get_transmitted (card), ==, 1);
  }
}

static void
test_no_data (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();

  fake_card_expect (card, "81E2910006" GET_EID "00", "9000");
  assert_answer (card, GET_EID, "");
}

static void
test_class_bytes (void)
{
  static const struct {
    guint channel;
    const char *apdu;
  } cases[] = {{1, "81E29100015A00"}, {3, "83E29100015A00"}, {4, "C0E29100015A00"}, {19, "CFE29100015A00"}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (FakeCard) card = fake_card_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) command = hex_bytes ("5A"), answer = NULL;

    fake_card_set_channel (card, cases[i].channel);
    fake_card_expect (card, cases[i].apdu, "9000");
    answer = esim_apdu_store_data (ESIM_CARD (card), cases[i].channel, command, &error);
    g_assert_no_error (error);
    fake_card_assert_done (card);
  }
}

/* @size octets go in full blocks of @segment and one with the rest. */
static void
check_chain (guint segment, guint size, guint blocks)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (GString) command = g_string_new (NULL);
  guint number = 0;

  fake_card_set_segment_size (card, segment);
  for (guint i = 0; i < size; i++)
    g_string_append_printf (command, "%02X", i & 0xFF);
  for (guint sent = 0; sent < size; number++) {
    guint now = MIN (segment, size - sent);
    g_autofree char *apdu = g_strdup_printf ("81E2%s%02X%02X%.*s00", sent + now == size ? "91" : "11", number,
                                             now, 2 * (int) now, command->str + 2 * sent);

    fake_card_expect (card, apdu, sent + now == size ? "BF36009000" : "9000");
    sent += now;
  }
  g_assert_cmpuint (number, ==, blocks);
  assert_answer (card, command->str, "BF3600");
  g_assert_cmpuint (fake_card_get_transmitted (card), ==, blocks);
}

static void
test_chain (void)
{
  check_chain (255, 255, 1);
  check_chain (255, 256, 2);
  check_chain (255, 510, 2);
  check_chain (255, 511, 3);
  check_chain (100, 100, 1);
  check_chain (100, 255, 3);
  check_chain (1, 256, 256);
}

static void
test_segment_size_out_of_range (void)
{
  static const guint sizes[] = {0, 256, G_MAXUINT};

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (FakeCard) card = fake_card_new ();

    fake_card_set_segment_size (card, sizes[i]);
    fake_card_expect (card, "81E2910006" GET_EID "00", "9000");
    assert_answer (card, GET_EID, "");
  }
}

static void
test_limits (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (GString) command = g_string_new (NULL);

  fake_card_set_segment_size (card, 1);
  for (guint i = 0; i < 257; i++)
    g_string_append (command, "00");
  assert_refused (card, command->str, ESIM_ERROR_LIMIT_EXCEEDED);
  assert_refused (card, "", ESIM_ERROR_LIMIT_EXCEEDED);
  g_assert_cmpuint (fake_card_get_transmitted (card), ==, 0);
}

static void
test_get_response (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();

  fake_card_expect (card, "81E2910006" GET_EID "00", "6103");
  fake_card_expect (card, "81C0000003", "AABBCC6102");
  fake_card_expect (card, "81C0000002", "DDEE9000");
  assert_answer (card, GET_EID, "AABBCCDDEE");
}

/* 6100: 256 octets or more. 91xx may come at the end. Some modems put data and 61xx together. */
static void
test_get_response_variants (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();

  fake_card_expect (card, "81E2910006" GET_EID "00", "AA6100");
  fake_card_expect (card, "81C0000000", "BB9108");
  assert_answer (card, GET_EID, "AABB");
}

static void
test_wrong_le (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();

  fake_card_expect (card, "81E2910006" GET_EID "00", "6C02");
  fake_card_expect (card, "81E2910006" GET_EID "02", "AABB9000");
  assert_answer (card, GET_EID, "AABB");

  fake_card_expect (card, "81E2910006" GET_EID "00", "6100");
  fake_card_expect (card, "81C0000000", "6C01");
  fake_card_expect (card, "81C0000001", "AA6102");
  fake_card_expect (card, "81C0000002", "6C01");
  fake_card_expect (card, "81C0000001", "BB9000");
  assert_answer (card, GET_EID, "AABB");
}

/* One repetition: a command is not sent for ever. */
static void
test_wrong_le_twice (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();

  fake_card_expect (card, "81E2910006" GET_EID "00", "6C02");
  fake_card_expect (card, "81E2910006" GET_EID "02", "6C02");
  assert_refused (card, GET_EID, ESIM_ERROR_CARD_ERROR);
}

/* Only the last block is due to give data. */
static void
test_early_answer (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();

  fake_card_set_segment_size (card, 3);
  fake_card_expect (card, "81E2110003BF3E0300", "BF3E009000");
  assert_refused (card, GET_EID, ESIM_ERROR_CARD_ERROR);
}

static void
test_refused_block_ends_the_chain (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();

  fake_card_set_segment_size (card, 3);
  fake_card_expect (card, "81E2110003BF3E0300", "6A86");
  assert_refused (card, GET_EID, ESIM_ERROR_CARD_ERROR);
}

static void
test_status_words (void)
{
  static const guint16 statuses[] = {0x6700, 0x6881, 0x6882, 0x6982, 0x6985, 0x6A80, 0x6A81, 0x6A82, 0x6A84,
                                     0x6A86, 0x6A88, 0x6D00, 0x6E00, 0x6F00, 0x9300, 0x6283, 0x0000, 0xFFFF};

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (FakeCard) card = fake_card_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) details = NULL;
    g_autoptr (GBytes) answer = NULL;
    g_autofree char *status = g_strdup_printf ("%04X", statuses[i]);
    guint16 detail = 1;

    fake_card_expect (card, "81E2910006" GET_EID "00", status);
    answer = send (card, GET_EID, &error);
    g_assert_null (answer);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
    g_assert_nonnull (strstr (error->message, status));
    details = esim_error_dup_details (error);
    g_assert_true (g_variant_lookup (details, ESIM_DETAIL_STATUS_WORD, "q", &detail));
    g_assert_cmphex (detail, ==, statuses[i]);
    fake_card_assert_done (card);
  }
}

static void
test_transport_failure (void)
{
  static const EsimError codes[] = {ESIM_ERROR_CARD_REMOVED, ESIM_ERROR_TIMED_OUT, ESIM_ERROR_MODEM_ERROR};

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_autoptr (FakeCard) card = fake_card_new ();

    fake_card_expect_failure (card, "81E2910006" GET_EID "00", codes[i]);
    assert_refused (card, GET_EID, codes[i]);
    fake_card_expect (card, "81E2910006" GET_EID "00", "6110");
    fake_card_expect_failure (card, "81C0000010", codes[i]);
    assert_refused (card, GET_EID, codes[i]);
  }
}

/* A card that always announces more. */
static void
test_endless (void)
{
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (GString) part = g_string_new (NULL);

  fake_card_expect (card, "81E2910006" GET_EID "00", "6110");
  fake_card_expect (card, "81C0000010", "6110");
  assert_refused (card, GET_EID, ESIM_ERROR_CARD_ERROR);

  fake_card_expect (card, "81E2910006" GET_EID "00", "6101");
  for (guint i = 0; i < 1025; i++)
    fake_card_expect (card, "81C0000001", "AA6101");
  assert_refused (card, GET_EID, ESIM_ERROR_CARD_ERROR);

  for (guint i = 0; i < 256; i++)
    g_string_append (part, "AA");
  g_string_append (part, "6100");
  fake_card_expect (card, "81E2910006" GET_EID "00", "6100");
  for (guint i = 0; i < ESIM_CARD_RESPONSE_MAX / 256 + 1; i++)
    fake_card_expect (card, "81C0000000", part->str);
  assert_refused (card, GET_EID, ESIM_ERROR_LIMIT_EXCEEDED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/apdu/one-block", test_one_block);
  g_test_add_func ("/apdu/no-data", test_no_data);
  g_test_add_func ("/apdu/class-bytes", test_class_bytes);
  g_test_add_func ("/apdu/chain", test_chain);
  g_test_add_func ("/apdu/segment-size-out-of-range", test_segment_size_out_of_range);
  g_test_add_func ("/apdu/limits", test_limits);
  g_test_add_func ("/apdu/get-response", test_get_response);
  g_test_add_func ("/apdu/get-response-variants", test_get_response_variants);
  g_test_add_func ("/apdu/wrong-le", test_wrong_le);
  g_test_add_func ("/apdu/wrong-le-twice", test_wrong_le_twice);
  g_test_add_func ("/apdu/early-answer", test_early_answer);
  g_test_add_func ("/apdu/refused-block", test_refused_block_ends_the_chain);
  g_test_add_func ("/apdu/status-words", test_status_words);
  g_test_add_func ("/apdu/transport-failure", test_transport_failure);
  g_test_add_func ("/apdu/endless", test_endless);
  return g_test_run ();
}
