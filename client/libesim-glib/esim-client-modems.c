/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-client-modems.h"
#include "esim-private.h"

/* @reply: (transfer full) (nullable): with @local set if it is %NULL */
static GVariant *
take_reply (GVariant *reply, GError *local, GError **error)
{
  if (reply == NULL)
    g_propagate_error (error, esim_error_take (local));
  return esim_reply_to_variant (reply);
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *local = NULL, *error = NULL;
  GVariant *reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &local);
  GVariant *modems = take_reply (reply, local, &error);

  if (modems == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, modems, (GDestroyNotify) g_variant_unref);
}

void
esim_client_list_modems (EsimClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;

  g_return_if_fail (ESIM_IS_CLIENT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, esim_client_list_modems);
  g_dbus_proxy_call (esim_client_peek_manager (self), "ListModems", NULL,
                     G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, cancellable, on_reply,
                     task);
}

GVariant *
esim_client_list_modems_finish (EsimClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
esim_client_list_modems_sync (EsimClient *self, GCancellable *cancellable, GError **error)
{
  GError *local = NULL;
  GVariant *reply;

  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);

  reply = g_dbus_proxy_call_sync (esim_client_peek_manager (self), "ListModems", NULL,
                                  G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, cancellable,
                                  &local);
  return take_reply (reply, local, error);
}
