/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What needs the kernel's QRTR is skipped where there is none; the system test has a kernel with it. */
#include "esim-qrtr.h"

#include <linux/qrtr.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "folder.h"

#define UIM 11
#define WDS 1
#define TITLE                                                                                                \
  "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re bi br "  \
  "ha uh gp em\n"
#define PROTOCOL(name)                                                                                       \
  name "   1064      0      -1   NI       0   no   kernel      n  n  n  n  n  n  n  n  n  n  n  n  n  n  n " \
       " n  n  n  n\n"

static void
test_may_be_there (void)
{
  static const struct {
    const char *protocols;
    const char *processor;
    gboolean may_be;
  } cases[] = {
      {NULL, NULL, FALSE},
      {"", NULL, FALSE},
      {TITLE PROTOCOL ("PACKET"), NULL, FALSE},
      {TITLE PROTOCOL ("PACKET") PROTOCOL ("QIPCRTR"), NULL, TRUE},
      {TITLE PROTOCOL ("NOT QIPCRTR"), NULL, FALSE},
      {TITLE PROTOCOL ("PACKET"), "remoteproc0/state", TRUE},
      {NULL, "remoteproc1/state", TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Folder) folder = folder_new ();
    g_autofree char *remoteproc = g_build_filename (folder, "remoteproc", NULL);

    if (cases[i].protocols != NULL)
      folder_put (folder, "protocols", cases[i].protocols);
    if (cases[i].processor != NULL)
      folder_put (remoteproc, cases[i].processor, "running\n");
    g_assert_cmpint (esim_qrtr_may_be_there (folder, remoteproc), ==, cases[i].may_be);
  }
}

static void
on_added (EsimQrtr *qrtr, guint node, const char *device, const char *modem, GString *trace)
{
  g_autofree char *expected = g_strdup_printf ("qrtr:%u", node);

  g_assert_cmpstr (device, ==, expected);
  g_assert_cmpstr (modem, ==, "qcom-soc");
  g_string_append_printf (trace, "+%u\n", node);
}

static void
on_removed (EsimQrtr *qrtr, guint node, const char *device, GString *trace)
{
  g_autofree char *expected = g_strdup_printf ("qrtr:%u", node);

  g_assert_cmpstr (device, ==, expected);
  g_string_append_printf (trace, "-%u\n", node);
}

static EsimQrtr *
follow (EsimQrtrScope scope, GString *trace)
{
  EsimQrtr *qrtr = esim_qrtr_new (scope);

  g_signal_connect (qrtr, "node-added", G_CALLBACK (on_added), trace);
  g_signal_connect (qrtr, "node-removed", G_CALLBACK (on_removed), trace);
  esim_qrtr_start (qrtr);
  esim_qrtr_start (qrtr);
  return qrtr;
}

static gboolean
set_flag (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets what is on its way arrive; how much of it there is, nobody announces. */
static void
settle (void)
{
  gboolean late = FALSE;

  g_timeout_add (200, set_flag, &late);
  while (!late)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_said (GString *trace, const char *expected)
{
  settle ();
  g_assert_cmpstr (trace->str, ==, expected);
  g_string_truncate (trace, 0);
}

/* Wherever the test runs: the daemon does no harm, and asks for nothing that is not there. */
static void
test_start (void)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (EsimQrtr) qrtr = follow (ESIM_QRTR_REMOTE, trace);

  g_clear_object (&qrtr);
  settle ();
  qrtr = follow (ESIM_QRTR_REMOTE, trace);
  settle ();
  g_clear_object (&qrtr);
  g_assert_null (strchr (trace->str, '-'));
}

/* A program of this node that offers services, each by a socket of its own. */
static int
offer (guint32 service, guint32 *node)
{
  struct sockaddr_qrtr address = {0};
  struct qrtr_ctrl_pkt packet = {.cmd = GUINT32_TO_LE (QRTR_TYPE_NEW_SERVER)};
  socklen_t length = sizeof address;
  int fd = socket (AF_QIPCRTR, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  *node = address.sq_node;
  packet.server.service = GUINT32_TO_LE (service);
  packet.server.instance = GUINT32_TO_LE (1);
  packet.server.node = GUINT32_TO_LE (address.sq_node);
  packet.server.port = GUINT32_TO_LE (address.sq_port);
  address.sq_port = QRTR_PORT_CTRL;
  g_assert_cmpint (sendto (fd, &packet, sizeof packet, 0, (struct sockaddr *) &address, sizeof address), ==,
                   sizeof packet);
  return fd;
}

static gboolean
has_qrtr (void)
{
  int fd = socket (AF_QIPCRTR, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0) {
    g_test_skip ("this kernel has no QRTR (AF_QIPCRTR)");
    return FALSE;
  }
  close (fd);
  return TRUE;
}

static void
test_comes_and_goes (void)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (EsimQrtr) qrtr = NULL;
  g_autofree char *added = NULL;
  g_autofree char *removed = NULL;
  guint32 node;
  int wds, uim, second;

  if (!has_qrtr ())
    return;
  qrtr = follow (ESIM_QRTR_ALL, trace);
  assert_said (trace, "");
  wds = offer (WDS, &node);
  assert_said (trace, "");
  added = g_strdup_printf ("+%u\n", node);
  removed = g_strdup_printf ("-%u\n", node);
  /* Late, as ModemManager would not see it. */
  uim = offer (UIM, &node);
  assert_said (trace, added);
  second = offer (UIM, &node);
  close (uim);
  assert_said (trace, "");
  close (second);
  assert_said (trace, removed);
  uim = offer (UIM, &node);
  assert_said (trace, added);
  close (uim);
  close (wds);
  assert_said (trace, removed);
}

static void
test_there_already (void)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (EsimQrtr) qrtr = NULL;
  g_autofree char *added = NULL;
  guint32 node;
  int uim;

  if (!has_qrtr ())
    return;
  uim = offer (UIM, &node);
  added = g_strdup_printf ("+%u\n", node);
  qrtr = follow (ESIM_QRTR_ALL, trace);
  assert_said (trace, added);
  /* Nothing is told, and nothing is left at work, once it is gone. */
  g_clear_object (&qrtr);
  close (uim);
  assert_said (trace, "");
}

/* Any user may do what offer() does. */
static void
test_own_node_is_no_modem (void)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (EsimQrtr) qrtr = NULL;
  guint32 node;
  int uim;

  if (!has_qrtr ())
    return;
  qrtr = follow (ESIM_QRTR_REMOTE, trace);
  uim = offer (UIM, &node);
  assert_said (trace, "");
  close (uim);
  assert_said (trace, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qrtr/may-be-there", test_may_be_there);
  g_test_add_func ("/qrtr/start", test_start);
  g_test_add_func ("/qrtr/comes-and-goes", test_comes_and_goes);
  g_test_add_func ("/qrtr/there-already", test_there_already);
  g_test_add_func ("/qrtr/own-node-is-no-modem", test_own_node_is_no_modem);
  return g_test_run ();
}
