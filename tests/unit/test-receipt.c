/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-receipt.h"
#include "hex.h"
#include "host-fixture.h"
#include "record-fixture.h"

#include <json-glib/json-glib.h>

static JsonNode *
build (const EsimDeregistrationRecord *record)
{
  g_autofree char *text = esim_receipt_build (record);
  g_autoptr (GError) error = NULL;
  JsonNode *root = json_from_string (text, &error);

  g_assert_no_error (error);
  return root;
}

static const char *
get (JsonObject *object, const char *name)
{
  g_assert_true (json_object_has_member (object, name));
  return json_object_get_string_member (object, name);
}

static void
assert_base64 (JsonObject *object, const char *name, const char *hex)
{
  gsize length;
  g_autofree guchar *data = g_base64_decode (get (object, name), &length);

  assert_hex (data, length, hex);
}

static void
test_head (void)
{
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();
  g_autoptr (JsonNode) root = build (record);
  JsonObject *receipt = json_node_get_object (root), *profile = NULL;

  g_assert_cmpstr (get (receipt, "type"), ==, "esimd-receipt");
  g_assert_cmpint (json_object_get_int_member (receipt, "version"), ==, 1);
  g_assert_cmpstr (get (receipt, "id"), ==, record->id);
  g_assert_cmpstr (get (receipt, "method"), ==, "local");
  g_assert_cmpstr (get (receipt, "reason"), ==, record->reason);
  g_assert_cmpstr (get (receipt, "eid"), ==, EID);
  g_assert_cmpstr (get (receipt, "iccid"), ==, ICCID);
  profile = json_object_get_object_member (receipt, "profile");
  g_assert_cmpstr (get (profile, "name"), ==, "Plan");
  g_assert_cmpstr (get (profile, "service-provider"), ==, "Größe 移动");
}

/* Who vouches for what: the eUICC has no clock, so what it signed has no time. */
static void
test_statements (void)
{
  static const struct {
    const char *code, *label, *time;
  } expected[] = {
      {"requested", "observed-by-this-machine", "2023-11-14T22:13:20Z"},
      {"contract-continues", "stated-by-user", "2023-11-14T22:14:20Z"},
      {"deleted", "observed-by-this-machine", "2023-11-14T22:15:20Z"},
      {"delete-event", "signed-by-euicc", NULL},
      {"acknowledged", "observed-by-this-machine", "2023-11-14T22:15:50Z"},
      {"delete-event", "signed-by-euicc", NULL},
  };
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();
  g_autoptr (JsonNode) root = build (record);
  JsonArray *statements = json_object_get_array_member (json_node_get_object (root), "statements");

  g_assert_cmpuint (json_array_get_length (statements), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    JsonObject *statement = json_array_get_object_element (statements, i);

    g_assert_cmpstr (get (statement, "code"), ==, expected[i].code);
    g_assert_cmpstr (get (statement, "label"), ==, expected[i].label);
    g_assert_cmpint (get (statement, "text")[0], !=, '\0');
    if (expected[i].time != NULL)
      g_assert_cmpstr (get (statement, "time"), ==, expected[i].time);
    else
      g_assert_true (json_object_get_null_member (statement, "time"));
  }
}

/* Byte for byte what the eUICC signed. */
static void
test_proofs (void)
{
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();
  g_autoptr (JsonNode) root = build (record);
  JsonArray *proofs = json_object_get_array_member (json_node_get_object (root), "delete-notifications");
  JsonObject *first, *second, *parts, *by;

  g_assert_cmpuint (json_array_get_length (proofs), ==, 2);
  first = json_array_get_object_element (proofs, 0);
  g_assert_cmpint (json_object_get_int_member (first, "sequence"), ==, 5);
  g_assert_cmpstr (get (first, "address"), ==, "dp.test");
  parts = json_object_get_object_member (first, "signed");
  assert_base64 (parts, "notification-metadata",
                 "BF2F1C800105810204100C0764702E746573745A0A981062103254769810F2");
  assert_base64 (parts, "signature", "01020304");
  assert_base64 (parts, "euicc-certificate", "3003020101");
  assert_base64 (parts, "eum-certificate", "3003020102");
  g_assert_cmpstr (get (first, "acknowledged"), ==, "2023-11-14T22:15:50Z");
  by = json_object_get_object_member (first, "acknowledged-by");
  g_assert_cmpstr (get (by, "host"), ==, "dp.test");
  g_assert_cmpint (json_object_get_int_member (by, "http-status"), ==, 204);
  second = json_array_get_object_element (proofs, 1);
  g_assert_true (json_object_get_null_member (second, "acknowledged"));
  g_assert_true (json_object_get_null_member (second, "acknowledged-by"));
}

/* Without a signature it says so. */
static void
test_limits (void)
{
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();
  g_autoptr (JsonNode) with = build (record), without = NULL;
  JsonObject *receipt = json_node_get_object (with);

  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (receipt, "does-not-prove")), ==, 3);
  g_ptr_array_set_size (record->proofs, 0);
  without = build (record);
  receipt = json_node_get_object (without);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (receipt, "does-not-prove")), ==, 4);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (receipt, "delete-notifications")),
                    ==, 0);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (receipt, "statements")), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/receipt/head", test_head);
  g_test_add_func ("/receipt/statements", test_statements);
  g_test_add_func ("/receipt/proofs", test_proofs);
  g_test_add_func ("/receipt/limits", test_limits);
  return g_test_run ();
}
