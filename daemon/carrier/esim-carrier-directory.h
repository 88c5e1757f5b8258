/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier-match.h"

G_BEGIN_DECLS

#define ESIM_CARRIER_FILES_MAX 1000 /* of all folders together */

/**
 * EsimCarrierDirectory:
 *
 * The carriers of some folders. Nothing is read before something is asked, and what has changed on disk since
 * is read again then. A minute after the last question all of it is let go of, from the main loop: whoever
 * keeps a carrier for longer than the call in which it was asked for takes a reference. Main thread only.
 */
typedef struct _EsimCarrierDirectory EsimCarrierDirectory;

/**
 * esim_carrier_directory_new:
 * @folders: those that count first come first: a file hides the files of its name in the folders after it,
 *   and an empty one hides them and says nothing. One that is not there is as good as an empty one.
 */
EsimCarrierDirectory *esim_carrier_directory_new (const char *const *folders);
void esim_carrier_directory_free (EsimCarrierDirectory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimCarrierDirectory, esim_carrier_directory_free)

/**
 * esim_carrier_directory_list:
 * Returns: (transfer none) (element-type EsimCarrier): by their ids, until the next call or the main loop. A
 * file with a problem is left out, and the problem is in the log.
 */
GPtrArray *esim_carrier_directory_list (EsimCarrierDirectory *self);

/* Returns: (transfer none) (nullable): until the next call or the main loop */
EsimCarrier *esim_carrier_directory_find (EsimCarrierDirectory *self, const char *id);

/* How long after a question it lets go of what was read; for the next question on. */
void esim_carrier_directory_set_linger (EsimCarrierDirectory *self, guint seconds);

/* Lets go of what was read at once; it is read again when it is asked for. */
void esim_carrier_directory_forget (EsimCarrierDirectory *self);

G_END_DECLS
