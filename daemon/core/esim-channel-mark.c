/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-channel-mark.h"

#include <glib/gstdio.h>

#define SLOTS_MAX 16

struct _EsimChannelMark {
  char *path;
};

static char *
name_file (const char *folder, const char *modem, guint slot)
{
  g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, modem, -1);
  g_autofree char *file = g_strdup_printf ("channel-%.16s-%u", name, slot);

  return g_build_filename (folder, file, NULL);
}

EsimChannelMark *
esim_channel_mark_new (const char *folder, const char *modem, guint slot)
{
  EsimChannelMark *self = g_new0 (EsimChannelMark, 1);

  self->path = name_file (folder, modem, slot);
  for (guint known = 1; slot == 0 && known <= SLOTS_MAX; known++) {
    g_autofree char *left = name_file (folder, modem, known);

    (void) g_rename (left, self->path);
  }
  return self;
}

void
esim_channel_mark_free (EsimChannelMark *self)
{
  g_free (self->path);
  g_free (self);
}

gboolean
esim_channel_mark_is_set (EsimChannelMark *self)
{
  return g_file_test (self->path, G_FILE_TEST_EXISTS);
}

void
esim_channel_mark_set (EsimChannelMark *self)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents_full (self->path, "", 0, G_FILE_SET_CONTENTS_NONE, 0600, &error))
    g_warning ("no mark of the open channel: %s", error->message);
}

void
esim_channel_mark_clear (EsimChannelMark *self)
{
  (void) g_unlink (self->path);
}
