/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-web.h"
#include "esim-worker.h"

G_BEGIN_DECLS

/**
 * EsimCarrierWorker:
 *
 * The thread in which conversations with carriers' servers run, one after the other, and their web client. It
 * begins with the first. A server that stalls holds up neither a card nor a notification.
 */
typedef struct _EsimCarrierWorker EsimCarrierWorker;

/* Main thread. @config outlives it. */
EsimCarrierWorker *esim_carrier_worker_new (const EsimHttpConfig *config);

/* Main thread: no new step; what waits ends with CANCELLED, soon. Does not wait. */
void esim_carrier_worker_hurry (EsimCarrierWorker *self);

/* Main thread: hurries, and ends the thread. */
void esim_carrier_worker_stop (EsimCarrierWorker *self);

/* Stops it. */
void esim_carrier_worker_free (EsimCarrierWorker *self);

/* Main thread: as esim_worker_push(). */
void esim_carrier_worker_push (EsimCarrierWorker *self, EsimWorkerJob job, gpointer data,
                               GDestroyNotify free_func);

/* In the worker: (transfer none). Errors: those of esim_web_new(); CANCELLED. */
EsimWeb *esim_carrier_worker_get_web (EsimCarrierWorker *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* In the worker: waits for something that is no server's, and ends with the service. Returns: whether @wait
 * was finished, and not by that */
gboolean esim_carrier_worker_await (EsimCarrierWorker *self, EsimWait *wait, guint timeout_ms);

/* Main thread: runs @func in the worker, also inside a wait; after the end @data is only freed. */
void esim_carrier_worker_invoke (EsimCarrierWorker *self, EsimWorkerJob func, gpointer data,
                                 GDestroyNotify free_func);

G_END_DECLS
