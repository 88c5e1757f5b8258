/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-client.h"

G_BEGIN_DECLS

/**
 * SECTION:esim-client-download
 * @title: Activation codes and trust
 *
 * What an activation code says, and whose word makes a server trusted.
 */

/**
 * esim_client_parse_activation_code:
 * @self: the client
 * @code: what a person typed or a camera read
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called when the answer is there
 * @user_data: for @callback
 *
 * Says what an activation code is; no server and no card is asked. "smdp-address" (s), "matching-id" (s),
 * "oid" (s), "confirmation-code-required" (b), "ci-key-id" (s), "device-change" (b).
 */
void esim_client_parse_activation_code (EsimClient *self, const char *code, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_client_parse_activation_code_finish:
 * @self: the client
 * @result: what the callback was given
 * @error: where an error goes. %ESIM_ERROR_INVALID_ACTIVATION_CODE says what is wrong, and where
 *
 * Returns: (transfer full): a{sv}; %NULL with @error set.
 */
GVariant *esim_client_parse_activation_code_finish (EsimClient *self, GAsyncResult *result,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_parse_activation_code_sync:
 * @self: the client
 * @code: what a person typed or a camera read
 * @cancellable: (nullable): gives up waiting
 * @error: where an error goes. %ESIM_ERROR_INVALID_ACTIVATION_CODE says what is wrong, and where
 *
 * The same as esim_client_parse_activation_code(), blocking.
 *
 * Returns: (transfer full): a{sv}; %NULL with @error set.
 */
GVariant *
esim_client_parse_activation_code_sync (EsimClient *self, const char *code, GCancellable *cancellable,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_list_trust:
 * @self: the client
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called when the answer is there
 * @user_data: for @callback
 *
 * Lists the roots by which servers are believed, those that are known by name, and those that a present card
 * lists. Each dictionary has "name", "key-id", "fingerprint", "file", "curve" (s), "test", "installed",
 * "also-trust" (b) and "cards" (ao), as ListTrust in org.esimd1.Manager.xml tells them.
 */
void esim_client_list_trust (EsimClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);

/**
 * esim_client_list_trust_finish:
 * @self: the client
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): aa{sv}; %NULL with @error set.
 */
GVariant *esim_client_list_trust_finish (EsimClient *self, GAsyncResult *result,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_list_trust_sync:
 * @self: the client
 * @cancellable: (nullable): gives up waiting
 * @error: where an error goes
 *
 * The same as esim_client_list_trust(), blocking.
 *
 * Returns: (transfer full): aa{sv}; %NULL with @error set.
 */
GVariant *esim_client_list_trust_sync (EsimClient *self, GCancellable *cancellable,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
