/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-pcsc-readers.h"

#include "esim-pcsc-error.h"
#include "esim-pcsc-watch.h"

#define RETRIES_MAX 5 /* after 1, 2, 4, 8 and 16 s */
#define STOP_MS 1000

struct _EsimPcscReaders {
  GObject parent;
  EsimPcscWatch *watch;
  GPtrArray *readers; /* names */
  guint retries_left;
  guint retry; /* source */
  guint ended; /* source: the watch has said its last */
  gboolean told;
};

G_DEFINE_FINAL_TYPE (EsimPcscReaders, esim_pcsc_readers, G_TYPE_OBJECT)

enum { SIGNAL_READER_ADDED, SIGNAL_READER_REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void look (EsimPcscReaders *self);

static void
set_readers (EsimPcscReaders *self, const char *const *readers)
{
  for (guint i = self->readers->len; i > 0; i--) {
    g_autofree char *name = g_strdup (g_ptr_array_index (self->readers, i - 1));

    if (g_strv_contains (readers, name))
      continue;
    g_ptr_array_remove_index (self->readers, i - 1);
    g_signal_emit (self, signals[SIGNAL_READER_REMOVED], 0, name);
  }
  for (guint i = 0; readers[i] != NULL; i++) {
    if (g_ptr_array_find_with_equal_func (self->readers, readers[i], g_str_equal, NULL))
      continue;
    g_ptr_array_add (self->readers, g_strdup (readers[i]));
    g_signal_emit (self, signals[SIGNAL_READER_ADDED], 0, readers[i]);
  }
}

static void
drop_watch (EsimPcscReaders *self)
{
  g_clear_handle_id (&self->ended, g_source_remove);
  g_clear_handle_id (&self->retry, g_source_remove);
  esim_pcsc_watch_free (g_steal_pointer (&self->watch), STOP_MS);
}

static gboolean
on_retry (gpointer data)
{
  EsimPcscReaders *self = data;

  self->retry = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

static void
plan_retry (EsimPcscReaders *self)
{
  if (self->retries_left == 0)
    return;
  self->retry = g_timeout_add_seconds (1u << (RETRIES_MAX - self->retries_left), on_retry, self);
  self->retries_left--;
}

static gboolean
on_ended (gpointer data)
{
  EsimPcscReaders *self = data;

  self->ended = 0;
  drop_watch (self);
  plan_retry (self);
  return G_SOURCE_REMOVE;
}

static void
on_news (const EsimPcscNews *news, gpointer data)
{
  static const char *const none[] = {NULL};
  EsimPcscReaders *self = data;

  if (news->result == SCARD_S_SUCCESS) {
    self->told = FALSE;
    self->retries_left = RETRIES_MAX;
    set_readers (self, (const char *const *) news->readers);
    return;
  }
  if (!self->told) {
    g_autoptr (GError) error = esim_pcsc_error_new (news->result, NULL, "look for smart card readers");

    g_message ("%s", error->message);
  }
  self->told = TRUE;
  set_readers (self, none);
  /* The watch may not be freed from within its own news. */
  self->ended = g_idle_add (on_ended, self);
}

static void
look (EsimPcscReaders *self)
{
  drop_watch (self);
  self->watch = esim_pcsc_watch_new (NULL, on_news, self);
}

void
esim_pcsc_readers_start (EsimPcscReaders *self)
{
  if (self->watch == NULL || self->ended != 0)
    look (self);
}

void
esim_pcsc_readers_stop (EsimPcscReaders *self)
{
  drop_watch (self);
  self->retries_left = 0;
  self->told = FALSE;
  g_ptr_array_set_size (self->readers, 0);
}

EsimPcscReaders *
esim_pcsc_readers_new (void)
{
  return g_object_new (ESIM_TYPE_PCSC_READERS, NULL);
}

static void
esim_pcsc_readers_finalize (GObject *object)
{
  EsimPcscReaders *self = ESIM_PCSC_READERS (object);

  drop_watch (self);
  g_ptr_array_unref (self->readers);
  G_OBJECT_CLASS (esim_pcsc_readers_parent_class)->finalize (object);
}

static void
esim_pcsc_readers_class_init (EsimPcscReadersClass *class)
{
  G_OBJECT_CLASS (class)->finalize = esim_pcsc_readers_finalize;
  signals[SIGNAL_READER_ADDED] = g_signal_new ("reader-added", ESIM_TYPE_PCSC_READERS, G_SIGNAL_RUN_LAST, 0,
                                               NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_READER_REMOVED] = g_signal_new ("reader-removed", ESIM_TYPE_PCSC_READERS, G_SIGNAL_RUN_LAST,
                                                 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
esim_pcsc_readers_init (EsimPcscReaders *self)
{
  self->readers = g_ptr_array_new_with_free_func (g_free);
}
