/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-network-manager.h"

G_BEGIN_DECLS

/**
 * esim_nm_create_async:
 * @owner: NetworkManager's unique name
 *
 * The calls of esim_network_manager_create(), which says what they do.
 */
void esim_nm_create_async (GDBusConnection *bus, const char *owner, const EsimNmRequest *request,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);

/**
 * esim_nm_create_finish:
 * Returns: (transfer full): the connection's object path; %NULL on error, of the domain ESIM_ERROR
 */
char *esim_nm_create_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
