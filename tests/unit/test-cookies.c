/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web-fixture.h"

#include <string.h>

/* Fetches @url from a server that answers with these cookies. Returns: what was sent along */
static char *
fetch_with_cookies (WebFixture *fixture, EsimCookies *cookies, const char *url, const char *set)
{
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 200 OK\r\n%sContent-Length: 2\r\n\r\nhi", set);
  g_autoptr (TlsServer) server = tls_server_new (&(ServerSpec){fixture->good, NULL, SERVER_ANSWERS, answer});
  g_autofree char *request = NULL;
  g_auto (WebResult) result = {0};
  const char *line;

  web_fixture_connect (fixture, server);
  web_fixture_fetch (fixture, cookies, &(EsimWebRequest){.url = url}, &result);
  web_result_assert_ok (&result);
  g_clear_pointer (&fixture->web, esim_web_free);
  request = tls_server_dup_request (server);
  line = strstr (request, "\r\nCookie: ");
  return line != NULL ? g_strndup (line + 10, strcspn (line + 10, "\r")) : g_strdup ("");
}

static void
assert_cookies (WebFixture *fixture, EsimCookies *cookies, const char *url, const char *expected)
{
  g_autofree char *sent = fetch_with_cookies (fixture, cookies, url, "");

  g_assert_cmpstr (sent, ==, expected);
}

static void
set_cookies (WebFixture *fixture, EsimCookies *cookies, const char *url, const char *set)
{
  g_autofree char *sent = fetch_with_cookies (fixture, cookies, url, set);
}

static void
test_cookies (WebFixture *fixture, gconstpointer data)
{
  g_autoptr (EsimCookies) cookies = esim_cookies_new ();
  g_autoptr (EsimCookies) others = esim_cookies_new ();

  set_cookies (fixture, cookies, "https://" HOST "/one/two", "Set-Cookie: s=1; Path=/; Secure; HttpOnly\r\n");
  assert_cookies (fixture, cookies, "https://" HOST "/", "s=1");
  assert_cookies (fixture, cookies, "https://" HOST ":8443/x", "s=1");
  /* Another host, another session. */
  assert_cookies (fixture, cookies, "https://" OTHER "/", "");
  assert_cookies (fixture, others, "https://" HOST "/", "");
  g_assert_cmpuint (esim_cookies_get_size (others), ==, 0);
  /* By path; the longer one first. */
  set_cookies (fixture, cookies, "https://" HOST "/one/two", "Set-Cookie: p=2\r\n");
  assert_cookies (fixture, cookies, "https://" HOST "/one/x", "p=2; s=1");
  assert_cookies (fixture, cookies, "https://" HOST "/onex", "s=1");
  g_assert_cmpuint (esim_cookies_get_size (cookies), ==, 2);
  /* Replaced, and gone. */
  set_cookies (fixture, cookies, "https://" HOST "/", "Set-Cookie: s=3; Path=/\r\n");
  assert_cookies (fixture, cookies, "https://" HOST "/", "s=3");
  set_cookies (fixture, cookies, "https://" HOST "/", "Set-Cookie: s=; Path=/; Max-Age=0\r\n");
  assert_cookies (fixture, cookies, "https://" HOST "/", "");
  /* For a domain: one that the host is in, and no stranger's, and none that belongs to everybody. */
  set_cookies (
      fixture, cookies, "https://" HOST "/",
      "Set-Cookie: d=4; Domain=example.com; Path=/\r\nSet-Cookie: e=5; Domain=example.net; Path=/\r\n"
      "Set-Cookie: f=6; Domain=com; Path=/\r\nSet-Cookie: g=7; Domain=" OTHER "; Path=/\r\n");
  assert_cookies (fixture, cookies, "https://" OTHER "/", "d=4");
  assert_cookies (fixture, cookies, "https://" HOST "/", "d=4");
  assert_cookies (fixture, others, "https://" HOST "/", "");
}

static void
test_many_cookies (WebFixture *fixture, gconstpointer data)
{
  g_autoptr (EsimCookies) cookies = esim_cookies_new ();
  g_autoptr (GString) set = g_string_new (NULL);
  g_autofree char *filler = g_strnfill (8000, 'x');
  g_autofree char *large = g_strdup_printf ("Set-Cookie: l=%s; Path=/\r\n", filler);

  set_cookies (fixture, cookies, "https://" HOST "/", "Set-Cookie: session=1; Path=/\r\n");
  for (int i = 0; i < ESIM_COOKIES_MAX; i++)
    g_string_append_printf (set, "Set-Cookie: c%d=x; Path=/far\r\n", i);
  set_cookies (fixture, cookies, "https://" HOST "/", set->str);
  g_assert_cmpuint (esim_cookies_get_size (cookies), ==, 1);
  assert_cookies (fixture, cookies, "https://" HOST "/far", "session=1");
  set_cookies (fixture, cookies, "https://" HOST "/", large);
  g_assert_cmpuint (esim_cookies_get_size (cookies), ==, 1);
}

#define ADD(path, function)                                                                                  \
  g_test_add ("/cookies/" path, WebFixture, NULL, web_fixture_set_up, function, web_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rules", test_cookies);
  ADD ("many", test_many_cookies);
  return g_test_run ();
}
