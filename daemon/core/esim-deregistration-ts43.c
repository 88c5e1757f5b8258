/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of a deregistration that talks to the carrier's entitlement server: what comes next follows from
 * the record (esim-ts43-plan.h), what an answer means is judged there, too (esim-ts43-evidence.h); here it is
 * asked, and everything is on disk before the next step. */
#include "esim-deregistration-private.h"
#include "esim-error.h"
#include "esim-options.h"
#include "esim-ts43-evidence.h"

#include <string.h>
#include <time.h>

/* operation_type of ManageSubscription */
#define UNSUBSCRIBE 1
#define CHANGE 2
/* More than a clock is ever slewed by over a poll, and too little to make two answers of one hour. */
#define CLOCK_MOVED_S (10 * 60)

static void take_outcome (EsimDeregistration *self, EsimTs43Outcome *outcome);

void
esim_deregistration_drop_given (EsimDeregistration *self)
{
  if (self->given != NULL)
    explicit_bzero (self->given, strlen (self->given));
  g_clear_pointer (&self->given, g_free);
  self->answered_ask = ESIM_TS43_ASK_NONE;
}

void
esim_deregistration_keep_given (EsimDeregistration *self, GVariant *answer)
{
  static const struct {
    EsimQuestion question;
    EsimTs43Ask ask;
    const char *key;
  } kept[] = {{ESIM_QUESTION_TS43_LOGIN, ESIM_TS43_ASK_LOGIN, "final-address"},
              {ESIM_QUESTION_TS43_NUMBER, ESIM_TS43_ASK_NUMBER, "number"},
              {ESIM_QUESTION_TS43_CODE, ESIM_TS43_ASK_CODE, "code"},
              {ESIM_QUESTION_TS43_MESSAGE, ESIM_TS43_ASK_MESSAGE, "text"}};

  esim_deregistration_drop_given (self);
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++) {
    const char *text = esim_options_lookup_string (answer, kept[i].key);

    if (kept[i].question != self->asked || (text == NULL && self->asked != ESIM_QUESTION_TS43_MESSAGE))
      continue;
    self->given = g_strdup (text);
    self->given_accept = g_strcmp0 (esim_options_lookup_string (answer, "button"), "accept") == 0;
    self->answered_ask = kept[i].ask;
  }
}

static const EsimProfileInfo *
find_profile (EsimDeregistration *self)
{
  EsimCardSnapshot *card = self->present ? esim_euicc_get_snapshot (self->euicc) : NULL;

  return card != NULL ? esim_card_snapshot_find (card, self->record->iccid) : NULL;
}

static EsimTs43Know
get_know (EsimDeregistration *self)
{
  const EsimProfileInfo *profile = find_profile (self);
  gboolean cardless = esim_deregistration_record_is_cardless (self->record);
  EsimStage stage = self->record->stage;

  return (EsimTs43Know){
      .token = self->run != NULL && esim_ts43_run_has_token (self->run),
      .sim = profile != NULL && profile->enabled,
      /* Nobody is bothered by a poll in the background, nor before the card was looked at: it may do. */
      .login = (cardless || self->present || self->record->ts43.way > ESIM_TS43_WAY_SIM) &&
               (stage == ESIM_STAGE_VERIFYING_IDENTITY || stage == ESIM_STAGE_SUBMITTING || self->hurry),
      .answered = self->answered_ask,
      .ready = self->ready && self->present,
      .hurry = self->hurry,
  };
}

static const EsimCarrierFact *
find_server (EsimDeregistration *self, const EsimCarrier *carrier)
{
  g_autoptr (GPtrArray) facts = NULL;

  if (carrier == NULL)
    return NULL;
  facts = esim_carrier_find_facts (carrier, "entitlement",
                                   *self->record->plan != '\0' ? self->record->plan : NULL);
  for (guint i = 0; i < facts->len; i++)
    if (g_strcmp0 (esim_carrier_fact_get_string (g_ptr_array_index (facts, i), "protocol"), "ts43") == 0)
      return g_ptr_array_index (facts, i);
  return NULL;
}

static void
on_asked (EsimTs43Outcome *outcome, GObject *owner)
{
  EsimDeregistration *self = ESIM_DEREGISTRATION (owner);

  self->asking = FALSE;
  if (self->stopped || self->forgotten) {
    esim_ts43_outcome_free (outcome);
    return;
  }
  /* What is being written comes first: this is judged on top of it. */
  if (self->writing)
    self->outcome = outcome;
  else
    take_outcome (self, outcome);
}

static void
send (EsimDeregistration *self)
{
  g_autoptr (EsimCarrier) carrier = esim_deregistration_dup_carrier (self);
  const EsimCarrierFact *server = find_server (self, carrier);
  EsimTs43Step step = {.todo = self->todo,
                       .eid = self->record->eid,
                       .iccid = self->record->iccid,
                       .operation = (guint) self->record->ts43.operation,
                       .accept = self->given_accept,
                       .text = self->given};
  g_auto (GStrv) hosts = NULL;

  if (server != NULL) {
    (void) g_variant_lookup (server->values, "hosts", "^as", &hosts);
    step.path = esim_carrier_fact_get_string (server, "path");
  }
  step.hosts = hosts;
  if (self->todo == ESIM_TS43_TODO_AUTHENTICATE)
    step.euicc = self->euicc;
  if (self->run == NULL)
    self->run = esim_ts43_run_new (self->setup.carrier_worker);
  self->asking = TRUE;
  esim_ts43_run_do (self->run, &step, G_OBJECT (self), on_asked);
}

static void
commit (EsimDeregistration *self, EsimDeregistrationRecord *record)
{
  esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, NULL, NULL);
}

/* It is on disk that a request goes out before it does. */
static void
begin_submission (EsimDeregistration *self, gint64 now)
{
  EsimDeregistrationRecord *record = esim_deregistration_record_copy (self->record);
  gboolean reply = self->todo == ESIM_TS43_TODO_REPLY;
  guint operation = reply                                 ? (guint) record->ts43.operation
                    : self->todo == ESIM_TS43_TODO_CHANGE ? CHANGE
                                                          : UNSUBSCRIBE;

  esim_ts43_begin_submission (record, operation, reply, now);
  esim_deregistration_commit (self, record, FALSE, send, NULL, NULL);
}

/* When the machine was started, by the wall clock: another moment once that was set. A sleep is no
 * difference. */
static gint64
get_start (gint64 now)
{
  struct timespec since = {0};

  if (clock_gettime (CLOCK_BOOTTIME, &since) != 0)
    return 0;
  return now - (gint64) since.tv_sec;
}

static void
go_on_by_the_clock (EsimDeregistration *self)
{
  self->started = self->moved;
  esim_deregistration_go_on (self);
}

/* How much time lay between two answers is not known over a clock that was set: @record forgets what was
 * counted. Returns: whether it has changed; it is to be committed with go_on_by_the_clock() then */
static gboolean
notice_clock (EsimDeregistration *self, EsimDeregistrationRecord *record, gint64 now)
{
  gint64 start = get_start (now);

  if (self->started != 0 && ABS (start - self->started) < CLOCK_MOVED_S)
    return FALSE;
  self->moved = start;
  if (self->started != 0 && esim_ts43_clock_moved (record, now))
    return TRUE;
  self->started = start;
  return FALSE;
}

/* An answer came, or none, and could not be written down: as after a restart it is not known. */
static gboolean
is_lost (const EsimDeregistrationRecord *record)
{
  return record->stage == ESIM_STAGE_SUBMITTING && record->ts43.submitting != 0 &&
         record->ts43.answered == 0 && record->ts43.ask == ESIM_TS43_ASK_NONE;
}

/* A poll is due, and only the SIM could say who asks: it is not switched for that, but somebody can. */
static void
show_what_is_missing (EsimDeregistration *self, const EsimTs43Know *know, gint64 now)
{
  const EsimTs43Track *track = &self->record->ts43;
  EsimStage stage = self->record->stage;
  g_autoptr (GError) missing = NULL;

  if ((stage != ESIM_STAGE_IN_REVIEW && stage != ESIM_STAGE_SUBMISSION_UNKNOWN) || know->token || know->sim ||
      track->way > ESIM_TS43_WAY_SIM || track->next_poll > now || self->record->error != NULL)
    return;
  missing = self->present ? g_error_new_literal (ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                                                 "the carrier is asked with the profile's own SIM, and the "
                                                 "profile is disabled: enable it, and it goes on")
                          : g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARD_REMOVED,
                                                 "the carrier is asked with the profile's own SIM, and the "
                                                 "card is not there: put it back, and it goes on");
  esim_deregistration_record_set_error (self->record, missing);
  esim_deregistration_changed (self);
}

static void
find_nothing (EsimDeregistration *self, const EsimTs43Know *know, gint64 now)
{
  EsimTs43Ask ask = self->record->ts43.ask;

  show_what_is_missing (self, know, now);
  /* Whoever wanted to know has to log in first, and is asked to. */
  if (ask < ESIM_TS43_ASK_LOGIN || ask > ESIM_TS43_ASK_CODE)
    self->hurry = FALSE;
}

/* What the calendar and the clock bring comes before anything is asked. Returns: whether it is being written
 */
static gboolean
look_at_time (EsimDeregistration *self, gint64 now)
{
  g_autoptr (EsimDeregistrationRecord) record = esim_deregistration_record_copy (self->record);

  if (notice_clock (self, record, now))
    esim_deregistration_commit (self, g_steal_pointer (&record), FALSE, go_on_by_the_clock, NULL, NULL);
  else if (is_lost (record) ? esim_ts43_resume (record, now) : esim_ts43_tick (record, now))
    commit (self, g_steal_pointer (&record));
  return record == NULL;
}

gboolean
esim_deregistration_ask_carrier (EsimDeregistration *self)
{
  g_autoptr (EsimDeregistrationRecord) record = NULL;
  g_autoptr (EsimCarrier) carrier = NULL;
  g_autoptr (GError) blind = NULL;
  gint64 now = esim_deregistration_now ();
  EsimTs43Know know;

  if (!esim_deregistration_record_is_ts43 (self->record) || self->record->dry_run)
    return FALSE;
  if (look_at_time (self, now))
    return TRUE;
  record = esim_deregistration_record_copy (self->record);
  know = get_know (self);
  self->todo = esim_ts43_next (self->record, &know, now);
  /* Between the carrier's question and its answer only the card can prove the line unasked: what the answer
   * was for is lost over a login. */
  if (record->stage == ESIM_STAGE_SUBMITTING && record->ts43.submitting != 0 &&
      self->todo > ESIM_TS43_TODO_AUTHENTICATE && self->todo <= ESIM_TS43_TODO_END_CODE &&
      esim_ts43_resume (record, now)) {
    esim_deregistration_drop_given (self);
    commit (self, g_steal_pointer (&record));
    return TRUE;
  }
  switch (self->todo) {
  case ESIM_TS43_TODO_NOTHING:
    find_nothing (self, &know, now);
    return FALSE;
  case ESIM_TS43_TODO_NUMBER:
    esim_ts43_ask (record, ESIM_TS43_ASK_NUMBER, now);
    commit (self, g_steal_pointer (&record));
    return TRUE;
  case ESIM_TS43_TODO_CANNOT:
    carrier = esim_deregistration_dup_carrier (self);
    blind = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                                 "the carrier cannot be asked once more before the deletion: the profile is "
                                 "not enabled, and there is no login");
    esim_ts43_take_poll (record, carrier, NULL, blind, now);
    commit (self, g_steal_pointer (&record));
    return TRUE;
  case ESIM_TS43_TODO_SUBMIT:
  case ESIM_TS43_TODO_REPLY:
  case ESIM_TS43_TODO_CHANGE:
    begin_submission (self, now);
    return TRUE;
  case ESIM_TS43_TODO_AUTHENTICATE:
  case ESIM_TS43_TODO_LOGIN:
  case ESIM_TS43_TODO_END_LOGIN:
  case ESIM_TS43_TODO_BEGIN_CODE:
  case ESIM_TS43_TODO_END_CODE:
  case ESIM_TS43_TODO_BASELINE:
  case ESIM_TS43_TODO_ELIGIBILITY:
  case ESIM_TS43_TODO_POLL:
  default:
    send (self);
    return TRUE;
  }
}

/* What the user gave was used; where it was of no use, the same is asked again. */
static void
take_identity (EsimDeregistration *self, EsimDeregistrationRecord *record, EsimTs43Outcome *outcome,
               gint64 now)
{
  gboolean again = g_error_matches (outcome->error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);

  if (outcome->error != NULL && record->stage == ESIM_STAGE_SUBMITTING && record->ts43.submitting != 0) {
    /* The carrier's question is still there, and so is the user who can answer it again. */
    esim_ts43_ask (record, ESIM_TS43_ASK_MESSAGE, now);
    esim_deregistration_record_set_error (record, outcome->error);
  } else if (outcome->todo == ESIM_TS43_TODO_AUTHENTICATE) {
    esim_ts43_take_authentication (record, ESIM_TS43_WAY_SIM, outcome->error, now);
  } else if (outcome->todo == ESIM_TS43_TODO_BEGIN_CODE && (outcome->error == NULL || again)) {
    esim_ts43_ask (record, again ? ESIM_TS43_ASK_NUMBER : ESIM_TS43_ASK_CODE, now);
  } else if (outcome->todo == ESIM_TS43_TODO_END_CODE || outcome->todo == ESIM_TS43_TODO_BEGIN_CODE) {
    if (again)
      esim_ts43_ask (record, ESIM_TS43_ASK_CODE, now);
    else
      esim_ts43_take_authentication (record, ESIM_TS43_WAY_CODE, outcome->error, now);
  } else if (outcome->again || (again && self->dialog != NULL)) {
    esim_ts43_ask (record, ESIM_TS43_ASK_LOGIN, now);
  } else {
    esim_ts43_take_authentication (record, ESIM_TS43_WAY_LOGIN, outcome->error, now);
  }
  if (again)
    esim_deregistration_record_set_error (record, outcome->error);
}

static void
take_document (EsimDeregistration *self, EsimDeregistrationRecord *record, EsimTs43Outcome *outcome,
               gint64 now)
{
  static const char *const operations[] = {
      [ESIM_TS43_TODO_BASELINE] = ESIM_TS43_ACQUIRE_CONFIGURATION,
      [ESIM_TS43_TODO_ELIGIBILITY] = ESIM_TS43_CHECK_ELIGIBILITY,
      [ESIM_TS43_TODO_SUBMIT] = ESIM_TS43_MANAGE_SUBSCRIPTION,
      [ESIM_TS43_TODO_REPLY] = ESIM_TS43_MANAGE_SUBSCRIPTION,
      [ESIM_TS43_TODO_CHANGE] = ESIM_TS43_MANAGE_SUBSCRIPTION,
      [ESIM_TS43_TODO_POLL] = ESIM_TS43_ACQUIRE_CONFIGURATION,
  };
  g_autoptr (EsimCarrier) carrier = esim_deregistration_dup_carrier (self);
  g_autoptr (GPtrArray) borrowed = NULL;
  EsimTs43Said read, *said = NULL;

  if (outcome->document != NULL) {
    borrowed = esim_ts43_said_read (&read, operations[outcome->todo], outcome->document, record->iccid);
    said = &read;
  }
  if (outcome->todo == ESIM_TS43_TODO_BASELINE)
    esim_ts43_take_baseline (record, said, outcome->error, now);
  else if (outcome->todo == ESIM_TS43_TODO_ELIGIBILITY)
    esim_ts43_take_eligibility (record, said, outcome->error, now);
  else if (outcome->todo == ESIM_TS43_TODO_POLL)
    esim_ts43_take_poll (record, carrier, said, outcome->error, now);
  else
    esim_ts43_take_submission (record, carrier, said, outcome->error, now);
}

static gboolean
is_identity (EsimTs43Todo todo)
{
  return todo >= ESIM_TS43_TODO_AUTHENTICATE && todo <= ESIM_TS43_TODO_END_CODE;
}

static void
take_outcome (EsimDeregistration *self, EsimTs43Outcome *taken)
{
  g_autoptr (EsimTs43Outcome) outcome = taken;
  EsimDeregistrationRecord *record;
  gint64 now = esim_deregistration_now ();
  gboolean kept, moved;

  if (outcome->stale) {
    esim_deregistration_go_on (self);
    return;
  }
  /* Who asks is proven first; what was wanted comes after it. */
  if (!is_identity (outcome->todo) || outcome->error != NULL)
    self->hurry = FALSE;
  record = esim_deregistration_record_copy (self->record);
  moved = notice_clock (self, record, now);
  if (is_identity (outcome->todo))
    take_identity (self, record, outcome, now);
  else
    take_document (self, record, outcome, now);
  /* The question stands on what the server brought before, where it brought nothing new. */
  kept = outcome->dialog == NULL &&
         ((record->ts43.ask >= ESIM_TS43_ASK_LOGIN && record->ts43.ask <= ESIM_TS43_ASK_PAGE) ||
          (outcome->todo == ESIM_TS43_TODO_AUTHENTICATE && self->answered_ask == ESIM_TS43_ASK_MESSAGE));
  if (!kept) {
    g_clear_pointer (&self->dialog, esim_ts43_dialog_free);
    self->dialog = g_steal_pointer (&outcome->dialog);
  }
  /* The answer to the carrier's question waits for the proof that it needs. */
  if (outcome->todo != ESIM_TS43_TODO_AUTHENTICATE || outcome->error != NULL)
    esim_deregistration_drop_given (self);
  esim_deregistration_commit (self, record, FALSE, moved ? go_on_by_the_clock : esim_deregistration_go_on,
                              NULL, NULL);
}

void
esim_deregistration_take_late_outcome (EsimDeregistration *self)
{
  if (self->outcome == NULL || self->writing)
    return;
  take_outcome (self, g_steal_pointer (&self->outcome));
}

gboolean
esim_deregistration_notice_sim (EsimDeregistration *self)
{
  const EsimProfileInfo *profile = find_profile (self);
  gboolean before = self->sim;

  self->sim = profile != NULL && profile->enabled;
  if (!self->present)
    self->ready = FALSE;
  return self->sim && !before && esim_deregistration_record_is_ts43 (self->record);
}

gint64
esim_deregistration_get_carrier_due (EsimDeregistration *self, gint64 now)
{
  return esim_ts43_get_due_after (self->record, now);
}

void
esim_deregistration_leave_carrier (EsimDeregistration *self)
{
  g_clear_pointer (&self->run, esim_ts43_run_free);
  g_clear_pointer (&self->dialog, esim_ts43_dialog_free);
  g_clear_pointer (&self->outcome, esim_ts43_outcome_free);
  esim_deregistration_drop_given (self);
}
