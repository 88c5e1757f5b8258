/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-port.h"

#include <gio/gunixsocketaddress.h>

#include "esim-error.h"
#include "esim-worker.h"

#define PROXY_WAIT_MS 5000
#define PROXY_RETRY_MS 100

typedef struct {
  GCancellable *cancellable; /* of the call under way; cancelled from the worker's own thread only */
  EsimWait *pause;
  GSource *hurry;
  gboolean gone;
  gboolean hurried;
  gboolean closed;
} EsimPortPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (EsimPort, esim_port, G_TYPE_OBJECT)

static guint signal_gone;

static EsimPortPrivate *
get_private (EsimPort *self)
{
  return esim_port_get_instance_private (self);
}

/* -- calls -- */

struct _EsimPortCall {
  gint references;
  EsimPort *port;
  GCancellable *cancellable;
  EsimWait wait;
  gboolean abandoned;
  GAsyncResult *result;
  GObject *source;
};

EsimPortCall *
esim_port_call_new (EsimPort *port)
{
  EsimPortPrivate *priv = get_private (port);
  EsimPortCall *call = g_new0 (EsimPortCall, 1);

  call->references = 2;
  call->port = g_object_ref (port);
  call->cancellable = g_cancellable_new ();
  esim_wait_init (&call->wait);
  g_set_object (&priv->cancellable, call->cancellable);
  return call;
}

GCancellable *
esim_port_call_get_cancellable (EsimPortCall *call)
{
  return call->cancellable;
}

void
esim_port_call_unref (EsimPortCall *call)
{
  if (--call->references > 0)
    return;
  g_clear_object (&call->result);
  g_clear_object (&call->source);
  g_object_unref (call->cancellable);
  g_object_unref (call->port);
  g_free (call);
}

void
esim_port_call_done (GObject *source, GAsyncResult *result, gpointer data)
{
  EsimPortCall *call = data;

  if (!call->abandoned) {
    g_set_object (&call->result, result);
    g_set_object (&call->source, source);
    esim_wait_finish (&call->wait);
  }
  esim_port_call_unref (call);
}

GAsyncResult *
esim_port_call_wait (EsimPortCall *call, guint timeout_ms)
{
  EsimPortPrivate *priv = get_private (call->port);

  if (!esim_wait_run (&call->wait, timeout_ms)) {
    call->abandoned = TRUE;
    g_cancellable_cancel (call->cancellable);
  }
  g_clear_object (&priv->cancellable);
  return call->result;
}

/* -- pauses -- */

void
esim_port_pause (EsimPort *self, guint timeout_ms)
{
  EsimPortPrivate *priv = get_private (self);
  EsimWait wait;

  if (priv->gone || priv->hurried)
    return;
  esim_wait_init (&wait);
  priv->pause = &wait;
  (void) esim_wait_run (&wait, timeout_ms);
  priv->pause = NULL;
}

void
esim_port_wake (EsimPort *self)
{
  EsimPortPrivate *priv = get_private (self);

  if (priv->pause != NULL)
    esim_wait_finish (priv->pause);
}

void
esim_port_interrupt (EsimPort *self)
{
  EsimPortPrivate *priv = get_private (self);

  if (priv->cancellable != NULL)
    g_cancellable_cancel (priv->cancellable);
}

/* -- ends -- */

gboolean
esim_port_is_gone (EsimPort *self)
{
  return get_private (self)->gone;
}

void
esim_port_set_gone (EsimPort *self)
{
  EsimPortPrivate *priv = get_private (self);

  if (priv->gone || priv->closed)
    return;
  priv->gone = TRUE;
  esim_port_wake (self);
  /* The libraries may leave what is under way to its time-out when a port hangs up. */
  esim_port_interrupt (self);
  g_signal_emit (self, signal_gone, 0);
}

gboolean
esim_port_check (EsimPort *self, const char *what, GError **error)
{
  EsimPortPrivate *priv = get_private (self);

  if (!priv->gone && !priv->closed)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "Could not %s: the modem went away", what);
  return FALSE;
}

gboolean
esim_port_is_hurried (EsimPort *self)
{
  return get_private (self)->hurried;
}

gboolean
esim_port_go_on (EsimPort *self, const char *what, GError **error)
{
  if (!get_private (self)->hurried)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED, "Could not %s: the service is stopping", what);
  return FALSE;
}

static void
drop_hurry (EsimPortPrivate *priv)
{
  if (priv->hurry == NULL)
    return;
  g_source_destroy (priv->hurry);
  g_clear_pointer (&priv->hurry, g_source_unref);
}

static gboolean
on_hurry (gpointer data)
{
  EsimPortPrivate *priv = get_private (data);

  priv->hurried = TRUE;
  esim_port_wake (data);
  esim_port_interrupt (data);
  drop_hurry (priv);
  return G_SOURCE_REMOVE;
}

void
esim_port_hurry (EsimPort *self, guint grace_ms)
{
  EsimPortPrivate *priv = get_private (self);

  if (priv->hurry != NULL || priv->hurried)
    return;
  priv->hurry = g_timeout_source_new (grace_ms);
  g_source_set_callback (priv->hurry, on_hurry, self, NULL);
  g_source_attach (priv->hurry, g_main_context_get_thread_default ());
}

gboolean
esim_port_set_closed (EsimPort *self)
{
  EsimPortPrivate *priv = get_private (self);

  if (priv->closed)
    return FALSE;
  priv->closed = TRUE;
  drop_hurry (priv);
  return TRUE;
}

gboolean
esim_port_is_closed (EsimPort *self)
{
  return get_private (self)->closed;
}

/* -- proxies -- */

static GSocket *
connect_to_proxy (const char *socket_name, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (socket == NULL)
    return NULL;
  address = g_unix_socket_address_new_with_type (socket_name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  if (!g_socket_connect (socket, address, NULL, error))
    return NULL;
  return g_steal_pointer (&socket);
}

GObject *
esim_port_await_proxy (EsimPortProxy proxy, GError **error)
{
  gint64 end = g_get_monotonic_time () + PROXY_WAIT_MS * G_TIME_SPAN_MILLISECOND;
  const char *name = proxy == ESIM_PORT_MBIM_PROXY ? "mbim-proxy" : "qmi-proxy";

  while (TRUE) {
    g_autoptr (GError) failure = NULL;
    GSocket *socket = connect_to_proxy (name, &failure);

    if (socket != NULL)
      return G_OBJECT (socket);
    if (g_get_monotonic_time () >= end) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                   "The %s proxy is not running (%s): start esimd-%s.service",
                   proxy == ESIM_PORT_MBIM_PROXY ? "MBIM" : "QMI", failure->message, name);
      return NULL;
    }
    esim_wait_sleep (PROXY_RETRY_MS);
  }
}

void
esim_port_set_proxy_error (GError **error)
{
  g_set_error_literal (
      error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
      "The proxy closed the connection: it may not be able to open the modem, or not admit this user");
}

/* -- life -- */

static void
esim_port_dispose (GObject *object)
{
  EsimPortPrivate *priv = get_private (ESIM_PORT (object));

  drop_hurry (priv);
  g_clear_object (&priv->cancellable);
  G_OBJECT_CLASS (esim_port_parent_class)->dispose (object);
}

static void
esim_port_class_init (EsimPortClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_port_dispose;
  signal_gone = g_signal_new ("gone", ESIM_TYPE_PORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
esim_port_init (EsimPort *self)
{
}
