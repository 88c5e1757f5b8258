/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-receipt.h"
#include "hex.h"
#include "host-fixture.h"
#include "portal-fixture.h"
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

/* A deregistration at the carrier that has come to its end: each thing that the user has told. */
static EsimDeregistrationRecord *
portal_record (void)
{
  static const struct {
    const char *code, *parameters;
  } events[] = {
      {"requested", ""},
      {"consented", ""},
      {"page-opened", ""},
      {"submitted", "'reference': <'R-1'>, 'date': <'2026-11-18'>"},
      {"refused", "'missing': <['iccid']>"},
      {"not-submitted", ""},
      {"submitted", ""},
      {"reminded", ""},
      {"in-review", "'expected-by': <'2026-12-04'>"},
      {"confirmed", "'effective-date': <'2026-12-31'>, 'reference': <'R-2'>, 'date': <'2026-11-20'>"},
      {"effective-date-changed", "'effective-date': <'2027-01-31'>"},
      {"remove-now", ""},
      {"removed", ""},
  };
  EsimDeregistrationRecord *record = portal_fixture_record (ESIM_STAGE_COMPLETED);

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    esim_deregistration_record_add_history (record, NOW + i, events[i].code,
                                            portal_fixture_answer (events[i].parameters));
  esim_set_string (&record->reference, "R-2");
  esim_set_string (&record->document_name, "end.pdf");
  esim_set_string (&record->document_sha256, "0123456789abcdef");
  record->document_size = 4711;
  record->removed = record->completed = NOW + 100;
  return record;
}

/* (transfer full): of each object of the list, with a blank behind */
static char *
join (JsonNode *root, const char *list, const char *member)
{
  JsonArray *array = json_object_get_array_member (json_node_get_object (root), list);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (array); i++)
    g_string_append_printf (text, "%s ", get (json_array_get_object_element (array, i), member));
  return g_string_free (text, FALSE);
}

static JsonObject *
statement (JsonNode *root, const char *code)
{
  JsonArray *array = json_object_get_array_member (json_node_get_object (root), "statements");

  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *object = json_array_get_object_element (array, i);

    if (g_str_equal (get (object, "code"), code))
      return object;
  }
  g_error ("there is no statement %s", code);
}

/* Of the carrier this machine has seen nothing: all of that is the user's word. */
static void
test_portal (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_record ();
  g_autoptr (JsonNode) root = build (record);
  g_autofree char *codes = join (root, "statements", "code"), *limits = join (root, "does-not-prove", "code");
  JsonArray *statements = json_object_get_array_member (json_node_get_object (root), "statements");

  g_assert_cmpstr (
      codes, ==,
      "requested consented carrier-submitted carrier-refused carrier-submitted carrier-in-review "
      "carrier-confirmed carrier-moved-date remove-now document deleted ");
  for (guint i = 0; i < json_array_get_length (statements); i++) {
    JsonObject *object = json_array_get_object_element (statements, i);
    const char *code = get (object, "code");
    gboolean seen = g_str_equal (code, "requested") || g_str_equal (code, "deleted");

    g_assert_cmpstr (get (object, "label"), ==, seen ? "observed-by-this-machine" : "stated-by-user");
    g_assert_nonnull (json_object_get_object_member (object, "parameters"));
    g_assert_cmpint (get (object, "text")[0], !=, '\0');
  }
  g_assert_cmpstr (limits, ==, "contract-ended-attested absent-now deletion-time no-server ");
}

static void
test_portal_parameters (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_record ();
  g_autoptr (JsonNode) root = build (record);
  JsonObject *confirmed = statement (root, "carrier-confirmed"), *document = statement (root, "document");
  JsonObject *told = json_object_get_object_member (confirmed, "parameters");
  JsonObject *file = json_object_get_object_member (document, "parameters"), *carrier = NULL;

  g_assert_cmpstr (get (confirmed, "time"), ==, "2026-11-20T03:00:09Z");
  g_assert_cmpstr (get (told, "effective-date"), ==, "2026-12-31");
  g_assert_cmpstr (get (told, "reference"), ==, "R-2");
  g_assert_cmpstr (get (told, "date"), ==, "2026-11-20");
  g_assert_nonnull (strstr (get (confirmed, "text"), "2026-12-31"));
  g_assert_cmpstr (get (file, "name"), ==, "end.pdf");
  g_assert_cmpint (json_object_get_int_member (file, "size"), ==, 4711);
  g_assert_cmpstr (get (file, "sha256"), ==, "0123456789abcdef");
  carrier = json_object_get_object_member (json_node_get_object (root), "carrier");
  g_assert_cmpstr (get (carrier, "id"), ==, "lab");
  g_assert_cmpstr (get (carrier, "name"), ==, "Lab");
  g_assert_cmpstr (get (carrier, "plan"), ==, "p");
  g_assert_cmpstr (get (carrier, "reference"), ==, "R-2");
  g_assert_cmpstr (get (carrier, "effective-date"), ==, "2026-12-31");
}

/* No card was touched, and it claims nothing of one. */
static void
test_cardless (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_record ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *codes = NULL, *limits = NULL;
  JsonObject *closing = NULL;

  esim_set_string (&record->eid, "");
  esim_set_string (&record->document_name, "");
  g_ptr_array_set_size (record->history, 0);
  record->removed = 0;
  root = build (record);
  codes = join (root, "statements", "code");
  limits = join (root, "does-not-prove", "code");
  g_assert_cmpstr (codes, ==, "requested consented not-deleted ");
  g_assert_cmpstr (limits, ==, "contract-ended-attested nothing-deleted ");
  closing = statement (root, "not-deleted");
  g_assert_cmpstr (get (closing, "label"), ==, "observed-by-this-machine");
  g_assert_cmpstr (get (closing, "time"), ==, "2026-11-20T03:01:40Z");
  g_assert_cmpuint (json_array_get_length (
                        json_object_get_array_member (json_node_get_object (root), "delete-notifications")),
                    ==, 0);
}

/* Which limits there are follows from the method, and from what the eUICC has given. */
static void
test_limit_codes (void)
{
  g_autoptr (EsimDeregistrationRecord) local = record_fixture_new (), portal = portal_record ();
  g_autoptr (JsonNode) told = build (local), silent = NULL, untold = NULL;
  g_autofree char *with = join (told, "does-not-prove", "code"), *without = NULL, *none = NULL;

  g_ptr_array_set_size (local->proofs, 0);
  local->recipients = 1;
  silent = build (local);
  without = join (silent, "does-not-prove", "code");
  portal->recipients = 2;
  untold = build (portal);
  none = join (untold, "does-not-prove", "code");
  g_assert_cmpstr (with, ==, "contract-ended absent-now deletion-time ");
  g_assert_cmpstr (without, ==, "contract-ended absent-now deletion-time no-signature ");
  g_assert_cmpstr (none, ==, "contract-ended-attested absent-now deletion-time no-signature ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/receipt/head", test_head);
  g_test_add_func ("/receipt/statements", test_statements);
  g_test_add_func ("/receipt/proofs", test_proofs);
  g_test_add_func ("/receipt/limits", test_limits);
  g_test_add_func ("/receipt/portal", test_portal);
  g_test_add_func ("/receipt/portal-parameters", test_portal_parameters);
  g_test_add_func ("/receipt/cardless", test_cardless);
  g_test_add_func ("/receipt/limit-codes", test_limit_codes);
  return g_test_run ();
}
