/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-reader.h"

EsimQmiReader
esim_qmi_reader_begin (QmiMessage *message, guint8 type)
{
  EsimQmiReader self = {.message = message, .begin = qmi_message_tlv_read_init (message, type, NULL, NULL)};

  self.ok = self.begin != 0;
  return self;
}

guint8
esim_qmi_reader_u8 (EsimQmiReader *self)
{
  guint8 value = 0;

  self->ok =
      self->ok && qmi_message_tlv_read_guint8 (self->message, self->begin, &self->offset, &value, NULL);
  return value;
}

guint16
esim_qmi_reader_u16 (EsimQmiReader *self)
{
  guint16 value = 0;

  self->ok = self->ok && qmi_message_tlv_read_guint16 (self->message, self->begin, &self->offset,
                                                       QMI_ENDIAN_LITTLE, &value, NULL);
  return value;
}

guint32
esim_qmi_reader_u32 (EsimQmiReader *self)
{
  guint32 value = 0;

  self->ok = self->ok && qmi_message_tlv_read_guint32 (self->message, self->begin, &self->offset,
                                                       QMI_ENDIAN_LITTLE, &value, NULL);
  return value;
}

guint
esim_qmi_reader_octets (EsimQmiReader *self, guint8 octets[G_MAXUINT8])
{
  guint length = esim_qmi_reader_u8 (self);

  for (guint i = 0; i < length && self->ok; i++)
    octets[i] = esim_qmi_reader_u8 (self);
  return self->ok ? length : 0;
}
