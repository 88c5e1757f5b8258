/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table of evidence, row by row, and the dates: for the functions that move a record of the method "ts43"
 * on (esim-ts43-evidence.c, -submission.c, -answer.c, -plan.c). */
#include "esim-carrier.h"
#include "esim-deregistration-record.h"
#include "esim-ts43-said.h"

G_BEGIN_DECLS

/* The status after a request whose answer was lost is asked for so much later: an entitlement server that is
 * still at work on it would show the old one. */
#define ESIM_TS43_SETTLE_S 60
/* How often the user is asked again what it wanted to wait with. */
#define ESIM_TS43_QUIET_S 86400
#define ESIM_TS43_QUIET_LATE_S (3 * 86400)
/* How often the last look is tried before the user is asked to do without. */
#define ESIM_TS43_LOOKS_MAX 3

/* Counts an answer that shows @seen. Returns: whether it was seen twice now, with enough time between */
gboolean esim_ts43_row_count (EsimTs43Track *track, EsimTs43Seen seen, gint64 now);
void esim_ts43_row_clear (EsimTs43Track *track);

/* Counts a refusal of the line. Returns: whether that goes on for so long that it says something */
gboolean esim_ts43_row_count_refusal (EsimTs43Track *track, gint64 now);
void esim_ts43_row_clear_refusals (EsimTs43Track *track);
/* The carrier's server does not take this line, or its user, for who they say they are: 403, or a failed
 * EAP-AKA. */
gboolean esim_ts43_row_is_refusal (const GError *error);
/* It only wants to be told anew who asks (401, 511): that says nothing of the line. */
gboolean esim_ts43_row_is_token_gone (const GError *error);

/* @seen: with ESIM_TS43_ASK_EVIDENCE */
void esim_ts43_row_ask (EsimTs43Track *track, EsimTs43Ask ask, EsimTs43Seen seen, gint64 now);

/* Remembers for the receipt what was said. @said: (nullable) */
void esim_ts43_row_note (EsimTs43Track *track, const char *operation, const char *words,
                         const EsimTs43Said *said, gint64 now);
/* The same of an error: "refused", "HTTP 500". Nothing, where no server has answered. */
void esim_ts43_row_note_error (EsimTs43Track *track, const char *operation, const GError *error, gint64 now);
/* The HTTP status that hangs on an error; 0 = none */
guint esim_ts43_row_get_http (const GError *error);

/* When the server is asked next. @error: (nullable): what hindered it this time */
void esim_ts43_row_plan (EsimDeregistrationRecord *record, const GError *error, gint64 now);
/* In so many seconds, whatever else is planned. */
void esim_ts43_row_plan_at (EsimDeregistrationRecord *record, gint64 at);

/* The evidence is there. @released: the user did, in an answer of its own */
void esim_ts43_row_confirm (EsimDeregistrationRecord *record, const EsimCarrier *carrier, EsimTs43Seen seen,
                            gboolean released, gint64 now);
/* The carrier has the request. @by: ESIM_TS43_ACKNOWLEDGED_ */
void esim_ts43_row_acknowledge (EsimDeregistrationRecord *record, const EsimCarrier *carrier, guint by,
                                gint64 now);
/* The carrier wants the deletion first: asked, where somebody is told of the deletion; else the ladder. */
void esim_ts43_row_delete_first (EsimDeregistrationRecord *record, EsimTs43Seen how, gint64 now);
/* Down the ladder: the user is asked which way it goes on. @words: (nullable): what happened, English */
void
esim_ts43_row_step_down (EsimDeregistrationRecord *record, EsimTs43Why why, const char *words, gint64 now);
/* Whether the request was made, and what became of it, is not known. */
void esim_ts43_row_doubt (EsimDeregistrationRecord *record, gint64 now);

G_END_DECLS
