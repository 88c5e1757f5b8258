/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-worker.h"
#include "web-fixture.h"

#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <string.h>

/* A fetch from a new server of that manner, by a new client. */
static void
fetch_from (WebFixture *fixture, const ServerSpec *spec, const EsimWebRequest *request, WebResult *result)
{
  g_autoptr (TlsServer) server = tls_server_new (spec);

  web_fixture_connect (fixture, server);
  web_fixture_fetch (fixture, NULL, request, result);
  g_clear_pointer (&fixture->web, esim_web_free);
}

static void
assert_error (const WebResult *result, EsimError code, gboolean not_sent)
{
  g_autoptr (GVariant) details = NULL;
  gboolean said = !not_sent;

  g_assert_error (result->error, ESIM_ERROR, (int) code);
  details = esim_error_dup_details (result->error);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_NOT_SENT, "b", &said));
  g_assert_cmpint (said, ==, not_sent);
}

static void
test_get (WebFixture *fixture, gconstpointer data)
{
  static const char *const headers[] = {"User-Agent: test", "Accept: x/y", NULL};
  static const char answer[] = "HTTP/1.1 100 Continue\r\nContent-Type: not/this\r\n\r\n"
                               "HTTP/1.1 503 Later\r\ncontent-type: text/xml; charset=utf-8\r\n"
                               "Retry-After: 120\r\nContent-Length: 2\r\n\r\nhi";
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, answer});
  g_autofree char *request = NULL;
  g_auto (WebResult) result = {0};

  web_fixture_connect (fixture, server);
  web_fixture_fetch (fixture, NULL,
                     &(EsimWebRequest){.url = "https://" HOST "/a/../b?token=%2F&x=~%7e", .headers = headers},
                     &result);
  g_assert_no_error (result.error);
  g_assert_cmpuint (result.answer->status, ==, 503);
  g_assert_cmpstr (result.answer->content_type, ==, "text/xml; charset=utf-8");
  g_assert_null (result.answer->location);
  g_assert_cmpint (result.answer->retry_after_s, ==, 120);
  g_assert_cmpstr (result.answer->answered_by, ==, HOST);
  g_assert_cmpmem (g_bytes_get_data (result.answer->body, NULL), g_bytes_get_size (result.answer->body), "hi",
                   2);
  request = tls_server_dup_request (server);
  g_assert_true (g_str_has_prefix (request, "GET /a/../b?token=%2F&x=~%7e HTTP/1.1\r\nHost: " HOST "\r\n"));
  g_assert_nonnull (strstr (request, "\r\nUser-Agent: test\r\n"));
  g_assert_nonnull (strstr (request, "\r\nAccept: x/y\r\n"));
  g_assert_null (strstr (request, "Accept-Encoding"));
  g_assert_null (strstr (request, "Cookie"));
}

static void
test_post (WebFixture *fixture, gconstpointer data)
{
  static const char *const headers[] = {"Content-Type: application/json", NULL};
  g_autofree char *text = g_strnfill (20000, 'x');
  g_autoptr (GBytes) body = g_bytes_new_static (text, 20000);
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_autofree char *request = NULL;

  web_fixture_connect (fixture, server);
  for (int i = 0; i < 3; i++) {
    g_auto (WebResult) result = {0};

    web_fixture_fetch (
        fixture, NULL,
        &(EsimWebRequest){
            .method = "POST", .url = "https://" HOST ":8443/x", .headers = headers, .body = body},
        &result);
    web_result_assert_ok (&result);
    g_assert_cmpint (result.answer->retry_after_s, ==, -1);
    g_assert_null (result.answer->content_type);
    g_assert_cmpstr (result.answer->answered_by, ==, HOST ":8443");
  }
  request = tls_server_dup_request (server);
  g_assert_true (g_str_has_prefix (request, "POST /x HTTP/1.1\r\nHost: " HOST ":8443\r\n"));
  g_assert_true (g_str_has_suffix (request, text));
  g_assert_null (strstr (request, "Expect"));
  /* Each has a connection of its own, verified for it. */
  g_assert_cmpint (tls_server_get_requests (server), ==, 3);
  g_assert_cmpint (tls_server_get_handshakes (server), ==, 3);
  g_assert_false (tls_server_was_offered_more (server));
}

static void
assert_refused (WebFixture *fixture, const ServerSpec *spec, const char *const *pins, const char *words)
{
  g_autoptr (TlsServer) server = tls_server_new (spec);
  g_auto (WebResult) result = {0};

  web_fixture_connect (fixture, server);
  web_fixture_fetch (fixture, NULL, &(EsimWebRequest){.pins = pins}, &result);
  g_clear_pointer (&fixture->web, esim_web_free);
  assert_error (&result, ESIM_ERROR_SERVER_NOT_TRUSTED, TRUE);
  g_test_message ("%s", result.error->message);
  g_assert_nonnull (strstr (result.error->message, words));
  g_assert_cmpint (tls_server_get_octets (server), ==, 0);
}

static void
test_untrusted (WebFixture *fixture, gconstpointer data)
{
  g_autoptr (Identity) stranger = identity_new (&(IdentitySpec){.name = "stranger", .ca = TRUE});
  /* What remote SIM provisioning would take: its roots are not the web's. */
  g_autoptr (Identity) ci = identity_new (&(IdentitySpec){.name = "CI", .ca = TRUE, .role = ESIM_ROLE_CI});
  const struct {
    const char *words;
    const Identity *between;
    IdentitySpec spec;
  } cases[] = {
      {"self-signed", NULL, {.name = "s", .dns = HOST, .usage = "serverAuth"}},
      {"has expired",
       NULL,
       {.name = "s",
        .issuer = fixture->root,
        .dns = HOST,
        .usage = "serverAuth",
        .from_days = -9,
        .to_days = -2}},
      {"not valid yet",
       NULL,
       {.name = "s", .issuer = fixture->root, .dns = HOST, .usage = "serverAuth", .from_days = 5}},
      {"another name",
       NULL,
       {.name = "s", .issuer = fixture->root, .dns = "x.example", .usage = "serverAuth"}},
      {"another name", NULL, {.name = "s", .issuer = fixture->root, .dns = "*.com", .usage = "serverAuth"}},
      {"another name", NULL, {.name = HOST, .issuer = fixture->root, .usage = "serverAuth"}},
      {"stranger", NULL, {.name = "s", .issuer = stranger, .dns = HOST, .usage = "serverAuth"}},
      {"stranger", stranger, {.name = "s", .issuer = stranger, .dns = HOST, .usage = "serverAuth"}},
      {"CI", ci, {.name = "s", .issuer = ci, .role = ESIM_ROLE_DP_TLS, .dns = HOST, .usage = "serverAuth"}},
      {"does not verify", NULL, {.name = "s", .issuer = fixture->root, .dns = HOST, .usage = "clientAuth"}},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Identity) leaf = identity_new (&cases[i].spec);

    assert_refused (fixture, &(ServerSpec){leaf, cases[i].between, SERVER_ANSWERS, OK_ANSWER}, NULL,
                    cases[i].words);
  }
}

/* The other way round: what the web trusts is nothing to remote SIM provisioning. */
static void
on_rsp_done (const EsimHttpAnswer *answer, gpointer user_data)
{
  GError **error = user_data;

  g_assert_nonnull (answer->error);
  *error = g_error_copy (answer->error);
}

static void
test_other_domain (WebFixture *fixture, gconstpointer data)
{
  g_autoptr (Identity) leaf = identity_new (&(IdentitySpec){
      .name = "s", .issuer = fixture->root, .role = ESIM_ROLE_DP_TLS, .dns = HOST, .usage = "serverAuth"});
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){leaf, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_autofree char *way = g_strdup_printf (HOST ":443:127.0.0.1:%u", tls_server_get_port (server));
  char *ways[] = {way, NULL};
  const char *const folders[] = {NULL};
  const char *const ids[] = {"00", NULL};
  g_autoptr (EsimRspTrust) trust = esim_rsp_trust_new (folders, NULL);
  EsimHttpConfig config = fixture->config;
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  g_autoptr (EsimHttp) http = NULL;
  g_autoptr (GError) error = NULL, refused = NULL;

  config.connect_to = ways;
  http = esim_http_new (&config, trust, &error);
  g_assert_no_error (error);
  esim_http_begin (
      http,
      &(EsimHttpRequest){
          .host = HOST, .path = "/", .body = body, .role = ESIM_ROLE_DP_TLS, .card_key_ids = ids},
      NULL, on_rsp_done, &refused);
  while (refused == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (refused, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  g_assert_cmpint (tls_server_get_octets (server), ==, 0);
}

/* Without web-trust it is the system's authorities, and those do not know ours. */
static void
test_system (WebFixture *fixture, gconstpointer data)
{
  /* What programs let the environment change. */
  g_setenv ("SSL_CERT_FILE", fixture->trust, TRUE);
  g_setenv ("CURL_CA_BUNDLE", fixture->trust, TRUE);
  fixture->config.web_trust = NULL;
  assert_refused (fixture, &(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER}, NULL, "");
  g_unsetenv ("SSL_CERT_FILE");
  g_unsetenv ("CURL_CA_BUNDLE");
}

static void
test_old_tls (WebFixture *fixture, gconstpointer data)
{
  const ServerSpec old = {
      .identity = fixture->good, .manner = SERVER_ANSWERS, .answer = OK_ANSWER, .tls_max = TLS1_1_VERSION};
  const ServerSpec good = {
      .identity = fixture->good, .manner = SERVER_ANSWERS, .answer = OK_ANSWER, .tls_max = TLS1_2_VERSION};
  g_auto (WebResult) refused = {0};
  g_auto (WebResult) taken = {0};

  fetch_from (fixture, &old, &(EsimWebRequest){0}, &refused);
  assert_error (&refused, ESIM_ERROR_SERVER_UNREACHABLE, TRUE);
  fetch_from (fixture, &good, &(EsimWebRequest){0}, &taken);
  web_result_assert_ok (&taken);
}

static char *
dup_pin (const Identity *identity)
{
  guint8 digest[SHA256_DIGEST_LENGTH];
  guint8 *der = NULL;
  int length = i2d_PUBKEY (identity->key, &der);

  SHA256 (der, (gsize) length, digest);
  OPENSSL_free (der);
  return g_base64_encode (digest, sizeof digest);
}

static char *
dup_hex_pin (const Identity *identity)
{
  guint8 *der = NULL;
  int length = i2d_PUBKEY (identity->key, &der);
  char *hex = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, (gsize) length);

  OPENSSL_free (der);
  return hex;
}

static void
test_pins (WebFixture *fixture, gconstpointer data)
{
  const ServerSpec spec = {fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER};
  g_autoptr (Identity) stranger = identity_new (&(IdentitySpec){.name = "stranger", .ca = TRUE});
  g_autofree char *leaf = dup_pin (fixture->good);
  g_autofree char *prefixed = g_strconcat ("sha256//", leaf, NULL);
  g_autofree char *root = dup_hex_pin (fixture->root);
  g_autofree char *wrong = dup_pin (stranger);
  const char *const good[][3] = {{leaf}, {prefixed}, {root}, {wrong, root}, {NULL}};
  const char *const none[] = {wrong, NULL};
  const char *const bad[] = {"", "sha256//", "abc", "sha1//", root + 1, leaf + 1};

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_auto (WebResult) result = {0};

    fetch_from (fixture, &spec, &(EsimWebRequest){.pins = good[i]}, &result);
    web_result_assert_ok (&result);
  }
  assert_refused (fixture, &spec, none, "pins");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    const char *const pins[] = {leaf, bad[i], NULL};
    g_auto (WebResult) result = {0};

    fetch_from (fixture, &spec, &(EsimWebRequest){.pins = pins}, &result);
    assert_error (&result, ESIM_ERROR_INVALID_ARGUMENT, TRUE);
  }
}

/* A pin beside a chain that does not verify is worth nothing. */
static void
test_pin_is_no_trust (WebFixture *fixture, gconstpointer data)
{
  g_autoptr (Identity) leaf = identity_new (&(IdentitySpec){.name = "s", .dns = HOST, .usage = "serverAuth"});
  g_autofree char *pin = dup_pin (leaf);
  const char *const pins[] = {pin, NULL};

  assert_refused (fixture, &(ServerSpec){leaf, NULL, SERVER_ANSWERS, OK_ANSWER}, pins, "self-signed");
}

static void
test_redirects (WebFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *sent;
    const char *given;
  } cases[] = {
      {"https://" OTHER "/authorize?response_type=code", "https://" OTHER "/authorize?response_type=code"},
      {"/next?a=b%20c", "https://" HOST "/next?a=b%20c"},
      {"next", "https://" HOST "/next"},
      {"//" OTHER "/x", "https://" OTHER "/x"},
      {"http://plain.example/", "http://plain.example/"},
      {"com.example.app:/callback?code=1", "com.example.app:/callback?code=1"},
      {"https://" HOST "/a b", NULL},
      {"https://" HOST "/\xc3\xa4", NULL},
  };
  static const guint statuses[] = {301, 302, 303, 307, 308};

  for (gsize i = 0; i < G_N_ELEMENTS (cases) + G_N_ELEMENTS (statuses); i++) {
    gsize at = MIN (i, G_N_ELEMENTS (cases) - 1);
    guint status = statuses[i % G_N_ELEMENTS (statuses)];
    g_autofree char *text = g_strdup_printf (
        "HTTP/1.1 %u Elsewhere\r\nLocation: %s\r\nContent-Length: 2\r\n\r\nhi", status, cases[at].sent);
    g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, text});
    g_auto (WebResult) result = {0};

    web_fixture_connect (fixture, server);
    web_fixture_fetch (fixture, NULL, &(EsimWebRequest){.method = "POST"}, &result);
    g_assert_no_error (result.error);
    g_assert_cmpuint (result.answer->status, ==, status);
    g_assert_cmpstr (result.answer->location, ==, cases[at].given);
    g_assert_cmpint (tls_server_get_requests (server), ==, 1);
    g_clear_pointer (&fixture->web, esim_web_free);
  }
}

static void
assert_retry_after (WebFixture *fixture, const char *text, gint64 least, gint64 most)
{
  g_autofree char *answer =
      g_strdup_printf ("HTTP/1.1 503 Later\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", text);
  g_auto (WebResult) result = {0};

  fetch_from (fixture, &(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, answer}, &(EsimWebRequest){0},
              &result);
  g_assert_no_error (result.error);
  g_test_message ("%s: %" G_GINT64_FORMAT, text, result.answer->retry_after_s);
  g_assert_cmpint (result.answer->retry_after_s, >=, least);
  g_assert_cmpint (result.answer->retry_after_s, <=, most);
}

static void
test_retry_after (WebFixture *fixture, gconstpointer data)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) later = g_date_time_add_seconds (now, 7200);
  g_autofree char *date = g_date_time_format (later, "%a, %d %b %Y %H:%M:%S GMT");
  const gint64 year = (gint64) 366 * 24 * 3600;

  assert_retry_after (fixture, "0", 0, 0);
  assert_retry_after (fixture, "86400", 86400, 86400);
  assert_retry_after (fixture, date, 7100, 7200);
  assert_retry_after (fixture, "Sun, 06 Nov 1994 08:49:37 GMT", 0, 0);
  assert_retry_after (fixture, "999999999999999", year, year);
  assert_retry_after (fixture, "99999999999999999999999999", -1, -1);
  assert_retry_after (fixture, "-5", -1, -1);
  assert_retry_after (fixture, "soon", -1, -1);
}

static void
assert_no_answer (WebFixture *fixture, ServerManner manner, const char *answer, EsimError code)
{
  g_auto (WebResult) result = {0};
  gint64 begin = g_get_monotonic_time ();

  fetch_from (fixture, &(ServerSpec){fixture->good, NULL, manner, answer},
              &(EsimWebRequest){.method = "POST", .response_max = 100}, &result);
  assert_error (&result, code, FALSE);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 8 * G_USEC_PER_SEC);
}

static void
test_bad_answers (WebFixture *fixture, gconstpointer data)
{
  g_autofree char *filler = g_strnfill (90000, 'x');
  g_autofree char *long_header =
      g_strdup_printf ("HTTP/1.1 200 OK\r\nX: %s\r\nContent-Length: 0\r\n\r\n", filler);
  g_autoptr (GString) many = g_string_new ("HTTP/1.1 200 OK\r\n");
  g_autofree char *body = g_strnfill (101, 'x');
  g_autofree char *large = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n%s", body);
  g_autofree char *chunked =
      g_strdup_printf ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n%s\r\n0\r\n\r\n", body);

  for (int i = 0; i < 300; i++)
    g_string_append (many, "X: y\r\n");
  g_string_append (many, "Content-Length: 0\r\n\r\n");
  assert_no_answer (fixture, SERVER_CUTS, OK_ANSWER, ESIM_ERROR_SERVER_UNREACHABLE);
  assert_no_answer (fixture, SERVER_CUTS, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
                    ESIM_ERROR_SERVER_UNREACHABLE);
  assert_no_answer (fixture, SERVER_ANSWERS, "\x01\x02garbage\r\n\r\n", ESIM_ERROR_SERVER_UNREACHABLE);
  assert_no_answer (fixture, SERVER_ANSWERS, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                    ESIM_ERROR_SERVER_UNREACHABLE);
  assert_no_answer (fixture, SERVER_FLOODS, "HTTP/1.1 200 OK\r\n\r\n", ESIM_ERROR_LIMIT_EXCEEDED);
  assert_no_answer (fixture, SERVER_FLOODS, "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n",
                    ESIM_ERROR_LIMIT_EXCEEDED);
  assert_no_answer (fixture, SERVER_ANSWERS, large, ESIM_ERROR_LIMIT_EXCEEDED);
  assert_no_answer (fixture, SERVER_ANSWERS, chunked, ESIM_ERROR_LIMIT_EXCEEDED);
  assert_no_answer (fixture, SERVER_ANSWERS, long_header, ESIM_ERROR_LIMIT_EXCEEDED);
  assert_no_answer (fixture, SERVER_ANSWERS, many->str, ESIM_ERROR_LIMIT_EXCEEDED);
}

static void
test_slow (WebFixture *fixture, gconstpointer data)
{
  g_auto (WebResult) no_tls = {0};

  fixture->config.connect_timeout_s = 1;
  fixture->config.total_timeout_s = 2;
  assert_no_answer (fixture, SERVER_SILENT, NULL, ESIM_ERROR_TIMED_OUT);
  assert_no_answer (fixture, SERVER_DRIPS, OK_ANSWER, ESIM_ERROR_TIMED_OUT);
  /* There is no connection before its TLS is there. */
  fetch_from (fixture, &(ServerSpec){fixture->good, NULL, SERVER_NO_TLS, NULL}, &(EsimWebRequest){0},
              &no_tls);
  assert_error (&no_tls, ESIM_ERROR_TIMED_OUT, TRUE);
}

/* Whoever takes the request and says nothing may have done it: and it is not sent again. */
static void
test_once (WebFixture *fixture, gconstpointer data)
{
  static const ServerManner manners[] = {SERVER_DROPS, SERVER_LEAVES};

  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++) {
    g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){fixture->good, NULL, manners[i], NULL});
    g_autoptr (GBytes) body = g_bytes_new_static ("submit", 6);
    g_auto (WebResult) result = {0};

    web_fixture_connect (fixture, server);
    web_fixture_fetch (fixture, NULL, &(EsimWebRequest){.method = "POST", .body = body}, &result);
    assert_error (&result, ESIM_ERROR_SERVER_UNREACHABLE, FALSE);
    g_assert_cmpint (tls_server_get_connections (server), ==, 1);
    g_assert_cmpint (tls_server_get_requests (server), ==, manners[i] == SERVER_DROPS ? 1 : 0);
    g_clear_pointer (&fixture->web, esim_web_free);
  }
}

/* A server that answers, says that it keeps the connection, and is gone when the next request comes. */
static void
test_kept_and_gone (WebFixture *fixture, gconstpointer data)
{
  TlsServer *server = tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_auto (WebResult) first = {0};
  g_auto (WebResult) second = {0};

  web_fixture_connect (fixture, server);
  web_fixture_fetch (fixture, NULL, &(EsimWebRequest){0}, &first);
  web_result_assert_ok (&first);
  tls_server_free (server);
  web_fixture_fetch (fixture, NULL, &(EsimWebRequest){.method = "POST"}, &second);
  g_assert_true (g_error_matches (second.error, ESIM_ERROR, ESIM_ERROR_SERVER_UNREACHABLE) ||
                 g_error_matches (second.error, ESIM_ERROR, ESIM_ERROR_NO_CONNECTIVITY));
  assert_error (&second, (EsimError) second.error->code, TRUE);
}

static void
test_not_sent (WebFixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  static const char *const unknown[] = {"nobody.invalid", NULL};
  g_auto (WebResult) guarded = {0};
  g_auto (WebResult) lookup = {0};

  web_fixture_connect (fixture, server);
  web_fixture_fetch (fixture, NULL, &(EsimWebRequest){.url = "https://nobody.invalid/", .hosts = unknown},
                     &lookup);
  assert_error (&lookup, (EsimError) lookup.error->code, TRUE);
  g_assert_true (g_error_matches (lookup.error, ESIM_ERROR, ESIM_ERROR_SERVER_UNREACHABLE) ||
                 g_error_matches (lookup.error, ESIM_ERROR, ESIM_ERROR_NO_CONNECTIVITY));
  fixture->config.allow_loopback = FALSE;
  web_fixture_connect (fixture, server);
  web_fixture_fetch (fixture, NULL, &(EsimWebRequest){0}, &guarded);
  assert_error (&guarded, ESIM_ERROR_SERVER_NOT_TRUSTED, TRUE);
  g_assert_nonnull (strstr (guarded.error->message, "127.0.0.1"));
  g_assert_cmpint (tls_server_get_connections (server), ==, 0);
}

static void
test_urls (WebFixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_autofree char *filler = g_strnfill (ESIM_WEB_URL_MAX, 'x');
  g_autofree char *long_url = g_strconcat ("https://" HOST "/", filler, NULL);
  const char *const urls[] = {"http://" HOST "/",
                              "https://other.example.com/",
                              "https://" HOST ":444/",
                              "https://" HOST ":/",
                              "https://" HOST ":+443/",
                              "https://" HOST ":0443a/",
                              "https://" HOST ":70000/",
                              "https://user@" HOST "/secret",
                              "https://" HOST "@evil.example/",
                              "https://evil.example\\@" HOST "/",
                              "https://" HOST "/#x",
                              "https://" HOST "#@evil.example/",
                              "https://" HOST "/a b",
                              "https://" HOST "/\r\nX: y",
                              "https://" HOST "/\xc3\xa4",
                              "https://127.0.0.1/",
                              "https://[::1]/",
                              "https://localhost/",
                              "https://" HOST "./",
                              "https:/" HOST "/",
                              "https://",
                              "",
                              "file:///etc/passwd",
                              long_url};

  web_fixture_connect (fixture, server);
  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++) {
    g_auto (WebResult) result = {0};

    g_test_message ("%.60s", urls[i]);
    web_fixture_fetch (fixture, NULL, &(EsimWebRequest){.url = urls[i]}, &result);
    assert_error (&result, ESIM_ERROR_INVALID_ARGUMENT, TRUE);
    g_assert_null (strstr (result.error->message, "secret"));
  }
  g_assert_cmpint (tls_server_get_connections (server), ==, 0);
}

static void
test_requests (WebFixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  static const char *const header_sets[][2] = {
      {"X: a\r\nY: b"},      {"no colon"}, {": x"},   {"Cookie: a=b"}, {"host: x"},
      {"Content-Length: 1"}, {"Expect:"},  {"X : y"}, {"X\ty: value"}, {"transfer-encoding: chunked"}};
  static const char *const methods[] = {"PUT", "post", ""};
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  g_auto (WebResult) get = {0};

  web_fixture_connect (fixture, server);
  for (gsize i = 0; i < G_N_ELEMENTS (header_sets); i++) {
    g_auto (WebResult) result = {0};

    web_fixture_fetch (fixture, NULL, &(EsimWebRequest){.headers = header_sets[i]}, &result);
    assert_error (&result, ESIM_ERROR_INVALID_ARGUMENT, TRUE);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++) {
    g_auto (WebResult) result = {0};

    web_fixture_fetch (fixture, NULL, &(EsimWebRequest){.method = methods[i]}, &result);
    assert_error (&result, ESIM_ERROR_INVALID_ARGUMENT, TRUE);
  }
  web_fixture_fetch (fixture, NULL, &(EsimWebRequest){.body = body}, &get);
  assert_error (&get, ESIM_ERROR_INVALID_ARGUMENT, TRUE);
  g_assert_cmpint (tls_server_get_connections (server), ==, 0);
}

/* In a worker, with something that interrupts it. */
typedef struct {
  WebFixture *fixture;
  EsimHttpConfig config;
  WebResult result;
  WebResult later;
  gboolean done;
} Hurry;

static void
finish (gpointer data)
{
  ((Hurry *) data)->done = TRUE;
}

static void
fetch_in_worker (gpointer data)
{
  Hurry *hurry = data;
  g_autoptr (GError) error = NULL;

  hurry->fixture->web = esim_web_new (&hurry->config, &error);
  g_assert_no_error (error);
  web_fixture_fetch (hurry->fixture, NULL, &(EsimWebRequest){.method = "POST"}, &hurry->result);
  web_fixture_fetch (hurry->fixture, NULL, &(EsimWebRequest){.method = "POST"}, &hurry->later);
  g_clear_pointer (&hurry->fixture->web, esim_web_free);
  esim_worker_post_to_main (finish, hurry, NULL);
}

static void
hurry_up (gpointer data)
{
  esim_web_hurry (((WebFixture *) data)->web);
}

static void
run_hurry (WebFixture *fixture, ServerManner manner, gboolean not_sent)
{
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){fixture->good, NULL, manner, NULL});
  g_autofree char *way = g_strdup_printf (HOST "::127.0.0.1:%u", tls_server_get_port (server));
  char *ways[] = {way, NULL};
  EsimWorker *worker = esim_worker_new ("test");
  Hurry hurry = {.fixture = fixture, .config = fixture->config};

  hurry.config.connect_to = ways;
  esim_worker_push (worker, fetch_in_worker, &hurry, NULL);
  while ((manner == SERVER_SILENT ? tls_server_get_requests (server) : tls_server_get_connections (server)) ==
         0)
    g_usleep (1000);
  esim_worker_invoke (worker, hurry_up, fixture, NULL);
  spin_until (&hurry.done);
  esim_worker_stop (worker, NULL, NULL);
  assert_error (&hurry.result, ESIM_ERROR_CANCELLED, not_sent);
  assert_error (&hurry.later, ESIM_ERROR_CANCELLED, TRUE);
  g_assert_cmpint (tls_server_get_connections (server), ==, 1);
  web_result_clear (&hurry.result);
  web_result_clear (&hurry.later);
}

static void
test_hurry (WebFixture *fixture, gconstpointer data)
{
  run_hurry (fixture, SERVER_SILENT, FALSE);
  run_hurry (fixture, SERVER_NO_TLS, TRUE);
}

static void
test_configuration (WebFixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = {"nothing", "empty", "garbage.pem", "folder"};
  g_autofree char *folder = g_build_filename (fixture->folder, "folder", NULL);
  g_autofree char *good = g_build_filename (fixture->folder, "folder/root.pem", NULL);
  const ServerSpec spec = {fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER};
  g_auto (WebResult) result = {0};

  folder_put (fixture->folder, "empty", "");
  folder_put (fixture->folder, "garbage.pem",
              "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  folder_put (fixture->folder, "folder/README", "No certificate.\n");
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree char *path = g_build_filename (fixture->folder, wrong[i], NULL);
    g_autoptr (GError) error = NULL;
    EsimHttpConfig config = fixture->config;

    config.web_trust = path;
    g_assert_null (esim_web_new (&config, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
    g_assert_nonnull (strstr (error->message, "web-trust"));
    g_assert_nonnull (strstr (error->message, wrong[i]));
  }
  identity_write_pem (fixture->root, good);
  fixture->config.web_trust = folder;
  fetch_from (fixture, &spec, &(EsimWebRequest){0}, &result);
  web_result_assert_ok (&result);
}

#define ADD(path, function)                                                                                  \
  g_test_add ("/web/" path, WebFixture, NULL, web_fixture_set_up, function, web_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("get", test_get);
  ADD ("post", test_post);
  ADD ("untrusted", test_untrusted);
  ADD ("other-domain", test_other_domain);
  ADD ("system", test_system);
  ADD ("old-tls", test_old_tls);
  ADD ("pins", test_pins);
  ADD ("pin-is-no-trust", test_pin_is_no_trust);
  ADD ("redirects", test_redirects);
  ADD ("retry-after", test_retry_after);
  ADD ("bad-answers", test_bad_answers);
  ADD ("slow", test_slow);
  ADD ("once", test_once);
  ADD ("kept-and-gone", test_kept_and_gone);
  ADD ("not-sent", test_not_sent);
  ADD ("urls", test_urls);
  ADD ("requests", test_requests);
  ADD ("hurry", test_hurry);
  ADD ("configuration", test_configuration);
  return g_test_run ();
}
