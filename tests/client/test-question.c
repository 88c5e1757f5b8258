/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <esim.h>
#include <string.h>

static GVariant *
make (const char *key, const char *value)
{
  return g_variant_ref_sink (
      g_variant_new_parsed ("{'type': <'open-page'>, 'subject': <'login'>, 'allowed-hosts': "
                            "<['my.example.com', 'ses.example.com:10024']>, "
                            "%s: <%s>}",
                            key, value));
}

static void
test_kind (void)
{
  g_autoptr (GVariant) question = make ("message", "");
  g_autoptr (GVariant) asked =
      g_variant_ref_sink (g_variant_new_parsed ("{'outcomes': <['wait', 'portal']>}"));
  g_auto (GStrv) none = esim_question_get_outcomes (question);
  g_auto (GStrv) two = esim_question_get_outcomes (asked);

  g_assert_true (esim_question_is (question, "open-page", "login"));
  g_assert_true (esim_question_is (question, "open-page", NULL));
  g_assert_false (esim_question_is (question, "open-page", "websheet"));
  g_assert_false (esim_question_is (asked, "open-page", NULL));
  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_cmpstr (two[1], ==, "portal");
}

static void
test_addresses (void)
{
  static const struct {
    const char *address;
    gboolean allowed;
  } cases[] = {
      {"https://my.example.com/in?a=1", TRUE},
      {"https://MY.example.com:443/", TRUE},
      {"https://ses.example.com:10024/", TRUE},
      {"https://ses.example.com/", FALSE},
      {"https://my.example.com:8443/", FALSE},
      {"http://my.example.com/", FALSE},
      {"https://my.example.com.evil.example/", FALSE},
      {"https://my.example.com@evil.example/", FALSE},
      {"https://evil.example/?https://my.example.com/", FALSE},
      {"https://my.example.com\\@evil.example/", FALSE},
      {"https://my.example.com/a b", FALSE},
      {"javascript:alert(1)", FALSE},
      {"file:///etc/passwd", FALSE},
      {"", FALSE},
  };
  g_autoptr (GVariant) question = make ("stop-at", "https://back.example.com/redirect");
  g_autofree char *path = g_strnfill (9000, 'a');
  g_autofree char *long_one = g_strconcat ("https://my.example.com/", path, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].address);
    g_assert_cmpint (esim_question_may_open (question, cases[i].address), ==, cases[i].allowed);
  }
  g_assert_false (esim_question_may_open (question, long_one));
  g_assert_true (esim_question_stops_at (question, "https://back.example.com/redirect?code=1&state=2"));
  g_assert_false (esim_question_stops_at (question, "https://back.example.com/"));
}

static void
test_page (void)
{
  static const struct {
    const char *text;
    const char *page; /* NULL: none can be opened */
  } cases[] = {
      {"{'address': <'https://my.example.com/'>, 'allowed-hosts': <['my.example.com']>}",
       "https://my.example.com/"},
      {"{'address': <'https://my.example.com/'>, 'user-data': <'a=1'>, 'contents-type': <''>, "
       "'allowed-hosts': "
       "<['my.example.com']>}",
       "https://my.example.com/?a=1"},
      {"{'address': <'https://my.example.com/?x'>, 'user-data': <'a=1'>, 'allowed-hosts': "
       "<['my.example.com']>}",
       "https://my.example.com/?x&a=1"},
      {"{'address': <'https://my.example.com/'>, 'user-data': <'a'>, 'contents-type': <'json'>, "
       "'allowed-hosts': "
       "<['my.example.com']>}",
       NULL},
      {"{'address': <'https://other.example.com/'>, 'allowed-hosts': <['my.example.com']>}", NULL},
      {"{'address': <'https://my.example.com/'>, 'user-data': <'a b'>, 'allowed-hosts': "
       "<['my.example.com']>}",
       NULL},
      {"{'address': <'https://my.example.com/'>}", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GVariant) question = g_variant_ref_sink (g_variant_new_parsed (cases[i].text));
    g_autofree char *page = esim_question_dup_page (question);

    g_test_message ("%s", cases[i].text);
    g_assert_cmpstr (page, ==, cases[i].page);
  }
}

static void
test_pattern (void)
{
  static const struct {
    const char *pattern;
    const char *text;
    gboolean fits;
  } cases[] = {
      {"", "anything", TRUE},
      {"[0-9]{5}", "12345", TRUE},
      {"[0-9]{5}", "123456", FALSE},
      {"[0-9]{5}", "x12345", FALSE},
      {"[0-9]{5}", "12345\n", FALSE},
      {"^\\d+$", "17", TRUE},
      {"a|b", "b", TRUE},
      {"a|b", "ax", FALSE},
      {".{1,2}", "中国", TRUE},
      {"[A-Z", "what cannot be used is none", TRUE},
      {"a)|(?:.*", "half of one is none", TRUE},
      {"(*LIMIT_MATCH=4000000000)x", "one that wants more is none", TRUE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GVariant) question = make ("pattern", cases[i].pattern);
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", cases[i].pattern);
    g_assert_cmpint (esim_question_check_text (question, cases[i].text, &error), ==, cases[i].fits);
    if (!cases[i].fits)
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
}

/* A pattern whose work doubles with each character comes to an end, and is not believed then. */
static void
test_pattern_without_end (void)
{
  static const char *const patterns[] = {"(a+)+b", "(a|a)*b", "(?:a?){200}a{200}b", "(a(?1)?)*b",
                                         "^(([a-z])+.)+[A-Z]([a-z])+$"};
  g_autofree char *text = g_strnfill (1000, 'a');
  gint64 before = g_get_monotonic_time ();

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++) {
    g_autoptr (GVariant) question = make ("pattern", patterns[i]);

    g_test_message ("%s", patterns[i]);
    (void) (esim_question_check_text (question, text, NULL) == TRUE);
  }
  g_assert_cmpint (g_get_monotonic_time () - before, <, 10 * G_USEC_PER_SEC);
}

static void
test_too_long (void)
{
  g_autofree char *pattern = g_strnfill (1025, 'a');
  g_autofree char *text = g_strnfill (1001, 'a');
  g_autoptr (GVariant) question = make ("pattern", pattern);
  g_autoptr (GVariant) plain = make ("pattern", "");
  g_autoptr (GError) error = NULL;

  g_assert_true (esim_question_check_text (question, "a pattern that long is none", NULL));
  g_assert_false (esim_question_check_text (plain, text, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
}

static void
test_own_words (void)
{
  g_autoptr (GVariant) question = g_variant_ref_sink (
      g_variant_new_parsed ("{'pattern': <'[0-9]+'>, 'failed-text': <'Digits only\x1b[2J'>}"));
  g_autoptr (GError) error = NULL;

  g_assert_false (esim_question_check_text (question, "x", &error));
  g_assert_cmpstr (error->message, ==, "Digits only\357\277\275[2J");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/question/kind", test_kind);
  g_test_add_func ("/question/addresses", test_addresses);
  g_test_add_func ("/question/page", test_page);
  g_test_add_func ("/question/pattern", test_pattern);
  g_test_add_func ("/question/pattern-without-end", test_pattern_without_end);
  g_test_add_func ("/question/too-long", test_too_long);
  g_test_add_func ("/question/own-words", test_own_words);
  return g_test_run ();
}
