/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier.h"

G_BEGIN_DECLS

/* When a carrier works, by what its topics "processing" and "calendar" say. Nothing here looks at a clock.
 * Times are seconds since 1970. Public holidays are not known to the directory and not counted.
 *
 * @carrier: (nullable): %NULL: one of which nothing is known
 * @plan: (nullable): %NULL or "": it is not known which; then only what is said of no plan in particular
 *   counts. What names the plan comes before that. */

/**
 * esim_carrier_days_expected_by:
 * @working_days: (out): the most working days that the review takes; 0 if the result is 0
 *
 * The day of submission is day 0. What is submitted while the carrier lets requests wait counts as submitted
 * when that ends; from the cut-off on, and on a weekend after it, as submitted on the next working day. Where
 * facts contradict one another the latest result is taken.
 *
 * Returns: the last second of the last working day of the review, in the carrier's time zone; 0 = not known,
 * because the days, the time zone or the weekend are not
 */
gint64 esim_carrier_days_expected_by (const EsimCarrier *carrier, const char *plan, gint64 submitted,
                                      guint *working_days);

/**
 * esim_carrier_days_end_of:
 * @date: YYYY-MM-DD
 *
 * Returns: the first second after this day at the carrier's; where the time zone is not known, in the last
 * zone of the earth in which the day ends, so that it is never too early. -1: no day from 2000 to 2199
 */
gint64 esim_carrier_days_end_of (const EsimCarrier *carrier, const char *plan, const char *date);

/**
 * esim_carrier_days_date_of:
 * @out: YYYY-MM-DD at the carrier's; where the time zone is not known, on this machine
 *
 * Returns: %FALSE for a time that is not from 2000 to 2199; then @out is ""
 */
gboolean esim_carrier_days_date_of (const EsimCarrier *carrier, const char *plan, gint64 time, char out[11]);

typedef enum {
  ESIM_CARRIER_OPEN_UNKNOWN,
  ESIM_CARRIER_OPEN_YES,
  ESIM_CARRIER_OPEN_NO,
} EsimCarrierOpen;

/**
 * esim_carrier_days_is_open:
 * @channel: a fact with "hours"
 * @opens_at: (out): when it opens next; 0 if it is open, or if it is not known
 */
EsimCarrierOpen esim_carrier_days_is_open (const EsimCarrier *carrier, const char *plan,
                                           const EsimCarrierFact *channel, gint64 now, gint64 *opens_at);

G_END_DECLS
