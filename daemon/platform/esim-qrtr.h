/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The folders that esim_qrtr_may_be_there() looks into. */
#define ESIM_QRTR_PROC_NET "/proc/self/net"
#define ESIM_QRTR_REMOTEPROC "/sys/class/remoteproc"

/**
 * EsimQrtrScope:
 * @ESIM_QRTR_REMOTE: what other processors offer
 * @ESIM_QRTR_ALL: also what programs on this one do: for a lab
 *
 * Any user may offer a service on this machine's own node, and play a modem with whatever card; a name in
 * another node the kernel gives to nobody (ctrl_cmd_new_server() in its net/qrtr/ns.c). So a modem on this
 * node counts only where an administrator has written it into the configuration.
 */
typedef enum {
  ESIM_QRTR_REMOTE,
  ESIM_QRTR_ALL,
} EsimQrtrScope;

/**
 * EsimQrtr:
 *
 * The modems on the machine's QRTR bus, by which the processors of a phone's chip speak to each other: they
 * have no device node, and udev does not know them. A node that offers the UIM service (11) is one, from the
 * moment when it offers it: services come one by one, the UIM service not always among the first. Main
 * thread only.
 *
 * Signals, on the main loop:
 *  "node-added" (guint node, const char *device, const char *modem)
 *  "node-removed" (guint node, const char *device)
 *
 * device is "qrtr:NODE", as the configuration has it. modem is "qcom-soc": ModemManager (1.18 and later) has
 * that one uid for all QRTR nodes (MM_KERNEL_DEVICE_QRTR_PHYSDEV_UID in its mm-kernel-device-qrtr.h), and
 * for the ports of the same chip that have a device node; it calls the port "qrtrNODE".
 */
#define ESIM_TYPE_QRTR (esim_qrtr_get_type ())
G_DECLARE_FINAL_TYPE (EsimQrtr, esim_qrtr, ESIM, QRTR, GObject)

/* Silent until esim_qrtr_start(). */
EsimQrtr *esim_qrtr_new (EsimQrtrScope scope) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_qrtr_start:
 *
 * Follows the bus from now on, if there can be one; nodes that are there already are told soon. Once it
 * follows the bus, or where there is none, this does nothing; it may be called again whenever ports are
 * looked at.
 */
void esim_qrtr_start (EsimQrtr *self);

/**
 * esim_qrtr_may_be_there:
 * @proc_net: the folder with "protocols"
 * @remoteproc: the folder with an entry for each remote processor
 *
 * Whether the kernel has the protocol loaded, or the machine has processors that would speak it. A socket
 * would tell as well, but makes the kernel load the protocol, which is of no use to a PC.
 */
gboolean esim_qrtr_may_be_there (const char *proc_net, const char *remoteproc);

G_END_DECLS
