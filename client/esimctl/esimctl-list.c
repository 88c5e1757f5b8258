/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-json.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

/* What there is to say of the profiles besides the usual: a line fits a terminal. */
typedef struct {
  gboolean nickname;
  gboolean class;
  gboolean deregistration;
} Columns;

static const char *
stage_of (EsimctlContext *context, EsimProfile *profile)
{
  EsimObject *found = esim_client_get_object (context->client, esim_profile_get_deregistration (profile));

  return found != NULL ? esim_deregistration_get_stage (ESIM_DEREGISTRATION (found)) : "";
}

static Columns
find_columns (EsimctlContext *context, GPtrArray *profiles, gboolean all)
{
  Columns columns = {.class = all};

  for (guint i = 0; i < profiles->len; i++) {
    EsimProfile *profile = g_ptr_array_index (profiles, i);

    columns.nickname = columns.nickname || *esim_profile_get_nickname (profile) != '\0';
    columns.deregistration = columns.deregistration || *stage_of (context, profile) != '\0';
  }
  return columns;
}

static EsimctlTable *
new_table (const Columns *columns)
{
  const char *titles[9] = {_ ("eUICC"), _ ("ICCID")};
  guint n = 2;

  if (columns->nickname)
    titles[n++] = _ ("Nickname");
  titles[n++] = _ ("Name");
  titles[n++] = _ ("Operator");
  if (columns->class)
    titles[n++] = _ ("Class");
  titles[n++] = _ ("State");
  if (columns->deregistration)
    titles[n++] = _ ("Deregistration");
  return esimctl_table_new (titles, TRUE);
}

static void
add_row (EsimctlTable *table, const Columns *columns, EsimctlContext *context, EsimProfile *profile)
{
  EsimObject *euicc = esim_client_get_object (context->client, esim_profile_get_euicc (profile));
  const char *state = esim_profile_get_state (profile);
  g_autofree char *number =
      euicc != NULL ? g_strdup_printf ("%" G_GUINT64_FORMAT, esim_object_get_number (euicc)) : g_strdup ("");
  const char *stage = stage_of (context, profile);

  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, number);
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_profile_get_iccid (profile));
  if (columns->nickname)
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_profile_get_nickname (profile));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_profile_get_name (profile));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, esim_profile_get_service_provider (profile));
  if (columns->class)
    esimctl_table_add (table, ESIMCTL_STYLE_PLAIN,
                       esim_words_profile_class (esim_profile_get_profile_class (profile)));
  esimctl_table_add (table, esimctl_text_state_style (state), esim_words_profile_state (state));
  if (columns->deregistration)
    esimctl_table_add (table, esimctl_text_state_style (stage),
                       *stage != '\0' ? esim_words_stage (stage) : "");
}

static void
print_json (GPtrArray *profiles)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < profiles->len; i++)
    g_variant_builder_add_value (&list, esimctl_view_object (g_ptr_array_index (profiles, i)));
  esimctl_json_print (g_variant_builder_end (&list));
}

/* Returns: how many were taken out: what a person is not to put into use is not laid out before them. */
static guint
hide_unusual (GPtrArray *profiles)
{
  guint before = profiles->len;

  for (guint i = profiles->len; i > 0; i--) {
    const char *klass = esim_profile_get_profile_class (g_ptr_array_index (profiles, i - 1));

    if (strcmp (klass, "test") == 0 || strcmp (klass, "provisioning") == 0)
      g_ptr_array_remove_index (profiles, i - 1);
  }
  return before - profiles->len;
}

static void
print_hidden (guint hidden)
{
  if (hidden > 0)
    g_print (g_dngettext (GETTEXT_PACKAGE, "%u test or provisioning profile is not shown: --all\n",
                          "%u test or provisioning profiles are not shown: --all\n", hidden),
             hidden);
}

static void
print_table (EsimctlContext *context, GPtrArray *profiles, gboolean all)
{
  Columns columns = find_columns (context, profiles, all);
  g_autoptr (EsimctlTable) table = new_table (&columns);

  for (guint i = 0; i < profiles->len; i++)
    add_row (table, &columns, context, g_ptr_array_index (profiles, i));
  esimctl_table_print (table, context->color);
}

int
esimctl_list (EsimctlContext *context, int argc, char **argv, GError **error)
{
  gboolean all = FALSE;
  const GOptionEntry entries[] = {
      {"all", 'a', 0, G_OPTION_ARG_NONE, &all, N_ ("Test and provisioning profiles too"), NULL},
      {NULL},
  };
  guint hidden = 0;
  g_autoptr (GPtrArray) euiccs = NULL;
  g_autoptr (GPtrArray) profiles = NULL;

  if (!esimctl_parse (context, "", entries, &argc, &argv, 0, 0, error) || !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  euiccs = esimctl_select_euiccs (context, error);
  if (euiccs == NULL)
    return ESIMCTL_EXIT_FAILED;
  profiles = esim_client_list_profiles (context->client,
                                        context->euicc != NULL ? g_ptr_array_index (euiccs, 0) : NULL);
  if (!all)
    hidden = hide_unusual (profiles);
  if (context->json) {
    print_json (profiles);
    return ESIMCTL_EXIT_OK;
  }
  if (profiles->len == 0) {
    g_print ("%s\n", euiccs->len == 0 ? _ ("There is no eUICC") : _ ("There is no profile"));
    print_hidden (hidden);
    return ESIMCTL_EXIT_OK;
  }
  print_table (context, profiles, all);
  print_hidden (hidden);
  return ESIMCTL_EXIT_OK;
}
