/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-nm-remove.h"

#include "esim-error.h"
#include "esim-network-manager.h"
#include "esim-nm-error.h"
#include "esim-nm-names.h"

typedef struct {
  GDBusConnection *bus;
  char *owner;
  char *path;
  char *uuid;
  char **actives; /* object paths */
  guint next;     /* of them: the one that is taken down */
  gboolean told;  /* NetworkManager said that it does */
  gboolean down;
  guint subscription;
  guint timer;
  GSource *cancelled;
} Remove;

static void
remove_free (Remove *self)
{
  g_object_unref (self->bus);
  g_free (self->owner);
  g_free (self->path);
  g_free (self->uuid);
  g_strfreev (self->actives);
  g_free (self);
}

static void
call (GTask *task, const char *path, const char *interface, const char *method, GVariant *arguments,
      const char *reply, GAsyncReadyCallback callback)
{
  Remove *self = g_task_get_task_data (task);

  g_dbus_connection_call (self->bus, self->owner, path, interface, method, arguments, G_VARIANT_TYPE (reply),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, ESIM_NM_CALL_MS, g_task_get_cancellable (task),
                          callback, task);
}

static void
stop_waiting (Remove *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  self->subscription = 0;
  if (self->cancelled != NULL)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
}

static void
fail (GTask *task, GError *error, const char *what)
{
  stop_waiting (g_task_get_task_data (task));
  esim_nm_error_translate (&error, what);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_deleted (GObject *bus, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);

  if (reply == NULL)
    esim_nm_error_translate (&error, "delete the connection");
  /* Gone by another hand is gone. */
  if (error != NULL && !g_error_matches (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND)) {
    fail (task, error, "");
    return;
  }
  g_clear_error (&error);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
delete_it (GTask *task)
{
  Remove *self = g_task_get_task_data (task);

  stop_waiting (self);
  call (task, self->path, ESIM_NM_CONNECTION_INTERFACE, "Delete", NULL, "()", on_deleted);
}

static void on_deactivated (GObject *bus, GAsyncResult *result, gpointer data);

/* The next one, or none is left. */
static void
take_down (GTask *task)
{
  Remove *self = g_task_get_task_data (task);
  const char *active = self->actives[self->next];

  self->told = self->down = FALSE;
  if (active == NULL)
    delete_it (task);
  else
    call (task, ESIM_NM_PATH, ESIM_NM_INTERFACE, "DeactivateConnection", g_variant_new ("(o)", active), "()",
          on_deactivated);
}

static void
go_on_if_down (GTask *task)
{
  Remove *self = g_task_get_task_data (task);

  if (!self->told || !self->down)
    return;
  self->next++;
  take_down (task);
}

static void
on_deactivated (GObject *bus, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Remove *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  g_autofree char *name = error != NULL ? esim_nm_error_dup_name (error) : NULL;

  if (reply == NULL && g_strcmp0 (name, ESIM_NM_ERROR_NOT_ACTIVE) != 0) {
    fail (task, error, "take the connection down");
    return;
  }
  /* It may have gone before we asked, or before the answer. */
  self->told = TRUE;
  self->down = self->down || reply == NULL;
  g_clear_error (&error);
  if (self->timer == 0)
    delete_it (task);
  else
    go_on_if_down (task);
}

/* NetworkManager takes down itself what it deletes: a modem that does not let go does not keep its
 * connection. */
static gboolean
on_wait_over (gpointer data)
{
  Remove *self = g_task_get_task_data (data);

  self->timer = 0;
  g_message ("NetworkManager's connection %s is not down after %d s: it is deleted as it is", self->uuid,
             ESIM_NM_DEACTIVATION_S);
  if (self->told)
    delete_it (data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  Remove *self = g_task_get_task_data (data);

  /* A call under way is told by GDBus, and ends the task. */
  if (self->told)
    fail (data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, ""), "");
  return G_SOURCE_REMOVE;
}

static void
on_properties_changed (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                       const char *signal, GVariant *arguments, gpointer data)
{
  Remove *self = g_task_get_task_data (data);
  g_autoptr (GVariant) changed = NULL;
  g_autofree const char **now = NULL;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  changed = g_variant_get_child_value (arguments, 1);
  if (!g_variant_lookup (changed, "ActiveConnections", "^a&o", &now))
    return;
  self->down = !g_strv_contains (now, self->actives[self->next]);
  go_on_if_down (data);
}

static void
begin_waiting (GTask *task)
{
  Remove *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  self->timer = g_timeout_add_seconds (ESIM_NM_DEACTIVATION_S, on_wait_over, task);
  self->subscription = g_dbus_connection_signal_subscribe (
      self->bus, self->owner, ESIM_NM_PROPERTIES_INTERFACE, "PropertiesChanged", ESIM_NM_PATH,
      ESIM_NM_INTERFACE, G_DBUS_SIGNAL_FLAGS_NONE, on_properties_changed, task, NULL);
  if (cancellable == NULL)
    return;
  self->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->cancelled, G_SOURCE_FUNC (on_cancelled), task, NULL);
  (void) g_source_attach (self->cancelled, NULL);
}

static void
on_settings (GObject *bus, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Remove *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (EsimNmConnection) there = NULL;

  if (reply == NULL) {
    fail (task, error, "tell of the connection");
    return;
  }
  settings = g_variant_get_child_value (reply, 0);
  there = esim_nm_connection_read (self->path, settings);
  if (there == NULL || !there->ours || !g_str_equal (there->uuid, self->uuid)) {
    fail (task,
          g_error_new (ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                       "NetworkManager's connection %s was not made by esimd and is not deleted by it: "
                       "“nmcli connection delete %s” does",
                       self->uuid, self->uuid),
          "");
    return;
  }
  begin_waiting (task);
  take_down (task);
}

void
esim_nm_remove_async (GDBusConnection *bus, const char *owner, const char *path, const char *uuid,
                      const char *const *actives, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Remove *self = g_new0 (Remove, 1);

  self->bus = g_object_ref (bus);
  self->owner = g_strdup (owner);
  self->path = g_strdup (path);
  self->uuid = g_strdup (uuid);
  self->actives = g_strdupv ((char **) actives);
  g_task_set_check_cancellable (task, FALSE); /* its error has to be one of ours */
  g_task_set_task_data (task, self, (GDestroyNotify) remove_free);
  call (task, self->path, ESIM_NM_CONNECTION_INTERFACE, "GetSettings", NULL, "(a{sa{sv}})", on_settings);
}

gboolean
esim_nm_remove_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
