/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-manager.h"

G_BEGIN_DECLS

/**
 * The verbs of org.esimd1.Euicc and org.esimd1.Profile that give an Operation. Each looks at what can be
 * known beforehand and queues the work. Errors: those of esim_euicc_check(), and those named at the verb.
 * Returns: (transfer none): kept by @manager.
 */

EsimOperation *esim_verb_refresh (EsimManager *manager, EsimEuicc *euicc, guint requester, gboolean details,
                                  gboolean notifications, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * EsimSwitchOptions:
 * @allow_disconnect: it is not asked before the machine's only way to the network is cut
 * @create_connection: one is made for the profile, after it was enabled
 * @apn: (nullable): its access point name, chosen by a person
 */
typedef struct {
  gboolean enable;
  gboolean allow_disconnect;
  gboolean create_connection;
  const char *apn;
} EsimSwitchOptions;

/* WRONG_STATE, TEST_PROFILE, POLICY_VIOLATION. */
EsimOperation *esim_verb_switch (EsimManager *manager, EsimEuicc *euicc, guint requester, const char *iccid,
                                 const EsimSwitchOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* WRONG_STATE: the modem uses the slot already. */
EsimOperation *esim_verb_activate_slot (EsimManager *manager, EsimEuicc *euicc, guint requester,
                                        gboolean allow_disconnect, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* INVALID_ARGUMENT. */
EsimOperation *
esim_verb_set_nickname (EsimManager *manager, EsimEuicc *euicc, guint requester, const char *iccid,
                        const char *nickname, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* INVALID_ARGUMENT (operational, without @contract_continues), WRONG_STATE (a deregistration is open),
 * POLICY_VIOLATION. */
EsimOperation *esim_verb_delete (EsimManager *manager, EsimEuicc *euicc, guint requester, const char *iccid,
                                 gboolean contract_continues, gboolean allow_disconnect,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

EsimOperation *esim_verb_send_notifications (EsimManager *manager, EsimEuicc *euicc, guint requester,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NOT_FOUND, WRONG_STATE (an open deregistration needs it). */
EsimOperation *esim_verb_remove_notification (EsimManager *manager, EsimEuicc *euicc, guint requester,
                                              guint64 sequence, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
