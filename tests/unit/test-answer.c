/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* esim_answer_apply(): what follows from each good answer. */
#include "esim-answer.h"
#include "esim-portal-review.h"
#include "portal-fixture.h"

#include <string.h>

#define DAY ((gint64) ESIM_PORTAL_DAY_S)
#define SHA "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define PHONE_ONLY BANGKOK HOTLINE "[step s]\nsource=s\norder=1\nchannel=hotline\n"
#define NO_LOGIN "[channel page]\nsource=s\ntype=web\nurl=https://www.lab.example/\nexclusive=true\n"
#define ONE_DAY "[processing]\nsource=s\nworking-days-max=1\n"

/* Each answer is checked before it is applied, to the question that stands. */
static void
give (EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *text, gint64 now)
{
  g_autoptr (GPtrArray) carriers = g_ptr_array_new ();
  EsimQuestionContext context = {carriers, ""};
  EsimQuestion question = esim_question_find (record, carrier);
  g_autoptr (GVariant) answer = portal_fixture_answer (text);
  g_autoptr (GError) error = NULL;

  if (carrier != NULL)
    g_ptr_array_add (carriers, (gpointer) carrier);
  if (!esim_answer_check (question, record, carrier, &context, answer, now, &error))
    g_error ("%s: %s", text, error->message);
  esim_answer_apply (question, record, carrier, &context, answer, now);
}

/* (transfer full): a record at @stage, after this answer */
static EsimDeregistrationRecord *
after (EsimStage stage, const char *facts, const char *text)
{
  EsimDeregistrationRecord *record = portal_fixture_record (stage);
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (facts);

  give (record, carrier, text, NOW);
  return record;
}

static EsimQuestion
question_of (const EsimDeregistrationRecord *record, const char *facts)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (facts);

  return esim_question_find (record, carrier);
}

static void
test_choices (void)
{
  static const char plans[] = FULL "[notice p]\nplans=p\nsource=s\nlength=P30D\n";
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_PREPARING);
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (plans);
  g_autoptr (EsimDeregistrationRecord) other = NULL, unsure = NULL;

  record->carrier_known = record->plan_known = FALSE;
  esim_set_string (&record->carrier, "");
  esim_set_string (&record->carrier_name, "");
  esim_set_string (&record->plan, "");
  other = esim_deregistration_record_copy (record);
  give (record, carrier, "'carrier': <'lab'>", NOW);
  g_assert_true (record->carrier_known);
  g_assert_cmpstr (record->carrier, ==, "lab");
  g_assert_cmpstr (record->carrier_name, ==, "Lab");
  unsure = esim_deregistration_record_copy (record);
  give (record, carrier, "'plan': <'q'>", NOW);
  g_assert_true (record->plan_known);
  g_assert_cmpstr (record->plan, ==, "q");
  give (unsure, carrier, "'plan': <''>", NOW);
  g_assert_true (unsure->plan_known);
  g_assert_cmpstr (unsure->plan, ==, "");
  give (other, carrier, "'carrier': <''>", NOW);
  g_assert_true (other->carrier_known);
  g_assert_cmpstr (other->carrier, ==, "");
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_PREPARING);
}

static void
test_consent (void)
{
  g_autoptr (EsimDeregistrationRecord) login = after (ESIM_STAGE_PREPARING, FULL, "'consent': <true>");
  g_autoptr (EsimDeregistrationRecord) page = after (ESIM_STAGE_PREPARING, NO_LOGIN, "'consent': <true>");
  g_autoptr (EsimDeregistrationRecord) phone = after (ESIM_STAGE_PREPARING, PHONE_ONLY, "'consent': <true>");
  g_autoptr (EsimDeregistrationRecord) stranger = portal_fixture_record (ESIM_STAGE_PREPARING);
  g_autoptr (EsimDeregistrationRecord) local = portal_fixture_record (ESIM_STAGE_PREPARING);
  EsimDeregistrationRecord *rest[] = {page, phone, stranger};

  give (stranger, NULL, "'consent': <true>", NOW);
  esim_set_string (&local->method, ESIM_METHOD_LOCAL);
  give (local, NULL, "'consent': <true>, 'contract-continues': <true>", NOW);
  g_assert_cmpint (login->stage, ==, ESIM_STAGE_VERIFYING_IDENTITY);
  g_assert_cmpint (login->steps[ESIM_STEP_IDENTITY], ==, ESIM_STEP_WAITING);
  g_assert_cmpint (login->consented, ==, NOW);
  g_assert_cmpint (login->steps[ESIM_STEP_CONSENT], ==, ESIM_STEP_DONE);
  assert_history (login, 0, "consented ");
  for (guint i = 0; i < G_N_ELEMENTS (rest); i++) {
    g_assert_cmpint (rest[i]->stage, ==, ESIM_STAGE_SUBMITTING);
    g_assert_cmpint (rest[i]->steps[ESIM_STEP_IDENTITY], ==, ESIM_STEP_SKIPPED);
    g_assert_cmpint (rest[i]->confirmed, ==, 0);
  }
  g_assert_cmpint (question_of (page, NO_LOGIN), ==, ESIM_QUESTION_REQUEST);
  g_assert_cmpint (question_of (phone, PHONE_ONLY), ==, ESIM_QUESTION_SUBMISSION);
  g_assert_cmpint (local->stage, ==, ESIM_STAGE_REMOVING_PROFILE);
  g_assert_cmpint (local->consented, ==, NOW);
}

static void
test_login (void)
{
  g_autoptr (EsimDeregistrationRecord) done =
      after (ESIM_STAGE_VERIFYING_IDENTITY, FULL, "'outcome': <'done'>");
  g_autoptr (EsimDeregistrationRecord) refused =
      after (ESIM_STAGE_VERIFYING_IDENTITY, FULL, "'outcome': <'refused'>, 'missing': <['account-login']>");
  g_autoptr (EsimDeregistrationRecord) rejected =
      after (ESIM_STAGE_VERIFYING_IDENTITY, FULL, "'outcome': <'rejected'>");

  g_assert_cmpint (done->stage, ==, ESIM_STAGE_SUBMITTING);
  g_assert_cmpint (done->steps[ESIM_STEP_IDENTITY], ==, ESIM_STEP_DONE);
  g_assert_cmpint (question_of (done, FULL), ==, ESIM_QUESTION_REQUEST);
  assert_history (done, 0, "identity-done ");
  /* A forgotten password leaves all as it was, and can be tried again. */
  g_assert_cmpint (question_of (refused, FULL), ==, ESIM_QUESTION_LOGIN);
  g_assert_cmpint (refused->refused, ==, NOW);
  g_assert_cmpstr (refused->refusal_missing[0], ==, "account-login");
  g_assert_null (refused->refusal_missing[1]);
  assert_history (refused, 0, "refused ");
  g_assert_cmpint (rejected->stage, ==, ESIM_STAGE_REJECTED);
  g_assert_cmpint (rejected->completed, ==, NOW);
  g_assert_cmpint (rejected->steps[ESIM_STEP_IDENTITY], ==, ESIM_STEP_FAILED);
  assert_history (rejected, 0, "rejected ");
}

/* The login's page has gone from the directory: what became of it is asked, and no login is waited for. */
static void
test_login_vanished (void)
{
  static const char *const answers[] = {"'outcome': <'submitted'>", "'outcome': <'not-submitted'>",
                                        "'outcome': <'unknown'>", "'outcome': <'refused'>",
                                        "'outcome': <'confirmed'>, 'effective-date': <'2026-12-31'>"};

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (EsimDeregistrationRecord) record =
        after (ESIM_STAGE_VERIFYING_IDENTITY, PHONE_ONLY, answers[i]);

    g_test_message ("%s", answers[i]);
    g_assert_cmpint (record->stage, !=, ESIM_STAGE_VERIFYING_IDENTITY);
    g_assert_cmpint (record->steps[ESIM_STEP_IDENTITY], ==, ESIM_STEP_SKIPPED);
  }
}

static void
test_request (void)
{
  g_autoptr (EsimDeregistrationRecord) opened = after (ESIM_STAGE_SUBMITTING, FULL, "'opened': <true>");
  g_autoptr (EsimDeregistrationRecord) elsewhere = after (ESIM_STAGE_SUBMITTING, FULL, "'opened': <false>");

  g_assert_cmpint (opened->page_opened, ==, NOW);
  g_assert_cmpint (opened->submitted, ==, 0);
  g_assert_cmpint (question_of (opened, FULL), ==, ESIM_QUESTION_SUBMISSION);
  assert_history (opened, 0, "page-opened ");
  g_assert_cmpint (elsewhere->page_opened, ==, 0);
  g_assert_cmpint (question_of (elsewhere, FULL), ==, ESIM_QUESTION_SUBMISSION);
  g_assert_cmpuint (elsewhere->history->len, ==, 0);
}

/* (transfer full): after the page was opened, and this answer */
static EsimDeregistrationRecord *
after_page (const char *text)
{
  EsimDeregistrationRecord *record = after (ESIM_STAGE_SUBMITTING, FULL, "'opened': <true>");
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (FULL);

  give (record, carrier, text, NOW);
  return record;
}

static void
test_not_yet (void)
{
  g_autoptr (EsimDeregistrationRecord) before = after (ESIM_STAGE_SUBMITTING, FULL, "'opened': <true>");
  g_autoptr (EsimDeregistrationRecord) record = after_page ("'outcome': <'not-yet'>");
  g_autoptr (EsimDeregistrationRecord) unknown = portal_fixture_record (ESIM_STAGE_SUBMISSION_UNKNOWN);
  g_autoptr (EsimDeregistrationRecord) copy = esim_deregistration_record_copy (unknown);

  memcpy (record->step_times, before->step_times, sizeof record->step_times);
  assert_same_record (record, before);
  give (unknown, NULL, "'outcome': <'not-yet'>", NOW);
  assert_same_record (unknown, copy);
}

static void
test_submission (void)
{
  g_autoptr (EsimDeregistrationRecord) not_sent = after_page ("'outcome': <'not-submitted'>");
  g_autoptr (EsimDeregistrationRecord) refused =
      after_page ("'outcome': <'refused'>, 'missing': <['first-bill-paid', 'other']>");
  g_autoptr (EsimDeregistrationRecord) rejected =
      after_page ("'outcome': <'rejected'>, 'missing': <['other']>");
  g_autoptr (EsimDeregistrationRecord) unknown = after_page ("'outcome': <'unknown'>");
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (FULL);

  /* Now that the user has said what became of the first, the page is offered again. */
  g_assert_cmpint (question_of (not_sent, FULL), ==, ESIM_QUESTION_REQUEST);
  g_assert_cmpint (not_sent->page_opened, ==, 0);
  assert_history (not_sent, 1, "not-submitted ");
  g_assert_cmpint (question_of (refused, FULL), ==, ESIM_QUESTION_REQUEST);
  g_assert_cmpuint (g_strv_length (refused->refusal_missing), ==, 2);
  g_assert_cmpint (refused->refused, ==, NOW);
  assert_history (refused, 1, "refused ");
  g_assert_cmpint (rejected->stage, ==, ESIM_STAGE_REJECTED);
  g_assert_cmpint (rejected->steps[ESIM_STEP_SUBMIT], ==, ESIM_STEP_FAILED);
  g_assert_cmpstr (rejected->refusal_missing[0], ==, "other");
  g_assert_cmpint (rejected->confirmed, ==, 0);
  /* Nothing is repeated by itself. */
  g_assert_cmpint (unknown->stage, ==, ESIM_STAGE_SUBMISSION_UNKNOWN);
  g_assert_cmpint (question_of (unknown, FULL), ==, ESIM_QUESTION_SUBMISSION);
  give (unknown, carrier, "'outcome': <'unknown'>", NOW);
  assert_history (unknown, 1, "submission-unknown ");
  give (unknown, carrier, "'outcome': <'not-submitted'>", NOW);
  g_assert_cmpint (question_of (unknown, FULL), ==, ESIM_QUESTION_REQUEST);
}

static void
test_submitted (void)
{
  g_autoptr (EsimDeregistrationRecord) now =
      after (ESIM_STAGE_SUBMISSION_UNKNOWN, FULL ONE_DAY, "'outcome': <'submitted'>");
  g_autoptr (EsimDeregistrationRecord) dated =
      after (ESIM_STAGE_SUBMISSION_UNKNOWN, FULL ONE_DAY,
             "'outcome': <'submitted'>, 'date': <'2026-11-18'>, 'reference': <'确认 7/8'>");
  g_autoptr (EsimDeregistrationRecord) named =
      after (ESIM_STAGE_SUBMISSION_UNKNOWN, FULL ONE_DAY,
             "'outcome': <'submitted'>, 'date': <'2026-11-20'>, 'expected-by': <'2026-12-11'>");
  const EsimHistoryEntry *entry = NULL;

  g_assert_cmpint (now->stage, ==, ESIM_STAGE_IN_REVIEW);
  g_assert_cmpint (now->submitted, ==, NOW);
  g_assert_cmpint (now->expected_by, ==, portal_fixture_at ("2026-11-23T23:59:59+07:00"));
  g_assert_cmpint (now->steps[ESIM_STEP_SUBMIT], ==, ESIM_STEP_DONE);
  g_assert_cmpint (now->steps[ESIM_STEP_REVIEW], ==, ESIM_STEP_WAITING);
  g_assert_cmpint (now->confirmed, ==, 0);
  assert_history (now, 0, "submitted ");
  /* Some time of that day at the carrier's, and the working days counted from it. */
  g_assert_cmpint (dated->submitted, >=, portal_fixture_at ("2026-11-18T00:00:00+07:00"));
  g_assert_cmpint (dated->submitted, <, portal_fixture_at ("2026-11-19T00:00:00+07:00"));
  g_assert_cmpint (dated->expected_by, ==, portal_fixture_at ("2026-11-19T23:59:59+07:00"));
  g_assert_cmpstr (dated->reference, ==, "确认 7/8");
  g_assert_cmpint (named->submitted, ==, NOW);
  g_assert_cmpint (named->expected_by, ==, portal_fixture_at ("2026-12-11T23:59:59+07:00"));
  entry = named->history->pdata[0];
  g_assert_cmpint (entry->time, ==, NOW);
  g_assert_cmpstr (portal_fixture_string (entry->parameters, "expected-by"), ==, "2026-12-11");
  g_assert_cmpstr (portal_fixture_string (entry->parameters, "date"), ==, "2026-11-20");
}

static void
test_confirmed (void)
{
  static const EsimStage stages[] = {ESIM_STAGE_SUBMISSION_UNKNOWN, ESIM_STAGE_IN_REVIEW};

  for (guint i = 0; i < G_N_ELEMENTS (stages); i++) {
    g_autoptr (EsimDeregistrationRecord) record =
        after (stages[i], FULL,
               "'outcome': <'confirmed'>, 'effective-date': <'2026-12-31'>, 'date': <'2026-11-19'>, "
               "'reference': <'R-1'>, 'document-name': <'end.pdf'>, 'document-size': <uint64 4711>, "
               "'document-sha256': <'" SHA "'>");
    g_autoptr (EsimDeregistrationRecord) bare =
        after (stages[i], FULL, "'outcome': <'confirmed'>, 'effective-date': <'2026-11-20'>");
    g_autofree char *small = g_ascii_strdown (SHA, -1);

    g_assert_cmpint (record->stage, ==, ESIM_STAGE_CONFIRMED);
    g_assert_cmpint (record->confirmed, ==, NOW);
    g_assert_cmpstr (record->evidence_date, ==, "2026-11-19");
    g_assert_cmpstr (record->reference, ==, "R-1");
    g_assert_cmpstr (record->effective_date, ==, "2026-12-31");
    g_assert_cmpint (record->effective_at, ==, portal_fixture_at ("2027-01-01T00:00:00+07:00"));
    g_assert_cmpstr (record->document_name, ==, "end.pdf");
    g_assert_cmpint (record->document_size, ==, 4711);
    g_assert_cmpstr (record->document_sha256, ==, small);
    g_assert_cmpint (record->steps[ESIM_STEP_SUBMIT], ==, ESIM_STEP_DONE);
    g_assert_cmpint (record->steps[ESIM_STEP_REVIEW], ==, ESIM_STEP_DONE);
    g_assert_cmpint (record->removed, ==, 0);
    assert_history (record, 0, "confirmed ");
    g_assert_cmpint (question_of (record, FULL), ==, ESIM_QUESTION_NONE);
    /* Today, where the carrier is. Nothing goes before the day is over. */
    g_assert_cmpstr (bare->evidence_date, ==, "2026-11-20");
    g_assert_cmpstr (bare->document_name, ==, "");
    g_assert_cmpint (bare->document_size, ==, 0);
    g_assert_false (esim_portal_is_over (bare, NOW));
  }
}

static void
test_outcome (void)
{
  g_autoptr (EsimDeregistrationRecord) waits =
      after (ESIM_STAGE_IN_REVIEW, FULL,
             "'outcome': <'in-review'>, 'expected-by': <'2026-12-04'>, 'reference': <'R-2'>");
  g_autoptr (EsimDeregistrationRecord) unknown = after (ESIM_STAGE_IN_REVIEW, FULL, "'outcome': <'unknown'>");
  g_autoptr (EsimDeregistrationRecord) refused =
      after (ESIM_STAGE_IN_REVIEW, FULL, "'outcome': <'refused'>, 'missing': <['identity-copies']>");
  g_autoptr (EsimDeregistrationRecord) rejected =
      after (ESIM_STAGE_IN_REVIEW, FULL, "'outcome': <'rejected'>");

  g_assert_cmpint (waits->stage, ==, ESIM_STAGE_IN_REVIEW);
  g_assert_cmpint (waits->expected_by, ==, portal_fixture_at ("2026-12-04T23:59:59+07:00"));
  g_assert_cmpint (waits->submitted, ==, NOW - 1800);
  g_assert_cmpstr (waits->reference, ==, "R-2");
  assert_history (waits, 0, "in-review ");
  /* Nobody guesses that it was a no. */
  g_assert_cmpint (unknown->stage, ==, ESIM_STAGE_IN_REVIEW);
  g_assert_cmpint (unknown->reminded, ==, 0);
  g_assert_cmpint (unknown->next_check, ==, NOW + 3 * DAY);
  g_assert_cmpint (question_of (refused, FULL), ==, ESIM_QUESTION_REQUEST);
  g_assert_cmpint (refused->submitted, ==, 0);
  g_assert_cmpint (refused->expected_by, ==, 0);
  g_assert_cmpint (refused->next_check, ==, 0);
  assert_history (refused, 0, "refused ");
  g_assert_cmpint (rejected->stage, ==, ESIM_STAGE_REJECTED);
  g_assert_cmpint (rejected->completed, ==, NOW);
  g_assert_cmpint (rejected->steps[ESIM_STEP_REVIEW], ==, ESIM_STEP_FAILED);
  assert_history (rejected, 0, "rejected ");
}

static void
test_reminder (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (FULL);
  g_autoptr (EsimDeregistrationRecord) seen = portal_fixture_record (ESIM_STAGE_AWAITING_END), copy = NULL;
  g_autoptr (EsimDeregistrationRecord) moved = NULL, gone = NULL;

  copy = esim_deregistration_record_copy (seen);
  seen->reminded = NOW - 60;
  moved = esim_deregistration_record_copy (seen);
  gone = esim_deregistration_record_copy (seen);
  give (seen, carrier, "'seen': <true>", NOW);
  assert_same_record (seen, copy);
  give (moved, carrier, "'effective-date': <'2027-02-28'>", NOW);
  g_assert_cmpint (moved->stage, ==, ESIM_STAGE_AWAITING_END);
  g_assert_cmpstr (moved->effective_date, ==, "2027-02-28");
  g_assert_cmpint (moved->effective_at, ==, portal_fixture_at ("2027-03-01T00:00:00+07:00"));
  g_assert_cmpint (moved->reminded, ==, 0);
  g_assert_cmpint (moved->confirmed, ==, NOW);
  assert_history (moved, 0, "effective-date-changed ");
  give (gone, carrier, "'remove-now': <true>", NOW);
  g_assert_cmpint (gone->remove_now, ==, NOW);
  g_assert_true (esim_portal_is_over (gone, NOW));
  g_assert_cmpstr (gone->effective_date, ==, "2026-12-31");
  g_assert_cmpint (gone->effective_at, ==, copy->effective_at);
  g_assert_cmpint (gone->reminded, ==, 0);
}

static void
assert_task (const EsimDeregistrationRecord *record, const char *id, gint64 wanted)
{
  gint64 time = 0;

  (void) g_variant_lookup (record->tasks_done, id, "x", &time);
  g_assert_cmpint (time, ==, wanted);
}

/* The list is of all that is done: what was done before keeps its time, what is not in it is not done. */
static void
test_tasks (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (FULL);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMISSION_UNKNOWN);

  give (record, carrier, "'outcome': <'not-yet'>, 'tasks-done': <['first', 'first']>", NOW);
  g_assert_cmpuint (g_variant_n_children (record->tasks_done), ==, 1);
  give (record, carrier, "'outcome': <'submitted'>, 'tasks-done': <['second', 'first']>", NOW + 60);
  assert_task (record, "first", NOW);
  assert_task (record, "second", NOW + 60);
  give (record, carrier, "'outcome': <'unknown'>", NOW + 90);
  g_assert_cmpuint (g_variant_n_children (record->tasks_done), ==, 2);
  give (record, carrier, "'outcome': <'in-review'>, 'tasks-done': <['second']>", NOW + 120);
  assert_task (record, "first", 0);
  assert_task (record, "second", NOW + 60);
  give (record, carrier, "'outcome': <'refused'>, 'tasks-done': <@as []>", NOW + 180);
  g_assert_cmpuint (g_variant_n_children (record->tasks_done), ==, 0);
}

/* An empty reference is none: it does not wipe one that the carrier gave before. */
static void
test_reference (void)
{
  g_autoptr (EsimCarrier) carrier = portal_fixture_carrier (FULL);
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMISSION_UNKNOWN);

  give (record, carrier, "'outcome': <'submitted'>, 'reference': <'R-1'>", NOW);
  give (record, carrier, "'outcome': <'in-review'>, 'reference': <''>", NOW);
  g_assert_cmpstr (record->reference, ==, "R-1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/answer/choices", test_choices);
  g_test_add_func ("/answer/consent", test_consent);
  g_test_add_func ("/answer/login", test_login);
  g_test_add_func ("/answer/login-vanished", test_login_vanished);
  g_test_add_func ("/answer/request", test_request);
  g_test_add_func ("/answer/not-yet", test_not_yet);
  g_test_add_func ("/answer/submission", test_submission);
  g_test_add_func ("/answer/submitted", test_submitted);
  g_test_add_func ("/answer/confirmed", test_confirmed);
  g_test_add_func ("/answer/outcome", test_outcome);
  g_test_add_func ("/answer/reminder", test_reminder);
  g_test_add_func ("/answer/tasks", test_tasks);
  g_test_add_func ("/answer/reference", test_reference);
  return g_test_run ();
}
