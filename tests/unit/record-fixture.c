/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record-fixture.h"
#include "hex.h"
#include "host-fixture.h"

static void
add_proof (EsimDeregistrationRecord *record, const char *hex, gint64 acknowledged_at, guint status)
{
  g_autoptr (GBytes) bytes = hex_bytes (hex);
  g_autoptr (GError) error = NULL;
  EsimProof *proof = g_new0 (EsimProof, 1);

  proof->notification = esim_notification_parse (bytes, &error);
  g_assert_no_error (error);
  proof->acknowledged_at = acknowledged_at;
  proof->http_status = status;
  g_ptr_array_add (record->proofs, proof);
}

EsimDeregistrationRecord *
record_fixture_new (void)
{
  EsimDeregistrationRecord *record = esim_deregistration_record_new ("0123456789abcdef0123456789abcdef");

  esim_set_string (&record->token, "token");
  record->requester = 1000;
  esim_set_string (&record->method, "local");
  esim_set_string (&record->reason, "sold; \"as is\"\nnext line");
  esim_set_string (&record->eid, EID);
  esim_set_string (&record->iccid, ICCID);
  record->aid = hex_bytes (AID);
  esim_set_string (&record->profile_name, "Plan");
  esim_set_string (&record->service_provider, "Größe 移动");
  record->stage = ESIM_STAGE_NOTIFYING_OPERATOR;
  record->removal = ESIM_REMOVAL_DELETED;
  record->last_sequence = 4;
  record->requested = 1700000000;
  record->consented = 1700000060;
  record->removed = 1700000120;
  record->completed = 1700000180;
  record->error_name = g_strdup ("org.esimd1.Error.ServerUnreachable");
  record->error = g_strdup ("no connection");
  for (guint i = 0; i < ESIM_N_STEPS; i++) {
    if (!esim_deregistration_record_has_step (record, i))
      continue;
    record->steps[i] = (EsimStepState) (i % (ESIM_STEP_FAILED + 1));
    record->step_times[i] = 1700000000 + i;
  }
  add_proof (record, NOTIFICATION ("05", "410"), 1700000150, 204);
  add_proof (record, NOTIFICATION ("06", "410"), 0, 0);
  return record;
}
