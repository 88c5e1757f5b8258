/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card.h"

G_BEGIN_DECLS

/**
 * esim_apdu_store_data:
 * @channel: an open logical channel with the ISD-R selected
 * @command: one ES10 command, a whole TLV
 *
 * Sends @command as a chain of STORE DATA blocks (SGP.22 5.7.2; GlobalPlatform 11.11), each as full as the
 * card's segment size allows, and collects the answer: GET RESPONSE on 61xx, again with the right Le on 6Cxx,
 * 90xx and 91xx are success.
 *
 * 6Cxx means that the command was not carried out and wants to be repeated as it is (ISO 7816-4, 5.6): the
 * last block is repeated once, at once. A card that carried it out nevertheless would then answer to the
 * second one ("not found" to a deletion): who changes something looks at the card afterwards in any case.
 *
 * Returns: (transfer full): the answer's data, possibly empty; %NULL on error: those of #EsimCard,
 * CARD_ERROR with the status word in words, LIMIT_EXCEEDED for more than 256 blocks or ESIM_CARD_RESPONSE_MAX
 */
GBytes *esim_apdu_store_data (EsimCard *card, guint channel, GBytes *command,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  guint8 ins, p1, p2;
} EsimApduHeader;

/**
 * esim_apdu_command:
 * @data: (array length=length) (nullable): up to 255 octets
 * @answer: the data is appended; one that holds a secret is made large enough beforehand, for what it grows
 *   out of is not wiped
 * @status_word: (out): whatever the card says at the end, but 61xx
 *
 * Sends one command of the interindustry class with Le 00, and collects the answer as
 * esim_apdu_store_data() does.
 */
gboolean esim_apdu_command (EsimCard *card, guint channel, const EsimApduHeader *header, const guint8 *data,
                            gsize length, GByteArray *answer, guint16 *status_word,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* 90xx, and 91xx: a proactive command waits, which is the modem's business. */
gboolean esim_apdu_is_success (guint16 status_word);

/* CARD_ERROR with the status word, and what it means. */
void esim_apdu_set_error (guint16 status_word, GError **error);

G_END_DECLS
