/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-sleep.h"

#include "played-bus.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#define NAME "org.freedesktop.login1"
#define PATH "/org/freedesktop/login1"
#define MANAGER "org.freedesktop.login1.Manager"

static const char introspection[] = "<node><interface name='" MANAGER "'><method name='Inhibit'>"
                                    "<arg type='s' direction='in'/><arg type='s' direction='in'/>"
                                    "<arg type='s' direction='in'/><arg type='s' direction='in'/>"
                                    "<arg type='h' direction='out'/></method></interface></node>";

/* A logind that is not there, with one sleeper. */
typedef struct {
  PlayedBus *bus;
  EsimSleep *sleep;
  guint n_asked;
  guint n_resumed;
  int end;          /* logind's of the lock that was given last; -1: none */
  gboolean refuses; /* as logind does while the machine goes to sleep */
  gboolean is_slow; /* keeps the call */
  gboolean is_silly;
  GDBusMethodInvocation *kept;
} Fixture;

static void
give (Fixture *f, GDBusMethodInvocation *invocation)
{
  g_autoptr (GUnixFDList) fds = NULL;
  int ends[2];

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC | O_NONBLOCK), ==, 0);
  if (f->end >= 0)
    close (f->end);
  f->end = ends[0];
  fds = g_unix_fd_list_new_from_array (&ends[1], 1);
  g_dbus_method_invocation_return_value_with_unix_fd_list (invocation, g_variant_new ("(h)", 0), fds);
}

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  Fixture *f = data;
  const char *what, *who, *why, *mode;

  g_variant_get (parameters, "(&s&s&s&s)", &what, &who, &why, &mode);
  g_assert_cmpstr (what, ==, "sleep");
  g_assert_cmpstr (who, ==, "esimd");
  g_assert_cmpstr (why, !=, "");
  g_assert_cmpstr (mode, ==, "delay");
  f->n_asked++;
  if (f->refuses)
    g_dbus_method_invocation_return_dbus_error (invocation, NAME ".OperationInProgress", "going to sleep");
  else if (f->is_silly)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(h)", 7));
  else if (f->is_slow)
    f->kept = invocation;
  else
    give (f, invocation);
}

/* As logind sees it: the other end of the pipe is open. */
static gboolean
has_lock (Fixture *f)
{
  char octet;

  return f->end >= 0 && read (f->end, &octet, 1) < 0 && errno == EAGAIN;
}

static void
on_resumed (EsimSleep *sleep, Fixture *f)
{
  f->n_resumed++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->bus = played_bus_new ();
  f->end = -1;
  f->sleep = esim_sleep_new (f->bus->ours);
  g_signal_connect (f->sleep, "resumed", G_CALLBACK (on_resumed), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->sleep);
  played_bus_free (f->bus);
  if (f->end >= 0)
    close (f->end);
}

static void
appear (Fixture *f)
{
  played_bus_appear (f->bus, NAME, PATH, introspection, on_call, f);
  played_bus_settle (f->bus);
}

static void
announce (Fixture *f, GVariant *what)
{
  g_assert_true (
      g_dbus_connection_emit_signal (f->bus->theirs, NULL, PATH, MANAGER, "PrepareForSleep", what, NULL));
  played_bus_settle (f->bus);
}

static void
test_hold (Fixture *f, gconstpointer data)
{
  esim_sleep_start (f->sleep);
  appear (f);
  g_assert_cmpuint (f->n_asked, ==, 0);
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  g_assert_true (has_lock (f));
  esim_sleep_hold (f->sleep);
  esim_sleep_release (f->sleep);
  played_bus_settle (f->bus);
  g_assert_true (has_lock (f));
  g_assert_cmpuint (f->n_asked, ==, 1);
  esim_sleep_release (f->sleep);
  played_bus_settle (f->bus);
  g_assert_false (has_lock (f));
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  g_assert_true (has_lock (f));
  g_assert_cmpuint (f->n_asked, ==, 2);
  esim_sleep_release (f->sleep);
}

/* A lock that comes when nobody wants it any more is given back; one that is wanted again is not asked for
 * twice. */
static void
test_late_lock (Fixture *f, gconstpointer data)
{
  f->is_slow = TRUE;
  esim_sleep_start (f->sleep);
  appear (f);
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  esim_sleep_release (f->sleep);
  played_bus_settle (f->bus);
  give (f, f->kept);
  played_bus_settle (f->bus);
  g_assert_false (has_lock (f));
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  esim_sleep_release (f->sleep);
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  give (f, f->kept);
  played_bus_settle (f->bus);
  g_assert_true (has_lock (f));
  g_assert_cmpuint (f->n_asked, ==, 2);
}

static void
test_no_logind (Fixture *f, gconstpointer data)
{
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  esim_sleep_start (f->sleep);
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  esim_sleep_release (f->sleep);
  played_bus_settle (f->bus);
  g_assert_cmpuint (f->n_asked, ==, 0);
  /* It comes while something is under way, goes, and another one comes. */
  appear (f);
  g_assert_true (has_lock (f));
  played_bus_vanish (f->bus);
  played_bus_settle (f->bus);
  g_assert_false (has_lock (f));
  appear (f);
  g_assert_true (has_lock (f));
  g_assert_cmpuint (f->n_asked, ==, 2);
}

/* The answer of a logind that is gone is no lock, and its successor is asked all the same. */
static void
test_gone_before_its_answer (Fixture *f, gconstpointer data)
{
  g_autoptr (GDBusMethodInvocation) never = NULL;

  f->is_slow = TRUE;
  esim_sleep_start (f->sleep);
  appear (f);
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  g_assert_cmpuint (f->n_asked, ==, 1);
  never = g_steal_pointer (&f->kept);
  played_bus_vanish (f->bus);
  played_bus_settle (f->bus);
  f->is_slow = FALSE;
  appear (f);
  g_assert_true (has_lock (f));
  g_assert_cmpuint (f->n_asked, ==, 2);
}

static void
test_resumed (Fixture *f, gconstpointer data)
{
  esim_sleep_start (f->sleep);
  esim_sleep_start (f->sleep);
  appear (f);
  announce (f, g_variant_new ("(b)", TRUE));
  g_assert_cmpuint (f->n_resumed, ==, 0);
  announce (f, g_variant_new ("(b)", FALSE));
  g_assert_cmpuint (f->n_resumed, ==, 1);
  announce (f, g_variant_new ("(s)", "soon"));
  g_assert_cmpuint (f->n_resumed, ==, 1);
}

/* While the machine is on its way to sleep no lock is given; afterwards it is asked for again. */
static void
test_refused (Fixture *f, gconstpointer data)
{
  f->refuses = TRUE;
  esim_sleep_start (f->sleep);
  appear (f);
  announce (f, g_variant_new ("(b)", TRUE));
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  g_assert_cmpuint (f->n_asked, ==, 1);
  g_assert_false (has_lock (f));
  f->refuses = FALSE;
  announce (f, g_variant_new ("(b)", FALSE));
  g_assert_true (has_lock (f));
  g_assert_cmpuint (f->n_asked, ==, 2);
}

static void
test_no_descriptor (Fixture *f, gconstpointer data)
{
  f->is_silly = TRUE;
  esim_sleep_start (f->sleep);
  appear (f);
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  g_assert_cmpuint (f->n_asked, ==, 1);
  g_assert_false (has_lock (f));
  esim_sleep_release (f->sleep);
}

/* Anybody may send a signal; only that of the name's owner counts. */
static void
test_stranger (Fixture *f, gconstpointer data)
{
  esim_sleep_start (f->sleep);
  appear (f);
  g_assert_true (g_dbus_connection_emit_signal (f->bus->ours, NULL, PATH, MANAGER, "PrepareForSleep",
                                                g_variant_new ("(b)", FALSE), NULL));
  played_bus_settle (f->bus);
  g_assert_cmpuint (f->n_resumed, ==, 0);
}

static gpointer
hold_and_release (gpointer data)
{
  for (guint i = 0; i < 100; i++) {
    esim_sleep_hold (data);
    esim_sleep_release (data);
  }
  esim_sleep_hold (data);
  return NULL;
}

static void
test_threads (Fixture *f, gconstpointer data)
{
  GThread *threads[4];

  esim_sleep_start (f->sleep);
  appear (f);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, hold_and_release, f->sleep);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  played_bus_settle (f->bus);
  g_assert_true (has_lock (f));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    esim_sleep_release (f->sleep);
  played_bus_settle (f->bus);
  g_assert_false (has_lock (f));
}

/* With a lock in hand and a call on its way: nothing stays open. */
static void
test_freed (Fixture *f, gconstpointer data)
{
  esim_sleep_start (f->sleep);
  appear (f);
  esim_sleep_hold (f->sleep);
  played_bus_settle (f->bus);
  g_assert_true (has_lock (f));
  g_object_run_dispose (G_OBJECT (f->sleep));
  g_assert_false (has_lock (f));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/sleep/hold", Fixture, NULL, set_up, test_hold, tear_down);
  g_test_add ("/sleep/late-lock", Fixture, NULL, set_up, test_late_lock, tear_down);
  g_test_add ("/sleep/no-logind", Fixture, NULL, set_up, test_no_logind, tear_down);
  g_test_add ("/sleep/gone-before-its-answer", Fixture, NULL, set_up, test_gone_before_its_answer, tear_down);
  g_test_add ("/sleep/resumed", Fixture, NULL, set_up, test_resumed, tear_down);
  g_test_add ("/sleep/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/sleep/no-descriptor", Fixture, NULL, set_up, test_no_descriptor, tear_down);
  g_test_add ("/sleep/stranger", Fixture, NULL, set_up, test_stranger, tear_down);
  g_test_add ("/sleep/threads", Fixture, NULL, set_up, test_threads, tear_down);
  g_test_add ("/sleep/freed", Fixture, NULL, set_up, test_freed, tear_down);
  return g_test_run ();
}
