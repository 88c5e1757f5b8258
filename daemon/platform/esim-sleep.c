/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-sleep.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_MANAGER LOGIND_NAME ".Manager"
#define ANSWER_MS 5000

struct _EsimSleep {
  GObject parent;
  GDBusConnection *connection;
  GCancellable *cancellable; /* of this owner of the name; %NULL: nobody owns it */
  guint watch;
  guint subscription;
  guint n_holds;
  gboolean is_asked; /* for the lock, and not answered */
  int lock;          /* -1: none */
};

G_DEFINE_TYPE (EsimSleep, esim_sleep, G_TYPE_OBJECT)

enum { SIGNAL_RESUMED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
drop_lock (EsimSleep *self)
{
  if (self->lock >= 0)
    (void) close (self->lock);
  self->lock = -1;
}

/* The lock is the descriptor; -1 if what came is no answer to Inhibit(). */
static int
take_descriptor (GVariant *answer, GUnixFDList *fds, GError **error)
{
  gint32 index;

  g_variant_get (answer, "(h)", &index);
  if (fds == NULL || index < 0 || index >= g_unix_fd_list_get_length (fds)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "an answer without a descriptor");
    return -1;
  }
  return g_unix_fd_list_get (fds, index, error);
}

static void
on_lock (GObject *connection, GAsyncResult *result, gpointer data)
{
  g_autoptr (EsimSleep) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (connection), &fds, result, &error);
  int lock = answer != NULL ? take_descriptor (answer, fds, &error) : -1;

  /* Of a logind that is gone: whether its successor was asked is known already. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->is_asked = FALSE;
  if (lock < 0) {
    /* Refused while the machine is going to sleep already: it is asked for again after that. */
    g_debug ("no lock against sleep: %s", error->message);
    return;
  }
  drop_lock (self);
  self->lock = lock;
  if (self->n_holds == 0)
    drop_lock (self);
}

static void
ask_for_lock (EsimSleep *self)
{
  if (self->cancellable == NULL || self->is_asked || self->lock >= 0 || self->n_holds == 0)
    return;
  self->is_asked = TRUE;
  g_dbus_connection_call_with_unix_fd_list (
      self->connection, LOGIND_NAME, LOGIND_PATH, LOGIND_MANAGER, "Inhibit",
      g_variant_new ("(ssss)", "sleep", "esimd", "A SIM card is being changed", "delay"),
      G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, ANSWER_MS, NULL, self->cancellable, on_lock,
      g_object_ref (self));
}

static void
on_prepare_for_sleep (GDBusConnection *connection, const char *sender, const char *path,
                      const char *interface, const char *name, GVariant *parameters, gpointer data)
{
  EsimSleep *self = data;
  gboolean is_going;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;
  g_variant_get (parameters, "(b)", &is_going);
  g_debug (is_going ? "the machine goes to sleep" : "the machine is awake");
  if (is_going)
    return;
  ask_for_lock (self);
  g_signal_emit (self, signals[SIGNAL_RESUMED], 0);
}

static void
on_appeared (GDBusConnection *connection, const char *name, const char *owner, gpointer data)
{
  EsimSleep *self = data;

  self->cancellable = g_cancellable_new ();
  ask_for_lock (self);
}

/* What it has given out is worth nothing any more. */
static void
on_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  EsimSleep *self = data;

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->is_asked = FALSE;
  drop_lock (self);
}

EsimSleep *
esim_sleep_new (GDBusConnection *connection)
{
  EsimSleep *self = g_object_new (ESIM_TYPE_SLEEP, NULL);

  self->connection = g_object_ref (connection);
  return self;
}

void
esim_sleep_start (EsimSleep *self)
{
  if (self->watch != 0)
    return;
  self->subscription = g_dbus_connection_signal_subscribe (
      self->connection, LOGIND_NAME, LOGIND_MANAGER, "PrepareForSleep", LOGIND_PATH, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_prepare_for_sleep, self, NULL);
  self->watch = g_bus_watch_name_on_connection (self->connection, LOGIND_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                on_appeared, on_vanished, self, NULL);
}

static gboolean
hold (gpointer data)
{
  EsimSleep *self = data;

  self->n_holds++;
  ask_for_lock (self);
  return G_SOURCE_REMOVE;
}

static gboolean
release (gpointer data)
{
  EsimSleep *self = data;

  g_return_val_if_fail (self->n_holds > 0, G_SOURCE_REMOVE);
  if (--self->n_holds == 0)
    drop_lock (self);
  return G_SOURCE_REMOVE;
}

/* Not g_main_context_invoke(): that would call it here and now while main is not in its loop. */
static void
post (EsimSleep *self, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, g_object_ref (self), g_object_unref);
  g_source_attach (source, NULL);
}

void
esim_sleep_hold (EsimSleep *self)
{
  post (self, hold);
}

void
esim_sleep_release (EsimSleep *self)
{
  post (self, release);
}

static void
esim_sleep_dispose (GObject *object)
{
  EsimSleep *self = ESIM_SLEEP (object);

  if (self->watch != 0) {
    g_dbus_connection_signal_unsubscribe (self->connection, self->subscription);
    g_bus_unwatch_name (self->watch);
    self->watch = 0;
  }
  self->n_holds = 0;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  drop_lock (self);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (esim_sleep_parent_class)->dispose (object);
}

static void
esim_sleep_class_init (EsimSleepClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_sleep_dispose;
  signals[SIGNAL_RESUMED] =
      g_signal_new ("resumed", ESIM_TYPE_SLEEP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
esim_sleep_init (EsimSleep *self)
{
  self->lock = -1;
}
