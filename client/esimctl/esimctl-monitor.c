/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <stdio.h>

#include "esimctl-json.h"
#include "esimctl-loop.h"
#include "esimctl-select.h"
#include "esimctl-text.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

typedef struct {
  EsimctlContext *context;
  gboolean running;
  gboolean ready;
} Monitor;

static const char *
kind_of (EsimObject *object)
{
  if (ESIM_IS_EUICC (object))
    return "euicc";
  if (ESIM_IS_PROFILE (object))
    return "profile";
  return ESIM_IS_OPERATION (object) ? "operation" : "deregistration";
}

static char *
describe (EsimObject *object)
{
  if (ESIM_IS_EUICC (object))
    return g_strdup_printf (_ ("eUICC %" PRIu64 ": %s"), esim_object_get_number (object),
                            esim_words_euicc_state (esim_euicc_get_state (ESIM_EUICC (object))));
  if (ESIM_IS_PROFILE (object)) {
    g_autofree char *title = esimctl_select_title (ESIM_PROFILE (object));

    return g_strdup_printf (_ ("Profile %s: %s"), title,
                            esim_words_profile_state (esim_profile_get_state (ESIM_PROFILE (object))));
  }
  if (ESIM_IS_OPERATION (object)) {
    EsimOperation *operation = ESIM_OPERATION (object);
    const char *phase = esim_words_phase (esim_operation_get_phase (operation));
    gboolean show_phase = !esim_operation_is_finished (operation) && *phase != '\0';

    return g_strdup_printf (_ ("Operation %" PRIu64 " (%s): %s%s%s%s"), esim_object_get_number (object),
                            esim_words_operation_kind (esim_operation_get_kind (operation)),
                            esim_words_operation_state (esim_operation_get_state (operation)),
                            show_phase ? ", " : "", show_phase ? phase : "",
                            esim_operation_needs_input (operation) ? _ (", needs an answer") : "");
  }
  return g_strdup_printf (
      _ ("Deregistration %" PRIu64 ": %s%s"), esim_object_get_number (object),
      esim_words_stage (esim_deregistration_get_stage (ESIM_DEREGISTRATION (object))),
      esim_deregistration_needs_input (ESIM_DEREGISTRATION (object)) ? _ (", needs an answer") : "");
}

static void
print_line (Monitor *monitor, const char *text)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *clock = g_date_time_format (now, "%H:%M:%S");
  g_autofree char *quiet = esimctl_text_paint (monitor->context->color, ESIMCTL_STYLE_QUIET, clock);

  g_print ("%s  %s\n", quiet, text);
  fflush (stdout);
}

static void
tell (Monitor *monitor, const char *event, const char *words, EsimObject *object)
{
  g_autofree char *what = NULL;
  g_autofree char *line = NULL;
  GVariantDict dict;

  if (monitor->context->json) {
    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "event", "s", event);
    g_variant_dict_insert (&dict, "kind", "s", kind_of (object));
    g_variant_dict_insert (&dict, "time", "x", g_get_real_time () / G_USEC_PER_SEC);
    g_variant_dict_insert_value (&dict, "object", esimctl_view_object (object));
    esimctl_json_print_line (g_variant_dict_end (&dict));
    return;
  }
  what = describe (object);
  line = g_strdup_printf ("%s%s%s", words, *words != '\0' ? " " : "", what);
  print_line (monitor, line);
}

static void
on_added (EsimClient *client, EsimObject *object, Monitor *monitor)
{
  tell (monitor, "added", _ ("New:"), object);
}

static void
on_removed (EsimClient *client, EsimObject *object, Monitor *monitor)
{
  tell (monitor, "removed", _ ("Gone:"), object);
}

static void
on_object_changed (EsimClient *client, EsimObject *object, Monitor *monitor)
{
  tell (monitor, "changed", "", object);
}

static void
on_changed (EsimClient *client, Monitor *monitor)
{
  gboolean running = esim_client_is_running (client);
  gboolean ready = esim_client_is_ready (client);

  if (running == monitor->running && ready == monitor->ready)
    return;
  monitor->running = running;
  monitor->ready = ready;
  if (monitor->context->json)
    esimctl_json_print_line (
        g_variant_new_parsed ("{'event': <'service'>, 'running': <%b>, 'ready': <%b>}", running, ready));
  else
    print_line (monitor, !running ? _ ("The service is gone")
                         : ready  ? _ ("The service is ready")
                                  : _ ("The service is starting"));
}

static gboolean
never (gpointer data)
{
  return FALSE;
}

int
esimctl_monitor (EsimctlContext *context, int argc, char **argv, GError **error)
{
  const char *const kinds[] = {"euicc", "profile", "operation", "deregistration"};
  Monitor monitor = {context, TRUE, TRUE};
  g_autoptr (GError) local = NULL;

  if (!esimctl_parse (context, "", NULL, &argc, &argv, 0, 0, error) || !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *added = g_strconcat (kinds[i], "-added", NULL);
    g_autofree char *removed = g_strconcat (kinds[i], "-removed", NULL);

    g_signal_connect (context->client, added, G_CALLBACK (on_added), &monitor);
    g_signal_connect (context->client, removed, G_CALLBACK (on_removed), &monitor);
  }
  g_signal_connect (context->client, "object-changed", G_CALLBACK (on_object_changed), &monitor);
  g_signal_connect (context->client, "changed", G_CALLBACK (on_changed), &monitor);
  if (!context->json)
    print_line (&monitor, _ ("Watching; Ctrl-C ends it"));
  if (!esimctl_loop_until (never, NULL, "", &local))
    g_signal_handlers_disconnect_by_data (context->client, &monitor);
  return ESIMCTL_EXIT_OK;
}
