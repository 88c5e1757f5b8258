/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-modem-manager.h"

#include "esim-error.h"
#include "mm-peer.h"

#define UID "/sys/devices/pci0000:00/usb1/1-1"
#define OTHER_UID "/sys/devices/pci0000:00/usb1/1-2"
#define MODEM_PATH(n) "/org/freedesktop/ModemManager1/Modem/" n
#define SIM_PATH(n) "/org/freedesktop/ModemManager1/SIM/" n
#define MODEM_IN(uid, node, state, sim)                                                                      \
  "{'Device': <'" uid "'>, 'Ports': <[('" node "', uint32 7)]>, 'State': <" state                            \
  ">, 'StateFailedReason': <uint32 5>, 'Sim': <objectpath '" sim "'>}"
#define MODEM(state) MODEM_IN (UID, "cdc-wdm0", state, SIM_PATH ("0"))
#define REGISTERED MODEM ("8")
#define NO_PROFILE MODEM_IN (UID, "cdc-wdm0", "-1", "/")
#define OLD_ICCID "89882110000000000017"
#define NEW_ICCID "89882110000000000025"
#define SIM(iccid) "{'SimIdentifier': <'" iccid "'>}"
#define NODE "/dev/cdc-wdm0"
#define TIMEOUT 20000
#define MANY 300000

typedef struct {
  GTestDBus *bus;
  MmPeer *peer;
  GDBusConnection *connection;
  EsimModemManager *manager;
  EsimMmLimits limits;
  GString *trace; /* of signals and of what is done */
} Fixture;

typedef struct {
  Fixture *fixture;
  const char *name;
} Caller;

static void
note (EsimMmModem *modem, const char *sign, Fixture *f)
{
  g_autofree char *state = esim_mm_modem_describe_state (modem);

  g_string_append_printf (f->trace, "%s%s:%s:%s ", sign, strrchr (modem->uid, '/') + 1, state,
                          modem->iccid != NULL ? modem->iccid + 18 : "none");
}

static void
on_added (EsimModemManager *manager, EsimMmModem *modem, Fixture *f)
{
  note (modem, "+", f);
}

static void
on_changed (EsimModemManager *manager, EsimMmModem *modem, Fixture *f)
{
  note (modem, "~", f);
}

static void
on_removed (EsimModemManager *manager, EsimMmModem *modem, Fixture *f)
{
  note (modem, "-", f);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (f->bus);
  f->peer = mm_peer_new (f->bus);
  f->connection = mm_peer_connect (f->bus);
  f->manager = esim_modem_manager_new (f->connection);
  f->limits = (EsimMmLimits){MANY, MANY, 20, MANY};
  esim_modem_manager_set_limits (f->manager, &f->limits);
  f->trace = g_string_new (NULL);
  g_signal_connect (f->manager, "modem-added", G_CALLBACK (on_added), f);
  g_signal_connect (f->manager, "modem-changed", G_CALLBACK (on_changed), f);
  g_signal_connect (f->manager, "modem-removed", G_CALLBACK (on_removed), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->manager != NULL)
    g_object_unref (f->manager);
  mm_peer_free (f->peer);
  g_assert_true (g_dbus_connection_close_sync (f->connection, NULL, NULL));
  g_object_unref (f->connection);
  g_string_free (f->trace, TRUE);
  g_test_dbus_stop (f->bus);
  g_object_unref (f->bus);
}

static gboolean
on_late (gpointer data)
{
  g_error ("nothing came: %s", ((GString *) data)->str);
  return G_SOURCE_REMOVE;
}

/* Runs the loop until @trace has this word, and empties it. */
static void
await (GString *trace, const char *word)
{
  guint late = g_timeout_add (TIMEOUT, on_late, trace);

  while (strstr (trace->str, word) == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (late);
}

static void
on_done (const GError *error, gpointer data)
{
  Caller *caller = data;
  GString *trace = caller->fixture->trace;

  if (error == NULL)
    g_string_append_printf (trace, "%s ", caller->name);
  else
    g_string_append_printf (trace, "%s!%s ", caller->name,
                            strrchr (esim_error_get_dbus_name (error), '.') + 1);
  g_free (caller);
}

static void
assert_trace (Fixture *f, const char *expected)
{
  g_assert_cmpstr (f->trace->str, ==, expected);
  g_string_truncate (f->trace, 0);
}

/* Waits for this, which is all that was said then. */
static void
expect (Fixture *f, const char *expected)
{
  await (f->trace, expected);
  assert_trace (f, expected);
}

static void
expect_calls (Fixture *f, const char *expected)
{
  g_assert_cmpstr (mm_peer_take_calls (f->peer), ==, expected);
}

static void
hold (Fixture *f, const char *uid, guint timeout, const char *name)
{
  Caller *caller = g_new (Caller, 1);

  *caller = (Caller){f, name};
  esim_modem_manager_hold (f->manager, uid, NODE, timeout, on_done, caller);
}

static void
verify (Fixture *f, const char *iccid, guint timeout, const char *name)
{
  Caller *caller = g_new (Caller, 1);

  *caller = (Caller){f, name};
  esim_modem_manager_verify (f->manager, UID, NODE, iccid, timeout, on_done, caller);
}

static void
release (Fixture *f, guint delay)
{
  esim_modem_manager_release (f->manager, UID, NODE, delay);
}

/* Until all that is under way on the bus has arrived: three times there and back. */
static void
settle (Fixture *f)
{
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GVariant) pong =
        g_dbus_connection_call_sync (f->connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus.Peer",
                                     "Ping", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);

    g_assert_nonnull (pong);
    while (g_main_context_iteration (NULL, FALSE))
      ;
  }
}

/* The usual beginning: one modem, registered, seen. */
static void
begin (Fixture *f)
{
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID));
  mm_peer_appear (f->peer);
  esim_modem_manager_start (f->manager);
  expect (f, "+1-1:registered:17 ");
  (void) mm_peer_take_calls (f->peer);
}

static void
test_comes_and_goes (Fixture *f, gconstpointer data)
{
  esim_modem_manager_start (f->manager);
  mm_peer_appear (f->peer);
  settle (f);
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), MODEM ("3"), SIM (OLD_ICCID));
  expect (f, "+1-1:disabled:17 ");
  mm_peer_change (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID), "state");
  expect (f, "~1-1:registered:17 ");
  mm_peer_change (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (NEW_ICCID), "sim");
  expect (f, "~1-1:registered:25 ");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("0"));
  expect (f, "-1-1:registered:25 ");
  mm_peer_add_modem (f->peer, MODEM_PATH ("1"), NO_PROFILE, NULL);
  expect (f, "+1-1:failed: esim-without-profiles:none ");
  mm_peer_crash (f->peer);
  expect (f, "-1-1:failed: esim-without-profiles:none ");
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID));
  mm_peer_appear (f->peer);
  expect (f, "+1-1:registered:17 ");
}

/* Signal quality changes all day: that wakes nobody up. */
static void
test_rest (Fixture *f, gconstpointer data)
{
  begin (f);
  mm_peer_change (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID), "modem");
  settle (f);
  expect_calls (f, "");
  verify (f, NEW_ICCID, MANY, "checked");
  settle (f);
  mm_peer_take_calls (f->peer);
  mm_peer_change (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (NEW_ICCID), "modem");
  await (f->trace, "checked");
  g_assert_nonnull (strstr (mm_peer_take_calls (f->peer), "?"));
  mm_peer_change (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID), "modem");
  settle (f);
  expect_calls (f, "");
}

static void
test_hold (Fixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, MANY, "held");
  assert_trace (f, "");
  expect (f, "held ");
  expect_calls (f, "+" UID " ");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("0"));
  settle (f);
  /* It is away because of us. */
  assert_trace (f, "");
  g_assert_nonnull (esim_modem_manager_find (f->manager, UID, NULL));
  release (f, 0);
  settle (f);
  expect_calls (f, "-" UID " ");
  g_assert_false (mm_peer_is_inhibited (f->peer));
  mm_peer_add_modem (f->peer, MODEM_PATH ("1"), REGISTERED, SIM (NEW_ICCID));
  expect (f, "~1-1:registered:25 ");
}

static void
test_verify (Fixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, MANY, "held");
  expect (f, "held ");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("0"));
  release (f, 0);
  verify (f, NEW_ICCID, MANY, "checked");
  settle (f);
  assert_trace (f, "");
  mm_peer_add_modem (f->peer, MODEM_PATH ("1"), MODEM ("1"), SIM (OLD_ICCID));
  expect (f, "~1-1:initializing:17 ");
  mm_peer_change (f->peer, MODEM_PATH ("1"), MODEM ("3"), SIM (NEW_ICCID), "state");
  expect (f, "~1-1:disabled:25 checked ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/modem-manager/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("comes-and-goes", test_comes_and_goes);
  ADD ("rest", test_rest);
  ADD ("hold", test_hold);
  ADD ("verify", test_verify);
  return g_test_run ();
}
