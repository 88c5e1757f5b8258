/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <locale.h>
#include <string.h>

#include "esimctl-verbs.h"

static const struct {
  const char *name;
  EsimctlVerb run;
  const char *summary;
} verbs[] = {
    {"status", esimctl_status, N_ ("the service and its eUICCs")},
    {"list", esimctl_list, N_ ("the profiles")},
    {"show", esimctl_show, N_ ("everything about a profile or an eUICC")},
    {"icon", esimctl_icon, N_ ("save a profile's icon")},
    {"slot", esimctl_slot, N_ ("the slots of the modems, and which one is used")},
    {"download", esimctl_download, N_ ("install a profile: an activation code, a QR code, a server")},
    {"discover", esimctl_discover, N_ ("look for profiles that wait for this card")},
    {"enable", esimctl_enable, N_ ("make a profile the one in use")},
    {"disable", esimctl_disable, N_ ("take a profile out of use")},
    {"rename", esimctl_rename, N_ ("give a profile a nickname")},
    {"delete", esimctl_delete, N_ ("delete a profile from the card; the contract goes on")},
    {"deregister", esimctl_deregister, N_ ("end a profile's life in order, with a receipt")},
    {"deregistrations", esimctl_deregistrations, N_ ("what was deregistered, and how far it is")},
    {"receipt", esimctl_receipt, N_ ("show or verify a receipt")},
    {"connections", esimctl_connections, N_ ("NetworkManager's connections for the profiles")},
    {"notifications", esimctl_notifications, N_ ("what operators' servers are still to be told")},
    {"default-server", esimctl_default_server, N_ ("the server that is asked without an activation code")},
    {"trust", esimctl_trust, N_ ("by whose word servers are believed")},
    {"reset-memory", esimctl_reset_memory, N_ ("delete all profiles of a kind at once")},
    {"carriers", esimctl_carriers, N_ ("how carriers end contracts, and whose a profile is")},
    {"monitor", esimctl_monitor, N_ ("tell of changes as they come")},
};

static char *
make_summary (void)
{
  GString *text = g_string_new (_ ("Verbs:"));

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (text, "\n  %-16s %s", verbs[i].name, _ (verbs[i].summary));
  return g_string_free (text, FALSE);
}

static int
run_verb (EsimctlContext *context, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int exit = ESIMCTL_EXIT_USAGE;

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++) {
    if (strcmp (argv[0], verbs[i].name) != 0)
      continue;
    exit = verbs[i].run (context, argc, argv, &error);
    if (error == NULL)
      return exit;
    esimctl_error_show (context, error);
    return esimctl_error_get_exit (error);
  }
  g_set_error (&error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("There is no verb “%s”. See: esimctl --help"),
               argv[0]);
  esimctl_error_show (context, error);
  return exit;
}

int
main (int argc, char **argv)
{
  EsimctlContext context;
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
      {"version", 0, 0, G_OPTION_ARG_NONE, &version, N_ ("Print the version of this program"), NULL},
      {NULL},
  };
  g_autoptr (GOptionContext) options = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *summary = NULL;
  int exit;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, g_getenv ("ESIM_LOCALEDIR") ?: ESIM_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("esimctl");

  esimctl_context_init (&context);
  options = g_option_context_new (_ ("VERB …"));
  summary = make_summary ();
  g_option_context_set_summary (options, summary);
  g_option_context_set_translation_domain (options, GETTEXT_PACKAGE);
  g_option_context_set_strict_posix (options, TRUE);
  g_option_context_set_main_group (options, esimctl_common_options (&context));
  g_option_context_add_main_entries (options, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (options, &argc, &argv, &error)) {
    esimctl_error_show (&context, error);
    return ESIMCTL_EXIT_USAGE;
  }
  if (version) {
    g_print ("esimctl %s\n", ESIM_VERSION);
    return ESIMCTL_EXIT_OK;
  }
  if (argc < 2)
    exit = run_verb (&context, 1, (char *[]){(char *) "status", NULL});
  else
    exit = run_verb (&context, argc - 1, argv + 1);
  esimctl_context_clear (&context);
  return exit;
}
