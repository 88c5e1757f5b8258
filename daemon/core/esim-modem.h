/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-euicc.h"

G_BEGIN_DECLS

/**
 * EsimModem:
 *
 * A modem that is there, or that the configuration says will be, and the eUICC in it: follows the port as it
 * goes and comes back, under whatever number, and the card as it is pulled and put back. Main thread.
 */
typedef struct _EsimModem EsimModem;

/* @added, @removed: the eUICC is one to be shown, or not any more. @changed: as its signal, while it is
 * shown. */
typedef struct {
  void (*added) (EsimEuicc *euicc, gpointer user_data);
  void (*removed) (EsimEuicc *euicc, gpointer user_data);
  void (*changed) (EsimEuicc *euicc, gpointer user_data);
  gpointer user_data;
} EsimModemEvents;

/**
 * esim_modem_new:
 * @setup: copied; its member modem is not looked at
 * @config: (transfer full) if not @configured; else it outlives the modem
 * @configured: it is the configuration's: its port is watched for where no udev tells of it
 *
 * esim_modem_open() comes next.
 */
EsimModem *esim_modem_new (const EsimEuiccSetup *setup, EsimModemConfig *config, gboolean configured,
                           const EsimModemEvents *events);
void esim_modem_free (EsimModem *self);

/* Whether this is the modem of this @name; a configured one also by its @path. Without a @name: the one whose
 * port is there, at @path. */
gboolean esim_modem_is (EsimModem *self, const char *path, const char *name);

/* Begins to look at what is on its port. */
void esim_modem_open (EsimModem *self);

/* The port has come, maybe as another node. */
void esim_modem_come (EsimModem *self, const char *path);

/* Another modem's port is at @path now: whatever was there before is not this one's any more. */
void esim_modem_yield (EsimModem *self, const char *path);

/* The port has gone. */
void esim_modem_go (EsimModem *self);

/* The service stops: nothing is opened any more. The eUICC is stopped by whoever shows it, or by
 * esim_modem_free(). */
void esim_modem_stop (EsimModem *self);

/* (transfer none) (nullable): also while it is not shown */
EsimEuicc *esim_modem_get_euicc (EsimModem *self);

G_END_DECLS
