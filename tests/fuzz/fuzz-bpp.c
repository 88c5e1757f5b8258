/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The body of a server's answer, cut by its own content: however it is cut, the same comes of it. */
#include "fuzz.h"
#include "esim-bpp.h"
#include "esim-error.h"
#include "esim-tlv.h"

#define TRANSACTION_ID "0102A3B4C5D6E7F8"

typedef struct {
  GByteArray *octets; /* of all segments, one behind the other */
  guint segments;
  gboolean good;
} Outcome;

static void
take_segments (EsimBpp *bpp, Outcome *outcome)
{
  GBytes *segment;

  while ((segment = esim_bpp_next_segment (bpp)) != NULL) {
    gsize length = 0;
    const guint8 *octets = g_bytes_get_data (segment, &length);

    g_assert_nonnull (esim_bpp_get_metadata_bytes (bpp));
    g_assert_cmpuint (length, >, 0);
    g_byte_array_append (outcome->octets, octets, (guint) length);
    outcome->segments++;
    g_bytes_unref (segment);
  }
}

static void
check_metadata (EsimBpp *bpp)
{
  GBytes *metadata = esim_bpp_get_metadata_bytes (bpp);
  EsimTlv tlv;

  if (metadata == NULL)
    return;
  g_assert_true (
      esim_tlv_read_only (g_bytes_get_data (metadata, NULL), g_bytes_get_size (metadata), &tlv, NULL));
  g_assert_cmphex (tlv.tag, ==, 0xBF25);
}

static Outcome
read_body (const guint8 *data, gsize size, gsize step)
{
  g_autoptr (EsimBpp) bpp = esim_bpp_new ("smdp.example.com", TRANSACTION_ID);
  g_autoptr (GError) error = NULL;
  Outcome outcome = {g_byte_array_new (), 0, TRUE};

  for (gsize done = 0; outcome.good && done < size; done += step) {
    g_autoptr (GBytes) chunk = g_bytes_new_static (data + done, MIN (step, size - done));

    outcome.good = esim_bpp_feed (bpp, chunk, &error);
    take_segments (bpp, &outcome);
  }
  outcome.good = outcome.good && esim_bpp_finish (bpp, &error);
  g_assert_true (outcome.good == (error == NULL));
  g_assert_true (error == NULL || error->domain == ESIM_ERROR);
  check_metadata (bpp);
  if (outcome.good) {
    g_assert_true (esim_bpp_is_given (bpp));
    g_assert_cmpuint (outcome.octets->len, ==, esim_bpp_get_octets_total (bpp));
  }
  return outcome;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Outcome whole = read_body (data, size, MAX (size, 1));
  Outcome pieces = read_body (data, size, size > 0 ? 1 + data[size - 1] % 64 : 1);

  g_assert_true (whole.good == pieces.good);
  if (whole.good) {
    g_assert_cmpuint (whole.segments, ==, pieces.segments);
    g_assert_cmpmem (whole.octets->data, whole.octets->len, pieces.octets->data, pieces.octets->len);
  }
  g_byte_array_unref (whole.octets);
  g_byte_array_unref (pieces.octets);
  return 0;
}
