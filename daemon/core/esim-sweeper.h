/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-euicc.h"

G_BEGIN_DECLS

/**
 * EsimSweeper:
 *
 * Takes acknowledged notifications off their cards, and then off the disk. What a card would not forget is
 * told to it again after a while, not at once. Main thread only.
 */
typedef struct _EsimSweeper EsimSweeper;

/* Whether somebody still needs it: then it stays, in the outbox and on the card. */
typedef gboolean (*EsimSweeperWanted) (const EsimOutboxItem *item, gpointer user_data);

/* @config: outlives it. @euiccs: (element-type EsimEuicc): those that there are, as they come and go */
EsimSweeper *esim_sweeper_new (const EsimConfig *config, EsimOutbox *outbox, GPtrArray *euiccs,
                               EsimSweeperWanted is_wanted, gpointer user_data);
/* Jobs that are under way keep it. */
void esim_sweeper_unref (EsimSweeper *self);

/* Sweeps what can be swept now. */
void esim_sweeper_run (EsimSweeper *self);

/* The outbox has let go of something. */
void esim_sweeper_update (EsimSweeper *self);

/* No new job. @is_wanted is not called any more. */
void esim_sweeper_stop (EsimSweeper *self);

G_END_DECLS
