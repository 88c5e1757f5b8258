/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-device.h"

#include <gio/gunixsocketaddress.h>

#include "esim-error.h"
#include "esim-mbim-status.h"
#include "esim-worker.h"

#define PROXY_SOCKET "mbim-proxy"
#define PROXY_WAIT_MS 5000
#define PROXY_RETRY_MS 100
#define OPEN_TIMEOUT 15 /* s: a modem may still be booting its MBIM function */

/* libmbim ends each command itself after its time-out; ours only guards against that not happening. */
#define MARGIN_MS 2000

struct _EsimMbimDevice {
  GObject parent;
  MbimDevice *mbim;
  GCancellable *cancellable; /* of the call under way; cancelled from the worker's own thread only */
  EsimWait *pause;
  GSource *hurry;
  gboolean gone;
  gboolean hurried;
  gboolean closed;
};

G_DEFINE_TYPE (EsimMbimDevice, esim_mbim_device, G_TYPE_OBJECT)

enum { SIGNAL_INDICATION, SIGNAL_GONE, N_SIGNALS };
static guint signals[N_SIGNALS];

/* One asynchronous call. libmbim's callback may come after the wait was given up, so it is counted: one
 * reference for the linear code, one for the callback. */
typedef struct {
  gint references;
  EsimWait wait;
  gboolean abandoned;
  GAsyncResult *result;
  GObject *source;
} Call;

static Call *
call_new (void)
{
  Call *call = g_new0 (Call, 1);

  call->references = 2;
  esim_wait_init (&call->wait);
  return call;
}

static void
call_unref (Call *call)
{
  if (--call->references > 0)
    return;
  g_clear_object (&call->result);
  g_clear_object (&call->source);
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_unref)

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;

  if (!call->abandoned) {
    g_set_object (&call->result, result);
    g_set_object (&call->source, source);
    esim_wait_finish (&call->wait);
  }
  call_unref (call);
}

static void
begin (EsimMbimDevice *self)
{
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
}

/* Waits for a call begun with self->cancellable. %FALSE with a failure of libmbim's kind. */
static gboolean
wait_for (EsimMbimDevice *self, Call *call, guint timeout_ms, GError **failure)
{
  gboolean ended = esim_wait_run (&call->wait, timeout_ms);

  if (!ended) {
    call->abandoned = TRUE;
    g_cancellable_cancel (self->cancellable);
  }
  g_clear_object (&self->cancellable);
  if (ended)
    return TRUE;
  g_set_error (failure, MBIM_CORE_ERROR, MBIM_CORE_ERROR_TIMEOUT, "no answer");
  return FALSE;
}

static void
become_gone (EsimMbimDevice *self)
{
  if (self->gone || self->closed)
    return;
  self->gone = TRUE;
  esim_mbim_device_wake (self);
  /* libmbim leaves what is under way to its time-outs when a port hangs up. */
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_signal_emit (self, signals[SIGNAL_GONE], 0);
}

static void
set_gone_error (GError **error, const char *what)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "Could not %s: the modem went away", what);
}

static void
set_failure (EsimMbimDevice *self, const GError *failure, const char *what, GError **error)
{
  /* A write that fails, or a port that libmbim closed under us, is a hang-up that the poll had not shown yet.
   */
  if (failure->domain == G_IO_CHANNEL_ERROR ||
      g_error_matches (failure, MBIM_CORE_ERROR, MBIM_CORE_ERROR_WRONG_STATE))
    become_gone (self);
  if (self->gone)
    set_gone_error (error, what);
  else
    g_propagate_error (error, esim_mbim_failure_to_error (failure, what));
}

static gboolean
is_answer_to (const MbimMessage *answer, const MbimMessage *request)
{
  return mbim_message_command_done_get_cid (answer) == mbim_message_command_get_cid (request) &&
         mbim_uuid_cmp (mbim_message_command_done_get_service_id (answer),
                        mbim_message_command_get_service_id (request));
}

static MbimMessage *
check_answer (EsimMbimDevice *self, MbimMessage *answer, MbimMessage *request, const char *what,
              guint32 *status, GError **error)
{
  g_autoptr (MbimMessage) owned = answer;
  g_autoptr (GError) failure = NULL;
  guint32 code;

  if (mbim_message_get_message_type (answer) != MBIM_MESSAGE_TYPE_COMMAND_DONE) {
    (void) mbim_message_response_get_result (answer, MBIM_MESSAGE_TYPE_COMMAND_DONE, &failure);
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                 "Could not %s: the modem reports a protocol error: %s", what,
                 failure != NULL ? failure->message : "of an unknown kind");
    return NULL;
  }
  if (!is_answer_to (answer, request)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "Could not %s: the modem answered something else",
                 what);
    return NULL;
  }
  /* Read here, not by libmbim's get_result: 1.28 turns statuses that it does not know into one and the same.
   */
  code = (guint32) mbim_message_command_done_get_status_code (answer);
  if (status != NULL)
    *status = code;
  if (code != 0) {
    g_propagate_error (error, esim_mbim_status_to_error (code, what));
    return NULL;
  }
  return g_steal_pointer (&owned);
}

MbimMessage *
esim_mbim_device_command (EsimMbimDevice *self, MbimMessage *request, guint timeout, const char *what,
                          guint32 *status, GError **error)
{
  g_autoptr (MbimMessage) owned = request;
  g_autoptr (GError) failure = NULL;
  g_autoptr (Call) call = NULL;
  MbimMessage *answer = NULL;

  if (status != NULL)
    *status = 0;
  if (request == NULL) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "Could not %s: the message cannot be built",
                 what);
    return NULL;
  }
  if (self->gone || self->closed) {
    set_gone_error (error, what);
    return NULL;
  }
  call = call_new ();
  begin (self);
  mbim_device_command (self->mbim, request, timeout, self->cancellable, on_result, call);
  if (wait_for (self, call, timeout * 1000 + MARGIN_MS, &failure))
    answer = mbim_device_command_finish (self->mbim, call->result, &failure);
  if (answer == NULL) {
    set_failure (self, failure, what, error);
    return NULL;
  }
  return check_answer (self, answer, request, what, status, error);
}

void
esim_mbim_device_pause (EsimMbimDevice *self, guint timeout_ms)
{
  EsimWait wait;

  if (self->gone || self->hurried)
    return;
  esim_wait_init (&wait);
  self->pause = &wait;
  (void) esim_wait_run (&wait, timeout_ms);
  self->pause = NULL;
}

void
esim_mbim_device_wake (EsimMbimDevice *self)
{
  if (self->pause != NULL)
    esim_wait_finish (self->pause);
}

gboolean
esim_mbim_device_is_gone (EsimMbimDevice *self)
{
  return self->gone;
}

gboolean
esim_mbim_device_go_on (EsimMbimDevice *self, const char *what, GError **error)
{
  if (!self->hurried)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED, "Could not %s: the service is stopping", what);
  return FALSE;
}

static void
drop_hurry (EsimMbimDevice *self)
{
  if (self->hurry == NULL)
    return;
  g_source_destroy (self->hurry);
  g_clear_pointer (&self->hurry, g_source_unref);
}

static gboolean
on_hurry (gpointer data)
{
  EsimMbimDevice *self = data;

  self->hurried = TRUE;
  esim_mbim_device_wake (self);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  drop_hurry (self);
  return G_SOURCE_REMOVE;
}

void
esim_mbim_device_hurry (EsimMbimDevice *self, guint grace_ms)
{
  if (self->hurry != NULL || self->hurried)
    return;
  self->hurry = g_timeout_source_new (grace_ms);
  g_source_set_callback (self->hurry, on_hurry, self, NULL);
  g_source_attach (self->hurry, g_main_context_get_thread_default ());
}

static void
on_indication (MbimDevice *mbim, MbimMessage *message, EsimMbimDevice *self)
{
  if (!self->closed)
    g_signal_emit (self, signals[SIGNAL_INDICATION], 0, message);
}

static void
on_removed (MbimDevice *mbim, EsimMbimDevice *self)
{
  become_gone (self);
}

/* Somebody who listens there, or %NULL. */
static GSocket *
connect_to_proxy (GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (socket == NULL)
    return NULL;
  address = g_unix_socket_address_new_with_type (PROXY_SOCKET, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  if (!g_socket_connect (socket, address, NULL, error))
    return NULL;
  return g_steal_pointer (&socket);
}

/* libmbim would fork a proxy if nobody listened. The connection is kept until libmbim has its own, so that
 * the proxy does not leave in between. */
static GSocket *
await_proxy (GError **error)
{
  gint64 end = g_get_monotonic_time () + PROXY_WAIT_MS * G_TIME_SPAN_MILLISECOND;

  while (TRUE) {
    g_autoptr (GError) failure = NULL;
    GSocket *socket = connect_to_proxy (&failure);

    if (socket != NULL)
      return socket;
    if (g_get_monotonic_time () >= end) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                   "The MBIM proxy is not running (%s): start esimd-mbim-proxy.service", failure->message);
      return NULL;
    }
    esim_wait_sleep (PROXY_RETRY_MS);
  }
}

static gboolean
make_mbim (EsimMbimDevice *self, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) failure = NULL;
  g_autoptr (Call) call = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "There is no modem port %s", path);
    return FALSE;
  }
  call = call_new ();
  begin (self);
  mbim_device_new (file, self->cancellable, on_result, call);
  if (wait_for (self, call, OPEN_TIMEOUT * 1000, &failure))
    self->mbim = mbim_device_new_finish (call->result, &failure);
  if (self->mbim == NULL) {
    g_propagate_error (error, esim_mbim_failure_to_error (failure, "use the modem's port"));
    return FALSE;
  }
  g_signal_connect (self->mbim, MBIM_DEVICE_SIGNAL_INDICATE_STATUS, G_CALLBACK (on_indication), self);
  g_signal_connect (self->mbim, MBIM_DEVICE_SIGNAL_REMOVED, G_CALLBACK (on_removed), self);
  return TRUE;
}

static gboolean
open_mbim (EsimMbimDevice *self, gboolean use_proxy, GError **error)
{
  MbimDeviceOpenFlags flags = use_proxy ? MBIM_DEVICE_OPEN_FLAGS_PROXY : MBIM_DEVICE_OPEN_FLAGS_NONE;
  g_autoptr (GSocket) proxy = NULL;
  g_autoptr (GError) failure = NULL;
  g_autoptr (Call) call = NULL;

  if (use_proxy) {
    proxy = await_proxy (error);
    if (proxy == NULL)
      return FALSE;
  }
  call = call_new ();
  begin (self);
  mbim_device_open_full (self->mbim, flags, OPEN_TIMEOUT, self->cancellable, on_result, call);
  if (wait_for (self, call, OPEN_TIMEOUT * 1000 + MARGIN_MS, &failure) &&
      mbim_device_open_full_finish (self->mbim, call->result, &failure))
    return TRUE;
  if (self->gone && use_proxy)
    g_set_error (
        error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
        "The MBIM proxy closed the connection: it may not be able to open the modem, or not admit this user");
  else
    set_failure (self, failure, "open the modem", error);
  return FALSE;
}

EsimMbimDevice *
esim_mbim_device_open (const char *path, gboolean use_proxy, GError **error)
{
  g_autoptr (EsimMbimDevice) self = g_object_new (ESIM_TYPE_MBIM_DEVICE, NULL);

  if (!make_mbim (self, path, error) || !open_mbim (self, use_proxy, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
esim_mbim_device_close (EsimMbimDevice *self, guint timeout_ms)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (Call) call = NULL;

  if (self->closed || self->mbim == NULL)
    return;
  self->closed = TRUE;
  drop_hurry (self);
  if (!self->gone) {
    call = call_new ();
    begin (self);
    mbim_device_close (self->mbim, MAX (timeout_ms / 1000, 1), self->cancellable, on_result, call);
    if (!wait_for (self, call, timeout_ms, &failure) ||
        !mbim_device_close_finish (self->mbim, call->result, &failure))
      g_debug ("the modem did not take leave: %s", failure->message);
  }
  (void) mbim_device_close_force (self->mbim, NULL);
}

static void
esim_mbim_device_dispose (GObject *object)
{
  EsimMbimDevice *self = ESIM_MBIM_DEVICE (object);

  drop_hurry (self);
  if (self->mbim != NULL) {
    g_signal_handlers_disconnect_by_data (self->mbim, self);
    (void) mbim_device_close_force (self->mbim, NULL);
  }
  g_clear_object (&self->mbim);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (esim_mbim_device_parent_class)->dispose (object);
}

static void
esim_mbim_device_class_init (EsimMbimDeviceClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_mbim_device_dispose;
  signals[SIGNAL_INDICATION] = g_signal_new ("indication", ESIM_TYPE_MBIM_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL,
                                             NULL, NULL, G_TYPE_NONE, 1, MBIM_TYPE_MESSAGE);
  signals[SIGNAL_GONE] =
      g_signal_new ("gone", ESIM_TYPE_MBIM_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
esim_mbim_device_init (EsimMbimDevice *self)
{
}
