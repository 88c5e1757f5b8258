/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The judgement over a carrier's entitlement server, before servers of the laboratory that say things by
 * chance: their documents go through the daemon's reader, and what the record makes of them is compared with
 * what the laboratory's own reading of the table of evidence permits.
 *
 * usage: ts43-dialogues FIRST COUNT, with the laboratory's entitlement_pipe on stdin and stdout. Aborts at
 * the first violation; in the end it tells on stderr how far the dialogues came. */
#include "esim-answer.h"
#include "esim-error.h"
#include "esim-portal-review.h"
#include "esim-ts43-document.h"
#include "portal-fixture.h"
#include "ts43-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS 70
#define LINE "8944500102201200013"
#define HTTP_OK 200

#define ONE_OF(rand, list) ((list)[g_rand_int_range (rand, 0, G_N_ELEMENTS (list))])

typedef struct {
  guint32 seed;
  GRand *rand;
  EsimDeregistrationRecord *record, *disk;
  EsimTs43Know know;
  gint64 now;
  guint agreed;      /* requests that the user agreed to, after the first */
  guint submissions; /* that were not surely kept from going out */
  gboolean released; /* by the user, since the last reversal */
} Dialogue;

static struct {
  guint submissions, agreed, confirmed, released, deletions, reversals, unreadable;
} counts;

/* One line there and one back. */
static char *
order (const char *format, ...)
{
  static char *line;
  static size_t room;
  va_list arguments;

  va_start (arguments, format);
  (void) vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
  fflush (stdout);
  if (getline (&line, &room, stdin) < 0)
    g_error ("the laboratory's server is gone");
  return g_strstrip (line);
}

static gint64
get_moment (const Dialogue *self)
{
  return self->now - START;
}

/* As the session has it: what is no document is an error that says nothing of what the server has done. */
static EsimTs43Document *
read_answer (const char *line, GError **error)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  g_autoptr (GBytes) body = NULL;
  guint status;
  guchar *octets;
  gsize size = 0;

  if (strcmp (words[0], "none") == 0) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_UNREACHABLE, "none: %s", words[1]);
    return NULL;
  }
  status = (guint) g_ascii_strtoull (words[0], NULL, 10);
  if (status != HTTP_OK) {
    g_propagate_error (error, ts43_fixture_error (status));
    return NULL;
  }
  octets = g_base64_decode (strcmp (words[2], "-") == 0 ? "" : words[2], &size);
  body = g_bytes_new_take (octets, size);
  return esim_ts43_document_parse (body, words[1], error);
}

/* Everything that is judged; lives as long as the document. */
typedef struct {
  EsimTs43Document *document;
  GPtrArray *others;
  EsimTs43Said said;
} Heard;

/* (nullable): with @error */
static EsimTs43Said *
hear (Heard *heard, const char *operation, const char *line, GError **error)
{
  heard->document = read_answer (line, error);
  if (heard->document == NULL) {
    counts.unreadable++;
    return NULL;
  }
  heard->others = esim_ts43_said_read (&heard->said, operation, heard->document, LINE);
  return &heard->said;
}

static void
heard_clear (Heard *heard)
{
  g_clear_pointer (&heard->document, esim_ts43_document_unref);
  g_clear_pointer (&heard->others, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Heard, heard_clear)

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

static void
authenticate (Dialogue *self, EsimTs43Way way)
{
  static const guint statuses[] = {0, 403, 403, 500, 503};
  g_autoptr (GError) error = NULL;

  if (g_rand_int_range (self->rand, 0, 6) == 0) {
    guint status = ONE_OF (self->rand, statuses);

    error = ts43_fixture_error (status);
    if (status == 403)
      (void) order ("forbid %" G_GINT64_FORMAT, get_moment (self));
  }
  esim_ts43_take_authentication (self->record, way, error, self->now);
  self->know.token = error == NULL;
  self->know.answered = ESIM_TS43_ASK_NONE;
}

/* A request that only reads. */
static void
ask (Dialogue *self, EsimTs43Todo todo)
{
  const char *operation =
      todo == ESIM_TS43_TODO_ELIGIBILITY ? ESIM_TS43_CHECK_ELIGIBILITY : ESIM_TS43_ACQUIRE_CONFIGURATION;
  g_autoptr (GError) error = NULL;
  g_auto (Heard) heard = {0};
  const char *line =
      order ("ask %" G_GINT64_FORMAT " {\"operation\": \"%s\", \"terminal_iccid\": \"" LINE "\"}",
             get_moment (self), operation);
  EsimTs43Said *said = hear (&heard, operation, line, &error);

  if (todo == ESIM_TS43_TODO_ELIGIBILITY)
    esim_ts43_take_eligibility (self->record, said, error, self->now);
  else if (todo == ESIM_TS43_TODO_BASELINE)
    esim_ts43_take_baseline (self->record, said, error, self->now);
  else
    esim_ts43_take_poll (self->record, NULL, said, error, self->now);
}

/* What never left this machine, which is the one case in which it may be sent again by itself. */
static void
take_not_sent (Dialogue *self)
{
  g_autoptr (GError) error = ts43_fixture_error (0);

  esim_error_set_detail (error, ESIM_DETAIL_NOT_SENT, g_variant_new_boolean (TRUE));
  esim_ts43_take_submission (self->record, NULL, NULL, error, self->now);
}

static void
submit (Dialogue *self, guint operation, gboolean reply)
{
  g_autoptr (GError) error = NULL;
  g_auto (Heard) heard = {0};
  const char *line;
  EsimTs43Said *said;

  esim_ts43_begin_submission (self->record, operation, reply, self->now);
  remember (self);
  if (g_rand_int_range (self->rand, 0, 8) == 0) {
    take_not_sent (self);
    return;
  }
  if (!reply && self->submissions++ > self->agreed)
    g_error ("dialogue %u: a second request that nobody agreed to", self->seed);
  line = order ("ask %" G_GINT64_FORMAT " {\"operation\": \"ManageSubscription\", \"operation_type\": %u, "
                "\"terminal_iccid\": \"" LINE "\", \"target_terminal_iccid\": \"" LINE "\"%s}",
                get_moment (self), operation, reply ? ", \"MSG_btn\": 1" : "");
  if (g_rand_int_range (self->rand, 0, 10) == 0) {
    crash (self);
    return;
  }
  said = hear (&heard, ESIM_TS43_MANAGE_SUBSCRIPTION, line, &error);
  esim_ts43_take_submission (self->record, NULL, said, error, self->now);
}

static void
work (Dialogue *self)
{
  g_autoptr (GError) no_way = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_WRONG_STATE, "no way");
  EsimTs43Todo todo = esim_ts43_next (self->record, &self->know, self->now);

  switch (todo) {
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
  case ESIM_TS43_TODO_ELIGIBILITY:
  case ESIM_TS43_TODO_POLL:
    ask (self, todo);
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
    "'outcome': <'wait'>",
    "'outcome': <'resend'>",
    "'outcome': <'submitted'>",
    "'outcome': <'yes'>",
    "'outcome': <'ended'>",
    "'outcome': <'closed'>",
    "'outcome': <'finished'>",
    "'outcome': <'dismissed'>",
    "'final-address': <'https://aes.lab.example/cb?code=1'>",
    "'number': <'+66812345678'>",
    "'code': <'123456'>",
    "'button': <'accept'>, 'text': <'x'>",
    "'button': <'reject'>",
};

/* A "delete" where the question has it, and nothing that the carrier said stands behind that: the deletion
 * would be without evidence, whoever clicked. */
static void
release (Dialogue *self)
{
  const char *permitted = order ("permits");

  if (self->record->ts43.seen != ESIM_TS43_SEEN_NOTHING && strstr (permitted, "question") == NULL &&
      strstr (permitted, "attest") == NULL && strstr (permitted, "confirmed") == NULL)
    g_error ("dialogue %u: the user was offered a deletion on \"%s\", and the table has nothing", self->seed,
             esim_ts43_seen_to_string (self->record->ts43.seen));
  self->released = TRUE;
  counts.released++;
}

static void
reply (Dialogue *self)
{
  EsimTs43Dialog dialog = {.accepts = TRUE, .rejects = TRUE, .free_text = TRUE};
  const EsimQuestionContext context = {NULL, "", &dialog};
  EsimQuestion question = esim_question_find (self->record, NULL);
  guint first = (guint) g_rand_int_range (self->rand, 0, G_N_ELEMENTS (answers));

  for (guint i = 0; question >= ESIM_QUESTION_TS43_LOGIN && i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (GVariant) answer = portal_fixture_answer (answers[(first + i) % G_N_ELEMENTS (answers)]);
    const char *outcome = portal_fixture_string (answer, "outcome");
    EsimTs43Ask asked = self->record->ts43.ask;

    if (!esim_answer_check (question, self->record, NULL, &context, answer, self->now, NULL))
      continue;
    if (strcmp (outcome, "resend") == 0 || strcmp (outcome, "yes") == 0) {
      self->agreed++;
      counts.agreed++;
    }
    if (strcmp (outcome, "delete") == 0)
      release (self);
    esim_answer_apply (question, self->record, NULL, &context, answer, self->now);
    if (*outcome == '\0')
      self->know.answered = asked;
    return;
  }
}

/* Called when the profile would go. */
static void
remove_profile (Dialogue *self)
{
  if (!self->released && strstr (order ("permits"), "confirmed") == NULL)
    g_error ("dialogue %u: the profile would be deleted, and the table has not confirmed the end",
             self->seed);
  counts.deletions++;
  self->record->stage = ESIM_STAGE_NOTIFYING_OPERATOR;
  self->record->removed = self->now;
  esim_ts43_end_delivery (self->record, self->now);
}

static void
pass_time (Dialogue *self)
{
  gint64 by = g_rand_int_range (self->rand, 0, 3) == 0
                  ? g_rand_int_range (self->rand, 0, 2 * HOUR)
                  : MAX (0, esim_ts43_get_due (self->record) - self->now);

  self->now += by > 8 * DAY ? DAY : by;
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
  if (g_rand_int_range (self->rand, 0, 40) == 0)
    crash (self);
  if (g_rand_int_range (self->rand, 0, 3) == 0)
    reply (self);
  else
    work (self);
  if (!confirmed && self->record->confirmed != 0) {
    counts.confirmed++;
    if (!self->released && strstr (order ("permits"), "confirmed") == NULL)
      g_error ("dialogue %u: the end was called confirmed, and the table has it not", self->seed);
  }
  if (confirmed && self->record->confirmed == 0) {
    counts.reversals++;
    self->released = FALSE;
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
run (guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  Dialogue self = {.seed = seed, .rand = rand, .now = START};

  (void) order ("begin %u", seed);
  self.record = ts43_fixture_new ();
  esim_set_string (&self.record->iccid, LINE);
  self.record->recipients = (guint) g_rand_int_range (rand, 0, 3);
  remember (&self);
  for (guint i = 0; i < TURNS && !is_over (self.record); i++)
    turn (&self);
  if (g_ascii_strtoull (order ("taken"), NULL, 10) > 1 + self.agreed)
    g_error ("dialogue %u: the server has taken more requests than the user agreed to", seed);
  counts.submissions += self.submissions;
  esim_deregistration_record_free (self.record);
  esim_deregistration_record_free (self.disk);
}

int
main (int argc, char **argv)
{
  guint32 first, count;

  if (argc != 3)
    g_error ("usage: ts43-dialogues FIRST COUNT");
  first = (guint32) g_ascii_strtoull (argv[1], NULL, 10);
  count = (guint32) g_ascii_strtoull (argv[2], NULL, 10);
  for (guint32 i = 0; i < count; i++)
    run (first + i);
  fprintf (stderr,
           "{\"dialogues\": %u, \"submissions\": %u, \"agreed\": %u, \"confirmed\": %u, \"released\": %u, "
           "\"deletions\": %u, \"reversals\": %u, \"unreadable\": %u}\n",
           count, counts.submissions, counts.agreed, counts.confirmed, counts.released, counts.deletions,
           counts.reversals, counts.unreadable);
  return 0;
}
