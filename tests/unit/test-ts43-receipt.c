/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a receipt says of the carrier's server, and what it does not claim. */
#include "esim-receipt.h"
#include "portal-fixture.h"
#include "ts43-fixture.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* (transfer full): label and code of each statement whose code begins so, in order; or of each limit */
static char *
list_codes (const EsimDeregistrationRecord *record, const char *member, const char *prefix)
{
  g_autofree char *text = esim_receipt_build (record);
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  JsonArray *array = json_object_get_array_member (json_node_get_object (root), member);
  GString *codes = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *object = json_array_get_object_element (array, i);
    const char *code = json_object_get_string_member (object, "code");
    const char *label = json_object_get_string_member_with_default (object, "label", "");

    if (g_str_has_prefix (code, prefix))
      g_string_append_printf (codes, "%.1s:%s ", label, code);
  }
  return g_string_free (codes, FALSE);
}

static void
assert_codes (const EsimDeregistrationRecord *record, const char *member, const char *prefix,
              const char *codes)
{
  g_autofree char *found = list_codes (record, member, prefix);

  g_assert_cmpstr (found, ==, codes);
}

static void
remove_profile (EsimDeregistrationRecord *record, gint64 now)
{
  g_assert_true (esim_ts43_may_remove (record, now));
  record->stage = ESIM_STAGE_NOTIFYING_OPERATOR;
  record->removed = now;
}

static void
test_ended (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();
  g_autofree char *text = NULL;

  for (gint64 i = 1; i <= 3; i++)
    ts43_fixture_poll (record, 4, START + i * HOUR);
  remove_profile (record, START + 3 * HOUR);
  assert_codes (record, "statements", "carrier-",
                "o:carrier-listed o:carrier-asked o:carrier-acknowledged o:carrier-shows-end "
                "o:carrier-answered o:carrier-answered o:carrier-answered o:carrier-answered "
                "o:carrier-answered ");
  assert_codes (record, "does-not-prove", "contract", ":contract-ended-observed ");
  text = esim_receipt_build (record);
  g_assert_nonnull (
      strstr (text, "aes.lab.example answered ManageSubscription: result 3, SHA-256 0123456789"));
  g_assert_null (strstr (text, "The user says"));
}

/* The same status for weeks is told once or twice, and what it came to is still there. */
static void
test_long_review (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();

  for (gint64 i = 1; i <= 300; i++)
    ts43_fixture_poll (record, 1, START + i * HOUR);
  g_assert_cmpuint (record->ts43.words->len, ==, 5);
  for (gint64 i = 301; i <= 700; i++)
    ts43_fixture_poll (record, i % 2 == 0 ? 1 : 3, START + i * HOUR);
  g_assert_cmpuint (record->ts43.words->len, ==, ESIM_TS43_WORDS_MAX);
  esim_deregistration_record_free (ts43_fixture_reread (record));
}

static void
test_delete_first (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();
  gint64 now = START + HOUR;

  ts43_fixture_result (record, 1, 6, START);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'delete'>", now);
  ts43_fixture_poll (record, 1, now);
  remove_profile (record, now);
  assert_codes (record, "statements", "user-", "s:user-released ");
  assert_codes (record, "does-not-prove", "contract", ":contract-end-not-seen ");
  esim_ts43_end_delivery (record, now);
  assert_codes (record, "does-not-prove", "contract", ":contract-end-not-seen ");
  ts43_fixture_poll (record, 0, now + HOUR);
  assert_codes (record, "does-not-prove", "contract", ":contract-end-not-seen ");
  ts43_fixture_poll (record, 0, now + 2 * HOUR);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_COMPLETED);
  assert_codes (record, "does-not-prove", "contract", ":contract-ended-observed ");
}

static void
test_stated (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

  ts43_fixture_result (record, 1, 1, START);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_PAGE, "'outcome': <'finished'>", START);
  assert_codes (
      record, "statements", "carrier-",
      "o:carrier-listed o:carrier-asked s:carrier-acknowledged o:carrier-answered o:carrier-answered "
      "s:carrier-page ");
  ts43_fixture_poll (record, 3, START + HOUR);
  ts43_fixture_poll (record, 3, START + 2 * HOUR);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_EVIDENCE, "'outcome': <'delete'>", START + 3 * HOUR);
  assert_codes (record, "does-not-prove", "contract", ":contract-ended-released ");
}

static void
test_fell_back (void)
{
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_sent ();

  ts43_fixture_result (record, 101, -1, START);
  ts43_fixture_answer (record, ESIM_QUESTION_TS43_CHANGE, "'outcome': <'portal'>", START);
  assert_codes (record, "statements", "portal", "s:portal ");
  assert_codes (record, "does-not-prove", "contract", ":contract-ended-attested ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ts43-receipt/ended", test_ended);
  g_test_add_func ("/ts43-receipt/long-review", test_long_review);
  g_test_add_func ("/ts43-receipt/delete-first", test_delete_first);
  g_test_add_func ("/ts43-receipt/stated", test_stated);
  g_test_add_func ("/ts43-receipt/fell-back", test_fell_back);
  return g_test_run ();
}
