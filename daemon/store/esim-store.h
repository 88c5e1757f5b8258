/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimStore:
 *
 * Durable records: keyfiles in folders of the state directory, one file a record. Knows nothing of what they
 * mean. Any thread may use it; a record itself has one writer at a time.
 */
typedef struct _EsimStore EsimStore;

#define ESIM_STORE_RECORD_MAX (512 * 1024)
#define ESIM_STORE_RECORDS_MAX 1024

/**
 * EsimStoreEntry:
 * @id: the record's name
 * @keyfile: what is in it; %NULL if it cannot be used
 * @problem: why it cannot be used, in words; %NULL if it can
 * @path: its file
 * @text: of an unusable record: what could be read of the file, for a search in it; may be %NULL
 */
typedef struct {
  char *id;
  GKeyFile *keyfile;
  char *problem;
  char *path;
  char *text;
} EsimStoreEntry;

void esim_store_entry_free (EsimStoreEntry *entry);

/* Makes the folder, 0700, if it is not there. STORAGE_ERROR. */
EsimStore *esim_store_new (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_store_free (EsimStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimStore, esim_store_free)

/* Returns: (transfer full): a random name for a new record: 32 hexadecimal digits */
char *esim_store_make_id (void);

/**
 * esim_store_write:
 * @kind: the folder
 * @version: of the record's format, kept as key "version" of group "record"
 *
 * Replaces the record whole; when it returns %TRUE it is on the disk, its name included. STORAGE_ERROR
 * otherwise: what was there before is still there, whole.
 */
gboolean esim_store_write (EsimStore *self, const char *kind, const char *id, guint version,
                           GKeyFile *keyfile, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes it away and syncs the folder. One that is not there is success. */
gboolean esim_store_remove (EsimStore *self, const char *kind, const char *id,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean esim_store_has (EsimStore *self, const char *kind, const char *id);

/**
 * esim_store_list:
 * @version: the newest format that the caller reads; a newer record is reported with a problem and otherwise
 * left alone
 *
 * Also takes away the temporary files that writes which were cut off left in the folder.
 *
 * Returns: (transfer full) (element-type EsimStoreEntry): every record of the folder, the damaged ones too;
 * the last has a problem and the folder's path where there are more than ESIM_STORE_RECORDS_MAX
 */
GPtrArray *
esim_store_list (EsimStore *self, const char *kind, guint version, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads one. NOT_FOUND, STORAGE_ERROR (damaged, or of a newer version). */
GKeyFile *esim_store_read (EsimStore *self, const char *kind, const char *id, guint version,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
