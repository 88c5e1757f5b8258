/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-http.h"
#include "esim-rsp-root.h"
#include "pki.h"
#include "tls-server.h"

#include <glib/gstdio.h>
#include <string.h>

#define HOST "rsp.example.com"
#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

/* What every test has: a root of each curve, installed and on the card, and a root that is only installed. */
typedef struct {
  char *folder;
  Identity *root;
  Identity *brainpool;
  Identity *off_card;
  Identity *good;
  char *ids[3];
  EsimRspTrust *trust;
  EsimHttp *http;
} Fixture;

typedef struct {
  gboolean done;
  guint status;
  char *body;
  char *root;
  GError *error;
} Result;

static void
result_clear (Result *result)
{
  g_free (result->body);
  g_free (result->root);
  g_clear_error (&result->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

static Identity *
make_root (Fixture *fixture, const char *name, const char *curve)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  Identity *root =
      identity_new (&(IdentitySpec){.name = name, .curve = curve, .ca = TRUE, .role = ESIM_ROLE_CI});

  identity_write_pem (root, path);
  return root;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *folders[] = {NULL, NULL};

  fixture->folder = g_dir_make_tmp ("esim-http-XXXXXX", NULL);
  folders[0] = fixture->folder;
  fixture->root = make_root (fixture, "root", NULL);
  fixture->brainpool = make_root (fixture, "brainpool", "brainpoolP256r1");
  fixture->off_card = make_root (fixture, "off-card", NULL);
  fixture->ids[0] = esim_rsp_root_dup_key_id (fixture->root->certificate);
  fixture->ids[1] = esim_rsp_root_dup_key_id (fixture->brainpool->certificate);
  fixture->good = identity_new (&(IdentitySpec){.name = "server",
                                                .issuer = fixture->root,
                                                .role = ESIM_ROLE_DP_TLS,
                                                .dns = HOST,
                                                .usage = "serverAuth"});
  fixture->trust = esim_rsp_trust_new (folders, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {"root", "brainpool", "off-card"};

  g_clear_pointer (&fixture->http, esim_http_free);
  esim_rsp_trust_unref (fixture->trust);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);

    g_remove (path);
  }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  identity_free (fixture->root);
  identity_free (fixture->brainpool);
  identity_free (fixture->off_card);
  identity_free (fixture->good);
  g_free (fixture->ids[0]);
  g_free (fixture->ids[1]);
}

static void
make_http (Fixture *fixture, TlsServer *server, EsimHttpConfig config)
{
  g_autofree char *way = g_strdup_printf ("%s:443:127.0.0.1:%u", HOST, tls_server_get_port (server));
  char *connect_to[] = {way, NULL};
  g_autoptr (GError) error = NULL;

  if (config.connect_to == NULL)
    config.connect_to = connect_to;
  if (config.total_timeout_s == 0)
    config.total_timeout_s = 10;
  if (config.connect_timeout_s == 0)
    config.connect_timeout_s = 5;
  if (config.response_max == 0)
    config.response_max = 64 * 1024;
  fixture->http = esim_http_new (&config, fixture->trust, &error);
  g_assert_no_error (error);
}

static void
on_done (const EsimHttpAnswer *answer, gpointer user_data)
{
  Result *result = user_data;

  g_assert_false (result->done);
  result->done = TRUE;
  result->status = answer->status;
  result->root = g_strdup (answer->root_key_id);
  if (answer->error != NULL)
    result->error = g_error_copy (answer->error);
  if (answer->body != NULL)
    result->body = g_strndup (g_bytes_get_data (answer->body, NULL), g_bytes_get_size (answer->body));
}

static void
begin_post (Fixture *fixture, const char *host, const char *role, gboolean with_ids, Result *result)
{
  static const char *const headers[] = {"User-Agent: test-agent", "Content-Type: application/json", NULL};
  g_autoptr (GBytes) body = g_bytes_new_static ("{\"a\":1}", 7);
  const EsimHttpRequest request = {.host = host,
                                   .path = "/some/path",
                                   .headers = headers,
                                   .body = body,
                                   .role = role,
                                   .card_key_ids = with_ids ? (const char *const *) fixture->ids : NULL};

  *result = (Result){0};
  esim_http_begin (fixture->http, &request, NULL, on_done, result);
  g_assert_false (result->done);
}

static void
run_post_to (Fixture *fixture, const char *host, const char *role, gboolean with_ids, Result *result)
{
  begin_post (fixture, host, role, with_ids, result);
  while (!result->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
run_post (Fixture *fixture, Result *result)
{
  run_post_to (fixture, HOST, ESIM_ROLE_DP_TLS, TRUE, result);
}

static void
test_post (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_autofree char *request = NULL;

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  for (int i = 0; i < 5; i++) {
    g_auto (Result) result = {0};

    run_post (fixture, &result);
    g_assert_no_error (result.error);
    g_assert_cmpuint (result.status, ==, 200);
    g_assert_cmpstr (result.body, ==, "hi");
    g_assert_cmpstr (result.root, ==, fixture->ids[0]);
  }
  g_assert_cmpint (tls_server_get_requests (server), ==, 5);
  g_assert_cmpint (tls_server_get_handshakes (server), ==, 1);
  request = tls_server_dup_request (server);
  g_assert_true (g_str_has_prefix (request, "POST /some/path HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nHost: " HOST "\r\n"));
  g_assert_nonnull (strstr (request, "\r\nUser-Agent: test-agent\r\n"));
  g_assert_nonnull (strstr (request, "\r\n\r\n{\"a\":1}"));
  g_assert_null (strstr (request, "Expect"));
  g_assert_null (strstr (request, "Cookie"));
}

static void
test_brainpool (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Identity) leaf = identity_new (&(IdentitySpec){.name = "server",
                                                            .curve = "brainpoolP256r1",
                                                            .issuer = fixture->brainpool,
                                                            .role = ESIM_ROLE_DP_TLS,
                                                            .dns = HOST,
                                                            .usage = "serverAuth"});
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){leaf, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_auto (Result) result = {0};

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  run_post (fixture, &result);
  g_assert_no_error (result.error);
  g_assert_cmpstr (result.root, ==, fixture->ids[1]);
}

/* Nothing may have left for a server that is refused, not even a header. */
static void
assert_untrusted (Fixture *fixture, const Identity *leaf, const Identity *between, const char *words)
{
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){leaf, between, SERVER_ANSWERS, OK_ANSWER});
  g_auto (Result) result = {0};

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  run_post (fixture, &result);
  g_assert_error (result.error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  g_assert_nonnull (strstr (result.error->message, words));
  g_assert_cmpuint (result.status, ==, 0);
  g_assert_null (result.body);
  g_assert_null (result.root);
  g_clear_pointer (&fixture->http, esim_http_free);
  g_assert_cmpint (tls_server_get_connections (server), ==, 1);
  g_assert_cmpint (tls_server_get_octets (server), ==, 0);
}

static void
test_untrusted (Fixture *fixture, gconstpointer data)
{
  const char *const usage = "serverAuth";
  const Identity *root = fixture->root;
  g_autoptr (Identity) stranger = identity_new (&(IdentitySpec){.name = "stranger", .ca = TRUE});
  g_autoptr (Identity) maker =
      identity_new (&(IdentitySpec){.name = "maker", .issuer = root, .ca = TRUE, .role = ESIM_ROLE_EUM});
  const struct {
    const char *words;
    const Identity *between;
    IdentitySpec spec;
  } cases[] = {
      {"self-signed", NULL, {"s", NULL, NULL, FALSE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, 0, 0}},
      {"has expired", NULL, {"s", NULL, root, FALSE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, -20, -10}},
      {"is for x.example", NULL, {"s", NULL, root, FALSE, ESIM_ROLE_DP_TLS, "x.example", usage, NULL, 0, 0}},
      {"not installed", NULL, {"s", NULL, stranger, FALSE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, 0, 0}},
      {"not installed", stranger, {"s", NULL, stranger, FALSE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, 0, 0}},
      {"card's list", NULL, {"s", NULL, fixture->off_card, FALSE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, 0, 0}},
      {"manufacturer", maker, {"s", NULL, maker, FALSE, ESIM_ROLE_DP_TLS, HOST, usage, NULL, 0, 0}},
      {"role", NULL, {"s", NULL, root, FALSE, ESIM_ROLE_DS_TLS, HOST, usage, NULL, 0, 0}},
      {"role", NULL, {"s", NULL, root, FALSE, NULL, HOST, usage, NULL, 0, 0}},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Identity) leaf = identity_new (&cases[i].spec);

    assert_untrusted (fixture, leaf, cases[i].between, cases[i].words);
  }
}

/* A connection that was verified for one role and list must not carry a request for another. */
static void
test_no_sharing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_auto (Result) first = {0};
  g_auto (Result) other_role = {0};
  g_auto (Result) no_list = {0};
  g_auto (Result) again = {0};

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  run_post (fixture, &first);
  g_assert_no_error (first.error);
  run_post_to (fixture, HOST, ESIM_ROLE_DS_TLS, TRUE, &other_role);
  g_assert_error (other_role.error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  run_post_to (fixture, HOST, ESIM_ROLE_DP_TLS, FALSE, &no_list);
  g_assert_error (no_list.error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  run_post (fixture, &again);
  g_assert_no_error (again.error);
  g_assert_cmpint (tls_server_get_requests (server), ==, 2);
  g_assert_cmpint (tls_server_get_connections (server), ==, 3);
}

static void
assert_fails (Fixture *fixture, ServerManner manner, const char *answer, EsimHttpConfig config,
              EsimError code)
{
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){fixture->good, NULL, manner, answer});
  g_auto (Result) result = {0};
  gint64 begin = g_get_monotonic_time ();

  config.allow_loopback = TRUE;
  make_http (fixture, server, config);
  run_post (fixture, &result);
  g_assert_error (result.error, ESIM_ERROR, (int) code);
  g_assert_null (result.body);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 8 * G_USEC_PER_SEC);
  g_clear_pointer (&fixture->http, esim_http_free);
}

static void
test_bad_answers (Fixture *fixture, gconstpointer data)
{
  const EsimHttpConfig usual = {0};
  const EsimHttpConfig hasty = {.connect_timeout_s = 1, .total_timeout_s = 2};
  const EsimHttpConfig small = {.response_max = 1};
  g_autofree char *filler = g_strnfill (90000, 'x');
  g_autofree char *long_header =
      g_strdup_printf ("HTTP/1.1 200 OK\r\nX: %s\r\nContent-Length: 0\r\n\r\n", filler);

  assert_fails (fixture, SERVER_CUTS, OK_ANSWER, usual, ESIM_ERROR_SERVER_UNREACHABLE);
  assert_fails (fixture, SERVER_CUTS, "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n", usual,
                ESIM_ERROR_SERVER_UNREACHABLE);
  assert_fails (fixture, SERVER_ANSWERS, "\x01\x02garbage\r\n\r\n", usual, ESIM_ERROR_SERVER_UNREACHABLE);
  assert_fails (fixture, SERVER_SILENT, NULL, hasty, ESIM_ERROR_TIMED_OUT);
  assert_fails (fixture, SERVER_NO_TLS, NULL, hasty, ESIM_ERROR_TIMED_OUT);
  assert_fails (fixture, SERVER_DRIPS, OK_ANSWER, hasty, ESIM_ERROR_TIMED_OUT);
  assert_fails (fixture, SERVER_ANSWERS, OK_ANSWER, small, ESIM_ERROR_LIMIT_EXCEEDED);
  assert_fails (fixture, SERVER_FLOODS, "HTTP/1.1 200 OK\r\n\r\n", usual, ESIM_ERROR_LIMIT_EXCEEDED);
  assert_fails (fixture, SERVER_FLOODS, "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n", usual,
                ESIM_ERROR_LIMIT_EXCEEDED);
  assert_fails (fixture, SERVER_ANSWERS, long_header, usual, ESIM_ERROR_LIMIT_EXCEEDED);
}

static void
test_redirect (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS,
                                                               "HTTP/1.1 307 Moved\r\nLocation: https://" HOST
                                                               "/other\r\nContent-Length: 0\r\n\r\n"});
  g_auto (Result) result = {0};

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  run_post (fixture, &result);
  g_assert_no_error (result.error);
  g_assert_cmpuint (result.status, ==, 307);
  g_assert_cmpint (tls_server_get_requests (server), ==, 1);
}

static void
test_addresses (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  static const char *const bad_hosts[] = {"127.0.0.1", "localhost", "a@" HOST, HOST ":80", HOST "/x", NULL};
  g_auto (Result) guarded = {0};

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = FALSE});
  run_post (fixture, &guarded);
  g_assert_error (guarded.error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  g_assert_nonnull (strstr (guarded.error->message, "127.0.0.1"));
  for (gsize i = 0; bad_hosts[i] != NULL; i++) {
    g_auto (Result) result = {0};

    run_post_to (fixture, bad_hosts[i], ESIM_ROLE_DP_TLS, TRUE, &result);
    g_assert_error (result.error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
  g_assert_cmpint (tls_server_get_connections (server), ==, 0);
}

/* Something that listens where the environment says that a proxy is: it must never be asked. */
static void
test_environment (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_autoptr (TlsServer) proxy = tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_NO_TLS, NULL});
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u", tls_server_get_port (proxy));
  g_auto (Result) result = {0};

  g_setenv ("https_proxy", url, TRUE);
  g_setenv ("ALL_PROXY", url, TRUE);
  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  run_post (fixture, &result);
  g_unsetenv ("https_proxy");
  g_unsetenv ("ALL_PROXY");
  g_assert_no_error (result.error);
  g_assert_cmpint (tls_server_get_connections (proxy), ==, 0);
}

/* The configured one is asked, wherever it is, and whatever no_proxy says. */
static void
test_proxy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) proxy = tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_NO_TLS, NULL});
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u", tls_server_get_port (proxy));
  g_auto (Result) result = {0};

  g_setenv ("no_proxy", "*", TRUE);
  make_http (
      fixture, proxy,
      (EsimHttpConfig){.proxy = url, .allow_loopback = FALSE, .connect_timeout_s = 1, .total_timeout_s = 2});
  run_post (fixture, &result);
  g_unsetenv ("no_proxy");
  g_assert_error (result.error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
  g_assert_cmpint (tls_server_get_connections (proxy), ==, 1);
}

/* Verified through a tunnel as without one; the name goes to the proxy as it is, for the proxy to look up. */
static void
test_tunnel (Fixture *fixture, gconstpointer data)
{
  char *no_way[] = {NULL};
  const Identity *leaves[] = {fixture->good, fixture->root};

  for (gsize i = 0; i < G_N_ELEMENTS (leaves); i++) {
    g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){leaves[i], NULL, SERVER_ANSWERS, OK_ANSWER});
    g_autoptr (TlsServer) proxy =
        tls_server_new (&(ServerSpec){leaves[i], NULL, SERVER_TUNNELS, NULL, tls_server_get_port (server)});
    g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u", tls_server_get_port (proxy));
    g_autofree char *request = NULL;
    g_auto (Result) result = {0};

    make_http (fixture, server, (EsimHttpConfig){.proxy = url, .connect_to = no_way});
    run_post (fixture, &result);
    g_clear_pointer (&fixture->http, esim_http_free);
    request = tls_server_dup_request (proxy);
    g_assert_true (g_str_has_prefix (request, "CONNECT " HOST ":443 HTTP/1.1\r\n"));
    if (i == 0) {
      g_assert_no_error (result.error);
      g_assert_cmpstr (result.root, ==, fixture->ids[0]);
      g_assert_cmpint (tls_server_get_requests (server), ==, 1);
    } else {
      g_assert_error (result.error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
      g_assert_cmpint (tls_server_get_octets (server), ==, 0);
    }
  }
}

static void
test_no_server (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_auto (Result) refused = {0};

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  g_clear_pointer (&server, tls_server_free);
  run_post (fixture, &refused);
  /* A machine without a network has only its loopback, and is told so. */
  if (!g_error_matches (refused.error, ESIM_ERROR, ESIM_ERROR_NO_CONNECTIVITY))
    g_assert_error (refused.error, ESIM_ERROR, ESIM_ERROR_SERVER_UNREACHABLE);
}

static void
test_free_cancels (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_SILENT, NULL});
  g_auto (Result) under_way = {0};
  g_auto (Result) bad_host = {0};

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  begin_post (fixture, HOST, ESIM_ROLE_DP_TLS, TRUE, &under_way);
  while (tls_server_get_requests (server) == 0)
    g_main_context_iteration (NULL, FALSE);
  begin_post (fixture, "localhost", ESIM_ROLE_DP_TLS, TRUE, &bad_host);
  g_clear_pointer (&fixture->http, esim_http_free);
  g_assert_error (under_way.error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_assert_error (bad_host.error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

static void
test_several_at_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  Result results[8];

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    begin_post (fixture, HOST, ESIM_ROLE_DP_TLS, TRUE, &results[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++) {
    while (!results[i].done)
      g_main_context_iteration (NULL, TRUE);
    g_assert_no_error (results[i].error);
    g_assert_cmpstr (results[i].root, ==, fixture->ids[0]);
    result_clear (&results[i]);
  }
  g_assert_cmpint (tls_server_get_handshakes (server), ==, 1);
}

static void
test_config (Fixture *fixture, gconstpointer data)
{
  char *bad_way[] = {(char *) "nonsense", NULL};
  const EsimHttpConfig good = {15, 60, 1024 * 1024, FALSE, NULL, NULL};
  EsimHttpConfig bad[7];

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    bad[i] = good;
  bad[0].connect_timeout_s = 0;
  bad[1].total_timeout_s = 0;
  bad[2].response_max = 0;
  bad[3].proxy = (char *) "https://proxy.example";
  bad[4].proxy = (char *) "socks5://proxy.example";
  bad[5].proxy = (char *) "proxy.example:80";
  bad[6].connect_to = bad_way;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (esim_http_new (&bad[i], fixture->trust, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
}

static void
test_bad_requests (Fixture *fixture, gconstpointer data)
{
  static const char *const bad_paths[] = {"", "x", "/a b", "/a\r\nX: y", "/a#b", NULL};
  static const char *const bad_headers[] = {"X: a\r\nY: b", NULL};
  g_autoptr (TlsServer) server =
      tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, OK_ANSWER});
  g_autoptr (GBytes) body = g_bytes_new_static ("", 0);

  make_http (fixture, server, (EsimHttpConfig){.allow_loopback = TRUE});
  for (gsize i = 0; i < G_N_ELEMENTS (bad_paths); i++) {
    g_auto (Result) result = {0};
    const EsimHttpRequest request = {.host = HOST,
                                     .path = bad_paths[i] != NULL ? bad_paths[i] : "/a",
                                     .headers = bad_paths[i] != NULL ? NULL : bad_headers,
                                     .body = body,
                                     .role = ESIM_ROLE_DP_TLS};

    esim_http_begin (fixture->http, &request, NULL, on_done, &result);
    while (!result.done)
      g_main_context_iteration (NULL, TRUE);
    g_assert_error (result.error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
  g_assert_cmpint (tls_server_get_connections (server), ==, 0);
}

#define ADD(name, test) g_test_add ("/http/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("post", test_post);
  ADD ("brainpool", test_brainpool);
  ADD ("untrusted", test_untrusted);
  ADD ("no-sharing", test_no_sharing);
  ADD ("bad-answers", test_bad_answers);
  ADD ("redirect", test_redirect);
  ADD ("addresses", test_addresses);
  ADD ("environment", test_environment);
  ADD ("proxy", test_proxy);
  ADD ("tunnel", test_tunnel);
  ADD ("no-server", test_no_server);
  ADD ("free-cancels", test_free_cancels);
  ADD ("several-at-once", test_several_at_once);
  ADD ("config", test_config);
  ADD ("bad-requests", test_bad_requests);
  return g_test_run ();
}
