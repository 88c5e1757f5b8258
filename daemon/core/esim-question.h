/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier.h"
#include "esim-deregistration-record.h"

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
} EsimQuestion;

/* What only lives in memory and belongs into a question. */
typedef struct {
  GPtrArray *carriers;     /* (nullable) (element-type EsimCarrier): those that it may be */
  const char *reason_text; /* the user's own words for the carrier; "" = none */
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
