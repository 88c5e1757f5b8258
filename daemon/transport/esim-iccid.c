/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-iccid.h"

#include <string.h>

char *
esim_iccid_normalise (const char *iccid)
{
  gsize digits;

  if (iccid == NULL)
    return NULL;
  digits = strspn (iccid, "0123456789");
  if (digits < 18 || digits > 20 || iccid[digits + strspn (iccid + digits, "Ff")] != '\0')
    return NULL;
  return g_strndup (iccid, digits);
}
