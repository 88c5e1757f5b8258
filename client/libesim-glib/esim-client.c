/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-client.h"
#include "esim-private.h"

struct _EsimClient {
  GObject parent_instance;
  GDBusConnection *connection;
  GMainContext *context;
  EsimGdbusManager *manager;
  GDBusObjectManager *objects;
  GHashTable *wrappers; /* path (owned by the value) → EsimObject */
};

enum {
  EUICC_ADDED,
  EUICC_REMOVED,
  PROFILE_ADDED,
  PROFILE_REMOVED,
  OPERATION_ADDED,
  OPERATION_REMOVED,
  DEREGISTRATION_ADDED,
  DEREGISTRATION_REMOVED,
  OBJECT_CHANGED,
  CHANGED,
  N_SIGNALS
};
enum { PROP_CONNECTION = 1 };

static guint signals[N_SIGNALS];

static void initable_iface_init (GInitableIface *iface);
static void async_initable_iface_init (GAsyncInitableIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (EsimClient, esim_client, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, initable_iface_init)
                                   G_IMPLEMENT_INTERFACE (G_TYPE_ASYNC_INITABLE, async_initable_iface_init))

/* The interfaces that make an object one of ours, and the signals that tell of it. */
static const struct {
  const char *interface;
  GType (*type) (void);
  guint added;
} kinds[] = {
    {"org.esimd1.Euicc", esim_euicc_get_type, EUICC_ADDED},
    {"org.esimd1.Profile", esim_profile_get_type, PROFILE_ADDED},
    {"org.esimd1.Operation", esim_operation_get_type, OPERATION_ADDED},
    {"org.esimd1.Deregistration", esim_deregistration_get_type, DEREGISTRATION_ADDED},
};

static void
on_object_changed (EsimObject *object, EsimClient *self)
{
  if (esim_object_is_gone (object))
    return;
  g_signal_emit (self, signals[OBJECT_CHANGED], 0, object);
  g_signal_emit (self, signals[CHANGED], 0);
}

static EsimObject *
adopt (EsimClient *self, GType type, GDBusProxy *proxy)
{
  EsimObject *object = esim_object_new (type, self, proxy);

  g_hash_table_insert (self->wrappers, (gpointer) esim_object_get_path (object), object);
  g_signal_connect_object (object, "changed", G_CALLBACK (on_object_changed), self, 0);
  return object;
}

static void
on_added (EsimClient *self, GDBusObject *dbus_object)
{
  const char *path = g_dbus_object_get_object_path (dbus_object);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (GDBusInterface) proxy = g_dbus_object_get_interface (dbus_object, kinds[i].interface);
    EsimObject *object = g_hash_table_lookup (self->wrappers, path);

    if (proxy == NULL)
      continue;
    if (object == NULL)
      object = adopt (self, kinds[i].type (), G_DBUS_PROXY (proxy));
    g_signal_emit (self, signals[kinds[i].added], 0, object);
    g_signal_emit (self, signals[CHANGED], 0);
    return;
  }
}

static void
on_interface_added (EsimClient *self, GDBusObject *dbus_object, GDBusInterface *interface)
{
  if (!g_hash_table_contains (self->wrappers, g_dbus_object_get_object_path (dbus_object)))
    on_added (self, dbus_object);
}

static void
forget_object (EsimClient *self, const char *path)
{
  g_autoptr (EsimObject) object = NULL;

  if (!g_hash_table_steal_extended (self->wrappers, path, NULL, (gpointer *) &object))
    return;
  esim_object_mark_gone (object);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (G_OBJECT_TYPE (object) == kinds[i].type ())
      g_signal_emit (self, signals[kinds[i].added + 1], 0, object);
  }
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_removed (EsimClient *self, GDBusObject *dbus_object)
{
  forget_object (self, g_dbus_object_get_object_path (dbus_object));
}

static void
on_manager_notify (EsimClient *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Objects that were adopted before the object manager knew of them do not come with its "removed" when the
 * service goes. */
static void
on_owner_changed (EsimClient *self)
{
  if (!esim_client_is_running (self)) {
    g_auto (GStrv) paths = (char **) g_hash_table_get_keys_as_array (self->wrappers, NULL);

    for (gsize i = 0; paths[i] != NULL; i++)
      paths[i] = g_strdup (paths[i]);
    for (gsize i = 0; paths[i] != NULL; i++)
      forget_object (self, paths[i]);
  }
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
watch (EsimClient *self)
{
  GList *list = g_dbus_object_manager_get_objects (self->objects);

  for (GList *l = list; l != NULL; l = l->next)
    on_added (self, l->data);
  g_list_free_full (list, g_object_unref);
  g_signal_connect_swapped (self->objects, "object-added", G_CALLBACK (on_added), self);
  g_signal_connect_swapped (self->objects, "object-removed", G_CALLBACK (on_removed), self);
  g_signal_connect_swapped (self->objects, "interface-added", G_CALLBACK (on_interface_added), self);
  g_signal_connect_swapped (self->objects, "notify::name-owner", G_CALLBACK (on_owner_changed), self);
  g_signal_connect_swapped (self->manager, "notify", G_CALLBACK (on_manager_notify), self);
}

/* Without a bus there is no service: whatever the reason, the caller can only say so. */
static GError *
no_bus (GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return error;
  error->domain = ESIM_ERROR;
  error->code = ESIM_ERROR_NOT_RUNNING;
  return error;
}

static gboolean
esim_client_init_sync (GInitable *initable, GCancellable *cancellable, GError **error)
{
  EsimClient *self = ESIM_CLIENT (initable);
  GError *local = NULL;

  if (self->objects != NULL)
    return TRUE;
  if (self->connection == NULL)
    self->connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, cancellable, &local);
  if (self->connection == NULL) {
    g_propagate_error (error, no_bus (local));
    return FALSE;
  }
  if (self->manager == NULL)
    self->manager = esim_gdbus_manager_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_NONE,
                                                       ESIM_BUS_NAME, ESIM_ROOT_PATH, cancellable, &local);
  if (self->manager != NULL)
    self->objects = esim_gdbus_object_manager_client_new_sync (
        self->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, ESIM_BUS_NAME, ESIM_ROOT_PATH,
        cancellable, &local);
  if (self->objects == NULL) {
    g_propagate_error (error, esim_error_take (local));
    return FALSE;
  }
  watch (self);
  return TRUE;
}

static void
on_objects (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EsimClient *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->objects = esim_gdbus_object_manager_client_new_finish (result, &error);
  if (self->objects == NULL) {
    g_task_return_error (task, esim_error_take (error));
    return;
  }
  watch (self);
  g_task_return_boolean (task, TRUE);
}

static void
on_manager (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EsimClient *self = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;

  self->manager = esim_gdbus_manager_proxy_new_finish (result, &error);
  if (self->manager == NULL) {
    g_task_return_error (task, esim_error_take (error));
    return;
  }
  esim_gdbus_object_manager_client_new (self->connection,
                                        G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, ESIM_BUS_NAME,
                                        ESIM_ROOT_PATH, cancellable, on_objects, g_steal_pointer (&task));
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EsimClient *self = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;

  if (self->connection == NULL)
    self->connection = g_bus_get_finish (result, &error);
  if (self->connection == NULL) {
    g_task_return_error (task, no_bus (error));
    return;
  }
  esim_gdbus_manager_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_NONE, ESIM_BUS_NAME, ESIM_ROOT_PATH,
                                cancellable, on_manager, g_steal_pointer (&task));
}

static void
esim_client_init_async (GAsyncInitable *initable, int priority, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  EsimClient *self = ESIM_CLIENT (initable);
  GTask *task = g_task_new (initable, cancellable, callback, user_data);

  if (self->connection != NULL)
    on_bus (NULL, NULL, task);
  else
    g_bus_get (G_BUS_TYPE_SYSTEM, cancellable, on_bus, task);
}

static gboolean
esim_client_init_finish (GAsyncInitable *initable, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
initable_iface_init (GInitableIface *iface)
{
  iface->init = esim_client_init_sync;
}

static void
async_initable_iface_init (GAsyncInitableIface *iface)
{
  iface->init_async = esim_client_init_async;
  iface->init_finish = esim_client_init_finish;
}

static void
esim_client_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ESIM_CLIENT (object)->connection = g_value_dup_object (value);
}

static void
esim_client_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, ESIM_CLIENT (object)->connection);
}

static void
esim_client_dispose (GObject *object)
{
  EsimClient *self = ESIM_CLIENT (object);

  if (self->objects != NULL)
    g_signal_handlers_disconnect_by_data (self->objects, self);
  if (self->manager != NULL)
    g_signal_handlers_disconnect_by_data (self->manager, self);
  G_OBJECT_CLASS (esim_client_parent_class)->dispose (object);
}

static void
esim_client_finalize (GObject *object)
{
  EsimClient *self = ESIM_CLIENT (object);

  g_clear_object (&self->objects);
  g_clear_object (&self->manager);
  g_clear_object (&self->connection);
  g_hash_table_unref (self->wrappers);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (esim_client_parent_class)->finalize (object);
}

static guint
new_signal (const char *name, GType argument)
{
  if (argument == G_TYPE_NONE)
    return g_signal_new (name, ESIM_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  return g_signal_new (name, ESIM_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                       argument);
}

static void
install_card_signals (void)
{
  /**
   * EsimClient::euicc-added:
   * @self: the client
   * @euicc: the eUICC
   */
  signals[EUICC_ADDED] = new_signal ("euicc-added", ESIM_TYPE_EUICC);
  /**
   * EsimClient::euicc-removed:
   * @self: the client
   * @euicc: the eUICC
   */
  signals[EUICC_REMOVED] = new_signal ("euicc-removed", ESIM_TYPE_EUICC);
  /**
   * EsimClient::profile-added:
   * @self: the client
   * @profile: the profile
   */
  signals[PROFILE_ADDED] = new_signal ("profile-added", ESIM_TYPE_PROFILE);
  /**
   * EsimClient::profile-removed:
   * @self: the client
   * @profile: the profile
   */
  signals[PROFILE_REMOVED] = new_signal ("profile-removed", ESIM_TYPE_PROFILE);
  /**
   * EsimClient::operation-added:
   * @self: the client
   * @operation: the operation
   */
  signals[OPERATION_ADDED] = new_signal ("operation-added", ESIM_TYPE_OPERATION);
  /**
   * EsimClient::operation-removed:
   * @self: the client
   * @operation: the operation
   */
  signals[OPERATION_REMOVED] = new_signal ("operation-removed", ESIM_TYPE_OPERATION);
}

static void
install_news_signals (void)
{
  /**
   * EsimClient::deregistration-added:
   * @self: the client
   * @deregistration: the deregistration
   */
  signals[DEREGISTRATION_ADDED] = new_signal ("deregistration-added", ESIM_TYPE_DEREGISTRATION);
  /**
   * EsimClient::deregistration-removed:
   * @self: the client
   * @deregistration: the deregistration
   */
  signals[DEREGISTRATION_REMOVED] = new_signal ("deregistration-removed", ESIM_TYPE_DEREGISTRATION);
  /**
   * EsimClient::object-changed:
   * @self: the client
   * @object: what has changed
   */
  signals[OBJECT_CHANGED] = new_signal ("object-changed", ESIM_TYPE_OBJECT);
  /**
   * EsimClient::changed:
   * @self: the client
   *
   * Something has changed: an object came, went or is another now, or the service came, went or became ready.
   */
  signals[CHANGED] = new_signal ("changed", G_TYPE_NONE);
}

static void
esim_client_class_init (EsimClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = esim_client_set_property;
  object_class->get_property = esim_client_get_property;
  object_class->dispose = esim_client_dispose;
  object_class->finalize = esim_client_finalize;
  esim_error_quark (); /* the names of errors must be known before the first one comes */

  /**
   * EsimClient:connection:
   *
   * The bus connection to use; the system bus if none is given.
   */
  g_object_class_install_property (
      object_class, PROP_CONNECTION,
      g_param_spec_object ("connection", NULL, NULL, G_TYPE_DBUS_CONNECTION,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));

  install_card_signals ();
  install_news_signals ();
}

static void
esim_client_init (EsimClient *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->wrappers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
}

void
esim_client_new (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_async_initable_new_async (ESIM_TYPE_CLIENT, G_PRIORITY_DEFAULT, cancellable, callback, user_data, NULL);
}

EsimClient *
esim_client_new_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (GObject) source = g_async_result_get_source_object (result);
  GObject *object = g_async_initable_new_finish (G_ASYNC_INITABLE (source), result, error);

  return object != NULL ? ESIM_CLIENT (object) : NULL;
}

EsimClient *
esim_client_new_sync (GCancellable *cancellable, GError **error)
{
  return g_initable_new (ESIM_TYPE_CLIENT, cancellable, error, NULL);
}

gboolean
esim_client_is_running (EsimClient *self)
{
  g_autofree char *owner_of_objects = NULL;
  g_autofree char *owner_of_manager = NULL;

  g_return_val_if_fail (ESIM_IS_CLIENT (self), FALSE);

  /* Each learns by itself of the service's coming and going; both must know the same one. */
  owner_of_objects =
      g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (self->objects));
  owner_of_manager = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (self->manager));
  return owner_of_objects != NULL && g_strcmp0 (owner_of_objects, owner_of_manager) == 0;
}

gboolean
esim_client_is_ready (EsimClient *self)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), FALSE);

  return esim_client_is_running (self) && esim_gdbus_manager_get_ready (self->manager);
}

static void
end_wait (GTask *task)
{
  GSource *timer = g_object_get_data (G_OBJECT (task), "timer");

  g_signal_handlers_disconnect_by_data (g_task_get_source_object (task), task);
  if (timer != NULL)
    g_source_destroy (timer);
}

static void
on_wait_changed (EsimClient *self, GTask *task)
{
  g_autoptr (GTask) kept = g_object_ref (task);

  if (g_task_return_error_if_cancelled (kept)) {
    end_wait (kept);
    return;
  }
  if (esim_client_is_ready (self)) {
    end_wait (kept);
    g_task_return_boolean (kept, TRUE);
  }
}

static gboolean
on_wait_over (gpointer user_data)
{
  g_autoptr (GTask) kept = g_object_ref (user_data);
  EsimClient *self = g_task_get_source_object (kept);

  end_wait (kept);
  if (g_task_return_error_if_cancelled (kept))
    return G_SOURCE_REMOVE;
  if (esim_client_is_running (self))
    g_task_return_new_error (kept, ESIM_ERROR, ESIM_ERROR_TIMED_OUT, "esimd is still looking at the modems");
  else
    g_task_return_new_error (kept, ESIM_ERROR, ESIM_ERROR_NOT_RUNNING, "esimd went away");
  return G_SOURCE_REMOVE;
}

static void
drop_task (gpointer task, GClosure *closure)
{
  g_object_unref (task);
}

void
esim_client_wait_ready (EsimClient *self, gint limit_ms, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (ESIM_IS_CLIENT (self));

  if (!esim_client_is_running (self)) {
    g_task_return_new_error (task, ESIM_ERROR, ESIM_ERROR_NOT_RUNNING, "esimd is not running");
    return;
  }
  if (esim_client_is_ready (self)) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  g_signal_connect_data (self, "changed", G_CALLBACK (on_wait_changed), g_object_ref (task), drop_task, 0);
  if (limit_ms >= 0) {
    GSource *timer = g_timeout_source_new ((guint) limit_ms);

    g_source_set_callback (timer, on_wait_over, task, NULL);
    g_source_attach (timer, g_task_get_context (task));
    g_object_set_data_full (G_OBJECT (task), "timer", timer, (GDestroyNotify) g_source_unref);
  }
}

gboolean
esim_client_wait_ready_finish (EsimClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

gboolean
esim_client_wait_ready_sync (EsimClient *self, gint limit_ms, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_return_val_if_fail (ESIM_IS_CLIENT (self), FALSE);

  esim_client_wait_ready (self, limit_ms, cancellable, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (self->context, TRUE);
  return esim_client_wait_ready_finish (self, result, error);
}

const char *
esim_client_get_version (EsimClient *self)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);

  return esim_gdbus_manager_get_version (self->manager) ?: "";
}

const char *const *
esim_client_get_capabilities (EsimClient *self)
{
  static const char *const none[] = {NULL};
  const char *const *capabilities;

  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);

  capabilities = esim_gdbus_manager_get_capabilities (self->manager);
  return capabilities != NULL ? capabilities : none;
}

EsimObject *
esim_client_get_object (EsimClient *self, const char *path)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  return g_hash_table_lookup (self->wrappers, path);
}

static gint
by_path (gconstpointer a, gconstpointer b)
{
  return strverscmp (esim_object_get_path (*(EsimObject *const *) a),
                     esim_object_get_path (*(EsimObject *const *) b));
}

static GPtrArray *
list_objects (EsimClient *self, GType type, const char *euicc_path)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  EsimObject *object;

  g_hash_table_iter_init (&iter, self->wrappers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &object)) {
    if (G_OBJECT_TYPE (object) != type)
      continue;
    if (euicc_path != NULL && g_strcmp0 (esim_profile_get_euicc (ESIM_PROFILE (object)), euicc_path) != 0)
      continue;
    g_ptr_array_add (list, object);
  }
  g_ptr_array_sort (list, by_path);
  return list;
}

GPtrArray *
esim_client_list_euiccs (EsimClient *self)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);

  return list_objects (self, ESIM_TYPE_EUICC, NULL);
}

GPtrArray *
esim_client_list_profiles (EsimClient *self, EsimEuicc *euicc)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);

  return list_objects (self, ESIM_TYPE_PROFILE,
                       euicc != NULL ? esim_object_get_path (ESIM_OBJECT (euicc)) : NULL);
}

GPtrArray *
esim_client_list_operations (EsimClient *self)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);

  return list_objects (self, ESIM_TYPE_OPERATION, NULL);
}

GPtrArray *
esim_client_list_deregistrations (EsimClient *self)
{
  g_return_val_if_fail (ESIM_IS_CLIENT (self), NULL);

  return list_objects (self, ESIM_TYPE_DEREGISTRATION, NULL);
}

GMainContext *
esim_client_peek_context (EsimClient *self)
{
  return self->context;
}

GDBusProxy *
esim_client_peek_manager (EsimClient *self)
{
  return G_DBUS_PROXY (self->manager);
}

EsimObject *
esim_client_ensure_object (EsimClient *self, const char *path, GType type, GError **error)
{
  EsimObject *object = g_hash_table_lookup (self->wrappers, path);
  GDBusObjectManagerClient *objects = G_DBUS_OBJECT_MANAGER_CLIENT (self->objects);
  GType proxy_type =
      type == ESIM_TYPE_OPERATION ? ESIM_GDBUS_TYPE_OPERATION_PROXY : ESIM_GDBUS_TYPE_DEREGISTRATION_PROXY;
  const char *interface = type == ESIM_TYPE_OPERATION ? "org.esimd1.Operation" : "org.esimd1.Deregistration";
  g_autoptr (GDBusProxy) proxy = NULL;
  g_autofree char *owner = NULL;
  GError *local = NULL;

  if (object != NULL && G_OBJECT_TYPE (object) == type)
    return g_object_ref (object);

  owner = g_dbus_object_manager_client_get_name_owner (objects);
  proxy = g_initable_new (proxy_type, NULL, &local, "g-connection", self->connection, "g-name",
                          owner != NULL ? owner : ESIM_BUS_NAME, "g-object-path", path, "g-interface-name",
                          interface, "g-flags", G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL);
  if (proxy == NULL) {
    g_propagate_error (error, esim_error_take (local));
    return NULL;
  }
  return g_object_ref (adopt (self, type, proxy));
}
