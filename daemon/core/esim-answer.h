/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-question.h"

G_BEGIN_DECLS

/**
 * esim_answer_check:
 * @answer: a{sv}
 * @context: what was offered to choose from
 *
 * INVALID_ARGUMENT for an unknown key, a value of another type or form, something that is missing, or a key
 * that has no meaning beside the others; the words name it.
 */
gboolean esim_answer_check (EsimQuestion question, const EsimDeregistrationRecord *record,
                            const EsimCarrier *carrier, const EsimQuestionContext *context, GVariant *answer,
                            gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether this answer may release a deletion: it is authorized afresh, whoever gives it. */
gboolean
esim_answer_releases (EsimQuestion question, const EsimDeregistrationRecord *record, GVariant *answer);

/* It gives the whole up: what it does is Withdraw's work. */
gboolean esim_answer_withdraws (EsimQuestion question, GVariant *answer);

/* Moves @record on by an answer that was checked. Nothing happens but in @record. */
void esim_answer_apply (EsimQuestion question, EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                        const EsimQuestionContext *context, GVariant *answer, gint64 now);

/* The record's carrier is @carrier, or (%NULL) one that the directory does not know. */
void esim_answer_set_carrier (EsimDeregistrationRecord *record, const EsimCarrier *carrier);

G_END_DECLS
