/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-object.h"

G_BEGIN_DECLS

#define ESIM_TYPE_DEREGISTRATION (esim_deregistration_get_type ())
G_DECLARE_FINAL_TYPE (EsimDeregistration, esim_deregistration, ESIM, DEREGISTRATION, EsimObject)

/**
 * EsimDeregistration:
 *
 * The end of a profile's life. Its record survives restarts; this object's path does not, the "id" of
 * esim_deregistration_describe() does.
 */

/**
 * esim_deregistration_get_profile:
 * @self: the deregistration
 *
 * Returns: the path of the profile while it is on a card that is present; else "/"
 */
const char *esim_deregistration_get_profile (EsimDeregistration *self);

/**
 * esim_deregistration_get_stage:
 * @self: the deregistration
 *
 * Returns: "preparing", "verifying-identity", "submitting", "submission-unknown", "in-review", "confirmed",
 * "awaiting-end", "removing-profile", "notifying-operator", "completed", "checked", "withdrawn", "rejected",
 * "failed" or "unreadable"; see esim_words_stage()
 */
const char *esim_deregistration_get_stage (EsimDeregistration *self);

/**
 * esim_deregistration_needs_input:
 * @self: the deregistration
 *
 * Returns: whether a question waits
 */
gboolean esim_deregistration_needs_input (EsimDeregistration *self);

/**
 * esim_deregistration_get_revision:
 * @self: the deregistration
 *
 * Returns: grows when esim_deregistration_describe() would say something new
 */
guint esim_deregistration_get_revision (EsimDeregistration *self);

/**
 * esim_deregistration_get_requester:
 * @self: the deregistration
 *
 * Returns: the uid that asked
 */
guint esim_deregistration_get_requester (EsimDeregistration *self);

/**
 * esim_deregistration_describe:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Asks for everything that the requester may know: findings, steps, question, notifications, times.
 */
void esim_deregistration_describe (EsimDeregistration *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_deregistration_describe_finish:
 * @self: the deregistration
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): a dictionary (a{sv}) as the contract of the interface tells; %NULL with @error
 * set.
 */
GVariant *esim_deregistration_describe_finish (EsimDeregistration *self, GAsyncResult *result,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_describe_sync:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_deregistration_describe(), blocking.
 *
 * Returns: (transfer full): a dictionary (a{sv}) as the contract of the interface tells; %NULL with @error
 * set.
 */
GVariant *esim_deregistration_describe_sync (EsimDeregistration *self, GCancellable *cancellable,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_answer:
 * @self: the deregistration
 * @question: the "id" of the question
 * @answer: (nullable): the answer (a{sv}), by the type of the question; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Answers a question. The answer that releases the deletion is authorized afresh. To "disconnect-consent",
 * with the subject "network", the answer is "consent" (b): with %FALSE it waits, until there is another way
 * to the network or until esim_deregistration_check() has it ask again.
 */
void esim_deregistration_answer (EsimDeregistration *self, guint question, GVariant *answer,
                                 GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_deregistration_answer_finish:
 * @self: the deregistration
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_deregistration_answer_finish (EsimDeregistration *self, GAsyncResult *result,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_answer_sync:
 * @self: the deregistration
 * @question: the "id" of the question
 * @answer: (nullable): the answer (a{sv}), by the type of the question; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_deregistration_answer(), blocking.
 *
 * Returns: %TRUE if the service did it.
 */
gboolean
esim_deregistration_answer_sync (EsimDeregistration *self, guint question, GVariant *answer,
                                 GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_check:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Looks now at whatever is waited for.
 */
void esim_deregistration_check (EsimDeregistration *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_deregistration_check_finish:
 * @self: the deregistration
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_deregistration_check_finish (EsimDeregistration *self, GAsyncResult *result,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_check_sync:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_deregistration_check(), blocking.
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_deregistration_check_sync (EsimDeregistration *self, GCancellable *cancellable,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_retry:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * After "failed": begins again with the preflight.
 */
void esim_deregistration_retry (EsimDeregistration *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_deregistration_retry_finish:
 * @self: the deregistration
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_deregistration_retry_finish (EsimDeregistration *self, GAsyncResult *result,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_retry_sync:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_deregistration_retry(), blocking.
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_deregistration_retry_sync (EsimDeregistration *self, GCancellable *cancellable,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_withdraw:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Gives it up; %ESIM_ERROR_WRONG_STATE once the profile is being removed.
 */
void esim_deregistration_withdraw (EsimDeregistration *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_deregistration_withdraw_finish:
 * @self: the deregistration
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_deregistration_withdraw_finish (EsimDeregistration *self, GAsyncResult *result,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_withdraw_sync:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_deregistration_withdraw(), blocking.
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_deregistration_withdraw_sync (EsimDeregistration *self, GCancellable *cancellable,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_get_receipt:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Gets the receipt (JSON); %ESIM_ERROR_WRONG_STATE until the profile is gone.
 */
void esim_deregistration_get_receipt (EsimDeregistration *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_deregistration_get_receipt_finish:
 * @self: the deregistration
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): the text; %NULL with @error set.
 */
char *esim_deregistration_get_receipt_finish (EsimDeregistration *self, GAsyncResult *result,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_get_receipt_sync:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_deregistration_get_receipt(), blocking.
 *
 * Returns: (transfer full): the text; %NULL with @error set.
 */
char *esim_deregistration_get_receipt_sync (EsimDeregistration *self, GCancellable *cancellable,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_forget:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Takes an ended record and its receipt from disk.
 */
void esim_deregistration_forget (EsimDeregistration *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_deregistration_forget_finish:
 * @self: the deregistration
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_deregistration_forget_finish (EsimDeregistration *self, GAsyncResult *result,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_forget_sync:
 * @self: the deregistration
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_deregistration_forget(), blocking.
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_deregistration_forget_sync (EsimDeregistration *self, GCancellable *cancellable,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_deregistration_is_over:
 * @self: the deregistration
 *
 * Returns: whether nothing more will happen to it by itself: completed, checked, withdrawn, rejected,
 * failed or unreadable.
 */
gboolean esim_deregistration_is_over (EsimDeregistration *self);

G_END_DECLS
