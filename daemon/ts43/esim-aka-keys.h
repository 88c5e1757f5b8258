/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-aka.h"

G_BEGIN_DECLS

#define ESIM_AKA_MASTER_KEY 20

/**
 * EsimAkaKeys:
 *
 * What EAP-AKA makes of a master key (RFC 4187, 7). MSK and EMSK are not needed where EAP only authenticates,
 * and are not kept. To be wiped by esim_aka_keys_clear().
 */
typedef struct {
  guint8 encryption[ESIM_AKA_KEY];     /* K_encr */
  guint8 authentication[ESIM_AKA_KEY]; /* K_aut */
} EsimAkaKeys;

void esim_aka_keys_clear (EsimAkaKeys *self);

/**
 * esim_aka_keys_derive:
 * @identity: as the peer gave it, without a terminating 0
 *
 * MK = SHA1 (identity, IK, CK), and the keys from it.
 */
void esim_aka_keys_derive (EsimAkaKeys *self, const char *identity, const guint8 integrity[ESIM_AKA_KEY],
                           const guint8 cipher[ESIM_AKA_KEY]);

/**
 * esim_aka_expand:
 * @output: @length octets, a multiple of 40
 *
 * The pseudo-random function of FIPS 186-2 with change notice 1, as EAP-SIM and EAP-AKA use it (RFC 4186,
 * appendix B).
 */
void esim_aka_expand (const guint8 master_key[ESIM_AKA_MASTER_KEY], guint8 *output, gsize length);

G_END_DECLS
