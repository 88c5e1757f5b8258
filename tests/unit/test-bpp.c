/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bpp.h"
#include "bpp-fixture.h"
#include "esim-error.h"
#include "hex.h"

#include <string.h>

#define OK "\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}"
#define TRANSACTION "\"transactionId\":\"" BPP_TRANSACTION_ID "\""

/* @text in pieces of @step octets, to its end. */
static gboolean
feed (EsimBpp *bpp, const char *text, gsize length, gsize step, GPtrArray *out, GError **error)
{
  for (gsize done = 0; done < length; done += step) {
    g_autoptr (GBytes) chunk = g_bytes_new (text + done, MIN (step, length - done));
    GBytes *segment;

    if (!esim_bpp_feed (bpp, chunk, error))
      return FALSE;
    while ((segment = esim_bpp_next_segment (bpp)) != NULL)
      g_ptr_array_add (out, segment);
  }
  return esim_bpp_finish (bpp, error);
}

static GPtrArray *
new_segments (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

static void
check_segments (GPtrArray *out, GBytes *package)
{
  g_autoptr (GPtrArray) wanted = bpp_cut (package);

  g_assert_cmpuint (out->len, ==, wanted->len);
  for (guint i = 0; i < out->len; i++)
    g_assert_true (g_bytes_equal (out->pdata[i], wanted->pdata[i]));
}

static void
test_whole (void)
{
  g_autoptr (GBytes) package = bpp_make_package (&bpp_usual), body = bpp_make_body (package),
                     metadata = bpp_make_metadata (&bpp_usual);
  static const gsize steps[] = {1, 3, 100, 1460, 1000000};

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimBpp) bpp = esim_bpp_new (BPP_SERVER, BPP_TRANSACTION_ID);
    g_autoptr (GPtrArray) out = new_segments ();

    g_assert_null (esim_bpp_get_metadata_bytes (bpp));
    g_assert_cmpuint (esim_bpp_get_octets_total (bpp), ==, 0);
    g_assert_false (esim_bpp_is_given (bpp));
    g_assert_true (feed (bpp, g_bytes_get_data (body, NULL), g_bytes_get_size (body), steps[i], out, &error));
    g_assert_no_error (error);
    check_segments (out, package);
    g_assert_true (esim_bpp_is_given (bpp));
    g_assert_true (g_bytes_equal (esim_bpp_get_metadata_bytes (bpp), metadata));
    g_assert_cmpuint (esim_bpp_get_octets_given (bpp), ==, esim_bpp_get_octets_total (bpp));
    g_assert_null (esim_bpp_next_segment (bpp));
  }
}

/* What is there of the body gives what is there of the segments: nothing waits for the end. */
static void
test_as_it_comes (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) package = bpp_make_package (&bpp_usual), body = bpp_make_body (package), half = NULL,
                     rest = NULL;
  g_autoptr (EsimBpp) bpp = esim_bpp_new (BPP_SERVER, BPP_TRANSACTION_ID);
  g_autoptr (GBytes) segment = NULL;
  gsize size = g_bytes_get_size (body), given = 0;

  half = g_bytes_new_from_bytes (body, 0, size / 2);
  rest = g_bytes_new_from_bytes (body, size / 2, size - size / 2);
  g_assert_true (esim_bpp_feed (bpp, half, &error));
  while ((segment = esim_bpp_next_segment (bpp)) != NULL) {
    given += g_bytes_get_size (segment);
    g_clear_pointer (&segment, g_bytes_unref);
  }
  g_assert_cmpuint (given, ==, esim_bpp_get_octets_given (bpp));
  g_assert_cmpuint (given, >, esim_bpp_get_octets_total (bpp) / 2 - 1200);
  g_assert_false (esim_bpp_is_given (bpp));
  g_assert_true (esim_bpp_feed (bpp, rest, &error));
  g_assert_true (esim_bpp_finish (bpp, &error));
}

static char *
encode (GBytes *package)
{
  return g_base64_encode (g_bytes_get_data (package, NULL), g_bytes_get_size (package));
}

static char *
escape_slashes (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);

  return g_strjoinv ("\\/", parts);
}

/* The order of members, strangers among them, and the spelling are the server's business. */
static void
test_envelopes (void)
{
  static const char *const formats[] = {
      "{" OK "," TRANSACTION ",\"boundProfilePackage\":\"%s\"}",
      "{\"boundProfilePackage\":\"%s\"," TRANSACTION "," OK "}",
      "{" TRANSACTION ",\"boundProfilePackage\":\"%s\"," OK "}",
      "{\"boundProfilePackage\":\"%s\"," OK "}",
      " {\r\n" OK " ,\n\"bound\\u0050rofilePackage\" : \"%s\" }\n",
      "{\"x\":[{\"header\":1}],\"boundProfilePackage\":\"%s\",\"y\":{\"transactionId\":\"00\","
      "\"boundProfilePackage\":\"00\"}," OK "}",
      "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-WithWarning\",\"statusCodeData\":null}"
      "},"
      "\"transactionId\":\"0102a3b4c5d6e7f8\",\"boundProfilePackage\":\"%s\"}",
  };
  const BppShape shape = {1, 300, 0, 2000, 1020};
  g_autoptr (GBytes) package = bpp_make_package (&shape);
  g_autofree char *plain = encode (package), *escaped = escape_slashes (plain);

  g_assert_cmpuint (strlen (escaped), >, strlen (plain));
  for (guint i = 0; i < 2 * G_N_ELEMENTS (formats); i++) {
    g_autoptr (GString) body = g_string_new (formats[i / 2]);

    g_string_replace (body, "%s", i % 2 == 0 ? plain : escaped, 1);
    for (gsize step = 1; step < 5000; step += 1500) {
      g_autoptr (GError) error = NULL;
      g_autoptr (EsimBpp) bpp = esim_bpp_new (BPP_SERVER, BPP_TRANSACTION_ID);
      g_autoptr (GPtrArray) out = new_segments ();

      g_assert_true (feed (bpp, body->str, body->len, step, out, &error));
      g_assert_no_error (error);
      check_segments (out, package);
    }
  }
}

static void
test_refused (void)
{
  static const char *const formats[] = {
      "[" OK "]",
      "\"%s\"",
      "{" OK "}",
      "{" OK ",\"boundProfilePackage\":null}",
      "{" OK ",\"boundProfilePackage\":\"\"}",
      "{\"boundProfilePackage\":\"%s\"}",
      "{\"header\":{},\"boundProfilePackage\":\"%s\"}",
      "{\"header\":[],\"boundProfilePackage\":\"%s\"}",
      "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Done\"}},\"boundProfilePackage\":\"%s\"}",
      "{\"header\":{\"functionExecutionStatus\":{\"status\":1}},\"boundProfilePackage\":\"%s\"}",
      "{" OK ",\"transactionId\":\"00\",\"boundProfilePackage\":\"%s\"}",
      "{" OK ",\"transactionId\":7,\"boundProfilePackage\":\"%s\"}",
      "{" OK ",\"boundProfilePackage\":\"%s\",\"transactionId\":\"0102A3B4C5D6E7F9\"}",
      "{" OK "," TRANSACTION ",\"boundProfilePackage\":\"A%s\"}",
      "{" OK "," TRANSACTION ",\"boundProfilePackage\":\"%s*\"}",
      "{" OK "," TRANSACTION ",\"boundProfilePackage\":\"%sAAAA\"}",
      "{" OK "," TRANSACTION ",\"boundProfilePackage\":[\"%s\"]}",
      "{" OK "," TRANSACTION ",\"boundProfilePackage\":\"%s\",\"boundProfilePackage\":\"%s\"}",
      "{" OK "," OK ",\"boundProfilePackage\":\"%s\"}",
      "{" OK "," TRANSACTION ",\"boundProfilePackage\":\"%s\"",
      "<html>Bad gateway</html>",
      "",
  };
  const BppShape shape = {1, 300, 0, 2000, 1020};
  g_autoptr (GBytes) package = bpp_make_package (&shape);
  g_autofree char *base64 = encode (package);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autoptr (GError) error = NULL, again = NULL;
    g_autoptr (EsimBpp) bpp = esim_bpp_new (BPP_SERVER, BPP_TRANSACTION_ID);
    g_autoptr (GString) body = g_string_new (formats[i]);
    g_autoptr (GPtrArray) out = new_segments ();
    g_autoptr (GBytes) more = g_bytes_new_static ("{}", 2);

    g_test_message ("%s", formats[i]);
    g_string_replace (body, "%s", base64, 0);
    g_assert_false (feed (bpp, body->str, body->len, 700, out, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
    g_assert_null (esim_bpp_next_segment (bpp));
    g_assert_false (esim_bpp_feed (bpp, more, &again));
    g_assert_error (again, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
  }
}

/* A package of another session never gets as far as the card. */
static void
test_other_session (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) package = bpp_make_package (&bpp_usual);
  g_autofree char *base64 = encode (package);
  g_autofree char *body = g_strdup_printf ("{\"boundProfilePackage\":\"%s\"," OK "}", base64);
  g_autoptr (EsimBpp) bpp = esim_bpp_new (BPP_SERVER, "0102A3B4C5D6E7F9");
  g_autoptr (GPtrArray) out = new_segments ();

  g_assert_false (feed (bpp, body, strlen (body), 10, out, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
  g_assert_nonnull (strstr (error->message, "another session"));
  g_assert_cmpuint (out->len, ==, 0);
}

/* The server's refusal, with its codes, and nothing for the card even if there is a package beside it. */
static void
test_failed (void)
{
  static const char header[] = "\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\","
                               "\"statusCodeData\":{\"subjectCode\":\"8.2.7\","
                               "\"reasonCode\":\"3.8\",\"message\":\"no\\u001b[1m way\"}}}";
  g_autoptr (GBytes) package = bpp_make_package (&bpp_usual);
  g_autofree char *base64 = encode (package);

  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) details = NULL;
    g_autoptr (EsimBpp) bpp = esim_bpp_new (BPP_SERVER, BPP_TRANSACTION_ID);
    g_autoptr (GPtrArray) out = new_segments ();
    g_autofree char *body = i == 0 ? g_strdup_printf ("{%s}", header)
                                   : g_strdup_printf ("{%s,\"boundProfilePackage\":\"%s\"}", header, base64);
    const char *subject = NULL, *reason = NULL, *text = NULL;

    g_assert_false (feed (bpp, body, strlen (body), 50, out, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CONFIRMATION_CODE_INVALID);
    g_assert_nonnull (strstr (error->message, BPP_SERVER));
    details = esim_error_dup_details (error);
    g_assert_true (g_variant_lookup (details, ESIM_DETAIL_SUBJECT_CODE, "&s", &subject));
    g_assert_true (g_variant_lookup (details, ESIM_DETAIL_REASON_CODE, "&s", &reason));
    g_assert_true (g_variant_lookup (details, ESIM_DETAIL_SERVER_TEXT, "&s", &text));
    g_assert_cmpstr (subject, ==, "8.2.7");
    g_assert_cmpstr (reason, ==, "3.8");
    g_assert_cmpstr (text, ==, "no[1m way");
    g_assert_cmpuint (out->len, ==, 0);
  }
}

/* A body without an end is not read to its end. */
static void
test_bounds (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimBpp) bpp = esim_bpp_new (BPP_SERVER, BPP_TRANSACTION_ID);
  g_autoptr (GBytes) begin = g_bytes_new_static ("{\"x\":\"", 6);
  g_autofree char *text = g_strnfill (100000, 'x');
  g_autoptr (GBytes) chunk = g_bytes_new_static (text, 100000);
  guint fed = 0;

  g_assert_true (esim_bpp_feed (bpp, begin, &error));
  while (esim_bpp_feed (bpp, chunk, &error))
    g_assert_cmpuint (++fed, <, 42);
  g_assert_cmpuint (fed, ==, 41);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bpp/whole", test_whole);
  g_test_add_func ("/bpp/as-it-comes", test_as_it_comes);
  g_test_add_func ("/bpp/envelopes", test_envelopes);
  g_test_add_func ("/bpp/refused", test_refused);
  g_test_add_func ("/bpp/other-session", test_other_session);
  g_test_add_func ("/bpp/failed", test_failed);
  g_test_add_func ("/bpp/bounds", test_bounds);
  return g_test_run ();
}
