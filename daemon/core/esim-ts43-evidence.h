/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier.h"
#include "esim-deregistration-record.h"
#include "esim-ts43-said.h"

G_BEGIN_DECLS

/* The judgement over what a carrier's entitlement server answers: each function moves a record of the method
 * "ts43" on by one answer, and does nothing else. "now" is told, in seconds since 1970. What it leaves in the
 * record has to be on disk before anything is built on it.
 *
 * @said: (nullable): the document, or %NULL with @error: (nullable). One of the two is there.
 * @carrier: (nullable): the entry of the record's carrier */

/* Two answers that say the same count twice only if so much time lies between them. An answer may come from a
 * cache, from the one of two servers that lags, or from a change at the carrier that is half way through: an
 * hour is longer than any of these, and nothing beside the days that a review takes. */
#define ESIM_TS43_SPACING_S 3600
/* How long a line has to be refused, and how often at least, before that says something of the line. */
#define ESIM_TS43_FORBIDDEN_S 86400
#define ESIM_TS43_FORBIDDEN_MIN 3

/* A token was had, or not. An error of the line's being refused counts like one of a poll. */
void esim_ts43_take_authentication (EsimDeregistrationRecord *record, EsimTs43Way way, const GError *error,
                                    gint64 now);

/* What AcquireConfiguration says of the line before anything is asked for. */
void esim_ts43_take_baseline (EsimDeregistrationRecord *record, const EsimTs43Said *said, const GError *error,
                              gint64 now);

/* Only "not at all" (2) stands in the way: 0 and 1 are about a new subscription. */
void esim_ts43_take_eligibility (EsimDeregistrationRecord *record, const EsimTs43Said *said,
                                 const GError *error, gint64 now);

/* To be on disk before ManageSubscription goes out. @operation: 1 UNSUBSCRIBE, 2 CHANGE; @reply: it is the
 * answer to the carrier's question, and no new one */
void
esim_ts43_begin_submission (EsimDeregistrationRecord *record, guint operation, gboolean reply, gint64 now);

/* What became of it. An error that is no answer, and not surely before the first octet left
 * (ESIM_DETAIL_NOT_SENT), leaves it unknown. With ask = ESIM_TS43_ASK_MESSAGE or _PAGE afterwards, the
 * message or the page is what the question shows. */
void esim_ts43_take_submission (EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                                const EsimTs43Said *said, const GError *error, gint64 now);

/* A poll, in whichever stage: the review, what became of a request, the last look before the deletion, or
 * whether the line has ended after it. */
void esim_ts43_take_poll (EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                          const EsimTs43Said *said, const GError *error, gint64 now);

/* A login's page, the question for a number or for a code is there to be shown. */
void esim_ts43_ask (EsimDeregistrationRecord *record, EsimTs43Ask ask, gint64 now);

/* What lived in memory is gone: after a restart, or when the session is over. A request without a recorded
 * answer is unknown from here on. Returns: whether the record has changed */
gboolean esim_ts43_resume (EsimDeregistrationRecord *record, gint64 now);

/* The clock was set: how much time lay between two answers is not known, and they are counted anew. Returns:
 * whether the record has changed */
gboolean esim_ts43_clock_moved (EsimDeregistrationRecord *record, gint64 now);

/* The calendar: late, the end of a wait, and of the wait for the line's end. Returns: whether the record has
 * changed */
gboolean esim_ts43_tick (EsimDeregistrationRecord *record, gint64 now);

G_END_DECLS
