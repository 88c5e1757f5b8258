/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_ASK_DISCONNECT "disconnect-consent"
#define ESIM_ASK_INSTALL "install-consent"
#define ESIM_ASK_POLICY "policy-consent"
#define ESIM_ASK_CONFIRMATION_CODE "confirmation-code"

#define ESIM_CONFIRMATION_CODE_MAX 255 /* octets */

/**
 * EsimOperationQuestion:
 * @type: one of ESIM_ASK_*
 * @message: in English
 * @facts: (nullable): a{sv}: what else the question shows
 * @timeout_s: how long there is to answer
 * @from_job: a running job waits for the answer: it is told of a Cancel too, and ends the operation itself
 */
typedef struct {
  const char *type;
  const char *message;
  GVariant *facts;
  guint timeout_s;
  gboolean from_job;
} EsimOperationQuestion;

/* Whether @answer, a{sv}, is one to a question of this type; INVALID_ARGUMENT says what is wrong. */
gboolean esim_operation_question_check_answer (const char *type, GVariant *answer,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
