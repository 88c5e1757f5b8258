/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-profile-metadata.h"

G_BEGIN_DECLS

/**
 * EsimRatOperator:
 * @plmn: the nibble E stands for any digit
 * @gid1, @gid2: (nullable): no octets stand for any, absent included; %NULL: the owner must have none
 */
typedef struct {
  guint8 plmn[3];
  GBytes *gid1;
  GBytes *gid2;
} EsimRatOperator;

typedef struct {
  EsimPolicyRules rules;
  EsimRatOperator *operators;
  guint n_operators;
  gboolean consent_required;
} EsimRatRule;

/**
 * EsimRat:
 *
 * The Rules Authorisation Table of an eUICC (SGP.22 2.9.2): which operators may bring which policy rules.
 */
typedef struct {
  EsimRatRule *rules;
  guint n_rules;
} EsimRat;

/* @response: BF43. CARD_ERROR, LIMIT_EXCEEDED. */
EsimRat *esim_rat_parse (GBytes *response, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_rat_free (EsimRat *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimRat, esim_rat_free)

/**
 * esim_rat_check:
 * @rat: (nullable): not needed where the profile has no rules
 * @operational_installed: whether an operational profile is on the card: PPR1 then may not come (2.9.2.4)
 * @consent_required: (out): the user has to agree to the rules by themselves
 *
 * For each PPR of the profile the first rule of the table that is for it and for the profile's owner counts
 * (2.9.2.4); without one the profile may not be installed. POLICY_VIOLATION: the session is to be cancelled
 * with ESIM_CANCEL_PPR_NOT_ALLOWED.
 */
gboolean
esim_rat_check (const EsimRat *rat, const EsimProfileMetadata *metadata, gboolean operational_installed,
                gboolean *consent_required, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
