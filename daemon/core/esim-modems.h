/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-modem.h"

G_BEGIN_DECLS

/**
 * EsimModems:
 *
 * The modems and readers of this machine: those of the configuration, and those whose ports come and go.
 * Main thread.
 */
typedef struct _EsimModems EsimModems;

/* A port that is not used, and why. */
typedef struct {
  EsimWay way;
  char *modem;
  char *reason;
} EsimLeftOut;

/* @setup: copied; its member modem is not looked at. */
EsimModems *esim_modems_new (const EsimEuiccSetup *setup, const EsimSlotEvents *events);
void esim_modems_free (EsimModems *self);

/* Begins to look at those of the configuration. */
void esim_modems_start (EsimModems *self);

/* No port is opened any more; what runs ends within @grace_ms. Waits for that. */
void esim_modems_stop (EsimModems *self, guint grace_ms);

/* A modem's port has appeared, or gone. @path is the port; @name stays the same over re-enumerations. Ports
 * that the configuration names are the configuration's. */
void esim_modems_add_port (EsimModems *self, const char *path, const char *transport, const char *name);
void esim_modems_remove_port (EsimModems *self, const char *path);

/* A port that is not used, and why: shown, and nothing more. */
void esim_modems_leave_out (EsimModems *self, const char *path, const char *transport, const char *name,
                            const char *reason);

/* A modem of this name, or with this port, that is used or left out. */
gboolean esim_modems_knows (EsimModems *self, const char *name, const char *path);

/* There is a port by which a card may come, or one that the configuration waits for. */
gboolean esim_modems_has_port (EsimModems *self);

/* (transfer none) (element-type EsimModem) */
GPtrArray *esim_modems_get_list (EsimModems *self);

/* (transfer none) (element-type EsimLeftOut) */
GPtrArray *esim_modems_get_left_out (EsimModems *self);

/* (nullable): the slot of the same modem that the modem uses now */
EsimEuicc *esim_modems_find_active_slot (EsimModems *self, EsimEuicc *euicc);

G_END_DECLS
