/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimPcscUicc:
 * @exchange: sends the card one command; appends the answer's data to @response, and gives the status word
 *   as it came
 *
 * What a modem would do with a card by itself: logical channels, the selection of an application, a look at
 * the ICCID (ETSI TS 102 221). Answers are collected to their end.
 *
 * Errors of all functions: those of @exchange, CARD_ERROR with ESIM_DETAIL_STATUS_WORD.
 */
typedef struct {
  gboolean (*exchange) (gpointer data, const guint8 *command, gsize length, GByteArray *response,
                        guint16 *status_word, GError **error);
  gpointer data;
} EsimPcscUicc;

/**
 * esim_pcsc_uicc_open_channel:
 * @channel: (out): 1 to 19
 * @full: (out): with %FALSE: the card has no channel left
 */
gboolean esim_pcsc_uicc_open_channel (const EsimPcscUicc *self, guint *channel, gboolean *full,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean esim_pcsc_uicc_close_channel (const EsimPcscUicc *self, guint channel, GError **error);

/**
 * esim_pcsc_uicc_select:
 * @aid: 5 to 16 octets
 * @p2: (inout): -1: found out. What the card took
 * @answer: (out) (transfer full) (optional): without the status word
 *
 * NOT_SUPPORTED if the card has no such application.
 */
gboolean esim_pcsc_uicc_select (const EsimPcscUicc *self, guint channel, const guint8 *aid, gsize aid_length,
                                int *p2, GBytes **answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_pcsc_uicc_read_iccid:
 * @iccid: (out) (transfer full): %NULL where the card has none, as an eUICC without an enabled profile
 *
 * Reads EF ICCID on the basic channel.
 */
gboolean
esim_pcsc_uicc_read_iccid (const EsimPcscUicc *self, char **iccid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
