/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-nm-connection.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * esim_nm_remove_async:
 * @owner: NetworkManager's unique name
 * @path: the connection's
 * @uuid: the connection's
 * @actives: object paths of its active connections, as far as they are known
 *
 * The calls of esim_network_manager_remove(), which says what they do. What is ours is judged by the settings
 * as they are now.
 */
void esim_nm_remove_async (GDBusConnection *bus, const char *owner, const char *path, const char *uuid,
                           const char *const *actives, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data);

/* Errors: of the domain ESIM_ERROR. */
gboolean esim_nm_remove_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
