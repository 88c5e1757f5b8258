/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-client.h"

G_BEGIN_DECLS

/**
 * SECTION:esim-client-modems
 * @title: Modems
 *
 * What the service has found, in which way it reaches it, and why something is left out. Services whose
 * esim_client_get_capabilities() do not have "slots" cannot say it.
 */

/**
 * esim_client_list_modems:
 * @self: the client
 * @cancellable: (nullable): gives up waiting
 * @callback: (scope async): called when the answer is there
 * @user_data: for @callback
 *
 * Asks for the modems and readers that are known, those that are left out among them, and for their slots. It
 * is told from what is known: no slot is switched to learn more.
 */
void esim_client_list_modems (EsimClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);

/**
 * esim_client_list_modems_finish:
 * @self: the client
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Each dictionary has "modem" (s, the stable name), "name" (s), "device" (s), "transport" (s), "ports" (as),
 * "modem-manager" (b), "modem-manager-state" (s), "problem" (s, English) and "slots" (aa{sv}: "slot" (u),
 * "active" (b), "content" (s), "eid" (s), "euicc" (o)), as ListModems in org.esimd1.Manager.xml tells them.
 * See esim_words_transport(), esim_words_slot_content() and esim_words_modem_state().
 *
 * Returns: (transfer full): aa{sv}; %NULL with @error set.
 */
GVariant *esim_client_list_modems_finish (EsimClient *self, GAsyncResult *result,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_list_modems_sync:
 * @self: the client
 * @cancellable: (nullable): gives up waiting
 * @error: where an error goes
 *
 * The same as esim_client_list_modems(), blocking.
 *
 * Returns: (transfer full): aa{sv}, as of esim_client_list_modems_finish(); %NULL with @error set.
 */
GVariant *esim_client_list_modems_sync (EsimClient *self, GCancellable *cancellable,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
