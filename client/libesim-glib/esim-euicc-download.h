/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-euicc.h"

G_BEGIN_DECLS

/**
 * SECTION:esim-euicc-download
 * @title: Profiles that come
 *
 * Download, discovery, and what goes with them. Services whose esim_client_get_capabilities() do not have
 * "download" cannot do it.
 */

/**
 * esim_euicc_download:
 * @self: the euicc
 * @code: an activation code; "" for the server of the options, or else the card's default SM-DP+
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Downloads a profile and installs it, disabled. Options: "smdp-address" (s) and "matching-id" (s) instead of
 * a code, "confirmation-code" (s), "allow-test-profile" (b), "cancel-with-caller" (b). The operation asks
 * "install-consent", and may ask "policy-consent" and "confirmation-code": see esim_operation_answer(). Its
 * result (esim_operation_describe()): "iccid" (s), "profile" (o), "root-key-id" (s), "notification" (s).
 */
void esim_euicc_download (EsimEuicc *self, const char *code, GVariant *options, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_euicc_download_finish:
 * @self: the euicc
 * @result: what the callback was given
 * @error: where an error goes. %ESIM_ERROR_INVALID_ACTIVATION_CODE: the message says what is wrong with the
 * code, and where.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *
esim_euicc_download_finish (EsimEuicc *self, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_download_sync:
 * @self: the euicc
 * @code: an activation code; "" for the server of the options, or else the card's default SM-DP+
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes, as in esim_euicc_download_finish()
 *
 * The same as esim_euicc_download(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_download_sync (EsimEuicc *self, const char *code, GVariant *options,
                                         GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_discover:
 * @self: the euicc
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Asks discovery servers (SM-DS) for profiles that wait for this eUICC; downloads nothing. Options:
 * "smds-address" (s): this server alone. The operation's result: "orders" (aa{sv}: "address" (s),
 * "matching-id" (s)), which esim_euicc_download() takes as options, and "problems" (aa{sv}) where a server
 * could not be asked.
 */
void esim_euicc_discover (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_euicc_discover_finish:
 * @self: the euicc
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *
esim_euicc_discover_finish (EsimEuicc *self, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_discover_sync:
 * @self: the euicc
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes, as in esim_euicc_discover_finish()
 *
 * The same as esim_euicc_discover(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_discover_sync (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_reset_memory:
 * @self: the euicc
 * @what: (array zero-terminated=1): of "operational", "test" and "default-address"
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Deletes all profiles of a kind at once, or the default SM-DP+. It cannot be taken back. Options: "eid" (s,
 * required): the EID as a person typed it; "contracts-continue" (b): the user knows that this ends no
 * contract, required with "operational".
 */
void esim_euicc_reset_memory (EsimEuicc *self, const char *const *what, GVariant *options,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_euicc_reset_memory_finish:
 * @self: the euicc
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_reset_memory_finish (EsimEuicc *self, GAsyncResult *result,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_reset_memory_sync:
 * @self: the euicc
 * @what: (array zero-terminated=1): of "operational", "test" and "default-address"
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes, as in esim_euicc_reset_memory_finish()
 *
 * The same as esim_euicc_reset_memory(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *
esim_euicc_reset_memory_sync (EsimEuicc *self, const char *const *what, GVariant *options,
                              GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_set_default_smdp_address:
 * @self: the euicc
 * @address: a host name; "" takes the address away
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Sets the server that is asked where esim_euicc_download() is given nothing.
 */
void esim_euicc_set_default_smdp_address (EsimEuicc *self, const char *address, GVariant *options,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);

/**
 * esim_euicc_set_default_smdp_address_finish:
 * @self: the euicc
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_set_default_smdp_address_finish (EsimEuicc *self, GAsyncResult *result,
                                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_set_default_smdp_address_sync:
 * @self: the euicc
 * @address: a host name; "" takes the address away
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes, as in esim_euicc_set_default_smdp_address_finish()
 *
 * The same as esim_euicc_set_default_smdp_address(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_set_default_smdp_address_sync (EsimEuicc *self, const char *address,
                                                         GVariant *options, GCancellable *cancellable,
                                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
