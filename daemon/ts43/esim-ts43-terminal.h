/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is told of this machine: what its maker wrote into it, cut as servers want it, and never another's. */
typedef struct {
  char *vendor;   /* 4 at most */
  char *model;    /* 10 */
  char *software; /* 20 */
  char *client;   /* 16: this program's version */
  char *kernel;   /* 20 */
} EsimTs43Terminal;

void esim_ts43_terminal_init (EsimTs43Terminal *self);
void esim_ts43_terminal_clear (EsimTs43Terminal *self);

/* Letters, digits, "." and "-" of @text, beginning with a letter or digit, @max at most; @otherwise if
 * nothing is left. @text: (nullable) */
char *esim_ts43_terminal_make_word (const char *text, gsize max, const char *otherwise);

/* User-Agent (TS.43, 2.2; RCC.14, C.4.1) */
char *esim_ts43_terminal_make_agent (const EsimTs43Terminal *self);

/* Accept-Language (RFC 9110, 12.5.4) for @language: (nullable): "th-TH", "th_TH.UTF-8". */
char *esim_ts43_terminal_make_languages (const char *language);

/* terminal_id where there is no IMEI: a UUID (RFC 9562, version 5) made from @eid, always the same. */
char *esim_ts43_terminal_make_id (const char *eid);

G_END_DECLS
