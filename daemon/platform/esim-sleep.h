/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * EsimSleep:
 *
 * The machine's sleep, as logind tells of it on the system bus (org.freedesktop.login1). Where there is no
 * logind nothing happens, and nothing is lost: a suspend anywhere is survived by other means (what was in
 * flight ends by its time-out, and the card is read again). Main thread only, but for holds.
 *
 * Signal, on the main loop:
 *  "resumed" (): the machine has slept, or was about to. What is known of ports and clock may be old.
 */
#define ESIM_TYPE_SLEEP (esim_sleep_get_type ())
G_DECLARE_FINAL_TYPE (EsimSleep, esim_sleep, ESIM, SLEEP, GObject)

/* Silent until esim_sleep_start(). */
EsimSleep *esim_sleep_new (GDBusConnection *connection) G_GNUC_WARN_UNUSED_RESULT;

/* Follows logind as it comes and goes; never starts it. */
void esim_sleep_start (EsimSleep *self);

/**
 * esim_sleep_hold:
 *
 * Asks for a delay lock: while it is held, a sleep that somebody asks for waits, five seconds at most
 * (logind's InhibitDelayMaxSec=). For the moment between an act that cannot be taken back and its record on
 * disk, and no longer. It is counted; the lock comes a little later than this call returns, or not at all:
 * nobody waits for it. From any thread.
 */
void esim_sleep_hold (EsimSleep *self);

/* Ends one hold; with the last, the lock is given back. From any thread. */
void esim_sleep_release (EsimSleep *self);

G_END_DECLS
