/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-pcsc-link.h"

#include <openssl/crypto.h>
#include <string.h>

#include "esim-error.h"
#include "esim-pcsc-error.h"
#include "esim-worker.h"

/* How long another program may have the card before ours is called off: most exchanges take less than one
 * second, a signature of a slow card some. */
#define LOCK_MS 10000
#define CONNECT_MS 15000
/* A transaction goes on over 61xx and 6Cxx, because the rest of the answer is lost if another program comes
 * in between. If nobody comes for the rest, it ends by itself. */
#define HELD_MS 500
#define COMMAND_MAX 261
#define PROTOCOLS (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)

typedef enum { ESTABLISH, CONNECT, DISCONNECT, TRANSMIT, RESET, RESET_ALONE, QUIT } Operation;

/* A call that has to wait for other programs is called off by whoever turns the stage first. */
typedef enum { STAGE_BEFORE, STAGE_SENT, STAGE_CALLED_OFF } Stage;

/* What worker and thread share, for as long as either has it. */
typedef struct {
  gatomicrefcount references;
  char *reader;
  GMainContext *context; /* the worker's */
  GAsyncQueue *requests;
} Shared;

typedef struct {
  gatomicrefcount references;
  Operation operation;
  gint stage;
  LONG result;
  guint8 command[COMMAND_MAX];
  gsize length;
  guint8 answer[MAX_BUFFER_SIZE];
  DWORD answered;
  EsimWait *wait; /* the worker's, as is what follows; NULL: it waits no more */
  gboolean done;
} Request;

struct _EsimPcscLink {
  Shared *shared;
  GThread *thread;
  Request *running; /* what the worker waits for */
  Request *late;    /* what it waited for, and the thread is still at */
  EsimWait *pause;
  GSource *hurry;
  gboolean hurried;
  gboolean closing;
};

/* Belongs to the thread. */
typedef struct {
  Shared *shared;
  SCARDCONTEXT context;
  SCARDHANDLE card; /* 0: not connected */
  DWORD protocol;
  gboolean established;
  gboolean in_transaction;
} Side;

static void
shared_unref (Shared *shared)
{
  if (!g_atomic_ref_count_dec (&shared->references))
    return;
  g_free (shared->reader);
  g_main_context_unref (shared->context);
  g_async_queue_unref (shared->requests);
  g_free (shared);
}

static Request *
request_new (Operation operation)
{
  Request *request = g_new0 (Request, 1);

  g_atomic_ref_count_init (&request->references);
  request->operation = operation;
  return request;
}

static Request *
request_ref (Request *request)
{
  g_atomic_ref_count_inc (&request->references);
  return request;
}

static void
request_unref (gpointer data)
{
  Request *request = data;

  if (g_atomic_ref_count_dec (&request->references))
    g_free (request);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_unref)

/* -- in the thread -- */

static void
end_transaction (Side *side)
{
  if (side->in_transaction)
    (void) SCardEndTransaction (side->card, SCARD_LEAVE_CARD);
  side->in_transaction = FALSE;
}

static void
disconnect (Side *side)
{
  end_transaction (side);
  if (side->card != 0)
    (void) SCardDisconnect (side->card, SCARD_LEAVE_CARD);
  side->card = 0;
}

static LONG
establish (Side *side)
{
  LONG result = SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, &side->context);

  side->established = result == SCARD_S_SUCCESS;
  return result;
}

static LONG
connect_shared (Side *side)
{
  LONG result;

  disconnect (side);
  result = SCardConnect (side->context, side->shared->reader, SCARD_SHARE_SHARED, PROTOCOLS, &side->card,
                         &side->protocol);
  if (result != SCARD_S_SUCCESS)
    side->card = 0;
  return result;
}

/* ISO 7816-3, 12.1: in T=0 a command has P3 always, and no Le behind its data. */
static gsize
to_wire (const Side *side, Request *request)
{
  if (side->protocol != SCARD_PROTOCOL_T0)
    return request->length;
  if (request->length == 4) {
    request->command[4] = 0;
    return 5;
  }
  return request->length == request->command[4] + 6u ? request->length - 1 : request->length;
}

static gboolean
begin_sending (Request *request)
{
  return g_atomic_int_compare_and_exchange (&request->stage, STAGE_BEFORE, STAGE_SENT);
}

static gboolean
is_more_to_come (const Request *request)
{
  guint8 sw1 = request->answered >= 2 ? request->answer[request->answered - 2] : 0;

  return sw1 == 0x61 || sw1 == 0x6C;
}

static LONG
transmit (Side *side, Request *request)
{
  const SCARD_IO_REQUEST wire = {.dwProtocol = side->protocol, .cbPciLength = sizeof wire};
  LONG result = SCARD_S_SUCCESS;

  if (side->card == 0)
    return SCARD_E_INVALID_HANDLE;
  if (!side->in_transaction)
    result = SCardBeginTransaction (side->card);
  if (result != SCARD_S_SUCCESS)
    return result;
  side->in_transaction = TRUE;
  if (begin_sending (request)) {
    request->answered = sizeof request->answer;
    result = SCardTransmit (side->card, &wire, request->command, to_wire (side, request), NULL,
                            request->answer, &request->answered);
  } else {
    result = SCARD_E_CANCELLED;
  }
  if (result != SCARD_S_SUCCESS || !is_more_to_come (request))
    end_transaction (side);
  return result;
}

static LONG
reset (Side *side, Request *request)
{
  LONG result = side->card != 0 ? SCARD_S_SUCCESS : connect_shared (side);

  end_transaction (side);
  if (result != SCARD_S_SUCCESS || !begin_sending (request))
    return result;
  result = SCardReconnect (side->card, SCARD_SHARE_SHARED, PROTOCOLS, SCARD_RESET_CARD, &side->protocol);
  if (result != SCARD_S_SUCCESS)
    disconnect (side);
  return result;
}

static LONG
reset_alone (Side *side, Request *request)
{
  SCARDHANDLE card;
  DWORD protocol;
  LONG result;

  disconnect (side);
  result =
      SCardConnect (side->context, side->shared->reader, SCARD_SHARE_EXCLUSIVE, PROTOCOLS, &card, &protocol);
  if (result == SCARD_S_SUCCESS)
    result = SCardDisconnect (card, begin_sending (request) ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
  return result;
}

static LONG
perform (Side *side, Request *request)
{
  switch (request->operation) {
  case ESTABLISH:
    return establish (side);
  case CONNECT:
    return connect_shared (side);
  case TRANSMIT:
    return transmit (side, request);
  case RESET:
    return reset (side, request);
  case RESET_ALONE:
    return reset_alone (side, request);
  case DISCONNECT:
  case QUIT:
  default:
    disconnect (side);
    return SCARD_S_SUCCESS;
  }
}

static Request *
next_request (Side *side)
{
  Request *request = NULL;

  if (side->in_transaction) {
    request = g_async_queue_timeout_pop (side->shared->requests, HELD_MS * G_TIME_SPAN_MILLISECOND);
    if (request == NULL)
      end_transaction (side);
  }
  return request != NULL ? request : g_async_queue_pop (side->shared->requests);
}

static gboolean
on_done (gpointer data)
{
  Request *request = data;

  request->done = TRUE;
  if (request->wait != NULL)
    esim_wait_finish (request->wait);
  return G_SOURCE_REMOVE;
}

static gpointer
thread_run (gpointer data)
{
  Side side = {.shared = data};
  gboolean quit = FALSE;

  while (!quit) {
    Request *request = next_request (&side);
    g_autoptr (GSource) source = g_idle_source_new ();

    request->result = perform (&side, request);
    quit = request->operation == QUIT;
    if (quit && side.established)
      (void) SCardReleaseContext (side.context);
    g_source_set_priority (source, G_PRIORITY_DEFAULT);
    g_source_set_callback (source, on_done, request, request_unref);
    g_source_attach (source, side.shared->context);
  }
  shared_unref (side.shared);
  return NULL;
}

/* -- in the worker -- */

static void
set_code (LONG *code, LONG value)
{
  if (code != NULL)
    *code = value;
}

gboolean
esim_pcsc_link_go_on (EsimPcscLink *self, const char *what, GError **error)
{
  if (!self->hurried)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED, "Could not %s: the service is stopping", what);
  return FALSE;
}

/* Waits for others with one bound, for the card with another. Returns whether the request was done. */
static gboolean
wait_for (EsimPcscLink *self, Request *request, guint lock_ms, guint timeout_ms)
{
  EsimWait wait;

  esim_wait_init (&wait);
  request->wait = &wait;
  self->running = request;
  if (!esim_wait_run (&wait, lock_ms) && timeout_ms > lock_ms &&
      !g_atomic_int_compare_and_exchange (&request->stage, STAGE_BEFORE, STAGE_CALLED_OFF))
    (void) esim_wait_run (&wait, timeout_ms - lock_ms);
  self->running = NULL;
  request->wait = NULL;
  return request->done;
}

/* What was called off ends as soon as others let go. What was sent to a card that is silent may never. */
static gboolean
is_free (EsimPcscLink *self, guint lock_ms)
{
  if (self->late == NULL)
    return TRUE;
  if (!self->late->done && g_atomic_int_get (&self->late->stage) == STAGE_CALLED_OFF)
    (void) wait_for (self, self->late, lock_ms, lock_ms);
  if (!self->late->done)
    return FALSE;
  g_clear_pointer (&self->late, request_unref);
  return TRUE;
}

static void
set_late_error (EsimPcscLink *self, Request *request, const char *what, LONG *code, GError **error)
{
  gboolean sent = request != NULL &&
                  !g_atomic_int_compare_and_exchange (&request->stage, STAGE_BEFORE, STAGE_CALLED_OFF) &&
                  g_atomic_int_get (&request->stage) == STAGE_SENT;

  set_code (code, self->hurried ? SCARD_E_CANCELLED : SCARD_E_TIMEOUT);
  if (!esim_pcsc_link_go_on (self, what, error))
    return;
  if (sent)
    g_set_error (
        error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
        "Could not %s: the card in the reader \"%s\" did not answer in time. Take it out and put it in "
        "again if it stays so",
        what, self->shared->reader);
  else
    g_set_error (
        error, ESIM_ERROR, ESIM_ERROR_BUSY,
        "Could not %s: another program is at work with the card in the reader \"%s\", or the reader does "
        "not answer. Close that program, or plug the reader in again, and try again",
        what, self->shared->reader);
}

/* TRUE: it was done, and went well. */
static gboolean
call (EsimPcscLink *self, Request *request, guint lock_ms, guint timeout_ms, const char *what, LONG *code,
      GError **error)
{
  if (!is_free (self, lock_ms)) {
    set_late_error (self, NULL, what, code, error);
    return FALSE;
  }
  g_async_queue_push (self->shared->requests, request_ref (request));
  if (!wait_for (self, request, lock_ms, timeout_ms)) {
    self->late = request_ref (request);
    set_late_error (self, request, what, code, error);
    return FALSE;
  }
  set_code (code, request->result);
  if (request->result == SCARD_S_SUCCESS)
    return TRUE;
  g_propagate_error (error, esim_pcsc_error_new (request->result, self->shared->reader, what));
  return FALSE;
}

gboolean
esim_pcsc_link_connect (EsimPcscLink *self, LONG *code, GError **error)
{
  g_autoptr (Request) request = request_new (CONNECT);

  return call (self, request, CONNECT_MS, CONNECT_MS, "connect to the card", code, error);
}

void
esim_pcsc_link_disconnect (EsimPcscLink *self)
{
  g_autoptr (Request) request = request_new (DISCONNECT);
  g_autoptr (GError) failure = NULL;

  if (!call (self, request, CONNECT_MS, CONNECT_MS, "leave the card", NULL, &failure))
    g_debug ("%s", failure->message);
}

gboolean
esim_pcsc_link_transmit (EsimPcscLink *self, const guint8 *command, gsize length, guint timeout_ms,
                         GByteArray *answer, LONG *code, GError **error)
{
  const char *what = "send the card a command";
  g_autoptr (Request) request = request_new (TRANSMIT);

  g_return_val_if_fail (length >= 4 && length <= COMMAND_MAX, FALSE);
  memcpy (request->command, command, length);
  request->length = length;
  if (!call (self, request, MIN (LOCK_MS, timeout_ms), timeout_ms, what, code, error))
    return FALSE;
  if (request->answered >= 2 && request->answered <= sizeof request->answer) {
    g_byte_array_append (answer, request->answer, (guint) request->answered);
    OPENSSL_cleanse (request->answer, request->answered); /* it may have been keys of the USIM */
    return TRUE;
  }
  set_code (code, SCARD_E_NOT_TRANSACTED);
  g_propagate_error (error, esim_pcsc_error_new (SCARD_E_NOT_TRANSACTED, self->shared->reader, what));
  return FALSE;
}

gboolean
esim_pcsc_link_reset (EsimPcscLink *self, LONG *code, GError **error)
{
  g_autoptr (Request) request = request_new (RESET);

  return call (self, request, LOCK_MS, CONNECT_MS, "reset the card", code, error);
}

gboolean
esim_pcsc_link_reset_alone (EsimPcscLink *self, LONG *code, GError **error)
{
  g_autoptr (Request) request = request_new (RESET_ALONE);

  return call (self, request, LOCK_MS, CONNECT_MS, "reset the card", code, error);
}

void
esim_pcsc_link_wake (EsimPcscLink *self)
{
  if (self->pause != NULL)
    esim_wait_finish (self->pause);
}

void
esim_pcsc_link_pause (EsimPcscLink *self, guint timeout_ms)
{
  EsimWait wait;

  if (self->hurried)
    return;
  esim_wait_init (&wait);
  self->pause = &wait;
  (void) esim_wait_run (&wait, timeout_ms);
  self->pause = NULL;
}

static void
drop_hurry (EsimPcscLink *self)
{
  if (self->hurry == NULL)
    return;
  g_source_destroy (self->hurry);
  g_clear_pointer (&self->hurry, g_source_unref);
}

static gboolean
on_hurry (gpointer data)
{
  EsimPcscLink *self = data;

  self->hurried = TRUE;
  esim_pcsc_link_wake (self);
  if (self->running != NULL)
    esim_wait_finish (self->running->wait);
  drop_hurry (self);
  return G_SOURCE_REMOVE;
}

void
esim_pcsc_link_hurry (EsimPcscLink *self, guint grace_ms)
{
  if (self->hurry != NULL || self->hurried || self->closing)
    return;
  self->hurry = g_timeout_source_new (grace_ms);
  g_source_set_callback (self->hurry, on_hurry, self, NULL);
  g_source_attach (self->hurry, self->shared->context);
}

EsimPcscLink *
esim_pcsc_link_new (const char *reader, GError **error)
{
  EsimPcscLink *self = g_new0 (EsimPcscLink, 1);
  g_autoptr (Request) request = request_new (ESTABLISH);
  Shared *shared = g_new0 (Shared, 1);

  g_atomic_ref_count_init (&shared->references);
  g_atomic_ref_count_inc (&shared->references);
  shared->reader = g_strdup (reader);
  shared->context = g_main_context_ref_thread_default ();
  shared->requests = g_async_queue_new_full (request_unref);
  self->shared = shared;
  self->thread = g_thread_new ("pcsc-card", thread_run, shared);
  if (call (self, request, CONNECT_MS, CONNECT_MS, "come to the smart card service", NULL, error))
    return self;
  esim_pcsc_link_close (self, 0);
  esim_pcsc_link_free (self);
  return NULL;
}

void
esim_pcsc_link_close (EsimPcscLink *self, guint timeout_ms)
{
  g_autoptr (Request) request = request_new (QUIT);

  if (self->thread == NULL)
    return;
  self->closing = TRUE;
  drop_hurry (self);
  g_async_queue_push (self->shared->requests, request_ref (request));
  /* Behind what it is still at, which may never end: then the thread has no one to come back to. */
  if (timeout_ms > 0 && wait_for (self, request, timeout_ms, timeout_ms))
    (void) g_thread_join (self->thread);
  else
    g_thread_unref (self->thread);
  self->thread = NULL;
}

void
esim_pcsc_link_free (EsimPcscLink *self)
{
  if (self == NULL)
    return;
  esim_pcsc_link_close (self, 0);
  g_clear_pointer (&self->late, request_unref);
  shared_unref (self->shared);
  g_free (self);
}
