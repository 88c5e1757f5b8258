/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-isdr-load.h"
#include "bpp-fixture.h"
#include "esim-bpp.h"
#include "esim-error.h"
#include "fake-card.h"
#include "hex.h"

#include <string.h>

#define EID "89049032123451234512345678901235"
#define RESULT "BF3703010203"

static EsimIsdr *
open_session (FakeCard *card)
{
  g_autoptr (GError) error = NULL;
  EsimIsdr *session;

  fake_card_expect (card, "81E2910006BF3E035C015A00", "BF3E125A10" EID "9000");
  session = esim_isdr_open (ESIM_CARD (card), &error);
  g_assert_no_error (error);
  return session;
}

/* The chain for @segment, as GlobalPlatform has it; the last block is answered with @answer. Returns: how
 * many APDUs. */
static guint
expect_segment (FakeCard *card, GBytes *segment, gsize block, const char *answer)
{
  gsize length = 0, sent = 0;
  const guint8 *data = g_bytes_get_data (segment, &length);
  guint number = 0;

  for (; sent < length; sent += MIN (block, length - sent), number++) {
    gsize size = MIN (block, length - sent);
    g_autofree char *octets = hex_string (data + sent, size);
    g_autofree char *command = g_strdup_printf ("81E2%s%02X%02X%s00", sent + size == length ? "91" : "11",
                                                number, (guint) size, octets);

    fake_card_expect (card, command, sent + size == length ? answer : "9000");
  }
  return number;
}

/* A profile of 14 kB: what the issue allows is 1.05 times the octets that must go, and a border costs what is
 * not full of a segment's last block. */
static void
test_apdus (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (EsimIsdr) session = open_session (card);
  g_autoptr (EsimBpp) bpp = esim_bpp_new (BPP_SERVER, BPP_TRANSACTION_ID);
  g_autoptr (GBytes) package = bpp_make_package (&bpp_usual), body = bpp_make_body (package), segment = NULL,
                     answer = NULL;
  g_autoptr (GPtrArray) wanted = bpp_cut (package);
  guint apdus = 0, floor = 0, before = fake_card_get_transmitted (card);

  for (guint i = 0; i < wanted->len; i++) {
    apdus += expect_segment (card, wanted->pdata[i], 255, i + 1 < wanted->len ? "9000" : RESULT "9000");
    floor += (guint) ((g_bytes_get_size (wanted->pdata[i]) + 254) / 255);
  }
  g_assert_true (esim_bpp_feed (bpp, body, &error));
  g_assert_true (esim_bpp_finish (bpp, &error));
  while ((segment = esim_bpp_next_segment (bpp)) != NULL) {
    g_assert_null (answer);
    g_assert_true (esim_isdr_load_segment (session, segment, &answer, &error));
    g_clear_pointer (&segment, g_bytes_unref);
  }
  assert_bytes (answer, RESULT);
  g_assert_cmpuint (fake_card_get_transmitted (card) - before, ==, apdus);
  g_assert_cmpuint (apdus, ==, floor);
  /* All but the headers and the last block of each sequence fill their APDUs. */
  g_assert_cmpuint (apdus, <=, (guint) (g_bytes_get_size (package) / 255) + 8);
  g_clear_pointer (&session, esim_isdr_free);
  fake_card_assert_done (card);
}

/* A modem that carries less, an answer in the middle, and one that has to be fetched. */
static void
test_answers (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (EsimIsdr) session = NULL;
  g_autoptr (GBytes) segment = hex_bytes ("8609 01 C0C1C2C3C4C5C6C7"), answer = NULL;

  fake_card_set_segment_size (card, 6);
  session = open_session (card);
  expect_segment (card, segment, 6, "9110");
  g_assert_true (esim_isdr_load_segment (session, segment, &answer, &error));
  g_assert_null (answer);
  expect_segment (card, segment, 6, "6106");
  fake_card_expect (card, "81C0000006", RESULT "9000");
  g_assert_true (esim_isdr_load_segment (session, segment, &answer, &error));
  assert_bytes (answer, RESULT);
  g_clear_pointer (&session, esim_isdr_free);
  fake_card_assert_done (card);
}

static void
test_errors (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FakeCard) card = fake_card_new ();
  g_autoptr (EsimIsdr) session = open_session (card);
  g_autoptr (GBytes) segment = hex_bytes ("8609 01 C0C1C2C3C4C5C6C7"), answer = NULL;

  expect_segment (card, segment, 255, "6985");
  g_assert_false (esim_isdr_load_segment (session, segment, &answer, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  g_clear_error (&error);
  fake_card_expect_failure (card, "81E291000B860901C0C1C2C3C4C5C6C700", ESIM_ERROR_CARD_REMOVED);
  g_assert_false (esim_isdr_load_segment (session, segment, &answer, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_null (answer);
  g_clear_pointer (&session, esim_isdr_free);
  fake_card_assert_done (card);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/isdr-load/apdus", test_apdus);
  g_test_add_func ("/isdr-load/answers", test_answers);
  g_test_add_func ("/isdr-load/errors", test_errors);
  return g_test_run ();
}
