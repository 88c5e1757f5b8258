/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libqmi-glib.h>

#include "esim-port.h"
#include "esim-qmi-card.h"

G_BEGIN_DECLS

/**
 * EsimQmiDevice:
 *
 * A QMI port as linear code in a worker uses it: one message after the other, each waits for its answer.
 *
 * Signals, in the worker, also during a wait (a handler must not wait itself), besides those of #EsimPort:
 *  "indication" (QmiMessage, as a pointer): an unsolicited message of the card's service (UIM)
 */
#define ESIM_TYPE_QMI_DEVICE (esim_qmi_device_get_type ())
G_DECLARE_FINAL_TYPE (EsimQmiDevice, esim_qmi_device, ESIM, QMI_DEVICE, EsimPort)

/**
 * esim_qmi_device_open:
 * @path: a device node, or the slave of a pty; not used by ESIM_QMI_QRTR
 * @node: of the QRTR bus, for ESIM_QMI_QRTR
 * @use_proxy: through qmi-proxy (over MBIM: mbim-proxy), shared with ModemManager; the proxy must be running,
 * it is never started from here. QRTR needs none
 *
 * Opens the port and makes a client of the card's service. Other programs' clients are left alone.
 *
 * Errors: MODEM_ERROR, TIMED_OUT, NOT_SUPPORTED (no card service, no QRTR in the kernel), CARD_REMOVED (no
 * such port or node).
 *
 * Returns: (transfer full)
 */
EsimQmiDevice *esim_qmi_device_open (EsimQmiWay way, const char *path, guint node, gboolean use_proxy,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The card's service (UIM) and the device management (DMS), the latter made when it is first asked for;
 * %NULL with an error. */
QmiClientUim *esim_qmi_device_get_uim (EsimQmiDevice *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
QmiClientDms *esim_qmi_device_get_dms (EsimQmiDevice *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For a message to the card's service that libqmi has no functions for: its TLVs are then added. */
QmiMessage *esim_qmi_device_new_message (EsimQmiDevice *self, guint16 id) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_qmi_device_send:
 * @request: (transfer full): of esim_qmi_device_new_message()
 * @timeout: seconds
 * @what: what is tried, for the words of an error: "Could not %s"
 * @refused: (out) (optional): the error code of an answer that is a refusal, else 0. If it is asked for,
 * refusals are returned as answers, too
 *
 * Returns: (transfer full): the answer; %NULL on error
 */
QmiMessage *esim_qmi_device_send (EsimQmiDevice *self, QmiMessage *request, guint timeout, const char *what,
                                  guint *refused, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Turns libqmi's failure into ours; @status as in esim_qmi_failure_to_error(). */
void esim_qmi_device_fail (EsimQmiDevice *self, const GError *failure, const char *what, guint *status,
                           GError **error);

/* The number of our client of the card's service. */
guint8 esim_qmi_device_get_client (EsimQmiDevice *self);

/* Gives back a client of the card's service that a process before us had. */
void esim_qmi_device_release_stale (EsimQmiDevice *self, guint8 client);

/**
 * esim_qmi_device_close:
 * Releases the clients and closes the port: properly if the modem answers within @timeout_ms, else by force.
 * Idempotent.
 *
 * Returns: whether the modem has its client of the card's service back
 */
gboolean esim_qmi_device_close (EsimQmiDevice *self, guint timeout_ms);

/* libqmi ends each call itself after its time-out; ours only guards against that not happening. */
#define ESIM_QMI_MARGIN_MS 2000

/**
 * ESIM_QMI_DEFINE_CALL:
 * Defines the linear form of one of libqmi's calls, with its service and name in both spellings: sends
 * @input, waits, and returns the answer if it is no refusal; @status as in esim_qmi_failure_to_error(). With
 * @refused (nullable) a refusal's answer is handed out there, beside the error.
 */
#define ESIM_QMI_DEFINE_CALL(Service, service, Name, name, Input)                                            \
  static QmiMessage##Service##Name##Output *service##_##name (                                               \
      EsimQmiDevice *device, Input input, guint timeout, const char *what,                                   \
      QmiMessage##Service##Name##Output **refused, guint *status, GError **error)                            \
  {                                                                                                          \
    g_autoptr (QmiMessage##Service##Name##Output) output = NULL;                                             \
    g_autoptr (GError) failure = NULL;                                                                       \
    g_autoptr (EsimPortCall) call = NULL;                                                                    \
    QmiClient##Service *client;                                                                              \
    GAsyncResult *result;                                                                                    \
                                                                                                             \
    if (status != NULL)                                                                                      \
      *status = 0;                                                                                           \
    if (!esim_port_check (ESIM_PORT (device), what, error))                                                  \
      return NULL;                                                                                           \
    client = esim_qmi_device_get_##service (device, error);                                                  \
    if (client == NULL)                                                                                      \
      return NULL;                                                                                           \
    call = esim_port_call_new (ESIM_PORT (device));                                                          \
    qmi_client_##service##_##name (client, input, timeout, esim_port_call_get_cancellable (call),            \
                                   esim_port_call_done, call);                                               \
    result = esim_port_call_wait (call, timeout * 1000 + ESIM_QMI_MARGIN_MS);                                \
    if (result != NULL)                                                                                      \
      output = qmi_client_##service##_##name##_finish (client, result, &failure);                            \
    if (output != NULL && qmi_message_##service##_##name##_output_get_result (output, &failure))             \
      return g_steal_pointer (&output);                                                                      \
    if (refused != NULL)                                                                                     \
      *refused = g_steal_pointer (&output);                                                                  \
    esim_qmi_device_fail (device, failure, what, status, error);                                             \
    return NULL;                                                                                             \
  }

G_END_DECLS
