/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-log.h"

#include <string.h>

typedef struct {
  GHashTable *fields;
  GLogLevelFlags level;
  guint count;
} Seen;

static GLogWriterOutput
writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  Seen *seen = data;

  g_hash_table_remove_all (seen->fields);
  for (gsize i = 0; i < n_fields; i++)
    if (fields[i].length < 0)
      g_hash_table_insert (seen->fields, g_strdup (fields[i].key), g_strdup (fields[i].value));
  seen->level = level;
  seen->count++;
  return G_LOG_WRITER_HANDLED;
}

static Seen seen;

static const char *
field (const char *key)
{
  return g_hash_table_lookup (seen.fields, key);
}

static void
test_fields (void)
{
  esim_log (ESIM_LOG_READY, ESIM_LOG_INFO, NULL, NULL, "%u modems", 2);
  g_assert_cmpstr (field ("MESSAGE"), ==, "2 modems");
  g_assert_cmpstr (field ("PRIORITY"), ==, "5");
  g_assert_cmpint (seen.level, ==, G_LOG_LEVEL_MESSAGE);
  g_assert_cmpuint (strlen (field ("MESSAGE_ID")), ==, 32);
  g_assert_null (field (ESIM_LOG_FIELD_RECORD));
  esim_log (ESIM_LOG_RECORD_CORRUPT, ESIM_LOG_WARNING, ESIM_LOG_FIELD_RECORD, "/a", "%s", "broken");
  g_assert_cmpstr (field ("MESSAGE"), ==, "broken");
  g_assert_cmpstr (field ("PRIORITY"), ==, "4");
  g_assert_cmpint (seen.level, ==, G_LOG_LEVEL_WARNING);
  g_assert_cmpstr (field (ESIM_LOG_FIELD_RECORD), ==, "/a");
  g_assert_cmpuint (seen.count, ==, 2);
}

static guint
count_entries (const char *catalog)
{
  guint count = 0;

  for (const char *p = catalog; (p = strstr (p, "\n-- ")) != NULL; p++)
    count++;
  return count;
}

/* Each message has its entry in each catalogue, and each entry its message. */
static void
test_catalogs (void)
{
  static const char *const names[] = {"esimd.catalog", "esimd.zh_CN.catalog"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_test_build_filename (G_TEST_DIST, "systemd", names[i], NULL);
    g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *catalog = NULL;
    g_autoptr (GError) error = NULL;

    g_file_get_contents (path, &catalog, NULL, &error);
    g_assert_no_error (error);
    for (int message = ESIM_LOG_READY; message <= ESIM_LOG_TEST_ROOT; message++) {
      g_autofree char *entry = NULL;

      esim_log ((EsimLogMessage) message, ESIM_LOG_INFO, NULL, NULL, "x");
      entry = g_strconcat ("\n-- ", field ("MESSAGE_ID"), "\n", NULL);
      g_test_message ("%s: %s", names[i], field ("MESSAGE_ID"));
      g_assert_nonnull (strstr (catalog, entry));
      g_assert_true (g_hash_table_add (ids, g_strdup (field ("MESSAGE_ID"))));
    }
    g_assert_cmpuint (count_entries (catalog), ==, g_hash_table_size (ids));
  }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  seen.fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_log_set_writer_func (writer, &seen, NULL);
  g_test_add_func ("/log/fields", test_fields);
  g_test_add_func ("/log/catalogs", test_catalogs);
  result = g_test_run ();
  g_hash_table_unref (seen.fields);
  return result;
}
