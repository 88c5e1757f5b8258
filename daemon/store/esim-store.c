/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-store.h"
#include "esim-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#define GROUP "record"
#define KEY_VERSION "version"
#define SUFFIX ".record"
#define ID_OCTETS 16
#define TEMPORARY_LETTERS 6 /* what GLib hangs on a name, after a dot, while it writes the file */

struct _EsimStore {
  char *path;
  /* Readers: writes that are under way, as many as like. Writer: the cleaning, which must not take a write's
   * temporary file for one that was left behind. */
  GRWLock writes;
};

static gboolean
storage_error (GError **error, int code, const char *what, const char *path)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR,
               "could not %s %s: %s; free some space or mend the file system, then try again", what, path,
               g_strerror (code));
  return FALSE;
}

static gboolean
make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0700) != 0)
    return storage_error (error, errno, "make", path);
  return TRUE;
}

/* A name is only as durable as the folder that holds it. */
static gboolean
sync_folder (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result, code;

  if (fd < 0)
    return storage_error (error, errno, "open", path);
  result = fsync (fd);
  code = errno;
  close (fd);
  return result == 0 || storage_error (error, code, "sync", path);
}

EsimStore *
esim_store_new (const char *path, GError **error)
{
  EsimStore *self;

  if (!make_folder (path, error))
    return NULL;
  if (g_access (path, W_OK | X_OK) != 0) {
    storage_error (error, errno, "write to", path);
    return NULL;
  }
  self = g_new0 (EsimStore, 1);
  self->path = g_strdup (path);
  g_rw_lock_init (&self->writes);
  return self;
}

void
esim_store_free (EsimStore *self)
{
  if (self == NULL)
    return;
  g_rw_lock_clear (&self->writes);
  g_free (self->path);
  g_free (self);
}

void
esim_store_entry_free (EsimStoreEntry *entry)
{
  g_free (entry->id);
  g_clear_pointer (&entry->keyfile, g_key_file_unref);
  g_free (entry->problem);
  g_free (entry->path);
  g_free (entry->text);
  g_free (entry);
}

char *
esim_store_make_id (void)
{
  guint8 octets[ID_OCTETS];
  GString *id = g_string_sized_new (2 * ID_OCTETS);

  if (RAND_bytes (octets, sizeof octets) != 1)
    g_error ("no random numbers to be had");
  for (guint i = 0; i < sizeof octets; i++)
    g_string_append_printf (id, "%02x", octets[i]);
  return g_string_free (id, FALSE);
}

static char *
record_path (EsimStore *self, const char *kind, const char *id)
{
  g_autofree char *file = g_strconcat (id, SUFFIX, NULL);

  return g_build_filename (self->path, kind, file, NULL);
}

static gboolean
replace_file (EsimStore *self, const char *path, const char *data, gsize length, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean written;

  g_rw_lock_reader_lock (&self->writes);
  written =
      g_file_set_contents_full (path, data, (gssize) length,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &local);
  g_rw_lock_reader_unlock (&self->writes);
  if (written)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR,
               "a record could not be written: %s; free some space or mend the file system, then try again",
               local->message);
  return FALSE;
}

gboolean
esim_store_write (EsimStore *self, const char *kind, const char *id, guint version, GKeyFile *keyfile,
                  GError **error)
{
  g_autofree char *folder = g_build_filename (self->path, kind, NULL);
  g_autofree char *path = record_path (self, kind, id);
  g_autofree char *data = NULL;
  gsize length;

  g_key_file_set_uint64 (keyfile, GROUP, KEY_VERSION, version);
  data = g_key_file_to_data (keyfile, &length, NULL);
  if (length > ESIM_STORE_RECORD_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                 "a record of %" G_GSIZE_FORMAT " octets is too long to be kept", length);
    return FALSE;
  }
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    if (!make_folder (folder, error) || !sync_folder (self->path, error))
      return FALSE;
  }
  return replace_file (self, path, data, length, error) && sync_folder (folder, error);
}

gboolean
esim_store_remove (EsimStore *self, const char *kind, const char *id, GError **error)
{
  g_autofree char *folder = g_build_filename (self->path, kind, NULL);
  g_autofree char *path = record_path (self, kind, id);

  if (g_unlink (path) != 0) {
    if (errno == ENOENT)
      return TRUE;
    return storage_error (error, errno, "remove", path);
  }
  return sync_folder (folder, error);
}

gboolean
esim_store_has (EsimStore *self, const char *kind, const char *id)
{
  g_autofree char *path = record_path (self, kind, id);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static char *
read_bounded (const char *path, gsize *length, char **problem)
{
  g_autoptr (GError) error = NULL;
  char *data = NULL;
  GStatBuf info;

  if (g_stat (path, &info) == 0 && info.st_size > ESIM_STORE_RECORD_MAX) {
    *problem = g_strdup ("the file is longer than any record");
    return NULL;
  }
  if (!g_file_get_contents (path, &data, length, &error)) {
    *problem = g_strdup (error->message);
    return NULL;
  }
  return data;
}

static EsimStoreEntry *
read_entry (const char *path, const char *id, guint version)
{
  EsimStoreEntry *entry = g_new0 (EsimStoreEntry, 1);
  g_autoptr (GKeyFile) keyfile = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize length = 0;
  guint64 found;

  entry->id = g_strdup (id);
  entry->path = g_strdup (path);
  data = read_bounded (path, &length, &entry->problem);
  if (data == NULL)
    return entry;
  if (!g_key_file_load_from_data (keyfile, data, length, G_KEY_FILE_NONE, &error) ||
      ((found = g_key_file_get_uint64 (keyfile, GROUP, KEY_VERSION, &error)), error != NULL) || found == 0) {
    entry->problem = g_strdup (error != NULL ? error->message : "it has no version");
    entry->text = g_utf8_make_valid (data, (gssize) length);
    return entry;
  }
  if (found > version) {
    entry->problem = g_strdup_printf (
        "its version is %" G_GUINT64_FORMAT ", the newest that is understood here is %u", found, version);
    entry->text = g_utf8_make_valid (data, (gssize) length);
    return entry;
  }
  entry->keyfile = g_steal_pointer (&keyfile);
  return entry;
}

/* Whether it is the temporary file of a write: ID.record.XXXXXX. */
static gboolean
is_temporary (const char *name)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *record = dot != NULL ? g_strndup (name, (gsize) (dot - name)) : NULL;

  if (record == NULL || !g_str_has_suffix (record, SUFFIX) || strlen (dot + 1) != TEMPORARY_LETTERS)
    return FALSE;
  for (const char *p = dot + 1; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p))
      return FALSE;
  return TRUE;
}

/* What a write that was cut off left behind: it never became a record, and nobody else has use for it. One
 * that was still under way when its name was read is done by now, and its temporary file gone. */
static void
remove_leftovers (EsimStore *self, GPtrArray *paths)
{
  if (paths->len == 0)
    return;
  g_rw_lock_writer_lock (&self->writes);
  for (guint i = 0; i < paths->len; i++) {
    const char *path = g_ptr_array_index (paths, i);

    if (g_unlink (path) != 0 && errno != ENOENT)
      g_message ("%s, left by a write that was cut off, could not be removed: %s", path, g_strerror (errno));
  }
  g_rw_lock_writer_unlock (&self->writes);
}

static EsimStoreEntry *
too_many (const char *folder)
{
  EsimStoreEntry *entry = g_new0 (EsimStoreEntry, 1);

  entry->id = g_strdup ("too-many");
  entry->path = g_strdup (folder);
  entry->problem =
      g_strdup_printf ("it holds more than the %d records that are read", ESIM_STORE_RECORDS_MAX);
  return entry;
}

GPtrArray *
esim_store_list (EsimStore *self, const char *kind, guint version, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_store_entry_free);
  g_autoptr (GPtrArray) leftovers = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = g_build_filename (self->path, kind, NULL);
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &local);
  const char *name;

  if (dir == NULL) {
    if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      return g_steal_pointer (&entries);
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "the records could not be read: %s",
                 local->message);
    return NULL;
  }
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *id = NULL;

    if (is_temporary (name))
      g_ptr_array_add (leftovers, g_strdup (path));
    if (!g_str_has_suffix (name, SUFFIX))
      continue;
    id = g_strndup (name, strlen (name) - strlen (SUFFIX));
    /* What is not read is not passed over in silence. */
    if (entries->len >= ESIM_STORE_RECORDS_MAX) {
      g_ptr_array_add (entries, too_many (folder));
      break;
    }
    g_ptr_array_add (entries, read_entry (path, id, version));
  }
  remove_leftovers (self, leftovers);
  return g_steal_pointer (&entries);
}

GKeyFile *
esim_store_read (EsimStore *self, const char *kind, const char *id, guint version, GError **error)
{
  g_autofree char *path = record_path (self, kind, id);
  EsimStoreEntry *entry;
  GKeyFile *keyfile;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND, "there is no record %s", id);
    return NULL;
  }
  entry = read_entry (path, id, version);
  if (entry->problem != NULL)
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "the record %s cannot be used: %s", path,
                 entry->problem);
  keyfile = g_steal_pointer (&entry->keyfile);
  esim_store_entry_free (entry);
  return keyfile;
}
