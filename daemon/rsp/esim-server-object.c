/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-server-object.h"
#include "esim-error.h"

gboolean
esim_server_object_refuse (const char *what, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR,
               "The server does not keep to the standard: %s cannot be used. Try again; if it stays so, tell "
               "the operator.",
               what);
  return FALSE;
}

gboolean
esim_server_object_open (GBytes *bytes, guint32 tag, const char *what, EsimTlv *tlv, EsimTlvReader *inside,
                         GError **error)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  EsimTlvReader outside;

  if (!esim_tlv_read_only (data, length, tlv, NULL) || tlv->tag != tag)
    return esim_server_object_refuse (what, error);
  esim_tlv_reader_init (&outside, data, length);
  if (inside != NULL)
    esim_tlv_reader_enter (inside, &outside, tlv);
  return TRUE;
}
