/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-udev.h"

#include <gudev/gudev.h>

#define PROPERTY_TRANSPORT "ESIMD_TRANSPORT"
#define TRANSPORT_MBIM "mbim"
#define DEPTH_MAX 32

struct _EsimUdev {
  GObject parent;
  GUdevClient *client;
  GHashTable *ports; /* sysfs path → device node */
};

G_DEFINE_TYPE (EsimUdev, esim_udev, G_TYPE_OBJECT)

enum { SIGNAL_PORT_ADDED, SIGNAL_PORT_REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* Cable and bus are physical, what the kernel's frameworks hang under them is not. */
static gboolean
is_physical (GUdevDevice *device)
{
  const char *subsystem = g_udev_device_get_subsystem (device);

  if (g_strcmp0 (subsystem, "usb") == 0)
    return g_strcmp0 (g_udev_device_get_devtype (device), "usb_device") == 0;
  return subsystem != NULL && !g_str_equal (subsystem, "wwan") && !g_str_equal (subsystem, "usbmisc");
}

static char *
name_modem (GUdevDevice *port)
{
  g_autoptr (GUdevDevice) device = g_object_ref (port);

  for (guint i = 0; i < DEPTH_MAX && device != NULL; i++) {
    GUdevDevice *parent;

    if (is_physical (device))
      return g_strdup (g_udev_device_get_sysfs_path (device));
    parent = g_udev_device_get_parent (device);
    g_object_unref (device);
    device = parent;
  }
  return g_strdup (g_udev_device_get_sysfs_path (port));
}

/* Its transport, or %NULL if the port is not for us. */
static const char *
get_transport (GUdevDevice *device)
{
  const char *transport = g_udev_device_get_property (device, PROPERTY_TRANSPORT);

  return g_strcmp0 (transport, TRANSPORT_MBIM) == 0 ? transport : NULL;
}

static void
add_port (EsimUdev *self, GUdevDevice *device)
{
  const char *sysfs = g_udev_device_get_sysfs_path (device);
  const char *path = g_udev_device_get_device_file (device);
  const char *transport = get_transport (device);
  g_autofree char *modem = NULL;

  if (path == NULL || transport == NULL || g_hash_table_contains (self->ports, sysfs))
    return;
  modem = name_modem (device);
  g_hash_table_insert (self->ports, g_strdup (sysfs), g_strdup (path));
  g_signal_emit (self, signals[SIGNAL_PORT_ADDED], 0, path, transport, modem);
}

static void
remove_port (EsimUdev *self, GUdevDevice *device)
{
  g_autofree char *sysfs = NULL;
  g_autofree char *path = NULL;

  if (g_hash_table_steal_extended (self->ports, g_udev_device_get_sysfs_path (device), (gpointer *) &sysfs,
                                   (gpointer *) &path))
    g_signal_emit (self, signals[SIGNAL_PORT_REMOVED], 0, path);
}

static void
on_uevent (GUdevClient *client, const char *action, GUdevDevice *device, EsimUdev *self)
{
  /* A port that an administrator's rule takes from us after the fact is as good as unplugged. */
  if (g_str_equal (action, "remove") || get_transport (device) == NULL)
    remove_port (self, device);
  else
    add_port (self, device);
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
  g_udev_enumerator_add_match_property (enumerator, PROPERTY_TRANSPORT, TRANSPORT_MBIM);
  found = g_udev_enumerator_execute (enumerator);
  for (GList *item = found; item != NULL; item = item->next)
    add_port (self, item->data);
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
  signals[SIGNAL_PORT_REMOVED] = g_signal_new ("port-removed", ESIM_TYPE_UDEV, G_SIGNAL_RUN_LAST, 0, NULL,
                                               NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
esim_udev_init (EsimUdev *self)
{
  self->ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}
