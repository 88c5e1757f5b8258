/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-network-manager.h"

#include "esim-error.h"
#include "esim-nm-create.h"
#include "esim-nm-error.h"
#include "esim-nm-names.h"
#include "esim-nm-remove.h"
#include "esim-nm-table.h"

#define UNREAD_MAX 4096 /* of any type, which have to be read to know */

struct _EsimNetworkManager {
  GObject parent;
  GDBusConnection *bus;
  guint watch;
  char *owner;           /* NetworkManager's unique name; NULL without */
  GCancellable *session; /* what is asked of this owner */
  guint subscriptions[4];
  guint newborn;           /* the subscription to its objects' coming, until it has shown its connections */
  gboolean starting;       /* it has its name, and nothing to show yet */
  gboolean listed;         /* ListConnections was answered */
  gboolean actives_listed; /* ActiveConnections was answered */
  gboolean settled;
  EsimNmTable *table;
  GQueue unread;       /* object paths of connections */
  char *reading;       /* the one that was asked for; NULL: none */
  guint asked_actives; /* whose connection was asked for */
};

G_DEFINE_TYPE (EsimNetworkManager, esim_network_manager, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* One request of a caller's. */
typedef struct {
  EsimNetworkManager *manager;
  char *path;
  char *uuid;
  EsimNmDone done;
  gpointer data;
  GError *error; /* it was over before it began */
} Job;

static Job *
job_new (EsimNetworkManager *manager, EsimNmDone done, gpointer data)
{
  Job *job = g_new0 (Job, 1);

  job->manager = g_object_ref (manager);
  job->done = done;
  job->data = data;
  return job;
}

static void
job_end (Job *job, GError *error)
{
  job->done (error == NULL ? job->uuid : NULL, error, job->data);
  g_clear_error (&error);
  g_object_unref (job->manager);
  g_free (job->path);
  g_free (job->uuid);
  g_free (job);
}

gboolean
esim_network_manager_is_settled (EsimNetworkManager *self)
{
  return self->settled;
}

/* After each thing that was learned. Once everything has been read it stays so, though changes are read
 * later. */
static void
conclude (EsimNetworkManager *self, gboolean news)
{
  gboolean settled = self->settled || (self->listed && self->actives_listed && self->reading == NULL &&
                                       self->asked_actives == 0 && g_queue_is_empty (&self->unread));

  if (!news && settled == self->settled)
    return;
  self->settled = settled;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
call (EsimNetworkManager *self, const char *path, const char *interface, const char *method,
      GVariant *arguments, const char *reply, GAsyncReadyCallback callback, gpointer data)
{
  g_dbus_connection_call (self->bus, self->owner, path, interface, method, arguments, G_VARIANT_TYPE (reply),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, ESIM_NM_CALL_MS, self->session, callback, data);
}

/* The settings of one after the other: a machine with hundreds does not put them all into memory at once. */

static void read_next (EsimNetworkManager *self);

static void
on_settings (GObject *bus, GAsyncResult *result, gpointer data)
{
  g_autoptr (EsimNetworkManager) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  g_autoptr (GVariant) settings = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  g_autofree char *path = NULL;
  gboolean news;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  path = g_steal_pointer (&self->reading);
  /* One that may not be read, or is gone, is none. */
  news = settings != NULL ? esim_nm_table_learn (self->table, path, settings)
                          : esim_nm_table_forget (self->table, path);
  read_next (self);
  conclude (self, news);
}

static void
read_next (EsimNetworkManager *self)
{
  if (self->reading != NULL)
    return;
  self->reading = g_queue_pop_head (&self->unread);
  if (self->reading != NULL)
    call (self, self->reading, ESIM_NM_CONNECTION_INTERFACE, "GetSettings", NULL, "(a{sa{sv}})", on_settings,
          g_object_ref (self));
}

static void
add_unread (EsimNetworkManager *self, const char *path)
{
  if (g_queue_find_custom (&self->unread, path, (GCompareFunc) g_strcmp0) != NULL)
    return;
  if (self->unread.length < UNREAD_MAX)
    g_queue_push_tail (&self->unread, g_strdup (path));
}

static void
stop_waiting_for_newborn (EsimNetworkManager *self)
{
  if (self->newborn != 0)
    g_dbus_connection_signal_unsubscribe (self->bus, self->newborn);
  self->newborn = 0;
}

static void
on_listed (GObject *bus, GAsyncResult *result, gpointer data)
{
  g_autoptr (EsimNetworkManager) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  g_autofree const char **paths = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  name = error != NULL ? esim_nm_error_dup_name (error) : NULL;
  self->starting = g_strcmp0 (name, ESIM_NM_ERROR_NO_OBJECT) == 0;
  if (self->starting) /* on_newborn() asks again */
    return;
  stop_waiting_for_newborn (self);
  self->listed = TRUE;
  if (reply == NULL)
    g_warning ("NetworkManager does not tell its connections: %s", error->message);
  else
    g_variant_get (reply, "(^a&o)", &paths);
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    add_unread (self, paths[i]);
  read_next (self);
  conclude (self, FALSE);
}

static void
on_settings_signal (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                    const char *signal, GVariant *arguments, gpointer data)
{
  EsimNetworkManager *self = data;
  const char *connection = path;

  /* "Updated" comes from the connection itself. */
  if (g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(o)")))
    g_variant_get (arguments, "(&o)", &connection);
  else if (!g_str_equal (signal, "Updated"))
    return;
  if (!g_str_equal (signal, "ConnectionRemoved")) {
    add_unread (self, connection);
    read_next (self);
  } else {
    conclude (self, esim_nm_table_forget (self->table, connection));
  }
}

/* What is up ------------------------------------------------------------------------------------------ */

typedef struct {
  EsimNetworkManager *manager;
  char *active;
} ActiveQuestion;

static void
on_active_connection (GObject *bus, GAsyncResult *result, gpointer data)
{
  ActiveQuestion *question = data;
  g_autoptr (EsimNetworkManager) self = question->manager;
  g_autofree char *active = question->active;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  g_autoptr (GVariant) value = NULL;
  gboolean news = FALSE;

  g_free (question);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->asked_actives--;
  if (reply != NULL)
    g_variant_get (reply, "(v)", &value);
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH) &&
      esim_nm_table_has_active (self->table, active))
    news = esim_nm_table_put_active (self->table, active, g_variant_get_string (value, NULL));
  conclude (self, news);
}

static void
ask_for_connection (EsimNetworkManager *self, const char *active)
{
  ActiveQuestion *question;

  (void) esim_nm_table_put_active (self->table, active, "");
  if (!esim_nm_table_has_active (self->table, active))
    return;
  question = g_new0 (ActiveQuestion, 1);
  question->manager = g_object_ref (self);
  question->active = g_strdup (active);
  self->asked_actives++;
  call (self, active, ESIM_NM_PROPERTIES_INTERFACE, "Get",
        g_variant_new ("(ss)", ESIM_NM_ACTIVE_INTERFACE, "Connection"), "(v)", on_active_connection,
        question);
}

static void
take_actives (EsimNetworkManager *self, const char *const *now)
{
  gboolean news = esim_nm_table_keep_actives (self->table, now);

  for (guint i = 0; now[i] != NULL; i++)
    if (!esim_nm_table_has_active (self->table, now[i]))
      ask_for_connection (self, now[i]);
  conclude (self, news);
}

static void
on_actives (GObject *bus, GAsyncResult *result, gpointer data)
{
  g_autoptr (EsimNetworkManager) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  g_autoptr (GVariant) value = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->actives_listed = TRUE;
  if (reply != NULL)
    g_variant_get (reply, "(v)", &value);
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH_ARRAY)) {
    g_autofree const char **now = g_variant_get_objv (value, NULL);

    take_actives (self, (const char *const *) now);
  }
  conclude (self, FALSE);
}

static void
on_properties_changed (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                       const char *signal, GVariant *arguments, gpointer data)
{
  g_autoptr (GVariant) changed = NULL;
  g_autofree const char **now = NULL;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  changed = g_variant_get_child_value (arguments, 1);
  if (g_variant_lookup (changed, "ActiveConnections", "^a&o", &now))
    take_actives (data, (const char *const *) now);
}

/* NetworkManager as it comes and goes ----------------------------------------------------------------- */

static guint
subscribe (EsimNetworkManager *self, const char *interface, const char *signal, const char *path,
           const char *first, GDBusSignalCallback callback)
{
  return g_dbus_connection_signal_subscribe (self->bus, self->owner, interface, signal, path, first,
                                             G_DBUS_SIGNAL_FLAGS_NONE, callback, self, NULL);
}

/* What there is. */
static void
ask (EsimNetworkManager *self)
{
  call (self, ESIM_NM_SETTINGS_PATH, ESIM_NM_SETTINGS_INTERFACE, "ListConnections", NULL, "(ao)", on_listed,
        g_object_ref (self));
  call (self, ESIM_NM_PATH, ESIM_NM_PROPERTIES_INTERFACE, "Get",
        g_variant_new ("(ss)", ESIM_NM_INTERFACE, "ActiveConnections"), "(v)", on_actives,
        g_object_ref (self));
}

/* NetworkManager takes its name first and shows its objects then: who asks in between is told that there are
 * none. */
static void
on_newborn (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
            const char *signal, GVariant *arguments, gpointer data)
{
  const char *object = "";

  if (g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(oa{sa{sv}})")))
    g_variant_get_child (arguments, 0, "&o", &object);
  if (g_str_equal (object, ESIM_NM_PATH) || g_str_equal (object, ESIM_NM_SETTINGS_PATH))
    ask (data);
}

static void
let_go (EsimNetworkManager *self)
{
  stop_waiting_for_newborn (self);
  for (guint i = 0; i < G_N_ELEMENTS (self->subscriptions); i++) {
    if (self->subscriptions[i] != 0)
      g_dbus_connection_signal_unsubscribe (self->bus, self->subscriptions[i]);
    self->subscriptions[i] = 0;
  }
  if (self->session != NULL)
    g_cancellable_cancel (self->session);
  g_clear_object (&self->session);
  g_clear_pointer (&self->owner, g_free);
  g_clear_pointer (&self->reading, g_free);
  g_queue_clear_full (&self->unread, g_free);
  esim_nm_table_clear (self->table);
  self->starting = self->listed = self->actives_listed = self->settled = FALSE;
  self->asked_actives = 0;
}

static void
on_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
  EsimNetworkManager *self = data;

  let_go (self);
  self->owner = g_strdup (owner);
  self->session = g_cancellable_new ();
  /* It listens before it asks: what comes in between is read twice. */
  self->subscriptions[0] = subscribe (self, ESIM_NM_SETTINGS_INTERFACE, "NewConnection",
                                      ESIM_NM_SETTINGS_PATH, NULL, on_settings_signal);
  self->subscriptions[1] = subscribe (self, ESIM_NM_SETTINGS_INTERFACE, "ConnectionRemoved",
                                      ESIM_NM_SETTINGS_PATH, NULL, on_settings_signal);
  self->subscriptions[2] =
      subscribe (self, ESIM_NM_CONNECTION_INTERFACE, "Updated", NULL, NULL, on_settings_signal);
  self->subscriptions[3] = subscribe (self, ESIM_NM_PROPERTIES_INTERFACE, "PropertiesChanged", ESIM_NM_PATH,
                                      ESIM_NM_INTERFACE, on_properties_changed);
  self->newborn = subscribe (self, ESIM_NM_OBJECT_MANAGER_INTERFACE, "InterfacesAdded",
                             ESIM_NM_OBJECT_MANAGER_PATH, NULL, on_newborn);
  ask (self);
}

static void
on_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  EsimNetworkManager *self = data;

  let_go (self);
  self->settled = TRUE;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* What callers ask for -------------------------------------------------------------------------------- */

GPtrArray *
esim_network_manager_find (EsimNetworkManager *self, const char *iccid)
{
  return esim_nm_table_find_iccid (self->table, iccid);
}

static gboolean
on_over (gpointer data)
{
  Job *job = data;

  job_end (job, g_steal_pointer (&job->error));
  return G_SOURCE_REMOVE;
}

/* Not before the call has returned. */
static void
end_later (Job *job, GError *error)
{
  job->error = error;
  (void) g_idle_add (on_over, job);
}

/* Why nothing can be asked for now, or %NULL. */
static GError *
judge_presence (EsimNetworkManager *self)
{
  if (self->owner == NULL)
    return esim_nm_error_absent ();
  if (self->starting)
    return g_error_new (ESIM_ERROR, ESIM_ERROR_BUSY, "NetworkManager is starting: try again in a moment");
  return NULL;
}

/* Who was cut off by NetworkManager's end, and not by ours, is told so. */
static void
explain (Job *job, GError **error)
{
  if (!g_error_matches (*error, ESIM_ERROR, ESIM_ERROR_CANCELLED) || job->manager->watch == 0)
    return;
  g_clear_error (error);
  *error = g_error_new (ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                        "NetworkManager stopped in between: start it and try again");
}

static void
on_result_read (GObject *bus, GAsyncResult *result, gpointer data)
{
  Job *job = data;
  EsimNetworkManager *self = job->manager;
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (EsimNmConnection) made = NULL;

  if (reply == NULL) {
    esim_nm_error_translate (&error, "tell of the new connection");
    explain (job, &error);
    job_end (job, error);
    return;
  }
  settings = g_variant_get_child_value (reply, 0);
  conclude (self, esim_nm_table_learn (self->table, job->path, settings));
  made = esim_nm_connection_read (job->path, settings);
  if (made == NULL) {
    job_end (job, g_error_new (ESIM_ERROR, ESIM_ERROR_FAILED,
                               "NetworkManager has made something else of the connection: look at “nmcli "
                               "connection show”"));
    return;
  }
  job->uuid = g_strdup (made->uuid);
  job_end (job, NULL);
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer data)
{
  Job *job = data;
  GError *error = NULL;

  job->path = esim_nm_create_finish (result, &error);
  if (job->path == NULL) {
    explain (job, &error);
    job_end (job, error);
  } else if (job->manager->owner == NULL) {
    job_end (job, esim_nm_error_absent ());
  } else {
    call (job->manager, job->path, ESIM_NM_CONNECTION_INTERFACE, "GetSettings", NULL, "(a{sa{sv}})",
          on_result_read, job);
  }
}

void
esim_network_manager_create (EsimNetworkManager *self, const EsimNmRequest *request, EsimNmDone done,
                             gpointer data)
{
  Job *job = job_new (self, done, data);
  GError *error = judge_presence (self);

  if (error != NULL)
    end_later (job, error);
  else
    esim_nm_create_async (self->bus, self->owner, request, self->session, on_created, job);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  Job *job = data;
  GError *error = NULL;

  if (!esim_nm_remove_finish (result, &error))
    explain (job, &error);
  else
    conclude (job->manager, esim_nm_table_forget (job->manager->table, job->path));
  job_end (job, error);
}

void
esim_network_manager_remove (EsimNetworkManager *self, const char *uuid, EsimNmDone done, gpointer data)
{
  Job *job = job_new (self, done, data);
  EsimNmConnection *known = esim_nm_table_find_uuid (self->table, uuid);
  g_auto (GStrv) actives = NULL;
  GError *error = judge_presence (self);

  if (error == NULL && known == NULL)
    error =
        g_error_new (ESIM_ERROR, ESIM_ERROR_NOT_FOUND, "NetworkManager has no connection %s for a SIM", uuid);
  if (error != NULL) {
    end_later (job, error);
    return;
  }
  job->path = g_strdup (known->path);
  job->uuid = g_strdup (known->uuid);
  actives = esim_nm_table_dup_actives (self->table, known->path);
  esim_nm_remove_async (self->bus, self->owner, job->path, job->uuid, (const char *const *) actives,
                        self->session, on_removed, job);
}

EsimNetworkManager *
esim_network_manager_new (GDBusConnection *bus)
{
  EsimNetworkManager *self = g_object_new (ESIM_TYPE_NETWORK_MANAGER, NULL);

  self->bus = g_object_ref (bus);
  return self;
}

void
esim_network_manager_start (EsimNetworkManager *self)
{
  if (self->watch == 0)
    self->watch = g_bus_watch_name_on_connection (self->bus, ESIM_NM_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                  on_appeared, on_vanished, self, NULL);
}

void
esim_network_manager_stop (EsimNetworkManager *self)
{
  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  let_go (self);
}

static void
esim_network_manager_dispose (GObject *object)
{
  EsimNetworkManager *self = ESIM_NETWORK_MANAGER (object);

  esim_network_manager_stop (self);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (esim_network_manager_parent_class)->dispose (object);
}

static void
esim_network_manager_finalize (GObject *object)
{
  EsimNetworkManager *self = ESIM_NETWORK_MANAGER (object);

  esim_nm_table_free (self->table);
  G_OBJECT_CLASS (esim_network_manager_parent_class)->finalize (object);
}

static void
esim_network_manager_class_init (EsimNetworkManagerClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_network_manager_dispose;
  G_OBJECT_CLASS (class)->finalize = esim_network_manager_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", ESIM_TYPE_NETWORK_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
esim_network_manager_init (EsimNetworkManager *self)
{
  self->table = esim_nm_table_new ();
  g_queue_init (&self->unread);
}
