/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration-record.h"
#include "esim-worker.h"

G_BEGIN_DECLS

/**
 * EsimRecordWritten:
 * @record: (transfer full) (nullable): what is on the disk now; %NULL if it was taken away, or if not
 * @error: (nullable): why not; what was there before is still there
 *
 * In the main thread.
 */
typedef void (*EsimRecordWritten) (GObject *owner, EsimDeregistrationRecord *record, const GError *error,
                                   gpointer user_data);

/**
 * esim_record_writer_run:
 * @disk: whose thread writes, so that the main loop never waits for a disk
 * @record: (transfer full): a dry run's is not written, and taken as if it were
 * @remove: takes it from the disk instead
 * @owner: kept alive until @written
 */
void esim_record_writer_run (EsimWorker *disk, EsimStore *store, EsimDeregistrationRecord *record,
                             gboolean remove, GObject *owner, EsimRecordWritten written, gpointer user_data);

G_END_DECLS
