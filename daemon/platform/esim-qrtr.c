/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qrtr.h"

#include <libqrtr-glib.h>
#include <linux/qrtr.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVICE_UIM 11 /* QMI_SERVICE_UIM */
#define MODEM "qcom-soc"
#define PROTOCOL "QIPCRTR " /* as it begins a line; the name is padded to nine */
#define LINE_MAX_OCTETS 512
#define LINES_MAX 1000

struct _EsimQrtr {
  GObject parent;
  EsimQrtrScope scope;
  guint32 local;
  gboolean is_asked; /* for the bus, and it is not there yet */
  gboolean is_disposed;
  QrtrBus *bus;
  GHashTable *told; /* ids of nodes */
};

G_DEFINE_TYPE (EsimQrtr, esim_qrtr, G_TYPE_OBJECT)

enum { SIGNAL_NODE_ADDED, SIGNAL_NODE_REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

static gboolean
has_protocol (const char *proc_net)
{
  g_autofree char *path = g_build_filename (proc_net, "protocols", NULL);
  FILE *file = fopen (path, "re");
  char line[LINE_MAX_OCTETS];
  gboolean found = FALSE;

  if (file == NULL)
    return FALSE;
  for (guint i = 0; !found && i < LINES_MAX && fgets (line, sizeof line, file) != NULL; i++)
    found = g_str_has_prefix (line, PROTOCOL);
  (void) fclose (file);
  return found;
}

gboolean
esim_qrtr_may_be_there (const char *proc_net, const char *remoteproc)
{
  g_autoptr (GDir) folder = NULL;

  if (has_protocol (proc_net))
    return TRUE;
  folder = g_dir_open (remoteproc, 0, NULL);
  return folder != NULL && g_dir_read_name (folder) != NULL;
}

/* The number of the node that we are on; %FALSE if there are no such sockets. */
static gboolean
find_local_node (guint32 *node)
{
  struct sockaddr_qrtr address = {0};
  socklen_t length = sizeof address;
  int fd = socket (AF_QIPCRTR, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean found;

  if (fd < 0)
    return FALSE;
  found = getsockname (fd, (struct sockaddr *) &address, &length) == 0 && length == sizeof address;
  (void) close (fd);
  *node = address.sq_node;
  return found;
}

static void
tell (EsimQrtr *self, guint32 node, gboolean is_there)
{
  g_autofree char *device = NULL;

  if (g_hash_table_contains (self->told, GUINT_TO_POINTER (node)) == is_there)
    return;
  device = g_strdup_printf ("qrtr:%u", node);
  if (is_there) {
    g_hash_table_add (self->told, GUINT_TO_POINTER (node));
    g_signal_emit (self, signals[SIGNAL_NODE_ADDED], 0, node, device, MODEM);
  } else {
    g_hash_table_remove (self->told, GUINT_TO_POINTER (node));
    g_signal_emit (self, signals[SIGNAL_NODE_REMOVED], 0, node, device);
  }
}

static void
on_service_changed (QrtrNode *node, guint service, EsimQrtr *self)
{
  if (service == SERVICE_UIM)
    tell (self, qrtr_node_get_id (node), qrtr_node_lookup_port (node, SERVICE_UIM) >= 0);
}

/* Comes before the first service of the node does. */
static void
on_node_added (QrtrBus *bus, guint id, EsimQrtr *self)
{
  QrtrNode *node = qrtr_bus_peek_node (bus, id);

  if (node == NULL || (self->scope == ESIM_QRTR_REMOTE && id == self->local))
    return;
  g_signal_connect_object (node, QRTR_NODE_SIGNAL_SERVICE_ADDED, G_CALLBACK (on_service_changed), self, 0);
  g_signal_connect_object (node, QRTR_NODE_SIGNAL_SERVICE_REMOVED, G_CALLBACK (on_service_changed), self, 0);
  on_service_changed (node, SERVICE_UIM, self);
}

static void
on_node_removed (QrtrBus *bus, guint id, EsimQrtr *self)
{
  tell (self, id, FALSE);
}

/* Bus and nodes hold each other, so letting go of the bus would leave it at work. */
static void
drop_bus (QrtrBus *bus)
{
  g_object_run_dispose (G_OBJECT (bus));
  g_object_unref (bus);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (EsimQrtr) self = data;
  g_autoptr (GError) error = NULL;
  QrtrBus *bus = qrtr_bus_new_finish (result, &error);

  self->is_asked = FALSE;
  if (bus == NULL) {
    g_warning ("the QRTR bus cannot be followed, modems on it are not seen: %s", error->message);
    return;
  }
  if (self->is_disposed) {
    drop_bus (bus);
    return;
  }
  self->bus = bus;
  g_signal_connect_object (bus, QRTR_BUS_SIGNAL_NODE_ADDED, G_CALLBACK (on_node_added), self, 0);
  g_signal_connect_object (bus, QRTR_BUS_SIGNAL_NODE_REMOVED, G_CALLBACK (on_node_removed), self, 0);
  for (GList *item = qrtr_bus_peek_nodes (bus); item != NULL; item = item->next)
    on_node_added (bus, qrtr_node_get_id (item->data), self);
}

EsimQrtr *
esim_qrtr_new (EsimQrtrScope scope)
{
  EsimQrtr *self = g_object_new (ESIM_TYPE_QRTR, NULL);

  self->scope = scope;
  return self;
}

void
esim_qrtr_start (EsimQrtr *self)
{
  if (self->bus != NULL || self->is_asked ||
      !esim_qrtr_may_be_there (ESIM_QRTR_PROC_NET, ESIM_QRTR_REMOTEPROC) || !find_local_node (&self->local))
    return;
  self->is_asked = TRUE;
  /* It asks for what is there in any case; the time is how long to wait for the end of that. No cancellable:
   * a bus that is there already when it strikes would be lost. */
  qrtr_bus_new (0, NULL, on_bus, g_object_ref (self));
}

static void
esim_qrtr_dispose (GObject *object)
{
  EsimQrtr *self = ESIM_QRTR (object);

  self->is_disposed = TRUE;
  g_clear_pointer (&self->bus, drop_bus);
  g_hash_table_remove_all (self->told);
  G_OBJECT_CLASS (esim_qrtr_parent_class)->dispose (object);
}

static void
esim_qrtr_finalize (GObject *object)
{
  EsimQrtr *self = ESIM_QRTR (object);

  g_hash_table_unref (self->told);
  G_OBJECT_CLASS (esim_qrtr_parent_class)->finalize (object);
}

static void
esim_qrtr_class_init (EsimQrtrClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_qrtr_dispose;
  G_OBJECT_CLASS (class)->finalize = esim_qrtr_finalize;
  signals[SIGNAL_NODE_ADDED] = g_signal_new ("node-added", ESIM_TYPE_QRTR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                             NULL, G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_NODE_REMOVED] = g_signal_new ("node-removed", ESIM_TYPE_QRTR, G_SIGNAL_RUN_LAST, 0, NULL,
                                               NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_STRING);
}

static void
esim_qrtr_init (EsimQrtr *self)
{
  self->told = g_hash_table_new (NULL, NULL);
}
