/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <esim.h>
#include <locale.h>

static GVariant *
parse (const char *text)
{
  return g_variant_ref_sink (g_variant_new_parsed (text));
}

static void
test_clean (void)
{
  const struct {
    const char *from;
    const char *to;
  } cases[] = {
      {"Travel 5G", "Travel 5G"},
      {"中国移动 é", "中国移动 é"},
      {"\033[31mred\033[0m", "\357\277\275[31mred\357\277\275[0m"},
      {"a\r\nb\tc\177", "a\357\277\275\357\277\275b\357\277\275c\357\277\275"},
      {"\302\2332J", "\357\277\2752J"},                                 /* U+009B, CSI in one character */
      {"\342\200\256evil\342\201\251", "\357\277\275evil\357\277\275"}, /* U+202E, U+2069 */
      {"zero\342\200\213width", "zero\357\277\275width"},
      {"line\342\200\250end", "line\357\277\275end"},
      {"\363\240\200\201tag", "\357\277\275tag"}, /* U+E0001 */
      {"bad\377utf8", "bad\357\277\275utf8"},
      {"", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *clean = esim_text_clean (cases[i].from);

    g_assert_cmpstr (clean, ==, cases[i].to);
  }
}

static void
test_clean_null (void)
{
  g_autofree char *clean = esim_text_clean (NULL);

  g_assert_cmpstr (clean, ==, "");
}

static void
test_columns (void)
{
  g_assert_cmpuint (esim_text_columns (""), ==, 0);
  g_assert_cmpuint (esim_text_columns ("abc"), ==, 3);
  g_assert_cmpuint (esim_text_columns ("中文"), ==, 4);
  g_assert_cmpuint (esim_text_columns ("e\314\201"), ==, 1);
}

static void
test_codes (void)
{
  g_assert_cmpstr (esim_words_stage ("notifying-operator"), ==, "telling the operator");
  g_assert_cmpstr (esim_words_stage ("rejected"), ==, "rejected by the carrier");
  g_assert_cmpstr (esim_words_step ("await-end"), ==, "Waiting for the contract's end");
  g_assert_cmpstr (esim_words_outcome ("submitted"), ==,
                   "I asked for it, and the carrier has taken the request");
  g_assert_cmpstr (esim_words_outcome ("new"), ==, "new");
  g_assert_cmpstr (esim_words_review (""), ==, "");
  g_assert_cmpstr (esim_words_step ("verify"), ==, "Making sure that it is gone");
  g_assert_cmpstr (esim_words_phase ("waiting-for-modem"), ==, "waiting for the modem");
  g_assert_cmpstr (esim_words_phase (""), ==, "");
  g_assert_cmpstr (esim_words_stage ("of-the-future"), ==, "of-the-future");
  g_assert_cmpstr (esim_words_error ("org.esimd1.Error.WrongState"), ==, esim_words_error ("WrongState"));
  g_assert_null (esim_words_advice ("WrongState"));
  g_assert_nonnull (esim_words_advice ("NotRunning"));
}

static void
test_modem_codes (void)
{
  const struct {
    const char *state;
    const char *words;
  } states[] = {
      {"registered", "registered in a network"},
      {"failed: esim-without-profiles", "cannot be used: no profile is enabled on the eSIM"},
      {"failed: of: the future", "cannot be used: of: the future"},
      {"of-the-future", "of-the-future"},
      {"bad\033", "bad\357\277\275"},
      {"", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++) {
    g_autofree char *words = esim_words_modem_state (states[i].state);

    g_assert_cmpstr (words, ==, states[i].words);
  }
  g_assert_cmpstr (esim_words_transport ("qmi-over-mbim"), ==, "QMI over MBIM");
  g_assert_cmpstr (esim_words_transport (""), ==, "");
  g_assert_cmpstr (esim_words_slot_content ("uicc"), ==, "SIM, no eUICC");
  g_assert_cmpstr (esim_words_slot_content ("new"), ==, "new");
  g_assert_cmpstr (esim_words_apn_source ("directory"), ==, "from the directory of providers");
  g_assert_cmpstr (esim_words_operation_kind ("activate-slot"), ==, "switching to another slot");
  g_assert_cmpstr (esim_words_phase ("waiting-for-modem-manager"), ==, "waiting until ModemManager shows it");
  g_assert_cmpstr (esim_words_step ("remove-connections"), ==, "Removing its network connections");
}

static void
test_finding_in_the_words_of_the_service (void)
{
  g_autoptr (GVariant) finding =
      parse ("{'code': <'card-answers'>, 'severity': <'ok'>, 'message': <'Answers.\\u001b'>}");
  g_autofree char *words = esim_words_finding (finding);

  g_assert_cmpstr (words, ==, "Answers.\357\277\275");
}

static void
test_finding_without_words (void)
{
  g_autoptr (GVariant) known = parse ("{'code': <'card-answers'>, 'severity': <'ok'>}");
  g_autoptr (GVariant) unknown = parse ("{'code': <'of-the-future'>, 'severity': <'ok'>}");
  g_autoptr (GVariant) counted =
      parse ("{'code': <'pending-notifications'>, 'parameters': <{'count': <uint32 3>}>}");
  g_autoptr (GVariant) uncounted = parse ("{'code': <'pending-notifications'>}");
  g_autofree char *a = esim_words_finding (known);
  g_autofree char *b = esim_words_finding (unknown);
  g_autofree char *c = esim_words_finding (counted);
  g_autofree char *d = esim_words_finding (uncounted);

  g_assert_cmpstr (a, ==, "The eUICC is there and answers.");
  g_assert_cmpstr (b, ==, "of-the-future");
  g_assert_cmpstr (c, ==, "Notifications that wait to be sent: 3. They are saved to disk first.");
  g_assert_cmpstr (d, ==, "pending-notifications");
}

/* What is missing in brackets is left out, and the first that is whole is taken. */
static void
test_history (void)
{
  const struct {
    const char *entry;
    const char *words;
  } cases[] = {
      {"{'code': <'submitted'>, 'parameters': <{'date': <'2026-11-22'>, 'reference': <'R {x} [y|z]'>, "
       "'expected-by': <'2026-12-01'>}>}",
       "You asked the carrier to end the contract on 2026-11-22; reference: R {x} [y|z]; answer expected by "
       "2026-12-01."},
      {"{'code': <'submitted'>, 'parameters': <{'reference': <''>, 'expected-by': <int64 0>}>}",
       "You asked the carrier to end the contract."},
      {"{'code': <'submitted'>}", "You asked the carrier to end the contract."},
      {"{'code': <'refused'>, 'parameters': <{'missing': <['account-pin', 'other', 'new']>}>}",
       "The carrier did not take the request; missing: PIN of the account, something else, new."},
      {"{'code': <'refused'>, 'parameters': <{'missing': <@as []>}>}",
       "The carrier did not take the request."},
      {"{'code': <'requested'>, 'parameters': <{'reason': <'travel-ended'>}>}",
       "It was asked for, reason: the journey is over."},
      {"{'code': <'of-the-future'>}", "of-the-future"},
      {"{'code': <uint32 1>, 'parameters': <'x'>}", ""},
      {"@a{sv} {}", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GVariant) entry = parse (cases[i].entry);
    g_autofree char *words = esim_words_history (entry);

    g_assert_cmpstr (words, ==, cases[i].words);
  }
}

static void
test_finding_of_the_directory (void)
{
  const struct {
    const char *finding;
    const char *words;
  } cases[] = {
      {"{'code': <'processing'>, 'parameters': <{'days-min': <uint32 1>, 'days-max': <uint32 3>}>}",
       "The carrier takes 1 to 3 working days."},
      {"{'code': <'processing'>, 'parameters': <{'days-max': <uint32 3>}>}",
       "The carrier takes 3 working days at most."},
      {"{'code': <'processing'>}", "processing"},
      {"{'code': <'abroad'>, 'parameters': <{'possible': <false>}>}", "It cannot be done from abroad."},
      {"{'code': <'abroad'>, 'parameters': <{'possible': <'no'>}>}", "abroad"},
      {"{'code': <'automatic-payment'>, 'parameters': <{'switched-off-apart': <false>}>}",
       "Automatic payment ends with the contract."},
      {"{'code': <'bring'>, 'message': <'have at hand: owner-name'>, 'parameters': <{'bring': "
       "<['owner-name']>}>}",
       "Have at hand: owner's name."},
      {"{'code': <'notice'>, 'parameters': <{'length': <'P1M'>, 'fee-within-term': <true>}>}",
       "Period of notice: 1 month. Leaving within the term costs a fee."},
      {"{'code': <'add-on'>, 'parameters': <{'text': <{'': 'An app.\\u001b', 'xx': 'no'}>}>}",
       "Stopping an add-on does not end the contract. An app.\357\277\275"},
      {"{'code': <'conflict'>, 'message': <'they differ (two)'>, 'parameters': <{'texts': <[{'': 'One.'}, "
       "{'': "
       "'Two.'}]>}>}",
       "The sources contradict one another: ask the carrier. One. / Two."},
      {"{'code': <'card-answers'>, 'message': <'it answers (two)'>, 'parameters': <{'text': <{'': "
       "'One.'}>}>}",
       "it answers (two): One."},
      {"{'code': <'lost'>, 'message': <'A.'>, 'parameters': <{'what': <'mail'>, 'text': <{'': 'B.'}>}>}",
       "You lose: mail. B."},
      {"{'code': <'lost'>, 'message': <'A.'>}", "A."},
      {"{'code': <'connections'>, 'message': <'Two.'>, 'parameters': <{'ours': <['A', 'B']>, 'others': <@as "
       "[]>}>}",
       "Network connections that esimd made go with the profile: A, B."},
      {"{'code': <'connections'>, 'parameters': <{'others': <['C [x] {y}']>}>}",
       "Connections of others use it too, and are left as they are: C [x] {y}."},
      {"{'code': <'connections'>, 'message': <'Two.'>}", "Two."},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GVariant) finding = parse (cases[i].finding);
    g_autofree char *words = esim_words_finding (finding);

    g_assert_cmpstr (words, ==, cases[i].words);
  }
}

static void
test_questions (void)
{
  const struct {
    const char *question;
    const char *start;
  } cases[] = {
      {"{'type': <'consent'>, 'subject': <'portal'>}", "You end the contract"},
      {"{'type': <'consent'>, 'subject': <'local'>}", "The profile will be deleted"},
      {"{'type': <'consent'>}", "The profile will be deleted"},
      {"{'type': <'open-page'>, 'subject': <'login'>}", "Log in"},
      {"{'type': <'open-page'>, 'subject': <'request'>}", "Ask the carrier"},
      {"{'type': <'attest'>, 'subject': <'submission'>}", "What came of it?"},
      {"{'type': <'attest'>, 'subject': <'outcome'>}", "What has the carrier"},
      {"{'type': <'reminder'>, 'subject': <'end'>, 'effective-at': <int64 1700000000>}",
       "The contract ends soon: from 2023-11-1"},
      {"{'type': <'reminder'>, 'subject': <'end'>}", "The contract ends soon. Has"},
      {"{'type': <'carrier-question'>, 'subject': <'carrier'>}", "Which carrier"},
      {"{'type': <'carrier-question'>, 'subject': <'plan'>}", "Which kind of plan"},
      {"{'type': <'disconnect-consent'>}", "This modem is the machine's only way"},
      {"{'type': <'disconnect-consent'>, 'subject': <'network'>}", "The profile is in use"},
      {"{'type': <'disconnect-consent'>, 'subject': <'network'>, 'message': <'Cut?'>}", "Cut?"},
      {"{'type': <'riddle'>, 'message': <'What?'>}", "What?"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GVariant) question = parse (cases[i].question);
    g_autofree char *words = esim_words_question (question);

    g_assert_true (g_str_has_prefix (words, cases[i].start));
  }
}

static void
test_hours (void)
{
  const struct {
    const char *hours;
    const char *words;
  } cases[] = {
      {"mon-fri 09:00-18:00;sat 10:00-16:00", "Monday to Friday 09:00–18:00; Saturday 10:00–16:00"},
      {"sun 00:00-24:00", "Sunday 00:00–24:00"},
      {"", ""},
      {"mon-fri", "mon-fri"},
      {"mon-xxx 09:00-18:00", "mon-xxx 09:00-18:00"},
      {"mon 09:00-1", "mon 09:00-1"},
      {"always\033", "always\357\277\275"},
      {"mon 09:00–1800", "mon 09:00–1800"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *words = esim_words_hours (cases[i].hours);

    g_assert_cmpstr (words, ==, cases[i].words);
  }
}

static void
test_open (void)
{
  g_autofree char *yes = esim_words_open ("yes", 0);
  g_autofree char *no = esim_words_open ("no", 0);
  g_autofree char *later = esim_words_open ("no", 1700000000);
  g_autofree char *unknown = esim_words_open ("unknown", 0);

  g_assert_cmpstr (yes, ==, "open now");
  g_assert_cmpstr (no, ==, "closed now");
  g_assert_true (g_str_has_prefix (later, "closed now; opens at 2023-11-1"));
  g_assert_cmpstr (unknown, ==, "");
}

static void
test_receipt (void)
{
  g_autoptr (GVariant) known = parse ("{'code': <'not-deleted'>}");
  g_autoptr (GVariant) said = parse ("{'code': <'not-deleted'>, 'text': <'Said.'>}");
  g_autofree char *own = esim_words_statement (known);
  g_autofree char *theirs = esim_words_statement (said);
  g_autofree char *limit = esim_words_limit ("absent-now", NULL);
  g_autofree char *old = esim_words_limit ("", "Said.");

  g_assert_cmpstr (own, ==, "esimd deleted no profile.");
  g_assert_cmpstr (theirs, ==, "Said.");
  g_assert_true (g_str_has_prefix (limit, "That the profile is absent"));
  g_assert_cmpstr (old, ==, "Said.");
}

static void
test_errors (void)
{
  g_assert_cmpint (esim_error_from_name ("org.esimd1.Error.CarrierUnknown"), ==, ESIM_ERROR_CARRIER_UNKNOWN);
  g_assert_cmpint (esim_error_from_name ("org.example.Other"), ==, ESIM_ERROR_FAILED);
  g_assert_cmpint (esim_error_from_name (""), ==, ESIM_ERROR_FAILED);
  for (int code = ESIM_ERROR_NOT_AUTHORIZED; code <= ESIM_ERROR_CARRIER_REJECTED; code++) {
    g_autofree char *name = g_strconcat ("org.esimd1.Error.", esim_error_get_name ((EsimError) code), NULL);

    g_assert_cmpint (esim_error_from_name (name), ==, code);
    g_assert_cmpstr (esim_words_error (name), !=, esim_error_get_name ((EsimError) code));
  }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/clean", test_clean);
  g_test_add_func ("/text/clean-null", test_clean_null);
  g_test_add_func ("/text/columns", test_columns);
  g_test_add_func ("/words/codes", test_codes);
  g_test_add_func ("/words/modems", test_modem_codes);
  g_test_add_func ("/words/finding/service", test_finding_in_the_words_of_the_service);
  g_test_add_func ("/words/finding/own", test_finding_without_words);
  g_test_add_func ("/words/finding/directory", test_finding_of_the_directory);
  g_test_add_func ("/words/history", test_history);
  g_test_add_func ("/words/questions", test_questions);
  g_test_add_func ("/words/hours", test_hours);
  g_test_add_func ("/words/open", test_open);
  g_test_add_func ("/words/receipt", test_receipt);
  g_test_add_func ("/errors", test_errors);
  return g_test_run ();
}
