/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dialogues at random, from a fixed seed: whatever servers, users, networks and clocks do, no profile goes
 * without what the table of evidence asks for, and no request is made twice. What was said is kept here apart
 * from the record, and judged by a second reading of the table. */
#include "esim-answer.h"
#include "esim-error.h"
#include "esim-portal-review.h"
#include "portal-fixture.h"
#include "ts43-fixture.h"

#include <string.h>

#define DIALOGUES 12000
#define TURNS 60
#define SEED 20261123

#define ONE_OF(rand, list) ((list)[g_rand_int_range (rand, 0, G_N_ELEMENTS (list))])

/* What was seen of the server since the request was acknowledged. */
typedef struct {
  gint64 at; /* by a clock that nobody sets */
  int status;
} Sight;

typedef struct {
  GRand *rand;
  EsimDeregistrationRecord *record;
  gint64 now;   /* by the machine's clock */
  gint64 truly; /* by one that nobody sets */
  EsimTs43Know know;
  EsimDeregistrationRecord *disk;
  gboolean listed;       /* the baseline */
  gboolean acknowledged; /* by the server, or its page, with type 1 */
  gboolean out;          /* a request may have arrived, and nobody has agreed to another one */
  gboolean first;        /* the carrier wants the deletion first */
  GArray *sights;        /* Sight; 403 too */
  gint64 last_poll;      /* truly; 0 = none */
  gboolean released;     /* the user agreed to the deletion, after the last reversal */
  gboolean set;          /* the clock was, since the last poll */
  guint requests, deletions, unreleased, reversals;
} Dialogue;

static void
see (Dialogue *self, int status)
{
  const Sight sight = {self->truly, status};

  g_array_append_val (self->sights, sight);
}

/* The table's first row, once more: 4, and 4 an hour later, and nothing else that a list says between. */
static gboolean
is_ended (const Dialogue *self, guint from)
{
  gint64 since = -1;

  for (guint i = from; i < self->sights->len; i++) {
    const Sight *sight = &g_array_index (self->sights, Sight, i);

    if (sight->status == 4) {
      if (since < 0)
        since = sight->at;
      else if (sight->at - since >= HOUR)
        return TRUE;
    } else if (sight->status >= 0 && sight->status < 4) {
      since = -1;
    }
  }
  return FALSE;
}

static void
remember (Dialogue *self)
{
  esim_deregistration_record_free (self->disk);
  self->disk = esim_deregistration_record_copy (self->record);
}

/* The power fails: what was on disk is all that is left. */
static void
crash (Dialogue *self)
{
  esim_deregistration_record_free (self->record);
  self->record = esim_deregistration_record_copy (self->disk);
  self->know.token = FALSE;
  self->know.answered = ESIM_TS43_ASK_NONE;
  (void) esim_ts43_resume (self->record, self->now);
  remember (self);
}

static GError *
random_error (Dialogue *self)
{
  static const guint statuses[] = {0, 0, 400, 403, 403, 404, 405, 500, 503};
  GError *error = ts43_fixture_error (ONE_OF (self->rand, statuses));

  if (g_rand_int_range (self->rand, 0, 6) == 0)
    esim_error_set_detail (error, ESIM_DETAIL_RETRY_AFTER,
                           g_variant_new_int64 (g_rand_int_range (self->rand, -5, 100000)));
  return error;
}

static void
ask_status (Dialogue *self, gboolean baseline)
{
  static const int favourable[] = {4, 4, 4, 4, 3, 0, 0, 403, 403},
                   any[] = {1, 1, 2, 3, 4, 0, -1, -2, 403, 500, 99};
  int status = baseline && g_rand_int_range (self->rand, 0, 10) > 0 ? 1
               : g_rand_boolean (self->rand)                        ? ONE_OF (self->rand, favourable)
                                                                    : ONE_OF (self->rand, any);
  g_autoptr (GError) error = status < 99 ? NULL : ts43_fixture_error (status == 99 ? 0 : (guint) status);

  SHOWN (said, MIN (status, 4));
  /* No server is asked more often than every five minutes, but after the clock was set. */
  if (!baseline && self->last_poll != 0 && !self->set)
    g_assert_cmpint (self->truly - self->last_poll, >=, ESIM_TS43_INTERVAL_MIN_S);
  if (baseline)
    esim_ts43_take_baseline (self->record, error == NULL ? &said : NULL, error, self->now);
  else
    esim_ts43_take_poll (self->record, NULL, error == NULL ? &said : NULL, error, self->now);
  if (baseline && status == 1)
    self->listed = TRUE;
  if (!baseline)
    see (self, status);
  /* Where there is no network, no server is asked. */
  if (status != 99) {
    self->last_poll = self->truly;
    self->set = FALSE;
  }
}

static void
submit (Dialogue *self, guint operation, gboolean reply)
{
  static const int results[] = {-1, 1, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 8, 9},
                   operations[] = {1, 1, 1, 1, 1, 101, 104, -1};
  EsimTs43Said said = ESIM_TS43_SAID_INIT (ESIM_TS43_MANAGE_SUBSCRIPTION);
  g_autoptr (GError) error = g_rand_int_range (self->rand, 0, 4) == 0 ? random_error (self) : NULL;
  gboolean sent = TRUE;

  g_assert_true (self->listed);
  /* The one rule. */
  g_assert_false (self->out && !reply);
  if (operation == 1 && !reply)
    self->requests++;
  esim_ts43_begin_submission (self->record, operation, reply, self->now);
  remember (self);
  if (g_rand_int_range (self->rand, 0, 8) == 0) {
    self->out = TRUE;
    crash (self);
    return;
  }
  if (error != NULL && esim_ts43_row_get_http (error) == 0 && g_rand_boolean (self->rand)) {
    esim_error_set_detail (error, ESIM_DETAIL_NOT_SENT, g_variant_new_boolean (TRUE));
    sent = FALSE;
  }
  if (sent)
    self->out = TRUE;
  said.operation_result = ONE_OF (self->rand, operations);
  said.subscription_result = ONE_OF (self->rand, results);
  said.has_page = said.subscription_result == 1 && g_rand_int_range (self->rand, 0, 5) > 0;
  said.has_message = said.subscription_result == 8 || said.operation_result == 104;
  esim_ts43_take_submission (self->record, NULL, error == NULL ? &said : NULL, error, self->now);
  if (error != NULL || operation != 1 || (said.operation_result != 1 && said.operation_result != -1))
    return;
  if (said.subscription_result == 3 || said.subscription_result == 4 || said.subscription_result == 6)
    self->acknowledged = TRUE;
  if (said.subscription_result == 6)
    self->first = TRUE;
}

static void
authenticate (Dialogue *self, EsimTs43Way way)
{
  g_autoptr (GError) error = g_rand_int_range (self->rand, 0, 4) == 0 ? random_error (self) : NULL;
  gboolean polled = self->record->stage > ESIM_STAGE_SUBMITTING;

  if (polled && error != NULL)
    see (self, esim_ts43_row_get_http (error) == 403 ? 403 : 99);
  esim_ts43_take_authentication (self->record, way, error, self->now);
  self->know.token = error == NULL;
  self->know.answered = ESIM_TS43_ASK_NONE;
}

static void
work (Dialogue *self)
{
  g_autoptr (GError) no_way = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_WRONG_STATE, "no way");
  EsimTs43Said eligible = ESIM_TS43_SAID_INIT (ESIM_TS43_CHECK_ELIGIBILITY);

  switch (esim_ts43_next (self->record, &self->know, self->now)) {
  case ESIM_TS43_TODO_AUTHENTICATE:
    authenticate (self, ESIM_TS43_WAY_SIM);
    break;
  case ESIM_TS43_TODO_LOGIN:
    esim_ts43_ask (self->record, ESIM_TS43_ASK_LOGIN, self->now);
    break;
  case ESIM_TS43_TODO_END_LOGIN:
    authenticate (self, ESIM_TS43_WAY_LOGIN);
    break;
  case ESIM_TS43_TODO_NUMBER:
    esim_ts43_ask (self->record, ESIM_TS43_ASK_NUMBER, self->now);
    break;
  case ESIM_TS43_TODO_BEGIN_CODE:
    esim_ts43_ask (self->record, ESIM_TS43_ASK_CODE, self->now);
    self->know.answered = ESIM_TS43_ASK_NONE;
    break;
  case ESIM_TS43_TODO_END_CODE:
    authenticate (self, ESIM_TS43_WAY_CODE);
    break;
  case ESIM_TS43_TODO_BASELINE:
    ask_status (self, TRUE);
    break;
  case ESIM_TS43_TODO_ELIGIBILITY:
    eligible.eligibility = g_rand_int_range (self->rand, -1, 3);
    esim_ts43_take_eligibility (self->record, &eligible, NULL, self->now);
    break;
  case ESIM_TS43_TODO_SUBMIT:
    submit (self, 1, FALSE);
    break;
  case ESIM_TS43_TODO_CHANGE:
    submit (self, 2, FALSE);
    break;
  case ESIM_TS43_TODO_REPLY:
    self->know.answered = ESIM_TS43_ASK_NONE;
    submit (self, (guint) self->record->ts43.operation, TRUE);
    break;
  case ESIM_TS43_TODO_POLL:
    ask_status (self, FALSE);
    break;
  case ESIM_TS43_TODO_CANNOT:
    esim_ts43_take_poll (self->record, NULL, NULL, no_way, self->now);
    break;
  case ESIM_TS43_TODO_NOTHING:
  default:
    break;
  }
}

static const char *const answers[] = {
    "'outcome': <'delete'>",
    "'outcome': <'delete'>",
    "'outcome': <'wait'>",
    "'outcome': <'resend'>",
    "'outcome': <'resend'>",
    "'outcome': <'submitted'>",
    "'outcome': <'yes'>",
    "'outcome': <'ended'>",
    "'outcome': <'closed'>",
    "'outcome': <'finished'>",
    "'outcome': <'finished'>",
    "'outcome': <'dismissed'>",
    "'outcome': <'delete-profile-in-use'>, 'iccid': <'8901260123456789012'>",
    "'outcome': <'delete-profile-in-use'>, 'iccid': <'8901260123456789013'>",
    "'final-address': <'https://aes.lab.example/cb?code=1'>",
    "'number': <'+66812345678'>",
    "'code': <'123456'>",
    "'button': <'accept'>, 'text': <'x'>",
    "'button': <'reject'>",
    "'outcome': <7>",
    "'opened': <true>",
};

/* What an answer allows, read from the answer and not from what follows. */
static void
allow (Dialogue *self, EsimQuestion question, GVariant *answer)
{
  const char *outcome = portal_fixture_string (answer, "outcome");

  if (strcmp (outcome, "resend") == 0 || strcmp (outcome, "yes") == 0)
    self->out = FALSE;
  if (strcmp (outcome, "delete") == 0)
    self->released = TRUE;
  if (question == ESIM_QUESTION_TS43_PAGE && self->record->ts43.operation == 1) {
    if (strcmp (outcome, "finished") == 0)
      self->acknowledged = TRUE;
  }
  if (question == ESIM_QUESTION_TS43_PAGE && strcmp (outcome, "delete-profile-in-use") == 0 &&
      strcmp (portal_fixture_string (answer, "iccid"), "8901260123456789012") == 0)
    self->acknowledged = self->first = TRUE;
}

/* The question stands, and this is one of the answers that are taken. */
static void
reply (Dialogue *self)
{
  EsimTs43Dialog dialog = {.accepts = TRUE, .rejects = TRUE, .free_text = TRUE};
  const EsimQuestionContext context = {NULL, "", &dialog};
  EsimQuestion question = esim_question_find (self->record, NULL);
  guint first = (guint) g_rand_int_range (self->rand, 0, G_N_ELEMENTS (answers));

  for (guint i = 0; question >= ESIM_QUESTION_TS43_LOGIN && i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (GVariant) answer = portal_fixture_answer (answers[(first + i) % G_N_ELEMENTS (answers)]);
    EsimTs43Ask ask = self->record->ts43.ask;

    if (!esim_answer_check (question, self->record, NULL, &context, answer, self->now, NULL))
      continue;
    g_assert_cmpint (esim_answer_releases (question, self->record, answer), ==,
                     strcmp (portal_fixture_string (answer, "outcome"), "delete") == 0);
    allow (self, question, answer);
    esim_answer_apply (question, self->record, NULL, &context, answer, self->now);
    if (g_variant_lookup (answer, "outcome", "&s", NULL) == FALSE)
      self->know.answered = ask;
    return;
  }
}

/* The profile is deleted now: would it be, by the table? */
static void
remove_profile (Dialogue *self)
{
  EsimDeregistrationRecord *record = self->record;
  const Sight *last = &g_array_index (self->sights, Sight, self->sights->len - 1);

  g_assert_true (self->listed);
  g_assert_cmpint (record->ts43.basis, !=, ESIM_TS43_SEEN_NOTHING);
  if (!self->released) {
    g_assert_true (self->acknowledged);
    g_assert_true (is_ended (self, 0));
    self->unreleased++;
  }
  /* The last that was seen of the line does not contradict it. */
  if (record->ts43.blind == 0) {
    g_assert_cmpint (last->at, >=, self->truly - ESIM_TS43_LOOK_FRESH_S);
    g_assert_cmpint (last->status, !=, 2);
    g_assert_true (last->status != 1 || self->first);
  }
  self->deletions++;
  record->stage = ESIM_STAGE_NOTIFYING_OPERATOR;
  record->removed = self->now;
  esim_ts43_end_delivery (record, self->now);
}

static void
pass_time (Dialogue *self)
{
  gint64 by = g_rand_int_range (self->rand, 0, 3) == 0
                  ? g_rand_int_range (self->rand, 0, 2 * HOUR)
                  : MAX (0, esim_ts43_get_due (self->record) - self->now);

  if (by > 8 * DAY)
    by = DAY;
  self->now += by;
  self->truly += by;
  if (g_rand_int_range (self->rand, 0, 40) == 0) {
    self->now += g_rand_int_range (self->rand, -30 * DAY, 30 * DAY);
    self->set = TRUE;
    (void) esim_ts43_clock_moved (self->record, self->now);
  }
  (void) esim_ts43_tick (self->record, self->now);
}

static void
turn (Dialogue *self)
{
  gboolean confirmed = self->record->confirmed != 0;

  pass_time (self);
  self->know.sim = g_rand_int_range (self->rand, 0, 4) > 0;
  self->know.login = g_rand_int_range (self->rand, 0, 4) > 0;
  self->know.ready = g_rand_int_range (self->rand, 0, 4) > 0;
  self->know.hurry = g_rand_int_range (self->rand, 0, 6) == 0;
  if (g_rand_int_range (self->rand, 0, 25) == 0)
    self->know.token = FALSE;
  if (g_rand_int_range (self->rand, 0, 40) == 0)
    crash (self);
  if (g_rand_int_range (self->rand, 0, 3) == 0)
    reply (self);
  else
    work (self);
  if (!confirmed && self->record->confirmed != 0 && !self->released)
    g_assert_true (self->acknowledged && is_ended (self, 0));
  if (confirmed && self->record->confirmed == 0) {
    self->reversals++;
    self->released = FALSE;
    self->first = FALSE;
    g_array_set_size (self->sights, 0);
  }
  if (self->record->stage == ESIM_STAGE_CONFIRMED && esim_portal_is_over (self->record, self->now) &&
      esim_ts43_may_remove (self->record, self->now))
    remove_profile (self);
  remember (self);
}

static gboolean
is_over (const EsimDeregistrationRecord *record)
{
  return esim_stage_is_ended (record->stage) || !esim_deregistration_record_is_ts43 (record);
}

static void
run (guint32 seed, guint *counts)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (GArray) sights = g_array_new (FALSE, FALSE, sizeof (Sight));
  Dialogue self = {.rand = rand, .sights = sights, .now = START, .truly = START};

  self.record = ts43_fixture_new ();
  self.record->recipients = (guint) g_rand_int_range (rand, 0, 4);
  remember (&self);
  for (guint i = 0; i < TURNS && !is_over (self.record); i++)
    turn (&self);
  /* Now and then the long way: over the disk. */
  if (seed % 50 == 0)
    esim_deregistration_record_free (ts43_fixture_reread (self.record));
  counts[0] += self.requests;
  counts[1] += self.deletions;
  counts[2] += self.unreleased;
  counts[3] += self.reversals;
  esim_deregistration_record_free (self.record);
  esim_deregistration_record_free (self.disk);
}

static void
test_walk (void)
{
  guint counts[4] = {0, 0, 0, 0};

  for (guint32 i = 0; i < DIALOGUES; i++) {
    g_test_message ("dialogue %u", SEED + i);
    run (SEED + i, counts);
  }
  g_test_message ("%u dialogues: %u requests, %u deletions, %u of them by the first row alone, %u reversals",
                  DIALOGUES, counts[0], counts[1], counts[2], counts[3]);
  /* A walk that never comes anywhere would show nothing. */
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    g_assert_cmpuint (counts[i], >, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ts43-walk/dialogues", test_walk);
  return g_test_run ();
}
