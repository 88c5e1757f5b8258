/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-alarm.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define LONG_AGO 1 /* 0 would disarm */

struct _EsimAlarm {
  EsimAlarmFunc func;
  gpointer user_data;
  int fd;
  GSource *source;
};

static gboolean
on_ready (gint fd, GIOCondition condition, gpointer data)
{
  EsimAlarm *self = data;
  guint64 expirations;
  gboolean has_come = read (fd, &expirations, sizeof expirations) > 0;

  /* Set anew after the descriptor was seen to be ready: nothing has come. */
  if (!has_come && errno != ECANCELED)
    return G_SOURCE_CONTINUE;
  /* An expired timer would still tell steps of the clock. */
  if (has_come)
    esim_alarm_set (self, 0);
  self->func (self->user_data); /* may have freed it */
  return G_SOURCE_CONTINUE;
}

EsimAlarm *
esim_alarm_new (EsimAlarmFunc func, gpointer user_data)
{
  EsimAlarm *self = g_new0 (EsimAlarm, 1);

  self->func = func;
  self->user_data = user_data;
  self->fd = timerfd_create (CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  /* As GLib does where it gets no descriptor for a main context: without it due dates would pass unseen. */
  if (self->fd < 0)
    g_error ("no timer for the wall clock: %s", g_strerror (errno));
  self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_ready), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
esim_alarm_free (EsimAlarm *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  (void) close (self->fd);
  g_free (self);
}

static int
arm (EsimAlarm *self, gint64 due)
{
  struct itimerspec spec = {.it_value = {.tv_sec = due}};
  int flags = TFD_TIMER_ABSTIME | (due != 0 ? TFD_TIMER_CANCEL_ON_SET : 0);

  return timerfd_settime (self->fd, flags, &spec, NULL) == 0 ? 0 : errno;
}

void
esim_alarm_set (EsimAlarm *self, gint64 due)
{
  int failed = arm (self, due < 0 ? LONG_AGO : due);

  /* The clock was stepped since the caller looked at it, and the kernel tells that once: let it look again.
   */
  if (failed == ECANCELED)
    failed = arm (self, LONG_AGO);
  if (failed != 0)
    g_warning ("the timer for the wall clock could not be set: %s", g_strerror (failed));
}
