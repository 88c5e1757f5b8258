/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include "esim-client.h"
#include "esim-gdbus.h"

G_BEGIN_DECLS

#define ESIM_BUS_NAME "org.esimd1"
#define ESIM_ROOT_PATH "/org/esimd1"

/* EsimMirror: a property of a wrapper, and the property of the generated proxy that it shows; ends with %NULL
 * names. */
typedef struct {
  const char *name;
  const char *remote;
} EsimMirror;

/* Takes @error and gives it back in this library's domain, without the D-Bus name in its message. */
GError *esim_error_take (GError *error);

/* Gives @klass a read-only property for each of @mirrors (static), of the type that @proxy_type has for it.
 */
void esim_object_class_mirror (EsimObjectClass *klass, GType proxy_type, const EsimMirror *mirrors);

/* Makes the wrapper of @proxy; @client is not kept alive by it. */
EsimObject *esim_object_new (GType type, EsimClient *client, GDBusProxy *proxy);
void esim_object_mark_gone (EsimObject *self);

/* Returns: (transfer none): the generated proxy. */
gpointer esim_object_peek_proxy (EsimObject *self);

/* Returns: (transfer full) (nullable): the client, if it still lives. */
EsimClient *esim_object_dup_client (EsimObject *self);

/* Calls @method with no time limit and with leave to ask for a password. @args (floating allowed) is
 * consumed. */
void esim_object_call (EsimObject *self, const char *method, GVariant *args, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data);
GVariant *
esim_object_call_finish (EsimObject *self, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GVariant *esim_object_call_sync (EsimObject *self, const char *method, GVariant *args,
                                 GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Each takes @reply (%NULL with @error set is handed on) apart. */
gboolean esim_reply_to_nothing (GVariant *reply);
GVariant *esim_reply_to_variant (GVariant *reply);
char *esim_reply_to_string (GVariant *reply);
gpointer esim_reply_to_object (EsimObject *self, GVariant *reply, GType type, GError **error);

/* @options (nullable) as the argument of a call. */
GVariant *esim_options (GVariant *options);

/* The wrapper of @path, made with a round trip if the service has not announced the object yet. */
EsimObject *esim_client_ensure_object (EsimClient *self, const char *path, GType type, GError **error);
GMainContext *esim_client_peek_context (EsimClient *self);
GDBusProxy *esim_client_peek_manager (EsimClient *self);

G_END_DECLS
