/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-operation.h"

G_BEGIN_DECLS

/* EsimctlOffer: how the questions of a download are answered. */
typedef struct {
  EsimctlContext *context;
  gboolean yes;            /* install-consent: --yes */
  gboolean accept_rules;   /* policy-consent: --accept-rules */
  char *confirmation_code; /* nullable; given beforehand, used once */
  GVariant *metadata;      /* nullable: a{sv}: the profile that was offered */
} EsimctlOffer;

void esimctl_offer_clear (EsimctlOffer *offer);

/* EsimctlAsk; @data is an EsimctlOffer. */
gboolean esimctl_offer_ask (GVariant *question, gpointer data, EsimctlAnswer *answer, GError **error);

/* Returns: (transfer full): how the profile is called; cleaned. */
char *esimctl_offer_title (EsimctlOffer *offer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimctlOffer, esimctl_offer_clear)

G_END_DECLS
