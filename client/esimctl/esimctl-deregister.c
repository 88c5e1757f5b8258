/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-dict.h"
#include "esimctl-operation.h"
#include "esimctl-run.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"

typedef struct {
  char *method;
  char *carrier;
  char *plan;
  char *reason;
  char *reason_text;
  char *token;
  char *iccid;
  char *document;
  char **answers;
  EsimctlRunOptions run;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->method);
  g_free (options->carrier);
  g_free (options->plan);
  g_free (options->reason);
  g_free (options->reason_text);
  g_free (options->token);
  g_free (options->iccid);
  g_free (options->document);
  g_strfreev (options->answers);
  g_clear_pointer (&options->run.answers, esimctl_answers_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
add (GVariantDict *dict, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_dict_insert (dict, key, "s", value);
}

static GVariant *
options_of_the_call (const Options *options)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  add (&dict, "method", options->method);
  add (&dict, "carrier", options->carrier);
  add (&dict, "plan", options->plan);
  add (&dict, "reason", options->reason);
  add (&dict, "reason-text", options->reason_text);
  add (&dict, "token", options->token);
  if (options->run.dry_run)
    g_variant_dict_insert (&dict, "dry-run", "b", TRUE);
  return g_variant_dict_end (&dict);
}

/* Only what is on a card can be in use. */
static GVariant *
options_with_card (const Options *options)
{
  g_autoptr (GVariant) common = g_variant_ref_sink (options_of_the_call (options));
  GVariantDict dict;

  g_variant_dict_init (&dict, common);
  if (options->run.allow_disconnect)
    g_variant_dict_insert (&dict, "allow-disconnect", "b", TRUE);
  return g_variant_dict_end (&dict);
}

/* Returns: (transfer full) (nullable): the caller's own open deregistration of @iccid. */
static EsimDeregistration *
find_open (EsimctlContext *context, const char *iccid)
{
  g_autoptr (GPtrArray) all = esim_client_list_deregistrations (context->client);

  for (guint i = 0; i < all->len; i++) {
    EsimDeregistration *one = g_ptr_array_index (all, i);
    g_autoptr (GVariant) description = NULL;

    if (esim_deregistration_is_over (one))
      continue;
    description = esimctl_select_describe (one);
    if (description != NULL && strcmp (esimctl_dict_string (description, "iccid"), iccid) == 0 &&
        !esimctl_dict_flag (description, "dry-run"))
      return g_object_ref (one);
  }
  return NULL;
}

/* What was given for the beginning answers what is asked now. */
static EsimDeregistration *
join (EsimctlContext *context, EsimctlRun *run, const Options *options, EsimDeregistration *open)
{
  if (!context->json)
    g_print ("%s\n", _ ("A deregistration of this profile is open already; coming back to it."));
  esimctl_answers_add (options->run.answers, "carrier", options->carrier);
  esimctl_answers_add (options->run.answers, "plan", options->plan);
  run->joined = TRUE;
  /* Whoever comes back days later has read them; they are in "deregistrations show". */
  run->findings_shown = strcmp (esim_deregistration_get_stage (open), "preparing") != 0;
  return open;
}

static EsimDeregistration *
begin_or_join (EsimctlContext *context, EsimctlRun *run, EsimProfile *profile, const Options *options,
               GError **error)
{
  EsimObject *open = esim_client_get_object (context->client, esim_profile_get_deregistration (profile));

  if (open == NULL || options->run.dry_run || options->token != NULL)
    return esim_profile_deregister_sync (profile, options_with_card (options), NULL, error);
  return join (context, run, options, g_object_ref (ESIM_DEREGISTRATION (open)));
}

static EsimDeregistration *
begin_or_join_iccid (EsimctlContext *context, EsimctlRun *run, const Options *options, GError **error)
{
  EsimDeregistration *open =
      options->run.dry_run || options->token != NULL ? NULL : find_open (context, options->iccid);

  if (open == NULL)
    return esim_client_deregister_iccid_sync (context->client, options->iccid, options_of_the_call (options),
                                              NULL, error);
  return join (context, run, options, open);
}

static int
deregister (EsimctlContext *context, const char *name, const Options *options, GError **error)
{
  g_auto (EsimctlRun) run = {0};
  EsimProfile *profile = NULL;

  if (!esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  if (name != NULL && (profile = esimctl_select_profile (context, name, error)) == NULL)
    return ESIMCTL_EXIT_FAILED;
  esimctl_run_init (&run, context, &options->run);
  if (profile != NULL) {
    run.come_back = g_strdup (esim_profile_get_iccid (profile));
    run.deregistration = begin_or_join (context, &run, profile, options, error);
  } else {
    run.come_back = g_strdup_printf ("--iccid %s", options->iccid);
    run.deregistration = begin_or_join_iccid (context, &run, options, error);
  }
  if (run.deregistration == NULL || !esimctl_run_follow (&run, error))
    return ESIMCTL_EXIT_FAILED;
  return esimctl_run_tell_outcome (&run);
}

static gboolean
read_options (EsimctlContext *context, Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"method", 0, 0, G_OPTION_ARG_STRING, &options->method,
       N_ ("How: “portal” goes the carrier's own way, “ts43” asks its server, “local” concerns the card "
           "alone"),
       "portal|ts43|local"},
      {"carrier", 0, 0, G_OPTION_ARG_STRING, &options->carrier, N_ ("The carrier, so that it is not asked"),
       N_ ("ID")},
      {"plan", 0, 0, G_OPTION_ARG_STRING, &options->plan, N_ ("The plan, so that it is not asked"),
       N_ ("ID")},
      {"reason", 0, 0, G_OPTION_ARG_STRING, &options->reason, N_ ("Why; it goes into the receipt"),
       N_ ("REASON")},
      {"reason-text", 0, 0, G_OPTION_ARG_STRING, &options->reason_text,
       N_ ("Your own words for the carrier's form; they are kept nowhere"), N_ ("TEXT")},
      {"iccid", 0, 0, G_OPTION_ARG_STRING, &options->iccid,
       N_ ("Instead of PROFILE: one that is on no card any more, while its contract still runs"),
       N_ ("ICCID")},
      {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options->run.dry_run,
       N_ ("Only look what would stand in the way"), NULL},
      {"yes", 'y', 0, G_OPTION_ARG_NONE, &options->run.yes,
       N_ ("Consent beforehand (with “local”: together with --contract-continues)"), NULL},
      {"contract-continues", 0, 0, G_OPTION_ARG_NONE, &options->run.contract_continues,
       N_ ("You know that the contract goes on"), NULL},
      {"answer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->answers,
       N_ ("Answer what is asked; can be given several times"), N_ ("KEY=VALUE")},
      {"document", 0, 0, G_OPTION_ARG_FILENAME, &options->document,
       N_ ("With outcome=confirmed: the confirmation; its name and checksum are kept, the file stays with "
           "you"),
       N_ ("FILE")},
      ESIMCTL_ALLOW_DISCONNECT (&options->run.allow_disconnect),
      {"no-wait", 0, 0, G_OPTION_ARG_NONE, &options->run.no_wait,
       N_ ("Do not wait for the operator's acknowledgement"), NULL},
      {"token", 0, 0, G_OPTION_ARG_STRING, &options->token,
       N_ ("The same token gives the same deregistration again"), N_ ("TOKEN")},
      {NULL},
  };

  return esimctl_parse (context, _ ("PROFILE | --iccid ICCID | receipt …"), entries, argc, argv, 0, 1, error);
}

int
esimctl_deregister (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_auto (Options) options = {0};

  if (argc > 1 && strcmp (argv[1], "receipt") == 0)
    return esimctl_receipt (context, argc - 1, argv + 1, error);
  if (!read_options (context, &options, &argc, &argv, error))
    return ESIMCTL_EXIT_USAGE;
  if ((argc > 1) == (options.iccid != NULL)) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                         _ ("Usage: esimctl deregister PROFILE, or: esimctl deregister --iccid ICCID"));
    return ESIMCTL_EXIT_USAGE;
  }
  options.run.answers = esimctl_answers_new ((const char *const *) options.answers, options.document, error);
  if (options.run.answers == NULL)
    return ESIMCTL_EXIT_USAGE;
  return deregister (context, argc > 1 ? argv[1] : NULL, &options, error);
}
