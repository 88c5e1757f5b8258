/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The carrier's side of a deregistration, for its user. */
#include "esim-describe.h"
#include "esim-portal-channel.h"
#include "esim-portal-review.h"
#include "esim-ts43-plan.h"

static GVariant *
describe_who (const EsimDeregistrationRecord *record, const EsimCarrier *carrier)
{
  const EsimCarrierPlan *plan =
      carrier != NULL && *record->plan != '\0' ? esim_carrier_get_plan (carrier, record->plan) : NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", record->carrier);
  g_variant_dict_insert (&dict, "known", "b", carrier != NULL);
  g_variant_dict_insert (&dict, "plan", "s", record->plan);
  g_variant_dict_insert_value (&dict, "name",
                               carrier != NULL ? carrier->name
                                               : g_variant_new_parsed ("{'': %s}", record->carrier_name));
  g_variant_dict_insert_value (
      &dict, "plan-name", plan != NULL ? plan->name : g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_history (const EsimDeregistrationRecord *record)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < record->history->len; i++) {
    const EsimHistoryEntry *entry = g_ptr_array_index (record->history, i);
    GVariantDict dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "time", "x", entry->time);
    g_variant_dict_insert (&dict, "code", "s", entry->code);
    g_variant_dict_insert_value (&dict, "parameters", entry->parameters);
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&builder);
}

/* What the carrier's server showed, or what the user let it be deleted on. */
static void
describe_seen (GVariantDict *dict, const EsimDeregistrationRecord *record)
{
  const EsimTs43Track *track = &record->ts43;
  GVariantDict evidence;

  g_variant_dict_init (&evidence, NULL);
  g_variant_dict_insert (&evidence, "type", "s", track->released != 0 ? "release" : "server");
  g_variant_dict_insert (&evidence, "time", "x", record->confirmed);
  g_variant_dict_insert (&evidence, "seen", "s", esim_ts43_seen_to_string (track->basis));
  g_variant_dict_insert (&evidence, "effective-date", "s", record->effective_date);
  g_variant_dict_insert_value (dict, "evidence", g_variant_dict_end (&evidence));
}

static void
describe_server (GVariantDict *dict, const EsimDeregistrationRecord *record)
{
  const EsimTs43Track *track = &record->ts43;
  GVariantDict server;

  if (track->polls == 0 && track->status_at == 0)
    return;
  g_variant_dict_init (&server, NULL);
  g_variant_dict_insert (&server, "status", "u", (guint32) track->status);
  g_variant_dict_insert (&server, "status-at", "x", track->status_at);
  g_variant_dict_insert (&server, "polls", "t", (guint64) track->polls);
  g_variant_dict_insert_value (dict, "server", g_variant_dict_end (&server));
}

static void
describe_evidence (GVariantDict *dict, const EsimDeregistrationRecord *record)
{
  GVariantDict evidence;

  if (record->confirmed == 0)
    return;
  if (record->ts43.basis != ESIM_TS43_SEEN_NOTHING) {
    describe_seen (dict, record);
    return;
  }
  g_variant_dict_init (&evidence, NULL);
  g_variant_dict_insert (&evidence, "type", "s", "attestation");
  g_variant_dict_insert (&evidence, "time", "x", record->confirmed);
  g_variant_dict_insert (&evidence, "reference", "s", record->reference);
  g_variant_dict_insert (&evidence, "date", "s", record->evidence_date);
  g_variant_dict_insert (&evidence, "effective-date", "s", record->effective_date);
  if (*record->document_name != '\0') {
    g_variant_dict_insert (&evidence, "document-name", "s", record->document_name);
    g_variant_dict_insert (&evidence, "document-size", "t", (guint64) record->document_size);
    g_variant_dict_insert (&evidence, "document-sha256", "s", record->document_sha256);
  }
  g_variant_dict_insert_value (dict, "evidence", g_variant_dict_end (&evidence));
}

static void
describe_refusal (GVariantDict *dict, const EsimDeregistrationRecord *record)
{
  GVariantDict refusal;

  if (record->refused == 0)
    return;
  g_variant_dict_init (&refusal, NULL);
  g_variant_dict_insert (&refusal, "time", "x", record->refused);
  g_variant_dict_insert (&refusal, "missing", "^as", record->refusal_missing);
  g_variant_dict_insert_value (dict, "refusal", g_variant_dict_end (&refusal));
}

static void
describe_dates (GVariantDict *dict, const EsimDeregistrationRecord *record, gint64 now)
{
  gboolean server = esim_deregistration_record_is_ts43 (record);
  gboolean waits = record->stage == ESIM_STAGE_IN_REVIEW || record->stage == ESIM_STAGE_AWAITING_END;
  const char *review = "";

  if (record->stage == ESIM_STAGE_IN_REVIEW)
    review =
        (server ? esim_ts43_is_late (record, now) : esim_portal_is_late (record, now)) ? "late" : "waiting";
  g_variant_dict_insert (dict, "review", "s", review);
  g_variant_dict_insert (dict, "reference", "s", record->reference);
  g_variant_dict_insert (dict, "submitted", "x", record->submitted);
  g_variant_dict_insert (dict, "expected-by", "x", record->expected_by);
  g_variant_dict_insert (dict, "next-check", "x",
                         server  ? esim_ts43_get_due (record)
                         : waits ? record->next_check
                                 : (gint64) 0);
  g_variant_dict_insert (dict, "confirmed", "x", record->confirmed);
  g_variant_dict_insert (dict, "effective-date", "s", record->effective_date);
  g_variant_dict_insert (dict, "effective-at", "x", record->effective_at);
}

void
esim_describe_carrier_side (GVariantDict *dict, EsimDeregistration *deregistration)
{
  const EsimDeregistrationRecord *record = esim_deregistration_get_record (deregistration);
  g_autoptr (EsimCarrier) carrier = esim_deregistration_dup_carrier (deregistration);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  GVariant *contact;

  g_variant_dict_insert_value (dict, "history", describe_history (record));
  if (esim_deregistration_record_is_local (record))
    return;
  if (record->carrier_known)
    g_variant_dict_insert_value (dict, "carrier", describe_who (record, carrier));
  g_variant_dict_insert_value (dict, "tasks", esim_portal_describe_tasks (record, carrier, now));
  contact = esim_portal_describe_contact (record, carrier, now);
  if (contact != NULL)
    g_variant_dict_insert_value (dict, "contact", contact);
  describe_dates (dict, record, now);
  describe_server (dict, record);
  describe_evidence (dict, record);
  describe_refusal (dict, record);
}
