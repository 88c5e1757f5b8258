/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-keeper.h"
#include "esim-task.h"
#include "esim-worker.h"

G_BEGIN_DECLS

/**
 * EsimHold:
 *
 * The worker's side of an #EsimKeeper, as linear code uses it: a modem that nobody else uses meanwhile. All
 * functions but the first and the last belong to the worker.
 */
typedef struct _EsimHold EsimHold;

/* @keeper: (nullable): nobody else is there. It outlives the hold; @modem and @device are copied. */
EsimHold *esim_hold_new (EsimWorker *worker, const EsimKeeper *keeper, const char *modem, const char *device);
void esim_hold_free (EsimHold *self);

/**
 * esim_hold_begin:
 * @task: cancelling it ends the waiting
 *
 * Counted: the modem is held until the last esim_hold_end(). BUSY, CANCELLED, TIMED_OUT.
 */
gboolean esim_hold_begin (EsimHold *self, EsimTask *task, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @delay_ms: how long after the last one the others may come back. */
void esim_hold_end (EsimHold *self, guint delay_ms);

/* Somebody was asked to keep off, and does. */
gboolean esim_hold_is_held (EsimHold *self);

/* As EsimKeeper.stay_awake: @awake once with %TRUE, once with %FALSE. */
void esim_hold_stay_awake (EsimHold *self, gboolean awake);

/**
 * esim_hold_verify:
 * @lost_ms: how much longer this waits once the modem's port went away
 *
 * As EsimKeeper.verify. CARD_REMOVED: the port went away, and that time with it.
 */
gboolean esim_hold_verify (EsimHold *self, EsimTask *task, const char *iccid, guint timeout_ms, guint lost_ms,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The modem's port went away. In the worker's context, also inside a wait. */
void esim_hold_lose (EsimHold *self);

/* The service stops: what waits ends with CANCELLED now, for the main thread answers no more. Does not wait
 * itself. */
void esim_hold_hurry (EsimHold *self);

G_END_DECLS
