/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimTs43Dialog:
 *
 * What the carrier's server has brought for the user and what lives in memory alone: addresses with
 * parameters, and its questions. Each member may be %NULL = not there; freed with its octets wiped.
 */
typedef struct {
  char *address;       /* of the page: login, or websheet */
  char *stop_at;       /* login: a web view closes there and hands the whole address back */
  char **hosts;        /* that the page may lead to */
  char *user_data;     /* websheet */
  char *contents_type; /* websheet: "" = GET with user_data as query; "json", "xml" = POST */
  char *title;         /* message */
  char *text;
  gboolean accepts; /* there is such a button */
  gboolean rejects;
  char *accept_label;
  char *reject_label;
  gboolean free_text; /* a text goes with accepting */
  char *hint;
  char *pattern; /* a regular expression, for the client: never run here */
  char *failed_text;
} EsimTs43Dialog;

EsimTs43Dialog *esim_ts43_dialog_new (void);
void esim_ts43_dialog_free (EsimTs43Dialog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimTs43Dialog, esim_ts43_dialog_free)

G_END_DECLS
