/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include "esim-ts43-address.h"
#include "esim-ts43-request.h"
#include "esim-ts43-session.h"
#include "esim-ts43-terminal.h"

G_BEGIN_DECLS

#define ESIM_TS43_EAP_TYPE "application/vnd.gsma.eap-relay.v1.0+json"

struct _EsimTs43Session {
  EsimTs43Fetch fetch;
  gpointer data;
  EsimTs43Line *line;
  EsimTs43Terminal terminal;
  char *agent, *languages; /* whole header lines */
  EsimCookies *cookies;
  char *token;        /* (nullable) */
  gint64 token_until; /* of CLOCK_BOOTTIME, in seconds; 0 = not told */
  gboolean by_sim;    /* how the token was had: who terminal_* is depends on it */
  gboolean by_get;    /* the server takes no POST */
  gboolean settled;   /* it has answered as a server does that takes this method */
  guint version;
  EsimTs43Login login; /* that is under way */
  gboolean code_begun;
};

/* What every request has; @operation: (nullable). */
EsimTs43Request *esim_ts43_session_make_request (EsimTs43Session *self, const char *operation);

/* Sends it. @once: it asks for something to be done, and is not sent again whatever comes. Otherwise it is
 * sent once more as GET where POST is not taken (405, 501), and with older versions (406). Any status is an
 * answer. */
EsimWebAnswer *esim_ts43_session_send (EsimTs43Session *self, EsimTs43Request *request, gboolean once,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @url: the whole address; @body: (nullable): as @content_type; else GET. */
EsimWebAnswer *esim_ts43_session_fetch (EsimTs43Session *self, const char *url, GBytes *body,
                                        const char *content_type, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *esim_ts43_session_make_url (EsimTs43Session *self, const char *query);

/* The error that a status other than 200 is; drops the token where the server wants another. */
void esim_ts43_session_set_error (EsimTs43Session *self, const EsimWebAnswer *answer, GError **error);

/* Reads the document, and takes a token that is in it. */
EsimTs43Document *esim_ts43_session_read (EsimTs43Session *self, const EsimWebAnswer *answer,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* There has to be one in it. */
gboolean esim_ts43_session_take_token (EsimTs43Session *self, const EsimWebAnswer *answer, gboolean by_sim,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Nothing is left of an earlier conversation. */
void esim_ts43_session_forget (EsimTs43Session *self);

G_END_DECLS
