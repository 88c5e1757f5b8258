/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>

#include "esimctl-dict.h"
#include "esimctl-fetch.h"
#include "esimctl-json.h"
#include "esimctl-select.h"
#include "esimctl-table.h"
#include "esimctl-verbs.h"

static void
print_problems (EsimctlContext *context, GVariant *result)
{
  g_autoptr (GVariant) problems = esimctl_dict_list (result, "problems", "aa{sv}");

  for (gsize i = 0; i < g_variant_n_children (problems); i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (problems, i);
    g_autofree char *line = g_strdup_printf (_ ("%s: %s (%s)"), esimctl_dict_string (one, "address"),
                                             esim_words_error (esimctl_dict_string (one, "error-name")),
                                             esimctl_dict_string (one, "error"));

    esimctl_text_line (context->color, ESIMCTL_STYLE_CAUTION, line);
  }
}

static void
print_orders (EsimctlContext *context, GVariant *orders)
{
  const char *const titles[] = {_ ("Server"), _ ("Matching id"), NULL};
  g_autoptr (EsimctlTable) table = esimctl_table_new (titles, TRUE);

  for (gsize i = 0; i < g_variant_n_children (orders); i++) {
    g_autoptr (GVariant) order = g_variant_get_child_value (orders, i);

    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esimctl_dict_string (order, "address"));
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esimctl_dict_string (order, "matching-id"));
  }
  esimctl_table_print (table, context->color);
}

/* One that comes to nothing does not keep the others away. */
static int
download_all (EsimctlContext *context, EsimctlFetchOptions *options, EsimEuicc *euicc, GVariant *orders,
              GError **error)
{
  g_auto (EsimctlOffer) offer = {0};
  int exit = ESIMCTL_EXIT_OK;

  if (!esimctl_fetch_begin (context, options, &offer, error))
    return ESIMCTL_EXIT_FAILED;
  for (gsize i = 0; i < g_variant_n_children (orders); i++) {
    g_autoptr (GVariant) order = g_variant_get_child_value (orders, i);
    g_autoptr (GError) local = NULL;
    GVariantDict dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "smdp-address", "s", esimctl_dict_string (order, "address"));
    g_variant_dict_insert (&dict, "matching-id", "s", esimctl_dict_string (order, "matching-id"));
    if (options->allow_test)
      g_variant_dict_insert (&dict, "allow-test-profile", "b", TRUE);
    (void) esimctl_fetch (&offer, euicc, "", g_variant_dict_end (&dict), &local);
    if (local == NULL)
      continue;
    exit = esimctl_error_get_exit (local);
    if (exit == ESIMCTL_EXIT_INTERRUPTED || i + 1 == g_variant_n_children (orders)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return exit;
    }
    esimctl_error_show (context, local);
  }
  return exit;
}

static int
discover (EsimctlContext *context, EsimctlFetchOptions *options, const char *server, gboolean download,
          GError **error)
{
  EsimEuicc *euicc = esimctl_select_one_euicc (context, error);
  g_autoptr (GVariant) result = NULL;
  g_autoptr (GVariant) orders = NULL;
  GVariantDict dict;

  if (euicc == NULL)
    return ESIMCTL_EXIT_FAILED;
  g_variant_dict_init (&dict, NULL);
  if (server != NULL)
    g_variant_dict_insert (&dict, "smds-address", "s", server);
  if (!esimctl_operation_follow (context,
                                 esim_euicc_discover_sync (euicc, g_variant_dict_end (&dict), NULL, error),
                                 NULL, &result, error))
    return ESIMCTL_EXIT_FAILED;
  orders = esimctl_dict_list (result, "orders", "aa{sv}");
  if (context->json && !download) {
    esimctl_json_print (result);
    return ESIMCTL_EXIT_OK;
  }
  if (!context->json)
    print_problems (context, result);
  if (g_variant_n_children (orders) == 0) {
    if (!context->json)
      g_print ("%s\n", _ ("No profile waits for this card"));
    return ESIMCTL_EXIT_OK;
  }
  if (download)
    return download_all (context, options, euicc, orders, error);
  print_orders (context, orders);
  g_print ("\n%s\n", _ ("To install them: esimctl discover --download"));
  return ESIMCTL_EXIT_OK;
}

int
esimctl_discover (EsimctlContext *context, int argc, char **argv, GError **error)
{
  EsimctlFetchOptions options = {0};
  g_autofree char *server = NULL;
  g_autofree char *code_file = NULL;
  gboolean download = FALSE, parsed;
  const GOptionEntry entries[] = {
      {"server", 0, 0, G_OPTION_ARG_STRING, &server,
       N_ ("The discovery server (SM-DS) to ask, instead of those that the card names"), N_ ("HOST")},
      {"download", 0, 0, G_OPTION_ARG_NONE, &download, N_ ("Download what is found, one after the other"),
       NULL},
      ESIMCTL_FETCH_ENTRIES (&options),
      {NULL},
  };

  parsed = esimctl_parse (context, "", entries, &argc, &argv, 0, 0, error);
  code_file = options.code_file;
  return parsed && esimctl_connect (context, error) ? discover (context, &options, server, download, error)
                                                    : ESIMCTL_EXIT_FAILED;
}
