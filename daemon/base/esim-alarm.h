/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimAlarm:
 *
 * Tells when the wall clock has reached a moment, and when the clock itself was changed meanwhile: for dates
 * that are weeks away, which no timeout that counts seconds would keep. The time that a suspend took counts,
 * because it is the clock that is waited for; the machine is not woken for it, and nothing ticks meanwhile.
 */
typedef struct _EsimAlarm EsimAlarm;

/**
 * EsimAlarmFunc:
 *
 * The moment has come, or the clock was stepped, or the machine slept. Which of them it was is for the callee
 * to see by looking at the clock; then it sets the alarm anew. It may free the alarm.
 */
typedef void (*EsimAlarmFunc) (gpointer user_data);

/* @func is called in the context that is thread-default now; use the alarm in its thread alone. */
EsimAlarm *esim_alarm_new (EsimAlarmFunc func, gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
void esim_alarm_free (EsimAlarm *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimAlarm, esim_alarm_free)

/**
 * esim_alarm_set:
 * @due: seconds since 1970; 0 = none, and then a step of the clock is not told either
 *
 * In place of what was set before. A moment that has passed is told as soon as the loop runs, never from
 * within this call. Once it has come, none is set.
 */
void esim_alarm_set (EsimAlarm *self, gint64 due);

G_END_DECLS
