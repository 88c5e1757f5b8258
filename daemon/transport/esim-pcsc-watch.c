/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-pcsc-watch.h"

#include <string.h>

/* The name under which readers that come and go are waited for. */
#define ALL_READERS "\\\\?PnP?\\Notification"
/* A reader that comes between a look at the list and the wait for a change is not told of. Readers come in
 * bursts if at all, so after each change, and at the beginning, the first waits are short. */
#define SETTLE_TIMES 2
#define SETTLE_MS 1000
#define CANCEL_EVERY_MS 20

/* Referenced by the owner, the thread, each piece of news under way, and whoever cancels. */
struct _EsimPcscWatch {
  gatomicrefcount references;
  char *reader;
  GMainContext *main_context;
  EsimPcscWatchFunc func; /* the owner's; NULL once it is done with us */
  gpointer user_data;
  GThread *thread;
  char **told; /* the thread's: the readers of the last news */
  GMutex lock;
  GCond changed;
  SCARDCONTEXT context; /* under the lock, as what follows */
  gboolean established;
  gboolean stopping;
  gboolean ended;
};

typedef struct {
  EsimPcscWatch *watch;
  EsimPcscNews news;
} Post;

static EsimPcscWatch *
watch_ref (EsimPcscWatch *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

static void
watch_unref (EsimPcscWatch *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_free (self->reader);
  g_strfreev (self->told);
  g_main_context_unref (self->main_context);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

static void
post_free (gpointer data)
{
  Post *post = data;

  watch_unref (post->watch);
  g_strfreev (post->news.readers);
  g_free (post);
}

static gboolean
on_post (gpointer data)
{
  Post *post = data;

  if (post->watch->func != NULL)
    post->watch->func (&post->news, post->watch->user_data);
  return G_SOURCE_REMOVE;
}

/* -- in the thread -- */

static void
tell (EsimPcscWatch *self, LONG result, DWORD state, char **readers)
{
  Post *post = g_new0 (Post, 1);
  g_autoptr (GSource) source = g_idle_source_new ();

  post->watch = watch_ref (self);
  post->news = (EsimPcscNews){result, state, readers};
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_post, post, post_free);
  g_source_attach (source, self->main_context);
}

static gboolean
is_stopping (EsimPcscWatch *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->stopping;
}

static LONG
watch_one (EsimPcscWatch *self)
{
  SCARD_READERSTATE state = {.szReader = self->reader, .dwCurrentState = SCARD_STATE_UNAWARE};

  while (!is_stopping (self)) {
    LONG result = SCardGetStatusChange (self->context, INFINITE, &state, 1);

    if (result != SCARD_S_SUCCESS)
      return result;
    if (state.dwEventState & (SCARD_STATE_UNKNOWN | SCARD_STATE_IGNORE))
      return SCARD_E_UNKNOWN_READER;
    state.dwCurrentState = state.dwEventState & ~(DWORD) SCARD_STATE_CHANGED;
    tell (self, SCARD_S_SUCCESS, state.dwCurrentState, NULL);
  }
  return SCARD_E_CANCELLED;
}

/* The names one after the other, each with a zero behind it, and one more at the end. */
static char **
split (const char *names)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (; *names != '\0'; names += strlen (names) + 1)
    g_strv_builder_add (builder, names);
  return g_strv_builder_end (builder);
}

static LONG
list_readers (EsimPcscWatch *self, char ***readers)
{
  DWORD length = SCARD_AUTOALLOCATE;
  char *names = NULL;
  LONG result = SCardListReaders (self->context, NULL, (LPSTR) &names, &length);

  if (result == SCARD_E_NO_READERS_AVAILABLE) {
    *readers = g_new0 (char *, 1);
    return SCARD_S_SUCCESS;
  }
  if (result != SCARD_S_SUCCESS)
    return result;
  *readers = split (names);
  (void) SCardFreeMemory (self->context, names);
  return SCARD_S_SUCCESS;
}

static LONG
tell_readers (EsimPcscWatch *self)
{
  g_auto (GStrv) readers = NULL;
  LONG result = list_readers (self, &readers);

  if (result != SCARD_S_SUCCESS)
    return result;
  if (self->told != NULL && g_strv_equal ((const char *const *) self->told, (const char *const *) readers))
    return SCARD_S_SUCCESS;
  tell (self, SCARD_S_SUCCESS, 0, g_strdupv (readers));
  g_strfreev (self->told);
  self->told = g_steal_pointer (&readers);
  return SCARD_S_SUCCESS;
}

static LONG
watch_all (EsimPcscWatch *self)
{
  guint settle = SETTLE_TIMES;

  while (!is_stopping (self)) {
    SCARD_READERSTATE state = {.szReader = ALL_READERS, .dwCurrentState = SCARD_STATE_UNAWARE};
    LONG result = tell_readers (self);

    if (result != SCARD_S_SUCCESS)
      return result;
    result = SCardGetStatusChange (self->context, settle > 0 ? SETTLE_MS : INFINITE, &state, 1);
    if (result != SCARD_S_SUCCESS && result != SCARD_E_TIMEOUT)
      return result;
    settle = result == SCARD_S_SUCCESS ? SETTLE_TIMES : settle > 0 ? settle - 1 : 0;
  }
  return SCARD_E_CANCELLED;
}

static LONG
establish (EsimPcscWatch *self)
{
  SCARDCONTEXT context;
  LONG result = SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (result == SCARD_S_SUCCESS) {
    self->context = context;
    self->established = TRUE;
  }
  return result;
}

static void
finish (EsimPcscWatch *self)
{
  gboolean established;

  g_mutex_lock (&self->lock);
  established = self->established;
  self->established = FALSE;
  g_mutex_unlock (&self->lock);
  if (established)
    (void) SCardReleaseContext (self->context);
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gpointer
thread_run (gpointer data)
{
  EsimPcscWatch *self = data;
  LONG result = establish (self);

  if (result == SCARD_S_SUCCESS)
    result = self->reader != NULL ? watch_one (self) : watch_all (self);
  if (!is_stopping (self))
    tell (self, result, 0, NULL);
  finish (self);
  watch_unref (self);
  return NULL;
}

/* -- the end -- */

/* In a thread of its own, because it waits for the service, which may not answer. One SCardCancel() is not
 * enough: it is lost on a thread that is just about to wait. */
static gpointer
cancel_run (gpointer data)
{
  EsimPcscWatch *self = data;

  g_mutex_lock (&self->lock);
  while (!self->ended) {
    if (self->established) {
      SCARDCONTEXT context = self->context;

      g_mutex_unlock (&self->lock);
      (void) SCardCancel (context);
      g_mutex_lock (&self->lock);
    }
    if (!self->ended)
      (void) g_cond_wait_until (&self->changed, &self->lock,
                                g_get_monotonic_time () + CANCEL_EVERY_MS * G_TIME_SPAN_MILLISECOND);
  }
  g_mutex_unlock (&self->lock);
  watch_unref (self);
  return NULL;
}

void
esim_pcsc_watch_free (EsimPcscWatch *self, guint timeout_ms)
{
  gint64 end = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  GThread *canceller = NULL;
  gboolean ended;

  if (self == NULL)
    return;
  self->func = NULL;
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  if (!self->ended)
    canceller = g_thread_new ("pcsc-cancel", cancel_run, watch_ref (self));
  while (!self->ended && g_cond_wait_until (&self->changed, &self->lock, end))
    ;
  ended = self->ended;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < 2; i++) {
    GThread *thread = i == 0 ? canceller : self->thread;

    if (thread != NULL && ended)
      (void) g_thread_join (thread);
    else if (thread != NULL)
      g_thread_unref (thread);
  }
  watch_unref (self);
}

EsimPcscWatch *
esim_pcsc_watch_new (const char *reader, EsimPcscWatchFunc func, gpointer user_data)
{
  EsimPcscWatch *self = g_new0 (EsimPcscWatch, 1);

  g_atomic_ref_count_init (&self->references);
  self->reader = g_strdup (reader);
  self->main_context = g_main_context_ref_thread_default ();
  self->func = func;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->thread = g_thread_new ("pcsc-watch", thread_run, watch_ref (self));
  return self;
}
