/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-deregistration.h"
#include "esim-private.h"

struct _EsimDeregistration {
  EsimObject parent_instance;
};

G_DEFINE_FINAL_TYPE (EsimDeregistration, esim_deregistration, ESIM_TYPE_OBJECT)

static const EsimMirror mirrors[] = {
    {"profile", "profile"},   {"stage", "stage"},         {"needs-input", "needs-input"},
    {"revision", "revision"}, {"requester", "requester"}, {NULL, NULL},
};

static void
esim_deregistration_class_init (EsimDeregistrationClass *klass)
{
  esim_object_class_mirror (ESIM_OBJECT_CLASS (klass), ESIM_GDBUS_TYPE_DEREGISTRATION_PROXY, mirrors);
}

static void
esim_deregistration_init (EsimDeregistration *self)
{
}

const char *
esim_deregistration_get_profile (EsimDeregistration *self)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), NULL);

  return esim_gdbus_deregistration_get_profile (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

const char *
esim_deregistration_get_stage (EsimDeregistration *self)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), NULL);

  return esim_gdbus_deregistration_get_stage (esim_object_peek_proxy (ESIM_OBJECT (self))) ?: "";
}

gboolean
esim_deregistration_needs_input (EsimDeregistration *self)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_gdbus_deregistration_get_needs_input (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

guint
esim_deregistration_get_revision (EsimDeregistration *self)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), 0);

  return esim_gdbus_deregistration_get_revision (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

guint
esim_deregistration_get_requester (EsimDeregistration *self)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), 0);

  return esim_gdbus_deregistration_get_requester (esim_object_peek_proxy (ESIM_OBJECT (self)));
}

void
esim_deregistration_describe (EsimDeregistration *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_DEREGISTRATION (self));

  esim_object_call (ESIM_OBJECT (self), "Describe", NULL, cancellable, callback, user_data);
}

GVariant *
esim_deregistration_describe_finish (EsimDeregistration *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), NULL);

  return esim_reply_to_variant (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

GVariant *
esim_deregistration_describe_sync (EsimDeregistration *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), NULL);

  return esim_reply_to_variant (
      esim_object_call_sync (ESIM_OBJECT (self), "Describe", NULL, cancellable, error));
}

void
esim_deregistration_answer (EsimDeregistration *self, guint question, GVariant *answer,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_DEREGISTRATION (self));

  esim_object_call (ESIM_OBJECT (self), "Answer",
                    g_variant_new ("(u@a{sv})", question, esim_options (answer)), cancellable, callback,
                    user_data);
}

gboolean
esim_deregistration_answer_finish (EsimDeregistration *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

gboolean
esim_deregistration_answer_sync (EsimDeregistration *self, guint question, GVariant *answer,
                                 GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (esim_object_call_sync (
      ESIM_OBJECT (self), "Answer", g_variant_new ("(u@a{sv})", question, esim_options (answer)), cancellable,
      error));
}

void
esim_deregistration_check (EsimDeregistration *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (ESIM_IS_DEREGISTRATION (self));

  esim_object_call (ESIM_OBJECT (self), "Check", NULL, cancellable, callback, user_data);
}

gboolean
esim_deregistration_check_finish (EsimDeregistration *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

gboolean
esim_deregistration_check_sync (EsimDeregistration *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (
      esim_object_call_sync (ESIM_OBJECT (self), "Check", NULL, cancellable, error));
}

void
esim_deregistration_retry (EsimDeregistration *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (ESIM_IS_DEREGISTRATION (self));

  esim_object_call (ESIM_OBJECT (self), "Retry", NULL, cancellable, callback, user_data);
}

gboolean
esim_deregistration_retry_finish (EsimDeregistration *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

gboolean
esim_deregistration_retry_sync (EsimDeregistration *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (
      esim_object_call_sync (ESIM_OBJECT (self), "Retry", NULL, cancellable, error));
}

void
esim_deregistration_withdraw (EsimDeregistration *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_DEREGISTRATION (self));

  esim_object_call (ESIM_OBJECT (self), "Withdraw", NULL, cancellable, callback, user_data);
}

gboolean
esim_deregistration_withdraw_finish (EsimDeregistration *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

gboolean
esim_deregistration_withdraw_sync (EsimDeregistration *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (
      esim_object_call_sync (ESIM_OBJECT (self), "Withdraw", NULL, cancellable, error));
}

void
esim_deregistration_get_receipt (EsimDeregistration *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ESIM_IS_DEREGISTRATION (self));

  esim_object_call (ESIM_OBJECT (self), "GetReceipt", NULL, cancellable, callback, user_data);
}

char *
esim_deregistration_get_receipt_finish (EsimDeregistration *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), NULL);

  return esim_reply_to_string (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

char *
esim_deregistration_get_receipt_sync (EsimDeregistration *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), NULL);

  return esim_reply_to_string (
      esim_object_call_sync (ESIM_OBJECT (self), "GetReceipt", NULL, cancellable, error));
}

void
esim_deregistration_forget (EsimDeregistration *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (ESIM_IS_DEREGISTRATION (self));

  esim_object_call (ESIM_OBJECT (self), "Forget", NULL, cancellable, callback, user_data);
}

gboolean
esim_deregistration_forget_finish (EsimDeregistration *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (esim_object_call_finish (ESIM_OBJECT (self), result, error));
}

gboolean
esim_deregistration_forget_sync (EsimDeregistration *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), FALSE);

  return esim_reply_to_nothing (
      esim_object_call_sync (ESIM_OBJECT (self), "Forget", NULL, cancellable, error));
}

gboolean
esim_deregistration_is_over (EsimDeregistration *self)
{
  static const char *const ends[] = {"completed", "checked",    "withdrawn", "rejected",
                                     "failed",    "unreadable", NULL};

  g_return_val_if_fail (ESIM_IS_DEREGISTRATION (self), TRUE);

  return g_strv_contains (ends, esim_deregistration_get_stage (self));
}
