/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-answer.h"
#include "esim-error.h"
#include "esim-portal-review.h"
#include "portal-fixture.h"

#include <string.h>

#define SHA "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define DOCUMENT(name, size, sha)                                                                            \
  "'document-name': <'" name "'>, 'document-size': <uint64 " size ">, 'document-sha256': <'" sha "'>"
#define CONFIRMED "'outcome': <'confirmed'>, 'effective-date': <'2026-12-31'>"
#define LONG 10000

/* Everything that an answer depends on, and where the first of what it adds to the history will be. */
typedef struct {
  EsimDeregistrationRecord *record;
  EsimCarrier *carrier;
  GPtrArray *carriers;
  EsimQuestionContext context;
} Case;

static void
case_clear (Case *self)
{
  esim_deregistration_record_free (self->record);
  g_ptr_array_unref (self->carriers);
  esim_carrier_unref (self->carrier);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Case, case_clear)

static Case
case_at (EsimStage stage, const char *facts)
{
  Case self = {portal_fixture_record (stage), portal_fixture_carrier (facts), g_ptr_array_new (), {NULL, ""}};

  g_ptr_array_add (self.carriers, self.carrier);
  self.context.carriers = self.carriers;
  return self;
}

/* Where each question stands. */
static EsimStage
stage_of (EsimQuestion question)
{
  static const EsimStage stages[] = {
      ESIM_STAGE_CONFIRMED,  ESIM_STAGE_PREPARING,          ESIM_STAGE_PREPARING,
      ESIM_STAGE_PREPARING,  ESIM_STAGE_VERIFYING_IDENTITY, ESIM_STAGE_SUBMITTING,
      ESIM_STAGE_SUBMITTING, ESIM_STAGE_IN_REVIEW,          ESIM_STAGE_AWAITING_END};

  return stages[question];
}

/* It is refused with the name of @key, and nothing has changed. */
static void
assert_refused_variant (Case *self, EsimQuestion question, GVariant *answer, const char *key)
{
  g_autoptr (EsimDeregistrationRecord) before = esim_deregistration_record_copy (self->record);
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", key);
  g_autoptr (GError) error = NULL;

  g_assert_false (
      esim_answer_check (question, self->record, self->carrier, &self->context, answer, NOW, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  if (strstr (error->message, quoted) == NULL)
    g_error ("%s does not name %s", error->message, key);
  assert_same_record (self->record, before);
}

static void
assert_refused (Case *self, EsimQuestion question, const char *text, const char *key)
{
  g_autoptr (GVariant) answer = portal_fixture_answer (text);

  g_test_message ("%d: %s", question, text);
  assert_refused_variant (self, question, answer, key);
}

static void
assert_accepted (Case *self, EsimQuestion question, const char *text)
{
  g_autoptr (EsimDeregistrationRecord) before = esim_deregistration_record_copy (self->record);
  g_autoptr (GVariant) answer = portal_fixture_answer (text);
  g_autoptr (GError) error = NULL;

  g_test_message ("%d: %s", question, text);
  if (!esim_answer_check (question, self->record, self->carrier, &self->context, answer, NOW, &error))
    g_error ("%s", error->message);
  assert_same_record (self->record, before);
}

static void
give (Case *self, EsimQuestion question, const char *text)
{
  g_autoptr (GVariant) answer = portal_fixture_answer (text);

  assert_accepted (self, question, text);
  esim_answer_apply (question, self->record, self->carrier, &self->context, answer, NOW);
}

typedef struct {
  EsimQuestion question;
  const char *answer, *key;
} Refusal;

static void
assert_all_refused (const Refusal *cases, guint count)
{
  for (guint i = 0; i < count; i++) {
    g_auto (Case) self = case_at (stage_of (cases[i].question), FULL);

    assert_refused (&self, cases[i].question, cases[i].answer, cases[i].key);
  }
}

static void
test_refused_choices (void)
{
  static const Refusal cases[] = {
      {ESIM_QUESTION_CARRIER, "", "carrier"},
      {ESIM_QUESTION_CARRIER, "'carrier': <'other'>", "carrier"},
      {ESIM_QUESTION_CARRIER, "'carrier': <'Lab'>", "carrier"},
      {ESIM_QUESTION_CARRIER, "'carrier': <1>", "carrier"},
      {ESIM_QUESTION_CARRIER, "'carrier': <'lab'>, 'carrier': <'lab'>", "carrier"},
      {ESIM_QUESTION_CARRIER, "'carrier': <'lab'>, 'plan': <'p'>", "plan"},
      {ESIM_QUESTION_PLAN, "", "plan"},
      {ESIM_QUESTION_PLAN, "'plan': <'r'>", "plan"},
      {ESIM_QUESTION_PLAN, "'plan': <['p']>", "plan"},
      {ESIM_QUESTION_PLAN, "'plan': <'p'>, 'consent': <true>", "consent"},
      {ESIM_QUESTION_CONSENT, "", "consent"},
      {ESIM_QUESTION_CONSENT, "'consent': <'true'>", "consent"},
      {ESIM_QUESTION_CONSENT, "'consent': <1>", "consent"},
      {ESIM_QUESTION_CONSENT, "'contract-continues': <true>", "consent"},
      {ESIM_QUESTION_CONSENT, "'consent': <true>, 'contract-continues': <true>", "contract-continues"},
      {ESIM_QUESTION_CONSENT, "'consent': <true>, 'outcome': <'confirmed'>", "outcome"},
      {ESIM_QUESTION_REQUEST, "", "opened"},
      {ESIM_QUESTION_REQUEST, "'opened': <'true'>", "opened"},
      {ESIM_QUESTION_REQUEST, "'opened': <true>, 'outcome': <'submitted'>", "outcome"},
  };

  assert_all_refused (cases, G_N_ELEMENTS (cases));
}

/* An outcome of another question, or none; and what has no meaning beside it. */
static void
test_refused_outcomes (void)
{
  static const Refusal cases[] = {
      {ESIM_QUESTION_LOGIN, "", "outcome"},
      {ESIM_QUESTION_LOGIN, "'outcome': <''>", "outcome"},
      {ESIM_QUESTION_LOGIN, "'outcome': <true>", "outcome"},
      {ESIM_QUESTION_LOGIN, "'outcome': <'not-yet'>", "outcome"},
      {ESIM_QUESTION_LOGIN, "'outcome': <'submitted'>", "outcome"},
      {ESIM_QUESTION_LOGIN, "'outcome': <'confirmed'>", "outcome"},
      {ESIM_QUESTION_LOGIN, "'outcome': <'done'>, 'missing': <['iccid']>", "missing"},
      {ESIM_QUESTION_LOGIN, "'outcome': <'done'>, 'effective-date': <'2026-12-31'>", "effective-date"},
      {ESIM_QUESTION_LOGIN, "'outcome': <'done'>, 'password': <'x'>", "password"},
      {ESIM_QUESTION_LOGIN, "'outcome': <'refused'>, 'missing': <['money']>", "missing"},
      {ESIM_QUESTION_SUBMISSION, "", "outcome"},
      {ESIM_QUESTION_SUBMISSION, "'reference': <'7'>", "outcome"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <''>", "outcome"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'done'>", "outcome"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'in-review'>", "outcome"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'Submitted'>", "outcome"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted '>", "outcome"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>, 'outcome': <'confirmed'>", "outcome"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>, 'missing': <['iccid']>", "missing"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>, 'effective-date': <'2026-12-31'>",
       "effective-date"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>, 'document-size': <uint64 1>", "document-size"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'not-yet'>, 'reference': <'7'>", "reference"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'not-submitted'>, 'date': <'2026-11-20'>", "date"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'unknown'>, 'expected-by': <'2026-12-20'>", "expected-by"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'refused'>, 'missing': <'iccid'>", "missing"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'refused'>, 'missing': <['']>", "missing"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'refused'>, 'effective-date': <'2026-12-31'>",
       "effective-date"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'rejected'>, 'reference': <'7'>", "reference"},
      {ESIM_QUESTION_SUBMISSION, CONFIRMED ", 'expected-by': <'2026-12-20'>", "expected-by"},
      {ESIM_QUESTION_SUBMISSION, CONFIRMED ", 'missing': <['iccid']>", "missing"},
      {ESIM_QUESTION_SUBMISSION, CONFIRMED ", 'seen': <true>", "seen"},
      {ESIM_QUESTION_OUTCOME, "", "outcome"},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'submitted'>", "outcome"},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'not-submitted'>", "outcome"},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'not-yet'>", "outcome"},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'done'>", "outcome"},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'in-review'>, 'date': <'2026-11-20'>", "date"},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'in-review'>, 'effective-date': <'2026-12-31'>", "effective-date"},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'unknown'>, 'missing': <['iccid']>", "missing"},
      {ESIM_QUESTION_REMINDER, "", "seen"},
      {ESIM_QUESTION_REMINDER, "'seen': <false>", "seen"},
      {ESIM_QUESTION_REMINDER, "'seen': <'true'>", "seen"},
      {ESIM_QUESTION_REMINDER, "'remove-now': <false>", "remove-now"},
      {ESIM_QUESTION_REMINDER, "'remove-now': <1>", "remove-now"},
      {ESIM_QUESTION_REMINDER, "'seen': <true>, 'remove-now': <true>", "remove-now"},
      {ESIM_QUESTION_REMINDER, "'remove-now': <true>, 'effective-date': <'2026-12-31'>", "effective-date"},
      {ESIM_QUESTION_REMINDER, "'outcome': <'confirmed'>", "outcome"},
  };

  assert_all_refused (cases, G_N_ELEMENTS (cases));
}

static void
test_refused_dates (void)
{
  static const char *const none[] = {"",           "today",      "2026-11-31", "2027-02-29",  "2026-1-1",
                                     "2026/11/20", "20.11.2026", "2026-11-2x", "2026-11-20 ", "1999-12-31",
                                     "2200-01-01", "0000-00-00", "2199-12-31"};
  static const struct {
    EsimQuestion question;
    const char *before, *key;
  } places[] = {
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>", "date"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>", "expected-by"},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'confirmed'>", "effective-date"},
      {ESIM_QUESTION_SUBMISSION, CONFIRMED, "date"},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'confirmed'>", "effective-date"},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'in-review'>", "expected-by"},
      {ESIM_QUESTION_OUTCOME, CONFIRMED, "date"},
      {ESIM_QUESTION_REMINDER, NULL, "effective-date"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    for (guint j = 0; j < G_N_ELEMENTS (none); j++) {
      g_auto (Case) self = case_at (stage_of (places[i].question), FULL);
      g_autofree char *text =
          g_strdup_printf ("%s%s'%s': <'%s'>", places[i].before != NULL ? places[i].before : "",
                           places[i].before != NULL ? ", " : "", places[i].key, none[j]);

      assert_refused (&self, places[i].question, text, places[i].key);
    }
}

/* NOW is 2026-11-20. */
static void
test_bounds_of_dates (void)
{
  g_auto (Case) submission = case_at (ESIM_STAGE_SUBMITTING, FULL);
  g_auto (Case) reminder = case_at (ESIM_STAGE_AWAITING_END, FULL);

  assert_refused (&submission, ESIM_QUESTION_SUBMISSION, "'outcome': <'confirmed'>", "effective-date");
  assert_accepted (&submission, ESIM_QUESTION_SUBMISSION,
                   "'outcome': <'confirmed'>, 'effective-date': <'2031-11-20'>");
  assert_refused (&submission, ESIM_QUESTION_SUBMISSION,
                  "'outcome': <'confirmed'>, 'effective-date': <'2031-11-30'>", "effective-date");
  assert_accepted (&submission, ESIM_QUESTION_SUBMISSION,
                   "'outcome': <'confirmed'>, 'effective-date': <'2000-01-01'>");
  assert_accepted (&submission, ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>, 'date': <'2026-11-20'>");
  assert_refused (&submission, ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>, 'date': <'2026-11-25'>",
                  "date");
  assert_refused (&submission, ESIM_QUESTION_SUBMISSION, CONFIRMED ", 'date': <'2026-11-25'>", "date");
  assert_accepted (&reminder, ESIM_QUESTION_REMINDER, "'effective-date': <'2031-11-20'>");
  assert_refused (&reminder, ESIM_QUESTION_REMINDER, "'effective-date': <'2031-11-30'>", "effective-date");
}

static void
test_documents (void)
{
  static const struct {
    const char *text, *key; /* NULL: it is a good one */
  } cases[] = {
      {DOCUMENT ("end.pdf", "1", SHA), NULL},
      {DOCUMENT ("Kündigung 确认.pdf", "9223372036854775807", SHA), NULL},
      {DOCUMENT ("", "1", SHA), "document-name"},
      {DOCUMENT ("a/end.pdf", "1", SHA), "document-name"},
      {DOCUMENT ("/etc/passwd", "1", SHA), "document-name"},
      {DOCUMENT ("../end.pdf", "1", SHA), "document-name"},
      {DOCUMENT ("end.pdf/", "1", SHA), "document-name"},
      {DOCUMENT ("..", "1", SHA), "document-name"},
      {DOCUMENT (".", "1", SHA), "document-name"},
      {DOCUMENT ("end.pdf", "9223372036854775808", SHA), "document-size"},
      {DOCUMENT ("end.pdf", "1", ""), "document-sha256"},
      {DOCUMENT ("end.pdf", "1", SHA "0"), "document-sha256"},
      {DOCUMENT ("end.pdf", "1", "g123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"),
       "document-sha256"},
      {DOCUMENT ("end.pdf", "1", "123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"),
       "document-sha256"},
      {"'document-name': <'end.pdf'>", "document-name"},
      {"'document-size': <uint64 1>", "document-name"},
      {"'document-sha256': <'" SHA "'>", "document-name"},
      {"'document-name': <'end.pdf'>, 'document-size': <uint64 1>", "document-name"},
      {"'document-name': <'end.pdf'>, 'document-sha256': <'" SHA "'>", "document-name"},
      {"'document-size': <1>", "document-size"},
  };
  static const EsimQuestion questions[] = {ESIM_QUESTION_SUBMISSION, ESIM_QUESTION_OUTCOME};

  for (guint i = 0; i < G_N_ELEMENTS (cases) * 2; i++) {
    EsimQuestion question = questions[i % 2];
    g_auto (Case) self = case_at (stage_of (question), FULL);
    g_autofree char *text = g_strconcat (CONFIRMED ", ", cases[i / 2].text, NULL);

    if (cases[i / 2].key == NULL)
      assert_accepted (&self, question, text);
    else
      assert_refused (&self, question, text, cases[i / 2].key);
  }
}

/* (transfer full): floating: the answer with @text under @key */
static GVariant *
with_string (const char *answer, const char *key, const char *text)
{
  g_autoptr (GVariant) before = portal_fixture_answer (answer);
  GVariantDict dict;

  g_variant_dict_init (&dict, before);
  g_variant_dict_insert (&dict, key, "s", text);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* What would hide itself or others on a screen, or fill a disk. */
static void
test_hostile_texts (void)
{
  static const char *const texts[] = {"a\nb",
                                      "a\tb",
                                      "a\rb",
                                      "\033[31mred",
                                      "a\x7f",
                                      "a\xc2\x85"
                                      "b",
                                      "a\xc2\x9b"
                                      "b",
                                      "\u202eabc",
                                      "a\u200f",
                                      "a\u2066b",
                                      "a\u2069b",
                                      "\ufeff",
                                      "a\u200bb",
                                      "a\u00adb",
                                      "a\u2028b",
                                      "a\u2029b",
                                      "a\ufff9b",
                                      "\U000e0041"};
  g_auto (Case) self = case_at (ESIM_STAGE_SUBMITTING, FULL);
  g_autofree char *many = g_strnfill (LONG, 'x');

  for (guint i = 0; i <= G_N_ELEMENTS (texts); i++) {
    const char *text = i < G_N_ELEMENTS (texts) ? texts[i] : many;
    g_autoptr (GVariant) submitted = with_string ("'outcome': <'submitted'>", "reference", text);
    g_autoptr (GVariant) confirmed = with_string (CONFIRMED, "reference", text);
    g_autoptr (GVariant) named = with_string (CONFIRMED ", " DOCUMENT ("x", "1", SHA), "document-name", text);
    g_autoptr (GVariant) outcome = with_string ("", "outcome", text);
    g_autoptr (GVariant) dated = with_string ("'outcome': <'confirmed'>", "effective-date", text);
    g_autoptr (GVariant) carrier = with_string ("", "carrier", text);
    g_autoptr (GVariant) plan = with_string ("", "plan", text);

    g_test_message ("text %u", i);
    assert_refused_variant (&self, ESIM_QUESTION_SUBMISSION, submitted, "reference");
    assert_refused_variant (&self, ESIM_QUESTION_SUBMISSION, confirmed, "reference");
    assert_refused_variant (&self, ESIM_QUESTION_SUBMISSION, named, "document-name");
    assert_refused_variant (&self, ESIM_QUESTION_SUBMISSION, outcome, "outcome");
    assert_refused_variant (&self, ESIM_QUESTION_SUBMISSION, dated, "effective-date");
    assert_refused_variant (&self, ESIM_QUESTION_CARRIER, carrier, "carrier");
    assert_refused_variant (&self, ESIM_QUESTION_PLAN, plan, "plan");
  }
}

/* Characters are counted, not octets. */
static void
test_lengths (void)
{
  static const struct {
    const char *answer, *key;
    guint max;
  } cases[] = {
      {"'outcome': <'submitted'>", "reference", 100},
      {CONFIRMED, "reference", 100},
      {CONFIRMED ", " DOCUMENT ("x", "1", SHA), "document-name", 200},
  };
  g_auto (Case) self = case_at (ESIM_STAGE_SUBMITTING, FULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GString *text = g_string_new (NULL);
    g_autoptr (GVariant) just = NULL, more = NULL;
    g_autoptr (GError) error = NULL;

    for (guint j = 0; j < cases[i].max; j++)
      g_string_append (text, "确");
    just = with_string (cases[i].answer, cases[i].key, text->str);
    more = with_string (cases[i].answer, cases[i].key, g_string_append_c (text, 'x')->str);
    g_assert_true (esim_answer_check (ESIM_QUESTION_SUBMISSION, self.record, self.carrier, &self.context,
                                      just, NOW, &error));
    assert_refused_variant (&self, ESIM_QUESTION_SUBMISSION, more, cases[i].key);
    g_string_free (text, TRUE);
  }
}

static void
test_long_lists (void)
{
  g_auto (Case) self = case_at (ESIM_STAGE_SUBMITTING, FULL);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;
  g_autoptr (GVariant) missing = NULL, tasks = NULL;

  for (guint i = 0; i < LONG; i++)
    g_strv_builder_add (words, "iccid");
  list = g_strv_builder_end (words);
  missing = g_variant_ref_sink (g_variant_new_parsed ("{'outcome': <'refused'>, 'missing': <%^as>}", list));
  assert_refused_variant (&self, ESIM_QUESTION_SUBMISSION, missing, "missing");
  tasks = g_variant_ref_sink (g_variant_new_parsed ("{'outcome': <'not-yet'>, 'tasks-done': <%^as>}", list));
  assert_refused_variant (&self, ESIM_QUESTION_SUBMISSION, tasks, "tasks-done");
  assert_refused (&self, ESIM_QUESTION_SUBMISSION, "'outcome': <'not-yet'>, 'tasks-done': <['third']>",
                  "tasks-done");
  assert_refused (&self, ESIM_QUESTION_SUBMISSION, "'outcome': <'not-yet'>, 'tasks-done': <['first', '']>",
                  "tasks-done");
  assert_accepted (&self, ESIM_QUESTION_SUBMISSION,
                   "'outcome': <'refused'>, 'missing': <['iccid', 'other', 'account-login']>");
}

static void
test_nothing_asked (void)
{
  g_auto (Case) self = case_at (ESIM_STAGE_CONFIRMED, FULL);
  g_autoptr (GVariant) answer = portal_fixture_answer ("'outcome': <'confirmed'>");
  g_autoptr (GError) error = NULL;

  g_assert_false (
      esim_answer_check (ESIM_QUESTION_NONE, self.record, self.carrier, &self.context, answer, NOW, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
}

/* The entry has gone since it was asked. */
static void
test_vanished (void)
{
  g_auto (Case) self = case_at (ESIM_STAGE_SUBMITTING, FULL);

  g_clear_pointer (&self.carrier, esim_carrier_unref);
  self.context.carriers = NULL;
  assert_refused (&self, ESIM_QUESTION_PLAN, "'plan': <'p'>", "plan");
  assert_refused (&self, ESIM_QUESTION_CARRIER, "'carrier': <'lab'>", "carrier");
  assert_refused (&self, ESIM_QUESTION_SUBMISSION, "'outcome': <'not-yet'>, 'tasks-done': <['first']>",
                  "tasks-done");
  assert_accepted (&self, ESIM_QUESTION_PLAN, "'plan': <''>");
  give (&self, ESIM_QUESTION_CARRIER, "'carrier': <''>");
  give (&self, ESIM_QUESTION_SUBMISSION, CONFIRMED);
  g_assert_cmpint (self.record->effective_at, ==, portal_fixture_at ("2027-01-01T12:00:00Z"));
  self.carrier = portal_fixture_carrier (FULL); /* for case_clear() */
}

static void
test_releases (void)
{
  static const struct {
    EsimQuestion question;
    const char *answer;
    gboolean releases;
  } cases[] = {
      {ESIM_QUESTION_CARRIER, "'carrier': <'lab'>", FALSE},
      {ESIM_QUESTION_PLAN, "'plan': <'p'>", FALSE},
      {ESIM_QUESTION_CONSENT, "'consent': <true>", FALSE},
      {ESIM_QUESTION_LOGIN, "'outcome': <'done'>", FALSE},
      {ESIM_QUESTION_REQUEST, "'opened': <true>", FALSE},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'not-yet'>", FALSE},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'submitted'>", FALSE},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'not-submitted'>", FALSE},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'unknown'>", FALSE},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'refused'>", FALSE},
      {ESIM_QUESTION_SUBMISSION, "'outcome': <'rejected'>", FALSE},
      {ESIM_QUESTION_SUBMISSION, CONFIRMED, TRUE},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'in-review'>", FALSE},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'unknown'>", FALSE},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'refused'>", FALSE},
      {ESIM_QUESTION_OUTCOME, "'outcome': <'rejected'>", FALSE},
      {ESIM_QUESTION_OUTCOME, CONFIRMED, TRUE},
      {ESIM_QUESTION_REMINDER, "'seen': <true>", FALSE},
      {ESIM_QUESTION_REMINDER, "'remove-now': <true>", TRUE},
      {ESIM_QUESTION_REMINDER, "'effective-date': <'2026-12-01'>", TRUE},
  };
  g_autoptr (EsimDeregistrationRecord) local = portal_fixture_record (ESIM_STAGE_PREPARING);
  g_autoptr (GVariant) yes = portal_fixture_answer ("'consent': <true>, 'contract-continues': <true>");
  g_autoptr (GVariant) no = portal_fixture_answer ("'consent': <false>");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Case) self = case_at (stage_of (cases[i].question), FULL);
    g_autoptr (GVariant) answer = portal_fixture_answer (cases[i].answer);

    assert_accepted (&self, cases[i].question, cases[i].answer);
    g_assert_cmpint (esim_answer_releases (cases[i].question, self.record, answer), ==, cases[i].releases);
    g_assert_false (esim_answer_withdraws (cases[i].question, answer));
  }
  esim_set_string (&local->method, ESIM_METHOD_LOCAL);
  g_assert_true (esim_answer_releases (ESIM_QUESTION_CONSENT, local, yes));
  g_assert_false (esim_answer_releases (ESIM_QUESTION_CONSENT, local, no));
  g_assert_true (esim_answer_withdraws (ESIM_QUESTION_CONSENT, no));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/answer-check/refused-choices", test_refused_choices);
  g_test_add_func ("/answer-check/refused-outcomes", test_refused_outcomes);
  g_test_add_func ("/answer-check/refused-dates", test_refused_dates);
  g_test_add_func ("/answer-check/bounds-of-dates", test_bounds_of_dates);
  g_test_add_func ("/answer-check/documents", test_documents);
  g_test_add_func ("/answer-check/hostile-texts", test_hostile_texts);
  g_test_add_func ("/answer-check/lengths", test_lengths);
  g_test_add_func ("/answer-check/long-lists", test_long_lists);
  g_test_add_func ("/answer-check/nothing-asked", test_nothing_asked);
  g_test_add_func ("/answer-check/vanished", test_vanished);
  g_test_add_func ("/answer-check/releases", test_releases);
  return g_test_run ();
}
