/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-receipt.h"

#include <json-glib/json-glib.h>
#include <string.h>

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

/* @parameters: (nullable): a{sv}, what the words speak of, for a translation; a floating one is taken */
static void
add_statement (JsonBuilder *builder, const char *code, const char *label, gint64 time, const char *text,
               GVariant *parameters)
{
  json_builder_begin_object (builder);
  set_string (builder, "code", code);
  set_string (builder, "label", label);
  set_string (builder, "text", text);
  set_time (builder, "time", time);
  json_builder_set_member_name (builder, "parameters");
  if (parameters == NULL)
    parameters = g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
  json_builder_add_value (builder, json_gvariant_serialize (parameters));
  g_variant_unref (g_variant_ref_sink (parameters));
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
  add_statement (builder, "delete-event", is_showable (proof) ? SIGNED : OBSERVED, 0, issued,
                 g_variant_new_parsed ("{'sequence': <%t>, 'address': <%s>}", proof->notification->sequence,
                                       proof->notification->address));
  if (proof->acknowledged_at == 0)
    return;
  acknowledged =
      g_strdup_printf ("%s acknowledged delete event %" G_GUINT64_FORMAT " with HTTP status %u",
                       proof->notification->address, proof->notification->sequence, proof->http_status);
  add_statement (builder, "acknowledged", OBSERVED, proof->acknowledged_at, acknowledged,
                 g_variant_new_parsed ("{'sequence': <%t>, 'address': <%s>, 'http-status': <%u>}",
                                       proof->notification->sequence, proof->notification->address,
                                       proof->http_status));
}

/* What the user said of the carrier, as it came: this machine has seen nothing of it. */
static const struct {
  const char *event;
  const char *code;
  const char *text;
} told[] = {
    {"submitted", "carrier-submitted", "The user says: the end of the contract was asked for at the carrier"},
    {"in-review", "carrier-in-review", "The user says: the carrier has not decided yet"},
    {"refused", "carrier-refused", "The user says: the carrier wanted something more"},
    {"rejected", "carrier-rejected", "The user says: the carrier rejected the request"},
    {"confirmed", "carrier-confirmed", "The user says: the carrier has confirmed the end of the contract"},
    {"effective-date-changed", "carrier-moved-date",
     "The user says: the carrier has moved the contract's last day"},
    {"remove-now", "remove-now", "The user wanted the profile to be removed before the contract's last day"},
};

static char *
tell (const char *text, GVariant *parameters)
{
  GString *words = g_string_new (text);
  const char *value = NULL;

  if (g_variant_lookup (parameters, "reference", "&s", &value) && *value != '\0')
    g_string_append_printf (words, ", reference %s", value);
  if (g_variant_lookup (parameters, "date", "&s", &value))
    g_string_append_printf (words, ", on %s", value);
  if (g_variant_lookup (parameters, "effective-date", "&s", &value))
    g_string_append_printf (words, ", last day %s", value);
  return g_string_free (words, FALSE);
}

/* What this machine did, or read of the carrier's server, or the user decided on it (method "ts43"). */
static const struct {
  const char *event;
  const char *code;
  const char *label;
  const char *text;
  const char *key; /* its value goes behind the text */
} seen[] = {
    {"baseline", "carrier-listed", OBSERVED, "The carrier's server listed the line as active", NULL},
    {"asked-carrier", "carrier-asked", OBSERVED,
     "A request went to the carrier's server (ManageSubscription)", NULL},
    {"submission-unknown", "carrier-answer-unknown", OBSERVED,
     "Whether the carrier has the request was not known at this time", NULL},
    {"resend", "carrier-asked-again", STATED, "The user wanted the request to be made once more", NULL},
    {"evidence", "carrier-shows", OBSERVED, "What the carrier's server said was put before the user", "seen"},
    {"no-longer-recognised", "carrier-refuses", OBSERVED,
     "The carrier's server refused the line for more than a day", NULL},
    {"reversal", "carrier-shows-otherwise", OBSERVED,
     "The carrier's server did not show the end any more; nothing was deleted", NULL},
    {"not-asked-again", "not-asked-again", STATED,
     "The user wanted the profile deleted although the status could not be read once more", NULL},
    {"fell-back", "portal", STATED, "The user went on at the carrier by other ways", "why"},
    {"end-seen", "carrier-shows-end", OBSERVED, "After the deletion the carrier's server showed an end",
     "seen"},
    {"end-stated", "end-stated", STATED, "The user says: the contract has ended since the deletion", NULL},
    {"end-unknown", "end-not-seen", OBSERVED, "No end of the contract was seen after the deletion", NULL},
};

static void
add_acknowledged (JsonBuilder *builder, const EsimHistoryEntry *entry)
{
  const char *by = "";

  (void) g_variant_lookup (entry->parameters, "by", "&s", &by);
  if (strcmp (by, "server") == 0)
    add_statement (builder, "carrier-acknowledged", OBSERVED, entry->time,
                   "The carrier's server acknowledged the request", entry->parameters);
  else if (strcmp (by, "page") == 0)
    add_statement (builder, "carrier-acknowledged", STATED, entry->time,
                   "The client says: the carrier's page was gone through to its end", entry->parameters);
  else
    add_statement (builder, "carrier-acknowledged", STATED, entry->time,
                   "The user says: the carrier has the request", entry->parameters);
}

/* Where no profile is left to delete, the user's word is on the contract alone. */
static void
add_released (JsonBuilder *builder, const EsimHistoryEntry *entry, gboolean cardless)
{
  const char *value = "";
  g_autofree char *text = NULL;

  (void) g_variant_lookup (entry->parameters, "seen", "&s", &value);
  text = g_strconcat (cardless ? "The user took what was seen for the end of the contract"
                               : "The user wanted the profile deleted on what was seen",
                      *value != '\0' ? ": " : "", value, NULL);
  add_statement (builder, cardless ? "user-took-for-ended" : "user-released", STATED, entry->time, text,
                 entry->parameters);
}

static void
add_seen (JsonBuilder *builder, const EsimHistoryEntry *entry, gboolean cardless)
{
  if (strcmp (entry->code, "released") == 0)
    add_released (builder, entry, cardless);
  if (strcmp (entry->code, "acknowledged") == 0)
    add_acknowledged (builder, entry);
  if (strcmp (entry->code, "confirmed") == 0 && g_variant_lookup (entry->parameters, "seen", "&s", NULL))
    add_statement (
        builder, "carrier-shows-end", OBSERVED, entry->time,
        "The carrier's server showed the line as ended (ServiceStatus 4), twice, with time between",
        entry->parameters);
  for (guint i = 0; i < G_N_ELEMENTS (seen); i++) {
    const char *value = "";
    g_autofree char *text = NULL;

    if (strcmp (entry->code, seen[i].event) != 0)
      continue;
    if (seen[i].key != NULL)
      (void) g_variant_lookup (entry->parameters, seen[i].key, "&s", &value);
    text = g_strconcat (seen[i].text, *value != '\0' ? ": " : "", value, NULL);
    add_statement (builder, seen[i].code, seen[i].label, entry->time, text, entry->parameters);
  }
}

/* Each document of the carrier's, so that it can be known again. */
static void
add_word (JsonBuilder *builder, const EsimTs43Word *word)
{
  gboolean page = strcmp (word->operation, "page") == 0;
  GString *text = g_string_new (NULL);

  if (page)
    g_string_printf (text, "The client says: the carrier's page ended with \"%s\"", word->said);
  else
    g_string_printf (text, "%s answered %s: %s", *word->host != '\0' ? word->host : "The carrier's server",
                     word->operation, word->said);
  if (*word->digest != '\0')
    g_string_append_printf (text, ", SHA-256 %s", word->digest);
  add_statement (builder, page ? "carrier-page" : "carrier-answered", page ? STATED : OBSERVED, word->time,
                 text->str,
                 g_variant_new_parsed ("{'operation': <%s>, 'said': <%s>, 'sha256': <%s>, 'host': <%s>}",
                                       word->operation, word->said, word->digest, word->host));
  g_string_free (text, TRUE);
}

static void
add_told (JsonBuilder *builder, const EsimHistoryEntry *entry)
{
  /* What the carrier's server showed, the user need not say. */
  if (g_variant_lookup (entry->parameters, "seen", "&s", NULL))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (told); i++) {
    g_autofree char *text = NULL;

    if (strcmp (entry->code, told[i].event) != 0)
      continue;
    text = tell (told[i].text, entry->parameters);
    add_statement (builder, told[i].code, STATED, entry->time, text, entry->parameters);
  }
}

static void
add_carrier (JsonBuilder *builder, const EsimDeregistrationRecord *record)
{
  g_autofree char *document = NULL;

  add_statement (builder, "consented", STATED, record->consented,
                 "The user was told how the contract is ended and what happens to the profile, and agreed",
                 NULL);
  for (guint i = 0; i < record->history->len; i++) {
    add_told (builder, g_ptr_array_index (record->history, i));
    add_seen (builder, g_ptr_array_index (record->history, i),
              esim_deregistration_record_is_cardless (record));
  }
  for (guint i = 0; i < record->ts43.words->len; i++)
    add_word (builder, g_ptr_array_index (record->ts43.words, i));
  if (*record->document_name == '\0')
    return;
  document =
      g_strdup_printf ("The user has a document of the carrier: %s, %" G_GINT64_FORMAT " octets, SHA-256 %s",
                       record->document_name, record->document_size, record->document_sha256);
  add_statement (builder, "document", STATED, record->confirmed, document,
                 g_variant_new_parsed ("{'name': <%s>, 'size': <%x>, 'sha256': <%s>}", record->document_name,
                                       record->document_size, record->document_sha256));
}

static void
add_removal (JsonBuilder *builder, const EsimDeregistrationRecord *record)
{
  if (esim_deregistration_record_is_cardless (record)) {
    add_statement (builder, "not-deleted", OBSERVED, record->completed,
                   "No profile was deleted: it was on no card of this machine any more when this began",
                   NULL);
    return;
  }
  add_statement (builder, "deleted", OBSERVED, record->removed,
                 "The deletion was sent to the card, and its list did not show the profile any more", NULL);
  for (guint i = 0; i < record->proofs->len; i++)
    add_proof_statements (builder, g_ptr_array_index (record->proofs, i));
}

static void
add_statements (JsonBuilder *builder, const EsimDeregistrationRecord *record)
{
  g_autofree char *asked =
      g_strdup_printf ("User %u asked for it, reason \"%s\"", record->requester, record->reason);

  json_builder_set_member_name (builder, "statements");
  json_builder_begin_array (builder);
  add_statement (builder, "requested", OBSERVED, record->requested, asked,
                 g_variant_new_parsed ("{'user': <%u>, 'reason': <%s>}", record->requester, record->reason));
  if (esim_deregistration_record_is_local (record))
    add_statement (builder, "contract-continues", STATED, record->consented,
                   "The user was told that the contract goes on until it is ended at the carrier, and agreed "
                   "to the removal",
                   NULL);
  else
    add_carrier (builder, record);
  add_removal (builder, record);
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
add_limit (JsonBuilder *builder, const char *code, const char *text)
{
  json_builder_begin_object (builder);
  set_string (builder, "code", code);
  set_string (builder, "text", text);
  json_builder_end_object (builder);
}

static void
add_limit_of_end (JsonBuilder *builder, const EsimDeregistrationRecord *record)
{
  const EsimTs43Track *track = &record->ts43;
  gboolean server = esim_deregistration_record_is_ts43 (record);

  if (server && esim_ts43_seen_is_first (track->basis) && track->ended == 0 && track->ended_stated == 0)
    add_limit (builder, "contract-end-not-seen",
               "that the contract has ended: the carrier wanted the profile deleted first, and no end of the "
               "contract had been seen when this was made");
  else if (server && (track->ended != 0 || track->basis == ESIM_TS43_SEEN_ENDED))
    add_limit (builder, "contract-ended-observed",
               "that the contract has ended: it is what the carrier's server showed this machine; keep what "
               "the carrier sends");
  else if (server && track->ended_stated == 0)
    add_limit (
        builder, "contract-ended-released",
        "that the contract has ended: what the carrier's server showed may mean that, and the user took "
        "it for that");
  else
    add_limit (
        builder, "contract-ended-attested",
        "that the contract has ended: that the carrier confirmed it is what the user says; keep what the "
        "carrier sent");
}

static void
add_limits (JsonBuilder *builder, const EsimDeregistrationRecord *record)
{
  json_builder_set_member_name (builder, "does-not-prove");
  json_builder_begin_array (builder);
  if (esim_deregistration_record_is_local (record))
    add_limit (
        builder, "contract-ended",
        "that the contract has ended: the carrier was not asked, and it goes on until it is ended there");
  else
    add_limit_of_end (builder, record);
  if (esim_deregistration_record_is_cardless (record)) {
    add_limit (builder, "nothing-deleted", "that the profile was deleted: no card was touched");
  } else {
    add_limit (builder, "absent-now",
               "that the profile is absent from the card now: it could have been installed again");
    add_limit (
        builder, "deletion-time",
        "when the eUICC deleted it: its signature covers sequence number, event, address and ICCID, and "
        "no clock");
    if (record->proofs->len == 0 && record->recipients == 0)
      add_limit (
          builder, "no-server",
          "anything by signature: the profile named no server to be told, so nothing signed was expected");
    else if (record->proofs->len == 0)
      add_limit (
          builder, "no-signature",
          "anything by signature: the profile named servers to be told, and the eUICC has given no signed "
          "notification of the deletion");
  }
  json_builder_end_array (builder);
}

static void
add_subject (JsonBuilder *builder, const EsimDeregistrationRecord *record)
{
  set_string (builder, "eid", record->eid);
  set_string (builder, "iccid", record->iccid);
  json_builder_set_member_name (builder, "profile");
  json_builder_begin_object (builder);
  set_string (builder, "name", record->profile_name);
  set_string (builder, "service-provider", record->service_provider);
  json_builder_end_object (builder);
  if (esim_deregistration_record_is_local (record))
    return;
  json_builder_set_member_name (builder, "carrier");
  json_builder_begin_object (builder);
  set_string (builder, "id", record->carrier);
  set_string (builder, "name", record->carrier_name);
  set_string (builder, "plan", record->plan);
  set_string (builder, "reference", record->reference);
  set_string (builder, "effective-date", record->effective_date);
  json_builder_end_object (builder);
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
  add_subject (builder, record);
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
