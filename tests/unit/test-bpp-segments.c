/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bpp-segments.h"
#include "bpp-fixture.h"
#include "esim-error.h"
#include "hex.h"

#include <string.h>

#define CHANNEL "BF230A 80080102A3B4C5D6E7F8"
#define BLOCK(tag) tag "09 01 C0C1C2C3C4C5C6C7"
#define METADATA_BLOCK "880C BF250101 C0C1C2C3C4C5C6C7"
#define FIRST "A00B" BLOCK ("87")
#define SECOND "A10E" METADATA_BLOCK
#define LAST "A30B" BLOCK ("86")

static EsimBppSegments *
make_reader (void)
{
  g_autoptr (GBytes) transaction = hex_bytes (BPP_TRANSACTION_ID);

  return esim_bpp_segments_new (transaction);
}

/* In pieces of @step octets; what comes out is appended to @out. */
static gboolean
feed (EsimBppSegments *reader, GBytes *package, gsize step, GPtrArray *out, GError **error)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (package, &length);

  for (gsize done = 0; done < length; done += step) {
    GBytes *segment;

    if (!esim_bpp_segments_feed (reader, data + done, MIN (step, length - done), error))
      return FALSE;
    while ((segment = esim_bpp_segments_next (reader)) != NULL)
      g_ptr_array_add (out, segment);
  }
  return esim_bpp_segments_finish (reader, error);
}

static void
check_shape (const BppShape *shape, gsize step)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimBppSegments) reader = make_reader ();
  g_autoptr (GBytes) package = bpp_make_package (shape), metadata = bpp_make_metadata (shape);
  g_autoptr (GPtrArray) wanted = bpp_cut (package),
                        out = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_assert_true (feed (reader, package, step, out, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (out->len, ==, wanted->len);
  for (guint i = 0; i < out->len; i++)
    g_assert_true (g_bytes_equal (out->pdata[i], wanted->pdata[i]));
  g_assert_true (g_bytes_equal (esim_bpp_segments_get_metadata (reader), metadata));
  g_assert_cmpuint (esim_bpp_segments_get_total (reader), ==, g_bytes_get_size (package));
  g_assert_cmpuint (esim_bpp_segments_get_given (reader), ==, g_bytes_get_size (package));
}

static void
test_shapes (void)
{
  static const BppShape shapes[] = {
      {1, 40, 0, 100, 1020},     {1, 300, 1, 14336, 1020},  {2, 1500, 2, 5000, 1020},
      {3, 3000, 3, 60000, 1020}, {1, 120, 0, 40000, 16000}, {1, 5000, 1, 900, 200},
  };
  static const gsize steps[] = {1, 2, 3, 7, 254, 1019, 1020, 1021, 65536};

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (steps); j++)
      check_shape (&shapes[i], steps[j]);
}

/* The form of 2.5.5, in octets. */
static void
test_segments (void)
{
  static const char *const wanted[] = {
      "BF3637BF230A80080102A3B4C5D6E7F8",
      "A00B870901C0C1C2C3C4C5C6C7",
      "A10E",
      "880CBF250101C0C1C2C3C4C5C6C7",
      "A30B",
      "860901C0C1C2C3C4C5C6C7",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimBppSegments) reader = make_reader ();
  g_autoptr (GBytes) package = bpp_make_hex_package (CHANNEL FIRST SECOND LAST);
  g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_assert_true (feed (reader, package, 1, out, &error));
  g_assert_cmpuint (out->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < out->len; i++)
    assert_bytes ((GBytes *) out->pdata[i], wanted[i]);
  assert_bytes (esim_bpp_segments_get_metadata (reader), "BF250101");
}

/* Nothing for the card before the last octet of the metadata is there. */
static void
test_metadata_first (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimBppSegments) reader = make_reader ();
  g_autoptr (GBytes) package = bpp_make_hex_package (CHANNEL FIRST SECOND LAST), first = NULL;
  gsize length = 0, end = 3 + 13 + 13 + 16;
  const guint8 *data = g_bytes_get_data (package, &length);

  for (gsize i = 0; i < end - 1; i++) {
    g_assert_true (esim_bpp_segments_feed (reader, data + i, 1, &error));
    g_assert_null (esim_bpp_segments_next (reader));
    g_assert_null (esim_bpp_segments_get_metadata (reader));
  }
  g_assert_true (esim_bpp_segments_feed (reader, data + end - 1, 1, &error));
  g_assert_nonnull (esim_bpp_segments_get_metadata (reader));
  first = esim_bpp_segments_next (reader);
  g_assert_cmpuint (g_bytes_get_size (first), ==, 16);
  g_assert_false (esim_bpp_segments_finish (reader, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
}

static void
test_refused (void)
{
  static const struct {
    const char *package; /* members, or with a leading "=" the whole */
    int code;
  } cases[] = {
      {"=30 00", ESIM_ERROR_SERVER_ERROR},
      {"=BF36 00", ESIM_ERROR_SERVER_ERROR},
      {"=BF36 80", ESIM_ERROR_SERVER_ERROR},
      {"=BF36 8400000001 00", ESIM_ERROR_SERVER_ERROR},
      {"=BF36 83FFFFFF", ESIM_ERROR_LIMIT_EXCEEDED},
      {"=BFFFFFFF", ESIM_ERROR_SERVER_ERROR},
      {FIRST SECOND LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL SECOND LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST LAST SECOND, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND LAST LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND LAST "00", ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND "A20B" BLOCK ("86") LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND "A30B" BLOCK ("87"), ESIM_ERROR_SERVER_ERROR},
      {CHANNEL "A000" SECOND LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST "A100" LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND "A300", ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND "A37F" BLOCK ("86"), ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND "A30A" BLOCK ("86"), ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND "A302 8600", ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST SECOND "A30A 8608 C0C1C2C3C4C5C6C7", ESIM_ERROR_SERVER_ERROR},
      {"BF230A 80080102A3B4C5D6E7F9" FIRST SECOND LAST, ESIM_ERROR_SERVER_ERROR},
      {"BF2309 80070102A3B4C5D6E7" FIRST SECOND LAST, ESIM_ERROR_SERVER_ERROR},
      {"BF230A 81080102A3B4C5D6E7F8" FIRST SECOND LAST, ESIM_ERROR_SERVER_ERROR},
      {"BF230A 80090102A3B4C5D6E7F8" FIRST SECOND LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST "A10E 880C BF240101 C0C1C2C3C4C5C6C7" LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST "A10E 880C BF250201 C0C1C2C3C4C5C6C7" LAST, ESIM_ERROR_SERVER_ERROR},
      {CHANNEL FIRST "A10F 880D BF25010101 C0C1C2C3C4C5C6C7" LAST, ESIM_ERROR_SERVER_ERROR},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *text = cases[i].package;

    for (gsize step = 1; step < 200; step += 150) {
      g_autoptr (GError) error = NULL;
      g_autoptr (EsimBppSegments) reader = make_reader ();
      g_autoptr (GBytes) package = text[0] == '=' ? hex_bytes (text + 1) : bpp_make_hex_package (text);
      g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

      g_test_message ("%s", text);
      g_assert_false (feed (reader, package, step, out, &error));
      g_assert_error (error, ESIM_ERROR, cases[i].code);
    }
  }
}

/* A package's own header and its first blocks tell that it is too large: nobody waits for it. */
static void
test_bounds (void)
{
  const BppShape large_block = {1, 300, 0, 20000, 17000}, much_metadata = {1, 17000, 0, 100, 1020};
  const BppShape *shapes[] = {&large_block, &much_metadata};

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimBppSegments) reader = make_reader ();
    g_autoptr (GBytes) package = bpp_make_package (shapes[i]);
    g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

    g_assert_false (feed (reader, package, 1000, out, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
  }
}

/* Two MiB of the smallest blocks, at once: not more work than octets. */
static void
test_many_blocks (void)
{
  const BppShape shape = {1, 100, 0, 190000, 13};
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimBppSegments) reader = make_reader ();
  g_autoptr (GBytes) package = bpp_make_package (&shape);
  g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gint64 begun = g_get_monotonic_time ();

  g_assert_true (feed (reader, package, G_MAXUINT32, out, &error));
  g_assert_cmpuint (out->len, >, 190000);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 20 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bpp-segments/shapes", test_shapes);
  g_test_add_func ("/bpp-segments/segments", test_segments);
  g_test_add_func ("/bpp-segments/metadata-first", test_metadata_first);
  g_test_add_func ("/bpp-segments/refused", test_refused);
  g_test_add_func ("/bpp-segments/bounds", test_bounds);
  g_test_add_func ("/bpp-segments/many-blocks", test_many_blocks);
  return g_test_run ();
}
