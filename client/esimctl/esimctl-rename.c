/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>

#include "esimctl-operation.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"

int
esimctl_rename (EsimctlContext *context, int argc, char **argv, GError **error)
{
  EsimProfile *profile;
  g_autofree char *iccid = NULL;
  g_autofree char *clean = NULL;
  g_autofree char *done = NULL;

  if (!esimctl_parse (context, _ ("PROFILE NAME"), NULL, &argc, &argv, 2, 2, error) ||
      !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  profile = esimctl_select_profile (context, argv[1], error);
  if (profile == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (!g_utf8_validate (argv[2], -1, NULL)) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("The name is not UTF-8"));
    return ESIMCTL_EXIT_USAGE;
  }
  iccid = g_strdup (esim_profile_get_iccid (profile));
  clean = esim_text_clean (argv[2]);
  done = *clean != '\0' ? g_strdup_printf (_ ("%s is now called “%s”"), iccid, clean)
                        : g_strdup_printf (_ ("%s has no nickname any more"), iccid);
  return esimctl_operation_finish (
      context, esim_profile_set_nickname_sync (profile, argv[2], NULL, NULL, error), done, iccid, error);
}
