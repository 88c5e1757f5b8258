/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier.h"
#include "esim-deregistration-record.h"

G_BEGIN_DECLS

/* The dates of the carrier's side: a review with its reminders, and a notice that runs out. Nothing here
 * looks at a clock: "now" is told, in seconds since 1970. The review of the method "ts43" has dates of its
 * own: esim-ts43-plan.h. */

#define ESIM_PORTAL_DAY_S 86400
/* How often the user is asked again about a review that is late. */
#define ESIM_PORTAL_REMIND_EVERY_S (3 * ESIM_PORTAL_DAY_S)
/* When the user is asked for the first time where nobody knows how long a review takes. */
#define ESIM_PORTAL_UNKNOWN_S (5 * ESIM_PORTAL_DAY_S)
/* How long before its end a contract's end is brought to mind. */
#define ESIM_PORTAL_END_REMINDER_S (3 * ESIM_PORTAL_DAY_S)

/**
 * esim_portal_begin_review:
 * @submitted: when the request was made
 * @named: (nullable): the day that the carrier named, YYYY-MM-DD; else the directory's working days
 */
void esim_portal_begin_review (EsimDeregistrationRecord *record, const EsimCarrier *carrier, gint64 submitted,
                               const char *named, gint64 now);

/* The carrier has said that it goes on. @named: (nullable): until when */
void esim_portal_extend_review (EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                                const char *named, gint64 now);

/* The contract's last day, which must be a day: the profile may go when it is over there. */
void esim_portal_set_end (EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *date,
                          gint64 now);

/* A review whose time is up and of which nothing was heard: its outcome is not known. */
gboolean esim_portal_is_late (const EsimDeregistrationRecord *record, gint64 now);

/* The contract's last day is over, or the user does not want to wait for that: the profile may go. */
gboolean esim_portal_is_over (const EsimDeregistrationRecord *record, gint64 now);

/* When to look at the record again; 0 = no date is waited for. */
gint64 esim_portal_get_due (const EsimDeregistrationRecord *record);

/* Reminds, if it is time. Returns: whether the record has changed */
gboolean esim_portal_tick (EsimDeregistrationRecord *record, gint64 now);

G_END_DECLS
