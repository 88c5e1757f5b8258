/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libmbim-glib.h>

#include "esim-port.h"

G_BEGIN_DECLS

/**
 * EsimMbimDevice:
 *
 * An MBIM port as linear code in a worker uses it: one command after the other, each waits for its answer.
 *
 * Signals, in the worker, also during a wait (a handler must not wait itself), besides those of #EsimPort:
 *  "indication" (MbimMessage): an unsolicited message
 */
#define ESIM_TYPE_MBIM_DEVICE (esim_mbim_device_get_type ())
G_DECLARE_FINAL_TYPE (EsimMbimDevice, esim_mbim_device, ESIM, MBIM_DEVICE, EsimPort)

/**
 * esim_mbim_device_open:
 * @path: a device node, or the slave of a pty
 * @use_proxy: through mbim-proxy, shared with ModemManager; the proxy must be running, it is never started
 * from here (a child of ours would live in our sandbox and die with us)
 *
 * Errors: MODEM_ERROR, TIMED_OUT, CARD_REMOVED, NOT_FOUND (no such node).
 *
 * Returns: (transfer full)
 */
EsimMbimDevice *
esim_mbim_device_open (const char *path, gboolean use_proxy, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_mbim_device_command:
 * @request: (transfer full) (nullable): a command; %NULL (libmbim could not build it) is a MODEM_ERROR
 * @timeout: seconds
 * @what: what is tried, for the words of an error: "Could not %s"
 * @status: (out) (optional): the MBIM status, 0 where there was no answer
 *
 * Returns: (transfer full): the answer, of the request's service and command and with status 0; %NULL on
 * error
 */
MbimMessage *
esim_mbim_device_command (EsimMbimDevice *self, MbimMessage *request, guint timeout, const char *what,
                          guint32 *status, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_mbim_device_ask:
 * @status: (out): the MBIM status, 0 where there was no answer
 *
 * The same where an answer with another status than 0 is an answer too.
 */
MbimMessage *
esim_mbim_device_ask (EsimMbimDevice *self, MbimMessage *request, guint timeout, const char *what,
                      guint32 *status, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Closes the port: properly if the modem answers within @timeout_ms, else by force. Idempotent. */
void esim_mbim_device_close (EsimMbimDevice *self, guint timeout_ms);

G_END_DECLS
