/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-bus.h"

G_BEGIN_DECLS

/* Handles ListModems of the manager's interface. @iface: the skeleton */
void esim_bus_modems_handle (EsimBus *bus, gpointer iface);

G_END_DECLS
