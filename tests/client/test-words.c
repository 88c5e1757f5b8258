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
  g_assert_cmpstr (esim_words_step ("verify"), ==, "Making sure that it is gone");
  g_assert_cmpstr (esim_words_phase ("waiting-for-modem"), ==, "waiting for the modem");
  g_assert_cmpstr (esim_words_phase (""), ==, "");
  g_assert_cmpstr (esim_words_stage ("of-the-future"), ==, "of-the-future");
  g_assert_cmpstr (esim_words_error ("org.esimd1.Error.WrongState"), ==, esim_words_error ("WrongState"));
  g_assert_null (esim_words_advice ("WrongState"));
  g_assert_nonnull (esim_words_advice ("NotRunning"));
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

static void
test_errors (void)
{
  g_assert_cmpint (esim_error_from_name ("org.esimd1.Error.CarrierUnknown"), ==, ESIM_ERROR_CARRIER_UNKNOWN);
  g_assert_cmpint (esim_error_from_name ("org.example.Other"), ==, ESIM_ERROR_FAILED);
  g_assert_cmpint (esim_error_from_name (""), ==, ESIM_ERROR_FAILED);
  for (int code = ESIM_ERROR_NOT_AUTHORIZED; code <= ESIM_ERROR_CARRIER_UNKNOWN; code++) {
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
  g_test_add_func ("/words/finding/service", test_finding_in_the_words_of_the_service);
  g_test_add_func ("/words/finding/own", test_finding_without_words);
  g_test_add_func ("/errors", test_errors);
  return g_test_run ();
}
