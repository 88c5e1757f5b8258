/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-address.h"
#include "esim-address-guard.h"
#include "esim-error.h"

#include <openssl/crypto.h>
#include <string.h>

#define SCHEME "https://"
#define PARAMETERS_MAX 64

static void
wipe (char **text)
{
  if (*text != NULL)
    OPENSSL_cleanse (*text, strlen (*text));
  g_clear_pointer (text, g_free);
}

void
esim_ts43_login_clear (EsimTs43Login *self)
{
  wipe (&self->address);
  wipe (&self->stop_at);
  wipe (&self->state);
  wipe (&self->host);
}

static gboolean
is_printable (const char *text)
{
  gsize length = 0;

  while (text[length] > 0x20 && text[length] < 0x7F && text[length] != '\\')
    length++;
  return text[length] == '\0' && length <= ESIM_TS43_ADDRESS_MAX;
}

/* Returns: (nullable) (transfer full): its name in lower case, with the port if it has one */
static char *
dup_host (const char *address)
{
  g_autofree char *host = NULL;
  g_autofree char *name = NULL;
  const char *port;

  if (!is_printable (address) || g_ascii_strncasecmp (address, SCHEME, strlen (SCHEME)) != 0)
    return NULL;
  address += strlen (SCHEME);
  host = g_ascii_strdown (address, (gssize) strcspn (address, "/?#"));
  port = strchr (host, ':');
  name = port != NULL ? g_strndup (host, (gsize) (port - host)) : g_strdup (host);
  if (!esim_address_guard_check_host (name, NULL))
    return NULL;
  if (port != NULL &&
      (port[1] == '\0' || strspn (port + 1, "0123456789") != strlen (port + 1) || strlen (port + 1) > 5))
    return NULL;
  return port != NULL && strcmp (port, ":443") == 0 ? g_steal_pointer (&name) : g_steal_pointer (&host);
}

gboolean
esim_ts43_address_is_page (const char *address)
{
  g_autofree char *host = dup_host (address);

  return host != NULL;
}

/* (nullable) (transfer full): the query's parameter, decoded; %NULL also where it is there twice. */
static char *
dup_parameter (const char *address, const char *name)
{
  const char *query = strchr (address, '?');
  g_autofree char *whole = query != NULL ? g_strndup (query + 1, strcspn (query + 1, "#")) : g_strdup ("");
  g_auto (GStrv) pairs = g_strsplit (whole, "&", PARAMETERS_MAX);
  char *found = NULL;

  for (guint i = 0; pairs[i] != NULL; i++) {
    g_auto (GStrv) pair = g_strsplit (g_strdelimit (pairs[i], "+", ' '), "=", 2);

    if (pair[0] == NULL || strcmp (pair[0], name) != 0)
      continue;
    if (found != NULL) {
      g_free (found);
      return NULL;
    }
    found = g_uri_unescape_string (pair[1] != NULL ? pair[1] : "", NULL);
    if (found == NULL)
      return NULL;
  }
  return found;
}

static gboolean
refuse (EsimError code, const char *words, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, (int) code, words);
  return FALSE;
}

gboolean
esim_ts43_login_read (EsimTs43Login *self, const char *location, const char *const *hosts, GError **error)
{
  g_autofree char *kind = location != NULL ? dup_parameter (location, "response_type") : NULL;
  g_auto (EsimTs43Login) login = {0};
  g_autofree char *back = NULL;

  if (location == NULL || g_strcmp0 (kind, "code") != 0)
    return refuse (ESIM_ERROR_CARRIER_ERROR,
                   "the carrier's server points to a page that is no login: it does not serve this line this "
                   "way; use the carrier's own page",
                   error);
  login.host = dup_host (location);
  login.stop_at = dup_parameter (location, "redirect_uri");
  login.state = dup_parameter (location, "state");
  back = login.stop_at != NULL ? dup_host (login.stop_at) : NULL;
  if (login.host == NULL || back == NULL || login.state == NULL || login.state[0] == '\0' ||
      strpbrk (login.stop_at, "?#") != NULL)
    return refuse (ESIM_ERROR_CARRIER_ERROR,
                   "the carrier's server points to a login whose address is not of the standard's form",
                   error);
  /* The code is the key to the account: it goes to the carrier's own server, or nowhere. */
  if (!g_strv_contains (hosts, back))
    return refuse (
        ESIM_ERROR_CARRIER_ERROR,
        "the carrier's login would send its answer to a server that is not known to be the carrier's", error);
  login.address = g_strdup (location);
  esim_ts43_login_clear (self);
  *self = login;
  login = (EsimTs43Login){0};
  return TRUE;
}

gboolean
esim_ts43_login_check_end (const EsimTs43Login *self, const char *final_address, GError **error)
{
  const gsize length = strlen (self->stop_at);
  g_autofree char *state = NULL, *code = NULL, *problem = NULL;

  /* To the octet: what differs in an escape or in case may be read as another place by somebody. */
  if (!is_printable (final_address) || strncmp (final_address, self->stop_at, length) != 0 ||
      final_address[length] != '?')
    return refuse (ESIM_ERROR_INVALID_ARGUMENT,
                   "this is not the address at which the login ends: hand over the whole address of the last "
                   "page",
                   error);
  state = dup_parameter (final_address, "state");
  if (state == NULL || strlen (state) != strlen (self->state) ||
      CRYPTO_memcmp (state, self->state, strlen (state)) != 0)
    return refuse (ESIM_ERROR_INVALID_ARGUMENT, "this is the end of another login: begin the login again",
                   error);
  problem = dup_parameter (final_address, "error");
  if (problem != NULL)
    return refuse (ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED,
                   "the login was given up or refused: begin it again", error);
  code = dup_parameter (final_address, "code");
  if (code == NULL || code[0] == '\0')
    return refuse (
        ESIM_ERROR_INVALID_ARGUMENT,
        "this address has no code of the login in it: hand over the whole address of the last page", error);
  OPENSSL_cleanse (code, strlen (code));
  return TRUE;
}
