/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mbim-fixture.h"

#include "esim-error.h"
#include "esim-worker.h"

static guint32
modem_status (GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  guint32 status = 0;

  (void) g_variant_lookup (details, ESIM_DETAIL_MODEM_STATUS, "u", &status);
  return status;
}

/* The error of one APDU that must fail, and how long it took in ms. */
static GError *
fail_transmit (EsimCard *card, guint channel, gint64 *took)
{
  g_autoptr (GByteArray) response = g_byte_array_new ();
  gint64 begin = g_get_monotonic_time ();
  GError *error = NULL;
  guint16 word = 0;

  g_assert_false (esim_card_transmit (card, channel, mbim_fixture_command, sizeof mbim_fixture_command,
                                      response, &word, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (response->len, ==, 0);
  if (took != NULL)
    *took = (g_get_monotonic_time () - begin) / 1000;
  return error;
}

static void
test_open_and_close (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  EsimCard *card = mbim_fixture_open (peer);
  guint channel = mbim_fixture_open_channel (card);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (esim_card_get_slot (card), ==, 1);
  g_assert_cmpint (esim_mbim_card_get_slot_state (card), ==, ESIM_MBIM_SLOT_ACTIVE);
  g_assert_cmpstr (esim_mbim_card_get_iccid (card), ==, OLD);
  g_assert_cmpuint (esim_card_get_segment_size (card), ==, 255);
  g_assert_cmpuint (peer->last_p2, ==, 4);
  g_assert_cmpuint (peer->subscriptions, ==, 1);
  g_assert_true (esim_card_close_channel (card, channel, &error));
  g_assert_no_error (error);
  (void) mbim_fixture_open_channel (card);
  g_assert_cmpuint (peer->open_channels, ==, 1);
  esim_card_shut (card);
  g_assert_cmpuint (peer->open_channels, ==, 0);
  g_assert_true (peer->closed);
  g_object_unref (card);
}

static void
test_select_answer (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GBytes) none = mbim_fixture_select (card);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_bytes_get_size (none), ==, 0);
  peer->select_size = 40;
  answer = mbim_fixture_select (card);
  g_assert_cmpuint (g_bytes_get_size (answer), ==, 40);
  for (guint i = 0; i < 40; i++)
    g_assert_cmpuint (((const guint8 *) g_bytes_get_data (answer, NULL))[i], ==, 0x6F);
  peer->select_offset = 60000;
  error = mbim_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
}

static void
test_no_such_port (void)
{
  EsimMbimOptions options = {.device = "/nonexistent/modem", .select_p2 = -1};
  g_autoptr (GError) error = NULL;

  g_assert_null (esim_mbim_card_open (&options, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_clear_error (&error);
  options.device = "/proc/version";
  g_assert_null (esim_mbim_card_open (&options, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
}

static void
test_device_node (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();

  g_assert_false (esim_mbim_is_device_node (peer->path));
  g_assert_false (esim_mbim_is_device_node ("/dev/null"));
  g_assert_false (esim_mbim_is_device_node ("/proc/version"));
  g_assert_false (esim_mbim_is_device_node ("/nonexistent"));
}

static void
test_p2 (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = NULL;
  g_autoptr (GError) error = NULL;

  peer->accepted_p2 = 0x0C;
  card = mbim_fixture_open (peer);
  g_assert_true (esim_card_close_channel (card, mbim_fixture_open_channel (card), &error));
  g_assert_cmpuint (peer->opens, ==, 2);
  g_assert_cmpuint (peer->last_p2, ==, 0x0C);
  (void) mbim_fixture_open_channel (card);
  g_assert_cmpuint (peer->opens, ==, 3); /* it was remembered */
}

static void
test_p2_given (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  EsimMbimOptions options = {.device = peer->path, .select_p2 = 0, .segment_size = 120};
  g_autoptr (ShutCard) card = esim_mbim_card_open (&options, NULL);

  g_assert_nonnull (card);
  (void) mbim_fixture_open_channel (card);
  g_assert_cmpuint (peer->last_p2, ==, 0);
  g_assert_cmpuint (esim_card_get_segment_size (card), ==, 120);
}

static void
test_no_application (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  peer->accepted_p2 = 99;
  error = mbim_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_assert_cmphex (modem_status (error), ==, 0x87430002);
  g_assert_cmpuint (peer->opens, ==, 3);
}

static void
test_word_in_answer (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  peer->word_in_answer = TRUE;
  peer->accepted_p2 = 0;
  (void) mbim_fixture_open_channel (card);
  g_assert_cmpuint (peer->opens, ==, 3);
  g_assert_cmpuint (peer->closes, ==, 2);
  g_assert_cmpuint (peer->open_channels, ==, 1);
  peer->accepted_p2 = 99;
  error = mbim_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (peer->open_channels, ==, 1);
}

static void
test_stale_channels (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  peer->stale = 3;
  (void) mbim_fixture_open_channel (card);
  g_assert_cmpuint (peer->group_closes, ==, 1);
  g_assert_cmpuint (peer->opens, ==, 2);
  g_assert_true (esim_card_close_stale (card, &error));
  g_assert_no_error (error);
  peer->close_stale_status = 0x87430003;
  g_assert_true (esim_card_close_stale (card, &error));
  peer->close_stale_status = 2;
  g_assert_false (esim_card_close_stale (card, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
}

/* Its number is not known, and the modem has few. */
static void
test_lost_channel (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  peer->select_size = 40;
  peer->select_offset = 60000;
  error = mbim_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_assert_cmpuint (peer->open_channels, ==, 1);
  peer->select_offset = 0;
  peer->select_size = 0;
  (void) mbim_fixture_open_channel (card);
  g_assert_cmpuint (peer->group_closes, ==, 1);
  g_assert_cmpuint (peer->open_channels, ==, 1);
  (void) mbim_fixture_open_channel (card);
  g_assert_cmpuint (peer->group_closes, ==, 1);
}

static void
test_no_channel_left (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  peer->foreign = 3;
  error = mbim_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_assert_cmphex (modem_status (error), ==, 0x87430001);
  g_assert_cmpuint (peer->opens, ==, 2);
}

static void
test_transmit (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint8 interindustry[] = {0x01, 0xC0, 0x00, 0x00, 0x10};
  guint16 word = 0;
  guint channel = mbim_fixture_open_channel (card);

  peer->answer_size = 16;
  peer->status_word = 0x6110;
  g_byte_array_append (response, (const guint8 *) "!", 1);
  g_assert_true (esim_card_transmit (card, channel, mbim_fixture_command, sizeof mbim_fixture_command,
                                     response, &word, &error));
  g_assert_no_error (error);
  g_assert_cmphex (word, ==, 0x6110);
  g_assert_cmpuint (response->len, ==, 17);
  g_assert_cmpuint (response->data[0], ==, '!');
  g_assert_cmpuint (response->data[16], ==, (15 * 7) & 0xFF);
  g_assert_cmpuint (peer->last_class_type, ==, 1);
  g_assert_true (
      esim_card_transmit (card, channel, interindustry, sizeof interindustry, response, &word, &error));
  g_assert_cmpuint (peer->last_class_type, ==, 0);
}

static void
test_bad_commands (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint8 long_command[262] = {0x81, 0xE2};
  guint16 word;

  g_assert_false (esim_card_transmit (card, 1, long_command, 262, response, &word, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
  g_clear_error (&error);
  g_assert_false (esim_card_transmit (card, 1, long_command, 3, response, &word, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (esim_card_close_channel (card, 20, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (peer->apdus, ==, 0);
}

static void
test_long_answers (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint16 word = 0;
  guint channel = mbim_fixture_open_channel (card);

  peer->max_transfer = 512;
  peer->answer_size = 60000;
  g_assert_true (esim_card_transmit (card, channel, mbim_fixture_command, sizeof mbim_fixture_command,
                                     response, &word, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (response->len, ==, 60000);
  for (guint i = 0; i < response->len; i++)
    g_assert_cmpuint (response->data[i], ==, (guint8) (i * 7));
  peer->max_transfer = 4096;
  peer->answer_size = ESIM_CARD_RESPONSE_MAX + 1;
  error = fail_transmit (card, channel, NULL);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
}

static void
test_statuses (void)
{
  static const struct {
    guint32 status;
    EsimError code;
  } cases[] = {{2, ESIM_ERROR_MODEM_ERROR},          {3, ESIM_ERROR_CARD_REMOVED},
               {4, ESIM_ERROR_CARD_ERROR},           {9, ESIM_ERROR_NOT_SUPPORTED},
               {14, ESIM_ERROR_MODEM_ERROR},         {0x87430003, ESIM_ERROR_MODEM_ERROR},
               {0x12345678, ESIM_ERROR_MODEM_ERROR}, {6, ESIM_ERROR_MODEM_ERROR}};
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  guint channel = mbim_fixture_open_channel (card);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    peer->apdu_status = cases[i].status;
    error = fail_transmit (card, channel, NULL);
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
    g_assert_cmphex (modem_status (error), ==, cases[i].status);
    g_assert_false (esim_card_is_gone (card));
  }
}

static void
test_faults (void)
{
  static const struct {
    PeerFault fault;
    EsimError code;
  } cases[] = {{PEER_SILENT, ESIM_ERROR_TIMED_OUT},
               {PEER_SENDS_GARBAGE_FRAME, ESIM_ERROR_TIMED_OUT},
               {PEER_LOSES_A_FRAGMENT, ESIM_ERROR_TIMED_OUT},
               {PEER_SPOILS_INFO, ESIM_ERROR_MODEM_ERROR},
               {PEER_POINTS_OUTSIDE, ESIM_ERROR_MODEM_ERROR},
               {PEER_CUTS_INFO, ESIM_ERROR_MODEM_ERROR},
               {PEER_ANSWERS_ANOTHER, ESIM_ERROR_MODEM_ERROR},
               {PEER_SENDS_FUNCTION_ERROR, ESIM_ERROR_MODEM_ERROR}};
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  guint channel = mbim_fixture_open_channel (card);

  peer->answer_size = 300;
  peer->max_transfer = 128;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) response = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    guint16 word = 0;

    g_test_message ("fault %d", cases[i].fault);
    peer->fault = cases[i].fault;
    /* What libmbim says of garbage; it begins anew with the next frame. */
    if (cases[i].fault == PEER_SENDS_GARBAGE_FRAME)
      g_test_expect_message ("Mbim", G_LOG_LEVEL_WARNING, "*discarding*");
    error = fail_transmit (card, channel, NULL);
    if (cases[i].fault == PEER_SENDS_GARBAGE_FRAME)
      g_test_assert_expected_messages ();
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
    peer->fault = PEER_ANSWERS;
    g_clear_error (&error);
    g_assert_true (esim_card_transmit (card, channel, mbim_fixture_command, sizeof mbim_fixture_command,
                                       response, &word, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (response->len, ==, 300);
  }
}

static void
test_hang_up (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  guint channel = mbim_fixture_open_channel (card);
  guint gone = 0;
  gboolean seen;
  gint64 took;

  g_signal_connect (card, "gone", G_CALLBACK (mbim_fixture_count), &gone);
  peer->fault = PEER_HANGS_UP;
  error = fail_transmit (card, channel, &took);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpint (took, <, 900);
  g_assert_true (esim_card_is_gone (card));
  g_assert_cmpuint (gone, ==, 1);
  g_clear_error (&error);
  error = mbim_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_clear_error (&error);
  g_assert_false (esim_card_await_subscription (card, NEW, OLD, 5000, &seen, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpuint (gone, ==, 1);
}

static gboolean
hang_up_later (gpointer peer)
{
  mbim_peer_hang_up (peer);
  return G_SOURCE_REMOVE;
}

static void
test_hang_up_while_awaiting (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  gboolean seen;

  g_timeout_add (100, hang_up_later, peer);
  g_assert_false (esim_card_await_subscription (card, NEW, OLD, 10000, &seen, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 900 * 1000);
}

static void
test_hang_up_while_idle (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  guint gone = 0;

  g_signal_connect (card, "gone", G_CALLBACK (mbim_fixture_count), &gone);
  mbim_peer_hang_up (peer);
  esim_wait_sleep (100);
  g_assert_cmpuint (gone, ==, 1);
  g_assert_true (esim_card_is_gone (card));
}

static void
test_reset (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_cmpuint (peer->resets, ==, 1);
  peer->no_disable = TRUE;
  g_assert_true (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_cmpuint (peer->resets, ==, 3);
  peer->no_reset = TRUE;
  g_assert_false (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
}

static void
test_mute_modem (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  EsimCard *card = mbim_fixture_open (peer);
  gint64 begin;

  (void) mbim_fixture_open_channel (card);
  peer->mute = TRUE;
  begin = g_get_monotonic_time ();
  esim_card_shut (card);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
  g_object_unref (card);
}

static void
test_hurry (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  EsimMbimOptions options = {.device = peer->path, .select_p2 = -1};
  g_autoptr (ShutCard) card = esim_mbim_card_open (&options, NULL);
  g_autoptr (GError) error = NULL;
  guint channel = mbim_fixture_open_channel (card);
  gint64 took;
  gboolean seen;

  peer->fault = PEER_SILENT;
  esim_card_hurry (card, 200);
  error = fail_transmit (card, channel, &took);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_assert_cmpint (took, <, 1500);
  g_clear_error (&error);
  peer->fault = PEER_ANSWERS;
  error = fail_transmit (card, channel, NULL);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (esim_card_await_subscription (card, NEW, OLD, 5000, &seen, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (esim_card_close_channel (card, channel, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mbim-card/open-and-close", test_open_and_close);
  g_test_add_func ("/mbim-card/select-answer", test_select_answer);
  g_test_add_func ("/mbim-card/no-such-port", test_no_such_port);
  g_test_add_func ("/mbim-card/device-node", test_device_node);
  g_test_add_func ("/mbim-card/p2", test_p2);
  g_test_add_func ("/mbim-card/p2-given", test_p2_given);
  g_test_add_func ("/mbim-card/no-application", test_no_application);
  g_test_add_func ("/mbim-card/word-in-answer", test_word_in_answer);
  g_test_add_func ("/mbim-card/stale-channels", test_stale_channels);
  g_test_add_func ("/mbim-card/lost-channel", test_lost_channel);
  g_test_add_func ("/mbim-card/no-channel-left", test_no_channel_left);
  g_test_add_func ("/mbim-card/transmit", test_transmit);
  g_test_add_func ("/mbim-card/bad-commands", test_bad_commands);
  g_test_add_func ("/mbim-card/long-answers", test_long_answers);
  g_test_add_func ("/mbim-card/statuses", test_statuses);
  g_test_add_func ("/mbim-card/faults", test_faults);
  g_test_add_func ("/mbim-card/hang-up", test_hang_up);
  g_test_add_func ("/mbim-card/hang-up-while-awaiting", test_hang_up_while_awaiting);
  g_test_add_func ("/mbim-card/hang-up-while-idle", test_hang_up_while_idle);
  g_test_add_func ("/mbim-card/reset", test_reset);
  g_test_add_func ("/mbim-card/mute-modem", test_mute_modem);
  g_test_add_func ("/mbim-card/hurry", test_hurry);
  return g_test_run ();
}
