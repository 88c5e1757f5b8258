/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-loop.h"
#include "esimctl-operation.h"
#include "esimctl-select.h"
#include "esimctl-text.h"
#include "esimctl-verbs.h"

static gboolean
may_delete (EsimctlContext *context, EsimProfile *profile, gboolean *agreed, GError **error)
{
  gboolean operational = strcmp (esim_profile_get_profile_class (profile), "operational") == 0;
  g_autofree char *title = esimctl_select_title (profile);
  g_autofree char *prompt = g_strdup_printf (_ ("Delete %s?"), title);
  int answer;

  if (*agreed)
    return TRUE;
  if (!context->json) {
    esimctl_text_paragraph (0, _ ("The profile will be deleted from the card. That cannot be taken back."));
    if (operational)
      esimctl_text_paragraph (0, _ ("The contract goes on: you keep paying until you end it at the carrier. "
                                    "“esimctl deregister” does it in order and keeps a receipt."));
  }
  answer = esimctl_loop_ask (prompt,
                             _ ("Deleting needs a yes: on a terminal, or by the option --contract-continues"),
                             _ ("Nothing was changed"), error);
  if (answer < 0)
    return FALSE;
  if (answer == 0) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED, _ ("Nothing was changed"));
    return FALSE;
  }
  *agreed = TRUE;
  return TRUE;
}

int
esimctl_delete (EsimctlContext *context, int argc, char **argv, GError **error)
{
  gboolean agreed = FALSE, allow_disconnect = FALSE;
  const GOptionEntry entries[] = {
      {"contract-continues", 0, 0, G_OPTION_ARG_NONE, &agreed,
       N_ ("Do not ask: you know that the contract goes on"), NULL},
      ESIMCTL_ALLOW_DISCONNECT (&allow_disconnect),
      {NULL},
  };
  EsimProfile *profile;
  GVariantDict options;
  g_autofree char *iccid = NULL;
  g_autofree char *title = NULL;
  g_autofree char *done = NULL;

  if (!esimctl_parse (context, _ ("PROFILE"), entries, &argc, &argv, 1, 1, error) ||
      !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  profile = esimctl_select_profile (context, argv[1], error);
  if (profile == NULL || !may_delete (context, profile, &agreed, error))
    return ESIMCTL_EXIT_FAILED;
  iccid = g_strdup (esim_profile_get_iccid (profile));
  title = esimctl_select_title (profile);
  done = g_strdup_printf (_ ("Deleted: %s"), title);
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "contract-continues", "b", TRUE);
  if (allow_disconnect)
    g_variant_dict_insert (&options, "allow-disconnect", "b", TRUE);
  return esimctl_operation_finish (
      context, esim_profile_delete_sync (profile, g_variant_dict_end (&options), NULL, error), done, iccid,
      error);
}
