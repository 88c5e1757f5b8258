/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-dialog.h"

#include <string.h>

EsimTs43Dialog *
esim_ts43_dialog_new (void)
{
  return g_new0 (EsimTs43Dialog, 1);
}

static void
wipe (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

void
esim_ts43_dialog_free (EsimTs43Dialog *self)
{
  if (self == NULL)
    return;
  wipe (self->address);
  wipe (self->stop_at);
  wipe (self->user_data);
  g_strfreev (self->hosts);
  g_free (self->contents_type);
  wipe (self->title);
  wipe (self->text);
  g_free (self->accept_label);
  g_free (self->reject_label);
  g_free (self->hint);
  g_free (self->pattern);
  g_free (self->failed_text);
  g_free (self);
}
