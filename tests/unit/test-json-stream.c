/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-json-stream.h"
#include "esim-error.h"

#include <string.h>

/* What is told is written down again, so that it can be compared. */
static gboolean
on_begin (EsimJsonKind kind, guint depth, const char *name, gpointer user_data, GError **error)
{
  static const char marks[] = "{[\"#?~";
  GString *out = user_data;

  if (g_strcmp0 (name, "stop") == 0) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CANCELLED, "stopped");
    return FALSE;
  }
  g_string_append_printf (out, "%u", depth);
  if (name != NULL)
    g_string_append_printf (out, "%s=", name);
  g_string_append_c (out, marks[kind]);
  return TRUE;
}

static gboolean
on_string (const char *text, gsize length, gpointer user_data, GError **error)
{
  g_assert_cmpuint (length, >, 0);
  g_string_append_len (user_data, text, (gssize) length);
  return TRUE;
}

static gboolean
on_end (EsimJsonKind kind, guint depth, gpointer user_data, GError **error)
{
  static const char marks[] = "}]\"#?~";

  g_string_append_printf (user_data, "%c%u ", marks[kind], depth);
  return TRUE;
}

static char *
read_text (const char *text, gsize length, gsize step, GError **error)
{
  static const EsimJsonReceiver receiver = {on_begin, on_string, on_end};
  GString *out = g_string_new (NULL);
  g_autoptr (EsimJsonStream) stream = esim_json_stream_new (&receiver, out);
  gboolean good = TRUE;

  for (gsize done = 0; good && done < length; done += step)
    good = esim_json_stream_feed (stream, text + done, MIN (step, length - done), error);
  good = good && esim_json_stream_finish (stream, error);
  return g_string_free (out, !good);
}

static void
test_told (void)
{
  static const struct {
    const char *text;
    const char *told;
  } cases[] = {
      {"{}", "0{}0 "},
      {" [ ] ", "0[]0 "},
      {"\"a\"", "0\"a\"0 "},
      {"-0.5e+3", "0##0 "},
      {"0", "0##0 "},
      {"true", "0??0 "},
      {"\r\n\tnull ", "0~~0 "},
      {"{\"a\":\"x\",\"b\":[1,false,null,{}],\"c\":{\"a\":\"\"}}",
       "0{1a=\"x\"1 1b=[2##2 2??2 2~~2 2{}2 ]1 1c={2a=\"\"2 }1 }0 "},
      {"\"\\u0041\\/\\\\\\\"\\b\\f\\n\\r\\t\"", "0\"A/\\\"\b\f\n\r\t\"0 "},
      {"\"\\u00fc\\u20AC\\ud83d\\uDE00\xC3\xBC\"", "0\"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80\xC3\xBC\"0 "},
      {"{\"\\u0061b\":1}", "0{1ab=##1 }0 "},
      {"{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}", "0{1a={2a={3a=##3 }2 }1 1b={2a=##2 }1 }0 "},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    for (gsize step = 1; step <= strlen (cases[i].text); step++) {
      g_autoptr (GError) error = NULL;
      g_autofree char *told = read_text (cases[i].text, strlen (cases[i].text), step, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (told, ==, cases[i].told);
    }
  }
}

static const char *const refused_texts[] = {
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "{]",
    "[}",
    "{,}",
    "[,]",
    "[1,]",
    "{\"a\":1,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\" 1}",
    "{a:1}",
    "{\"a\":1 \"b\":2}",
    "[1 2]",
    "{}{}",
    "{} x",
    "1 2",
    "tru",
    "True",
    "nul",
    "NaN",
    "Infinity",
    "01",
    "-",
    "1.",
    ".5",
    "1e",
    "+1",
    "0x10",
    "1e+",
    "'a'",
    "\"a",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\n\"",
    "\"\x7F\x01\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\\ud83dx\"",
    "\"\\ud83d\\n\"",
    "\"\\ud83d\\u0041\"",
    "\"\\u0000\"",
    "/* */ 1",
    "// x\n1",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"\\u0061\":2}",
    "\xEF\xBB\xBF{}",
    "{\"a\"::1}",
    "[\"a\":1]",
    "\v1",
    "{\"a\":1]",
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused_texts); i++) {
    for (gsize step = 1; step < 10; step += 3) {
      g_autoptr (GError) error = NULL;
      g_autofree char *told = read_text (refused_texts[i], strlen (refused_texts[i]), step, &error);

      g_autofree char *shown = g_strescape (refused_texts[i], NULL);

      /* A report in XML cannot hold what is refused here. */
      g_test_message ("%s", shown);
      g_assert_null (told);
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
    }
  }
}

static void
test_zero (void)
{
  static const char *const texts[] = {"{}\0", "\"\0\"", "\0{}"};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *told = read_text (texts[i], 3, 1, &error);

    g_assert_null (told);
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
  }
}

static char *
repeat (const char *text, guint times, const char *end)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < times; i++)
    g_string_append (all, text);
  g_string_append (all, end);
  return g_string_free (all, FALSE);
}

static char *
make_members (guint count)
{
  GString *all = g_string_new ("{");

  for (guint i = 0; i < count; i++)
    g_string_append_printf (all, "%s\"m%u\":0", i > 0 ? "," : "", i);
  g_string_append_c (all, '}');
  return g_string_free (all, FALSE);
}

static void
check_bound (char *fits, char *too_much)
{
  g_autofree char *owned_fits = fits, *owned_too_much = too_much;
  g_autoptr (GError) error = NULL;
  g_autofree char *told = read_text (fits, strlen (fits), 5, &error), *none = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (told);
  none = read_text (too_much, strlen (too_much), 5, &error);
  g_assert_null (none);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
}

static char *
make_named (guint length)
{
  g_autofree char *name = g_strnfill (length, 'n');

  return g_strdup_printf ("{\"%s\":1}", name);
}

static void
test_bounds (void)
{
  g_autofree char *closing = g_strnfill (ESIM_JSON_DEPTH_MAX, ']');

  check_bound (repeat ("[", ESIM_JSON_DEPTH_MAX, closing), repeat ("[", ESIM_JSON_DEPTH_MAX + 1, closing));
  check_bound (make_members (64), make_members (65));
  check_bound (make_named (64), make_named (65));
  check_bound (g_strnfill (64, '1'), g_strnfill (65, '1'));
}

static void
test_stopped (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *told = read_text ("{\"a\":1,\"stop\":2}", 16, 16, &error);

  g_assert_null (told);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-stream/told", test_told);
  g_test_add_func ("/json-stream/refused", test_refused);
  g_test_add_func ("/json-stream/zero", test_zero);
  g_test_add_func ("/json-stream/bounds", test_bounds);
  g_test_add_func ("/json-stream/stopped", test_stopped);
  return g_test_run ();
}
