/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of channels after the end of a life that did not close them. */
#include "qmi-fixture.h"

#include "esim-error.h"
#include "esim-worker.h"
#include "folder.h"

static EsimCard *
open_with_record (QmiPeer *peer, const char *record)
{
  EsimQmiOptions options = {.device = peer->path, .apdu_timeout = 1, .channel_record = record};
  g_autoptr (GError) error = NULL;
  EsimCard *card = esim_qmi_card_open (&options, &error);

  g_assert_no_error (error);
  return card;
}

static void
assert_record (const char *record, const char *expected)
{
  g_autofree char *text = NULL;

  if (expected == NULL) {
    g_assert_false (g_file_test (record, G_FILE_TEST_EXISTS));
    return;
  }
  g_assert_true (g_file_get_contents (record, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_record (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *record = g_build_filename (folder, "channels", NULL);
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = open_with_record (peer, record);
  g_autoptr (GError) error = NULL;
  guint first, second;

  assert_record (record, NULL);
  first = qmi_fixture_open_channel (card);
  assert_record (record, "1\n");
  second = qmi_fixture_open_channel (card);
  assert_record (record, "1\n2\n");
  g_assert_true (esim_card_close_channel (card, first, &error));
  assert_record (record, "2\n");
  g_assert_true (esim_card_close_channel (card, second, &error));
  assert_record (record, NULL);
  (void) qmi_fixture_open_channel (card);
  g_assert_true (esim_card_reset (card, ESIM_CARD_RESET_CARD, NULL));
  assert_record (record, NULL);
  (void) qmi_fixture_open_channel (card);
  esim_card_shut (card);
  assert_record (record, NULL);
}

/* Leaves channel 1 of ours behind, beside 2, which is another program's. */
static void
leave_channel (QmiPeer *peer, const char *record)
{
  EsimCard *card = open_with_record (peer, record);

  g_assert_cmpuint (qmi_fixture_open_channel (card), ==, 1);
  g_object_unref (card); /* as the end of the process does */
  g_mutex_lock (&peer->lock);
  peer->taken = 1u << 2;
  g_mutex_unlock (&peer->lock);
  assert_record (record, "1\n");
}

static void
test_close_stale (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *record = g_build_filename (folder, "channels", NULL);
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = NULL;
  g_autoptr (GError) error = NULL;

  leave_channel (peer, record);
  card = open_with_record (peer, record);
  g_assert_cmpuint (peer->closes, ==, 0);
  g_assert_true (esim_card_close_stale (card, &error));
  g_assert_no_error (error);
  g_assert_cmphex (peer->open_channels, ==, 0);
  g_assert_cmphex (peer->taken, ==, 1u << 2);
  assert_record (record, NULL);
  g_assert_true (esim_card_close_stale (card, &error));
  g_assert_cmpuint (peer->closes, ==, 1);
}

/* Where no channel is left, what is written down makes room. */
static void
test_make_room (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *record = g_build_filename (folder, "channels", NULL);
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = NULL;

  leave_channel (peer, record);
  card = open_with_record (peer, record);
  peer->taken = 1u << 2 | 1u << 3;
  g_assert_cmpuint (qmi_fixture_open_channel (card), ==, 1);
  g_assert_cmpuint (peer->closes, ==, 1);
  assert_record (record, "1\n");
}

/* The modem closed it itself: a close is refused, and the number is as good as any. */
static void
test_closed_by_modem (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *record = g_build_filename (folder, "channels", NULL);
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = NULL;
  g_autoptr (GError) error = NULL;

  leave_channel (peer, record);
  peer->open_channels = 0;
  card = open_with_record (peer, record);
  g_assert_true (esim_card_close_stale (card, &error));
  g_assert_no_error (error);
  assert_record (record, NULL);
}

/* A number that the modem gave out anew is not stale. */
static void
test_number_again (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *record = g_build_filename (folder, "channels", NULL);
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = NULL;

  leave_channel (peer, record);
  peer->open_channels = 0;
  card = open_with_record (peer, record);
  g_assert_cmpuint (qmi_fixture_open_channel (card), ==, 1);
  g_assert_true (esim_card_close_stale (card, NULL));
  g_assert_cmpuint (peer->closes, ==, 0);
  g_assert_cmphex (peer->open_channels, ==, 1u << 1);
}

static void
test_bad_records (void)
{
  static const char *const texts[] = {"", "0\n20\n-1\nx\n1 \n", "1.5\n", "99999999999999999999\n"};
  g_auto (Folder) folder = folder_new ();
  g_autofree char *record = g_build_filename (folder, "channels", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (QmiPeer) peer = qmi_peer_new ();
    g_autoptr (ShutCard) card = NULL;

    folder_put (folder, "channels", texts[i]);
    card = open_with_record (peer, record);
    g_assert_true (esim_card_close_stale (card, NULL));
    g_assert_cmpuint (peer->closes, ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qmi-channels/record", test_record);
  g_test_add_func ("/qmi-channels/close-stale", test_close_stale);
  g_test_add_func ("/qmi-channels/make-room", test_make_room);
  g_test_add_func ("/qmi-channels/closed-by-modem", test_closed_by_modem);
  g_test_add_func ("/qmi-channels/number-again", test_number_again);
  g_test_add_func ("/qmi-channels/bad-records", test_bad_records);
  return g_test_run ();
}
