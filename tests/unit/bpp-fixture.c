/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bpp-fixture.h"
#include "esim-tlv-writer.h"
#include "hex.h"

#include <string.h>

#define MAC_OCTETS 8
#define BLOCK_HEADER_OCTETS 4

const BppShape bpp_usual = {
    .configure = 1, .metadata = 300, .replace_keys = 1, .profile = 14 * 1024, .block = 1020};

static void
add_block (EsimTlvWriter *writer, guint32 tag, const guint8 *contents, gsize length)
{
  g_autoptr (GByteArray) block = g_byte_array_new ();

  g_byte_array_append (block, contents, (guint) length);
  g_byte_array_append (block, (const guint8 *) "\xC0\xC1\xC2\xC3\xC4\xC5\xC6\xC7", MAC_OCTETS);
  esim_tlv_writer_add (writer, tag, block->data, block->len);
}

static void
add_blocks (EsimTlvWriter *writer, guint32 sequence, guint32 tag, GBytes *contents, gsize size)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (contents, &length);
  gsize part = size - BLOCK_HEADER_OCTETS - MAC_OCTETS;

  esim_tlv_writer_begin (writer, sequence);
  for (gsize done = 0; done < length; done += part)
    add_block (writer, tag, data + done, MIN (part, length - done));
  esim_tlv_writer_end (writer);
}

static void
add_secure_channel (EsimTlvWriter *writer)
{
  g_autoptr (GBytes) transaction = hex_bytes (BPP_TRANSACTION_ID);
  const guint8 point[65] = {4, 1, 2, 3}, signature[64] = {5, 6, 7, 8};

  esim_tlv_writer_begin (writer, 0xBF23);
  esim_tlv_writer_add_uint (writer, 0x82, 1);
  esim_tlv_writer_add (writer, 0x80, g_bytes_get_data (transaction, NULL), g_bytes_get_size (transaction));
  esim_tlv_writer_begin (writer, 0xA6);
  esim_tlv_writer_add (writer, 0x80, "\x88", 1);
  esim_tlv_writer_add (writer, 0x81, "\x10", 1);
  esim_tlv_writer_add (writer, 0x84, "host", 4);
  esim_tlv_writer_end (writer);
  esim_tlv_writer_add (writer, 0x5F49, point, sizeof point);
  esim_tlv_writer_add (writer, 0x5F37, signature, sizeof signature);
  esim_tlv_writer_end (writer);
}

static GBytes *
count_octets (gsize length)
{
  guint8 *octets = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    octets[i] = (guint8) (i * 7 + i / 251);
  return g_bytes_new_take (octets, length);
}

GBytes *
bpp_make_metadata (const BppShape *shape)
{
  g_auto (EsimTlvWriter) writer = {0};
  g_autoptr (GBytes) octets = count_octets (shape->metadata);

  esim_tlv_writer_init (&writer);
  esim_tlv_writer_add (&writer, 0xBF25, g_bytes_get_data (octets, NULL), shape->metadata);
  return esim_tlv_writer_finish (&writer);
}

GBytes *
bpp_make_package (const BppShape *shape)
{
  g_auto (EsimTlvWriter) writer = {0};
  g_autoptr (GBytes) configure = count_octets (16), metadata = bpp_make_metadata (shape),
                     profile = count_octets (shape->profile);

  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, 0xBF36);
  add_secure_channel (&writer);
  esim_tlv_writer_begin (&writer, 0xA0);
  for (guint i = 0; i < shape->configure; i++)
    add_block (&writer, 0x87, g_bytes_get_data (configure, NULL), 16);
  esim_tlv_writer_end (&writer);
  add_blocks (&writer, 0xA1, 0x88, metadata, shape->block);
  if (shape->replace_keys > 0) {
    esim_tlv_writer_begin (&writer, 0xA2);
    for (guint i = 0; i < shape->replace_keys; i++)
      add_block (&writer, 0x87, g_bytes_get_data (configure, NULL), 16);
    esim_tlv_writer_end (&writer);
  }
  add_blocks (&writer, 0xA3, 0x86, profile, shape->block);
  esim_tlv_writer_end (&writer);
  return esim_tlv_writer_finish (&writer);
}

GBytes *
bpp_make_hex_package (const char *members)
{
  g_autofree char *package = hex_tlv ("BF36", members);

  return hex_bytes (package);
}

static void
add_segment (GPtrArray *segments, const guint8 *from, const guint8 *to)
{
  g_ptr_array_add (segments, g_bytes_new (from, (gsize) (to - from)));
}

GPtrArray *
bpp_cut (GBytes *package)
{
  GPtrArray *segments = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (package, &length), *from = data;
  EsimTlvReader outside, members;
  EsimTlv tlv;

  esim_tlv_reader_init (&outside, data, length);
  g_assert_true (esim_tlv_reader_next (&outside, &tlv));
  esim_tlv_reader_enter (&members, &outside, &tlv);
  while (esim_tlv_reader_next (&members, &tlv)) {
    EsimTlvReader blocks;
    EsimTlv block;

    if (tlv.tag == 0xA1 || tlv.tag == 0xA3) {
      add_segment (segments, tlv.raw, tlv.value);
      from = tlv.value;
    } else if (tlv.tag == 0xBF23) {
      add_segment (segments, from, tlv.raw + tlv.raw_length);
      from = tlv.raw + tlv.raw_length;
      continue;
    }
    esim_tlv_reader_enter (&blocks, &members, &tlv);
    while (esim_tlv_reader_next (&blocks, &block)) {
      add_segment (segments, from, block.raw + block.raw_length);
      from = block.raw + block.raw_length;
    }
  }
  g_assert_true (from == data + length);
  return segments;
}

GBytes *
bpp_make_body (GBytes *package)
{
  g_autofree char *base64 = g_base64_encode (g_bytes_get_data (package, NULL), g_bytes_get_size (package));
  char *body =
      g_strdup_printf ("{\"header\": {\"functionExecutionStatus\": {\"status\": \"Executed-Success\"}}, "
                       "\"transactionId\": \"%s\", \"boundProfilePackage\": \"%s\"}",
                       BPP_TRANSACTION_ID, base64);

  return g_bytes_new_take (body, strlen (body));
}
