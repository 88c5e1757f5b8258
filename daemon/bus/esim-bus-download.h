/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-call.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The methods of org.esimd1.Euicc and Profile by which profiles come, and what goes with them. Each takes a
 * call that was made for the eUICC and runs it.
 */
void esim_bus_download (EsimCall *call, const char *code);
void esim_bus_discover (EsimCall *call);
void esim_bus_reset_memory (EsimCall *call, const char *const *what);
void esim_bus_set_default_address (EsimCall *call, const char *address);
/* call->text: the profile's ICCID */
void esim_bus_get_icon (EsimCall *call);

/* ParseActivationCode and ListTrust. @iface: EsimDBusManager */
void esim_bus_manager_download_handle (EsimBus *bus, gpointer iface);

G_END_DECLS
