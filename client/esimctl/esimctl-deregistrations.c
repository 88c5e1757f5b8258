/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "esimctl-course.h"
#include "esimctl-json.h"
#include "esimctl-loop.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

/* What anybody may see of @one, and what the caller may see besides. */
static GVariant *
merged (EsimDeregistration *one)
{
  g_autoptr (GVariant) seen = g_variant_ref_sink (esimctl_view_object (ESIM_OBJECT (one)));
  g_autoptr (GVariant) description = esimctl_select_describe (one);
  GVariantDict dict;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_dict_init (&dict, seen);
  if (description != NULL) {
    g_variant_iter_init (&iter, description);
    while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
      g_variant_dict_insert_value (&dict, key, value);
  }
  return g_variant_dict_end (&dict);
}

static void
add_row (EsimctlTable *table, EsimDeregistration *one)
{
  g_autoptr (GVariant) all = g_variant_ref_sink (merged (one));
  const char *stage = esim_deregistration_get_stage (one);
  const char *id = "", *name = "", *iccid = "";
  gint64 requested = 0;
  gboolean known = FALSE, acknowledged = FALSE;
  g_autofree char *number =
      g_strdup_printf ("%" G_GUINT64_FORMAT, esim_object_get_number (ESIM_OBJECT (one)));
  g_autofree char *when = NULL;
  g_autofree char *until = esimctl_course_dup_until (all);

  g_variant_lookup (all, "id", "&s", &id);
  g_variant_lookup (all, "profile-name", "&s", &name);
  g_variant_lookup (all, "iccid", "&s", &iccid);
  g_variant_lookup (all, "requested", "x", &requested);
  known = g_variant_lookup (all, "acknowledged", "b", &acknowledged);
  when = esimctl_text_time (requested);
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, number);
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, *id != '\0' ? id : _ ("(another user's)"));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, name);
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, iccid);
  esimctl_table_add (table, esimctl_text_state_style (stage), esim_words_stage (stage));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, until);
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, !known ? "" : acknowledged ? _ ("yes") : _ ("no"));
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, when);
}

static int
list (EsimctlContext *context)
{
  g_autoptr (GPtrArray) all = esim_client_list_deregistrations (context->client);
  g_autoptr (EsimctlTable) table = NULL;
  GVariantBuilder builder;

  if (context->json) {
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
    for (guint i = 0; i < all->len; i++)
      g_variant_builder_add_value (&builder, merged (g_ptr_array_index (all, i)));
    esimctl_json_print (g_variant_builder_end (&builder));
    return ESIMCTL_EXIT_OK;
  }
  if (all->len == 0) {
    g_print ("%s\n", _ ("There is no deregistration"));
    return ESIMCTL_EXIT_OK;
  }
  table = esimctl_table_new ((const char *const[]){_ ("Number"), _ ("Id"), _ ("Profile"), _ ("ICCID"),
                                                   _ ("Stage"), _ ("Until"), _ ("Acknowledged"),
                                                   _ ("Requested"), NULL},
                             TRUE);
  for (guint i = 0; i < all->len; i++)
    add_row (table, g_ptr_array_index (all, i));
  esimctl_table_print (table, context->color);
  return ESIMCTL_EXIT_OK;
}

static int
show (EsimctlContext *context, EsimDeregistration *one, GError **error)
{
  g_autoptr (GVariant) description = esim_deregistration_describe_sync (one, NULL, error);

  if (description == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (context->json)
    esimctl_json_print (description);
  else
    esimctl_view_deregistration (context->color, description);
  return ESIMCTL_EXIT_OK;
}

/* The simple calls, and what is said when they were made. */
static const struct {
  const char *name;
  gboolean (*call) (EsimDeregistration *self, GCancellable *cancellable, GError **error);
  const char *done;
} calls[] = {
    {"check", esim_deregistration_check_sync,
     N_ ("The service looks now. See: esimctl deregistrations show")},
    {"retry", esim_deregistration_retry_sync, N_ ("It begins again with the checks beforehand")},
    {"withdraw", esim_deregistration_withdraw_sync, N_ ("Withdrawn. The profile is as it was.")},
    {"forget", esim_deregistration_forget_sync, N_ ("Its record and its receipt are gone")},
};

/* What the carrier was asked for is not withdrawn with it. */
static void
tell_what_stands (EsimDeregistration *one)
{
  g_autoptr (GVariant) description = esimctl_select_describe (one);

  if (description != NULL)
    esimctl_course_print_withdrawn (description);
}

static int
act (EsimctlContext *context, EsimDeregistration *one, const char *what, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++) {
    if (strcmp (what, calls[i].name) != 0)
      continue;
    if (!calls[i].call (one, NULL, error))
      return ESIMCTL_EXIT_FAILED;
    if (context->json) {
      esimctl_json_print (g_variant_new_parsed ("{'call': <%s>, 'done': <true>}", what));
      return ESIMCTL_EXIT_OK;
    }
    g_print ("%s\n", _ (calls[i].done));
    if (strcmp (what, "withdraw") == 0)
      tell_what_stands (one);
    return ESIMCTL_EXIT_OK;
  }
  return show (context, one, error);
}

int
esimctl_deregistrations (EsimctlContext *context, int argc, char **argv, GError **error)
{
  const char *const actions[] = {"show", "check", "retry", "withdraw", "forget", NULL};
  g_autoptr (EsimDeregistration) one = NULL;

  if (!esimctl_parse (context, _ ("[show|check|retry|withdraw|forget ID]"), NULL, &argc, &argv, 0, 2, error))
    return ESIMCTL_EXIT_USAGE;
  if ((argc == 2 && strcmp (argv[1], "list") != 0) || (argc == 3 && !g_strv_contains (actions, argv[1]))) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                         _ ("Usage: esimctl deregistrations [show|check|retry|withdraw|forget ID]"));
    return ESIMCTL_EXIT_USAGE;
  }
  if (!esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  if (argc < 3)
    return list (context);
  one = esimctl_select_deregistration (context, argv[2], error);
  if (one == NULL)
    return ESIMCTL_EXIT_FAILED;
  return act (context, one, argv[1], error);
}
