/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: those who use it need no libcurl. */
#pragma once

#include <curl/curl.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_http_error_new:
 * @result: not CURLE_OK
 * @host: the server
 * @words: libcurl's own, may be ""
 *
 * Returns: (transfer full): the error that a failed transfer stands for
 */
GError *esim_http_error_new (CURLcode result, const char *host, const char *words) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
