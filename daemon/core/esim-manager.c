/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-manager.h"
#include "esim-deregistration-request.h"
#include "esim-error.h"
#include "esim-log.h"
#include "esim-modems.h"
#include "esim-sweeper.h"

#include <gio/gio.h>
#include <string.h>

#define ENDED_KEPT_S 300
#define ENDED_MAX 64 /* operations */
#define STOP_GRACE_MS 5000
#define QUESTIONS_MAX 32

struct _EsimManager {
  GObject parent;
  EsimManagerSetup setup;
  EsimDeregistrationSetup shared;
  EsimHttpHub *hub;
  EsimOutbox *outbox;
  EsimDownloads *downloads;
  EsimWorker *disk;
  EsimCarrierWorker *carrier_worker;
  EsimModems *modems;
  GPtrArray *euiccs;
  GPtrArray *operations;
  GPtrArray *deregistrations;
  EsimSweeper *sweeper;
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

static void sweep (EsimManager *self);

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

/* The card may still be shown, absent, in the modem that it was taken from. */
static EsimEuicc *
find_card (EsimManager *self, const char *eid)
{
  EsimEuicc *found = NULL;

  for (guint i = 0; i < self->euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (self->euiccs, i);

    if (strcmp (esim_euicc_get_eid (euicc), eid) == 0 && (found == NULL || esim_euicc_is_present (euicc)))
      found = euicc;
  }
  return found;
}

static void
hand_out_cards (EsimManager *self)
{
  for (guint i = 0; i < self->deregistrations->len; i++) {
    EsimDeregistration *deregistration = g_ptr_array_index (self->deregistrations, i);
    const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);

    if (record->eid[0] != '\0')
      esim_deregistration_set_euicc (deregistration, find_card (self, record->eid));
  }
}

static void
on_euicc_added (EsimEuicc *euicc, gpointer data)
{
  EsimManager *self = data;

  g_ptr_array_add (self->euiccs, g_object_ref (euicc));
  g_signal_emit (self, signals[EUICC_ADDED], 0, euicc);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_euicc_removed (EsimEuicc *euicc, gpointer data)
{
  EsimManager *self = data;

  g_ptr_array_remove (self->euiccs, euicc);
  esim_downloads_forget (self->downloads, euicc);
  hand_out_cards (self);
  g_signal_emit (self, signals[EUICC_REMOVED], 0, euicc);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_euicc_changed (EsimEuicc *euicc, gpointer data)
{
  EsimManager *self = data;

  if (self->stopped)
    return;
  esim_downloads_update (self->downloads, euicc);
  hand_out_cards (self);
  sweep (self);
  check_ready (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
esim_manager_add_port (EsimManager *self, const char *path, const char *transport, const char *name)
{
  esim_modems_add_port (self->modems, path, transport, name);
}

void
esim_manager_leave_out (EsimManager *self, const char *path, const char *transport, const char *name,
                        const char *reason)
{
  esim_modems_leave_out (self->modems, path, transport, name, reason);
}

void
esim_manager_remove_port (EsimManager *self, const char *path)
{
  esim_modems_remove_port (self->modems, path);
}

void
esim_manager_look_again (EsimManager *self)
{
  for (guint i = 0; i < self->euiccs->len; i++)
    esim_euicc_reopen (g_ptr_array_index (self->euiccs, i));
  for (guint i = 0; i < self->deregistrations->len; i++)
    esim_deregistration_look_again (g_ptr_array_index (self->deregistrations, i));
}

void
esim_manager_connections_changed (EsimManager *self)
{
  if (self->stopped)
    return;
  for (guint i = 0; i < self->euiccs->len; i++)
    g_signal_emit_by_name (g_ptr_array_index (self->euiccs, i), "changed");
  for (guint i = 0; i < self->deregistrations->len; i++)
    esim_deregistration_connections_changed (g_ptr_array_index (self->deregistrations, i));
}

gboolean
esim_manager_is_wanted (EsimManager *self, const EsimOutboxItem *item)
{
  for (guint i = 0; i < self->deregistrations->len; i++)
    if (esim_deregistration_wants (g_ptr_array_index (self->deregistrations, i), item))
      return TRUE;
  return FALSE;
}

static gboolean
is_wanted (const EsimOutboxItem *item, gpointer self)
{
  return esim_manager_is_wanted (self, item);
}

/* Acknowledged notifications: once no record waits for the news, the card forgets them, then the disk. */
static void
sweep (EsimManager *self)
{
  if (self->loaded && !self->stopped && esim_outbox_is_loaded (self->outbox))
    esim_sweeper_run (self->sweeper);
}

static void
on_outbox_changed (EsimOutbox *outbox, gpointer data)
{
  EsimManager *self = data;

  if (self->stopped)
    return;
  for (guint i = 0; i < self->deregistrations->len; i++)
    esim_deregistration_update (g_ptr_array_index (self->deregistrations, i));
  esim_sweeper_update (self->sweeper);
  sweep (self);
  check_ready (self);
  g_signal_emit (self, signals[CHANGED], 0);
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

/* What cannot even be listed may be of any profile: it is shown, and stands in the way. */
static void
add_unknown_records (EsimManager *self, const GError *error)
{
  EsimStoreEntry entry = {
      .id = (char *) "unknown", .problem = error->message, .path = (char *) ESIM_DEREGISTRATION_KIND};

  add_deregistration (self, esim_deregistration_new_unreadable (&entry));
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  EsimManager *self = ESIM_MANAGER (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->stopped)
    return;
  if (entries == NULL)
    add_unknown_records (self, error);
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

  g_task_set_task_data (task, task, NULL); /* it ran */
  if (entries == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, entries, (GDestroyNotify) g_ptr_array_unref);
}

/* After the job, or instead of it where the service stopped first: a task has to return all the same. */
static void
load_end (gpointer data)
{
  g_autoptr (GTask) task = data;

  if (g_task_get_task_data (task) == NULL)
    g_task_return_new_error (task, ESIM_ERROR, ESIM_ERROR_CANCELLED, "the service stopped");
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
  g_autofree char *hash = esim_deregistration_record_hash_token (request->token);

  for (guint i = 0; *hash != '\0' && i < self->deregistrations->len; i++) {
    EsimDeregistration *deregistration = g_ptr_array_index (self->deregistrations, i);
    const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);

    if (record->requester == request->requester && strcmp (record->token, hash) == 0)
      return deregistration;
  }
  return NULL;
}

/* @eid: "" = of no card */
static gboolean
check_token (EsimDeregistration *deregistration, const EsimDeregistrationRequest *request, const char *eid,
             const char *iccid, GError **error)
{
  const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);

  if (strcmp (record->eid, eid) == 0 && strcmp (record->iccid, iccid) == 0 &&
      (*request->method == '\0' || strcmp (record->method, request->method) == 0) &&
      record->dry_run == request->dry_run)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                       "this token was used for something else: take another one");
  return FALSE;
}

static gboolean
check_room (EsimManager *self, GError **error)
{
  if (self->deregistrations->len < ESIM_DEREGISTRATIONS_MAX)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                       "there are too many records of deregistrations; forget some that have ended");
  return FALSE;
}

static EsimDeregistration *
begin_deregistration (EsimManager *self, EsimDeregistration *deregistration)
{
  add_deregistration (self, deregistration);
  if (esim_deregistration_get_record (deregistration)->dry_run)
    expire_later (self, deregistration, on_dry_run_expired);
  return deregistration;
}

EsimDeregistration *
esim_manager_deregister (EsimManager *self, EsimDeregistrationRequest *request, EsimEuicc *euicc,
                         const char *iccid, GError **error)
{
  EsimDeregistration *deregistration = find_token (self, request);
  const char *eid = esim_euicc_get_eid (euicc);
  const EsimProfileInfo *profile;

  if (deregistration != NULL)
    return check_token (deregistration, request, eid, iccid, error) ? deregistration : NULL;
  if (!esim_euicc_check (euicc, iccid, error))
    return NULL;
  profile = esim_card_snapshot_find (esim_euicc_get_snapshot (euicc), iccid);
  if (!esim_deregistration_request_settle (request, self->setup.carriers, profile, iccid, error) ||
      (!request->dry_run && !esim_manager_check_free (self, eid, iccid, error)) || !check_room (self, error))
    return NULL;
  return begin_deregistration (self, esim_deregistration_new (&self->shared, request, euicc, profile));
}

/* Whether a card that is there has it after all. */
static gboolean
check_gone (EsimManager *self, const char *iccid, GError **error)
{
  for (guint i = 0; i < self->euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (self->euiccs, i);
    EsimCardSnapshot *card = esim_euicc_get_snapshot (euicc);

    if (!esim_euicc_is_present (euicc) || card == NULL || esim_card_snapshot_find (card, iccid) == NULL)
      continue;
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                         "a profile of this ICCID is on a card: ask for its own deregistration");
    return FALSE;
  }
  return TRUE;
}

EsimDeregistration *
esim_manager_deregister_iccid (EsimManager *self, EsimDeregistrationRequest *request, const char *iccid,
                               GError **error)
{
  EsimDeregistration *deregistration = find_token (self, request);

  if (deregistration != NULL)
    return check_token (deregistration, request, "", iccid, error) ? deregistration : NULL;
  if (!esim_deregistration_request_settle (request, self->setup.carriers, NULL, iccid, error) ||
      !check_gone (self, iccid, error) ||
      (!request->dry_run && !esim_manager_check_free (self, "", iccid, error)) || !check_room (self, error))
    return NULL;
  return begin_deregistration (self, esim_deregistration_new_cardless (&self->shared, request, iccid));
}

/* Operations */

static void
remove_operation (EsimManager *self, EsimOperation *operation)
{
  g_autoptr (EsimOperation) kept = g_object_ref (operation);

  if (!self->stopped && g_ptr_array_remove (self->operations, kept))
    g_signal_emit (self, signals[OPERATION_REMOVED], 0, kept);
}

static gboolean
on_operation_expired (gpointer data)
{
  Expiry *expiry = data;

  remove_operation (expiry->manager, ESIM_OPERATION (expiry->object));
  return G_SOURCE_REMOVE;
}

/* Ended ones are kept for a while, but not however many. */
static void
drop_oldest_ended (EsimManager *self)
{
  EsimOperation *oldest = NULL;
  guint ended = 0;

  for (guint i = self->operations->len; i > 0; i--) {
    EsimOperation *operation = g_ptr_array_index (self->operations, i - 1);

    if (!esim_operation_is_ended (operation))
      continue;
    oldest = operation;
    ended++;
  }
  if (ended > ENDED_MAX)
    remove_operation (self, oldest);
}

static void
on_operation_finished (EsimOperation *operation, gboolean success, gpointer data)
{
  expire_later (data, operation, on_operation_expired);
  drop_oldest_ended (data);
}

/* One that waits for an answer stands in no queue of a card's. */
gboolean
esim_manager_check_questions (EsimManager *self, GError **error)
{
  guint waiting = 0;

  for (guint i = 0; i < self->operations->len; i++)
    waiting += esim_operation_get_question (g_ptr_array_index (self->operations, i)) != 0;
  if (waiting < QUESTIONS_MAX)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                       "too many operations wait for an answer; answer some, or cancel them");
  return FALSE;
}

void
esim_manager_add_operation (EsimManager *self, EsimOperation *operation)
{
  g_ptr_array_add (self->operations, g_object_ref (operation));
  g_signal_connect_object (operation, "finished", G_CALLBACK (on_operation_finished), self, 0);
  g_signal_emit (self, signals[OPERATION_ADDED], 0, operation);
}

static void
on_download_told (EsimOperation *operation, gpointer self)
{
  esim_manager_add_operation (self, operation);
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
  /* Nothing but an open port tells of a card that is put into a modem, and nothing but us of a reader. */
  if (self->euiccs->len > 0 || esim_modems_has_port (self->modems) || self->setup.config->pcsc ||
      !self->ready)
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

EsimHttpHub *
esim_manager_get_http (EsimManager *self)
{
  return self->hub;
}

EsimRspTrust *
esim_manager_get_trust (EsimManager *self)
{
  return self->setup.trust;
}

EsimDownloads *
esim_manager_get_downloads (EsimManager *self)
{
  return self->downloads;
}

EsimLookAtNetwork
esim_manager_get_look_at_network (EsimManager *self)
{
  return self->setup.look_at_network;
}

const EsimKeeper *
esim_manager_get_keeper (EsimManager *self)
{
  return self->setup.keeper;
}

const EsimConnections *
esim_manager_get_connections (EsimManager *self)
{
  return self->setup.connections;
}

EsimModems *
esim_manager_get_modems (EsimManager *self)
{
  return self->modems;
}

EsimManager *
esim_manager_new (const EsimManagerSetup *setup)
{
  EsimManager *self = g_object_new (ESIM_TYPE_MANAGER, NULL);
  EsimSlotEvents events = {on_euicc_added, on_euicc_removed, on_euicc_changed, self};
  EsimEuiccSetup euicc = {.config = setup->config,
                          .transport = setup->transport,
                          .keeper = setup->keeper,
                          .store = setup->store,
                          .runtime_dir = setup->runtime_dir};

  self->setup = *setup;
  self->disk = esim_worker_new ("disk");
  self->carrier_worker = esim_carrier_worker_new (&setup->config->http);
  self->hub = esim_http_hub_new (&setup->config->http, setup->trust);
  self->downloads = esim_downloads_new (setup->config, self->hub, on_download_told, self);
  self->outbox = esim_outbox_new (setup->config, self->hub, setup->store);
  euicc.outbox = self->outbox;
  self->modems = esim_modems_new (&euicc, &events);
  self->shared = (EsimDeregistrationSetup){.store = setup->store,
                                           .disk = self->disk,
                                           .outbox = self->outbox,
                                           .trust = setup->trust,
                                           .carrier_worker = self->carrier_worker,
                                           .carriers = setup->carriers,
                                           .look_at_network = setup->look_at_network,
                                           .connections = setup->connections,
                                           .retry_min_s = setup->config->retry_min_s,
                                           .retry_max_s = setup->config->retry_max_s};
  self->sweeper = esim_sweeper_new (setup->config, self->outbox, self->euiccs, is_wanted, self);
  g_signal_connect (self->outbox, "changed", G_CALLBACK (on_outbox_changed), self);
  return self;
}

void
esim_manager_start (EsimManager *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_loaded, NULL);

  esim_worker_push (self->disk, load_job, g_object_ref (task), load_end);
  esim_modems_start (self->modems);
}

void
esim_manager_stop (EsimManager *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  for (guint i = 0; i < self->deregistrations->len; i++)
    esim_deregistration_stop (g_ptr_array_index (self->deregistrations, i));
  esim_carrier_worker_hurry (self->carrier_worker);
  esim_sweeper_stop (self->sweeper);
  esim_downloads_stop (self->downloads);
  /* What they have to tell their servers goes out while they stop. */
  esim_modems_stop (self->modems, STOP_GRACE_MS);
  esim_outbox_stop (self->outbox);
  esim_http_hub_stop (self->hub);
  esim_carrier_worker_stop (self->carrier_worker);
  esim_worker_stop (g_steal_pointer (&self->disk), NULL, NULL);
}

static void
esim_manager_finalize (GObject *object)
{
  EsimManager *self = ESIM_MANAGER (object);

  esim_modems_free (self->modems);
  g_ptr_array_unref (self->euiccs);
  g_ptr_array_unref (self->operations);
  g_ptr_array_unref (self->deregistrations);
  esim_sweeper_unref (self->sweeper);
  esim_downloads_unref (self->downloads);
  g_signal_handlers_disconnect_by_data (self->outbox, self);
  g_object_unref (self->outbox);
  esim_http_hub_free (self->hub);
  esim_carrier_worker_free (self->carrier_worker);
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
  self->euiccs = g_ptr_array_new_with_free_func (g_object_unref);
  self->operations = g_ptr_array_new_with_free_func (g_object_unref);
  self->deregistrations = g_ptr_array_new_with_free_func (g_object_unref);
}
