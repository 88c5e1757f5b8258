/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm-fixture.h"

#include <string.h>

#include "esim-error.h"

#define TIMEOUT 20000
#define ROUNDS 8

typedef struct {
  MmFixture *fixture;
  const char *name;
} Caller;

static void
note (EsimMmModem *modem, const char *sign, MmFixture *f)
{
  g_autofree char *state = esim_mm_modem_describe_state (modem);

  g_string_append_printf (f->trace, "%s%s:%s:%s ", sign, strrchr (modem->uid, '/') + 1, state,
                          modem->iccid != NULL ? modem->iccid + 18 : "none");
}

static void
on_added (EsimModemManager *manager, EsimMmModem *modem, MmFixture *f)
{
  note (modem, "+", f);
}

static void
on_changed (EsimModemManager *manager, EsimMmModem *modem, MmFixture *f)
{
  note (modem, "~", f);
}

static void
on_removed (EsimModemManager *manager, EsimMmModem *modem, MmFixture *f)
{
  note (modem, "-", f);
}

void
mm_fixture_set_up (MmFixture *f, gconstpointer data)
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

void
mm_fixture_tear_down (MmFixture *f, gconstpointer data)
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

void
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

void
assert_trace (MmFixture *f, const char *expected)
{
  g_assert_cmpstr (f->trace->str, ==, expected);
  g_string_truncate (f->trace, 0);
}

void
expect (MmFixture *f, const char *expected)
{
  await (f->trace, expected);
  assert_trace (f, expected);
}

void
expect_calls (MmFixture *f, const char *expected)
{
  g_assert_cmpstr (mm_peer_take_calls (f->peer), ==, expected);
}

void
hold (MmFixture *f, const char *uid, const char *device, guint timeout, const char *name)
{
  Caller *caller = g_new (Caller, 1);

  *caller = (Caller){f, name};
  esim_modem_manager_hold (f->manager, uid, device, timeout, on_done, caller);
}

void
verify (MmFixture *f, const char *iccid, guint timeout, const char *name)
{
  Caller *caller = g_new (Caller, 1);

  *caller = (Caller){f, name};
  esim_modem_manager_verify (f->manager, UID, NODE, iccid, timeout, on_done, caller);
}

void
release (MmFixture *f, guint delay)
{
  esim_modem_manager_release (f->manager, UID, NODE, delay);
}

static void
on_pong (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

/* What one says goes the way of the question and back in order; an answer may lead to the next question. */
void
settle (MmFixture *f)
{
  const char *name = mm_peer_get_name (f->peer);

  for (guint i = 0; i < ROUNDS; i++) {
    gboolean there_and_back = FALSE;

    g_dbus_connection_call (f->connection, name != NULL ? name : "org.freedesktop.DBus", "/",
                            "org.freedesktop.DBus.Peer", "Ping", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, TIMEOUT,
                            NULL, on_pong, &there_and_back);
    while (!there_and_back)
      g_main_context_iteration (NULL, TRUE);
  }
}

void
begin (MmFixture *f)
{
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID));
  mm_peer_appear (f->peer);
  esim_modem_manager_start (f->manager);
  expect (f, "+1-1:registered:17 ");
  (void) mm_peer_take_calls (f->peer);
}
