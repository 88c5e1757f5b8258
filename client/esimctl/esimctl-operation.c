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

typedef struct {
  EsimctlContext *context;
  EsimOperation *operation;
  GAsyncResult *result;
  char *phase;
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

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ((Wait *) user_data)->result = g_object_ref (result);
}

static void
show_phase (Wait *wait)
{
  const char *phase = esim_operation_get_phase (wait->operation);

  if (wait->context->json || !isatty (STDERR_FILENO) || *phase == '\0' || g_strcmp0 (phase, wait->phase) == 0)
    return;
  g_free (wait->phase);
  wait->phase = g_strdup (phase);
  g_printerr ("%s…\n", esim_words_phase (phase));
}

static gboolean
is_over_or_asks (gpointer data)
{
  Wait *wait = data;

  show_phase (wait);
  return wait->result != NULL || (esim_operation_needs_input (wait->operation) &&
                                  esim_operation_get_revision (wait->operation) != wait->asked);
}

/* A question that is asked no more has been answered by what happened. */
static gboolean
send_consent (Wait *wait, guint question, gboolean consent, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (esim_operation_answer_sync (wait->operation, question,
                                  g_variant_new_parsed ("{'consent': <%b>}", consent), NULL, &local) ||
      g_error_matches (local, ESIM_ERROR, ESIM_ERROR_WRONG_STATE))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
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
ask_to_disconnect (Wait *wait, GVariant *question, guint id, GError **error)
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
  if (answer < 0 && esimctl_error_get_exit (local) != ESIMCTL_EXIT_NEEDS_ANSWER) {
    /* The operation is not left with a question that nobody sees any more. */
    (void) send_consent (wait, id, FALSE, NULL);
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  g_clear_error (&wait->instead);
  if (answer == 0)
    g_set_error_literal (&wait->instead, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED, _ ("Nothing was changed"));
  else if (answer < 0)
    wait->instead = g_steal_pointer (&local);
  wait->answered = id;
  wait->has_answered = TRUE;
  return send_consent (wait, id, answer == 1, error);
}

static gboolean
answer_question (Wait *wait, GError **error)
{
  g_autoptr (GVariant) description = NULL;
  g_autoptr (GVariant) question = NULL;
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
  if (strcmp (esimctl_dict_string (question, "type"), "disconnect-consent") == 0)
    return ask_to_disconnect (wait, question, id, error);
  /* It is not left to the question's deadline. */
  if (!esim_operation_cancel_sync (wait->operation, NULL, NULL))
    g_debug ("What asks something unknown could not be cancelled");
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NEEDS_ANSWER,
               _ ("The service asks something that this version does not know (%s)"),
               esimctl_dict_string (question, "type"));
  return FALSE;
}

static gboolean
take_result (Wait *wait, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (esim_operation_wait_finish (wait->operation, wait->result, &local))
    return TRUE;
  if (wait->instead != NULL && g_error_matches (local, ESIM_ERROR, ESIM_ERROR_CONSENT_DENIED))
    g_propagate_error (error, g_steal_pointer (&wait->instead));
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
esimctl_operation_wait (EsimctlContext *context, EsimOperation *operation, GError **error)
{
  g_auto (Wait) wait = {.context = context, .operation = operation, .asked = -1};
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean ok = TRUE;

  if (operation == NULL)
    return FALSE;
  esim_operation_wait (operation, cancellable, on_waited, &wait);
  while (ok && wait.result == NULL)
    ok = esimctl_loop_until (is_over_or_asks, &wait,
                             _ ("Not waiting any longer; the service goes on with it. See: esimctl monitor"),
                             error) &&
         (wait.result != NULL || answer_question (&wait, error));
  if (ok)
    ok = take_result (&wait, error);
  g_cancellable_cancel (cancellable);
  while (wait.result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return ok;
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
