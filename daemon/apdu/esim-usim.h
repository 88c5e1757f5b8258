/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card.h"

G_BEGIN_DECLS

/**
 * EsimUsim:
 *
 * The USIM application of the profile that is enabled on a card, on a logical channel of that card's slot
 * (3GPP TS 31.102). Belongs to the card's worker, and is closed before the card is shut. A change of profile
 * ends its channel: what is asked afterwards is an error.
 *
 * Errors of all functions: those of #EsimCard; CARD_ERROR with ESIM_DETAIL_STATUS_WORD 6982 where the USIM
 * wants its PIN first.
 */
typedef struct _EsimUsim EsimUsim;

/**
 * EsimSubscriber:
 * @iccid: of the enabled profile, digits
 * @imsi: digits
 * @mnc_length: 2 or 3: how many digits behind the first three of @imsi are the MNC; 0 = the USIM does not
 * tell
 * @gid1: (nullable): upper-case hexadecimal, %NULL if the profile has none
 * @gid2: (nullable): likewise
 */
typedef struct {
  char *iccid;
  char *imsi;
  guint mnc_length;
  char *gid1;
  char *gid2;
} EsimSubscriber;

void esim_subscriber_free (EsimSubscriber *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimSubscriber, esim_subscriber_free)

/**
 * esim_usim_open:
 * NOT_SUPPORTED if no USIM is there to be selected: no profile is enabled, or the modem keeps it to itself.
 */
EsimUsim *esim_usim_open (EsimCard *card, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Closes the channel and frees @self. */
void esim_usim_close (EsimUsim *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimUsim, esim_usim_close)

/**
 * esim_usim_read_subscriber:
 * Reads EF ICCID in the MF, and EF IMSI, EF AD, EF GID1 and EF GID2 of the USIM, anew each time.
 *
 * Returns: (transfer full)
 */
EsimSubscriber *esim_usim_read_subscriber (EsimUsim *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The first two alone, (transfer full): what is looked at before and after an authentication. */
char *esim_usim_read_iccid (EsimUsim *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *esim_usim_read_imsi (EsimUsim *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_usim_authenticate:
 * @challenge: RAND
 * @token: AUTN
 * @answer: (out caller-allocates): zeros on error
 *
 * AUTHENTICATE in the 3G context (TS 31.102, 7.1.2.1). A USIM that does not take @token for its network's, or
 * finds its sequence number used, is no error: @answer tells.
 */
gboolean esim_usim_authenticate (EsimUsim *self, const guint8 challenge[ESIM_AKA_KEY],
                                 const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
