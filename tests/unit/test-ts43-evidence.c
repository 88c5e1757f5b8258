/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of evidence, row by row and in sequences. */
#include "esim-error.h"
#include "portal-fixture.h"
#include "ts43-fixture.h"

#include <string.h>

#define SPACING ((gint64) ESIM_TS43_SPACING_S)
#define assert_asked(record, question_) g_assert_cmpint (esim_question_find (record, NULL), ==, question_)

typedef struct {
  int status; /* as ts43_fixture_list(); above 99: an HTTP status; 99: no network */
  gint64 after;
} Look;

static gint64
look (EsimDeregistrationRecord *record, const Look *looks, guint n)
{
  gint64 now = START;

  for (guint i = 0; i < n; i++) {
    g_autoptr (EsimDeregistrationRecord) read = ts43_fixture_reread (record);

    now += looks[i].after;
    if (looks[i].status >= 99)
      ts43_fixture_fail (record, looks[i].status == 99 ? 0 : (guint) looks[i].status, now);
    else
      ts43_fixture_poll (record, looks[i].status, now);
  }
  return now;
}

/* What a sequence of polls leads to, after an acknowledged request. */
static const struct {
  const char *name;
  EsimStage stage;
  EsimQuestion question;
  Look looks[8];
  guint n;
} rows[] = {
    {"4 twice", ESIM_STAGE_CONFIRMED, ESIM_QUESTION_NONE, {{4, HOUR}, {4, HOUR}}, 2},
    {"4 once", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{4, HOUR}}, 1},
    {"4 twice, not spaced", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{4, HOUR}, {4, HOUR - 1}}, 2},
    {"4 often, not spaced, then spaced",
     ESIM_STAGE_CONFIRMED,
     ESIM_QUESTION_NONE,
     {{4, HOUR}, {4, 1}, {4, 1}, {4, HOUR - 2}},
     4},
    {"2 then 4", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{2, HOUR}, {4, HOUR}}, 2},
    {"4, 2, 4", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{4, HOUR}, {2, HOUR}, {4, HOUR}}, 3},
    {"4, 2, 4, 4", ESIM_STAGE_CONFIRMED, ESIM_QUESTION_NONE, {{4, HOUR}, {2, HOUR}, {4, HOUR}, {4, HOUR}}, 4},
    {"4, 1, 4", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{4, HOUR}, {1, HOUR}, {4, HOUR}}, 3},
    {"4, 3, 4", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{4, HOUR}, {3, HOUR}, {4, HOUR}}, 3},
    {"4, null, 4", ESIM_STAGE_CONFIRMED, ESIM_QUESTION_NONE, {{4, HOUR}, {-2, HOUR}, {4, HOUR}}, 3},
    {"4, no network, 4", ESIM_STAGE_CONFIRMED, ESIM_QUESTION_NONE, {{4, HOUR}, {99, HOUR}, {4, HOUR}}, 3},
    {"4, then the clock back, 4", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{4, DAY}, {4, -HOUR}}, 2},
    {"3 once", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{3, HOUR}}, 1},
    {"3 twice", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_TS43_EVIDENCE, {{3, HOUR}, {3, HOUR}}, 2},
    {"3 twice, not spaced", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{3, HOUR}, {3, 60}}, 2},
    {"3 twice, then 1", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{3, HOUR}, {3, HOUR}, {1, HOUR}}, 3},
    {"3 then absent", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{3, HOUR}, {0, HOUR}}, 2},
    {"3 then 403", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{3, HOUR}, {403, HOUR}}, 2},
    {"3 then 403 for a day",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_TS43_ATTEST,
     {{3, HOUR}, {403, HOUR}, {403, 12 * HOUR}, {403, 12 * HOUR}},
     4},
    {"3 twice, then 4 twice",
     ESIM_STAGE_CONFIRMED,
     ESIM_QUESTION_NONE,
     {{3, HOUR}, {3, HOUR}, {4, HOUR}, {4, HOUR}},
     4},
    {"absent once", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{0, HOUR}}, 1},
    {"absent twice", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_TS43_EVIDENCE, {{0, HOUR}, {0, HOUR}}, 2},
    {"absent, then back", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{0, HOUR}, {1, HOUR}, {0, HOUR}}, 3},
    {"absent twice, then back",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_NONE,
     {{0, HOUR}, {0, HOUR}, {1, HOUR}},
     3},
    {"empty lists", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{-1, HOUR}, {-1, DAY}, {-1, DAY}}, 3},
    {"null ICCIDs", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{-2, HOUR}, {-2, DAY}, {-2, DAY}}, 3},
    {"still 1", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{1, HOUR}, {1, DAY}}, 2},
    {"403 for less than a day",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_NONE,
     {{403, HOUR}, {403, 12 * HOUR}, {403, 12 * HOUR - 1}},
     3},
    {"403 for a day",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_TS43_ATTEST,
     {{403, HOUR}, {403, 12 * HOUR}, {403, 12 * HOUR}},
     3},
    {"403, a day without a network, 403",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_NONE,
     {{403, HOUR}, {99, HOUR}, {99, 20 * HOUR}, {403, 8 * HOUR}},
     4},
    {"403 between times without a network",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_TS43_ATTEST,
     {{403, HOUR}, {99, HOUR}, {403, 12 * HOUR}, {99, HOUR}, {403, 12 * HOUR}},
     5},
    {"no network for days",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_NONE,
     {{99, HOUR}, {99, 2 * DAY}, {99, DAY}},
     3},
    {"500 for days", ESIM_STAGE_IN_REVIEW, ESIM_QUESTION_NONE, {{500, HOUR}, {500, 2 * DAY}, {500, DAY}}, 3},
    {"403, an answer, 403",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_NONE,
     {{403, HOUR}, {403, 12 * HOUR}, {1, HOUR}, {403, 12 * HOUR}},
     4},
    {"403 for a day, then an answer",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_NONE,
     {{403, HOUR}, {403, 12 * HOUR}, {403, 12 * HOUR}, {1, HOUR}},
     4},
    {"403, then the clock back",
     ESIM_STAGE_IN_REVIEW,
     ESIM_QUESTION_NONE,
     {{403, 2 * DAY}, {403, -DAY}, {403, HOUR}},
     3},
};

static void
test_rows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
    g_autoptr (EsimDeregistrationRecord) read = NULL;

    g_test_message ("%s", rows[i].name);
    (void) look (record, rows[i].looks, rows[i].n);
    g_assert_cmpint (record->stage, ==, rows[i].stage);
    assert_asked (record, rows[i].question);
    g_assert_true ((record->confirmed != 0) == (record->stage == ESIM_STAGE_CONFIRMED));
    read = ts43_fixture_reread (record);
  }
}

/* The same rows before the carrier has said that it has the request: nothing follows. */
static void
test_rows_unacknowledged (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

    g_test_message ("%s", rows[i].name);
    g_assert_true (esim_ts43_resume (record, START));
    g_assert_cmpint (record->stage, ==, ESIM_STAGE_SUBMISSION_UNKNOWN);
    (void) look (record, rows[i].looks, rows[i].n);
    g_assert_cmpint (record->stage, ==, ESIM_STAGE_SUBMISSION_UNKNOWN);
    assert_asked (record, ESIM_QUESTION_TS43_RESEND);
  }
}

/* 4 and 4, and nobody knows what the line was before: such a record is not even read. */
static void
test_no_baseline (void)
{
  static const int statuses[] = {4, 3, 0};

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_new ();
    const EsimTs43Know know = {.token = TRUE, .sim = TRUE};

    SHOWN (said, statuses[i]);
    esim_ts43_take_authentication (record, ESIM_TS43_WAY_SIM, NULL, START);
    esim_ts43_take_baseline (record, &said, NULL, START);
    g_assert_cmpint (record->ts43.baseline, ==, 0);
    assert_asked (record, ESIM_QUESTION_TS43_CHANGE);
    g_assert_cmpint (esim_ts43_next (record, &know, START + DAY), ==, ESIM_TS43_TODO_NOTHING);
    ts43_fixture_poll (record, 4, START + DAY);
    ts43_fixture_poll (record, 4, START + 2 * DAY);
    g_assert_cmpint (record->stage, ==, ESIM_STAGE_SUBMITTING);
    ts43_fixture_refuse (record, ESIM_QUESTION_TS43_CHANGE, "'outcome': <'yes'>", "outcome");
    ts43_fixture_answer (record, ESIM_QUESTION_TS43_CHANGE, "'outcome': <'portal'>", START);
    g_assert_cmpstr (record->method, ==, ESIM_METHOD_PORTAL);
    assert_asked (record, ESIM_QUESTION_SUBMISSION);
  }
}

static void
test_empty_baseline (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_new ();

  SHOWN (said, -1);
  esim_ts43_take_authentication (record, ESIM_TS43_WAY_SIM, NULL, START);
  for (guint i = 0; i < 3; i++) {
    assert_asked (record, ESIM_QUESTION_NONE);
    esim_ts43_take_baseline (record, &said, NULL, START + i * DAY);
  }
  assert_asked (record, ESIM_QUESTION_TS43_CHANGE);
  g_assert_cmpstr (esim_ts43_why_to_string (record->ts43.why), ==, "not-listed");
}

static const EsimTs43Know ready = {.token = TRUE, .ready = TRUE};

static void
test_last_look (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
  gint64 now = look (record, (const Look[]){{4, HOUR}, {4, HOUR}}, 2);

  g_assert_false (esim_ts43_may_remove (record, now));
  g_assert_cmpint (esim_ts43_next (record, &ready, now), ==, ESIM_TS43_TODO_NOTHING);
  now = esim_ts43_get_due (record);
  g_assert_cmpint (now, >=, START + 2 * HOUR + ESIM_TS43_INTERVAL_MIN_S);
  g_assert_cmpint (esim_ts43_next (record, &ready, now), ==, ESIM_TS43_TODO_POLL);
  ts43_fixture_poll (record, 4, now);
  g_assert_true (esim_ts43_may_remove (record, now));
  g_assert_true (esim_ts43_may_remove (record, now + ESIM_TS43_LOOK_FRESH_S));
  g_assert_false (esim_ts43_may_remove (record, now + ESIM_TS43_LOOK_FRESH_S + 1));
  g_assert_false (esim_ts43_may_remove (record, now - 1));
  g_assert_true (esim_ts43_clock_moved (record, now));
  g_assert_false (esim_ts43_may_remove (record, now));
}

/* 4, 4, and at the last look something else. */
static void
test_reversal (void)
{
  static const int back[] = {1, 2, 3}, on[] = {4, 0};

  for (guint i = 0; i < G_N_ELEMENTS (back); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
    gint64 now = look (record, (const Look[]){{4, HOUR}, {4, HOUR}, {back[i], HOUR}}, 3);
    g_autoptr (EsimDeregistrationRecord) read = ts43_fixture_reread (record);

    g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
    g_assert_cmpint (record->confirmed, ==, 0);
    assert_asked (record, ESIM_QUESTION_TS43_REVERSAL);
    ts43_fixture_refuse (record, ESIM_QUESTION_TS43_REVERSAL, "'outcome': <'delete'>", "outcome");
    /* Nothing is confirmed again before the user has seen it. */
    ts43_fixture_poll (record, 4, now + HOUR);
    ts43_fixture_poll (record, 4, now + 2 * HOUR);
    g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
    ts43_fixture_answer (record, ESIM_QUESTION_TS43_REVERSAL, "'outcome': <'wait'>", now + 3 * HOUR);
    ts43_fixture_poll (record, 4, now + 3 * HOUR);
    g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
    ts43_fixture_poll (record, 4, now + 4 * HOUR);
    g_assert_cmpint (record->stage, ==, ESIM_STAGE_CONFIRMED);
  }
  for (guint i = 0; i < G_N_ELEMENTS (on); i++) {
    g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
    gint64 now = look (record, (const Look[]){{4, HOUR}, {4, HOUR}, {on[i], HOUR}}, 3);

    g_assert_true (esim_ts43_may_remove (record, now));
  }
}

/* An ended line cannot authenticate; a server that is not there says nothing. */
static void
test_blind (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
  g_autoptr (EsimDeregistrationRecord) other = ts43_fixture_acknowledged ();
  gint64 now = look (record, (const Look[]){{4, HOUR}, {4, HOUR}, {403, HOUR}}, 3);
  g_autoptr (GError) no_way = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_WRONG_STATE, "no way");
  const EsimTs43Know nothing = {.ready = TRUE};

  g_assert_true (esim_ts43_may_remove (record, now));
  now = look (other, (const Look[]){{4, HOUR}, {4, HOUR}, {99, HOUR}, {500, HOUR}, {-1, HOUR}}, 5);
  g_assert_false (esim_ts43_may_remove (other, now));
  assert_asked (other, ESIM_QUESTION_TS43_BLIND);
  ts43_fixture_answer (other, ESIM_QUESTION_TS43_BLIND, "'outcome': <'wait'>", now);
  g_assert_false (esim_ts43_may_remove (other, now));
  now = esim_ts43_get_due (other);
  g_assert_cmpint (esim_ts43_next (other, &nothing, now), ==, ESIM_TS43_TODO_CANNOT);
  esim_ts43_take_poll (other, NULL, NULL, no_way, now);
  ts43_fixture_answer (other, ESIM_QUESTION_TS43_BLIND, "'outcome': <'delete'>", now);
  g_assert_true (esim_ts43_may_remove (other, now));
}

static void
test_question_of_evidence (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
  gint64 now = look (record, (const Look[]){{3, HOUR}, {3, HOUR}}, 2);
  const EsimQuestionContext context = {NULL, "", NULL};
  g_autoptr (GVariant) question =
      g_variant_ref_sink (esim_question_describe (ESIM_QUESTION_TS43_EVIDENCE, record, NULL, &context));

  g_assert_cmpstr (portal_fixture_string (question, "seen"), ==, "deactivated");
  g_assert_nonnull (strstr (portal_fixture_string (question, "meaning"), "suspended"));
  assert_words (question, "outcomes", "delete wait portal withdraw ");
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'wait'>", now);
  ts43_fixture_poll (record, 3, now + HOUR);
  assert_asked (record, ESIM_QUESTION_NONE);
  ts43_fixture_poll (record, 3, now + DAY);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'delete'>", now + DAY);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_CONFIRMED);
  g_assert_cmpint (record->ts43.released, ==, now + DAY);
  ts43_fixture_poll (record, 3, now + DAY + HOUR);
  g_assert_true (esim_ts43_may_remove (record, now + DAY + HOUR));
  ts43_fixture_poll (record, 1, now + DAY + 2 * HOUR);
  assert_asked (record, ESIM_QUESTION_TS43_REVERSAL);
}

static void
test_late (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
  gint64 late;

  record->expected_by = START + 3 * DAY;
  ts43_fixture_poll (record, 1, START + 2 * DAY);
  g_assert_false (esim_ts43_tick (record, START + 3 * DAY));
  late = START + 3 * DAY + 1;
  g_assert_true (esim_ts43_tick (record, late));
  g_assert_true (esim_ts43_is_late (record, late));
  ts43_fixture_refuse (record, ESIM_QUESTION_TS43_LATE, "'outcome': <'delete'>", "outcome");
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_LATE, "'outcome': <'wait'>", late);
  g_assert_false (esim_ts43_tick (record, late + DAY));
  g_assert_true (esim_ts43_tick (record, late + 3 * DAY));
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_LATE, "'outcome': <'portal'>", late + 3 * DAY);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
  assert_asked (record, ESIM_QUESTION_OUTCOME);
}

static void
test_clock (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();

  ts43_fixture_poll (record, 4, START + HOUR);
  /* A second later, and the clock is an hour ahead. */
  g_assert_true (esim_ts43_clock_moved (record, START + 2 * HOUR));
  ts43_fixture_poll (record, 4, START + 2 * HOUR);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
  ts43_fixture_poll (record, 4, START + 3 * HOUR);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_CONFIRMED);
}

/* What a list says. */
static void
test_lists (void)
{
  static const struct {
    EsimTs43Entry entries[3];
    guint n;
    EsimTs43List list;
    guint status;
  } lists[] = {
      {{{"8901260123456789012", 4, 0}}, 1, ESIM_TS43_LIST_STATUS, 4},
      {{{"89012601234567890123", 4, 0}}, 1, ESIM_TS43_LIST_STATUS, 4},
      {{{"8901260123456789012F", 1, 0}}, 1, ESIM_TS43_LIST_STATUS, 1},
      {{{"8901260123456789013", 4, 0}}, 1, ESIM_TS43_LIST_ABSENT, 0},
      {{{"890126012345678901", 4, 0}}, 1, ESIM_TS43_LIST_ABSENT, 0},
      {{{"8901260123456789013", 4, 0}, {"8901260123456789012", 1, 0}}, 2, ESIM_TS43_LIST_STATUS, 1},
      {{{"8901260123456789013", 4, 0}, {NULL, 4, 0}}, 2, ESIM_TS43_LIST_NOTHING, 0},
      {{{"8901260123456789013", 4, 0}, {"", 4, 0}}, 2, ESIM_TS43_LIST_NOTHING, 0},
      {{{"null", 4, 0}}, 1, ESIM_TS43_LIST_NOTHING, 0},
      {{{NULL, 4, 0}, {"8901260123456789012", 3, 0}}, 2, ESIM_TS43_LIST_STATUS, 3},
      {{{"8901260123456789012", 4, 0}, {"8901260123456789012", 1, 0}}, 2, ESIM_TS43_LIST_NOTHING, 0},
      {{{"8901260123456789012", 4, 0}, {"8901260123456789012", 4, 0}}, 2, ESIM_TS43_LIST_STATUS, 4},
      {{{"8901260123456789012", 0, 0}}, 1, ESIM_TS43_LIST_NOTHING, 0},
      {{{"8901260123456789012", 7, 0}}, 1, ESIM_TS43_LIST_NOTHING, 0},
      {{{NULL, 0, 0}}, 0, ESIM_TS43_LIST_NOTHING, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    EsimTs43Said said = ESIM_TS43_SAID_INIT (ESIM_TS43_ACQUIRE_CONFIGURATION);
    g_autoptr (GPtrArray) others = g_ptr_array_new ();

    g_test_message ("list %u", i);
    said.operation_result = 1;
    esim_ts43_said_take_list (&said, "8901260123456789012", lists[i].entries, lists[i].n, others);
    g_assert_cmpint (said.list, ==, lists[i].list);
    g_assert_cmpuint (said.status, ==, lists[i].status);
    said.operation_result = 100;
    g_ptr_array_set_size (others, 0);
    esim_ts43_said_take_list (&said, "8901260123456789012", lists[i].entries, lists[i].n, others);
    g_assert_cmpint (said.list, ==, ESIM_TS43_LIST_NOTHING);
  }
}

/* SubscriptionResult 6, and the page's word for it. */
static void
test_delete_first (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();
  g_autoptr (EsimDeregistrationRecord) unaddressed = ts43_fixture_sent ();
  gint64 now = START + 4 * HOUR;

  ts43_fixture_result (record, 1, 6, START);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
  ts43_fixture_poll (record, 1, START + HOUR);
  assert_asked (record, ESIM_QUESTION_TS43_EVIDENCE);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'wait'>", START + HOUR);
  g_assert_false (esim_ts43_tick (record, START + 2 * HOUR));
  g_assert_true (esim_ts43_tick (record, START + HOUR + DAY));
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'delete'>", START + 3 * HOUR);
  ts43_fixture_poll (record, 1, now);
  g_assert_true (esim_ts43_may_remove (record, now));
  record->stage = ESIM_STAGE_NOTIFYING_OPERATOR;
  record->removed = now;
  esim_ts43_end_delivery (record, now);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_VERIFYING_END);
  ts43_fixture_poll (record, 1, now + HOUR);
  ts43_fixture_poll (record, 4, now + 2 * HOUR);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_VERIFYING_END);
  ts43_fixture_poll (record, 4, now + 3 * HOUR);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_COMPLETED);
  g_assert_cmpint (record->ts43.ended, ==, now + 3 * HOUR);

  unaddressed->recipients = 0;
  ts43_fixture_result (unaddressed, 1, 6, START);
  assert_asked (unaddressed, ESIM_QUESTION_TS43_CHANGE);
  ts43_fixture_refuse (unaddressed, ESIM_QUESTION_TS43_CHANGE, "'outcome': <'yes'>", "outcome");
}

static void
test_end_unknown (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();
  gint64 now = START + HOUR;

  ts43_fixture_result (record, 1, 6, START);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'delete'>", now);
  ts43_fixture_poll (record, 1, now + HOUR);
  record->stage = ESIM_STAGE_NOTIFYING_OPERATOR;
  record->removed = now;
  esim_ts43_end_delivery (record, now);
  g_assert_true (esim_ts43_tick (record, now + 4 * DAY));
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_END, "'outcome': <'wait'>", now + 4 * DAY);
  g_assert_false (esim_ts43_tick (record, now + 5 * DAY));
  g_assert_true (esim_ts43_tick (record, now + ESIM_TS43_VERIFY_S));
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_COMPLETED);
  g_assert_cmpint (record->ts43.ended, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ts43-evidence/rows", test_rows);
  g_test_add_func ("/ts43-evidence/rows-unacknowledged", test_rows_unacknowledged);
  g_test_add_func ("/ts43-evidence/no-baseline", test_no_baseline);
  g_test_add_func ("/ts43-evidence/empty-baseline", test_empty_baseline);
  g_test_add_func ("/ts43-evidence/last-look", test_last_look);
  g_test_add_func ("/ts43-evidence/reversal", test_reversal);
  g_test_add_func ("/ts43-evidence/blind", test_blind);
  g_test_add_func ("/ts43-evidence/question", test_question_of_evidence);
  g_test_add_func ("/ts43-evidence/late", test_late);
  g_test_add_func ("/ts43-evidence/clock", test_clock);
  g_test_add_func ("/ts43-evidence/lists", test_lists);
  g_test_add_func ("/ts43-evidence/delete-first", test_delete_first);
  g_test_add_func ("/ts43-evidence/end-unknown", test_end_unknown);
  return g_test_run ();
}
