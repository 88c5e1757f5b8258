/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-alarm.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PATIENCE_S 30
#define FAR_AWAY 3600

/* The clock of a machine is not to be stepped for a test: the linker puts these in place of the calls. */
int __real_timerfd_settime (int fd, int flags, const struct itimerspec *spec, struct itimerspec *old);
int __wrap_timerfd_settime (int fd, int flags, const struct itimerspec *spec, struct itimerspec *old);
ssize_t __real_read (int fd, void *buffer, size_t size);
ssize_t __wrap_read (int fd, void *buffer, size_t size);

static gboolean ready_at_once; /* what is armed is ready at once */
static gboolean read_step;     /* the next read tells of a step */
static gboolean set_step;      /* the next arming does */
static int last_flags;

int
__wrap_timerfd_settime (int fd, int flags, const struct itimerspec *spec, struct itimerspec *old)
{
  const struct itimerspec past = {.it_value = {.tv_sec = 1}};

  last_flags = flags;
  if (spec->it_value.tv_sec == 0)
    return __real_timerfd_settime (fd, flags, spec, old);
  if (set_step) {
    set_step = FALSE;
    errno = ECANCELED;
    return -1;
  }
  return __real_timerfd_settime (fd, flags, ready_at_once ? &past : spec, old);
}

ssize_t
__wrap_read (int fd, void *buffer, size_t size)
{
  ssize_t n = __real_read (fd, buffer, size);

  if (!read_step)
    return n;
  read_step = FALSE;
  errno = ECANCELED;
  return -1;
}

typedef struct {
  EsimAlarm *alarm;
  guint calls;
  gboolean frees;
} Told;

static void
on_alarm (gpointer data)
{
  Told *told = data;

  told->calls++;
  if (told->frees)
    g_clear_pointer (&told->alarm, esim_alarm_free);
}

static void
set_up (Told *told, gconstpointer data)
{
  ready_at_once = read_step = set_step = FALSE;
  told->alarm = esim_alarm_new (on_alarm, told);
}

static void
tear_down (Told *told, gconstpointer data)
{
  g_clear_pointer (&told->alarm, esim_alarm_free);
}

static gboolean
on_late (gpointer data)
{
  g_error ("nothing came");
  return G_SOURCE_REMOVE;
}

static void
await (const Told *told, guint calls)
{
  guint late = g_timeout_add_seconds (PATIENCE_S, on_late, NULL);

  while (told->calls < calls)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (late);
  g_assert_cmpuint (told->calls, ==, calls);
}

/* Whatever was ready is told when this returns: another alarm, later to be ready, was. */
static void
await_another (void)
{
  Told other = {0};

  other.alarm = esim_alarm_new (on_alarm, &other);
  esim_alarm_set (other.alarm, 1);
  await (&other, 1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  esim_alarm_free (other.alarm);
}

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static void
test_due (Told *told, gconstpointer data)
{
  gint64 due = now () + 1;

  esim_alarm_set (told->alarm, due);
  g_assert_cmpint (last_flags, ==, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
  await (told, 1);
  g_assert_cmpint (now (), >=, due);
}

static void
test_past (Told *told, gconstpointer data)
{
  static const gint64 moments[] = {1, -1, G_MININT64};

  for (guint i = 0; i < G_N_ELEMENTS (moments); i++) {
    esim_alarm_set (told->alarm, moments[i]);
    g_assert_cmpuint (told->calls, ==, i);
    await (told, i + 1);
  }
  await_another ();
  g_assert_cmpuint (told->calls, ==, G_N_ELEMENTS (moments));
}

static void
test_unset (Told *told, gconstpointer data)
{
  await_another ();
  esim_alarm_set (told->alarm, 1);
  esim_alarm_set (told->alarm, 0);
  await_another ();
  esim_alarm_set (told->alarm, 1);
  esim_alarm_set (told->alarm, now () + FAR_AWAY);
  await_another ();
  esim_alarm_set (told->alarm, G_MAXINT64);
  await_another ();
  g_assert_cmpuint (told->calls, ==, 0);
}

static void
test_step (Told *told, gconstpointer data)
{
  ready_at_once = read_step = TRUE;
  esim_alarm_set (told->alarm, now () + FAR_AWAY);
  ready_at_once = FALSE;
  await (told, 1);
}

/* Between the caller's look at the clock and its setting the alarm. */
static void
test_step_while_set (Told *told, gconstpointer data)
{
  set_step = TRUE;
  esim_alarm_set (told->alarm, now () + FAR_AWAY);
  g_assert_cmpuint (told->calls, ==, 0);
  await (told, 1);
}

static void
test_no_step_without_due (Told *told, gconstpointer data)
{
  esim_alarm_set (told->alarm, now () + FAR_AWAY);
  esim_alarm_set (told->alarm, 0);
  g_assert_cmpint (last_flags & TFD_TIMER_CANCEL_ON_SET, ==, 0);
  esim_alarm_set (told->alarm, 1);
  await (told, 1);
  g_assert_cmpint (last_flags & TFD_TIMER_CANCEL_ON_SET, ==, 0);
}

static void
test_free_within (Told *told, gconstpointer data)
{
  told->frees = TRUE;
  esim_alarm_set (told->alarm, 1);
  await (told, 1);
  g_assert_null (told->alarm);
  await_another ();
  g_assert_cmpuint (told->calls, ==, 1);
}

/* It belongs to the context that was thread-default when it was made. */
static void
test_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Told told = {0};

  ready_at_once = FALSE;
  g_main_context_push_thread_default (context);
  told.alarm = esim_alarm_new (on_alarm, &told);
  g_main_context_pop_thread_default (context);
  esim_alarm_set (told.alarm, 1);
  await_another ();
  g_assert_cmpuint (told.calls, ==, 0);
  while (told.calls == 0)
    g_main_context_iteration (context, TRUE);
  esim_alarm_free (told.alarm);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/alarm/due", Told, NULL, set_up, test_due, tear_down);
  g_test_add ("/alarm/past", Told, NULL, set_up, test_past, tear_down);
  g_test_add ("/alarm/unset", Told, NULL, set_up, test_unset, tear_down);
  g_test_add ("/alarm/step", Told, NULL, set_up, test_step, tear_down);
  g_test_add ("/alarm/step-while-set", Told, NULL, set_up, test_step_while_set, tear_down);
  g_test_add ("/alarm/no-step-without-due", Told, NULL, set_up, test_no_step_without_due, tear_down);
  g_test_add ("/alarm/free-within", Told, NULL, set_up, test_free_within, tear_down);
  g_test_add_func ("/alarm/context", test_context);
  return g_test_run ();
}
