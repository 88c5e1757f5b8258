/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-client-download.h"
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
  GVariant *value = take_reply (reply, local, &error);

  if (value == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value, (GDestroyNotify) g_variant_unref);
}

static void
call (EsimClient *self, const char *method, GVariant *args, GTask *task)
{
  g_dbus_proxy_call (esim_client_peek_manager (self), method, args,
                     G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT,
                     g_task_get_cancellable (task), on_reply, task);
}

static GVariant *
call_sync (EsimClient *self, const char *method, GVariant *args, GCancellable *cancellable, GError **error)
{
  GError *local = NULL;
  GVariant *reply = g_dbus_proxy_call_sync (esim_client_peek_manager (self), method, args,
                                            G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT,
                                            cancellable, &local);

  return take_reply (reply, local, error);
}

void
esim_client_parse_activation_code (EsimClient *self, const char *code, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (ESIM_IS_CLIENT (self));
  g_return_if_fail (code != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, esim_client_parse_activation_code);
  call (self, "ParseActivationCode", g_variant_new ("(s)", code), task);
}

GVariant *
esim_client_parse_activation_code_finish (EsimClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
esim_client_parse_activation_code_sync (EsimClient *self, const char *code, GCancellable *cancellable,
                                        GError **error)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);
  g_return_val_if_fail (code != NULL, NULL);

  return call_sync (self, "ParseActivationCode", g_variant_new ("(s)", code), cancellable, error);
}

void
esim_client_list_trust (EsimClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;

  g_return_if_fail (ESIM_IS_CLIENT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, esim_client_list_trust);
  call (self, "ListTrust", NULL, task);
}

GVariant *
esim_client_list_trust_finish (EsimClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
esim_client_list_trust_sync (EsimClient *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);

  return call_sync (self, "ListTrust", NULL, cancellable, error);
}
