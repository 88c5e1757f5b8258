/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-receipt.h"

#include <json-glib/json-glib.h>

#define SIGNED "signed-by-euicc"
#define OBSERVED "observed-by-this-machine"
#define STATED "stated-by-user"

static void
set_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
set_time (JsonBuilder *builder, const char *name, gint64 seconds)
{
  g_autoptr (GDateTime) time = seconds != 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  json_builder_set_member_name (builder, name);
  if (text != NULL)
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
}

static void
set_bytes (JsonBuilder *builder, const char *name, GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  g_autofree char *text = g_base64_encode (data, length);

  set_string (builder, name, text);
}

static void
add_statement (JsonBuilder *builder, const char *code, const char *label, gint64 time, const char *text)
{
  json_builder_begin_object (builder);
  set_string (builder, "code", code);
  set_string (builder, "label", label);
  set_string (builder, "text", text);
  set_time (builder, "time", time);
  json_builder_end_object (builder);
}

static gboolean
is_showable (const EsimProof *proof)
{
  g_autoptr (GBytes) metadata = NULL;
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GBytes) euicc = NULL;
  g_autoptr (GBytes) eum = NULL;
  g_autoptr (GError) error = NULL;

  return esim_notification_dup_parts (proof->notification, &metadata, &signature, &euicc, &eum, &error);
}

static void
add_proof_statements (JsonBuilder *builder, const EsimProof *proof)
{
  g_autofree char *issued = g_strdup_printf ("The eUICC with this EID issued delete event %" G_GUINT64_FORMAT
                                             " for this ICCID, addressed to %s, at a time that is not proven",
                                             proof->notification->sequence, proof->notification->address);
  g_autofree char *acknowledged = NULL;

  /* Signed is what the receipt can show the signature of. */
  add_statement (builder, "delete-event", is_showable (proof) ? SIGNED : OBSERVED, 0, issued);
  if (proof->acknowledged_at == 0)
    return;
  acknowledged =
      g_strdup_printf ("%s acknowledged delete event %" G_GUINT64_FORMAT " with HTTP status %u",
                       proof->notification->address, proof->notification->sequence, proof->http_status);
  add_statement (builder, "acknowledged", OBSERVED, proof->acknowledged_at, acknowledged);
}

static void
add_statements (JsonBuilder *builder, const EsimDeregistrationRecord *record)
{
  g_autofree char *asked =
      g_strdup_printf ("User %u asked for the removal, reason \"%s\"", record->requester, record->reason);

  json_builder_set_member_name (builder, "statements");
  json_builder_begin_array (builder);
  add_statement (builder, "requested", OBSERVED, record->requested, asked);
  add_statement (builder, "contract-continues", STATED, record->consented,
                 "The user was told that the contract goes on until it is ended at the carrier, and agreed "
                 "to the removal");
  add_statement (builder, "deleted", OBSERVED, record->removed,
                 "The deletion was sent to the card, and its list did not show the profile any more");
  for (guint i = 0; i < record->proofs->len; i++)
    add_proof_statements (builder, g_ptr_array_index (record->proofs, i));
  json_builder_end_array (builder);
}

static void
add_proof (JsonBuilder *builder, const EsimProof *proof)
{
  g_autoptr (GBytes) metadata = NULL;
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GBytes) euicc = NULL;
  g_autoptr (GBytes) eum = NULL;
  g_autoptr (GError) error = NULL;

  if (!esim_notification_dup_parts (proof->notification, &metadata, &signature, &euicc, &eum, &error)) {
    g_warning ("a delete notification cannot be shown in a receipt: %s", error->message);
    return;
  }
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "sequence");
  json_builder_add_int_value (builder, (gint64) proof->notification->sequence);
  set_string (builder, "address", proof->notification->address);
  json_builder_set_member_name (builder, "signed");
  json_builder_begin_object (builder);
  set_bytes (builder, "notification-metadata", metadata);
  set_bytes (builder, "signature", signature);
  set_bytes (builder, "euicc-certificate", euicc);
  set_bytes (builder, "eum-certificate", eum);
  json_builder_end_object (builder);
  set_time (builder, "acknowledged", proof->acknowledged_at);
  json_builder_set_member_name (builder, "acknowledged-by");
  if (proof->acknowledged_at != 0) {
    json_builder_begin_object (builder);
    set_string (builder, "host", proof->notification->address);
    json_builder_set_member_name (builder, "http-status");
    json_builder_add_int_value (builder, proof->http_status);
    json_builder_end_object (builder);
  } else {
    json_builder_add_null_value (builder);
  }
  json_builder_end_object (builder);
}

static void
add_limits (JsonBuilder *builder, const EsimDeregistrationRecord *record)
{
  json_builder_set_member_name (builder, "does-not-prove");
  json_builder_begin_array (builder);
  json_builder_add_string_value (
      builder,
      "that the contract has ended: the carrier was not asked, and it goes on until it is ended there");
  json_builder_add_string_value (
      builder, "that the profile is absent from the card now: it could have been installed again");
  json_builder_add_string_value (builder, "when the eUICC deleted it: its signature covers sequence number, "
                                          "event, address and ICCID, and no clock");
  if (record->proofs->len == 0 && record->recipients == 0)
    json_builder_add_string_value (
        builder,
        "anything by signature: the profile named no server to be told, so nothing signed was expected");
  else if (record->proofs->len == 0)
    json_builder_add_string_value (
        builder,
        "anything by signature: the profile named servers to be told, and the eUICC has given no signed "
        "notification of the deletion");
  json_builder_end_array (builder);
}

char *
esim_receipt_build (const EsimDeregistrationRecord *record)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  set_string (builder, "type", "esimd-receipt");
  json_builder_set_member_name (builder, "version");
  json_builder_add_int_value (builder, 1);
  set_string (builder, "id", record->id);
  set_time (builder, "issued", g_get_real_time () / G_USEC_PER_SEC);
  set_string (builder, "method", record->method);
  set_string (builder, "reason", record->reason);
  set_string (builder, "eid", record->eid);
  set_string (builder, "iccid", record->iccid);
  json_builder_set_member_name (builder, "profile");
  json_builder_begin_object (builder);
  set_string (builder, "name", record->profile_name);
  set_string (builder, "service-provider", record->service_provider);
  json_builder_end_object (builder);
  add_statements (builder, record);
  json_builder_set_member_name (builder, "delete-notifications");
  json_builder_begin_array (builder);
  for (guint i = 0; i < record->proofs->len; i++)
    add_proof (builder, g_ptr_array_index (record->proofs, i));
  json_builder_end_array (builder);
  add_limits (builder, record);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  return json_generator_to_data (generator, NULL);
}
