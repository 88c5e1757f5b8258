/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-euicc.h"
#include "esim-http-hub.h"

G_BEGIN_DECLS

/**
 * EsimDownloads:
 *
 * Sees to it that no download is left unaccounted for: whenever a card comes within reach, what an earlier
 * run or a lost card left of a download is looked after, and what came of it is told as an operation that has
 * ended. Main thread only.
 */
typedef struct _EsimDownloads EsimDownloads;

/* An operation of kind "download", for the one who asked for it then; it ends right after. */
typedef void (*EsimDownloadsTold) (EsimOperation *operation, gpointer user_data);

EsimDownloads *
esim_downloads_new (const EsimConfig *config, EsimHttpHub *hub, EsimDownloadsTold told, gpointer user_data);
/* Jobs that are under way keep it. */
void esim_downloads_unref (EsimDownloads *self);

/* Something of this card is new: it may have come within reach. */
void esim_downloads_update (EsimDownloads *self, EsimEuicc *euicc);

/**
 * esim_downloads_look_again:
 * @told: (nullable): a record of which nobody needs to be told any more, whatever it says
 *
 * A download of this card's has left something to be done.
 */
void esim_downloads_look_again (EsimDownloads *self, EsimEuicc *euicc, const char *told);

/* The card went for good. */
void esim_downloads_forget (EsimDownloads *self, EsimEuicc *euicc);

/* No new job; nobody is told any more. */
void esim_downloads_stop (EsimDownloads *self);

G_END_DECLS
