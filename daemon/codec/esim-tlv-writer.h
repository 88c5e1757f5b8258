/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-tlv.h"

G_BEGIN_DECLS

/**
 * EsimTlvWriter:
 *
 * Writes DER objects: minimal lengths, minimal integers. Tags as in #EsimTlv. Used from code with constants:
 * what is wrong there (an end without a begin, too deep) is a bug and aborts. Private.
 */
typedef struct {
  GByteArray *bytes;
  guint depth;
  guint32 tags[ESIM_TLV_DEPTH_MAX];
  guint starts[ESIM_TLV_DEPTH_MAX]; /* where the contents begin */
} EsimTlvWriter;

void esim_tlv_writer_init (EsimTlvWriter *self);

/* Opens a constructed object, up to the matching esim_tlv_writer_end(). */
void esim_tlv_writer_begin (EsimTlvWriter *self, guint32 tag);
void esim_tlv_writer_end (EsimTlvWriter *self);

/* A whole object with contents. */
void esim_tlv_writer_add (EsimTlvWriter *self, guint32 tag, gconstpointer value, gsize length);
void esim_tlv_writer_add_uint (EsimTlvWriter *self, guint32 tag, guint64 value);
void esim_tlv_writer_add_boolean (EsimTlvWriter *self, guint32 tag, gboolean value);

/* (transfer full): what was written; the writer is cleared */
GBytes *esim_tlv_writer_finish (EsimTlvWriter *self) G_GNUC_WARN_UNUSED_RESULT;

/* Drops what was written. */
void esim_tlv_writer_clear (EsimTlvWriter *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimTlvWriter, esim_tlv_writer_clear)

G_END_DECLS
