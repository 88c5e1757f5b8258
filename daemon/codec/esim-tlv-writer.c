/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-tlv-writer.h"

#include <openssl/asn1.h>
#include <string.h>

#define HEADER_MAX 8 /* three octets of tag, five of length */

void
esim_tlv_writer_init (EsimTlvWriter *self)
{
  self->bytes = g_byte_array_new ();
  self->depth = 0;
}

/* The number in a tag's octets, and through @lead its first one. */
static int
split_tag (guint32 tag, guint8 *lead)
{
  if (tag <= 0xFF) {
    *lead = (guint8) tag;
    return tag & 0x1F;
  }
  if (tag <= 0xFFFF) {
    *lead = (guint8) (tag >> 8);
    return tag & 0x7F;
  }
  *lead = (guint8) (tag >> 16);
  return (int) ((tag >> 8 & 0x7F) << 7 | (tag & 0x7F));
}

static gsize
make_header (guint8 header[HEADER_MAX], guint32 tag, gsize length)
{
  unsigned char *p = header;
  guint8 lead;
  int number = split_tag (tag, &lead);

  g_assert (length <= G_MAXINT32);
  ASN1_put_object (&p, lead & V_ASN1_CONSTRUCTED, (int) length, number, lead & V_ASN1_PRIVATE);
  return (gsize) (p - header);
}

void
esim_tlv_writer_begin (EsimTlvWriter *self, guint32 tag)
{
  g_assert (self->depth < ESIM_TLV_DEPTH_MAX);
  self->tags[self->depth] = tag;
  self->starts[self->depth] = self->bytes->len;
  self->depth++;
}

/* The header is put before the contents when their length is known. */
void
esim_tlv_writer_end (EsimTlvWriter *self)
{
  guint8 header[HEADER_MAX];
  guint start, contents;
  gsize size;

  g_assert (self->depth > 0);
  self->depth--;
  start = self->starts[self->depth];
  contents = self->bytes->len - start;
  size = make_header (header, self->tags[self->depth], contents);
  g_byte_array_set_size (self->bytes, self->bytes->len + (guint) size);
  memmove (self->bytes->data + start + size, self->bytes->data + start, contents);
  memcpy (self->bytes->data + start, header, size);
}

void
esim_tlv_writer_add (EsimTlvWriter *self, guint32 tag, gconstpointer value, gsize length)
{
  guint8 header[HEADER_MAX];
  gsize size = make_header (header, tag, length);

  g_byte_array_append (self->bytes, header, (guint) size);
  if (length > 0)
    g_byte_array_append (self->bytes, value, (guint) length);
}

void
esim_tlv_writer_add_uint (EsimTlvWriter *self, guint32 tag, guint64 value)
{
  guint8 octets[sizeof value + 1] = {0};
  guint first = 0;

  for (guint i = 0; i < sizeof value; i++)
    octets[sizeof value - i] = (guint8) (value >> (8 * i));
  /* A leading zero stays only where the next octet's first bit would be read as a sign. */
  while (first < sizeof value && octets[first] == 0 && (octets[first + 1] & 0x80) == 0)
    first++;
  esim_tlv_writer_add (self, tag, octets + first, sizeof octets - first);
}

void
esim_tlv_writer_add_boolean (EsimTlvWriter *self, guint32 tag, gboolean value)
{
  guint8 octet = value ? 0xFF : 0x00; /* X.690 11.1 */

  esim_tlv_writer_add (self, tag, &octet, 1);
}

GBytes *
esim_tlv_writer_finish (EsimTlvWriter *self)
{
  g_assert (self->depth == 0);
  return g_byte_array_free_to_bytes (g_steal_pointer (&self->bytes));
}

void
esim_tlv_writer_clear (EsimTlvWriter *self)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  self->depth = 0;
}
