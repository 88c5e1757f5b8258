/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm-peer.h"

#define NAME "org.freedesktop.ModemManager1"
#define ROOT "/org/freedesktop/ModemManager1"
#define MODEM NAME ".Modem"
#define SIM NAME ".Sim"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define OBJECTS "org.freedesktop.DBus.ObjectManager"

typedef struct {
  char *path;
  char *sim_path;
  GVariant *modem;
  GVariant *sim;
} Object;

struct _MmPeer {
  GTestDBus *bus;
  GDBusConnection *connection;
  guint filter;
  GPtrArray *objects;
  char *inhibit;
  char *uninhibit;
  GDBusMessage *kept;
  GString *calls;
  char *taken;
  gboolean inhibited;
};

typedef struct {
  MmPeer *peer;
  GDBusMessage *message;
} Incoming;

static void
object_free (gpointer data)
{
  Object *object = data;

  g_free (object->path);
  g_free (object->sim_path);
  g_clear_pointer (&object->modem, g_variant_unref);
  g_clear_pointer (&object->sim, g_variant_unref);
  g_free (object);
}

static GVariant *
parse (const char *text, const char *type)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (type != NULL ? G_VARIANT_TYPE (type) : NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return g_variant_ref_sink (value);
}

static void
set_properties (Object *object, const char *modem, const char *sim)
{
  g_clear_pointer (&object->modem, g_variant_unref);
  g_clear_pointer (&object->sim, g_variant_unref);
  object->modem = parse (modem, "a{sv}");
  object->sim = sim != NULL ? parse (sim, "a{sv}") : NULL;
}

static Object *
find (MmPeer *self, const char *path)
{
  for (guint i = 0; i < self->objects->len; i++) {
    Object *object = self->objects->pdata[i];

    if (g_str_equal (object->path, path) || g_strcmp0 (object->sim_path, path) == 0)
      return object;
  }
  return NULL;
}

static void
send (MmPeer *self, GDBusMessage *message)
{
  g_autoptr (GDBusMessage) owned = message;

  g_assert_true (
      g_dbus_connection_send_message (self->connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL));
}

static void
reply (MmPeer *self, GDBusMessage *call, GVariant *body)
{
  GDBusMessage *message = g_dbus_message_new_method_reply (call);

  if (body != NULL)
    g_dbus_message_set_body (message, body);
  send (self, message);
}

/* a{sa{sv}}, floating */
static GVariant *
describe (Object *object)
{
  return g_variant_new_parsed ("{%s: %@a{sv}, 'org.freedesktop.DBus.Introspectable': @a{sv} {}}", MODEM,
                               object->modem);
}

static GVariant *
list_objects (MmPeer *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  for (guint i = 0; i < self->objects->len; i++) {
    Object *object = self->objects->pdata[i];

    g_variant_builder_add (&builder, "{o@a{sa{sv}}}", object->path, describe (object));
  }
  return g_variant_new ("(a{oa{sa{sv}}})", &builder);
}

static void
answer_inhibit (MmPeer *self, GDBusMessage *call, const char *how)
{
  gboolean on;

  g_variant_get (g_dbus_message_get_body (call), "(&sb)", NULL, &on);
  if (*how != '\0') {
    g_autofree char *name = g_strconcat (NAME ".Error.Core.", how, NULL);

    send (self, g_dbus_message_new_method_error_literal (call, name, "as the test wants it"));
    return;
  }
  self->inhibited = on;
  reply (self, call, NULL);
}

static void
on_inhibit (MmPeer *self, GDBusMessage *call)
{
  const char *uid, *how;
  gboolean on;

  g_variant_get (g_dbus_message_get_body (call), "(&sb)", &uid, &on);
  g_string_append_printf (self->calls, "%s%s ", on ? "+" : "-", uid);
  how = on ? self->inhibit : self->uninhibit;
  if (g_str_equal (how, "silent"))
    g_set_object (&self->kept, call);
  else
    answer_inhibit (self, call, how);
}

static void
on_get_all (MmPeer *self, GDBusMessage *call)
{
  Object *object = find (self, g_dbus_message_get_path (call));
  const char *interface;
  GVariant *properties;

  g_variant_get (g_dbus_message_get_body (call), "(&s)", &interface);
  g_string_append_printf (self->calls, "?%s ", g_dbus_message_get_path (call));
  properties = object == NULL                    ? NULL
               : g_str_equal (interface, MODEM)  ? object->modem
               : g_strcmp0 (interface, SIM) == 0 ? object->sim
                                                 : NULL;
  if (properties == NULL)
    send (self,
          g_dbus_message_new_method_error_literal (call, "org.freedesktop.DBus.Error.UnknownObject", "no"));
  else
    reply (self, call, g_variant_new ("(@a{sv})", properties));
}

static void
clear (gpointer data)
{
  MmPeer *self = data;

  g_ptr_array_unref (self->objects);
  g_free (self->inhibit);
  g_free (self->uninhibit);
  g_string_free (self->calls, TRUE);
  g_free (self->taken);
  g_object_unref (self->bus);
}

static void
peer_unref (gpointer peer)
{
  g_atomic_rc_box_release_full (peer, clear);
}

static void
incoming_free (gpointer data)
{
  Incoming *incoming = data;

  peer_unref (incoming->peer);
  g_object_unref (incoming->message);
  g_free (incoming);
}

static gboolean
on_message (gpointer data)
{
  Incoming *incoming = data;
  MmPeer *self = incoming->peer;
  GDBusMessage *call = incoming->message;
  const char *member = g_dbus_message_get_member (call);

  if (self->connection == NULL)
    return G_SOURCE_REMOVE;
  if (g_str_equal (member, "GetManagedObjects"))
    reply (self, call, list_objects (self));
  else if (g_str_equal (member, "GetAll"))
    on_get_all (self, call);
  else if (g_str_equal (member, "InhibitDevice"))
    on_inhibit (self, call);
  else if (g_str_equal (member, "Ping"))
    reply (self, call, NULL);
  else
    g_error ("ModemManager has no method %s", member);
  return G_SOURCE_REMOVE;
}

/* On GDBus's thread: everything else happens on the test's. */
static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer data)
{
  Incoming *one;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  one = g_new (Incoming, 1);
  *one = (Incoming){g_atomic_rc_box_acquire (data), message};
  g_idle_add_full (G_PRIORITY_DEFAULT, on_message, one, incoming_free);
  return NULL;
}

GDBusConnection *
mm_peer_connect (GTestDBus *bus)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL,
      NULL, &error);

  g_assert_no_error (error);
  return connection;
}

MmPeer *
mm_peer_new (GTestDBus *bus)
{
  MmPeer *self = g_atomic_rc_box_new0 (MmPeer);

  self->bus = g_object_ref (bus);
  self->objects = g_ptr_array_new_with_free_func (object_free);
  self->inhibit = g_strdup ("");
  self->uninhibit = g_strdup ("");
  self->calls = g_string_new (NULL);
  return self;
}

void
mm_peer_free (MmPeer *self)
{
  mm_peer_crash (self);
  peer_unref (self);
}

void
mm_peer_appear (MmPeer *self)
{
  g_autoptr (GVariant) reply_body = NULL;
  g_autoptr (GError) error = NULL;

  self->connection = mm_peer_connect (self->bus);
  self->filter =
      g_dbus_connection_add_filter (self->connection, filter, g_atomic_rc_box_acquire (self), peer_unref);
  reply_body =
      g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                   "org.freedesktop.DBus", "RequestName", g_variant_new ("(su)", NAME, 4),
                                   G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

void
mm_peer_crash (MmPeer *self)
{
  g_autoptr (GError) error = NULL;

  if (self->connection == NULL)
    return;
  g_dbus_connection_remove_filter (self->connection, self->filter);
  (void) g_dbus_connection_close_sync (self->connection, NULL, &error);
  g_assert_no_error (error);
  g_clear_object (&self->connection);
  g_clear_object (&self->kept);
  g_ptr_array_set_size (self->objects, 0);
  self->inhibited = FALSE;
}

static void
emit (MmPeer *self, const char *path, const char *interface, const char *name, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (self->connection, NULL, path, interface, name, parameters, &error);
  g_assert_no_error (error);
}

void
mm_peer_emit (MmPeer *self, const char *path, const char *interface, const char *name, const char *parameters)
{
  g_autoptr (GVariant) body = parse (parameters, NULL);

  emit (self, path, interface, name, body);
}

void
mm_peer_forge (GTestDBus *bus, const char *path, const char *interface, const char *name,
               const char *parameters)
{
  g_autoptr (GDBusConnection) connection = mm_peer_connect (bus);
  g_autoptr (GVariant) body = parse (parameters, NULL);

  g_assert_true (g_dbus_connection_emit_signal (connection, NULL, path, interface, name, body, NULL));
  g_assert_true (g_dbus_connection_close_sync (connection, NULL, NULL));
}

void
mm_peer_add_modem (MmPeer *self, const char *path, const char *modem, const char *sim)
{
  Object *object = g_new0 (Object, 1);

  object->path = g_strdup (path);
  set_properties (object, modem, sim);
  (void) g_variant_lookup (object->modem, "Sim", "o", &object->sim_path);
  g_ptr_array_add (self->objects, object);
  if (self->connection != NULL)
    emit (self, ROOT, OBJECTS, "InterfacesAdded", g_variant_new ("(o@a{sa{sv}})", path, describe (object)));
}

void
mm_peer_remove_modem (MmPeer *self, const char *path)
{
  g_ptr_array_remove (self->objects, find (self, path));
  emit (self, ROOT, OBJECTS, "InterfacesRemoved", g_variant_new_parsed ("(%o, [%s])", path, MODEM));
}

void
mm_peer_change (MmPeer *self, const char *path, const char *modem, const char *sim, const char *how)
{
  Object *object = find (self, path);

  set_properties (object, modem, sim);
  if (g_str_equal (how, "state"))
    emit (self, path, MODEM, "StateChanged", g_variant_new ("(iiu)", 0, 0, 0));
  else if (g_str_equal (how, "modem"))
    emit (self, path, PROPERTIES, "PropertiesChanged",
          g_variant_new_parsed ("(%s, %@a{sv}, @as [])", MODEM, object->modem));
  else
    emit (self, object->sim_path, PROPERTIES, "PropertiesChanged",
          g_variant_new_parsed ("(%s, %@a{sv}, @as [])", SIM, object->sim));
}

void
mm_peer_set_inhibit (MmPeer *self, const char *answer)
{
  g_free (self->inhibit);
  self->inhibit = g_strdup (answer);
}

void
mm_peer_set_uninhibit (MmPeer *self, const char *answer)
{
  g_free (self->uninhibit);
  self->uninhibit = g_strdup (answer);
}

void
mm_peer_answer (MmPeer *self, const char *answer)
{
  g_autoptr (GDBusMessage) call = g_steal_pointer (&self->kept);

  g_assert_nonnull (call);
  answer_inhibit (self, call, answer);
}

const char *
mm_peer_take_calls (MmPeer *self)
{
  g_free (self->taken);
  self->taken = g_strdup (self->calls->str);
  g_string_truncate (self->calls, 0);
  return self->taken;
}

gboolean
mm_peer_is_inhibited (MmPeer *self)
{
  return self->inhibited;
}

const char *
mm_peer_get_name (MmPeer *self)
{
  return self->connection != NULL ? g_dbus_connection_get_unique_name (self->connection) : NULL;
}
