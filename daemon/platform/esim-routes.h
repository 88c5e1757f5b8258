/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_ROUTES_PROC_NET "/proc/self/net"
#define ESIM_ROUTES_SYS_NET "/sys/class/net"

/**
 * EsimRoutes:
 * @ESIM_ROUTES_UNKNOWN: it could not be read, or the only way goes through a tunnel, which may lead over a
 *   modem
 * @ESIM_ROUTES_OTHER: there is a default route over an interface that is no modem
 * @ESIM_ROUTES_NONE: there is no default route
 * @ESIM_ROUTES_MODEM: there is one, and every one leads over a modem
 *
 * Which way to the network this machine has.
 */
typedef enum {
  ESIM_ROUTES_UNKNOWN,
  ESIM_ROUTES_OTHER,
  ESIM_ROUTES_NONE,
  ESIM_ROUTES_MODEM,
} EsimRoutes;

/**
 * esim_routes_look:
 * @proc_net: the folder with "route" and "ipv6_route"
 * @sys_net: the folder with a folder for each interface
 *
 * Looks now, and asks nobody: some small files of the kernel's. Whether the route leads anywhere is not
 * tried.
 */
EsimRoutes esim_routes_look (const char *proc_net, const char *sys_net);

G_END_DECLS
