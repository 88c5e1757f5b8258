/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A modem of a system on a chip, on a bus that this kernel need not have. */
#include "qmi-fixture.h"
#include "qrtr-bus.h"

#include <string.h>

#include "esim-error.h"
#include "esim-worker.h"

static EsimCard *
open_node (guint node, GError **error)
{
  EsimQmiOptions options = {.way = ESIM_QMI_QRTR, .node = node, .apdu_timeout = 1};

  return esim_qmi_card_open (&options, error);
}

static QmiPeer *
start (void)
{
  QmiPeer *peer = qmi_peer_new ();

  qrtr_bus_start (peer);
  return peer;
}

/* The bus ends before the modem behind it. */
static void
stop (QmiPeer *peer)
{
  qrtr_bus_stop ();
  qmi_peer_free (peer);
}

typedef QmiPeer BusPeer;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BusPeer, stop)

static void
test_no_bus (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (open_node (QRTR_BUS_NODE, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "qrtr"));
}

static void
test_no_node (void)
{
  g_autoptr (BusPeer) peer = start ();
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  qrtr_bus_plug ();
  g_assert_null (open_node (99, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 8 * G_USEC_PER_SEC);
}

static void
test_no_card_service (void)
{
  g_autoptr (GError) error = NULL;

  qrtr_bus_start (NULL);
  qrtr_bus_plug ();
  g_assert_null (open_node (QRTR_BUS_NODE, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  qrtr_bus_stop ();
}

/* Messages carry the logical slot that the modem mapped to the physical one. */
static void
test_card (void)
{
  static const QmiPeerStep powered[] = {{100, 2, 0xFF, OLD, NULL, QMI_STEP_CARD},
                                        {200, 1, 7, NEW, NEW, QMI_STEP_CARD | QMI_STEP_SLOTS},
                                        {.after_ms = G_MAXUINT}};
  g_autoptr (BusPeer) peer = start ();
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ShutCard) card = NULL;
  gint64 begin;
  guint channel;
  guint16 word = 0;
  gboolean seen = FALSE;

  peer->slots = 2;
  peer->slot[0] = (QmiPeerSlot){.card = 2, .iccid = NEW};
  peer->slot[1] = (QmiPeerSlot){.card = 2, .iccid = OLD, .logical = 2, .is_euicc = TRUE};
  peer->active_slot = 1;
  qrtr_bus_plug ();
  card = open_node (QRTR_BUS_NODE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (esim_card_get_slot (card), ==, 2);
  g_assert_cmpint (esim_qmi_card_get_slot_state (card), ==, ESIM_QMI_SLOT_ACTIVE);
  channel = qmi_fixture_open_channel (card);
  g_assert_cmpuint (peer->event_slot, ==, 2);
  peer->answer_size = 3000;
  g_assert_true (esim_card_transmit (card, channel, qmi_fixture_command, sizeof qmi_fixture_command, response,
                                     &word, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (response->len, ==, 3000);
  begin = g_get_monotonic_time ();
  qmi_peer_walk (peer, powered);
  g_assert_true (esim_card_await_subscription (card, NEW, OLD, 5000, &seen, &error));
  g_assert_true (seen);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 800 * 1000);
  g_assert_true (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_cmpuint (peer->event_slot, ==, 2);
  g_assert_true (esim_card_reset (card, ESIM_CARD_RESET_MODEM, &error));
  g_assert_cmpuint (peer->modes[4], ==, 1);
}

static gboolean
plug_later (gpointer data)
{
  qrtr_bus_plug ();
  return G_SOURCE_REMOVE;
}

/* One that is just starting. */
static void
test_late_node (void)
{
  g_autoptr (BusPeer) peer = start ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ShutCard) card = NULL;

  g_timeout_add (300, plug_later, NULL);
  card = open_node (QRTR_BUS_NODE, &error);
  g_assert_no_error (error);
  (void) qmi_fixture_open_channel (card);
}

static void
check_gone (void (*leave) (void))
{
  g_autoptr (BusPeer) peer = start ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ShutCard) card = NULL;
  guint gone = 0;

  qrtr_bus_plug ();
  card = open_node (QRTR_BUS_NODE, &error);
  g_assert_no_error (error);
  g_signal_connect (card, "gone", G_CALLBACK (qmi_fixture_count), &gone);
  leave ();
  qmi_fixture_wait_for (&gone, 2000);
  g_assert_cmpuint (gone, ==, 1);
  g_assert_true (esim_card_is_gone (card));
  error = qmi_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED);
}

static void
test_node_leaves (void)
{
  check_gone (qrtr_bus_unplug);
}

static void
test_service_leaves (void)
{
  check_gone (qrtr_bus_drop_card_service);
}

static void
test_silence (void)
{
  g_autoptr (BusPeer) peer = start ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ShutCard) card = NULL;
  guint channel;

  qrtr_bus_plug ();
  card = open_node (QRTR_BUS_NODE, &error);
  g_assert_no_error (error);
  channel = qmi_fixture_open_channel (card);
  peer->fault = QMI_PEER_SILENT;
  error = qmi_fixture_fail_transmit (card, channel, NULL);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qmi-qrtr/no-bus", test_no_bus);
  g_test_add_func ("/qmi-qrtr/no-node", test_no_node);
  g_test_add_func ("/qmi-qrtr/no-card-service", test_no_card_service);
  g_test_add_func ("/qmi-qrtr/card", test_card);
  g_test_add_func ("/qmi-qrtr/late-node", test_late_node);
  g_test_add_func ("/qmi-qrtr/node-leaves", test_node_leaves);
  g_test_add_func ("/qmi-qrtr/service-leaves", test_service_leaves);
  g_test_add_func ("/qmi-qrtr/silence", test_silence);
  return g_test_run ();
}
