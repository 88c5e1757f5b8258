/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "esim-tlv-writer.h"

#include <string.h>

/* EMV has tags such as 9F02, whose number would fit into one octet; they can be read, and nobody writes them.
 */
static gboolean
is_short_number_in_long_form (guint32 tag)
{
  return tag > 0xFF && tag <= 0xFFFF && (tag & 0x7F) < 0x1F;
}

/* Copying what was read gives an object that reads the same. */
static void
check_round_trip (const EsimTlv *tlv)
{
  g_auto (EsimTlvWriter) writer = {0};
  g_autoptr (GBytes) bytes = NULL;
  EsimTlv again;

  esim_tlv_writer_init (&writer);
  esim_tlv_writer_add (&writer, tlv->tag, tlv->value, tlv->length);
  bytes = esim_tlv_writer_finish (&writer);
  g_assert_true (esim_tlv_read_only (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &again, NULL));
  g_assert_cmphex (again.tag, ==, tlv->tag);
  g_assert_cmpuint (again.length, ==, tlv->length);
  g_assert_cmpint (memcmp (again.value, tlv->value, tlv->length), ==, 0);
}

static void
check_values (const EsimTlv *tlv)
{
  g_autofree char *text = esim_tlv_dup_text (tlv);
  guint64 number;
  guint32 bits;

  g_assert_true (g_utf8_validate (text, -1, NULL));
  (void) !esim_tlv_get_uint (tlv, &number, NULL);
  (void) !esim_tlv_get_size (tlv, &number, NULL);
  (void) !esim_tlv_get_bits (tlv, &bits, NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  EsimTlvReader levels[ESIM_TLV_DEPTH_MAX];
  guint depth = 0;

  esim_tlv_reader_init (&levels[0], data, size);
  for (;;) {
    EsimTlv tlv;

    if (!esim_tlv_reader_next (&levels[depth], &tlv)) {
      if (depth == 0)
        return 0;
      depth--;
      continue;
    }
    g_assert_true (tlv.raw >= data && tlv.raw + tlv.raw_length <= data + size);
    g_assert_true (tlv.value + tlv.length == tlv.raw + tlv.raw_length);
    check_values (&tlv);
    if (!is_short_number_in_long_form (tlv.tag))
      check_round_trip (&tlv);
    if (tlv.constructed && depth + 1 < ESIM_TLV_DEPTH_MAX) {
      esim_tlv_reader_enter (&levels[depth + 1], &levels[depth], &tlv);
      depth++;
    }
  }
}
