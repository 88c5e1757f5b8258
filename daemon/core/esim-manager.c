/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-manager.h"
#include "esim-error.h"
#include "esim-log.h"

#include <gio/gio.h>
#include <string.h>

#define ABSENT_KEPT_S 120
#define ENDED_KEPT_S 300
#define STOP_GRACE_MS 5000

/* A modem that is there, or that the configuration says will be. */
typedef struct {
  EsimManager *manager;
  EsimModemConfig *config;
  gboolean configured;
  EsimEuicc *euicc;      /* NULL after it was away for long */
  GFileMonitor *monitor; /* of a configured device that is not there: it tells of its return */
  guint away;            /* timer while it is away */
} Modem;

struct _EsimManager {
  GObject parent;
  EsimManagerSetup setup;
  EsimDeregistrationSetup shared;
  EsimOutbox *outbox;
  EsimWorker *disk;
  GPtrArray *modems;
  GPtrArray *euiccs;
  GPtrArray *operations;
  GPtrArray *deregistrations;
  GHashTable *removing; /* ids of acknowledged notifications that a card is being told to forget */
  gboolean loaded;
  gboolean ready;
  gboolean stopped;
};

G_DEFINE_FINAL_TYPE (EsimManager, esim_manager, G_TYPE_OBJECT)

enum {
  EUICC_ADDED,
  EUICC_REMOVED,
  OPERATION_ADDED,
  OPERATION_REMOVED,
  DEREGISTRATION_ADDED,
  DEREGISTRATION_REMOVED,
  READY,
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void open_modem (Modem *modem);
static void sweep (EsimManager *self);

static void
modem_free (gpointer data)
{
  Modem *modem = data;

  g_clear_handle_id (&modem->away, g_source_remove);
  g_clear_object (&modem->monitor);
  g_clear_object (&modem->euicc);
  if (!modem->configured) {
    g_free (modem->config->name);
    g_free (modem->config->device);
    g_free (modem->config->transport);
    g_free (modem->config);
  }
  g_free (modem);
}

static void
check_ready (EsimManager *self)
{
  if (self->ready || !self->loaded || !esim_outbox_is_loaded (self->outbox))
    return;
  for (guint i = 0; i < self->euiccs->len; i++)
    if (!esim_euicc_is_known (g_ptr_array_index (self->euiccs, i)))
      return;
  self->ready = TRUE;
  esim_log (ESIM_LOG_READY, ESIM_LOG_INFO, NULL, NULL, "ready: %u eUICC slots, %u deregistration records",
            self->euiccs->len, self->deregistrations->len);
  g_signal_emit (self, signals[READY], 0);
}

static EsimEuicc *
find_card (EsimManager *self, const char *eid)
{
  for (guint i = 0; i < self->euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (self->euiccs, i);

    if (strcmp (esim_euicc_get_eid (euicc), eid) == 0)
      return euicc;
  }
  return NULL;
}

static void
hand_out_cards (EsimManager *self)
{
  for (guint i = 0; i < self->deregistrations->len; i++) {
    EsimDeregistration *deregistration = g_ptr_array_index (self->deregistrations, i);
    const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);

    if (record->eid != NULL)
      esim_deregistration_set_euicc (deregistration, find_card (self, record->eid));
  }
}

static gboolean
on_away_long (gpointer data)
{
  Modem *modem = data;
  EsimManager *self = modem->manager;
  g_autoptr (EsimEuicc) euicc = g_steal_pointer (&modem->euicc);

  modem->away = 0;
  g_signal_handlers_disconnect_by_data (euicc, modem);
  g_ptr_array_remove (self->euiccs, euicc);
  hand_out_cards (self);
  g_signal_emit (self, signals[EUICC_REMOVED], 0, euicc);
  esim_euicc_stop (euicc);
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
on_device_event (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer data)
{
  Modem *modem = data;

  if (event == G_FILE_MONITOR_EVENT_CREATED && !modem->manager->stopped)
    open_modem (modem);
}

static void
watch_device (Modem *modem)
{
  g_autoptr (GFile) file = g_file_new_for_path (modem->config->device);

  modem->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (modem->monitor != NULL)
    g_signal_connect (modem->monitor, "changed", G_CALLBACK (on_device_event), modem);
}

/* Watched only while it is away: a monitor of one node hears of everything in its folder, and in /dev there
 * is always something, so it would wake an idle daemon. */
static void
watch_while_away (Modem *modem, gboolean away)
{
  if (!away && esim_euicc_get_state (modem->euicc) != ESIM_EUICC_ABSENT) {
    g_clear_object (&modem->monitor);
    return;
  }
  if (!away || !modem->configured || modem->monitor != NULL)
    return;
  watch_device (modem);
  /* It may have come back before anybody listened. */
  if (g_file_test (modem->config->device, G_FILE_TEST_EXISTS))
    esim_euicc_reopen (modem->euicc);
}

static void
on_euicc_changed (EsimEuicc *euicc, gpointer data)
{
  Modem *modem = data;
  EsimManager *self = modem->manager;
  gboolean away =
      esim_euicc_get_state (euicc) == ESIM_EUICC_ABSENT && esim_euicc_get_snapshot (euicc) != NULL;

  if (self->stopped)
    return;
  if (away && modem->away == 0)
    modem->away = g_timeout_add_seconds (ABSENT_KEPT_S, on_away_long, modem);
  else if (!away)
    g_clear_handle_id (&modem->away, g_source_remove);
  watch_while_away (modem, away);
  hand_out_cards (self);
  sweep (self);
  check_ready (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
open_modem (Modem *modem)
{
  EsimManager *self = modem->manager;
  EsimEuiccSetup setup = {.config = self->setup.config,
                          .modem = modem->config,
                          .transport = self->setup.transport,
                          .store = self->setup.store,
                          .outbox = self->outbox,
                          .runtime_dir = self->setup.runtime_dir};

  if (modem->euicc != NULL) {
    esim_euicc_reopen (modem->euicc);
    return;
  }
  modem->euicc = esim_euicc_new (&setup);
  g_signal_connect (modem->euicc, "changed", G_CALLBACK (on_euicc_changed), modem);
  g_ptr_array_add (self->euiccs, g_object_ref (modem->euicc));
  g_signal_emit (self, signals[EUICC_ADDED], 0, modem->euicc);
}

static Modem *
add_modem (EsimManager *self, EsimModemConfig *config, gboolean configured)
{
  Modem *modem = g_new0 (Modem, 1);

  modem->manager = self;
  modem->config = config;
  modem->configured = configured;
  g_ptr_array_add (self->modems, modem);
  open_modem (modem);
  return modem;
}

static Modem *
find_modem (EsimManager *self, const char *path, const char *name)
{
  for (guint i = 0; i < self->modems->len; i++) {
    Modem *modem = g_ptr_array_index (self->modems, i);

    if (g_strcmp0 (modem->config->device, path) == 0 ||
        (name != NULL && g_strcmp0 (modem->config->name, name) == 0))
      return modem;
  }
  return NULL;
}

void
esim_manager_add_port (EsimManager *self, const char *path, const char *transport, const char *name)
{
  Modem *modem = find_modem (self, path, name);
  EsimModemConfig *config;

  if (self->stopped)
    return;
  if (modem != NULL) {
    /* The same modem under another number: the worker reads the path when it opens the port again. */
    if (!modem->configured && modem->euicc == NULL) {
      g_free (modem->config->device);
      modem->config->device = g_strdup (path);
    }
    open_modem (modem);
    return;
  }
  config = g_new0 (EsimModemConfig, 1);
  config->name = g_strdup (name);
  config->device = g_strdup (path);
  config->transport = g_strdup (transport);
  config->select_p2 = -1;
  (void) add_modem (self, config, FALSE);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
esim_manager_remove_port (EsimManager *self, const char *path)
{
  Modem *modem = find_modem (self, path, NULL);

  /* The worker notices by itself; this is for one that never could be opened. */
  if (modem != NULL && modem->euicc != NULL && !self->stopped &&
      esim_euicc_get_snapshot (modem->euicc) == NULL && modem->away == 0)
    modem->away = g_timeout_add_seconds (ABSENT_KEPT_S, on_away_long, modem);
}

static void
start_modems (EsimManager *self)
{
  for (guint i = 0; i < self->setup.config->modems->len; i++) {
    EsimModemConfig *config = g_ptr_array_index (self->setup.config->modems, i);

    watch_device (add_modem (self, config, TRUE));
  }
}

/* Acknowledged notifications: once no record waits for the news, the card forgets them, then the disk. */

typedef struct {
  EsimManager *manager;
  GPtrArray *items;     /* to do: EsimOutboxItem */
  GPtrArray *forgotten; /* done: ids; filled in the worker */
} Sweep;

static void
sweep_free (gpointer data)
{
  Sweep *work = data;

  g_ptr_array_unref (work->items);
  g_ptr_array_unref (work->forgotten);
  g_object_unref (work->manager);
  g_free (work);
}

static gboolean
sweep_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Sweep *work = data;
  const EsimOutboxItem *first = g_ptr_array_index (work->items, 0);

  if (esim_card_host_begin (host, first->eid, error) == NULL)
    return FALSE;
  for (guint i = 0; i < work->items->len; i++) {
    const EsimOutboxItem *item = g_ptr_array_index (work->items, i);

    if (!esim_card_host_remove_notification (host, item->notification->sequence, error))
      return FALSE;
    g_ptr_array_add (work->forgotten, g_strdup (item->id));
  }
  return TRUE;
}

static void
sweep_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Sweep *work = data;
  EsimManager *self = work->manager;

  if (error != NULL)
    g_message ("delivered notifications are still on the card: %s", error->message);
  for (guint i = 0; i < work->items->len; i++)
    g_hash_table_remove (self->removing, ((EsimOutboxItem *) g_ptr_array_index (work->items, i))->id);
  for (guint i = 0; i < work->forgotten->len && !self->stopped; i++) {
    /* Until the outbox has let go of it, it must not be swept again. */
    g_hash_table_add (self->removing, g_strdup (g_ptr_array_index (work->forgotten, i)));
    esim_outbox_forget (self->outbox, g_ptr_array_index (work->forgotten, i));
  }
}

static gboolean
is_wanted (EsimManager *self, const EsimOutboxItem *item)
{
  for (guint i = 0; i < self->deregistrations->len; i++)
    if (esim_deregistration_wants (g_ptr_array_index (self->deregistrations, i), item))
      return TRUE;
  return FALSE;
}

static void
sweep_card (EsimManager *self, EsimEuicc *euicc)
{
  GPtrArray *items = esim_outbox_get_items (self->outbox);
  Sweep *work = NULL;

  for (guint i = 0; i < items->len; i++) {
    EsimOutboxItem *item = g_ptr_array_index (items, i);

    if (item->state != ESIM_DELIVERY_ACKNOWLEDGED || strcmp (item->eid, esim_euicc_get_eid (euicc)) != 0 ||
        g_hash_table_contains (self->removing, item->id) || is_wanted (self, item))
      continue;
    if (work == NULL) {
      work = g_new0 (Sweep, 1);
      work->manager = g_object_ref (self);
      work->items = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_outbox_item_unref);
      work->forgotten = g_ptr_array_new_with_free_func (g_free);
    }
    g_hash_table_add (self->removing, g_strdup (item->id));
    g_ptr_array_add (work->items, esim_outbox_item_ref (item));
  }
  if (work != NULL)
    esim_euicc_run (euicc, NULL, sweep_job, sweep_done, work, sweep_free);
}

static void
sweep (EsimManager *self)
{
  if (!self->loaded || self->stopped || !esim_outbox_is_loaded (self->outbox))
    return;
  for (guint i = 0; i < self->euiccs->len; i++)
    if (esim_euicc_is_present (g_ptr_array_index (self->euiccs, i)))
      sweep_card (self, g_ptr_array_index (self->euiccs, i));
}

static void
on_outbox_changed (EsimOutbox *outbox, gpointer data)
{
  EsimManager *self = data;

  if (self->stopped)
    return;
  for (guint i = 0; i < self->deregistrations->len; i++)
    esim_deregistration_update (g_ptr_array_index (self->deregistrations, i));
  sweep (self);
  check_ready (self);
  for (guint i = 0; i < self->euiccs->len; i++)
    g_signal_emit_by_name (g_ptr_array_index (self->euiccs, i), "changed");
}

/* Deregistrations */

static void
drop_deregistration (EsimManager *self, EsimDeregistration *deregistration)
{
  g_autoptr (EsimDeregistration) kept = g_object_ref (deregistration);

  g_signal_handlers_disconnect_by_data (kept, self);
  esim_deregistration_stop (kept);
  g_ptr_array_remove (self->deregistrations, kept);
  g_signal_emit (self, signals[DEREGISTRATION_REMOVED], 0, kept);
  g_signal_emit (self, signals[CHANGED], 0);
}

typedef struct {
  EsimManager *manager;
  GObject *object;
} Expiry;

static void
expiry_free (gpointer data)
{
  Expiry *expiry = data;

  g_object_unref (expiry->manager);
  g_object_unref (expiry->object);
  g_free (expiry);
}

static void
expire_later (EsimManager *self, gpointer object, GSourceFunc func)
{
  Expiry *expiry = g_new (Expiry, 1);

  *expiry = (Expiry){g_object_ref (self), g_object_ref (object)};
  g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, ENDED_KEPT_S, func, expiry, expiry_free);
}

static gboolean
on_dry_run_expired (gpointer data)
{
  Expiry *expiry = data;

  if (!expiry->manager->stopped)
    drop_deregistration (expiry->manager, ESIM_DEREGISTRATION (expiry->object));
  return G_SOURCE_REMOVE;
}

static void
on_forgotten (EsimDeregistration *deregistration, gpointer data)
{
  drop_deregistration (data, deregistration);
}

static void
on_deregistration_changed (EsimDeregistration *deregistration, gpointer data)
{
  EsimManager *self = data;

  if (self->stopped)
    return;
  sweep (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
add_deregistration (EsimManager *self, EsimDeregistration *deregistration)
{
  g_ptr_array_add (self->deregistrations, deregistration);
  g_signal_connect (deregistration, "changed", G_CALLBACK (on_deregistration_changed), self);
  g_signal_connect (deregistration, "forgotten", G_CALLBACK (on_forgotten), self);
  g_signal_emit (self, signals[DEREGISTRATION_ADDED], 0, deregistration);
}

static EsimDeregistration *
load_entry (EsimManager *self, EsimStoreEntry *entry)
{
  g_autoptr (GError) error = NULL;
  EsimDeregistrationRecord *record = NULL;

  if (entry->keyfile != NULL) {
    record = esim_deregistration_record_read (entry->id, entry->keyfile, &error);
    if (record != NULL)
      return esim_deregistration_resume (&self->shared, record);
    entry->problem = g_strdup (error->message);
    entry->text = g_key_file_to_data (entry->keyfile, NULL, NULL);
  }
  esim_log (ESIM_LOG_RECORD_CORRUPT, ESIM_LOG_WARNING, ESIM_LOG_FIELD_RECORD, entry->path,
            "%s cannot be used and is left as it is: %s", entry->path, entry->problem);
  return esim_deregistration_new_unreadable (entry);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  EsimManager *self = ESIM_MANAGER (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = g_task_propagate_pointer (G_TASK (result), &error);

  if (entries == NULL)
    esim_log (ESIM_LOG_STORAGE_ERROR, ESIM_LOG_WARNING, NULL, NULL, "the records of deregistrations: %s",
              error->message);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    add_deregistration (self, load_entry (self, g_ptr_array_index (entries, i)));
  self->loaded = TRUE;
  hand_out_cards (self);
  sweep (self);
  check_ready (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
load_job (gpointer data)
{
  GTask *task = data;
  EsimManager *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  GPtrArray *entries =
      esim_store_list (self->setup.store, ESIM_DEREGISTRATION_KIND, ESIM_DEREGISTRATION_VERSION, &error);

  if (entries == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, entries, (GDestroyNotify) g_ptr_array_unref);
}

EsimDeregistration *
esim_manager_find_deregistration (EsimManager *self, const char *eid, const char *iccid)
{
  for (guint i = 0; i < self->deregistrations->len; i++) {
    EsimDeregistration *deregistration = g_ptr_array_index (self->deregistrations, i);

    if (esim_deregistration_is_open (deregistration) &&
        esim_deregistration_concerns (deregistration, eid, iccid))
      return deregistration;
  }
  return NULL;
}

gboolean
esim_manager_check_free (EsimManager *self, const char *eid, const char *iccid, GError **error)
{
  for (guint i = 0; i < self->deregistrations->len; i++) {
    EsimDeregistration *deregistration = g_ptr_array_index (self->deregistrations, i);

    if (!esim_deregistration_concerns (deregistration, eid, iccid))
      continue;
    if (esim_deregistration_is_open (deregistration))
      g_set_error_literal (
          error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
          "a deregistration of this profile is open: answer it, withdraw it, or wait for its end");
    else
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                   "the record %s cannot be read and may be of this profile: an administrator has to look at "
                   "it and move it away first",
                   esim_deregistration_get_file (deregistration));
    return FALSE;
  }
  return TRUE;
}

static EsimDeregistration *
find_token (EsimManager *self, const EsimDeregistrationRequest *request)
{
  for (guint i = 0; request->token[0] != '\0' && i < self->deregistrations->len; i++) {
    EsimDeregistration *deregistration = g_ptr_array_index (self->deregistrations, i);
    const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);

    if (record->requester == request->requester && g_strcmp0 (record->token, request->token) == 0)
      return deregistration;
  }
  return NULL;
}

static gboolean
check_method (const EsimDeregistrationRequest *request, GError **error)
{
  if (request->method[0] == '\0') {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_UNKNOWN,
                         "this version knows no carrier's way to end a contract: end it at the carrier "
                         "yourself, then ask with method = \"local\", which "
                         "removes the profile from the card alone");
    return FALSE;
  }
  if (strcmp (request->method, "local") != 0) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                 "the method \"%s\" is not known to this version; \"local\" is", request->method);
    return FALSE;
  }
  return TRUE;
}

EsimDeregistration *
esim_manager_deregister (EsimManager *self, const EsimDeregistrationRequest *request, EsimEuicc *euicc,
                         const char *iccid, GError **error)
{
  EsimDeregistration *deregistration = find_token (self, request);

  if (deregistration != NULL)
    return deregistration;
  if (!check_method (request, error) || !esim_euicc_check (euicc, iccid, error))
    return NULL;
  if (!request->dry_run && !esim_manager_check_free (self, esim_euicc_get_eid (euicc), iccid, error))
    return NULL;
  if (self->deregistrations->len >= ESIM_DEREGISTRATIONS_MAX) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                         "there are too many records of deregistrations; forget some that have ended");
    return NULL;
  }
  deregistration = esim_deregistration_new (&self->shared, request, euicc,
                                            esim_card_snapshot_find (esim_euicc_get_snapshot (euicc), iccid));
  add_deregistration (self, deregistration);
  if (request->dry_run)
    expire_later (self, deregistration, on_dry_run_expired);
  return deregistration;
}

/* Operations */

static gboolean
on_operation_expired (gpointer data)
{
  Expiry *expiry = data;
  EsimManager *self = expiry->manager;

  if (self->stopped)
    return G_SOURCE_REMOVE;
  g_ptr_array_remove (self->operations, expiry->object);
  g_signal_emit (self, signals[OPERATION_REMOVED], 0, expiry->object);
  return G_SOURCE_REMOVE;
}

static void
on_operation_finished (EsimOperation *operation, gboolean success, gpointer data)
{
  expire_later (data, operation, on_operation_expired);
}

void
esim_manager_add_operation (EsimManager *self, EsimOperation *operation)
{
  g_ptr_array_add (self->operations, g_object_ref (operation));
  g_signal_connect_object (operation, "finished", G_CALLBACK (on_operation_finished), self, 0);
  g_signal_emit (self, signals[OPERATION_ADDED], 0, operation);
}

/* Getters and life */

gboolean
esim_manager_is_ready (EsimManager *self)
{
  return self->ready;
}

gboolean
esim_manager_is_needed (EsimManager *self)
{
  if (self->euiccs->len > 0 || self->setup.config->modems->len > 0 || !self->ready)
    return TRUE;
  for (guint i = 0; i < self->deregistrations->len; i++)
    if (esim_deregistration_is_open (g_ptr_array_index (self->deregistrations, i)))
      return TRUE;
  for (guint i = 0; i < esim_outbox_get_items (self->outbox)->len; i++) {
    EsimOutboxItem *item = g_ptr_array_index (esim_outbox_get_items (self->outbox), i);

    if (item->state != ESIM_DELIVERY_ACKNOWLEDGED)
      return TRUE;
  }
  return FALSE;
}

GPtrArray *
esim_manager_get_euiccs (EsimManager *self)
{
  return self->euiccs;
}

GPtrArray *
esim_manager_get_operations (EsimManager *self)
{
  return self->operations;
}

GPtrArray *
esim_manager_get_deregistrations (EsimManager *self)
{
  return self->deregistrations;
}

EsimOutbox *
esim_manager_get_outbox (EsimManager *self)
{
  return self->outbox;
}

EsimManager *
esim_manager_new (const EsimManagerSetup *setup)
{
  EsimManager *self = g_object_new (ESIM_TYPE_MANAGER, NULL);

  self->setup = *setup;
  self->disk = esim_worker_new ("disk");
  self->outbox = esim_outbox_new (setup->config, setup->trust, setup->store);
  self->shared = (EsimDeregistrationSetup){.store = setup->store,
                                           .disk = self->disk,
                                           .outbox = self->outbox,
                                           .trust = setup->trust,
                                           .retry_min_s = setup->config->retry_min_s,
                                           .retry_max_s = setup->config->retry_max_s};
  g_signal_connect (self->outbox, "changed", G_CALLBACK (on_outbox_changed), self);
  return self;
}

void
esim_manager_start (EsimManager *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_loaded, NULL);

  esim_worker_push (self->disk, load_job, g_object_ref (task), g_object_unref);
  start_modems (self);
}

void
esim_manager_stop (EsimManager *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  for (guint i = 0; i < self->deregistrations->len; i++)
    esim_deregistration_stop (g_ptr_array_index (self->deregistrations, i));
  for (guint i = 0; i < self->euiccs->len; i++)
    esim_euicc_hurry (g_ptr_array_index (self->euiccs, i), STOP_GRACE_MS);
  for (guint i = 0; i < self->euiccs->len; i++)
    esim_euicc_stop (g_ptr_array_index (self->euiccs, i));
  esim_outbox_stop (self->outbox);
  esim_worker_stop (g_steal_pointer (&self->disk), NULL, NULL);
}

static void
esim_manager_finalize (GObject *object)
{
  EsimManager *self = ESIM_MANAGER (object);

  for (guint i = 0; i < self->modems->len; i++) {
    Modem *modem = g_ptr_array_index (self->modems, i);

    if (modem->euicc != NULL)
      g_signal_handlers_disconnect_by_data (modem->euicc, modem);
  }
  g_ptr_array_unref (self->modems);
  g_ptr_array_unref (self->euiccs);
  g_ptr_array_unref (self->operations);
  g_ptr_array_unref (self->deregistrations);
  g_hash_table_unref (self->removing);
  g_signal_handlers_disconnect_by_data (self->outbox, self);
  g_object_unref (self->outbox);
  G_OBJECT_CLASS (esim_manager_parent_class)->finalize (object);
}

static void
esim_manager_class_init (EsimManagerClass *klass)
{
  static const char *const with_object[] = {"euicc-added",          "euicc-removed",
                                            "operation-added",      "operation-removed",
                                            "deregistration-added", "deregistration-removed"};

  G_OBJECT_CLASS (klass)->finalize = esim_manager_finalize;
  for (guint i = 0; i < G_N_ELEMENTS (with_object); i++)
    signals[i] = g_signal_new (with_object[i], ESIM_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_OBJECT);
  signals[READY] =
      g_signal_new ("ready", ESIM_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CHANGED] =
      g_signal_new ("changed", ESIM_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
esim_manager_init (EsimManager *self)
{
  self->modems = g_ptr_array_new_with_free_func (modem_free);
  self->euiccs = g_ptr_array_new_with_free_func (g_object_unref);
  self->operations = g_ptr_array_new_with_free_func (g_object_unref);
  self->deregistrations = g_ptr_array_new_with_free_func (g_object_unref);
  self->removing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
