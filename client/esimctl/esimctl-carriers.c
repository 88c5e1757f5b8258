/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-carrier-view.h"
#include "esimctl-json.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

#define FILE_MAX 65536 /* octets; what CheckCarrierFile takes */

/* What is known of a profile, as options. */
typedef struct {
  char *mccmnc;
  char *gid1;
  char *iccid;
  char *service_provider;
  char *smdp_address;
} Known;

static void
known_clear (Known *known)
{
  g_free (known->mccmnc);
  g_free (known->gid1);
  g_free (known->iccid);
  g_free (known->service_provider);
  g_free (known->smdp_address);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Known, known_clear)

static int
list (EsimctlContext *context, GError **error)
{
  g_autoptr (GVariant) carriers = esim_client_list_carriers_sync (context->client, NULL, error);

  if (carriers == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (context->json)
    esimctl_json_print (carriers);
  else if (g_variant_n_children (carriers) == 0)
    g_print ("%s\n", _ ("The carrier directory is empty"));
  else
    esimctl_carrier_view_list (context->color, carriers);
  return ESIMCTL_EXIT_OK;
}

static int
show (EsimctlContext *context, const char *id, GError **error)
{
  GVariantDict options;
  g_autoptr (GVariant) result = NULL;
  g_autoptr (GVariant) carrier = NULL;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "id", "s", id);
  result = esim_client_look_up_carrier_sync (context->client, g_variant_dict_end (&options), NULL, error);
  if (result == NULL)
    return ESIMCTL_EXIT_FAILED;
  carrier = g_variant_lookup_value (result, "carrier", G_VARIANT_TYPE_VARDICT);
  if (carrier == NULL) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
                 _ ("There is no carrier “%s”. See: esimctl carriers"), id);
    return ESIMCTL_EXIT_NOT_FOUND;
  }
  if (context->json)
    esimctl_json_print (carrier);
  else
    esimctl_carrier_view (context->color, carrier);
  return ESIMCTL_EXIT_OK;
}

static void
add_known (GVariantDict *options, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_dict_insert (options, key, "s", value);
}

/* Returns: (transfer floating): what LookUpCarrier is to be asked; %NULL with @error set. */
static GVariant *
question (EsimctlContext *context, const char *profile, const Known *known, GError **error)
{
  GVariantDict options;
  EsimProfile *one;

  g_variant_dict_init (&options, NULL);
  add_known (&options, "mccmnc", known->mccmnc);
  add_known (&options, "gid1", known->gid1);
  add_known (&options, "iccid", known->iccid);
  add_known (&options, "service-provider", known->service_provider);
  add_known (&options, "smdp-address", known->smdp_address);
  if (profile == NULL)
    return g_variant_dict_end (&options);
  one = esimctl_select_profile (context, profile, error);
  if (one == NULL) {
    g_variant_dict_clear (&options);
    return NULL;
  }
  g_variant_dict_insert (&options, "profile", "o", esim_object_get_path (ESIM_OBJECT (one)));
  return g_variant_dict_end (&options);
}

static int
match (EsimctlContext *context, const char *profile, const Known *known, GError **error)
{
  GVariant *options = question (context, profile, known, error);
  g_autoptr (GVariant) result = NULL;
  const char *verdict = "none";

  if (options == NULL)
    return ESIMCTL_EXIT_FAILED;
  result = esim_client_look_up_carrier_sync (context->client, options, NULL, error);
  if (result == NULL)
    return ESIMCTL_EXIT_FAILED;
  (void) g_variant_lookup (result, "verdict", "&s", &verdict);
  if (context->json)
    esimctl_json_print (result);
  else
    esimctl_carrier_view_match (context->color, result);
  if (strcmp (verdict, "found") == 0)
    return ESIMCTL_EXIT_OK;
  return strcmp (verdict, "none") == 0 ? ESIMCTL_EXIT_NOT_FOUND : ESIMCTL_EXIT_NEEDS_ANSWER;
}

/* Reads at most one octet more than a file may have. */
static char *
read_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree char *text = g_malloc (FILE_MAX + 2);
  gsize length = 0;

  if (stream == NULL ||
      !g_input_stream_read_all (G_INPUT_STREAM (stream), text, FILE_MAX + 1, &length, NULL, error))
    return NULL;
  if (length > FILE_MAX || !g_utf8_validate_len (text, length, NULL)) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED,
                 _ ("“%s” is larger than %d octets, or is not UTF-8 text"), path, FILE_MAX);
    return NULL;
  }
  text[length] = '\0';
  return g_steal_pointer (&text);
}

static int
check (EsimctlContext *context, const char *path, GError **error)
{
  g_autofree char *text = read_file (path, error);
  g_autoptr (GVariant) problems = NULL;

  if (text == NULL)
    return ESIMCTL_EXIT_FAILED;
  problems = esim_client_check_carrier_file_sync (context->client, text, NULL, error);
  if (problems == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (context->json)
    esimctl_json_print (problems);
  else if (g_variant_n_children (problems) == 0)
    g_print (_ ("%s: nothing is wrong with it\n"), path);
  else
    esimctl_carrier_view_problems (context->color, path, problems);
  return g_variant_n_children (problems) == 0 ? ESIMCTL_EXIT_OK : ESIMCTL_EXIT_FAILED;
}

static gboolean
is_usage (int argc, char **argv, const Known *known)
{
  const char *what = argc > 1 ? argv[1] : "list";
  gboolean any = known->mccmnc != NULL || known->gid1 != NULL || known->iccid != NULL ||
                 known->service_provider != NULL || known->smdp_address != NULL;

  if (strcmp (what, "match") == 0)
    return any ? argc == 2 : argc == 3;
  if (any)
    return FALSE;
  return strcmp (what, "list") == 0
             ? argc <= 2
             : argc == 3 && (strcmp (what, "show") == 0 || strcmp (what, "check") == 0);
}

int
esimctl_carriers (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_auto (Known) known = {0};
  const GOptionEntry entries[] = {
      {"mccmnc", 0, 0, G_OPTION_ARG_STRING, &known.mccmnc, N_ ("With match: MCC and MNC, five or six digits"),
       N_ ("DIGITS")},
      {"gid1", 0, 0, G_OPTION_ARG_STRING, &known.gid1, N_ ("With match: GID1; “” says that there is none"),
       N_ ("HEX")},
      {"iccid", 0, 0, G_OPTION_ARG_STRING, &known.iccid, N_ ("With match: the ICCID"), N_ ("DIGITS")},
      {"service-provider", 0, 0, G_OPTION_ARG_STRING, &known.service_provider,
       N_ ("With match: the provider's name"), N_ ("NAME")},
      {"smdp-address", 0, 0, G_OPTION_ARG_STRING, &known.smdp_address,
       N_ ("With match: the server that the profile came from"), N_ ("HOST")},
      {NULL},
  };
  const char *what;

  if (!esimctl_parse (context, _ ("[list|show ID|match [PROFILE]|check FILE]"), entries, &argc, &argv, 0, 2,
                      error))
    return ESIMCTL_EXIT_USAGE;
  if (!is_usage (argc, argv, &known)) {
    g_set_error_literal (
        error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
        _ ("Usage: esimctl carriers [list|show ID|match PROFILE|match --mccmnc DIGITS …|check FILE]"));
    return ESIMCTL_EXIT_USAGE;
  }
  if (!esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  what = argc > 1 ? argv[1] : "list";
  if (strcmp (what, "show") == 0)
    return show (context, argv[2], error);
  if (strcmp (what, "match") == 0)
    return match (context, argc > 2 ? argv[2] : NULL, &known, error);
  if (strcmp (what, "check") == 0)
    return check (context, argv[2], error);
  return list (context, error);
}
