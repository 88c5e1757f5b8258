/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimTask:
 *
 * The thread-safe handle of one piece of work: by it main asks a worker to stop, and the worker tells main
 * how far it is.
 */
typedef struct _EsimTask EsimTask;

/**
 * EsimTaskReport:
 * @phase: as in Operation.Phase; %NULL = unchanged
 * @progress: 0 to 1, −1 unknown
 * @committed: past the point of no return
 *
 * In the main thread.
 */
typedef void (*EsimTaskReport) (const char *phase, double progress, gboolean committed, gpointer user_data);

/* @report is not called any more after esim_task_detach(). */
EsimTask *esim_task_new (EsimTaskReport report, gpointer user_data);
EsimTask *esim_task_ref (EsimTask *self);
void esim_task_unref (EsimTask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimTask, esim_task_unref)

/* Main thread: whoever gave the report goes away. */
void esim_task_detach (EsimTask *self);

/* Any thread: asks for the end, at the next place where that does no harm. */
void esim_task_cancel (EsimTask *self);

/* Worker: CANCELLED if the end was asked for. Between APDUs, never within one. */
gboolean esim_task_check (EsimTask *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Worker: the same, and from here on it is too late: a later cancel has no effect. */
gboolean esim_task_commit (EsimTask *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Worker: @phase is a static string. */
void esim_task_report (EsimTask *self, const char *phase, double progress);

/* Worker: octets; @total: 0 = not known. The report follows, without news of the phase. */
void esim_task_report_bytes (EsimTask *self, guint64 done, guint64 total);
/* Any thread. */
void esim_task_get_bytes (EsimTask *self, guint64 *done, guint64 *total);

/**
 * esim_task_set_interrupt:
 * @interrupt: (nullable): called by esim_task_cancel(), in the canceller's thread and under a lock: it may
 * only post to the worker
 *
 * Worker: a wait that the next esim_task_check() is far away from can be ended. To be taken back with %NULL
 * by the same code.
 */
void esim_task_set_interrupt (EsimTask *self, GFunc interrupt, gpointer data);

G_END_DECLS
