/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qmi-fixture.h"

#include "esim-error.h"
#include "esim-worker.h"

#define CARD QMI_STEP_CARD
#define SLOTS QMI_STEP_SLOTS
#define REFRESH QMI_STEP_REFRESH
#define NO_APPLICATION 0xFF

enum { ABSENT = 0, PRESENT = 1, DOWN = 2 };
enum { DETECTED = 1, READY = 7 };

#define END                                                                                                  \
  {                                                                                                          \
    .after_ms = G_MAXUINT                                                                                    \
  }

/* What modems do after a profile was enabled. */
static const QmiPeerStep silent[] = {{150, PRESENT, READY, NEW, NEW, 0}, END};
static const QmiPeerStep slots_only[] = {{300, PRESENT, READY, NEW, NEW, SLOTS}, END};
static const QmiPeerStep removed[] = {{100, ABSENT, NO_APPLICATION, NULL, NULL, CARD | SLOTS},
                                      {100, PRESENT, NO_APPLICATION, NULL, NULL, CARD | SLOTS},
                                      {100, PRESENT, DETECTED, NEW, NEW, CARD},
                                      {200, PRESENT, READY, NEW, NEW, CARD | SLOTS},
                                      END};
static const QmiPeerStep powered[] = {{100, DOWN, NO_APPLICATION, OLD, NULL, CARD},
                                      {100, PRESENT, DETECTED, OLD, NEW, CARD},
                                      {200, PRESENT, READY, NEW, NEW, CARD},
                                      END};
static const QmiPeerStep refreshed[] = {
    {100, PRESENT, READY, OLD, OLD, REFRESH, 1, 0}, {300, PRESENT, READY, NEW, NEW, REFRESH, 2, 0}, END};
/* The slot's status stays as it was; the card's file is another. */
static const QmiPeerStep stale_slot[] = {
    {100, PRESENT, READY, OLD, OLD, REFRESH, 1, 0}, {300, PRESENT, READY, OLD, NEW, REFRESH, 2, 0}, END};
/* One that takes its time, and has the ICCID before it is done with the card. */
static const QmiPeerStep slow[] = {{100, DOWN, NO_APPLICATION, NULL, NULL, CARD},
                                   {100, PRESENT, NO_APPLICATION, NEW, NEW, CARD | SLOTS},
                                   {600, PRESENT, DETECTED, NEW, NEW, CARD},
                                   {2400, PRESENT, READY, NEW, NEW, CARD},
                                   END};
static const QmiPeerStep same_again[] = {
    {200, DOWN, NO_APPLICATION, NULL, NULL, CARD}, {200, PRESENT, READY, OLD, OLD, CARD | SLOTS}, END};

/* And after the last one was disabled. */
static const QmiPeerStep none_powered[] = {{100, DOWN, NO_APPLICATION, NULL, NULL, CARD | SLOTS},
                                           {200, PRESENT, NO_APPLICATION, NULL, NULL, CARD | SLOTS},
                                           END};
static const QmiPeerStep none_silent[] = {{150, PRESENT, NO_APPLICATION, NULL, NULL, 0}, END};
static const QmiPeerStep none_absent[] = {{100, ABSENT, NO_APPLICATION, NULL, NULL, CARD | SLOTS}, END};

typedef struct {
  const char *name;
  const QmiPeerStep *steps;
  const char *expected;
  gboolean without_slots;
  guint at_least, at_most; /* ms */
} AwaitCase;

/* at_most of what is indicated: the last step's time, and half a second. */
static const AwaitCase await_cases[] = {
    {"silent", silent, NEW, FALSE, 150, 2500},
    {"silent without slots", silent, NEW, TRUE, 150, 2500},
    {"slots only", slots_only, NEW, FALSE, 300, 800},
    {"removed", removed, NEW, FALSE, 500, 1000},
    {"removed without slots", removed, NEW, TRUE, 500, 1000},
    {"powered", powered, NEW, FALSE, 400, 900},
    {"powered without slots", powered, NEW, TRUE, 400, 900},
    {"refreshed", refreshed, NEW, FALSE, 400, 900},
    {"refreshed without slots", refreshed, NEW, TRUE, 400, 900},
    {"stale slot", stale_slot, NEW, FALSE, 400, 900},
    {"slow", slow, NEW, FALSE, 3200, 3700},
    {"slow without slots", slow, NEW, TRUE, 3200, 3700},
    {"same again", same_again, OLD, FALSE, 400, 900},
    {"none, powered", none_powered, NULL, FALSE, 300, 800},
    {"none, powered, without slots", none_powered, NULL, TRUE, 300, 800},
    {"none, silent", none_silent, NULL, FALSE, 150, 3500},
    {"none, absent", none_absent, NULL, FALSE, 2000, 3000},
};

static void
test_await (gconstpointer data)
{
  const AwaitCase *of = data;
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin;
  gboolean seen = FALSE;
  guint news = 0, took;

  if (of->without_slots)
    peer->slots = 0;
  card = qmi_fixture_open (peer);
  g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, OLD);
  g_signal_connect (card, "changed", G_CALLBACK (qmi_fixture_count), &news);
  g_signal_connect (card, "reset", G_CALLBACK (qmi_fixture_count), &news);
  begin = g_get_monotonic_time ();
  qmi_peer_walk (peer, of->steps);
  g_assert_true (esim_card_await_subscription (card, of->expected, OLD, 8000, &seen, &error));
  g_assert_no_error (error);
  took = (guint) ((g_get_monotonic_time () - begin) / 1000);
  g_test_message ("%u ms", took);
  g_assert_true (seen);
  g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, of->expected);
  g_mutex_lock (&peer->lock);
  g_assert_null (peer->steps); /* it was the last one that ended it */
  g_mutex_unlock (&peer->lock);
  g_assert_cmpuint (took, >=, of->at_least);
  g_assert_cmpuint (took, <=, of->at_most);
  g_assert_cmpuint (news, ==, 0);
}

/* A modem at work leaves a question unanswered, and says by itself when it is done. */
static void
test_await_interrupts_question (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  gboolean seen = FALSE;

  peer->silent[0x47] = TRUE;
  qmi_peer_walk (peer, slots_only);
  g_assert_true (esim_card_await_subscription (card, NEW, OLD, 8000, &seen, &error));
  g_assert_no_error (error);
  g_assert_true (seen);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 800 * 1000);
}

static gboolean
let_in (gpointer peer)
{
  ((QmiPeer *) peer)->refuse[0x41] = 0;
  return G_SOURCE_REMOVE;
}

/* A card of which nothing is known yet looks like one without a profile, but that nobody is let to it. */
static void
test_await_none_slowly (void)
{
  static const QmiPeerStep blank[] = {{100, PRESENT, NO_APPLICATION, NULL, NULL, CARD | SLOTS},
                                      {900, PRESENT, NO_APPLICATION, NULL, NULL, CARD},
                                      END};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  gboolean seen = FALSE;

  peer->refuse[0x41] = 52;
  g_timeout_add (1000, let_in, peer);
  qmi_peer_walk (peer, blank);
  g_assert_true (esim_card_await_subscription (card, NULL, OLD, 8000, &seen, &error));
  g_assert_no_error (error);
  g_assert_true (seen);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 1000 * 1000);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 1500 * 1000);
}

/* A modem that has no session with the card, before or after. */
static void
test_await_sessionless (void)
{
  static const QmiPeerStep another[] = {{100, PRESENT, DETECTED, NEW, NEW, CARD | SLOTS}, END};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = NULL;
  g_autoptr (GError) error = NULL;
  gboolean seen = FALSE;

  peer->application = DETECTED;
  card = qmi_fixture_open (peer);
  qmi_peer_walk (peer, another);
  g_assert_true (esim_card_await_subscription (card, NEW, OLD, 5000, &seen, &error));
  g_assert_no_error (error);
  g_assert_true (seen);
}

static void
test_await_in_vain (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
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
  /* Channels are dead after it. */
  g_assert_cmpuint (peer->closes, ==, 0);
}

/* The modem waits for its clients where a REFRESH leaves the card as it is. */
static void
test_refresh_complete (void)
{
  static const QmiPeerStep reset[] = {{0, PRESENT, READY, OLD, OLD, REFRESH, 1, 0}, END};
  static const QmiPeerStep files[] = {{0, PRESENT, READY, OLD, OLD, REFRESH, 1, 3}, END};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  guint resets = 0;

  g_signal_connect (card, "reset", G_CALLBACK (qmi_fixture_count), &resets);
  qmi_peer_walk (peer, files);
  esim_wait_sleep (200);
  g_assert_cmpuint (peer->completes, ==, 1);
  g_assert_cmpuint (resets, ==, 0);
  qmi_peer_walk (peer, reset);
  qmi_fixture_wait_for (&resets, 2000);
  g_assert_cmpuint (resets, ==, 1);
  g_assert_cmpuint (peer->completes, ==, 1);
}

/* Firmware that cannot be asked for all events, or for all files. */
static void
test_registration (void)
{
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = NULL;
  gint64 begin = g_get_monotonic_time ();

  peer->refuse[0x44] = 71;
  peer->refuse[0x2E] = 48;
  card = qmi_fixture_open (peer);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 2 * G_USEC_PER_SEC);
  g_assert_nonnull (peer->last[0x2A]);
  g_assert_true (peer->refresh_registered);
  g_assert_cmphex (peer->event_mask, ==, 0);
}

static void
test_changed (void)
{
  static const QmiPeerStep gone[] = {{0, ABSENT, NO_APPLICATION, NULL, NULL, CARD | SLOTS}, END};
  static const QmiPeerStep back[] = {{0, PRESENT, READY, NEW, NEW, CARD | SLOTS}, END};

  for (guint slots = 0; slots <= 1; slots++) {
    g_autoptr (QmiPeer) peer = qmi_peer_new ();
    g_autoptr (ShutCard) card = NULL;
    guint changed = 0, resets = 0;

    peer->slots = slots;
    card = qmi_fixture_open (peer);
    g_signal_connect (card, "changed", G_CALLBACK (qmi_fixture_count), &changed);
    g_signal_connect (card, "reset", G_CALLBACK (qmi_fixture_count), &resets);
    /* The same card, read again: channels are dead, and nothing is another. */
    qmi_peer_walk (peer, same_again);
    qmi_fixture_wait_for (&resets, 2000);
    esim_wait_sleep (500);
    g_assert_cmpuint (resets, ==, 1);
    g_assert_cmpuint (changed, ==, 0);
    qmi_peer_walk (peer, powered);
    qmi_fixture_wait_for (&changed, 2000);
    esim_wait_sleep (200);
    g_assert_cmpuint (changed, ==, 1);
    g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, NEW);
    changed = 0;
    qmi_peer_walk (peer, gone);
    qmi_fixture_wait_for (&changed, 2000);
    g_assert_cmpuint (changed, ==, 1);
    g_assert_cmpint (esim_qmi_card_get_slot_state (card), ==, ESIM_QMI_SLOT_ABSENT);
    changed = 0;
    qmi_peer_walk (peer, back);
    qmi_fixture_wait_for (&changed, 2000);
    esim_wait_sleep (200);
    g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, NEW);
    g_assert_cmpint (esim_qmi_card_get_slot_state (card), ==, ESIM_QMI_SLOT_ACTIVE);
  }
}

/* Indications that cannot be read change nothing. */
static void
test_garbage (void)
{
  static const guint8 noise[40] = {0xFF, 0x03, 0xFF, 0xFF, 0x07, 0xFF, 0xFF, 0xFF, 0xFF, 0x02, 0x01};
  g_autoptr (QmiPeer) peer = qmi_peer_new ();
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  guint news = 0;

  g_signal_connect (card, "changed", G_CALLBACK (qmi_fixture_count), &news);
  g_signal_connect (card, "reset", G_CALLBACK (qmi_fixture_count), &news);
  for (gsize length = 0; length <= sizeof noise; length++) {
    qmi_peer_indicate (peer, 0x48, 0x10, noise, length);
    qmi_peer_indicate (peer, 0x33, 0x10, noise + 4, MIN (length, 3));
    qmi_peer_indicate (peer, 0x32, 0x10, noise, MIN (length, 8));
    qmi_peer_indicate (peer, 0x77, 0x10, noise, length);
    qmi_peer_indicate (peer, 0x48, 0x77, noise, length);
  }
  esim_wait_sleep (300);
  g_assert_cmpuint (news, ==, 0);
  g_assert_false (esim_card_is_gone (card));
  g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, OLD);
  (void) qmi_fixture_open_channel (card);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (await_cases); i++) {
    g_autofree char *path = g_strconcat ("/qmi-watch/await/", await_cases[i].name, NULL);

    g_test_add_data_func (path, &await_cases[i], test_await);
  }
  g_test_add_func ("/qmi-watch/await-interrupts-question", test_await_interrupts_question);
  g_test_add_func ("/qmi-watch/await-none-slowly", test_await_none_slowly);
  g_test_add_func ("/qmi-watch/await-sessionless", test_await_sessionless);
  g_test_add_func ("/qmi-watch/await-in-vain", test_await_in_vain);
  g_test_add_func ("/qmi-watch/refresh-complete", test_refresh_complete);
  g_test_add_func ("/qmi-watch/registration", test_registration);
  g_test_add_func ("/qmi-watch/changed", test_changed);
  g_test_add_func ("/qmi-watch/garbage", test_garbage);
  return g_test_run ();
}
