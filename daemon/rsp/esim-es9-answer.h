/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimEs9Status:
 * @ESIM_ES9_STATUS_NONE: no body, or none that can be read, or no status in it
 *
 * header.functionExecutionStatus.status of an answer (SGP.22 6.5.1.4).
 */
typedef enum {
  ESIM_ES9_STATUS_NONE,
  ESIM_ES9_STATUS_EXECUTED, /* Executed-Success, Executed-WithWarning */
  ESIM_ES9_STATUS_FAILED,
  ESIM_ES9_STATUS_EXPIRED,
} EsimEs9Status;

/* What a server's answer says in its header. The strings are bounded, printable and nullable. */
typedef struct {
  EsimEs9Status status;
  char *subject_code;
  char *reason_code;
  char *text;
} EsimEs9Answer;

/**
 * esim_es9_answer_parse:
 * @body: (nullable): a stranger's: looked at for length, alphabet and nesting before a parser that recurses
 * without a bound gets to see it
 */
void esim_es9_answer_parse (GBytes *body, EsimEs9Answer *answer);

/* The members of the header that are looked at. */
typedef enum {
  ESIM_ES9_MEMBER_STATUS,
  ESIM_ES9_MEMBER_SUBJECT_CODE,
  ESIM_ES9_MEMBER_REASON_CODE,
  ESIM_ES9_MEMBER_MESSAGE,
} EsimEs9Member;

/* For who reads the JSON by other means: @text is what the server wrote, of any length and content. */
void esim_es9_answer_set (EsimEs9Answer *answer, EsimEs9Member member, const char *text);

void esim_es9_answer_clear (EsimEs9Answer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimEs9Answer, esim_es9_answer_clear)

G_END_DECLS
