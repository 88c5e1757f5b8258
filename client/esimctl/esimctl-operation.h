/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-context.h"

G_BEGIN_DECLS

/* The entry of the option --allow-disconnect, which sets @flag. */
#define ESIMCTL_ALLOW_DISCONNECT(flag)                                                                       \
  {                                                                                                          \
    "allow-disconnect", 0, 0, G_OPTION_ARG_NONE, (flag),                                                     \
        N_ ("Do not ask before this machine's only way to the network is cut"), NULL                         \
  }

/* EsimctlAnswer: what was said to a question. */
typedef struct {
  GVariant *answer; /* a{sv}; NULL: nothing is sent */
  GError *instead;  /* what is told if the operation ends because of that answer */
} EsimctlAnswer;

void esimctl_answer_clear (EsimctlAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimctlAnswer, esimctl_answer_clear)

/*
 * Answers @question (a{sv}) of an operation. With %FALSE and @error nothing more is waited for; an answer
 * that is set is sent all the same, so that no question is left that nobody sees any more.
 */
typedef gboolean (*EsimctlAsk) (GVariant *question, gpointer data, EsimctlAnswer *answer, GError **error);

/* EsimctlAsker: who answers what esimctl_operation_wait() does not know. */
typedef struct {
  EsimctlAsk ask;
  gpointer data;
  const char *interrupted; /* what Ctrl-C says while nothing is asked */
} EsimctlAsker;

/* Says that @question is of a type that this version does not know. */
void esimctl_operation_set_unknown (GVariant *question, GError **error);

/*
 * Shows the phases of @operation on the terminal, asks there what it asks, and waits for its end. Takes
 * @operation, which may be %NULL with @error set. A question that nobody can be asked is answered with no,
 * and the error is %ESIMCTL_EXIT_NEEDS_ANSWER with the option that would answer it.
 */
gboolean esimctl_operation_wait (EsimctlContext *context, EsimOperation *operation,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, with the questions that @asker knows. @result: (out) (optional): the operation's "result"
 * (a{sv}). */
gboolean
esimctl_operation_follow (EsimctlContext *context, EsimOperation *operation, const EsimctlAsker *asker,
                          GVariant **result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Says @done on standard output; or, if that was asked for, as JSON the operation's @kind with @facts, which
 * are taken. */
void
esimctl_operation_tell (EsimctlContext *context, const char *kind, const char *done, GVariantDict *facts);

/* Has the details of @euicc read from the card, if they were not yet. Without the right to do so what is
 * known has to do. */
gboolean esimctl_operation_read_details (EsimctlContext *context, EsimEuicc *euicc,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Waits as esimctl_operation_wait() does, and tells it with @iccid (nullable). Returns: an EsimctlExit. */
int esimctl_operation_finish (EsimctlContext *context, EsimOperation *operation, const char *done,
                              const char *iccid, GError **error);

G_END_DECLS
