/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * EsimUdev:
 *
 * The modem ports of this machine, as the udev rule marks them: the tag "esimd", and ESIMD_TRANSPORT for the
 * way to speak to them. Where there is no udev there are no ports. Main thread only.
 *
 * Signals, on the main loop:
 *  "port-added" (const char *path, const char *transport, const char *modem)
 *  "port-removed" (const char *path)
 *
 * path is the device node; transport is "mbim"; modem is a name that stays while the modem stays where it is
 * plugged in: the sysfs path of the USB or PCI device, which is also ModemManager's Modem.Device.
 */
#define ESIM_TYPE_UDEV (esim_udev_get_type ())
G_DECLARE_FINAL_TYPE (EsimUdev, esim_udev, ESIM, UDEV, GObject)

/* Silent until esim_udev_start(). */
EsimUdev *esim_udev_new (void) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_udev_start:
 * Emits "port-added" for each port that is there already, before it returns; from then on as they come and
 * go.
 */
void esim_udev_start (EsimUdev *self);

G_END_DECLS
