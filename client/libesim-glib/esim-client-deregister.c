/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-client-deregister.h"
#include "esim-private.h"

/* @reply: (transfer full) (nullable): with @local set if it is %NULL */
static EsimDeregistration *
take_reply (EsimClient *self, GVariant *reply, GError *local, GError **error)
{
  g_autoptr (GVariant) path = NULL;

  if (reply == NULL) {
    g_propagate_error (error, esim_error_take (local));
    return NULL;
  }
  path = esim_reply_to_variant (reply);
  return ESIM_DEREGISTRATION (
      esim_client_ensure_object (self, g_variant_get_string (path, NULL), ESIM_TYPE_DEREGISTRATION, error));
}

static GVariant *
arguments (const char *iccid, GVariant *options)
{
  return g_variant_new ("(s@a{sv})", iccid, esim_options (options));
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *local = NULL, *error = NULL;
  GVariant *reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &local);
  EsimDeregistration *made = take_reply (g_task_get_source_object (task), reply, local, &error);

  if (made == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, made, g_object_unref);
}

void
esim_client_deregister_iccid (EsimClient *self, const char *iccid, GVariant *options,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (ESIM_IS_CLIENT (self));
  g_return_if_fail (iccid != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_dbus_proxy_call (esim_client_peek_manager (self), "DeregisterIccid", arguments (iccid, options),
                     G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, cancellable, on_reply,
                     task);
}

EsimDeregistration *
esim_client_deregister_iccid_finish (EsimClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

EsimDeregistration *
esim_client_deregister_iccid_sync (EsimClient *self, const char *iccid, GVariant *options,
                                   GCancellable *cancellable, GError **error)
{
  GError *local = NULL;
  GVariant *reply;

  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);
  g_return_val_if_fail (iccid != NULL, NULL);

  reply = g_dbus_proxy_call_sync (
      esim_client_peek_manager (self), "DeregisterIccid", arguments (iccid, options),
      G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, cancellable, &local);
  return take_reply (self, reply, local, error);
}
