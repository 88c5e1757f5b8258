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
 * Makes this the profile in use.
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
 * Takes it out of use.
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
 * Deletes it from the card. Option: "contract-continues" (b), without which an operational profile is not
 * deleted: the contract goes on.
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
 * esim_profile_deregister:
 * @self: the profile
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Ends the life of the profile in order. Options: "method" (s), "carrier" (s), "plan" (s), "reason" (s),
 * "reason-text" (s), "dry-run" (b), "token" (s).
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
