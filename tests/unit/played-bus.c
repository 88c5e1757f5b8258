/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "played-bus.h"

static GDBusConnection *
join (const char *address)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
      address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

PlayedBus *
played_bus_new (void)
{
  PlayedBus *self = g_new0 (PlayedBus, 1);

  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (self->bus);
  self->ours = join (g_test_dbus_get_bus_address (self->bus));
  self->theirs = join (g_test_dbus_get_bus_address (self->bus));
  return self;
}

void
played_bus_free (PlayedBus *self)
{
  if (self->object != 0)
    played_bus_vanish (self);
  g_dbus_connection_close_sync (self->ours, NULL, NULL);
  g_dbus_connection_close_sync (self->theirs, NULL, NULL);
  g_object_unref (self->ours);
  g_object_unref (self->theirs);
  g_test_dbus_down (self->bus);
  g_object_unref (self->bus);
  g_free (self);
}

static void
on_acquired (GDBusConnection *connection, const char *name, gpointer data)
{
  *(gboolean *) data = TRUE;
}

static gboolean
is_set (gpointer data)
{
  return *(gboolean *) data;
}

void
played_bus_appear (PlayedBus *self, const char *name, const char *path, const char *introspection,
                   GDBusInterfaceMethodCallFunc call, gpointer data)
{
  g_autoptr (GDBusNodeInfo) node = NULL;
  g_autoptr (GError) error = NULL;
  GDBusInterfaceVTable vtable = {.method_call = call};
  gboolean has_name = FALSE;

  node = g_dbus_node_info_new_for_xml (introspection, &error);
  g_assert_no_error (error);
  self->object = g_dbus_connection_register_object (self->theirs, path, node->interfaces[0], &vtable, data,
                                                    NULL, &error);
  g_assert_no_error (error);
  self->name = g_bus_own_name_on_connection (self->theirs, name, G_BUS_NAME_OWNER_FLAGS_NONE, on_acquired,
                                             NULL, &has_name, NULL);
  played_bus_wait (is_set, &has_name);
}

void
played_bus_vanish (PlayedBus *self)
{
  g_dbus_connection_unregister_object (self->theirs, self->object);
  g_bus_unown_name (self->name);
  self->object = self->name = 0;
}

static gboolean
on_late (gpointer data)
{
  g_error ("what was waited for has not come");
  return G_SOURCE_REMOVE;
}

void
played_bus_wait (gboolean (*is_true) (gpointer data), gpointer data)
{
  guint late = g_timeout_add_seconds (10, on_late, NULL);

  while (!is_true (data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (late);
}

static void
on_pong (GObject *connection, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &error);

  g_assert_no_error (error);
  g_assert_nonnull (answer);
  *(gboolean *) data = TRUE;
}

/* The bus answers in the order in which it was asked, so what came before has been handed on by then. */
static void
ping (GDBusConnection *connection)
{
  gboolean has_come = FALSE;

  g_dbus_connection_call (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus.Peer", "Ping", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                          on_pong, &has_come);
  played_bus_wait (is_set, &has_come);
}

void
played_bus_settle (PlayedBus *self)
{
  /* What is posted to the loop goes out, arrives, is answered, and the answer arrives; and once more, for
   * what that has led to. */
  for (guint i = 0; i < 2; i++) {
    while (g_main_context_iteration (NULL, FALSE))
      ;
    ping (self->ours);
    ping (self->theirs);
  }
  ping (self->ours);
}
