/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "esim-mm-hold.h"
#include "esim-mm-modem.h"

G_BEGIN_DECLS

/* How long a hold waits at most until ModemManager has done what it is at, in milliseconds. */
#define ESIM_MODEM_MANAGER_HOLD_MS 60000

/**
 * EsimModemManager:
 *
 * ModemManager's modems, and the two things that a change of the enabled profile needs of it: that it keeps
 * off the modem meanwhile, and that it knows the card as it is afterwards. Follows
 * org.freedesktop.ModemManager1 as it comes and goes, and never starts it. Main thread only; nothing here
 * waits. Do not let go of the last reference within one of its signals.
 *
 * A modem is named by two words: @uid, ModemManager's Modem.Device or whatever the caller calls the modem,
 * and
 * @device, one of its ports; it is looked for by the first, else by the second.
 *
 * Signals, on the main loop, each with an EsimMmModem:
 *  "modem-added", "modem-changed", "modem-removed"
 *
 * A modem that is away because of a hold is not removed: it is shown as it was before until ModemManager
 * shows it again, which is a change.
 */
#define ESIM_TYPE_MODEM_MANAGER (esim_modem_manager_get_type ())
G_DECLARE_FINAL_TYPE (EsimModemManager, esim_modem_manager, ESIM, MODEM_MANAGER, GObject)

/* Silent until esim_modem_manager_start(). */
EsimModemManager *esim_modem_manager_new (GDBusConnection *connection) G_GNUC_WARN_UNUSED_RESULT;
void esim_modem_manager_start (EsimModemManager *self);

/**
 * esim_modem_manager_stop:
 * Lets go of every modem at once and follows nothing any more; those that wait are told CANCELLED before it
 * returns. Leaving the bus does the same.
 */
void esim_modem_manager_stop (EsimModemManager *self);

/* (transfer container) (element-type EsimMmModem): sorted by uid */
GPtrArray *esim_modem_manager_list (EsimModemManager *self) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer none) (nullable): valid until the main loop runs again */
EsimMmModem *esim_modem_manager_find (EsimModemManager *self, const char *uid, const char *device);

/**
 * esim_modem_manager_hold:
 * @device: (nullable)
 * @timeout_ms: how long to wait until ModemManager has ended what it does with the modem, at most
 *   ESIM_MODEM_MANAGER_HOLD_MS; then it is asked to let go all the same, which may take a minute more
 * @done: is called once, and not before this returns
 *
 * Asks ModemManager to keep off the modem (InhibitDevice), which cuts off its data. Holds of one modem are
 * counted, and each that was granted needs an esim_modem_manager_release().
 *
 * There is no error where there is nothing to keep off: no ModemManager, or one that does not know the modem.
 * If it turns up while the hold lasts, it is kept off from then on.
 *
 * Errors: BUSY (another program inhibits it), TIMED_OUT, MODEM_ERROR, CANCELLED (released before it was had).
 */
void esim_modem_manager_hold (EsimModemManager *self, const char *uid, const char *device, guint timeout_ms,
                              EsimMmDone done, gpointer data);

/**
 * esim_modem_manager_release:
 * @delay_ms: how long ModemManager is kept off still, so that the next hold can go on with this one
 *
 * Takes one hold back; one that waits is cancelled if none was granted. A hold that nobody releases ends
 * after six minutes.
 */
void esim_modem_manager_release (EsimModemManager *self, const char *uid, const char *device, guint delay_ms);

/**
 * esim_modem_manager_verify:
 * @iccid: (nullable): of the profile that is enabled now; %NULL: none is
 * @timeout_ms: from now; ModemManager probes a modem for 10 to 20 s after it was released
 * @done: is called once, and not before this returns
 *
 * Waits until ModemManager shows that ICCID for the modem, or none. At once where there is no ModemManager,
 * or it does not know the modem.
 *
 * Errors: REFRESH_FAILED, TIMED_OUT (it never told which modems there are), CANCELLED (by stop).
 */
void esim_modem_manager_verify (EsimModemManager *self, const char *uid, const char *device,
                                const char *iccid, guint timeout_ms, EsimMmDone done, gpointer data);

/* For tests: other limits than those of this page, for what begins from now on. */
void esim_modem_manager_set_limits (EsimModemManager *self, const EsimMmLimits *limits);

G_END_DECLS
