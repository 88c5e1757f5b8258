/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card.h"

G_BEGIN_DECLS

/**
 * EsimPcscCard:
 *
 * The card in a smart card reader, by PC/SC: for a removable eUICC that is looked after at a desk before it
 * goes into its device. No modem stands between: channels are opened, and the card is read after a switch, by
 * commands of ours (ETSI TS 102 221). Other programs may use the card too; it is held while a channel is
 * open, and left to them and to the reader's power saving in between.
 *
 * The reader is the port: while it is there, "changed" tells that a card came or went, or that one which
 * another program had to itself is to be had again. BUSY of esim_card_open_channel(): such a program has it
 * now; of esim_card_transmit(): it is at work with it, and nothing was sent.
 */
#define ESIM_TYPE_PCSC_CARD (esim_pcsc_card_get_type ())
G_DECLARE_FINAL_TYPE (EsimPcscCard, esim_pcsc_card, ESIM, PCSC_CARD, GObject)

/**
 * EsimPcscOptions:
 * @reader: its name, as PC/SC tells it
 * @segment_size: octets of data in a STORE DATA; 0 = 255
 * @select_p2: P2 of the SELECT; -1 = 0, and 4 and 0x0C where the card does not take that
 * @apdu_timeout: seconds that the card may take for an answer; 0 = 60
 */
typedef struct {
  const char *reader;
  guint segment_size;
  int select_p2;
  guint apdu_timeout;
} EsimPcscOptions;

/**
 * esim_pcsc_card_open:
 * Comes to the reader. Sends the card nothing; succeeds where there is none, too.
 *
 * Errors: those of #EsimCard; CARD_REMOVED (no such reader), MODEM_ERROR (no smart card service).
 *
 * Returns: (transfer full)
 */
EsimCard *esim_pcsc_card_open (const EsimPcscOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
