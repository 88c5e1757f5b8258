/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that knows the clock, for test_clock.py: it answers each line that it is told with one line.
 *
 * now: the wall clock by clock_gettime, COARSE, gettimeofday and time, in seconds. monotonic, boot: those
 * clocks, in seconds.
 * arm FLAGS SECONDS: sets the timer (FLAGS as timerfd_settime has them, SECONDS absolute or relative).
 * left: what timerfd_gettime tells, in seconds. ready: whether it can be read. wait: waits until it can be
 * read, then reads it, and says the expirations or the error, and the time. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static double
seconds (clockid_t id)
{
  struct timespec moment;

  clock_gettime (id, &moment);
  return (double) moment.tv_sec + (double) moment.tv_nsec / 1e9;
}

static void
tell_now (void)
{
  struct timeval day;

  gettimeofday (&day, NULL);
  printf ("%.6f %.6f %.6f %lld\n", seconds (CLOCK_REALTIME), seconds (CLOCK_REALTIME_COARSE),
          (double) day.tv_sec + (double) day.tv_usec / 1e6, (long long) time (NULL));
}

static void
wait_and_read (int timer)
{
  struct pollfd polled = {.fd = timer, .events = POLLIN};
  uint64_t count = 0;

  poll (&polled, 1, -1);
  if (read (timer, &count, sizeof count) == sizeof count)
    printf ("%llu %.6f\n", (unsigned long long) count, seconds (CLOCK_REALTIME));
  else
    printf ("%s %.6f\n", errno == ECANCELED ? "cancelled" : strerror (errno), seconds (CLOCK_REALTIME));
}

static void
arm (int timer, const char *words)
{
  struct itimerspec value = {0};
  int flags = 0;
  double when = 0;

  sscanf (words, "%d %lf", &flags, &when);
  value.it_value.tv_sec = (time_t) when;
  value.it_value.tv_nsec = (long) ((when - (double) (time_t) when) * 1e9);
  printf ("%d\n", timerfd_settime (timer, flags, &value, NULL));
}

static void
obey (int timer, const char *line)
{
  struct pollfd polled = {.fd = timer, .events = POLLIN};
  struct itimerspec left = {0};

  if (strcmp (line, "now") == 0) {
    tell_now ();
  } else if (strcmp (line, "monotonic") == 0) {
    printf ("%.9f\n", seconds (CLOCK_MONOTONIC));
  } else if (strcmp (line, "boot") == 0) {
    printf ("%.9f\n", seconds (CLOCK_BOOTTIME));
  } else if (strncmp (line, "arm ", 4) == 0) {
    arm (timer, line + 4);
  } else if (strcmp (line, "left") == 0) {
    timerfd_gettime (timer, &left);
    printf ("%.6f\n", (double) left.it_value.tv_sec + (double) left.it_value.tv_nsec / 1e9);
  } else if (strcmp (line, "ready") == 0) {
    printf ("%d\n", poll (&polled, 1, 0));
  } else if (strcmp (line, "wait") == 0) {
    wait_and_read (timer);
  } else {
    printf ("unknown\n");
  }
}

int
main (void)
{
  int timer = timerfd_create (CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  char line[256];
  /* A sanitizer's allocator is in use while the shims are. */
  char *kept = malloc (sizeof line);

  setvbuf (stdout, NULL, _IOLBF, 0);
  while (kept != NULL && fgets (line, sizeof line, stdin) != NULL) {
    line[strcspn (line, "\n")] = '\0';
    memcpy (kept, line, sizeof line);
    obey (timer, kept);
  }
  free (kept);
  close (timer);
  return 0;
}
