/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-record-writer.h"

typedef struct {
  EsimStore *store;
  EsimDeregistrationRecord *record;
  gboolean remove;
  GObject *owner;
  EsimRecordWritten written;
  gpointer user_data;
  GError *error;
} Write;

static void
write_free (gpointer data)
{
  Write *write = data;

  esim_deregistration_record_free (write->record);
  g_clear_error (&write->error);
  g_object_unref (write->owner);
  g_free (write);
}

static void
write_done (gpointer data)
{
  Write *write = data;
  gboolean written = write->error == NULL && !write->remove;

  write->written (write->owner, written ? g_steal_pointer (&write->record) : NULL, write->error,
                  write->user_data);
}

static void
write_job (gpointer data)
{
  Write *write = data;
  gboolean ok = TRUE;

  if (write->remove)
    ok = esim_store_remove (write->store, ESIM_DEREGISTRATION_KIND, write->record->id, &write->error);
  else if (!write->record->dry_run)
    ok = esim_deregistration_record_write (write->record, write->store, &write->error);
  g_assert (ok == (write->error == NULL));
  esim_worker_post_to_main (write_done, write, write_free);
}

void
esim_record_writer_run (EsimWorker *disk, EsimStore *store, EsimDeregistrationRecord *record, gboolean remove,
                        GObject *owner, EsimRecordWritten written, gpointer user_data)
{
  Write *write = g_new0 (Write, 1);

  *write = (Write){store, record, remove, g_object_ref (owner), written, user_data, NULL};
  esim_worker_push (disk, write_job, write, NULL);
}
