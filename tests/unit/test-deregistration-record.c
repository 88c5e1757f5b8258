/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "folder.h"
#include "portal-fixture.h"
#include "record-fixture.h"

#include <string.h>

static GKeyFile *
to_file (const EsimDeregistrationRecord *record)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimStore) store = esim_store_new (folder, &error);
  GKeyFile *file;

  g_assert_true (esim_deregistration_record_write (record, store, &error));
  g_assert_no_error (error);
  file = esim_store_read (store, ESIM_DEREGISTRATION_KIND, record->id, ESIM_DEREGISTRATION_VERSION, &error);
  g_assert_no_error (error);
  return file;
}

static void
assert_strings_equal (const EsimDeregistrationRecord *a, const EsimDeregistrationRecord *b)
{
  g_assert_cmpstr (a->id, ==, b->id);
  g_assert_cmpstr (a->token, ==, b->token);
  g_assert_cmpstr (a->method, ==, b->method);
  g_assert_cmpstr (a->reason, ==, b->reason);
  g_assert_cmpstr (a->eid, ==, b->eid);
  g_assert_cmpstr (a->iccid, ==, b->iccid);
  g_assert_cmpstr (a->profile_name, ==, b->profile_name);
  g_assert_cmpstr (a->service_provider, ==, b->service_provider);
  g_assert_cmpstr (a->error_name, ==, b->error_name);
  g_assert_cmpstr (a->error, ==, b->error);
}

static void
assert_equal (const EsimDeregistrationRecord *a, const EsimDeregistrationRecord *b)
{
  assert_strings_equal (a, b);
  g_assert_cmpuint (a->requester, ==, b->requester);
  g_assert_true (a->aid != NULL ? g_bytes_equal (a->aid, b->aid) : b->aid == NULL);
  g_assert_cmpint (a->stage, ==, b->stage);
  g_assert_cmpint (a->ending, ==, b->ending);
  g_assert_cmpint (a->removal, ==, b->removal);
  g_assert_cmpint (a->last_sequence, ==, b->last_sequence);
  g_assert_cmpmem (a->steps, sizeof a->steps, b->steps, sizeof b->steps);
  g_assert_cmpmem (a->step_times, sizeof a->step_times, b->step_times, sizeof b->step_times);
  g_assert_cmpint (a->requested, ==, b->requested);
  g_assert_cmpint (a->consented, ==, b->consented);
  g_assert_cmpint (a->disconnect_asked, ==, b->disconnect_asked);
  g_assert_cmpint (a->disconnect_allowed, ==, b->disconnect_allowed);
  g_assert_cmpint (a->removed, ==, b->removed);
  g_assert_cmpint (a->completed, ==, b->completed);
  g_assert_cmpuint (a->proofs->len, ==, b->proofs->len);
  for (guint i = 0; i < a->proofs->len; i++) {
    const EsimProof *x = a->proofs->pdata[i], *y = b->proofs->pdata[i];

    g_assert_true (g_bytes_equal (x->notification->bytes, y->notification->bytes));
    g_assert_cmpint (x->acknowledged_at, ==, y->acknowledged_at);
    g_assert_cmpuint (x->http_status, ==, y->http_status);
  }
}

static void
assert_round_trip (const EsimDeregistrationRecord *record)
{
  g_autoptr (GKeyFile) file = to_file (record);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimDeregistrationRecord) back = esim_deregistration_record_read (record->id, file, &error);

  g_assert_no_error (error);
  assert_equal (record, back);
}

static void
test_round_trip (void)
{
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();

  assert_round_trip (record);
  g_ptr_array_set_size (record->proofs, 0);
  g_clear_pointer (&record->aid, g_bytes_unref);
  g_clear_pointer (&record->error, g_free);
  g_clear_pointer (&record->error_name, g_free);
  record->last_sequence = -1;
  record->requester = G_MAXUINT;
  assert_round_trip (record);
}

static EsimDeregistrationRecord *
confirmed_record (void)
{
  EsimDeregistrationRecord *record = record_fixture_new ();

  esim_set_string (&record->method, ESIM_METHOD_PORTAL);
  record->confirmed = 1700000070;
  record->effective_at = 1700000080;
  return record;
}

/* Each that can be on disk comes back; the others never get there. */
static void
test_stages (void)
{
  static const struct {
    const char *name;
    gboolean ended, stored;
  } stages[] = {
      {"preparing", FALSE, TRUE},
      {"verifying-identity", FALSE, TRUE},
      {"submitting", FALSE, TRUE},
      {"submission-unknown", FALSE, TRUE},
      {"in-review", FALSE, TRUE},
      {"confirmed", FALSE, TRUE},
      {"awaiting-end", FALSE, TRUE},
      {"removing-profile", FALSE, TRUE},
      {"notifying-operator", FALSE, TRUE},
      {"verifying-end", FALSE, FALSE}, /* of the method "ts43" alone: test-ts43-track.c */
      {"completed", TRUE, TRUE},
      {"withdrawn", TRUE, TRUE},
      {"rejected", TRUE, TRUE},
      {"failed", TRUE, TRUE},
      {"checked", TRUE, FALSE},
      {"unreadable", FALSE, FALSE},
  };

  g_assert_cmpuint (G_N_ELEMENTS (stages), ==, ESIM_STAGE_UNREADABLE + 1);
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++) {
    g_autoptr (EsimDeregistrationRecord) record = confirmed_record ();
    g_autoptr (GKeyFile) file = to_file (record);
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimDeregistrationRecord) back = NULL;

    g_assert_cmpstr (esim_stage_to_string ((EsimStage) i), ==, stages[i].name);
    g_assert_cmpint (esim_stage_is_ended ((EsimStage) i), ==, stages[i].ended);
    g_key_file_set_string (file, "deregistration", "stage", stages[i].name);
    back = esim_deregistration_record_read (record->id, file, &error);
    g_assert_cmpint (back != NULL, ==, stages[i].stored);
    if (back != NULL)
      g_assert_cmpint (back->stage, ==, (EsimStage) i);
  }
}

static void
test_removal_steps (void)
{
  for (int step = ESIM_REMOVAL_NOT_BEGUN; step <= ESIM_REMOVAL_DELETED; step++) {
    g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();

    record->removal = (EsimRemovalStep) step;
    assert_round_trip (record);
  }
}

static void
test_copy (void)
{
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();
  g_autoptr (EsimDeregistrationRecord) copy = esim_deregistration_record_copy (record);

  assert_equal (record, copy);
  g_ptr_array_set_size (copy->proofs, 1);
  ((EsimProof *) copy->proofs->pdata[0])->acknowledged_at = 1;
  g_assert_cmpuint (record->proofs->len, ==, 2);
  g_assert_cmpint (((EsimProof *) record->proofs->pdata[0])->acknowledged_at, ==, 1700000150);
  esim_deregistration_record_free (NULL);
}

static void
assert_refused (GKeyFile *file, const char *key)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (esim_deregistration_record_read ("x", file, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
  g_assert_nonnull (strstr (error->message, key));
}

static void
test_missing (void)
{
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();
  g_autoptr (GKeyFile) whole = to_file (record);
  g_auto (GStrv) groups = g_key_file_get_groups (whole, NULL);
  guint count = 0;

  for (guint i = 0; groups[i] != NULL; i++) {
    g_auto (GStrv) keys = g_key_file_get_keys (whole, groups[i], NULL, NULL);

    for (guint j = 0; keys[j] != NULL; j++) {
      g_autoptr (GKeyFile) file = to_file (record);

      if (strcmp (groups[i], "record") == 0 || strcmp (keys[j], "aid") == 0 ||
          g_str_has_prefix (keys[j], "disconnect-"))
        continue;
      g_test_message ("without [%s] %s", groups[i], keys[j]);
      g_assert_true (g_key_file_remove_key (file, groups[i], keys[j], NULL));
      assert_refused (file, keys[j]);
      count++;
    }
  }
  /* the strings, the times and what else the deregistration has; a state and a time of each of the seven
   * steps of the method "local"; 3 of each proof */
  g_assert_cmpuint (count, ==, 15 + 14 + 14 + 2 * 7 + 2 * 3);
}

/* Whether the way to the network may be cut, and a record of a time when nobody asked. */
static void
test_disconnect (void)
{
  static const char *const keys[] = {"disconnect-asked", "disconnect-allowed"};
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();
  g_autoptr (EsimDeregistrationRecord) old = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GKeyFile) file = NULL;

  record->disconnect_asked = 1700000120;
  record->disconnect_allowed = 1700000130;
  record->steps[ESIM_STEP_REMOVE_CONNECTIONS] = ESIM_STEP_DONE;
  record->step_times[ESIM_STEP_REMOVE_CONNECTIONS] = 1700000140;
  assert_round_trip (record);
  file = to_file (record);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_key_file_set_string (file, "deregistration", keys[i], "soon");
    assert_refused (file, keys[i]);
    g_assert_true (g_key_file_remove_key (file, "deregistration", keys[i], NULL));
  }
  g_assert_true (g_key_file_remove_key (file, "steps", "remove-connections", NULL));
  old = esim_deregistration_record_read (record->id, file, &error);
  g_assert_no_error (error);
  g_assert_cmpint (old->disconnect_asked, ==, 0);
  g_assert_cmpint (old->disconnect_allowed, ==, 0);
  g_assert_cmpint (old->steps[ESIM_STEP_REMOVE_CONNECTIONS], ==, ESIM_STEP_PENDING);
}

/* What a restoration is to end in, and a record of a time when there was none. */
static void
test_restore (void)
{
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();
  g_autoptr (EsimDeregistrationRecord) old = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GKeyFile) file = NULL;

  record->stage = ESIM_STAGE_REMOVING_PROFILE;
  record->ending = ESIM_STAGE_WITHDRAWN;
  record->steps[ESIM_STEP_RESTORE] = ESIM_STEP_RUNNING;
  record->step_times[ESIM_STEP_RESTORE] = 1700000100;
  assert_round_trip (record);
  record->ending = ESIM_STAGE_FAILED;
  assert_round_trip (record);
  file = to_file (record);
  g_assert_true (g_key_file_remove_key (file, "deregistration", "ending", NULL));
  g_assert_true (g_key_file_remove_key (file, "steps", "restore-profile", NULL));
  g_assert_true (g_key_file_remove_key (file, "steps", "restore-profile-time", NULL));
  old = esim_deregistration_record_read (record->id, file, &error);
  g_assert_no_error (error);
  g_assert_cmpint (old->ending, ==, ESIM_STAGE_PREPARING);
  g_assert_cmpint (old->steps[ESIM_STEP_RESTORE], ==, ESIM_STEP_PENDING);
  g_assert_cmpint (old->step_times[ESIM_STEP_RESTORE], ==, 0);
}

static void
test_senseless (void)
{
  static const struct {
    const char *group, *key, *value;
  } cases[] = {
      {"deregistration", "stage", "somewhere"},
      {"deregistration", "removal", "halfway"},
      {"deregistration", "ending", "removing-profile"},
      {"deregistration", "ending", "failed"}, /* of one that does not remove anything */
      {"steps", "restore-profile", "maybe"},
      {"deregistration", "requester", "-1"},
      {"deregistration", "requester", "4294967296"},
      {"deregistration", "last-sequence", "-2"},
      {"deregistration", "requested", "-1"},
      {"deregistration", "removed", "today"},
      {"deregistration", "proofs", "65"},
      {"deregistration", "proofs", "-1"},
      {"deregistration", "aid", "AAAA"},
      {"steps", "delete", "maybe"},
      {"steps", "delete-time", "x"},
      {"proof 1", "bytes", "AAAA"},
      {"proof 1", "http-status", "-1"},
      {"proof 1", "acknowledged-at", ""},
  };
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GKeyFile) file = to_file (record);

    g_test_message ("[%s] %s=%s", cases[i].group, cases[i].key, cases[i].value);
    g_key_file_set_string (file, cases[i].group, cases[i].key, cases[i].value);
    assert_refused (file, cases[i].key);
  }
}

/* Nothing is deleted on the word of a record that lacks what has to stand there first. */
static void
test_evidence (void)
{
  static const char *const stages[] = {"confirmed", "awaiting-end", "removing-profile", "notifying-operator",
                                       "completed"};
  static const char *const keys[] = {"consented", "confirmed", "effective-at"};
  g_autoptr (EsimDeregistrationRecord) record = confirmed_record ();
  g_autoptr (EsimDeregistrationRecord) local = record_fixture_new ();
  g_autoptr (GKeyFile) awaiting = to_file (local);

  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    for (guint j = 0; j < G_N_ELEMENTS (keys); j++) {
      g_autoptr (GKeyFile) file = to_file (record);

      g_key_file_set_string (file, "deregistration", "stage", stages[i]);
      g_key_file_set_int64 (file, "deregistration", keys[j], 0);
      assert_refused (file, keys[j]);
    }
  /* Nobody confirms anything to the method "local". */
  g_key_file_set_string (awaiting, "deregistration", "stage", "awaiting-end");
  assert_refused (awaiting, "stage");
}

static void
test_set_step (void)
{
  g_autoptr (EsimDeregistrationRecord) record = esim_deregistration_record_new ("x");
  gint64 before = g_get_real_time () / G_USEC_PER_SEC;

  g_assert_cmpint (record->last_sequence, ==, -1);
  esim_deregistration_record_set_step (record, ESIM_STEP_DELETE, ESIM_STEP_RUNNING);
  g_assert_cmpint (record->steps[ESIM_STEP_DELETE], ==, ESIM_STEP_RUNNING);
  g_assert_cmpint (record->step_times[ESIM_STEP_DELETE], >=, before);
  record->step_times[ESIM_STEP_DELETE] = 1;
  esim_deregistration_record_set_step (record, ESIM_STEP_DELETE, ESIM_STEP_RUNNING);
  g_assert_cmpint (record->step_times[ESIM_STEP_DELETE], ==, 1); /* nothing happened */
  g_assert_cmpstr (esim_step_to_string (ESIM_STEP_SAVE_NOTIFICATIONS), ==, "save-notifications");
  g_assert_cmpstr (esim_step_state_to_string (ESIM_STEP_SKIPPED), ==, "skipped");
}

static void
test_set_error (void)
{
  g_autoptr (EsimDeregistrationRecord) record = esim_deregistration_record_new ("x");
  g_autoptr (GError) error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CARD_REMOVED, "gone");

  esim_deregistration_record_set_error (record, error);
  esim_deregistration_record_set_error (record, error);
  g_assert_cmpstr (record->error_name, ==, "org.esimd1.Error.CardRemoved");
  g_assert_cmpstr (record->error, ==, "gone");
  esim_deregistration_record_set_error (record, NULL);
  g_assert_null (record->error_name);
  g_assert_null (record->error);
}

static void
test_acknowledged (void)
{
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new ();

  g_assert_false (esim_deregistration_record_is_acknowledged (record));
  ((EsimProof *) record->proofs->pdata[1])->acknowledged_at = 1;
  g_assert_true (esim_deregistration_record_is_acknowledged (record));
  g_assert_true (esim_deregistration_record_is_told (record));
  /* Where there is nothing, nobody has acknowledged; whether anybody is left to be told is another question.
   */
  record->recipients = 3;
  g_assert_false (esim_deregistration_record_is_acknowledged (record));
  g_assert_false (esim_deregistration_record_is_told (record));
  g_ptr_array_set_size (record->proofs, 0);
  g_assert_false (esim_deregistration_record_is_acknowledged (record));
  record->recipients = 1;
  g_assert_false (esim_deregistration_record_is_told (record));
  record->recipients = 0;
  g_assert_true (esim_deregistration_record_is_told (record));
}

/* Every member of the carrier's side says something. */
static EsimDeregistrationRecord *
portal_record (void)
{
  static const char *const missing[] = {"iccid", "other", NULL};
  EsimDeregistrationRecord *record = portal_fixture_record (ESIM_STAGE_AWAITING_END);

  esim_set_string (&record->reference, " R;1 = \\ [确认] ");
  esim_set_string (&record->document_name, "Ende # 1.pdf");
  esim_set_string (&record->document_sha256, "0123456789abcdef");
  record->document_size = G_MAXINT64;
  record->page_opened = NOW - 10;
  record->expected_by = NOW + 10;
  record->next_check = NOW + 20;
  record->reminded = NOW + 30;
  record->remove_now = NOW + 40;
  record->refused = NOW - 40;
  record->questions = 7;
  record->recipients = 2;
  g_strfreev (record->refusal_missing);
  record->refusal_missing = g_strdupv ((char **) missing);
  g_variant_unref (record->tasks_done);
  record->tasks_done = g_variant_ref_sink (g_variant_new_parsed ("{'first': %x}", NOW));
  record->error_details = g_variant_ref_sink (portal_fixture_answer ("'status': <uint32 7>"));
  record->error_name = g_strdup ("org.esimd1.Error.CardError");
  record->error = g_strdup ("it said no");
  esim_deregistration_record_add_history (record, NOW, "submitted",
                                          portal_fixture_answer ("'reference': <'R;1\\n'>, 'n': <uint64 7>"));
  esim_deregistration_record_add_history (record, NOW + 1, "confirmed", NULL);
  return record;
}

static void
test_portal (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_record ();
  g_autoptr (EsimDeregistrationRecord) copy = esim_deregistration_record_copy (record), back = NULL;
  g_autoptr (GKeyFile) file = to_file (record);
  g_autoptr (GError) error = NULL;

  assert_same_record (record, copy);
  back = esim_deregistration_record_read (record->id, file, &error);
  g_assert_no_error (error);
  assert_same_record (record, back);
  /* A copy is one of its own. */
  esim_deregistration_record_add_history (copy, NOW + 2, "removed", NULL);
  esim_set_string (&copy->reference, "");
  g_free (copy->refusal_missing[0]);
  copy->refusal_missing[0] = g_strdup ("device");
  assert_same_record (record, back);
}

/* Older records are of the method "local", and have nothing of a carrier. */
static void
test_version_1 (void)
{
  static const char *const since_2[] = {
      "carrier",      "carrier-name", "plan",          "reference",       "evidence-date", "effective-date",
      "page-opened",  "submitted",    "expected-by",   "next-check",      "reminded",      "confirmed",
      "effective-at", "remove-now",   "document-name", "document-sha256", "document-size", "refused",
      "history",      "questions",    "carrier-known", "plan-known",      "tasks-done",    "refusal-missing"};
  g_autoptr (EsimDeregistrationRecord) record = record_fixture_new (), old = NULL;
  g_autoptr (GKeyFile) file = to_file (record), broken = NULL;
  g_autoptr (GError) error = NULL;

  g_key_file_set_integer (file, "record", "version", 1);
  for (guint i = 0; i < G_N_ELEMENTS (since_2); i++)
    g_assert_true (g_key_file_remove_key (file, "deregistration", since_2[i], NULL));
  old = esim_deregistration_record_read (record->id, file, &error);
  g_assert_no_error (error);
  assert_same_record (record, old);
  assert_round_trip (old);
  /* What it has all the same has to make sense; what every version has may not be absent. */
  g_key_file_set_string (file, "deregistration", "submitted", "yesterday");
  assert_refused (file, "submitted");
  g_assert_true (g_key_file_remove_key (file, "deregistration", "submitted", NULL));
  g_assert_true (g_key_file_remove_key (file, "deregistration", "iccid", NULL));
  assert_refused (file, "iccid");
  /* The version says it, not the absence. */
  broken = to_file (record);
  for (guint i = 0; i < G_N_ELEMENTS (since_2); i++)
    g_assert_true (g_key_file_remove_key (broken, "deregistration", since_2[i], NULL));
  assert_refused (broken, "carrier");
}

static void
test_senseless_portal (void)
{
  static const struct {
    const char *group, *key, *value;
  } cases[] = {
      {"deregistration", "history", "201"},
      {"deregistration", "history", "-1"},
      {"deregistration", "history", "3"}, /* there are two */
      {"history 0", "time", "-1"},
      {"history 0", "parameters", "7"},
      {"history 1", "parameters", "{'x': <"},
      {"deregistration", "tasks-done", "{'first': <7>}"},
      {"deregistration", "error-details", "x"},
      {"deregistration", "carrier-known", "perhaps"},
      {"deregistration", "plan-known", ""},
      {"deregistration", "questions", "-1"},
      {"deregistration", "recipients", "-1"},
      {"deregistration", "document-size", "-1"},
      {"deregistration", "effective-at", "soon"},
      {"steps", "review", "perhaps"},
  };
  g_autoptr (EsimDeregistrationRecord) record = portal_record ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GKeyFile) file = to_file (record);
    g_autoptr (GError) error = NULL;

    g_test_message ("[%s] %s=%s", cases[i].group, cases[i].key, cases[i].value);
    g_key_file_set_string (file, cases[i].group, cases[i].key, cases[i].value);
    g_assert_null (esim_deregistration_record_read ("x", file, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR);
  }
}

/* However long it goes on: how it began and what came last are kept, and it can be read again. */
static void
test_long_history (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_IN_REVIEW), back = NULL;
  g_autoptr (GKeyFile) file = NULL;
  g_autoptr (GError) error = NULL;

  esim_deregistration_record_add_history (record, 1, "requested", NULL);
  for (guint i = 0; i < 3 * ESIM_DEREGISTRATION_HISTORY_MAX; i++)
    esim_deregistration_record_add_history (record, 2 + i, "reminded", NULL);
  esim_deregistration_record_add_history (record, NOW, "confirmed", NULL);
  g_assert_cmpuint (record->history->len, ==, ESIM_DEREGISTRATION_HISTORY_MAX);
  g_assert_cmpstr (((EsimHistoryEntry *) record->history->pdata[0])->code, ==, "requested");
  g_assert_cmpint (((EsimHistoryEntry *) record->history->pdata[1])->time, ==, 2);
  g_assert_cmpstr (((EsimHistoryEntry *) record->history->pdata[199])->code, ==, "confirmed");
  for (guint i = 1; i < record->history->len; i++)
    g_assert_cmpint (((EsimHistoryEntry *) record->history->pdata[i - 1])->time, <,
                     ((EsimHistoryEntry *) record->history->pdata[i])->time);
  file = to_file (record);
  back = esim_deregistration_record_read (record->id, file, &error);
  g_assert_no_error (error);
  assert_same_record (record, back);
}

/* Which steps each way has, so that no other is shown or waited for. */
static void
test_steps_of_ways (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_fixture_record (ESIM_STAGE_SUBMITTING);

  for (guint step = 0; step < ESIM_N_STEPS; step++) {
    gboolean shared = step <= ESIM_STEP_CONSENT,
             carrier = step > ESIM_STEP_CONSENT && step <= ESIM_STEP_AWAIT_END;
    /* Those that are there only where it came to them. */
    gboolean restore =
        step == ESIM_STEP_RESTORE || step == ESIM_STEP_REMOVE_CONNECTIONS || step == ESIM_STEP_VERIFY_END;

    esim_set_string (&record->eid, "89049032123451234512345678901235");
    esim_set_string (&record->method, ESIM_METHOD_PORTAL);
    g_assert_cmpint (esim_deregistration_record_has_step (record, step), ==, !restore);
    esim_set_string (&record->method, ESIM_METHOD_LOCAL);
    g_assert_cmpint (esim_deregistration_record_has_step (record, step), ==, !restore && !carrier);
    esim_set_string (&record->method, ESIM_METHOD_PORTAL);
    esim_set_string (&record->eid, "");
    g_assert_cmpint (esim_deregistration_record_has_step (record, step), ==, shared || carrier);
  }
}

static void
test_begin_again (void)
{
  g_autoptr (EsimDeregistrationRecord) rejected = portal_fixture_record (ESIM_STAGE_IN_REVIEW);
  g_autoptr (EsimDeregistrationRecord) failed = portal_record ();

  rejected->stage = ESIM_STAGE_REJECTED;
  rejected->completed = rejected->refused = NOW;
  esim_set_string (&rejected->reference, "R-1");
  esim_deregistration_record_add_history (rejected, NOW, "rejected", NULL);
  esim_deregistration_record_begin_again (rejected, NOW + 1);
  g_assert_cmpint (rejected->stage, ==, ESIM_STAGE_PREPARING);
  g_assert_cmpint (rejected->consented, ==, 0);
  g_assert_cmpint (rejected->submitted, ==, 0);
  g_assert_cmpint (rejected->completed, ==, 0);
  g_assert_cmpint (rejected->refused, ==, 0);
  g_assert_cmpstr (rejected->reference, ==, "");
  g_assert_true (rejected->carrier_known);
  for (guint i = 0; i < ESIM_N_STEPS; i++)
    g_assert_cmpint (rejected->steps[i], ==, ESIM_STEP_PENDING);
  assert_history (rejected, 0, "rejected retried ");
  /* The carrier's word stands: only the card's side is done again. */
  failed->stage = ESIM_STAGE_FAILED;
  failed->steps[ESIM_STEP_DELETE] = ESIM_STEP_FAILED;
  esim_deregistration_record_begin_again (failed, NOW + 50);
  g_assert_cmpint (failed->stage, ==, ESIM_STAGE_CONFIRMED);
  g_assert_cmpint (failed->confirmed, ==, NOW);
  g_assert_cmpint (failed->steps[ESIM_STEP_REVIEW], ==, ESIM_STEP_DONE);
  g_assert_cmpint (failed->steps[ESIM_STEP_DELETE], ==, ESIM_STEP_PENDING);
  g_assert_cmpint (failed->remove_now, ==, NOW + 40);
  g_assert_null (failed->error);
}

/* Who withdrew does not want that the profile goes, however far it had come: the evidence has to be told
 * anew. */
static void
test_begin_again_withdrawn (void)
{
  g_autoptr (EsimDeregistrationRecord) record = portal_record ();

  record->stage = ESIM_STAGE_WITHDRAWN;
  esim_deregistration_record_begin_again (record, NOW + 50);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_PREPARING);
  g_assert_cmpint (record->confirmed, ==, 0);
  g_assert_cmpint (record->effective_at, ==, 0);
  g_assert_cmpint (record->remove_now, ==, 0);
  g_assert_cmpstr (record->effective_date, ==, "");
  g_assert_cmpstr (record->document_name, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deregistration-record/round-trip", test_round_trip);
  g_test_add_func ("/deregistration-record/stages", test_stages);
  g_test_add_func ("/deregistration-record/removal-steps", test_removal_steps);
  g_test_add_func ("/deregistration-record/copy", test_copy);
  g_test_add_func ("/deregistration-record/missing", test_missing);
  g_test_add_func ("/deregistration-record/disconnect", test_disconnect);
  g_test_add_func ("/deregistration-record/restore", test_restore);
  g_test_add_func ("/deregistration-record/senseless", test_senseless);
  g_test_add_func ("/deregistration-record/evidence", test_evidence);
  g_test_add_func ("/deregistration-record/set-step", test_set_step);
  g_test_add_func ("/deregistration-record/set-error", test_set_error);
  g_test_add_func ("/deregistration-record/acknowledged", test_acknowledged);
  g_test_add_func ("/deregistration-record/portal", test_portal);
  g_test_add_func ("/deregistration-record/version-1", test_version_1);
  g_test_add_func ("/deregistration-record/senseless-portal", test_senseless_portal);
  g_test_add_func ("/deregistration-record/long-history", test_long_history);
  g_test_add_func ("/deregistration-record/steps-of-ways", test_steps_of_ways);
  g_test_add_func ("/deregistration-record/begin-again", test_begin_again);
  g_test_add_func ("/deregistration-record/begin-again-withdrawn", test_begin_again_withdrawn);
  return g_test_run ();
}
