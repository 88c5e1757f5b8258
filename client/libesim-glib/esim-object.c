/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-object.h"
#include "esim-private.h"

typedef struct {
  GDBusProxy *proxy;
  GWeakRef client;
  gboolean gone;
} EsimObjectPrivate;

enum { SIGNAL_CHANGED, N_SIGNALS };
enum { PROP_MIRRORED = 1 };

static guint signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (EsimObject, esim_object, G_TYPE_OBJECT)

#define PRIVATE(self) ((EsimObjectPrivate *) esim_object_get_instance_private (self))

static GQuark
remote_name_quark (void)
{
  return g_quark_from_static_string ("esim-remote-name");
}

static void
get_mirrored (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EsimObjectPrivate *priv = PRIVATE (ESIM_OBJECT (object));

  g_object_get_property (G_OBJECT (priv->proxy), g_param_spec_get_qdata (pspec, remote_name_quark ()), value);
  if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value) == NULL)
    g_value_set_static_string (value, "");
}

static GParamSpec *
mirror_spec (const char *name, GType type)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  if (type == G_TYPE_STRING)
    return g_param_spec_string (name, NULL, NULL, "", flags);
  if (type == G_TYPE_BOOLEAN)
    return g_param_spec_boolean (name, NULL, NULL, FALSE, flags);
  if (type == G_TYPE_UINT)
    return g_param_spec_uint (name, NULL, NULL, 0, G_MAXUINT, 0, flags);
  if (type == G_TYPE_UINT64)
    return g_param_spec_uint64 (name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
  if (type == G_TYPE_DOUBLE)
    return g_param_spec_double (name, NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
  if (type == G_TYPE_VARIANT)
    return g_param_spec_variant (name, NULL, NULL, G_VARIANT_TYPE ("aa{sv}"), NULL, flags);
  return g_param_spec_boxed (name, NULL, NULL, G_TYPE_STRV, flags);
}

void
esim_object_class_mirror (EsimObjectClass *klass, GType proxy_type, const EsimMirror *mirrors)
{
  g_autoptr (GTypeClass) proxy_class = g_type_class_ref (proxy_type);
  guint id = PROP_MIRRORED;

  G_OBJECT_CLASS (klass)->get_property = get_mirrored;
  for (const EsimMirror *m = mirrors; m->name != NULL; m++) {
    GParamSpec *remote = g_object_class_find_property (G_OBJECT_CLASS (proxy_class), m->remote);
    GParamSpec *own = mirror_spec (m->name, G_PARAM_SPEC_VALUE_TYPE (remote));

    g_param_spec_set_qdata (own, remote_name_quark (), (gpointer) m->remote);
    g_param_spec_set_qdata (remote, g_type_qname (G_TYPE_FROM_CLASS (klass)), (gpointer) m->name);
    g_object_class_install_property (G_OBJECT_CLASS (klass), id++, own);
  }
}

static void
on_proxy_notify (GObject *proxy, GParamSpec *pspec, EsimObject *self)
{
  GParamSpec *known = g_param_spec_get_redirect_target (pspec) ?: pspec;
  const char *name = g_param_spec_get_qdata (known, g_type_qname (G_OBJECT_TYPE (self)));

  if (name == NULL)
    name = g_param_spec_get_qdata (pspec, g_type_qname (G_OBJECT_TYPE (self)));
  if (name != NULL)
    g_object_notify (G_OBJECT (self), name);
}

static void
on_properties_changed (GDBusProxy *proxy, GVariant *changed, const char *const *invalidated, EsimObject *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
esim_object_dispose (GObject *object)
{
  EsimObjectPrivate *priv = PRIVATE (ESIM_OBJECT (object));

  if (priv->proxy != NULL)
    g_signal_handlers_disconnect_by_data (priv->proxy, object);
  G_OBJECT_CLASS (esim_object_parent_class)->dispose (object);
}

static void
esim_object_finalize (GObject *object)
{
  EsimObjectPrivate *priv = PRIVATE (ESIM_OBJECT (object));

  g_clear_object (&priv->proxy);
  g_weak_ref_clear (&priv->client);
  G_OBJECT_CLASS (esim_object_parent_class)->finalize (object);
}

static void
esim_object_class_init (EsimObjectClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = esim_object_dispose;
  G_OBJECT_CLASS (klass)->finalize = esim_object_finalize;

  /**
   * EsimObject::changed:
   * @self: the object
   *
   * Some properties have changed, or the object is gone.
   */
  signals[SIGNAL_CHANGED] =
      g_signal_new ("changed", ESIM_TYPE_OBJECT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
esim_object_init (EsimObject *self)
{
  g_weak_ref_init (&PRIVATE (self)->client, NULL);
}

EsimObject *
esim_object_new (GType type, EsimClient *client, GDBusProxy *proxy)
{
  EsimObject *self = g_object_new (type, NULL);
  EsimObjectPrivate *priv = PRIVATE (self);

  priv->proxy = g_object_ref (proxy);
  g_weak_ref_set (&priv->client, client);
  g_dbus_proxy_set_default_timeout (proxy, G_MAXINT);
  g_signal_connect (proxy, "notify", G_CALLBACK (on_proxy_notify), self);
  g_signal_connect_after (proxy, "g-properties-changed", G_CALLBACK (on_properties_changed), self);
  return self;
}

void
esim_object_mark_gone (EsimObject *self)
{
  PRIVATE (self)->gone = TRUE;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

gpointer
esim_object_peek_proxy (EsimObject *self)
{
  return PRIVATE (self)->proxy;
}

EsimClient *
esim_object_dup_client (EsimObject *self)
{
  return g_weak_ref_get (&PRIVATE (self)->client);
}

const char *
esim_object_get_path (EsimObject *self)
{
  g_return_val_if_fail (ESIM_IS_OBJECT (self), NULL);

  return g_dbus_proxy_get_object_path (PRIVATE (self)->proxy);
}

guint64
esim_object_get_number (EsimObject *self)
{
  g_return_val_if_fail (ESIM_IS_OBJECT (self), 0);

  return g_ascii_strtoull (strrchr (esim_object_get_path (self), '/') + 1, NULL, 10);
}

gboolean
esim_object_is_gone (EsimObject *self)
{
  g_return_val_if_fail (ESIM_IS_OBJECT (self), TRUE);

  return PRIVATE (self)->gone;
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GVariant *reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);

  if (reply == NULL) {
    g_task_return_error (task, esim_error_take (error));
    return;
  }
  g_task_return_pointer (task, reply, (GDestroyNotify) g_variant_unref);
}

void
esim_object_call (EsimObject *self, const char *method, GVariant *args, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, esim_object_call);
  g_dbus_proxy_call (PRIVATE (self)->proxy, method, args, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                     G_MAXINT, cancellable, on_called, task);
}

GVariant *
esim_object_call_finish (EsimObject *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
esim_object_call_sync (EsimObject *self, const char *method, GVariant *args, GCancellable *cancellable,
                       GError **error)
{
  GError *local = NULL;
  GVariant *reply = g_dbus_proxy_call_sync (PRIVATE (self)->proxy, method, args,
                                            G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT,
                                            cancellable, &local);

  if (reply == NULL)
    g_propagate_error (error, esim_error_take (local));
  return reply;
}

gboolean
esim_reply_to_nothing (GVariant *reply)
{
  if (reply == NULL)
    return FALSE;
  g_variant_unref (reply);
  return TRUE;
}

GVariant *
esim_reply_to_variant (GVariant *reply)
{
  GVariant *value;

  if (reply == NULL)
    return NULL;
  value = g_variant_get_child_value (reply, 0);
  g_variant_unref (reply);
  return value;
}

char *
esim_reply_to_string (GVariant *reply)
{
  g_autoptr (GVariant) value = esim_reply_to_variant (reply);

  return value == NULL ? NULL : g_variant_dup_string (value, NULL);
}

gpointer
esim_reply_to_object (EsimObject *self, GVariant *reply, GType type, GError **error)
{
  g_autoptr (GVariant) value = esim_reply_to_variant (reply);
  g_autoptr (EsimClient) client = esim_object_dup_client (self);

  if (value == NULL)
    return NULL;
  if (client == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_RUNNING, "The client of this object is gone");
    return NULL;
  }
  return esim_client_ensure_object (client, g_variant_get_string (value, NULL), type, error);
}

GVariant *
esim_options (GVariant *options)
{
  return options != NULL ? options : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
}
