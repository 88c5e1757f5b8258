/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host-fixture.h"
#include "machine-fixture.h"

#define MBIM "/dev/cdc-wdm0"
#define QMI "/dev/cdc-wdm1"

static const char *const profiles[] = {PROFILE (AID, "00", ""), NULL};

static void
expect_opened (const char *expected)
{
  g_autofree char *opened = machine_dup_opened ();

  g_assert_cmpstr (opened, ==, expected);
}

static void
add (Machine *machine, const char *port)
{
  esim_manager_add_port (machine->manager, port, g_str_equal (port, MBIM) ? "mbim" : "qmi", "modem");
}

/* The ports of a modem come one after another. The main thread does not wait for the worker that is just
 * opening the first, which takes the time of a modem that is starting. */
static void
test_while_looking (Machine *machine, gconstpointer data)
{
  machine_block (TRUE);
  add (machine, QMI);
  machine_await_blocked (1);
  machine_plug_card (MBIM, 0, EID, profiles);
  add (machine, MBIM);
  g_assert_cmpuint (machine->removed, ==, 0);
  machine_block (FALSE);
  machine_await_euiccs (machine, 1, 1);
  expect_opened ("qmi/" QMI ":0 mbim/" MBIM ":0 ");
}

/* What works is left alone. */
static void
test_well (Machine *machine, gconstpointer data)
{
  machine_plug_card (QMI, 0, EID, profiles);
  machine_block (TRUE);
  add (machine, QMI);
  machine_await_blocked (1);
  add (machine, MBIM);
  machine_block (FALSE);
  machine_await_euiccs (machine, 1, 1);
  machine_settle (machine);
  expect_opened ("qmi/" QMI ":0 ");
  g_assert_cmpuint (machine->removed, ==, 0);
  g_assert_cmpuint (esim_modem_config_count_ways (esim_modem_get_config (g_ptr_array_index (
                        esim_modems_get_list (esim_manager_get_modems (machine->manager)), 0))),
                    ==, 3);
}

/* MBIM lacks the commands, itself and as a tunnel's end; QMI has them. */
static void
test_other_way (Machine *machine, gconstpointer data)
{
  fake_card_set_no_way (machine_plug (MBIM, 0));
  machine_plug_card (QMI, 0, EID, profiles);
  add (machine, MBIM);
  machine_await_euiccs (machine, 0, 1);
  g_assert_cmpint (esim_euicc_get_state (machine_get_euicc (machine, 1)), ==, ESIM_EUICC_UNSUPPORTED);
  add (machine, QMI);
  machine_await_euiccs (machine, 1, 1);
  expect_opened ("mbim/" MBIM ":0 qmi-over-mbim/" MBIM ":0 mbim/" MBIM ":0 qmi/" QMI ":0 ");
  g_assert_cmpstr (esim_euicc_get_way (machine_get_euicc (machine, 1)).transport, ==, "qmi");
}

/* The port that was used goes; the modem has another. What was known of the first eUICC can be asked for as
 * long as somebody keeps it. */
static void
test_port_lost (Machine *machine, gconstpointer data)
{
  FakeCard *card = machine_plug_card (MBIM, 0, EID, profiles);
  g_autoptr (EsimEuicc) kept = NULL;

  add (machine, MBIM);
  machine_await_euiccs (machine, 1, 1);
  add (machine, QMI);
  kept = g_object_ref (machine_get_euicc (machine, 1));
  machine_plug_card_left_open (QMI, 0, EID, profiles);
  /* The end of a look is on its way when the port is given up. */
  fake_card_set_gone (card, TRUE);
  machine_unplug (MBIM, 0);
  esim_euicc_reopen (kept);
  esim_manager_remove_port (machine->manager, MBIM);
  machine_await_euiccs (machine, 1, 1);
  g_assert_true (machine_get_euicc (machine, 1) != kept);
  g_assert_cmpstr (esim_euicc_get_modem (kept)->name, ==, "modem");
  g_assert_cmpstr (esim_euicc_get_way (kept).device, ==, MBIM);
  g_assert_cmpstr (esim_euicc_get_way (machine_get_euicc (machine, 1)).device, ==, QMI);
}

/* Slots */

/* The active one has an eUICC; @other: of the second one. */
static GPtrArray *
tell (guint active, EsimCardSlotContent other)
{
  GPtrArray *slots = esim_card_slots_new ();

  g_ptr_array_add (slots, esim_card_slot_new (1, active == 1, ESIM_CARD_SLOT_EUICC, EID));
  g_ptr_array_add (slots, esim_card_slot_new (2, active == 2, other, NULL));
  return slots;
}

static FakeCard *
plug_first (guint active, EsimCardSlotContent other)
{
  FakeCard *card = machine_plug_card (MBIM, 0, EID, profiles);

  fake_card_set_slot (card, 1);
  fake_card_set_slots (card, tell (active, other));
  return card;
}

static FakeCard *
plug_second (guint active)
{
  FakeCard *card = machine_plug (MBIM, 2);

  fake_card_set_slots (card, tell (active, ESIM_CARD_SLOT_UNKNOWN));
  return card;
}

/* Nothing is switched to see what is in the other one. */
static void
test_two_slots (Machine *machine, gconstpointer data)
{
  machine_set_shared (TRUE);
  plug_first (1, ESIM_CARD_SLOT_UNKNOWN);
  fake_card_set_inactive (plug_second (1), TRUE);
  add (machine, MBIM);
  machine_await_euiccs (machine, 1, 2);
  g_assert_true (esim_euicc_is_present (machine_get_euicc (machine, 1)));
  g_assert_cmpint (esim_euicc_get_state (machine_get_euicc (machine, 2)), ==, ESIM_EUICC_INACTIVE_SLOT);
  g_assert_true (esim_modems_find_active_slot (esim_manager_get_modems (machine->manager),
                                               machine_get_euicc (machine, 2)) ==
                 machine_get_euicc (machine, 1));
}

/* A second opening of a port that nobody shares would take the first one's answers. */
static void
test_unshared (Machine *machine, gconstpointer data)
{
  plug_first (1, ESIM_CARD_SLOT_UNKNOWN);
  add (machine, MBIM);
  machine_await_euiccs (machine, 1, 1);
  machine_settle (machine);
  expect_opened ("mbim/" MBIM ":0 ");
}

static void
test_no_euicc (Machine *machine, gconstpointer data)
{
  machine_set_shared (TRUE);
  plug_first (1, GPOINTER_TO_INT (data));
  add (machine, MBIM);
  machine_await_euiccs (machine, 1, 1);
  machine_settle (machine);
  expect_opened ("mbim/" MBIM ":0 ");
}

/* Somebody else had the modem use the second slot just when the first was opened. */
static void
test_switched_by_others (Machine *machine, gconstpointer data)
{
  FakeCard *second;

  machine_set_shared (TRUE);
  plug_first (2, ESIM_CARD_SLOT_UNKNOWN);
  second = plug_second (2);
  expect_session (second, OTHER_EID);
  expect_list (second, profiles);
  add (machine, MBIM);
  machine_await_euiccs (machine, 2, 2);
  g_assert_cmpstr (esim_euicc_get_eid (machine_get_euicc (machine, 2)), ==, OTHER_EID);
}

/* A slot that was shown because there might have been an eUICC in it. */
static void
test_empty_after_all (Machine *machine, gconstpointer data)
{
  FakeCard *first;

  machine_set_shared (TRUE);
  first = plug_first (1, ESIM_CARD_SLOT_UNKNOWN);
  fake_card_set_inactive (plug_second (1), TRUE);
  add (machine, MBIM);
  machine_await_euiccs (machine, 1, 2);
  expect_session (first, EID);
  expect_list (first, profiles);
  fake_card_set_slots (first, tell (1, ESIM_CARD_SLOT_EMPTY));
  g_signal_emit_by_name (first, "changed");
  machine_await_euiccs (machine, 1, 1);
  g_assert_cmpuint (machine->removed, ==, 1);
}

/* What is not used */

static GPtrArray *
left_out (Machine *machine)
{
  return esim_modems_get_left_out (esim_manager_get_modems (machine->manager));
}

static void
test_left_out (Machine *machine, gconstpointer data)
{
  EsimModems *modems = esim_manager_get_modems (machine->manager);

  esim_manager_leave_out (machine->manager, MBIM, "mbim", "modem", "left alone");
  esim_manager_leave_out (machine->manager, MBIM, "mbim", "modem", "left alone still");
  g_assert_cmpuint (left_out (machine)->len, ==, 1);
  g_assert_cmpstr (((EsimLeftOut *) left_out (machine)->pdata[0])->reason, ==, "left alone still");
  g_assert_false (esim_modems_has_port (modems));
  esim_manager_remove_port (machine->manager, MBIM);
  g_assert_cmpuint (left_out (machine)->len, ==, 0);
  esim_manager_leave_out (machine->manager, MBIM, "mbim", "modem", "left alone");
  machine_plug_card (MBIM, 0, EID, profiles);
  add (machine, MBIM);
  g_assert_cmpuint (left_out (machine)->len, ==, 0);
  g_assert_true (esim_modems_has_port (modems));
  machine_await_euiccs (machine, 1, 1);
}

static void
set_up_ignored (Machine *machine, gconstpointer data)
{
  machine_set_up (machine, data);
  g_ptr_array_set_free_func (machine->config.modems, (GDestroyNotify) esim_modem_config_free);
  g_ptr_array_add (machine->config.modems, esim_modem_config_new ("ours", MBIM, "mbim"));
  ((EsimModemConfig *) machine->config.modems->pdata[0])->ignore = TRUE;
}

/* It keeps nobody from leaving, and its port is not opened for anybody. */
static void
test_ignored (Machine *machine, gconstpointer data)
{
  EsimModems *modems = esim_manager_get_modems (machine->manager);

  esim_modems_start (modems);
  add (machine, MBIM);
  machine_settle (machine);
  g_assert_false (esim_modems_has_port (modems));
  g_assert_cmpuint (esim_manager_get_euiccs (machine->manager)->len, ==, 0);
  expect_opened ("");
}

#define ADD_WITH(name, func, data)                                                                           \
  g_test_add ("/modems/" name, Machine, GINT_TO_POINTER (data), machine_set_up, func, machine_tear_down)
#define ADD(name, func) ADD_WITH (name, func, 0)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* It warns of a card that goes away, as it should. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  ADD ("while-looking", test_while_looking);
  ADD ("well", test_well);
  ADD ("other-way", test_other_way);
  ADD ("port-lost", test_port_lost);
  ADD ("two-slots", test_two_slots);
  ADD ("unshared", test_unshared);
  ADD_WITH ("empty-slot", test_no_euicc, ESIM_CARD_SLOT_EMPTY);
  ADD_WITH ("physical-sim", test_no_euicc, ESIM_CARD_SLOT_UICC);
  ADD ("switched-by-others", test_switched_by_others);
  ADD ("empty-after-all", test_empty_after_all);
  ADD ("left-out", test_left_out);
  g_test_add ("/modems/ignored", Machine, NULL, set_up_ignored, test_ignored, machine_tear_down);
  return g_test_run ();
}
