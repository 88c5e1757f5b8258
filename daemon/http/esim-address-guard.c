/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-address-guard.h"
#include "esim-error.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define HOST_MAX 253
#define LABEL_MAX 63

typedef struct {
  guint8 bits[16];
  guint length; /* of the prefix */
  const char *what;
} Range;

static const Range loopback4 = {{127}, 8, "loopback"};

/* IANA's special-purpose registry for IPv4. */
static const Range refused4[] = {
    {{0}, 8, "unspecified"},
    {{10}, 8, "private"},
    {{100, 64}, 10, "shared by a carrier's NAT"},
    {{169, 254}, 16, "link-local"},
    {{172, 16}, 12, "private"},
    {{192, 0, 0}, 24, "reserved for protocols"},
    {{192, 0, 2}, 24, "for documentation"},
    {{192, 88, 99}, 24, "a withdrawn relay range"},
    {{192, 168}, 16, "private"},
    {{198, 18}, 15, "for benchmarks"},
    {{198, 51, 100}, 24, "for documentation"},
    {{203, 0, 113}, 24, "for documentation"},
    {{224}, 4, "multicast"},
    {{255, 255, 255, 255}, 32, "broadcast"},
    {{240}, 4, "reserved"},
};

static const Range mapped = {{[10] = 0xff, [11] = 0xff}, 96, "IPv4-mapped"};
static const Range nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96, "NAT64"};
static const Range sixtofour = {{0x20, 0x02}, 16, "6to4"};
static const Range global6 = {{0x20}, 3, "global unicast"};

/* The last five lie within global unicast; the others are named for the words of the error. */
static const Range refused6[] = {
    {{0}, 128, "unspecified"},
    {{0}, 96, "IPv4-compatible"},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "for a local translation to IPv4"},
    {{0x01}, 64, "a discard prefix"},
    {{0xfc}, 7, "private (unique local)"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xfe, 0xc0}, 10, "site-local"},
    {{0xff}, 8, "multicast"},
    {{0x20, 0x01, 0x00, 0x00}, 32, "Teredo"},
    {{0x20, 0x01, 0x00, 0x02}, 48, "for benchmarks"},
    {{0x20, 0x01}, 23, "reserved for protocols"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "for documentation"},
    {{0x3f, 0xff}, 20, "for documentation"},
};

static gboolean
range_holds (const Range *range, const guint8 *octets)
{
  guint whole = range->length / 8;
  guint rest = range->length % 8;

  if (memcmp (range->bits, octets, whole) != 0)
    return FALSE;
  return rest == 0 || ((range->bits[whole] ^ octets[whole]) >> (8 - rest)) == 0;
}

static const char *
find_range (const Range *ranges, gsize n_ranges, const guint8 *octets)
{
  for (gsize i = 0; i < n_ranges; i++)
    if (range_holds (&ranges[i], octets))
      return ranges[i].what;
  return NULL;
}

/* Returns: why not, or NULL */
static const char *
refuse4 (const guint8 octets[4], gboolean allow_loopback)
{
  if (range_holds (&loopback4, octets))
    return allow_loopback ? NULL : loopback4.what;
  return find_range (refused4, G_N_ELEMENTS (refused4), octets);
}

static const char *
refuse6 (const guint8 octets[16], gboolean allow_loopback)
{
  static const guint8 loopback[16] = {[15] = 1};
  const char *what;

  if (memcmp (octets, loopback, sizeof loopback) == 0)
    return allow_loopback ? NULL : loopback4.what;
  /* The kernel connects such a socket by IPv4. */
  if (range_holds (&mapped, octets))
    return refuse4 (octets + 12, allow_loopback);
  /* A translator's own loopback or private network is not what a lab's configuration speaks of. */
  if (range_holds (&nat64, octets))
    return refuse4 (octets + 12, FALSE);
  if (range_holds (&sixtofour, octets))
    return refuse4 (octets + 2, FALSE);
  what = find_range (refused6, G_N_ELEMENTS (refused6), octets);
  if (what == NULL && !range_holds (&global6, octets))
    what = "not global unicast";
  return what;
}

gboolean
esim_address_guard_check_address (const struct sockaddr *address, gboolean allow_loopback, GError **error)
{
  char text[INET6_ADDRSTRLEN] = "of an unknown family";
  const char *what = "neither IPv4 nor IPv6";

  if (address->sa_family == AF_INET) {
    struct sockaddr_in in;

    memcpy (&in, address, sizeof in);
    what = refuse4 ((const guint8 *) &in.sin_addr, allow_loopback);
    inet_ntop (AF_INET, &in.sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    struct sockaddr_in6 in6;

    memcpy (&in6, address, sizeof in6);
    what = refuse6 (in6.sin6_addr.s6_addr, allow_loopback);
    inet_ntop (AF_INET6, &in6.sin6_addr, text, sizeof text);
  }
  if (what == NULL)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
               "the server's name leads to the address %s (%s); only public addresses are reached. "
               "Check the name and the DNS of this network",
               text, what);
  return FALSE;
}

static gboolean
label_is_valid (const char *label)
{
  gsize length = strlen (label);

  if (length == 0 || length > LABEL_MAX || label[0] == '-' || label[length - 1] == '-')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (label[i]) && label[i] != '-')
      return FALSE;
  return TRUE;
}

/* inet_aton() and its like take decimal, octal and hexadecimal numbers: a name that ends in one is an address
 * to somebody. */
static gboolean
label_is_number (const char *label)
{
  gboolean hex = label[0] == '0' && (label[1] == 'x' || label[1] == 'X');

  for (const char *c = hex ? label + 2 : label; *c != '\0'; c++)
    if (hex ? !g_ascii_isxdigit (*c) : !g_ascii_isdigit (*c))
      return FALSE;
  return TRUE;
}

gboolean
esim_address_guard_check_host (const char *host, GError **error)
{
  gsize length = host != NULL ? strnlen (host, HOST_MAX + 1) : 0;
  gboolean valid = length > 0 && length <= HOST_MAX;

  if (valid) {
    g_auto (GStrv) labels = g_strsplit (host, ".", -1);
    guint n_labels = g_strv_length (labels);

    valid = n_labels >= 2 && !label_is_number (labels[n_labels - 1]);
    for (guint i = 0; valid && i < n_labels; i++)
      valid = label_is_valid (labels[i]);
  }
  if (valid)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                       "the server's address is not a domain name such as rsp.example.com: no IP address, "
                       "port, user or path is accepted");
  return FALSE;
}
