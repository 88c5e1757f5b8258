/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-scard.h"

#include <string.h>

#include "hex.h"

#define PNP "\\\\?PnP?\\Notification"
#define CONTEXTS_MAX 64

typedef struct {
  DWORD state; /* with the counter in its upper half */
} Reader;

typedef struct {
  char *command;
  GBytes *answer;
} Step;

static GMutex lock;
static GCond changed;
static GHashTable *readers;
static GQueue script = G_QUEUE_INIT;
static gboolean running, card_blocked, others_blocked;
static LONG connect_result, exclusive_result, transmit_result;
static DWORD protocol;
static SCARDHANDLE exclusive; /* the handle that has the card to itself */
static SCARDHANDLE last_handle;
static FakeScardCounts counts;
static gboolean waiting[CONTEXTS_MAX], cancelled[CONTEXTS_MAX], made[CONTEXTS_MAX];

static void
step_free (gpointer data)
{
  Step *step = data;

  g_free (step->command);
  g_bytes_unref (step->answer);
  g_free (step);
}

static void
announce (void)
{
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

void
fake_scard_reset (void)
{
  g_mutex_lock (&lock);
  g_clear_pointer (&readers, g_hash_table_unref);
  readers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_queue_clear_full (&script, step_free);
  running = TRUE;
  card_blocked = others_blocked = FALSE;
  connect_result = exclusive_result = transmit_result = SCARD_S_SUCCESS;
  protocol = SCARD_PROTOCOL_T1;
  exclusive = 0;
  memset (&counts, 0, sizeof counts);
  memset (made, 0, sizeof made);
  announce ();
}

void
fake_scard_set_service (gboolean is_running)
{
  g_mutex_lock (&lock);
  running = is_running;
  announce ();
}

void
fake_scard_add_reader (const char *name, gboolean with_card)
{
  Reader *reader = g_new0 (Reader, 1);

  reader->state = with_card ? SCARD_STATE_PRESENT : SCARD_STATE_EMPTY;
  g_mutex_lock (&lock);
  g_hash_table_insert (readers, g_strdup (name), reader);
  announce ();
}

void
fake_scard_remove_reader (const char *name)
{
  g_mutex_lock (&lock);
  g_hash_table_remove (readers, name);
  announce ();
}

static void
come_or_go (const char *name, DWORD state)
{
  Reader *reader;

  g_mutex_lock (&lock);
  reader = g_hash_table_lookup (readers, name);
  reader->state = ((reader->state >> 16) + 1) << 16 | state;
  announce ();
}

void
fake_scard_insert (const char *name)
{
  come_or_go (name, SCARD_STATE_PRESENT);
}

void
fake_scard_pull (const char *name)
{
  come_or_go (name, SCARD_STATE_EMPTY);
}

void
fake_scard_set_state (const char *name, DWORD state)
{
  Reader *reader;

  g_mutex_lock (&lock);
  reader = g_hash_table_lookup (readers, name);
  reader->state = (reader->state & ~(DWORD) 0xFFFF) | state;
  announce ();
}

#define SETTER(name, type, variable)                                                                         \
  void name (type value)                                                                                     \
  {                                                                                                          \
    g_mutex_lock (&lock);                                                                                    \
    variable = value;                                                                                        \
    announce ();                                                                                             \
  }

SETTER (fake_scard_set_protocol, DWORD, protocol)
SETTER (fake_scard_fail_connect, LONG, connect_result)
SETTER (fake_scard_fail_exclusive, LONG, exclusive_result)
SETTER (fake_scard_fail_transmit, LONG, transmit_result)
SETTER (fake_scard_block_card, gboolean, card_blocked)
SETTER (fake_scard_block_others, gboolean, others_blocked)

void
fake_scard_expect (const char *command, const char *answer)
{
  Step *step = g_new0 (Step, 1);

  step->command = g_strdup (command);
  step->answer = hex_bytes (answer);
  g_mutex_lock (&lock);
  g_queue_push_tail (&script, step);
  announce ();
}

FakeScardCounts
fake_scard_get_counts (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  return counts;
}

void
fake_scard_assert_done (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  g_assert_cmpuint (g_queue_get_length (&script), ==, 0);
  g_assert_cmpuint (counts.connected, ==, 0);
  g_assert_cmpuint (counts.held, ==, 0);
}

/* -- PC/SC -- */

LONG
SCardEstablishContext (DWORD scope, LPCVOID one, LPCVOID two, LPSCARDCONTEXT context)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (!running)
    return SCARD_E_NO_SERVICE;
  for (SCARDCONTEXT i = 1; i < CONTEXTS_MAX; i++)
    if (!made[i]) {
      made[i] = TRUE;
      cancelled[i] = FALSE;
      *context = i;
      counts.contexts++;
      return SCARD_S_SUCCESS;
    }
  return SCARD_E_NO_MEMORY;
}

LONG
SCardReleaseContext (SCARDCONTEXT context)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  made[context] = FALSE;
  counts.contexts--;
  return SCARD_S_SUCCESS;
}

/* Lost where nobody waits, as with the real one. */
LONG
SCardCancel (SCARDCONTEXT context)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (waiting[context])
    cancelled[context] = TRUE;
  g_cond_broadcast (&changed);
  return SCARD_S_SUCCESS;
}

LONG
SCardListReaders (SCARDCONTEXT context, LPCSTR groups, LPSTR names, LPDWORD length)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  g_autoptr (GString) all = g_string_new (NULL);
  GHashTableIter iter;
  gpointer name;

  g_assert_cmpuint (*length, ==, SCARD_AUTOALLOCATE);
  if (!running)
    return SCARD_E_NO_SERVICE;
  if (g_hash_table_size (readers) == 0)
    return SCARD_E_NO_READERS_AVAILABLE;
  g_hash_table_iter_init (&iter, readers);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_string_append_len (all, name, (gssize) strlen (name) + 1);
  *length = all->len + 1;
  *(char **) names = g_memdup2 (all->str, all->len + 1);
  return SCARD_S_SUCCESS;
}

LONG
SCardFreeMemory (SCARDCONTEXT context, LPCVOID memory)
{
  g_free ((gpointer) memory);
  return SCARD_S_SUCCESS;
}

static gboolean
look (SCARD_READERSTATE *state, guint readers_before)
{
  Reader *reader = g_hash_table_lookup (readers, state->szReader);

  if (strcmp (state->szReader, PNP) == 0) {
    state->dwEventState = SCARD_STATE_CHANGED;
    return g_hash_table_size (readers) != readers_before;
  }
  if (reader == NULL) {
    state->dwEventState = SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE | SCARD_STATE_CHANGED;
    return TRUE;
  }
  state->dwEventState = reader->state | SCARD_STATE_CHANGED;
  return reader->state != state->dwCurrentState;
}

LONG
SCardGetStatusChange (SCARDCONTEXT context, DWORD timeout, SCARD_READERSTATE *states, DWORD count)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  guint before = g_hash_table_size (readers);
  gint64 end = g_get_monotonic_time () + (gint64) timeout * G_TIME_SPAN_MILLISECOND;

  g_assert_cmpuint (count, ==, 1);
  if (strcmp (states->szReader, PNP) != 0 && !g_hash_table_contains (readers, states->szReader))
    return SCARD_E_UNKNOWN_READER;
  while (running && !cancelled[context]) {
    if (look (states, before))
      return SCARD_S_SUCCESS;
    waiting[context] = TRUE;
    if (timeout == INFINITE)
      g_cond_wait (&changed, &lock);
    else if (!g_cond_wait_until (&changed, &lock, end))
      return SCARD_E_TIMEOUT;
    waiting[context] = FALSE;
  }
  if (!running)
    return SCARD_E_NO_SERVICE;
  cancelled[context] = FALSE;
  return SCARD_E_CANCELLED;
}

LONG
SCardConnect (SCARDCONTEXT context, LPCSTR name, DWORD share, DWORD protocols, LPSCARDHANDLE card,
              LPDWORD active)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  Reader *reader = g_hash_table_lookup (readers, name);

  g_assert_cmpuint (protocols, ==, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1);
  if (!running)
    return SCARD_E_NO_SERVICE;
  if (reader == NULL)
    return SCARD_E_UNKNOWN_READER;
  if ((reader->state & SCARD_STATE_PRESENT) == 0)
    return SCARD_E_NO_SMARTCARD;
  if (connect_result != SCARD_S_SUCCESS)
    return connect_result;
  if (share == SCARD_SHARE_EXCLUSIVE && exclusive_result != SCARD_S_SUCCESS)
    return exclusive_result;
  *card = ++last_handle;
  *active = protocol;
  if (share == SCARD_SHARE_EXCLUSIVE)
    exclusive = *card;
  counts.connects++;
  counts.connected++;
  return SCARD_S_SUCCESS;
}

LONG
SCardReconnect (SCARDHANDLE card, DWORD share, DWORD protocols, DWORD what, LPDWORD active)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  g_assert_cmpuint (share, ==, SCARD_SHARE_SHARED);
  g_assert_cmpuint (what, ==, SCARD_RESET_CARD);
  g_assert_cmpuint (counts.held, ==, 0);
  counts.resets++;
  *active = protocol;
  return SCARD_S_SUCCESS;
}

LONG
SCardDisconnect (SCARDHANDLE card, DWORD what)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (what == SCARD_RESET_CARD) {
    g_assert_cmpint (card, ==, exclusive);
    counts.alone++;
  }
  counts.connected--;
  return SCARD_S_SUCCESS;
}

LONG
SCardBeginTransaction (SCARDHANDLE card)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  while (others_blocked)
    g_cond_wait (&changed, &lock);
  counts.transactions++;
  counts.held++;
  return SCARD_S_SUCCESS;
}

LONG
SCardEndTransaction (SCARDHANDLE card, DWORD what)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  g_assert_cmpuint (what, ==, SCARD_LEAVE_CARD);
  g_assert_cmpuint (counts.held, ==, 1);
  counts.held--;
  return SCARD_S_SUCCESS;
}

LONG
SCardTransmit (SCARDHANDLE card, const SCARD_IO_REQUEST *wire, LPCBYTE command, DWORD length,
               SCARD_IO_REQUEST *received, LPBYTE answer, LPDWORD answered)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  Step *step;
  gsize size;
  gconstpointer data;

  g_assert_cmpuint (counts.held, ==, 1);
  g_assert_cmpuint (wire->dwProtocol, ==, protocol);
  while (card_blocked)
    g_cond_wait (&changed, &lock);
  if (transmit_result != SCARD_S_SUCCESS)
    return transmit_result;
  step = g_queue_pop_head (&script);
  g_assert_nonnull (step);
  assert_hex (command, length, step->command);
  data = g_bytes_get_data (step->answer, &size);
  g_assert_cmpuint (size, <=, *answered);
  if (size > 0)
    memcpy (answer, data, size);
  *answered = size;
  step_free (step);
  return SCARD_S_SUCCESS;
}
