/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-network.h"
#include "esim-operation.h"
#include "esim-options.h"

#define LONG_S 3600

typedef struct {
  GObject *euicc;
  EsimOperation *operation;
  GString *trace; /* y, n: answered; -: what the question kept is freed; c: changed */
} Fixture;

static void
on_changed (EsimOperation *operation, Fixture *f)
{
  g_string_append_c (f->trace, 'c');
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->euicc = g_object_new (G_TYPE_OBJECT, NULL);
  f->operation = esim_operation_new ("disable", f->euicc, NULL, 1000);
  f->trace = g_string_new (NULL);
  g_signal_connect (f->operation, "changed", G_CALLBACK (on_changed), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->operation != NULL)
    g_assert_finalize_object (f->operation);
  g_assert_finalize_object (f->euicc);
  g_string_free (f->trace, TRUE);
}

static void
on_answered (EsimOperation *operation, GVariant *answer, gpointer data)
{
  /* What it kept is there until it has returned. */
  g_string_append_c (((Fixture *) data)->trace,
                     answer != NULL && esim_options_get_boolean (answer, "consent") ? 'y' : 'n');
}

static void
on_freed (gpointer data)
{
  g_string_append_c (((Fixture *) data)->trace, '-');
}

static void
ask (Fixture *f, guint seconds)
{
  const EsimOperationQuestion question = {
      .type = ESIM_ASK_DISCONNECT, .message = "May it?", .timeout_s = seconds};

  esim_operation_ask (f->operation, &question, on_answered, f, on_freed);
}

static gboolean
answer (Fixture *f, guint question, const char *text, int code)
{
  g_autoptr (GVariant) said = g_variant_ref_sink (g_variant_new_parsed (text));
  g_autoptr (GError) error = NULL;
  gboolean ok = esim_operation_answer (f->operation, question, said, &error);

  g_assert_cmpint (ok, ==, code < 0);
  if (!ok)
    g_assert_error (error, ESIM_ERROR, code);
  return ok;
}

static void
test_asked (Fixture *f, gconstpointer data)
{
  guint revision = esim_operation_get_revision (f->operation);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC, deadline = 0;
  g_autoptr (GVariant) question = NULL;
  const char *type = NULL;

  g_assert_null (esim_operation_describe_question (f->operation));
  g_assert_cmpuint (esim_operation_get_question (f->operation), ==, 0);
  ask (f, LONG_S);
  g_assert_cmpint (esim_operation_get_state (f->operation), ==, ESIM_OPERATION_WAITING);
  g_assert_cmpuint (esim_operation_get_question (f->operation), ==, 1);
  g_assert_cmpuint (esim_operation_get_revision (f->operation), >, revision);
  question = g_variant_ref_sink (esim_operation_describe_question (f->operation));
  g_assert_true (g_variant_lookup (question, "type", "&s", &type));
  g_assert_cmpstr (type, ==, "disconnect-consent");
  g_assert_true (g_variant_lookup (question, "deadline", "x", &deadline));
  g_assert_cmpint (deadline, >=, now + LONG_S);
  g_assert_cmpstr (f->trace->str, ==, "c");
  g_clear_object (&f->operation);
  g_assert_cmpstr (f->trace->str, ==, "c-");
}

static void
test_answers (Fixture *f, gconstpointer data)
{
  answer (f, 0, "{'consent': <true>}", ESIM_ERROR_WRONG_STATE);
  ask (f, LONG_S);
  answer (f, 0, "{'consent': <true>}", ESIM_ERROR_WRONG_STATE);
  answer (f, 2, "{'consent': <true>}", ESIM_ERROR_WRONG_STATE);
  answer (f, 1, "@a{sv} {}", ESIM_ERROR_INVALID_ARGUMENT);
  answer (f, 1, "{'consent': <1>}", ESIM_ERROR_INVALID_ARGUMENT);
  answer (f, 1, "{'consent': <true>, 'more': <true>}", ESIM_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (f->trace->str, ==, "c");
  answer (f, 1, "{'consent': <true>}", -1);
  g_assert_cmpstr (f->trace->str, ==, "ccy-");
  g_assert_cmpint (esim_operation_get_state (f->operation), ==, ESIM_OPERATION_QUEUED);
  answer (f, 1, "{'consent': <false>}", ESIM_ERROR_WRONG_STATE);
  /* The next one has another number. */
  ask (f, LONG_S);
  answer (f, 1, "{'consent': <true>}", ESIM_ERROR_WRONG_STATE);
  answer (f, 2, "{'consent': <false>}", -1);
  g_assert_cmpstr (f->trace->str, ==, "ccy-ccn-");
}

static void
test_deadline (Fixture *f, gconstpointer data)
{
  ask (f, 0);
  while (esim_operation_get_question (f->operation) != 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (f->trace->str, ==, "ccn-");
}

static void
test_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  ask (f, 0);
  g_assert_true (esim_operation_cancel (f->operation, &error));
  g_assert_cmpint (esim_operation_get_state (f->operation), ==, ESIM_OPERATION_CANCELLED);
  g_assert_cmpstr (f->trace->str, ==, "c-c");
  g_assert_cmpuint (esim_operation_get_question (f->operation), ==, 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpstr (f->trace->str, ==, "c-c");
}

/* Nobody goes on with what has ended. */
static void
test_ended_otherwise (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "gone");

  ask (f, 0);
  esim_operation_finish (f->operation, NULL, error);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpstr (f->trace->str, ==, "c-c");
  answer (f, 1, "{'consent': <true>}", ESIM_ERROR_WRONG_STATE);
}

/* What an answer may be depends on what was asked. */
static void
test_types (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *type;
    const char *answer;
    gboolean good;
  } cases[] = {
      {ESIM_ASK_INSTALL, "{'consent': <true>}", TRUE},
      {ESIM_ASK_INSTALL, "{'consent': <true>, 'confirmation-code': <'4711'>}", TRUE},
      {ESIM_ASK_INSTALL, "{'consent': <false>, 'postpone': <true>}", TRUE},
      {ESIM_ASK_INSTALL, "{'consent': <true>, 'postpone': <true>}", FALSE},
      {ESIM_ASK_INSTALL, "{'confirmation-code': <'4711'>}", FALSE},
      {ESIM_ASK_INSTALL, "{'consent': <true>, 'code': <'4711'>}", FALSE},
      {ESIM_ASK_POLICY, "{'consent': <false>}", TRUE},
      {ESIM_ASK_POLICY, "{'consent': <true>, 'confirmation-code': <'4711'>}", FALSE},
      {ESIM_ASK_CONFIRMATION_CODE, "{'code': <'4711'>}", TRUE},
      {ESIM_ASK_CONFIRMATION_CODE, "{'cancel': <true>}", TRUE},
      {ESIM_ASK_CONFIRMATION_CODE, "{'code': <''>}", FALSE},
      {ESIM_ASK_CONFIRMATION_CODE, "{'consent': <true>}", FALSE},
      {ESIM_ASK_CONFIRMATION_CODE, "@a{sv} {}", FALSE},
  };
  g_autofree char *longest = g_strnfill (ESIM_CONFIRMATION_CODE_MAX + 1, '1');
  g_autoptr (GVariant) too_long = g_variant_ref_sink (g_variant_new_parsed ("{'code': <%s>}", longest));

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GVariant) said = g_variant_ref_sink (g_variant_new_parsed (cases[i].answer));
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (esim_operation_question_check_answer (cases[i].type, said, &error), ==, cases[i].good);
    if (!cases[i].good)
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
  g_assert_false (esim_operation_question_check_answer (ESIM_ASK_CONFIRMATION_CODE, too_long, NULL));
}

/* Before the network is cut */

static EsimNetwork
look_at_modem (void)
{
  return ESIM_NETWORK_MODEM;
}

static EsimNetwork
look_at_cable (void)
{
  return ESIM_NETWORK_OTHER;
}

static EsimNetwork
look_in_vain (void)
{
  return ESIM_NETWORK_UNKNOWN;
}

static EsimNetwork
look_at_nothing (void)
{
  return ESIM_NETWORK_NONE;
}

static void
go_on (gpointer data)
{
  g_string_append_c (((Fixture *) data)->trace, 'g');
}

/* Where what the modem uses is not known, it is asked as if it was in use. */
static void
test_cutting (Fixture *f, gconstpointer data)
{
  esim_network_ask_before_cutting (look_at_modem, NULL, f->operation, FALSE, go_on, f, on_freed);
  g_assert_cmpstr (f->trace->str, ==, "c");
  answer (f, 1, "{'consent': <true>}", -1);
  g_assert_cmpstr (f->trace->str, ==, "ccg-");
  esim_network_ask_before_cutting (look_at_modem, NULL, f->operation, FALSE, go_on, f, on_freed);
  answer (f, 2, "{'consent': <false>}", -1);
  g_assert_cmpstr (f->trace->str, ==, "ccg-ccc-");
  g_assert_error (esim_operation_get_error (f->operation), ESIM_ERROR, ESIM_ERROR_CONSENT_DENIED);
}

static void
test_nothing_to_ask (Fixture *f, gconstpointer data)
{
  static const EsimLookAtNetwork looks[] = {look_at_cable, look_in_vain, look_at_nothing, NULL};

  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    esim_network_ask_before_cutting (looks[i], NULL, f->operation, FALSE, go_on, f, on_freed);
  esim_network_ask_before_cutting (look_at_modem, NULL, f->operation, TRUE, go_on, f, on_freed);
  g_assert_cmpstr (f->trace->str, ==, "g-g-g-g-g-");
  g_assert_cmpint (esim_operation_get_state (f->operation), ==, ESIM_OPERATION_QUEUED);
}

#define ADD(name, func) g_test_add ("/operation-question/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("asked", test_asked);
  ADD ("answers", test_answers);
  ADD ("deadline", test_deadline);
  ADD ("cancelled", test_cancelled);
  ADD ("ended-otherwise", test_ended_otherwise);
  ADD ("types", test_types);
  ADD ("cutting", test_cutting);
  ADD ("nothing-to-ask", test_nothing_to_ask);
  return g_test_run ();
}
