/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-advice.h"

#define BY_ITSELF "it is tried again by itself; if it stays like that, restart the modem"
#define BEGIN_AGAIN "restart the modem, then ask for Retry"

static const struct {
  EsimError code;
  const char *hindered;
  const char *ended;
} advices[] = {
    {ESIM_ERROR_CARD_REMOVED, "put the card or the modem back; it goes on by itself",
     "if the card comes back, look at its list of profiles"},
    {ESIM_ERROR_MODEM_ERROR, BY_ITSELF, BEGIN_AGAIN},
    {ESIM_ERROR_TIMED_OUT, BY_ITSELF, BEGIN_AGAIN},
    {ESIM_ERROR_BUSY, "it is tried again by itself in a while", "ask for Retry"},
    {ESIM_ERROR_CARD_ERROR, BY_ITSELF, BEGIN_AGAIN},
    {ESIM_ERROR_REFRESH_FAILED, "restart the modem; it goes on by itself", BEGIN_AGAIN},
    {ESIM_ERROR_STORAGE_ERROR, "free some space on the disk or mend the file system; it goes on by itself",
     "free some space on the disk or mend the file system, then ask for Retry"},
    {ESIM_ERROR_POLICY_VIOLATION, "ask the carrier to lift the policy rule",
     "ask the carrier to lift the policy rule, then ask for Retry"},
    {ESIM_ERROR_NOT_FOUND, "look at the card's list of profiles",
     "the profile is gone already: nothing is left to remove; if the contract still runs, end it at the "
     "carrier"},
    {ESIM_ERROR_CARRIER_REJECTED, "", "ask the carrier for its reason, then ask for Retry"},
    {ESIM_ERROR_WRONG_STATE, "make the modem use the card's slot; it goes on by itself",
     "look at the card's list of profiles, then begin again"},
};

const char *
esim_advice_get (EsimError code, gboolean ended)
{
  for (guint i = 0; i < G_N_ELEMENTS (advices); i++)
    if (advices[i].code == code)
      return ended ? advices[i].ended : advices[i].hindered;
  return "see the journal of the service for more";
}
