/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a deregistration has to do with this machine's network. */
#include "esim-error.h"
#include "host-fixture.h"
#include "machine-fixture.h"

#define PORT "/dev/cdc-wdm0"
#define OK_DELETE "BF33038001009000"
#define OK_DISABLE "BF32038001009000"

static const char *const enabled[] = {PROFILE (AID, "01", ""), NULL};
static const char *const disabled[] = {PROFILE (AID, "00", ""), NULL};
static const char *const none[] = {NULL};

typedef struct {
  Machine machine;
  FakeCard *card;
  EsimDeregistration *deregistration;
  gboolean answered;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  machine_set_up (&f->machine, NULL);
  f->card = machine_plug_card (PORT, 0, EID, data);
  esim_manager_add_port (f->machine.manager, PORT, "mbim", "modem");
  machine_await_euiccs (&f->machine, 1, 1);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  machine_tear_down (&f->machine, NULL);
}

static const EsimDeregistrationRecord *
record (Fixture *f)
{
  return esim_deregistration_get_record (f->deregistration);
}

static gboolean
is_at (Machine *machine, gpointer data)
{
  Fixture *f = (Fixture *) machine;

  return record (f)->stage == (EsimStage) GPOINTER_TO_INT (data);
}

static void
await (Fixture *f, EsimStage stage)
{
  machine_spin (&f->machine, is_at, GINT_TO_POINTER (stage));
}

static gboolean
is_asking (Machine *machine, gpointer deregistration)
{
  return esim_deregistration_get_question (deregistration) != 0;
}

static void
on_answered (const GError *error, gpointer data)
{
  g_assert_no_error (error);
  ((Fixture *) data)->answered = TRUE;
}

static gboolean
is_answered (Machine *machine, gpointer data)
{
  return ((Fixture *) machine)->answered;
}

static void
answer (Fixture *f, const char *text)
{
  g_autoptr (GVariant) said = g_variant_ref_sink (g_variant_new_parsed (text));

  machine_spin (&f->machine, is_asking, f->deregistration);
  f->answered = FALSE;
  esim_deregistration_answer (f->deregistration, esim_deregistration_get_question (f->deregistration), said,
                              on_answered, f);
  machine_spin (&f->machine, is_answered, NULL);
}

/* Looked at; what the card shall do next is to be said before it is agreed to. */
static void
begin (Fixture *f, const char *const *profiles, gboolean allowed)
{
  EsimDeregistrationRequest request = {.method = "local",
                                       .reason = "",
                                       .reason_text = "",
                                       .carrier = "",
                                       .plan = "",
                                       .token = "",
                                       .allow_disconnect = allowed};
  g_autoptr (GError) error = NULL;

  expect_info (f->card);
  expect_list (f->card, profiles);
  f->deregistration = esim_manager_deregister (f->machine.manager, &request,
                                               machine_get_euicc (&f->machine, 1), ICCID, &error);
  g_assert_no_error (error);
  machine_spin (&f->machine, is_asking, f->deregistration);
}

static void
agree (Fixture *f)
{
  answer (f, "{'consent': <true>, 'contract-continues': <true>}");
}

static void
expect_deletion (Fixture *f)
{
  fake_card_expect (f->card, DELETE, OK_DELETE);
  expect_list (f->card, none);
  expect_notifications (f->card, "");
}

static void
expect_removal (Fixture *f, const char *const *profiles)
{
  expect_list (f->card, profiles);
  expect_notifications (f->card, "");
  if (profiles == enabled) {
    fake_card_expect (f->card, DISABLE ("FF"), OK_DISABLE);
    fake_card_expect_await (f->card, NULL, ICCID, TRUE, -1);
    expect_session (f->card, EID);
    expect_list (f->card, disabled);
    expect_notifications (f->card, "");
  }
  expect_deletion (f);
}

/* The consent */

static void
assert_asked (Fixture *f)
{
  machine_spin (&f->machine, is_asking, f->deregistration);
  g_assert_cmpint (record (f)->stage, ==, ESIM_STAGE_REMOVING_PROFILE);
  g_assert_cmpint (record (f)->disconnect_asked, !=, 0);
  g_assert_true (esim_deregistration_needs_input (f->deregistration));
  g_assert_cmpstr (fake_keeper_get_trace (), ==, "");
}

static void
test_consent (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  begin (f, enabled, FALSE);
  agree (f);
  assert_asked (f);
  expect_removal (f, enabled);
  answer (f, "{'consent': <true>}");
  await (f, ESIM_STAGE_COMPLETED);
  g_assert_cmpint (record (f)->disconnect_asked, ==, 0);
  g_assert_cmpint (record (f)->disconnect_allowed, !=, 0);
}

/* No is an answer; the same is asked again, as another question. */
static void
test_no_consent (Fixture *f, gconstpointer data)
{
  guint first;

  machine_set_network (ESIM_NETWORK_MODEM);
  begin (f, enabled, FALSE);
  agree (f);
  assert_asked (f);
  first = esim_deregistration_get_question (f->deregistration);
  answer (f, "{'consent': <false>}");
  assert_asked (f);
  g_assert_cmpuint (esim_deregistration_get_question (f->deregistration), !=, first);
  g_assert_cmpint (record (f)->disconnect_allowed, ==, 0);
}

static void
test_allowed (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  begin (f, enabled, TRUE);
  expect_removal (f, enabled);
  agree (f);
  await (f, ESIM_STAGE_COMPLETED);
}

static void
test_not_asked (Fixture *f, gconstpointer data)
{
  machine_set_network (data == disabled ? ESIM_NETWORK_MODEM : ESIM_NETWORK_NONE);
  begin (f, data, FALSE);
  expect_removal (f, data);
  agree (f);
  await (f, ESIM_STAGE_COMPLETED);
}

/* A cable was put in, and something made it look again. */
static void
test_another_way (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  begin (f, enabled, FALSE);
  agree (f);
  assert_asked (f);
  machine_set_network (ESIM_NETWORK_OTHER);
  expect_removal (f, enabled);
  esim_deregistration_look_again (f->deregistration);
  await (f, ESIM_STAGE_COMPLETED);
  g_assert_cmpuint (esim_deregistration_get_question (f->deregistration), ==, 0);
}

/* Withdrawn while it is asked: what was said, and asked, is forgotten for the next time. */
static void
test_withdrawn (Fixture *f, gconstpointer data)
{
  machine_set_network (ESIM_NETWORK_MODEM);
  begin (f, enabled, FALSE);
  agree (f);
  assert_asked (f);
  f->answered = FALSE;
  esim_deregistration_withdraw (f->deregistration, on_answered, f);
  machine_spin (&f->machine, is_answered, NULL);
  await (f, ESIM_STAGE_WITHDRAWN);
  g_assert_cmpuint (esim_deregistration_get_question (f->deregistration), ==, 0);
  expect_list (f->card, enabled);
  f->answered = FALSE;
  esim_deregistration_retry (f->deregistration, on_answered, f);
  machine_spin (&f->machine, is_answered, NULL);
  g_assert_cmpint (record (f)->disconnect_asked, ==, 0);
  answer (f, "{'consent': <true>, 'contract-continues': <true>}");
  assert_asked (f);
}

/* The connections */

static EsimStepState
get_step (Fixture *f)
{
  return record (f)->steps[ESIM_STEP_REMOVE_CONNECTIONS];
}

static gboolean
is_noted (Machine *machine, gpointer data)
{
  return get_step ((Fixture *) machine) != ESIM_STEP_PENDING;
}

/* Nobody is to be told, so it is completed at once. Ours go all the same, and nobody else's. */
static void
test_connections (Fixture *f, gconstpointer data)
{
  machine_add_connection ("ours", TRUE);
  machine_add_connection ("another's", FALSE);
  machine_add_connection ("ours, too", TRUE);
  begin (f, disabled, FALSE);
  expect_removal (f, disabled);
  agree (f);
  await (f, ESIM_STAGE_COMPLETED);
  machine_spin (&f->machine, is_noted, NULL);
  g_assert_cmpint (get_step (f), ==, ESIM_STEP_DONE);
  g_assert_cmpuint (machine_count_connections (), ==, 1);
}

static void
test_no_connections (Fixture *f, gconstpointer data)
{
  machine_add_connection ("another's", FALSE);
  begin (f, disabled, FALSE);
  expect_removal (f, disabled);
  agree (f);
  await (f, ESIM_STAGE_COMPLETED);
  machine_settle (&f->machine);
  g_assert_cmpint (get_step (f), ==, ESIM_STEP_PENDING);
  g_assert_cmpuint (machine_count_connections (), ==, 1);
}

/* NetworkManager tells later which there are. */
static void
test_settled_later (Fixture *f, gconstpointer data)
{
  machine_add_connection ("ours", TRUE);
  machine_set_settled (FALSE);
  begin (f, disabled, FALSE);
  expect_removal (f, disabled);
  agree (f);
  await (f, ESIM_STAGE_COMPLETED);
  machine_settle (&f->machine);
  g_assert_cmpint (get_step (f), ==, ESIM_STEP_PENDING);
  machine_set_settled (TRUE);
  esim_manager_connections_changed (f->machine.manager);
  machine_spin (&f->machine, is_noted, NULL);
  g_assert_cmpint (get_step (f), ==, ESIM_STEP_DONE);
  g_assert_cmpuint (machine_count_connections (), ==, 0);
}

/* It is told, and not tried for ever. */
static void
test_connection_stays (Fixture *f, gconstpointer data)
{
  machine_add_connection ("ours", TRUE);
  machine_set_removal (ESIM_ERROR_BUSY);
  begin (f, disabled, FALSE);
  expect_removal (f, disabled);
  agree (f);
  await (f, ESIM_STAGE_COMPLETED);
  machine_spin (&f->machine, is_noted, NULL);
  g_assert_cmpint (get_step (f), ==, ESIM_STEP_FAILED);
  machine_set_removal (-1);
  esim_manager_connections_changed (f->machine.manager);
  machine_settle (&f->machine);
  g_assert_cmpuint (machine_count_connections (), ==, 1);
}

/* One that is made when it was over is for another contract. */
static void
test_made_later (Fixture *f, gconstpointer data)
{
  machine_add_connection ("ours", TRUE);
  begin (f, disabled, FALSE);
  expect_removal (f, disabled);
  agree (f);
  await (f, ESIM_STAGE_COMPLETED);
  machine_spin (&f->machine, is_noted, NULL);
  machine_add_connection ("ours, again", TRUE);
  esim_manager_connections_changed (f->machine.manager);
  machine_settle (&f->machine);
  g_assert_cmpuint (machine_count_connections (), ==, 1);
}

/* Without its card nothing is known of the profile. */
static void
test_card_away (Fixture *f, gconstpointer data)
{
  machine_add_connection ("ours", TRUE);
  machine_set_settled (FALSE);
  begin (f, disabled, FALSE);
  expect_removal (f, disabled);
  agree (f);
  await (f, ESIM_STAGE_COMPLETED);
  machine_settle (&f->machine);
  machine_unplug (PORT, 0);
  esim_manager_add_port (f->machine.manager, PORT, "mbim", "other modem");
  machine_settle (&f->machine);
  machine_set_settled (TRUE);
  esim_manager_connections_changed (f->machine.manager);
  machine_settle (&f->machine);
  g_assert_cmpuint (machine_count_connections (), ==, 1);
}

#define ADD(name, func, data)                                                                                \
  g_test_add ("/deregistration-network/" name, Fixture, (gconstpointer) (data), set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* It warns of a connection that stays, as it should. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  ADD ("consent", test_consent, enabled);
  ADD ("no-consent", test_no_consent, enabled);
  ADD ("allowed", test_allowed, enabled);
  ADD ("no-way-at-all", test_not_asked, enabled);
  ADD ("disabled-already", test_not_asked, disabled);
  ADD ("another-way", test_another_way, enabled);
  ADD ("withdrawn", test_withdrawn, enabled);
  ADD ("connections", test_connections, disabled);
  ADD ("no-connections", test_no_connections, disabled);
  ADD ("settled-later", test_settled_later, disabled);
  ADD ("connection-stays", test_connection_stays, disabled);
  ADD ("made-later", test_made_later, disabled);
  ADD ("card-away", test_card_away, disabled);
  return g_test_run ();
}
