/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-device.h"

#include "esim-error.h"
#include "esim-mbim-status.h"

#define OPEN_TIMEOUT 15 /* s: a modem may still be booting its MBIM function */

/* libmbim ends each command itself after its time-out; ours only guards against that not happening. */
#define MARGIN_MS 2000

struct _EsimMbimDevice {
  EsimPort parent;
  MbimDevice *mbim;
};

G_DEFINE_TYPE (EsimMbimDevice, esim_mbim_device, ESIM_TYPE_PORT)

static guint signal_indication;

static void
set_failure (EsimMbimDevice *self, const GError *failure, const char *what, GError **error)
{
  if (failure == NULL) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT, "Could not %s: the modem did not answer in time",
                 what);
    return;
  }
  /* A write that fails, or a port that libmbim closed under us, is a hang-up that the poll had not shown yet.
   */
  if (failure->domain == G_IO_CHANNEL_ERROR ||
      g_error_matches (failure, MBIM_CORE_ERROR, MBIM_CORE_ERROR_WRONG_STATE))
    esim_port_set_gone (ESIM_PORT (self));
  if (esim_port_check (ESIM_PORT (self), what, error))
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
check_answer (MbimMessage *answer, MbimMessage *request, const char *what, guint32 *status, GError **error)
{
  g_autoptr (MbimMessage) owned = answer;
  g_autoptr (GError) failure = NULL;

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
  *status = (guint32) mbim_message_command_done_get_status_code (answer);
  return g_steal_pointer (&owned);
}

MbimMessage *
esim_mbim_device_ask (EsimMbimDevice *self, MbimMessage *request, guint timeout, const char *what,
                      guint32 *status, GError **error)
{
  g_autoptr (MbimMessage) owned = request;
  g_autoptr (GError) failure = NULL;
  g_autoptr (EsimPortCall) call = NULL;
  GAsyncResult *result;
  MbimMessage *answer = NULL;

  *status = 0;
  if (request == NULL) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "Could not %s: the message cannot be built",
                 what);
    return NULL;
  }
  if (!esim_port_check (ESIM_PORT (self), what, error))
    return NULL;
  call = esim_port_call_new (ESIM_PORT (self));
  mbim_device_command (self->mbim, request, timeout, esim_port_call_get_cancellable (call),
                       esim_port_call_done, call);
  result = esim_port_call_wait (call, timeout * 1000 + MARGIN_MS);
  if (result != NULL)
    answer = mbim_device_command_finish (self->mbim, result, &failure);
  if (answer == NULL) {
    set_failure (self, failure, what, error);
    return NULL;
  }
  return check_answer (answer, request, what, status, error);
}

MbimMessage *
esim_mbim_device_command (EsimMbimDevice *self, MbimMessage *request, guint timeout, const char *what,
                          guint32 *status, GError **error)
{
  guint32 code;
  g_autoptr (MbimMessage) answer = esim_mbim_device_ask (self, request, timeout, what, &code, error);

  if (status != NULL)
    *status = code;
  if (answer == NULL || code == 0)
    return g_steal_pointer (&answer);
  g_propagate_error (error, esim_mbim_status_to_error (code, what));
  return NULL;
}

static void
on_indication (MbimDevice *mbim, MbimMessage *message, EsimMbimDevice *self)
{
  if (!esim_port_is_closed (ESIM_PORT (self)))
    g_signal_emit (self, signal_indication, 0, message);
}

static gboolean
make_mbim (EsimMbimDevice *self, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) failure = NULL;
  g_autoptr (EsimPortCall) call = NULL;
  GAsyncResult *result;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "There is no modem port %s", path);
    return FALSE;
  }
  call = esim_port_call_new (ESIM_PORT (self));
  mbim_device_new (file, esim_port_call_get_cancellable (call), esim_port_call_done, call);
  result = esim_port_call_wait (call, OPEN_TIMEOUT * 1000);
  if (result != NULL)
    self->mbim = mbim_device_new_finish (result, &failure);
  if (self->mbim == NULL) {
    set_failure (self, failure, "use the modem's port", error);
    return FALSE;
  }
  g_signal_connect (self->mbim, MBIM_DEVICE_SIGNAL_INDICATE_STATUS, G_CALLBACK (on_indication), self);
  g_signal_connect_swapped (self->mbim, MBIM_DEVICE_SIGNAL_REMOVED, G_CALLBACK (esim_port_set_gone), self);
  return TRUE;
}

static gboolean
open_mbim (EsimMbimDevice *self, gboolean use_proxy, GError **error)
{
  MbimDeviceOpenFlags flags = use_proxy ? MBIM_DEVICE_OPEN_FLAGS_PROXY : MBIM_DEVICE_OPEN_FLAGS_NONE;
  g_autoptr (GObject) proxy = NULL;
  g_autoptr (GError) failure = NULL;
  g_autoptr (EsimPortCall) call = NULL;
  GAsyncResult *result;

  if (use_proxy) {
    proxy = esim_port_await_proxy (ESIM_PORT_MBIM_PROXY, error);
    if (proxy == NULL)
      return FALSE;
  }
  call = esim_port_call_new (ESIM_PORT (self));
  mbim_device_open_full (self->mbim, flags, OPEN_TIMEOUT, esim_port_call_get_cancellable (call),
                         esim_port_call_done, call);
  result = esim_port_call_wait (call, OPEN_TIMEOUT * 1000 + MARGIN_MS);
  if (result != NULL && mbim_device_open_full_finish (self->mbim, result, &failure))
    return TRUE;
  if (use_proxy && esim_port_is_gone (ESIM_PORT (self)))
    esim_port_set_proxy_error (error);
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
  g_autoptr (EsimPortCall) call = NULL;
  GAsyncResult *result;

  if (!esim_port_set_closed (ESIM_PORT (self)) || self->mbim == NULL)
    return;
  if (!esim_port_is_gone (ESIM_PORT (self))) {
    call = esim_port_call_new (ESIM_PORT (self));
    mbim_device_close (self->mbim, MAX (timeout_ms / 1000, 1), esim_port_call_get_cancellable (call),
                       esim_port_call_done, call);
    result = esim_port_call_wait (call, timeout_ms);
    if (result == NULL || !mbim_device_close_finish (self->mbim, result, &failure))
      g_debug ("the modem did not take leave: %s", failure != NULL ? failure->message : "no answer");
  }
  (void) mbim_device_close_force (self->mbim, NULL);
}

static void
esim_mbim_device_dispose (GObject *object)
{
  EsimMbimDevice *self = ESIM_MBIM_DEVICE (object);

  if (self->mbim != NULL) {
    g_signal_handlers_disconnect_by_data (self->mbim, self);
    (void) mbim_device_close_force (self->mbim, NULL);
  }
  g_clear_object (&self->mbim);
  G_OBJECT_CLASS (esim_mbim_device_parent_class)->dispose (object);
}

static void
esim_mbim_device_class_init (EsimMbimDeviceClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_mbim_device_dispose;
  signal_indication = g_signal_new ("indication", ESIM_TYPE_MBIM_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 1, MBIM_TYPE_MESSAGE);
}

static void
esim_mbim_device_init (EsimMbimDevice *self)
{
}
