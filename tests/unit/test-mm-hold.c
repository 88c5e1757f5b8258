/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm-fixture.h"

#include <string.h>

static void
test_hold (MmFixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, NODE, MANY, "held");
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
test_hold_nobody (MmFixture *f, gconstpointer data)
{
  hold (f, UID, NODE, MANY, "early");
  settle (f);
  assert_trace (f, "");
  esim_modem_manager_start (f->manager);
  expect (f, "early ");
  hold (f, UID, NODE, MANY, "absent");
  assert_trace (f, "");
  expect (f, "absent ");
  release (f, 0);
  release (f, 0);
  release (f, 0);
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID));
  mm_peer_appear (f->peer);
  expect (f, "+1-1:registered:17 ");
  settle (f);
  g_assert_false (mm_peer_is_inhibited (f->peer));
}

/* It turns up while the card is being changed. */
static void
test_hold_before_it_comes (MmFixture *f, gconstpointer data)
{
  esim_modem_manager_start (f->manager);
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held ");
  mm_peer_set_inhibit (f->peer, "NotFound");
  mm_peer_appear (f->peer);
  settle (f);
  expect_calls (f, "+" UID " ");
  mm_peer_set_inhibit (f->peer, "");
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), MODEM ("1"), SIM (OLD_ICCID));
  expect (f, "+1-1:initializing:17 ");
  settle (f);
  /* Too late to wait. */
  g_assert_true (mm_peer_is_inhibited (f->peer));
  release (f, 0);
  settle (f);
  g_assert_false (mm_peer_is_inhibited (f->peer));
}

static void
test_hold_unknown (MmFixture *f, gconstpointer data)
{
  begin (f);
  mm_peer_set_inhibit (f->peer, "NotFound");
  hold (f, OTHER_UID, NULL, MANY, "unknown");
  expect (f, "unknown ");
  expect_calls (f, "+" OTHER_UID " ");
  esim_modem_manager_release (f->manager, OTHER_UID, NULL, 0);
  settle (f);
  expect_calls (f, "");
}

/* ModemManager has the device and is still probing it: what it reads now is what it will show. */
static void
test_hold_probing (MmFixture *f, gconstpointer data)
{
  mm_peer_appear (f->peer);
  esim_modem_manager_start (f->manager);
  mm_peer_set_inhibit (f->peer, "WrongState");
  hold (f, UID, NODE, MANY, "held");
  settle (f);
  assert_trace (f, "");
  expect_calls (f, "+" UID " ");
  mm_peer_set_inhibit (f->peer, "");
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), MODEM ("1"), SIM (OLD_ICCID));
  expect (f, "+1-1:initializing:17 ");
  mm_peer_change (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID), "state");
  expect (f, "~1-1:registered:17 held ");
  g_assert_true (mm_peer_is_inhibited (f->peer));
}

/* A device that ModemManager never makes a modem of is not waited for twice. */
static void
test_hold_hopeless (MmFixture *f, gconstpointer data)
{
  mm_peer_appear (f->peer);
  esim_modem_manager_start (f->manager);
  mm_peer_set_inhibit (f->peer, "WrongState");
  hold (f, UID, NODE, 10, "first");
  expect (f, "first ");
  release (f, 0);
  hold (f, UID, NODE, MANY, "second");
  expect (f, "second ");
  release (f, 0);
  mm_peer_set_inhibit (f->peer, "");
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID));
  expect (f, "+1-1:registered:17 ");
  hold (f, UID, NODE, MANY, "third");
  expect (f, "third ");
  g_assert_true (mm_peer_is_inhibited (f->peer));
}

/* -- when it is at work -- */

static void
test_transition (MmFixture *f, gconstpointer data)
{
  static const char *const states[] = {MODEM ("0"), MODEM ("1"), MODEM ("4"),
                                       MODEM ("5"), MODEM ("9"), MODEM ("10")};

  begin (f);
  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    mm_peer_change (f->peer, MODEM_PATH ("0"), states[i], SIM (OLD_ICCID), "state");
    await (f->trace, ":17 ");
    g_string_truncate (f->trace, 0);
    mm_peer_take_calls (f->peer);
    hold (f, UID, NODE, MANY, "held");
    settle (f);
    assert_trace (f, "");
    expect_calls (f, "");
    mm_peer_change (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID), "state");
    expect (f, "~1-1:registered:17 held ");
    g_assert_true (mm_peer_is_inhibited (f->peer));
    release (f, 0);
    settle (f);
    g_assert_false (mm_peer_is_inhibited (f->peer));
  }
}

static void
test_settled (MmFixture *f, gconstpointer data)
{
  static const char *const states[] = {MODEM ("-1"), MODEM ("2"), MODEM ("3"),  MODEM ("6"),
                                       MODEM ("7"),  MODEM ("8"), MODEM ("11"), NO_PROFILE};

  begin (f);
  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    mm_peer_change (f->peer, MODEM_PATH ("0"), states[i], SIM (OLD_ICCID), "state");
    settle (f);
    g_string_truncate (f->trace, 0);
    hold (f, UID, NODE, MANY, "held");
    expect (f, "held ");
    g_assert_true (mm_peer_is_inhibited (f->peer));
    release (f, 0);
    settle (f);
  }
}

/* A bad profile makes a modem connect for ever, and is what shall be changed. */
static void
test_transition_without_end (MmFixture *f, gconstpointer data)
{
  begin (f);
  mm_peer_change (f->peer, MODEM_PATH ("0"), MODEM ("10"), SIM (OLD_ICCID), "state");
  expect (f, "~1-1:connecting:17 ");
  hold (f, UID, NODE, 10, "held");
  expect (f, "held ");
  g_assert_true (mm_peer_is_inhibited (f->peer));
}

/* A hold that comes before the list has come waits for it. */
static void
test_hold_early (MmFixture *f, gconstpointer data)
{
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), MODEM ("10"), SIM (OLD_ICCID));
  mm_peer_appear (f->peer);
  hold (f, UID, NODE, MANY, "held");
  esim_modem_manager_start (f->manager);
  expect (f, "+1-1:connecting:17 ");
  settle (f);
  assert_trace (f, "");
  mm_peer_change (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID), "state");
  expect (f, "~1-1:registered:17 held ");
}

/* -- refusals -- */

static void
test_refusals (MmFixture *f, gconstpointer data)
{
  static const char *const cases[][2] = {
      {"InProgress", "held!Busy "}, {"Unauthorized", "held!ModemError "}, {"Failed", "held!ModemError "}};

  begin (f);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    mm_peer_set_inhibit (f->peer, cases[i][0]);
    hold (f, UID, NODE, MANY, "held");
    expect (f, cases[i][1]);
    expect_calls (f, "+" UID " ");
    /* It was not had: there is nothing to release. */
    release (f, 0);
    settle (f);
    expect_calls (f, "");
  }
  mm_peer_set_inhibit (f->peer, "");
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held ");
}

/* It knows the modem, and cannot let go of it. */
static void
test_refused_for_now (MmFixture *f, gconstpointer data)
{
  begin (f);
  mm_peer_set_inhibit (f->peer, "WrongState");
  hold (f, UID, NODE, 10, "held");
  expect (f, "held!Busy ");
  hold (f, UID, NODE, MANY, "held");
  settle (f);
  mm_peer_set_inhibit (f->peer, "");
  mm_peer_change (f->peer, MODEM_PATH ("0"), MODEM ("3"), SIM (OLD_ICCID), "state");
  expect (f, "~1-1:disabled:17 held ");
}

static void
test_no_answer (MmFixture *f, gconstpointer data)
{
  begin (f);
  f->limits.answer = 10;
  esim_modem_manager_set_limits (f->manager, &f->limits);
  mm_peer_set_inhibit (f->peer, "silent");
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held!TimedOut ");
  expect_calls (f, "+" UID " ");
  /* The answer comes after all, and is a yes that nobody wants any more. */
  mm_peer_answer (f->peer, "");
  settle (f);
  expect_calls (f, "-" UID " ");
  g_assert_false (mm_peer_is_inhibited (f->peer));
}

/* -- holds and releases -- */

static void
test_nested (MmFixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, NODE, MANY, "one");
  hold (f, UID, NODE, MANY, "two");
  expect (f, "one two ");
  hold (f, UID, NODE, MANY, "three");
  expect (f, "three ");
  release (f, 0);
  release (f, 0);
  settle (f);
  expect_calls (f, "+" UID " ");
  g_assert_true (mm_peer_is_inhibited (f->peer));
  release (f, 0);
  settle (f);
  expect_calls (f, "-" UID " ");
}

static void
test_delay (MmFixture *f, gconstpointer data)
{
  gint64 begun;

  begin (f);
  hold (f, UID, NODE, MANY, "one");
  expect (f, "one ");
  begun = g_get_monotonic_time ();
  release (f, 100);
  /* The next one goes on with it. */
  hold (f, UID, NODE, MANY, "two");
  expect (f, "two ");
  release (f, 100);
  settle (f);
  expect_calls (f, "+" UID " ");
  while (mm_peer_is_inhibited (f->peer))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_get_monotonic_time () - begun, >=, 100 * 1000);
  expect_calls (f, "-" UID " ");
}

/* While the modem is probed anew nobody can be asked to let go of it: the next hold waits. */
static void
test_next_hold (MmFixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, NODE, MANY, "one");
  expect (f, "one ");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("0"));
  release (f, 0);
  hold (f, UID, NODE, MANY, "two");
  settle (f);
  assert_trace (f, "");
  expect_calls (f, "+" UID " -" UID " ");
  mm_peer_add_modem (f->peer, MODEM_PATH ("1"), MODEM ("3"), SIM (NEW_ICCID));
  expect (f, "~1-1:disabled:25 two ");
  g_assert_nonnull (strstr (mm_peer_take_calls (f->peer), "+" UID));
}

static void
test_release_first (MmFixture *f, gconstpointer data)
{
  begin (f);
  mm_peer_set_inhibit (f->peer, "silent");
  hold (f, UID, NODE, MANY, "held");
  release (f, 0);
  expect (f, "held!Cancelled ");
  settle (f);
  mm_peer_answer (f->peer, "");
  settle (f);
  expect_calls (f, "+" UID " -" UID " ");
  g_assert_false (mm_peer_is_inhibited (f->peer));
}

static void
test_fail_safe (MmFixture *f, gconstpointer data)
{
  begin (f);
  f->limits.fail_safe = 50;
  esim_modem_manager_set_limits (f->manager, &f->limits);
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*too long*");
  hold (f, UID, NODE, MANY, "forgotten");
  expect (f, "forgotten ");
  while (mm_peer_is_inhibited (f->peer))
    g_main_context_iteration (NULL, TRUE);
  g_test_assert_expected_messages ();
  expect_calls (f, "+" UID " -" UID " ");
  settle (f);
  /* The one that comes too late has nothing to release. */
  release (f, 0);
  settle (f);
  expect_calls (f, "");
}

static void
test_lifting_fails (MmFixture *f, gconstpointer data)
{
  begin (f);
  f->limits.retry = 1000; /* the peer may be slow to answer: one try is looked at, not how many there are */
  esim_modem_manager_set_limits (f->manager, &f->limits);
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held ");
  mm_peer_set_uninhibit (f->peer, "Unauthorized");
  g_test_expect_message ("esimd", G_LOG_LEVEL_WARNING, "*will be asked again*");
  release (f, 0);
  settle (f);
  g_test_assert_expected_messages ();
  expect_calls (f, "+" UID " -" UID " ");
  mm_peer_set_uninhibit (f->peer, "");
  while (mm_peer_is_inhibited (f->peer))
    g_main_context_iteration (NULL, TRUE);
  expect_calls (f, "-" UID " ");
  /* It has let go by itself: that is as good. */
  hold (f, UID, NODE, MANY, "held");
  mm_peer_set_uninhibit (f->peer, "NotFound");
  await (f->trace, "held ");
  release (f, 0);
  settle (f);
  mm_peer_take_calls (f->peer);
  settle (f);
  expect_calls (f, "");
}

/* A modem that does not come back is removed in the end. */
static void
test_not_back (MmFixture *f, gconstpointer data)
{
  begin (f);
  f->limits.back = 20;
  esim_modem_manager_set_limits (f->manager, &f->limits);
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held ");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("0"));
  release (f, 0);
  expect (f, "-1-1:registered:17 ");
}

/* -- ModemManager goes -- */

static void
test_crash_in_hold (MmFixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held ");
  mm_peer_remove_modem (f->peer, MODEM_PATH ("0"));
  settle (f);
  mm_peer_crash (f->peer);
  expect (f, "-1-1:registered:17 ");
  mm_peer_take_calls (f->peer);
  mm_peer_set_inhibit (f->peer, "NotFound");
  mm_peer_appear (f->peer);
  settle (f);
  mm_peer_set_inhibit (f->peer, "");
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), MODEM ("3"), SIM (OLD_ICCID));
  expect (f, "+1-1:disabled:17 ");
  settle (f);
  g_assert_true (mm_peer_is_inhibited (f->peer));
  release (f, 0);
  settle (f);
  g_assert_false (mm_peer_is_inhibited (f->peer));
}

static void
test_crash_and_release (MmFixture *f, gconstpointer data)
{
  begin (f);
  hold (f, UID, NODE, MANY, "held");
  expect (f, "held ");
  mm_peer_crash (f->peer);
  expect (f, "-1-1:registered:17 ");
  release (f, 4000);
  mm_peer_take_calls (f->peer);
  mm_peer_add_modem (f->peer, MODEM_PATH ("0"), REGISTERED, SIM (OLD_ICCID));
  mm_peer_appear (f->peer);
  expect (f, "+1-1:registered:17 ");
  settle (f);
  g_assert_null (strstr (mm_peer_take_calls (f->peer), "+"));
}

static void
test_crash_while_asked (MmFixture *f, gconstpointer data)
{
  begin (f);
  mm_peer_set_inhibit (f->peer, "silent");
  hold (f, UID, NODE, MANY, "held");
  settle (f);
  mm_peer_crash (f->peer);
  expect (f, "-1-1:registered:17 held ");
  release (f, 0);
}

/* -- the end -- */

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_MM_TEST ("/mm-hold/plain", test_hold);
  ADD_MM_TEST ("/mm-hold/nobody", test_hold_nobody);
  ADD_MM_TEST ("/mm-hold/before-it-comes", test_hold_before_it_comes);
  ADD_MM_TEST ("/mm-hold/unknown", test_hold_unknown);
  ADD_MM_TEST ("/mm-hold/probing", test_hold_probing);
  ADD_MM_TEST ("/mm-hold/hopeless", test_hold_hopeless);
  ADD_MM_TEST ("/mm-hold/transition", test_transition);
  ADD_MM_TEST ("/mm-hold/settled", test_settled);
  ADD_MM_TEST ("/mm-hold/transition-without-end", test_transition_without_end);
  ADD_MM_TEST ("/mm-hold/early", test_hold_early);
  ADD_MM_TEST ("/mm-hold/refusals", test_refusals);
  ADD_MM_TEST ("/mm-hold/refused-for-now", test_refused_for_now);
  ADD_MM_TEST ("/mm-hold/no-answer", test_no_answer);
  ADD_MM_TEST ("/mm-hold/nested", test_nested);
  ADD_MM_TEST ("/mm-hold/delay", test_delay);
  ADD_MM_TEST ("/mm-hold/next", test_next_hold);
  ADD_MM_TEST ("/mm-hold/release-first", test_release_first);
  ADD_MM_TEST ("/mm-hold/fail-safe", test_fail_safe);
  ADD_MM_TEST ("/mm-hold/lifting-fails", test_lifting_fails);
  ADD_MM_TEST ("/mm-hold/not-back", test_not_back);
  ADD_MM_TEST ("/mm-hold/crash/in-hold", test_crash_in_hold);
  ADD_MM_TEST ("/mm-hold/crash/and-release", test_crash_and_release);
  ADD_MM_TEST ("/mm-hold/crash/while-asked", test_crash_while_asked);
  return g_test_run ();
}
