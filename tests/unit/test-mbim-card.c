/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-card.h"

#include <string.h>

#include "esim-error.h"
#include "esim-worker.h"
#include "mbim-peer.h"

#define OLD "8900000000000000013"
#define NEW "8900000000000000021"

static const guint8 aid[16] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                               0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};
static const guint8 command[] = {0x81, 0xE2, 0x91, 0x00, 0x03, 0xBF, 0x2D, 0x00, 0x00};

/* The card is shut and freed when it leaves its scope. */
typedef EsimCard ShutCard;

static void
shut (ShutCard *card)
{
  esim_mbim_card_shut (card);
  g_object_unref (card);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShutCard, shut)

static EsimCard *
try_open (MbimPeer *peer, guint slot, GError **error)
{
  EsimMbimOptions options = {.device = peer->path, .slot = slot, .select_p2 = -1, .apdu_timeout = 1};

  return esim_mbim_card_open (&options, error);
}

static EsimCard *
open_card (MbimPeer *peer)
{
  g_autoptr (GError) error = NULL;
  EsimCard *card = try_open (peer, 0, &error);

  g_assert_no_error (error);
  g_assert_nonnull (card);
  return card;
}

static guint
open_channel (EsimCard *card)
{
  g_autoptr (GError) error = NULL;
  guint channel = 0;

  g_assert_true (esim_card_open_channel (card, aid, sizeof aid, &channel, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (channel, >=, 1);
  return channel;
}

static GError *
fail_open_channel (EsimCard *card)
{
  GError *error = NULL;
  guint channel = 0;

  g_assert_false (esim_card_open_channel (card, aid, sizeof aid, &channel, &error));
  return error;
}

static guint32
modem_status (GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  guint32 status = 0;

  (void)g_variant_lookup (details, ESIM_DETAIL_MODEM_STATUS, "u", &status);
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

  g_assert_false (esim_card_transmit (card, channel, command, sizeof command, response, &word, &error));
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
  EsimCard *card = open_card (peer);
  guint channel = open_channel (card);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (esim_mbim_card_get_slot (card), ==, 1);
  g_assert_cmpint (esim_mbim_card_get_slot_state (card), ==, ESIM_MBIM_SLOT_ACTIVE);
  g_assert_cmpstr (esim_mbim_card_get_iccid (card), ==, OLD);
  g_assert_cmpuint (esim_card_get_segment_size (card), ==, 255);
  g_assert_cmpuint (peer->last_p2, ==, 4);
  g_assert_cmpuint (peer->subscriptions, ==, 1);
  g_assert_true (esim_card_close_channel (card, channel, &error));
  g_assert_no_error (error);
  (void)open_channel (card);
  g_assert_cmpuint (peer->open_channels, ==, 1);
  esim_mbim_card_shut (card);
  g_assert_cmpuint (peer->open_channels, ==, 0);
  g_assert_true (peer->closed);
  g_object_unref (card);
}

static void
test_no_such_port (void)
{
  EsimMbimOptions options = {.device = "/nonexistent/modem", .select_p2 = -1};
  g_autoptr (GError) error = NULL;

  g_assert_null (esim_mbim_card_open (&options, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND);
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
  card = open_card (peer);
  g_assert_true (esim_card_close_channel (card, open_channel (card), &error));
  g_assert_cmpuint (peer->opens, ==, 2);
  g_assert_cmpuint (peer->last_p2, ==, 0x0C);
  (void)open_channel (card);
  g_assert_cmpuint (peer->opens, ==, 3); /* it was remembered */
}

static void
test_p2_given (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  EsimMbimOptions options = {.device = peer->path, .select_p2 = 0, .segment_size = 120};
  g_autoptr (ShutCard) card = esim_mbim_card_open (&options, NULL);

  g_assert_nonnull (card);
  (void)open_channel (card);
  g_assert_cmpuint (peer->last_p2, ==, 0);
  g_assert_cmpuint (esim_card_get_segment_size (card), ==, 120);
}

static void
test_no_application (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = open_card (peer);
  g_autoptr (GError) error = NULL;

  peer->accepted_p2 = 99;
  error = fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_assert_cmphex (modem_status (error), ==, 0x87430002);
  g_assert_cmpuint (peer->opens, ==, 3);
}

static void
test_word_in_answer (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = open_card (peer);
  g_autoptr (GError) error = NULL;

  peer->word_in_answer = TRUE;
  peer->accepted_p2 = 0;
  (void)open_channel (card);
  g_assert_cmpuint (peer->opens, ==, 3);
  g_assert_cmpuint (peer->closes, ==, 2);
  g_assert_cmpuint (peer->open_channels, ==, 1);
  peer->accepted_p2 = 99;
  error = fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (peer->open_channels, ==, 1);
}

static void
test_stale_channels (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = open_card (peer);
  g_autoptr (GError) error = NULL;

  peer->stale = 3;
  (void)open_channel (card);
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

static void
test_no_channel_left (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = open_card (peer);
  g_autoptr (GError) error = NULL;

  peer->foreign = 3;
  error = fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_assert_cmphex (modem_status (error), ==, 0x87430001);
  g_assert_cmpuint (peer->opens, ==, 2);
}

static void
test_transmit (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = open_card (peer);
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint8 interindustry[] = {0x01, 0xC0, 0x00, 0x00, 0x10};
  guint16 word = 0;
  guint channel = open_channel (card);

  peer->answer_size = 16;
  peer->status_word = 0x6110;
  g_byte_array_append (response, (const guint8 *)"!", 1);
  g_assert_true (esim_card_transmit (card, channel, command, sizeof command, response, &word, &error));
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
  g_autoptr (ShutCard) card = open_card (peer);
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
  g_autoptr (ShutCard) card = open_card (peer);
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint16 word = 0;
  guint channel = open_channel (card);

  peer->max_transfer = 512;
  peer->answer_size = 60000;
  g_assert_true (esim_card_transmit (card, channel, command, sizeof command, response, &word, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (response->len, ==, 60000);
  for (guint i = 0; i < response->len; i++)
    g_assert_cmpuint (response->data[i], ==, (guint8)(i * 7));
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
  g_autoptr (ShutCard) card = open_card (peer);
  guint channel = open_channel (card);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    peer->apdu_status = cases[i].status;
    error = fail_transmit (card, channel, NULL);
    g_assert_error (error, ESIM_ERROR, (int)cases[i].code);
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
  g_autoptr (ShutCard) card = open_card (peer);
  guint channel = open_channel (card);

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
    g_assert_error (error, ESIM_ERROR, (int)cases[i].code);
    peer->fault = PEER_ANSWERS;
    g_clear_error (&error);
    g_assert_true (esim_card_transmit (card, channel, command, sizeof command, response, &word, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (response->len, ==, 300);
  }
}

static void
count (EsimCard *card, guint *counter)
{
  (*counter)++;
}

static void
test_hang_up (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = open_card (peer);
  g_autoptr (GError) error = NULL;
  guint channel = open_channel (card);
  guint gone = 0;
  gboolean seen;
  gint64 took;

  g_signal_connect (card, "gone", G_CALLBACK (count), &gone);
  peer->fault = PEER_HANGS_UP;
  error = fail_transmit (card, channel, &took);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpint (took, <, 500);
  g_assert_true (esim_card_is_gone (card));
  g_assert_cmpuint (gone, ==, 1);
  g_clear_error (&error);
  error = fail_open_channel (card);
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
  g_autoptr (ShutCard) card = open_card (peer);
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
  g_autoptr (ShutCard) card = open_card (peer);
  guint gone = 0;

  g_signal_connect (card, "gone", G_CALLBACK (count), &gone);
  mbim_peer_hang_up (peer);
  esim_wait_sleep (100);
  g_assert_cmpuint (gone, ==, 1);
  g_assert_true (esim_card_is_gone (card));
}

static void
test_slots (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (GError) error = NULL;

  peer->slots = 3;
  peer->active_slot = 1;
  peer->slot_states[0] = 2;
  peer->slot_states[1] = 8;
  peer->slot_states[2] = 3;
  for (guint slot = 0; slot <= 4; slot++) {
    g_autoptr (ShutCard) card = try_open (peer, slot, &error);

    if (slot == 4) {
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
      continue;
    }
    g_assert_no_error (error);
    g_assert_cmpuint (esim_mbim_card_get_slot (card), ==, slot == 0 ? 2 : slot);
    g_assert_cmpint (esim_mbim_card_get_slot_state (card), ==,
                     slot == 1   ? ESIM_MBIM_SLOT_INACTIVE
                     : slot == 3 ? ESIM_MBIM_SLOT_ABSENT
                                 : ESIM_MBIM_SLOT_ACTIVE);
    if (slot == 1) {
      error = fail_open_channel (card);
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
      g_clear_error (&error);
      g_assert_cmpuint (peer->opens, ==, 0);
      peer->active_slot = 0; /* somebody switched */
      (void)open_channel (card);
      peer->active_slot = 1;
      peer->opens = 0;
    }
  }
}

static void
test_slots_without_mapping (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = NULL;
  g_autoptr (ShutCard) other = NULL;
  g_autoptr (MbimPeer) single = mbim_peer_new ();

  peer->slots = 2;
  peer->no_mapping = TRUE;
  peer->slot_states[0] = 2;
  peer->slot_states[1] = 7;
  card = open_card (peer);
  g_assert_cmpuint (esim_mbim_card_get_slot (card), ==, 2);
  g_assert_cmpint (esim_mbim_card_get_slot_state (card), ==, ESIM_MBIM_SLOT_ACTIVE);
  single->ready = 2;
  single->iccid[0] = '\0';
  other = open_card (single);
  g_assert_cmpint (esim_mbim_card_get_slot_state (other), ==, ESIM_MBIM_SLOT_ABSENT);
  g_assert_null (esim_mbim_card_get_iccid (other));
}

static void
test_iccid_forms (void)
{
  static const struct {
    const char *shown, *read;
  } cases[] = {{"8900000000000000013F", OLD},
               {"89000000000000000138", "89000000000000000138"},
               {"890000000000000001ff", "890000000000000001"},
               {"89", NULL},
               {"8900000000000000013X", NULL},
               {"", NULL}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (MbimPeer) peer = mbim_peer_new ();
    g_autoptr (ShutCard) card = NULL;

    g_strlcpy (peer->iccid, cases[i].shown, sizeof peer->iccid);
    card = open_card (peer);
    g_assert_cmpstr (esim_mbim_card_get_iccid (card), ==, cases[i].read);
  }
}

static const PeerStep zero_one[] = {{100, 0, "", TRUE}, {100, 1, NEW "F", TRUE}, {0, G_MAXUINT}};
static const PeerStep seven_zero_one[] = {
    {50, 7, "", TRUE}, {100, 0, "", TRUE}, {100, 1, NEW, TRUE}, {0, G_MAXUINT}};
static const PeerStep silent[] = {{150, 1, NEW, FALSE}, {0, G_MAXUINT}};
static const PeerStep zero_seven[] = {{100, 0, "", TRUE}, {100, 7, "", TRUE}, {0, G_MAXUINT}};
static const PeerStep seven_zero_seven[] = {
    {50, 7, "", TRUE}, {100, 0, "", TRUE}, {200, 7, "", TRUE}, {0, G_MAXUINT}};
static const PeerStep silent_none[] = {{150, 7, "", FALSE}, {0, G_MAXUINT}};
static const PeerStep same_again[] = {{200, 0, "", TRUE}, {200, 1, OLD, TRUE}, {0, G_MAXUINT}};

static void
test_await (void)
{
  static const struct {
    const PeerStep *steps;
    const char *expected;
    guint state;
    guint at_least, at_most; /* ms */
  } cases[] = {{zero_one, NEW, 1, 200, 400},          {seven_zero_one, NEW, 1, 250, 450},
               {silent, NEW, 1, 150, 1400},           {zero_seven, NULL, 7, 200, 400},
               {seven_zero_seven, NULL, 7, 350, 550}, {silent_none, NULL, 7, 150, 1800},
               {same_again, OLD, 1, 400, 700}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (MbimPeer) peer = mbim_peer_new ();
    g_autoptr (ShutCard) card = open_card (peer);
    g_autoptr (GError) error = NULL;
    gint64 begin = g_get_monotonic_time ();
    gboolean seen = FALSE;
    guint changed = 0, took;

    g_signal_connect (card, "changed", G_CALLBACK (count), &changed);
    mbim_peer_walk (peer, cases[i].steps);
    g_assert_true (esim_card_await_subscription (card, cases[i].expected, OLD, 5000, &seen, &error));
    g_assert_no_error (error);
    took = (guint)((g_get_monotonic_time () - begin) / 1000);
    g_test_message ("case %u: %u ms", i, took);
    g_assert_true (seen);
    g_assert_cmpuint (peer->ready, ==, cases[i].state);
    g_assert_cmpstr (esim_mbim_card_get_iccid (card), ==, cases[i].expected);
    g_assert_cmpuint (took, >=, cases[i].at_least);
    g_assert_cmpuint (took, <=, cases[i].at_most);
    g_assert_cmpuint (changed, ==, 0);
  }
}

static void
test_await_in_vain (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = open_card (peer);
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  gboolean seen = TRUE;

  g_assert_true (esim_card_await_subscription (card, NEW, OLD, 700, &seen, &error));
  g_assert_no_error (error);
  g_assert_false (seen);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 1000 * 1000);
  g_assert_true (esim_card_await_subscription (card, NULL, OLD, 300, &seen, &error));
  g_assert_false (seen);
  g_assert_false (esim_card_await_subscription (card, "12", OLD, 300, &seen, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
}

static void
test_changed (void)
{
  static const PeerStep gone[] = {{0, 2, "", TRUE}, {0, G_MAXUINT}};
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = NULL;
  guint changed = 0;

  peer->slots = 2;
  peer->slot_states[0] = 7;
  card = open_card (peer);
  g_signal_connect (card, "changed", G_CALLBACK (count), &changed);
  mbim_peer_walk (peer, same_again);
  esim_wait_sleep (600);
  g_assert_cmpuint (changed, ==, 0);
  mbim_peer_walk (peer, zero_one);
  esim_wait_sleep (400);
  g_assert_cmpuint (changed, ==, 1);
  g_assert_cmpstr (esim_mbim_card_get_iccid (card), ==, NEW);
  mbim_peer_walk (peer, gone);
  esim_wait_sleep (200);
  g_assert_cmpuint (changed, ==, 2);
  mbim_peer_indicate_slot (peer, 0, 3);
  esim_wait_sleep (200);
  g_assert_cmpuint (changed, ==, 3);
  g_assert_cmpint (esim_mbim_card_get_slot_state (card), ==, ESIM_MBIM_SLOT_ABSENT);
}

static void
test_reset (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = open_card (peer);
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_card_reset (card, &error));
  g_assert_cmpuint (peer->resets, ==, 1);
  peer->no_disable = TRUE;
  g_assert_true (esim_card_reset (card, &error));
  g_assert_cmpuint (peer->resets, ==, 3);
  peer->no_reset = TRUE;
  g_assert_false (esim_card_reset (card, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
}

static void
test_mute_modem (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  EsimCard *card = open_card (peer);
  gint64 begin;

  (void)open_channel (card);
  peer->mute = TRUE;
  begin = g_get_monotonic_time ();
  esim_mbim_card_shut (card);
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
  guint channel = open_channel (card);
  gint64 took;
  gboolean seen;

  peer->fault = PEER_SILENT;
  esim_mbim_card_hurry (card, 200);
  error = fail_transmit (card, channel, &took);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_assert_cmpint (took, <, 600);
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
  g_test_add_func ("/mbim-card/no-such-port", test_no_such_port);
  g_test_add_func ("/mbim-card/device-node", test_device_node);
  g_test_add_func ("/mbim-card/p2", test_p2);
  g_test_add_func ("/mbim-card/p2-given", test_p2_given);
  g_test_add_func ("/mbim-card/no-application", test_no_application);
  g_test_add_func ("/mbim-card/word-in-answer", test_word_in_answer);
  g_test_add_func ("/mbim-card/stale-channels", test_stale_channels);
  g_test_add_func ("/mbim-card/no-channel-left", test_no_channel_left);
  g_test_add_func ("/mbim-card/transmit", test_transmit);
  g_test_add_func ("/mbim-card/bad-commands", test_bad_commands);
  g_test_add_func ("/mbim-card/long-answers", test_long_answers);
  g_test_add_func ("/mbim-card/statuses", test_statuses);
  g_test_add_func ("/mbim-card/faults", test_faults);
  g_test_add_func ("/mbim-card/hang-up", test_hang_up);
  g_test_add_func ("/mbim-card/hang-up-while-awaiting", test_hang_up_while_awaiting);
  g_test_add_func ("/mbim-card/hang-up-while-idle", test_hang_up_while_idle);
  g_test_add_func ("/mbim-card/slots", test_slots);
  g_test_add_func ("/mbim-card/slots-without-mapping", test_slots_without_mapping);
  g_test_add_func ("/mbim-card/iccid-forms", test_iccid_forms);
  g_test_add_func ("/mbim-card/await", test_await);
  g_test_add_func ("/mbim-card/await-in-vain", test_await_in_vain);
  g_test_add_func ("/mbim-card/changed", test_changed);
  g_test_add_func ("/mbim-card/reset", test_reset);
  g_test_add_func ("/mbim-card/mute-modem", test_mute_modem);
  g_test_add_func ("/mbim-card/hurry", test_hurry);
  return g_test_run ();
}
