/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-channels.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "esim-card.h"

#define RECORD_MAX 256 /* octets */

struct _EsimQmiChannels {
  char *path;
  guint32 open;
  guint32 stale;
};

/* Numbers, one a line; whatever else is there is nothing of ours. */
static guint32
read_record (const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gsize length = 0;
  guint32 set = 0;

  if (!g_file_get_contents (path, &text, &length, NULL) || length > RECORD_MAX)
    return 0;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    guint64 channel;

    if (g_ascii_string_to_unsigned (lines[i], 10, 1, ESIM_CARD_CHANNEL_MAX, &channel, NULL))
      set |= 1u << channel;
  }
  return set;
}

static void
write_record (EsimQmiChannels *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  guint32 set = self->open | self->stale;

  if (self->path == NULL)
    return;
  for (guint channel = 1; channel <= ESIM_CARD_CHANNEL_MAX; channel++)
    if ((set & 1u << channel) != 0)
      g_string_append_printf (text, "%u\n", channel);
  if (set == 0 && g_unlink (self->path) != 0 && errno != ENOENT)
    g_message ("%s stays: %s", self->path, g_strerror (errno));
  else if (set != 0 && !g_file_set_contents_full (self->path, text->str, (gssize) text->len,
                                                  G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_message ("no record of the open channel: %s", error->message);
}

EsimQmiChannels *
esim_qmi_channels_new (const char *path)
{
  EsimQmiChannels *self = g_new0 (EsimQmiChannels, 1);

  self->path = g_strdup (path);
  self->stale = path != NULL ? read_record (path) : 0;
  return self;
}

void
esim_qmi_channels_free (EsimQmiChannels *self)
{
  g_free (self->path);
  g_free (self);
}

void
esim_qmi_channels_add (EsimQmiChannels *self, guint channel)
{
  self->open |= 1u << channel;
  /* The modem gave it out anew: it was closed, and is ours now. */
  self->stale &= ~(1u << channel);
  write_record (self);
}

void
esim_qmi_channels_remove (EsimQmiChannels *self, guint channel)
{
  self->open &= ~(1u << channel);
  self->stale &= ~(1u << channel);
  write_record (self);
}

void
esim_qmi_channels_clear (EsimQmiChannels *self)
{
  if (self->open == 0 && self->stale == 0)
    return;
  self->open = self->stale = 0;
  write_record (self);
}

guint32
esim_qmi_channels_get_open (EsimQmiChannels *self)
{
  return self->open;
}

guint32
esim_qmi_channels_get_stale (EsimQmiChannels *self)
{
  return self->stale;
}
