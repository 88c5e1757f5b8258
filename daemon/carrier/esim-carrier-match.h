/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier.h"

G_BEGIN_DECLS

/* What is known of a profile. %NULL: not known; "" (or an empty list): known that the card gives none. */
typedef struct {
  const char *mccmnc; /* five or six digits, as the card has it */
  const char *gid1;   /* hexadecimal */
  const char *iccid;
  const char *service_provider;
  const char *const *smdp_addresses;
} EsimCarrierQuery;

typedef enum {
  ESIM_CARRIER_NONE,     /* no carrier of the directory */
  ESIM_CARRIER_FOUND,    /* this one */
  ESIM_CARRIER_QUESTION, /* one of these, or none of them: ask */
} EsimCarrierVerdict;

typedef struct {
  EsimCarrierVerdict verdict;
  GPtrArray *candidates; /* EsimCarrier, each once; one if found */
  const char *by; /* what told it: "owner", "iccid", "service-provider", "smdp-address", "network"; "" if
                     none. Static */
} EsimCarrierResult;

/**
 * esim_carrier_match:
 * @carriers: (element-type EsimCarrier)
 *
 * Whose profile is it? A group of matches fits if all its fields fit, and a field fits if one of its values
 * does. The profile's owner (MCC and MNC with GID1 or name) tells more than the ICCID's beginning, that more
 * than the provider's name, that more than the SM-DP+; MCC and MNC alone tell least, so that the operator of
 * a network does not get the profiles of the brands on it. Where what is not known could make another
 * carrier fit better, and where two fit alike, the result is a question.
 *
 * Returns: cleared with esim_carrier_result_clear()
 */
EsimCarrierResult esim_carrier_match (GPtrArray *carriers, const EsimCarrierQuery *query);
void esim_carrier_result_clear (EsimCarrierResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimCarrierResult, esim_carrier_result_clear)

G_END_DECLS
