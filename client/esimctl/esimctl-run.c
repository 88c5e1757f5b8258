/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-run.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "esimctl-course.h"
#include "esimctl-dict.h"
#include "esimctl-loop.h"
#include "esimctl-question.h"
#include "esimctl-text.h"
#include "esimctl-view.h"

void
esimctl_run_init (EsimctlRun *run, EsimctlContext *context, const EsimctlRunOptions *options)
{
  *run = (EsimctlRun){.context = context, .options = options};
  run->states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

void
esimctl_run_clear (EsimctlRun *run)
{
  g_clear_object (&run->deregistration);
  g_clear_pointer (&run->description, g_variant_unref);
  g_clear_pointer (&run->states, g_hash_table_unref);
  g_free (run->come_back);
  g_free (run->stage);
  g_free (run->interrupted);
}

gboolean
esimctl_run_is_interactive (EsimctlRun *run)
{
  return isatty (STDIN_FILENO) && !run->context->json;
}

/* The description is newer than the properties, whose signals come later. */
static const char *
stage_of (EsimctlRun *run)
{
  const char *stage = run->description != NULL ? esimctl_dict_string (run->description, "stage") : "";

  return *stage != '\0' ? stage : esim_deregistration_get_stage (run->deregistration);
}

static gboolean
is_asked (EsimctlRun *run)
{
  g_autoptr (GVariant) question = esimctl_dict_list (run->description, "question", "a{sv}");

  return g_variant_n_children (question) > 0;
}

static void
show_line (EsimctlRun *run, gint64 time, const char *what, const char *code, const char *words)
{
  g_autoptr (GDateTime) when =
      time > 0 ? g_date_time_new_from_unix_local (time) : g_date_time_new_now_local ();
  g_autofree char *clock = when != NULL ? g_date_time_format (when, "%H:%M:%S") : g_strdup ("");
  g_autofree char *quiet = esimctl_text_paint (run->context->color, ESIMCTL_STYLE_QUIET, clock);
  g_autofree char *state = esimctl_text_paint (run->context->color, esimctl_text_state_style (code), words);
  g_autofree char *line = g_strdup_printf (_ ("%s: %s"), what, state);

  g_print ("%s  %s\n", quiet, line);
}

static void
show_steps (EsimctlRun *run)
{
  /* Whoever comes back, perhaps after days, has seen these; the stage says where it stands. */
  gboolean old = run->joined && !run->options->dry_run && g_hash_table_size (run->states) == 0;
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
    if (!old)
      show_line (run, time, esim_words_step (name), state, esim_words_step_state (state));
  }
}

static void
show_findings (EsimctlRun *run)
{
  g_autoptr (GVariant) findings =
      g_variant_lookup_value (run->description, "findings", G_VARIANT_TYPE ("aa{sv}"));

  if (run->findings_shown || findings == NULL || g_variant_n_children (findings) == 0)
    return;
  /* The preflight adds to the list; it is whole when something else is said, or a question is asked. */
  if (strcmp (stage_of (run), "preparing") == 0 && !is_asked (run) && !run->options->dry_run)
    return;
  run->findings_shown = TRUE;
  g_print ("\n");
  esimctl_view_findings (run->context->color, findings);
}

static void
show_news (EsimctlRun *run)
{
  const char *stage = stage_of (run);

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
  EsimctlRun *run = data;

  return esim_object_is_gone (ESIM_OBJECT (run->deregistration)) || run->description == NULL ||
         esim_deregistration_get_revision (run->deregistration) != run->revision;
}

static char *
how_to_go_on (EsimctlRun *run, gboolean is_long)
{
  guint64 number = esim_object_get_number (ESIM_OBJECT (run->deregistration));
  g_autofree char *waiting = NULL;

  if (!is_long)
    return g_strdup_printf (
        _ ("It goes on without this program. To come back to it: esimctl deregister %s. To give it up: "
           "esimctl deregistrations withdraw %" PRIu64),
        run->come_back, number);
  waiting = esimctl_course_dup_waiting (run->description);
  return g_strdup_printf (
      _ ("%s\nStill open.\nTo come back to it: esimctl deregister %s\nTo give it up: esimctl "
         "deregistrations withdraw %" PRIu64),
      waiting, run->come_back, number);
}

/* What Ctrl-C says and ends with, from now on. */
static void
set_interrupted (EsimctlRun *run)
{
  const char *stage = stage_of (run);
  gboolean is_long = run->description != NULL &&
                     (esimctl_course_is_long (stage) || esimctl_course_asks_to_disconnect (run->description));
  char *before = run->interrupted;

  run->interrupted = how_to_go_on (run, is_long);
  esimctl_loop_set_interrupted_exit (is_long ? ESIMCTL_EXIT_STILL_OPEN : ESIMCTL_EXIT_INTERRUPTED);
  /* In JSON an interruption is an object, or the signal's own exit. */
  if (!run->context->json)
    esimctl_loop_set_interrupted (run->interrupted);
  g_free (before);
}

static gboolean
fetch (EsimctlRun *run, GError **error)
{
  GVariant *description;

  run->revision = esim_deregistration_get_revision (run->deregistration);
  description = esim_deregistration_describe_sync (run->deregistration, NULL, error);
  if (description == NULL)
    return FALSE;
  g_clear_pointer (&run->description, g_variant_unref);
  run->description = description;
  /* The same token gives one that somebody began before: without an answer nothing gets beyond the beginning.
   */
  run->joined = run->joined || (!run->has_answered && strcmp (stage_of (run), "preparing") != 0);
  set_interrupted (run);
  return TRUE;
}

/* With no terminal and no option that answers, nothing may stay open that nobody can answer. */
static gboolean
leave_unanswered (EsimctlRun *run, GVariant *question, GError **error)
{
  gboolean local = strcmp (esimctl_dict_string (run->description, "method"), "local") == 0;

  if (esimctl_course_asks_to_disconnect (run->description) ||
      (!local && strcmp (stage_of (run), "preparing") != 0)) {
    run->leaving = TRUE;
    return TRUE;
  }
  if (!local && !run->context->json)
    esimctl_question_print (run, question);
  if (!local && run->joined) {
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
                         _ ("It asks something: answer on a terminal, or by --answer (see esimctl(1)). It is "
                            "left as it was."));
    return FALSE;
  }
  if (!esim_deregistration_withdraw_sync (run->deregistration, NULL, error))
    return FALSE;
  g_set_error_literal (
      error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
      local ? _ ("It needs your consent: on a terminal, or by the options --yes --contract-continues. "
                 "It was withdrawn; nothing was changed.")
            : _ ("It asks something: answer on a terminal, or by the options --carrier, --plan, --yes and "
                 "--answer (see esimctl(1)). It was withdrawn; nothing was changed."));
  return FALSE;
}

/* Returns: (transfer full) (nullable): what the command line answers. */
static GVariant *
given_answer (EsimctlRun *run, GVariant *question)
{
  const char *type = esimctl_dict_string (question, "type");
  gboolean local = strcmp (esimctl_dict_string (run->description, "method"), "local") == 0;
  /* Nobody has seen yet what this would be said of. */
  gboolean blind =
      (!run->joined || run->has_answered) && esimctl_answers_is (run->options->answers, "outcome", "delete");
  GVariant *answer =
      blind ? NULL
            : esimctl_answers_take (run->options->answers, type, esimctl_dict_string (question, "subject"));

  if (answer == NULL && strcmp (type, "disconnect-consent") == 0 && run->options->allow_disconnect)
    answer = g_variant_new_parsed ("{'consent': <true>}");
  else if (answer == NULL && strcmp (type, "consent") == 0 && run->options->yes && !local)
    answer = g_variant_new_parsed ("{'consent': <true>}");
  else if (answer == NULL && strcmp (type, "consent") == 0 && run->options->yes &&
           run->options->contract_continues)
    answer = g_variant_new_parsed ("{'consent': <true>, 'contract-continues': <true>}");
  return answer != NULL ? g_variant_ref_sink (answer) : NULL;
}

static gboolean
ends_review (GVariant *answer)
{
  static const char *const outcomes[] = {"confirmed", "refused", "rejected", "delete", NULL};

  return g_strv_contains (outcomes, esimctl_dict_string (answer, "outcome"));
}

/* Whether @answer to a reminder is that the profile goes at once. */
static gboolean
lets_it_go (GVariant *answer)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *today = g_date_time_format (now, "%Y-%m-%d");
  const char *day = esimctl_dict_string (answer, "effective-date");

  return esimctl_dict_flag (answer, "remove-now") || (*day != '\0' && strcmp (day, today) < 0);
}

static gboolean
send_answer (EsimctlRun *run, GVariant *question, EsimctlReply *reply, GError **error)
{
  g_autoptr (GError) local = NULL;
  guint id = 0;

  (void) g_variant_lookup (question, "id", "u", &id);
  if (!esim_deregistration_answer_sync (run->deregistration, id, reply->answer, NULL, &local)) {
    /* There is another way to the network meanwhile: that has answered it. */
    if (g_error_matches (local, ESIM_ERROR, ESIM_ERROR_WRONG_STATE) &&
        strcmp (esimctl_dict_string (question, "type"), "disconnect-consent") == 0)
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  run->answered = id;
  run->has_answered = TRUE;
  run->leaving = reply->leave;
  run->stays_connected =
      reply->leave && strcmp (esimctl_dict_string (question, "type"), "disconnect-consent") == 0;
  run->moving = ends_review (reply->answer);
  run->removing = lets_it_go (reply->answer);
  /* Only now, so that the page is on disk as opened before anybody can send its form. */
  if (reply->open)
    esimctl_question_open_page (run, question, "address");
  return TRUE;
}

/* Asks until the service takes the answer, or somebody leaves. */
static gboolean
converse (EsimctlRun *run, GVariant *question, GError **error)
{
  while (TRUE) {
    g_auto (EsimctlReply) reply = {0};
    g_autoptr (GError) local = NULL;

    if (!esimctl_question_ask (run, question, &reply, error))
      return FALSE;
    if (reply.answer == NULL) {
      run->leaving = TRUE;
      return TRUE;
    }
    if (send_answer (run, question, &reply, &local))
      return TRUE;
    if (!g_error_matches (local, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    esimctl_error_show (run->context, local);
  }
}

static gboolean
answer_question (EsimctlRun *run, GVariant *question, GError **error)
{
  g_auto (EsimctlReply) reply = {.answer = given_answer (run, question)};
  gboolean due = TRUE;

  (void) g_variant_lookup (question, "due", "b", &due);
  if (reply.answer != NULL)
    return send_answer (run, question, &reply, error);
  if (!esimctl_question_is_known (question)) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
                 _ ("The service asks something that this version does not know (%s)"),
                 esimctl_dict_string (question, "type"));
    return FALSE;
  }
  /* Whoever comes back has something to tell; whoever has just told it has not. */
  if (!due && (!run->joined || run->has_answered)) {
    run->leaving = TRUE;
    return TRUE;
  }
  if (isatty (STDIN_FILENO) &&
      (!run->context->json || g_str_has_suffix (esimctl_dict_string (question, "type"), "consent")))
    return converse (run, question, error);
  return leave_unanswered (run, question, error);
}

static gboolean
is_preflight_over (EsimctlRun *run)
{
  g_autoptr (GVariant) steps = esimctl_dict_list (run->description, "steps", "aa{sv}");

  for (gsize i = 0; i < g_variant_n_children (steps); i++) {
    g_autoptr (GVariant) step = g_variant_get_child_value (steps, i);
    const char *state = esimctl_dict_string (step, "state");

    if (strcmp (esimctl_dict_string (step, "step"), "preflight") == 0)
      return strcmp (state, "done") == 0 || strcmp (state, "failed") == 0;
  }
  return FALSE;
}

/* What should go on cannot: the card is away, or something went wrong that is tried again later. */
static gboolean
is_held (EsimctlRun *run)
{
  if (*esimctl_dict_string (run->description, "error-name") != '\0')
    return TRUE;
  return esimctl_course_has_card (run->description) &&
         strcmp (esim_deregistration_get_profile (run->deregistration), "/") == 0;
}

/* It stands still for days, and nobody is asked anything. */
static gboolean
is_resting (EsimctlRun *run)
{
  const char *stage = stage_of (run);
  gint64 end = esimctl_dict_time (run->description, "effective-at");

  if (strcmp (stage, "confirmed") == 0)
    return is_held (run);
  if (esimctl_course_is_by_server (run->description) && esimctl_course_is_long (stage) && !is_asked (run) &&
      *esimctl_dict_string (run->description, "error-name") != '\0')
    return TRUE;
  if (strcmp (stage, "verifying-end") == 0)
    return !is_asked (run);
  if (strcmp (stage, "awaiting-end") == 0 &&
      (run->removing || (end > 0 && end <= g_get_real_time () / G_USEC_PER_SEC)))
    return is_held (run);
  if (strcmp (stage, "in-review") == 0 && run->moving)
    return FALSE;
  return !is_asked (run) && (strcmp (stage, "awaiting-end") == 0 || strcmp (stage, "in-review") == 0);
}

/* Who said no before, and comes back, is asked again only if that is asked for. */
static gboolean
look_again (EsimctlRun *run)
{
  if (!run->joined || run->has_answered || run->looked || is_asked (run) ||
      strcmp (stage_of (run), "removing-profile") != 0)
    return FALSE;
  run->looked = TRUE;
  return esim_deregistration_check_sync (run->deregistration, NULL, NULL);
}

static gboolean
is_at_end (EsimctlRun *run)
{
  const char *stage = stage_of (run);

  if (esim_deregistration_is_over (run->deregistration))
    return TRUE;
  if (run->options->no_wait && strcmp (stage, "notifying-operator") == 0)
    return TRUE;
  /* A dry run ends with its preflight. */
  return run->options->dry_run && is_preflight_over (run);
}

static gboolean
is_service_there (EsimctlRun *run, GError **error)
{
  if (!esim_object_is_gone (ESIM_OBJECT (run->deregistration)))
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_RUNNING,
                       _ ("The service went away. What was begun is on disk and goes on when it is back"));
  return FALSE;
}

static gboolean
follow_until_end (EsimctlRun *run, GError **error)
{
  while (!run->leaving) {
    g_autoptr (GVariant) question = NULL;
    guint id = 0;

    if (!esimctl_loop_until (has_news, run, run->interrupted, error) || !is_service_there (run, error) ||
        !fetch (run, error))
      return FALSE;
    show_news (run);
    if (is_at_end (run))
      return TRUE;
    question = g_variant_lookup_value (run->description, "question", G_VARIANT_TYPE_VARDICT);
    if (question != NULL)
      (void) g_variant_lookup (question, "id", "u", &id);
    if (question != NULL && !(run->has_answered && id == run->answered)) {
      if (!answer_question (run, question, error))
        return FALSE;
    } else if (!look_again (run)) {
      run->leaving = is_resting (run);
    }
  }
  /* What stands after the last answer. */
  return fetch (run, error);
}

gboolean
esimctl_run_follow (EsimctlRun *run, GError **error)
{
  gboolean ok;

  set_interrupted (run);
  ok = follow_until_end (run, error);
  esimctl_loop_set_interrupted (NULL);
  esimctl_loop_set_interrupted_exit (ESIMCTL_EXIT_INTERRUPTED);
  return ok;
}
