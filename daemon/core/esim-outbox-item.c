/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-outbox-item.h"
#include "esim-error.h"

#include <string.h>

#define GROUP "notification"
#define GROUP_DELIVERY "delivery"
#define ID_LENGTH 32

static const char *const state_names[] = {"pending", "acknowledged", "refused"};

const char *
esim_delivery_state_to_string (EsimDeliveryState state)
{
  return state_names[state];
}

static char *
make_id (GBytes *bytes)
{
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  return g_strndup (sum, ID_LENGTH);
}

EsimOutboxItem *
esim_outbox_item_new (const char *eid, EsimNotification *notification, const char *const *ci_key_ids)
{
  EsimOutboxItem *self = g_new0 (EsimOutboxItem, 1);

  g_atomic_ref_count_init (&self->refs);
  self->id = make_id (notification->bytes);
  self->eid = g_strdup (eid);
  self->notification = esim_notification_ref (notification);
  self->ci_key_ids = g_strdupv ((char **) ci_key_ids);
  return self;
}

EsimOutboxItem *
esim_outbox_item_copy (const EsimOutboxItem *self)
{
  EsimOutboxItem *copy = g_new0 (EsimOutboxItem, 1);

  *copy = *self;
  g_atomic_ref_count_init (&copy->refs);
  copy->id = g_strdup (self->id);
  copy->eid = g_strdup (self->eid);
  copy->notification = esim_notification_ref (self->notification);
  copy->ci_key_ids = g_strdupv (self->ci_key_ids);
  copy->error_name = g_strdup (self->error_name);
  copy->error = g_strdup (self->error);
  return copy;
}

EsimOutboxItem *
esim_outbox_item_ref (EsimOutboxItem *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_outbox_item_unref (EsimOutboxItem *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->id);
  g_free (self->eid);
  g_clear_pointer (&self->notification, esim_notification_unref);
  g_strfreev (self->ci_key_ids);
  g_free (self->error_name);
  g_free (self->error);
  g_free (self);
}

gboolean
esim_outbox_item_write (const EsimOutboxItem *self, EsimStore *store, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  gsize length;
  const guint8 *data = g_bytes_get_data (self->notification->bytes, &length);
  g_autofree char *text = g_base64_encode (data, length);

  g_key_file_set_string (file, GROUP, "eid", self->eid);
  g_key_file_set_string_list (file, GROUP, "ci-key-ids", (const char *const *) self->ci_key_ids,
                              g_strv_length (self->ci_key_ids));
  g_key_file_set_string (file, GROUP, "bytes", text);
  g_key_file_set_string (file, GROUP_DELIVERY, "state", state_names[self->state]);
  g_key_file_set_uint64 (file, GROUP_DELIVERY, "attempts", self->attempts);
  g_key_file_set_uint64 (file, GROUP_DELIVERY, "refusals", self->refusals);
  g_key_file_set_int64 (file, GROUP_DELIVERY, "next-attempt", self->next_attempt);
  g_key_file_set_int64 (file, GROUP_DELIVERY, "acknowledged-at", self->acknowledged_at);
  g_key_file_set_uint64 (file, GROUP_DELIVERY, "http-status", self->http_status);
  if (self->error != NULL) {
    g_key_file_set_string (file, GROUP_DELIVERY, "error-name", self->error_name);
    g_key_file_set_string (file, GROUP_DELIVERY, "error", self->error);
  }
  return esim_store_write (store, ESIM_OUTBOX_KIND, self->id, ESIM_OUTBOX_VERSION, file, error);
}

static gboolean
damaged (const char *id, const char *what, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "the saved notification %s cannot be used: %s",
               id, what);
  return FALSE;
}

static gboolean
read_state (EsimOutboxItem *self, GKeyFile *file, GError **error)
{
  g_autofree char *state = g_key_file_get_string (file, GROUP_DELIVERY, "state", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (state, state_names[i]) == 0) {
      self->state = (EsimDeliveryState) i;
      return TRUE;
    }
  return damaged (self->id, "its state of delivery is not known", error);
}

static gboolean
read_number (EsimOutboxItem *self, GKeyFile *file, const char *key, gint64 max, gint64 *value, GError **error)
{
  g_autofree char *what = NULL;
  g_autoptr (GError) local = NULL;

  *value = g_key_file_get_int64 (file, GROUP_DELIVERY, key, &local);
  if (local == NULL && *value >= 0 && *value <= max)
    return TRUE;
  what = g_strdup_printf ("[" GROUP_DELIVERY "] %s is missing or makes no sense", key);
  return damaged (self->id, what, error);
}

static gboolean
read_count (EsimOutboxItem *self, GKeyFile *file, const char *key, guint *count, GError **error)
{
  gint64 value;

  if (!read_number (self, file, key, G_MAXUINT, &value, error))
    return FALSE;
  *count = (guint) value;
  return TRUE;
}

static gboolean
read_delivery (EsimOutboxItem *self, GKeyFile *file, GError **error)
{
  if (!read_state (self, file, error) || !read_count (self, file, "attempts", &self->attempts, error) ||
      !read_count (self, file, "refusals", &self->refusals, error) ||
      !read_count (self, file, "http-status", &self->http_status, error) ||
      !read_number (self, file, "next-attempt", G_MAXINT64, &self->next_attempt, error) ||
      !read_number (self, file, "acknowledged-at", G_MAXINT64, &self->acknowledged_at, error))
    return FALSE;
  self->error_name = g_key_file_get_string (file, GROUP_DELIVERY, "error-name", NULL);
  self->error = g_key_file_get_string (file, GROUP_DELIVERY, "error", NULL);
  return (self->error_name == NULL) == (self->error == NULL) ||
         damaged (self->id, "of the last error there is one half", error);
}

EsimOutboxItem *
esim_outbox_item_read (const char *id, GKeyFile *file, GError **error)
{
  g_autofree char *eid = g_key_file_get_string (file, GROUP, "eid", NULL);
  g_autofree char *text = g_key_file_get_string (file, GROUP, "bytes", NULL);
  g_auto (GStrv) key_ids = g_key_file_get_string_list (file, GROUP, "ci-key-ids", NULL, NULL);
  g_autoptr (EsimNotification) notification = NULL;
  g_autoptr (EsimOutboxItem) self = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) local = NULL;
  guchar *data;
  gsize length;

  if (eid == NULL || text == NULL || key_ids == NULL) {
    damaged (id, "a member is missing", error);
    return NULL;
  }
  data = g_base64_decode (text, &length);
  bytes = g_bytes_new_take (data, length);
  notification = esim_notification_parse (bytes, &local);
  if (notification == NULL) {
    damaged (id, local->message, error);
    return NULL;
  }
  self = esim_outbox_item_new (eid, notification, (const char *const *) key_ids);
  if (strcmp (self->id, id) != 0) {
    damaged (id, "its content was changed", error);
    return NULL;
  }
  if (!read_delivery (self, file, error))
    return NULL;
  return g_steal_pointer (&self);
}
