/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verbs that cut the network, ActivateSlot above all: what they ask, and what they leave when they fail. */
#include "esim-error.h"
#include "esim-verbs.h"
#include "host-fixture.h"
#include "machine-fixture.h"

#define PORT "/dev/cdc-wdm0"
#define ENABLED_OK "BF31038001009000"
#define DISABLED_OK "BF32038001009000"

static const char *const enabled[] = {PROFILE (AID, "01", ""), NULL};
static const char *const disabled[] = {PROFILE (AID, "00", ""), NULL};

typedef struct {
  Machine machine;
  FakeCard *first; /* in the slot that is used */
  FakeCard *second;
  EsimOperation *operation;
} Fixture;

static GPtrArray *
tell (guint active, EsimCardSlotContent first)
{
  GPtrArray *slots = esim_card_slots_new ();

  g_ptr_array_add (slots, esim_card_slot_new (1, active == 1, first, NULL));
  g_ptr_array_add (slots, esim_card_slot_new (2, active == 2, ESIM_CARD_SLOT_UNKNOWN, NULL));
  return slots;
}

/* Two slots; the second is not used. @data: the profiles of the card in the first one; NULL: a physical SIM
 */
static void
set_up (Fixture *f, gconstpointer data)
{
  machine_set_up (&f->machine, NULL);
  machine_set_shared (TRUE);
  f->first = data != NULL ? machine_plug_card (PORT, 0, EID, data) : machine_plug (PORT, 0);
  if (data == NULL)
    fake_card_set_open_failure (f->first, ESIM_ERROR_NOT_SUPPORTED);
  fake_card_set_slot (f->first, 1);
  fake_card_set_slots (f->first, tell (1, data != NULL ? ESIM_CARD_SLOT_EUICC : ESIM_CARD_SLOT_UICC));
  f->second = machine_plug (PORT, 2);
  fake_card_set_slots (f->second, tell (1, ESIM_CARD_SLOT_EUICC));
  fake_card_set_inactive (f->second, TRUE);
  esim_manager_add_port (f->machine.manager, PORT, "mbim", "modem");
  machine_await_euiccs (&f->machine, data != NULL ? 1 : 0, 2);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  machine_tear_down (&f->machine, NULL);
}

static gboolean
is_ended (Machine *machine, gpointer operation)
{
  return esim_operation_is_ended (operation);
}

static gboolean
is_asking (Machine *machine, gpointer operation)
{
  return esim_operation_get_question (operation) != 0;
}

static gboolean
is_silent (Machine *machine, gpointer expected)
{
  return g_str_equal (fake_keeper_get_trace (), expected);
}

/* Its session and its list, twice. */
static gboolean
is_read_again (Machine *machine, gpointer card)
{
  return fake_card_get_transmitted (card) == 4;
}

static void
finish (Fixture *f, int code)
{
  machine_spin (&f->machine, is_ended, f->operation);
  machine_settle (&f->machine);
  if (code < 0)
    g_assert_no_error (esim_operation_get_error (f->operation));
  else
    g_assert_error (esim_operation_get_error (f->operation), ESIM_ERROR, code);
}

static void
activate (Fixture *f, gboolean allowed)
{
  g_autoptr (GError) error = NULL;

  f->operation =
      esim_verb_activate_slot (f->machine.manager, machine_get_euicc (&f->machine, 2), 1000, allowed, &error);
  g_assert_no_error (error);
}

static void
answer (Fixture *f, gboolean consent)
{
  g_autoptr (GVariant) said = g_variant_ref_sink (g_variant_new_parsed ("{'consent': <%b>}", consent));
  g_autoptr (GError) error = NULL;

  machine_spin (&f->machine, is_asking, f->operation);
  g_assert_cmpint (esim_operation_get_state (f->operation), ==, ESIM_OPERATION_WAITING);
  g_assert_true (
      esim_operation_answer (f->operation, esim_operation_get_question (f->operation), said, &error));
  g_assert_no_error (error);
}

/* The modem goes over to the second slot, and its card answers. */
static void
expect_move (Fixture *f)
{
  fake_card_expect_use_slot (f->first, 2, 1, -1);
  fake_card_set_slots (f->first, tell (2, ESIM_CARD_SLOT_EUICC));
  fake_card_set_inactive (f->second, FALSE);
  expect_session (f->second, OTHER_EID);
  expect_list (f->second, disabled);
}

/* The slot that was left is looked at, too: what is known of it stays. */
static void
test_activate (Fixture *f, gconstpointer data)
{
  expect_move (f);
  activate (f, FALSE);
  finish (f, -1);
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold release:0");
  g_assert_cmpstr (esim_euicc_get_eid (machine_get_euicc (&f->machine, 2)), ==, OTHER_EID);
  g_assert_true (esim_euicc_is_present (machine_get_euicc (&f->machine, 2)));
  machine_await_euiccs (&f->machine, 1, 2);
  g_assert_cmpint (esim_euicc_get_state (machine_get_euicc (&f->machine, 1)), ==, ESIM_EUICC_INACTIVE_SLOT);
}

static void
test_active_already (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
      esim_verb_activate_slot (f->machine.manager, machine_get_euicc (&f->machine, 1), 1000, FALSE, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
}

/* A card that cannot be read: the modem is led back. */
static void
test_unreadable (Fixture *f, gconstpointer data)
{
  fake_card_expect_use_slot (f->first, 2, 1, -1);
  fake_card_set_inactive (f->second, FALSE);
  fake_card_set_open_failure (f->second, ESIM_ERROR_CARD_REMOVED);
  fake_card_expect_use_slot (f->first, 1, 2, -1);
  expect_session (f->first, EID);
  expect_list (f->first, data);
  activate (f, TRUE);
  finish (f, ESIM_ERROR_CARD_REMOVED);
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold release:0 hold release:0");
  machine_spin (&f->machine, is_read_again, f->first);
}

/* The modem took the switch and did not come to the card in time: it uses the new slot all the same. */
static void
test_timed_out (Fixture *f, gconstpointer data)
{
  fake_card_expect_use_slot (f->first, 2, 1, ESIM_ERROR_TIMED_OUT);
  /* Opened again, and as the slot that it was: the active one is another now. */
  fake_card_expect_close_stale (f->first, -1);
  machine_replug (PORT, 0, 1);
  fake_card_expect_use_slot (f->first, 1, 2, -1);
  expect_session (f->first, EID);
  expect_list (f->first, data);
  activate (f, TRUE);
  finish (f, ESIM_ERROR_TIMED_OUT);
  machine_spin (&f->machine, is_read_again, f->first);
}

static void
test_held_by_another (Fixture *f, gconstpointer data)
{
  fake_keeper_script_hold (ESIM_ERROR_BUSY);
  activate (f, TRUE);
  finish (f, ESIM_ERROR_BUSY);
  g_assert_false (esim_operation_is_committed (f->operation));
}

/* While others are waited for, nothing has happened yet. */
static void
test_cancelled_while_held (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fake_keeper_script_hold (FAKE_KEEPER_SILENT);
  activate (f, TRUE);
  fake_keeper_await (1);
  g_assert_true (esim_operation_cancel (f->operation, &error));
  g_assert_no_error (error);
  finish (f, ESIM_ERROR_CANCELLED);
  fake_keeper_answer (-1);
  machine_spin (&f->machine, is_silent, (gpointer) "hold release:0");
}

/* What is asked */

static void
test_consent (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  activate (f, FALSE);
  expect_move (f);
  answer (f, TRUE);
  finish (f, -1);
}

static void
test_no_consent (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  activate (f, FALSE);
  answer (f, FALSE);
  finish (f, ESIM_ERROR_CONSENT_DENIED);
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "");
}

/* Nothing is enabled on the card that is left, or another way is there: nobody is asked. */
static void
test_not_asked (Fixture *f, gconstpointer data)
{
  machine_set_network (data == disabled ? ESIM_NETWORK_MODEM : ESIM_NETWORK_UNKNOWN);
  expect_move (f);
  activate (f, FALSE);
  g_assert_cmpuint (esim_operation_get_question (f->operation), ==, 0);
  finish (f, -1);
}

/* A physical SIM carries the network as well, and nobody can look into it. */
static void
test_physical_sim (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  activate (f, FALSE);
  answer (f, FALSE);
  finish (f, ESIM_ERROR_CONSENT_DENIED);
}

static void
test_cancelled_while_asked (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) said = g_variant_ref_sink (g_variant_new_parsed ("{'consent': <true>}"));
  g_autoptr (GError) error = NULL, late = NULL;
  guint question;

  machine_set_network (ESIM_NETWORK_MODEM);
  activate (f, FALSE);
  question = esim_operation_get_question (f->operation);
  g_assert_true (esim_operation_cancel (f->operation, &error));
  finish (f, ESIM_ERROR_CANCELLED);
  g_assert_false (esim_operation_answer (f->operation, question, said, &late));
  g_assert_error (late, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
}

/* The modem is taken away while its user thinks. */
static void
test_gone_while_asked (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  activate (f, FALSE);
  g_assert_cmpuint (esim_operation_get_question (f->operation), !=, 0);
  machine_unplug (PORT, 0);
  machine_unplug (PORT, 2);
  esim_manager_add_port (f->machine.manager, PORT, "mbim", "other modem");
  machine_settle (&f->machine);
  answer (f, TRUE);
  finish (f, ESIM_ERROR_CARD_REMOVED);
}

static void
disable (Fixture *f, gboolean allowed)
{
  EsimSwitchOptions options = {.enable = FALSE, .allow_disconnect = allowed};
  g_autoptr (GError) error = NULL;

  f->operation = esim_verb_switch (f->machine.manager, machine_get_euicc (&f->machine, 1), 1000, ICCID,
                                   &options, &error);
  g_assert_no_error (error);
}

/* Nobody fills the memory with questions. */
static void
test_too_many_questions (Fixture *f, gconstpointer data)
{
  EsimSwitchOptions options = {.enable = FALSE};
  g_autoptr (GError) error = NULL, other = NULL;

  machine_set_network (ESIM_NETWORK_MODEM);
  for (guint i = 0; i < 32; i++)
    disable (f, FALSE);
  g_assert_null (esim_verb_switch (f->machine.manager, machine_get_euicc (&f->machine, 1), 1000, ICCID,
                                   &options, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
  g_assert_null (
      esim_verb_activate_slot (f->machine.manager, machine_get_euicc (&f->machine, 2), 1000, FALSE, &other));
  g_assert_error (other, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
  answer (f, FALSE);
  disable (f, FALSE);
}

static void
expect_disable (Fixture *f)
{
  fake_card_expect (f->first, DISABLE ("FF"), DISABLED_OK);
  fake_card_expect_await (f->first, NULL, ICCID, TRUE, -1);
  expect_session (f->first, EID);
  expect_list (f->first, disabled);
  expect_notifications (f->first, "");
}

static void
test_disable (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  disable (f, FALSE);
  expect_disable (f);
  answer (f, TRUE);
  finish (f, -1);
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "hold release:0 verify:-");
}

static void
test_disable_allowed (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  expect_disable (f);
  disable (f, TRUE);
  finish (f, -1);
}

/* Between the call and the consent a deregistration of the same profile has begun: it comes first. */
static void
test_delete_meanwhile_deregistered (Fixture *f, gconstpointer data)
{
  EsimEuicc *euicc = machine_get_euicc (&f->machine, 1);
  EsimDeregistrationRequest request = {
      .method = "local", .reason = "", .reason_text = "", .carrier = "", .plan = "", .token = ""};
  g_autoptr (GError) error = NULL;

  machine_set_network (ESIM_NETWORK_MODEM);
  f->operation = esim_verb_delete (f->machine.manager, euicc, 1000, ICCID, TRUE, FALSE, &error);
  g_assert_no_error (error);
  expect_info (f->first);
  expect_list (f->first, enabled);
  g_assert_nonnull (esim_manager_deregister (f->machine.manager, &request, euicc, ICCID, &error));
  g_assert_no_error (error);
  answer (f, TRUE);
  finish (f, ESIM_ERROR_WRONG_STATE);
  machine_spin (&f->machine, is_read_again, f->first);
}

#define ADD_WITH(name, func, data)                                                                           \
  g_test_add ("/activate/" name, Fixture, (gconstpointer) (data), set_up, func, tear_down)
#define ADD(name, func) ADD_WITH (name, func, enabled)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* It warns of a card that goes away, as it should. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  ADD ("activate", test_activate);
  ADD ("active-already", test_active_already);
  ADD ("unreadable", test_unreadable);
  ADD ("timed-out", test_timed_out);
  ADD ("held-by-another", test_held_by_another);
  ADD ("cancelled-while-held", test_cancelled_while_held);
  ADD ("consent", test_consent);
  ADD ("no-consent", test_no_consent);
  ADD ("not-asked", test_not_asked);
  ADD_WITH ("nothing-enabled", test_not_asked, disabled);
  ADD_WITH ("physical-sim", test_physical_sim, NULL);
  ADD ("cancelled-while-asked", test_cancelled_while_asked);
  ADD ("gone-while-asked", test_gone_while_asked);
  ADD ("disable", test_disable);
  ADD ("disable-allowed", test_disable_allowed);
  ADD ("too-many-questions", test_too_many_questions);
  ADD ("delete-meanwhile-deregistered", test_delete_meanwhile_deregistered);
  return g_test_run ();
}
