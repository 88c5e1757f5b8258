/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-euicc.h"
#include "esim-private.h"

struct _EsimEuicc {
  EsimObject parent_instance;
};

G_DEFINE_FINAL_TYPE (EsimEuicc, esim_euicc, ESIM_TYPE_OBJECT)

static const EsimMirror mirrors[] = {
    {"eid", "eid"},
    {"modem", "modem"},
    {"device", "device"},
    {"transport", "transport"},
    {"slot", "slot"},
    {"state", "state"},
    {"problem", "problem"},
    {"spec-version", "spec-version"},
    {"firmware-version", "firmware-version"},
    {"free-memory", "free-memory"},
    {"default-smdp-address", "default-smdp-address"},
    {"root-smds-addresses", "root-smds-addresses"},
    {"policy-rules", "policy-rules"},
    {"ci-key-ids", "ci-key-ids"},
    {"pending-notifications", "pending-notifications"},
    {"notifications-read", "notifications-read"},
    {"operation", "operation"},
    {NULL, NULL},
};

static void
esim_euicc_class_init (EsimEuiccClass *klass)
{
  esim_object_class_mirror (ESIM_OBJECT_CLASS (klass), ESIM_GDBUS_TYPE_EUICC_PROXY, mirrors);
}

static void
esim_euicc_init (EsimEuicc *self)
{
}

const char *
esim_euicc_get_eid (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_eid (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_euicc_get_modem (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_modem (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_euicc_get_device (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_device (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_euicc_get_transport (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_transport (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

guint
esim_euicc_get_slot (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), 0);

  return esim_gdbus_euicc_get_slot (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

const char *
esim_euicc_get_state (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_state (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_euicc_get_problem (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_problem (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_euicc_get_spec_version (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_spec_version (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_euicc_get_firmware_version (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_firmware_version (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

guint64
esim_euicc_get_free_memory (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), 0);

  return esim_gdbus_euicc_get_free_memory (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

const char *const *
esim_euicc_get_ci_key_ids (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  static const char *const none[] = {NULL};
  const char *const *value = esim_gdbus_euicc_get_ci_key_ids (esim_object_peek_proxy (ESIM_OBJECT (self)));

  return value != NULL ? value : none;
}

const char *
esim_euicc_get_default_smdp_address (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_default_smdp_address (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *const *
esim_euicc_get_root_smds_addresses (EsimEuicc *self)
{
  static const char *const none[] = {NULL};
  const char *const *value;

  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  value = esim_gdbus_euicc_get_root_smds_addresses (esim_object_peek_proxy (ESIM_OBJECT (self)));
  return value != NULL ? value : none;
}

GVariant *
esim_euicc_dup_policy_rules (EsimEuicc *self)
{
  GVariant *value;

  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  value = esim_gdbus_euicc_dup_policy_rules (esim_object_peek_proxy (ESIM_OBJECT (self)));
  return value != NULL ? value : g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));
}

guint
esim_euicc_get_pending_notifications (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), 0);

  return esim_gdbus_euicc_get_pending_notifications (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

gboolean
esim_euicc_notifications_read (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), FALSE);

  return esim_gdbus_euicc_get_notifications_read (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

const char *
esim_euicc_get_operation (EsimEuicc *self)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_gdbus_euicc_get_operation (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

void
esim_euicc_refresh (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_EUICC (self));

  esim_object_call (ESIM_OBJECT (self), "Refresh", g_variant_new ("(@a{sv})", esim_options (options)),
                    cancellable, callback, user_data);
}

EsimOperation *
esim_euicc_refresh_finish (EsimEuicc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_euicc_refresh_sync (EsimEuicc *self, GVariant *options, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_sync (ESIM_OBJECT (self), "Refresh",
                                                      g_variant_new ("(@a{sv})", esim_options (options)),
                                                      cancellable, error),
                               ESIM_TYPE_OPERATION, error);
}

void
esim_euicc_activate_slot (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_EUICC (self));

  esim_object_call (ESIM_OBJECT (self), "ActivateSlot", g_variant_new ("(@a{sv})", esim_options (options)),
                    cancellable, callback, user_data);
}

EsimOperation *
esim_euicc_activate_slot_finish (EsimEuicc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_euicc_activate_slot_sync (EsimEuicc *self, GVariant *options, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_sync (ESIM_OBJECT (self), "ActivateSlot",
                                                      g_variant_new ("(@a{sv})", esim_options (options)),
                                                      cancellable, error),
                               ESIM_TYPE_OPERATION, error);
}

void
esim_euicc_send_notifications (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_EUICC (self));

  esim_object_call (ESIM_OBJECT (self), "SendNotifications",
                    g_variant_new ("(@a{sv})", esim_options (options)), cancellable, callback, user_data);
}

EsimOperation *
esim_euicc_send_notifications_finish (EsimEuicc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_euicc_send_notifications_sync (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                                    GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_sync (ESIM_OBJECT (self), "SendNotifications",
                                                      g_variant_new ("(@a{sv})", esim_options (options)),
                                                      cancellable, error),
                               ESIM_TYPE_OPERATION, error);
}

void
esim_euicc_remove_notification (EsimEuicc *self, guint64 sequence, GVariant *options,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_EUICC (self));

  esim_object_call (ESIM_OBJECT (self), "RemoveNotification",
                    g_variant_new ("(t@a{sv})", sequence, esim_options (options)), cancellable, callback,
                    user_data);
}

EsimOperation *
esim_euicc_remove_notification_finish (EsimEuicc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_euicc_remove_notification_sync (EsimEuicc *self, guint64 sequence, GVariant *options,
                                     GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_object (
      ESIM_OBJECT (self),
      esim_object_call_sync (ESIM_OBJECT (self), "RemoveNotification",
                             g_variant_new ("(t@a{sv})", sequence, esim_options (options)), cancellable,
                             error),
      ESIM_TYPE_OPERATION, error);
}

void
esim_euicc_list_notifications (EsimEuicc *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (ESIM_IS_EUICC (self));

  esim_object_call (ESIM_OBJECT (self), "ListNotifications", NULL, cancellable, callback, user_data);
}

GVariant *
esim_euicc_list_notifications_finish (EsimEuicc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_variant (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

GVariant *
esim_euicc_list_notifications_sync (EsimEuicc *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_EUICC (self), NULL);

  return esim_reply_to_variant (
      esim_object_call_sync (ESIM_OBJECT (self), "ListNotifications", NULL, cancellable, error));
}
