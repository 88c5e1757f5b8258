/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: those who use it need no libcurl. */
#pragma once

#include <curl/curl.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_curl_ensure:
 *
 * Begins libcurl, once: with an allocator that wipes what is let go of, since libcurl keeps copies of what is
 * sent (addresses, headers, cookies) and would leave them in memory. From any thread.
 *
 * Errors: FAILED: this machine's libcurl is not one that can be used.
 */
gboolean esim_curl_ensure (GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
