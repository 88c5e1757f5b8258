/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qrtr-bus.h"

#include <errno.h>
#include <linux/qrtr.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CLIENTS QMI_PEER_CLIENTS
#define CLIENT_PORT 1000
#define DATAGRAM_MAX 70000

enum { SERVICE_DMS = 0x02, SERVICE_UIM = 0x0B };

/* What stands before each datagram on our socket pairs: from whom, or to whom. */
typedef struct {
  guint32 node, port;
} Head;

typedef struct {
  int near, far; /* ends of a pair; the near one is the program's. -1: free */
  gboolean looks;
} Client;

static struct {
  GMutex lock;
  gboolean running;
  gboolean plugged;
  gboolean has_card;
  QmiPeer *peer;
  Client clients[CLIENTS];
  int wake;
  GThread *thread;
} bus;

static Client *
find_client (int fd)
{
  for (guint i = 0; bus.running && i < CLIENTS; i++)
    if (bus.clients[i].near == fd)
      return &bus.clients[i];
  return NULL;
}

/* -- to the program -- */

static void
send_to (const Client *client, guint32 port, const void *data, gsize length)
{
  g_autofree guint8 *datagram = g_malloc (sizeof (Head) + length);
  Head head = {QRTR_BUS_NODE, port};

  memcpy (datagram, &head, sizeof head);
  memcpy (datagram + sizeof head, data, length);
  (void) !write (client->far, datagram, sizeof head + length);
}

static void
tell (const Client *client, guint32 command, guint32 service)
{
  struct qrtr_ctrl_pkt packet = {.cmd = GUINT32_TO_LE (command)};

  if (service != 0) {
    packet.server.service = GUINT32_TO_LE (service);
    packet.server.instance = GUINT32_TO_LE (1);
    packet.server.node = GUINT32_TO_LE (QRTR_BUS_NODE);
    packet.server.port = GUINT32_TO_LE (service);
  }
  send_to (client, QRTR_PORT_CTRL, &packet, sizeof packet);
}

static void
tell_all (guint32 command, guint32 service)
{
  for (guint i = 0; i < CLIENTS; i++)
    if (bus.clients[i].near >= 0 && bus.clients[i].looks)
      tell (&bus.clients[i], command, service);
}

/* A modem's frame, without its QMUX header. Called with the peer's lock; the bus's may be held or not. */
static void
on_frame (const guint8 *frame, gsize length)
{
  send_to (&bus.clients[frame[5] - 1], frame[4], frame + 6, length - 6);
}

/* -- from the program -- */

static void
take_lookup (Client *client)
{
  client->looks = TRUE;
  if (bus.plugged && bus.has_card)
    tell (client, QRTR_TYPE_NEW_SERVER, SERVICE_UIM);
  if (bus.plugged)
    tell (client, QRTR_TYPE_NEW_SERVER, SERVICE_DMS);
  tell (client, QRTR_TYPE_NEW_SERVER, 0);
}

static void
take_datagram (guint index, const guint8 *datagram, gsize length)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  guint8 qmux[6] = {0x01, 0, 0, 0, 0, (guint8) (index + 1)};
  Head head;

  if (length < sizeof head)
    return;
  memcpy (&head, datagram, sizeof head);
  if (head.port == QRTR_PORT_CTRL) {
    take_lookup (&bus.clients[index]);
    return;
  }
  if (!bus.plugged || head.node != QRTR_BUS_NODE || bus.peer == NULL)
    return;
  qmux[1] = (length - sizeof head + 5) & 0xFF;
  qmux[2] = (length - sizeof head + 5) >> 8 & 0xFF;
  qmux[4] = (guint8) head.port;
  g_byte_array_append (frame, qmux, sizeof qmux);
  g_byte_array_append (frame, datagram + sizeof head, (guint) (length - sizeof head));
  qmi_peer_take (bus.peer, frame->data, frame->len);
}

static gpointer
run (gpointer data)
{
  g_autofree guint8 *datagram = g_malloc (DATAGRAM_MAX);

  g_mutex_lock (&bus.lock);
  while (bus.running) {
    struct pollfd polled[CLIENTS + 1];
    eventfd_t value;

    for (guint i = 0; i < CLIENTS; i++)
      polled[i] = (struct pollfd){.fd = bus.clients[i].far, .events = POLLIN};
    polled[CLIENTS] = (struct pollfd){.fd = bus.wake, .events = POLLIN};
    g_mutex_unlock (&bus.lock);
    (void) poll (polled, CLIENTS + 1, -1);
    g_mutex_lock (&bus.lock);
    if (polled[CLIENTS].revents != 0)
      (void) eventfd_read (bus.wake, &value);
    for (guint i = 0; i < CLIENTS; i++)
      if ((polled[i].revents & POLLIN) != 0 && polled[i].fd == bus.clients[i].far) {
        gssize n = read (bus.clients[i].far, datagram, DATAGRAM_MAX);

        if (n > 0)
          take_datagram (i, datagram, (gsize) n);
      }
  }
  g_mutex_unlock (&bus.lock);
  return NULL;
}

static void
wake (void)
{
  (void) eventfd_write (bus.wake, 1);
}

void
qrtr_bus_start (QmiPeer *peer)
{
  bus.running = TRUE;
  bus.peer = peer;
  bus.has_card = peer != NULL;
  if (peer != NULL)
    peer->sink = on_frame;
  for (guint i = 0; i < CLIENTS; i++)
    bus.clients[i] = (Client){-1, -1, FALSE};
  bus.wake = eventfd (0, EFD_CLOEXEC);
  bus.thread = g_thread_new ("qrtr-bus", run, NULL);
}

static void
set_plugged (gboolean plugged, gboolean has_card)
{
  guint32 command = plugged ? QRTR_TYPE_NEW_SERVER : QRTR_TYPE_DEL_SERVER;

  g_mutex_lock (&bus.lock);
  if (bus.has_card)
    tell_all (command, SERVICE_UIM);
  if (bus.plugged != plugged)
    tell_all (command, SERVICE_DMS);
  bus.plugged = plugged;
  bus.has_card = has_card;
  g_mutex_unlock (&bus.lock);
}

void
qrtr_bus_plug (void)
{
  set_plugged (TRUE, bus.peer != NULL);
}

void
qrtr_bus_unplug (void)
{
  set_plugged (FALSE, FALSE);
}

void
qrtr_bus_drop_card_service (void)
{
  g_mutex_lock (&bus.lock);
  bus.has_card = FALSE;
  tell_all (QRTR_TYPE_DEL_SERVER, SERVICE_UIM);
  g_mutex_unlock (&bus.lock);
}

void
qrtr_bus_stop (void)
{
  g_mutex_lock (&bus.lock);
  bus.running = FALSE;
  bus.plugged = FALSE;
  g_mutex_unlock (&bus.lock);
  wake ();
  g_thread_join (bus.thread);
  for (guint i = 0; i < CLIENTS; i++)
    if (bus.clients[i].far >= 0)
      (void) syscall (SYS_close, bus.clients[i].far);
  (void) syscall (SYS_close, bus.wake);
}

/* -- in the place of the C library's -- */

static int
make_socket (void)
{
  int pair[2];

  g_mutex_lock (&bus.lock);
  for (guint i = 0; bus.running && i < CLIENTS; i++)
    if (bus.clients[i].near < 0 && socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0) {
      bus.clients[i] = (Client){pair[0], pair[1], FALSE};
      g_mutex_unlock (&bus.lock);
      wake ();
      return pair[0];
    }
  g_mutex_unlock (&bus.lock);
  errno = EAFNOSUPPORT;
  return -1;
}

static gboolean
is_of_bus (int fd)
{
  gboolean found;

  g_mutex_lock (&bus.lock);
  found = find_client (fd) != NULL;
  g_mutex_unlock (&bus.lock);
  return found;
}

int
socket (int domain, int type, int protocol)
{
  if (domain == AF_QIPCRTR)
    return make_socket ();
  return (int) syscall (SYS_socket, domain, type, protocol);
}

int
close (int fd)
{
  Client *client;

  g_mutex_lock (&bus.lock);
  client = find_client (fd);
  if (client != NULL) {
    if (bus.peer != NULL)
      bus.peer->cids[client - bus.clients] = 0;
    (void) syscall (SYS_close, client->far);
    *client = (Client){-1, -1, FALSE};
  }
  g_mutex_unlock (&bus.lock);
  if (client != NULL)
    wake ();
  return (int) syscall (SYS_close, fd);
}

static void
set_address (struct sockaddr_qrtr *address, socklen_t *length, guint32 node, guint32 port)
{
  *address = (struct sockaddr_qrtr){.sq_family = AF_QIPCRTR, .sq_node = node, .sq_port = port};
  *length = sizeof *address;
}

int
getsockname (int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
  if (!is_of_bus (fd))
    return (int) syscall (SYS_getsockname, fd, address, length);
  set_address ((struct sockaddr_qrtr *) address, length, 1, CLIENT_PORT);
  return 0;
}

ssize_t
sendto (int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t length)
{
  const struct sockaddr_qrtr *to = (const struct sockaddr_qrtr *) address;
  g_autofree guint8 *datagram = NULL;
  Head head;

  if (!is_of_bus (fd))
    return syscall (SYS_sendto, fd, data, size, flags, address, length);
  head = (Head){to->sq_node, to->sq_port};
  datagram = g_malloc (sizeof head + size);
  memcpy (datagram, &head, sizeof head);
  memcpy (datagram + sizeof head, data, size);
  return write (fd, datagram, sizeof head + size) < 0 ? -1 : (ssize_t) size;
}

static ssize_t
receive (int fd, void *data, size_t size, int flags, Head *head)
{
  g_autofree guint8 *datagram = g_malloc (DATAGRAM_MAX);
  ssize_t n = syscall (SYS_recvfrom, fd, datagram, DATAGRAM_MAX, flags, NULL, NULL);

  if (n < (ssize_t) sizeof *head)
    return n < 0 ? n : 0;
  memcpy (head, datagram, sizeof *head);
  n -= (ssize_t) sizeof *head;
  memcpy (data, datagram + sizeof *head, MIN ((size_t) n, size));
  return MIN (n, (ssize_t) size);
}

ssize_t
recv (int fd, void *data, size_t size, int flags)
{
  Head head;

  if (!is_of_bus (fd))
    return syscall (SYS_recvfrom, fd, data, size, flags, NULL, NULL);
  return receive (fd, data, size, flags, &head);
}

ssize_t
recvmsg (int fd, struct msghdr *message, int flags)
{
  Head head = {0, 0};
  ssize_t n;

  if (!is_of_bus (fd))
    return syscall (SYS_recvmsg, fd, message, flags);
  n = receive (fd, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len, flags, &head);
  if (n >= 0 && message->msg_name != NULL)
    set_address (message->msg_name, &message->msg_namelen, head.node, head.port);
  message->msg_controllen = 0;
  message->msg_flags = 0;
  return n;
}
