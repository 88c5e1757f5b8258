/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-aka-keys.h"

G_BEGIN_DECLS

/* EAP packets that TS.43 servers send are far smaller. */
#define ESIM_EAP_PACKET_MAX 4096
#define ESIM_EAP_RESYNCHRONISATIONS_MAX 2

/**
 * EsimEapAka:
 *
 * The peer's side of one EAP-AKA conversation (RFC 4187), full authentication alone: no pseudonyms, no fast
 * re-authentication. Packets are a stranger's until their MAC was verified. One thread's.
 */
typedef struct _EsimEapAka EsimEapAka;

/**
 * esim_eap_aka_new:
 * @identity: the permanent identity, "0IMSI@REALM"
 * @authenticate: how the USIM is asked
 */
EsimEapAka *esim_eap_aka_new (const char *identity, EsimAkaFunc authenticate, gpointer data);
void esim_eap_aka_free (EsimEapAka *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimEapAka, esim_eap_aka_free)

/**
 * esim_eap_aka_take:
 * @packet: an EAP packet of the server
 *
 * The USIM is asked at most three times, and never for a packet that comes once more. To be called from where
 * the #EsimAkaFunc may wait.
 *
 * Returns: (transfer full): the packet that answers it, also where that says no: see
 * esim_eap_aka_get_problem(). %NULL with @error: those of the #EsimAkaFunc, and CARD_ERROR for an answer of
 * the USIM that cannot be; CARRIER_ERROR for what is no EAP packet, comes out of turn, or is a success (TS.43
 * brings a token in its place); LIMIT_EXCEEDED; CARRIER_AUTHENTICATION_FAILED for an EAP failure
 */
GBytes *esim_eap_aka_take (EsimEapAka *self, GBytes *packet, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (nullable): why the last answer said no. (transfer none): CARRIER_AUTHENTICATION_FAILED, CARRIER_ERROR. */
const GError *esim_eap_aka_get_problem (EsimEapAka *self);

/* Whether the server proved itself and was given RES. */
gboolean esim_eap_aka_is_answered (EsimEapAka *self);

G_END_DECLS
