/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-profile.h"
#include "esim-private.h"

struct _EsimProfile {
  EsimObject parent_instance;
};

G_DEFINE_FINAL_TYPE (EsimProfile, esim_profile, ESIM_TYPE_OBJECT)

static const EsimMirror mirrors[] = {
    {"euicc", "euicc"},
    {"iccid", "iccid"},
    {"name", "name"},
    {"nickname", "nickname"},
    {"service-provider", "service-provider"},
    {"home-operator", "home-operator"},
    {"gid1", "gid1"},
    {"gid2", "gid2"},
    {"profile-class", "class"},
    {"state", "state"},
    {"policy-rules", "policy-rules"},
    {"can-disable", "can-disable"},
    {"can-delete", "can-delete"},
    {"notification-addresses", "notification-addresses"},
    {"connections", "connections"},
    {"deregistration", "deregistration"},
    {NULL, NULL},
};

static void
esim_profile_class_init (EsimProfileClass *klass)
{
  esim_object_class_mirror (ESIM_OBJECT_CLASS (klass), ESIM_GDBUS_TYPE_PROFILE_PROXY, mirrors);
}

static void
esim_profile_init (EsimProfile *self)
{
}

const char *
esim_profile_get_euicc (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_euicc (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_profile_get_iccid (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_iccid (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_profile_get_name (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_name (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_profile_get_nickname (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_nickname (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_profile_get_service_provider (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_service_provider (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_profile_get_home_operator (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_home_operator (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_profile_get_gid1 (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_gid1 (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_profile_get_gid2 (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_gid2 (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_profile_get_profile_class (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_class (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_profile_get_state (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_state (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *const *
esim_profile_get_policy_rules (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  static const char *const none[] = {NULL};
  const char *const *value =
      esim_gdbus_profile_get_policy_rules (esim_object_peek_proxy (ESIM_OBJECT (self)));

  return value != NULL ? value : none;
}

gboolean
esim_profile_can_disable (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), FALSE);

  return esim_gdbus_profile_get_can_disable (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

gboolean
esim_profile_can_delete (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), FALSE);

  return esim_gdbus_profile_get_can_delete (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

const char *const *
esim_profile_get_notification_addresses (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  static const char *const none[] = {NULL};
  const char *const *value =
      esim_gdbus_profile_get_notification_addresses (esim_object_peek_proxy (ESIM_OBJECT (self)));

  return value != NULL ? value : none;
}

const char *const *
esim_profile_get_connections (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  static const char *const none[] = {NULL};
  const char *const *value = esim_gdbus_profile_get_connections (esim_object_peek_proxy (ESIM_OBJECT (self)));

  return value != NULL ? value : none;
}

const char *
esim_profile_get_deregistration (EsimProfile *self)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_gdbus_profile_get_deregistration (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

void
esim_profile_enable (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_PROFILE (self));

  esim_object_call (ESIM_OBJECT (self), "Enable", g_variant_new ("(@a{sv})", esim_options (options)),
                    cancellable, callback, user_data);
}

EsimOperation *
esim_profile_enable_finish (EsimProfile *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_profile_enable_sync (EsimProfile *self, GVariant *options, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_sync (ESIM_OBJECT (self), "Enable",
                                                      g_variant_new ("(@a{sv})", esim_options (options)),
                                                      cancellable, error),
                               ESIM_TYPE_OPERATION, error);
}

void
esim_profile_disable (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_PROFILE (self));

  esim_object_call (ESIM_OBJECT (self), "Disable", g_variant_new ("(@a{sv})", esim_options (options)),
                    cancellable, callback, user_data);
}

EsimOperation *
esim_profile_disable_finish (EsimProfile *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_profile_disable_sync (EsimProfile *self, GVariant *options, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_sync (ESIM_OBJECT (self), "Disable",
                                                      g_variant_new ("(@a{sv})", esim_options (options)),
                                                      cancellable, error),
                               ESIM_TYPE_OPERATION, error);
}

void
esim_profile_set_nickname (EsimProfile *self, const char *nickname, GVariant *options,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_PROFILE (self));

  esim_object_call (ESIM_OBJECT (self), "SetNickname",
                    g_variant_new ("(s@a{sv})", nickname, esim_options (options)), cancellable, callback,
                    user_data);
}

EsimOperation *
esim_profile_set_nickname_finish (EsimProfile *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_profile_set_nickname_sync (EsimProfile *self, const char *nickname, GVariant *options,
                                GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (
      ESIM_OBJECT (self),
      esim_object_call_sync (ESIM_OBJECT (self), "SetNickname",
                             g_variant_new ("(s@a{sv})", nickname, esim_options (options)), cancellable,
                             error),
      ESIM_TYPE_OPERATION, error);
}

void
esim_profile_delete (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_PROFILE (self));

  esim_object_call (ESIM_OBJECT (self), "Delete", g_variant_new ("(@a{sv})", esim_options (options)),
                    cancellable, callback, user_data);
}

EsimOperation *
esim_profile_delete_finish (EsimProfile *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_OPERATION, error);
}

EsimOperation *
esim_profile_delete_sync (EsimProfile *self, GVariant *options, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_sync (ESIM_OBJECT (self), "Delete",
                                                      g_variant_new ("(@a{sv})", esim_options (options)),
                                                      cancellable, error),
                               ESIM_TYPE_OPERATION, error);
}

void
esim_profile_list_connections (EsimProfile *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (ESIM_IS_PROFILE (self));

  esim_object_call (ESIM_OBJECT (self), "ListConnections", NULL, cancellable, callback, user_data);
}

GVariant *
esim_profile_list_connections_finish (EsimProfile *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_variant (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

GVariant *
esim_profile_list_connections_sync (EsimProfile *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_variant (
      esim_object_call_sync (ESIM_OBJECT (self), "ListConnections", NULL, cancellable, error));
}

void
esim_profile_deregister (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_PROFILE (self));

  esim_object_call (ESIM_OBJECT (self), "Deregister", g_variant_new ("(@a{sv})", esim_options (options)),
                    cancellable, callback, user_data);
}

EsimDeregistration *
esim_profile_deregister_finish (EsimProfile *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_finish (ESIM_OBJECT (self), result, error),
                               ESIM_TYPE_DEREGISTRATION, error);
}

EsimDeregistration *
esim_profile_deregister_sync (EsimProfile *self, GVariant *options, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return esim_reply_to_object (ESIM_OBJECT (self),
                               esim_object_call_sync (ESIM_OBJECT (self), "Deregister",
                                                      g_variant_new ("(@a{sv})", esim_options (options)),
                                                      cancellable, error),
                               ESIM_TYPE_DEREGISTRATION, error);
}

/* Takes @reply (%NULL with @error set is handed on) apart. */
static GBytes *
reply_to_icon (GVariant *reply, char **type)
{
  g_autoptr (GVariant) owned = reply;
  g_autoptr (GVariant) octets = NULL;
  gconstpointer data;
  gsize length = 0;

  if (owned == NULL)
    return NULL;
  octets = g_variant_get_child_value (owned, 1);
  if (type != NULL)
    g_variant_get_child (owned, 0, "s", type);
  data = g_variant_get_fixed_array (octets, &length, 1);
  return g_bytes_new (data, length);
}

void
esim_profile_get_icon (EsimProfile *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_return_if_fail (ESIM_IS_PROFILE (self));

  esim_object_call (ESIM_OBJECT (self), "GetIcon", NULL, cancellable, callback, user_data);
}

GBytes *
esim_profile_get_icon_finish (EsimProfile *self, GAsyncResult *result, char **type, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return reply_to_icon (esim_object_call_finish (ESIM_OBJECT (self), result, error), type);
}

GBytes *
esim_profile_get_icon_sync (EsimProfile *self, char **type, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_PROFILE (self), NULL);

  return reply_to_icon (esim_object_call_sync (ESIM_OBJECT (self), "GetIcon", NULL, cancellable, error),
                        type);
}
