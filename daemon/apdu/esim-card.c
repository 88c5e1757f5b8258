/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-card.h"
#include "esim-error.h"

G_DEFINE_INTERFACE (EsimCard, esim_card, G_TYPE_OBJECT)

static void
esim_card_default_init (EsimCardInterface *iface)
{
  g_signal_new ("gone", ESIM_TYPE_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("reset", ESIM_TYPE_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("changed", ESIM_TYPE_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("slots", ESIM_TYPE_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

gboolean
esim_card_open_channel (EsimCard *self, const guint8 *aid, gsize aid_length, guint *channel, GBytes **answer,
                        GError **error)
{
  return ESIM_CARD_GET_IFACE (self)->open_channel (self, aid, aid_length, channel, answer, error);
}

gboolean
esim_card_transmit (EsimCard *self, guint channel, const guint8 *command, gsize length, GByteArray *response,
                    guint16 *status_word, GError **error)
{
  return ESIM_CARD_GET_IFACE (self)->transmit (self, channel, command, length, response, status_word, error);
}

gboolean
esim_card_close_channel (EsimCard *self, guint channel, GError **error)
{
  return ESIM_CARD_GET_IFACE (self)->close_channel (self, channel, error);
}

gboolean
esim_card_close_stale (EsimCard *self, GError **error)
{
  return ESIM_CARD_GET_IFACE (self)->close_stale (self, error);
}

guint
esim_card_get_segment_size (EsimCard *self)
{
  return ESIM_CARD_GET_IFACE (self)->get_segment_size (self);
}

gboolean
esim_card_await_subscription (EsimCard *self, const char *expected_iccid, const char *previous_iccid,
                              guint timeout_ms, gboolean *seen, GError **error)
{
  return ESIM_CARD_GET_IFACE (self)->await_subscription (self, expected_iccid, previous_iccid, timeout_ms,
                                                         seen, error);
}

gboolean
esim_card_reset (EsimCard *self, EsimCardReset level, GError **error)
{
  return ESIM_CARD_GET_IFACE (self)->reset (self, level, error);
}

gboolean
esim_card_is_gone (EsimCard *self)
{
  return ESIM_CARD_GET_IFACE (self)->is_gone (self);
}

guint
esim_card_get_slot (EsimCard *self)
{
  return ESIM_CARD_GET_IFACE (self)->get_slot (self);
}

GPtrArray *
esim_card_list_slots (EsimCard *self, GError **error)
{
  return ESIM_CARD_GET_IFACE (self)->list_slots (self, error);
}

gboolean
esim_card_use_slot (EsimCard *self, guint slot, guint timeout_ms, guint *previous, GError **error)
{
  return ESIM_CARD_GET_IFACE (self)->use_slot (self, slot, timeout_ms, previous, error);
}

char *
esim_card_dup_imei (EsimCard *self)
{
  EsimCardInterface *iface = ESIM_CARD_GET_IFACE (self);

  return iface->dup_imei != NULL ? iface->dup_imei (self) : NULL;
}

void
esim_card_line_clear (EsimCardLine *self)
{
  g_clear_pointer (&self->iccid, g_free);
  g_clear_pointer (&self->imsi, g_free);
  self->others = 0;
}

static gboolean
refuse_own_way (GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                       "This way to the card has no authentication of its own: it takes a channel to the "
                       "card's subscriber application.");
  return FALSE;
}

gboolean
esim_card_read_line (EsimCard *self, EsimCardLine *line, GError **error)
{
  EsimCardInterface *iface = ESIM_CARD_GET_IFACE (self);

  *line = (EsimCardLine){0};
  if (iface->read_line == NULL)
    return refuse_own_way (error);
  if (iface->read_line (self, line, error))
    return TRUE;
  esim_card_line_clear (line);
  return FALSE;
}

gboolean
esim_card_authenticate (EsimCard *self, const guint8 challenge[ESIM_AKA_KEY],
                        const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer, GError **error)
{
  EsimCardInterface *iface = ESIM_CARD_GET_IFACE (self);

  *answer = (EsimAkaAnswer){0};
  if (iface->authenticate == NULL)
    return refuse_own_way (error);
  if (iface->authenticate (self, challenge, token, answer, error))
    return TRUE;
  esim_aka_answer_clear (answer);
  return FALSE;
}

void
esim_card_hurry (EsimCard *self, guint grace_ms)
{
  ESIM_CARD_GET_IFACE (self)->hurry (self, grace_ms);
}

void
esim_card_shut (EsimCard *self)
{
  ESIM_CARD_GET_IFACE (self)->shut (self);
}
