/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-aka.h"
#include "esim-carrier-worker.h"
#include "esim-euicc.h"
#include "esim-usim.h"

G_BEGIN_DECLS

/**
 * EsimSimLink:
 *
 * By it the carrier worker asks a card, as linear code: the question goes through the main thread into the
 * queue of the card's worker, and the answer comes back. It is bound to one eUICC and one profile, which has
 * to be enabled: another one's USIM is never asked.
 *
 * Errors of both functions: those of esim_euicc_run(), esim_usim_open() and esim_usim_aka(); WRONG_STATE: the
 * profile is not enabled; NOT_FOUND: it is not on this card; TIMED_OUT, CANCELLED.
 */
typedef struct _EsimSimLink EsimSimLink;

/* Main thread. */
EsimSimLink *
esim_sim_link_new (EsimCarrierWorker *worker, EsimEuicc *euicc, const char *eid, const char *iccid);

/* Any thread. */
void esim_sim_link_free (EsimSimLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimSimLink, esim_sim_link_free)

/**
 * esim_sim_link_read:
 * @imei: (out) (transfer full) (nullable): of the modem
 *
 * In the carrier worker. Who the line is; what comes later is only answered for the same IMSI.
 */
EsimSubscriber *esim_sim_link_read (EsimSimLink *self, char **imei, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* In the carrier worker: an EsimAkaFunc; @data: the link. ICCID and IMSI are read on that slot just before
 * and just after. */
gboolean esim_sim_link_authenticate (const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY],
                                     EsimAkaAnswer *answer, gpointer data, GError **error);

G_END_DECLS
