/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes next, the request and what becomes of it, and the dates of the polls. */
#include "esim-answer.h"
#include "esim-error.h"
#include "portal-fixture.h"
#include "ts43-fixture.h"

static const EsimTs43Know token = {.token = TRUE, .sim = TRUE};
static const EsimTs43Know sim = {.sim = TRUE, .login = TRUE};
static const EsimTs43Know login = {.login = TRUE};
static const EsimTs43Know hurry = {.token = TRUE, .hurry = TRUE};

#define assert_next(record, know, at, todo) g_assert_cmpint (esim_ts43_next (record, know, at), ==, todo)
#define assert_asked(record, question_) g_assert_cmpint (esim_question_find (record, NULL), ==, question_)

static void
test_journey (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_new ();
  EsimTs43Said said = ESIM_TS43_SAID_INIT (ESIM_TS43_CHECK_ELIGIBILITY);

  SHOWN (list, 1);
  said.eligibility = 0;
  assert_next (record, &sim, START, ESIM_TS43_TODO_AUTHENTICATE);
  esim_ts43_take_authentication (record, ESIM_TS43_WAY_SIM, NULL, START);
  assert_next (record, &sim, START, ESIM_TS43_TODO_AUTHENTICATE);
  assert_next (record, &token, START, ESIM_TS43_TODO_BASELINE);
  esim_ts43_take_baseline (record, &list, NULL, START);
  assert_next (record, &token, START, ESIM_TS43_TODO_ELIGIBILITY);
  esim_ts43_take_eligibility (record, &said, NULL, START);
  assert_next (record, &token, START, ESIM_TS43_TODO_SUBMIT);
  esim_ts43_begin_submission (record, 1, FALSE, START);
  assert_next (record, &token, START + DAY, ESIM_TS43_TODO_NOTHING);
  assert_next (record, &hurry, START + DAY, ESIM_TS43_TODO_NOTHING);
  ts43_fixture_result (record, 1, 4, START);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
  assert_next (record, &token, START, ESIM_TS43_TODO_NOTHING);
  assert_next (record, &token, esim_ts43_get_due (record), ESIM_TS43_TODO_POLL);
  assert_next (record, &sim, esim_ts43_get_due (record), ESIM_TS43_TODO_AUTHENTICATE);
  assert_history (record, 0, "consented authenticated baseline asked-carrier carrier-answered acknowledged ");
}

static void
test_ineligible (void)
{
  static const int eligibilities[] = {-1, 0, 1, 2};

  for (guint i = 0; i < G_N_ELEMENTS (eligibilities); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_listed ();
    EsimTs43Said said = ESIM_TS43_SAID_INIT (ESIM_TS43_CHECK_ELIGIBILITY);

    said.eligibility = eligibilities[i];
    esim_ts43_take_eligibility (record, &said, NULL, START);
    assert_asked (record, eligibilities[i] == 2 ? ESIM_QUESTION_TS43_CHANGE : ESIM_QUESTION_NONE);
  }
}

/* Each answer to the request. */
static void
test_results (void)
{
  static const struct {
    int operation, result;
    EsimStage stage;
    EsimQuestion question;
  } results[] = {
      {1, 1, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_PAGE},
      {1, 2, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {1, 3, ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE},
      {1, 4, ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE},
      {1, 5, ESIM_STAGE_REJECTED, ESIM_QUESTION_NONE},
      {1, 6, ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_TS43_EVIDENCE},
      {1, 7, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {1, 8, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_MESSAGE},
      {1, 9, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {1, 0, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {1, -1, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {-1, -1, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {-1, 3, ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE},
      {100, -1, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {101, -1, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {102, -1, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {103, 3, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {104, -1, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {104, 3, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {104, 8, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_MESSAGE},
      {101, 5, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
      {101, 6, ESIM_STAGE_SUBMITTING, ESIM_QUESTION_TS43_CHANGE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();
    g_autoptr (EsimDeregistrationRecord) read = NULL;

    g_test_message ("%d %d", results[i].operation, results[i].result);
    ts43_fixture_result (record, results[i].operation, results[i].result, START);
    g_assert_cmpint (record->stage, ==, results[i].stage);
    assert_asked (record, results[i].question);
    g_assert_cmpint (record->confirmed, ==, 0);
    /* Whatever it was: no second request by itself. */
    assert_next (record, &hurry, START, ESIM_TS43_TODO_NOTHING);
    read = ts43_fixture_reread (record);
  }
}

static void
fail_submission (EsimDeregistrationRecord *record, guint status, gboolean not_sent)
{
  g_autoptr (GError) error = ts43_fixture_error (status);

  if (not_sent)
    esim_error_set_detail (error, ESIM_DETAIL_NOT_SENT, g_variant_new_boolean (TRUE));
  esim_ts43_take_submission (record, NULL, NULL, error, START);
}

static void
test_failures (void)
{
  static const guint refused[] = {400, 403, 404, 405, 406, 501},
                     unknown[] = {0, 200, 401, 511, 408, 429, 500, 502, 503};

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

    fail_submission (record, refused[i], FALSE);
    assert_asked (record, ESIM_QUESTION_TS43_CHANGE);
    assert_next (record, &hurry, START + DAY, ESIM_TS43_TODO_NOTHING);
  }
  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

    fail_submission (record, unknown[i], FALSE);
    g_assert_cmpint (record->stage, ==, ESIM_STAGE_SUBMISSION_UNKNOWN);
    assert_asked (record, ESIM_QUESTION_TS43_RESEND);
    assert_next (record, &token, START, ESIM_TS43_TODO_NOTHING);
    g_assert_cmpint (esim_ts43_get_due (record), >=, START + ESIM_TS43_SETTLE_S);
    assert_next (record, &token, esim_ts43_get_due (record), ESIM_TS43_TODO_POLL);
  }
}

/* What surely never left is no request, and goes out when the network is back. */
static void
test_not_sent (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

  fail_submission (record, 0, TRUE);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_SUBMITTING);
  g_assert_cmpint (record->ts43.sends, ==, 0);
  assert_next (record, &token, START, ESIM_TS43_TODO_NOTHING);
  record->ts43.eligibility = START;
  assert_next (record, &token, esim_ts43_get_due (record), ESIM_TS43_TODO_SUBMIT);
}

static void
test_resend (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

  record->ts43.eligibility = START;
  g_assert_true (esim_ts43_resume (record, START));
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_SUBMISSION_UNKNOWN);
  g_assert_false (esim_question_is_due (ESIM_QUESTION_TS43_RESEND, record));
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_RESEND, "'outcome': <'resend'>", "outcome");
  /* Too early to say something. */
  ts43_fixture_poll (record, 1, START + ESIM_TS43_SETTLE_S - 1);
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_RESEND, "'outcome': <'resend'>", "outcome");
  ts43_fixture_poll (record, 4, START + HOUR);
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_RESEND, "'outcome': <'resend'>", "outcome");
  ts43_fixture_poll (record, 1, START + 2 * HOUR);
  g_assert_true (esim_question_is_due (ESIM_QUESTION_TS43_RESEND, record));
  assert_next (record, &hurry, START + DAY, ESIM_TS43_TODO_POLL);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_RESEND, "'outcome': <'resend'>", START + 2 * HOUR);
  assert_next (record, &token, START + 2 * HOUR, ESIM_TS43_TODO_SUBMIT);
  esim_ts43_begin_submission (record, 1, FALSE, START + 2 * HOUR);
  g_assert_cmpint (record->ts43.sends, ==, 2);
}

/* The user knows that the carrier has it: then the polls confirm nothing without being asked about. */
static void
test_stated (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

  g_assert_true (esim_ts43_resume (record, START));
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_RESEND, "'outcome': <'submitted'>", START + HOUR);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
  ts43_fixture_poll (record, 4, START + 2 * HOUR);
  ts43_fixture_poll (record, 4, START + 3 * HOUR);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'delete'>", START + 4 * HOUR);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_CONFIRMED);
}

static void
test_message (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();
  EsimTs43Know know = token;

  ts43_fixture_result (record, 1, 8, START);
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_MESSAGE, "'button': <'reject'>", "button");
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_MESSAGE, "'button': <'accept'>, 'text': <'x'>", "text");
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_MESSAGE, "'button': <'accept'>, 'text': <'x'>", START);
  assert_next (record, &know, START, ESIM_TS43_TODO_NOTHING);
  know.answered = ESIM_TS43_ASK_MESSAGE;
  assert_next (record, &know, START, ESIM_TS43_TODO_REPLY);
  esim_ts43_begin_submission (record, 1, TRUE, START);
  assert_next (record, &know, START, ESIM_TS43_TODO_NOTHING);
  g_assert_cmpint (record->ts43.sends, ==, 1);
  ts43_fixture_result (record, 104, -1, START);
  assert_asked (record, ESIM_QUESTION_TS43_CHANGE);
}

/* A server that asks for ever is not followed for ever. */
static void
test_messages (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();
  guint asked = 0;

  ts43_fixture_result (record, 1, 8, START);
  while (esim_question_find (record, NULL) == ESIM_QUESTION_TS43_MESSAGE && asked++ < 1000) {
    ts43_fixture_answer (record, ESIM_QUESTION_TS43_MESSAGE, "'button': <'accept'>", START);
    esim_ts43_begin_submission (record, 1, TRUE, START);
    ts43_fixture_result (record, 1, 8, START);
  }
  g_assert_cmpuint (asked, ==, ESIM_TS43_MESSAGES_MAX);
  assert_asked (record, ESIM_QUESTION_TS43_CHANGE);
}

static void
test_page (void)
{
  static const struct {
    const char *answer;
    EsimStage stage;
    EsimQuestion question;
  } answers[] = {
      {"'outcome': <'finished'>", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE},
      {"'outcome': <'dismissed'>", ESIM_STAGE_SUBMISSION_UNKNOWN, ESIM_QUESTION_TS43_RESEND},
      {"'outcome': <'closed'>", ESIM_STAGE_SUBMISSION_UNKNOWN, ESIM_QUESTION_TS43_RESEND},
      {"'outcome': <'delete-profile-in-use'>, 'iccid': <'8901260123456789012'>", ESIM_STAGE_IN_REVIEW,
       ESIM_QUESTION_TS43_EVIDENCE},
      {"'outcome': <'delete-profile-in-use'>, 'iccid': <'8901260123456789012F'>", ESIM_STAGE_IN_REVIEW,
       ESIM_QUESTION_TS43_EVIDENCE},
      {"'outcome': <'delete-profile-in-use'>, 'iccid': <'8901260123456789013'>",
       ESIM_STAGE_SUBMISSION_UNKNOWN, ESIM_QUESTION_TS43_RESEND},
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();
    g_autoptr (EsimDeregistrationRecord) read = NULL;

    ts43_fixture_result (record, 1, 1, START);
    ts43_fixture_refuse (record, ESIM_QUESTION_TS43_PAGE, "'outcome': <'delete-profile-in-use'>", "iccid");
    ts43_fixture_refuse (record, ESIM_QUESTION_TS43_PAGE,
                         "'outcome': <'delete-profile-in-use'>, 'iccid': <'x'>", "iccid");
    ts43_fixture_refuse (record, ESIM_QUESTION_TS43_PAGE, "'outcome': <'finished'>, 'iccid': <'89'>",
                         "iccid");
    ts43_fixture_answer (record, ESIM_QUESTION_TS43_PAGE, answers[i].answer, START);
    g_assert_cmpint (record->stage, ==, answers[i].stage);
    assert_asked (record, answers[i].question);
    read = ts43_fixture_reread (record);
  }
}

static void
test_change (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

  ts43_fixture_result (record, 101, -1, START);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_CHANGE, "'outcome': <'yes'>", START);
  assert_next (record, &token, START, ESIM_TS43_TODO_CHANGE);
  esim_ts43_begin_submission (record, 2, FALSE, START);
  g_assert_cmpint (record->ts43.sends, ==, 1);
  ts43_fixture_result (record, 1, 3, START);
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_CHANGE, "'outcome': <'yes'>", "outcome");
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_CHANGE, "'outcome': <'portal'>", START);
  g_assert_cmpstr (record->method, ==, "portal");
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_SUBMITTING);
  assert_next (record, &hurry, START + DAY, ESIM_TS43_TODO_NOTHING);
}

/* By SIM, else by login, else by a code, else not at all. */
static void
test_ways (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_new ();
  g_autoptr (GError) refused = ts43_fixture_error (403);
  g_autoptr (GError) no = ts43_fixture_error (404);
  EsimTs43Know know = sim;

  esim_ts43_take_authentication (record, ESIM_TS43_WAY_SIM, refused, START);
  assert_next (record, &sim, START, ESIM_TS43_TODO_LOGIN);
  esim_ts43_ask (record, ESIM_TS43_ASK_LOGIN, START);
  assert_next (record, &sim, START, ESIM_TS43_TODO_NOTHING);
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_LOGIN, "'final-address': <'http://aes.lab.example/cb?x'>",
                       "final-address");
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_LOGIN, "'final-address': <'https://evil.example/cb?x'>",
                       "final-address");
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_LOGIN, "'code': <'1'>", "code");
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_LOGIN,
                       "'final-address': <'https://aes.lab.example/cb?code=1'>", START);
  know.answered = ESIM_TS43_ASK_LOGIN;
  assert_next (record, &know, START, ESIM_TS43_TODO_END_LOGIN);
  esim_ts43_take_authentication (record, ESIM_TS43_WAY_LOGIN, refused, START);
  assert_next (record, &login, START, ESIM_TS43_TODO_LOGIN);
  esim_ts43_take_authentication (record, ESIM_TS43_WAY_LOGIN, no, START);
  assert_next (record, &login, START, ESIM_TS43_TODO_NUMBER);
  esim_ts43_ask (record, ESIM_TS43_ASK_NUMBER, START);
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_NUMBER, "'number': <'0x12'>", "number");
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_NUMBER, "'number': <'+66812345678'>", START);
  know.answered = ESIM_TS43_ASK_NUMBER;
  assert_next (record, &know, START, ESIM_TS43_TODO_BEGIN_CODE);
  esim_ts43_ask (record, ESIM_TS43_ASK_CODE, START);
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_CODE, "'code': <'12 34'>", "code");
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_CODE, "'code': <'1234'>", START);
  know.answered = ESIM_TS43_ASK_CODE;
  assert_next (record, &know, START, ESIM_TS43_TODO_END_CODE);
  esim_ts43_take_authentication (record, ESIM_TS43_WAY_CODE, no, START);
  assert_asked (record, ESIM_QUESTION_TS43_CHANGE);
}

/* Polls come at the carrier's interval, and not sooner for anybody. */
static void
test_interval (void)
{
  static const struct {
    gint64 told, pause;
  } intervals[] = {
      {0, HOUR}, {-5, HOUR}, {10, ESIM_TS43_INTERVAL_MIN_S}, {7200, 7200}, {G_MAXINT64, 7 * DAY}};

  for (guint i = 0; i < G_N_ELEMENTS (intervals); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
    const EsimTs43Entry entry = {record->iccid, 2, intervals[i].told};
    EsimTs43Said said = ESIM_TS43_SAID_INIT (ESIM_TS43_ACQUIRE_CONFIGURATION);
    g_autoptr (GPtrArray) others = g_ptr_array_new ();
    gint64 now = START + HOUR;

    esim_ts43_said_take_list (&said, record->iccid, &entry, 1, others);
    said.others = NULL;
    esim_ts43_take_poll (record, NULL, &said, NULL, now);
    g_assert_cmpint (record->ts43.next_poll, ==, now + intervals[i].pause);
    assert_next (record, &token, now + intervals[i].pause - 1, ESIM_TS43_TODO_NOTHING);
    assert_next (record, &token, now + intervals[i].pause, ESIM_TS43_TODO_POLL);
    assert_next (record, &hurry, now + ESIM_TS43_INTERVAL_MIN_S - 1, ESIM_TS43_TODO_NOTHING);
    assert_next (record, &hurry, now + MAX (ESIM_TS43_INTERVAL_MIN_S, record->ts43.interval),
                 ESIM_TS43_TODO_POLL);
    if (record->ts43.interval > 0)
      assert_next (record, &hurry, now + record->ts43.interval - 1, ESIM_TS43_TODO_NOTHING);
  }
}

/* A review of three days without a word of how often: some dozen polls, further and further apart. */
static void
test_backoff (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
  gint64 now = START, last = START;
  guint polls = 0;

  for (; now < START + 3 * DAY; now = MAX (now + 1, esim_ts43_get_due (record))) {
    if (esim_ts43_next (record, &token, now) != ESIM_TS43_TODO_POLL)
      continue;
    if (polls++ > 0)
      g_assert_cmpint (now - last, >=, HOUR);
    last = now;
    ts43_fixture_poll (record, 1, now);
  }
  g_test_message ("%u polls in three days", polls);
  g_assert_cmpuint (polls, >=, 5);
  g_assert_cmpuint (polls, <=, 12);
}

static void
test_retry_after (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
  g_autoptr (GError) error = ts43_fixture_error (503);

  esim_error_set_detail (error, ESIM_DETAIL_RETRY_AFTER, g_variant_new_int64 (2 * DAY));
  esim_ts43_take_poll (record, NULL, NULL, error, START + HOUR);
  assert_next (record, &hurry, START + HOUR + 2 * DAY - 1, ESIM_TS43_TODO_NOTHING);
  assert_next (record, &token, START + HOUR + 2 * DAY, ESIM_TS43_TODO_POLL);
}

/* A clock that was years ahead leaves dates that would never come. */
static void
test_far_dates (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
  gint64 now = START - 1000 * DAY;

  g_assert_true (esim_ts43_tick (record, now));
  g_assert_cmpint (record->ts43.next_poll, <=, now + ESIM_TS43_INTERVAL_MAX_S);
  g_assert_cmpint (record->submitted, ==, now);
  g_assert_false (esim_ts43_tick (record, now));
}

static void
test_resume (void)
{
  static const EsimTs43Ask asks[] = {ESIM_TS43_ASK_LOGIN, ESIM_TS43_ASK_NUMBER, ESIM_TS43_ASK_CODE};

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_new ();

    g_assert_false (esim_ts43_resume (record, START));
    esim_ts43_ask (record, asks[i], START);
    g_assert_true (esim_ts43_resume (record, START));
    assert_next (record, &sim, START, ESIM_TS43_TODO_AUTHENTICATE);
  }
  for (int result = 1; result <= 8; result += 7) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

    ts43_fixture_result (record, 1, result, START);
    g_assert_true (esim_ts43_resume (record, START));
    g_assert_cmpint (record->stage, ==, ESIM_STAGE_SUBMISSION_UNKNOWN);
    g_assert_false (esim_ts43_resume (record, START));
  }
}

static void
test_releases (void)
{
  static const struct {
    EsimQuestion question;
    const char *answer;
    gboolean releases, withdraws;
  } answers[] = {
      {ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'delete'>", TRUE, FALSE},
      {ESIM_QUESTION_TS43_ATTEST, "'outcome': <'delete'>", TRUE, FALSE},
      {ESIM_QUESTION_TS43_BLIND, "'outcome': <'delete'>", TRUE, FALSE},
      {ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'wait'>", FALSE, FALSE},
      {ESIM_QUESTION_TS43_ATTEST, "'outcome': <'withdraw'>", FALSE, TRUE},
      {ESIM_QUESTION_TS43_RESEND, "'outcome': <'resend'>", FALSE, FALSE},
      {ESIM_QUESTION_TS43_CHANGE, "'outcome': <'withdraw'>", FALSE, TRUE},
      {ESIM_QUESTION_TS43_LOGIN, "'final-address': <'https://x'>", FALSE, FALSE},
      {ESIM_QUESTION_TS43_MESSAGE, "'button': <'accept'>", FALSE, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
    g_autoptr (GVariant) answer = portal_fixture_answer (answers[i].answer);

    g_assert_cmpint (esim_answer_releases (answers[i].question, record, answer), ==, answers[i].releases);
    g_assert_cmpint (esim_answer_withdraws (answers[i].question, answer), ==, answers[i].withdraws);
  }
}

/* A server that has forgotten who asks is told anew, once at once; it says nothing of the line. */
static void
test_token_gone (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
  g_autoptr (GError) gone =
      g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED, "gone");

  esim_error_set_detail (gone, ESIM_DETAIL_HTTP_STATUS, g_variant_new_uint32 (511));
  for (gint64 i = 1; i <= 4; i++) {
    esim_ts43_take_poll (record, NULL, NULL, gone, START + i * 12 * HOUR);
    assert_next (record, &sim, START + i * 12 * HOUR,
                 i == 1 ? ESIM_TS43_TODO_AUTHENTICATE : ESIM_TS43_TODO_NOTHING);
  }
  assert_asked (record, ESIM_QUESTION_NONE);
  g_assert_cmpint (record->ts43.forbidden_count, ==, 0);
}

/* A poll that could not be asked lies in the past: whoever has to be told is told all the same. */
static void
test_overdue (void)
{
  g_autoptr (EsimDeregistrationRecord) review = ts43_fixture_acknowledged ();
  g_autoptr (EsimDeregistrationRecord) end = ts43_fixture_sent ();
  gint64 late, asked;

  late = esim_ts43_get_due_after (review, review->ts43.next_poll);
  g_assert_cmpint (late, >, review->ts43.next_poll);
  g_assert_true (esim_ts43_tick (review, late));
  g_assert_cmpint (review->reminded, ==, late);
  g_assert_cmpint (esim_ts43_get_due_after (review, late), ==, 0);

  end->stage = ESIM_STAGE_VERIFYING_END;
  end->ts43.verifying = START;
  end->ts43.next_poll = START;
  asked = esim_ts43_get_due_after (end, START);
  g_assert_false (esim_ts43_tick (end, asked - 1));
  g_assert_true (esim_ts43_tick (end, asked));
  g_assert_cmpint (end->reminded, ==, asked);
  g_assert_cmpint (esim_ts43_get_due_after (end, asked), ==, START + ESIM_TS43_VERIFY_S);
}

/* The token ran out while the user thought about the carrier's question. */
static void
test_reply_without_token (void)
{
  static const EsimTs43Know know = {.sim = TRUE, .login = TRUE, .answered = ESIM_TS43_ASK_MESSAGE};
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

  g_assert_cmpint (esim_ts43_next (record, &know, START), ==, ESIM_TS43_TODO_NOTHING);
  record->ts43.answered = START;
  assert_next (record, &know, START, ESIM_TS43_TODO_AUTHENTICATE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ts43-plan/journey", test_journey);
  g_test_add_func ("/ts43-plan/overdue", test_overdue);
  g_test_add_func ("/ts43-plan/reply-without-token", test_reply_without_token);
  g_test_add_func ("/ts43-plan/ineligible", test_ineligible);
  g_test_add_func ("/ts43-plan/results", test_results);
  g_test_add_func ("/ts43-plan/failures", test_failures);
  g_test_add_func ("/ts43-plan/not-sent", test_not_sent);
  g_test_add_func ("/ts43-plan/resend", test_resend);
  g_test_add_func ("/ts43-plan/stated", test_stated);
  g_test_add_func ("/ts43-plan/message", test_message);
  g_test_add_func ("/ts43-plan/messages", test_messages);
  g_test_add_func ("/ts43-plan/page", test_page);
  g_test_add_func ("/ts43-plan/change", test_change);
  g_test_add_func ("/ts43-plan/ways", test_ways);
  g_test_add_func ("/ts43-plan/interval", test_interval);
  g_test_add_func ("/ts43-plan/backoff", test_backoff);
  g_test_add_func ("/ts43-plan/retry-after", test_retry_after);
  g_test_add_func ("/ts43-plan/far-dates", test_far_dates);
  g_test_add_func ("/ts43-plan/resume", test_resume);
  g_test_add_func ("/ts43-plan/releases", test_releases);
  g_test_add_func ("/ts43-plan/token-gone", test_token_gone);
  return g_test_run ();
}
