/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two verbs that are one: a profile is enabled, or disabled. */
#include <glib/gi18n.h>

#include "esimctl-loop.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"

static int
run (EsimctlContext *context, int argc, char **argv, gboolean enable, GError **error)
{
  EsimProfile *profile;
  EsimOperation *operation;
  g_autofree char *iccid = NULL;
  g_autofree char *title = NULL;
  g_autofree char *done = NULL;

  if (!esimctl_parse (context, _ ("PROFILE"), NULL, &argc, &argv, 1, 1, error) ||
      !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  profile = esimctl_select_profile (context, argv[1], error);
  if (profile == NULL)
    return ESIMCTL_EXIT_FAILED;
  iccid = g_strdup (esim_profile_get_iccid (profile));
  title = esimctl_select_title (profile);
  done = g_strdup_printf (enable ? _ ("Enabled: %s") : _ ("Disabled: %s"), title);
  operation = enable ? esim_profile_enable_sync (profile, NULL, NULL, error)
                     : esim_profile_disable_sync (profile, NULL, NULL, error);
  return esimctl_loop_finish (context, operation, done, iccid, error);
}

int
esimctl_enable (EsimctlContext *context, int argc, char **argv, GError **error)
{
  return run (context, argc, argv, TRUE, error);
}

int
esimctl_disable (EsimctlContext *context, int argc, char **argv, GError **error)
{
  return run (context, argc, argv, FALSE, error);
}
