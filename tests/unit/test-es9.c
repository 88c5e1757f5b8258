/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-es9.h"
#include "esim-es9-answer.h"
#include "esim-es9-words.h"
#include "esim-rsp-root.h"
#include "pki.h"
#include "tls-server.h"

#include <glib/gstdio.h>
#include <string.h>

#define HOST "smdp.example.com"
#define NO_BODY "Content-Length: 0\r\n\r\n"

typedef struct {
  char *path;
  char *folder;
  Identity *root;
  Identity *leaf;
  char *root_id;
} Fixture;

typedef struct {
  gboolean done;
  EsimEs9Outcome outcome;
  guint status;
  GError *error;
} Result;

static void
result_clear (Result *result)
{
  g_clear_error (&result->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("esim-es9-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "root.pem", NULL);
  fixture->root = identity_new (&(IdentitySpec){.name = "root", .ca = TRUE, .role = ESIM_ROLE_CI});
  fixture->root_id = esim_rsp_root_dup_key_id (fixture->root->certificate);
  fixture->leaf = identity_new (&(IdentitySpec){
      .name = "s", .issuer = fixture->root, .role = ESIM_ROLE_DP_TLS, .dns = HOST, .usage = "serverAuth"});
  identity_write_pem (fixture->root, fixture->path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_remove (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
  g_free (fixture->root_id);
  identity_free (fixture->root);
  identity_free (fixture->leaf);
}

static void
on_done (EsimEs9Outcome outcome, guint http_status, const GError *error, gpointer user_data)
{
  Result *result = user_data;

  *result = (Result){TRUE, outcome, http_status, error != NULL ? g_error_copy (error) : NULL};
}

/* @listed: whether the card lists the root */
static char *
deliver (Fixture *fixture, const char *answer, gboolean listed, Result *result)
{
  const char *const folders[] = {fixture->folder, NULL};
  const char *const ids[] = {fixture->root_id, NULL};
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){fixture->leaf, NULL, SERVER_ANSWERS, answer});
  g_autoptr (EsimRspTrust) trust = esim_rsp_trust_new (folders, NULL);
  g_autofree char *way = g_strdup_printf ("%s:443:127.0.0.1:%u", HOST, tls_server_get_port (server));
  char *connect_to[] = {way, NULL};
  const EsimHttpConfig config = {5, 10, 1024 * 1024, TRUE, connect_to, NULL};
  g_autoptr (EsimHttpHub) hub = esim_http_hub_new (&config, trust);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\x30\x03\x80\x01\xff", 5);

  esim_es9_handle_notification (hub, HOST, bytes, listed ? ids : NULL, on_done, result);
  g_assert_false (result->done);
  while (!result->done)
    g_main_context_iteration (NULL, TRUE);
  return tls_server_dup_request (server);
}

static void
test_request (Fixture *fixture, gconstpointer data)
{
  g_auto (Result) result = {0};
  g_autofree char *request = deliver (fixture, "HTTP/1.1 204 No Content\r\n\r\n", TRUE, &result);

  g_assert_cmpint (result.outcome, ==, ESIM_ES9_DELIVERED);
  g_assert_cmpuint (result.status, ==, 204);
  g_assert_no_error (result.error);
  g_assert_true (g_str_has_prefix (request, "POST /gsma/rsp2/es9plus/handleNotification HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nHost: " HOST "\r\n"));
  g_assert_nonnull (strstr (request, "\r\nUser-Agent: gsma-rsp-lpad\r\n"));
  g_assert_nonnull (strstr (request, "\r\nX-Admin-Protocol: gsma/rsp/v2.5.0\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Type: application/json\r\n"));
  g_assert_true (g_str_has_suffix (request, "\r\n\r\n{\"pendingNotification\":\"MAOAAf8=\"}"));
}

static char *
with_body (const char *status, const char *body)
{
  return g_strdup_printf ("HTTP/1.1 %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", status,
                          strlen (body), body);
}

static char *
with_header (const char *status, const char *execution)
{
  g_autofree char *body = g_strdup_printf ("{\"header\":{\"functionExecutionStatus\":%s}}", execution);

  return with_body (status, body);
}

static void
assert_outcome (Fixture *fixture, char *taken_answer, EsimEs9Outcome outcome, guint status)
{
  g_autofree char *answer = taken_answer;
  g_auto (Result) result = {0};
  g_autofree char *request = deliver (fixture, answer, TRUE, &result);

  g_test_message ("%s", answer);
  g_assert_nonnull (request);
  g_assert_cmpint (result.outcome, ==, outcome);
  g_assert_cmpuint (result.status, ==, status);
  if (outcome == ESIM_ES9_DELIVERED)
    g_assert_no_error (result.error);
  else
    g_assert_error (result.error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
}

static void
test_outcomes (Fixture *fixture, gconstpointer data)
{
  static const char *const executed[] = {"{\"status\":\"Executed-Success\"}",
                                         "{\"status\":\"Executed-WithWarning\"}"};
  static const guint refused[] = {400, 401, 403, 404, 410, 422};
  static const guint later[] = {301, 307, 408, 425, 429, 500, 502, 503};

  for (gsize i = 0; i < G_N_ELEMENTS (executed); i++)
    assert_outcome (fixture, with_header ("200 OK", executed[i]), ESIM_ES9_DELIVERED, 200);
  assert_outcome (fixture, with_body ("200 OK", ""), ESIM_ES9_DELIVERED, 200);
  assert_outcome (fixture, with_body ("202 Accepted", "<html>"), ESIM_ES9_DELIVERED, 202);
  assert_outcome (fixture, with_header ("200 OK", "{\"status\":\"Failed\"}"), ESIM_ES9_REFUSED, 200);
  assert_outcome (fixture, with_header ("200 OK", "{\"status\":\"Expired\"}"), ESIM_ES9_LATER, 200);
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    assert_outcome (fixture, g_strdup_printf ("HTTP/1.1 %u No\r\n" NO_BODY, refused[i]), ESIM_ES9_REFUSED,
                    refused[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (later); i++)
    assert_outcome (fixture, g_strdup_printf ("HTTP/1.1 %u No\r\n" NO_BODY, later[i]), ESIM_ES9_LATER,
                    later[i]);
}

static void
test_refusal (Fixture *fixture, gconstpointer data)
{
  g_autofree char *answer =
      with_header ("200 OK", "{\"status\":\"Failed\",\"statusCodeData\":{\"subjectCode\":\"8.1.1\","
                             "\"reasonCode\":\"3.8\",\"message\":\"no\\nsuch \\u0007card\"}}");
  g_auto (Result) result = {0};
  g_autofree char *request = deliver (fixture, answer, TRUE, &result);
  g_autoptr (GVariant) details = NULL;
  const char *text = NULL;
  guint32 status = 0;

  g_assert_cmpint (result.outcome, ==, ESIM_ES9_REFUSED);
  g_assert_nonnull (strstr (result.error->message, esim_es9_words_lookup ("8.1.1", "3.8")));
  details = esim_error_dup_details (result.error);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_SUBJECT_CODE, "&s", &text));
  g_assert_cmpstr (text, ==, "8.1.1");
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_REASON_CODE, "&s", &text));
  g_assert_cmpstr (text, ==, "3.8");
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_SERVER_TEXT, "&s", &text));
  g_assert_cmpstr (text, ==, "nosuch card");
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_ROOT_KEY_ID, "&s", &text));
  g_assert_cmpstr (text, ==, fixture->root_id);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_HTTP_STATUS, "u", &status));
  g_assert_cmpuint (status, ==, 200);
}

static void
test_untrusted (Fixture *fixture, gconstpointer data)
{
  g_auto (Result) result = {0};
  g_autofree char *request = deliver (fixture, "HTTP/1.1 204 No Content\r\n\r\n", FALSE, &result);

  g_assert_cmpint (result.outcome, ==, ESIM_ES9_LATER);
  g_assert_cmpuint (result.status, ==, 0);
  g_assert_error (result.error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  g_assert_null (request);
}

static EsimEs9Status
parse (const char *text, gssize length)
{
  g_autoptr (GBytes) body = g_bytes_new (text, length >= 0 ? (gsize) length : strlen (text));
  g_auto (EsimEs9Answer) answer = {0};

  esim_es9_answer_parse (body, &answer);
  return answer.status;
}

#define FAILED_IN(before, after)                                                                             \
  before "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\"}}}" after

static void
test_parse (void)
{
  static const char *const none[] = {
      "",
      "x",
      "[]",
      "{}",
      "null",
      "\"Failed\"",
      "{\"header\":1}",
      "{\"header\":{\"functionExecutionStatus\":[]}}",
      "{\"header\":{\"functionExecutionStatus\":{\"status\":{}}}}",
      "{\"header\":{\"functionExecutionStatus\":{\"status\":null}}}",
      "{\"header\":{\"functionExecutionStatus\":{\"status\":\"failed\"}}}",
      FAILED_IN ("/* \" */", ""),
      FAILED_IN ("// x\n", ""),
      FAILED_IN ("", "}"),
      FAILED_IN ("{", ""),
      FAILED_IN ("", "\xff"),
      "{\"a\":\"\\",
      "{\"a",
  };
  g_autofree char *deep = g_strnfill (100000, '[');
  g_autofree char *long_body = g_strnfill (300000, ' ');

  g_assert_cmpint (parse (FAILED_IN ("", ""), -1), ==, ESIM_ES9_STATUS_FAILED);
  g_assert_cmpint (parse (FAILED_IN (" \r\n", "\t"), -1), ==, ESIM_ES9_STATUS_FAILED);
  for (gsize i = 0; i < G_N_ELEMENTS (none); i++) {
    g_assert_cmpint (parse (none[i], -1), ==, ESIM_ES9_STATUS_NONE);
  }
  g_assert_cmpint (parse (deep, -1), ==, ESIM_ES9_STATUS_NONE);
  memcpy (long_body, FAILED_IN ("", ""), strlen (FAILED_IN ("", "")));
  g_assert_cmpint (parse (long_body, -1), ==, ESIM_ES9_STATUS_NONE);
  g_assert_cmpint (parse (FAILED_IN ("", "\0"), (gssize) sizeof (FAILED_IN ("", "\0")) - 1), ==,
                   ESIM_ES9_STATUS_NONE);
}

static void
test_bounds (void)
{
  g_autofree char *long_text = g_strnfill (5000, 'x');
  g_autofree char *text =
      g_strdup_printf ("{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\","
                       "\"statusCodeData\":{\"message\":\"%s\",\"subjectCode\":\"%s\"}}}}",
                       long_text, long_text);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  g_auto (EsimEs9Answer) answer = {0};

  esim_es9_answer_parse (body, &answer);
  g_assert_cmpuint (strlen (answer.text), <=, 200);
  g_assert_cmpuint (strlen (answer.subject_code), <=, 32);
  g_assert_null (answer.reason_code);
}

/* Random bodies, and good ones with some octets changed: whatever comes of them, nothing breaks. */
static void
test_random (void)
{
  static const char alphabet[] = "{}[]\":,\\ue0/*-+.tfn \n\x01\xc3\xbc\xff";
  static const char good[] =
      "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":"
      "{\"subjectCode\":\"8.1\",\"reasonCode\":\"4.8\",\"message\":\"m\\u00e9\"}}},\"a\":[1,-2e3]}";
  guint readable = 0;

  for (guint round = 0; round < 20000; round++) {
    char body[sizeof good];
    gsize length = sizeof good - 1;

    memcpy (body, good, sizeof good);
    if (round % 2 == 0)
      length = (gsize) g_test_rand_int_range (0, (gint32) length + 1);
    for (gsize i = 0; i < (round % 2 == 0 ? length : 2); i++)
      body[round % 2 == 0 ? i : (gsize) g_test_rand_int_range (0, (gint32) length)] =
          alphabet[g_test_rand_int_range (0, sizeof alphabet - 1)];
    if (parse (body, (gssize) length) != ESIM_ES9_STATUS_NONE)
      readable++;
  }
  /* Most single changes hit a place that does not matter or spoil it; some of both must have been there. */
  g_assert_cmpuint (readable, >, 0);
  g_assert_cmpuint (readable, <, 10000);
}

static void
test_words (void)
{
  g_assert_nonnull (strstr (esim_es9_words_lookup ("8.1", "4.8"), "room"));
  g_assert_nonnull (strstr (esim_es9_words_lookup ("8.2.7", "6.4"), "too often"));
  g_assert_null (esim_es9_words_lookup ("8.1", "99"));
  g_assert_null (esim_es9_words_lookup (NULL, "4.8"));
  g_assert_null (esim_es9_words_lookup ("8.1", NULL));
}

#define ADD(name, test) g_test_add ("/es9/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("request", test_request);
  ADD ("outcomes", test_outcomes);
  ADD ("refusal", test_refusal);
  ADD ("untrusted", test_untrusted);
  g_test_add_func ("/es9/parse", test_parse);
  g_test_add_func ("/es9/bounds", test_bounds);
  g_test_add_func ("/es9/random", test_random);
  g_test_add_func ("/es9/words", test_words);
  return g_test_run ();
}
