/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-download-record.h"
#include "esim-error.h"
#include "folder.h"

#include <string.h>

#define EID "89049032123451234512345678901235"
#define OTHER_EID "89049032000001000000000000000074"

typedef struct {
  Folder folder;
  EsimStore *store;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->folder = folder_new ();
  f->store = esim_store_new (f->folder, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  esim_store_free (f->store);
  folder_remove (f->folder);
}

static EsimDownloadRecord *
make (void)
{
  EsimDownloadRecord *record = esim_download_record_new (EID, "dp.test", 1000);

  record->transaction_id = g_strdup ("01aB");
  record->iccid = g_strdup ("8901260123456789012");
  record->step = ESIM_DOWNLOAD_LOADING;
  return record;
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  g_autoptr (EsimDownloadRecord) record = make ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = NULL, none = NULL;
  g_autoptr (GBytes) octets = NULL;
  EsimDownloadRecord *read;

  record->step = ESIM_DOWNLOAD_CANCELLING;
  record->cancel = g_bytes_new_static ("\xBF\x41\x00", 3);
  record->told = TRUE;
  record->tries = 3;
  g_assert_true (esim_download_record_write (record, f->store, &error));
  none = esim_download_record_list (f->store, OTHER_EID, &error);
  g_assert_cmpuint (none->len, ==, 0);
  found = esim_download_record_list (f->store, EID, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, 1);
  read = g_ptr_array_index (found, 0);
  g_assert_cmpstr (read->id, ==, record->id);
  g_assert_cmpstr (read->address, ==, "dp.test");
  g_assert_cmpstr (read->iccid, ==, record->iccid);
  g_assert_cmpint (read->step, ==, ESIM_DOWNLOAD_CANCELLING);
  g_assert_cmpuint (read->requester, ==, 1000);
  g_assert_cmpuint (read->tries, ==, 3);
  g_assert_true (read->told);
  g_assert_true (g_bytes_equal (read->cancel, record->cancel));
  octets = esim_download_record_dup_transaction (read);
  g_assert_cmpmem (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets), "\x01\xAB", 2);
  g_assert_true (esim_download_record_remove (read, f->store, &error));
  g_clear_pointer (&none, g_ptr_array_unref);
  none = esim_download_record_list (f->store, EID, &error);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_first_step (Fixture *f, gconstpointer data)
{
  g_autoptr (EsimDownloadRecord) record = esim_download_record_new (EID, "dp.test", 1000);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = NULL;

  g_assert_null (esim_download_record_dup_transaction (record));
  g_assert_true (esim_download_record_write (record, f->store, &error));
  found = esim_download_record_list (f->store, EID, &error);
  g_assert_cmpuint (found->len, ==, 1);
  g_assert_null (((EsimDownloadRecord *) g_ptr_array_index (found, 0))->transaction_id);
}

/* One that makes no sense is left as it is, and told of. */
static void
test_damaged (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *key;
    const char *value; /* NULL: it is not there */
  } wrong[] = {{"eid", NULL},
               {"eid", ""},
               {"address", NULL},
               {"step", "dancing"},
               {"transaction", "0"},
               {"transaction", "xy"},
               {"iccid", NULL},
               {"step", "cancelling"},
               {"transaction", "0011223344556677889900112233445566"}};

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (EsimDownloadRecord) record = make ();
    g_autoptr (GError) error = NULL;
    g_autoptr (GKeyFile) file = NULL;
    g_autoptr (EsimDownloadRecord) read = NULL;

    g_assert_true (esim_download_record_write (record, f->store, &error));
    file = esim_store_read (f->store, ESIM_DOWNLOAD_KIND, record->id, ESIM_DOWNLOAD_VERSION, &error);
    g_assert_no_error (error);
    if (wrong[i].value != NULL)
      g_key_file_set_string (file, "download", wrong[i].key, wrong[i].value);
    else
      g_key_file_remove_key (file, "download", wrong[i].key, NULL);
    read = esim_download_record_read (record->id, file, &error);
    g_assert_null (read);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
    g_assert_true (esim_download_record_remove (record, f->store, NULL));
  }
}

#define ADD(name, func) g_test_add ("/download-record/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("round-trip", test_round_trip);
  ADD ("first-step", test_first_step);
  ADD ("damaged", test_damaged);
  return g_test_run ();
}
