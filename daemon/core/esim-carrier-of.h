/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier-directory.h"
#include "esim-profile-info.h"

G_BEGIN_DECLS

/* Whose profile it is, by what the card says of it; see esim_carrier_match(). */
EsimCarrierResult esim_carrier_of_profile (EsimCarrierDirectory *directory, const EsimProfileInfo *profile);

/* Whose it was, where nothing but the ICCID is left. */
EsimCarrierResult esim_carrier_of_iccid (EsimCarrierDirectory *directory, const char *iccid);

G_END_DECLS
