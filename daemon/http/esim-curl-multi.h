/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: those who use it need no libcurl. */
#pragma once

#include <curl/curl.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimCurlMulti:
 *
 * libcurl's multi interface as a source of a GMainContext: sockets are watched and timers run only while
 * there is a transfer, so that an idle one costs no wake-up. Its connections are its own. One thread's.
 */
typedef struct _EsimCurlMulti EsimCurlMulti;

/* From the context, after @easy was taken out. */
typedef void (*EsimCurlMultiDone) (CURL *easy, CURLcode result, gpointer user_data);

/* Returns: (nullable): %NULL if there is no memory */
EsimCurlMulti *esim_curl_multi_new (GMainContext *context, EsimCurlMultiDone done, gpointer user_data);

/* Closes the connections. Transfers must have been taken out. */
void esim_curl_multi_free (EsimCurlMulti *self);

/* The result comes by @done, never from within. */
gboolean esim_curl_multi_add (EsimCurlMulti *self, CURL *easy) G_GNUC_WARN_UNUSED_RESULT;

/* Takes a transfer out that is not done. */
void esim_curl_multi_remove (EsimCurlMulti *self, CURL *easy);

/* How many connections a host may have from now on. */
void esim_curl_multi_set_host_connections (EsimCurlMulti *self, guint n);

G_END_DECLS
