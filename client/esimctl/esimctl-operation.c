/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-operation.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "esimctl-dict.h"
#include "esimctl-json.h"
#include "esimctl-loop.h"
#include "esimctl-text.h"

#define BAR_COLUMNS 24

typedef struct {
  EsimctlContext *context;
  EsimOperation *operation;
  const EsimctlAsker *asker; /* nullable */
  GAsyncResult *result;
  char *phase;
  guint64 bytes;  /* that were shown last */
  gboolean bar;   /* the cursor stands behind the bar */
  gint64 asked;   /* the revision in which a question was looked for; -1: none yet */
  guint answered; /* the id of the question that was answered */
  gboolean has_answered;
  GError *instead; /* what is told if the operation ends because consent was not given */
} Wait;

static void
wait_clear (Wait *wait)
{
  g_clear_object (&wait->operation);
  g_clear_object (&wait->result);
  g_clear_error (&wait->instead);
  g_free (wait->phase);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wait, wait_clear)

void
esimctl_answer_clear (EsimctlAnswer *answer)
{
  if (answer->answer != NULL)
    g_variant_unref (g_variant_ref_sink (answer->answer));
  g_clear_error (&answer->instead);
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ((Wait *) user_data)->result = g_object_ref (result);
}

static void
end_bar (Wait *wait)
{
  if (wait->bar)
    g_printerr ("\n");
  wait->bar = FALSE;
}

/* A profile comes while it is loaded: how much there is may not be known. */
static void
show_bytes (Wait *wait)
{
  guint64 done = esim_operation_get_bytes_done (wait->operation);
  guint64 total = esim_operation_get_bytes_total (wait->operation);
  g_autofree char *have = g_format_size (done);
  g_autofree char *all = g_format_size (total);
  guint filled = total > 0 ? (guint) (MIN (done, total) * BAR_COLUMNS / total) : 0;
  char bar[BAR_COLUMNS + 1] = {0};
  g_autofree char *line = NULL;

  if (done == 0 || done == wait->bytes)
    return;
  wait->bytes = done;
  wait->bar = TRUE;
  memset (bar, '#', filled);
  memset (bar + filled, '.', BAR_COLUMNS - filled);
  line = total > 0 ? g_strdup_printf (_ ("[%s] %s of %s"), bar, have, all) : g_strdup (have);
  g_printerr ("\r  %s\033[K", line);
}

static void
show_phase (Wait *wait)
{
  const char *phase = esim_operation_get_phase (wait->operation);

  if (wait->context->json || !isatty (STDERR_FILENO))
    return;
  if (*phase != '\0' && g_strcmp0 (phase, wait->phase) != 0) {
    end_bar (wait);
    g_free (wait->phase);
    wait->phase = g_strdup (phase);
    g_printerr ("%s…\n", esim_words_phase (phase));
  }
  if (g_strcmp0 (g_getenv ("TERM"), "dumb") != 0)
    show_bytes (wait);
}

static gboolean
is_over_or_asks (gpointer data)
{
  Wait *wait = data;

  show_phase (wait);
  return wait->result != NULL || (esim_operation_needs_input (wait->operation) &&
                                  esim_operation_get_revision (wait->operation) != wait->asked);
}

static void
show_question (Wait *wait, GVariant *question)
{
  g_autofree char *words = esim_words_question (question);
  g_autofree char *until = esimctl_text_time (esimctl_dict_time (question, "deadline"));
  g_autofree char *limit = g_strdup_printf (_ ("Without an answer by %s nothing is changed."), until);

  if (wait->context->json)
    return;
  esimctl_text_paragraph (0, words);
  if (*until != '\0')
    esimctl_text_paragraph (0, limit);
}

static gboolean
ask_to_disconnect (Wait *wait, GVariant *question, EsimctlAnswer *reply, GError **error)
{
  g_autoptr (GError) local = NULL;
  int answer;

  if (isatty (STDIN_FILENO))
    show_question (wait, question);
  answer = esimctl_loop_ask (
      _ ("Go on, and cut this machine's only way to the network?"),
      _ ("This cuts the machine's only way to the network, and needs a yes: on a terminal, or by the option "
         "--allow-disconnect. Nothing was changed."),
      _ ("Nothing was changed"), &local);
  reply->answer = g_variant_new_parsed ("{'consent': <%b>}", answer == 1);
  if (answer < 0 && esimctl_error_get_exit (local) != ESIMCTL_EXIT_NEEDS_ANSWER) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (answer == 0)
    g_set_error_literal (&reply->instead, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED, _ ("Nothing was changed"));
  else if (answer < 0)
    reply->instead = g_steal_pointer (&local);
  return TRUE;
}

/* Asks by the type of @question. */
static gboolean
find_answer (Wait *wait, GVariant *question, EsimctlAnswer *reply, GError **error)
{
  if (strcmp (esimctl_dict_string (question, "type"), "disconnect-consent") == 0)
    return ask_to_disconnect (wait, question, reply, error);
  if (wait->asker != NULL)
    return wait->asker->ask (question, wait->asker->data, reply, error);
  esimctl_operation_set_unknown (question, error);
  return FALSE;
}

/* A question that is asked no more has been answered by what happened. */
static gboolean
send_answer (Wait *wait, guint id, EsimctlAnswer *reply, GError **error)
{
  g_autoptr (GError) local = NULL;

  wait->answered = id;
  wait->has_answered = TRUE;
  g_clear_error (&wait->instead);
  wait->instead = g_steal_pointer (&reply->instead);
  if (esim_operation_answer_sync (wait->operation, id, g_steal_pointer (&reply->answer), NULL, &local) ||
      g_error_matches (local, ESIM_ERROR, ESIM_ERROR_WRONG_STATE))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
answer_question (Wait *wait, GError **error)
{
  g_autoptr (GVariant) description = NULL;
  g_autoptr (GVariant) question = NULL;
  g_auto (EsimctlAnswer) reply = {0};
  gboolean found;
  guint id = 0;

  wait->asked = esim_operation_get_revision (wait->operation);
  description = esim_operation_describe_sync (wait->operation, NULL, error);
  if (description == NULL)
    return FALSE;
  question = g_variant_lookup_value (description, "question", G_VARIANT_TYPE_VARDICT);
  if (question == NULL)
    return TRUE;
  (void) g_variant_lookup (question, "id", "u", &id);
  if (wait->has_answered && id == wait->answered)
    return TRUE;
  end_bar (wait);
  found = find_answer (wait, question, &reply, error);
  if (reply.answer != NULL)
    return send_answer (wait, id, &reply, found ? error : NULL) && found;
  /* It is not left to the question's deadline. */
  if (!found && !esim_operation_cancel_sync (wait->operation, NULL, NULL))
    g_debug ("What asks something could not be cancelled");
  return found;
}

void
esimctl_operation_set_unknown (GVariant *question, GError **error)
{
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
               _ ("The service asks something that this version does not know (%s)"),
               esimctl_dict_string (question, "type"));
}

static gboolean
take_result (Wait *wait, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (esim_operation_wait_finish (wait->operation, wait->result, &local))
    return TRUE;
  if (wait->instead != NULL && (g_error_matches (local, ESIM_ERROR, ESIM_ERROR_CONSENT_DENIED) ||
                                g_error_matches (local, ESIM_ERROR, ESIM_ERROR_CANCELLED)))
    g_propagate_error (error, g_steal_pointer (&wait->instead));
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* Returns: (transfer full) (nullable): "result" of its description; empty if it has none. */
static GVariant *
describe_result (EsimOperation *operation, GError **error)
{
  g_autoptr (GVariant) description = esim_operation_describe_sync (operation, NULL, error);

  return description != NULL ? esimctl_dict_list (description, "result", "a{sv}") : NULL;
}

gboolean
esimctl_operation_follow (EsimctlContext *context, EsimOperation *operation, const EsimctlAsker *asker,
                          GVariant **result, GError **error)
{
  g_auto (Wait) wait = {.context = context, .operation = operation, .asker = asker, .asked = -1};
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const char *interrupted =
      asker != NULL ? asker->interrupted
                    : _ ("Not waiting any longer; the service goes on with it. See: esimctl monitor");
  gboolean ok = TRUE;

  if (operation == NULL)
    return FALSE;
  esim_operation_wait (operation, cancellable, on_waited, &wait);
  while (ok && wait.result == NULL)
    ok = esimctl_loop_until (is_over_or_asks, &wait, interrupted, error) &&
         (wait.result != NULL || answer_question (&wait, error));
  end_bar (&wait);
  if (ok)
    ok = take_result (&wait, error);
  if (ok && result != NULL) {
    *result = describe_result (operation, error);
    ok = *result != NULL;
  }
  g_cancellable_cancel (cancellable);
  while (wait.result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return ok;
}

gboolean
esimctl_operation_wait (EsimctlContext *context, EsimOperation *operation, GError **error)
{
  return esimctl_operation_follow (context, operation, NULL, NULL, error);
}

void
esimctl_operation_tell (EsimctlContext *context, const char *kind, const char *done, GVariantDict *facts)
{
  if (!context->json) {
    g_variant_dict_clear (facts);
    g_print ("%s\n", done);
    return;
  }
  g_variant_dict_insert (facts, "operation", "s", kind);
  g_variant_dict_insert (facts, "state", "s", "succeeded");
  esimctl_json_print (g_variant_dict_end (facts));
}

int
esimctl_operation_finish (EsimctlContext *context, EsimOperation *operation, const char *done,
                          const char *iccid, GError **error)
{
  g_autofree char *kind = operation != NULL ? g_strdup (esim_operation_get_kind (operation)) : NULL;
  GVariantDict facts;

  if (!esimctl_operation_wait (context, operation, error))
    return ESIMCTL_EXIT_FAILED;
  g_variant_dict_init (&facts, NULL);
  if (iccid != NULL)
    g_variant_dict_insert (&facts, "iccid", "s", iccid);
  esimctl_operation_tell (context, kind, done, &facts);
  return ESIMCTL_EXIT_OK;
}

gboolean
esimctl_operation_read_details (EsimctlContext *context, EsimEuicc *euicc, GError **error)
{
  GVariantDict options;
  g_autoptr (GError) local = NULL;

  if (*esim_euicc_get_eid (euicc) == '\0' || *esim_euicc_get_spec_version (euicc) != '\0' ||
      strcmp (esim_euicc_get_state (euicc), "inactive-slot") == 0)
    return TRUE;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "details", "b", TRUE);
  if (esimctl_operation_wait (
          context, esim_euicc_refresh_sync (euicc, g_variant_dict_end (&options), NULL, &local), &local))
    return TRUE;
  if (g_error_matches (local, ESIM_ERROR, ESIM_ERROR_NOT_AUTHORIZED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
