/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration-record.h"

G_BEGIN_DECLS

/* What comes next in a deregistration with the method "ts43": follows from the record and from what is in
 * memory, and from nothing else. */

/* Bounds of the interval that a carrier gives, in seconds. */
#define ESIM_TS43_INTERVAL_MIN_S 300
#define ESIM_TS43_INTERVAL_MAX_S (7 * 86400)
/* How old the last look before the deletion may be. */
#define ESIM_TS43_LOOK_FRESH_S 900
/* How long it is asked for the line's end after a deletion that came first. */
#define ESIM_TS43_VERIFY_S (30 * 86400)

typedef enum {
  ESIM_TS43_TODO_NOTHING,      /* a date, or the user, is waited for */
  ESIM_TS43_TODO_AUTHENTICATE, /* with the profile's USIM: esim_ts43_take_authentication() */
  ESIM_TS43_TODO_LOGIN,      /* fetch the login's address: esim_ts43_ask() LOGIN, or take_authentication() */
  ESIM_TS43_TODO_END_LOGIN,  /* the answer in memory has its final address */
  ESIM_TS43_TODO_NUMBER,     /* esim_ts43_ask() NUMBER: a number, for a code */
  ESIM_TS43_TODO_BEGIN_CODE, /* the answer has the number; then esim_ts43_ask() CODE */
  ESIM_TS43_TODO_END_CODE,   /* the answer has the code */
  ESIM_TS43_TODO_BASELINE,
  ESIM_TS43_TODO_ELIGIBILITY,
  ESIM_TS43_TODO_SUBMIT, /* esim_ts43_begin_submission() on disk first, each of these three */
  ESIM_TS43_TODO_REPLY,  /* the answer has button and text; operation_type is the record's "operation" */
  ESIM_TS43_TODO_CHANGE,
  ESIM_TS43_TODO_POLL,
  ESIM_TS43_TODO_CANNOT, /* the last look is due, and there is no way: esim_ts43_take_poll() with an error */
} EsimTs43Todo;

/**
 * EsimTs43Know:
 * @token: there is one
 * @sim: the profile's USIM can be asked (in verifying-identity: also after a switch)
 * @login: the user could log in at the server, as far as is known
 * @answered: the answer to this question is in memory and was not used yet; ESIM_TS43_ASK_NONE = to none
 * @ready: the card is there, and nothing but the last look stands before the removal
 * @hurry: somebody wants to know now (Check): a poll need not wait for its time, but for the carrier's
 * interval
 */
typedef struct {
  gboolean token;
  gboolean sim;
  gboolean login;
  EsimTs43Ask answered;
  gboolean ready;
  gboolean hurry;
} EsimTs43Know;

EsimTs43Todo esim_ts43_next (const EsimDeregistrationRecord *record, const EsimTs43Know *know, gint64 now);

/* When esim_ts43_next() or esim_ts43_tick() may have something new; 0 = no date is waited for. */
gint64 esim_ts43_get_due (const EsimDeregistrationRecord *record);

/* The first of these dates that is still to come: a poll that nothing could be asked at hides no other. */
gint64 esim_ts43_get_due_after (const EsimDeregistrationRecord *record, gint64 now);

/* The status was asked once more, lately, and agreed: the removal may begin. %TRUE for the other methods. */
gboolean esim_ts43_may_remove (const EsimDeregistrationRecord *record, gint64 now);

/* Each server was told of the deletion, or is not waited for any longer: the stage is COMPLETED now, or
 * VERIFYING_END. For any method. */
void esim_ts43_end_delivery (EsimDeregistrationRecord *record, gint64 now);

/* The review's time is over, and nothing was seen: the outcome is not known. */
gboolean esim_ts43_is_late (const EsimDeregistrationRecord *record, gint64 now);

G_END_DECLS
