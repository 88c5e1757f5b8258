/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "esimctl-json.h"
#include "esimctl-loop.h"
#include "esimctl-select.h"
#include "esimctl-text.h"
#include "esimctl-verbs.h"
#include "esimctl-view.h"

typedef struct {
  char *method;
  char *reason;
  char *token;
  gboolean dry_run;
  gboolean yes;
  gboolean contract_continues;
  gboolean no_wait;
} Options;

/* Run: one deregistration that is watched. */
typedef struct {
  EsimctlContext *context;
  EsimDeregistration *deregistration;
  const Options *options;
  GVariant *description; /* the newest */
  guint revision;        /* of it; G_MAXUINT: none was asked for */
  gboolean findings_shown;
  GHashTable *states; /* step → the state that was shown last */
  char *stage;        /* that was shown last */
  char *iccid;
} Run;

static void
options_clear (Options *options)
{
  g_free (options->method);
  g_free (options->reason);
  g_free (options->token);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
run_clear (Run *run)
{
  g_clear_object (&run->deregistration);
  g_clear_pointer (&run->description, g_variant_unref);
  g_clear_pointer (&run->states, g_hash_table_unref);
  g_free (run->stage);
  g_free (run->iccid);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static void
show_line (Run *run, gint64 time, const char *what, const char *code, const char *words)
{
  g_autoptr (GDateTime) when =
      time > 0 ? g_date_time_new_from_unix_local (time) : g_date_time_new_now_local ();
  g_autofree char *clock = when != NULL ? g_date_time_format (when, "%H:%M:%S") : g_strdup ("");
  g_autofree char *quiet = esimctl_text_paint (run->context->color, ESIMCTL_STYLE_QUIET, clock);
  g_autofree char *state = esimctl_text_paint (run->context->color, esimctl_text_state_style (code), words);

  g_print ("%s  %s: %s\n", quiet, what, state);
}

static void
show_steps (Run *run)
{
  g_autoptr (GVariant) steps = g_variant_lookup_value (run->description, "steps", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; steps != NULL && i < g_variant_n_children (steps); i++) {
    g_autoptr (GVariant) step = g_variant_get_child_value (steps, i);
    const char *name = "", *state = "pending";
    gint64 time = 0;

    g_variant_lookup (step, "step", "&s", &name);
    g_variant_lookup (step, "state", "&s", &state);
    g_variant_lookup (step, "time", "x", &time);
    if (strcmp (state, "pending") == 0 || g_strcmp0 (g_hash_table_lookup (run->states, name), state) == 0)
      continue;
    g_hash_table_insert (run->states, g_strdup (name), g_strdup (state));
    show_line (run, time, esim_words_step (name), state, esim_words_step_state (state));
  }
}

static void
show_findings (Run *run)
{
  g_autoptr (GVariant) findings =
      g_variant_lookup_value (run->description, "findings", G_VARIANT_TYPE ("aa{sv}"));

  if (run->findings_shown || findings == NULL || g_variant_n_children (findings) == 0)
    return;
  /* The preflight adds to the list; it is whole when something else is said, or a question is asked. */
  if (strcmp (esim_deregistration_get_stage (run->deregistration), "preparing") == 0 &&
      !esim_deregistration_needs_input (run->deregistration) && !run->options->dry_run)
    return;
  run->findings_shown = TRUE;
  g_print ("\n");
  esimctl_view_findings (run->context->color, findings);
}

static void
show_news (Run *run)
{
  const char *stage = esim_deregistration_get_stage (run->deregistration);

  if (run->context->json)
    return;
  show_findings (run);
  show_steps (run);
  if (g_strcmp0 (stage, run->stage) != 0) {
    g_free (run->stage);
    run->stage = g_strdup (stage);
    show_line (run, 0, _ ("Stage"), stage, esim_words_stage (stage));
  }
}

static gboolean
has_news (gpointer data)
{
  Run *run = data;

  return esim_object_is_gone (ESIM_OBJECT (run->deregistration)) || run->description == NULL ||
         esim_deregistration_get_revision (run->deregistration) != run->revision;
}

static gboolean
fetch (Run *run, GError **error)
{
  GVariant *description;

  run->revision = esim_deregistration_get_revision (run->deregistration);
  description = esim_deregistration_describe_sync (run->deregistration, NULL, error);
  if (description == NULL)
    return FALSE;
  g_clear_pointer (&run->description, g_variant_unref);
  run->description = description;
  return TRUE;
}

static char *
how_to_go_on (Run *run)
{
  return g_strdup_printf (
      _ ("It goes on without this program. To come back to it: esimctl deregister %s. To give it up: "
         "esimctl deregistrations withdraw %" PRIu64),
      run->iccid, esim_object_get_number (ESIM_OBJECT (run->deregistration)));
}

/* With no terminal and no option that answers, nothing may stay open that nobody can answer. */
static void
withdraw_unanswered (Run *run, GError **error)
{
  if (!esim_deregistration_withdraw_sync (run->deregistration, NULL, error))
    return;
  g_set_error_literal (
      error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
      _ ("It needs your consent: on a terminal, or by the options --yes --contract-continues. "
         "It was withdrawn; nothing was changed."));
}

static gboolean
answer_consent (Run *run, guint id, gboolean consent, GError **error)
{
  const char *method = "";
  GVariantDict answer;

  g_variant_lookup (run->description, "method", "&s", &method);
  g_variant_dict_init (&answer, NULL);
  g_variant_dict_insert (&answer, "consent", "b", consent);
  if (consent && strcmp (method, "local") == 0)
    g_variant_dict_insert (&answer, "contract-continues", "b", TRUE);
  return esim_deregistration_answer_sync (run->deregistration, id, g_variant_dict_end (&answer), NULL, error);
}

static gboolean
answer_question (Run *run, GVariant *question, GError **error)
{
  g_autofree char *words = esim_words_question (question);
  g_autofree char *interrupted = how_to_go_on (run);
  g_autoptr (GError) local = NULL;
  const char *type = "";
  guint id = 0;
  int answer = 1;

  g_variant_lookup (question, "type", "&s", &type);
  g_variant_lookup (question, "id", "u", &id);
  if (strcmp (type, "consent") != 0) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
                 _ ("The service asks something that this version does not know (%s)"), type);
    return FALSE;
  }
  if (!run->options->yes || !run->options->contract_continues) {
    if (!run->context->json) {
      g_print ("\n");
      esimctl_text_paragraph (0, words);
    }
    answer = esimctl_loop_ask (_ ("Delete the profile?"), "", interrupted, &local);
  }
  if (answer < 0 && local->code == ESIMCTL_EXIT_NEEDS_ANSWER) {
    withdraw_unanswered (run, error);
    return FALSE;
  }
  if (answer < 0) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  return answer_consent (run, id, answer == 1, error);
}

static gboolean
is_at_end (Run *run)
{
  const char *stage = esim_deregistration_get_stage (run->deregistration);
  g_autoptr (GVariant) steps = g_variant_lookup_value (run->description, "steps", G_VARIANT_TYPE ("aa{sv}"));

  if (esim_deregistration_is_over (run->deregistration))
    return TRUE;
  if (run->options->no_wait && strcmp (stage, "notifying-operator") == 0)
    return TRUE;
  if (!run->options->dry_run)
    return FALSE;
  /* A dry run ends with its preflight. */
  for (gsize i = 0; steps != NULL && i < g_variant_n_children (steps); i++) {
    g_autoptr (GVariant) step = g_variant_get_child_value (steps, i);
    const char *name = "", *state = "";

    g_variant_lookup (step, "step", "&s", &name);
    g_variant_lookup (step, "state", "&s", &state);
    if (strcmp (name, "preflight") == 0)
      return strcmp (state, "done") == 0 || strcmp (state, "failed") == 0;
  }
  return FALSE;
}

/* Follows it to its end, and answers what is asked on the way. */
static gboolean
follow_until_end (Run *run, const char *interrupted, GError **error)
{
  guint answered = 0;

  while (TRUE) {
    g_autoptr (GVariant) question = NULL;
    guint id = 0;

    if (!esimctl_loop_until (has_news, run, interrupted, error))
      return FALSE;
    if (esim_object_is_gone (ESIM_OBJECT (run->deregistration))) {
      g_set_error_literal (
          error, ESIM_ERROR, ESIM_ERROR_NOT_RUNNING,
          _ ("The service went away. What was begun is on disk and goes on when it is back"));
      return FALSE;
    }
    if (!fetch (run, error))
      return FALSE;
    show_news (run);
    if (is_at_end (run))
      return TRUE;
    question = g_variant_lookup_value (run->description, "question", G_VARIANT_TYPE_VARDICT);
    if (question != NULL)
      g_variant_lookup (question, "id", "u", &id);
    if (question == NULL || id == answered)
      continue;
    if (!answer_question (run, question, error))
      return FALSE;
    answered = id;
  }
}

static gboolean
follow (Run *run, GError **error)
{
  g_autofree char *interrupted = how_to_go_on (run);
  gboolean ok;

  /* In JSON an interruption is an object, or the signal's own exit. */
  if (!run->context->json)
    esimctl_loop_set_interrupted (interrupted);
  ok = follow_until_end (run, interrupted, error);
  esimctl_loop_set_interrupted (NULL);
  return ok;
}

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

static void
show_outcome (Run *run, const char *stage, gboolean acknowledged)
{
  const char *id = "";

  g_variant_lookup (run->description, "id", "&s", &id);
  g_print ("\n");
  if (run->options->dry_run) {
    g_print ("%s\n", has_blocker (run->description)
                         ? _ ("It cannot be deregistered now: see the blockers above.")
                         : _ ("It can be deregistered. Nothing was changed."));
    return;
  }
  if (strcmp (stage, "withdrawn") == 0) {
    g_print ("%s\n", _ ("Withdrawn. The profile is as it was."));
    return;
  }
  if (strcmp (stage, "completed") != 0 && strcmp (stage, "notifying-operator") != 0) {
    esimctl_view_deregistration (run->context->color, run->description);
    return;
  }
  g_print (
      "%s\n",
      is_proof_missing (run->description)
          ? _ ("The profile is gone. It names a server to be told, but the card has not given the signed "
               "notification yet; the service goes on asking.")
      : !has_recipients (run->description)
          ? _ ("The profile is gone. It names no server to be told, so nobody was told and the eUICC signed "
               "nothing.")
      : acknowledged
          ? _ ("The profile is gone, and the operator's server has acknowledged it.")
          : _ ("The profile is gone. The operator's server has not acknowledged it yet; the service "
               "goes on trying."));
  g_print (_ ("The receipt: esimctl receipt %s\n"), id);
}

static int
outcome (Run *run)
{
  const char *stage = esim_deregistration_get_stage (run->deregistration);
  gboolean acknowledged = FALSE;

  g_variant_lookup (run->description, "acknowledged", "b", &acknowledged);
  if (run->context->json)
    esimctl_json_print (run->description);
  else
    show_outcome (run, stage, acknowledged);
  if (run->options->dry_run)
    return has_blocker (run->description) || strcmp (stage, "failed") == 0 ? ESIMCTL_EXIT_FAILED
                                                                           : ESIMCTL_EXIT_OK;
  if (strcmp (stage, "completed") == 0 || strcmp (stage, "notifying-operator") == 0)
    return acknowledged ? ESIMCTL_EXIT_OK : ESIMCTL_EXIT_NOT_ACKNOWLEDGED;
  return ESIMCTL_EXIT_FAILED;
}

static EsimDeregistration *
begin (EsimProfile *profile, const Options *options, GError **error)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (options->method != NULL)
    g_variant_dict_insert (&dict, "method", "s", options->method);
  if (options->reason != NULL)
    g_variant_dict_insert (&dict, "reason", "s", options->reason);
  if (options->token != NULL)
    g_variant_dict_insert (&dict, "token", "s", options->token);
  if (options->dry_run)
    g_variant_dict_insert (&dict, "dry-run", "b", TRUE);
  return esim_profile_deregister_sync (profile, g_variant_dict_end (&dict), NULL, error);
}

static EsimDeregistration *
begin_or_join (EsimctlContext *context, EsimProfile *profile, const Options *options, GError **error)
{
  EsimObject *open = esim_client_get_object (context->client, esim_profile_get_deregistration (profile));

  if (open == NULL || options->dry_run || options->token != NULL)
    return begin (profile, options, error);
  if (!context->json)
    g_print ("%s\n", _ ("A deregistration of this profile is open already; coming back to it."));
  return g_object_ref (ESIM_DEREGISTRATION (open));
}

int
esimctl_deregister (EsimctlContext *context, int argc, char **argv, GError **error)
{
  g_auto (Options) options = {0};
  const GOptionEntry entries[] = {
      {"method", 0, 0, G_OPTION_ARG_STRING, &options.method, N_ ("How: “local” concerns the card alone"),
       "local"},
      {"reason", 0, 0, G_OPTION_ARG_STRING, &options.reason, N_ ("Why; it goes into the receipt"),
       N_ ("REASON")},
      {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options.dry_run, N_ ("Only look what would stand in the way"),
       NULL},
      {"yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, N_ ("Consent beforehand (with --contract-continues)"),
       NULL},
      {"contract-continues", 0, 0, G_OPTION_ARG_NONE, &options.contract_continues,
       N_ ("You know that the contract goes on"), NULL},
      {"no-wait", 0, 0, G_OPTION_ARG_NONE, &options.no_wait,
       N_ ("Do not wait for the operator's acknowledgement"), NULL},
      {"token", 0, 0, G_OPTION_ARG_STRING, &options.token,
       N_ ("The same token gives the same deregistration again"), N_ ("TOKEN")},
      {NULL},
  };
  g_auto (Run) run = {.context = context, .options = &options};
  EsimProfile *profile;

  if (!esimctl_parse (context, _ ("PROFILE"), entries, &argc, &argv, 1, 1, error) ||
      !esimctl_connect (context, error))
    return ESIMCTL_EXIT_FAILED;
  profile = esimctl_select_profile (context, argv[1], error);
  if (profile == NULL)
    return ESIMCTL_EXIT_FAILED;
  run.iccid = g_strdup (esim_profile_get_iccid (profile));
  run.states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  run.deregistration = begin_or_join (context, profile, &options, error);
  if (run.deregistration == NULL || !follow (&run, error))
    return ESIMCTL_EXIT_FAILED;
  return outcome (&run);
}
