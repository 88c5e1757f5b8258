/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-address-guard.h"
#include "esim-error.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static gboolean
check (const char *text, gboolean allow_loopback, GError **error)
{
  struct sockaddr_in in = {.sin_family = AF_INET};
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

  if (inet_pton (AF_INET, text, &in.sin_addr) == 1)
    return esim_address_guard_check_address ((struct sockaddr *) &in, allow_loopback, error);
  g_assert_cmpint (inet_pton (AF_INET6, text, &in6.sin6_addr), ==, 1);
  return esim_address_guard_check_address ((struct sockaddr *) &in6, allow_loopback, error);
}

static void
test_public (void)
{
  static const char *const reached[] = {
      "1.1.1.1",        "8.8.8.8",          "9.255.255.255",        "11.0.0.0",
      "100.63.255.255", "100.128.0.0",      "126.255.255.255",      "128.0.0.0",
      "169.253.0.1",    "169.255.0.1",      "172.15.255.255",       "172.32.0.0",
      "192.0.1.1",      "192.0.3.1",        "192.167.255.255",      "192.169.0.0",
      "198.17.255.255", "198.20.0.0",       "223.255.255.255",      "2606:4700::1111",
      "2a00:1450::1",   "64:ff9b::8.8.8.8", "2002:808:808::1",      "::ffff:8.8.8.8",
      "2001:200::1",    "2001:db7::1",      "2001:4860:4860::8888", "3ffe::1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (reached); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", reached[i]);
    g_assert_true (check (reached[i], FALSE, &error));
    g_assert_no_error (error);
  }
}

static const char *const refused[] = {
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::8.8.8.8",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::192.168.1.1",
    "64:ff9b::100.64.0.1",
    "64:ff9b:1::8.8.8.8",
    "64:ff9b:1:a00:0:100::",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "2002:7f00:1::1",
    "2002:c0a8:101::1",
    "3fff::1",
    "3fff:fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
    "8000::1",
    "::ffff:0:8.8.8.8",
    "5f00::1",
};

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", refused[i]);
    g_assert_false (check (refused[i], FALSE, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  }
}

static void
test_loopback (void)
{
  static const char *const still_refused[] = {
      "10.0.0.1",       "192.168.1.1", "169.254.1.1", "64:ff9b::127.0.0.1",
      "2002:7f00:1::1", "fe80::1",     "::127.0.0.1",
  };

  g_assert_true (check ("127.0.0.1", TRUE, NULL));
  g_assert_true (check ("127.1.2.3", TRUE, NULL));
  g_assert_true (check ("::1", TRUE, NULL));
  g_assert_true (check ("::ffff:127.0.0.1", TRUE, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (still_refused); i++) {
    g_test_message ("%s", still_refused[i]);
    g_assert_false (check (still_refused[i], TRUE, NULL));
  }
}

static void
test_other_family (void)
{
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  g_autoptr (GError) error = NULL;

  g_assert_false (esim_address_guard_check_address ((struct sockaddr *) &un, TRUE, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
}

static void
test_hosts (void)
{
  static const char *const good[] = {
      "rsp.example.com", "a.b",          "1.example", "xn--bcher-kva.example", "x-1.y-2.example.com",
      "RSP.EXAMPLE.COM", "0x7f.example",
  };
  static const char *const bad[] = {
      "",
      "localhost",
      "example",
      "rsp.example.com.",
      ".example.com",
      "rsp..example.com",
      "-a.example",
      "a-.example",
      "a_b.example",
      "127.0.0.1",
      "127.1",
      "0x7f.0.0.1",
      "0x7f.0x1",
      "1.2.3.0xff",
      "1.2.3.0x",
      "017700000001.1",
      "2130706433",
      "[::1]",
      "::1",
      "rsp.example.com:443",
      "user@rsp.example.com",
      "user:word@rsp.example.com",
      "rsp.example.com/path",
      "rsp.example.com?x",
      "rsp.example.com#x",
      "rsp.example.com\\x",
      " rsp.example.com",
      "rsp.example.com ",
      "rsp.example.com\n",
      "rsp.exa\tmple.com",
      "b\xc3\xbc"
      "cher.example",
      "%6c.example",
      "https://rsp.example.com",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (esim_address_guard_check_host (good[i], NULL));
  g_assert_false (esim_address_guard_check_host (NULL, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", bad[i]);
    g_assert_false (esim_address_guard_check_host (bad[i], &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  }
}

static void
test_host_lengths (void)
{
  g_autofree char *label = g_strnfill (63, 'a');
  g_autofree char *most = g_strdup_printf ("%s.%s.%s.%.61s", label, label, label, label);
  g_autofree char *more = g_strconcat (most, "a", NULL);
  g_autofree char *long_label = g_strconcat (label, "a.example", NULL);

  g_assert_cmpuint (strlen (most), ==, 253);
  g_assert_true (esim_address_guard_check_host (most, NULL));
  g_assert_false (esim_address_guard_check_host (more, NULL));
  g_assert_false (esim_address_guard_check_host (long_label, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address-guard/public", test_public);
  g_test_add_func ("/address-guard/refused", test_refused);
  g_test_add_func ("/address-guard/loopback", test_loopback);
  g_test_add_func ("/address-guard/other-family", test_other_family);
  g_test_add_func ("/address-guard/hosts", test_hosts);
  g_test_add_func ("/address-guard/host-lengths", test_host_lengths);
  return g_test_run ();
}
