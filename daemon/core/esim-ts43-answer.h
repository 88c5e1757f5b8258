/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-question.h"

G_BEGIN_DECLS

/* The answers of the method "ts43"; for esim-answer.c and esim-answer-check.c.
 *
 * LOGIN: {"final-address" s} or {"outcome" "closed"}; NUMBER: {"number" s}; CODE: {"code" s}; each of the two
 * also {"outcome" "portal" | "withdraw"}; MESSAGE: {"button" "accept" | "reject", "text" s};
 * PAGE: {"outcome" "finished" | "dismissed" | "closed" | "delete-profile-in-use", "iccid" s (of the last)};
 * the others: {"outcome" s}, one of esim_ts43_question_get_outcomes().
 *
 * What proves the user (address, number, code, text) is not taken into the record: whoever has the session
 * takes it from the answer, and tells esim_ts43_next() so (EsimTs43Know.answered). */

gboolean esim_ts43_answer_check (EsimQuestion question, const EsimDeregistrationRecord *record,
                                 const EsimQuestionContext *context, GVariant *answer,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
esim_ts43_answer_releases (EsimQuestion question, const EsimDeregistrationRecord *record, GVariant *answer);
gboolean esim_ts43_answer_withdraws (EsimQuestion question, GVariant *answer);
void esim_ts43_answer_apply (EsimQuestion question, EsimDeregistrationRecord *record,
                             const EsimCarrier *carrier, GVariant *answer, gint64 now);

G_END_DECLS
