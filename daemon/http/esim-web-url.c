/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-web-url.h"
#include "esim-address-guard.h"
#include "esim-error.h"
#include "esim-web.h"

#include <string.h>

#define SCHEME "https://"
#define HTTPS_PORT 443

static gboolean
is_printable (const char *text)
{
  gsize length = strnlen (text, ESIM_WEB_URL_MAX + 1);

  for (gsize i = 0; i < length; i++)
    if (text[i] <= 0x20 || text[i] >= 0x7f)
      return FALSE;
  return length > 0 && length <= ESIM_WEB_URL_MAX;
}

/* Takes "HOST[:PORT]" apart. */
static gboolean
split (const char *authority, char **host, guint *port)
{
  const char *colon = strchr (authority, ':');
  guint64 number = HTTPS_PORT;

  if (colon != NULL && !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = (guint) number;
  *host = colon != NULL ? g_ascii_strdown (authority, colon - authority) : g_ascii_strdown (authority, -1);
  return TRUE;
}

static gboolean
is_allowed (const char *const *hosts, const char *host, guint port)
{
  for (gsize i = 0; hosts != NULL && hosts[i] != NULL; i++) {
    g_autofree char *allowed = NULL;
    guint at;

    if (split (hosts[i], &allowed, &at) && at == port && strcmp (allowed, host) == 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
esim_web_url_check (const char *url, const char *const *hosts, char **host, char **answered_by,
                    GError **error)
{
  const char *begin =
      url != NULL && g_ascii_strncasecmp (url, SCHEME, strlen (SCHEME)) == 0 ? url + strlen (SCHEME) : NULL;
  g_autofree char *authority = begin != NULL ? g_strndup (begin, strcspn (begin, "/?#")) : NULL;
  g_autofree char *name = NULL;
  guint port = 0;

  if (begin == NULL || !is_printable (url) || strpbrk (url, "#\\") != NULL ||
      !split (authority, &name, &port)) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                         "the carrier's address is not one of the form https://HOST/PATH");
    return FALSE;
  }
  if (!esim_address_guard_check_host (name, error))
    return FALSE;
  if (!is_allowed (hosts, name, port)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                 "the address leads to %s at port %u, which is none of this carrier's servers", name, port);
    return FALSE;
  }
  *answered_by = port == HTTPS_PORT ? g_strdup (name) : g_strdup_printf ("%s:%u", name, port);
  *host = g_steal_pointer (&name);
  return TRUE;
}

char *
esim_web_url_resolve (const char *url, const char *location)
{
  g_autofree char *scheme = NULL;
  char *absolute;

  if (!is_printable (location))
    return NULL;
  scheme = g_uri_parse_scheme (location);
  if (scheme != NULL)
    return g_strdup (location);
  absolute = g_uri_resolve_relative (url, location, G_URI_FLAGS_ENCODED, NULL);
  if (absolute != NULL && !is_printable (absolute))
    g_clear_pointer (&absolute, g_free);
  return absolute;
}
