/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * EsimPcscReaders:
 *
 * Which smart card readers there are. Main thread; costs nothing while nothing changes.
 *
 * Signals:
 *  "reader-added" (name): a reader is there; each slot of one that has several counts as one
 *  "reader-removed" (name)
 */
#define ESIM_TYPE_PCSC_READERS (esim_pcsc_readers_get_type ())
G_DECLARE_FINAL_TYPE (EsimPcscReaders, esim_pcsc_readers, ESIM, PCSC_READERS, GObject)

EsimPcscReaders *esim_pcsc_readers_new (void);

/**
 * esim_pcsc_readers_start:
 * Begins to look, or looks again where the service was not to be had: that is said once in the log. A service
 * that was there and ended is looked for again a few times by itself, because it may be on its way back.
 */
void esim_pcsc_readers_start (EsimPcscReaders *self);

/* Looks no more; tells of no removal. */
void esim_pcsc_readers_stop (EsimPcscReaders *self);

G_END_DECLS
