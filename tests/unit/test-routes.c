/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-routes.h"

#include <string.h>

#include "folder.h"

#define TITLE                                                                                                \
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT          \n"
#define ROUTE(name, destination, flags, mask)                                                                \
  name "\t" destination "\t0102A8C0\t" flags "\t0\t0\t100\t" mask "\t0\t0\t0              \n"
#define DEFAULT(name) ROUTE (name, "00000000", "0003", "00000000")

#define ZEROS "00000000000000000000000000000000"
#define ROUTE6(name, destination, size, flags)                                                               \
  destination " " size " " ZEROS " 00 fe800000000000000000000000000001 00000064 00000001 00000000 " flags    \
              "     " name "\n"
#define DEFAULT6(name) ROUTE6 (name, ZEROS, "00", "00000003")
#define NOTHING6 ROUTE6 ("lo", ZEROS, "00", "00200200")

#define LONG_32 "abcdefghijklmnopqrstuvwxyz012345"
#define LONG_256 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32
#define LONG_1024 LONG_256 LONG_256 LONG_256 LONG_256

/* Both tables (NULL: there is no such file), and what they say. The folder of interfaces:
 * set_up_interfaces(). */
static const struct {
  const char *path;
  const char *route;
  const char *ipv6_route;
  EsimRoutes routes;
} cases[] = {
    {"ethernet", TITLE DEFAULT ("eth0"), NOTHING6, ESIM_ROUTES_OTHER},
    {"wireless", TITLE DEFAULT ("wlp3s0"), NOTHING6, ESIM_ROUTES_OTHER},
    {"ethernet-6-alone", TITLE, DEFAULT6 ("eth0"), ESIM_ROUTES_OTHER},
    {"without-ipv6", TITLE DEFAULT ("eth0"), NULL, ESIM_ROUTES_OTHER},
    {"modem", TITLE DEFAULT ("wwan0"), DEFAULT6 ("wwan0"), ESIM_ROUTES_MODEM},
    {"modem-as-udev-names-it", TITLE DEFAULT ("wwp0s20f0u3"), NOTHING6, ESIM_ROUTES_MODEM},
    {"modem-with-another-name", TITLE DEFAULT ("modem"), NOTHING6, ESIM_ROUTES_MODEM},
    {"modem-that-dials", TITLE DEFAULT ("ppp0"), NOTHING6, ESIM_ROUTES_MODEM},
    {"modem-and-ethernet", TITLE DEFAULT ("wwan0") DEFAULT ("eth0"), NOTHING6, ESIM_ROUTES_OTHER},
    {"modem-4-and-ethernet-6", TITLE DEFAULT ("wwan0"), DEFAULT6 ("eth0"), ESIM_ROUTES_OTHER},
    {"modem-6-alone", TITLE, DEFAULT6 ("wwan0"), ESIM_ROUTES_MODEM},
    {"modem-4-and-nothing-6", TITLE DEFAULT ("wwan0"), NULL, ESIM_ROUTES_MODEM},
    {"two-modems", TITLE DEFAULT ("wwan0") DEFAULT ("modem"), DEFAULT6 ("ppp0"), ESIM_ROUTES_MODEM},
    {"dialled-with-another-name", TITLE DEFAULT ("dialled"), NOTHING6, ESIM_ROUTES_MODEM},
    {"modem-and-what-cannot-be-read", TITLE DEFAULT ("wwan0") "what\n", NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"modem-that-is-down", TITLE ROUTE ("wwan0", "00000000", "0002", "00000000"), NOTHING6, ESIM_ROUTES_NONE},
    {"modem-without-a-default-route", TITLE ROUTE ("wwan0", "0002A8C0", "0001", "00FFFFFF"), NOTHING6,
     ESIM_ROUTES_NONE},
    {"nothing", TITLE, NOTHING6, ESIM_ROUTES_NONE},
    {"empty", "", "", ESIM_ROUTES_NONE},
    {"no-ipv6-and-nothing", TITLE, NULL, ESIM_ROUTES_NONE},
    {"local-alone", TITLE ROUTE ("eth0", "0002A8C0", "0001", "00FFFFFF"), NOTHING6, ESIM_ROUTES_NONE},
    {"half-of-the-net", TITLE ROUTE ("eth0", "00000000", "0003", "00000080"), NOTHING6, ESIM_ROUTES_NONE},
    {"prefix-of-zeros", TITLE, ROUTE6 ("eth0", ZEROS, "40", "00000003"), ESIM_ROUTES_NONE},
    {"down", TITLE ROUTE ("eth0", "00000000", "0002", "00000000"), NOTHING6, ESIM_ROUTES_NONE},
    {"rejected", TITLE ROUTE ("*", "00000000", "0201", "00000000"), NOTHING6, ESIM_ROUTES_NONE},
    {"rejected-6", TITLE, ROUTE6 ("eth0", ZEROS, "00", "00000201"), ESIM_ROUTES_NONE},
    {"loopback", TITLE DEFAULT ("lo"), DEFAULT6 ("lo"), ESIM_ROUTES_NONE},
    {"tunnel-alone", TITLE DEFAULT ("tun0"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"tunnel-with-another-name", TITLE DEFAULT ("office"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"tunnel-and-modem", TITLE DEFAULT ("tun0") DEFAULT ("wwan0"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"tunnel-and-ethernet", TITLE DEFAULT ("tun0") DEFAULT ("eth0"), NOTHING6, ESIM_ROUTES_OTHER},
    {"interface-gone", TITLE DEFAULT ("eth9"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"no-table", NULL, NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"no-table-but-6", NULL, DEFAULT6 ("eth0"), ESIM_ROUTES_OTHER},
    {"no-title", DEFAULT ("eth0"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"few-fields", TITLE "eth0\t00000000\t0102A8C0\t0003\n", NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"many-fields", TITLE "eth0\t00000000\t0\t3\t0\t0\t0\t00000000\t0\t0\t0\t0\n", NOTHING6,
     ESIM_ROUTES_UNKNOWN},
    {"empty-line", TITLE "\n", NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"torn-line", TITLE "eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0", NOTHING6,
     ESIM_ROUTES_UNKNOWN},
    {"torn-line-6", TITLE, ZEROS " 00 " ZEROS, ESIM_ROUTES_UNKNOWN},
    {"odd-line-and-ethernet", TITLE "what\n" DEFAULT ("eth0"), NOTHING6, ESIM_ROUTES_OTHER},
    {"long-line", TITLE LONG_1024 "\n", NOTHING6, ESIM_ROUTES_UNKNOWN},
    /* Its second half would be read as a route of its own. */
    {"long-line-with-a-route-in-it", TITLE LONG_256 LONG_256 DEFAULT ("eth0"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"no-hex", TITLE ROUTE ("eth0", "00000000", "up", "00000000"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"large-flags", TITLE ROUTE ("eth0", "00000000", "100000003", "00000000"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"short-destination", TITLE ROUTE ("eth0", "0", "0003", "00000000"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"short-destination-6", TITLE, ROUTE6 ("eth0", "00", "00", "00000003"), ESIM_ROUTES_UNKNOWN},
    {"name-with-a-slash", TITLE DEFAULT ("../sys/eth0"), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"name-of-the-folder", TITLE DEFAULT ("."), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"name-of-the-folder-above", TITLE DEFAULT (".."), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"long-name", TITLE DEFAULT (LONG_32), NOTHING6, ESIM_ROUTES_UNKNOWN},
    {"name-of-wrong-octets", TITLE DEFAULT ("\xff\xfe\x1b[2J"), NOTHING6, ESIM_ROUTES_UNKNOWN},
};

static void
set_up_interfaces (const char *folder)
{
  folder_put (folder, "sys/eth0/uevent", "INTERFACE=eth0\nIFINDEX=2\n");
  folder_put (folder, "sys/wlp3s0/uevent", "DEVTYPE=wlan\nINTERFACE=wlp3s0\nIFINDEX=3\n");
  folder_put (folder, "sys/modem/uevent", "DEVTYPE=wwan\nINTERFACE=modem\nIFINDEX=4\n");
  folder_put (folder, "sys/dialled/uevent", "DEVTYPE=ppp\nINTERFACE=dialled\nIFINDEX=6\n");
  folder_put (folder, "sys/office/uevent", "DEVTYPE=wireguard\nINTERFACE=office\nIFINDEX=5\n");
  /* What a name that leads elsewhere would find. */
  folder_put (folder, "sys/uevent", "INTERFACE=eth0\n");
  folder_put (folder, "uevent", "INTERFACE=eth0\n");
}

static EsimRoutes
look (const char *folder)
{
  g_autofree char *proc = g_build_filename (folder, "proc", NULL);
  g_autofree char *sys = g_build_filename (folder, "sys", NULL);

  return esim_routes_look (proc, sys);
}

static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_auto (Folder) folder = folder_new ();

  set_up_interfaces (folder);
  if (cases[i].route != NULL)
    folder_put (folder, "proc/route", cases[i].route);
  if (cases[i].ipv6_route != NULL)
    folder_put (folder, "proc/ipv6_route", cases[i].ipv6_route);
  g_assert_cmpint (look (folder), ==, cases[i].routes);
}

/* Nobody's table is read without end. */
static void
test_many_lines (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GString) text = g_string_new (TITLE);

  set_up_interfaces (folder);
  for (guint i = 0; i < 20000; i++)
    g_string_append (text, ROUTE ("eth0", "0002A8C0", "0001", "00FFFFFF"));
  g_string_append (text, DEFAULT ("eth0"));
  folder_put (folder, "proc/route", text->str);
  g_assert_cmpint (look (folder), ==, ESIM_ROUTES_UNKNOWN);
}

static void
test_no_files (void)
{
  g_auto (Folder) folder = folder_new ();

  g_assert_cmpint (look (folder), ==, ESIM_ROUTES_UNKNOWN);
  folder_put (folder, "proc/route/is-a-folder", "");
  g_assert_cmpint (look (folder), ==, ESIM_ROUTES_UNKNOWN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/routes/", cases[i].path, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
  }
  g_test_add_func ("/routes/many-lines", test_many_lines);
  g_test_add_func ("/routes/no-files", test_no_files);
  return g_test_run ();
}
