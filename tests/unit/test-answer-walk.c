/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers at random, good ones and bad ones, from a fixed seed: what must hold whatever anybody says. */
#include "esim-answer.h"
#include "esim-error.h"
#include "esim-portal-review.h"
#include "portal-fixture.h"
#include "folder.h"

#include <glib/gstdio.h>
#include <string.h>

#define STEPS_OF_WALK 20000
#define SEED 20261122
#define SHA "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define ONE_OF(rand, list) ((list)[g_rand_int_range (rand, 0, G_N_ELEMENTS (list))])

/* What is asked here is what a record says, not whether it outlives a power cut: that takes its time. */
gboolean __wrap_g_file_set_contents_full (const char *path, const char *data, gssize length,
                                          GFileSetContentsFlags flags, int mode, GError **error);
gboolean __real_g_file_set_contents_full (const char *path, const char *data, gssize length,
                                          GFileSetContentsFlags flags, int mode, GError **error);
int __wrap_fsync (int fd);

gboolean
__wrap_g_file_set_contents_full (const char *path, const char *data, gssize length,
                                 GFileSetContentsFlags flags, int mode, GError **error)
{
  (void) g_remove (path); /* or what is longer than @data stays behind it */
  return __real_g_file_set_contents_full (path, data, length, G_FILE_SET_CONTENTS_NONE, mode, error);
}

int
__wrap_fsync (int fd)
{
  return 0;
}

typedef struct {
  GRand *rand;
  EsimStore *store;
  EsimCarrier *carriers[3];
  EsimDeregistrationRecord *record;
  gint64 now;
  gboolean in_doubt; /* what was sent may have arrived, and the user has not said that it came to nothing */
  guint reached[ESIM_STAGE_UNREADABLE + 1];
  guint accepted, refused;
  char *last; /* what was written last */
} Walk;

/* Each with the question that it is for; the others get it too. */
static const struct {
  EsimQuestion question;
  const char *text;
} good[] = {
    {ESIM_QUESTION_CARRIER, "'carrier': <'lab'>"},
    {ESIM_QUESTION_CARRIER, "'carrier': <''>"},
    {ESIM_QUESTION_PLAN, "'plan': <'p'>"},
    {ESIM_QUESTION_PLAN, "'plan': <''>"},
    {ESIM_QUESTION_CONSENT, "'consent': <true>"},
    {ESIM_QUESTION_CONSENT, "'consent': <false>"},
    {ESIM_QUESTION_LOGIN, "'outcome': <'done'>"},
    {ESIM_QUESTION_REQUEST, "'opened': <true>"},
    {ESIM_QUESTION_REQUEST, "'opened': <false>"},
    {ESIM_QUESTION_SUBMISSION, "'outcome': <'not-yet'>"},
    {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>"},
    {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>, 'expected-by': <'2026-12-24'>"},
    {ESIM_QUESTION_SUBMISSION, "'outcome': <'rejected'>"},
    {ESIM_QUESTION_SUBMISSION, "'outcome': <'not-submitted'>"},
    {ESIM_QUESTION_SUBMISSION, "'outcome': <'unknown'>"},
    {ESIM_QUESTION_SUBMISSION, "'outcome': <'refused'>"},
    {ESIM_QUESTION_OUTCOME, "'outcome': <'refused'>"},
    {ESIM_QUESTION_OUTCOME, "'outcome': <'rejected'>"},
    {ESIM_QUESTION_OUTCOME, "'outcome': <'in-review'>"},
    {ESIM_QUESTION_OUTCOME, "'outcome': <'unknown'>"},
    {ESIM_QUESTION_OUTCOME, "'outcome': <'confirmed'>"},
    {ESIM_QUESTION_OUTCOME, "'outcome': <'confirmed'>, 'effective-date': <'2027-06-30'>"},
    {ESIM_QUESTION_REMINDER, "'seen': <true>"},
    {ESIM_QUESTION_REMINDER, "'remove-now': <true>"},
};

static const char *const beside[] = {
    "'reference': <'R 7/8'>",
    "'reference': <'确认  '>",
    "'reference': <' \\\\ ; = [x] # '>",
    "'reference': <'a\\nb'>",
    "'reference': <''>",
    "'missing': <['iccid', 'other']>",
    "'missing': <@as []>",
    "'missing': <['a;b']>",
    "'tasks-done': <['first']>",
    "'tasks-done': <['second', 'first']>",
    "'tasks-done': <@as []>",
    "'tasks-done': <['../x']>",
    "'document-name': <'end.pdf'>, 'document-size': <uint64 7>, 'document-sha256': <'" SHA "'>",
    "'document-name': <'Ende; \"確認\" = \\\\ .pdf'>, 'document-size': <uint64 9223372036854775807>, "
    "'document-sha256': <'" SHA "'>",
    "'document-name': <'a/b'>, 'document-size': <uint64 7>, 'document-sha256': <'" SHA "'>",
    "'document-size': <uint64 18446744073709551615>",
    "'date': <'1999-12-31'>",
    "'effective-date': <'x'>",
    "'x': <'y'>",
    "'outcome': <7>",
    "'contract-continues': <true>",
    "'seen': <false>",
};

/* (transfer full): a key with a day around today, seldom far away */
static char *
random_date (Walk *self)
{
  static const char *const names[] = {"date", "expected-by", "effective-date"};
  gint64 days = g_rand_int_range (self->rand, 0, 8) == 0 ? g_rand_int_range (self->rand, -9000, 9000)
                                                         : g_rand_int_range (self->rand, -3, 40);
  g_autoptr (GDateTime) day = g_date_time_new_from_unix_utc (self->now + days * ESIM_PORTAL_DAY_S);
  g_autofree char *text = g_date_time_format (day, "%Y-%m-%d");

  return g_strdup_printf ("'%s': <'%s'>", ONE_OF (self->rand, names), text);
}

/* One of this question's in two of three; any other */
static const char *
random_good (Walk *self, EsimQuestion question)
{
  guint i = (guint) g_rand_int_range (self->rand, 0, G_N_ELEMENTS (good));

  if (g_rand_int_range (self->rand, 0, 3) > 0)
    while (good[i].question != question)
      i = (i + 1) % G_N_ELEMENTS (good);
  return good[i].text;
}

static GVariant *
random_answer (Walk *self, EsimQuestion question)
{
  GString *text = g_string_new (NULL);
  GVariant *answer;

  if (g_rand_int_range (self->rand, 0, 12) > 0)
    g_string_append (text, random_good (self, question));
  for (guint more = (guint) g_rand_int_range (self->rand, 0, 8); more >= 5; more--) {
    g_autofree char *date = g_rand_boolean (self->rand) ? random_date (self) : NULL;

    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "",
                            date != NULL ? date : ONE_OF (self->rand, beside));
  }
  answer = portal_fixture_answer (text->str);
  g_string_free (text, TRUE);
  return answer;
}

static void
restart (Walk *self)
{
  g_clear_pointer (&self->record, esim_deregistration_record_free);
  self->record = portal_fixture_record (ESIM_STAGE_PREPARING);
  self->record->carrier_known = self->record->plan_known = g_rand_boolean (self->rand);
  self->in_doubt = FALSE;
}

/* No stage that lets the profile go without the evidence. */
static void
assert_evidence (const EsimDeregistrationRecord *record)
{
  if (record->stage < ESIM_STAGE_CONFIRMED || record->stage > ESIM_STAGE_COMPLETED)
    return;
  g_assert_cmpint (record->confirmed, !=, 0);
  g_assert_cmpint (record->effective_at, !=, 0);
  g_assert_cmpint (record->consented, !=, 0);
  g_assert_cmpint (record->effective_date[0], !=, '\0');
}

static void
assert_kept (Walk *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GKeyFile) file = NULL;
  g_autoptr (EsimDeregistrationRecord) back = NULL;

  g_assert_true (esim_deregistration_record_write (self->record, self->store, &error));
  g_assert_no_error (error);
  file = esim_store_read (self->store, ESIM_DEREGISTRATION_KIND, self->record->id,
                          ESIM_DEREGISTRATION_VERSION, &error);
  g_assert_no_error (error);
  back = esim_deregistration_record_read (self->record->id, file, &error);
  g_assert_no_error (error);
  assert_same_record (self->record, back);
}

/* A second request needs a word that the first one came to nothing. */
static void
assert_once (Walk *self, EsimQuestion question, GVariant *answer)
{
  const char *outcome = portal_fixture_string (answer, "outcome");
  gboolean opened = FALSE;

  if (question == ESIM_QUESTION_REQUEST) {
    g_assert_false (self->in_doubt);
    (void) g_variant_lookup (answer, "opened", "b", &opened);
    self->in_doubt = opened;
  } else if (strcmp (outcome, "not-submitted") == 0 || strcmp (outcome, "refused") == 0 ||
             strcmp (outcome, "rejected") == 0) {
    self->in_doubt = FALSE;
  } else if (strcmp (outcome, "submitted") == 0) {
    g_assert_cmpint (question, ==, ESIM_QUESTION_SUBMISSION);
    g_assert_cmpint (self->record->submitted, ==, 0);
    self->in_doubt = TRUE;
  }
}

/* What lets the profile go, or go earlier, is authorized afresh. */
static void
assert_released (const EsimDeregistrationRecord *before, const EsimDeregistrationRecord *after,
                 gboolean released)
{
  gboolean lets_go = before->confirmed != after->confirmed || before->effective_at != after->effective_at ||
                     before->remove_now != after->remove_now ||
                     (after->stage >= ESIM_STAGE_CONFIRMED && after->stage <= ESIM_STAGE_COMPLETED &&
                      before->stage != after->stage);

  g_assert_true (released || !lets_go);
}

static void
answer (Walk *self, EsimQuestion question, const EsimCarrier *carrier)
{
  g_autoptr (GVariant) words = random_answer (self, question);
  g_autoptr (GPtrArray) carriers = g_ptr_array_new ();
  EsimQuestionContext context = {carriers, ""};
  g_autoptr (EsimDeregistrationRecord) before = esim_deregistration_record_copy (self->record);
  g_autoptr (GError) error = NULL;
  gboolean released;

  g_ptr_array_add (carriers, self->carriers[0]);
  if (!esim_answer_check (question, self->record, carrier, &context, words, self->now, &error)) {
    g_assert_true (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT));
    assert_same_record (self->record, before);
    self->refused++;
    return;
  }
  self->accepted++;
  if (esim_answer_withdraws (question, words)) {
    self->record->stage = ESIM_STAGE_WITHDRAWN;
    return;
  }
  released = esim_answer_releases (question, self->record, words);
  assert_once (self, question, words);
  esim_answer_apply (question, self->record, carrier, &context, words, self->now);
  assert_released (before, self->record, released);
}

/* What the machine does by itself where nothing is asked. */
static void
go_on (Walk *self)
{
  EsimDeregistrationRecord *record = self->record;

  if (record->stage == ESIM_STAGE_CONFIRMED && !esim_portal_is_over (record, self->now)) {
    record->stage = ESIM_STAGE_AWAITING_END;
  } else if (record->stage == ESIM_STAGE_REJECTED || record->stage == ESIM_STAGE_WITHDRAWN) {
    esim_deregistration_record_begin_again (record, self->now);
    record->steps[ESIM_STEP_PREFLIGHT] = ESIM_STEP_DONE;
    self->in_doubt = FALSE;
  } else {
    restart (self);
  }
}

/* Mostly some hours; now and then days, and a clock that is set. */
static void
pass_time (Walk *self)
{
  switch (g_rand_int_range (self->rand, 0, 30)) {
  case 0:
    self->now = NOW - g_rand_int_range (self->rand, 0, 3000) * (gint64) ESIM_PORTAL_DAY_S;
    break;
  case 1:
    self->now = NOW + g_rand_int_range (self->rand, 0, 3000) * (gint64) ESIM_PORTAL_DAY_S;
    break;
  case 2:
  case 3:
    self->now += 10 * ESIM_PORTAL_DAY_S;
    break;
  default:
    self->now += g_rand_int_range (self->rand, 0, 2 * ESIM_PORTAL_DAY_S);
  }
  (void) esim_portal_tick (self->record, self->now);
}

static void
take_step (Walk *self)
{
  /* The directory changes meanwhile, and once in a while loses the carrier. */
  guint which = (guint) g_rand_int_range (self->rand, 0, 10);
  const EsimCarrier *carrier =
      *self->record->carrier == '\0' || which == 9 ? NULL : self->carriers[which / 3];
  EsimQuestion question;
  g_autofree char *print = NULL;

  pass_time (self);
  if ((esim_portal_is_over (self->record, self->now) && self->record->stage == ESIM_STAGE_AWAITING_END) ||
      g_rand_int_range (self->rand, 0, 100) == 0)
    restart (self);
  question = esim_question_find (self->record, carrier);
  if (question != ESIM_QUESTION_NONE)
    answer (self, question, carrier);
  else
    go_on (self);
  self->reached[self->record->stage]++;
  g_assert_cmpuint (self->record->history->len, <=, ESIM_DEREGISTRATION_HISTORY_MAX);
  assert_evidence (self->record);
  /* What stands on disk already need not go there again. */
  print = portal_fixture_print (self->record);
  if (g_strcmp0 (print, self->last) == 0)
    return;
  assert_kept (self);
  g_free (self->last);
  self->last = g_steal_pointer (&print);
}

static void
test_walk (void)
{
  static const EsimStage stages[] = {
      ESIM_STAGE_PREPARING,          ESIM_STAGE_VERIFYING_IDENTITY, ESIM_STAGE_SUBMITTING,
      ESIM_STAGE_SUBMISSION_UNKNOWN, ESIM_STAGE_IN_REVIEW,          ESIM_STAGE_CONFIRMED,
      ESIM_STAGE_AWAITING_END,       ESIM_STAGE_WITHDRAWN,          ESIM_STAGE_REJECTED};
  g_autoptr (EsimCarrier) page = portal_fixture_carrier (FULL "[processing]\nsource=s\nworking-days-max=3\n");
  g_autoptr (EsimCarrier) phone =
      portal_fixture_carrier (HOTLINE "[step first]\nsource=s\norder=1\nchannel=hotline\n");
  g_autoptr (EsimCarrier) plans = portal_fixture_carrier (FULL "[notice]\nplans=p\nsource=s\nlength=P1M\n");
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimStore) store = esim_store_new (folder, &error);
  g_autoptr (GRand) rand = g_rand_new_with_seed (SEED);
  Walk self = {.rand = rand, .store = store, .carriers = {page, phone, plans}, .now = NOW};

  g_assert_no_error (error);
  restart (&self);
  for (guint i = 0; i < STEPS_OF_WALK; i++)
    take_step (&self);
  esim_deregistration_record_free (self.record);
  g_free (self.last);
  /* It has been everywhere, with good answers and with bad ones. */
  g_test_message ("%u accepted, %u refused", self.accepted, self.refused);
  g_assert_cmpuint (self.accepted, >, STEPS_OF_WALK / 20);
  g_assert_cmpuint (self.refused, >, STEPS_OF_WALK / 20);
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++) {
    g_test_message ("%s: %u", esim_stage_to_string (stages[i]), self.reached[stages[i]]);
    g_assert_cmpuint (self.reached[stages[i]], >, 20);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/answer-walk/twenty-thousand-answers", test_walk);
  return g_test_run ();
}
