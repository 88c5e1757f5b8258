/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

struct sockaddr;

G_BEGIN_DECLS

/**
 * esim_address_guard_check_host:
 *
 * Whether @host is a fully qualified domain name and nothing else: letters, digits and hyphens in at least
 * two labels of 1 to 63 octets, 253 octets in all, no dot at the end; no IP literal in any notation, no port,
 * no user. Such names come from activation codes and cards, so they are a stranger's choice.
 *
 * Errors: INVALID_ARGUMENT.
 */
gboolean esim_address_guard_check_host (const char *host, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_address_guard_check_address:
 * @address: AF_INET or AF_INET6
 * @allow_loopback: for a lab
 *
 * Whether a connection to @address may be made: public unicast addresses only. To be asked for the very
 * address that a socket is about to connect to: an answer about a name's earlier lookup is worth nothing,
 * since the name's owner may give another address the next time.
 *
 * Errors: SERVER_NOT_TRUSTED.
 */
gboolean esim_address_guard_check_address (const struct sockaddr *address, gboolean allow_loopback,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
