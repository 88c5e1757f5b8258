/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include "esim-http.h"
#include "esim-rsp-check.h"

#include <curl/curl.h>

G_BEGIN_DECLS

/**
 * EsimHttpTransfer:
 *
 * One POST: a handle of libcurl with every option that safety hangs on, and what arrives.
 */
typedef struct {
  CURL *easy;
  EsimRspCheck *check;
  gpointer user_data; /* free for the owner */
  GBytes *request;
  struct curl_slist *headers;
  gsize response_max;
  gboolean allow_loopback;
  gboolean proxied;
  GByteArray *response;
  gsize header_octets;
  gboolean header_is_whole; /* the empty line at its end came */
  guint n_sockets;          /* that were opened */
  GError *refused;          /* the last address that was refused, or the limit that was hit */
  char words[CURL_ERROR_SIZE];
} EsimHttpTransfer;

/**
 * esim_http_transfer_new:
 * @connect_to: (nullable): must outlive the transfer
 *
 * Errors: INVALID_ARGUMENT (@host, @path, @headers), FAILED (this libcurl cannot do what is needed).
 */
EsimHttpTransfer *
esim_http_transfer_new (const EsimHttpConfig *config, EsimRspPolicy *policy, const char *host,
                        const char *path, const char *const *headers, GBytes *body,
                        struct curl_slist *connect_to, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_http_transfer_free (EsimHttpTransfer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimHttpTransfer, esim_http_transfer_free)

/* Returns: (nullable): why a transfer that ended with @result has no answer; %NULL if it has one */
GError *esim_http_transfer_dup_error (EsimHttpTransfer *self, CURLcode result) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
