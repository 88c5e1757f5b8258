/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-advice.h"

static const struct {
  EsimError code;
  const char *advice;
} advices[] = {
    {ESIM_ERROR_CARD_REMOVED, "put the card or the modem back; it goes on by itself"},
    {ESIM_ERROR_MODEM_ERROR, "it is tried again by itself; if it stays like that, restart the modem"},
    {ESIM_ERROR_TIMED_OUT, "it is tried again by itself; if it stays like that, restart the modem"},
    {ESIM_ERROR_BUSY, "it is tried again by itself in a while"},
    {ESIM_ERROR_CARD_ERROR,
     "it is tried again by itself; if it stays like that, restart the modem and ask for Retry"},
    {ESIM_ERROR_REFRESH_FAILED, "restart the modem; it goes on by itself"},
    {ESIM_ERROR_STORAGE_ERROR, "free some space on the disk or mend the file system; it goes on by itself"},
    {ESIM_ERROR_POLICY_VIOLATION, "ask the carrier to lift the policy rule, then ask for Retry"},
    {ESIM_ERROR_NOT_FOUND, "the profile is gone already: nothing is left to remove; if the contract still "
                           "runs, end it at the carrier"},
    {ESIM_ERROR_WRONG_STATE, "look at the card's list of profiles, then begin again"},
};

const char *
esim_advice_get (EsimError code)
{
  for (guint i = 0; i < G_N_ELEMENTS (advices); i++)
    if (advices[i].code == code)
      return advices[i].advice;
  return "see the journal of the service for more";
}
