/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-call.h"
#include "esim-error.h"
#include "esim-log.h"
#include "esim-names.h"

#include <polkit/polkit.h>
#include <string.h>

EsimCall *
esim_call_new (EsimBus *bus, GObject *target, GDBusMethodInvocation *invocation, GVariant *options)
{
  EsimCall *self = g_new0 (EsimCall, 1);

  self->bus = esim_bus_ref (bus);
  self->target = g_object_ref (target);
  self->invocation = invocation;
  self->options = options != NULL ? g_variant_ref (options) : NULL;
  self->gone = g_cancellable_new ();
  return self;
}

/* It may be as good as a password: an activation code. */
static void
wipe (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static void
call_free (EsimCall *self)
{
  if (self->watch != 0)
    g_bus_unwatch_name (self->watch);
  g_object_unref (self->target);
  esim_bus_unref (self->bus);
  g_clear_pointer (&self->options, g_variant_unref);
  wipe (self->text);
  g_object_unref (self->gone);
  g_free (self);
}

const char *
esim_call_get_sender (EsimCall *self)
{
  return g_dbus_method_invocation_get_sender (self->invocation);
}

void
esim_call_return (EsimCall *self, GVariant *result)
{
  g_dbus_method_invocation_return_value (self->invocation, result);
  call_free (self);
}

void
esim_call_fail (EsimCall *self, const GError *error)
{
  g_dbus_method_invocation_return_dbus_error (self->invocation, esim_error_get_dbus_name (error),
                                              error->message);
  call_free (self);
}

void
esim_call_end (const GError *error, gpointer call)
{
  if (error != NULL)
    esim_call_fail (call, error);
  else
    esim_call_return (call, NULL);
}

static void
deny (EsimCall *self, const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_NOT_AUTHORIZED, message);

  esim_log (ESIM_LOG_NOT_AUTHORIZED, ESIM_LOG_WARNING, ESIM_LOG_FIELD_ERROR, message,
            "%s, asked by user %u: %s", g_dbus_method_invocation_get_method_name (self->invocation),
            self->uid, message);
  esim_call_fail (self, error);
}

static void
ask_uid (EsimCall *self, GAsyncReadyCallback callback)
{
  g_dbus_connection_call (g_dbus_method_invocation_get_connection (self->invocation), "org.freedesktop.DBus",
                          "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser",
                          g_variant_new ("(s)", esim_call_get_sender (self)), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, callback, self);
}

static gboolean
take_uid (EsimCall *self, GObject *source, GAsyncResult *result)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(u)", &self->uid);
  return TRUE;
}

static gboolean
validate (EsimCall *self)
{
  g_autoptr (GError) error = NULL;

  if (esim_bus_is_over (self->bus)) {
    error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the service is stopping; ask again");
    esim_call_fail (self, error);
    return FALSE;
  }
  if (self->validate == NULL || self->validate (self, &error))
    return TRUE;
  esim_call_fail (self, error);
  return FALSE;
}

/* The bus knows the sender still, after the authorization: it is there. */
static void
on_still_there (GObject *source, GAsyncResult *result, gpointer data)
{
  EsimCall *self = data;

  if (!take_uid (self, source, result)) {
    deny (self, "the caller left before it was authorized");
    return;
  }
  self->trusted = TRUE;
  if (validate (self))
    self->act (self);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  EsimCall *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthorizationResult) answer =
      polkit_authority_check_authorization_finish (POLKIT_AUTHORITY (source), result, &error);

  if (answer == NULL)
    deny (self, error->message);
  else if (polkit_authorization_result_get_is_authorized (answer))
    ask_uid (self, on_still_there);
  else if (polkit_authorization_result_get_is_challenge (answer))
    deny (self, "this needs an authentication, and the caller did not allow to ask for one, or nobody could "
                "be asked");
  else
    deny (self, "the policy of this machine does not allow this");
}

static void
on_authority (GObject *source, GAsyncResult *result, gpointer data)
{
  EsimCall *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthority) authority = polkit_authority_get_finish (result, &error);
  g_autoptr (PolkitSubject) subject = NULL;
  g_autofree char *action = NULL;
  gboolean may_ask;

  if (authority == NULL) {
    deny (self, error->message);
    return;
  }
  subject = polkit_system_bus_name_new (esim_call_get_sender (self));
  action = g_strconcat (ESIM_POLKIT_PREFIX, self->action, NULL);
  may_ask = (g_dbus_message_get_flags (g_dbus_method_invocation_get_message (self->invocation)) &
             G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
  polkit_authority_check_authorization (authority, subject, action, NULL,
                                        may_ask ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                                                : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
                                        self->gone, on_checked, self);
}

static void
on_uid (GObject *source, GAsyncResult *result, gpointer data)
{
  EsimCall *self = data;

  if (!take_uid (self, source, result)) {
    deny (self, "the caller left");
    return;
  }
  self->trusted = self->has_owner && self->uid == self->owner;
  /* Nobody is asked for a password for what is refused afterwards. */
  if (self->trusted && !validate (self))
    return;
  if (self->action == NULL || (self->owner_may && self->uid == self->owner)) {
    self->trusted = TRUE;
    if (validate (self))
      self->act (self);
    return;
  }
  polkit_authority_get_async (self->gone, on_authority, self);
}

/* Takes the prompt away when nobody waits for its outcome any more. */
static void
on_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  g_cancellable_cancel (((EsimCall *) data)->gone);
}

void
esim_call_run (EsimCall *self)
{
  if (!validate (self))
    return;
  self->watch = g_bus_watch_name_on_connection (g_dbus_method_invocation_get_connection (self->invocation),
                                                esim_call_get_sender (self), G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                NULL, on_vanished, self, NULL);
  ask_uid (self, on_uid);
}
