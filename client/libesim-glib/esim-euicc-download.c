/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-euicc-download.h"
#include "esim-private.h"

void
esim_euicc_download (EsimEuicc *self, const char *code, GVariant *options, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_EUICC (self));
  g_return_if_fail (code != NULL);

  esim_object_call (ESIM_OBJECT (self), "Download", g_variant_new ("(s@a{sv})", code, esim_options (options)),
                    cancellable, callback, user_data);
}

EsimOperation *
esim_euicc_download_finish (EsimEuicc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_euicc_download_sync (EsimEuicc *self, const char *code, GVariant *options, GCancellable *cancellable,
                          GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);
  g_return_val_if_fail (code != NULL, NULL);

  return esim_reply_to_object (
      ESIM_OBJECT (self),
      esim_object_call_sync (ESIM_OBJECT (self), "Download",
                             g_variant_new ("(s@a{sv})", code, esim_options (options)), cancellable, error),
      ESIM_TYPE_OPERATION, error);
}

void
esim_euicc_discover (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_EUICC (self));

  esim_object_call (ESIM_OBJECT (self), "Discover", g_variant_new ("(@a{sv})", esim_options (options)),
                    cancellable, callback, user_data);
}

EsimOperation *
esim_euicc_discover_finish (EsimEuicc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_euicc_discover_sync (EsimEuicc *self, GVariant *options, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_sync (ESIM_OBJECT (self), "Discover",
                                                      g_variant_new ("(@a{sv})", esim_options (options)),
                                                      cancellable, error),
                               ESIM_TYPE_OPERATION, error);
}

void
esim_euicc_reset_memory (EsimEuicc *self, const char *const *what, GVariant *options,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_EUICC (self));
  g_return_if_fail (what != NULL);

  esim_object_call (ESIM_OBJECT (self), "ResetMemory",
                    g_variant_new ("(^as@a{sv})", what, esim_options (options)), cancellable, callback,
                    user_data);
}

EsimOperation *
esim_euicc_reset_memory_finish (EsimEuicc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_euicc_reset_memory_sync (EsimEuicc *self, const char *const *what, GVariant *options,
                              GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);
  g_return_val_if_fail (what != NULL, NULL);

  return esim_reply_to_object (
      ESIM_OBJECT (self),
      esim_object_call_sync (ESIM_OBJECT (self), "ResetMemory",
                             g_variant_new ("(^as@a{sv})", what, esim_options (options)), cancellable, error),
      ESIM_TYPE_OPERATION, error);
}

void
esim_euicc_set_default_smdp_address (EsimEuicc *self, const char *address, GVariant *options,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_return_if_fail (ESIM_IS_EUICC (self));
  g_return_if_fail (address != NULL);

  esim_object_call (ESIM_OBJECT (self), "SetDefaultSmdpAddress",
                    g_variant_new ("(s@a{sv})", address, esim_options (options)), cancellable, callback,
                    user_data);
}

EsimOperation *
esim_euicc_set_default_smdp_address_finish (EsimEuicc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_euicc_set_default_smdp_address_sync (EsimEuicc *self, const char *address, GVariant *options,
                                          GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);
  g_return_val_if_fail (address != NULL, NULL);

  return esim_reply_to_object (
      ESIM_OBJECT (self),
      esim_object_call_sync (ESIM_OBJECT (self), "SetDefaultSmdpAddress",
                             g_variant_new ("(s@a{sv})", address, esim_options (options)), cancellable,
                             error),
      ESIM_TYPE_OPERATION, error);
}
