/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * EsimUdev:
 *
 * The modem ports of this machine, as the udev rule marks them: the tag "esimd", ESIMD_TRANSPORT for the way
 * to speak to them, and ESIMD_IGNORE where an administrator wants them left alone. Where there is no udev
 * there are no ports. Main thread only.
 *
 * Signals, on the main loop:
 *  "port-added" (const char *path, const char *transport, const char *modem)
 *  "port-left-out" (const char *path, const char *transport, const char *modem, const char *reason)
 *  "port-removed" (const char *path)
 *
 * path is the device node; transport is "mbim" or "qmi"; reason tells a person why the port is not used and
 * what to do about it. All ports of a modem are told, each by itself. modem is the same for all of them, and
 * stays while the modem stays where it is plugged in: what ModemManager calls it too (Modem.Device), the
 * sysfs path of the USB or PCI device unless a udev rule names it otherwise (ID_MM_PHYSDEV_UID).
 *
 * "port-removed" ends both kinds; a port that changes from one to the other is removed first.
 */
#define ESIM_TYPE_UDEV (esim_udev_get_type ())
G_DECLARE_FINAL_TYPE (EsimUdev, esim_udev, ESIM, UDEV, GObject)

/* Silent until esim_udev_start(). */
EsimUdev *esim_udev_new (void) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_udev_start:
 * Tells of each port that is there already before it returns; from then on as they come and go.
 */
void esim_udev_start (EsimUdev *self);

G_END_DECLS
