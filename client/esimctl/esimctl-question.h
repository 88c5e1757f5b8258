/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-run.h"

G_BEGIN_DECLS

/* EsimctlReply: what somebody said to a question. */
typedef struct {
  GVariant *answer; /* a{sv}; NULL: nothing now, it is left open */
  gboolean open;    /* open the page once the answer stands */
  gboolean leave;   /* nothing more is to be asked after this answer */
} EsimctlReply;

void esimctl_reply_clear (EsimctlReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimctlReply, esimctl_reply_clear)

/* Whether this version knows how to ask @question (a{sv}). */
gboolean esimctl_question_is_known (GVariant *question);

/* Shows @question with all that belongs to it, and asks on the terminal. */
gboolean esimctl_question_ask (EsimctlRun *run, GVariant *question, EsimctlReply *reply,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the address @key of @question is one of the carrier's own. */
gboolean esimctl_question_may_open (GVariant *question, const char *key);

/* Prints what to do at the carrier, unless it was printed before: it is long. */
void esimctl_question_print_tasks (EsimctlRun *run);

/* Opens the page of @question, or says where it is if it cannot be or must not be opened. */
void esimctl_question_open_page (EsimctlRun *run, GVariant *question, const char *key);

/* Says what is asked, and with which words an option can answer it. */
void esimctl_question_print (EsimctlRun *run, GVariant *question);

/* Asks what the carrier said is missing, and puts it into @answer as "missing". */
gboolean esimctl_question_ask_missing (EsimctlRun *run, GVariant *question, GVariantDict *answer,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for questions of the type "attest", and for the reminder. */
gboolean esimctl_attest_ask (EsimctlRun *run, GVariant *question, EsimctlReply *reply,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean esimctl_attest_ask_reminder (EsimctlRun *run, GVariant *question, EsimctlReply *reply,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Asks to choose one of @items (%NULL-terminated) by its number, again until it is one. An empty line is the
 * last item's number if @last_is_default.
 *
 * Returns: %FALSE with @error set if Ctrl-C was pressed. @chosen is -1 at the end of input.
 */
gboolean esimctl_question_choose (EsimctlRun *run, const char *const *items, gboolean last_is_default,
                                  int *chosen, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
