/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-pcsc-uicc.h"

#include <string.h>

#include "esim-bcd.h"
#include "esim-card.h"
#include "esim-error.h"

#define AID_MIN 5
#define AID_MAX 16
#define COMMAND_MAX (5 + AID_MAX + 1)
/* Of an answer: the longest is that to a SELECT, which fits into one. */
#define PIECES_MAX 16

/* ETSI TS 102 221, 10.1.2. */
#define INS_MANAGE_CHANNEL 0x70
#define INS_SELECT 0xA4
#define INS_READ_BINARY 0xB0
#define INS_GET_RESPONSE 0xC0
#define P1_CLOSE 0x80
#define P1_BY_NAME 0x04
#define P2_FCP 0x04

/* Sends a command, and asks for what the card keeps back of its answer. */
static gboolean
send (const EsimPcscUicc *self, const guint8 *command, gsize length, GByteArray *response, guint16 *word,
      GError **error)
{
  guint8 octets[COMMAND_MAX];

  memcpy (octets, command, length);
  for (guint i = 0; i < PIECES_MAX; i++) {
    if (!self->exchange (self->data, octets, length, response, word, error))
      return FALSE;
    if (*word >> 8 == 0x6C) {
      length = MAX (length, 5);
      octets[length - 1] = (guint8) *word;
    } else if (*word >> 8 == 0x61) {
      const guint8 more[] = {command[0], INS_GET_RESPONSE, 0, 0, (guint8) *word};

      length = sizeof more;
      memcpy (octets, more, length);
    } else {
      return TRUE;
    }
  }
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                       "The card announces more of its answer and does not give it. Take it out, put it in "
                       "again, and try again");
  return FALSE;
}

static gboolean
is_success (guint16 word)
{
  guint8 sw1 = word >> 8;

  return sw1 == 0x90 || sw1 == 0x91 || sw1 == 0x62 || sw1 == 0x63;
}

static void
set_error (GError **error, int code, guint16 word, const char *what)
{
  GError *made =
      g_error_new (ESIM_ERROR, code, "Could not %s: the card answered with status word %04X", what, word);

  esim_error_set_detail (made, ESIM_DETAIL_STATUS_WORD, g_variant_new_uint16 (word));
  g_propagate_error (error, made);
}

/* ETSI TS 102 221, 10.1.1: the interindustry class with the channel in it. */
static guint8
class_byte (guint channel)
{
  return (guint8) (channel <= 3 ? channel : 0x40 | (channel - 4));
}

gboolean
esim_pcsc_uicc_open_channel (const EsimPcscUicc *self, guint *channel, gboolean *full, GError **error)
{
  const guint8 command[] = {0x00, INS_MANAGE_CHANNEL, 0, 0, 1};
  g_autoptr (GByteArray) response = g_byte_array_new ();
  guint16 word;

  *full = FALSE;
  if (!send (self, command, sizeof command, response, &word, error))
    return FALSE;
  if (!is_success (word)) {
    *full = word == 0x6881 || word == 0x6A81 || word == 0x6A84 || word == 0x6985;
    set_error (error, ESIM_ERROR_CARD_ERROR, word, "open a logical channel");
    return FALSE;
  }
  if (response->len == 1 && response->data[0] >= 1 && response->data[0] <= ESIM_CARD_CHANNEL_MAX) {
    *channel = response->data[0];
    return TRUE;
  }
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                       "The card opened a logical channel and did not say which. Take it out and put it in "
                       "again");
  return FALSE;
}

gboolean
esim_pcsc_uicc_close_channel (const EsimPcscUicc *self, guint channel, GError **error)
{
  const guint8 command[] = {0x00, INS_MANAGE_CHANNEL, P1_CLOSE, (guint8) channel};
  g_autoptr (GByteArray) response = g_byte_array_new ();
  guint16 word;

  if (!send (self, command, sizeof command, response, &word, error))
    return FALSE;
  if (is_success (word))
    return TRUE;
  set_error (error, ESIM_ERROR_CARD_ERROR, word, "close a logical channel");
  return FALSE;
}

gboolean
esim_pcsc_uicc_select (const EsimPcscUicc *self, guint channel, const guint8 *aid, gsize aid_length, int *p2,
                       GBytes **answer, GError **error)
{
  static const guint8 usual[] = {0x00, 0x04, 0x0C};
  guint tries = *p2 >= 0 ? 1 : G_N_ELEMENTS (usual);
  guint8 command[COMMAND_MAX] = {class_byte (channel), INS_SELECT, P1_BY_NAME, 0, (guint8) aid_length};
  guint16 word = 0x6A86;

  g_return_val_if_fail (aid_length >= AID_MIN && aid_length <= AID_MAX, FALSE);
  memcpy (command + 5, aid, aid_length);
  /* Only "incorrect parameters P1-P2" speaks of P2. */
  for (guint i = 0; i < tries && word == 0x6A86; i++) {
    g_autoptr (GByteArray) response = g_byte_array_new ();

    command[3] = *p2 >= 0 ? (guint8) *p2 : usual[i];
    if (!send (self, command, aid_length + 6, response, &word, error))
      return FALSE;
    if (!is_success (word))
      continue;
    *p2 = command[3];
    if (answer != NULL)
      *answer = g_byte_array_free_to_bytes (g_steal_pointer (&response));
    return TRUE;
  }
  set_error (error, ESIM_ERROR_NOT_SUPPORTED, word, "select the application");
  return FALSE;
}

gboolean
esim_pcsc_uicc_read_iccid (const EsimPcscUicc *self, char **iccid, GError **error)
{
  /* MF, EF ICCID, and what is in it (ETSI TS 102 221, 13.2). */
  static const struct {
    guint8 octets[8];
    gsize length;
  } commands[] = {
      {{0x00, INS_SELECT, 0, P2_FCP, 2, 0x3F, 0x00, 0}, 8},
      {{0x00, INS_SELECT, 0, P2_FCP, 2, 0x2F, 0xE2, 0}, 8},
      {{0x00, INS_READ_BINARY, 0, 0, ESIM_ICCID_OCTETS}, 5},
  };
  g_autoptr (GByteArray) response = g_byte_array_new ();
  guint16 word;

  *iccid = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_byte_array_set_size (response, 0);
    if (!send (self, commands[i].octets, commands[i].length, response, &word, error))
      return FALSE;
    if (!is_success (word))
      return TRUE;
  }
  /* What is there and is no ICCID is none. */
  *iccid = esim_bcd_iccid_from_octets (response->data, response->len, NULL);
  return TRUE;
}
