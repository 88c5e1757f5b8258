/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-client-carriers.h"
#include "esim-private.h"

/* The one thing that the reply holds. @reply: (transfer full) (nullable) */
static GVariant *
take_reply (GVariant *reply, GError *local, GError **error)
{
  GVariant *value;

  if (reply == NULL) {
    g_propagate_error (error, esim_error_take (local));
    return NULL;
  }
  value = g_variant_get_child_value (reply, 0);
  g_variant_unref (reply);
  return value;
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *local = NULL, *error = NULL;
  GVariant *reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &local);
  GVariant *value = take_reply (reply, local, &error);

  if (value == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value, (GDestroyNotify) g_variant_unref);
}

static void
call (EsimClient *self, const char *method, GVariant *arguments, GCancellable *cancellable,
      GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_dbus_proxy_call (esim_client_peek_manager (self), method, arguments, G_DBUS_CALL_FLAGS_NONE, -1,
                     cancellable, on_reply, task);
}

static GVariant *
call_sync (EsimClient *self, const char *method, GVariant *arguments, GCancellable *cancellable,
           GError **error)
{
  GError *local = NULL;
  GVariant *reply = g_dbus_proxy_call_sync (esim_client_peek_manager (self), method, arguments,
                                            G_DBUS_CALL_FLAGS_NONE, -1, cancellable, &local);

  return take_reply (reply, local, error);
}

void
esim_client_list_carriers (EsimClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (ESIM_IS_CLIENT (self));

  call (self, "ListCarriers", NULL, cancellable, callback, user_data);
}

GVariant *
esim_client_list_carriers_finish (EsimClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
esim_client_list_carriers_sync (EsimClient *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);

  return call_sync (self, "ListCarriers", NULL, cancellable, error);
}

void
esim_client_look_up_carrier (EsimClient *self, GVariant *options, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_CLIENT (self));
  g_return_if_fail (g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT));

  call (self, "LookUpCarrier", g_variant_new ("(@a{sv})", options), cancellable, callback, user_data);
}

GVariant *
esim_client_look_up_carrier_finish (EsimClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
esim_client_look_up_carrier_sync (EsimClient *self, GVariant *options, GCancellable *cancellable,
                                  GError **error)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);
  g_return_val_if_fail (g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT), NULL);

  return call_sync (self, "LookUpCarrier", g_variant_new ("(@a{sv})", options), cancellable, error);
}

void
esim_client_check_carrier_file (EsimClient *self, const char *text, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_CLIENT (self));
  g_return_if_fail (text != NULL);

  call (self, "CheckCarrierFile", g_variant_new ("(s)", text), cancellable, callback, user_data);
}

GVariant *
esim_client_check_carrier_file_finish (EsimClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
esim_client_check_carrier_file_sync (EsimClient *self, const char *text, GCancellable *cancellable,
                                     GError **error)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);
  g_return_val_if_fail (text != NULL, NULL);

  return call_sync (self, "CheckCarrierFile", g_variant_new ("(s)", text), cancellable, error);
}
