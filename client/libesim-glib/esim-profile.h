/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-object.h"
#include "esim-deregistration.h"
#include "esim-operation.h"

G_BEGIN_DECLS

#define ESIM_TYPE_PROFILE (esim_profile_get_type ())
G_DECLARE_FINAL_TYPE (EsimProfile, esim_profile, ESIM, PROFILE, EsimObject)

/**
 * EsimProfile:
 *
 * A profile on an eUICC. Its names were written by an operator: pass them through esim_text_clean() before
 * they reach a terminal or a label with markup.
 */

/**
 * esim_profile_get_euicc:
 * @self: the profile
 *
 * Returns: the path of its eUICC
 */
const char *esim_profile_get_euicc (EsimProfile *self);

/**
 * esim_profile_get_iccid:
 * @self: the profile
 *
 * Returns: 18 to 20 decimal digits
 */
const char *esim_profile_get_iccid (EsimProfile *self);

/**
 * esim_profile_get_name:
 * @self: the profile
 *
 * Returns: the operator's name for the profile
 */
const char *esim_profile_get_name (EsimProfile *self);

/**
 * esim_profile_get_nickname:
 * @self: the profile
 *
 * Returns: what the user calls it; "" if not set
 */
const char *esim_profile_get_nickname (EsimProfile *self);

/**
 * esim_profile_get_service_provider:
 * @self: the profile
 *
 * Returns: the service provider
 */
const char *esim_profile_get_service_provider (EsimProfile *self);

/**
 * esim_profile_get_home_operator:
 * @self: the profile
 *
 * Returns: MCC and MNC, five or six digits; "" if not known
 */
const char *esim_profile_get_home_operator (EsimProfile *self);

/**
 * esim_profile_get_gid1:
 * @self: the profile
 *
 * Returns: group identifier level 1, hexadecimal
 */
const char *esim_profile_get_gid1 (EsimProfile *self);

/**
 * esim_profile_get_gid2:
 * @self: the profile
 *
 * Returns: group identifier level 2, hexadecimal
 */
const char *esim_profile_get_gid2 (EsimProfile *self);

/**
 * esim_profile_get_profile_class:
 * @self: the profile
 *
 * Returns: "operational", "test" or "provisioning"
 */
const char *esim_profile_get_profile_class (EsimProfile *self);

/**
 * esim_profile_get_state:
 * @self: the profile
 *
 * Returns: "enabled" or "disabled"
 */
const char *esim_profile_get_state (EsimProfile *self);

/**
 * esim_profile_get_policy_rules:
 * @self: the profile
 *
 * Returns: (transfer none) (array zero-terminated=1): of "ppr1", "ppr2", "update-control"
 */
const char *const *esim_profile_get_policy_rules (EsimProfile *self);

/**
 * esim_profile_can_disable:
 * @self: the profile
 *
 * Returns: whether it is enabled and may be disabled
 */
gboolean esim_profile_can_disable (EsimProfile *self);

/**
 * esim_profile_can_delete:
 * @self: the profile
 *
 * Returns: whether no policy rule forbids its deletion
 */
gboolean esim_profile_can_delete (EsimProfile *self);

/**
 * esim_profile_get_notification_addresses:
 * @self: the profile
 *
 * Returns: (transfer none) (array zero-terminated=1): the servers to be told when it is deleted; empty: there
 * will be no signed proof
 */
const char *const *esim_profile_get_notification_addresses (EsimProfile *self);

/**
 * esim_profile_get_connections:
 * @self: the profile
 *
 * Returns: (transfer none) (array zero-terminated=1): the UUIDs of NetworkManager's connections for it,
 * whoever made them; see esim_profile_list_connections()
 */
const char *const *esim_profile_get_connections (EsimProfile *self);

/**
 * esim_profile_get_deregistration:
 * @self: the profile
 *
 * Returns: the path of its open deregistration, or "/"
 */
const char *esim_profile_get_deregistration (EsimProfile *self);

/**
 * esim_profile_enable:
 * @self: the profile
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Makes this the profile in use. Options: "create-connection" (b): make a connection of NetworkManager's for
 * it, if the service has made none yet; "apn" (s): its access point name, "" for the one that is known for
 * the profile's home operator; "allow-disconnect" (b): do not ask before the machine's only way to the
 * network is cut, see esim_operation_answer().
 *
 * Where a connection was asked for, the "result" of esim_operation_describe() has "connection" (s, its UUID),
 * "apn" (s) and "apn-source" (s, see esim_words_apn_source()), or "connection-problem" (s): then the profile
 * is enabled all the same.
 */
void esim_profile_enable (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_profile_enable_finish:
 * @self: the profile
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_profile_enable_finish (EsimProfile *self, GAsyncResult *result,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_enable_sync:
 * @self: the profile
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_profile_enable(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_profile_enable_sync (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_disable:
 * @self: the profile
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Takes it out of use. Options: "allow-disconnect" (b), as of esim_profile_enable().
 */
void esim_profile_disable (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_profile_disable_finish:
 * @self: the profile
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_profile_disable_finish (EsimProfile *self, GAsyncResult *result,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_disable_sync:
 * @self: the profile
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_profile_disable(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_profile_disable_sync (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_set_nickname:
 * @self: the profile
 * @nickname: at most 64 octets of UTF-8; "" takes it away
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Names it.
 */
void esim_profile_set_nickname (EsimProfile *self, const char *nickname, GVariant *options,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_profile_set_nickname_finish:
 * @self: the profile
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_profile_set_nickname_finish (EsimProfile *self, GAsyncResult *result,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_set_nickname_sync:
 * @self: the profile
 * @nickname: at most 64 octets of UTF-8; "" takes it away
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_profile_set_nickname(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *
esim_profile_set_nickname_sync (EsimProfile *self, const char *nickname, GVariant *options,
                                GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_delete:
 * @self: the profile
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Deletes it from the card. Options: "contract-continues" (b), without which an operational profile is not
 * deleted: the contract goes on; "allow-disconnect" (b), as of esim_profile_enable().
 */
void esim_profile_delete (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_profile_delete_finish:
 * @self: the profile
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_profile_delete_finish (EsimProfile *self, GAsyncResult *result,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_delete_sync:
 * @self: the profile
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_profile_delete(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_profile_delete_sync (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_list_connections:
 * @self: the profile
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Lists NetworkManager's connections for this profile's ICCID.
 */
void esim_profile_list_connections (EsimProfile *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_profile_list_connections_finish:
 * @self: the profile
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Each has "uuid" (s), "name" (s), "ours" (b: the service made it, and takes it away with the profile) and
 * "active" (b).
 *
 * Returns: (transfer full): an array of dictionaries (aa{sv}); %NULL with @error set.
 */
GVariant *esim_profile_list_connections_finish (EsimProfile *self, GAsyncResult *result,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_list_connections_sync:
 * @self: the profile
 * @cancellable: (nullable): gives up waiting
 * @error: where an error goes
 *
 * The same as esim_profile_list_connections(), blocking.
 *
 * Returns: (transfer full): an array of dictionaries (aa{sv}), as of esim_profile_list_connections_finish();
 * %NULL with @error set.
 */
GVariant *esim_profile_list_connections_sync (EsimProfile *self, GCancellable *cancellable,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_get_icon:
 * @self: the profile
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Asks for the operator's icon, which the card is asked for when it is first wanted.
 */
void esim_profile_get_icon (EsimProfile *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);

/**
 * esim_profile_get_icon_finish:
 * @self: the profile
 * @result: what the callback was given
 * @type: (out) (optional) (transfer full): "image/png", "image/jpeg", or "" if there is none
 * @error: where an error goes
 *
 * The octets come from a stranger and were looked into by nobody: decode them with care.
 *
 * Returns: (transfer full): the icon, empty if there is none; %NULL with @error set.
 */
GBytes *esim_profile_get_icon_finish (EsimProfile *self, GAsyncResult *result, char **type,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_get_icon_sync:
 * @self: the profile
 * @type: (out) (optional) (transfer full): as of esim_profile_get_icon_finish()
 * @cancellable: (nullable): gives up waiting
 * @error: where an error goes
 *
 * The same as esim_profile_get_icon(), blocking.
 *
 * Returns: (transfer full): the icon, empty if there is none; %NULL with @error set.
 */
GBytes *esim_profile_get_icon_sync (EsimProfile *self, char **type, GCancellable *cancellable,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_deregister:
 * @self: the profile
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Ends the life of the profile in order. Options: "method" (s), "carrier" (s), "plan" (s), "reason" (s),
 * "reason-text" (s), "allow-disconnect" (b), "dry-run" (b), "token" (s).
 */
void esim_profile_deregister (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_profile_deregister_finish:
 * @self: the profile
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the deregistration to watch and to answer; %NULL with @error set.
 */
EsimDeregistration *esim_profile_deregister_finish (EsimProfile *self, GAsyncResult *result,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_profile_deregister_sync:
 * @self: the profile
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_profile_deregister(), blocking.
 *
 * Returns: (transfer full): the deregistration to watch and to answer; %NULL with @error set.
 */
EsimDeregistration *
esim_profile_deregister_sync (EsimProfile *self, GVariant *options, GCancellable *cancellable,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
