/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The method's part of a record, on its way to the disk and back. */
#include "esim-error.h"
#include "folder.h"
#include "portal-fixture.h"
#include "ts43-fixture.h"

#include <string.h>

static GKeyFile *
to_file (const EsimDeregistrationRecord *record)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimStore) store = esim_store_new (folder, &error);
  GKeyFile *file;

  g_assert_true (esim_deregistration_record_write (record, store, &error));
  file = esim_store_read (store, ESIM_DEREGISTRATION_KIND, record->id, ESIM_DEREGISTRATION_VERSION, &error);
  g_assert_no_error (error);
  return file;
}

static void
assert_refused (GKeyFile *file, const char *key)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", key);
  g_assert_null (esim_deregistration_record_read ("0123456789abcdef0123456789abcdef", file, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
  g_assert_nonnull (strstr (error->message, key));
}

/* Each member says something. */
static EsimDeregistrationRecord *
full_record (void)
{
  EsimDeregistrationRecord *record = ts43_fixture_acknowledged ();
  EsimTs43Track *track = &record->ts43;

  track->why = ESIM_TS43_WHY_REFUSED;
  track->others = (g_strfreev (track->others), g_strdupv ((char *[]){(char *) "8965880812100099999", NULL}));
  track->eligibility = START;
  track->status = 3;
  track->status_at = START + 5;
  ts43_fixture_poll (record, 3, START + HOUR);
  ts43_fixture_poll (record, 3, START + 2 * HOUR);
  track->forbidden_count = 1;
  track->forbidden_since = track->forbidden_last = START + 9;
  track->quiet_until = START + 10;
  track->interval = 300;
  track->verifying = START + 11;
  return record;
}

static void
test_round_trip (void)
{
  g_autoptr (EsimDeregistrationRecord) record = full_record (), read = ts43_fixture_reread (record);
  g_autoptr (EsimDeregistrationRecord) copy = esim_deregistration_record_copy (read);

  assert_same_record (record, copy);
  g_assert_cmpstr (copy->ts43.others[0], ==, "8965880812100099999");
  g_assert_cmpuint (copy->ts43.words->len, ==, record->ts43.words->len);
}

static void
test_senseless (void)
{
  static const struct {
    const char *group, *key, *value;
  } cases[] = {
      {"ts43", "way", "carrier-pigeon"},
      {"ts43", "ask", "x"},
      {"ts43", "ask-since", "0"},
      {"ts43", "seen", ""},
      {"ts43", "first", "absent"},
      {"ts43", "run", "delete-first"},
      {"ts43", "run-count", "-1"},
      {"ts43", "run-count", "0"},
      {"ts43", "status", "5"},
      {"ts43", "operation", "3"},
      {"ts43", "sends", "9"},
      {"ts43", "messages", "11"},
      {"ts43", "interval", "604801"},
      {"ts43", "next-poll", "253402300800"},
      {"ts43", "result", "100"},
      {"ts43", "acknowledgment", "0"},
      {"ts43", "acknowledgment", "4"},
      {"ts43", "forbidden-since", "0"},
      {"ts43", "words", "65"},
      {"ts43", "words", "x"},
      {"ts43", "others", "x"},
      {"ts43 word 0", "time", "-1"},
      {"ts43 word 0", "digest", "abc"},
  };
  g_autoptr (EsimDeregistrationRecord) record = full_record ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GKeyFile) file = to_file (record);

    g_key_file_set_string (file, cases[i].group, cases[i].key, cases[i].value);
    assert_refused (file,
                    strcmp (cases[i].key, "run-count") == 0 && *cases[i].value == '0' ? "run" : cases[i].key);
  }
}

static void
test_missing (void)
{
  g_autoptr (EsimDeregistrationRecord) record = full_record ();
  g_autoptr (GKeyFile) whole = to_file (record);
  g_auto (GStrv) keys = g_key_file_get_keys (whole, "ts43", NULL, NULL);

  for (guint i = 0; keys[i] != NULL; i++) {
    g_autoptr (GKeyFile) file = to_file (record);

    g_assert_true (g_key_file_remove_key (file, "ts43", keys[i], NULL));
    assert_refused (file, keys[i]);
  }
  g_assert_true (g_key_file_remove_group (whole, "ts43", NULL));
  assert_refused (whole, "way");
}

/* No stage that lets the profile go is believed without what it stands on. */
static void
test_evidence (void)
{
  static const struct {
    const char *key, *value, *named;
  } cases[] = {
      {"basis", "", "basis"},
      {"acknowledged", "0", "acknowledgment"},
      {"baseline", "0", "acknowledged"},
      {"acknowledgment", "3", "released"},
      {"basis", "deactivated", "released"},
      {"looked", "0", "looked"},
  };
  g_autoptr (EsimDeregistrationRecord) record = ts43_fixture_acknowledged ();

  for (gint64 i = 1; i <= 3; i++)
    ts43_fixture_poll (record, 4, START + i * HOUR);
  record->stage = ESIM_STAGE_REMOVING_PROFILE;
  esim_deregistration_record_free (ts43_fixture_reread (record));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GKeyFile) file = to_file (record);

    g_key_file_set_string (file, "ts43", cases[i].key, cases[i].value);
    assert_refused (file, cases[i].named);
  }
  record->stage = ESIM_STAGE_VERIFYING_END;
  record->removed = START + 4 * HOUR;
  {
    g_autoptr (GKeyFile) file = to_file (record);

    assert_refused (file, "stage");
  }
}

/* Versions 1 and 2 know nothing of it. */
static void
test_older (void)
{
  for (int version = 2; version <= 3; version++) {
    g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_IN_REVIEW), read = NULL;
    g_autoptr (GKeyFile) file = to_file (record);
    g_autoptr (GError) error = NULL;

    g_assert_false (g_key_file_has_group (file, "ts43"));
    g_key_file_set_integer (file, "record", "version", version);
    read = esim_deregistration_record_read (record->id, file, &error);
    g_assert_no_error (error);
    assert_same_record (record, read);
    g_assert_true (esim_ts43_track_is_empty (&read->ts43));
  }
}

/* What the carrier has said before stays said. */
static void
test_begin_again (void)
{
  g_autoptr (EsimDeregistrationRecord) record = full_record ();
  guint words = record->ts43.words->len;

  record->stage = ESIM_STAGE_WITHDRAWN;
  esim_deregistration_record_begin_again (record, START + DAY);
  g_assert_cmpint (record->ts43.baseline, ==, 0);
  g_assert_cmpint (record->ts43.acknowledged, ==, 0);
  g_assert_cmpint (record->ts43.ask, ==, ESIM_TS43_ASK_NONE);
  g_assert_cmpuint (record->ts43.words->len, ==, words);
  esim_deregistration_record_free (ts43_fixture_reread (record));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ts43-track/round-trip", test_round_trip);
  g_test_add_func ("/ts43-track/senseless", test_senseless);
  g_test_add_func ("/ts43-track/missing", test_missing);
  g_test_add_func ("/ts43-track/evidence", test_evidence);
  g_test_add_func ("/ts43-track/older", test_older);
  g_test_add_func ("/ts43-track/begin-again", test_begin_again);
  return g_test_run ();
}
