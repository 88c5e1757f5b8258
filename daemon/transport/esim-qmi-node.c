/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-node.h"

#include <libqmi-glib.h>

#include "esim-error.h"

#define LOOKUP_MS 2000 /* until the bus has named all that is there */
#define NODE_MS 5000
#define SERVICE_MS 5000
#define MARGIN_MS 2000

static QrtrBus *
open_bus (EsimPort *port, GError **error)
{
  g_autoptr (EsimPortCall) call = esim_port_call_new (port);
  g_autoptr (GError) failure = NULL;
  GAsyncResult *result;
  QrtrBus *bus = NULL;

  qrtr_bus_new (LOOKUP_MS, esim_port_call_get_cancellable (call), esim_port_call_done, call);
  result = esim_port_call_wait (call, LOOKUP_MS + MARGIN_MS);
  if (result != NULL)
    bus = qrtr_bus_new_finish (result, &failure);
  if (bus == NULL)
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                 "There is no QRTR bus here (%s): load the kernel's module qrtr",
                 failure != NULL ? failure->message : "no answer");
  return bus;
}

static QrtrNode *
wait_for_node (EsimPort *port, QrtrBus *bus, guint number, GError **error)
{
  g_autoptr (EsimPortCall) call = esim_port_call_new (port);
  g_autoptr (GError) failure = NULL;
  GAsyncResult *result;
  QrtrNode *node = NULL;

  qrtr_bus_wait_for_node (bus, number, NODE_MS, esim_port_call_get_cancellable (call), esim_port_call_done,
                          call);
  result = esim_port_call_wait (call, NODE_MS + MARGIN_MS);
  if (result != NULL)
    node = qrtr_bus_wait_for_node_finish (bus, result, &failure);
  if (node == NULL)
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "There is no node %u on the QRTR bus: %s",
                 number, failure != NULL ? failure->message : "no answer");
  return node;
}

static gboolean
wait_for_service (EsimPort *port, QrtrNode *node, GError **error)
{
  g_autoptr (EsimPortCall) call = NULL;
  g_autoptr (GArray) services = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GError) failure = NULL;
  guint32 uim = QMI_SERVICE_UIM;
  GAsyncResult *result;

  if (qrtr_node_lookup_port (node, uim) >= 0)
    return TRUE;
  g_array_append_val (services, uim);
  call = esim_port_call_new (port);
  qrtr_node_wait_for_services (node, services, SERVICE_MS, esim_port_call_get_cancellable (call),
                               esim_port_call_done, call);
  result = esim_port_call_wait (call, SERVICE_MS + MARGIN_MS);
  if (result != NULL && qrtr_node_wait_for_services_finish (node, result, &failure))
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
               "Node %u of the QRTR bus has no service for the card: it may not be a modem",
               qrtr_node_get_id (node));
  return FALSE;
}

QrtrNode *
esim_qmi_node_find (EsimPort *port, guint number, QrtrBus **bus, GError **error)
{
  g_autoptr (QrtrBus) found = open_bus (port, error);
  g_autoptr (QrtrNode) node = NULL;

  if (found == NULL)
    return NULL;
  node = wait_for_node (port, found, number, error);
  if (node == NULL || !wait_for_service (port, node, error))
    return NULL;
  *bus = g_steal_pointer (&found);
  return g_steal_pointer (&node);
}
