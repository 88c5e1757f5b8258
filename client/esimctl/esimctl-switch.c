/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two verbs that are one: a profile is enabled, or disabled. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "esimctl-dict.h"
#include "esimctl-operation.h"
#include "esimctl-select.h"
#include "esimctl-text.h"
#include "esimctl-verbs.h"

typedef struct {
  gboolean enable;
  gboolean create_connection;
  char *apn;
  gboolean allow_disconnect;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->apn);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GVariant *
options_of_the_call (const Options *options)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (options->create_connection)
    g_variant_dict_insert (&dict, "create-connection", "b", TRUE);
  if (options->apn != NULL)
    g_variant_dict_insert (&dict, "apn", "s", options->apn);
  if (options->allow_disconnect)
    g_variant_dict_insert (&dict, "allow-disconnect", "b", TRUE);
  return g_variant_dict_end (&dict);
}

/* Tells what became of the connection that was asked for. The profile is enabled all the same. */
static int
tell_connection (EsimctlContext *context, GVariant *result)
{
  const char *uuid = esimctl_dict_string (result, "connection");
  const char *apn = esimctl_dict_string (result, "apn");
  const char *source = esim_words_apn_source (esimctl_dict_string (result, "apn-source"));
  g_autofree char *problem = esim_text_clean (esimctl_dict_string (result, "connection-problem"));
  g_autofree char *clean = esim_text_clean (apn);

  if (*problem != '\0' || *uuid == '\0') {
    fflush (stdout);
    if (!context->json)
      g_printerr (_ ("The network connection was not made: %s\n"),
                  *problem != '\0' ? problem : _ ("the service does not say why"));
    return ESIMCTL_EXIT_FAILED;
  }
  if (context->json)
    return ESIMCTL_EXIT_OK;
  g_print (_ ("Network connection: %s\n"), uuid);
  if (*apn != '\0')
    g_print (_ ("Access point name: %s (%s)\n"), clean, source);
  else
    g_print (_ ("Access point name: %s\n"), source);
  return ESIMCTL_EXIT_OK;
}

static int
tell (EsimctlContext *context, EsimOperation *operation, const char *done, const char *iccid,
      gboolean with_connection, GError **error)
{
  g_autoptr (GVariant) description = NULL;
  g_autoptr (GVariant) result = NULL;
  GVariantDict facts;

  if (with_connection && (description = esim_operation_describe_sync (operation, NULL, error)) == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (with_connection)
    result = esimctl_dict_list (description, "result", "a{sv}");
  g_variant_dict_init (&facts, result);
  g_variant_dict_insert (&facts, "iccid", "s", iccid);
  esimctl_operation_tell (context, esim_operation_get_kind (operation), done, &facts);
  return with_connection ? tell_connection (context, result) : ESIMCTL_EXIT_OK;
}

static int
run (EsimctlContext *context, const char *name, const Options *options, GError **error)
{
  g_autoptr (EsimOperation) operation = NULL;
  g_autofree char *iccid = NULL;
  g_autofree char *title = NULL;
  g_autofree char *done = NULL;
  EsimProfile *profile;

  if (!esimctl_connect (context, error) || (profile = esimctl_select_profile (context, name, error)) == NULL)
    return ESIMCTL_EXIT_FAILED;
  iccid = g_strdup (esim_profile_get_iccid (profile));
  title = esimctl_select_title (profile);
  done = g_strdup_printf (options->enable ? _ ("Enabled: %s") : _ ("Disabled: %s"), title);
  operation = options->enable
                  ? esim_profile_enable_sync (profile, options_of_the_call (options), NULL, error)
                  : esim_profile_disable_sync (profile, options_of_the_call (options), NULL, error);
  if (operation == NULL || !esimctl_operation_wait (context, g_object_ref (operation), error))
    return ESIMCTL_EXIT_FAILED;
  return tell (context, operation, done, iccid, options->create_connection, error);
}

int
esimctl_enable (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_auto (Options) options = {.enable = TRUE};
  const GOptionEntry entries[] = {
      {"create-connection", 0, 0, G_OPTION_ARG_NONE, &options.create_connection,
       N_ ("Make a connection of NetworkManager's for it"), NULL},
      {"apn", 0, 0, G_OPTION_ARG_STRING, &options.apn,
       N_ ("With --create-connection: its access point name, instead of the one that is known for the "
           "operator"),
       "APN"},
      ESIMCTL_ALLOW_DISCONNECT (&options.allow_disconnect),
      {NULL},
  };

  if (!esimctl_parse (context, _ ("PROFILE"), entries, &argc, &argv, 1, 1, error))
    return ESIMCTL_EXIT_USAGE;
  if (options.apn != NULL && !options.create_connection) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("--apn goes with --create-connection"));
    return ESIMCTL_EXIT_USAGE;
  }
  return run (context, argv[1], &options, error);
}

int
esimctl_disable (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_auto (Options) options = {0};
  const GOptionEntry entries[] = {
      ESIMCTL_ALLOW_DISCONNECT (&options.allow_disconnect),
      {NULL},
  };

  if (!esimctl_parse (context, _ ("PROFILE"), entries, &argc, &argv, 1, 1, error))
    return ESIMCTL_EXIT_USAGE;
  return run (context, argv[1], &options, error);
}
