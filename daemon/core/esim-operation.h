/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-operation-question.h"
#include "esim-task.h"

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum {
  ESIM_OPERATION_QUEUED,
  ESIM_OPERATION_RUNNING,
  ESIM_OPERATION_WAITING,
  ESIM_OPERATION_SUCCEEDED,
  ESIM_OPERATION_FAILED,
  ESIM_OPERATION_CANCELLED,
} EsimOperationState;

/**
 * EsimOperation:
 *
 * Something that takes a while, as a client sees it. Main thread only.
 *
 * Signals: "changed": a property is new; at most four times a second for progress alone. "finished" (success
 * b): once, after the last "changed".
 */
#define ESIM_TYPE_OPERATION (esim_operation_get_type ())
G_DECLARE_FINAL_TYPE (EsimOperation, esim_operation, ESIM, OPERATION, GObject)

/* @kind: static. @euicc: the EsimEuicc it is about. @iccid: (nullable): the profile of it. */
EsimOperation *esim_operation_new (const char *kind, GObject *euicc, const char *iccid, guint requester);

const char *esim_operation_get_kind (EsimOperation *self);
GObject *esim_operation_get_euicc (EsimOperation *self);
const char *esim_operation_get_iccid (EsimOperation *self);
guint esim_operation_get_requester (EsimOperation *self);
EsimOperationState esim_operation_get_state (EsimOperation *self);
const char *esim_operation_get_phase (EsimOperation *self);
double esim_operation_get_progress (EsimOperation *self);
/* Octets of a profile that the card has taken, and that there are; 0 while that is not known. */
guint64 esim_operation_get_bytes_done (EsimOperation *self);
guint64 esim_operation_get_bytes_total (EsimOperation *self);
gboolean esim_operation_is_committed (EsimOperation *self);
gboolean esim_operation_is_ended (EsimOperation *self);
guint esim_operation_get_revision (EsimOperation *self);
const GError *esim_operation_get_error (EsimOperation *self);
/* (nullable): a{sv} */
GVariant *esim_operation_get_result (EsimOperation *self);

/* For the worker's code. (transfer none) */
EsimTask *esim_operation_get_task (EsimOperation *self);

void esim_operation_set_state (EsimOperation *self, EsimOperationState state);
void esim_operation_set_phase (EsimOperation *self, const char *phase);
/* @result: (nullable): floating or not, taken. @error: (nullable): copied. */
void esim_operation_finish (EsimOperation *self, GVariant *result, const GError *error);

/* In the main thread, once. @answer: (nullable): a{sv}, as esim_operation_question_check_answer() has it;
 * %NULL: none in time, or a Cancel while a job waits for it. Not called once the operation has ended
 * otherwise. */
typedef void (*EsimOperationAnswered) (EsimOperation *self, GVariant *answer, gpointer data);

/**
 * esim_operation_ask:
 * @question: copied; its @facts may be floating, and are taken
 * @data: freed by @free_data when nobody will be told any more
 *
 * The operation waits. One question at a time.
 */
void esim_operation_ask (EsimOperation *self, const EsimOperationQuestion *question,
                         EsimOperationAnswered answered, gpointer data, GDestroyNotify free_data);

/* The number of the question that stands; 0 = none. */
guint esim_operation_get_question (EsimOperation *self);

/* (nullable): floating: "question" of Describe */
GVariant *esim_operation_describe_question (EsimOperation *self);

/* WRONG_STATE: that is not asked; INVALID_ARGUMENT. */
gboolean esim_operation_check_answer (EsimOperation *self, guint question, GVariant *answer,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean esim_operation_answer (EsimOperation *self, guint question, GVariant *answer,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* WRONG_STATE once it is too late. */
gboolean esim_operation_cancel (EsimOperation *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
