/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qmi-fixture.h"

#include <string.h>

#include "esim-error.h"
#include "esim-worker.h"

#define EID "89049032123451234512345678901235"

/* Slot 1 has an eUICC, slot 2 a SIM, slot 3 nothing. */
static QmiPeer *
make_peer (guint active)
{
  QmiPeer *peer = qmi_peer_new ();

  peer->slots = 3;
  peer->active_slot = active;
  peer->slot[0] = (QmiPeerSlot){.card = 2, .iccid = OLD, .is_euicc = TRUE, .eid = EID};
  peer->slot[1] = (QmiPeerSlot){.card = 2, .iccid = NEW};
  peer->slot[2] = (QmiPeerSlot){.card = 1};
  peer->switch_ms = 200;
  return peer;
}

static void
test_find (void)
{
  for (guint slot = 0; slot <= 4; slot++) {
    g_autoptr (QmiPeer) peer = make_peer (0);
    g_autoptr (GError) error = NULL;
    g_autoptr (ShutCard) card = qmi_fixture_try_open (peer, slot, &error);

    if (slot == 4) {
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
      g_assert_cmpuint (peer->released, ==, 1);
      continue;
    }
    g_assert_no_error (error);
    g_assert_cmpuint (esim_card_get_slot (card), ==, slot == 0 ? 1 : slot);
    g_assert_cmpint (esim_qmi_card_get_slot_state (card), ==,
                     slot == 2   ? ESIM_QMI_SLOT_INACTIVE
                     : slot == 3 ? ESIM_QMI_SLOT_ABSENT
                                 : ESIM_QMI_SLOT_ACTIVE);
    g_assert_cmpuint (peer->switches, ==, 0);
  }
}

static void
test_inactive (void)
{
  g_autoptr (QmiPeer) peer = make_peer (0);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShutCard) card = qmi_fixture_try_open (peer, 2, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, NEW);
  error = qmi_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_clear_error (&error);
  g_assert_false (esim_card_reset (card, ESIM_CARD_RESET_CARD, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_assert_cmpuint (peer->opens + peer->power_offs, ==, 0);
  peer->active_slot = 1; /* somebody switched */
  (void) qmi_fixture_open_channel (card);
}

static void
check_slot (GPtrArray *slots, guint index, gboolean active, EsimCardSlotContent content, const char *eid)
{
  const EsimCardSlot *slot = g_ptr_array_index (slots, index);

  g_assert_cmpuint (slot->number, ==, index + 1);
  g_assert_cmpint (slot->active, ==, active);
  g_assert_cmpint (slot->content, ==, content);
  g_assert_cmpstr (slot->eid, ==, eid);
}

static void
test_list (void)
{
  g_autoptr (QmiPeer) peer = make_peer (1);
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) slots = esim_card_list_slots (card, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (slots->len, ==, 3);
  check_slot (slots, 0, FALSE, ESIM_CARD_SLOT_EUICC, EID);
  check_slot (slots, 1, TRUE, ESIM_CARD_SLOT_UICC, NULL);
  check_slot (slots, 2, FALSE, ESIM_CARD_SLOT_EMPTY, NULL);
  g_assert_cmpuint (peer->switches, ==, 0);
}

/* What is said besides the slots' state is not needed, and modems have it wrong. */
static void
test_list_without_information (void)
{
  g_autoptr (QmiPeer) peer = make_peer (0);
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GPtrArray) slots = NULL;

  peer->information_cut = 5;
  peer->slot[0].eid = "89049032123451234512345678901236"; /* its check digits are wrong */
  peer->slot[1].card = 0;
  slots = esim_card_list_slots (card, NULL);
  g_assert_nonnull (slots);
  check_slot (slots, 0, TRUE, ESIM_CARD_SLOT_EUICC, NULL);
  check_slot (slots, 1, FALSE, ESIM_CARD_SLOT_UNKNOWN, NULL);
  g_clear_pointer (&slots, g_ptr_array_unref);
  peer->information_cut = 31; /* not even the first one */
  slots = esim_card_list_slots (card, NULL);
  g_assert_nonnull (slots);
  check_slot (slots, 0, TRUE, ESIM_CARD_SLOT_CARD, NULL);
}

/* Modems without the message have one slot. */
static void
test_list_without_slots (void)
{
  static const guint16 missing[] = {71, 94, 25};

  for (guint i = 0; i < G_N_ELEMENTS (missing); i++) {
    g_autoptr (QmiPeer) peer = qmi_peer_new ();
    g_autoptr (ShutCard) card = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) slots = NULL;
    guint previous = 0;

    peer->refuse[0x47] = missing[i];
    card = qmi_fixture_open (peer);
    g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, OLD);
    slots = esim_card_list_slots (card, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (slots->len, ==, 1);
    check_slot (slots, 0, TRUE, ESIM_CARD_SLOT_CARD, NULL);
    g_assert_true (esim_card_use_slot (card, 1, 1000, &previous, &error));
    g_assert_cmpuint (previous, ==, 1);
    g_assert_false (esim_card_use_slot (card, 2, 1000, &previous, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  }
}

/* An answer that cannot be read, or another refusal, is no modem of one slot. */
static void
test_slots_refused (void)
{
  g_autoptr (QmiPeer) peer = make_peer (0);
  g_autoptr (GError) error = NULL;

  peer->refuse[0x47] = 3;
  g_assert_null (qmi_fixture_try_open (peer, 0, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_clear_error (&error);
  peer->refuse[0x47] = 0;
  peer->slots = 1;
  peer->answers_no_slots = TRUE;
  g_assert_null (qmi_fixture_try_open (peer, 0, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
}

static void
test_switch (void)
{
  g_autoptr (QmiPeer) peer = make_peer (0);
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  guint previous = 0, news = 0;

  g_signal_connect (card, "changed", G_CALLBACK (qmi_fixture_count), &news);
  g_signal_connect (card, "reset", G_CALLBACK (qmi_fixture_count), &news);
  g_assert_true (esim_card_use_slot (card, 2, 5000, &previous, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (previous, ==, 1);
  g_assert_cmpuint (peer->active_slot, ==, 1);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 200 * 1000);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 800 * 1000);
  /* This one is still of slot 1. */
  g_assert_cmpuint (esim_card_get_slot (card), ==, 1);
  g_assert_cmpint (esim_qmi_card_get_slot_state (card), ==, ESIM_QMI_SLOT_INACTIVE);
  error = qmi_fixture_fail_open_channel (card);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_clear_error (&error);
  /* And back. */
  g_assert_true (esim_card_use_slot (card, previous, 5000, &previous, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (previous, ==, 2);
  g_assert_cmpstr (esim_qmi_card_get_iccid (card), ==, OLD);
  (void) qmi_fixture_open_channel (card);
  g_assert_cmpuint (peer->event_slot, ==, 1);
  g_assert_true (esim_card_use_slot (card, 1, 5000, &previous, &error));
  g_assert_cmpuint (previous, ==, 1);
  g_assert_cmpuint (peer->switches, ==, 2);
  g_assert_cmpuint (news, ==, 0);
}

static void
test_switch_failures (void)
{
  g_autoptr (QmiPeer) peer = make_peer (0);
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  gint64 begin;
  guint previous = 0;

  g_assert_false (esim_card_use_slot (card, 9, 5000, &previous, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  peer->refuse[0x46] = 94;
  g_assert_false (esim_card_use_slot (card, 2, 5000, &previous, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  peer->refuse[0x46] = 0;
  peer->switch_ms = 60000; /* it never comes to the card */
  begin = g_get_monotonic_time ();
  g_assert_false (esim_card_use_slot (card, 2, 1000, &previous, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
  g_assert_cmpuint (previous, ==, 1); /* to be gone back to */
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 1500 * 1000);
}

/* To a slot without a card: nothing is there to wait for. */
static void
test_switch_to_empty (void)
{
  g_autoptr (QmiPeer) peer = make_peer (0);
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_card_use_slot (card, 3, 5000, NULL, &error));
  g_assert_no_error (error);
}

/* Another program switched. */
static void
test_switched_by_another (void)
{
  static const QmiPeerStep told[] = {{0, 1, 7, NEW, NEW, QMI_STEP_SLOTS}, {.after_ms = G_MAXUINT}};
  g_autoptr (QmiPeer) peer = make_peer (0);
  g_autoptr (ShutCard) card = qmi_fixture_open (peer);
  guint changed = 0;

  g_signal_connect (card, "changed", G_CALLBACK (qmi_fixture_count), &changed);
  g_mutex_lock (&peer->lock);
  peer->active_slot = 1;
  g_mutex_unlock (&peer->lock);
  qmi_peer_walk (peer, told);
  qmi_fixture_wait_for (&changed, 2000);
  g_assert_cmpuint (changed, ==, 1);
  g_assert_cmpint (esim_qmi_card_get_slot_state (card), ==, ESIM_QMI_SLOT_INACTIVE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qmi-slots/find", test_find);
  g_test_add_func ("/qmi-slots/inactive", test_inactive);
  g_test_add_func ("/qmi-slots/list", test_list);
  g_test_add_func ("/qmi-slots/list-without-information", test_list_without_information);
  g_test_add_func ("/qmi-slots/list-without-slots", test_list_without_slots);
  g_test_add_func ("/qmi-slots/refused", test_slots_refused);
  g_test_add_func ("/qmi-slots/switch", test_switch);
  g_test_add_func ("/qmi-slots/switch-failures", test_switch_failures);
  g_test_add_func ("/qmi-slots/switch-to-empty", test_switch_to_empty);
  g_test_add_func ("/qmi-slots/switched-by-another", test_switched_by_another);
  return g_test_run ();
}
