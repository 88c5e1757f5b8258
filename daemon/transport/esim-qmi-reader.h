/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libqmi-glib.h>

G_BEGIN_DECLS

/**
 * EsimQmiReader:
 * @ok: nothing was missing up to now; what is read after it was is 0
 *
 * A TLV of a message as it is read, one field after the other. Used for what comes in answers and in
 * indications alike, for which libqmi has two sets of types.
 */
typedef struct {
  QmiMessage *message;
  gsize begin, offset;
  gboolean ok;
} EsimQmiReader;

EsimQmiReader esim_qmi_reader_begin (QmiMessage *message, guint8 type);

guint8 esim_qmi_reader_u8 (EsimQmiReader *self);
guint16 esim_qmi_reader_u16 (EsimQmiReader *self);
guint32 esim_qmi_reader_u32 (EsimQmiReader *self);

/* An array with one octet of length before it. Returns: its length */
guint esim_qmi_reader_octets (EsimQmiReader *self, guint8 octets[G_MAXUINT8]);

G_END_DECLS
