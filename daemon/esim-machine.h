/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-manager.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * EsimMachine:
 *
 * This machine as the manager needs it: its transports, its ports as they come and go, and whoever else
 * lives on it (ModemManager, NetworkManager, logind, systemd). Everything here only joins the rooms of the
 * house with one another. Main thread.
 */
typedef struct _EsimMachine EsimMachine;

/* @config and @runtime_dir outlive it. */
EsimMachine *esim_machine_new (GDBusConnection *connection, const EsimConfig *config,
                               const char *runtime_dir) G_GNUC_WARN_UNUSED_RESULT;

/* What a manager is handed of it; the machine outlives the manager. */
void esim_machine_fill (EsimMachine *self, EsimManagerSetup *setup);

/* Tells @manager of ports from now on, after those that are there already. */
void esim_machine_start (EsimMachine *self, EsimManager *manager);

/* No port is told any more, nobody is kept off any modem. */
void esim_machine_stop (EsimMachine *self);
void esim_machine_free (EsimMachine *self);

G_END_DECLS
