/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-aka.h"
#include "esim-ts43-document.h"
#include "esim-ts43-line.h"
#include "esim-web.h"

G_BEGIN_DECLS

/**
 * EsimTs43Session:
 *
 * A conversation with a carrier's entitlement server about one line (GSMA TS.43, ODSA for primary devices).
 * Linear: for the worker that the web client belongs to. The token and the cookies live here and nowhere
 * else, and are wiped.
 *
 * Errors of every function that asks: those of esim_web_fetch(), with their ESIM_DETAIL_NOT_SENT;
 * CARRIER_ERROR with ESIM_DETAIL_HTTP_STATUS, for 503 also ESIM_DETAIL_RETRY_AFTER;
 * CARRIER_AUTHENTICATION_FAILED (403, 401, 511, a failure of EAP, a login that was refused; with
 * ESIM_DETAIL_HTTP_STATUS where there was one): the token is gone after 401 and 511; LIMIT_EXCEEDED. An error
 * without NOT_SENT TRUE and without an HTTP status says nothing of whether the server has done what was
 * asked.
 */
typedef struct _EsimTs43Session EsimTs43Session;

/* As esim_web_fetch(). */
typedef EsimWebAnswer *(*EsimTs43Fetch) (gpointer data, EsimCookies *cookies, const EsimWebRequest *request,
                                         GError **error);

/* @web outlives it. @line is copied; its host and path are set (esim_ts43_server_find()). */
EsimTs43Session *esim_ts43_session_new (EsimWeb *web, const EsimTs43Line *line);
EsimTs43Session *
esim_ts43_session_new_with_fetch (EsimTs43Fetch fetch, gpointer data, const EsimTs43Line *line);
void esim_ts43_session_free (EsimTs43Session *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimTs43Session, esim_ts43_session_free)

/* There is one, and its validity has not run out. */
gboolean esim_ts43_session_has_token (EsimTs43Session *self);
void esim_ts43_session_drop_token (EsimTs43Session *self);

/**
 * esim_ts43_session_authenticate:
 * @usim: how the profile's USIM is asked; is not kept
 *
 * By EAP-AKA. NOT_SUPPORTED: the server wants a login by the user (302) or offers no EAP (511).
 */
gboolean esim_ts43_session_authenticate (EsimTs43Session *self, EsimAkaFunc usim, gpointer data,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_ts43_session_begin_login:
 * @address: (out): of the page that the user logs in on
 * @stop_at: (out): the address at which a web view is to stop: everything up to its "?" is the same
 * @hosts: (out): what the page may lead to
 *
 * CARRIER_ERROR: no login is offered: the server answers something else than a redirect to a login.
 */
gboolean esim_ts43_session_begin_login (EsimTs43Session *self, char **address, char **stop_at, char ***hosts,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_ts43_session_end_login:
 * @final_address: where the web view stopped, whole
 * @another: (out): the server wants one more page (a one-time code): the next three are set as by
 *   esim_ts43_session_begin_login(). Otherwise there is a token
 *
 * INVALID_ARGUMENT: @final_address is not the one that was waited for, or of another login: it can be tried
 * again. CARRIER_AUTHENTICATION_FAILED: the login was given up or refused.
 */
gboolean esim_ts43_session_end_login (EsimTs43Session *self, const char *final_address, gboolean *another,
                                      char **address, char **stop_at, char ***hosts,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A code is sent to @msisdn, and proves the line. INVALID_ARGUMENT: that is no number, no code. */
gboolean esim_ts43_session_begin_code (EsimTs43Session *self, const char *msisdn,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean esim_ts43_session_end_code (EsimTs43Session *self, const char *code,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The answer to a question of the carrier's. @text: (nullable): with accepting alone. */
typedef struct {
  gboolean accept;
  const char *text;
} EsimTs43Reply;

/* Each needs a token: WRONG_STATE, NOT_SENT, without one. These two only read, and may be repeated. */
EsimTs43Document *
esim_ts43_session_check_eligibility (EsimTs43Session *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
EsimTs43Document *
esim_ts43_session_acquire_configuration (EsimTs43Session *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_ts43_session_unsubscribe:
 * @reply: (nullable): it is the answer to a question that a first request brought
 *
 * ManageSubscription, operation type 1. It is sent once, and never again by itself: neither by another method
 * nor with another version. One exception: where the server has answered that a parameter was bad (102) and
 * nothing else, it was not done, and is sent once without the target.
 */
EsimTs43Document *esim_ts43_session_unsubscribe (EsimTs43Session *self, const EsimTs43Reply *reply,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same with operation type 2: the carrier's page for managing the contract. */
EsimTs43Document *esim_ts43_session_change (EsimTs43Session *self, const EsimTs43Reply *reply,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
