/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-describe.h"
#include "esim-proofs.h"

static GVariant *
describe_findings (GPtrArray *findings)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; findings != NULL && i < findings->len; i++) {
    const EsimFinding *finding = g_ptr_array_index (findings, i);
    GVariantDict dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "code", "s", finding->code);
    g_variant_dict_insert (&dict, "severity", "s", esim_severity_to_string (finding->severity));
    g_variant_dict_insert (&dict, "message", "s", finding->message);
    g_variant_dict_insert_value (&dict, "parameters", finding->parameters);
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
describe_steps (const EsimDeregistrationRecord *record)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < ESIM_N_STEPS; i++) {
    GVariantDict dict;

    if (!esim_deregistration_record_has_step (record, i))
      continue;
    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "step", "s", esim_step_to_string (i));
    g_variant_dict_insert (&dict, "state", "s", esim_step_state_to_string (record->steps[i]));
    g_variant_dict_insert (&dict, "time", "x", record->step_times[i]);
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
describe_proofs (const EsimDeregistrationRecord *record, EsimOutbox *outbox)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < record->proofs->len; i++) {
    const EsimProof *proof = g_ptr_array_index (record->proofs, i);
    const EsimOutboxItem *item = esim_proofs_find_item (record, outbox, proof);
    const EsimOutboxItem *hindrance = esim_proofs_find_hindrance (record, outbox, proof);
    gboolean done = proof->acknowledged_at != 0;
    GVariantDict dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "sequence", "t", proof->notification->sequence);
    g_variant_dict_insert (&dict, "iccid", "s", record->iccid);
    g_variant_dict_insert (&dict, "event", "s",
                           esim_notification_event_to_string (proof->notification->event));
    g_variant_dict_insert (&dict, "address", "s", proof->notification->address);
    g_variant_dict_insert (&dict, "state", "s",
                           done           ? "acknowledged"
                           : item != NULL ? esim_delivery_state_to_string (item->state)
                                          : "pending");
    g_variant_dict_insert (&dict, "attempts", "u", item != NULL ? item->attempts : 0);
    g_variant_dict_insert (&dict, "next-attempt", "x",
                           item != NULL && !done ? item->next_attempt : (gint64) 0);
    g_variant_dict_insert (&dict, "acknowledged-at", "x", proof->acknowledged_at);
    g_variant_dict_insert (&dict, "error-name", "s", hindrance != NULL ? hindrance->error_name : "");
    g_variant_dict_insert (&dict, "error", "s", hindrance != NULL ? hindrance->error : "");
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&builder);
}

static void
describe_error (GVariantDict *dict, EsimDeregistration *deregistration)
{
  const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);

  if (record->error == NULL)
    return;
  g_variant_dict_insert (dict, "error-name", "s", record->error_name);
  g_variant_dict_insert (dict, "error", "s", record->error);
  g_variant_dict_insert (dict, "advice", "s", esim_deregistration_get_advice (deregistration));
  g_variant_dict_insert_value (dict, "details",
                               record->error_details != NULL
                                   ? record->error_details
                                   : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
}

static void
describe_question (GVariantDict *dict, EsimDeregistration *deregistration)
{
  GVariant *question = esim_deregistration_describe_question (deregistration);
  GVariantDict inner;

  if (question == NULL)
    return;
  g_variant_dict_init (&inner, question);
  g_variant_dict_insert (&inner, "id", "u", esim_deregistration_get_question (deregistration));
  g_variant_dict_insert_value (dict, "question", g_variant_dict_end (&inner));
  g_variant_unref (g_variant_ref_sink (question));
}

GVariant *
esim_describe_deregistration (EsimDeregistration *deregistration, EsimOutbox *outbox)
{
  const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);
  g_autoptr (GPtrArray) findings = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", record->id);
  g_variant_dict_insert (&dict, "stage", "s", esim_stage_to_string (record->stage));
  describe_error (&dict, deregistration);
  if (record->stage == ESIM_STAGE_UNREADABLE) {
    g_variant_dict_insert (&dict, "file", "s", esim_deregistration_get_file (deregistration));
    return g_variant_dict_end (&dict);
  }
  findings = esim_deregistration_find (deregistration);
  g_variant_dict_insert (&dict, "method", "s", record->method);
  g_variant_dict_insert (&dict, "reason", "s", record->reason);
  g_variant_dict_insert (&dict, "dry-run", "b", record->dry_run);
  g_variant_dict_insert (&dict, "eid", "s", record->eid);
  g_variant_dict_insert (&dict, "iccid", "s", record->iccid);
  g_variant_dict_insert (&dict, "profile-name", "s", record->profile_name);
  g_variant_dict_insert (&dict, "service-provider", "s", record->service_provider);
  g_variant_dict_insert_value (&dict, "findings", describe_findings (findings));
  g_variant_dict_insert_value (&dict, "steps", describe_steps (record));
  describe_question (&dict, deregistration);
  g_variant_dict_insert_value (&dict, "notifications", describe_proofs (record, outbox));
  g_variant_dict_insert (&dict, "recipients", "u", record->recipients);
  g_variant_dict_insert (&dict, "requested", "x", record->requested);
  g_variant_dict_insert (&dict, "removed", "x", record->removed);
  g_variant_dict_insert (&dict, "completed", "x", record->completed);
  g_variant_dict_insert (&dict, "acknowledged", "b",
                         record->removed != 0 && esim_deregistration_record_is_acknowledged (record));
  esim_describe_carrier_side (&dict, deregistration);
  return g_variant_dict_end (&dict);
}
