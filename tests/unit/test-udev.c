/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-udev.h"

#include <string.h>
#include <umockdev.h>

/* A machine that is not there, and what EsimUdev says of it. */
typedef struct {
  UMockdevTestbed *bed;
  EsimUdev *udev;
  GString *trace;
} Fixture;

static void
on_added (EsimUdev *udev, const char *path, const char *transport, const char *modem, Fixture *f)
{
  g_string_append_printf (f->trace, "+%s %s %s\n", path, transport, modem);
}

static void
on_left_out (EsimUdev *udev, const char *path, const char *transport, const char *modem, const char *reason,
             Fixture *f)
{
  g_assert_nonnull (strstr (reason, "ESIMD_IGNORE"));
  g_string_append_printf (f->trace, "!%s %s %s\n", path, transport, modem);
}

static void
on_removed (EsimUdev *udev, const char *path, Fixture *f)
{
  g_string_append_printf (f->trace, "-%s\n", path);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->bed = umockdev_testbed_new ();
  f->trace = g_string_new (NULL);
  f->udev = esim_udev_new ();
  g_signal_connect (f->udev, "port-added", G_CALLBACK (on_added), f);
  g_signal_connect (f->udev, "port-left-out", G_CALLBACK (on_left_out), f);
  g_signal_connect (f->udev, "port-removed", G_CALLBACK (on_removed), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->udev);
  g_string_free (f->trace, TRUE);
  g_object_unref (f->bed);
}

static gboolean
set_flag (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets events arrive; how many of them, nobody announces. */
static void
settle (void)
{
  gboolean late = FALSE;

  g_timeout_add (200, set_flag, &late);
  while (!late)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_said (Fixture *f, const char *expected)
{
  g_assert_cmpstr (f->trace->str, ==, expected);
  g_string_truncate (f->trace, 0);
}

/* A port on the second interface of a USB modem; @transport %NULL: the rule left it alone. */
static char *
plug_usb (Fixture *f, const char *transport)
{
  g_autofree char *usb = NULL;
  g_autofree char *interface = NULL;

  usb = umockdev_testbed_add_device (f->bed, "usb", "1-1", NULL, NULL, "DEVTYPE", "usb_device", NULL);
  interface =
      umockdev_testbed_add_device (f->bed, "usb", "1-1:1.0", usb, NULL, "DEVTYPE", "usb_interface", NULL);
  return umockdev_testbed_add_device (f->bed, "usbmisc", "cdc-wdm0", interface, NULL, "DEVNAME",
                                      "/dev/cdc-wdm0", transport != NULL ? "ESIMD_TRANSPORT" : NULL,
                                      transport, NULL);
}

static void
test_nothing (Fixture *f, gconstpointer data)
{
  esim_udev_start (f->udev);
  settle ();
  assert_said (f, "");
}

static void
test_usb_there_already (Fixture *f, gconstpointer data)
{
  g_autofree char *port = plug_usb (f, "mbim");

  assert_said (f, "");
  esim_udev_start (f->udev);
  assert_said (f, "+/dev/cdc-wdm0 mbim /sys/devices/1-1\n");
  esim_udev_start (f->udev);
  settle ();
  assert_said (f, "");
  g_assert_nonnull (port);
}

static void
test_usb_comes_and_goes (Fixture *f, gconstpointer data)
{
  g_autofree char *port = NULL;

  esim_udev_start (f->udev);
  port = plug_usb (f, "mbim");
  settle ();
  assert_said (f, "+/dev/cdc-wdm0 mbim /sys/devices/1-1\n");
  umockdev_testbed_uevent (f->bed, port, "change");
  settle ();
  assert_said (f, "");
  umockdev_testbed_uevent (f->bed, port, "remove");
  umockdev_testbed_uevent (f->bed, port, "remove");
  settle ();
  assert_said (f, "-/dev/cdc-wdm0\n");
}

static void
test_taken_away (Fixture *f, gconstpointer data)
{
  g_autofree char *port = plug_usb (f, "mbim");

  esim_udev_start (f->udev);
  assert_said (f, "+/dev/cdc-wdm0 mbim /sys/devices/1-1\n");
  umockdev_testbed_set_property (f->bed, port, "ESIMD_TRANSPORT", "");
  umockdev_testbed_uevent (f->bed, port, "change");
  settle ();
  assert_said (f, "-/dev/cdc-wdm0\n");
}

static void
test_others (Fixture *f, gconstpointer data)
{
  g_autofree char *port = plug_usb (f, data);

  esim_udev_start (f->udev);
  umockdev_testbed_uevent (f->bed, port, "change");
  settle ();
  assert_said (f, "");
}

static void
test_qmi (Fixture *f, gconstpointer data)
{
  g_autofree char *port = plug_usb (f, "qmi");

  esim_udev_start (f->udev);
  assert_said (f, "+/dev/cdc-wdm0 qmi /sys/devices/1-1\n");
  g_assert_nonnull (port);
}

static void
test_left_out (Fixture *f, gconstpointer data)
{
  g_autofree char *port = plug_usb (f, "qmi");

  umockdev_testbed_set_property (f->bed, port, "ESIMD_IGNORE", "1");
  esim_udev_start (f->udev);
  assert_said (f, "!/dev/cdc-wdm0 qmi /sys/devices/1-1\n");
  umockdev_testbed_uevent (f->bed, port, "change");
  settle ();
  assert_said (f, "");
  umockdev_testbed_uevent (f->bed, port, "remove");
  settle ();
  assert_said (f, "-/dev/cdc-wdm0\n");
}

/* Not only at the start: the administrator changes the rule while the daemon runs. */
static void
test_left_out_and_back (Fixture *f, gconstpointer data)
{
  g_autofree char *port = plug_usb (f, "mbim");

  esim_udev_start (f->udev);
  assert_said (f, "+/dev/cdc-wdm0 mbim /sys/devices/1-1\n");
  umockdev_testbed_set_property (f->bed, port, "ESIMD_IGNORE", "1");
  umockdev_testbed_uevent (f->bed, port, "change");
  settle ();
  assert_said (f, "-/dev/cdc-wdm0\n!/dev/cdc-wdm0 mbim /sys/devices/1-1\n");
  umockdev_testbed_set_property (f->bed, port, "ESIMD_IGNORE", "0");
  umockdev_testbed_uevent (f->bed, port, "change");
  settle ();
  assert_said (f, "-/dev/cdc-wdm0\n+/dev/cdc-wdm0 mbim /sys/devices/1-1\n");
}

/* ModemManager keeps off it; its card is ours all the same. */
static void
test_ignored_by_modem_manager (Fixture *f, gconstpointer data)
{
  g_autofree char *port = plug_usb (f, "mbim");

  umockdev_testbed_set_property (f->bed, port, "ID_MM_DEVICE_IGNORE", "1");
  umockdev_testbed_set_property (f->bed, port, "ID_MM_PORT_IGNORE", "1");
  esim_udev_start (f->udev);
  assert_said (f, "+/dev/cdc-wdm0 mbim /sys/devices/1-1\n");
}

/* A rule for ModemManager names the modem: on the device, or else on the port. */
static void
test_named (Fixture *f, gconstpointer data)
{
  g_autofree char *port = plug_usb (f, "mbim");

  umockdev_testbed_set_property (f->bed, port, "ID_MM_PHYSDEV_UID", "port");
  if (data != NULL)
    umockdev_testbed_set_property (f->bed, data, "ID_MM_PHYSDEV_UID", "device");
  esim_udev_start (f->udev);
  assert_said (f, data != NULL ? "+/dev/cdc-wdm0 mbim device\n" : "+/dev/cdc-wdm0 mbim port\n");
}

static char *
add_wwan_port (Fixture *f, const char *modem, const char *name, const char *transport)
{
  g_autofree char *node = g_strconcat ("/dev/", name, NULL);

  return umockdev_testbed_add_device (f->bed, "wwan", name, modem, NULL, "DEVTYPE", "wwan_port", "DEVNAME",
                                      node, "ESIMD_TRANSPORT", transport, NULL);
}

/* A modem on PCI Express as the kernel shows it: between its WWAN device and the bus is the MHI controller.
 */
static void
test_wwan (Fixture *f, gconstpointer data)
{
  g_autofree char *pci = umockdev_testbed_add_device (f->bed, "pci", "0000:05:00.0", NULL, NULL, NULL, NULL);
  g_autofree char *mhi = umockdev_testbed_add_device (f->bed, "mhi", "mhi0", pci, NULL, NULL, NULL);
  g_autofree char *modem =
      umockdev_testbed_add_device (f->bed, "wwan", "wwan0", mhi, NULL, "DEVTYPE", "wwan_dev", NULL);
  g_autofree char *mbim = add_wwan_port (f, modem, "wwan0mbim0", "mbim");
  g_autofree char *qmi = NULL;

  g_assert_nonnull (mbim);
  esim_udev_start (f->udev);
  assert_said (f, "+/dev/wwan0mbim0 mbim /sys/devices/0000:05:00.0\n");
  qmi = add_wwan_port (f, modem, "wwan0qmi0", "qmi");
  settle ();
  assert_said (f, "+/dev/wwan0qmi0 qmi /sys/devices/0000:05:00.0\n");
  umockdev_testbed_uevent (f->bed, mbim, "remove");
  settle ();
  assert_said (f, "-/dev/wwan0mbim0\n");
}

/* A bus that nobody knows: then each port is a modem of its own, as it is for ModemManager. */
static void
test_unknown_bus (Fixture *f, gconstpointer data)
{
  g_autofree char *parent = umockdev_testbed_add_device (f->bed, "rpmsg", "rpmsg0", NULL, NULL, NULL, NULL);
  g_autofree char *port = add_wwan_port (f, parent, "wwan0qmi0", "qmi");

  g_assert_nonnull (port);
  esim_udev_start (f->udev);
  assert_said (f, "+/dev/wwan0qmi0 qmi /sys/devices/rpmsg0/wwan0qmi0\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (strstr (g_getenv ("LD_PRELOAD") != NULL ? g_getenv ("LD_PRELOAD") : "", "umockdev") == NULL) {
    g_print ("1..0 # SKIP not started by umockdev-wrapper\n");
    return 0;
  }
  g_test_add ("/udev/nothing", Fixture, NULL, set_up, test_nothing, tear_down);
  g_test_add ("/udev/usb-there-already", Fixture, NULL, set_up, test_usb_there_already, tear_down);
  g_test_add ("/udev/usb-comes-and-goes", Fixture, NULL, set_up, test_usb_comes_and_goes, tear_down);
  g_test_add ("/udev/taken-away", Fixture, NULL, set_up, test_taken_away, tear_down);
  g_test_add ("/udev/unmarked", Fixture, NULL, set_up, test_others, tear_down);
  g_test_add ("/udev/unknown-transport", Fixture, "telepathy", set_up, test_others, tear_down);
  g_test_add ("/udev/qmi", Fixture, NULL, set_up, test_qmi, tear_down);
  g_test_add ("/udev/left-out", Fixture, NULL, set_up, test_left_out, tear_down);
  g_test_add ("/udev/left-out-and-back", Fixture, NULL, set_up, test_left_out_and_back, tear_down);
  g_test_add ("/udev/ignored-by-modem-manager", Fixture, NULL, set_up, test_ignored_by_modem_manager,
              tear_down);
  g_test_add ("/udev/named-by-port", Fixture, NULL, set_up, test_named, tear_down);
  g_test_add ("/udev/named-by-device", Fixture, "/sys/devices/1-1", set_up, test_named, tear_down);
  g_test_add ("/udev/unknown-bus", Fixture, NULL, set_up, test_unknown_bus, tear_down);
  g_test_add ("/udev/wwan", Fixture, NULL, set_up, test_wwan, tear_down);
  return g_test_run ();
}
