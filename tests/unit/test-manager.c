/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-manager.h"
#include "hex.h"
#include "host-fixture.h"

#include <string.h>

/* Ports by their paths, each with a card behind it, and what the manager tells. */
typedef struct {
  Folder folder;
  EsimConfig config;
  EsimStore *store;
  EsimRspTrust *trust;
  EsimCarrierDirectory *carriers;
  EsimManager *manager;
  guint added, removed;
} Fixture;

static GMutex lock;
static GHashTable *ports; /* path → FakeCard; under the lock */
static GString *opened;   /* paths; under the lock */

static const char *const profiles[] = {PROFILE (AID, "00", ""), OTHER_PROFILE ("01"), NULL};

static EsimCard *
open_card (const EsimModemConfig *modem, const EsimWay *way, gpointer data, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  EsimCard *card = g_hash_table_lookup (ports, way->device);

  g_string_append_printf (opened, "%s ", way->device);
  if (card != NULL)
    return g_object_ref (card);
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "there is no such port");
  return NULL;
}

static const EsimTransport transport = {.open = open_card};

static void
count (EsimManager *manager, GObject *object, guint *counter)
{
  (*counter)++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const none[] = {NULL};
  EsimManagerSetup setup = {.config = &fixture->config, .transport = &transport};
  g_autoptr (GError) error = NULL;

  ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  opened = g_string_new (NULL);
  fixture->folder = folder_new ();
  setup.runtime_dir = fixture->folder;
  fixture->config = (EsimConfig){.modems = g_ptr_array_new (),
                                 .linger_ms = 60000,
                                 .switch_timeout_s = 1,
                                 .retry_min_s = 600,
                                 .retry_max_s = 600};
  fixture->store = setup.store = esim_store_new (fixture->folder, &error);
  g_assert_no_error (error);
  fixture->trust = setup.trust = esim_rsp_trust_new (none, none);
  fixture->carriers = setup.carriers = esim_carrier_directory_new (none);
  fixture->manager = esim_manager_new (&setup);
  g_signal_connect (fixture->manager, "euicc-added", G_CALLBACK (count), &fixture->added);
  g_signal_connect (fixture->manager, "euicc-removed", G_CALLBACK (count), &fixture->removed);
  esim_manager_start (fixture->manager);
}

static void
assert_done (gpointer path, gpointer card, gpointer data)
{
  fake_card_assert_done (card);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  esim_manager_stop (fixture->manager);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_hash_table_foreach (ports, assert_done, NULL);
  g_assert_finalize_object (fixture->manager);
  g_hash_table_unref (ports);
  g_string_free (opened, TRUE);
  g_ptr_array_unref (fixture->config.modems);
  esim_carrier_directory_free (fixture->carriers);
  esim_rsp_trust_unref (fixture->trust);
  esim_store_free (fixture->store);
  folder_remove (fixture->folder);
}

/* The card behind a port that is there from now on; it will be read. */
/* @after_loss: of the port, with a channel open */
static FakeCard *
plug_again (const char *path, const char *eid, gboolean after_loss)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  FakeCard *card = fake_card_new ();

  if (after_loss)
    fake_card_expect_close_stale (card, -1);
  expect_session (card, eid);
  expect_list (card, profiles);
  g_hash_table_insert (ports, g_strdup (path), card);
  return card;
}

static FakeCard *
plug (const char *path, const char *eid)
{
  return plug_again (path, eid, FALSE);
}

typedef gboolean (*Condition) (Fixture *fixture, gpointer data);

static void
spin (Fixture *fixture, Condition condition, gpointer data)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (!condition (fixture, data)) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

static EsimEuicc *
only_euicc (Fixture *fixture)
{
  GPtrArray *euiccs = esim_manager_get_euiccs (fixture->manager);

  g_assert_cmpuint (euiccs->len, ==, 1);
  return g_ptr_array_index (euiccs, 0);
}

static gboolean
is_present (Fixture *fixture, gpointer data)
{
  return esim_euicc_is_present (only_euicc (fixture));
}

static gboolean
is_absent (Fixture *fixture, gpointer data)
{
  return esim_euicc_get_state (only_euicc (fixture)) == ESIM_EUICC_ABSENT;
}

static gboolean
is_asking (Fixture *fixture, gpointer deregistration)
{
  return esim_deregistration_get_question (deregistration) != 0;
}

static EsimDeregistration *
deregister (Fixture *fixture)
{
  EsimDeregistrationRequest request = {
      .method = "local", .reason = "", .reason_text = "", .carrier = "", .plan = "", .token = ""};
  g_autoptr (GError) error = NULL;
  EsimDeregistration *deregistration =
      esim_manager_deregister (fixture->manager, &request, only_euicc (fixture), ICCID, &error);

  g_assert_no_error (error);
  return deregistration;
}

static gboolean
stumbled (Fixture *fixture, gpointer deregistration)
{
  return esim_deregistration_get_record (deregistration)->error != NULL && is_absent (fixture, NULL);
}

/* The modem resets itself in the middle of the work and comes back as another node: its name says that it is
 * the same. What was begun goes on over the new node, and the old one is not opened any more. */
static void
test_another_node (Fixture *fixture, gconstpointer data)
{
  FakeCard *card = plug ("/dev/cdc-wdm0", EID);
  EsimDeregistration *deregistration;

  esim_manager_add_port (fixture->manager, "/dev/cdc-wdm0", "mbim", "usb-1");
  spin (fixture, is_present, NULL);
  expect_info (card);
  fake_card_expect_failure (card, LIST, ESIM_ERROR_CARD_REMOVED);
  deregistration = deregister (fixture);
  spin (fixture, stumbled, deregistration);
  esim_manager_remove_port (fixture->manager, "/dev/cdc-wdm0");
  card = plug ("/dev/cdc-wdm1", EID);
  expect_info (card);
  expect_list (card, profiles);
  esim_manager_add_port (fixture->manager, "/dev/cdc-wdm1", "mbim", "usb-1");
  spin (fixture, is_asking, deregistration);
  g_assert_true (is_present (fixture, NULL));
  g_assert_cmpstr (opened->str, ==, "/dev/cdc-wdm0 /dev/cdc-wdm1 ");
  g_assert_cmpuint (fixture->added, ==, 2);
  g_assert_cmpuint (fixture->removed, ==, 1);
}

/* The same node: it is the same eUICC, looked at again. */
static void
test_the_same_node (Fixture *fixture, gconstpointer data)
{
  FakeCard *card = plug ("/dev/cdc-wdm0", EID);

  esim_manager_add_port (fixture->manager, "/dev/cdc-wdm0", "mbim", "usb-1");
  spin (fixture, is_present, NULL);
  fake_card_set_gone (card, TRUE);
  g_signal_emit_by_name (card, "gone");
  esim_manager_remove_port (fixture->manager, "/dev/cdc-wdm0");
  spin (fixture, is_absent, NULL);
  esim_card_shut (ESIM_CARD (card));
  plug_again ("/dev/cdc-wdm0", EID, TRUE);
  esim_manager_add_port (fixture->manager, "/dev/cdc-wdm0", "mbim", "usb-1");
  spin (fixture, is_present, NULL);
  g_assert_cmpuint (fixture->added, ==, 1);
  g_assert_cmpuint (fixture->removed, ==, 0);
}

static gboolean
are_present (Fixture *fixture, gpointer count)
{
  GPtrArray *euiccs = esim_manager_get_euiccs (fixture->manager);
  guint present = 0;

  for (guint i = 0; i < euiccs->len; i++)
    present += esim_euicc_is_present (g_ptr_array_index (euiccs, i));
  return euiccs->len == GPOINTER_TO_UINT (count) && present == GPOINTER_TO_UINT (count);
}

static void
assert_card_of (Fixture *fixture, const char *name, const char *device, const char *eid)
{
  GPtrArray *euiccs = esim_manager_get_euiccs (fixture->manager);

  for (guint i = 0; i < euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (euiccs, i);

    if (strcmp (esim_euicc_get_modem (euicc)->name, name) != 0)
      continue;
    g_assert_cmpstr (esim_euicc_get_modem (euicc)->device, ==, device);
    g_assert_cmpstr (esim_euicc_get_eid (euicc), ==, eid);
    return;
  }
  g_assert_not_reached ();
}

/* Two modems reset themselves and come back with each other's nodes: no node is opened for both, and the
 * going of one is not taken for that of the other. */
static void
test_nodes_changed_round (Fixture *fixture, gconstpointer data)
{
  const guint two = 2;

  plug ("/dev/cdc-wdm0", EID);
  plug ("/dev/cdc-wdm1", OTHER_EID);
  esim_manager_add_port (fixture->manager, "/dev/cdc-wdm0", "mbim", "usb-1");
  esim_manager_add_port (fixture->manager, "/dev/cdc-wdm1", "mbim", "usb-2");
  spin (fixture, are_present, GUINT_TO_POINTER (two));
  esim_manager_remove_port (fixture->manager, "/dev/cdc-wdm0");
  esim_manager_remove_port (fixture->manager, "/dev/cdc-wdm1");
  plug ("/dev/cdc-wdm0", OTHER_EID);
  plug ("/dev/cdc-wdm1", EID);
  esim_manager_add_port (fixture->manager, "/dev/cdc-wdm0", "mbim", "usb-2");
  /* The one has changed its node, the other has lost it. */
  g_assert_cmpuint (fixture->removed, ==, 2);
  esim_manager_add_port (fixture->manager, "/dev/cdc-wdm1", "mbim", "usb-1");
  spin (fixture, are_present, GUINT_TO_POINTER (two));
  assert_card_of (fixture, "usb-1", "/dev/cdc-wdm1", EID);
  assert_card_of (fixture, "usb-2", "/dev/cdc-wdm0", OTHER_EID);
  g_assert_cmpuint (fixture->added, ==, 4);
  g_assert_cmpuint (fixture->removed, ==, 2);
}

#define ADD(name, function) g_test_add ("/manager/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* It warns of a card that goes away, as it should. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  ADD ("another-node", test_another_node);
  ADD ("the-same-node", test_the_same_node);
  ADD ("nodes-changed-round", test_nodes_changed_round);
  return g_test_run ();
}
