/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-device.h"

#include <sys/stat.h>

#include "esim-error.h"
#include "esim-qmi-node.h"
#include "esim-qmi-status.h"

#define OPEN_TIMEOUT 15 /* s */
#define CLIENT_TIMEOUT 10
#define RESULT_TLV 0x02

struct _EsimQmiDevice {
  EsimPort parent;
  QrtrBus *bus; /* of the node; both NULL unless it is one */
  QrtrNode *node;
  QmiDevice *qmi;
  QmiClient *uim;
  QmiClient *dms; /* NULL until it is asked for */
  gboolean use_proxy;
};

G_DEFINE_TYPE (EsimQmiDevice, esim_qmi_device, ESIM_TYPE_PORT)

static guint signal_indication;

void
esim_qmi_device_fail (EsimQmiDevice *self, const GError *failure, const char *what, guint *status,
                      GError **error)
{
  EsimPort *port = ESIM_PORT (self);

  if (status != NULL)
    *status = 0;
  if (failure == NULL) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT, "Could not %s: the modem did not answer in time",
                 what);
    return;
  }
  /* A write that fails, or a port that libqmi closed under us, is a hang-up that the poll had not shown yet.
   */
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE) ||
      g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
      g_error_matches (failure, QMI_CORE_ERROR, QMI_CORE_ERROR_WRONG_STATE))
    esim_port_set_gone (port);
  if (!esim_port_check (port, what, error))
    return;
  /* libqmi says the same of what it was told to cancel and of what the modem broke off. */
  if (esim_port_is_hurried (port) &&
      (g_error_matches (failure, QMI_PROTOCOL_ERROR, QMI_PROTOCOL_ERROR_ABORTED) ||
       g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED)) &&
      !esim_port_go_on (port, what, error))
    return;
  g_propagate_error (error, esim_qmi_failure_to_error (failure, what, status));
}

/* -- messages -- */

QmiMessage *
esim_qmi_device_new_message (EsimQmiDevice *self, guint16 id)
{
  guint8 cid = self->uim != NULL ? qmi_client_get_cid (self->uim) : QMI_CID_NONE;
  guint16 transaction = self->uim != NULL ? qmi_client_get_next_transaction_id (self->uim) : 0;

  return qmi_message_new (QMI_SERVICE_UIM, cid, transaction, id);
}

/* Of every answer: whether it is a refusal, and which (QMI's common result TLV). */
static gboolean
read_result (QmiMessage *answer, guint16 *code, GError **failure)
{
  guint16 failed;
  gsize offset = 0;
  gsize begin = qmi_message_tlv_read_init (answer, RESULT_TLV, NULL, failure);

  if (begin == 0 ||
      !qmi_message_tlv_read_guint16 (answer, begin, &offset, QMI_ENDIAN_LITTLE, &failed, failure) ||
      !qmi_message_tlv_read_guint16 (answer, begin, &offset, QMI_ENDIAN_LITTLE, code, failure))
    return FALSE;
  if (failed == 0)
    *code = 0;
  else if (*code == 0)
    *code = QMI_PROTOCOL_ERROR_UNKNOWN_ERROR;
  return TRUE;
}

static QmiMessage *
check_answer (QmiMessage *answer, const char *what, guint *refused, GError **error)
{
  g_autoptr (QmiMessage) owned = answer;
  g_autoptr (GError) failure = NULL;
  guint16 code = 0;

  if (!read_result (answer, &code, &failure)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                 "Could not %s: the modem's answer cannot be read: %s", what, failure->message);
    return NULL;
  }
  if (refused != NULL)
    *refused = code;
  if (code == 0 || refused != NULL)
    return g_steal_pointer (&owned);
  g_propagate_error (error, esim_qmi_status_to_error (code, what));
  return NULL;
}

QmiMessage *
esim_qmi_device_send (EsimQmiDevice *self, QmiMessage *request, guint timeout, const char *what,
                      guint *refused, GError **error)
{
  g_autoptr (QmiMessage) owned = request;
  g_autoptr (GError) failure = NULL;
  g_autoptr (EsimPortCall) call = NULL;
  GAsyncResult *result;
  QmiMessage *answer = NULL;

  if (refused != NULL)
    *refused = 0;
  if (!esim_port_check (ESIM_PORT (self), what, error))
    return NULL;
  call = esim_port_call_new (ESIM_PORT (self));
  qmi_device_command_full (self->qmi, request, NULL, timeout, esim_port_call_get_cancellable (call),
                           esim_port_call_done, call);
  result = esim_port_call_wait (call, timeout * 1000 + ESIM_QMI_MARGIN_MS);
  if (result != NULL)
    answer = qmi_device_command_full_finish (self->qmi, result, &failure);
  if (answer == NULL) {
    esim_qmi_device_fail (self, failure, what, NULL, error);
    return NULL;
  }
  return check_answer (answer, what, refused, error);
}

/* -- clients -- */

static QmiClient *
make_client (EsimQmiDevice *self, QmiService service, const char *what, GError **error)
{
  g_autoptr (EsimPortCall) call = esim_port_call_new (ESIM_PORT (self));
  g_autoptr (GError) failure = NULL;
  GAsyncResult *result;
  QmiClient *client = NULL;

  qmi_device_allocate_client (self->qmi, service, QMI_CID_NONE, CLIENT_TIMEOUT,
                              esim_port_call_get_cancellable (call), esim_port_call_done, call);
  result = esim_port_call_wait (call, CLIENT_TIMEOUT * 1000 + ESIM_QMI_MARGIN_MS);
  if (result != NULL)
    client = qmi_device_allocate_client_finish (self->qmi, result, &failure);
  if (client == NULL)
    esim_qmi_device_fail (self, failure, what, NULL, error);
  return client;
}

QmiClientUim *
esim_qmi_device_get_uim (EsimQmiDevice *self, GError **error)
{
  if (!esim_port_check (ESIM_PORT (self), "use the card", error))
    return NULL;
  return QMI_CLIENT_UIM (self->uim);
}

QmiClientDms *
esim_qmi_device_get_dms (EsimQmiDevice *self, GError **error)
{
  if (!esim_port_check (ESIM_PORT (self), "use the modem", error))
    return NULL;
  if (self->dms == NULL)
    self->dms = make_client (self, QMI_SERVICE_DMS, "use the modem's management", error);
  return self->dms != NULL ? QMI_CLIENT_DMS (self->dms) : NULL;
}

/* -- the port -- */

static void
on_indication (QmiDevice *qmi, QmiMessage *message, EsimQmiDevice *self)
{
  if (qmi_message_get_service (message) == QMI_SERVICE_UIM && !esim_port_is_closed (ESIM_PORT (self)))
    g_signal_emit (self, signal_indication, 0, message);
}

/* libqmi tells of a node's end alone, which comes with that of its last service. */
static void
on_service_removed (QrtrNode *node, guint service, EsimQmiDevice *self)
{
  if (service == QMI_SERVICE_UIM)
    esim_port_set_gone (ESIM_PORT (self));
}

static gboolean
make_from_node (EsimQmiDevice *self, guint number, GError **error)
{
  g_autoptr (EsimPortCall) call = NULL;
  g_autoptr (GError) failure = NULL;
  GAsyncResult *result;

  self->node = esim_qmi_node_find (ESIM_PORT (self), number, &self->bus, error);
  if (self->node == NULL)
    return FALSE;
  g_signal_connect (self->node, QRTR_NODE_SIGNAL_SERVICE_REMOVED, G_CALLBACK (on_service_removed), self);
  call = esim_port_call_new (ESIM_PORT (self));
  qmi_device_new_from_node (self->node, esim_port_call_get_cancellable (call), esim_port_call_done, call);
  result = esim_port_call_wait (call, OPEN_TIMEOUT * 1000);
  if (result != NULL)
    self->qmi = qmi_device_new_from_node_finish (result, &failure);
  if (self->qmi == NULL)
    esim_qmi_device_fail (self, failure, "use the modem's node", NULL, error);
  return self->qmi != NULL;
}

static gboolean
make_from_path (EsimQmiDevice *self, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (EsimPortCall) call = NULL;
  g_autoptr (GError) failure = NULL;
  GAsyncResult *result;
  struct stat status;

  if (stat (path, &status) != 0) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "There is no modem port %s", path);
    return FALSE;
  }
  if (!S_ISCHR (status.st_mode)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "%s is no modem's port", path);
    return FALSE;
  }
  call = esim_port_call_new (ESIM_PORT (self));
  /* Without libqmi's own check: it knows the drivers of its time alone, and no pty. */
  g_async_initable_new_async (QMI_TYPE_DEVICE, G_PRIORITY_DEFAULT, esim_port_call_get_cancellable (call),
                              esim_port_call_done, call, QMI_DEVICE_FILE, file, QMI_DEVICE_NO_FILE_CHECK,
                              TRUE, NULL);
  result = esim_port_call_wait (call, OPEN_TIMEOUT * 1000);
  if (result != NULL)
    self->qmi = qmi_device_new_finish (result, &failure);
  if (self->qmi == NULL)
    esim_qmi_device_fail (self, failure, "use the modem's port", NULL, error);
  return self->qmi != NULL;
}

static gboolean
open_qmi (EsimQmiDevice *self, EsimQmiWay way, GError **error)
{
  /* Never "sync": it takes away the clients of ModemManager. */
  QmiDeviceOpenFlags flags = QMI_DEVICE_OPEN_FLAGS_EXPECT_INDICATIONS;
  g_autoptr (GObject) proxy = NULL;
  g_autoptr (EsimPortCall) call = NULL;
  g_autoptr (GError) failure = NULL;
  GAsyncResult *result;

  if (way == ESIM_QMI_OVER_MBIM)
    flags |= QMI_DEVICE_OPEN_FLAGS_MBIM;
  if (self->use_proxy) {
    flags |= QMI_DEVICE_OPEN_FLAGS_PROXY;
    proxy =
        esim_port_await_proxy (way == ESIM_QMI_OVER_MBIM ? ESIM_PORT_MBIM_PROXY : ESIM_PORT_QMI_PROXY, error);
    if (proxy == NULL)
      return FALSE;
  }
  call = esim_port_call_new (ESIM_PORT (self));
  qmi_device_open (self->qmi, flags, OPEN_TIMEOUT, esim_port_call_get_cancellable (call), esim_port_call_done,
                   call);
  result = esim_port_call_wait (call, OPEN_TIMEOUT * 1000 + ESIM_QMI_MARGIN_MS);
  if (result != NULL && qmi_device_open_finish (self->qmi, result, &failure))
    return TRUE;
  if (self->use_proxy && esim_port_is_gone (ESIM_PORT (self)))
    esim_port_set_proxy_error (error);
  else
    esim_qmi_device_fail (self, failure, "open the modem", NULL, error);
  return FALSE;
}

EsimQmiDevice *
esim_qmi_device_open (EsimQmiWay way, const char *path, guint node, gboolean use_proxy, GError **error)
{
  g_autoptr (EsimQmiDevice) self = g_object_new (ESIM_TYPE_QMI_DEVICE, NULL);

  self->use_proxy = use_proxy && way != ESIM_QMI_QRTR;
  if (!(way == ESIM_QMI_QRTR ? make_from_node (self, node, error) : make_from_path (self, path, error)))
    return NULL;
  g_signal_connect (self->qmi, QMI_DEVICE_SIGNAL_INDICATION, G_CALLBACK (on_indication), self);
  g_signal_connect_swapped (self->qmi, QMI_DEVICE_SIGNAL_REMOVED, G_CALLBACK (esim_port_set_gone), self);
  if (!open_qmi (self, way, error))
    return NULL;
  self->uim = make_client (self, QMI_SERVICE_UIM, "use the modem's card service", error);
  return self->uim != NULL ? g_steal_pointer (&self) : NULL;
}

/* -- the end -- */

static guint
left_ms (gint64 end)
{
  return (guint) MAX ((end - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND, 1);
}

/* Its number goes back to the modem, which has few. */
static gboolean
release (EsimQmiDevice *self, QmiClient **client, gint64 end)
{
  g_autoptr (QmiClient) released = g_steal_pointer (client);
  g_autoptr (EsimPortCall) call = NULL;
  g_autoptr (GError) failure = NULL;
  GAsyncResult *result;

  if (released == NULL)
    return TRUE;
  call = esim_port_call_new (ESIM_PORT (self));
  qmi_device_release_client (self->qmi, released, QMI_DEVICE_RELEASE_CLIENT_FLAGS_RELEASE_CID,
                             left_ms (end) / 1000 + 1, esim_port_call_get_cancellable (call),
                             esim_port_call_done, call);
  result = esim_port_call_wait (call, left_ms (end));
  if (result != NULL && qmi_device_release_client_finish (self->qmi, result, &failure))
    return TRUE;
  g_debug ("the modem did not take a client back: %s", failure != NULL ? failure->message : "no answer");
  return FALSE;
}

/* Of a port that is gone libqmi alone is told. */
static void
forget (EsimQmiDevice *self, QmiClient **client)
{
  g_autoptr (QmiClient) forgotten = g_steal_pointer (client);

  if (forgotten != NULL)
    qmi_device_release_client (self->qmi, forgotten, QMI_DEVICE_RELEASE_CLIENT_FLAGS_NONE, 1, NULL, NULL,
                               NULL);
}

guint8
esim_qmi_device_get_client (EsimQmiDevice *self)
{
  return self->uim != NULL ? qmi_client_get_cid (self->uim) : 0;
}

void
esim_qmi_device_release_stale (EsimQmiDevice *self, guint8 client)
{
  g_autoptr (EsimPortCall) call = NULL;
  QmiClient *stale = NULL;
  GAsyncResult *result;

  if (client == esim_qmi_device_get_client (self))
    return; /* the modem had it back already */
  call = esim_port_call_new (ESIM_PORT (self));
  /* With a number of its own this sends nothing. */
  qmi_device_allocate_client (self->qmi, QMI_SERVICE_UIM, client, 1, esim_port_call_get_cancellable (call),
                              esim_port_call_done, call);
  result = esim_port_call_wait (call, 1000 + ESIM_QMI_MARGIN_MS);
  if (result != NULL)
    stale = qmi_device_allocate_client_finish (self->qmi, result, NULL);
  (void) release (self, &stale, g_get_monotonic_time () + CLIENT_TIMEOUT * G_USEC_PER_SEC);
}

static void
close_by_force (EsimQmiDevice *self)
{
  forget (self, &self->dms);
  forget (self, &self->uim);
  qmi_device_close_async (self->qmi, 1, NULL, NULL, NULL);
}

gboolean
esim_qmi_device_close (EsimQmiDevice *self, guint timeout_ms)
{
  gint64 end = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  g_autoptr (EsimPortCall) call = NULL;
  g_autoptr (GError) failure = NULL;
  GAsyncResult *result;
  gboolean released;

  if (!esim_port_set_closed (ESIM_PORT (self)) || self->qmi == NULL)
    return FALSE;
  if (esim_port_is_gone (ESIM_PORT (self))) {
    close_by_force (self);
    return FALSE;
  }
  released = release (self, &self->uim, end);
  (void) release (self, &self->dms, end);
  call = esim_port_call_new (ESIM_PORT (self));
  qmi_device_close_async (self->qmi, left_ms (end) / 1000 + 1, esim_port_call_get_cancellable (call),
                          esim_port_call_done, call);
  result = esim_port_call_wait (call, left_ms (end));
  if (result == NULL || !qmi_device_close_finish (self->qmi, result, &failure))
    g_debug ("the modem did not take leave: %s", failure != NULL ? failure->message : "no answer");
  return released;
}

static void
esim_qmi_device_dispose (GObject *object)
{
  EsimQmiDevice *self = ESIM_QMI_DEVICE (object);

  if (self->qmi != NULL) {
    g_signal_handlers_disconnect_by_data (self->qmi, self);
    if (esim_port_set_closed (ESIM_PORT (self)))
      close_by_force (self);
  }
  if (self->node != NULL)
    g_signal_handlers_disconnect_by_data (self->node, self);
  g_clear_object (&self->qmi);
  g_clear_object (&self->node);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (esim_qmi_device_parent_class)->dispose (object);
}

static void
esim_qmi_device_class_init (EsimQmiDeviceClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_qmi_device_dispose;
  signal_indication = g_signal_new ("indication", ESIM_TYPE_QMI_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
esim_qmi_device_init (EsimQmiDevice *self)
{
}
