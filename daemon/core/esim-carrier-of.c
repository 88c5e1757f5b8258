/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-of.h"

/* The owner's data are the card's own, also of a disabled profile. An empty owner or name is one that the
 * card does not tell; an empty GID1 beside an owner is none. */
EsimCarrierResult
esim_carrier_of_profile (EsimCarrierDirectory *directory, const EsimProfileInfo *profile)
{
  gboolean has_owner = *profile->home_operator != '\0';
  g_auto (GStrv) addresses = esim_profile_info_dup_delete_addresses (profile);
  EsimCarrierQuery query = {.mccmnc = has_owner ? profile->home_operator : NULL,
                            .gid1 = has_owner ? profile->gid1 : NULL,
                            .iccid = profile->iccid,
                            .service_provider =
                                *profile->service_provider != '\0' ? profile->service_provider : NULL,
                            .smdp_addresses = (const char *const *) addresses};

  return esim_carrier_match (esim_carrier_directory_list (directory), &query);
}

EsimCarrierResult
esim_carrier_of_iccid (EsimCarrierDirectory *directory, const char *iccid)
{
  EsimCarrierQuery query = {.iccid = iccid};

  return esim_carrier_match (esim_carrier_directory_list (directory), &query);
}
