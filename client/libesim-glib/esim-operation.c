/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-operation.h"
#include "esim-private.h"

struct _EsimOperation {
  EsimObject parent_instance;
};

G_DEFINE_FINAL_TYPE (EsimOperation, esim_operation, ESIM_TYPE_OBJECT)

static const EsimMirror mirrors[] = {
    {"kind", "kind"},
    {"state", "state"},
    {"phase", "phase"},
    {"progress", "progress"},
    {"bytes-done", "bytes-done"},
    {"bytes-total", "bytes-total"},
    {"cancellable", "cancellable"},
    {"committed", "committed"},
    {"target", "target"},
    {"requester", "requester"},
    {"needs-input", "needs-input"},
    {"revision", "revision"},
    {"error-name", "error-name"},
    {NULL, NULL},
};

static void
esim_operation_class_init (EsimOperationClass *klass)
{
  esim_object_class_mirror (ESIM_OBJECT_CLASS (klass), ESIM_GDBUS_TYPE_OPERATION_PROXY, mirrors);
}

static void
esim_operation_init (EsimOperation *self)
{
}

const char *
esim_operation_get_kind (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), NULL);

  return esim_gdbus_operation_get_kind (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_operation_get_state (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), NULL);

  return esim_gdbus_operation_get_state (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_operation_get_phase (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), NULL);

  return esim_gdbus_operation_get_phase (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

double
esim_operation_get_progress (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), 0);

  return esim_gdbus_operation_get_progress (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

guint64
esim_operation_get_bytes_done (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), 0);

  return esim_gdbus_operation_get_bytes_done (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

guint64
esim_operation_get_bytes_total (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), 0);

  return esim_gdbus_operation_get_bytes_total (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

gboolean
esim_operation_cancellable (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), FALSE);

  return esim_gdbus_operation_get_cancellable (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

gboolean
esim_operation_committed (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), FALSE);

  return esim_gdbus_operation_get_committed (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

const char *
esim_operation_get_target (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), NULL);

  return esim_gdbus_operation_get_target (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

guint
esim_operation_get_requester (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), 0);

  return esim_gdbus_operation_get_requester (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

gboolean
esim_operation_needs_input (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), FALSE);

  return esim_gdbus_operation_get_needs_input (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

guint
esim_operation_get_revision (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), 0);

  return esim_gdbus_operation_get_revision (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

const char *
esim_operation_get_error_name (EsimOperation *self)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), NULL);

  return esim_gdbus_operation_get_error_name (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

void
esim_operation_describe (EsimOperation *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (ESIM_IS_OPERATION (self));

  esim_object_call (ESIM_OBJECT (self), "Describe", NULL, cancellable, callback, user_data);
}

GVariant *
esim_operation_describe_finish (EsimOperation *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), NULL);

  return esim_reply_to_variant (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

GVariant *
esim_operation_describe_sync (EsimOperation *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), NULL);

  return esim_reply_to_variant (
      esim_object_call_sync (ESIM_OBJECT (self), "Describe", NULL, cancellable, error));
}

void
esim_operation_answer (EsimOperation *self, guint question, GVariant *answer, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_OPERATION (self));

  esim_object_call (ESIM_OBJECT (self), "Answer",
                    g_variant_new ("(u@a{sv})", question, esim_options (answer)), cancellable, callback,
                    user_data);
}

gboolean
esim_operation_answer_finish (EsimOperation *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), FALSE);

  return esim_reply_to_nothing (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

gboolean
esim_operation_answer_sync (EsimOperation *self, guint question, GVariant *answer, GCancellable *cancellable,
                            GError **error)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), FALSE);

  return esim_reply_to_nothing (esim_object_call_sync (
      ESIM_OBJECT (self), "Answer", g_variant_new ("(u@a{sv})", question, esim_options (answer)), cancellable,
      error));
}

void
esim_operation_cancel (EsimOperation *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_return_if_fail (ESIM_IS_OPERATION (self));

  esim_object_call (ESIM_OBJECT (self), "Cancel", NULL, cancellable, callback, user_data);
}

gboolean
esim_operation_cancel_finish (EsimOperation *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), FALSE);

  return esim_reply_to_nothing (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

gboolean
esim_operation_cancel_sync (EsimOperation *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_OPERATION (self), FALSE);

  return esim_reply_to_nothing (
      esim_object_call_sync (ESIM_OBJECT (self), "Cancel", NULL, cancellable, error));
}

gboolean
esim_operation_is_finished (EsimOperation *self)
{
  static const char *const ends[] = {"succeeded", "failed", "cancelled", NULL};

  g_return_val_if_fail (ESIM_IS_OPERATION (self), TRUE);

  return g_strv_contains (ends, esim_operation_get_state (self));
}

static void
on_end_described (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  EsimOperation *self = ESIM_OPERATION (source);
  g_autoptr (GVariant) description = esim_operation_describe_finish (self, result, NULL);
  const char *name = esim_operation_get_error_name (self);
  const char *message = NULL;
  EsimError code = esim_error_from_name (name);

  if (g_strcmp0 (esim_operation_get_state (self), "cancelled") == 0 && *name == '\0')
    code = ESIM_ERROR_CANCELLED;
  if (description != NULL)
    g_variant_lookup (description, "error", "&s", &message);
  if (message == NULL || *message == '\0')
    message = *name != '\0' ? name : "The operation did not succeed";
  g_task_return_new_error (task, ESIM_ERROR, (gint) code, "%s", message);
}

static gboolean
return_if_over (EsimOperation *self, GTask *task)
{
  if (esim_operation_is_finished (self)) {
    g_signal_handlers_disconnect_by_data (self, task);
    if (g_strcmp0 (esim_operation_get_state (self), "succeeded") == 0)
      g_task_return_boolean (task, TRUE);
    else
      esim_operation_describe (self, g_task_get_cancellable (task), on_end_described, g_object_ref (task));
    return TRUE;
  }
  if (esim_object_is_gone (ESIM_OBJECT (self))) {
    g_signal_handlers_disconnect_by_data (self, task);
    g_task_return_new_error (task, ESIM_ERROR, ESIM_ERROR_NOT_RUNNING,
                             "The service went away; how the operation ended is not known");
    return TRUE;
  }
  return FALSE;
}

static void
on_waited_changed (EsimOperation *self, GTask *task)
{
  g_autoptr (GTask) kept = g_object_ref (task);

  return_if_over (self, kept);
}

static gboolean
on_cancel_source (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);

  if (g_signal_handlers_disconnect_by_data (g_task_get_source_object (task), task) > 0)
    g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
unref_task (gpointer task, GClosure *closure)
{
  g_object_unref (task);
}

static void
watch_cancel (GTask *task, GCancellable *cancellable)
{
  g_autoptr (GSource) source = g_cancellable_source_new (cancellable);

  g_source_set_callback (source, G_SOURCE_FUNC (on_cancel_source), task, NULL);
  g_source_attach (source, g_task_get_context (task));
  g_object_set_data_full (G_OBJECT (task), "cancel-source", g_steal_pointer (&source), destroy_source);
}

void
esim_operation_wait (EsimOperation *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (ESIM_IS_OPERATION (self));

  g_task_set_source_tag (task, esim_operation_wait);
  if (g_task_return_error_if_cancelled (task) || return_if_over (self, task))
    return;
  g_signal_connect_data (self, "changed", G_CALLBACK (on_waited_changed), g_object_ref (task), unref_task, 0);
  if (cancellable != NULL)
    watch_cancel (task, cancellable);
}

gboolean
esim_operation_wait_finish (EsimOperation *self, GAsyncResult *result, GError **error)
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
esim_operation_wait_sync (EsimOperation *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (EsimClient) client = esim_object_dup_client (ESIM_OBJECT (self));
  g_autoptr (GAsyncResult) result = NULL;
  GMainContext *context = client != NULL ? esim_client_peek_context (client) : NULL;

  g_return_val_if_fail (ESIM_IS_OPERATION (self), FALSE);

  esim_operation_wait (self, cancellable, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  return esim_operation_wait_finish (self, result, error);
}
