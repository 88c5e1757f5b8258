/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-tlv.h"
#include "esim-error.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <string.h>

#define TAG_OCTETS_MAX 3
#define TAG_HIGH 0x1F /* X.690 8.1.2.4: more tag octets follow */
#define TAG_MORE 0x80
#define FLAG_FAILED 0x80     /* ASN1_get_object: malformed, or longer than the data */
#define FLAG_INDEFINITE 0x01 /* ASN1_get_object: length octet 80 */
#define REPLACEMENT 0xFFFD

void
esim_tlv_reader_init (EsimTlvReader *self, const guint8 *data, gsize length)
{
  self->next = data;
  self->left = length;
  self->depth = 1;
  self->failed = length > G_MAXINT32; /* OpenSSL counts in long */
}

void
esim_tlv_reader_enter (EsimTlvReader *self, const EsimTlvReader *parent, const EsimTlv *tlv)
{
  esim_tlv_reader_init (self, tlv->value, tlv->length);
  self->depth = parent->depth + 1;
  if (!tlv->constructed || self->depth > ESIM_TLV_DEPTH_MAX)
    self->failed = TRUE;
}

/* Called after OpenSSL has seen that the header is whole. 0 if the tag has too many octets, begins its number
 * with zeros (X.690 8.1.2.4.2 c: one tag must not have two spellings), or is the end mark of an indefinite
 * length. */
static guint32
read_tag (const guint8 *header)
{
  guint32 tag = header[0];

  if ((tag & TAG_HIGH) != TAG_HIGH)
    return tag;
  if (header[1] == TAG_MORE)
    return 0;
  for (guint i = 1; i < TAG_OCTETS_MAX; i++) {
    tag = tag << 8 | header[i];
    if ((header[i] & TAG_MORE) == 0)
      return tag;
  }
  return 0;
}

static gboolean
read_one (const guint8 *data, gsize left, EsimTlv *tlv)
{
  const unsigned char *p = data;
  long length = 0;
  int number = 0, tag_class = 0, flags;

  /* A length past the end also leaves an entry in OpenSSL's queue, which is not ours to fill. */
  ERR_set_mark ();
  flags = ASN1_get_object (&p, &length, &number, &tag_class, (long) left);
  ERR_pop_to_mark ();
  if ((flags & (FLAG_FAILED | FLAG_INDEFINITE)) != 0 || length < 0 ||
      (gsize) length > left - (gsize) (p - data))
    return FALSE;

  tlv->tag = read_tag (data);
  if (tlv->tag == 0)
    return FALSE;
  tlv->constructed = (flags & V_ASN1_CONSTRUCTED) != 0;
  tlv->value = p;
  tlv->length = (gsize) length;
  tlv->raw = data;
  tlv->raw_length = (gsize) (p - data) + (gsize) length;
  return TRUE;
}

gboolean
esim_tlv_reader_next (EsimTlvReader *self, EsimTlv *tlv)
{
  EsimTlv read;

  if (self->failed || self->left == 0)
    return FALSE;
  if (!read_one (self->next, self->left, &read)) {
    self->failed = TRUE;
    return FALSE;
  }
  self->next += read.raw_length;
  self->left -= read.raw_length;
  *tlv = read;
  return TRUE;
}

gboolean
esim_tlv_reader_finish (const EsimTlvReader *self, GError **error)
{
  if (!self->failed && self->left == 0)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
               "The card's answer is malformed, %" G_GSIZE_FORMAT
               " octets before the end of an object. Try again; if it stays so, reset the modem.",
               self->left);
  return FALSE;
}

gboolean
esim_tlv_read_only (const guint8 *data, gsize length, EsimTlv *tlv, GError **error)
{
  EsimTlvReader reader;
  EsimTlv read;

  if (length == 0) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
        "The card answered with nothing where data was due. Try again; if it stays so, reset "
        "the modem.");
    return FALSE;
  }
  esim_tlv_reader_init (&reader, data, length);
  if (!esim_tlv_reader_next (&reader, &read))
    return esim_tlv_reader_finish (&reader, error);
  if (reader.left != 0) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                 "The card's answer has %" G_GSIZE_FORMAT
                 " octets behind its end. Try again; if it stays so, reset the modem.",
                 reader.left);
    return FALSE;
  }
  *tlv = read;
  return TRUE;
}

static gboolean
set_value_error (const EsimTlv *tlv, const char *what, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
               "The card's answer holds, under tag %X, %s. Try again; if it stays so, the card does not keep "
               "to the standard.",
               tlv->tag, what);
  return FALSE;
}

gboolean
esim_tlv_get_uint (const EsimTlv *tlv, guint64 *value, GError **error)
{
  EsimTlv magnitude = *tlv;

  if (tlv->constructed || tlv->length == 0)
    return set_value_error (tlv, "no number", error);
  if ((tlv->value[0] & 0x80) != 0)
    return set_value_error (tlv, "a negative number", error);
  if (tlv->length == sizeof (guint64) + 1 && tlv->value[0] == 0) {
    magnitude.value++;
    magnitude.length--;
  }
  return esim_tlv_get_size (&magnitude, value, error);
}

gboolean
esim_tlv_get_size (const EsimTlv *tlv, guint64 *value, GError **error)
{
  guint64 sum = 0;

  if (tlv->constructed || tlv->length == 0)
    return set_value_error (tlv, "no number", error);
  if (tlv->length > sizeof sum)
    return set_value_error (tlv, "a number that is too large", error);
  for (gsize i = 0; i < tlv->length; i++)
    sum = sum << 8 | tlv->value[i];
  *value = sum;
  return TRUE;
}

gboolean
esim_tlv_get_bits (const EsimTlv *tlv, guint32 *bits, GError **error)
{
  guint32 set = 0;
  gsize count;

  if (tlv->constructed || tlv->length == 0 || tlv->value[0] > 7 || (tlv->length == 1 && tlv->value[0] != 0))
    return set_value_error (tlv, "no bit string", error);
  count = (tlv->length - 1) * 8 - tlv->value[0];
  for (gsize i = 0; i < MIN (count, 32); i++)
    if ((tlv->value[1 + i / 8] & (0x80 >> (i % 8))) != 0)
      set |= (guint32) 1 << i;
  *bits = set;
  return TRUE;
}

char *
esim_tlv_dup_text (const EsimTlv *tlv)
{
  g_autofree char *valid = g_utf8_make_valid ((const char *) tlv->value, (gssize) tlv->length);
  GString *shown = g_string_sized_new (tlv->length);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    g_string_append_unichar (shown, g_unichar_iscntrl (c) ? REPLACEMENT : c);
  }
  return g_string_free (shown, FALSE);
}

char *
esim_tlv_dup_hex (const EsimTlv *tlv)
{
  GString *hex = g_string_sized_new (2 * tlv->length);

  for (gsize i = 0; i < tlv->length; i++)
    g_string_append_printf (hex, "%02X", tlv->value[i]);
  return g_string_free (hex, FALSE);
}

GBytes *
esim_tlv_dup_raw (const EsimTlv *tlv)
{
  return g_bytes_new (tlv->raw, tlv->raw_length);
}
