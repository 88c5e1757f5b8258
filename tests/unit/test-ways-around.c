/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each way in which a server's name could lead to where it must not, tried on both whole clients: names are
 * looked up and sockets connected by functions of this file's, which libcurl finds before those of the C
 * library. */
#include "esim-error.h"
#include "esim-http.h"
#include "esim-rsp-root.h"
#include "esim-web.h"
#include "folder.h"
#include "tls-server.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#define HOST "rsp.example.com"
#define PUBLIC "9.9.9.9"
#define OTHER_PUBLIC "149.112.112.112"
#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define CLOSING_ANSWER "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

/* What this file's functions play. libcurl looks names up in a thread. */
static struct {
  GMutex lock;
  const char *const *lookups; /* each: addresses with blanks between; the last one stays */
  guint n_lookups;
  GString *asked;     /* names */
  GString *connected; /* addresses */
  guint port;         /* on loopback, where the public addresses are */
} played;

int
getaddrinfo (const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result);
void freeaddrinfo (struct addrinfo *list);
int connect (int fd, const struct sockaddr *address, socklen_t length);

static struct addrinfo *
make_address (const char *text, struct addrinfo *next)
{
  struct addrinfo *one = g_new0 (struct addrinfo, 1);
  struct sockaddr_in *in = g_new0 (struct sockaddr_in, 1);
  struct sockaddr_in6 *in6 = g_new0 (struct sockaddr_in6, 1);

  one->ai_socktype = SOCK_STREAM;
  one->ai_next = next;
  in->sin_family = AF_INET;
  in->sin_port = in6->sin6_port = htons (443);
  in6->sin6_family = AF_INET6;
  if (inet_pton (AF_INET, text, &in->sin_addr) == 1) {
    one->ai_family = AF_INET;
    one->ai_addrlen = sizeof *in;
    one->ai_addr = (struct sockaddr *) in;
    g_free (in6);
  } else {
    g_assert_cmpint (inet_pton (AF_INET6, text, &in6->sin6_addr), ==, 1);
    one->ai_family = AF_INET6;
    one->ai_addrlen = sizeof *in6;
    one->ai_addr = (struct sockaddr *) in6;
    g_free (in);
  }
  return one;
}

int
getaddrinfo (const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&played.lock);
  g_auto (GStrv) addresses = g_strsplit (played.lookups[0], " ", -1);

  g_string_append_printf (played.asked, "%s ", name);
  played.n_lookups++;
  if (played.lookups[1] != NULL)
    played.lookups++;
  *result = NULL;
  for (guint i = g_strv_length (addresses); i > 0; i--)
    *result = make_address (addresses[i - 1], *result);
  return 0;
}

void
freeaddrinfo (struct addrinfo *list)
{
  while (list != NULL) {
    struct addrinfo *next = list->ai_next;

    g_free (list->ai_addr);
    g_free (list);
    list = next;
  }
}

int
connect (int fd, const struct sockaddr *address, socklen_t length)
{
  static int (*real) (int, const struct sockaddr *, socklen_t);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
  char text[INET6_ADDRSTRLEN] = "?";
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&played.lock);

  if (real == NULL)
    *(void **) &real = dlsym (RTLD_NEXT, "connect");
  if (address->sa_family == AF_INET)
    inet_ntop (AF_INET, &((const struct sockaddr_in *) (const void *) address)->sin_addr, text, sizeof text);
  else if (address->sa_family == AF_INET6)
    inet_ntop (AF_INET6, &((const struct sockaddr_in6 *) (const void *) address)->sin6_addr, text,
               sizeof text);
  if (played.connected != NULL)
    g_string_append_printf (played.connected, "%s ", text);
  if (strcmp (text, PUBLIC) != 0 && strcmp (text, OTHER_PUBLIC) != 0)
    return real (fd, address, length);
  to.sin_port = htons ((guint16) played.port);
  return real (fd, (struct sockaddr *) &to, sizeof to);
}

typedef struct {
  Folder folder;
  Identity *root;
  Identity *leaf;
  char *root_id;
  EsimRspTrust *trust;
  TlsServer *server;
  gboolean carrier; /* the client of the carrier domain */
  EsimHttp *http;
  EsimWeb *web;
} Fixture;

typedef struct {
  gboolean done;
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
  g_autofree char *path = NULL;
  const char *folders[] = {NULL, NULL};

  fixture->carrier = data != NULL;
  fixture->folder = folder_new ();
  folders[0] = fixture->folder;
  path = g_build_filename (fixture->folder, "root.pem", NULL);
  fixture->root = identity_new (&(IdentitySpec){.name = "root", .ca = TRUE, .role = ESIM_ROLE_CI});
  fixture->root_id = esim_rsp_root_dup_key_id (fixture->root->certificate);
  /* One that fits several names, so that nothing but the client keeps them apart. */
  fixture->leaf = identity_new (&(IdentitySpec){.name = "server",
                                                .issuer = fixture->root,
                                                .role = ESIM_ROLE_DP_TLS,
                                                .dns = "*.example.com",
                                                .usage = "serverAuth"});
  identity_write_pem (fixture->root, path);
  fixture->trust = esim_rsp_trust_new (folders, NULL);
  played.asked = g_string_new (NULL);
  played.connected = g_string_new (NULL);
  played.n_lookups = 0;
}

static void
drop_client (Fixture *fixture)
{
  g_clear_pointer (&fixture->http, esim_http_free);
  g_clear_pointer (&fixture->web, esim_web_free);
}

static void
new_client (Fixture *fixture, char *proxy)
{
  g_autofree char *path = g_build_filename (fixture->folder, "root.pem", NULL);
  const EsimHttpConfig config = {5, 10, 64 * 1024, FALSE, NULL, proxy, path};
  g_autoptr (GError) error = NULL;

  drop_client (fixture);
  if (fixture->carrier)
    fixture->web = esim_web_new (&config, &error);
  else
    fixture->http = esim_http_new (&config, fixture->trust, &error);
  g_assert_no_error (error);
}

static void
start (Fixture *fixture, const char *answer, const char *const *lookups)
{
  fixture->server = tls_server_new (&(ServerSpec){fixture->leaf, NULL, SERVER_ANSWERS, answer});
  played.port = tls_server_get_port (fixture->server);
  played.lookups = lookups;
  new_client (fixture, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  drop_client (fixture);
  g_clear_pointer (&fixture->server, tls_server_free);
  g_string_free (g_steal_pointer (&played.asked), TRUE);
  g_string_free (g_steal_pointer (&played.connected), TRUE);
  esim_rsp_trust_unref (fixture->trust);
  g_free (fixture->root_id);
  identity_free (fixture->leaf);
  identity_free (fixture->root);
  folder_remove (fixture->folder);
}

static void
on_done (const EsimHttpAnswer *answer, gpointer user_data)
{
  Result *result = user_data;

  result->done = TRUE;
  result->status = answer->status;
  result->error = answer->error != NULL ? g_error_copy (answer->error) : NULL;
}

static void
fetch_from (Fixture *fixture, const char *host, Result *result)
{
  g_autofree char *url = g_strdup_printf ("https://%s/", host);
  const char *const hosts[] = {host, NULL};
  g_autoptr (EsimCookies) cookies = esim_cookies_new ();
  g_autoptr (EsimWebAnswer) answer = esim_web_fetch (
      fixture->web, cookies, &(EsimWebRequest){.method = "POST", .url = url, .hosts = hosts}, &result->error);
  g_autoptr (GVariant) details = NULL;
  gboolean not_sent = FALSE;

  result->done = TRUE;
  result->status = answer != NULL ? answer->status : 0;
  if (answer != NULL)
    return;
  details = esim_error_dup_details (result->error);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_NOT_SENT, "b", &not_sent));
  g_assert_true (not_sent);
}

static void
post_to (Fixture *fixture, const char *host, Result *result)
{
  const char *const ids[] = {fixture->root_id, NULL};
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  const EsimHttpRequest request = {
      .host = host, .path = "/", .body = body, .role = ESIM_ROLE_DP_TLS, .card_key_ids = ids};

  if (fixture->carrier) {
    fetch_from (fixture, host, result);
    return;
  }
  esim_http_begin (fixture->http, &request, NULL, on_done, result);
  while (!result->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_reached (Fixture *fixture, const char *host, guint status)
{
  g_auto (Result) result = {0};

  post_to (fixture, host, &result);
  g_assert_no_error (result.error);
  g_assert_cmpuint (result.status, ==, status);
}

static void
assert_refused (Fixture *fixture, const char *words)
{
  g_auto (Result) result = {0};

  post_to (fixture, HOST, &result);
  g_assert_error (result.error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  g_test_message ("%s", result.error->message);
  g_assert_nonnull (strstr (result.error->message, words));
}

static void
test_lookups (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *addresses;
    const char *words;
  } cases[] = {
      {"0.0.0.0", "unspecified"},
      {"0.1.2.3", "unspecified"},
      {"10.0.0.1", "private"},
      {"100.64.0.1", "carrier's NAT"},
      {"127.0.0.1", "loopback"},
      {"127.255.0.1", "loopback"},
      {"169.254.169.254", "link-local"},
      {"172.31.0.1", "private"},
      {"192.168.1.1", "private"},
      {"224.0.0.1", "multicast"},
      {"255.255.255.255", "broadcast"},
      {"::", "unspecified"},
      {"::1", "loopback"},
      {"::7f00:1", "IPv4-compatible"},
      {"::ffff:127.0.0.1", "loopback"},
      {"::ffff:192.168.1.1", "private"},
      {"64:ff9b::7f00:1", "loopback"},
      {"64:ff9b::a00:1", "private"},
      {"64:ff9b:1::1", "local translation"},
      {"2002:7f00:1::1", "loopback"},
      {"2002:a00:1::1", "private"},
      {"2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"},
      {"fd00::1", "private"},
      {"fe80::1", "link-local"},
      {"ff02::1", "multicast"},
      {"127.0.0.1 ::1 10.0.0.1", ""},
  };

  start (fixture, OK_ANSWER, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *const lookups[] = {cases[i].addresses, NULL};

    played.lookups = lookups;
    new_client (fixture, NULL);
    assert_refused (fixture, cases[i].words);
  }
  g_assert_cmpstr (played.connected->str, ==, "");
}

/* Among several addresses those that may be reached are used, and no other after they failed. */
static void
test_mixed (Fixture *fixture, gconstpointer data)
{
  static const char *const good_last[] = {"127.0.0.1 10.0.0.1 " PUBLIC, NULL};
  static const char *const good_first[] = {PUBLIC " 127.0.0.1", NULL};
  g_auto (Result) result = {0};

  start (fixture, OK_ANSWER, good_last);
  assert_reached (fixture, HOST, 200);
  g_assert_cmpstr (played.connected->str, ==, PUBLIC " ");
  /* Nobody listens there any more. */
  g_clear_pointer (&fixture->server, tls_server_free);
  played.lookups = good_first;
  new_client (fixture, NULL);
  post_to (fixture, HOST, &result);
  g_assert_nonnull (result.error);
  g_assert_cmpstr (played.connected->str, ==, PUBLIC " " PUBLIC " ");
}

/* The name's owner says something else the second time it is asked. */
static void
test_rebinding (Fixture *fixture, gconstpointer data)
{
  static const char *const lookups[] = {PUBLIC, "127.0.0.1", NULL};

  start (fixture, CLOSING_ANSWER, lookups);
  assert_reached (fixture, HOST, 200);
  /* A connection is opened anew: to an address that was judged when its socket was opened, too. */
  assert_reached (fixture, HOST, 200);
  new_client (fixture, NULL);
  assert_refused (fixture, "loopback");
  g_assert_cmpuint (played.n_lookups, ==, 2);
  g_assert_cmpstr (played.connected->str, ==, PUBLIC " " PUBLIC " ");
  g_assert_cmpint (tls_server_get_requests (fixture->server), ==, 2);
}

static void
test_redirects (Fixture *fixture, gconstpointer data)
{
  static const char *const public[] = {PUBLIC, NULL};
  static const char *const targets[] = {"https://127.0.0.1/",         "http://" HOST "/",
                                        "https://other.example.com/", "//other.example.com/",
                                        "file:///etc/passwd",         "/elsewhere"};
  static const guint statuses[] = {301, 302, 303, 307, 308};

  for (gsize i = 0; i < G_N_ELEMENTS (targets) * G_N_ELEMENTS (statuses); i++) {
    guint status = statuses[i % G_N_ELEMENTS (statuses)];
    g_autofree char *answer = g_strdup_printf (
        "HTTP/1.1 %u Elsewhere\r\nLocation: %s\r\nRefresh: 0; url=%s\r\nContent-Length: 0\r\n\r\n", status,
        targets[i / G_N_ELEMENTS (statuses)], targets[i / G_N_ELEMENTS (statuses)]);

    g_string_truncate (played.asked, 0);
    g_string_truncate (played.connected, 0);
    start (fixture, answer, public);
    assert_reached (fixture, HOST, status);
    g_assert_cmpint (tls_server_get_requests (fixture->server), ==, 1);
    g_assert_cmpstr (played.asked->str, ==, HOST " ");
    g_assert_cmpstr (played.connected->str, ==, PUBLIC " ");
    drop_client (fixture);
    g_clear_pointer (&fixture->server, tls_server_free);
  }
}

/* What an answer says of other ways to the server, and of its name, is not listened to. */
static void
test_promises (Fixture *fixture, gconstpointer data)
{
  static const char *const public[] = {PUBLIC, NULL};
  static const char answer[] = "HTTP/1.1 200 OK\r\n"
                               "Alt-Svc: h2=\"127.0.0.1:1\"; ma=86400; persist=1, h3=\":443\"\r\n"
                               "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"
                               "Set-Cookie: a=b; Secure\r\n"
                               "Upgrade: h2c\r\n"
                               "WWW-Authenticate: Negotiate\r\n"
                               "Connection: close\r\n"
                               "Content-Length: 0\r\n\r\n";
  g_autofree char *request = NULL;

  start (fixture, answer, public);
  assert_reached (fixture, HOST, 200);
  assert_reached (fixture, HOST, 200);
  request = tls_server_dup_request (fixture->server);
  g_assert_null (strstr (request, "Cookie"));
  g_assert_null (strstr (request, "Upgrade"));
  g_assert_null (strstr (request, "Alt-Used"));
  g_assert_null (strstr (request, "Authorization"));
  g_assert_cmpstr (played.asked->str, ==, HOST " ");
  g_assert_cmpstr (played.connected->str, ==, PUBLIC " " PUBLIC " ");
  g_assert_false (tls_server_was_offered_more (fixture->server));
}

/* One server, one certificate, two names: HTTP/2 would put them on one connection. Each is looked up, judged
 * and verified by itself. */
static void
test_two_names (Fixture *fixture, gconstpointer data)
{
  static const char *const lookups[] = {PUBLIC, "192.168.1.1", NULL};
  g_auto (Result) other = {0};

  start (fixture, OK_ANSWER, lookups);
  assert_reached (fixture, HOST, 200);
  post_to (fixture, "other.example.com", &other);
  g_assert_error (other.error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  assert_reached (fixture, HOST, 200);
  g_assert_cmpstr (played.asked->str, ==, HOST " other.example.com ");
  /* Which is kept for the first one, or made anew. */
  g_assert_cmpstr (played.connected->str, ==, fixture->carrier ? PUBLIC " " PUBLIC " " : PUBLIC " ");
  g_assert_cmpint (tls_server_get_handshakes (fixture->server), ==, fixture->carrier ? 2 : 1);
}

/* A proxy that sends elsewhere, or asks for a password, is not followed; and it is the proxy that looks the
 * name up. */
static void
test_proxy_answers (Fixture *fixture, gconstpointer data)
{
  static const char *const never[] = {"127.0.0.1", NULL};
  static const char *const answers[] = {
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
  };

  played.lookups = never;
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (TlsServer) proxy =
        tls_server_new (&(ServerSpec){fixture->leaf, NULL, SERVER_TUNNELS, answers[i]});
    g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u", tls_server_get_port (proxy));
    g_auto (Result) result = {0};

    new_client (fixture, url);
    post_to (fixture, HOST, &result);
    g_assert_error (result.error, ESIM_ERROR, ESIM_ERROR_SERVER_UNREACHABLE);
    drop_client (fixture);
    g_assert_cmpint (tls_server_get_connections (proxy), ==, 1);
    g_assert_cmpuint (played.n_lookups, ==, 0);
  }
}

#define ADD(name, test)                                                                                      \
  g_test_add ("/ways-around/" name, Fixture, NULL, set_up, test, tear_down);                                 \
  g_test_add ("/ways-around/carrier/" name, Fixture, "carrier", set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("lookups", test_lookups);
  ADD ("mixed", test_mixed);
  ADD ("rebinding", test_rebinding);
  ADD ("redirects", test_redirects);
  ADD ("promises", test_promises);
  ADD ("two-names", test_two_names);
  ADD ("proxy-answers", test_proxy_answers);
  return g_test_run ();
}
