/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-json.h"
#include "esimctl-metadata.h"
#include "esimctl-select.h"
#include "esimctl-table.h"

static const EsimctlNames names[] = {
    {"8966050000000010001", "", "Travel 5G"},
    {"8966050000000020002", "家里", "Travel 5G"},
    {"8966050000000030001", "0002", "Work"},
    {"8966050000000040004", "", "Evil\033[2J"},
};

static void
assert_match (const char *text, const char *expected)
{
  g_autoptr (GArray) found = esimctl_select_match (text, names, G_N_ELEMENTS (names));
  g_autoptr (GString) got = g_string_new (NULL);

  for (guint i = 0; i < found->len; i++)
    g_string_append_printf (got, "%u", g_array_index (found, guint, i));
  g_assert_cmpstr (got->str, ==, expected);
}

static void
test_match (void)
{
  assert_match ("8966050000000010001", "0");
  assert_match ("10001", "0");
  assert_match ("0001", "02");
  assert_match ("001", "");
  assert_match ("家里", "1");
  assert_match ("travel 5g", "01");
  assert_match ("WORK", "2");
  assert_match ("0002", "12"); /* a nickname may look like digits: not decided for the user */
  assert_match ("Evil\357\277\275[2J", "3");
  assert_match ("", "");
  assert_match ("nothing", "");
}

static void
test_table (void)
{
  g_autoptr (EsimctlTable) table = esimctl_table_new ((const char *const[]){"A", "B", NULL}, TRUE);
  g_autofree char *text = NULL;

  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, "中文");
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, "x\n");
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, "a");
  esimctl_table_add (table, ESIMCTL_STYLE_PLAIN, "");
  text = esimctl_table_to_text (table, FALSE);
  g_assert_cmpstr (text, ==, "A     B\n中文  x\357\277\275\na\n");
}

static void
test_json (void)
{
  g_autofree char *escaped = esimctl_json_escape ("{\"a\":\"\302\233\342\200\256\363\240\200\201中\177\"}\n");

  g_assert_cmpstr (escaped, ==, "{\"a\":\"\\u009b\\u202e\\udb40\\udc01中\\u007f\"}\n");
}

static gboolean
parse (const char *data, gsize size, EsimctlMetadata *metadata)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  return esimctl_metadata_parse (bytes, metadata);
}

#define GOOD                                                                                                 \
  "\xbf\x2f\x15\x80\x01\x05\x81\x02\x04\x10\x0c\x00\x5a\x0a\x98\x66\x50\x00\x00\x00\x01\x00\x10\xf0"

static void
test_metadata (void)
{
  g_auto (EsimctlMetadata) metadata = {0};

  g_assert_true (parse (GOOD, sizeof GOOD - 1, &metadata));
  g_assert_cmpuint (metadata.sequence, ==, 5);
  g_assert_cmpuint (metadata.event, ==, ESIMCTL_EVENT_DELETE);
  g_assert_cmpstr (metadata.address, ==, "");
  g_assert_cmpstr (metadata.iccid, ==, "8966050000001000010");
}

static void
test_metadata_is_strict (void)
{
  for (gsize n = 0; n < sizeof GOOD - 1; n++) {
    g_auto (EsimctlMetadata) metadata = {0};

    g_assert_false (parse (GOOD, n, &metadata));
  }
  for (gsize n = 0; n < 3; n++) {
    const char *const bad[] = {"\xbf\x2f\x80\x80\x01\x05\x81\x02\x04\x10\x0c\x00\x00\x00",
                               "\xbf\x2f\x0a\x80\x01\x05\x81\x02\x04\x10\x0c\x00\x05\x00",
                               "\xbf\x2f\x09\x80\x01\x85\x81\x02\x04\x10\x0c\x00\x00\x00"};
    g_auto (EsimctlMetadata) metadata = {0};

    g_assert_false (parse (bad[n], 14, &metadata));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/select/match", test_match);
  g_test_add_func ("/table/wide", test_table);
  g_test_add_func ("/json/escape", test_json);
  g_test_add_func ("/metadata/good", test_metadata);
  g_test_add_func ("/metadata/strict", test_metadata_is_strict);
  return g_test_run ();
}
