/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-isdr-euicc.h"
#include "esim-rat.h"

G_BEGIN_DECLS

/**
 * EsimCardDetails:
 * @addresses: (nullable): the servers that the card names; %NULL if it does not tell
 * @rat: (nullable): which policy rules profiles may bring; %NULL if it does not tell
 *
 * What is read of a card only when somebody wants to know. Immutable, reference counted.
 */
typedef struct {
  gatomicrefcount refs;
  EsimAddresses *addresses;
  EsimRat *rat;
} EsimCardDetails;

/* Worker. A card that refuses one of the questions is not at fault: that part is %NULL. Errors: those of the
 * way to the card. */
EsimCardDetails *esim_card_details_read (EsimIsdr *isdr, GError **error) G_GNUC_WARN_UNUSED_RESULT;
EsimCardDetails *esim_card_details_ref (EsimCardDetails *self);
void esim_card_details_unref (EsimCardDetails *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimCardDetails, esim_card_details_unref)

G_END_DECLS
