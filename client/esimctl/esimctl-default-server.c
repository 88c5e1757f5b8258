/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>

#include "esimctl-json.h"
#include "esimctl-operation.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"

static int
show (EsimctlContext *context, EsimEuicc *euicc, GError **error)
{
  const char *address;

  if (!esimctl_operation_read_details (context, euicc, error))
    return ESIMCTL_EXIT_FAILED;
  address = esim_euicc_get_default_smdp_address (euicc);
  if (context->json)
    esimctl_json_print (g_variant_new_parsed ("{'default-smdp-address': <%s>, 'root-smds-addresses': <%^as>}",
                                              address, esim_euicc_get_root_smds_addresses (euicc)));
  else {
    g_autofree char *clean =
        esim_text_clean (*address != '\0' ? address : _ ("The card has no default server"));

    g_print ("%s\n", clean);
  }
  return ESIMCTL_EXIT_OK;
}

int
esimctl_default_server (EsimctlContext *context, int argc, char **argv, GError **error)
{
  gboolean clear = FALSE;
  const GOptionEntry entries[] = {
      {"clear", 0, 0, G_OPTION_ARG_NONE, &clear, N_ ("Take the address away"), NULL},
      {NULL},
  };
  g_autofree char *done = NULL;
  EsimEuicc *euicc;

  if (!esimctl_parse (context, _ ("[HOST]"), entries, &argc, &argv, 0, 1, error))
    return ESIMCTL_EXIT_USAGE;
  if (clear && argc > 1) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                         _ ("Give an address, or --clear, not both"));
    return ESIMCTL_EXIT_USAGE;
  }
  if (!esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  euicc = esimctl_select_one_euicc (context, error);
  if (euicc == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (!clear && argc == 1)
    return show (context, euicc, error);
  if (clear) {
    done = g_strdup (_ ("The card has no default server any more"));
  } else {
    g_autofree char *clean = esim_text_clean (argv[1]);

    done = g_strdup_printf (_ ("The card's default server is now %s"), clean);
  }
  return esimctl_operation_finish (
      context, esim_euicc_set_default_smdp_address_sync (euicc, clear ? "" : argv[1], NULL, NULL, error),
      done, NULL, error);
}
