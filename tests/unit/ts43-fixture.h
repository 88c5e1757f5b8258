/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A deregistration with the method "ts43", and what a carrier's server says in it. */
#pragma once

#include "esim-question.h"
#include "esim-ts43-evidence.h"
#include "esim-ts43-plan.h"
#include "esim-ts43-row.h"

#define HOUR ((gint64) 3600)
#define DAY (24 * HOUR)
#define START ((gint64) 1800000000)

/* Agreed to, and nothing done yet: in verifying-identity. Names one server that is told of the deletion. */
EsimDeregistrationRecord *ts43_fixture_new (void);
/* Authenticated and listed as active, and nothing asked for. */
EsimDeregistrationRecord *ts43_fixture_listed (void);
/* Its request is out, at START. */
EsimDeregistrationRecord *ts43_fixture_sent (void);
/* The server has answered it with SubscriptionResult 3. */
EsimDeregistrationRecord *ts43_fixture_acknowledged (void);

/* A list that shows our line so; 0 = another one alone, -1 = none at all, -2 = our ICCID is null */
void ts43_fixture_list (EsimTs43Said *said, int status);
#define SHOWN(said, status)                                                                                  \
  EsimTs43Said said = ESIM_TS43_SAID_INIT (ESIM_TS43_ACQUIRE_CONFIGURATION);                                 \
  ts43_fixture_list (&said, status)

/* A poll that shows that, at a time. */
void ts43_fixture_poll (EsimDeregistrationRecord *record, int status, gint64 at);
/* A poll that failed: HTTP @status, 0 = no network. */
void ts43_fixture_fail (EsimDeregistrationRecord *record, guint status, gint64 at);
/* (transfer full): 403 is CARRIER_AUTHENTICATION_FAILED, others CARRIER_ERROR, 0 NO_CONNECTIVITY */
GError *ts43_fixture_error (guint status);
/* ManageSubscription is answered with this SubscriptionResult (-1 = none) and OperationResult. */
void ts43_fixture_result (EsimDeregistrationRecord *record, int operation, int result, gint64 at);

/* The question that stands is @question, and this is the answer: what stands between its braces. */
void
ts43_fixture_answer (EsimDeregistrationRecord *record, EsimQuestion question, const char *text, gint64 at);
/* As above, but it is refused, and the words name @key. */
void ts43_fixture_refuse (EsimDeregistrationRecord *record, EsimQuestion question, const char *text,
                          const char *key);

/* (transfer full): written, and read again */
EsimDeregistrationRecord *ts43_fixture_reread (const EsimDeregistrationRecord *record);
