/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include "esim-http.h"
#include "esim-rsp-check.h"

#include <curl/curl.h>

G_BEGIN_DECLS

typedef struct _EsimHttpTransfer EsimHttpTransfer;

/* A piece of the body; FALSE: not now, pause. */
typedef gboolean (*EsimHttpTransferSink) (EsimHttpTransfer *self, const guint8 *data, gsize length);

/**
 * EsimHttpTransfer:
 *
 * One POST: a handle of libcurl with every option that safety hangs on, and what arrives.
 */
struct _EsimHttpTransfer {
  CURL *easy;
  EsimRspCheck *check;
  EsimHttpTransferSink sink; /* nullable: takes the body in place of response; set by the owner */
  gpointer user_data;        /* free for the owner */
  char *root_key_id; /* of the connection that the answer came over; NULL: no answer, or not verified */
  gsize n_received;  /* octets of the body */
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
};

/**
 * esim_http_transfer_new:
 * @connect_to: (nullable): must outlive the transfer
 *
 * Errors: INVALID_ARGUMENT (host, path, headers), FAILED (this libcurl cannot do what is needed).
 */
EsimHttpTransfer *
esim_http_transfer_new (const EsimHttpConfig *config, EsimRspPolicy *policy, const EsimHttpRequest *request,
                        struct curl_slist *connect_to, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_http_transfer_free (EsimHttpTransfer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimHttpTransfer, esim_http_transfer_free)

/* Returns: (nullable): why a transfer that ended with @result has no answer; %NULL if it has one */
GError *esim_http_transfer_dup_error (EsimHttpTransfer *self, CURLcode result) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
