/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "portal-fixture.h"
#include "esim-carrier-check.h"
#include "hex.h"
#include "host-fixture.h"

#include <string.h>

EsimCarrier *
portal_fixture_carrier (const char *facts)
{
  g_autofree char *text = g_strconcat (PORTAL_FIXTURE_HEAD, facts, NULL);
  g_autoptr (GPtrArray) problems = esim_carrier_problems_new ();
  EsimCarrier *carrier = esim_carrier_check (text, strlen (text), problems);

  for (guint i = 0; i < problems->len; i++) {
    const EsimCarrierProblem *problem = g_ptr_array_index (problems, i);

    g_test_message ("[%s] %s: %s", problem->group, problem->key, problem->words);
  }
  g_assert_nonnull (carrier);
  return carrier;
}

gint64
portal_fixture_at (const char *text)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time);
}

static void
set_steps (EsimDeregistrationRecord *record)
{
  EsimStage stage = record->stage;
  gboolean asked = stage >= ESIM_STAGE_IN_REVIEW;
  gboolean sure = stage >= ESIM_STAGE_CONFIRMED && stage <= ESIM_STAGE_COMPLETED;

  record->steps[ESIM_STEP_PREFLIGHT] = ESIM_STEP_DONE;
  if (stage == ESIM_STAGE_PREPARING)
    return;
  record->consented = NOW - 3600;
  record->steps[ESIM_STEP_CONSENT] = ESIM_STEP_DONE;
  record->steps[ESIM_STEP_IDENTITY] =
      stage == ESIM_STAGE_VERIFYING_IDENTITY ? ESIM_STEP_WAITING : ESIM_STEP_SKIPPED;
  if (stage == ESIM_STAGE_SUBMITTING)
    record->steps[ESIM_STEP_SUBMIT] = ESIM_STEP_WAITING;
  if (stage == ESIM_STAGE_SUBMISSION_UNKNOWN)
    record->steps[ESIM_STEP_SUBMIT] = ESIM_STEP_RUNNING;
  if (!asked)
    return;
  record->submitted = NOW - 1800;
  record->steps[ESIM_STEP_SUBMIT] = ESIM_STEP_DONE;
  record->steps[ESIM_STEP_REVIEW] = sure ? ESIM_STEP_DONE : ESIM_STEP_WAITING;
  if (!sure)
    return;
  record->confirmed = NOW;
  esim_set_string (&record->evidence_date, "2026-11-20");
  esim_set_string (&record->effective_date, "2026-12-31");
  record->effective_at = portal_fixture_at ("2027-01-01T00:00:00+07:00");
  record->steps[ESIM_STEP_AWAIT_END] = ESIM_STEP_WAITING;
}

EsimDeregistrationRecord *
portal_fixture_record (EsimStage stage)
{
  EsimDeregistrationRecord *record = esim_deregistration_record_new ("0123456789abcdef0123456789abcdef");

  record->requester = 1000;
  esim_set_string (&record->method, ESIM_METHOD_PORTAL);
  esim_set_string (&record->reason, "sold");
  esim_set_string (&record->eid, EID);
  esim_set_string (&record->iccid, ICCID);
  record->aid = hex_bytes (AID);
  record->stage = stage;
  record->requested = NOW - 7200;
  record->carrier_known = TRUE;
  esim_set_string (&record->carrier, "lab");
  esim_set_string (&record->carrier_name, "Lab");
  record->plan_known = TRUE;
  esim_set_string (&record->plan, "p");
  set_steps (record);
  return record;
}

static void
print_text (GString *text, const char *name, const char *value)
{
  g_autofree char *escaped = g_strescape (value != NULL ? value : "(null)", NULL);

  g_string_append_printf (text, "%s=%s\n", name, escaped);
}

static void
print_variant (GString *text, const char *name, GVariant *value)
{
  g_autofree char *words = value != NULL ? g_variant_print (value, TRUE) : NULL;

  print_text (text, name, words);
}

static void
print_strings (GString *text, const EsimDeregistrationRecord *self)
{
  print_text (text, "id", self->id);
  print_text (text, "token", self->token);
  print_text (text, "method", self->method);
  print_text (text, "reason", self->reason);
  print_text (text, "eid", self->eid);
  print_text (text, "iccid", self->iccid);
  print_text (text, "profile-name", self->profile_name);
  print_text (text, "service-provider", self->service_provider);
  print_text (text, "error-name", self->error_name);
  print_text (text, "error", self->error);
  print_text (text, "carrier", self->carrier);
  print_text (text, "carrier-name", self->carrier_name);
  print_text (text, "plan", self->plan);
  print_text (text, "reference", self->reference);
  print_text (text, "evidence-date", self->evidence_date);
  print_text (text, "effective-date", self->effective_date);
  print_text (text, "document-name", self->document_name);
  print_text (text, "document-sha256", self->document_sha256);
  print_variant (text, "error-details", self->error_details);
  print_variant (text, "tasks-done", self->tasks_done);
  for (guint i = 0; self->refusal_missing[i] != NULL; i++)
    print_text (text, "missing", self->refusal_missing[i]);
}

static void
print_numbers (GString *text, const EsimDeregistrationRecord *self)
{
  const gint64 numbers[] = {self->requester,     self->dry_run,       self->stage,        self->ending,
                            self->removal,       self->last_sequence, self->recipients,   self->questions,
                            self->carrier_known, self->plan_known,    self->document_size};
  const gint64 times[] = {self->requested,   self->consented, self->removed,      self->completed,
                          self->page_opened, self->submitted, self->expected_by,  self->next_check,
                          self->reminded,    self->confirmed, self->effective_at, self->remove_now,
                          self->refused};

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_string_append_printf (text, "number %u=%" G_GINT64_FORMAT "\n", i, numbers[i]);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    g_string_append_printf (text, "time %u=%" G_GINT64_FORMAT "\n", i, times[i]);
  for (guint i = 0; i < ESIM_N_STEPS; i++)
    g_string_append_printf (text, "%s=%s %" G_GINT64_FORMAT "\n", esim_step_to_string (i),
                            esim_step_state_to_string (self->steps[i]), self->step_times[i]);
}

static void
print_ts43 (GString *text, const EsimDeregistrationRecord *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *data = NULL;

  esim_ts43_track_write (&self->ts43, file);
  data = g_key_file_to_data (file, NULL, NULL);
  g_string_append (text, data);
}

char *
portal_fixture_print (const EsimDeregistrationRecord *self)
{
  GString *text = g_string_new (NULL);

  print_strings (text, self);
  print_numbers (text, self);
  if (self->aid != NULL) {
    g_autofree char *aid = hex_string (g_bytes_get_data (self->aid, NULL), g_bytes_get_size (self->aid));

    print_text (text, "aid", aid);
  }
  for (guint i = 0; i < self->proofs->len; i++) {
    const EsimProof *proof = self->proofs->pdata[i];

    g_string_append_printf (text, "proof %u %" G_GINT64_FORMAT " %u\n",
                            g_bytes_hash (proof->notification->bytes), proof->acknowledged_at,
                            proof->http_status);
  }
  print_ts43 (text, self);
  for (guint i = 0; i < self->history->len; i++) {
    const EsimHistoryEntry *entry = self->history->pdata[i];

    g_string_append_printf (text, "history %" G_GINT64_FORMAT " ", entry->time);
    print_variant (text, entry->code, entry->parameters);
  }
  return g_string_free (text, FALSE);
}

char *
portal_fixture_codes (const EsimDeregistrationRecord *record, guint first)
{
  GString *codes = g_string_new (NULL);

  for (guint i = first; i < record->history->len; i++)
    g_string_append_printf (codes, "%s ", ((EsimHistoryEntry *) record->history->pdata[i])->code);
  return g_string_free (codes, FALSE);
}

char *
portal_fixture_words (GVariant *dict, const char *key)
{
  g_autofree const char **list = NULL;
  GString *words = g_string_new (NULL);

  if (!g_variant_lookup (dict, key, "^a&s", &list))
    g_string_append (words, "(absent)");
  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    g_string_append_printf (words, "%s ", list[i]);
  return g_string_free (words, FALSE);
}

const char *
portal_fixture_string (GVariant *dict, const char *key)
{
  const char *text = "(absent)";

  (void) g_variant_lookup (dict, key, "&s", &text);
  return text;
}

GVariant *
portal_fixture_answer (const char *text)
{
  g_autofree char *dict = g_strconcat ("@a{sv} {", text, "}", NULL);
  g_autoptr (GError) error = NULL;
  GVariant *answer = g_variant_parse (G_VARIANT_TYPE_VARDICT, dict, NULL, NULL, &error);

  g_assert_no_error (error);
  return answer;
}
