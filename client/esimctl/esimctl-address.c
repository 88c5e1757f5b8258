/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-address.h"

#include <string.h>
#include <unistd.h>

/* RFC 3986, section 2: what an address is made of. Browsers mend anything else, each in its own way. */
#define ALLOWED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"
#define MAX_ADDRESS 2048

static gboolean
is_among (GUri *uri, const char *const *hosts)
{
  g_autofree char *with_port = g_strdup_printf ("%s:%d", g_uri_get_host (uri), g_uri_get_port (uri));

  for (gsize i = 0; hosts[i] != NULL; i++)
    if (g_ascii_strcasecmp (g_uri_get_host (uri), hosts[i]) == 0 ||
        g_ascii_strcasecmp (with_port, hosts[i]) == 0)
      return TRUE;
  return FALSE;
}

gboolean
esimctl_address_is_allowed (const char *address, const char *const *hosts)
{
  gsize length = strlen (address);
  g_autoptr (GUri) uri = NULL;

  if (length > MAX_ADDRESS || strspn (address, ALLOWED) != length || !g_str_has_prefix (address, "https://"))
    return FALSE;
  uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);
  return uri != NULL && g_uri_get_userinfo (uri) == NULL && g_uri_get_host (uri) != NULL &&
         *g_uri_get_host (uri) != '\0' && is_among (uri, hosts);
}

static gboolean
is_set (const char *name)
{
  const char *value = g_getenv (name);

  return value != NULL && *value != '\0';
}

gboolean
esimctl_address_can_open (void)
{
  /* Under sudo the session is another user's, and a browser would run as root. */
  return (is_set ("WAYLAND_DISPLAY") || is_set ("DISPLAY")) && !is_set ("SUDO_UID");
}

/* Ctrl-C on this terminal is not meant for the browser. */
static void
leave_terminal (gpointer data)
{
  (void) setsid ();
}

gboolean
esimctl_address_open (const char *address)
{
  const char *const arguments[] = {"xdg-open", address, NULL};

  return g_spawn_async (NULL, (char **) arguments, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                        leave_terminal, NULL, NULL, NULL);
}
