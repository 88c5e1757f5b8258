/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web-fixture.h"

void
web_result_clear (WebResult *result)
{
  g_clear_pointer (&result->answer, esim_web_answer_free);
  g_clear_error (&result->error);
}
static Identity *
make_leaf (const Identity *root, const char *dns)
{
  return identity_new (&(IdentitySpec){.name = "server", .issuer = root, .dns = dns, .usage = "serverAuth"});
}

void
web_fixture_set_up (WebFixture *fixture, gconstpointer data)
{
  fixture->folder = folder_new ();
  fixture->trust = g_build_filename (fixture->folder, "web.pem", NULL);
  fixture->root = identity_new (&(IdentitySpec){.name = "web root", .ca = TRUE});
  identity_write_pem (fixture->root, fixture->trust);
  fixture->good = make_leaf (fixture->root, "*.example.com");
  fixture->config = (EsimHttpConfig){.connect_timeout_s = 5,
                                     .total_timeout_s = 10,
                                     .response_max = 1,
                                     .allow_loopback = TRUE,
                                     .web_trust = fixture->trust};
}

void
web_fixture_tear_down (WebFixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->web, esim_web_free);
  identity_free (fixture->good);
  identity_free (fixture->root);
  g_free (fixture->trust);
  folder_remove (fixture->folder);
}

static const char *const hosts[] = {HOST, OTHER, HOST ":8443", NULL};

void
web_fixture_connect (WebFixture *fixture, TlsServer *server)
{
  guint port = tls_server_get_port (server);
  g_autofree char *one = g_strdup_printf (HOST "::127.0.0.1:%u", port);
  g_autofree char *two = g_strdup_printf (OTHER "::127.0.0.1:%u", port);
  char *ways[] = {one, two, NULL};
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->web, esim_web_free);
  fixture->config.connect_to = ways;
  fixture->web = esim_web_new (&fixture->config, &error);
  fixture->config.connect_to = NULL;
  g_assert_no_error (error);
}

void
web_fixture_fetch (WebFixture *fixture, EsimCookies *cookies, const EsimWebRequest *more, WebResult *result)
{
  EsimWebRequest request = *more;

  request.method = more->method != NULL ? more->method : "GET";
  request.url = more->url != NULL ? more->url : "https://" HOST "/path";
  request.hosts = more->hosts != NULL ? more->hosts : hosts;
  result->answer = esim_web_fetch (fixture->web, cookies, &request, &result->error);
  g_assert_true ((result->answer == NULL) == (result->error != NULL));
}

void
web_result_assert_ok (const WebResult *result)
{
  g_assert_no_error (result->error);
  g_assert_cmpuint (result->answer->status, ==, 200);
  g_assert_cmpmem (g_bytes_get_data (result->answer->body, NULL), g_bytes_get_size (result->answer->body),
                   "hi", 2);
}
