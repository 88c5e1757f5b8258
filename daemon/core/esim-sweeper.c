/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-sweeper.h"

#include <string.h>

struct _EsimSweeper {
  const EsimConfig *config;
  EsimOutbox *outbox;
  GPtrArray *euiccs;
  EsimSweeperWanted is_wanted;
  gpointer user_data;
  GHashTable *removing; /* ids of acknowledged notifications that a card is being told to forget */
  GHashTable *refused;  /* ids of those that it would not forget, for now */
  guint timer;
  guint failures;
  gboolean stopped;
};

static EsimSweeper *
esim_sweeper_ref (EsimSweeper *self)
{
  return g_rc_box_acquire (self);
}

static void
sweeper_clear (gpointer data)
{
  EsimSweeper *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  g_hash_table_unref (self->removing);
  g_hash_table_unref (self->refused);
  g_ptr_array_unref (self->euiccs);
  g_object_unref (self->outbox);
}

void
esim_sweeper_unref (EsimSweeper *self)
{
  g_rc_box_release_full (self, sweeper_clear);
}

typedef struct {
  EsimSweeper *sweeper;
  GPtrArray *items;     /* to do: EsimOutboxItem */
  GPtrArray *forgotten; /* done: ids; filled in the worker */
} Sweep;

static void
sweep_free (gpointer data)
{
  Sweep *work = data;

  g_ptr_array_unref (work->items);
  g_ptr_array_unref (work->forgotten);
  esim_sweeper_unref (work->sweeper);
  g_free (work);
}

static gboolean
sweep_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Sweep *work = data;
  const EsimOutboxItem *first = g_ptr_array_index (work->items, 0);

  if (esim_card_host_begin (host, first->eid, error) == NULL)
    return FALSE;
  for (guint i = 0; i < work->items->len; i++) {
    const EsimOutboxItem *item = g_ptr_array_index (work->items, i);

    if (!esim_card_host_remove_notification (host, item->notification->sequence, error))
      return FALSE;
    g_ptr_array_add (work->forgotten, g_strdup (item->id));
  }
  return TRUE;
}

/* What the card did not take is told to it again after a while, or when it comes back: not at once, for that
 * would have no end. */
static gboolean
on_sweep_again (gpointer data)
{
  EsimSweeper *self = data;

  self->timer = 0;
  g_hash_table_remove_all (self->refused);
  esim_sweeper_run (self);
  return G_SOURCE_REMOVE;
}

static void
put_off_sweep (EsimSweeper *self, GPtrArray *items)
{
  guint pause =
      esim_outbox_get_pause (++self->failures, self->config->retry_min_s, self->config->retry_max_s);

  for (guint i = 0; i < items->len; i++)
    g_hash_table_add (self->refused, g_strdup (((EsimOutboxItem *) g_ptr_array_index (items, i))->id));
  if (self->timer == 0 && !self->stopped)
    self->timer = g_timeout_add_seconds (pause, on_sweep_again, self);
}

static void
sweep_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Sweep *work = data;
  EsimSweeper *self = work->sweeper;

  for (guint i = 0; i < work->items->len; i++)
    g_hash_table_remove (self->removing, ((EsimOutboxItem *) g_ptr_array_index (work->items, i))->id);
  if (error != NULL) {
    g_message ("delivered notifications are still on the card: %s", error->message);
    put_off_sweep (self, work->items);
  } else {
    self->failures = 0;
  }
  for (guint i = 0; i < work->forgotten->len && !self->stopped; i++) {
    /* Until the outbox has let go of it, it must not be swept again. */
    g_hash_table_add (self->removing, g_strdup (g_ptr_array_index (work->forgotten, i)));
    esim_outbox_forget (self->outbox, g_ptr_array_index (work->forgotten, i), NULL, NULL, NULL);
  }
}

/* What the outbox has let go of needs no remembering. */
static gboolean
is_gone (gpointer id, gpointer value, gpointer items)
{
  for (guint i = 0; i < ((GPtrArray *) items)->len; i++)
    if (strcmp (((EsimOutboxItem *) g_ptr_array_index ((GPtrArray *) items, i))->id, id) == 0)
      return FALSE;
  return TRUE;
}

static void
sweep_card (EsimSweeper *self, EsimEuicc *euicc)
{
  GPtrArray *items = esim_outbox_get_items (self->outbox);
  Sweep *work = NULL;

  for (guint i = 0; i < items->len; i++) {
    EsimOutboxItem *item = g_ptr_array_index (items, i);

    if (item->state != ESIM_DELIVERY_ACKNOWLEDGED || strcmp (item->eid, esim_euicc_get_eid (euicc)) != 0 ||
        g_hash_table_contains (self->removing, item->id) || g_hash_table_contains (self->refused, item->id) ||
        self->is_wanted (item, self->user_data))
      continue;
    if (work == NULL) {
      work = g_new0 (Sweep, 1);
      work->sweeper = esim_sweeper_ref (self);
      work->items = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_outbox_item_unref);
      work->forgotten = g_ptr_array_new_with_free_func (g_free);
    }
    g_hash_table_add (self->removing, g_strdup (item->id));
    g_ptr_array_add (work->items, esim_outbox_item_ref (item));
  }
  if (work != NULL)
    esim_euicc_run (euicc, NULL, sweep_job, sweep_done, work, sweep_free);
}

void
esim_sweeper_run (EsimSweeper *self)
{
  for (guint i = 0; !self->stopped && i < self->euiccs->len; i++)
    if (esim_euicc_is_present (g_ptr_array_index (self->euiccs, i)))
      sweep_card (self, g_ptr_array_index (self->euiccs, i));
}

void
esim_sweeper_update (EsimSweeper *self)
{
  g_hash_table_foreach_remove (self->removing, is_gone, esim_outbox_get_items (self->outbox));
}

void
esim_sweeper_stop (EsimSweeper *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
}

EsimSweeper *
esim_sweeper_new (const EsimConfig *config, EsimOutbox *outbox, GPtrArray *euiccs,
                  EsimSweeperWanted is_wanted, gpointer user_data)
{
  EsimSweeper *self = g_rc_box_new0 (EsimSweeper);

  self->config = config;
  self->outbox = g_object_ref (outbox);
  self->euiccs = g_ptr_array_ref (euiccs);
  self->is_wanted = is_wanted;
  self->user_data = user_data;
  self->removing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}
