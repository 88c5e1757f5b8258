/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-tlv-writer.h"
#include "hex.h"

#include <string.h>

static gboolean
read_only (const char *hex, GBytes **bytes, EsimTlv *tlv, GError **error)
{
  gsize length;
  const guint8 *data;

  *bytes = hex_bytes (hex);
  data = g_bytes_get_data (*bytes, &length);
  return esim_tlv_read_only (data, length, tlv, error);
}

static void
test_tags (void)
{
  static const struct {
    const char *hex;
    guint32 tag;
    gboolean constructed;
    const char *value;
  } cases[] = {
      {"5A0102", 0x5A, FALSE, "02"},     {"BF2D00", 0xBF2D, TRUE, ""},
      {"9F700101", 0x9F70, FALSE, "01"}, {"BF370130", 0xBF37, TRUE, "30"},
      {"5F370100", 0x5F37, FALSE, "00"}, {"E300", 0xE3, TRUE, ""},
      {"BF814000", 0xBF8140, TRUE, ""},  {"04820003AABBCC", 0x04, FALSE, "AABBCC"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = NULL;
    EsimTlv tlv;

    g_assert_true (read_only (cases[i].hex, &bytes, &tlv, &error));
    g_assert_no_error (error);
    g_assert_cmphex (tlv.tag, ==, cases[i].tag);
    g_assert_cmpint (tlv.constructed, ==, cases[i].constructed);
    assert_hex (tlv.value, tlv.length, cases[i].value);
    assert_hex (tlv.raw, tlv.raw_length, cases[i].hex);
    /* Views: not a copy. */
    g_assert_true (tlv.raw == g_bytes_get_data (bytes, NULL));
  }
}

static void
test_refused (void)
{
  static const char *const cases[] = {
      "",
      "5A",
      "BF",
      "BF2D",
      "5A02AA",               /* shorter than it says */
      "5A01AABB",             /* something behind it */
      "BF2D80A000000000",     /* indefinite */
      "A0800000",             /* indefinite */
      "0000",                 /* the end mark */
      "9F80010100",           /* the tag 9F01 spelled with a zero before it */
      "BF81828300",           /* four octets of tag */
      "5A84FFFFFFFF",         /* oversized */
      "5A847FFFFFFF00",       /* oversized, and positive as an int */
      "5A88FFFFFFFFFFFFFFFF", /* longer than a long */
      "5A890000000000000000010000",
      "5A8200",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = NULL;
    EsimTlv tlv;

    g_test_message ("%s", cases[i]);
    g_assert_false (read_only (cases[i], &bytes, &tlv, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

static void
test_siblings (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = hex_bytes ("800101 8100 BF2F03800105");
  EsimTlvReader reader, inside;
  EsimTlv tlv;

  esim_tlv_reader_init (&reader, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_true (esim_tlv_reader_next (&reader, &tlv));
  g_assert_cmphex (tlv.tag, ==, 0x80);
  g_assert_true (esim_tlv_reader_next (&reader, &tlv));
  g_assert_cmphex (tlv.tag, ==, 0x81);
  g_assert_cmpuint (tlv.length, ==, 0);
  /* An object without contents, or a primitive one, has nothing to enter. */
  esim_tlv_reader_enter (&inside, &reader, &tlv);
  g_assert_false (esim_tlv_reader_next (&inside, &tlv));
  g_assert_false (esim_tlv_reader_finish (&inside, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  g_clear_error (&error);

  g_assert_false (esim_tlv_reader_finish (&reader, &error)); /* not read to its end */
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  g_clear_error (&error);
  g_assert_true (esim_tlv_reader_next (&reader, &tlv));
  esim_tlv_reader_enter (&inside, &reader, &tlv);
  g_assert_true (esim_tlv_reader_next (&inside, &tlv));
  assert_hex (tlv.raw, tlv.raw_length, "800105");
  g_assert_false (esim_tlv_reader_next (&reader, &tlv));
  assert_hex (tlv.raw, tlv.raw_length, "800105"); /* untouched */
  g_assert_true (esim_tlv_reader_finish (&reader, &error));
  g_assert_true (esim_tlv_reader_finish (&inside, &error));
  g_assert_no_error (error);
}

static void
test_depth (void)
{
  g_autofree char *hex = g_strdup ("");
  g_autoptr (GBytes) bytes = NULL;
  EsimTlvReader reader, inside;
  EsimTlv tlv;
  guint deep = 0;

  for (guint i = 0; i < 40; i++) {
    char *outer = hex_tlv ("30", hex);

    g_free (hex);
    hex = outer;
  }
  bytes = hex_bytes (hex);
  esim_tlv_reader_init (&reader, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  while (esim_tlv_reader_next (&reader, &tlv)) {
    deep++;
    esim_tlv_reader_enter (&inside, &reader, &tlv);
    reader = inside;
  }
  g_assert_cmpuint (deep, ==, ESIM_TLV_DEPTH_MAX);
  g_assert_false (esim_tlv_reader_finish (&reader, NULL));
}

static void
test_numbers (void)
{
  static const struct {
    const char *hex;
    gboolean good;
    guint64 value;
  } cases[] = {
      {"800100", TRUE, 0},
      {"80017F", TRUE, 127},
      {"80020080", TRUE, 128},
      {"80020005", TRUE, 5}, /* longer than it need be */
      {"80087FFFFFFFFFFFFFFF", TRUE, G_MAXINT64},
      {"800900FFFFFFFFFFFFFFFF", TRUE, G_MAXUINT64},
      {"800180", FALSE, 0},
      {"8000", FALSE, 0},
      {"8009010000000000000000", FALSE, 0},
      {"800A00000000000000000001", FALSE, 0},
      {"A0020100", FALSE, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = NULL;
    EsimTlv tlv;
    guint64 value = 0;

    g_assert_true (read_only (cases[i].hex, &bytes, &tlv, &error));
    g_assert_cmpint (esim_tlv_get_uint (&tlv, &value, &error), ==, cases[i].good);
    if (cases[i].good)
      g_assert_cmpuint (value, ==, cases[i].value);
    else
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
  }
}

static void
test_sizes (void)
{
  g_autoptr (GBytes) bytes = NULL, long_bytes = NULL;
  g_autoptr (GError) error = NULL;
  guint64 value = 0;
  EsimTlv tlv;

  g_assert_true (read_only ("8204FFFFFFFF", &bytes, &tlv, &error));
  g_assert_true (esim_tlv_get_size (&tlv, &value, &error));
  g_assert_cmpuint (value, ==, G_MAXUINT32);
  g_assert_true (read_only ("8209000000000000000001", &long_bytes, &tlv, &error));
  g_assert_false (esim_tlv_get_size (&tlv, &value, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
}

static void
test_bits (void)
{
  static const struct {
    const char *hex;
    gboolean good;
    guint32 bits;
  } cases[] = {
      {"99020640", TRUE, 1 << 1},
      {"99020520", TRUE, 1 << 2},
      {"99020780", TRUE, 1 << 0},
      {"99030410F0", TRUE, 0xF08},
      {"990100", TRUE, 0},
      {"990204F8", TRUE, 0x0F},
      {"99060700000001FF", TRUE, 1u << 31},
      {"9900", FALSE, 0},
      {"990108", FALSE, 0},
      {"990101", FALSE, 0},
      {"99020840", FALSE, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = NULL;
    EsimTlv tlv;
    guint32 bits = 0;

    g_test_message ("%s", cases[i].hex);
    g_assert_true (read_only (cases[i].hex, &bytes, &tlv, &error));
    g_assert_cmpint (esim_tlv_get_bits (&tlv, &bits, &error), ==, cases[i].good);
    g_assert_cmphex (bits, ==, cases[i].bits);
  }
}

static void
test_text (void)
{
  static const struct {
    const char *hex;
    const char *text;
  } cases[] = {
      {"9000", ""},
      {"900441626364", "Abcd"},
      {"9004C3A9E282", "é\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"9003410042", "A\xEF\xBF\xBD"
                     "B"},                                  /* NUL does not cut it short */
      {"90061B5B324A41C2", "\xEF\xBF\xBD[2JA\xEF\xBF\xBD"}, /* a terminal's escape */
      {"900B3A8AE0B8AAE0B8A7E0B8B1", ":\xEF\xBF\xBDสวั"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = NULL;
    g_autofree char *text = NULL;
    EsimTlv tlv;

    if (!read_only (cases[i].hex, &bytes, &tlv, &error))
      g_error ("%s: %s", cases[i].hex, error->message);
    text = esim_tlv_dup_text (&tlv);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

static void
test_writer (void)
{
  g_auto (EsimTlvWriter) writer = {0};
  g_autoptr (GBytes) bytes = NULL;

  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, 0xBF31);
  esim_tlv_writer_begin (&writer, 0xA0);
  esim_tlv_writer_add (&writer, 0x4F, "\x01\x02", 2);
  esim_tlv_writer_end (&writer);
  esim_tlv_writer_add_boolean (&writer, 0x81, TRUE);
  esim_tlv_writer_add_boolean (&writer, 0x81, FALSE);
  esim_tlv_writer_add (&writer, 0x9F70, NULL, 0);
  esim_tlv_writer_add (&writer, 0xBF8140, NULL, 0);
  esim_tlv_writer_end (&writer);
  bytes = esim_tlv_writer_finish (&writer);
  assert_bytes (bytes, "BF3113A0044F0201028101FF8101009F7000BF814000");
}

static void
test_writer_uint (void)
{
  static const struct {
    guint64 value;
    const char *hex;
  } cases[] = {
      {0, "800100"},
      {127, "80017F"},
      {128, "80020080"},
      {255, "800200FF"},
      {256, "80020100"},
      {G_MAXUINT32, "800500FFFFFFFF"},
      {G_MAXUINT64, "800900FFFFFFFFFFFFFFFF"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (EsimTlvWriter) writer = {0};
    g_autoptr (GBytes) bytes = NULL;
    g_autoptr (GError) error = NULL;
    EsimTlv tlv;
    guint64 back;

    esim_tlv_writer_init (&writer);
    esim_tlv_writer_add_uint (&writer, 0x80, cases[i].value);
    bytes = esim_tlv_writer_finish (&writer);
    assert_bytes (bytes, cases[i].hex);
    g_assert_true (
        esim_tlv_read_only (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &tlv, &error));
    g_assert_true (esim_tlv_get_uint (&tlv, &back, &error));
    g_assert_cmpuint (back, ==, cases[i].value);
  }
}

/* At each size where the form of the length changes: what was written is read again, and is minimal. */
static void
test_writer_lengths (void)
{
  static const struct {
    gsize length, header;
  } cases[] = {{0, 3}, {127, 3}, {128, 4}, {255, 4}, {256, 5}, {65535, 5}, {65536, 6}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree guint8 *value = g_malloc0 (cases[i].length + 1);
    g_auto (EsimTlvWriter) writer = {0};
    g_autoptr (GBytes) bytes = NULL;
    g_autoptr (GError) error = NULL;
    EsimTlv tlv;

    esim_tlv_writer_init (&writer);
    esim_tlv_writer_begin (&writer, 0xBF36);
    for (gsize j = 0; j < cases[i].length; j++)
      g_byte_array_append (writer.bytes, value, 1);
    esim_tlv_writer_end (&writer);
    bytes = esim_tlv_writer_finish (&writer);
    g_assert_true (
        esim_tlv_read_only (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &tlv, &error));
    g_assert_cmpuint (tlv.length, ==, cases[i].length);
    g_assert_cmpuint (tlv.raw_length, ==, cases[i].length + cases[i].header);
  }
}

/* Seeded: the same octets in each run. What is read must lie within what was given. */
static void
test_garbage (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20261122);
  guint read = 0;

  for (guint i = 0; i < 50000; i++) {
    gsize length = (gsize) g_rand_int_range (random, 0, 48);
    g_autofree guint8 *data = g_malloc (length + 1); /* as small as can be, for the sanitizer */
    EsimTlvReader reader;
    EsimTlv tlv;

    for (gsize j = 0; j < length; j++)
      data[j] = (guint8) g_rand_int (random);
    esim_tlv_reader_init (&reader, data, length);
    while (esim_tlv_reader_next (&reader, &tlv)) {
      g_autofree char *text = esim_tlv_dup_text (&tlv);

      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_true (tlv.raw >= data && tlv.raw + tlv.raw_length <= data + length);
      g_assert_true (tlv.value + tlv.length == tlv.raw + tlv.raw_length);
      read++;
    }
  }
  g_assert_cmpuint (read, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tlv/tags", test_tags);
  g_test_add_func ("/tlv/refused", test_refused);
  g_test_add_func ("/tlv/siblings", test_siblings);
  g_test_add_func ("/tlv/depth", test_depth);
  g_test_add_func ("/tlv/numbers", test_numbers);
  g_test_add_func ("/tlv/sizes", test_sizes);
  g_test_add_func ("/tlv/bits", test_bits);
  g_test_add_func ("/tlv/text", test_text);
  g_test_add_func ("/tlv/writer", test_writer);
  g_test_add_func ("/tlv/writer-uint", test_writer_uint);
  g_test_add_func ("/tlv/writer-lengths", test_writer_lengths);
  g_test_add_func ("/tlv/garbage", test_garbage);
  return g_test_run ();
}
