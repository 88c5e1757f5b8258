/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-call.h"

G_BEGIN_DECLS

/* Profile.Deregister: validates and does it; the call's target is the eUICC, its text the ICCID. */
gboolean esim_bus_deregister_validate (EsimCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_bus_deregister_act (EsimCall *call);

/* Manager.DeregisterIccid: handles it on @iface (EsimDBusManager) as long as that lives. */
void esim_bus_deregister_handle (EsimBus *bus, gpointer iface);

G_END_DECLS
