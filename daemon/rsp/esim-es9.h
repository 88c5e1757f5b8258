/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-http-hub.h"
#include "esim-notification.h"

G_BEGIN_DECLS

/**
 * EsimEs9Outcome:
 * @ESIM_ES9_DELIVERED: the server acknowledged with a 2xx, and did not say "Failed" in its body: the standard
 * asks for a 204 without one, so that a body which cannot be read takes nothing from the acknowledgement
 * @ESIM_ES9_REFUSED: the server has seen it and said no in a way that a repetition will hardly change (4xx
 * other than 408, 425, 429; a 200 with header.functionExecutionStatus "Failed")
 * @ESIM_ES9_LATER: no answer, an answer that makes no sense, 3xx (never followed), 5xx, a 200 with "Expired",
 * or not trusted: to be tried again
 */
typedef enum { ESIM_ES9_DELIVERED, ESIM_ES9_REFUSED, ESIM_ES9_LATER } EsimEs9Outcome;

/* @error: (nullable): why, unless delivered; with ESIM_DETAIL_HTTP_STATUS, _SUBJECT_CODE, _REASON_CODE,
 * _SERVER_TEXT, _ROOT_KEY_ID where known. @http_status: 0 if there was no answer. */
typedef void (*EsimEs9Done) (EsimEs9Outcome outcome, guint http_status, const GError *error,
                             gpointer user_data);

/**
 * esim_es9_handle_notification:
 * @bytes: the signed notification, relayed as it is
 * @done: in the thread-default main context of the caller
 *
 * ES9+.HandleNotification (SGP.22 5.6.4): POST to https://@address/gsma/rsp2/es9plus/handleNotification.
 *
 * Returns: (transfer none): to cancel it by, until @done was called; @done comes all the same
 */
EsimHttpCall *
esim_es9_handle_notification (EsimHttpHub *hub, const char *address, GBytes *bytes,
                              const char *const *card_key_ids, EsimEs9Done done, gpointer user_data);

G_END_DECLS
