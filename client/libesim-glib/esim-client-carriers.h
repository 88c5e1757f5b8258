/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-client.h"

G_BEGIN_DECLS

/**
 * SECTION:esim-client-carriers
 * @title: Carriers
 *
 * What the service knows of how contracts are ended. The dictionaries are those of ListCarriers,
 * LookUpCarrier and CheckCarrierFile in org.esimd1.Manager.xml; an absent key means that it is not known.
 */

/**
 * esim_client_list_carriers:
 * @self: the client
 * @cancellable: (nullable): gives up
 * @callback: (scope async): called when the answer is there
 * @user_data: for @callback
 *
 * Asks which carriers there are.
 */
void esim_client_list_carriers (EsimClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);

/**
 * esim_client_list_carriers_finish:
 * @self: the client
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): aa{sv}; %NULL with @error set.
 */
GVariant *esim_client_list_carriers_finish (EsimClient *self, GAsyncResult *result,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_list_carriers_sync:
 * @self: the client
 * @cancellable: (nullable): gives up
 * @error: where an error goes
 *
 * Returns: (transfer full): aa{sv}; %NULL with @error set.
 */
GVariant *esim_client_list_carriers_sync (EsimClient *self, GCancellable *cancellable,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_look_up_carrier:
 * @self: the client
 * @options: a{sv}, what is asked for; a floating reference is consumed
 * @cancellable: (nullable): gives up
 * @callback: (scope async): called when the answer is there
 * @user_data: for @callback
 *
 * Asks for a carrier: by its id, by a profile, or by what is known of one.
 */
void esim_client_look_up_carrier (EsimClient *self, GVariant *options, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_client_look_up_carrier_finish:
 * @self: the client
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): a{sv}; %NULL with @error set.
 */
GVariant *esim_client_look_up_carrier_finish (EsimClient *self, GAsyncResult *result,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_look_up_carrier_sync:
 * @self: the client
 * @options: a{sv}, what is asked for; a floating reference is consumed
 * @cancellable: (nullable): gives up
 * @error: where an error goes
 *
 * Returns: (transfer full): a{sv}; %NULL with @error set.
 */
GVariant *esim_client_look_up_carrier_sync (EsimClient *self, GVariant *options, GCancellable *cancellable,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_check_carrier_file:
 * @self: the client
 * @text: a carrier's file, as docs/carriers.md has it
 * @cancellable: (nullable): gives up
 * @callback: (scope async): called when the answer is there
 * @user_data: for @callback
 *
 * Asks what is wrong with a file.
 */
void esim_client_check_carrier_file (EsimClient *self, const char *text, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);

/**
 * esim_client_check_carrier_file_finish:
 * @self: the client
 * @result: what the callback was given
 * @error: where an error goes
 *
 * Returns: (transfer full): aa{sv}, empty if the file is good; %NULL with @error set.
 */
GVariant *esim_client_check_carrier_file_finish (EsimClient *self, GAsyncResult *result,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_client_check_carrier_file_sync:
 * @self: the client
 * @text: a carrier's file, as docs/carriers.md has it
 * @cancellable: (nullable): gives up
 * @error: where an error goes
 *
 * Returns: (transfer full): aa{sv}, empty if the file is good; %NULL with @error set.
 */
GVariant *esim_client_check_carrier_file_sync (EsimClient *self, const char *text, GCancellable *cancellable,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
