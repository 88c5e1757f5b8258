/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qmi-fixture.h"

#include <string.h>

#include "esim-error.h"
#include "esim-worker.h"

enum { ONLINE = 0, OFFLINE = 3, RESET = 4 }; /* of DMS Set Operating Mode */

static gint64
reset_in_ms (EsimCard *card, EsimCardReset level)
{
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  g_assert_true (esim_card_reset (card, level, &error));
  g_assert_no_error (error);
  return (g_get_monotonic_time () - begin) / 1000;
}

static void
test_power (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  gint64 begin, took;
  guint news = 0;
  gboolean seen = FALSE;

  g_signal_connect (card, "changed", G_CALLBACK (qmi_fixture_count), &news);
  g_signal_connect (card, "reset", G_CALLBACK (qmi_fixture_count), &news);
  (void) qmi_fixture_open_channel (card);
  took = reset_in_ms (card, ESIM_CARD_RESET_CARD);
  g_assert_cmpint (took, >=, 1000); /* or the card has not lost its power */
  g_assert_cmpint (took, <, 1500);
  g_assert_cmpuint (peer->power_offs, ==, 1);
  g_assert_cmpuint (peer->power_ons, ==, 1);
  g_assert_cmpuint (peer->event_slot, ==, 1);
  /* The same profile as before: it is known that the card was read again. */
  begin = g_get_monotonic_time ();
  g_assert_true (esim_card_await_subscription (card, OLD, OLD, 8000, &seen, &error));
  g_assert_true (seen);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 500 * 1000);
  g_assert_cmpuint (news, ==, 0);
  g_assert_cmpuint (peer->closes, ==, 0); /* the channel went with the power */
}

static void
test_power_failures (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  peer->power_on_failures = 2;
  (void) reset_in_ms (card, ESIM_CARD_RESET_CARD);
  g_assert_cmpuint (peer->card, ==, 1);
  g_assert_cmpuint (peer->power_ons, ==, 3);
  peer->refuse[0x30] = 94;
  g_assert_false (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (peer->power_ons, ==, 3);
  g_clear_error (&error);
  peer->refuse[0x30] = 26; /* it is off already */
  (void) reset_in_ms (card, ESIM_CARD_RESET_CARD);
  peer->refuse[0x30] = 0;
  peer->refuse[0x31] = 3;
  g_assert_false (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
}

/* A service that stops leaves no card without power. */
static void
test_power_in_a_hurry (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  peer->silent[0x30] = TRUE;
  esim_card_hurry (card, 300);
  g_assert_true (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (peer->power_offs, ==, 1);
  g_assert_cmpuint (peer->power_ons, ==, 1);
  g_assert_cmpuint (peer->card, ==, 1);
  g_assert_false (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

static void
test_session (void)
{
  static const guint8 activation[] = {0x01, 0x02, 0x00, 0x00, 0x01, 0x10, 0x09, 0x00, 0x01,
                                      0x07, 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  const guint8 *frame;
  gsize length;

  (void) reset_in_ms (card, ESIM_CARD_RESET_SESSION);
  g_assert_cmpuint (peer->sessions[0], ==, 1);
  g_assert_cmpuint (peer->sessions[1], ==, 1);
  frame = g_bytes_get_data (peer->last[0x38], &length);
  /* In which order its TLVs stand is libqmi's affair. */
  g_assert_cmpuint (length, ==, 13 + sizeof activation);
  g_assert_nonnull (memmem (frame, length, activation, 5));
  g_assert_nonnull (memmem (frame, length, activation + 5, sizeof activation - 5));
  peer->refuse[0x38] = 26;
  (void) reset_in_ms (card, ESIM_CARD_RESET_SESSION);
  peer->refuse[0x38] = 0;
  peer->application = 0xFF; /* a card without a profile */
  g_assert_false (esim_card_reset (card, ESIM_CARD_RESET_SESSION, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
}

static void
test_modem (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (peer->allocated, ==, 1);
  (void) reset_in_ms (card, ESIM_CARD_RESET_MODEM);
  g_assert_cmpuint (peer->modes[OFFLINE], ==, 1);
  g_assert_cmpuint (peer->modes[RESET], ==, 1);
  g_assert_cmpuint (peer->modes[ONLINE], ==, 0);
  /* A modem that will not reset is not left offline. */
  peer->mode_status = 48;
  g_assert_false (esim_card_reset (card, ESIM_CARD_RESET_MODEM, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_assert_cmpuint (peer->modes[ONLINE], ==, 1);
  esim_card_shut (card);
  g_assert_cmpuint (peer->released, ==, 2);
}

static void
test_modem_leaves (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  guint gone = 0;

  g_signal_connect (card, "gone", G_CALLBACK (qmi_fixture_count), &gone);
  peer->leaves_on_reset = TRUE;
  qmi_fixture_expect_hang_up ();
  (void) reset_in_ms (card, ESIM_CARD_RESET_MODEM);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (gone, ==, 1);
  g_assert_true (esim_card_is_gone (card));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qmi-reset/power", test_power);
  g_test_add_func ("/qmi-reset/power-failures", test_power_failures);
  g_test_add_func ("/qmi-reset/power-in-a-hurry", test_power_in_a_hurry);
  g_test_add_func ("/qmi-reset/session", test_session);
  g_test_add_func ("/qmi-reset/modem", test_modem);
  g_test_add_func ("/qmi-reset/modem-leaves", test_modem_leaves);
  return g_test_run ();
}
