/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_TLV_DEPTH_MAX 16

/**
 * EsimTlv:
 * @tag: its octets as they stand in the data, read as one number: 0x5A, 0x9F70, 0xBF2D; three octets at most
 * @value: the contents
 * @raw: the whole object, tag and length included: what is signed or relayed
 *
 * One BER-TLV object: a view into bytes that belong to somebody else and must outlive it.
 */
typedef struct {
  guint32 tag;
  gboolean constructed;
  const guint8 *value;
  gsize length;
  const guint8 *raw;
  gsize raw_length;
} EsimTlv;

/**
 * EsimTlvReader:
 *
 * Walks over the objects at one level. Definite lengths only (SGP.22 is DER). What is nested is read with a
 * reader of its own, esim_tlv_reader_enter(), so that nothing recurses; a reader remembers how deep it is.
 * Private.
 */
typedef struct {
  const guint8 *next;
  gsize left;
  guint depth;
  gboolean failed;
} EsimTlvReader;

void esim_tlv_reader_init (EsimTlvReader *self, const guint8 *data, gsize length);

/* The contents of @tlv. An object that is not constructed, or lies deeper than ESIM_TLV_DEPTH_MAX, makes a
 * reader that fails. */
void esim_tlv_reader_enter (EsimTlvReader *self, const EsimTlvReader *parent, const EsimTlv *tlv);

/**
 * esim_tlv_reader_next:
 * @tlv: (out): untouched if there is none
 *
 * Returns: %FALSE at the end, or where the data is malformed: esim_tlv_reader_finish() tells which
 */
gboolean esim_tlv_reader_next (EsimTlvReader *self, EsimTlv *tlv);

/**
 * esim_tlv_reader_finish:
 * Returns: %TRUE if everything was read and well-formed; else CARD_ERROR
 */
gboolean esim_tlv_reader_finish (const EsimTlvReader *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads the one object that @data must consist of: anything behind it is CARD_ERROR, as is a cut-off one. */
gboolean
esim_tlv_read_only (const guint8 *data, gsize length, EsimTlv *tlv, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An INTEGER that must not be negative, up to 2^64 - 1. CARD_ERROR. */
gboolean esim_tlv_get_uint (const EsimTlv *tlv, guint64 *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The contents as an unsigned number of 1 to 8 octets, as ETSI codes sizes: the first bit is no sign. */
gboolean esim_tlv_get_size (const EsimTlv *tlv, guint64 *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A BIT STRING of named bits: bit number n of the type becomes 1 << n. Bits past 31 are ignored. CARD_ERROR.
 */
gboolean esim_tlv_get_bits (const EsimTlv *tlv, guint32 *bits, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full): UTF-8 text fit to be shown: what is not UTF-8, and control characters (a card must not
 * steer a terminal), become U+FFFD. */
char *esim_tlv_dup_text (const EsimTlv *tlv) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full): upper-case hexadecimal */
char *esim_tlv_dup_hex (const EsimTlv *tlv) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full): a copy of the whole object, byte for byte */
GBytes *esim_tlv_dup_raw (const EsimTlv *tlv) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
