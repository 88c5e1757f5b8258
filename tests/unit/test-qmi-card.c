/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qmi-fixture.h"

#include <string.h>

#include "esim-error.h"
#include "esim-worker.h"

static void
test_open_and_close (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  EsimCard *card = qmi_fixture_open (peer);
  guint channel = qmi_fixture_open_channel (card);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (esim_card_get_slot (card), ==, 1);
  g_assert_cmpint (esim_qmi_card_get_slot_state (card), ==, ESIM_QMI_SLOT_ACTIVE);
  g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, OLD);
  g_assert_cmpuint (esim_card_get_segment_size (card), ==, 255);
  g_assert_cmpuint (peer->allocated, ==, 1);
  g_assert_cmpuint (peer->syncs, ==, 0); /* it would take ModemManager's clients away */
  g_assert_cmphex (peer->event_mask, ==, 0x15);
  g_assert_true (peer->refresh_registered);
  g_assert_true (esim_card_close_channel (card, channel, &error));
  g_assert_no_error (error);
  (void) qmi_fixture_open_channel (card);
  g_assert_cmphex (peer->open_channels, ==, 1u << 1);
  esim_card_shut (card);
  g_assert_cmphex (peer->open_channels, ==, 0);
  g_assert_cmpuint (peer->released, ==, 1);
  g_object_unref (card);
}

static void
test_select_answer (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  for (guint size = 0; size <= 40; size += 40) {
    g_autoptr (GBytes) answer = NULL;
    guint channel;

    peer->select_size = size;
    g_assert_true (
        esim_card_open_channel (card, qmi_fixture_aid, sizeof qmi_fixture_aid, &channel, &answer, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (g_bytes_get_size (answer), ==, size);
    for (guint i = 0; i < size; i++)
      g_assert_cmpuint (((const guint8 *) g_bytes_get_data (answer, NULL))[i], ==, 0x6F);
    g_assert_true (esim_card_close_channel (card, channel, &error));
  }
}

static void
test_no_such_port (void)
{
  EsimQmiOptions options = {.device = "/nonexistent/modem"};
  g_autoptr (GError) error = NULL;

  g_assert_null (esim_qmi_card_open (&options, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_clear_error (&error);
  options.device = "/proc/version";
  g_assert_null (esim_qmi_card_open (&options, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
}

static void
test_no_application (void)
{
  static const struct {
    guint16 word, status;
  } cases[] = {{0x6A82, 3}, {0x6A82, 0}, {0x6999, 48}, {0, 80}};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("case %u", i);
    peer->select_word = cases[i].word;
    peer->open_status = cases[i].status;
    error = qmi_fixture_fail_open_channel (card);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
    g_assert_cmpuint (qmi_fixture_modem_status (error), ==, cases[i].status);
    /* Where the modem calls it a success, the channel is closed again. */
    g_assert_cmphex (peer->open_channels, ==, 0);
  }
  g_assert_cmpuint (peer->closes, ==, 1);
}

static void
test_impossible_channels (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);

  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;

    peer->open_names_no_channel = i == 0;
    peer->channel_number = i == 0 ? 0 : 20;
    error = qmi_fixture_fail_open_channel (card);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  }
}

static void
test_no_channel_left (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  peer->taken = 0xE;
  error = qmi_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_assert_cmpuint (qmi_fixture_modem_status (error), ==, 68);
  g_assert_cmphex (peer->taken, ==, 0xE); /* they are others' */
  g_clear_error (&error);
  peer->taken = 0;
  peer->select_word = 0x6A81;
  peer->open_status = 3;
  error = qmi_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
}

static void
test_transmit (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint16 word = 0;
  guint channel = qmi_fixture_open_channel (card);

  peer->answer_size = 16;
  peer->status_word = 0x6110;
  g_byte_array_append (response, (const guint8 *) "!", 1);
  g_assert_true (esim_card_transmit (card, channel, qmi_fixture_command, sizeof qmi_fixture_command, response,
                                     &word, &error));
  g_assert_no_error (error);
  g_assert_cmphex (word, ==, 0x6110);
  g_assert_cmpuint (response->len, ==, 17);
  g_assert_cmpuint (response->data[0], ==, '!');
  g_assert_cmpuint (response->data[16], ==, (15 * 7) & 0xFF);
  peer->answer_size = 0;
  peer->status_word = 0x6C00;
  g_assert_true (esim_card_transmit (card, channel, qmi_fixture_command, sizeof qmi_fixture_command, response,
                                     &word, &error));
  g_assert_cmphex (word, ==, 0x6C00);
  g_assert_cmpuint (response->len, ==, 17);
}

static void
test_long_answers (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint8 command[261] = {0x81, 0xE2, 0x91, 0x00, 0xFF};
  guint16 word = 0;
  guint channel = qmi_fixture_open_channel (card);

  peer->answer_size = 60000;
  g_assert_true (esim_card_transmit (card, channel, command, sizeof command, response, &word, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (response->len, ==, 60000);
  for (guint i = 0; i < response->len; i++)
    g_assert_cmpuint (response->data[i], ==, (guint8) (i * 7));
}

static void
test_bad_commands (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint8 long_command[262] = {0x81, 0xE2};
  guint16 word;
  guint channel;

  g_assert_false (esim_card_transmit (card, 1, long_command, 262, response, &word, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
  g_clear_error (&error);
  g_assert_false (esim_card_transmit (card, 1, long_command, 3, response, &word, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (esim_card_close_channel (card, 20, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (esim_card_open_channel (card, qmi_fixture_aid, 4, &channel, NULL, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (peer->apdus + peer->opens, ==, 0);
}

static void
test_statuses (void)
{
  static const struct {
    guint16 status;
    EsimError code;
    const char *words;
  } cases[] = {{3, ESIM_ERROR_MODEM_ERROR, "gives no reason"},
               {4, ESIM_ERROR_MODEM_ERROR, "broke it off"},
               {23, ESIM_ERROR_BUSY, "another program"},
               {37, ESIM_ERROR_MODEM_ERROR, "still reading"},
               {48, ESIM_ERROR_MODEM_ERROR, "refuses the parameters"},
               {52, ESIM_ERROR_MODEM_ERROR, "not ready"},
               {68, ESIM_ERROR_MODEM_ERROR, "every logical channel"},
               {71, ESIM_ERROR_NOT_SUPPORTED, "does not have this message"},
               {82, ESIM_ERROR_NOT_SUPPORTED, "does not let programs reach the card by QMI"},
               {94, ESIM_ERROR_NOT_SUPPORTED, "does not support it"},
               {102, ESIM_ERROR_CARD_REMOVED, "no card"},
               {14, ESIM_ERROR_MODEM_ERROR, "error 14"},
               {4242, ESIM_ERROR_MODEM_ERROR, "error 4242"}};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  guint channel = qmi_fixture_open_channel (card);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    peer->apdu_status = cases[i].status;
    error = qmi_fixture_fail_transmit (card, channel, NULL);
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
    g_assert_cmpuint (qmi_fixture_modem_status (error), ==, cases[i].status);
    g_assert_nonnull (strstr (error->message, cases[i].words));
    g_assert_false (esim_card_is_gone (card));
  }
}

static gboolean
is_no_way (GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);

  return g_variant_lookup (details, ESIM_DETAIL_NO_WAY, "b", NULL);
}

/* The firmware of some modems keeps the card to itself, or has never heard of it: another way may serve. */
static void
test_no_way (void)
{
  static const struct {
    guint16 status;
    const char *words;
  } cases[] = {{82, "does not let programs reach the card by QMI"},
               {115, "does not let programs reach the card by QMI"},
               {71, "does not have this message"},
               {94, "does not support it"}};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) other = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    peer->refuse[0x42] = cases[i].status;
    error = qmi_fixture_fail_open_channel (card);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
    g_assert_cmpuint (qmi_fixture_modem_status (error), ==, cases[i].status);
    g_assert_nonnull (strstr (error->message, cases[i].words));
    g_assert_true (is_no_way (error));
  }
  /* The card itself has no such application, whatever the way. */
  peer->refuse[0x42] = 80;
  other = qmi_fixture_fail_open_channel (card);
  g_assert_error (other, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_assert_false (is_no_way (other));
}

static void
test_faults (void)
{
  static const struct {
    QmiPeerFault fault;
    EsimError code;
  } cases[] = {{QMI_PEER_SILENT, ESIM_ERROR_TIMED_OUT},
               {QMI_PEER_SENDS_NO_RESULT, ESIM_ERROR_MODEM_ERROR},
               {QMI_PEER_SENDS_NO_RESPONSE, ESIM_ERROR_MODEM_ERROR},
               {QMI_PEER_CUTS_RESPONSE, ESIM_ERROR_MODEM_ERROR},
               {QMI_PEER_SENDS_NO_WORD, ESIM_ERROR_MODEM_ERROR},
               {QMI_PEER_ANSWERS_ANOTHER, ESIM_ERROR_MODEM_ERROR}};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  guint channel = qmi_fixture_open_channel (card);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) response = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    guint16 word = 0;

    g_test_message ("fault %d", cases[i].fault);
    peer->fault = cases[i].fault;
    peer->answer_size = cases[i].fault == QMI_PEER_SENDS_NO_WORD ? 0 : 300;
    error = qmi_fixture_fail_transmit (card, channel, NULL);
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
    peer->fault = QMI_PEER_ANSWERS;
    peer->answer_size = 300;
    g_clear_error (&error);
    g_assert_true (esim_card_transmit (card, channel, qmi_fixture_command, sizeof qmi_fixture_command,
                                       response, &word, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (response->len, ==, 300);
  }
}

static void
check_gone (EsimCard *card, QmiPeer *peer, QmiPeerFault fault)
{
  g_autoptr (GError) error = NULL;
  guint channel = qmi_fixture_open_channel (card);
  guint gone = 0;
  gboolean seen;
  gint64 took;

  g_signal_connect (card, "gone", G_CALLBACK (qmi_fixture_count), &gone);
  peer->fault = fault;
  error = qmi_fixture_fail_transmit (card, channel, &took);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpint (took, <, 900);
  g_assert_true (esim_card_is_gone (card));
  g_assert_cmpuint (gone, ==, 1);
  g_clear_error (&error);
  error = qmi_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_clear_error (&error);
  g_assert_false (esim_card_await_subscription (card, NEW, OLD, 5000, &seen, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_clear_error (&error);
  for (guint level = ESIM_CARD_RESET_SESSION; level <= ESIM_CARD_RESET_MODEM; level++) {
    g_assert_false (esim_card_reset (card, level, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
    g_clear_error (&error);
  }
  g_assert_null (esim_card_list_slots (card, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpuint (gone, ==, 1);
}

static void
test_hang_up (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);

  qmi_fixture_expect_hang_up ();
  check_gone (card, peer, QMI_PEER_HANGS_UP);
  g_test_assert_expected_messages ();
}

/* libqmi takes that for the port's end, for nothing that follows can be understood. */
static void
test_broken_framing (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);

  g_test_expect_message ("Qmi", G_LOG_LEVEL_WARNING, "*framing error*");
  check_gone (card, peer, QMI_PEER_BREAKS_FRAMING);
  g_test_assert_expected_messages ();
}

static gboolean
hang_up_later (gpointer peer)
{
  qmi_peer_hang_up (peer);
  return G_SOURCE_REMOVE;
}

static void
test_hang_up_while_awaiting (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  gboolean seen;

  qmi_fixture_expect_hang_up ();
  g_timeout_add (100, hang_up_later, peer);
  g_assert_false (esim_card_await_subscription (card, NEW, OLD, 10000, &seen, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 900 * 1000);
  g_test_assert_expected_messages ();
}

static void
test_hang_up_while_idle (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  guint gone = 0;

  qmi_fixture_expect_hang_up ();
  g_signal_connect (card, "gone", G_CALLBACK (qmi_fixture_count), &gone);
  qmi_peer_hang_up (peer);
  qmi_fixture_wait_for (&gone, 2000);
  g_assert_cmpuint (gone, ==, 1);
  g_assert_true (esim_card_is_gone (card));
  g_test_assert_expected_messages ();
}

/* The port goes away with each message in turn, wherever that comes: nothing is left waiting, and what is
 * tried afterwards says the same. */
static void
test_hang_up_anywhere (void)
{
  static const guint8 messages[] = {0x47, 0x2E, 0x44, 0x2F, 0x42, 0x3B, 0x3F, 0x30, 0x31, 0x46, 0x38};

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++) {
    g_autoptr (QmiPeer) peer = qmi_peer_new ();
    g_autoptr (ShutCard) card = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GByteArray) response = g_byte_array_new ();
    gint64 begin = g_get_monotonic_time ();
    guint channel = 0;
    guint16 word;

    g_test_message ("message 0x%02X", messages[i]);
    peer->slots = 2;
    peer->slot[1].card = 2;
    peer->hang_up_at = messages[i];
    qmi_fixture_expect_hang_up ();
    card = qmi_fixture_try_open (peer, 0, &error);
    if (card != NULL &&
        esim_card_open_channel (card, qmi_fixture_aid, sizeof qmi_fixture_aid, &channel, NULL, &error) &&
        esim_card_transmit (card, channel, qmi_fixture_command, sizeof qmi_fixture_command, response, &word,
                            &error) &&
        esim_card_close_channel (card, channel, &error) &&
        esim_card_reset (card, ESIM_CARD_RESET_SESSION, &error) &&
        esim_card_reset (card, ESIM_CARD_RESET_CARD, &error))
      g_assert_false (esim_card_use_slot (card, 2, 2000, NULL, &error));
    g_test_assert_expected_messages ();
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
    g_assert_true (card == NULL || esim_card_is_gone (card));
    g_assert_cmpint (g_get_monotonic_time () - begin, <, 2500 * 1000);
  }
}

/* Each question of an opening is left unanswered once: it ends, as an error or without what was asked. */
static void
test_mute_while_opening (void)
{
  static const struct {
    guint8 message;
    gboolean needed;
  } cases[] = {{0x47, TRUE}, {0x2F, TRUE}, {0x46, FALSE}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (QmiPeer) peer = qmi_peer_new ();
    g_autoptr (ShutCard) card = NULL;
    g_autoptr (GError) error = NULL;

    peer->silent[cases[i].message] = TRUE;
    card = qmi_fixture_try_open (peer, 0, &error);
    if (!cases[i].needed) {
      g_assert_no_error (error);
      continue;
    }
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
    g_assert_cmpuint (peer->released, ==, 1);
  }
}

static void
test_mute_modem (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  EsimCard *card = qmi_fixture_open (peer);
  gint64 begin;

  (void) qmi_fixture_open_channel (card);
  peer->mute = TRUE;
  begin = g_get_monotonic_time ();
  esim_card_shut (card);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
  g_object_unref (card);
}

static void
test_hurry (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  EsimQmiOptions options = {.device = peer->path};
  g_autoptr (ShutCard) card = esim_qmi_card_open (&options, NULL);
  g_autoptr (GError) error = NULL;
  guint channel = qmi_fixture_open_channel (card);
  gint64 took;
  gboolean seen;

  peer->fault = QMI_PEER_SILENT;
  esim_card_hurry (card, 200);
  error = qmi_fixture_fail_transmit (card, channel, &took);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_assert_cmpint (took, <, 1500);
  g_clear_error (&error);
  peer->fault = QMI_PEER_ANSWERS;
  error = qmi_fixture_fail_transmit (card, channel, NULL);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_clear_error (&error);
  error = qmi_fixture_fail_open_channel (card);
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
  g_test_add_func ("/qmi-card/open-and-close", test_open_and_close);
  g_test_add_func ("/qmi-card/select-answer", test_select_answer);
  g_test_add_func ("/qmi-card/no-such-port", test_no_such_port);
  g_test_add_func ("/qmi-card/no-application", test_no_application);
  g_test_add_func ("/qmi-card/impossible-channels", test_impossible_channels);
  g_test_add_func ("/qmi-card/no-channel-left", test_no_channel_left);
  g_test_add_func ("/qmi-card/transmit", test_transmit);
  g_test_add_func ("/qmi-card/long-answers", test_long_answers);
  g_test_add_func ("/qmi-card/bad-commands", test_bad_commands);
  g_test_add_func ("/qmi-card/statuses", test_statuses);
  g_test_add_func ("/qmi-card/no-way", test_no_way);
  g_test_add_func ("/qmi-card/faults", test_faults);
  g_test_add_func ("/qmi-card/hang-up", test_hang_up);
  g_test_add_func ("/qmi-card/broken-framing", test_broken_framing);
  g_test_add_func ("/qmi-card/hang-up-while-awaiting", test_hang_up_while_awaiting);
  g_test_add_func ("/qmi-card/hang-up-while-idle", test_hang_up_while_idle);
  g_test_add_func ("/qmi-card/hang-up-anywhere", test_hang_up_anywhere);
  g_test_add_func ("/qmi-card/mute-while-opening", test_mute_while_opening);
  g_test_add_func ("/qmi-card/mute-modem", test_mute_modem);
  g_test_add_func ("/qmi-card/hurry", test_hurry);
  return g_test_run ();
}
