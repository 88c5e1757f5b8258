/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-nm-connection.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * EsimNetworkManager:
 *
 * NetworkManager's connections for SIMs, followed as it and they come and go. It is never started by us, and
 * believed only under the name org.freedesktop.NetworkManager. Nothing is asked for twice: what there is is
 * read once when it appears, and again where it says that something changed. Main thread only; calls and
 * signals on the main context.
 *
 * Signal "changed" (): what esim_network_manager_find() or esim_network_manager_is_settled() would say has
 * changed.
 */
#define ESIM_TYPE_NETWORK_MANAGER (esim_network_manager_get_type ())
G_DECLARE_FINAL_TYPE (EsimNetworkManager, esim_network_manager, ESIM, NETWORK_MANAGER, GObject)

/* Silent until esim_network_manager_start(). */
EsimNetworkManager *esim_network_manager_new (GDBusConnection *bus) G_GNUC_WARN_UNUSED_RESULT;

void esim_network_manager_start (EsimNetworkManager *self);

/* The end: whoever waits for an answer gets CANCELLED when the context next runs, and nothing is followed any
 * more. */
void esim_network_manager_stop (EsimNetworkManager *self);

/**
 * esim_network_manager_is_settled:
 * Returns: whether what there is has been read: also when there is no NetworkManager. Until then nothing is
 * known of connections.
 */
gboolean esim_network_manager_is_settled (EsimNetworkManager *self);

/**
 * esim_network_manager_find:
 * @iccid: with or without filler
 *
 * Those with this gsm.sim-id, by UUID. Connections without a gsm.sim-id fit any SIM and are no one's.
 *
 * Returns: (transfer full) (element-type EsimNmConnection): with a free function; never %NULL
 */
GPtrArray *esim_network_manager_find (EsimNetworkManager *self, const char *iccid) G_GNUC_WARN_UNUSED_RESULT;

/**
 * EsimNmDone:
 * @uuid: (nullable): the connection's; %NULL with @error
 * @error: (nullable): of the domain ESIM_ERROR
 *
 * Called exactly once, never before the call that it belongs to has returned. By then find() knows what was
 * done.
 */
typedef void (*EsimNmDone) (const char *uuid, const GError *error, gpointer data);

/**
 * EsimNmRequest:
 * @iccid: with or without filler; written without, as ModemManager shows it
 * @name: for people
 * @apn: (nullable): %NULL or "": NetworkManager looks for one by the network that the SIM is registered in
 *   (gsm.auto-config), which is the wrong one abroad; the caller says so
 * @user_name: (nullable): for the APN
 * @password: (nullable): for the APN; written by NetworkManager to a file that root alone may read
 * @overwrite: the APN was chosen for this connection (by a person) and is put into one of ours that is there
 *   already. Otherwise that one is used as it is: somebody may have corrected it.
 */
typedef struct {
  const char *iccid;
  const char *name;
  const char *apn;
  const char *user_name;
  const char *password;
  gboolean overwrite;
} EsimNmRequest;

/**
 * esim_network_manager_create:
 * @request: copied
 * @done: gets the UUID
 *
 * Makes sure that there is a connection of ours for this ICCID, kept on disk, which NetworkManager brings up
 * by itself when the SIM shows: one, however often it is asked for, because its UUID is made from the ICCID.
 * What others made for the same SIM is not looked at. If a connection has that UUID and is not (any longer)
 * ours, it is never changed: without @overwrite it is used as long as it is for this SIM.
 *
 * Errors: INVALID_ARGUMENT (also what NetworkManager finds wrong with it), NOT_SUPPORTED (no NetworkManager),
 * BUSY (it is starting), NOT_AUTHORIZED, WRONG_STATE (the UUID belongs to a connection that was made into
 * something else), STORAGE_ERROR, TIMED_OUT, CANCELLED.
 */
void esim_network_manager_create (EsimNetworkManager *self, const EsimNmRequest *request, EsimNmDone done,
                                  gpointer data);

/**
 * esim_network_manager_remove:
 * @uuid: of a connection of ours
 *
 * Takes it down, waits until it is down (@ESIM_NM_DEACTIVATION_S at most), and deletes it, however it was
 * edited meanwhile: it is for a SIM that goes. Who wants to keep it makes a copy ("nmcli connection clone").
 *
 * Errors: NOT_FOUND, WRONG_STATE (not ours: never deleted; or it cannot be deleted), NOT_SUPPORTED (no
 * NetworkManager), BUSY (it is starting), NOT_AUTHORIZED, STORAGE_ERROR, TIMED_OUT, CANCELLED.
 */
void esim_network_manager_remove (EsimNetworkManager *self, const char *uuid, EsimNmDone done, gpointer data);

#define ESIM_NM_DEACTIVATION_S 30

G_END_DECLS
