/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-line.h"

#include <openssl/crypto.h>
#include <string.h>

EsimTs43Line *
esim_ts43_line_new (void)
{
  return g_new0 (EsimTs43Line, 1);
}

EsimTs43Line *
esim_ts43_line_copy (const EsimTs43Line *line)
{
  EsimTs43Line *self = esim_ts43_line_new ();

  self->iccid = g_strdup (line->iccid);
  self->eid = g_strdup (line->eid);
  self->imei = g_strdup (line->imei);
  self->imsi = g_strdup (line->imsi);
  self->mnc_length = line->mnc_length;
  self->host = g_strdup (line->host);
  self->path = g_strdup (line->path);
  self->hosts = g_strdupv (line->hosts);
  self->pins = g_strdupv (line->pins);
  self->language = g_strdup (line->language);
  self->gid1 = g_strdup (line->gid1);
  self->gid2 = g_strdup (line->gid2);
  return self;
}

void
esim_ts43_line_free (EsimTs43Line *self)
{
  if (self == NULL)
    return;
  if (self->imsi != NULL)
    OPENSSL_cleanse (self->imsi, strlen (self->imsi));
  g_free (self->iccid);
  g_free (self->eid);
  g_free (self->imei);
  g_free (self->imsi);
  g_free (self->host);
  g_free (self->path);
  g_strfreev (self->hosts);
  g_strfreev (self->pins);
  g_free (self->language);
  g_free (self->gid1);
  g_free (self->gid2);
  g_free (self);
}
