/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-connections.h"
#include "esim-deregistration.h"
#include "esim-downloads.h"
#include "esim-modems.h"

G_BEGIN_DECLS

/**
 * EsimManager:
 *
 * Everything that there is: the eUICCs, the operations, the deregistrations, the outbox, and what happens
 * between them. Main thread only.
 *
 * Signals: "euicc-added", "euicc-removed" (EsimEuicc), "operation-added", "operation-removed"
 * (EsimOperation), "deregistration-added", "deregistration-removed" (EsimDeregistration): the object;
 * "ready": once; "changed": whether it is needed may have changed.
 */
#define ESIM_TYPE_MANAGER (esim_manager_get_type ())
G_DECLARE_FINAL_TYPE (EsimManager, esim_manager, ESIM, MANAGER, GObject)

#define ESIM_DEREGISTRATIONS_MAX 128

/* All of it outlives the manager. */
typedef struct {
  const EsimConfig *config;
  const EsimTransport *transport;
  const EsimKeeper *keeper; /* (nullable) */
  EsimStore *store;
  EsimRspTrust *trust;
  const EsimConnections *connections; /* (nullable) */
  const char *runtime_dir;
  EsimCarrierDirectory *carriers;
  EsimLookAtNetwork look_at_network; /* (nullable) */
} EsimManagerSetup;

EsimManager *esim_manager_new (const EsimManagerSetup *setup);

/* Reads the records and begins to look at the modems of the configuration. Connect to the signals before. */
void esim_manager_start (EsimManager *self);

/* No new step; channels closed; ten seconds at most. */
void esim_manager_stop (EsimManager *self);

/* A modem's port has appeared, or gone. @path is the port; @name stays the same over re-enumerations. Ports
 * that the configuration names are the configuration's. */
void esim_manager_add_port (EsimManager *self, const char *path, const char *transport, const char *name);
void esim_manager_remove_port (EsimManager *self, const char *path);

/* A port that is not used, and why: shown, and nothing more. */
void esim_manager_leave_out (EsimManager *self, const char *path, const char *transport, const char *name,
                             const char *reason);

/* The machine has slept, or something else may have passed unseen: every card and every date is looked at
 * again. */
void esim_manager_look_again (EsimManager *self);

/* What connections there are has changed. */
void esim_manager_connections_changed (EsimManager *self);

gboolean esim_manager_is_ready (EsimManager *self);

/* There is an eUICC, a modem to wait for, an open record, or something to deliver. */
gboolean esim_manager_is_needed (EsimManager *self);

/* (transfer none) (element-type EsimEuicc / EsimOperation / EsimDeregistration) */
GPtrArray *esim_manager_get_euiccs (EsimManager *self);
GPtrArray *esim_manager_get_operations (EsimManager *self);
GPtrArray *esim_manager_get_deregistrations (EsimManager *self);

EsimOutbox *esim_manager_get_outbox (EsimManager *self);

/* What all HTTP of the RSP domain goes through; stopped with the manager. */
EsimHttpHub *esim_manager_get_http (EsimManager *self);
EsimRspTrust *esim_manager_get_trust (EsimManager *self);
EsimDownloads *esim_manager_get_downloads (EsimManager *self);

/* (nullable) */
EsimLookAtNetwork esim_manager_get_look_at_network (EsimManager *self);

EsimModems *esim_manager_get_modems (EsimManager *self);

/* (nullable) */
const EsimKeeper *esim_manager_get_keeper (EsimManager *self);
/* (nullable) */
const EsimConnections *esim_manager_get_connections (EsimManager *self);

/* (transfer none) (nullable): the open deregistration of this profile */
EsimDeregistration *esim_manager_find_deregistration (EsimManager *self, const char *eid, const char *iccid);

/* WRONG_STATE if a deregistration is open, or a damaged record may be of this profile. */
gboolean esim_manager_check_free (EsimManager *self, const char *eid, const char *iccid,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An open deregistration still needs this notification: it stays, in the outbox and on the card. */
gboolean esim_manager_is_wanted (EsimManager *self, const EsimOutboxItem *item);

/* LIMIT_EXCEEDED: whether another operation may ask somebody. */
gboolean esim_manager_check_questions (EsimManager *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Keeps and shows an operation; it goes five minutes after its end. */
void esim_manager_add_operation (EsimManager *self, EsimOperation *operation);

/**
 * esim_manager_deregister:
 * @request: its method is settled
 *
 * WRONG_STATE, LIMIT_EXCEEDED, those of esim_deregistration_request_settle() and esim_euicc_check().
 *
 * Returns: (transfer none)
 */
EsimDeregistration *
esim_manager_deregister (EsimManager *self, EsimDeregistrationRequest *request, EsimEuicc *euicc,
                         const char *iccid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for a profile that is on no card any more, while its contract goes on. */
EsimDeregistration *
esim_manager_deregister_iccid (EsimManager *self, EsimDeregistrationRequest *request, const char *iccid,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
