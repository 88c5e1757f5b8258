/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-download-record.h"
#include "esim-error.h"
#include "esim-log.h"

#include <string.h>

#define GROUP "download"
#define TRANSACTION_OCTETS_MAX 16
#define CANCEL_OCTETS_MAX 4096

static const char *const steps[] = {"authenticating", "asking", "loading", "cancelling"};

EsimDownloadRecord *
esim_download_record_new (const char *eid, const char *address, guint requester)
{
  EsimDownloadRecord *self = g_new0 (EsimDownloadRecord, 1);

  self->id = esim_store_make_id ();
  self->eid = g_strdup (eid);
  self->address = g_strdup (address);
  self->requester = requester;
  return self;
}

void
esim_download_record_free (EsimDownloadRecord *self)
{
  g_free (self->id);
  g_free (self->eid);
  g_free (self->address);
  g_free (self->transaction_id);
  g_free (self->iccid);
  g_clear_pointer (&self->cancel, g_bytes_unref);
  g_free (self);
}

GBytes *
esim_download_record_dup_transaction (const EsimDownloadRecord *self)
{
  g_autofree guint8 *octets = NULL;
  gsize length;

  if (self->transaction_id == NULL)
    return NULL;
  length = strlen (self->transaction_id) / 2;
  octets = g_malloc (length);
  for (gsize i = 0; i < length; i++)
    octets[i] = (guint8) (g_ascii_xdigit_value (self->transaction_id[2 * i]) * 16 +
                          g_ascii_xdigit_value (self->transaction_id[2 * i + 1]));
  return g_bytes_new_take (g_steal_pointer (&octets), length);
}

gboolean
esim_download_record_write (const EsimDownloadRecord *self, EsimStore *store, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *cancel = NULL;

  g_key_file_set_string (file, GROUP, "eid", self->eid);
  g_key_file_set_string (file, GROUP, "address", self->address);
  g_key_file_set_string (file, GROUP, "step", steps[self->step]);
  g_key_file_set_uint64 (file, GROUP, "requester", self->requester);
  g_key_file_set_boolean (file, GROUP, "told", self->told);
  g_key_file_set_uint64 (file, GROUP, "tries", self->tries);
  if (self->transaction_id != NULL)
    g_key_file_set_string (file, GROUP, "transaction", self->transaction_id);
  if (self->iccid != NULL)
    g_key_file_set_string (file, GROUP, "iccid", self->iccid);
  if (self->cancel != NULL) {
    cancel = g_base64_encode (g_bytes_get_data (self->cancel, NULL), g_bytes_get_size (self->cancel));
    g_key_file_set_string (file, GROUP, "cancel", cancel);
  }
  return esim_store_write (store, ESIM_DOWNLOAD_KIND, self->id, ESIM_DOWNLOAD_VERSION, file, error);
}

gboolean
esim_download_record_remove (const EsimDownloadRecord *self, EsimStore *store, GError **error)
{
  return esim_store_remove (store, ESIM_DOWNLOAD_KIND, self->id, error);
}

static gboolean
is_transaction (const char *text)
{
  gsize length = strlen (text);

  if (length == 0 || length % 2 != 0 || length > 2 * TRANSACTION_OCTETS_MAX)
    return FALSE;
  return strspn (text, "0123456789abcdefABCDEF") == length;
}

static gboolean
read_step (EsimDownloadRecord *self, const char *text)
{
  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (steps); i++)
    if (strcmp (text, steps[i]) == 0) {
      self->step = (EsimDownloadStep) i;
      return TRUE;
    }
  return FALSE;
}

static gboolean
read_cancel (EsimDownloadRecord *self, const char *text)
{
  gsize length;
  guint8 *octets;

  if (text == NULL)
    return self->step != ESIM_DOWNLOAD_CANCELLING;
  octets = g_base64_decode (text, &length);
  self->cancel = g_bytes_new_take (octets, length);
  return length > 0 && length <= CANCEL_OCTETS_MAX && self->transaction_id != NULL;
}

EsimDownloadRecord *
esim_download_record_read (const char *id, GKeyFile *file, GError **error)
{
  g_autoptr (EsimDownloadRecord) self = g_new0 (EsimDownloadRecord, 1);
  g_autofree char *step = g_key_file_get_string (file, GROUP, "step", NULL);
  g_autofree char *cancel = g_key_file_get_string (file, GROUP, "cancel", NULL);

  self->id = g_strdup (id);
  self->eid = g_key_file_get_string (file, GROUP, "eid", NULL);
  self->address = g_key_file_get_string (file, GROUP, "address", NULL);
  self->transaction_id = g_key_file_get_string (file, GROUP, "transaction", NULL);
  self->iccid = g_key_file_get_string (file, GROUP, "iccid", NULL);
  self->requester = (guint) g_key_file_get_uint64 (file, GROUP, "requester", NULL);
  self->told = g_key_file_get_boolean (file, GROUP, "told", NULL);
  self->tries = (guint) g_key_file_get_uint64 (file, GROUP, "tries", NULL);
  if (self->eid != NULL && *self->eid != '\0' && self->address != NULL && read_step (self, step) &&
      (self->transaction_id == NULL || is_transaction (self->transaction_id)) && read_cancel (self, cancel) &&
      (self->step != ESIM_DOWNLOAD_LOADING || self->iccid != NULL))
    return g_steal_pointer (&self);
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR,
                       "a member of the download's record is missing or makes no sense");
  return NULL;
}

static void
tell_of (const EsimStoreEntry *entry, const char *problem)
{
  esim_log (ESIM_LOG_RECORD_CORRUPT, ESIM_LOG_WARNING, ESIM_LOG_FIELD_RECORD, entry->path,
            "%s cannot be used and is left as it is: %s", entry->path, problem);
}

GPtrArray *
esim_download_record_list (EsimStore *store, const char *eid, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_download_record_free);
  g_autoptr (GPtrArray) entries = esim_store_list (store, ESIM_DOWNLOAD_KIND, ESIM_DOWNLOAD_VERSION, error);

  if (entries == NULL)
    return NULL;
  for (guint i = 0; i < entries->len; i++) {
    EsimStoreEntry *entry = g_ptr_array_index (entries, i);
    g_autoptr (GError) local = NULL;
    g_autoptr (EsimDownloadRecord) record =
        entry->keyfile != NULL ? esim_download_record_read (entry->id, entry->keyfile, &local) : NULL;

    if (record == NULL)
      tell_of (entry, local != NULL ? local->message : entry->problem);
    else if (strcmp (record->eid, eid) == 0)
      g_ptr_array_add (found, g_steal_pointer (&record));
  }
  return g_steal_pointer (&found);
}
