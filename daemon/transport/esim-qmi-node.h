/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libqrtr-glib.h>

#include "esim-port.h"

G_BEGIN_DECLS

/**
 * esim_qmi_node_find:
 * @port: to which the waits belong
 * @number: of the node
 * @bus: (out) (transfer full): to be kept as long as the node is used
 *
 * Waits, some seconds at most, for a node of the QRTR bus that has the card's service. NOT_SUPPORTED where
 * the kernel has no QRTR, CARD_REMOVED without such a node, NOT_SUPPORTED without the service.
 *
 * Returns: (transfer full)
 */
QrtrNode *
esim_qmi_node_find (EsimPort *port, guint number, QrtrBus **bus, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
