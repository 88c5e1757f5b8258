/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages that carry APDUs, octet by octet. Built twice: with libqmi's own functions for them where it
 * has them (1.36), and with what stands in for these. */
#include "qmi-fixture.h"

#include <string.h>

#include "esim-error.h"
#include "esim-qmi-uim.h"
#include "esim-worker.h"
#include "hex.h"

static EsimQmiDevice *
open_device (QmiPeer *peer)
{
  g_autoptr (GError) error = NULL;
  EsimQmiDevice *device = esim_qmi_device_open (ESIM_QMI_QMI, peer->path, 0, FALSE, &error);

  g_assert_no_error (error);
  return device;
}

static void
shut (EsimQmiDevice *device)
{
  esim_qmi_device_close (device, 2000);
  g_object_unref (device);
}

typedef EsimQmiDevice ShutDevice;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShutDevice, shut)

/* Appends the TLVs of one type. */
static void
take_tlvs (GString *hex, guint8 type, const guint8 *tlvs, gsize length)
{
  for (gsize at = 0; at + 3 <= length; at += 3 + (gsize) (tlvs[at + 1] | tlvs[at + 2] << 8)) {
    g_autofree char *tlv = NULL;

    if (tlvs[at] != type)
      continue;
    tlv = hex_string (tlvs + at, 3 + (gsize) (tlvs[at + 1] | tlvs[at + 2] << 8));
    g_string_append (hex, tlv);
  }
}

/* The last frame of a message, but for its transaction; its TLVs in their types' order, which is of no
 * meaning and another one in libqmi's own functions. */
static void
assert_sent (QmiPeer *peer, guint8 message, const char *before, const char *head, const char *tlvs)
{
  g_autoptr (GString) hex = g_string_new (NULL);
  gsize length;
  const guint8 *frame = g_bytes_get_data (peer->last[message], &length);

  assert_hex (frame, 7, before);
  assert_hex (frame + 9, 4, head);
  for (guint type = 0; type <= G_MAXUINT8; type++)
    take_tlvs (hex, (guint8) type, frame + 13, length - 13);
  g_assert_cmpstr (hex->str, ==, tlvs);
}

static void
can (QmiPeer *peer, GBytes *tlvs)
{
  g_mutex_lock (&peer->lock);
  peer->canned = g_bytes_get_data (tlvs, &peer->canned_length);
  g_mutex_unlock (&peer->lock);
}

static void
test_build (void)
{
  g_test_message ("%s", esim_qmi_uim_is_typed () ? "libqmi's own functions" : "from TLVs");
#ifdef ESIM_QMI_UIM_TYPED
  g_assert_cmpint (esim_qmi_uim_is_typed (), ==, ESIM_QMI_UIM_TYPED);
#endif
}

static void
test_vectors (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutDevice) device = open_device (peer);
  g_autoptr (GBytes) opening =
      hex_bytes ("02 0400 00000000 10 0100 01 11 0200 9000"
                 "12 1D00 1C 6F1A8410A0000005591010FFFFFFFF8900000100A5069F6501FF8700");
  g_autoptr (GBytes) answering = hex_bytes ("02 0400 00000000 10 0D00 0B00 BF3E065C0411223344 61 10");
  g_autoptr (GBytes) closing = hex_bytes ("02 0400 00000000 11 0200 9000");
  g_autoptr (GBytes) command = hex_bytes ("81E2910006BF3E035C015A");
  g_autoptr (GBytes) response = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (EsimQmiOpened) opened = {0};

  can (peer, opening);
  g_assert_true (esim_qmi_uim_open_channel (device, 1, qmi_fixture_aid, 16, 2, &opened, &error));
  g_assert_no_error (error);
  assert_sent (peer, 0x42, "012400000B0100", "42001800",
               "01010001"
               "10110010"
               "A0000005591010FFFFFFFF8900000100");
  g_assert_cmpuint (opened.channel, ==, 1);
  g_assert_cmphex (opened.word, ==, 0x9000);
  g_assert_cmpuint (opened.status, ==, 0);
  assert_bytes (opened.answer, "6F1A8410A0000005591010FFFFFFFF8900000100A5069F6501FF8700");

  g_clear_pointer (&response, g_bytes_unref);
  can (peer, answering);
  response = esim_qmi_uim_send_apdu (device, 1, 1, g_bytes_get_data (command, NULL), 11, FALSE, 2, &error);
  g_assert_no_error (error);
  assert_sent (peer, 0x3B, "012400000B0100", "3B001800",
               "01010001"
               "020D000B00"
               "81E2910006BF3E035C015A"
               "10010001");
  assert_bytes (response, "BF3E065C04112233446110");

  can (peer, closing);
  g_assert_true (esim_qmi_uim_close_channel (device, 1, 1, 2, &error));
  g_assert_no_error (error);
  assert_sent (peer, 0x3F, "011800000B0100", "3F000C00",
               "01010001"
               "11010001"
               "13010001");
}

/* Another slot, another channel, and the answer in one piece. */
static void
test_parameters (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutDevice) device = open_device (peer);
  g_autoptr (GBytes) response = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 command[] = {0x8F, 0xE2, 0x91, 0x00, 0x00};

  response = esim_qmi_uim_send_apdu (device, 3, 19, command, sizeof command, TRUE, 2, &error);
  g_assert_no_error (error);
  assert_bytes (response, "9000");
  assert_sent (peer, 0x3B, "012200000B0100", "3B001600",
               "01010003"
               "0207000500"
               "8FE2910000"
               "10010013"
               "11010001");
}

/* Longer than what one octet can count. */
static void
test_long_command (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutDevice) device = open_device (peer);
  g_autoptr (GBytes) response = NULL;
  guint8 command[261] = {0x81, 0xE2, 0x91, 0x00, 0xFF};
  const guint8 *frame;
  gsize length;

  peer->answer_size = 1000;
  response = esim_qmi_uim_send_apdu (device, 1, 1, command, sizeof command, FALSE, 2, NULL);
  g_assert_nonnull (response);
  g_assert_cmpuint (g_bytes_get_size (response), ==, 1002);
  frame = g_bytes_get_data (peer->last[0x3B], &length);
  g_assert_nonnull (memmem (frame, length, "\x02\x07\x01\x05\x01", 5));
  g_assert_nonnull (memmem (frame, length, command, sizeof command));
}

/* Openings that were refused, with what the answer says besides. */
static void
test_refusals (void)
{
  static const struct {
    const char *tlvs;
    guint status;
    guint16 word;
  } cases[] = {{"02 0400 0100 0300 11 0200 6A82", 3, 0x6A82},
               {"02 0400 0100 4400", 68, 0},
               {"02 0400 0100 5200", 82, 0},
               {"11 0200 6A81 02 0400 0100 0300", 3, 0x6A81}};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutDevice) device = open_device (peer);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) tlvs = hex_bytes (cases[i].tlvs);
    g_autoptr (GError) error = NULL;
    g_auto (EsimQmiOpened) opened = {0};

    can (peer, tlvs);
    g_assert_false (esim_qmi_uim_open_channel (device, 1, qmi_fixture_aid, 16, 2, &opened, &error));
    g_assert_nonnull (error);
    g_assert_cmpuint (opened.status, ==, cases[i].status);
    g_assert_cmpuint (qmi_fixture_modem_status (error), ==, cases[i].status);
    g_assert_cmphex (opened.word, ==, cases[i].word);
    g_assert_cmpuint (opened.channel, ==, 0);
    g_assert_null (opened.answer);
  }
}

/* TLVs that are too short, too long for what holds them, or not there: never more than an error. */
static void
test_broken_openings (void)
{
  static const char *const cases[] = {"77 0100 00",
                                      "02 0100 00",
                                      "02 0400 00000000",
                                      "02 0400 00000000 10 0000",
                                      "02 0400 00000000 10 0100 01 11 0100 90",
                                      "02 0400 00000000 10 0100 01 11 0200 9000 12 0000",
                                      "02 0400 00000000 10 0100 01 11 0200 9000 12 0300 FF6F1A"};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutDevice) device = open_device (peer);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) tlvs = hex_bytes (cases[i]);
    g_autoptr (GError) error = NULL;
    g_auto (EsimQmiOpened) opened = {0};
    gboolean ok;

    g_test_message ("case %u", i);
    can (peer, tlvs);
    ok = esim_qmi_uim_open_channel (device, 1, qmi_fixture_aid, 16, 2, &opened, &error);
    g_assert_true (ok == (error == NULL));
    if (i < 2)
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
    if (i < 4)
      g_assert_cmpuint (opened.channel, ==, 0);
    if (opened.answer != NULL)
      g_assert_cmpuint (g_bytes_get_size (opened.answer), <, 3);
  }
}

static void
test_broken_responses (void)
{
  static const char *const cases[] = {"77 0100 00",
                                      "02 0000",
                                      "02 0400 00000000",
                                      "02 0400 00000000 10 0000",
                                      "02 0400 00000000 10 0100 02",
                                      "02 0400 00000000 10 0300 0200 90",
                                      "02 0400 00000000 10 0200 0000",
                                      "02 0400 00000000 10 0300 0100 90",
                                      "02 0400 00000000 11 0400 02009000"};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutDevice) device = open_device (peer);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) tlvs = hex_bytes (cases[i]);
    g_autoptr (GError) error = NULL;

    g_test_message ("case %u", i);
    can (peer, tlvs);
    g_assert_null (esim_qmi_uim_send_apdu (device, 1, 1, qmi_fixture_command, 9, FALSE, 2, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qmi-uim/build", test_build);
  g_test_add_func ("/qmi-uim/vectors", test_vectors);
  g_test_add_func ("/qmi-uim/parameters", test_parameters);
  g_test_add_func ("/qmi-uim/long-command", test_long_command);
  g_test_add_func ("/qmi-uim/refusals", test_refusals);
  g_test_add_func ("/qmi-uim/broken-openings", test_broken_openings);
  g_test_add_func ("/qmi-uim/broken-responses", test_broken_responses);
  return g_test_run ();
}
