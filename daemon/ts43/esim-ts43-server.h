/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-ts43-line.h"

G_BEGIN_DECLS

/* Where a line's entitlement server is, and who the line is there. Nothing that an SM-DP+ wrote has a say. */

/**
 * esim_ts43_server_find:
 * @hosts: (nullable): the "hosts" of the carrier's entry (topic "entitlement", protocol "ts43"): the first
 * one is the server, the others serve its pages
 * @path: (nullable): the "path" of that entry
 *
 * Sets host, hosts and path of @line. Without @hosts it is the standard's own name, made from the IMSI.
 *
 * Errors: CARRIER_UNKNOWN: neither is there; INVALID_ARGUMENT: @hosts or @path cannot be used.
 */
gboolean esim_ts43_server_find (EsimTs43Line *line, const char *const *hosts, const char *path,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_ts43_server_dup_standard_host:
 *
 * Returns: (transfer full): "aes.mncNNN.mccMMM.pub.3gppnetwork.org" (TS.43, 2.1); CARRIER_UNKNOWN without an
 * IMSI or without the length of its MNC, which is not guessed: another network might be asked
 */
char *esim_ts43_server_dup_standard_host (const char *imsi, guint mnc_length,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): "0IMSI@nai.epc.mncNNN.mccMMM.3gppnetwork.org" (3GPP TS 23.003, 19.3.2); errors as
 * above */
char *
esim_ts43_server_dup_identity (const char *imsi, guint mnc_length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
