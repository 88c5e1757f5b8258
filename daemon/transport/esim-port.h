/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * EsimPort:
 *
 * What the ports of all modems have in common for linear code in a worker: calls of a library that is
 * asynchronous, one after the other, each waited for; an end that may come at any time; a service that is to
 * stop. Devices derive from it.
 *
 * Signals, in the worker, also during a wait (a handler must not wait itself):
 *  "gone": the port hung up; emitted once
 */
#define ESIM_TYPE_PORT (esim_port_get_type ())
G_DECLARE_DERIVABLE_TYPE (EsimPort, esim_port, ESIM, PORT, GObject)

struct _EsimPortClass {
  GObjectClass parent_class;
};

/**
 * EsimPortCall:
 *
 * One asynchronous call. The library's callback may come after the wait was given up, so it is counted: one
 * reference for the linear code, one for the callback.
 */
typedef struct _EsimPortCall EsimPortCall;

/**
 * esim_port_call_new:
 * The caller then begins the library's call with esim_port_call_get_cancellable(), esim_port_call_done() and
 * the new call itself as its data, waits with esim_port_call_wait(), and drops its own reference.
 */
EsimPortCall *esim_port_call_new (EsimPort *port) G_GNUC_WARN_UNUSED_RESULT;

GCancellable *esim_port_call_get_cancellable (EsimPortCall *call);

/* A GAsyncReadyCallback; takes one reference. */
void esim_port_call_done (GObject *source, GAsyncResult *result, gpointer call);

/**
 * esim_port_call_wait:
 * Returns: (nullable): the result; %NULL if the time was over: then the call was cancelled, and what comes of
 * it is dropped. Lives as long as @call
 */
GAsyncResult *esim_port_call_wait (EsimPortCall *call, guint timeout_ms);

void esim_port_call_unref (EsimPortCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimPortCall, esim_port_call_unref)

/* Waits until esim_port_wake(), the end of the port or of the time, in milliseconds. */
void esim_port_pause (EsimPort *self, guint timeout_ms);

/* Ends a pause. From a handler of a signal. */
void esim_port_wake (EsimPort *self);

/* Breaks off the call that is waited for, if there is one. Only for what changes nothing. */
void esim_port_interrupt (EsimPort *self);

gboolean esim_port_is_gone (EsimPort *self);

/* For a device: the port hung up. What is under way is cancelled. Does nothing once it is closed. */
void esim_port_set_gone (EsimPort *self);

/* Whether the time that esim_port_hurry() gave has run out. */
gboolean esim_port_is_hurried (EsimPort *self);

/* CANCELLED once it has: no new step is to begin. */
gboolean esim_port_go_on (EsimPort *self, const char *what, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_port_hurry:
 * What is still waited for in @grace_ms from now ends with CANCELLED. Does not wait: may be called inside
 * another wait of this worker.
 */
void esim_port_hurry (EsimPort *self, guint grace_ms);

/* For a device: %TRUE the first time. From then on nothing of the port's end is told any more. */
gboolean esim_port_set_closed (EsimPort *self);

gboolean esim_port_is_closed (EsimPort *self);

/* For a device: CARD_REMOVED if the port is gone or closed. */
gboolean esim_port_check (EsimPort *self, const char *what, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * EsimPortProxy:
 * The programs through which several others share a modem's port.
 */
typedef enum { ESIM_PORT_MBIM_PROXY, ESIM_PORT_QMI_PROXY } EsimPortProxy;

/**
 * esim_port_await_proxy:
 * libmbim and libqmi would fork a proxy if nobody listened: it would live in our sandbox and die with us, and
 * ModemManager with it. So somebody must listen already; a few seconds are given to it.
 *
 * Returns: (transfer full): a connection, to be kept until the library has its own, so that the proxy does
 * not leave in between; %NULL with MODEM_ERROR
 */
GObject *esim_port_await_proxy (EsimPortProxy proxy, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* MODEM_ERROR: the proxy hung up while the port was opened. */
void esim_port_set_proxy_error (GError **error);

G_END_DECLS
