/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration.h"
#include "esim-error.h"
#include "esim-euicc.h"
#include "esim-object.h"
#include "esim-operation.h"
#include "esim-profile.h"

G_BEGIN_DECLS

#define ESIM_TYPE_CLIENT (esim_client_get_type ())
G_DECLARE_FINAL_TYPE (EsimClient, esim_client, ESIM, CLIENT, GObject)

/**
 * EsimClient:
 *
 * The service, and all of its objects. It works in the thread-default main context of the thread that made
 * it, and is to be used in that thread alone. It lives on when the service goes away, and shows its objects
 * when it comes back.
 */

/**
 * esim_client_new:
 * @cancellable: (nullable): gives up
 * @callback: (scope async): called when the client is there
 * @user_data: for @callback
 *
 * Connects to the system bus and has the service started.
 */
void esim_client_new (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_client_new_finish:
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the client; %NULL with @error set.
 */
EsimClient *esim_client_new_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_new_sync:
 * @cancellable: (nullable): gives up
 * @error: where an error goes
 *
 * The same as esim_client_new(), blocking.
 *
 * Returns: (transfer full): the client; %NULL with @error set.
 */
EsimClient *esim_client_new_sync (GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_is_running:
 * @self: the client
 *
 * Returns: whether the service is on the bus now.
 */
gboolean esim_client_is_running (EsimClient *self);

/**
 * esim_client_is_ready:
 * @self: the client
 *
 * Returns: whether the service has looked at everything since it began. Before, "no eUICC" means nothing.
 */
gboolean esim_client_is_ready (EsimClient *self);

/**
 * esim_client_wait_ready:
 * @self: the client
 * @limit_ms: the longest time to wait, in milliseconds; negative: without end
 * @cancellable: (nullable): gives up
 * @callback: (scope async): called when the service is ready, or the time is over
 * @user_data: for @callback
 *
 * Waits until esim_client_is_ready().
 */
void esim_client_wait_ready (EsimClient *self, gint limit_ms, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_client_wait_ready_finish:
 * @self: the client
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: %TRUE if the service is ready. %ESIM_ERROR_NOT_RUNNING: it is not on the bus.
 * %ESIM_ERROR_TIMED_OUT: it is there and still looks.
 */
gboolean esim_client_wait_ready_finish (EsimClient *self, GAsyncResult *result,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_wait_ready_sync:
 * @self: the client
 * @limit_ms: the longest time to wait, in milliseconds; negative: without end
 * @cancellable: (nullable): gives up
 * @error: where an error goes, as in esim_client_wait_ready_finish()
 *
 * The same, running the client's main context meanwhile.
 *
 * Returns: %TRUE if the service is ready.
 */
gboolean esim_client_wait_ready_sync (EsimClient *self, gint limit_ms, GCancellable *cancellable,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_get_version:
 * @self: the client
 *
 * Returns: the version of the service; "" if it does not run.
 */
const char *esim_client_get_version (EsimClient *self);

/**
 * esim_client_get_capabilities:
 * @self: the client
 *
 * Returns: (transfer none) (array zero-terminated=1): what the service can do, for example
 * "deregister-local".
 */
const char *const *esim_client_get_capabilities (EsimClient *self);

/**
 * esim_client_get_object:
 * @self: the client
 * @path: a D-Bus path
 *
 * Returns: (transfer none) (nullable): the object of that path, if there is one.
 */
EsimObject *esim_client_get_object (EsimClient *self, const char *path);

/**
 * esim_client_list_euiccs:
 * @self: the client
 *
 * Returns: (transfer container) (element-type EsimEuicc): the eUICCs, in the order in which they came.
 */
GPtrArray *esim_client_list_euiccs (EsimClient *self);

/**
 * esim_client_list_profiles:
 * @self: the client
 * @euicc: (nullable): the eUICC to look at; %NULL for all
 *
 * Returns: (transfer container) (element-type EsimProfile): the profiles, eUICC by eUICC.
 */
GPtrArray *esim_client_list_profiles (EsimClient *self, EsimEuicc *euicc);

/**
 * esim_client_list_operations:
 * @self: the client
 *
 * Returns: (transfer container) (element-type EsimOperation): the operations, the newest last.
 */
GPtrArray *esim_client_list_operations (EsimClient *self);

/**
 * esim_client_list_deregistrations:
 * @self: the client
 *
 * Returns: (transfer container) (element-type EsimDeregistration): the deregistrations, open and ended, the
 * newest last.
 */
GPtrArray *esim_client_list_deregistrations (EsimClient *self);

G_END_DECLS
