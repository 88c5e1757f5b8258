/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For esim-manager.c, the sets of what there is, and esim-manager-deregister.c, what may be added to the
 * deregistrations. */
#include "esim-manager.h"
#include "esim-modems.h"
#include "esim-sweeper.h"

G_BEGIN_DECLS

struct _EsimManager {
  GObject parent;
  EsimManagerSetup setup;
  EsimDeregistrationSetup shared;
  EsimHttpHub *hub;
  EsimOutbox *outbox;
  EsimDownloads *downloads;
  EsimWorker *disk;
  EsimCarrierWorker *carrier_worker;
  EsimModems *modems;
  GPtrArray *euiccs;
  GPtrArray *operations;
  GPtrArray *deregistrations;
  EsimSweeper *sweeper;
  gboolean loaded;
  gboolean ready;
  gboolean stopped;
};

/* @deregistration: (transfer full): told to everybody; a dry run goes again by itself. Returns: (transfer
 * none) */
EsimDeregistration *esim_manager_begin_deregistration (EsimManager *self, EsimDeregistration *deregistration);

G_END_DECLS
