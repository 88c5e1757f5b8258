/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-record.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "esim-card.h"

#define RECORD_MAX 1024 /* octets */
#define GROUP "qmi"
#define KEY_PORT "port"
#define KEY_CLIENT "client"
#define KEY_CHANNELS "channels"

struct _EsimQmiRecord {
  char *path;
  char *port; /* what names the node */
  guint8 client;
  guint8 stale_client;
  guint32 open;
  guint32 stale;
};

static char *
identify (const char *port)
{
  struct stat status;

  if (port == NULL || stat (port, &status) != 0)
    return g_strdup ("");
  return g_strdup_printf ("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT,
                          (guint64) status.st_dev, (guint64) status.st_ino, (guint64) status.st_rdev);
}

/* Whatever cannot be read is nothing of ours. */
static void
read_record (EsimQmiRecord *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  g_autofree char *port = NULL;
  g_autofree int *channels = NULL;
  gsize length = 0, count = 0;
  int client;

  if (!g_file_get_contents (self->path, &text, &length, NULL) || length > RECORD_MAX ||
      !g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, NULL))
    return;
  port = g_key_file_get_string (file, GROUP, KEY_PORT, NULL);
  if (g_strcmp0 (port, self->port) != 0)
    return;
  client = g_key_file_get_integer (file, GROUP, KEY_CLIENT, NULL);
  if (client > 0 && client < G_MAXUINT8) /* the last one is all clients' */
    self->stale_client = (guint8) client;
  channels = g_key_file_get_integer_list (file, GROUP, KEY_CHANNELS, &count, NULL);
  for (gsize i = 0; i < count; i++)
    if (channels[i] >= 1 && channels[i] <= ESIM_CARD_CHANNEL_MAX)
      self->stale |= 1u << channels[i];
}

static void
write_record (EsimQmiRecord *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  int channels[ESIM_CARD_CHANNEL_MAX];
  gsize count = 0, length;
  guint8 client = self->client != 0 ? self->client : self->stale_client;

  if (self->path == NULL)
    return;
  for (int channel = 1; channel <= ESIM_CARD_CHANNEL_MAX; channel++)
    if (((self->open | self->stale) & 1u << channel) != 0)
      channels[count++] = channel;
  if (client == 0 && count == 0) {
    if (g_unlink (self->path) != 0 && errno != ENOENT)
      g_message ("%s stays: %s", self->path, g_strerror (errno));
    return;
  }
  g_key_file_set_string (file, GROUP, KEY_PORT, self->port);
  g_key_file_set_integer (file, GROUP, KEY_CLIENT, client);
  g_key_file_set_integer_list (file, GROUP, KEY_CHANNELS, channels, count);
  text = g_key_file_to_data (file, &length, NULL);
  if (!g_file_set_contents_full (self->path, text, (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                 &error))
    g_message ("no record of what the modem keeps for us: %s", error->message);
}

EsimQmiRecord *
esim_qmi_record_new (const char *path, const char *port)
{
  EsimQmiRecord *self = g_new0 (EsimQmiRecord, 1);

  self->path = g_strdup (path);
  self->port = identify (port);
  if (path != NULL)
    read_record (self);
  return self;
}

void
esim_qmi_record_free (EsimQmiRecord *self)
{
  g_free (self->path);
  g_free (self->port);
  g_free (self);
}

void
esim_qmi_record_set_client (EsimQmiRecord *self, guint8 client)
{
  if (self->client == client)
    return;
  self->client = client;
  write_record (self);
}

guint8
esim_qmi_record_take_stale_client (EsimQmiRecord *self)
{
  guint8 client = self->stale_client;

  self->stale_client = 0;
  if (client != 0)
    write_record (self);
  return client;
}

void
esim_qmi_record_add_channel (EsimQmiRecord *self, guint channel)
{
  self->open |= 1u << channel;
  /* The modem gave it out anew: it was closed, and is ours now. */
  self->stale &= ~(1u << channel);
  write_record (self);
}

void
esim_qmi_record_remove_channel (EsimQmiRecord *self, guint channel)
{
  self->open &= ~(1u << channel);
  self->stale &= ~(1u << channel);
  write_record (self);
}

void
esim_qmi_record_clear_channels (EsimQmiRecord *self)
{
  if (self->open == 0 && self->stale == 0)
    return;
  self->open = self->stale = 0;
  write_record (self);
}

guint32
esim_qmi_record_get_open (EsimQmiRecord *self)
{
  return self->open;
}

guint32
esim_qmi_record_get_stale (EsimQmiRecord *self)
{
  return self->stale;
}
