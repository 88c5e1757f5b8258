/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier.h"
#include "esim-deregistration-record.h"
#include "esim-ts43-dialog.h"

G_BEGIN_DECLS

/* What the user of a deregistration is asked. Which question stands follows from the record alone, so that
 * after a restart it is asked again. */
typedef enum {
  ESIM_QUESTION_NONE,
  ESIM_QUESTION_CARRIER,    /* whose profile it is */
  ESIM_QUESTION_PLAN,       /* which kind of contract */
  ESIM_QUESTION_CONSENT,    /* what will happen */
  ESIM_QUESTION_LOGIN,      /* the carrier's page, to prove who it is */
  ESIM_QUESTION_REQUEST,    /* the carrier's page, to ask for the end */
  ESIM_QUESTION_SUBMISSION, /* what became of the request */
  ESIM_QUESTION_OUTCOME,    /* what the carrier said */
  ESIM_QUESTION_REMINDER,   /* the end is near; or shall the profile go now? */
  ESIM_QUESTION_DISCONNECT, /* may the only way to the network be cut? */
  /* of the method "ts43" */
  ESIM_QUESTION_TS43_LOGIN,    /* open-page/login: the carrier's, that hands its last address back */
  ESIM_QUESTION_TS43_NUMBER,   /* carrier-question/phone-number */
  ESIM_QUESTION_TS43_CODE,     /* carrier-question/one-time-code */
  ESIM_QUESTION_TS43_MESSAGE,  /* carrier-question/message: the carrier's own */
  ESIM_QUESTION_TS43_PAGE,     /* open-page/websheet */
  ESIM_QUESTION_TS43_RESEND,   /* evidence/resend: what became of the request is not known */
  ESIM_QUESTION_TS43_CHANGE,   /* carrier-question/change: not this way: its own page, or the portal? */
  ESIM_QUESTION_TS43_EVIDENCE, /* evidence/deletion: this was seen: shall the profile go? */
  ESIM_QUESTION_TS43_ATTEST,   /* attest/no-longer-recognised */
  ESIM_QUESTION_TS43_LATE,     /* evidence/late: the carrier's time is over without word */
  ESIM_QUESTION_TS43_REVERSAL, /* evidence/reversal: what was confirmed is not any more */
  ESIM_QUESTION_TS43_BLIND,    /* evidence/not-asked: no last look before the deletion can be had */
  ESIM_QUESTION_TS43_END,      /* attest/end: after a deletion that came first: has the contract ended? */
} EsimQuestion;

/* What only lives in memory and belongs into a question. */
typedef struct {
  GPtrArray *carriers;          /* (nullable) (element-type EsimCarrier): those that it may be */
  const char *reason_text;      /* the user's own words for the carrier; "" = none */
  const EsimTs43Dialog *dialog; /* (nullable): what the carrier's server has brought */
} EsimQuestionContext;

/* @carrier: (nullable): the entry of the record's carrier. The dry run's record is never asked. */
EsimQuestion esim_question_find (const EsimDeregistrationRecord *record, const EsimCarrier *carrier);

/* Whether the user is waited for; some may be answered at any time but need not be. */
gboolean esim_question_is_due (EsimQuestion question, const EsimDeregistrationRecord *record);

/* Returns: (transfer none) (nullable): the one of those that it may be whose id is @id */
const EsimCarrier *esim_question_find_carrier (const EsimQuestionContext *context, const char *id);

/* The plans of @carrier are treated differently: which it is matters. */
gboolean esim_question_needs_plan (const EsimCarrier *carrier);

/* Floating: a{sv} as "question" of Deregistration.Describe, without its number. */
GVariant *esim_question_describe (EsimQuestion question, const EsimDeregistrationRecord *record,
                                  const EsimCarrier *carrier, const EsimQuestionContext *context);

G_END_DECLS
