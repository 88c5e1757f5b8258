/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-question.h"
#include "portal-fixture.h"

#include <string.h>

#define PHONE_ONLY BANGKOK HOTLINE "[step s]\nsource=s\norder=1\nchannel=hotline\n"
#define TWO_PLANS                                                                                            \
  FULL "[notice p]\nplans=p\nsource=s\nlength=P30D\n[notice q]\nplans=q\nsource=s\nlength=P1D\n"

static const EsimQuestionContext nothing = {NULL, ""};

static GVariant *
describe (EsimQuestion question, const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
          const EsimQuestionContext *context)
{
  GVariant *words = g_variant_ref_sink (esim_question_describe (question, record, carrier, context));

  g_assert_true (g_variant_is_of_type (words, G_VARIANT_TYPE_VARDICT));
  g_assert_cmpint (portal_fixture_string (words, "message")[0], !=, '\0');
  g_assert_true (g_variant_lookup (words, "due", "b", NULL));
  return words;
}

static void
test_stages (void)
{
  static const struct {
    EsimStage stage;
    EsimQuestion page, phone, vanished;
  } cases[] = {
      {ESIM_STAGE_PREPARING, ESIM_QUESTION_CONSENT, ESIM_QUESTION_CONSENT, ESIM_QUESTION_CONSENT},
      {ESIM_STAGE_VERIFYING_IDENTITY, ESIM_QUESTION_LOGIN, ESIM_QUESTION_SUBMISSION,
       ESIM_QUESTION_SUBMISSION},
      {ESIM_STAGE_SUBMITTING, ESIM_QUESTION_REQUEST, ESIM_QUESTION_SUBMISSION, ESIM_QUESTION_SUBMISSION},
      {ESIM_STAGE_SUBMISSION_UNKNOWN, ESIM_QUESTION_SUBMISSION, ESIM_QUESTION_SUBMISSION,
       ESIM_QUESTION_SUBMISSION},
      {ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_OUTCOME, ESIM_QUESTION_OUTCOME, ESIM_QUESTION_OUTCOME},
      {ESIM_STAGE_CONFIRMED, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
      {ESIM_STAGE_AWAITING_END, ESIM_QUESTION_REMINDER, ESIM_QUESTION_REMINDER, ESIM_QUESTION_REMINDER},
      {ESIM_STAGE_REMOVING_PROFILE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
      {ESIM_STAGE_NOTIFYING_OPERATOR, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
      {ESIM_STAGE_VERIFYING_END, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
      {ESIM_STAGE_COMPLETED, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
      {ESIM_STAGE_WITHDRAWN, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
      {ESIM_STAGE_REJECTED, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
      {ESIM_STAGE_FAILED, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
      {ESIM_STAGE_CHECKED, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
      {ESIM_STAGE_UNREADABLE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE, ESIM_QUESTION_NONE},
  };
  g_autoptr (EsimCarrier) page = portal_fixture_carrier (FULL), phone = portal_fixture_carrier (PHONE_ONLY);

  g_assert_cmpuint (G_N_ELEMENTS (cases), ==, ESIM_STAGE_UNREADABLE + 1);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (cases[i].stage);

    g_test_message ("%s", esim_stage_to_string (cases[i].stage));
    g_assert_cmpint (esim_question_find (record, page), ==, cases[i].page);
    g_assert_cmpint (esim_question_find (record, phone), ==, cases[i].phone);
    g_assert_cmpint (esim_question_find (record, NULL), ==, cases[i].vanished);
  }
}

/* Nothing is asked before the preflight has been through, and a dry run is never asked. */
static void
test_preparing (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_PREPARING);
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (TWO_PLANS), plain = portal_fixture_carrier (FULL);

  for (int state = ESIM_STEP_PENDING; state <= ESIM_STEP_FAILED; state++) {
    record->steps[ESIM_STEP_PREFLIGHT] = (EsimStepState) state;
    g_assert_cmpint (esim_question_find (record, carrier), ==,
                     state == ESIM_STEP_DONE ? ESIM_QUESTION_CONSENT : ESIM_QUESTION_NONE);
  }
  record->steps[ESIM_STEP_PREFLIGHT] = ESIM_STEP_DONE;
  record->carrier_known = record->plan_known = FALSE;
  g_assert_cmpint (esim_question_find (record, NULL), ==, ESIM_QUESTION_CARRIER);
  record->carrier_known = TRUE;
  g_assert_cmpint (esim_question_find (record, carrier), ==, ESIM_QUESTION_PLAN);
  /* Where all plans are alike, or nothing is known, there is nothing to choose. */
  g_assert_cmpint (esim_question_find (record, plain), ==, ESIM_QUESTION_CONSENT);
  g_assert_cmpint (esim_question_find (record, NULL), ==, ESIM_QUESTION_CONSENT);
  /* "I do not know" is an answer. */
  record->plan_known = TRUE;
  esim_set_string (&record->plan, "");
  g_assert_cmpint (esim_question_find (record, carrier), ==, ESIM_QUESTION_CONSENT);
  record->carrier_known = record->plan_known = FALSE;
  record->dry_run = TRUE;
  g_assert_cmpint (esim_question_find (record, carrier), ==, ESIM_QUESTION_NONE);
  record->dry_run = FALSE;
  esim_set_string (&record->method, ESIM_METHOD_LOCAL);
  g_assert_cmpint (esim_question_find (record, NULL), ==, ESIM_QUESTION_CONSENT);
}

static void
test_needs_plan (void)
{
  g_autoptr (EsimCarrier) plain = portal_fixture_carrier (FULL), plans = portal_fixture_carrier (TWO_PLANS);

  g_assert_false (esim_question_needs_plan (NULL));
  g_assert_false (esim_question_needs_plan (plain));
  g_assert_true (esim_question_needs_plan (plans));
}

/* Once the page may have been opened, only an answer brings it back. */
static void
test_page_once (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (FULL);

  g_assert_cmpint (esim_question_find (record, carrier), ==, ESIM_QUESTION_REQUEST);
  record->steps[ESIM_STEP_SUBMIT] = ESIM_STEP_RUNNING;
  g_assert_cmpint (esim_question_find (record, carrier), ==, ESIM_QUESTION_SUBMISSION);
  g_assert_cmpint (esim_question_find (record, NULL), ==, ESIM_QUESTION_SUBMISSION);
}

static void
test_due (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_IN_REVIEW);

  for (int question = ESIM_QUESTION_NONE; question <= ESIM_QUESTION_REMINDER; question++) {
    gboolean waits = question == ESIM_QUESTION_OUTCOME || question == ESIM_QUESTION_REMINDER;

    record->reminded = 0;
    g_assert_cmpint (esim_question_is_due ((EsimQuestion) question, record), ==,
                     question != ESIM_QUESTION_NONE && !waits);
    record->reminded = NOW;
    g_assert_cmpint (esim_question_is_due ((EsimQuestion) question, record), ==,
                     question != ESIM_QUESTION_NONE);
  }
}

/* Which keys each has; what it says of itself. */
static void
test_keys (void)
{
  static const struct {
    EsimQuestion question;
    const char *type, *subject, *keys; /* besides those that all have */
  } cases[] = {
      {ESIM_QUESTION_CARRIER, "carrier-question", "carrier", "fields"},
      {ESIM_QUESTION_PLAN, "carrier-question", "plan", "fields"},
      {ESIM_QUESTION_CONSENT, "consent", "portal", ""},
      {ESIM_QUESTION_LOGIN, "open-page", "login", "address recovery-address allowed-hosts stop-at bring"},
      {ESIM_QUESTION_REQUEST, "open-page", "request",
       "address recovery-address allowed-hosts stop-at bring reason reason-text returns"},
      {ESIM_QUESTION_SUBMISSION, "attest", "submission", "bring returns reason reason-text"},
      {ESIM_QUESTION_OUTCOME, "attest", "outcome", "returns status-address allowed-hosts"},
      {ESIM_QUESTION_REMINDER, "reminder", "end", "effective-at"},
  };
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (TWO_PLANS);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_AWAITING_END);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GVariant) words = describe (cases[i].question, record, carrier, &nothing);
    g_auto (GStrv) keys = g_strsplit (cases[i].keys, " ", -1);

    g_assert_cmpstr (portal_fixture_string (words, "type"), ==, cases[i].type);
    g_assert_cmpstr (portal_fixture_string (words, "subject"), ==, cases[i].subject);
    for (guint j = 0; keys[j] != NULL; j++) {
      g_autoptr (GVariant) value = g_variant_lookup_value (words, keys[j], NULL);

      g_test_message ("%s %s", cases[i].subject, keys[j]);
      g_assert_nonnull (value);
    }
    g_assert_cmpuint (g_variant_n_children (words), ==, 4 + g_strv_length (keys));
  }
}

static void
test_values (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (FULL);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_AWAITING_END);
  EsimQuestionContext context = {NULL, "the handset was sold"};
  g_autoptr (GVariant) login = describe (ESIM_QUESTION_LOGIN, record, carrier, &context);
  g_autoptr (GVariant) request = describe (ESIM_QUESTION_REQUEST, record, carrier, &context);
  g_autoptr (GVariant) submission = describe (ESIM_QUESTION_SUBMISSION, record, carrier, &context);
  g_autoptr (GVariant) outcome = describe (ESIM_QUESTION_OUTCOME, record, carrier, &context);
  g_autoptr (GVariant) reminder = describe (ESIM_QUESTION_REMINDER, record, carrier, &context);
  gint64 effective_at = 0;

  g_assert_cmpstr (portal_fixture_string (login, "address"), ==, "https://login.lab.example/in");
  g_assert_cmpstr (portal_fixture_string (login, "recovery-address"), ==,
                   "https://login.lab.example/forgotten");
  g_assert_cmpstr (portal_fixture_string (login, "stop-at"), ==, "https://www.lab.example/done");
  assert_words (login, "allowed-hosts", "www.lab.example login.lab.example ");
  assert_words (login, "bring", "identity-document account-login phone-number ");
  g_assert_cmpstr (portal_fixture_string (request, "address"), ==, "https://www.lab.example/end");
  assert_words (request, "returns", "reference effective-date ");
  g_assert_cmpstr (portal_fixture_string (request, "reason"), ==, "sold");
  g_assert_cmpstr (portal_fixture_string (request, "reason-text"), ==, "the handset was sold");
  g_assert_cmpstr (portal_fixture_string (submission, "reason-text"), ==, "the handset was sold");
  g_assert_cmpstr (portal_fixture_string (outcome, "status-address"), ==, "https://www.lab.example/status");
  assert_words (outcome, "allowed-hosts", "www.lab.example login.lab.example ");
  g_assert_true (g_variant_lookup (reminder, "effective-at", "x", &effective_at));
  g_assert_cmpint (effective_at, ==, record->effective_at);
}

/* Without addresses of their own both go to the page's; what is not known is empty. */
static void
test_bare_page (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (
      "[channel page]\nsource=s\ntype=form\nurl=https://www.lab.example/\nexclusive=true\n");
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
  g_autoptr (GVariant) login = describe (ESIM_QUESTION_LOGIN, record, carrier, &nothing);
  g_autoptr (GVariant) request = describe (ESIM_QUESTION_REQUEST, record, carrier, &nothing);
  g_autoptr (GVariant) outcome = describe (ESIM_QUESTION_OUTCOME, record, carrier, &nothing);

  g_assert_cmpstr (portal_fixture_string (login, "address"), ==, "https://www.lab.example/");
  g_assert_cmpstr (portal_fixture_string (request, "address"), ==, "https://www.lab.example/");
  g_assert_cmpstr (portal_fixture_string (request, "recovery-address"), ==, "");
  g_assert_cmpstr (portal_fixture_string (request, "stop-at"), ==, "");
  assert_words (request, "allowed-hosts", "www.lab.example ");
  assert_words (request, "bring", "");
  g_assert_cmpstr (portal_fixture_string (outcome, "status-address"), ==, "");
}

/* Between the question and its description the entry can have gone: there is no address then. */
static void
test_vanished (void)
{
  for (int question = ESIM_QUESTION_CARRIER; question <= ESIM_QUESTION_REMINDER; question++) {
    g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);
    g_autoptr (GVariant) words = describe ((EsimQuestion) question, record, NULL, &nothing);

    g_assert_cmpint (portal_fixture_string (words, "address")[0], !=, 'h');
    g_assert_cmpint (portal_fixture_string (words, "status-address")[0], !=, 'h');
  }
}

/* (transfer full): the values of the one field's choices, with a "|" behind each */
static char *
join_choices (GVariant *words, const char *name)
{
  g_autoptr (GVariant) fields = g_variant_lookup_value (words, "fields", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GVariant) field = NULL, choices = NULL;
  GString *text = g_string_new (NULL);
  gboolean required = FALSE;

  g_assert_nonnull (fields);
  g_assert_cmpuint (g_variant_n_children (fields), ==, 1);
  field = g_variant_get_child_value (fields, 0);
  g_assert_cmpstr (portal_fixture_string (field, "name"), ==, name);
  g_assert_cmpstr (portal_fixture_string (field, "type"), ==, "choice");
  g_assert_true (g_variant_lookup (field, "required", "b", &required) && required);
  choices = g_variant_lookup_value (field, "choices", G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (choices); i++) {
    g_autoptr (GVariant) choice = g_variant_get_child_value (choices, i);
    g_autoptr (GVariant) label = g_variant_lookup_value (choice, "label", G_VARIANT_TYPE ("a{ss}"));
    const char *english = NULL;

    g_assert_true (g_variant_lookup (label, "", "&s", &english));
    g_string_append_printf (text, "%s=%s|", portal_fixture_string (choice, "value"), english);
  }
  return g_string_free (text, FALSE);
}

static void
test_choices (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (TWO_PLANS);
  g_autoptr (GPtrArray) carriers = g_ptr_array_new ();
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_PREPARING);
  EsimQuestionContext context = {carriers, ""};
  g_autoptr (GVariant) which = NULL, plan = describe (ESIM_QUESTION_PLAN, record, carrier, &nothing);
  g_autofree char *names = NULL, *plans = join_choices (plan, "plan");

  g_ptr_array_add (carriers, carrier);
  which = describe (ESIM_QUESTION_CARRIER, record, NULL, &context);
  names = join_choices (which, "carrier");
  g_assert_true (g_str_has_prefix (names, "lab=Lab|=another"));
  g_assert_true (g_str_has_prefix (plans, "p=Bill|q=prepaid|="));
}

/* Each way tells something else of what will happen. */
static void
test_consents (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_PREPARING);
  g_autoptr (GVariant) portal = describe (ESIM_QUESTION_CONSENT, record, NULL, &nothing);
  g_autoptr (GVariant) cardless = NULL, local = NULL;

  esim_set_string (&record->eid, "");
  cardless = describe (ESIM_QUESTION_CONSENT, record, NULL, &nothing);
  esim_set_string (&record->eid, "89049032123451234512345678901235");
  esim_set_string (&record->method, ESIM_METHOD_LOCAL);
  local = describe (ESIM_QUESTION_CONSENT, record, NULL, &nothing);
  g_assert_cmpstr (portal_fixture_string (local, "subject"), ==, "local");
  g_assert_cmpstr (portal_fixture_string (cardless, "subject"), ==, "portal");
  g_assert_nonnull (strstr (portal_fixture_string (portal, "message"), "cannot be undone"));
  g_assert_nonnull (strstr (portal_fixture_string (cardless, "message"), "nothing is deleted"));
  g_assert_nonnull (strstr (portal_fixture_string (local, "message"), "contract goes on"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/question/stages", test_stages);
  g_test_add_func ("/question/preparing", test_preparing);
  g_test_add_func ("/question/needs-plan", test_needs_plan);
  g_test_add_func ("/question/page-once", test_page_once);
  g_test_add_func ("/question/due", test_due);
  g_test_add_func ("/question/keys", test_keys);
  g_test_add_func ("/question/values", test_values);
  g_test_add_func ("/question/bare-page", test_bare_page);
  g_test_add_func ("/question/vanished", test_vanished);
  g_test_add_func ("/question/choices", test_choices);
  g_test_add_func ("/question/consents", test_consents);
  return g_test_run ();
}
