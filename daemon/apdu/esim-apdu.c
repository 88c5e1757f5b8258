/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-apdu.h"
#include "esim-error.h"

#include <string.h>

#define PROPRIETARY 0x80
#define INS_STORE_DATA 0xE2
#define INS_GET_RESPONSE 0xC0
#define P1_MORE 0x11 /* GlobalPlatform 11.11: BER-TLV, ISO case 4 */
#define P1_LAST 0x91
#define SEGMENT_MAX 255
#define BLOCKS_MAX 256 /* P2 counts them */
#define HEADER_SIZE 5
#define COLLECTED_TIMES_MAX 1024 /* ESIM_CARD_RESPONSE_MAX in pieces of 64 octets */

/* One command that may be asked again with another Le. */
typedef struct {
  guint8 octets[HEADER_SIZE + SEGMENT_MAX + 1];
  gsize length; /* the last octet is Le */
} Command;

typedef struct {
  EsimCard *card;
  guint channel;
  guint8 class_byte; /* of the command that is answered: the channel is in it */
  GByteArray *data;
  guint16 status;
} Exchange;

static const struct {
  guint16 status;
  const char *words;
} meanings[] = {
    {0x6700, "it takes the command's length for wrong; set a smaller segment size for this modem"},
    {0x6881, "it does not know the logical channel; try again"},
    {0x6882, "it has no secure messaging; the modem sends the wrong class byte"},
    {0x6982, "it wants a security condition met; the card was not made for this"},
    {0x6985, "not in its present state; try again, and reset the modem if it stays so"},
    {0x6A80, "it takes the data for wrong; the card does not know this form of the command"},
    {0x6A81, "it does not know the function"},
    {0x6A82, "it has no such application; the ISD-R is not selected any more, try again"},
    {0x6A84, "it has no memory left; delete a profile first"},
    {0x6A86, "it takes the parameters for wrong"},
    {0x6A88, "it does not find what the command names"},
    {0x6D00, "it does not know the instruction; it may not be an eUICC"},
    {0x6E00, "it does not know the class of the command; the modem sends the wrong class byte"},
    {0x6F00, "it has a technical problem; reset the modem and try again"},
    {0x9300, "its toolkit is busy; try again in a while"},
};

void
esim_apdu_set_error (guint16 status, GError **error)
{
  const char *words = "its documentation may say more; try again, and reset the modem if it stays so";
  GError *made;

  for (guint i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (meanings[i].status == status)
      words = meanings[i].words;
  made = g_error_new (ESIM_ERROR, ESIM_ERROR_CARD_ERROR, "The card refused the command (status %04X): %s.",
                      status, words);
  esim_error_set_detail (made, ESIM_DETAIL_STATUS_WORD, g_variant_new_uint16 (status));
  g_propagate_error (error, made);
}

/* GlobalPlatform 11.1.4, ETSI TS 102 221, 10.1.1: @proprietary or 0, with the channel in it. */
static guint8
class_byte (guint8 proprietary, guint channel)
{
  return proprietary | (guint8) (channel <= 3 ? channel : 0x40 | (channel - 4));
}

gboolean
esim_apdu_is_success (guint16 status)
{
  return status >> 8 == 0x90 ||
         status >> 8 == 0x91; /* 91xx: a proactive command waits, the modem's business */
}

static gboolean
transmit (Exchange *self, const Command *command, GError **error)
{
  if (!esim_card_transmit (self->card, self->channel, command->octets, command->length, self->data,
                           &self->status, error))
    return FALSE;
  if (self->data->len <= ESIM_CARD_RESPONSE_MAX)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
               "The card's answer is longer than %d octets, more than any that the standard knows. Reset the "
               "modem and try again.",
               ESIM_CARD_RESPONSE_MAX);
  return FALSE;
}

/* Transmits, and once more where the card names the Le that it wants. A second 6Cxx stays what it is. */
static gboolean
transmit_with_le (Exchange *self, Command *command, GError **error)
{
  guint before = self->data->len;

  if (!transmit (self, command, error))
    return FALSE;
  if (self->status >> 8 != 0x6C || self->data->len != before)
    return TRUE;
  command->octets[command->length - 1] = (guint8) self->status;
  return transmit (self, command, error);
}

/* The class byte stays that of the command which the answer belongs to (ISO 7816-3, 12.2.1). */
static gboolean
collect (Exchange *self, GError **error)
{
  for (guint times = 0; self->status >> 8 == 0x61; times++) {
    Command command = {{self->class_byte, INS_GET_RESPONSE, 0, 0, (guint8) self->status}, HEADER_SIZE};
    guint before = self->data->len;

    if (!transmit_with_le (self, &command, error))
      return FALSE;
    if (times == COLLECTED_TIMES_MAX || (self->data->len == before && self->status >> 8 == 0x61)) {
      g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                           "The card announces more of its answer and does not give it. Reset the modem and "
                           "try again.");
      return FALSE;
    }
  }
  return TRUE;
}

static void
fill_block (Command *command, guint8 class, guint number, gboolean last, const guint8 *data, gsize length)
{
  const guint8 header[HEADER_SIZE] = {class, INS_STORE_DATA, last ? P1_LAST : P1_MORE, (guint8) number,
                                      (guint8) length};

  memcpy (command->octets, header, HEADER_SIZE);
  memcpy (command->octets + HEADER_SIZE, data, length);
  command->octets[HEADER_SIZE + length] = 0; /* Le: whatever there is */
  command->length = HEADER_SIZE + length + 1;
}

static gboolean
send_block (Exchange *self, Command *command, gboolean last, GError **error)
{
  if (!transmit_with_le (self, command, error) || !collect (self, error))
    return FALSE;
  if (!esim_apdu_is_success (self->status)) {
    esim_apdu_set_error (self->status, error);
    return FALSE;
  }
  if (!last && self->data->len > 0) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
        "The card answered before it had the whole command. Try again, and reset the modem if "
        "it stays so.");
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_command (gsize length, guint segment, GError **error)
{
  if (length > 0 && length <= (gsize) segment * BLOCKS_MAX)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
               "A command of %" G_GSIZE_FORMAT
               " octets does not go to a card in %d blocks of %u octets. Set a "
               "larger segment size for this modem.",
               length, BLOCKS_MAX, segment);
  return FALSE;
}

GBytes *
esim_apdu_store_data (EsimCard *card, guint channel, GBytes *command, GError **error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  Exchange exchange = {
      .card = card, .channel = channel, .class_byte = class_byte (PROPRIETARY, channel), .data = data};
  guint segment = esim_card_get_segment_size (card);
  gsize length = 0;
  const guint8 *octets = g_bytes_get_data (command, &length);

  g_return_val_if_fail (channel >= 1 && channel <= ESIM_CARD_CHANNEL_MAX, NULL);
  if (segment == 0 || segment > SEGMENT_MAX)
    segment = SEGMENT_MAX;
  if (!check_command (length, segment, error))
    return NULL;

  for (gsize sent = 0, number = 0; sent < length; number++) {
    gsize size = MIN (segment, length - sent);
    gboolean last = sent + size == length;
    Command block;

    fill_block (&block, exchange.class_byte, (guint) number, last, octets + sent, size);
    if (!send_block (&exchange, &block, last, error))
      return NULL;
    sent += size;
  }
  return g_byte_array_free_to_bytes (g_steal_pointer (&data));
}

gboolean
esim_apdu_command (EsimCard *card, guint channel, const EsimApduHeader *header, const guint8 *data,
                   gsize length, GByteArray *answer, guint16 *status_word, GError **error)
{
  Exchange exchange = {
      .card = card, .channel = channel, .class_byte = class_byte (0, channel), .data = answer};
  Command command = {{exchange.class_byte, header->ins, header->p1, header->p2}, HEADER_SIZE};

  g_return_val_if_fail (channel <= ESIM_CARD_CHANNEL_MAX && length <= SEGMENT_MAX, FALSE);
  if (length > 0) {
    command.octets[HEADER_SIZE - 1] = (guint8) length;
    memcpy (command.octets + HEADER_SIZE, data, length);
    command.length = HEADER_SIZE + length + 1;
  }
  if (!transmit_with_le (&exchange, &command, error) || !collect (&exchange, error))
    return FALSE;
  *status_word = exchange.status;
  return TRUE;
}
