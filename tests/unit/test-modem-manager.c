/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm-fixture.h"

#include <string.h>

#include "esim-error.h"

static void
test_comes_and_goes (MmFixture *f, gconstpointer data)
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
test_rest (MmFixture *f, gconstpointer data)
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
test_verify (MmFixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, NODE, MANY, "held");
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

static void
test_verify_times_out (MmFixture *f, gconstpointer data)
{
  begin (f);
  verify (f, OLD_ICCID, MANY, "right");
  expect (f, "right ");
  verify (f, NEW_ICCID, 10, "wrong");
  verify (f, NULL, 10, "full");
  verify (f, NEW_ICCID, MANY, "patient");
  await (f->trace, "full!RefreshFailed ");
  await (f->trace, "wrong!RefreshFailed ");
  g_assert_null (strstr (f->trace->str, "patient"));
  g_string_truncate (f->trace, 0);
  mm_peer_change (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (NEW_ICCID), "sim");
  expect (f, "~1-1:registered:25 patient ");
}

/* What is said of it: which ICCID, masked, and what to do. */
static void
on_refresh_failed (const GError *error, gpointer data)
{
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_REFRESH_FAILED);
  g_assert_nonnull (strstr (error->message, data));
  g_assert_nonnull (strstr (error->message, "…0025"));
  g_assert_null (strstr (error->message, OLD_ICCID));
  g_assert_null (strstr (error->message, NEW_ICCID));
  g_assert_nonnull (strstr (error->message, "restart ModemManager"));
  *(char *) data = '\0';
}

static void
await_failure (MmFixture *f, char *words)
{
  esim_modem_manager_verify (f->manager, UID, NODE, NEW_ICCID, 10, on_refresh_failed, words);
  while (*words != '\0')
    g_main_context_iteration (NULL, TRUE);
}

static void
test_verify_says_why (MmFixture *f, gconstpointer data)
{
  char stale[] = "still shows the ICCID …0017 (registered)";
  char empty[] = "shows no SIM (failed: esim-without-profiles)";
  char gone[] = "does not show the modem";

  begin (f);
  await_failure (f, stale);
  mm_peer_change (f->peer, MODEM_PATH ("0"), NO_PROFILE, NULL, "state");
  expect (f, "~1-1:failed: esim-without-profiles:none ");
  await_failure (f, empty);
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held ");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("0"));
  release (f, 0);
  await_failure (f, gone);
}

static void
test_verify_no_profile (MmFixture *f, gconstpointer data)
{
  begin (f);
  verify (f, NULL, MANY, "none");
  settle (f);
  mm_peer_change (f->peer, MODEM_PATH ("0"), MODEM ("1"), NULL, "state");
  expect (f, "~1-1:initializing:none ");
  mm_peer_change (f->peer, MODEM_PATH ("0"), NO_PROFILE, NULL, "state");
  expect (f, "~1-1:failed: esim-without-profiles:none none ");
}

static void
test_verify_nobody (MmFixture *f, gconstpointer data)
{
  verify (f, NEW_ICCID, MANY, "early");
  settle (f);
  assert_trace (f, "");
  esim_modem_manager_start (f->manager);
  expect (f, "early ");
  verify (f, NEW_ICCID, MANY, "absent");
  assert_trace (f, "");
  expect (f, "absent ");
  mm_peer_appear (f->peer);
  settle (f);
  verify (f, NEW_ICCID, MANY, "unknown");
  expect (f, "unknown ");
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID));
  expect (f, "+1-1:registered:17 ");
  verify (f, NEW_ICCID, MANY, "crash");
  settle (f);
  assert_trace (f, "");
  mm_peer_crash (f->peer);
  expect (f, "-1-1:registered:17 crash ");
}

/* An ICCID that was there before the card was changed says nothing. */
static void
test_verify_while_held (MmFixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held ");
  verify (f, OLD_ICCID, MANY, "checked");
  settle (f);
  assert_trace (f, "");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("0"));
  release (f, 0);
  settle (f);
  assert_trace (f, "");
  mm_peer_add_modem (f->peer, MODEM_PATH ("1"), REGISTERED, SIM (OLD_ICCID));
  expect (f, "~1-1:registered:17 checked ");
}

static void
test_garbage (MmFixture *f, gconstpointer data)
{
  begin (f);
  mm_peer_emit (f->peer, "/org/freedesktop/ModemManager1", "org.freedesktop.DBus.ObjectManager",
                "InterfacesAdded", "('no path', 5)");
  mm_peer_emit (f->peer, "/org/freedesktop/ModemManager1", "org.freedesktop.DBus.ObjectManager",
                "InterfacesRemoved", "(7,)");
  mm_peer_emit (f->peer, "/org/freedesktop/ModemManager1", "org.freedesktop.DBus.ObjectManager", "Unheard",
                "(7,)");
  mm_peer_emit (f->peer, MODEM_PATH ("9"), "org.freedesktop.ModemManager1.Modem", "StateChanged", "('x',)");
  mm_peer_add_modem (f->peer, MODEM_PATH ("1"), "{'Device': <7>}", NULL);
  settle (f);
  assert_trace (f, "");
  /* Its SIM cannot be read, and then it says nonsense. */
  mm_peer_add_modem (f->peer, MODEM_PATH ("2"), MODEM_IN (OTHER_UID, "cdc-wdm1", "8", SIM_PATH ("7")), NULL);
  expect (f, "+1-2:registered:none ");
  mm_peer_change (f->peer, MODEM_PATH ("2"), "{'Device': <'/x/y'>, 'State': <'8'>}", NULL, "state");
  expect (f, "-1-2:registered:none +y:unknown:none ");
  mm_peer_change (f->peer, MODEM_PATH ("2"), "{'Device': <''>}", NULL, "state");
  expect (f, "-y:unknown:none ");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("2"));
  mm_peer_remove_modem (f->peer, MODEM_PATH ("1"));
  settle (f);
  assert_trace (f, "");
}

/* Only the owner of the name is believed. */
static void
test_forged (MmFixture *f, gconstpointer data)
{
  begin (f);
  mm_peer_forge (f->bus, "/org/freedesktop/ModemManager1", "org.freedesktop.DBus.ObjectManager",
                 "InterfacesRemoved",
                 "(objectpath '" MODEM_PATH ("0") "', ['org.freedesktop.ModemManager1.Modem'])");
  mm_peer_forge (f->bus, MODEM_PATH ("0"), "org.freedesktop.ModemManager1.Modem", "StateChanged",
                 "(8, 3, uint32 0)");
  mm_peer_forge (
      f->bus, "/org/freedesktop/ModemManager1", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
      "(objectpath '" MODEM_PATH ("7") "', {'org.freedesktop.ModemManager1.Modem': " REGISTERED "})");
  settle (f);
  assert_trace (f, "");
  expect_calls (f, "");
}

static void
test_too_many (MmFixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) list = NULL;

  begin (f);
  for (guint i = 1; i < 32; i++) {
    g_autofree char *path = g_strdup_printf (MODEM_PATH ("%u"), i);
    g_autofree char *modem = g_strdup_printf ("{'Device': <'/m/%u'>}", i);

    mm_peer_add_modem (f->peer, path, modem, NULL);
  }
  settle (f);
  g_string_truncate (f->trace, 0);
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*more than 32 modems*");
  mm_peer_add_modem (f->peer, MODEM_PATH ("32"), "{'Device': <'/m/32'>}", NULL);
  settle (f);
  g_test_assert_expected_messages ();
  assert_trace (f, "");
  list = esim_modem_manager_list (f->manager);
  g_assert_cmpuint (list->len, ==, 32);
  g_assert_cmpstr (((EsimMmModem *) list->pdata[0])->uid, ==, "/m/1");
  g_assert_cmpstr (((EsimMmModem *) list->pdata[31])->uid, ==, UID);
  mm_peer_remove_modem (f->peer, MODEM_PATH ("7"));
  expect (f, "-7:unknown:none ");
}

/* By its uid, else by its port; a configured modem has a name of its own. */
static void
test_names (MmFixture *f, gconstpointer data)
{
  begin (f);
  g_assert_nonnull (esim_modem_manager_find (f->manager, UID, NULL));
  g_assert_nonnull (esim_modem_manager_find (f->manager, "lab", NODE));
  g_assert_null (esim_modem_manager_find (f->manager, "lab", "/dev/cdc-wdm1"));
  g_assert_null (esim_modem_manager_find (f->manager, NULL, NULL));
  hold (f, "lab", NODE, MANY, "held");
  expect (f, "held ");
  expect_calls (f, "+" UID " ");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("0"));
  settle (f);
  g_assert_nonnull (esim_modem_manager_find (f->manager, "lab", NODE));
  /* Under its other name it is the same hold. */
  hold (f, UID, NODE, MANY, "again");
  expect (f, "again ");
  esim_modem_manager_release (f->manager, "lab", NODE, 0);
  settle (f);
  expect_calls (f, "");
  esim_modem_manager_release (f->manager, UID, NULL, 0);
  settle (f);
  expect_calls (f, "-" UID " ");
}

/* -- when there is nothing to keep off -- */

static void
test_stop_held (MmFixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held ");
  esim_modem_manager_stop (f->manager);
  settle (f);
  expect_calls (f, "+" UID " -" UID " ");
  g_assert_false (mm_peer_is_inhibited (f->peer));
  hold (f, UID, NODE, MANY, "late");
  verify (f, NULL, MANY, "check");
  release (f, 0);
  assert_trace (f, "");
  expect (f, "late!Cancelled check!Cancelled ");
}

static void
test_stop_waiting (MmFixture *f, gconstpointer data)
{
  begin (f);
  mm_peer_set_inhibit (f->peer, "silent");
  hold (f, UID, NODE, MANY, "held");
  verify (f, NEW_ICCID, MANY, "checked");
  settle (f);
  esim_modem_manager_stop (f->manager);
  assert_trace (f, "held!Cancelled checked!Cancelled ");
  g_clear_object (&f->manager);
  /* Its yes comes too late, and is taken back. */
  mm_peer_answer (f->peer, "");
  settle (f);
  g_assert_true (g_str_has_suffix (mm_peer_take_calls (f->peer), "-" UID " "));
  g_assert_false (mm_peer_is_inhibited (f->peer));
}

/* Whoever asked first is told first. */
static void
test_order (MmFixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, NODE, MANY, "a");
  hold (f, UID, NODE, MANY, "b");
  verify (f, OLD_ICCID, MANY, "not-yet");
  expect (f, "a b ");
  hold (f, UID, NODE, MANY, "c");
  verify (f, OLD_ICCID, MANY, "nor-this");
  expect (f, "c ");
  release (f, 0);
  release (f, 0);
  release (f, 0);
  expect (f, "not-yet nor-this ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_MM_TEST ("/modem-manager/comes-and-goes", test_comes_and_goes);
  ADD_MM_TEST ("/modem-manager/rest", test_rest);
  ADD_MM_TEST ("/modem-manager/garbage", test_garbage);
  ADD_MM_TEST ("/modem-manager/forged", test_forged);
  ADD_MM_TEST ("/modem-manager/too-many", test_too_many);
  ADD_MM_TEST ("/modem-manager/names", test_names);
  ADD_MM_TEST ("/modem-manager/verify", test_verify);
  ADD_MM_TEST ("/modem-manager/verify/times-out", test_verify_times_out);
  ADD_MM_TEST ("/modem-manager/verify/says-why", test_verify_says_why);
  ADD_MM_TEST ("/modem-manager/verify/no-profile", test_verify_no_profile);
  ADD_MM_TEST ("/modem-manager/verify/nobody", test_verify_nobody);
  ADD_MM_TEST ("/modem-manager/verify/while-held", test_verify_while_held);
  ADD_MM_TEST ("/modem-manager/stop/held", test_stop_held);
  ADD_MM_TEST ("/modem-manager/stop/waiting", test_stop_waiting);
  ADD_MM_TEST ("/modem-manager/order", test_order);
  return g_test_run ();
}
