/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "esimctl-dict.h"
#include "esimctl-json.h"
#include "esimctl-loop.h"
#include "esimctl-operation.h"
#include "esimctl-select.h"
#include "esimctl-text.h"
#include "esimctl-verbs.h"

static gboolean
has (char **what, const char *one)
{
  return g_strv_contains ((const char *const *) what, one);
}

static void
show_profiles (EsimctlContext *context, EsimEuicc *euicc, char **what)
{
  g_autoptr (GPtrArray) profiles = esim_client_list_profiles (context->client, euicc);

  for (guint i = 0; i < profiles->len; i++) {
    EsimProfile *profile = g_ptr_array_index (profiles, i);
    g_autofree char *title = esimctl_select_title (profile);

    if (has (what, esim_profile_get_profile_class (profile)))
      esimctl_text_marked (context->color, ESIMCTL_STYLE_CAUTION, "  -", 4, title);
  }
}

static void
show_what (EsimctlContext *context, EsimEuicc *euicc, char **what)
{
  if (has (what, "operational") || has (what, "test")) {
    esimctl_text_paragraph (
        0, _ ("These profiles will be deleted from the card, also such as may otherwise not be deleted. "
              "That cannot be taken back."));
    show_profiles (context, euicc, what);
    g_print ("\n");
  }
  if (has (what, "operational"))
    esimctl_text_paragraph (
        0, _ ("Their contracts go on: you keep paying until you end them at the carriers. “esimctl "
              "deregister” does that in order, one by one."));
  if (has (what, "default-address"))
    esimctl_text_paragraph (0, _ ("The card's default server will be taken away."));
}

/* Returns: (transfer full): the EID as it was typed; %NULL with @error set. */
static char *
ask_eid (EsimctlContext *context, EsimEuicc *euicc, char **what, GError **error)
{
  g_autofree char *line = NULL;
  g_autoptr (GString) digits = g_string_new (NULL);

  if (!isatty (STDIN_FILENO) || context->json) {
    g_set_error_literal (
        error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
        _ ("This needs the card's EID as a confirmation: on a terminal, or by --confirm-eid, and "
           "with “operational” --contracts-continue"));
    return NULL;
  }
  show_what (context, euicc, what);
  g_print (_ ("The card's EID: %s\n"), esim_euicc_get_eid (euicc));
  if (!esimctl_loop_read_line (_ ("To go on, type the EID:"), _ ("Nothing was changed"), &line, error))
    return NULL;
  for (const char *p = line != NULL ? line : ""; *p != '\0'; p++)
    if (!g_ascii_isspace (*p))
      g_string_append_c (digits, *p);
  if (strcmp (digits->str, esim_euicc_get_eid (euicc)) == 0)
    return g_string_free (g_steal_pointer (&digits), FALSE);
  g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED,
                       _ ("That is not the card's EID. Nothing was changed"));
  return NULL;
}

static int
reset (EsimctlContext *context, EsimEuicc *euicc, char **what, const char *eid, gboolean allow_disconnect,
       GError **error)
{
  g_autoptr (GVariant) result = NULL;
  g_autoptr (GVariant) deleted = NULL;
  g_autofree char *done = NULL;
  GVariantDict dict, facts;
  gulong count;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "eid", "s", eid);
  if (has (what, "operational"))
    g_variant_dict_insert (&dict, "contracts-continue", "b", TRUE);
  if (allow_disconnect)
    g_variant_dict_insert (&dict, "allow-disconnect", "b", TRUE);
  if (!esimctl_operation_follow (context,
                                 esim_euicc_reset_memory_sync (euicc, (const char *const *) what,
                                                               g_variant_dict_end (&dict), NULL, error),
                                 NULL, &result, error))
    return ESIMCTL_EXIT_FAILED;
  deleted = esimctl_dict_list (result, "deleted", "as");
  count = g_variant_n_children (deleted);
  done = g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "Done: %lu profile is deleted", "Done: %lu profiles are deleted", count),
      count);
  g_variant_dict_init (&facts, NULL);
  g_variant_dict_insert_value (&facts, "deleted", deleted);
  esimctl_operation_tell (context, "reset-memory", done, &facts);
  return ESIMCTL_EXIT_OK;
}

static gboolean
check_usage (char **what, gboolean continues, const char *given, GError **error)
{
  for (guint i = 0; what[i] != NULL; i++)
    if (!g_strv_contains ((const char *const[]){"operational", "test", "default-address", NULL}, what[i])) {
      g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                   _ ("“%s” is none of: operational, test, default-address"), what[i]);
      return FALSE;
    }
  if (given == NULL || continues || !has (what, "operational"))
    return TRUE;
  g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
                       _ ("The contracts go on: say that you know it, by the option --contracts-continue"));
  return FALSE;
}

int
esimctl_reset_memory (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_autofree char *given = NULL;
  g_autofree char *typed = NULL;
  g_auto (GStrv) what = NULL;
  gboolean continues = FALSE, allow_disconnect = FALSE;
  const GOptionEntry entries[] = {
      {"confirm-eid", 0, 0, G_OPTION_ARG_STRING, &given, N_ ("The card's EID, instead of typing it"),
       N_ ("EID")},
      {"contracts-continue", 0, 0, G_OPTION_ARG_NONE, &continues, N_ ("You know that the contracts go on"),
       NULL},
      ESIMCTL_ALLOW_DISCONNECT (&allow_disconnect),
      {NULL},
  };
  EsimEuicc *euicc;

  if (!esimctl_parse (context, _ ("operational|test|default-address …"), entries, &argc, &argv, 1, 3, error))
    return ESIMCTL_EXIT_USAGE;
  what = g_strdupv (argv + 1);
  if (!check_usage (what, continues, given, error) || !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  euicc = esimctl_select_one_euicc (context, error);
  if (euicc == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (given == NULL) {
    typed = ask_eid (context, euicc, what, error);
    if (typed == NULL)
      return ESIMCTL_EXIT_FAILED;
  }
  return reset (context, euicc, what, given != NULL ? given : typed, allow_disconnect, error);
}
