/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-client.h"

G_BEGIN_DECLS

/**
 * SECTION:esim-client-deregister
 * @title: Ending a contract without its profile
 *
 * For a profile that was deleted first while its contract still runs. A profile that is on a card is
 * deregistered by esim_profile_deregister().
 */

/**
 * esim_client_deregister_iccid:
 * @self: the client
 * @iccid: the ICCID of the profile that was, 18 to 20 digits
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @callback: (scope async): called when there is an answer
 * @user_data: for @callback
 *
 * Begins to end the contract. No card is touched. Options: "method" (s, "portal" or "ts43"), "carrier" (s),
 * "plan" (s), "reason" (s), "reason-text" (s), "dry-run" (b), "token" (s).
 */
void
esim_client_deregister_iccid (EsimClient *self, const char *iccid, GVariant *options,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_client_deregister_iccid_finish:
 * @self: the client
 * @result: what the callback was given
 * @error: where an error goes. %ESIM_ERROR_WRONG_STATE: a profile of this ICCID is on a card that is present.
 *
 * Returns: (transfer full): the deregistration to watch and to answer; %NULL with @error set.
 */
EsimDeregistration *esim_client_deregister_iccid_finish (EsimClient *self, GAsyncResult *result,
                                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_deregister_iccid_sync:
 * @self: the client
 * @iccid: the ICCID of the profile that was, 18 to 20 digits
 * @options: (nullable): options (a{sv}) of the method; a floating reference is consumed
 * @cancellable: (nullable): gives up waiting; what the service has begun goes on
 * @error: where an error goes, as in esim_client_deregister_iccid_finish()
 *
 * The same as esim_client_deregister_iccid(), blocking.
 *
 * Returns: (transfer full): the deregistration to watch and to answer; %NULL with @error set.
 */
EsimDeregistration *
esim_client_deregister_iccid_sync (EsimClient *self, const char *iccid, GVariant *options,
                                   GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
