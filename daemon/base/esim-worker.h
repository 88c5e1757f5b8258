/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimWorker:
 *
 * A thread with a main context of its own, in which jobs run one after the other, in the order they were
 * pushed. A job is linear code: where it has to wait it spins the worker's context with an #EsimWait, so that
 * whatever was made in the worker (a modem's device, a transfer) goes on living meanwhile. Jobs are no
 * GSources: one never begins inside another's wait.
 */
typedef struct _EsimWorker EsimWorker;

typedef void (*EsimWorkerJob) (gpointer data);

/* Starts the thread; ps shows the first 15 characters of @name. */
EsimWorker *esim_worker_new (const char *name) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_worker_push:
 * @job: runs in the worker
 * @free_func: (nullable): frees @data, in the worker, after the job; also if the job never ran
 *
 * From any thread. After esim_worker_stop() the job is not run, only freed.
 */
void esim_worker_push (EsimWorker *worker, EsimWorkerJob job, gpointer data, GDestroyNotify free_func);

/**
 * esim_worker_invoke:
 * Runs @func in the worker's context as soon as it spins, also inside a job's wait: for what must interrupt
 * (a cancel). It must only set flags or end waits.
 */
void esim_worker_invoke (EsimWorker *worker, EsimWorkerJob func, gpointer data, GDestroyNotify free_func);

/**
 * esim_worker_post_to_main:
 * Runs @func in the main context. From any thread. In the order posted.
 */
void esim_worker_post_to_main (EsimWorkerJob func, gpointer data, GDestroyNotify free_func);

/* The worker's context: for sources that belong to it. */
GMainContext *esim_worker_get_context (EsimWorker *worker);

/**
 * esim_worker_stop:
 * @last: (nullable): runs in the worker as its last job, to close what belongs to it
 *
 * Lets the running job end, drops the queued ones, runs @last, joins the thread and frees the worker. Jobs
 * that wait should have been told to hurry by esim_worker_invoke() before. Main thread only.
 */
void esim_worker_stop (EsimWorker *worker, EsimWorkerJob last, gpointer data);

/**
 * EsimWait:
 *
 * The one wait primitive. Made on the stack of linear code in a worker:
 *
 *   EsimWait wait;
 *   esim_wait_init (&wait);
 *   mbim_device_command (…, on_answer, &wait);         // on_answer calls esim_wait_finish (&wait)
 *   esim_wait_run (&wait, 30000);
 *
 * Not nested: a callback that runs inside a wait must not wait itself; esim_wait_run() aborts if it is tried.
 */
typedef struct {
  gboolean done;
  GMainContext *context;
} EsimWait;

void esim_wait_init (EsimWait *wait);

/* Ends the wait; harmless if it ended already. From the worker's own thread only. */
void esim_wait_finish (EsimWait *wait);

/**
 * esim_wait_run:
 * @timeout_ms: how long at most; 0 = without a bound (then what is waited for must have a bound of its own)
 *
 * Returns: %TRUE if it was finished, %FALSE if the time ran out. After %FALSE the callback may still come:
 * whoever gave out @wait must see to it that it does not touch @wait any more.
 */
gboolean esim_wait_run (EsimWait *wait, guint timeout_ms);

/* Spins the worker's context for a while: a pause between two tries. */
void esim_wait_sleep (guint milliseconds);

G_END_DECLS
