/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-store.h"
#include "folder.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND "things"

/* What the store has synced of folders: their names, and how many records were in each at that moment. */
static GString *synced;

int __real_fsync (int fd);
int __wrap_fsync (int fd);

int
__wrap_fsync (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *path = g_file_read_link (link, NULL);
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
  g_autoptr (GDir) dir = path != NULL ? g_dir_open (path, 0, NULL) : NULL;
  guint records = 0;

  for (const char *entry; dir != NULL && (entry = g_dir_read_name (dir)) != NULL;)
    records += g_str_has_suffix (entry, ".record");
  if (synced != NULL && dir != NULL)
    g_string_append_printf (synced, "%s:%u ", name, records);
  return __real_fsync (fd);
}

static EsimStore *
open_store (const char *path)
{
  g_autoptr (GError) error = NULL;
  EsimStore *store = esim_store_new (path, &error);

  g_assert_no_error (error);
  return store;
}

static GKeyFile *
make_record (const char *value)
{
  GKeyFile *file = g_key_file_new ();

  g_key_file_set_string (file, "thing", "value", value);
  return file;
}

static gboolean
put (EsimStore *store, const char *id, guint version, const char *value, GError **error)
{
  g_autoptr (GKeyFile) file = make_record (value);

  return esim_store_write (store, KIND, id, version, file, error);
}

static void
assert_value (EsimStore *store, const char *id, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GKeyFile) file = esim_store_read (store, KIND, id, 1, &error);
  g_autofree char *value = NULL;

  g_assert_no_error (error);
  value = g_key_file_get_string (file, "thing", "value", NULL);
  g_assert_cmpstr (value, ==, expected);
}

static guint
count_files (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, KIND, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint count = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static guint
mode_of (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  return info.st_mode & 0777;
}

static void
test_round_trip (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "a", "state", NULL);
  g_autoptr (EsimStore) store = open_store (path);
  g_autoptr (GError) error = NULL;

  g_assert_false (esim_store_has (store, KIND, "one"));
  g_assert_true (put (store, "one", 1, "first\nline", &error));
  g_assert_true (esim_store_has (store, KIND, "one"));
  g_assert_false (esim_store_has (store, "others", "one"));
  assert_value (store, "one", "first\nline");
  g_assert_true (put (store, "one", 1, "second", &error));
  assert_value (store, "one", "second");
  g_assert_cmpuint (count_files (path), ==, 1);
  g_assert_cmpuint (mode_of (folder, "a/state"), ==, 0700);
  g_assert_cmpuint (mode_of (path, KIND), ==, 0700);
  g_assert_cmpuint (mode_of (path, KIND "/one.record"), ==, 0600);
}

static void
test_remove (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimStore) store = open_store (folder);
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_store_remove (store, KIND, "one", &error)); /* nor is there a folder */
  g_assert_true (put (store, "one", 1, "x", &error));
  g_assert_true (esim_store_remove (store, KIND, "one", &error));
  g_assert_false (esim_store_has (store, KIND, "one"));
  g_assert_true (esim_store_remove (store, KIND, "one", &error));
  g_assert_no_error (error);
  g_assert_null (esim_store_read (store, KIND, "one", 1, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND);
}

static void
test_ids (void)
{
  g_autofree char *a = esim_store_make_id (), *b = esim_store_make_id ();

  g_assert_cmpuint (strlen (a), ==, 32);
  g_assert_cmpuint (strspn (a, "0123456789abcdef"), ==, 32);
  g_assert_cmpstr (a, !=, b);
}

static void
test_too_long (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimStore) store = open_store (folder);
  g_autofree char *text = g_strnfill (ESIM_STORE_RECORD_MAX, 'x');
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;
  EsimStoreEntry *entry;

  g_assert_true (put (store, "one", 1, "old", &error));
  g_assert_false (put (store, "one", 1, text, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
  g_clear_error (&error);
  assert_value (store, "one", "old");
  g_clear_pointer (&text, g_free);
  text = g_strnfill (ESIM_STORE_RECORD_MAX + 1, '#');
  folder_put (folder, KIND "/one.record", text);
  entries = esim_store_list (store, KIND, 1, &error);
  g_assert_cmpuint (entries->len, ==, 1);
  entry = entries->pdata[0];
  g_assert_null (entry->keyfile);
  g_assert_nonnull (strstr (entry->problem, "longer"));
  g_assert_null (esim_store_read (store, KIND, "one", 1, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
}

static void
test_damaged (void)
{
  static const char *const texts[] = {
      "",
      "\xff\xfe",
      "no group\n",
      "[thing]\nvalue=x\n",
      "[record]\nversion=\n",
      "[record]\nversion=0\n",
      "[record]\nversion=one\n",
      "[record]\nversion=2\n[thing]\nvalue=x\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_auto (Folder) folder = folder_new ();
    g_autoptr (EsimStore) store = open_store (folder);
    g_autoptr (GPtrArray) entries = NULL;
    g_autoptr (GError) error = NULL;
    EsimStoreEntry *entry;

    g_test_message ("text %u", i);
    folder_put (folder, KIND "/bad.record", texts[i]);
    g_assert_true (put (store, "good", 1, "x", &error));
    entries = esim_store_list (store, KIND, 1, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (entries->len, ==, 2);
    entry = entries->pdata[strcmp (((EsimStoreEntry *) entries->pdata[0])->id, "bad") == 0 ? 0 : 1];
    g_assert_cmpstr (entry->id, ==, "bad");
    g_assert_null (entry->keyfile);
    g_assert_nonnull (entry->problem);
    g_assert_true (g_str_has_suffix (entry->path, "/bad.record"));
    g_assert_true (g_utf8_validate (entry->text, -1, NULL));
    g_assert_null (esim_store_read (store, KIND, "bad", 1, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
    g_assert_cmpuint (count_files (folder), ==, 2); /* it is left alone */
  }
}

static void
test_versions (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimStore) store = open_store (folder);
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GKeyFile) older = NULL;
  g_autoptr (GError) error = NULL;
  EsimStoreEntry *entry;

  g_assert_true (put (store, "one", 3, "iccid 8901260123456789012", &error));
  older = esim_store_read (store, KIND, "one", 4, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_key_file_get_uint64 (older, "record", "version", NULL), ==, 3);
  entries = esim_store_list (store, KIND, 2, &error);
  entry = entries->pdata[0];
  g_assert_null (entry->keyfile);
  g_assert_nonnull (strstr (entry->problem, "version is 3"));
  /* What it speaks of can still be looked for. */
  g_assert_nonnull (strstr (entry->text, "8901260123456789012"));
}

static void
test_list (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimStore) store = open_store (folder);
  g_autoptr (GPtrArray) none = NULL, some = NULL;
  g_autoptr (GError) error = NULL;

  none = esim_store_list (store, KIND, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (put (store, "one", 1, "x", &error));
  g_assert_true (put (store, "two", 1, "x", &error));
  folder_put (folder, KIND "/README", "not a record");
  some = esim_store_list (store, KIND, 1, &error);
  g_assert_cmpuint (some->len, ==, 2);
  g_assert_null (((EsimStoreEntry *) some->pdata[0])->problem);
}

/* A folder where a file has to go, and a file where a folder has to: root is held up by these too. */
static void
test_write_fails (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimStore) store = open_store (folder);
  g_autofree char *file = g_build_filename (folder, "others", NULL);
  g_autoptr (GKeyFile) record = make_record ("x");
  g_autoptr (GError) error = NULL;

  folder_put (folder, KIND "/one.record/in-the-way", "x");
  g_assert_false (put (store, "one", 1, "x", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
  g_clear_error (&error);
  g_assert_cmpuint (count_files (folder), ==, 1); /* no temporary file either */
  folder_put (folder, "others", "not a folder");
  g_assert_false (esim_store_write (store, "others", "one", 1, record, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
  g_clear_error (&error);
  g_assert_null (esim_store_list (store, "others", 1, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
  g_clear_error (&error);
  g_assert_null (esim_store_new (file, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
}

static void
test_read_only (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimStore) store = open_store (folder);
  g_autofree char *path = g_build_filename (folder, KIND, NULL);
  g_autoptr (GError) error = NULL;

  if (geteuid () == 0) {
    g_test_skip ("no folder is read-only for root");
    return;
  }
  g_assert_true (put (store, "one", 1, "old", &error));
  g_assert_cmpint (g_chmod (path, 0500), ==, 0);
  g_assert_false (put (store, "one", 1, "new", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
  g_clear_error (&error);
  assert_value (store, "one", "old");
  g_assert_false (esim_store_remove (store, KIND, "one", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
}

static void
test_interrupted (void)
{
  static const char *const left_alone[] = {"one.record.bak", "one.record.abcde", "one.record.a_cdef",
                                           "two.abcdef", "record.abcdef"};
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimStore) store = open_store (folder);
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (put (store, "one", 1, "old", &error));
  folder_put (folder, KIND "/one.record.Ab3dEf", "[record]\nversi");
  folder_put (folder, KIND "/two.record.zzzzzz", "");
  for (guint i = 0; i < G_N_ELEMENTS (left_alone); i++) {
    g_autofree char *name = g_build_filename (KIND, left_alone[i], NULL);

    folder_put (folder, name, "x");
  }
  entries = esim_store_list (store, KIND, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, 1);
  g_assert_cmpuint (count_files (folder), ==, 1 + G_N_ELEMENTS (left_alone));
  assert_value (store, "one", "old");
}

static gpointer
write_often (gpointer data)
{
  for (guint i = 0; i < 100; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_true (put (data, "one", 1, "x", &error));
    g_assert_no_error (error);
  }
  return NULL;
}

/* The cleaning takes no temporary file from a write that is under way. */
static void
test_list_while_writing (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimStore) store = open_store (folder);
  GThread *thread = g_thread_new ("writer", write_often, store);

  for (guint i = 0; i < 300; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) entries = esim_store_list (store, KIND, 1, &error);

    g_assert_no_error (error);
  }
  g_thread_join (thread);
  assert_value (store, "one", "x");
  g_assert_cmpuint (count_files (folder), ==, 1);
}

/* A name in a folder is on the disk when the folder is: after it came, and after it went. */
static void
test_folders_are_synced (void)
{
  g_autoptr (EsimStore) store = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (Folder) folder = folder_new ();
  g_autofree char *name = g_path_get_basename (folder), *expected = NULL;

  store = open_store (folder);
  synced = g_string_new (NULL);
  g_assert_true (put (store, "one", 1, "a", &error));
  g_assert_true (put (store, "two", 1, "b", &error));
  g_assert_true (esim_store_remove (store, KIND, "one", &error));
  g_assert_no_error (error);
  expected = g_strdup_printf ("%s:0 " KIND ":1 " KIND ":2 " KIND ":1 ", name);
  g_assert_cmpstr (synced->str, ==, expected);
  g_string_free (g_steal_pointer (&synced), TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/round-trip", test_round_trip);
  g_test_add_func ("/store/remove", test_remove);
  g_test_add_func ("/store/folders-are-synced", test_folders_are_synced);
  g_test_add_func ("/store/ids", test_ids);
  g_test_add_func ("/store/too-long", test_too_long);
  g_test_add_func ("/store/damaged", test_damaged);
  g_test_add_func ("/store/versions", test_versions);
  g_test_add_func ("/store/list", test_list);
  g_test_add_func ("/store/write-fails", test_write_fails);
  g_test_add_func ("/store/read-only", test_read_only);
  g_test_add_func ("/store/interrupted", test_interrupted);
  g_test_add_func ("/store/list-while-writing", test_list_while_writing);
  return g_test_run ();
}
