/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine-fixture.h"
#include "esim-error.h"
#include "host-fixture.h"

#define PATIENCE_S 20

static GMutex lock;
static GCond told;
static GHashTable *cards; /* "PORT:SLOT" → FakeCard; under the lock, as all of these: */
static GPtrArray *used;   /* of FakeCard: all that ever were there */
static GString *opened;
static gboolean blocked;
static guint waiting;
/* The main thread's: */
static gboolean shared, settled;
static EsimNetwork network;
static GPtrArray *connections; /* of EsimConnection */
static int removal;

static char *
name (const char *port, guint slot)
{
  return g_strdup_printf ("%s:%u", port, slot);
}

static EsimCard *
open_card (const EsimModemConfig *modem, const EsimWay *way, gpointer data, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  g_autofree char *key = name (way->device, esim_modem_config_get_slot (modem));
  EsimCard *card;

  waiting++;
  while (blocked)
    g_cond_wait (&told, &lock);
  waiting--;
  card = g_hash_table_lookup (cards, key);
  g_string_append_printf (opened, "%s/%s ", way->transport, key);
  if (card != NULL)
    return g_object_ref (card);
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "there is no such port");
  return NULL;
}

static gboolean
is_shared (const EsimModemConfig *modem)
{
  return shared;
}

static EsimNetwork
look_at_network (void)
{
  return network;
}

static GPtrArray *
find (const char *iccid, gpointer data)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_connection_free);

  for (guint i = 0; settled && i < connections->len; i++) {
    const EsimConnection *one = g_ptr_array_index (connections, i);

    g_ptr_array_add (found, esim_connection_new (one->uuid, one->name, one->ours, one->active));
  }
  return found;
}

static gboolean
is_settled (gpointer data)
{
  return settled;
}

static void
create (const EsimProfileInfo *profile, const char *apn, EsimConnectionsDone done, gpointer user_data,
        gpointer data)
{
  g_assert_not_reached ();
}

typedef struct {
  char *uuid;
  EsimConnectionsDone done;
  gpointer user_data;
} Going;

static gboolean
on_going (gpointer data)
{
  Going *going = data;
  g_autoptr (GError) error = NULL;

  if (removal >= 0)
    error = g_error_new_literal (ESIM_ERROR, removal, "told to fail");
  for (guint i = connections->len; removal < 0 && i > 0; i--)
    if (g_str_equal (((EsimConnection *) g_ptr_array_index (connections, i - 1))->uuid, going->uuid))
      g_ptr_array_remove_index (connections, i - 1);
  going->done (NULL, error, going->user_data);
  g_free (going->uuid);
  return G_SOURCE_REMOVE;
}

static void
take_away (const char *uuid, EsimConnectionsDone done, gpointer user_data, gpointer data)
{
  Going *going = g_new (Going, 1);

  *going = (Going){g_strdup (uuid), done, user_data};
  g_idle_add_full (G_PRIORITY_DEFAULT, on_going, going, g_free);
}

static const EsimTransport transport = {.open = open_card, .is_shared = is_shared};
static const EsimConnections keeping = {find, is_settled, create, take_away, NULL};

static void
count (EsimManager *manager, GObject *object, guint *counter)
{
  (*counter)++;
}

static void
begin_play (void)
{
  cards = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  used = g_ptr_array_new_with_free_func (g_object_unref);
  opened = g_string_new (NULL);
  connections = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_connection_free);
  blocked = shared = FALSE;
  settled = TRUE;
  network = ESIM_NETWORK_OTHER;
  removal = -1;
}

void
machine_set_up (Machine *self, gconstpointer data)
{
  static const char *const none[] = {NULL};
  EsimManagerSetup setup = {.config = &self->config,
                            .transport = &transport,
                            .keeper = fake_keeper_begin (),
                            .connections = &keeping,
                            .look_at_network = look_at_network};
  g_autoptr (GError) error = NULL;

  begin_play ();
  self->folder = folder_new ();
  setup.runtime_dir = self->folder;
  self->config = (EsimConfig){.modems = g_ptr_array_new (),
                              .linger_ms = 60000,
                              .switch_timeout_s = 1,
                              .retry_min_s = 600,
                              .retry_max_s = 600};
  self->store = setup.store = esim_store_new (self->folder, &error);
  g_assert_no_error (error);
  self->trust = setup.trust = esim_rsp_trust_new (none, none);
  self->carriers = setup.carriers = esim_carrier_directory_new (none);
  self->manager = esim_manager_new (&setup);
  g_signal_connect (self->manager, "euicc-added", G_CALLBACK (count), &self->added);
  g_signal_connect (self->manager, "euicc-removed", G_CALLBACK (count), &self->removed);
  esim_manager_start (self->manager);
}

void
machine_tear_down (Machine *self, gconstpointer data)
{
  machine_block (FALSE);
  esim_manager_stop (self->manager);
  machine_settle (self);
  for (guint i = 0; i < used->len; i++)
    fake_card_assert_done (g_ptr_array_index (used, i));
  g_assert_cmpint (fake_keeper_get_held (), ==, 0);
  g_object_unref (self->manager);
  g_hash_table_unref (cards);
  g_ptr_array_unref (used);
  g_string_free (opened, TRUE);
  g_ptr_array_unref (connections);
  g_ptr_array_unref (self->config.modems);
  esim_carrier_directory_free (self->carriers);
  esim_rsp_trust_unref (self->trust);
  esim_store_free (self->store);
  folder_remove (self->folder);
}

FakeCard *
machine_plug (const char *port, guint slot)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  FakeCard *card = fake_card_new ();

  g_ptr_array_add (used, card);
  if (slot != 0)
    fake_card_set_slot (card, slot);
  g_hash_table_insert (cards, name (port, slot), card);
  return card;
}

FakeCard *
machine_plug_card (const char *port, guint slot, const char *eid, const char *const *profiles)
{
  FakeCard *card = machine_plug (port, slot);

  expect_session (card, eid);
  expect_list (card, profiles);
  return card;
}

void
machine_plug_card_left_open (const char *port, guint slot, const char *eid, const char *const *profiles)
{
  FakeCard *card = machine_plug (port, slot);

  fake_card_expect_close_stale (card, -1);
  expect_session (card, eid);
  expect_list (card, profiles);
}

void
machine_unplug (const char *port, guint slot)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  g_autofree char *key = name (port, slot);

  g_assert_true (g_hash_table_remove (cards, key));
}

void
machine_replug (const char *port, guint old, guint slot)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  g_autofree char *before = name (port, old);
  FakeCard *card = g_hash_table_lookup (cards, before);

  g_assert_nonnull (card);
  g_hash_table_insert (cards, name (port, slot), card);
  g_hash_table_remove (cards, before);
}

char *
machine_dup_opened (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  return g_strdup (opened->str);
}

void
machine_block (gboolean block)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  blocked = block;
  g_cond_broadcast (&told);
}

void
machine_await_blocked (guint number)
{
  gboolean enough = FALSE;

  while (!enough) {
    g_mutex_lock (&lock);
    enough = waiting >= number;
    g_mutex_unlock (&lock);
    g_thread_yield ();
  }
}

void
machine_set_shared (gboolean is)
{
  shared = is;
}

void
machine_set_network (EsimNetwork is)
{
  network = is;
}

void
machine_add_connection (const char *uuid, gboolean ours)
{
  g_ptr_array_add (connections, esim_connection_new (uuid, uuid, ours, FALSE));
}

guint
machine_count_connections (void)
{
  return connections->len;
}

void
machine_set_settled (gboolean is)
{
  settled = is;
}

void
machine_set_removal (int code)
{
  removal = code;
}

void
machine_spin (Machine *self, MachineCondition condition, gpointer data)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;

  while (!condition (self, data)) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

void
machine_settle (Machine *self)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

EsimEuicc *
machine_get_euicc (Machine *self, guint slot)
{
  GPtrArray *euiccs = esim_manager_get_euiccs (self->manager);

  for (guint i = 0; i < euiccs->len; i++)
    if (esim_euicc_get_slot (g_ptr_array_index (euiccs, i)) == slot)
      return g_ptr_array_index (euiccs, i);
  g_assert_not_reached ();
}

typedef struct {
  guint present, all;
} Numbers;

static gboolean
has_euiccs (Machine *self, gpointer data)
{
  const Numbers *numbers = data;
  GPtrArray *euiccs = esim_manager_get_euiccs (self->manager);
  guint present = 0;

  for (guint i = 0; i < euiccs->len; i++) {
    present += esim_euicc_is_present (g_ptr_array_index (euiccs, i));
    if (!esim_euicc_is_known (g_ptr_array_index (euiccs, i)))
      return FALSE;
  }
  return present == numbers->present && euiccs->len == numbers->all;
}

void
machine_await_euiccs (Machine *self, guint present, guint all)
{
  Numbers numbers = {present, all};

  machine_spin (self, has_euiccs, &numbers);
}
