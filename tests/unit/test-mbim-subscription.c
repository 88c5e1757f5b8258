/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mbim-fixture.h"

#include "esim-error.h"
#include "esim-worker.h"

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
    g_autoptr (ShutCard) card = mbim_fixture_try_open (peer, slot, &error);

    if (slot == 4) {
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
      continue;
    }
    g_assert_no_error (error);
    g_assert_cmpuint (esim_card_get_slot (card), ==, slot == 0 ? 2 : slot);
    g_assert_cmpint (esim_mbim_card_get_slot_state (card), ==,
                     slot == 1   ? ESIM_MBIM_SLOT_INACTIVE
                     : slot == 3 ? ESIM_MBIM_SLOT_ABSENT
                                 : ESIM_MBIM_SLOT_ACTIVE);
    if (slot == 1) {
      error = mbim_fixture_fail_open_channel (card);
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
      g_clear_error (&error);
      g_assert_cmpuint (peer->opens, ==, 0);
      peer->active_slot = 0; /* somebody switched */
      (void) mbim_fixture_open_channel (card);
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
  card = mbim_fixture_open (peer);
  g_assert_cmpuint (esim_card_get_slot (card), ==, 2);
  g_assert_cmpint (esim_mbim_card_get_slot_state (card), ==, ESIM_MBIM_SLOT_ACTIVE);
  single->ready = 2;
  single->iccid[0] = '\0';
  other = mbim_fixture_open (single);
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
    card = mbim_fixture_open (peer);
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
  } cases[] = {{zero_one, NEW, 1, 200, 900},          {seven_zero_one, NEW, 1, 250, 900},
               {silent, NEW, 1, 150, 3000},           {zero_seven, NULL, 7, 200, 900},
               {seven_zero_seven, NULL, 7, 350, 900}, {silent_none, NULL, 7, 150, 4000},
               {same_again, OLD, 1, 400, 1000}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (MbimPeer) peer = mbim_peer_new ();
    g_autoptr (ShutCard) card = mbim_fixture_open (peer);
    g_autoptr (GError) error = NULL;
    gint64 begin = g_get_monotonic_time ();
    gboolean seen = FALSE;
    guint changed = 0, took;

    g_signal_connect (card, "changed", G_CALLBACK (mbim_fixture_count), &changed);
    mbim_peer_walk (peer, cases[i].steps);
    g_assert_true (esim_card_await_subscription (card, cases[i].expected, OLD, 5000, &seen, &error));
    g_assert_no_error (error);
    took = (guint) ((g_get_monotonic_time () - begin) / 1000);
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
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
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
  card = mbim_fixture_open (peer);
  g_signal_connect (card, "changed", G_CALLBACK (mbim_fixture_count), &changed);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mbim-subscription/slots", test_slots);
  g_test_add_func ("/mbim-subscription/slots-without-mapping", test_slots_without_mapping);
  g_test_add_func ("/mbim-subscription/iccid-forms", test_iccid_forms);
  g_test_add_func ("/mbim-subscription/await", test_await);
  g_test_add_func ("/mbim-subscription/await-in-vain", test_await_in_vain);
  g_test_add_func ("/mbim-subscription/changed", test_changed);
  return g_test_run ();
}
