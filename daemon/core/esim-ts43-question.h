/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-question.h"

G_BEGIN_DECLS

/* The questions of the method "ts43"; for esim-question.c. */

gboolean esim_ts43_question_is (EsimQuestion question);

/* Of a record of that method, after its consent. */
EsimQuestion esim_ts43_question_find (const EsimDeregistrationRecord *record);
gboolean esim_ts43_question_is_due (EsimQuestion question, const EsimDeregistrationRecord *record);

const char *esim_ts43_question_get_type (EsimQuestion question);
const char *esim_ts43_question_get_subject (EsimQuestion question);
/* English, static */
const char *esim_ts43_question_get_message (EsimQuestion question, const EsimDeregistrationRecord *record);

/**
 * esim_ts43_question_get_outcomes:
 * Returns: (transfer container): what may be answered under "outcome" now, ends with %NULL; empty for a
 * question that is not answered so
 */
const char **esim_ts43_question_get_outcomes (EsimQuestion question, const EsimDeregistrationRecord *record);

/* Adds what belongs to the question alone. */
void
esim_ts43_question_add_details (GVariantDict *dict, EsimQuestion question,
                                const EsimDeregistrationRecord *record, const EsimQuestionContext *context);

G_END_DECLS
