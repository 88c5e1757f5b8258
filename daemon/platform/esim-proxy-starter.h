/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * EsimProxy:
 * @ESIM_PROXY_MBIM: libmbim's, of esimd-mbim-proxy.service
 * @ESIM_PROXY_QMI: libqmi's, of esimd-qmi-proxy.service
 */
typedef enum {
  ESIM_PROXY_MBIM,
  ESIM_PROXY_QMI,
} EsimProxy;

/**
 * EsimProxyStarter:
 *
 * Has systemd start the proxy to a modem when it is wanted and nobody runs it: it leaves by itself when
 * nobody has used it for a while, and the daemon may not start it as its own child (see the units).
 */
typedef struct _EsimProxyStarter EsimProxyStarter;

/* Made and freed on the main thread, freed after all others that know it have ended. */
EsimProxyStarter *esim_proxy_starter_new (GDBusConnection *connection) G_GNUC_WARN_UNUSED_RESULT;
void esim_proxy_starter_free (EsimProxyStarter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimProxyStarter, esim_proxy_starter_free)

/**
 * esim_proxy_starter_want:
 *
 * Call it just before a proxy is connected to, from any thread. It waits for nothing: where somebody listens
 * it is done, else systemd is asked, once at a time and five seconds at most. Who wants the proxy then waits
 * for its socket, as it has to anyway; where there is no systemd, or it cannot start the unit, that wait
 * ends with the error that says what to do.
 */
void esim_proxy_starter_want (EsimProxyStarter *self, EsimProxy proxy);

G_END_DECLS
