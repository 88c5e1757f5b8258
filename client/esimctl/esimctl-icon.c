/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "esimctl-json.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"

/* The icon is bytes of a stranger: a terminal is not given them. */
static gboolean
put (const char *path, GBytes *icon, GError **error)
{
  gsize size = 0;
  const char *data = g_bytes_get_data (icon, &size);

  if (strcmp (path, "-") != 0)
    return g_file_set_contents (path, data, (gssize) size, error);
  if (isatty (STDOUT_FILENO)) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                         _ ("An icon is not written to a terminal"));
    return FALSE;
  }
  if (fwrite (data, 1, size, stdout) == size && fflush (stdout) == 0)
    return TRUE;
  g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED, _ ("The icon could not be written"));
  return FALSE;
}

static void
tell (EsimctlContext *context, const char *path, const char *type, gsize size)
{
  g_autofree char *clean = esim_text_clean (type);

  if (strcmp (path, "-") == 0)
    return;
  if (context->json)
    esimctl_json_print (
        g_variant_new_parsed ("{'type': <%s>, 'size': <%t>, 'file': <%s>}", type, (guint64) size, path));
  else
    g_print (_ ("%s: %s, %u octets\n"), path, clean, (guint) size);
}

int
esimctl_icon (EsimctlContext *context, int argc, char **argv, GError **error)
{
  EsimProfile *profile;
  g_autoptr (GBytes) icon = NULL;
  g_autofree char *type = NULL;

  if (!esimctl_parse (context, _ ("PROFILE FILE|-"), NULL, &argc, &argv, 2, 2, error) ||
      !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  profile = esimctl_select_profile (context, argv[1], error);
  icon = profile != NULL ? esim_profile_get_icon_sync (profile, &type, NULL, error) : NULL;
  if (icon == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (g_bytes_get_size (icon) == 0) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND, _ ("The profile has no icon"));
    return ESIMCTL_EXIT_NOT_FOUND;
  }
  if (!put (argv[2], icon, error))
    return ESIMCTL_EXIT_FAILED;
  tell (context, argv[2], type, g_bytes_get_size (icon));
  return ESIMCTL_EXIT_OK;
}
