/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier-directory.h"
#include "esim-manager.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * EsimBus:
 *
 * The objects of org.esimd1 on a bus: they follow the manager's. Main thread.
 */
typedef struct _EsimBus EsimBus;

/* Exports what is there, and from then on whatever comes. @carriers: outlives it */
EsimBus *esim_bus_new (GDBusConnection *connection, EsimManager *manager, EsimCarrierDirectory *carriers);

/* Takes everything off the bus. A call that is still on its way, waiting for a prompt maybe, ends with
 * CANCELLED. */
void esim_bus_free (EsimBus *self);

/* For the files of this room: */

/* A call on its way keeps what is left of it. */
EsimBus *esim_bus_ref (EsimBus *self);
void esim_bus_unref (EsimBus *self);
gboolean esim_bus_is_over (EsimBus *self);
EsimManager *esim_bus_get_manager (EsimBus *self);
GDBusObjectManagerServer *esim_bus_get_server (EsimBus *self);
/* A number that was never used for this @kind: "euicc", … */
guint esim_bus_next_number (EsimBus *self, const char *kind);
/* The path of an EsimEuicc, EsimOperation or EsimDeregistration; "/" if it is not exported. @object:
 * (nullable) */
const char *esim_bus_get_path (EsimBus *self, gpointer object);
void esim_bus_set_path (EsimBus *self, gpointer object, const char *path);
/* The path of a profile, "/" if it is not there. */
const char *esim_bus_get_profile_path (EsimBus *self, EsimEuicc *euicc, const char *iccid);
/* Has what changed of an eUICC told now. */
void esim_bus_flush_euicc (EsimBus *self, EsimEuicc *euicc);
/* Refreshes what other objects show of the deregistrations. */
void esim_bus_update_profiles (EsimBus *self);
/* Refreshes what deregistrations show of the profiles. */
void esim_bus_update_deregistrations (EsimBus *self);

/* The methods of the manager that are about carriers. @iface: EsimDBusManager */
typedef struct _EsimBusCarriers EsimBusCarriers;
EsimBusCarriers *esim_bus_carriers_new (EsimBus *bus, gpointer iface, EsimCarrierDirectory *directory);
void esim_bus_carriers_free (EsimBusCarriers *self);

/* One exported object of each kind: freed, it is off the bus. */
typedef struct _EsimBusEuicc EsimBusEuicc;
EsimBusEuicc *esim_bus_euicc_new (EsimBus *bus, EsimEuicc *euicc);
void esim_bus_euicc_free (EsimBusEuicc *self);
void esim_bus_euicc_update (EsimBusEuicc *self);
const char *esim_bus_euicc_get_profile_path (EsimBusEuicc *self, const char *iccid);
/* Has what changed of it and of its profiles told now, and not when the loop is idle. */
void esim_bus_euicc_flush (EsimBusEuicc *self);

typedef struct _EsimBusProfile EsimBusProfile;
EsimBusProfile *
esim_bus_profile_new (EsimBus *bus, EsimEuicc *euicc, EsimProfileInfo *info, const char *path);
void esim_bus_profile_free (EsimBusProfile *self);
void esim_bus_profile_update (EsimBusProfile *self, EsimProfileInfo *info);
const char *esim_bus_profile_get_path (EsimBusProfile *self);
void esim_bus_profile_flush (EsimBusProfile *self);

typedef struct _EsimBusOperation EsimBusOperation;
EsimBusOperation *esim_bus_operation_new (EsimBus *bus, EsimOperation *operation);
void esim_bus_operation_free (EsimBusOperation *self);

typedef struct _EsimBusDeregistration EsimBusDeregistration;
EsimBusDeregistration *esim_bus_deregistration_new (EsimBus *bus, EsimDeregistration *deregistration);
void esim_bus_deregistration_free (EsimBusDeregistration *self);
void esim_bus_deregistration_update (EsimBusDeregistration *self);

G_END_DECLS
