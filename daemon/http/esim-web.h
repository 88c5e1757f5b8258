/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-cookies.h"
#include "esim-http.h"

G_BEGIN_DECLS

/**
 * EsimWeb:
 *
 * A client of the carrier domain: servers that the system's web PKI vouches for, and no root of remote SIM
 * provisioning. Linear: for code in a worker (EsimWorker), which it belongs to. It shares neither handle nor
 * connection, TLS session, cookie or looked-up name with the RSP domain; nor does one of its fetches share a
 * connection with another: only so is it certain that no request is sent a second time behind its caller's
 * back, and whether one was sent at all. No environment is looked at.
 */
typedef struct _EsimWeb EsimWeb;

/**
 * esim_web_new:
 * @config: connect_to, allow_loopback, proxy, web_trust, connect_timeout_s and total_timeout_s (both count
 * where they are shorter than ours) are taken from it
 *
 * Errors: INVALID_ARGUMENT with the name of the key of the configuration: what esim_http_check_config() would
 * refuse, and a web_trust that cannot be read or holds no certificate.
 */
EsimWeb *esim_web_new (const EsimHttpConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_web_free (EsimWeb *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimWeb, esim_web_free)

/* Ends what is under way, and whatever is begun later, with CANCELLED. In the client's own thread: also from
 * what esim_worker_invoke() runs inside its wait. */
void esim_web_hurry (EsimWeb *self);

/**
 * EsimWebRequest:
 *
 * One request.
 */
typedef struct {
  const char *method; /* "GET" or "POST" */
  const char *url;    /* "https://HOST[:PORT]/…", without a fragment; its octets are sent as they are */
  const char *const *headers; /* nullable, NULL-terminated: "Name: value" */
  GBytes *body;               /* nullable; none for GET */
  const char *const *hosts;   /* NULL-terminated: "HOST" allows it at port 443, "HOST:PORT" at that port */
  const char *const *pins;    /* nullable, NULL-terminated: SHA-256 of a SubjectPublicKeyInfo, base64 with or
                                 without "sha256//" before it, or 64 hexadecimal digits: one certificate of the
                                 verified chain must have one of them; an empty list is none */
  gsize response_max;         /* octets of the body; 0: ESIM_WEB_RESPONSE_MAX */
} EsimWebRequest;

#define ESIM_WEB_TIMEOUT_S 30
#define ESIM_WEB_RESPONSE_MAX ((gsize) 512 * 1024)
#define ESIM_WEB_URL_MAX (16 * 1024) /* octets of an address, ours and the one in a Location */

typedef struct {
  guint status;
  char *content_type;   /* nullable: as it was sent */
  char *location;       /* nullable: printable ASCII, and absolute: a relative one is resolved */
  gint64 retry_after_s; /* -1: none, or nothing that makes sense */
  GBytes *body;         /* never NULL; wiped with its last reference */
  char *answered_by;    /* the host, with ":PORT" where it is not 443 */
} EsimWebAnswer;

/* Wipes what may hold a token. */
void esim_web_answer_free (EsimWebAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimWebAnswer, esim_web_answer_free)

/**
 * esim_web_fetch:
 * @cookies: (nullable): sent along by their rules, and those of the answer kept in them
 *
 * Sends a request, once, and waits for its answer (EsimWait), %ESIM_WEB_TIMEOUT_S at most. Any HTTP status is
 * an answer; no redirect is followed. The name's grammar and the very address that a socket is opened to are
 * looked at (esim-address-guard.h). TLS 1.2 or newer; what it says of a server cannot be overruled.
 *
 * Every error has the detail %ESIM_DETAIL_NOT_SENT: %TRUE only where it is certain that no octet of the
 * request was given to the network, since its connection had not come about. %FALSE says nothing: it may have
 * been sent and done.
 *
 * Errors: SERVER_UNREACHABLE, SERVER_NOT_TRUSTED, NO_CONNECTIVITY, TIMED_OUT, LIMIT_EXCEEDED,
 * INVALID_ARGUMENT, CANCELLED, FAILED (libcurl cannot be used).
 */
EsimWebAnswer *esim_web_fetch (EsimWeb *self, EsimCookies *cookies, const EsimWebRequest *request,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
