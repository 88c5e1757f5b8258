/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-http.h"

G_BEGIN_DECLS

/**
 * EsimHttpHub:
 *
 * The one thread in which all HTTP of the RSP domain lives, so that whoever speaks to a server uses the
 * connection that is there: a download's four requests and the notification after it need one handshake,
 * although the first come from a card's worker and the last from the outbox. The thread begins with the first
 * call and ends once nothing is under way and no connection is worth keeping; then nothing of it is left.
 *
 * An #EsimHttpRequest is copied. From any thread unless it says otherwise.
 */
typedef struct _EsimHttpHub EsimHttpHub;

/* Main thread. @config and @trust as for esim_http_new(); @config must outlive it. A configuration that
 * cannot be used is the error of each call. */
EsimHttpHub *esim_http_hub_new (const EsimHttpConfig *config, EsimRspTrust *trust);

/* Main thread. All calls end with CANCELLED, also those that are begun later; the thread is gone when this
 * returns. */
void esim_http_hub_stop (EsimHttpHub *self);

/* Stops it. Calls may outlive it. */
void esim_http_hub_free (EsimHttpHub *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimHttpHub, esim_http_hub_free)

/**
 * EsimHttpCall:
 *
 * One POST as the one who asked sees it. Belongs to the thread that began it, except where it says otherwise.
 */
typedef struct _EsimHttpCall EsimHttpCall;

/**
 * esim_http_hub_begin:
 *
 * For linear code in a worker (EsimWorker): begins the transfer and returns at once. What arrives is queued,
 * 256 KiB at most: then the server has to wait until some of it was taken.
 *
 * Returns: (transfer full): never NULL: whatever is wrong is told by the first that asks for the answer
 */
EsimHttpCall *
esim_http_hub_begin (EsimHttpHub *self, const EsimHttpRequest *request) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_http_call_next:
 * @timeout_ms: how long to wait at most; 0: as long as the call's own bounds allow
 * @ended: (out): the whole body was taken: there is nothing more
 *
 * The body's next piece as it arrived. Does not wait while one is there; else waits with EsimWait, so not
 * from within another wait. HTTP's framing is taken off; pieces are 1 octet to 16 KiB. They come whatever the
 * status is.
 *
 * Errors: those of EsimHttpAnswer.error. TIMED_OUT also after @timeout_ms: the call goes on, and may be asked
 * again. What was given out before an error is the beginning of an answer that has no end.
 *
 * Returns: (nullable) (transfer full): %NULL at the end (@ended is set) or on error
 */
GBytes *esim_http_call_next (EsimHttpCall *self, guint timeout_ms, gboolean *ended,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether esim_http_call_next() would return without waiting. */
gboolean esim_http_call_has_next (EsimHttpCall *self);

/* The HTTP status; 0 until the first piece came, or the end. */
guint esim_http_call_get_status (EsimHttpCall *self);

/* Returns: (transfer full) (nullable): key id of the root that verified the server; as soon as the status. */
char *esim_http_call_dup_root_key_id (EsimHttpCall *self);

/**
 * esim_http_call_wait:
 *
 * Waits (EsimWait) for the end and collects the whole body.
 *
 * Returns: (transfer none): the answer, which lives as long as @self; its member error says why there is none
 */
const EsimHttpAnswer *esim_http_call_wait (EsimHttpCall *self) G_GNUC_WARN_UNUSED_RESULT;

/* Ends it with CANCELLED, soon: who waits for it is told. From any thread that knows that it is there, so
 * also from what esim_worker_invoke() runs inside the owner's wait. Closes the connection. */
void esim_http_call_cancel (EsimHttpCall *self);

/* Cancels what is under way, and does not wait for that. Not for a call of esim_http_hub_post(). */
void esim_http_call_free (EsimHttpCall *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimHttpCall, esim_http_call_free)

/**
 * esim_http_hub_post:
 * @done: called once, later, in the thread-default main context of the caller
 *
 * For callers that do not wait.
 *
 * Returns: (transfer none): to cancel it by, until @done was called. Then @done comes with CANCELLED.
 */
EsimHttpCall *
esim_http_hub_post (EsimHttpHub *self, const EsimHttpRequest *request, EsimHttpDone done, gpointer user_data);

G_END_DECLS
