/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-card-loss.h"
#include "esim-error.h"

gboolean
esim_card_is_no_way (const GError *error)
{
  g_autoptr (GVariant) details = error != NULL ? esim_error_dup_details (error) : NULL;

  return details != NULL && g_variant_lookup (details, ESIM_DETAIL_NO_WAY, "b", NULL);
}

gboolean
esim_card_is_session_lost (const GError *error)
{
  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED) ||
         g_error_matches (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR) ||
         g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
}

gboolean
esim_card_is_out_of_reach (const GError *error)
{
  g_autoptr (GVariant) details = error != NULL ? esim_error_dup_details (error) : NULL;

  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED) ||
         (details != NULL && g_variant_lookup (details, ESIM_DETAIL_SLOT_STATE, "s", NULL));
}
