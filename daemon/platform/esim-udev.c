/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-udev.h"

#include <gudev/gudev.h>

#define PROPERTY_TRANSPORT "ESIMD_TRANSPORT"
#define PROPERTY_IGNORE "ESIMD_IGNORE"
#define PROPERTY_UID "ID_MM_PHYSDEV_UID"
#define DEPTH_MAX 32

static const char left_out[] = "a udev rule of this machine keeps it from esimd (ESIMD_IGNORE=1). To have it "
                               "used, take the property out of "
                               "that rule, then run \"udevadm control --reload\" and \"udevadm trigger\"";

struct _EsimUdev {
  GObject parent;
  GUdevClient *client;
  GHashTable *ports; /* sysfs path → Port */
};

G_DEFINE_TYPE (EsimUdev, esim_udev, G_TYPE_OBJECT)

enum { SIGNAL_PORT_ADDED, SIGNAL_PORT_LEFT_OUT, SIGNAL_PORT_REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* As it was told. */
typedef struct {
  char *path;
  gboolean is_left_out;
} Port;

static void
port_free (Port *port)
{
  g_free (port->path);
  g_free (port);
}

/* What ModemManager 1.20 takes for the device behind a port (find_physical_gudevdevice() of its
 * mm-kernel-device-udev.c): the first of these upwards. Between them and the port stand the USB interface,
 * the MHI controller, the frameworks of the kernel. */
static gboolean
is_physical (GUdevDevice *device)
{
  static const char *const buses[] = {"pci", "platform", "pnp", "sdio", NULL};
  const char *subsystem = g_udev_device_get_subsystem (device);

  if (subsystem == NULL)
    return FALSE;
  if (g_str_equal (subsystem, "usb"))
    return g_strcmp0 (g_udev_device_get_devtype (device), "usb_device") == 0;
  return g_strv_contains (buses, subsystem);
}

static GUdevDevice *
find_physical (GUdevDevice *port)
{
  g_autoptr (GUdevDevice) device = g_object_ref (port);

  for (guint i = 0; i < DEPTH_MAX && device != NULL; i++) {
    GUdevDevice *parent;

    if (is_physical (device))
      return g_steal_pointer (&device);
    parent = g_udev_device_get_parent (device);
    g_object_unref (device);
    device = parent;
  }
  return g_object_ref (port);
}

static char *
name_modem (GUdevDevice *port)
{
  g_autoptr (GUdevDevice) physical = find_physical (port);
  const char *uid = g_udev_device_get_property (physical, PROPERTY_UID);

  if (uid == NULL)
    uid = g_udev_device_get_property (port, PROPERTY_UID);
  return g_strdup (uid != NULL ? uid : g_udev_device_get_sysfs_path (physical));
}

/* Its transport, or %NULL if the port is not for us. */
static const char *
get_transport (GUdevDevice *device)
{
  static const char *const transports[] = {"mbim", "qmi", NULL};
  const char *transport = g_udev_device_get_property (device, PROPERTY_TRANSPORT);

  return transport != NULL && g_strv_contains (transports, transport) ? transport : NULL;
}

static void
add_port (EsimUdev *self, GUdevDevice *device, const char *transport, gboolean is_left_out)
{
  const char *path = g_udev_device_get_device_file (device);
  g_autofree char *modem = name_modem (device);
  Port *port = g_new0 (Port, 1);

  port->path = g_strdup (path);
  port->is_left_out = is_left_out;
  g_hash_table_insert (self->ports, g_strdup (g_udev_device_get_sysfs_path (device)), port);
  if (is_left_out)
    g_signal_emit (self, signals[SIGNAL_PORT_LEFT_OUT], 0, path, transport, modem, left_out);
  else
    g_signal_emit (self, signals[SIGNAL_PORT_ADDED], 0, path, transport, modem);
}

static void
remove_port (EsimUdev *self, const char *sysfs)
{
  g_autofree char *key = NULL;
  Port *port = NULL;

  if (!g_hash_table_steal_extended (self->ports, sysfs, (gpointer *) &key, (gpointer *) &port))
    return;
  g_signal_emit (self, signals[SIGNAL_PORT_REMOVED], 0, port->path);
  port_free (port);
}

/* What is there now, against what was told of it. */
static void
look_at_port (EsimUdev *self, GUdevDevice *device)
{
  const char *sysfs = g_udev_device_get_sysfs_path (device);
  const char *transport = get_transport (device);
  gboolean is_left_out = g_udev_device_get_property_as_boolean (device, PROPERTY_IGNORE);
  const Port *known = g_hash_table_lookup (self->ports, sysfs);

  /* A port that a rule takes from us after the fact is as good as unplugged. */
  if (transport == NULL || (known != NULL && known->is_left_out != is_left_out)) {
    remove_port (self, sysfs);
    known = NULL;
  }
  if (transport != NULL && known == NULL && g_udev_device_get_device_file (device) != NULL)
    add_port (self, device, transport, is_left_out);
}

static void
on_uevent (GUdevClient *client, const char *action, GUdevDevice *device, EsimUdev *self)
{
  if (g_str_equal (action, "remove"))
    remove_port (self, g_udev_device_get_sysfs_path (device));
  else
    look_at_port (self, device);
}

EsimUdev *
esim_udev_new (void)
{
  return g_object_new (ESIM_TYPE_UDEV, NULL);
}

void
esim_udev_start (EsimUdev *self)
{
  static const char *const subsystems[] = {"usbmisc", "wwan", NULL};
  g_autoptr (GUdevEnumerator) enumerator = NULL;
  g_autolist (GUdevDevice) found = NULL;

  if (self->client != NULL)
    return;
  /* It listens before it looks: a port that comes in between is seen twice, and counted once. */
  self->client = g_udev_client_new (subsystems);
  g_signal_connect (self->client, "uevent", G_CALLBACK (on_uevent), self);
  enumerator = g_udev_enumerator_new (self->client);
  /* The rule sets the property where it sets its tag; two small subsystems are soon read without the tag's
   * index. */
  for (guint i = 0; subsystems[i] != NULL; i++)
    g_udev_enumerator_add_match_subsystem (enumerator, subsystems[i]);
  g_udev_enumerator_add_match_property (enumerator, PROPERTY_TRANSPORT, "?*");
  found = g_udev_enumerator_execute (enumerator);
  for (GList *item = found; item != NULL; item = item->next)
    look_at_port (self, item->data);
}

static void
esim_udev_dispose (GObject *object)
{
  EsimUdev *self = ESIM_UDEV (object);

  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_clear_pointer (&self->ports, g_hash_table_unref);
  G_OBJECT_CLASS (esim_udev_parent_class)->dispose (object);
}

static void
esim_udev_class_init (EsimUdevClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_udev_dispose;
  signals[SIGNAL_PORT_ADDED] =
      g_signal_new ("port-added", ESIM_TYPE_UDEV, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                    G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_PORT_LEFT_OUT] =
      g_signal_new ("port-left-out", ESIM_TYPE_UDEV, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                    G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_PORT_REMOVED] = g_signal_new ("port-removed", ESIM_TYPE_UDEV, G_SIGNAL_RUN_LAST, 0, NULL,
                                               NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
esim_udev_init (EsimUdev *self)
{
  self->ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) port_free);
}
