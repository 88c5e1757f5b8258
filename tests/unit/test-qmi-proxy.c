/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Through the real qmi-proxy, and through the real mbim-proxy with QMI inside, in a network namespace of our
 * own: their sockets' names are one a namespace. */
#include "qmi-fixture.h"

#include <gio/gio.h>
#include <string.h>

#include "esim-error.h"
#include "esim-worker.h"
#include "folder.h"
#include "isolate.h"

static const QmiPeerStep powered[] = {{100, 2, 0xFF, OLD, NULL, QMI_STEP_CARD},
                                      {200, 1, 7, NEW, NEW, QMI_STEP_CARD | QMI_STEP_SLOTS},
                                      {.after_ms = G_MAXUINT}};

typedef struct {
  EsimQmiWay way;
  const char *proxy;
  const char *service;
} Way;

static const Way qmi = {ESIM_QMI_QMI, "/usr/libexec/qmi-proxy", "esimd-qmi-proxy.service"};
static const Way over_mbim = {ESIM_QMI_OVER_MBIM, "/usr/libexec/mbim-proxy", "esimd-mbim-proxy.service"};

static gboolean isolated;

static gboolean
can_have_proxy (const Way *way)
{
  if (isolated && g_file_test (way->proxy, G_FILE_TEST_IS_EXECUTABLE))
    return TRUE;
  g_test_skip (isolated ? "the proxy is not installed" : "this machine gives us no network namespace");
  return FALSE;
}

static EsimCard *
open_card (const Way *way, QmiPeer *peer, gboolean use_proxy, GError **error)
{
  EsimQmiOptions options = {.device = peer->path, .way = way->way, .use_proxy = use_proxy, .apdu_timeout = 2};

  return esim_qmi_card_open (&options, error);
}

static QmiPeer *
make_peer (const Way *way)
{
  QmiPeer *peer = qmi_peer_new ();

  peer->over_mbim = way->way == ESIM_QMI_OVER_MBIM;
  return peer;
}

static void
test_no_proxy (gconstpointer data)
{
  const Way *way = data;
  g_autoptr (QmiPeer) peer = NULL;
  g_autoptr (GError) error = NULL;

  if (!can_have_proxy (way))
    return;
  peer = make_peer (way);
  for (guint i = 0; i < 2; i++) { /* the second time shows that the first has not started one */
    gint64 begin = g_get_monotonic_time ();

    g_assert_null (open_card (way, peer, TRUE, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
    g_assert_nonnull (strstr (error->message, way->service));
    g_assert_cmpint (g_get_monotonic_time () - begin, >=, 4 * G_USEC_PER_SEC);
    g_assert_cmpint (g_get_monotonic_time () - begin, <, 7 * G_USEC_PER_SEC);
    g_clear_error (&error);
  }
}

typedef struct {
  const Way *way;
  GSubprocess *process;
} Proxy;

static gboolean
start_proxy (gpointer data)
{
  Proxy *proxy = data;

  proxy->process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, proxy->way->proxy, "--no-exit", NULL);
  g_assert_nonnull (proxy->process);
  return G_SOURCE_REMOVE;
}

static void
stop_proxy (Proxy *proxy)
{
  if (proxy->process == NULL)
    return;
  g_subprocess_force_exit (proxy->process);
  (void) g_subprocess_wait (proxy->process, NULL, NULL);
  g_clear_object (&proxy->process);
}

/* A card's work, and what the other one hears of it. */
static void
work (QmiPeer *peer, EsimCard *card, EsimCard *other)
{
  g_autoptr (GByteArray) response = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint changed = 0, channel = qmi_fixture_open_channel (card);
  guint16 word = 0;
  gboolean seen = FALSE;

  if (other != NULL)
    g_signal_connect (other, "changed", G_CALLBACK (qmi_fixture_count), &changed);
  peer->answer_size = 254;
  g_assert_true (esim_card_transmit (card, channel, qmi_fixture_command, sizeof qmi_fixture_command, response,
                                     &word, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (response->len, ==, 254);
  qmi_peer_walk (peer, powered);
  g_assert_true (esim_card_await_subscription (card, NEW, OLD, 5000, &seen, &error));
  g_assert_no_error (error);
  g_assert_true (seen);
  if (other == NULL)
    return;
  qmi_fixture_wait_for (&changed, 2000);
  g_assert_cmpuint (changed, >=, 1);
  g_signal_handlers_disconnect_by_data (other, &changed);
}

/* A proxy that comes while it is waited for, shared by two. */
static void
test_proxy (gconstpointer data)
{
  const Way *way = data;
  Proxy proxy = {way, NULL};
  g_autoptr (QmiPeer) peer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShutCard) card = NULL;
  g_autoptr (ShutCard) other = NULL;
  guint gone = 0;

  if (!can_have_proxy (way))
    return;
  peer = make_peer (way);
  g_timeout_add (300, start_proxy, &proxy);
  card = open_card (way, peer, TRUE, &error);
  g_assert_no_error (error);
  other = open_card (way, peer, TRUE, &error);
  g_assert_no_error (error);
  work (peer, card, other);
  g_assert_cmpuint (peer->allocated, ==, 2);
  g_clear_pointer (&other, qmi_fixture_shut);
  g_assert_cmpuint (peer->released, ==, 1);
  g_signal_connect (card, "gone", G_CALLBACK (qmi_fixture_count), &gone);
  if (way->way == ESIM_QMI_QMI)
    qmi_fixture_expect_hang_up ();
  stop_proxy (&proxy);
  qmi_fixture_wait_for (&gone, 2000);
  if (way->way == ESIM_QMI_QMI)
    g_test_assert_expected_messages ();
  g_assert_cmpuint (gone, ==, 1);
}

/* Our end, as a kill makes it: the proxy keeps our client, and our next life gives it back. */
static void
test_client_given_back (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *record = g_build_filename (folder, "record", NULL);
  Proxy proxy = {&qmi, NULL};
  g_autoptr (QmiPeer) peer = NULL;
  EsimQmiOptions options = {.use_proxy = TRUE, .record = record};

  if (!can_have_proxy (&qmi))
    return;
  peer = make_peer (&qmi);
  options.device = peer->path;
  (void) start_proxy (&proxy);
  for (guint i = 0; i < 2; i++) {
    EsimCard *card = esim_qmi_card_open (&options, NULL);

    g_assert_nonnull (card);
    g_assert_cmpuint (peer->allocated, ==, i + 1);
    g_assert_cmpuint (peer->released, ==, i);
    g_object_unref (card);
  }
  stop_proxy (&proxy);
}

static void
test_without_proxy (void)
{
  g_autoptr (QmiPeer) peer = make_peer (&over_mbim);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShutCard) card = open_card (&over_mbim, peer, FALSE, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, OLD);
  work (peer, card, NULL);
}

int
main (int argc, char **argv)
{
  isolated = isolate ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qmi-proxy/over-mbim/without-proxy", test_without_proxy);
  g_test_add_data_func ("/qmi-proxy/qmi/no-proxy", &qmi, test_no_proxy);
  g_test_add_data_func ("/qmi-proxy/qmi/proxy", &qmi, test_proxy);
  g_test_add_func ("/qmi-proxy/qmi/client-given-back", test_client_given_back);
  g_test_add_data_func ("/qmi-proxy/over-mbim/no-proxy", &over_mbim, test_no_proxy);
  g_test_add_data_func ("/qmi-proxy/over-mbim/proxy", &over_mbim, test_proxy);
  return g_test_run ();
}
