/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-euicc.h"

G_BEGIN_DECLS

/**
 * EsimSlot:
 *
 * A slot of a modem that is there, or that the configuration says will be, and the eUICC in it: follows the
 * port as it goes and comes back, and the card as it is pulled and put back. Main thread.
 */
typedef struct _EsimSlot EsimSlot;

/* @added, @removed: the eUICC is one to be shown, or not any more. @changed: as its signal, whether it is
 * shown or not. */
typedef struct {
  void (*added) (EsimEuicc *euicc, gpointer user_data);
  void (*removed) (EsimEuicc *euicc, gpointer user_data);
  void (*changed) (EsimEuicc *euicc, gpointer user_data);
  gpointer user_data;
} EsimSlotEvents;

/**
 * esim_slot_new:
 * @setup: copied; its member modem is not looked at
 * @config: (transfer full)
 * @watched: its port is watched for where no udev tells of it
 *
 * esim_slot_open() comes next.
 */
EsimSlot *esim_slot_new (const EsimEuiccSetup *setup, EsimModemConfig *config, gboolean watched,
                         const EsimSlotEvents *events);
void esim_slot_free (EsimSlot *self);

const EsimModemConfig *esim_slot_get_config (EsimSlot *self);

/* Physical, from 1; 0 while it is not known which one it is. */
guint esim_slot_get_number (EsimSlot *self);

/* Begins to look at what is on its port. */
void esim_slot_open (EsimSlot *self);

/* The port has come back, as it was. */
void esim_slot_come (EsimSlot *self);

/* The port has come back under another name, or there are other ways: @config (transfer full). */
void esim_slot_renew (EsimSlot *self, EsimModemConfig *config);

/* The port has gone. */
void esim_slot_go (EsimSlot *self);

/* The port is another modem's now. */
void esim_slot_yield (EsimSlot *self);

/* The service stops: nothing is opened any more. The eUICC is stopped by whoever shows it, or by
 * esim_slot_free(). */
void esim_slot_stop (EsimSlot *self);

/* (transfer none) (nullable): also while it is not shown */
EsimEuicc *esim_slot_get_euicc (EsimSlot *self);

gboolean esim_slot_is_shown (EsimSlot *self);

G_END_DECLS
