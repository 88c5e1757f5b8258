/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include "esim-cookies.h"
#include "esim-web-check.h"
#include "esim-web.h"

#include <curl/curl.h>

G_BEGIN_DECLS

/* What a client gives to each of its transfers. Must outlive them. */
typedef struct {
  struct curl_slist *connect_to; /* nullable */
  char *proxy;                   /* nullable */
  GBytes *trust;                 /* nullable: PEM; the system's */
  gboolean allow_loopback;
  long connect_timeout_s;
  long total_timeout_s;
} EsimWebWay;

/**
 * EsimWebTransfer:
 *
 * One request: a handle of libcurl with every option that safety hangs on, and what arrives.
 */
typedef struct {
  CURL *easy;
  EsimWebCheck *check;
  EsimCookies *cookies; /* nullable: lent */
  struct curl_slist *headers;
  GBytes *request; /* nullable */
  char *host;
  char *answered_by;
  gsize response_max;
  gboolean allow_loopback;
  gboolean proxied;
  gboolean let_go; /* a connection was there and verified, and the request was let onto it */
  guint8 *response;
  gsize length;
  gsize capacity;
  gsize header_octets;
  guint header_lines;
  gboolean header_is_whole; /* the empty line at its end came */
  guint n_sockets;          /* that were opened */
  GError *refused;          /* the last address that was refused, or the limit that was hit */
  char words[CURL_ERROR_SIZE];
} EsimWebTransfer;

/* Errors: INVALID_ARGUMENT, FAILED (this libcurl cannot do what is needed). */
EsimWebTransfer *
esim_web_transfer_new (const EsimWebWay *way, EsimCookies *cookies, const EsimWebRequest *request,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* It must not be under way. */
void esim_web_transfer_free (EsimWebTransfer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimWebTransfer, esim_web_transfer_free)

/* Returns: (nullable): why a transfer that ended with @result has no answer; %NULL if it has one */
GError *esim_web_transfer_dup_error (EsimWebTransfer *self, CURLcode result) G_GNUC_WARN_UNUSED_RESULT;

/* Of one that has an answer. Takes the body out. */
EsimWebAnswer *esim_web_transfer_take_answer (EsimWebTransfer *self, const char *url);

G_END_DECLS
