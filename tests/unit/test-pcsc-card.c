/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-pcsc-card.h"

#include "esim-error.h"
#include "esim-worker.h"
#include "fake-scard.h"
#include "hex.h"

#define READER "Desk reader 00 00"
#define OPEN "0070000001"
#define CLOSE_1 "00708001"
#define AID "A0000005591010FFFFFFFF8900000100"
#define SELECT_1 "01A4040010" AID "00"
#define SELECT_MF "00A40004023F0000"
#define SELECT_ICCID "00A40004022FE200"
#define READ_ICCID "00B000000A"
#define ICCID "8944500102201200013"
#define ICCID_OCTETS "984405102002210010F3"

static const guint8 command[] = {0x81, 0xE2, 0x91, 0x00, 0x03, 0xBF, 0x2D, 0x00, 0x00};
#define COMMAND "81E2910003BF2D0000"

static EsimCard *
open_card (void)
{
  EsimPcscOptions options = {.reader = READER, .select_p2 = -1, .apdu_timeout = 1};
  g_autoptr (GError) error = NULL;
  EsimCard *card = esim_pcsc_card_open (&options, &error);

  g_assert_no_error (error);
  return card;
}

static GError *
fail_open_card (void)
{
  EsimPcscOptions options = {.reader = READER, .select_p2 = -1};
  GError *error = NULL;

  g_assert_null (esim_pcsc_card_open (&options, &error));
  return error;
}

static EsimCard *
begin (void)
{
  fake_scard_reset ();
  fake_scard_add_reader (READER, TRUE);
  return open_card ();
}

static void
end (EsimCard *card)
{
  esim_card_shut (card);
  g_object_unref (card);
  fake_scard_assert_done ();
  g_assert_cmpuint (fake_scard_get_counts ().contexts, ==, 0);
}

static gboolean
try_channel (EsimCard *card, guint *channel, GBytes **answer, GError **error)
{
  g_autoptr (GBytes) aid = hex_bytes (AID);

  return esim_card_open_channel (card, g_bytes_get_data (aid, NULL), g_bytes_get_size (aid), channel, answer,
                                 error);
}

static GError *
fail_channel (EsimCard *card)
{
  GError *error = NULL;
  guint channel = 0;

  g_assert_false (try_channel (card, &channel, NULL, &error));
  return error;
}

/* Channel 1. */
static void
open_channel (EsimCard *card)
{
  g_autoptr (GError) error = NULL;
  guint channel = 0;

  fake_scard_expect (OPEN, "019000");
  fake_scard_expect (SELECT_1, "9000");
  g_assert_true (try_channel (card, &channel, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (channel, ==, 1);
}

static guint16
transmit (EsimCard *card, GByteArray *response)
{
  g_autoptr (GError) error = NULL;
  guint16 word = 0;

  g_assert_true (esim_card_transmit (card, 1, command, sizeof command, response, &word, &error));
  g_assert_no_error (error);
  return word;
}

static GError *
fail_transmit (EsimCard *card)
{
  g_autoptr (GByteArray) response = g_byte_array_new ();
  GError *error = NULL;
  guint16 word = 0;

  g_assert_false (esim_card_transmit (card, 1, command, sizeof command, response, &word, &error));
  g_assert_cmpuint (response->len, ==, 0);
  return error;
}

static void
close_channel (EsimCard *card)
{
  g_autoptr (GError) error = NULL;

  fake_scard_expect (CLOSE_1, "9000");
  g_assert_true (esim_card_close_channel (card, 1, &error));
  g_assert_no_error (error);
}

static void
count (EsimCard *card, guint *counter)
{
  (*counter)++;
}

static void
spin_until (guint *counter)
{
  while (*counter == 0)
    g_main_context_iteration (NULL, TRUE);
}

/* -- channels and commands -- */

static void
test_channel (void)
{
  EsimCard *card = begin ();
  g_autoptr (GByteArray) response = g_byte_array_new ();

  g_assert_cmpuint (esim_card_get_slot (card), ==, 1);
  g_assert_cmpuint (fake_scard_get_counts ().connects, ==, 0);
  open_channel (card);
  fake_scard_expect (COMMAND, "BF2D00 6110");
  g_assert_cmpuint (transmit (card, response), ==, 0x6110);
  assert_hex (response->data, response->len, "BF2D00");
  /* Others wait until the rest of the answer is there. */
  g_assert_cmpuint (fake_scard_get_counts ().held, ==, 1);
  fake_scard_expect (COMMAND, "9000");
  g_assert_cmpuint (transmit (card, response), ==, 0x9000);
  g_assert_cmpuint (fake_scard_get_counts ().held, ==, 0);
  g_assert_cmpuint (fake_scard_get_counts ().connected, ==, 1);
  close_channel (card);
  g_assert_cmpuint (fake_scard_get_counts ().connected, ==, 0);
  end (card);
}

static void
test_an_answer_that_nobody_collects (void)
{
  EsimCard *card = begin ();
  g_autoptr (GByteArray) response = g_byte_array_new ();

  open_channel (card);
  fake_scard_expect (COMMAND, "6110");
  (void) transmit (card, response);
  for (guint i = 0; i < 100 && fake_scard_get_counts ().held > 0; i++)
    g_usleep (50 * 1000);
  g_assert_cmpuint (fake_scard_get_counts ().held, ==, 0);
  close_channel (card);
  end (card);
}

static void
test_select_answer_is_collected (void)
{
  EsimCard *card = begin ();
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;
  guint channel = 0;

  fake_scard_expect (OPEN, "6C01");
  fake_scard_expect (OPEN, "059000");
  fake_scard_expect ("41A4040010" AID "00", "6A86");
  fake_scard_expect ("41A4040410" AID "00", "6103");
  fake_scard_expect ("41C0000003", "6F01FF 9000");
  g_assert_true (try_channel (card, &channel, &answer, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (channel, ==, 5);
  assert_hex (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer), "6F01FF");
  fake_scard_expect ("00708005", "9000");
  g_assert_true (esim_card_close_channel (card, channel, &error));
  /* What the card took is asked for from now on. */
  fake_scard_expect (OPEN, "019000");
  fake_scard_expect ("01A4040410" AID "00", "9000");
  g_assert_true (try_channel (card, &channel, NULL, &error));
  close_channel (card);
  end (card);
}

static void
test_t0 (void)
{
  EsimCard *card = begin ();
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint channel = 0;

  fake_scard_set_protocol (SCARD_PROTOCOL_T0);
  fake_scard_expect (OPEN, "019000");
  fake_scard_expect ("01A4040010" AID, "9000");
  g_assert_true (try_channel (card, &channel, NULL, &error));
  fake_scard_expect ("81E2910003BF2D00", "6103");
  g_assert_cmpuint (transmit (card, response), ==, 0x6103);
  fake_scard_expect ("0070800100", "9000");
  g_assert_true (esim_card_close_channel (card, channel, &error));
  g_assert_no_error (error);
  end (card);
}

static void
test_no_such_application (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL;

  fake_scard_expect (OPEN, "019000");
  fake_scard_expect (SELECT_1, "6A82");
  fake_scard_expect (CLOSE_1, "9000");
  error = fail_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  end (card);
}

static void
test_no_channel_left (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL;

  fake_scard_expect (OPEN, "6A81");
  open_channel (card);
  g_assert_cmpuint (fake_scard_get_counts ().alone, ==, 1);
  close_channel (card);
  /* Not where another program has the card: the channels may be its. */
  fake_scard_fail_exclusive (SCARD_E_SHARING_VIOLATION);
  fake_scard_expect (OPEN, "6A81");
  error = fail_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  g_assert_cmpuint (fake_scard_get_counts ().alone, ==, 1);
  end (card);
}

static void
test_close_stale (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_card_close_stale (card, &error));
  g_assert_cmpuint (fake_scard_get_counts ().alone, ==, 1);
  fake_scard_fail_exclusive (SCARD_E_SHARING_VIOLATION);
  g_assert_false (esim_card_close_stale (card, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_BUSY);
  g_clear_error (&error);
  fake_scard_pull (READER);
  g_assert_true (esim_card_close_stale (card, &error));
  end (card);
}

/* -- what goes wrong -- */

static void
test_a_silent_card (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL, second = NULL;
  gint64 start;

  open_channel (card);
  fake_scard_block_card (TRUE);
  error = fail_transmit (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
  /* While the call is on its way nothing else is sent, nor waited for. */
  start = g_get_monotonic_time ();
  second = fail_transmit (card);
  g_assert_nonnull (second);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 500 * G_TIME_SPAN_MILLISECOND);
  esim_card_shut (card);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
  g_object_unref (card);
  fake_scard_fail_transmit (SCARD_W_REMOVED_CARD);
  fake_scard_block_card (FALSE);
  while (fake_scard_get_counts ().contexts > 0)
    g_usleep (10 * 1000);
  fake_scard_assert_done ();
}

static void
test_another_program_at_work (void)
{
  EsimCard *card = begin ();
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  open_channel (card);
  fake_scard_block_others (TRUE);
  error = fail_transmit (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_BUSY);
  fake_scard_block_others (FALSE);
  /* The one that was given up is not sent; this one is, and once. */
  fake_scard_expect (COMMAND, "9000");
  g_assert_cmpuint (transmit (card, response), ==, 0x9000);
  close_channel (card);
  end (card);
}

static gboolean
on_hurry (gpointer card)
{
  esim_card_hurry (card, 10);
  return G_SOURCE_REMOVE;
}

static void
test_hurry (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL, second = NULL;

  open_channel (card);
  fake_scard_block_others (TRUE);
  g_idle_add (on_hurry, card);
  error = fail_transmit (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  second = fail_channel (card);
  g_assert_error (second, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  fake_scard_block_others (FALSE);
  fake_scard_expect (CLOSE_1, "9000");
  end (card);
}

static gboolean
on_late_hurry (gpointer card)
{
  esim_card_hurry (card, 60000);
  return G_SOURCE_REMOVE;
}

/* Of no use any more, and nothing may be left of it when the worker's context has gone. */
static void
test_hurry_while_it_is_shut (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) source = g_idle_source_new ();
  EsimCard *card;

  g_main_context_push_thread_default (context);
  card = begin ();
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, on_late_hurry, card, NULL);
  g_source_attach (source, context);
  end (card);
  g_main_context_pop_thread_default (context);
}

static void
test_reset_by_another (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL, second = NULL;
  guint resets = 0, changes = 0;

  g_signal_connect (card, "reset", G_CALLBACK (count), &resets);
  g_signal_connect (card, "changed", G_CALLBACK (count), &changes);
  open_channel (card);
  fake_scard_fail_transmit (SCARD_W_RESET_CARD);
  error = fail_transmit (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_assert_cmpuint (resets, ==, 1);
  g_assert_cmpuint (changes, ==, 1);
  fake_scard_fail_transmit (SCARD_S_SUCCESS);
  /* The channel died; closing it sends nothing. */
  second = fail_transmit (card);
  g_assert_error (second, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_assert_true (esim_card_close_channel (card, 1, NULL));
  open_channel (card);
  close_channel (card);
  g_assert_cmpuint (fake_scard_get_counts ().alone, ==, 0);
  end (card);
}

static void
test_an_exchange_that_fails (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL;

  open_channel (card);
  fake_scard_fail_transmit (SCARD_E_NOT_TRANSACTED);
  error = fail_transmit (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  fake_scard_fail_transmit (SCARD_S_SUCCESS);
  /* Its channel may be open: it is closed with a reset before the next. */
  open_channel (card);
  g_assert_cmpuint (fake_scard_get_counts ().alone, ==, 1);
  fake_scard_expect (COMMAND, "90");
  error = (g_clear_error (&error), fail_transmit (card));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  end (card);
}

static void
test_the_card_comes_and_goes (void)
{
  EsimCard *card = begin ();
  g_autoptr (GPtrArray) full = NULL, empty = NULL;
  g_autoptr (GError) error = NULL, second = NULL;
  guint changes = 0, gone = 0;

  g_signal_connect (card, "changed", G_CALLBACK (count), &changes);
  g_signal_connect (card, "gone", G_CALLBACK (count), &gone);
  full = esim_card_list_slots (card, &error);
  g_assert_cmpuint (full->len, ==, 1);
  g_assert_cmpint (((EsimCardSlot *) full->pdata[0])->content, ==, ESIM_CARD_SLOT_CARD);
  open_channel (card);
  fake_scard_pull (READER);
  spin_until (&changes);
  error = fail_transmit (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  empty = esim_card_list_slots (card, NULL);
  g_assert_cmpint (((EsimCardSlot *) empty->pdata[0])->content, ==, ESIM_CARD_SLOT_EMPTY);
  second = fail_channel (card);
  g_assert_error (second, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_false (esim_card_is_gone (card));
  changes = 0;
  fake_scard_insert (READER);
  spin_until (&changes);
  open_channel (card);
  close_channel (card);
  fake_scard_remove_reader (READER);
  spin_until (&gone);
  g_assert_true (esim_card_is_gone (card));
  error = (g_clear_error (&error), fail_channel (card));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpuint (gone, ==, 1);
  end (card);
}

static GError *
fail_busy (EsimCard *card)
{
  GError *error = fail_channel (card);

  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_BUSY);
  return error;
}

/* What another program does with the card is not news, but for its leaving of what it had to itself. */
static void
test_another_program_has_it_to_itself (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL;
  guint changes = 0;

  g_signal_connect (card, "changed", G_CALLBACK (count), &changes);
  fake_scard_set_state (READER, SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE | SCARD_STATE_INUSE);
  esim_wait_sleep (100);
  fake_scard_fail_connect (SCARD_E_SHARING_VIOLATION);
  error = fail_busy (card);
  g_assert_cmpuint (changes, ==, 0);
  fake_scard_fail_connect (SCARD_S_SUCCESS);
  fake_scard_set_state (READER, SCARD_STATE_PRESENT);
  spin_until (&changes);
  changes = 0;
  fake_scard_set_state (READER, SCARD_STATE_PRESENT | SCARD_STATE_INUSE);
  esim_wait_sleep (100);
  g_assert_cmpuint (changes, ==, 0);
  end (card);
}

/* It may have left before the service saw it, which then tells nothing: one more look is asked for. */
static void
test_another_program_was_there_for_a_moment (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL, second = NULL;
  guint changes = 0;

  g_signal_connect (card, "changed", G_CALLBACK (count), &changes);
  fake_scard_fail_connect (SCARD_E_SHARING_VIOLATION);
  error = fail_busy (card);
  spin_until (&changes);
  g_assert_cmpuint (changes, ==, 1);
  /* And not another one, while it is refused. */
  second = fail_busy (card);
  esim_wait_sleep (1500);
  g_assert_cmpuint (changes, ==, 1);
  fake_scard_fail_connect (SCARD_S_SUCCESS);
  open_channel (card);
  close_channel (card);
  end (card);
}

static void
test_no_reader_no_service (void)
{
  g_autoptr (GError) error = NULL, second = NULL;

  fake_scard_reset ();
  error = fail_open_card ();
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  fake_scard_set_service (FALSE);
  second = fail_open_card ();
  g_assert_error (second, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_assert_nonnull (strstr (second->message, "pcscd"));
}

/* -- after a switch -- */

static void
expect_iccid (const char *answer)
{
  fake_scard_expect (SELECT_MF, "9000");
  fake_scard_expect (SELECT_ICCID, "9000");
  fake_scard_expect (READ_ICCID, answer);
}

static gboolean
await (EsimCard *card, const char *expected, const char *previous, guint timeout_ms)
{
  g_autoptr (GError) error = NULL;
  gboolean seen = FALSE;

  g_assert_true (esim_card_await_subscription (card, expected, previous, timeout_ms, &seen, &error));
  g_assert_no_error (error);
  return seen;
}

static void
test_await (void)
{
  EsimCard *card = begin ();
  g_autoptr (GByteArray) response = g_byte_array_new ();

  /* It asks for a REFRESH: a reset first. */
  open_channel (card);
  fake_scard_expect (COMMAND, "910B");
  (void) transmit (card, response);
  expect_iccid (ICCID_OCTETS "9000");
  g_assert_true (await (card, ICCID, NULL, 5000));
  g_assert_cmpuint (fake_scard_get_counts ().resets, ==, 1);
  g_assert_cmpuint (fake_scard_get_counts ().connected, ==, 0);
  /* It does not: a reset where the change is not to be seen. */
  expect_iccid (ICCID_OCTETS "9000");
  fake_scard_expect (SELECT_MF, "9000");
  fake_scard_expect (SELECT_ICCID, "6A82");
  g_assert_true (await (card, NULL, ICCID, 5000));
  g_assert_cmpuint (fake_scard_get_counts ().resets, ==, 2);
  expect_iccid ("FFFFFFFFFFFFFFFFFFFF9000");
  g_assert_true (await (card, NULL, ICCID, 5000));
  g_assert_cmpuint (fake_scard_get_counts ().resets, ==, 2);
  expect_iccid (ICCID_OCTETS "9000");
  g_assert_false (await (card, "8966010000000000012", NULL, 0));
  end (card);
}

static void
test_reset (void)
{
  EsimCard *card = begin ();
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_cmpuint (fake_scard_get_counts ().resets, ==, 1);
  g_assert_cmpuint (fake_scard_get_counts ().connected, ==, 0);
  g_assert_false (esim_card_reset (card, ESIM_CARD_RESET_MODEM, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  fake_scard_pull (READER);
  g_assert_false (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  end (card);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pcsc-card/channel", test_channel);
  g_test_add_func ("/pcsc-card/an-answer-that-nobody-collects", test_an_answer_that_nobody_collects);
  g_test_add_func ("/pcsc-card/select-answer-is-collected", test_select_answer_is_collected);
  g_test_add_func ("/pcsc-card/t0", test_t0);
  g_test_add_func ("/pcsc-card/no-such-application", test_no_such_application);
  g_test_add_func ("/pcsc-card/no-channel-left", test_no_channel_left);
  g_test_add_func ("/pcsc-card/close-stale", test_close_stale);
  g_test_add_func ("/pcsc-card/a-silent-card", test_a_silent_card);
  g_test_add_func ("/pcsc-card/another-program-at-work", test_another_program_at_work);
  g_test_add_func ("/pcsc-card/hurry", test_hurry);
  g_test_add_func ("/pcsc-card/hurry-while-it-is-shut", test_hurry_while_it_is_shut);
  g_test_add_func ("/pcsc-card/reset-by-another", test_reset_by_another);
  g_test_add_func ("/pcsc-card/an-exchange-that-fails", test_an_exchange_that_fails);
  g_test_add_func ("/pcsc-card/the-card-comes-and-goes", test_the_card_comes_and_goes);
  g_test_add_func ("/pcsc-card/another-program-has-it-to-itself", test_another_program_has_it_to_itself);
  g_test_add_func ("/pcsc-card/another-program-was-there-for-a-moment",
                   test_another_program_was_there_for_a_moment);
  g_test_add_func ("/pcsc-card/no-reader-no-service", test_no_reader_no_service);
  g_test_add_func ("/pcsc-card/await", test_await);
  g_test_add_func ("/pcsc-card/reset", test_reset);
  return g_test_run ();
}
