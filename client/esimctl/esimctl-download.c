/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "esimctl-dict.h"
#include "esimctl-fetch.h"
#include "esimctl-qr.h"
#include "esimctl-secret.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"

/* From what is downloaded. */
typedef struct {
  char *qr;
  char *server;
  char *matching_id;
  char *code; /* nullable */
} From;

static void
from_clear (From *from)
{
  g_free (from->qr);
  g_free (from->server);
  esimctl_secret_free (from->matching_id);
  esimctl_secret_free (from->code);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (From, from_clear)

static gboolean
check_usage (const From *from, const EsimctlFetchOptions *options, int argc, char **argv, GError **error)
{
  guint ways = (argc > 1) + (from->qr != NULL) + (from->server != NULL);
  gboolean twice = argc > 1 && strcmp (argv[1], "-") == 0 && g_strcmp0 (options->code_file, "-") == 0 &&
                   !isatty (STDIN_FILENO);

  if (ways <= 1 && !twice && (from->matching_id == NULL || from->server != NULL))
    return TRUE;
  g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                       twice ? _ ("Standard input can hold the activation code or the confirmation code, not "
                                  "both")
                             : _ ("Give one of: an activation code, --qr IMAGE, or --server HOST with "
                                  "--matching-id ID; or nothing, for the card's default server"));
  return FALSE;
}

static gboolean
find_code (From *from, int argc, char **argv, GError **error)
{
  if (from->qr != NULL)
    from->code = esimctl_qr_read (from->qr, error);
  else if (argc > 1 && strcmp (argv[1], "-") == 0)
    from->code = esimctl_secret_read ("-", _ ("Activation code:"), TRUE, error);
  else
    from->code = g_strdup (argc > 1 ? argv[1] : "");
  return from->code != NULL;
}

/* What is wrong with a code is told before anybody is asked for a password, and what it will want. */
static gboolean
check_code (EsimctlOffer *offer, const char *code, GError **error)
{
  g_autoptr (GVariant) parts = NULL;

  if (*code == '\0')
    return TRUE;
  parts = esim_client_parse_activation_code_sync (offer->context->client, code, NULL, error);
  if (parts == NULL)
    return FALSE;
  if (!esimctl_dict_flag (parts, "confirmation-code-required") || offer->confirmation_code != NULL ||
      (isatty (STDIN_FILENO) && !offer->context->json))
    return TRUE;
  g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
                       _ ("This activation code needs a confirmation code: on a terminal, or by the option "
                          "--confirmation-code-file"));
  return FALSE;
}

static int
run (EsimctlContext *context, From *from, EsimctlFetchOptions *options, GError **error)
{
  g_auto (EsimctlOffer) offer = {0};
  EsimEuicc *euicc;
  GVariantDict dict;

  if (!esimctl_fetch_begin (context, options, &offer, error) || !esimctl_connect (context, error) ||
      !check_code (&offer, from->code, error))
    return ESIMCTL_EXIT_FAILED;
  euicc = esimctl_select_one_euicc (context, error);
  if (euicc == NULL)
    return ESIMCTL_EXIT_FAILED;
  g_variant_dict_init (&dict, NULL);
  if (from->server != NULL)
    g_variant_dict_insert (&dict, "smdp-address", "s", from->server);
  if (from->matching_id != NULL)
    g_variant_dict_insert (&dict, "matching-id", "s", from->matching_id);
  if (options->allow_test)
    g_variant_dict_insert (&dict, "allow-test-profile", "b", TRUE);
  return esimctl_fetch (&offer, euicc, from->code, g_variant_dict_end (&dict), error);
}

int
esimctl_download (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_auto (From) from = {0};
  EsimctlFetchOptions options = {0};
  g_autofree char *code_file = NULL;
  const GOptionEntry entries[] = {
      {"qr", 0, 0, G_OPTION_ARG_FILENAME, &from.qr,
       N_ ("Read the activation code from a picture of its QR code"), N_ ("IMAGE")},
      {"server", 0, 0, G_OPTION_ARG_STRING, &from.server,
       N_ ("The operator's server (SM-DP+), instead of a code"), N_ ("HOST")},
      {"matching-id", 0, 0, G_OPTION_ARG_STRING, &from.matching_id, N_ ("With --server: which profile"),
       N_ ("ID")},
      ESIMCTL_FETCH_ENTRIES (&options),
      {NULL},
  };
  gboolean parsed = esimctl_parse (context, _ ("[CODE|-]"), entries, &argc, &argv, 0, 1, error);

  code_file = options.code_file;
  if (!parsed || !check_usage (&from, &options, argc, argv, error) || !find_code (&from, argc, argv, error))
    return ESIMCTL_EXIT_USAGE;
  return run (context, &from, &options, error);
}
