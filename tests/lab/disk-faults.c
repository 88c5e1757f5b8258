/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into the daemon by the laboratory (esimlab/diskfaults.py): counts each step by which a record
 * below one folder becomes durable, and at a chosen one kills the process or lets the step fail.
 *
 * ESIM_DISK_FOLDER: the folder. ESIM_DISK_LOG: one line a step is appended there: number, step, path.
 * ESIM_DISK_ORDER: a file that is read at each step, absent or empty = nothing goes wrong. It holds
 * "FIRST LAST ACTION [ERRNO]": from step FIRST to step LAST, ACTION is "before" (killed before the step),
 * "after" (killed after it), "tear" (half of a write is done, then it is killed), "fail" (ERRNO comes back),
 * "short" (half of a write is done, the rest fails with ERRNO), "hold" (the step waits until the order says
 * something else). */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDS_MAX 1024

int __open_2 (const char *path, int flags);
int __open64_2 (const char *path, int flags);

typedef enum { GO, KILL_BEFORE, KILL_AFTER, TEAR, FAIL, SHORT, HOLD } Action;

#define HOLD_PAUSE_US 2000

typedef struct {
  Action action;
  int code;
} Order;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long steps;
static bool ours[FDS_MAX];

static bool
is_ours (const char *path)
{
  const char *folder = getenv ("ESIM_DISK_FOLDER");

  return folder != NULL && path != NULL && strncmp (path, folder, strlen (folder)) == 0;
}

static bool
is_our_fd (int fd)
{
  return fd >= 0 && fd < FDS_MAX && ours[fd];
}

static size_t
read_order (char *text, size_t size)
{
  const char *path = getenv ("ESIM_DISK_ORDER");
  int fd = path != NULL ? (int) syscall (SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) : -1;
  long length;

  if (fd < 0)
    return 0;
  length = syscall (SYS_read, fd, text, size - 1);
  syscall (SYS_close, fd);
  text[length > 0 ? length : 0] = '\0';
  return length > 0 ? (size_t) length : 0;
}

static void
log_step (unsigned long number, const char *step, const char *path)
{
  const char *log = getenv ("ESIM_DISK_LOG");
  int fd = log != NULL
               ? (int) syscall (SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
               : -1;
  char line[512];
  int length = snprintf (line, sizeof line, "%lu %s %.400s\n", number, step, path);

  if (fd < 0)
    return;
  (void) syscall (SYS_write, fd, line, (size_t) length);
  syscall (SYS_close, fd);
}

static Action
read_action (const char *word)
{
  static const char *const words[] = {"", "before", "after", "tear", "fail", "short", "hold"};

  for (int i = KILL_BEFORE; i <= HOLD; i++)
    if (strcmp (word, words[i]) == 0)
      return (Action) i;
  return GO;
}

static void
kill_now (void)
{
  syscall (SYS_kill, getpid (), SIGKILL);
}

static Order
look_up (unsigned long number)
{
  unsigned long first = 0, last = 0;
  char text[128] = "", word[16] = "";
  int code = 0;

  if (read_order (text, sizeof text) > 0 &&
      sscanf (text, "%lu %lu %15s %d", &first, &last, word, &code) >= 3 && number >= first && number <= last)
    return (Order){read_action (word), code};
  return (Order){GO, 0};
}

/* Counts the step, and says what becomes of it. */
static Order
begin (const char *step, const char *path)
{
  Order order;
  unsigned long number;

  pthread_mutex_lock (&lock);
  number = ++steps;
  log_step (number, step, path);
  order = look_up (number);
  pthread_mutex_unlock (&lock);
  while (order.action == HOLD) {
    usleep (HOLD_PAUSE_US);
    order = look_up (number);
  }
  if (order.action == KILL_BEFORE)
    kill_now ();
  return order;
}

static bool
fails (Order order)
{
  if (order.action != FAIL && order.action != SHORT)
    return false;
  errno = order.code;
  return true;
}

static long
end (Order order, long result)
{
  if (order.action == KILL_AFTER || order.action == TEAR)
    kill_now ();
  return result;
}

static int
do_open (int folder, const char *path, int flags, mode_t mode)
{
  bool mine = is_ours (path);
  bool counted = mine && (flags & O_CREAT) != 0;
  Order order = counted ? begin ("create", path) : (Order){GO, 0};
  int fd;

  if (fails (order))
    return -1;
  fd = (int) syscall (SYS_openat, folder, path, flags, mode);
  if (fd >= 0 && fd < FDS_MAX)
    ours[fd] = mine;
  return (int) end (order, fd);
}

#define READ_MODE(flags, mode)                                                                               \
  do {                                                                                                       \
    va_list list;                                                                                            \
    va_start (list, flags);                                                                                  \
    mode = ((flags) & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (list, mode_t) : 0;                               \
    va_end (list);                                                                                           \
  } while (0)

int
open (const char *path, int flags, ...)
{
  mode_t mode;

  READ_MODE (flags, mode);
  return do_open (AT_FDCWD, path, flags, mode);
}

int
open64 (const char *path, int flags, ...)
{
  mode_t mode;

  READ_MODE (flags, mode);
  return do_open (AT_FDCWD, path, flags, mode);
}

int
openat (int folder, const char *path, int flags, ...)
{
  mode_t mode;

  READ_MODE (flags, mode);
  return do_open (folder, path, flags, mode);
}

int
openat64 (int folder, const char *path, int flags, ...)
{
  mode_t mode;

  READ_MODE (flags, mode);
  return do_open (folder, path, flags, mode);
}

int
__open_2 (const char *path, int flags)
{
  return do_open (AT_FDCWD, path, flags, 0);
}

int
__open64_2 (const char *path, int flags)
{
  return do_open (AT_FDCWD, path, flags, 0);
}

int
close (int fd)
{
  if (fd >= 0 && fd < FDS_MAX)
    ours[fd] = false;
  return (int) syscall (SYS_close, fd);
}

ssize_t
write (int fd, const void *data, size_t length)
{
  Order order;

  if (!is_our_fd (fd))
    return syscall (SYS_write, fd, data, length);
  order = begin ("write", "");
  /* A second write after a short one goes through here too, and fails then. */
  if (order.action == FAIL || (order.action == SHORT && length < 2))
    return fails (order) ? -1 : 0;
  if (order.action == TEAR || order.action == SHORT)
    length /= 2;
  return end (order, syscall (SYS_write, fd, data, length));
}

int
fsync (int fd)
{
  Order order;

  if (!is_our_fd (fd))
    return (int) syscall (SYS_fsync, fd);
  order = begin ("fsync", "");
  return fails (order) ? -1 : (int) end (order, syscall (SYS_fsync, fd));
}

int
fdatasync (int fd)
{
  return fsync (fd);
}

int
rename (const char *from, const char *to)
{
  Order order;

  if (!is_ours (to))
    return (int) syscall (SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  order = begin ("rename", to);
  return fails (order) ? -1 : (int) end (order, syscall (SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}

int
unlink (const char *path)
{
  Order order;

  if (!is_ours (path))
    return (int) syscall (SYS_unlinkat, AT_FDCWD, path, 0);
  order = begin ("unlink", path);
  /* What cannot be written can still be tidied away. */
  return (int) end (order, syscall (SYS_unlinkat, AT_FDCWD, path, 0));
}

int
mkdir (const char *path, mode_t mode)
{
  Order order;

  if (!is_ours (path))
    return (int) syscall (SYS_mkdirat, AT_FDCWD, path, mode);
  order = begin ("mkdir", path);
  return fails (order) ? -1 : (int) end (order, syscall (SYS_mkdirat, AT_FDCWD, path, mode));
}
