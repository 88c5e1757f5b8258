/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a network namespace of our own: the proxies' sockets are one a namespace. */
#include "esim-proxy-starter.h"

#include "isolate.h"
#include "played-bus.h"

#include <gio/gunixsocketaddress.h>

#define NAME "org.freedesktop.systemd1"
#define PATH "/org/freedesktop/systemd1"

static const char introspection[] =
    "<node><interface name='org.freedesktop.systemd1.Manager'><method name='StartUnit'>"
    "<arg type='s' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='o' direction='out'/></method></interface></node>";

/* A systemd that is not there. */
typedef struct {
  PlayedBus *bus;
  EsimProxyStarter *starter;
  GString *asked;
  const char *refuses; /* the error's name */
  GDBusMethodInvocation *kept;
  gboolean is_slow;
} Fixture;

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  Fixture *f = data;
  const char *unit, *mode;

  g_variant_get (parameters, "(&s&s)", &unit, &mode);
  g_assert_cmpstr (mode, ==, "replace");
  g_string_append_printf (f->asked, "%s\n", unit);
  if (f->refuses != NULL)
    g_dbus_method_invocation_return_dbus_error (invocation, f->refuses, "Unit is masked.");
  else if (f->is_slow)
    f->kept = invocation;
  else
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(o)", "/org/freedesktop/systemd1/job/1"));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->bus = played_bus_new ();
  f->asked = g_string_new (NULL);
  f->starter = esim_proxy_starter_new (f->bus->ours);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_pointer (&f->starter, esim_proxy_starter_free);
  played_bus_settle (f->bus);
  played_bus_free (f->bus);
  g_string_free (f->asked, TRUE);
}

static void
appear (Fixture *f)
{
  played_bus_appear (f->bus, NAME, PATH, introspection, on_call, f);
}

static void
assert_asked (Fixture *f, const char *expected)
{
  played_bus_settle (f->bus);
  g_assert_cmpstr (f->asked->str, ==, expected);
  g_string_truncate (f->asked, 0);
}

static GSocket *
listen_at (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, &error);
  g_autoptr (GSocketAddress) address =
      g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, FALSE, &error));
  g_assert_no_error (error);
  g_socket_set_listen_backlog (socket, 1);
  g_assert_true (g_socket_listen (socket, &error));
  g_assert_no_error (error);
  return g_steal_pointer (&socket);
}

static void
test_nobody_listens (Fixture *f, gconstpointer data)
{
  appear (f);
  esim_proxy_starter_want (f->starter, ESIM_PROXY_MBIM);
  assert_asked (f, "esimd-mbim-proxy.service\n");
  esim_proxy_starter_want (f->starter, ESIM_PROXY_QMI);
  assert_asked (f, "esimd-qmi-proxy.service\n");
  esim_proxy_starter_want (f->starter, ESIM_PROXY_MBIM);
  assert_asked (f, "esimd-mbim-proxy.service\n");
}

static void
test_somebody_listens (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) proxy = listen_at ("qmi-proxy");

  appear (f);
  /* More often than its backlog holds. */
  for (guint i = 0; i < 5; i++)
    esim_proxy_starter_want (f->starter, ESIM_PROXY_QMI);
  assert_asked (f, "");
  esim_proxy_starter_want (f->starter, ESIM_PROXY_MBIM);
  assert_asked (f, "esimd-mbim-proxy.service\n");
  g_assert_true (g_socket_close (proxy, NULL));
  esim_proxy_starter_want (f->starter, ESIM_PROXY_QMI);
  assert_asked (f, "esimd-qmi-proxy.service\n");
}

/* Several cards want it at one moment. */
static void
test_asked_once_at_a_time (Fixture *f, gconstpointer data)
{
  f->is_slow = TRUE;
  appear (f);
  for (guint i = 0; i < 3; i++)
    esim_proxy_starter_want (f->starter, ESIM_PROXY_MBIM);
  assert_asked (f, "esimd-mbim-proxy.service\n");
  f->is_slow = FALSE;
  esim_proxy_starter_want (f->starter, ESIM_PROXY_QMI);
  assert_asked (f, "esimd-qmi-proxy.service\n");
  g_dbus_method_invocation_return_value (f->kept, g_variant_new ("(o)", "/org/freedesktop/systemd1/job/1"));
  played_bus_settle (f->bus);
  esim_proxy_starter_want (f->starter, ESIM_PROXY_MBIM);
  assert_asked (f, "esimd-mbim-proxy.service\n");
}

/* Silently; and systemd may come later. */
static void
test_no_systemd (Fixture *f, gconstpointer data)
{
  esim_proxy_starter_want (f->starter, ESIM_PROXY_MBIM);
  assert_asked (f, "");
  appear (f);
  esim_proxy_starter_want (f->starter, ESIM_PROXY_MBIM);
  assert_asked (f, "esimd-mbim-proxy.service\n");
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  f->refuses = "org.freedesktop.systemd1.UnitMasked";
  appear (f);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                         "systemd did not start esimd-mbim-proxy.service: Unit is masked.");
  esim_proxy_starter_want (f->starter, ESIM_PROXY_MBIM);
  assert_asked (f, "esimd-mbim-proxy.service\n");
  g_test_assert_expected_messages ();
}

static gpointer
want (gpointer data)
{
  esim_proxy_starter_want (data, ESIM_PROXY_QMI);
  return NULL;
}

static void
test_other_thread (Fixture *f, gconstpointer data)
{
  appear (f);
  g_thread_join (g_thread_new (NULL, want, f->starter));
  g_assert_cmpstr (f->asked->str, ==, "");
  assert_asked (f, "esimd-qmi-proxy.service\n");
}

/* With a wish on its way to main, and with a call on its way to systemd. */
static void
test_freed (Fixture *f, gconstpointer data)
{
  f->is_slow = TRUE;
  appear (f);
  esim_proxy_starter_want (f->starter, ESIM_PROXY_MBIM);
  assert_asked (f, "esimd-mbim-proxy.service\n");
  esim_proxy_starter_want (f->starter, ESIM_PROXY_QMI);
  g_clear_pointer (&f->starter, esim_proxy_starter_free);
  assert_asked (f, "");
  g_dbus_method_invocation_return_value (f->kept, g_variant_new ("(o)", "/org/freedesktop/systemd1/job/1"));
}

int
main (int argc, char **argv)
{
  if (!isolate ()) {
    g_print ("1..0 # SKIP this machine gives us no network namespace\n");
    return 0;
  }
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/proxy-starter/nobody-listens", Fixture, NULL, set_up, test_nobody_listens, tear_down);
  g_test_add ("/proxy-starter/somebody-listens", Fixture, NULL, set_up, test_somebody_listens, tear_down);
  g_test_add ("/proxy-starter/asked-once-at-a-time", Fixture, NULL, set_up, test_asked_once_at_a_time,
              tear_down);
  g_test_add ("/proxy-starter/no-systemd", Fixture, NULL, set_up, test_no_systemd, tear_down);
  g_test_add ("/proxy-starter/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/proxy-starter/other-thread", Fixture, NULL, set_up, test_other_thread, tear_down);
  g_test_add ("/proxy-starter/freed", Fixture, NULL, set_up, test_freed, tear_down);
  return g_test_run ();
}
