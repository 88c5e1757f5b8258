/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-object.h"

G_BEGIN_DECLS

#define ESIM_TYPE_OPERATION (esim_operation_get_type ())
G_DECLARE_FINAL_TYPE (EsimOperation, esim_operation, ESIM, OPERATION, EsimObject)

/**
 * EsimOperation:
 *
 * Something that takes a while. It lives on without its caller; its object goes five minutes after its end.
 */

/**
 * esim_operation_get_kind:
 * @self: the operation
 *
 * Returns: what is done, for example "enable"; see esim_words_operation_kind()
 */
const char *esim_operation_get_kind (EsimOperation *self);

/**
 * esim_operation_get_state:
 * @self: the operation
 *
 * Returns: "queued", "running", "waiting", "succeeded", "failed" or "cancelled"
 */
const char *esim_operation_get_state (EsimOperation *self);

/**
 * esim_operation_get_phase:
 * @self: the operation
 *
 * Returns: what is being done now, or ""; see esim_words_phase()
 */
const char *esim_operation_get_phase (EsimOperation *self);

/**
 * esim_operation_get_progress:
 * @self: the operation
 *
 * Returns: 0.0 to 1.0; -1.0 if unknown
 */
double esim_operation_get_progress (EsimOperation *self);

/**
 * esim_operation_get_bytes_done:
 * @self: the operation
 *
 * Returns: how many octets of a profile the card has taken, while it is loaded
 */
guint64 esim_operation_get_bytes_done (EsimOperation *self);

/**
 * esim_operation_get_bytes_total:
 * @self: the operation
 *
 * Returns: how many octets there are to load; 0 while it is not known
 */
guint64 esim_operation_get_bytes_total (EsimOperation *self);

/**
 * esim_operation_cancellable:
 * @self: the operation
 *
 * Returns: whether esim_operation_cancel() would still be in time
 */
gboolean esim_operation_cancellable (EsimOperation *self);

/**
 * esim_operation_committed:
 * @self: the operation
 *
 * Returns: whether the step that cannot be taken back has been taken
 */
gboolean esim_operation_committed (EsimOperation *self);

/**
 * esim_operation_get_target:
 * @self: the operation
 *
 * Returns: the path of the eUICC or profile
 */
const char *esim_operation_get_target (EsimOperation *self);

/**
 * esim_operation_get_requester:
 * @self: the operation
 *
 * Returns: the uid that asked
 */
guint esim_operation_get_requester (EsimOperation *self);

/**
 * esim_operation_needs_input:
 * @self: the operation
 *
 * Returns: whether a question waits
 */
gboolean esim_operation_needs_input (EsimOperation *self);

/**
 * esim_operation_get_revision:
 * @self: the operation
 *
 * Returns: grows when esim_operation_describe() would say something new
 */
guint esim_operation_get_revision (EsimOperation *self);

/**
 * esim_operation_get_error_name:
 * @self: the operation
 *
 * Returns: the D-Bus name of the error that ended it, or ""
 */
const char *esim_operation_get_error_name (EsimOperation *self);

/**
 * esim_operation_describe:
 * @self: the operation
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Asks for what is not public: question, result, error and details.
 */
void esim_operation_describe (EsimOperation *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);

/**
 * esim_operation_describe_finish:
 * @self: the operation
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): a dictionary (a{sv}) as the contract of the interface tells; %NULL with @error
 * set.
 */
GVariant *esim_operation_describe_finish (EsimOperation *self, GAsyncResult *result,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_operation_describe_sync:
 * @self: the operation
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_operation_describe(), blocking.
 *
 * Returns: (transfer full): a dictionary (a{sv}) as the contract of the interface tells; %NULL with @error
 * set.
 */
GVariant *esim_operation_describe_sync (EsimOperation *self, GCancellable *cancellable,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_operation_answer:
 * @self: the operation
 * @question: the "id" of the question
 * @answer: (nullable): the answer (a{sv}), by the type of the question; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Answers the question of esim_operation_describe(): "id" (u), "type" (s), "message" (s, English; in the
 * user's language: esim_words_question()), "deadline" (x, seconds since 1970).
 *
 * Type "disconnect-consent": what is to be done cuts a modem that is this machine's only way to the network.
 * The answer is "consent" (b). With %FALSE, and after the deadline, nothing is changed, and the operation
 * ends with %ESIM_ERROR_CONSENT_DENIED.
 *
 * Type "install-consent": the question's "metadata" (a{sv}) shows the profile that is to be installed. The
 * answer is "consent" (b), with "postpone" (b) to a no that may become a yes, and "confirmation-code" (s)
 * where the metadata say that one is required.
 *
 * Type "policy-consent": the profile's "policy-rules" (as) may forbid that it is disabled or deleted. The
 * answer is "consent" (b); it is to be asked of a person for itself.
 *
 * Type "confirmation-code": "retries-left" (i, -1 if not known), "wrong" (b). The answer is "code" (s), or
 * "cancel" (b).
 */
void esim_operation_answer (EsimOperation *self, guint question, GVariant *answer, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_operation_answer_finish:
 * @self: the operation
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_operation_answer_finish (EsimOperation *self, GAsyncResult *result,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_operation_answer_sync:
 * @self: the operation
 * @question: the "id" of the question
 * @answer: (nullable): the answer (a{sv}), by the type of the question; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_operation_answer(), blocking.
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_operation_answer_sync (EsimOperation *self, guint question, GVariant *answer,
                                     GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_operation_cancel:
 * @self: the operation
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Asks for the end; the operation says itself how it ended.
 */
void esim_operation_cancel (EsimOperation *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);

/**
 * esim_operation_cancel_finish:
 * @self: the operation
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_operation_cancel_finish (EsimOperation *self, GAsyncResult *result,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_operation_cancel_sync:
 * @self: the operation
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes
 *
 * The same as esim_operation_cancel(), blocking.
 *
 * Returns: %TRUE if the service did it.
 */
gboolean esim_operation_cancel_sync (EsimOperation *self, GCancellable *cancellable,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_operation_is_finished:
 * @self: the operation
 *
 * Returns: whether it has ended, one way or the other.
 */
gboolean esim_operation_is_finished (EsimOperation *self);

/**
 * esim_operation_wait:
 * @self: the operation
 * @cancellable: (nullable): gives up waiting; the operation goes on
 * @callback: (scope async): called at the end
 * @user_data: for @callback
 *
 * Waits for the end, however long it takes.
 */
void esim_operation_wait (EsimOperation *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);

/**
 * esim_operation_wait_finish:
 * @self: the operation
 * @result: what the callback was given
 * @error: where an error goes: the one that ended the operation, with the service's own English words
 *
 * Returns: %TRUE if it succeeded. %ESIM_ERROR_NOT_RUNNING: the service went away and how it ended is not
 * known.
 */
gboolean esim_operation_wait_finish (EsimOperation *self, GAsyncResult *result,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_operation_wait_sync:
 * @self: the operation
 * @cancellable: (nullable): gives up waiting; the operation goes on
 * @error: where an error goes, as in esim_operation_wait_finish()
 *
 * The same, running the main context in which the client was made until the end has come.
 *
 * Returns: %TRUE if it succeeded.
 */
gboolean esim_operation_wait_sync (EsimOperation *self, GCancellable *cancellable,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
