/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into the daemon by the laboratory (esimlab/clock.py): its wall clock runs from a chosen moment at
 * a chosen speed, and a test can set it. CLOCK_MONOTONIC stays what it is; CLOCK_BOOTTIME goes along with
 * time that passes, as over a sleep of the machine, and not with a clock that is set.
 *
 * ESIM_CLOCK_FILE: a file of which Page is the content; the laboratory writes it, and every process maps it.
 *
 * A timerfd on CLOCK_REALTIME is one on CLOCK_MONOTONIC here, set to the moment at which this clock will show
 * the wanted time. A thread that begins with the first of them sleeps in inotify until the laboratory writes
 * the file, and then sets them anew; nothing wakes up meanwhile. TFD_TIMER_CANCEL_ON_SET does what
 * timerfd_create(2) says.
 *
 * Not moved: files' times, timer_create, clock_nanosleep and waits that name a moment of CLOCK_REALTIME. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define RING 64
#define FDS_MAX 1024
/* Further away than any test waits, and within what the kernel takes. */
#define FOREVER (100LL * 365 * 86400 * SECOND)

#ifndef TFD_TIMER_CANCEL_ON_SET
#define TFD_TIMER_CANCEL_ON_SET (1 << 1)
#endif

/* From this moment of CLOCK_MONOTONIC on, at which it was `real`. Nanoseconds. */
typedef struct {
  int64_t monotonic;
  int64_t real;
  double speed;
  uint64_t steps; /* how often the clock was set, not only made faster or slower */
  int64_t set;    /* how far `real` is ahead of CLOCK_BOOTTIME: changed where the clock was set */
} Course;

/* Courses are appended and then counted, so that nobody reads half of one. */
typedef struct {
  _Atomic uint32_t count;
  uint32_t unused[15];
  Course ring[RING];
} Page;

typedef struct {
  bool ours;
  bool armed;
  bool absolute;
  bool cancel_on_set;
  bool cancelled;
  int64_t wanted;
  int64_t interval;
  uint64_t steps;
} Timer;

static const Page *page;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Timer timers[FDS_MAX];
static int watch = -1;

ssize_t __read_chk (int fd, void *data, size_t length, size_t room);

static void
die (const char *words)
{
  dprintf (STDERR_FILENO, "esimlab-clock: %s\n", words);
  abort ();
}

__attribute__ ((constructor)) static void
map_page (void)
{
  const char *path = getenv ("ESIM_CLOCK_FILE");
  int fd;
  void *mapped;

  if (path == NULL)
    return;
  fd = (int) syscall (SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    die ("ESIM_CLOCK_FILE cannot be opened");
  mapped = mmap (NULL, sizeof (Page), PROT_READ, MAP_SHARED, fd, 0);
  syscall (SYS_close, fd);
  if (mapped == MAP_FAILED)
    die ("ESIM_CLOCK_FILE cannot be mapped");
  page = mapped;
}

static Course
read_course (void)
{
  Course course;
  uint32_t count;

  do {
    count = atomic_load (&page->count);
    course = page->ring[count % RING];
  } while (atomic_load (&page->count) - count >= RING - 1);
  return course;
}

static int64_t
to_ns (const struct timespec *moment)
{
  /* Some ask for the end of time, so as to be told of steps alone. */
  return moment->tv_sec > FOREVER / SECOND ? FOREVER : moment->tv_sec * SECOND + moment->tv_nsec;
}

static struct timespec
from_ns (int64_t ns)
{
  return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

static int64_t
monotonic_now (void)
{
  struct timespec moment = {0};

  syscall (SYS_clock_gettime, CLOCK_MONOTONIC, &moment);
  return to_ns (&moment);
}

static int64_t
real_now (const Course *course)
{
  return course->real + (int64_t) ((double) (monotonic_now () - course->monotonic) * course->speed);
}

int
clock_gettime (clockid_t id, struct timespec *moment)
{
  Course course;

  if (page == NULL || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE && id != CLOCK_REALTIME_ALARM &&
                       id != CLOCK_BOOTTIME))
    return (int) syscall (SYS_clock_gettime, id, moment);
  course = read_course ();
  *moment = from_ns (id == CLOCK_BOOTTIME ? real_now (&course) - course.set : real_now (&course));
  return 0;
}

int
gettimeofday (struct timeval *restrict moment, void *restrict zone)
{
  struct timespec now = {0};

  (void) zone;
  clock_gettime (CLOCK_REALTIME, &now);
  *moment = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

time_t
time (time_t *moment)
{
  struct timespec now = {0};

  clock_gettime (CLOCK_REALTIME, &now);
  if (moment != NULL)
    *moment = now.tv_sec;
  return now.tv_sec;
}

/* How long that takes in truth: rounded up, because no timer ends too soon, and none at all would disarm. */
static int64_t
scaled (int64_t ns, double speed)
{
  double length = speed > 0 ? (double) ns / speed : (double) FOREVER;

  if (ns <= 0)
    return 1;
  return length < (double) FOREVER ? (int64_t) length + 1 : FOREVER;
}

static int
kernel_set (int fd, int64_t ns, int64_t interval)
{
  struct itimerspec truth = {.it_value = from_ns (ns), .it_interval = from_ns (interval)};

  return (int) syscall (SYS_timerfd_settime, fd, 0, &truth, NULL);
}

/* Lets the kernel's timer end when this clock will show the wanted time. */
static int
arm (int fd, const Timer *timer, const Course *course)
{
  int64_t interval = timer->interval > 0 ? scaled (timer->interval, course->speed) : 0;
  int64_t left = timer->absolute ? timer->wanted - real_now (course) : timer->wanted;

  if (!timer->armed)
    return kernel_set (fd, 0, 0);
  return kernel_set (fd, scaled (left, course->speed), interval);
}

/* The number of a file that was closed may have come back as another file. */
static bool
is_ours (int fd)
{
  struct itimerspec ignored;

  return fd >= 0 && fd < FDS_MAX && timers[fd].ours && syscall (SYS_timerfd_gettime, fd, &ignored) == 0;
}

static void
look_again (void)
{
  Course course = read_course ();

  for (int fd = 0; fd < FDS_MAX; fd++) {
    Timer *timer = &timers[fd];

    if (!timer->ours)
      continue;
    if (timer->cancel_on_set && timer->steps != course.steps)
      timer->cancelled = true;
    timer->steps = course.steps;
    if (timer->cancelled)
      (void) kernel_set (fd, 1, 0);
    else if (timer->armed && timer->absolute)
      (void) arm (fd, timer, &course);
  }
}

static void *
wait_for_changes (void *data)
{
  char events[4096];

  (void) data;
  while (syscall (SYS_read, watch, events, sizeof events) > 0 || errno == EINTR) {
    pthread_mutex_lock (&lock);
    look_again ();
    pthread_mutex_unlock (&lock);
  }
  return NULL;
}

/* Signals are the program's own affair, so this thread takes none. */
static void
start_watching (void)
{
  pthread_t thread;
  sigset_t all, before;

  if (watch >= 0)
    return;
  watch = inotify_init1 (IN_CLOEXEC);
  if (watch < 0 || inotify_add_watch (watch, getenv ("ESIM_CLOCK_FILE"), IN_MODIFY) < 0)
    die ("ESIM_CLOCK_FILE cannot be watched");
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  if (pthread_create (&thread, NULL, wait_for_changes, NULL) != 0)
    die ("no thread");
  pthread_detach (thread);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

int
timerfd_create (int id, int flags)
{
  bool ours = page != NULL && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_ALARM);
  int fd = (int) syscall (SYS_timerfd_create, ours ? CLOCK_MONOTONIC : id, flags);

  if (fd < 0 || (!ours && fd >= FDS_MAX))
    return fd;
  if (fd >= FDS_MAX)
    die ("a file descriptor beyond those that are kept in mind");
  pthread_mutex_lock (&lock);
  timers[fd] = (Timer){.ours = ours};
  if (ours)
    start_watching ();
  pthread_mutex_unlock (&lock);
  return fd;
}

/* What is left, as timerfd_gettime(2) tells it. */
static struct itimerspec
remaining (int fd, const Timer *timer, const Course *course)
{
  struct itimerspec left = {.it_interval = from_ns (timer->interval)};
  int64_t ns = timer->wanted - real_now (course);

  if (!timer->armed)
    return (struct itimerspec){0};
  if (!timer->absolute) {
    syscall (SYS_timerfd_gettime, fd, &left);
    ns = (int64_t) ((double) to_ns (&left.it_value) * course->speed);
    left.it_interval = from_ns (timer->interval);
  }
  left.it_value = from_ns (ns > 0 ? ns : 1);
  return left;
}

/* A step that nobody has read yet; the kernel then sets the timer, and says so. */
static bool
is_untold (const Timer *timer, int flags, const Course *course)
{
  bool asked = (flags & TFD_TIMER_ABSTIME) != 0 && (flags & TFD_TIMER_CANCEL_ON_SET) != 0;

  return asked && timer->cancel_on_set && (timer->cancelled || timer->steps != course->steps);
}

int
timerfd_settime (int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
  Course course;
  Timer *timer;
  bool untold;
  int result;

  pthread_mutex_lock (&lock);
  if (!is_ours (fd)) {
    pthread_mutex_unlock (&lock);
    return (int) syscall (SYS_timerfd_settime, fd, flags, value, old);
  }
  timer = &timers[fd];
  course = read_course ();
  if (old != NULL)
    *old = remaining (fd, timer, &course);
  untold = is_untold (timer, flags, &course);
  *timer = (Timer){
      .ours = true,
      .armed = value->it_value.tv_sec != 0 || value->it_value.tv_nsec != 0,
      .absolute = (flags & TFD_TIMER_ABSTIME) != 0,
      .cancel_on_set = (flags & TFD_TIMER_ABSTIME) != 0 && (flags & TFD_TIMER_CANCEL_ON_SET) != 0,
      .wanted = to_ns (&value->it_value),
      .interval = to_ns (&value->it_interval),
      .steps = course.steps,
  };
  result = arm (fd, timer, &course);
  pthread_mutex_unlock (&lock);
  if (!untold || result < 0)
    return result;
  errno = ECANCELED;
  return -1;
}

int
timerfd_gettime (int fd, struct itimerspec *value)
{
  Course course;
  bool ours;

  pthread_mutex_lock (&lock);
  ours = is_ours (fd);
  if (ours) {
    course = read_course ();
    *value = remaining (fd, &timers[fd], &course);
  }
  pthread_mutex_unlock (&lock);
  return ours ? 0 : (int) syscall (SYS_timerfd_gettime, fd, value);
}

/* An expiration was read; if it stands for a step, says so as the kernel does. */
static ssize_t
expired (int fd, ssize_t result)
{
  Course course;
  Timer *timer = &timers[fd];

  pthread_mutex_lock (&lock);
  if (timer->cancelled) {
    course = read_course ();
    timer->cancelled = false;
    (void) arm (fd, timer, &course);
    errno = ECANCELED;
    result = -1;
  } else if (timer->interval == 0) {
    timer->armed = false;
  }
  pthread_mutex_unlock (&lock);
  return result;
}

ssize_t
read (int fd, void *data, size_t length)
{
  bool ours = page != NULL && is_ours (fd);
  ssize_t result = syscall (SYS_read, fd, data, length);

  return ours && result == sizeof (uint64_t) ? expired (fd, result) : result;
}

ssize_t
__read_chk (int fd, void *data, size_t length, size_t room)
{
  if (length > room)
    die ("a read beyond its buffer");
  return read (fd, data, length);
}
