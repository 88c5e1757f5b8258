/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "qmi-peer.h"

/* The QRTR bus as a kernel has it, for kernels that have none: what this process does with sockets of that
 * kind ends here. One node, with a QMI modem behind its services. */

#define QRTR_BUS_NODE 7

/* From now on sockets of the bus can be made. @peer: nullable: a node without the card's service */
void qrtr_bus_start (QmiPeer *peer);

/* The node comes onto the bus, and leaves it. */
void qrtr_bus_plug (void);
void qrtr_bus_unplug (void);

/* Its service for the card alone leaves. */
void qrtr_bus_drop_card_service (void);

/* No socket can be made any more. */
void qrtr_bus_stop (void);
