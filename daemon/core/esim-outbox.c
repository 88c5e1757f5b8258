/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-outbox.h"
#include "esim-error.h"
#include "esim-es9.h"
#include "esim-log.h"
#include "esim-redact.h"
#include "esim-worker.h"

#include <string.h>

/* A wall-clock time may jump, and the monotonic clock stands still in a suspend: look again at least this
 * often. */
#define LOOK_AGAIN_S 900

struct _EsimOutbox {
  GObject parent;
  const EsimConfig *config;
  EsimHttpHub *hub;
  EsimStore *store;
  EsimWorker *worker;
  /* Main thread: */
  GPtrArray *items;
  GPtrArray *problems;
  gboolean loaded;
  gboolean stopped;
  /* Worker: */
  GHashTable *own;     /* id → EsimOutboxItem */
  GHashTable *sending; /* recipient → Delivery */
  GPtrArray *waiters;  /* of Waiter */
  GSource *timer;
  gboolean stopping;
};

G_DEFINE_FINAL_TYPE (EsimOutbox, esim_outbox, G_TYPE_OBJECT)

typedef struct {
  EsimOutbox *outbox;
  char *recipient;
  char *id;
  EsimHttpCall *call;
} Delivery;

typedef struct {
  char *eid;
  EsimOutboxTried tried;
  gpointer user_data;
  GDestroyNotify destroy;
  EsimOutboxCount count;
} Waiter;

/* Somebody waits until one is gone. */
typedef struct {
  EsimOutboxForgotten done;
  gpointer user_data;
  GDestroyNotify destroy;
  GError *error;
} Forget;

/* A message in either direction. */
typedef struct {
  EsimOutbox *outbox;
  char *text;
  GPtrArray *items;
  GPtrArray *problems;
  Waiter *waiter;
  Forget *forget;
} Message;

static guint signal_changed;

static void
forget_free (gpointer data)
{
  Forget *forget = data;

  if (forget->destroy != NULL)
    forget->destroy (forget->user_data);
  g_clear_error (&forget->error);
  g_free (forget);
}

static Message *
message_new (EsimOutbox *self, const char *text)
{
  Message *message = g_new0 (Message, 1);

  message->outbox = g_object_ref (self);
  message->text = g_strdup (text);
  return message;
}

static void
waiter_free (gpointer data)
{
  Waiter *waiter = data;

  if (waiter->destroy != NULL)
    waiter->destroy (waiter->user_data);
  g_free (waiter->eid);
  g_free (waiter);
}

static void
message_free (gpointer data)
{
  Message *message = data;

  g_object_unref (message->outbox);
  g_free (message->text);
  g_clear_pointer (&message->items, g_ptr_array_unref);
  g_clear_pointer (&message->problems, g_ptr_array_unref);
  g_clear_pointer (&message->waiter, waiter_free);
  g_clear_pointer (&message->forget, forget_free);
  g_free (message);
}

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

guint
esim_outbox_get_pause (guint attempts, guint min_s, guint max_s)
{
  guint64 pause = min_s;

  for (guint i = 1; i < attempts && pause < max_s; i++)
    pause *= 2;
  return (guint) MIN (pause, max_s);
}

static gint
compare_items (gconstpointer a, gconstpointer b)
{
  const EsimOutboxItem *x = *(EsimOutboxItem *const *) a;
  const EsimOutboxItem *y = *(EsimOutboxItem *const *) b;
  int by_eid = strcmp (x->eid, y->eid);

  if (by_eid != 0)
    return by_eid;
  if (x->notification->sequence != y->notification->sequence)
    return x->notification->sequence < y->notification->sequence ? -1 : 1;
  return strcmp (x->notification->address, y->notification->address);
}

static GPtrArray *
sorted_items (EsimOutbox *self)
{
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_outbox_item_unref);
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->own);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    g_ptr_array_add (items, esim_outbox_item_ref (item));
  g_ptr_array_sort (items, compare_items);
  return items;
}

static void
on_items (gpointer data)
{
  Message *message = data;
  EsimOutbox *self = message->outbox;

  g_clear_pointer (&self->items, g_ptr_array_unref);
  self->items = g_steal_pointer (&message->items);
  if (message->problems != NULL) {
    g_clear_pointer (&self->problems, g_ptr_array_unref);
    self->problems = g_steal_pointer (&message->problems);
    self->loaded = TRUE;
  }
  g_signal_emit (self, signal_changed, 0);
}

static void
post_items (EsimOutbox *self, GPtrArray *problems)
{
  Message *message = message_new (self, NULL);

  message->items = sorted_items (self);
  message->problems = problems;
  esim_worker_post_to_main (on_items, message, message_free);
}

static char *
recipient_of (const EsimOutboxItem *item)
{
  /* A host's name is the same in small letters and capitals. */
  g_autofree char *host = g_ascii_strdown (item->notification->address, -1);

  return g_strconcat (item->eid, "@", host, NULL);
}

static void look (EsimOutbox *self);

/* A turn of its own, so that several answers at once make one look. */
static gboolean
on_look (gpointer data)
{
  EsimOutbox *self = data;

  if (!self->stopping)
    look (self);
  return G_SOURCE_REMOVE;
}

static void
look_soon (EsimOutbox *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, on_look, self, NULL);
  g_source_attach (source, esim_worker_get_context (self->worker));
}

static void
take (EsimOutbox *self, EsimOutboxItem *item)
{
  g_hash_table_replace (self->own, g_strdup (item->id), item);
}

static void
log_outcome (const EsimOutboxItem *item, EsimEs9Outcome outcome, const GError *error)
{
  const char *event = esim_notification_event_to_string (item->notification->event);

  if (outcome == ESIM_ES9_DELIVERED)
    esim_log (ESIM_LOG_NOTIFICATION_DELIVERED, ESIM_LOG_INFO, ESIM_LOG_FIELD_SERVER,
              item->notification->address, "notification %" G_GUINT64_FORMAT " (%s) was acknowledged by %s",
              item->notification->sequence, event, item->notification->address);
  else
    esim_log (
        g_error_matches (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED) ? ESIM_LOG_SERVER_NOT_TRUSTED
                                                                           : ESIM_LOG_NOTIFICATION_REFUSED,
        ESIM_LOG_WARNING, ESIM_LOG_FIELD_SERVER, item->notification->address,
        "notification %" G_GUINT64_FORMAT " (%s) was not delivered to %s, try %u: %s",
        item->notification->sequence, event, item->notification->address, item->attempts, error->message);
}

/* What the item is after a try. */
static EsimOutboxItem *
after_try (EsimOutbox *self, const EsimOutboxItem *before, EsimEs9Outcome outcome, guint http_status,
           const GError *error)
{
  EsimOutboxItem *item = esim_outbox_item_copy (before);

  item->attempts++;
  item->http_status = http_status;
  g_clear_pointer (&item->error_name, g_free);
  g_clear_pointer (&item->error, g_free);
  if (outcome == ESIM_ES9_DELIVERED) {
    item->state = ESIM_DELIVERY_ACKNOWLEDGED;
    item->acknowledged_at = now_s ();
    item->next_attempt = 0;
    return item;
  }
  if (outcome == ESIM_ES9_REFUSED && ++item->refusals >= self->config->refusals_max)
    item->state = ESIM_DELIVERY_REFUSED;
  item->next_attempt =
      now_s () + esim_outbox_get_pause (item->attempts, self->config->retry_min_s, self->config->retry_max_s);
  item->error_name = g_strdup (esim_error_get_dbus_name (error));
  item->error = g_strdup (error->message);
  return item;
}

static void
count_try (EsimOutbox *self, const EsimOutboxItem *item, EsimEs9Outcome outcome)
{
  for (guint i = 0; i < self->waiters->len; i++) {
    Waiter *waiter = g_ptr_array_index (self->waiters, i);

    if (strcmp (waiter->eid, item->eid) != 0)
      continue;
    if (outcome == ESIM_ES9_DELIVERED)
      waiter->count.sent++;
    else if (outcome == ESIM_ES9_REFUSED)
      waiter->count.refused++;
  }
}

static void
on_answer (EsimEs9Outcome outcome, guint http_status, const GError *error, gpointer data)
{
  Delivery *delivery = data;
  EsimOutbox *self = delivery->outbox;
  EsimOutboxItem *before = g_hash_table_lookup (self->own, delivery->id);
  g_autoptr (EsimOutboxItem) item = NULL;
  g_autoptr (GError) local = NULL;

  if (before != NULL && !self->stopping) {
    item = after_try (self, before, outcome, http_status, error);
    /* If the disk does not take the acknowledgement, then there was none: the server knows a repetition by
     * its number. */
    if (!esim_outbox_item_write (item, self->store, &local)) {
      g_warning ("the state of a delivery could not be kept: %s", local->message);
      if (outcome == ESIM_ES9_DELIVERED) {
        item->state = before->state;
        item->acknowledged_at = 0;
        item->next_attempt = now_s () + self->config->retry_min_s;
        item->error_name = g_strdup (esim_error_get_dbus_name (local));
        item->error = g_strdup (local->message);
        outcome = ESIM_ES9_LATER;
        error = local;
      }
    }
    log_outcome (item, outcome, error);
    count_try (self, item, outcome);
    take (self, g_steal_pointer (&item));
  }
  g_hash_table_remove (self->sending, delivery->recipient);
  if (self->stopping)
    return;
  post_items (self, NULL);
  look_soon (self);
}

static void
delivery_free (gpointer data)
{
  Delivery *delivery = data;

  g_free (delivery->recipient);
  g_free (delivery->id);
  g_free (delivery);
}

static void
send_item (EsimOutbox *self, EsimOutboxItem *item, const char *recipient)
{
  Delivery *delivery = g_new0 (Delivery, 1);

  delivery->outbox = self;
  delivery->recipient = g_strdup (recipient);
  delivery->id = g_strdup (item->id);
  g_hash_table_replace (self->sending, delivery->recipient, delivery);
  delivery->call =
      esim_es9_handle_notification (self->hub, item->notification->address, item->notification->bytes,
                                    (const char *const *) item->ci_key_ids, on_answer, delivery);
}

/* Sends to each recipient the first item in its line, if it is due. A refused one stands aside: it is tried
 * when it is due, and holds up nobody. Returns the time of the next one, 0 = none. */
static gint64
send_due (EsimOutbox *self, GPtrArray *items)
{
  g_autoptr (GHashTable) blocked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gint64 next = 0, now = now_s ();

  for (guint i = 0; i < items->len; i++) {
    EsimOutboxItem *item = g_ptr_array_index (items, i);
    g_autofree char *recipient = recipient_of (item);

    if (item->state == ESIM_DELIVERY_ACKNOWLEDGED || g_hash_table_contains (blocked, recipient) ||
        g_hash_table_contains (self->sending, recipient))
      continue;
    /* A clock that was set back must not make a pause of minutes one of years. */
    if (item->next_attempt <= now || item->next_attempt > now + self->config->retry_max_s)
      send_item (self, item, recipient);
    else if (next == 0 || item->next_attempt < next)
      next = item->next_attempt;
    if (item->state == ESIM_DELIVERY_PENDING)
      g_hash_table_add (blocked, g_steal_pointer (&recipient));
  }
  return next;
}

static void
on_tried (gpointer data)
{
  Waiter *waiter = ((Message *) data)->waiter;

  waiter->destroy = NULL;
  waiter->tried (&waiter->count, waiter->user_data);
}

static gboolean
is_sending_for (EsimOutbox *self, const char *eid)
{
  GHashTableIter iter;
  gpointer recipient;

  g_hash_table_iter_init (&iter, self->sending);
  while (g_hash_table_iter_next (&iter, &recipient, NULL))
    if (g_str_has_prefix (recipient, eid))
      return TRUE;
  return FALSE;
}

static void
tell_waiters (EsimOutbox *self, GPtrArray *items)
{
  for (guint i = self->waiters->len; i > 0; i--) {
    Waiter *waiter = g_ptr_array_index (self->waiters, i - 1);
    Message *message;

    if (is_sending_for (self, waiter->eid))
      continue;
    for (guint j = 0; j < items->len; j++) {
      EsimOutboxItem *item = g_ptr_array_index (items, j);

      if (strcmp (item->eid, waiter->eid) == 0 && item->state != ESIM_DELIVERY_ACKNOWLEDGED)
        waiter->count.waiting++;
    }
    /* One that was refused now waits too, or stands aside: it is counted once. */
    waiter->count.refused = MIN (waiter->count.refused, waiter->count.waiting);
    waiter->count.waiting -= waiter->count.refused;
    message = message_new (self, NULL);
    message->waiter = g_ptr_array_steal_index (self->waiters, i - 1);
    esim_worker_post_to_main (on_tried, message, message_free);
  }
}

static gboolean
on_timer (gpointer data)
{
  EsimOutbox *self = data;

  g_clear_pointer (&self->timer, g_source_unref);
  look (self);
  return G_SOURCE_REMOVE;
}

static void
set_timer (EsimOutbox *self, gint64 next)
{
  if (self->timer != NULL) {
    g_source_destroy (self->timer);
    g_clear_pointer (&self->timer, g_source_unref);
  }
  if (next == 0)
    return;
  self->timer = g_timeout_source_new_seconds ((guint) CLAMP (next - now_s (), 1, LOOK_AGAIN_S));
  g_source_set_callback (self->timer, on_timer, self, NULL);
  g_source_attach (self->timer, esim_worker_get_context (self->worker));
}

static void
look (EsimOutbox *self)
{
  g_autoptr (GPtrArray) items = sorted_items (self);
  gint64 next = send_due (self, items);

  set_timer (self, next);
  tell_waiters (self, items);
}

static void
load_job (gpointer data)
{
  Message *message = data;
  EsimOutbox *self = message->outbox;
  GPtrArray *problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries =
      esim_store_list (self->store, ESIM_OUTBOX_KIND, ESIM_OUTBOX_VERSION, &error);

  if (entries == NULL)
    g_ptr_array_add (problems, g_strdup (error->message));
  for (guint i = 0; entries != NULL && i < entries->len; i++) {
    EsimStoreEntry *entry = g_ptr_array_index (entries, i);
    g_autoptr (GError) local = NULL;
    EsimOutboxItem *item =
        entry->keyfile != NULL ? esim_outbox_item_read (entry->id, entry->keyfile, &local) : NULL;

    if (item != NULL) {
      take (self, item);
      continue;
    }
    g_ptr_array_add (
        problems, g_strdup_printf ("%s: %s", entry->path, local != NULL ? local->message : entry->problem));
    esim_log (ESIM_LOG_RECORD_CORRUPT, ESIM_LOG_WARNING, ESIM_LOG_FIELD_RECORD, entry->path,
              "%s cannot be used and is left as it is: %s", entry->path,
              local != NULL ? local->message : entry->problem);
  }
  post_items (self, problems);
  look (self);
}

static void
add_job (gpointer data)
{
  Message *message = data;
  EsimOutbox *self = message->outbox;
  g_autoptr (GError) error = NULL;
  g_autoptr (GKeyFile) file = NULL;
  EsimOutboxItem *item;

  if (g_hash_table_contains (self->own, message->text))
    return;
  file = esim_store_read (self->store, ESIM_OUTBOX_KIND, message->text, ESIM_OUTBOX_VERSION, &error);
  item = file != NULL ? esim_outbox_item_read (message->text, file, &error) : NULL;
  /* Delivered and let go of, before this message came. */
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND))
    return;
  if (item == NULL) {
    g_warning ("a notification cannot be read back: %s", error->message);
    return;
  }
  take (self, item);
  post_items (self, NULL);
  look (self);
}

static void
try_job (gpointer data)
{
  Message *message = data;
  EsimOutbox *self = message->outbox;
  g_autoptr (GPtrArray) items = sorted_items (self);

  for (guint i = 0; i < items->len; i++) {
    EsimOutboxItem *item = g_ptr_array_index (items, i);

    if (strcmp (item->eid, message->text) == 0 && item->next_attempt != 0) {
      item = esim_outbox_item_copy (item);
      item->next_attempt = 0;
      take (self, item);
    }
  }
  if (message->waiter != NULL)
    g_ptr_array_add (self->waiters, g_steal_pointer (&message->waiter));
  look (self);
}

static void
tell_forgotten (gpointer data)
{
  Forget *forget = data;

  if (forget->done != NULL)
    forget->done (forget->error, forget->user_data);
}

static void
forget_job (gpointer data)
{
  Message *message = data;
  EsimOutbox *self = message->outbox;
  Forget *forget = g_steal_pointer (&message->forget);

  if (esim_store_remove (self->store, ESIM_OUTBOX_KIND, message->text, &forget->error)) {
    g_hash_table_remove (self->own, message->text);
    post_items (self, NULL);
    look (self);
  } else {
    g_warning ("a delivered notification could not be taken from disk: %s", forget->error->message);
  }
  esim_worker_post_to_main (tell_forgotten, forget, forget_free);
}

static void
stop_job (gpointer data)
{
  EsimOutbox *self = data;

  GMainContext *context = esim_worker_get_context (self->worker);
  GHashTableIter iter;
  gpointer delivery;

  self->stopping = TRUE;
  set_timer (self, 0);
  g_hash_table_iter_init (&iter, self->sending);
  while (g_hash_table_iter_next (&iter, NULL, &delivery))
    esim_http_call_cancel (((Delivery *) delivery)->call);
  while (g_hash_table_size (self->sending) > 0)
    g_main_context_iteration (context, TRUE);
}

static void
push (EsimOutbox *self, EsimWorkerJob job, const char *text)
{
  if (!self->stopped)
    esim_worker_push (self->worker, job, message_new (self, text), message_free);
}

void
esim_outbox_add (EsimOutbox *self, const char *id)
{
  push (self, add_job, id);
}

void
esim_outbox_forget (EsimOutbox *self, const char *id, EsimOutboxForgotten done, gpointer user_data,
                    GDestroyNotify destroy)
{
  Message *message = message_new (self, id);

  message->forget = g_new0 (Forget, 1);
  *message->forget = (Forget){done, user_data, destroy, NULL};
  if (self->stopped)
    message_free (message);
  else
    esim_worker_push (self->worker, forget_job, message, message_free);
}

void
esim_outbox_try_now (EsimOutbox *self, const char *eid, EsimOutboxTried tried, gpointer user_data,
                     GDestroyNotify destroy)
{
  Message *message = message_new (self, eid);

  if (tried != NULL) {
    message->waiter = g_new0 (Waiter, 1);
    *message->waiter = (Waiter){g_strdup (eid), tried, user_data, destroy, {0}};
  }
  if (self->stopped) {
    message_free (message);
    return;
  }
  esim_worker_push (self->worker, try_job, message, message_free);
}

gboolean
esim_outbox_is_loaded (EsimOutbox *self)
{
  return self->loaded;
}

GPtrArray *
esim_outbox_get_items (EsimOutbox *self)
{
  return self->items;
}

GPtrArray *
esim_outbox_get_problems (EsimOutbox *self)
{
  return g_ptr_array_ref (self->problems);
}

EsimOutbox *
esim_outbox_new (const EsimConfig *config, EsimHttpHub *hub, EsimStore *store)
{
  EsimOutbox *self = g_object_new (ESIM_TYPE_OUTBOX, NULL);

  self->config = config;
  self->hub = hub;
  self->store = store;
  self->worker = esim_worker_new ("outbox");
  push (self, load_job, NULL);
  return self;
}

void
esim_outbox_stop (EsimOutbox *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  esim_worker_stop (self->worker, stop_job, self);
  g_ptr_array_set_size (self->waiters, 0);
}

static void
esim_outbox_finalize (GObject *object)
{
  EsimOutbox *self = ESIM_OUTBOX (object);

  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->problems);
  g_hash_table_unref (self->own);
  g_hash_table_unref (self->sending);
  g_ptr_array_unref (self->waiters);
  G_OBJECT_CLASS (esim_outbox_parent_class)->finalize (object);
}

static void
esim_outbox_class_init (EsimOutboxClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = esim_outbox_finalize;
  signal_changed =
      g_signal_new ("changed", ESIM_TYPE_OUTBOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
esim_outbox_init (EsimOutbox *self)
{
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_outbox_item_unref);
  self->problems = g_ptr_array_new_with_free_func (g_free);
  self->own =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) esim_outbox_item_unref);
  self->sending = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, delivery_free);
  self->waiters = g_ptr_array_new_with_free_func (waiter_free);
}
