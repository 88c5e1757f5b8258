/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of a modem's clients and channels after the end of a life that did not close them. */
#include "qmi-fixture.h"

#include <string.h>

#include "esim-error.h"
#include "esim-qmi-record.h"
#include "esim-worker.h"
#include "folder.h"

static EsimCard *
open_with_record (QmiPeer *peer, const char *record)
{
  EsimQmiOptions options = {.device = peer->path, .apdu_timeout = 1, .record = record};
  g_autoptr (GError) error = NULL;
  EsimCard *card = esim_qmi_card_open (&options, &error);

  g_assert_no_error (error);
  return card;
}

/* @channels: as the file has them; %NULL: there is no file. */
static void
assert_record (const char *record, int client, const char *channels)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;

  if (channels == NULL) {
    g_assert_false (g_file_test (record, G_FILE_TEST_EXISTS));
    return;
  }
  g_assert_true (g_key_file_load_from_file (file, record, G_KEY_FILE_NONE, NULL));
  text = g_key_file_get_string (file, "qmi", "channels", NULL);
  g_assert_cmpstr (text, ==, channels);
  g_assert_cmpint (g_key_file_get_integer (file, "qmi", "client", NULL), ==, client);
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

  assert_record (record, 1, "");
  first = qmi_fixture_open_channel (card);
  assert_record (record, 1, "1;");
  second = qmi_fixture_open_channel (card);
  assert_record (record, 1, "1;2;");
  g_assert_true (esim_card_close_channel (card, first, &error));
  assert_record (record, 1, "2;");
  g_assert_true (esim_card_close_channel (card, second, &error));
  assert_record (record, 1, "");
  (void) qmi_fixture_open_channel (card);
  g_assert_true (esim_card_reset (card, ESIM_CARD_RESET_CARD, NULL));
  assert_record (record, 1, "");
  (void) qmi_fixture_open_channel (card);
  esim_card_shut (card);
  assert_record (record, 0, NULL);
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
  assert_record (record, 1, "1;");
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
  /* The client of before is given back at once; channels when they are asked for. */
  g_assert_cmpuint (peer->released, ==, 1);
  g_assert_cmpuint (peer->cids[0], ==, 0);
  g_assert_cmpuint (peer->cids[1], ==, 2);
  assert_record (record, 2, "1;");
  g_assert_cmpuint (peer->closes, ==, 0);
  g_assert_true (esim_card_close_stale (card, &error));
  g_assert_no_error (error);
  g_assert_cmphex (peer->open_channels, ==, 0);
  g_assert_cmphex (peer->taken, ==, 1u << 2);
  assert_record (record, 2, "");
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
  assert_record (record, 2, "1;");
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
  assert_record (record, 2, "");
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

/* Numbers of a modem that was there before, or of nobody. */
static void
test_bad_records (void)
{
  static const char *const texts[] = {"",
                                      "\x01\x02",
                                      "[qmi]\nport=\nclient=1\nchannels=1;\n",
                                      "[qmi]\nport=1-2-3\nclient=1\nchannels=1;\n",
                                      "[qmi]\nclient=1\nchannels=1;\n",
                                      "[other]\nport=1-2-3\n"};
  g_auto (Folder) folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "channels", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (QmiPeer) peer = qmi_peer_new ();
    g_autoptr (ShutCard) card = NULL;

    folder_put (folder, "channels", texts[i]);
    peer->cids[0] = 1;
    peer->taken = 1u << 1;
    card = open_with_record (peer, path);
    g_assert_true (esim_card_close_stale (card, NULL));
    g_assert_cmpuint (peer->closes + peer->released, ==, 0);
    assert_record (path, 2, "");
  }
}

/* Of the right modem, and impossible. */
static void
test_impossible_numbers (void)
{
  static const char *const numbers[] = {"client=0\nchannels=0;20;-1;x;\n", "client=255\n",
                                        "client=-1\nchannels=\n",
                                        "client=99999999999\nchannels=99999999999;\n"};
  g_auto (Folder) folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "channels", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autoptr (EsimQmiRecord) first = NULL;
    g_autoptr (EsimQmiRecord) record = NULL;
    g_autofree char *text = NULL;
    char *keys;

    first = esim_qmi_record_new (path, "/dev/null");
    esim_qmi_record_set_client (first, 7);
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    keys = strstr (text, "client=");
    g_assert_nonnull (keys);
    *keys = '\0';
    {
      g_autofree char *spoilt = g_strconcat (text, numbers[i], NULL);

      folder_put (folder, "channels", spoilt);
    }
    record = esim_qmi_record_new (path, "/dev/null");
    g_assert_cmpuint (esim_qmi_record_take_stale_client (record), ==, 0);
    g_assert_cmphex (esim_qmi_record_get_stale (record), ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qmi-record/record", test_record);
  g_test_add_func ("/qmi-record/close-stale", test_close_stale);
  g_test_add_func ("/qmi-record/make-room", test_make_room);
  g_test_add_func ("/qmi-record/closed-by-modem", test_closed_by_modem);
  g_test_add_func ("/qmi-record/number-again", test_number_again);
  g_test_add_func ("/qmi-record/bad-records", test_bad_records);
  g_test_add_func ("/qmi-record/impossible-numbers", test_impossible_numbers);
  return g_test_run ();
}
