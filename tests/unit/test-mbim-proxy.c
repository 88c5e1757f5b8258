/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Through the real mbim-proxy, in a network namespace of our own: its socket's name is one a namespace. */
#include "isolate.h"
#include "mbim-fixture.h"

#include <gio/gio.h>
#include <string.h>

#include "esim-error.h"
#include "esim-worker.h"

#define PROXY "/usr/libexec/mbim-proxy"

static const PeerStep zero_one[] = {{100, 0, "", TRUE}, {100, 1, NEW, TRUE}, {0, G_MAXUINT}};

static gboolean isolated;

static gboolean
can_have_proxy (void)
{
  if (isolated && g_file_test (PROXY, G_FILE_TEST_IS_EXECUTABLE))
    return TRUE;
  g_test_skip (isolated ? PROXY " is not installed" : "this machine gives us no network namespace");
  return FALSE;
}

static EsimCard *
open_through_proxy (MbimPeer *peer, GError **error)
{
  EsimMbimOptions options = {.device = peer->path, .use_proxy = TRUE, .select_p2 = -1, .apdu_timeout = 2};

  return esim_mbim_card_open (&options, error);
}

static void
test_no_proxy (void)
{
  g_autoptr (MbimPeer) peer = NULL;
  g_autoptr (GError) error = NULL;

  if (!can_have_proxy ())
    return;
  peer = mbim_peer_new ();
  for (guint i = 0; i < 2; i++) { /* the second time shows that the first has not started one */
    gint64 begin = g_get_monotonic_time ();

    g_assert_null (open_through_proxy (peer, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
    g_assert_nonnull (strstr (error->message, "esimd-mbim-proxy.service"));
    g_assert_cmpint (g_get_monotonic_time () - begin, >=, 4 * G_USEC_PER_SEC);
    g_assert_cmpint (g_get_monotonic_time () - begin, <, 7 * G_USEC_PER_SEC);
    g_clear_error (&error);
  }
}

static gboolean
start_proxy (gpointer data)
{
  GSubprocess **proxy = data;

  *proxy = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, PROXY, "--no-exit", NULL);
  g_assert_nonnull (*proxy);
  return G_SOURCE_REMOVE;
}

/* A proxy that comes while it is waited for, shared by two. */
static void
test_proxy (void)
{
  g_autoptr (MbimPeer) peer = NULL;
  g_autoptr (GSubprocess) proxy = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShutCard) card = NULL;
  g_autoptr (ShutCard) other = NULL;
  g_autoptr (GByteArray) response = g_byte_array_new ();
  guint changed = 0, gone = 0, channel;
  guint16 word = 0;
  gboolean seen = FALSE;

  if (!can_have_proxy ())
    return;
  peer = mbim_peer_new ();
  peer->slots = 1;
  peer->slot_states[0] = 7;
  g_timeout_add (300, start_proxy, &proxy);
  card = open_through_proxy (peer, &error);
  g_assert_no_error (error);
  other = open_through_proxy (peer, &error);
  g_assert_no_error (error);
  g_signal_connect (other, "changed", G_CALLBACK (mbim_fixture_count), &changed);
  g_signal_connect (card, "gone", G_CALLBACK (mbim_fixture_count), &gone);
  channel = mbim_fixture_open_channel (card);
  peer->answer_size = 20000;
  g_assert_true (esim_card_transmit (card, channel, mbim_fixture_command, sizeof mbim_fixture_command,
                                     response, &word, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (response->len, ==, 20000);
  mbim_peer_walk (peer, zero_one);
  g_assert_true (esim_card_await_subscription (card, NEW, OLD, 5000, &seen, &error));
  g_assert_true (seen);
  esim_wait_sleep (100);
  g_assert_cmpuint (changed, ==, 1);
  mbim_peer_indicate_slot (peer, 0, 3); /* comes only to who subscribed to it */
  esim_wait_sleep (200);
  g_assert_cmpuint (changed, ==, 2);
  g_subprocess_force_exit (proxy);
  esim_wait_sleep (300);
  g_assert_cmpuint (gone, ==, 1);
}

int
main (int argc, char **argv)
{
  isolated = isolate ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mbim-proxy/no-proxy", test_no_proxy);
  g_test_add_func ("/mbim-proxy/proxy", test_proxy);
  return g_test_run ();
}
