/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-slot.h"

G_BEGIN_DECLS

/**
 * EsimModem:
 *
 * A modem that is there, or that the configuration says will be: its ports as they go and come back, under
 * whatever number, and its slots. The slot that the modem uses is always looked at; another one gets an
 * #EsimSlot too where it may hold an eUICC, so that it can be seen and asked for. None is switched to learn
 * more. Main thread.
 */
typedef struct _EsimModem EsimModem;

/**
 * esim_modem_new:
 * @setup: copied; its member modem is not looked at
 * @config: (transfer full)
 * @configured: it is the configuration's: its port is watched for where no udev tells of it
 *
 * esim_modem_open() comes next.
 */
EsimModem *esim_modem_new (const EsimEuiccSetup *setup, EsimModemConfig *config, gboolean configured,
                           const EsimSlotEvents *events);
void esim_modem_free (EsimModem *self);

/* Whether this is the modem of this @name; a configured one also by its @path. Without a @name: the one whose
 * port is there, at @path. */
gboolean esim_modem_is (EsimModem *self, const char *path, const char *name);

/* Begins to look at what is on its ports. */
void esim_modem_open (EsimModem *self);

/* A port has come, maybe as another node. */
void esim_modem_come (EsimModem *self, const char *path, const char *transport);

/* Another modem's port is at @path now: whatever was there before is not this one's any more. */
void esim_modem_yield (EsimModem *self, const char *path);

/* A port has gone. */
void esim_modem_go (EsimModem *self, const char *path);

/* The service stops: nothing is opened any more. */
void esim_modem_stop (EsimModem *self);

/* The first; the eUICC of a modem with one slot. (transfer none) (nullable): also while it is not shown */
EsimEuicc *esim_modem_get_euicc (EsimModem *self);

/* (transfer none) (element-type EsimSlot) */
GPtrArray *esim_modem_get_slots (EsimModem *self);

/* @euicc is one of its slots'. */
gboolean esim_modem_has (EsimModem *self, EsimEuicc *euicc);

/* (nullable): the slot that the modem uses, as far as it is known */
EsimEuicc *esim_modem_find_active (EsimModem *self);

/* One of its ports is there, or is waited for: never of one that is left alone. */
gboolean esim_modem_has_port (EsimModem *self);

/* (nullable): the eUICC in this slot that is shown */
EsimEuicc *esim_modem_find_shown (EsimModem *self, guint slot);

/* What the modem last told of its slots. (transfer none) (nullable) (element-type EsimCardSlot) */
GPtrArray *esim_modem_get_told_slots (EsimModem *self);

/* The configuration's parameters, with the ways that are there now. */
const EsimModemConfig *esim_modem_get_config (EsimModem *self);

G_END_DECLS
