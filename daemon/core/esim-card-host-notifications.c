/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a card has to tell its operators: on disk before anything else happens, and the mark that something
 * may not be yet. */
#include "esim-card-host-private.h"
#include "esim-card-post.h"
#include "esim-outbox-item.h"

gboolean
esim_card_host_is_sent (EsimCardHost *self, EsimNotificationEvents event)
{
  return esim_notify_policy_get (&self->setup.notify, event) == ESIM_NOTIFY_SEND;
}

/* Returns: (transfer full): the item's id */
static char *
save_one (EsimCardHost *self, EsimNotification *notification, GError **error)
{
  g_autoptr (EsimOutboxItem) item =
      esim_outbox_item_new (self->eid, notification, (const char *const *) self->info->ci_key_ids);

  if (!esim_store_has (self->setup.store, ESIM_OUTBOX_KIND, item->id) &&
      !esim_outbox_item_write (item, self->setup.store, error))
    return NULL;
  /* Also of one that was there: a write that failed at its very end leaves a record that nobody was told of.
   */
  esim_card_post_saved (&self->setup, item->id);
  return g_strdup (item->id);
}

char *
esim_card_host_save_result (EsimCardHost *self, EsimNotification *result, GError **error)
{
  char *id = save_one (self, result, error);
  GPtrArray *notifications;

  if (id == NULL || self->notifications == NULL)
    return id;
  /* A snapshot may hold the old array: it stays as it is. */
  notifications = g_ptr_array_copy (self->notifications, (GCopyFunc) (void *) esim_notification_ref, NULL);
  g_ptr_array_set_free_func (notifications, (GDestroyNotify) esim_notification_unref);
  g_ptr_array_add (notifications, esim_notification_ref (result));
  g_ptr_array_unref (self->notifications);
  self->notifications = notifications;
  self->news = TRUE;
  return id;
}

/* @eid: of the card that gave them. The reading of its information may have to open a new session, and in
 * that there may be another card. */
static gboolean
save_all (EsimCardHost *self, const char *eid, GPtrArray *notifications, GError **error)
{
  if (notifications->len > 0 &&
      (esim_card_host_get_info (self, FALSE, error) == NULL || !esim_card_host_check_eid (self, eid, error)))
    return FALSE;
  for (guint i = 0; i < notifications->len; i++) {
    EsimNotification *notification = g_ptr_array_index (notifications, i);
    g_autofree char *id = NULL;

    if (!esim_card_host_is_sent (self, notification->event))
      continue;
    id = save_one (self, notification, error);
    if (id == NULL)
      return FALSE;
  }
  return TRUE;
}

/* What the configuration wants neither sent nor kept. One that the card would not let go of is tried with the
 * next. */
static void
remove_unwanted (EsimCardHost *self, GPtrArray *notifications)
{
  for (guint i = notifications->len; i > 0; i--) {
    EsimNotification *notification = g_ptr_array_index (notifications, i - 1);
    g_autoptr (GError) local = NULL;
    EsimIsdr *isdr;

    if (esim_notify_policy_get (&self->setup.notify, notification->event) != ESIM_NOTIFY_REMOVE)
      continue;
    isdr = esim_card_host_begin (self, NULL, &local);
    if (isdr != NULL && esim_isdr_remove_notification (isdr, notification->sequence, &local))
      g_ptr_array_remove_index (notifications, i - 1);
    else
      g_message ("a notification that is not to be sent stays on the card: %s", local->message);
  }
}

GPtrArray *
esim_card_host_save_notifications (EsimCardHost *self, gboolean fresh, GError **error)
{
  g_autoptr (GPtrArray) found = NULL;
  g_autofree char *eid = NULL;
  guint left_out = 0;
  EsimIsdr *isdr;

  if (self->all_saved && !fresh)
    return self->notifications;
  isdr = esim_card_host_begin (self, NULL, error);
  if (isdr == NULL)
    return NULL;
  eid = g_strdup (esim_isdr_get_eid (isdr));
  found = esim_isdr_retrieve_notifications (isdr, &left_out, error);
  if (found == NULL || !save_all (self, eid, found, error))
    return NULL;
  /* What could not be read is not saved: it is asked for again, by the mark also after a restart. */
  if (left_out == 0 && !esim_store_remove (self->setup.store, ESIM_UNSAVED_KIND, eid, error))
    return NULL;
  remove_unwanted (self, found);
  g_clear_pointer (&self->notifications, g_ptr_array_unref);
  self->notifications = g_steal_pointer (&found);
  self->all_saved = left_out == 0;
  self->news = TRUE;
  return self->notifications;
}

void
esim_card_host_expect_notifications (EsimCardHost *self)
{
  self->all_saved = FALSE;
}

gboolean
esim_card_host_remove_notification (EsimCardHost *self, guint64 sequence, GError **error)
{
  EsimIsdr *isdr = esim_card_host_begin (self, NULL, error);
  GPtrArray *left;

  if (isdr == NULL || !esim_isdr_remove_notification (isdr, sequence, error))
    return FALSE;
  if (self->notifications == NULL)
    return TRUE;
  left = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_notification_unref);
  for (guint i = 0; i < self->notifications->len; i++) {
    EsimNotification *notification = g_ptr_array_index (self->notifications, i);

    if (notification->sequence != sequence)
      g_ptr_array_add (left, esim_notification_ref (notification));
  }
  g_ptr_array_unref (self->notifications);
  self->notifications = left;
  self->news = TRUE;
  return TRUE;
}

gboolean
esim_card_host_mark_unsaved (EsimCardHost *self, GError **error)
{
  g_autoptr (GKeyFile) mark = g_key_file_new ();

  return esim_store_write (self->setup.store, ESIM_UNSAVED_KIND, self->eid, ESIM_UNSAVED_VERSION, mark,
                           error);
}

gboolean
esim_card_host_unmark_unsaved (EsimCardHost *self, GError **error)
{
  self->all_saved = esim_store_remove (self->setup.store, ESIM_UNSAVED_KIND, self->eid, error);
  return self->all_saved;
}

gboolean
esim_card_host_is_marked_unsaved (EsimCardHost *self)
{
  return self->eid != NULL && esim_store_has (self->setup.store, ESIM_UNSAVED_KIND, self->eid);
}
