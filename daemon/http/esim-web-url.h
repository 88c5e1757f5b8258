/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_web_url_check:
 * @hosts: as EsimWebRequest has them
 * @host: (out): in lower case
 * @answered_by: (out): the same, with ":PORT" where it is not 443
 *
 * Whether @url is one that may be fetched: https, a domain name out of @hosts (esim-address-guard.h) at a
 * port that is allowed there, no user, no fragment, printable ASCII, no longer than ESIM_WEB_URL_MAX. So
 * narrow that no two readers of it can disagree about the host. What the error says holds nothing of its path
 * and query, which may hold a secret.
 *
 * Errors: INVALID_ARGUMENT.
 */
gboolean esim_web_url_check (const char *url, const char *const *hosts, char **host, char **answered_by,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (nullable) (transfer full): @location as an absolute address, seen from @url; %NULL if it is none
 */
char *esim_web_url_resolve (const char *url, const char *location);

G_END_DECLS
