/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mm-watch.h"

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"
#define OBJECT_MANAGER_INTERFACE "org.freedesktop.DBus.ObjectManager"
#define MODEMS_MAX 32
#define NO_SIM "/"

/* A modem object. */
typedef struct {
  EsimMmWatch *watch;
  char *path;
  char *sim_path;       /* NULL: none */
  EsimMmModem *picture; /* NULL until its SIM was read, or if it is not to be used */
  GVariant *properties; /* while its SIM is read */
  GCancellable *cancellable;
  gboolean reading;
  gboolean stale; /* it changed while it was read */
} Object;

struct _EsimMmWatch {
  GDBusConnection *connection;
  EsimMmWatchEvent event;
  gpointer data;
  guint name_watch;
  EsimMmPresence presence;
  char *owner;
  GPtrArray *objects; /* in the order of their coming */
  GCancellable *cancellable;
  guint objects_signal, state_signal, sim_signal, modem_signal;
  gboolean closely;
  gboolean listed; /* the list came; the SIMs of its modems may still be read */
};

static void read_modem (Object *object);

static void
object_free (gpointer data)
{
  Object *object = data;

  g_cancellable_cancel (object->cancellable);
  g_object_unref (object->cancellable);
  g_clear_pointer (&object->picture, esim_mm_modem_unref);
  g_clear_pointer (&object->properties, g_variant_unref);
  g_free (object->sim_path);
  g_free (object->path);
  g_free (object);
}

static void
tell (EsimMmWatch *self, EsimMmModem *modem)
{
  self->event (modem, self->data);
}

static void
set_presence (EsimMmWatch *self, EsimMmPresence presence)
{
  self->presence = presence;
  tell (self, NULL);
}

/* The list is complete when the SIM of each modem was read once. */
static void
look_whether_listed (EsimMmWatch *self)
{
  if (self->presence != ESIM_MM_LISTING || !self->listed)
    return;
  for (guint i = 0; i < self->objects->len; i++)
    if (((Object *) self->objects->pdata[i])->reading)
      return;
  set_presence (self, ESIM_MM_PRESENT);
}

/* Tells what became of @before: taken. */
static void
show (EsimMmWatch *self, EsimMmModem *before, EsimMmModem *after)
{
  g_autoptr (EsimMmModem) last = before;
  g_autoptr (EsimMmModem) now = after != NULL ? esim_mm_modem_ref (after) : NULL;

  if (last != NULL && (now == NULL || !g_str_equal (last->uid, now->uid)))
    tell (self, last);
  if (now != NULL && (last == NULL || !esim_mm_modem_equal (last, now)))
    tell (self, now);
}

/* The object was read; @sim NULL: it has none. */
static void
take_picture (Object *object, GVariant *sim)
{
  g_autoptr (GVariant) properties = g_steal_pointer (&object->properties);
  EsimMmModem *before = g_steal_pointer (&object->picture);
  EsimMmWatch *self = object->watch;

  object->picture = esim_mm_modem_new (object->path, properties, sim);
  object->reading = FALSE;
  if (object->stale)
    read_modem (object);
  show (self, before, object->picture);
  look_whether_listed (self);
}

static void
on_sim (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) sim = NULL;
  Object *object = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* and the object is gone */
  if (reply != NULL)
    g_variant_get (reply, "(@a{sv})", &sim);
  else
    g_debug ("ModemManager's SIM %s: %s", object->sim_path, error->message);
  take_picture (object, sim);
}

static void
get_all (Object *object, const char *path, const char *interface, GAsyncReadyCallback ready)
{
  EsimMmWatch *self = object->watch;

  g_dbus_connection_call (self->connection, self->owner, path, PROPERTIES_INTERFACE, "GetAll",
                          g_variant_new ("(s)", interface), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, object->cancellable, ready, object);
}

/* The SIM is an object of its own, which the object manager does not list. */
static void
take_properties (Object *object, GVariant *properties)
{
  const char *sim = NULL;

  g_clear_pointer (&object->properties, g_variant_unref);
  object->properties = g_variant_ref (properties);
  g_clear_pointer (&object->sim_path, g_free);
  if (!g_variant_lookup (properties, "Sim", "&o", &sim) || g_str_equal (sim, NO_SIM)) {
    take_picture (object, NULL);
    return;
  }
  object->sim_path = g_strdup (sim);
  object->reading = TRUE;
  get_all (object, sim, ESIM_MM_SIM_INTERFACE, on_sim);
}

static void
on_properties (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) properties = NULL;
  Object *object = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL) {
    /* It is about to go, or did not answer: what was seen last stands until the next change. */
    g_debug ("ModemManager's modem %s: %s", object->path, error->message);
    object->reading = FALSE;
    look_whether_listed (object->watch);
    return;
  }
  g_variant_get (reply, "(@a{sv})", &properties);
  take_properties (object, properties);
}

/* One reading at a time; what changes meanwhile is one more. */
static void
read_modem (Object *object)
{
  object->stale = object->reading;
  if (object->reading)
    return;
  object->reading = TRUE;
  get_all (object, object->path, ESIM_MM_MODEM_INTERFACE, on_properties);
}

static guint
find_object (EsimMmWatch *self, const char *path)
{
  guint i = self->objects->len;

  while (i > 0 && !g_str_equal (((Object *) self->objects->pdata[i - 1])->path, path))
    i--;
  return i; /* from 1; 0: there is none */
}

static void
remove_object (EsimMmWatch *self, const char *path)
{
  guint i = find_object (self, path);
  EsimMmModem *last;

  if (i == 0)
    return;
  last = g_steal_pointer (&((Object *) self->objects->pdata[i - 1])->picture);
  g_ptr_array_remove_index (self->objects, i - 1);
  show (self, last, NULL);
  look_whether_listed (self);
}

/* @interfaces: a{sa{sv}} */
static void
add_object (EsimMmWatch *self, const char *path, GVariant *interfaces)
{
  g_autoptr (GVariant) properties =
      g_variant_lookup_value (interfaces, ESIM_MM_MODEM_INTERFACE, G_VARIANT_TYPE_VARDICT);
  Object *object;

  if (properties == NULL)
    return;
  remove_object (self, path);
  if (self->objects->len == MODEMS_MAX) {
    g_warning ("ModemManager shows more than %d modems: %s is passed over", MODEMS_MAX, path);
    return;
  }
  object = g_new0 (Object, 1);
  object->watch = self;
  object->path = g_strdup (path);
  object->cancellable = g_cancellable_new ();
  g_ptr_array_add (self->objects, object);
  take_properties (object, properties);
}

/* -- signals -- */

static void
on_objects_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
                   const char *name, GVariant *parameters, gpointer data)
{
  EsimMmWatch *self = data;
  g_autoptr (GVariant) interfaces = NULL;
  g_autofree const char **names = NULL;
  const char *object;

  if (g_str_equal (name, "InterfacesAdded") &&
      g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oa{sa{sv}})"))) {
    g_variant_get (parameters, "(&o@a{sa{sv}})", &object, &interfaces);
    add_object (self, object, interfaces);
  } else if (g_str_equal (name, "InterfacesRemoved") &&
             g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oas)"))) {
    g_variant_get (parameters, "(&o^a&s)", &object, &names);
    if (g_strv_contains (names, ESIM_MM_MODEM_INTERFACE))
      remove_object (self, object);
  }
}

static void
on_modem_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
                 const char *name, GVariant *parameters, gpointer data)
{
  EsimMmWatch *self = data;
  guint i = find_object (self, path);

  if (i != 0)
    read_modem (self->objects->pdata[i - 1]);
}

static void
on_sim_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
               const char *name, GVariant *parameters, gpointer data)
{
  EsimMmWatch *self = data;

  for (guint i = 0; i < self->objects->len; i++) {
    Object *object = self->objects->pdata[i];

    if (g_strcmp0 (object->sim_path, path) == 0)
      read_modem (object);
  }
}

static guint
subscribe (EsimMmWatch *self, const char *interface, const char *member, const char *path, const char *first,
           GDBusSignalCallback callback)
{
  return g_dbus_connection_signal_subscribe (self->connection, self->owner, interface, member, path, first,
                                             G_DBUS_SIGNAL_FLAGS_NONE, callback, self, NULL);
}

static void
unsubscribe (EsimMmWatch *self, guint *id)
{
  if (*id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, *id);
  *id = 0;
}

static void
listen_closely (EsimMmWatch *self)
{
  self->modem_signal = subscribe (self, PROPERTIES_INTERFACE, "PropertiesChanged", NULL,
                                  ESIM_MM_MODEM_INTERFACE, on_modem_signal);
}

static void
listen (EsimMmWatch *self)
{
  self->objects_signal =
      subscribe (self, OBJECT_MANAGER_INTERFACE, NULL, ESIM_MM_ROOT_PATH, NULL, on_objects_signal);
  self->state_signal = subscribe (self, ESIM_MM_MODEM_INTERFACE, "StateChanged", NULL, NULL, on_modem_signal);
  self->sim_signal =
      subscribe (self, PROPERTIES_INTERFACE, "PropertiesChanged", NULL, ESIM_MM_SIM_INTERFACE, on_sim_signal);
  if (self->closely)
    listen_closely (self);
}

/* -- the name -- */

static void
on_objects (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariantIter) objects = NULL;
  GVariant *interfaces;
  const char *path;
  EsimMmWatch *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply != NULL) {
    g_variant_get (reply, "(a{oa{sa{sv}}})", &objects);
    while (g_variant_iter_loop (objects, "{&o@a{sa{sv}}}", &path, &interfaces))
      if (find_object (self, path) == 0)
        add_object (self, path, interfaces);
  } else {
    g_warning ("ModemManager does not tell which modems there are: %s", error->message);
  }
  self->listed = TRUE;
  look_whether_listed (self);
}

static void
on_appeared (GDBusConnection *connection, const char *name, const char *owner, gpointer data)
{
  EsimMmWatch *self = data;

  self->owner = g_strdup (owner);
  self->cancellable = g_cancellable_new ();
  listen (self);
  g_dbus_connection_call (connection, owner, ESIM_MM_ROOT_PATH, OBJECT_MANAGER_INTERFACE, "GetManagedObjects",
                          NULL, G_VARIANT_TYPE ("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                          self->cancellable, on_objects, self);
  set_presence (self, ESIM_MM_LISTING);
}

static void
forget_owner (EsimMmWatch *self)
{
  unsubscribe (self, &self->objects_signal);
  unsubscribe (self, &self->state_signal);
  unsubscribe (self, &self->sim_signal);
  unsubscribe (self, &self->modem_signal);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->owner, g_free);
}

static void
on_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  EsimMmWatch *self = data;

  forget_owner (self);
  self->presence = ESIM_MM_ABSENT;
  self->listed = FALSE;
  while (self->objects->len > 0)
    remove_object (self, ((Object *) self->objects->pdata[self->objects->len - 1])->path);
  tell (self, NULL);
}

EsimMmWatch *
esim_mm_watch_new (GDBusConnection *connection, EsimMmWatchEvent event, gpointer data)
{
  EsimMmWatch *self = g_new0 (EsimMmWatch, 1);

  self->connection = g_object_ref (connection);
  self->event = event;
  self->data = data;
  self->objects = g_ptr_array_new_with_free_func (object_free);
  return self;
}

void
esim_mm_watch_free (EsimMmWatch *self)
{
  if (self->name_watch != 0)
    g_bus_unwatch_name (self->name_watch);
  forget_owner (self);
  g_ptr_array_unref (self->objects);
  g_object_unref (self->connection);
  g_free (self);
}

void
esim_mm_watch_start (EsimMmWatch *self)
{
  if (self->name_watch == 0)
    self->name_watch =
        g_bus_watch_name_on_connection (self->connection, ESIM_MM_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                        on_appeared, on_vanished, self, NULL);
}

EsimMmPresence
esim_mm_watch_get_presence (EsimMmWatch *self)
{
  return self->presence;
}

const char *
esim_mm_watch_get_owner (EsimMmWatch *self)
{
  return self->owner;
}

EsimMmModem *
esim_mm_watch_find (EsimMmWatch *self, const char *uid, const char *device)
{
  EsimMmModem *by_port = NULL;

  for (guint i = self->objects->len; i > 0; i--) {
    EsimMmModem *modem = ((Object *) self->objects->pdata[i - 1])->picture;

    if (modem == NULL)
      continue;
    if (esim_mm_modem_is_named (modem, uid, NULL))
      return modem;
    if (by_port == NULL && esim_mm_modem_is_named (modem, NULL, device))
      by_port = modem;
  }
  return by_port;
}

void
esim_mm_watch_look_closely (EsimMmWatch *self, gboolean closely)
{
  if (self->closely == closely)
    return;
  self->closely = closely;
  if (!closely) {
    unsubscribe (self, &self->modem_signal);
  } else if (self->owner != NULL) {
    listen_closely (self);
    for (guint i = 0; i < self->objects->len; i++)
      read_modem (self->objects->pdata[i]);
  }
}
