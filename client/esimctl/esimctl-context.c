/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-context.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "esimctl-json.h"
#include "esimctl-text.h"

#define READY_LIMIT_MS 30000

GQuark
esimctl_error_quark (void)
{
  return g_quark_from_static_string ("esimctl-error");
}

int
esimctl_error_get_exit (const GError *error)
{
  if (error->domain == ESIMCTL_ERROR)
    return error->code;
  if (error->domain == G_OPTION_ERROR)
    return ESIMCTL_EXIT_USAGE;
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND))
    return ESIMCTL_EXIT_NOT_FOUND;
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_NOT_AUTHORIZED))
    return ESIMCTL_EXIT_NOT_AUTHORIZED;
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_NOT_RUNNING))
    return ESIMCTL_EXIT_NOT_RUNNING;
  return ESIMCTL_EXIT_FAILED;
}

static const char *
error_name (const GError *error)
{
  if (error->domain == ESIM_ERROR)
    return esim_error_get_name ((EsimError) error->code);
  switch (esimctl_error_get_exit (error)) {
  case ESIMCTL_EXIT_USAGE:
    return "Usage";
  case ESIMCTL_EXIT_NOT_FOUND:
    return "NotFound";
  case ESIMCTL_EXIT_NEEDS_ANSWER:
    return "NeedsAnswer";
  case ESIMCTL_EXIT_STILL_OPEN:
    return "StillOpen";
  case ESIMCTL_EXIT_INTERRUPTED:
    return "Interrupted";
  default:
    return "Failed";
  }
}

static void
show_in_words (EsimctlContext *context, const GError *error)
{
  const char *name = error_name (error);
  const char *advice = error->domain == ESIM_ERROR ? esim_words_advice (name) : NULL;
  g_autofree char *message = esimctl_text_clean_lines (error->message);
  g_autofree char *label =
      esimctl_text_paint (isatty (STDERR_FILENO) && context->color, ESIMCTL_STYLE_BAD, _ ("Error:"));

  if (error->domain == ESIM_ERROR && error->code != ESIM_ERROR_FAILED) {
    /* A label and a sentence without its full stop. */
    g_printerr (_ ("%s %s.\n"), label, esim_words_error (name));
    if (context->connected || error->code != ESIM_ERROR_NOT_RUNNING)
      g_printerr ("  %s\n", message);
  } else if (esimctl_error_get_exit (error) == ESIMCTL_EXIT_STILL_OPEN) {
    /* To leave is no error. */
    g_printerr ("%s\n", message);
  } else {
    g_printerr ("%s %s\n", label, message);
  }
  if (advice != NULL)
    g_printerr (_ ("  %s.\n"), advice);
  if (error->domain == ESIM_ERROR && error->code == ESIM_ERROR_CARRIER_UNKNOWN) {
    g_printerr ("  %s\n", _ ("To end the contract at the carrier all the same, with reminders and a receipt: "
                             "--method portal."));
    g_printerr ("  %s\n",
                _ ("To remove the profile from the card alone: --method local. The contract goes on."));
  }
}

void
esimctl_error_show (EsimctlContext *context, const GError *error)
{
  GVariantDict dict;
  g_autoptr (GVariant) value = NULL;
  g_autofree char *text = NULL;

  if (!context->json) {
    show_in_words (context, error);
    return;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "error", "s", error_name (error));
  g_variant_dict_insert (&dict, "message", "s", error->message);
  g_variant_dict_insert (&dict, "exit", "i", esimctl_error_get_exit (error));
  value = g_variant_ref_sink (g_variant_dict_end (&dict));
  text = esimctl_json_from_variant (value, FALSE);
  fprintf (stderr, "%s\n", text);
}

GOptionGroup *
esimctl_common_options (EsimctlContext *context)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, N_ ("Print JSON, for scripts"), NULL},
      {"euicc", 0, 0, G_OPTION_ARG_STRING, &context->euicc, N_ ("The eUICC to use, by its number or its EID"),
       N_ ("N|EID")},
      {NULL},
  };
  GOptionGroup *group = g_option_group_new ("common", NULL, NULL, NULL, NULL);

  g_option_group_add_entries (group, entries);
  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  return group;
}

gboolean
esimctl_parse (EsimctlContext *context, const char *usage, const GOptionEntry *entries, int *argc,
               char ***argv, int least, int most, GError **error)
{
  g_autoptr (GOptionContext) options = NULL;
  g_autofree char *parameters = g_strdup_printf ("%s%s%s", (*argv)[0], *usage != '\0' ? " " : "", usage);

  options = g_option_context_new (parameters);
  g_option_context_set_translation_domain (options, GETTEXT_PACKAGE);
  g_option_context_set_main_group (options, esimctl_common_options (context));
  if (entries != NULL)
    g_option_context_add_main_entries (options, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (options, argc, argv, error))
    return FALSE;
  if (*argc - 1 < least || *argc - 1 > most) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("Usage: esimctl %s (see esimctl %s --help)"),
                 parameters, (*argv)[0]);
    return FALSE;
  }
  return TRUE;
}

gboolean
esimctl_connect (EsimctlContext *context, GError **error)
{
  if (context->client == NULL)
    context->client = esim_client_new_sync (NULL, error);
  context->connected =
      context->client != NULL && esim_client_wait_ready_sync (context->client, READY_LIMIT_MS, NULL, error);
  return context->connected;
}

void
esimctl_context_init (EsimctlContext *context)
{
  const char *no_color = g_getenv ("NO_COLOR");

  *context = (EsimctlContext){0};
  context->color = isatty (STDOUT_FILENO) && (no_color == NULL || *no_color == '\0') &&
                   g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

void
esimctl_context_clear (EsimctlContext *context)
{
  g_clear_object (&context->client);
  g_clear_pointer (&context->euicc, g_free);
  g_clear_pointer (&context->roots, g_variant_unref);
}
