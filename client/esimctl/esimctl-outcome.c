/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "esimctl-course.h"
#include "esimctl-dict.h"
#include "esimctl-json.h"
#include "esimctl-run.h"
#include "esimctl-text.h"
#include "esimctl-view.h"

static gboolean
has_blocker (GVariant *description)
{
  g_autoptr (GVariant) findings = g_variant_lookup_value (description, "findings", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; findings != NULL && i < g_variant_n_children (findings); i++) {
    g_autoptr (GVariant) finding = g_variant_get_child_value (findings, i);
    const char *severity = "";

    g_variant_lookup (finding, "severity", "&s", &severity);
    if (strcmp (severity, "blocker") == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_recipients (GVariant *description)
{
  g_autoptr (GVariant) notifications =
      g_variant_lookup_value (description, "notifications", G_VARIANT_TYPE ("aa{sv}"));

  return notifications != NULL && g_variant_n_children (notifications) > 0;
}

static gboolean
is_proof_missing (GVariant *description)
{
  guint recipients = 0;

  return g_variant_lookup (description, "recipients", "u", &recipients) && recipients > 0 &&
         !has_recipients (description);
}

/* The profile is gone; who knows of it? */
static const char *
who_was_told (EsimctlRun *run)
{
  if (is_proof_missing (run->description))
    return _ ("The profile is gone. It names a server to be told, but the card has not given the signed "
              "notification yet; the service goes on asking.");
  if (!has_recipients (run->description))
    return _ ("The profile is gone. It names no server to be told, so nobody was told and the eUICC signed "
              "nothing.");
  return esimctl_dict_flag (run->description, "acknowledged")
             ? _ ("The profile is gone, and the operator's server has acknowledged it.")
             : _ ("The profile is gone. The operator's server has not acknowledged it yet; the service "
                  "goes on trying.");
}

/* What the carrier missed, and who can tell more: as long as the request has not been made anew. */
static void
show_refusal (EsimctlRun *run)
{
  g_autoptr (GVariant) refusal = esimctl_dict_list (run->description, "refusal", "a{sv}");
  g_autoptr (GVariant) missing = esimctl_dict_list (refusal, "missing", "as");
  g_autofree char *words = esimctl_dict_join (missing, esim_words_carrier_value);
  g_autofree char *line = g_strdup_printf (_ ("The carrier wanted something more: %s."), words);
  const char *stage = esimctl_dict_string (run->description, "stage");

  if (*words == '\0' || (strcmp (stage, "submitting") != 0 && strcmp (stage, "verifying-identity") != 0))
    return;
  esimctl_text_paragraph (0, line);
  esimctl_course_print_contact (run->context->color, run->description);
}

static void
show_still_open (EsimctlRun *run)
{
  g_autofree char *waiting = esimctl_course_dup_waiting (run->description);

  show_refusal (run);
  if (*waiting != '\0')
    esimctl_text_paragraph (0, waiting);
  if (*esimctl_dict_string (run->description, "error-name") != '\0')
    esimctl_course_print_pair (2, esim_words_error (esimctl_dict_string (run->description, "error-name")),
                               esimctl_dict_string (run->description, "error"));
  /* Each on a line of its own: they are copied. */
  g_print (
      _ ("Still open.\nTo come back to it: esimctl deregister %s\nTo give it up: esimctl deregistrations "
         "withdraw %" PRIu64 "\n"),
      run->come_back, esim_object_get_number (ESIM_OBJECT (run->deregistration)));
}

static void
show_how_to_disconnect (EsimctlRun *run)
{
  gboolean asks = esimctl_course_asks_to_disconnect (run->description);

  if (run->stays_connected && !asks)
    esimctl_text_paragraph (0, esimctl_course_stays_connected ());
  if (asks || run->stays_connected)
    g_print (_ ("To let the network be cut: esimctl deregister %s --allow-disconnect\n"), run->come_back);
}

static void
show_withdrawn (EsimctlRun *run)
{
  g_print ("%s\n", _ ("Withdrawn. The profile is as it was."));
  esimctl_course_print_withdrawn (run->description);
}

static void
show_rejected (EsimctlRun *run)
{
  g_print ("%s\n", _ ("The carrier said no. The profile is as it was, and the contract goes on."));
  esimctl_course_print_contact (run->context->color, run->description);
  g_print (_ ("To begin again: esimctl deregistrations retry %" PRIu64 "\n"),
           esim_object_get_number (ESIM_OBJECT (run->deregistration)));
}

static void
show_completed (EsimctlRun *run)
{
  const char *effective = esimctl_dict_string (run->description, "effective-date");

  if (*effective != '\0')
    g_print (_ ("The carrier has confirmed, as you said, that the contract ends on %s.\n"), effective);
  g_print ("%s\n", esimctl_course_has_card (run->description)
                       ? who_was_told (run)
                       : _ ("No card was touched: there was no profile to delete."));
  g_print (_ ("The receipt: esimctl receipt %s\n"), esimctl_dict_string (run->description, "id"));
}

static void
show_outcome (EsimctlRun *run, const char *stage)
{
  g_print ("\n");
  if (run->options->dry_run)
    g_print ("%s\n", has_blocker (run->description)
                         ? _ ("It cannot be deregistered now: see the blockers above.")
                         : _ ("It can be deregistered. Nothing was changed."));
  else if (run->leaving) {
    show_still_open (run);
    show_how_to_disconnect (run);
  } else if (strcmp (stage, "withdrawn") == 0)
    show_withdrawn (run);
  else if (strcmp (stage, "rejected") == 0)
    show_rejected (run);
  else if (strcmp (stage, "completed") == 0 || strcmp (stage, "notifying-operator") == 0)
    show_completed (run);
  else
    esimctl_view_deregistration (run->context->color, run->description);
}

int
esimctl_run_tell_outcome (EsimctlRun *run)
{
  const char *stage = esim_deregistration_get_stage (run->deregistration);
  g_autofree char *unused = esimctl_answers_dup_unused (run->options->answers);

  if (run->context->json)
    esimctl_json_print (run->description);
  else
    show_outcome (run, stage);
  if (unused != NULL)
    g_printerr (_ ("Not used, because nothing asked for it: %s\n"), unused);
  if (run->options->dry_run)
    return has_blocker (run->description) || strcmp (stage, "failed") == 0 ? ESIMCTL_EXIT_FAILED
                                                                           : ESIMCTL_EXIT_OK;
  if (run->leaving)
    return ESIMCTL_EXIT_STILL_OPEN;
  if (strcmp (stage, "completed") != 0 && strcmp (stage, "notifying-operator") != 0)
    return ESIMCTL_EXIT_FAILED;
  return esimctl_dict_flag (run->description, "acknowledged") || !esimctl_course_has_card (run->description)
             ? ESIMCTL_EXIT_OK
             : ESIMCTL_EXIT_NOT_ACKNOWLEDGED;
}
