/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-card-details.h"
#include "esim-error.h"
#include "esim-isdr-rsp.h"

/* Takes an error that is only a card's no. */
static gboolean
is_refusal (GError **local, GError **error)
{
  if (g_error_matches (*local, ESIM_ERROR, ESIM_ERROR_CARD_ERROR) ||
      g_error_matches (*local, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED) ||
      g_error_matches (*local, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED)) {
    g_debug ("a detail that the card does not tell: %s", (*local)->message);
    g_clear_error (local);
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (local));
  return FALSE;
}

EsimCardDetails *
esim_card_details_read (EsimIsdr *isdr, GError **error)
{
  g_autoptr (EsimCardDetails) self = g_new0 (EsimCardDetails, 1);
  g_autoptr (GError) local = NULL;

  g_atomic_ref_count_init (&self->refs);
  self->addresses = esim_isdr_get_addresses (isdr, &local);
  if (self->addresses == NULL && !is_refusal (&local, error))
    return NULL;
  self->rat = esim_isdr_get_rat (isdr, &local);
  if (self->rat == NULL && !is_refusal (&local, error))
    return NULL;
  return g_steal_pointer (&self);
}

EsimCardDetails *
esim_card_details_ref (EsimCardDetails *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_card_details_unref (EsimCardDetails *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->addresses, esim_addresses_free);
  g_clear_pointer (&self->rat, esim_rat_free);
  g_free (self);
}
