/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>

#include "esimctl-json.h"
#include "esimctl-loop.h"
#include "esimctl-operation.h"
#include "esimctl-select.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

static int
list (EsimctlContext *context, EsimEuicc *euicc, gboolean refresh, GError **error)
{
  g_autoptr (GVariant) notifications = NULL;

  if (refresh || !esim_euicc_notifications_read (euicc)) {
    GVariantDict options;

    g_variant_dict_init (&options, NULL);
    g_variant_dict_insert (&options, "notifications", "b", TRUE);
    if (!esimctl_operation_wait (
            context, esim_euicc_refresh_sync (euicc, g_variant_dict_end (&options), NULL, error), error))
      return ESIMCTL_EXIT_FAILED;
  }
  notifications = esim_euicc_list_notifications_sync (euicc, NULL, error);
  if (notifications == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (context->json)
    esimctl_json_print (notifications);
  else if (g_variant_n_children (notifications) == 0)
    g_print ("%s\n", _ ("No notification waits"));
  else
    esimctl_view_notifications (context->color, notifications);
  return ESIMCTL_EXIT_OK;
}

static int
send_all (EsimctlContext *context, EsimEuicc *euicc, GError **error)
{
  g_autoptr (EsimOperation) operation = esim_euicc_send_notifications_sync (euicc, NULL, NULL, error);
  g_autoptr (GVariant) description = NULL;
  g_autoptr (GVariant) result = NULL;
  guint sent = 0, waiting = 0, refused = 0;

  if (operation == NULL || !esimctl_operation_wait (context, g_object_ref (operation), error))
    return ESIMCTL_EXIT_FAILED;
  description = esim_operation_describe_sync (operation, NULL, error);
  if (description == NULL)
    return ESIMCTL_EXIT_FAILED;
  result = g_variant_lookup_value (description, "result", G_VARIANT_TYPE_VARDICT);
  if (result != NULL) {
    g_variant_lookup (result, "sent", "u", &sent);
    g_variant_lookup (result, "waiting", "u", &waiting);
    g_variant_lookup (result, "refused", "u", &refused);
  }
  if (context->json)
    esimctl_json_print (g_variant_new_parsed ("{'operation': <'send-notifications'>, 'state': <'succeeded'>, "
                                              "'sent': <%u>, 'waiting': <%u>, 'refused': <%u>}",
                                              sent, waiting, refused));
  else
    g_print (_ ("Sent: %u. Still waiting: %u. Refused: %u.\n"), sent, waiting, refused);
  return waiting + refused == 0 ? ESIMCTL_EXIT_OK : ESIMCTL_EXIT_NOT_ACKNOWLEDGED;
}

static int
remove_one (EsimctlContext *context, EsimEuicc *euicc, const char *text, gboolean yes, GError **error)
{
  guint64 sequence = 0;
  g_autofree char *prompt =
      g_strdup_printf (_ ("Give up notification %s? The operator's server will not learn of it."), text);
  g_autofree char *done = g_strdup_printf (_ ("Notification %s is given up"), text);
  int answer = 1;

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &sequence, NULL)) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("“%s” is not a notification's number"), text);
    return ESIMCTL_EXIT_USAGE;
  }
  if (!yes)
    answer = esimctl_loop_ask (
        prompt, _ ("Giving a notification up needs a yes: on a terminal, or by the option --yes"),
        _ ("Nothing was changed"), error);
  if (answer < 0)
    return ESIMCTL_EXIT_NEEDS_ANSWER;
  if (answer == 0) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED, _ ("Nothing was changed"));
    return ESIMCTL_EXIT_FAILED;
  }
  return esimctl_operation_finish (
      context, esim_euicc_remove_notification_sync (euicc, sequence, NULL, NULL, error), done, NULL, error);
}

int
esimctl_notifications (EsimctlContext *context, int argc, char **argv, GError **error)
{
  gboolean refresh = FALSE, yes = FALSE;
  const GOptionEntry entries[] = {
      {"refresh", 0, 0, G_OPTION_ARG_NONE, &refresh, N_ ("Read the card's list again first"), NULL},
      {"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, N_ ("Do not ask"), NULL},
      {NULL},
  };
  const char *what;
  EsimEuicc *euicc;

  if (!esimctl_parse (context, _ ("[list|send|remove NUMBER]"), entries, &argc, &argv, 0, 2, error))
    return ESIMCTL_EXIT_USAGE;
  what = argc > 1 ? argv[1] : "list";
  if (argc != (strcmp (what, "remove") == 0 ? 3
               : argc > 1                   ? 2
                                            : 1) ||
      !g_strv_contains ((const char *const[]){"list", "send", "remove", NULL}, what)) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                         _ ("Usage: esimctl notifications [list|send|remove NUMBER]"));
    return ESIMCTL_EXIT_USAGE;
  }
  if (!esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  euicc = esimctl_select_one_euicc (context, error);
  if (euicc == NULL)
    return ESIMCTL_EXIT_FAILED;
  if (strcmp (what, "send") == 0)
    return send_all (context, euicc, error);
  if (strcmp (what, "remove") == 0)
    return remove_one (context, euicc, argv[2], yes, error);
  return list (context, euicc, refresh, error);
}
