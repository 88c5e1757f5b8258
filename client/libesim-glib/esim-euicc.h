/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-object.h"
#include "esim-operation.h"

G_BEGIN_DECLS

#define ESIM_TYPE_EUICC (esim_euicc_get_type ())
G_DECLARE_FINAL_TYPE (EsimEuicc, esim_euicc, ESIM, EUICC, EsimObject)

/**
 * EsimEuicc:
 *
 * One eUICC, on one slot of one modem. Its strings are for everybody to see; what is personal comes from
 * calls.
 */

/**
 * esim_euicc_get_eid:
 * @self: the euicc
 *
 * Returns: 32 decimal digits; "" while it could not be read
 */
const char *esim_euicc_get_eid (EsimEuicc *self);

/**
 * esim_euicc_get_modem:
 * @self: the euicc
 *
 * Returns: a stable name of the modem
 */
const char *esim_euicc_get_modem (EsimEuicc *self);

/**
 * esim_euicc_get_device:
 * @self: the euicc
 *
 * Returns: the control port in use
 */
const char *esim_euicc_get_device (EsimEuicc *self);

/**
 * esim_euicc_get_transport:
 * @self: the euicc
 *
 * Returns: "mbim"
 */
const char *esim_euicc_get_transport (EsimEuicc *self);

/**
 * esim_euicc_get_slot:
 * @self: the euicc
 *
 * Returns: the physical slot, counted from 1
 */
guint esim_euicc_get_slot (EsimEuicc *self);

/**
 * esim_euicc_get_state:
 * @self: the euicc
 *
 * Returns: "idle", "busy", "refreshing", "absent", "inactive-slot" or "unsupported"; see
 * esim_words_euicc_state()
 */
const char *esim_euicc_get_state (EsimEuicc *self);

/**
 * esim_euicc_get_problem:
 * @self: the euicc
 *
 * Returns: why it is absent or unsupported, in English; "" otherwise
 */
const char *esim_euicc_get_problem (EsimEuicc *self);

/**
 * esim_euicc_get_spec_version:
 * @self: the euicc
 *
 * Returns: the SGP.22 version; "" until read
 */
const char *esim_euicc_get_spec_version (EsimEuicc *self);

/**
 * esim_euicc_get_firmware_version:
 * @self: the euicc
 *
 * Returns: the firmware version; "" until read
 */
const char *esim_euicc_get_firmware_version (EsimEuicc *self);

/**
 * esim_euicc_get_free_memory:
 * @self: the euicc
 *
 * Returns: free memory in octets; 0 until read
 */
guint64 esim_euicc_get_free_memory (EsimEuicc *self);

/**
 * esim_euicc_get_default_smdp_address:
 * @self: the euicc
 *
 * Returns: the server that is asked where no activation code is given; "" if there is none, and until read
 */
const char *esim_euicc_get_default_smdp_address (EsimEuicc *self);

/**
 * esim_euicc_get_root_smds_addresses:
 * @self: the euicc
 *
 * Returns: (transfer none) (array zero-terminated=1): the discovery servers that the card names; empty until
 * read
 */
const char *const *esim_euicc_get_root_smds_addresses (EsimEuicc *self);

/**
 * esim_euicc_dup_policy_rules:
 * @self: the euicc
 *
 * Returns: (transfer full): which policy rules a profile may bring (aa{sv}: "rules" (as), "consent-required"
 * (b), "operators" (aa{sv}: "mccmnc", "gid1", "gid2" (s))); empty until read
 */
GVariant *esim_euicc_dup_policy_rules (EsimEuicc *self);

/**
 * esim_euicc_get_ci_key_ids:
 * @self: the euicc
 *
 * Returns: (transfer none) (array zero-terminated=1): key ids (hexadecimal) of the CI roots that the eUICC
 * knows; empty until read
 */
const char *const *esim_euicc_get_ci_key_ids (EsimEuicc *self);

/**
 * esim_euicc_get_pending_notifications:
 * @self: the euicc
 *
 * Returns: how many notifications are known to be waiting
 */
guint esim_euicc_get_pending_notifications (EsimEuicc *self);

/**
 * esim_euicc_notifications_read:
 * @self: the euicc
 *
 * Returns: whether the card's own list of notifications has been read
 */
gboolean esim_euicc_notifications_read (EsimEuicc *self);

/**
 * esim_euicc_get_operation:
 * @self: the euicc
 *
 * Returns: the path of the operation that runs now, or "/"
 */
const char *esim_euicc_get_operation (EsimEuicc *self);

/**
 * esim_euicc_refresh:
 * @self: the euicc
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Reads the card again. Options: "details" (b), "notifications" (b).
 */
void esim_euicc_refresh (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_euicc_refresh_finish:
 * @self: the euicc
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *
esim_euicc_refresh_finish (EsimEuicc *self, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_refresh_sync:
 * @self: the euicc
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_euicc_refresh(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_refresh_sync (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_activate_slot:
 * @self: the euicc
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Has the modem use the slot of this eUICC, whose state is "inactive-slot". Nothing else ever switches a
 * slot. The card is then read; if it cannot be, the former slot is restored and the operation fails. Options:
 * "allow-disconnect" (b): do not ask before the machine's only way to the network is cut; see
 * esim_operation_answer().
 */
void esim_euicc_activate_slot (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_euicc_activate_slot_finish:
 * @self: the euicc
 * @result: what the callback was given
 * @error: where an error goes. %ESIM_ERROR_WRONG_STATE: the modem uses this slot already.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_activate_slot_finish (EsimEuicc *self, GAsyncResult *result,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_activate_slot_sync:
 * @self: the euicc
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes, as in esim_euicc_activate_slot_finish()
 *
 * The same as esim_euicc_activate_slot(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_activate_slot_sync (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_send_notifications:
 * @self: the euicc
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Tries now to deliver every notification that waits.
 */
void esim_euicc_send_notifications (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_euicc_send_notifications_finish:
 * @self: the euicc
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_send_notifications_finish (EsimEuicc *self, GAsyncResult *result,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_send_notifications_sync:
 * @self: the euicc
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_euicc_send_notifications(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *
esim_euicc_send_notifications_sync (EsimEuicc *self, GVariant *options, GCancellable *cancellable,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_remove_notification:
 * @self: the euicc
 * @sequence: its sequence number
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Gives a notification up: the operator's server will not learn of the event.
 */
void
esim_euicc_remove_notification (EsimEuicc *self, guint64 sequence, GVariant *options,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_euicc_remove_notification_finish:
 * @self: the euicc
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *esim_euicc_remove_notification_finish (EsimEuicc *self, GAsyncResult *result,
                                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_remove_notification_sync:
 * @self: the euicc
 * @sequence: its sequence number
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_euicc_remove_notification(), blocking.
 *
 * Returns: (transfer full): the operation to watch; %NULL with @error set.
 */
EsimOperation *
esim_euicc_remove_notification_sync (EsimEuicc *self, guint64 sequence, GVariant *options,
                                     GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_list_notifications:
 * @self: the euicc
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Lists the notifications that are known, without asking the card.
 */
void esim_euicc_list_notifications (EsimEuicc *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);

/**
 * esim_euicc_list_notifications_finish:
 * @self: the euicc
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): an array of dictionaries (aa{sv}) as the contract of the interface tells; %NULL
 * with
 * @error set.
 */
GVariant *esim_euicc_list_notifications_finish (EsimEuicc *self, GAsyncResult *result,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_euicc_list_notifications_sync:
 * @self: the euicc
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_euicc_list_notifications(), blocking.
 *
 * Returns: (transfer full): an array of dictionaries (aa{sv}) as the contract of the interface tells; %NULL
 * with
 * @error set.
 */
GVariant *esim_euicc_list_notifications_sync (EsimEuicc *self, GCancellable *cancellable,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
