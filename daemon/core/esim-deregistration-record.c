/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-deregistration-record.h"
#include "esim-error.h"

#include <string.h>

static const char *const stage_names[] = {"preparing",
                                          "verifying-identity",
                                          "submitting",
                                          "submission-unknown",
                                          "in-review",
                                          "confirmed",
                                          "awaiting-end",
                                          "removing-profile",
                                          "notifying-operator",
                                          "verifying-end",
                                          "completed",
                                          "withdrawn",
                                          "rejected",
                                          "failed",
                                          "checked",
                                          "unreadable"};
static const char *const step_names[] = {
    "preflight",          "consent",   "identity", "submit", "review", "await-end",
    "save-notifications", "disable",   "delete",   "verify", "notify", "remove-connections",
    "restore-profile",    "verify-end"};
static const char *const step_state_names[] = {"pending", "running", "waiting", "done", "skipped", "failed"};

#define FIELD(key, member, since_2)                                                                          \
  {                                                                                                          \
    key, G_STRUCT_OFFSET (EsimDeregistrationRecord, member), since_2, FALSE                                  \
  }

const EsimRecordField esim_record_strings[] = {
    FIELD ("token", token, FALSE),
    FIELD ("method", method, FALSE),
    FIELD ("reason", reason, FALSE),
    FIELD ("eid", eid, FALSE),
    FIELD ("iccid", iccid, FALSE),
    FIELD ("profile-name", profile_name, FALSE),
    FIELD ("service-provider", service_provider, FALSE),
    FIELD ("carrier", carrier, TRUE),
    FIELD ("carrier-name", carrier_name, TRUE),
    FIELD ("plan", plan, TRUE),
    FIELD ("reference", reference, TRUE),
    FIELD ("evidence-date", evidence_date, TRUE),
    FIELD ("effective-date", effective_date, TRUE),
    FIELD ("document-name", document_name, TRUE),
    FIELD ("document-sha256", document_sha256, TRUE),
    {NULL, 0, FALSE, FALSE},
};

const EsimRecordField esim_record_times[] = {
    FIELD ("requested", requested, FALSE),
    FIELD ("consented", consented, FALSE),
    FIELD ("removed", removed, FALSE),
    FIELD ("completed", completed, FALSE),
    FIELD ("page-opened", page_opened, TRUE),
    FIELD ("submitted", submitted, TRUE),
    FIELD ("expected-by", expected_by, TRUE),
    FIELD ("next-check", next_check, TRUE),
    FIELD ("reminded", reminded, TRUE),
    FIELD ("confirmed", confirmed, TRUE),
    FIELD ("effective-at", effective_at, TRUE),
    FIELD ("remove-now", remove_now, TRUE),
    FIELD ("document-size", document_size, TRUE),
    FIELD ("refused", refused, TRUE),
    {"disconnect-asked", G_STRUCT_OFFSET (EsimDeregistrationRecord, disconnect_asked), FALSE, TRUE},
    {"disconnect-allowed", G_STRUCT_OFFSET (EsimDeregistrationRecord, disconnect_allowed), FALSE, TRUE},
    {NULL, 0, FALSE, FALSE},
};

const char *
esim_stage_to_string (EsimStage stage)
{
  return stage_names[stage];
}

gboolean
esim_stage_is_ended (EsimStage stage)
{
  return stage >= ESIM_STAGE_COMPLETED && stage <= ESIM_STAGE_CHECKED;
}

const char *
esim_step_to_string (EsimStep step)
{
  return step_names[step];
}

const char *
esim_step_state_to_string (EsimStepState state)
{
  return step_state_names[state];
}

void
esim_proof_free (gpointer data)
{
  EsimProof *proof = data;

  esim_notification_unref (proof->notification);
  g_free (proof);
}

static void
history_entry_free (gpointer data)
{
  EsimHistoryEntry *entry = data;

  g_free (entry->code);
  g_variant_unref (entry->parameters);
  g_free (entry);
}

static char **
string_place (EsimDeregistrationRecord *self, const EsimRecordField *field)
{
  return G_STRUCT_MEMBER_P (self, field->offset);
}

EsimDeregistrationRecord *
esim_deregistration_record_new (const char *id)
{
  EsimDeregistrationRecord *self = g_new0 (EsimDeregistrationRecord, 1);

  self->id = g_strdup (id);
  self->last_sequence = -1;
  for (const EsimRecordField *field = esim_record_strings; field->key != NULL; field++)
    *string_place (self, field) = g_strdup ("");
  self->refusal_missing = g_new0 (char *, 1);
  self->tasks_done = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sx}"), NULL, 0));
  self->proofs = g_ptr_array_new_with_free_func (esim_proof_free);
  self->history = g_ptr_array_new_with_free_func (history_entry_free);
  esim_ts43_track_init (&self->ts43);
  return self;
}

static GPtrArray *
copy_proofs (GPtrArray *proofs)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (esim_proof_free);

  for (guint i = 0; i < proofs->len; i++) {
    EsimProof *proof = g_memdup2 (g_ptr_array_index (proofs, i), sizeof (EsimProof));

    esim_notification_ref (proof->notification);
    g_ptr_array_add (copy, proof);
  }
  return copy;
}

static GPtrArray *
copy_history (GPtrArray *history)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (history_entry_free);

  for (guint i = 0; i < history->len; i++) {
    EsimHistoryEntry *entry = g_memdup2 (g_ptr_array_index (history, i), sizeof (EsimHistoryEntry));

    entry->code = g_strdup (entry->code);
    g_variant_ref (entry->parameters);
    g_ptr_array_add (copy, entry);
  }
  return copy;
}

EsimDeregistrationRecord *
esim_deregistration_record_copy (const EsimDeregistrationRecord *self)
{
  EsimDeregistrationRecord *copy = g_memdup2 (self, sizeof *self);

  copy->id = g_strdup (self->id);
  for (const EsimRecordField *field = esim_record_strings; field->key != NULL; field++)
    *string_place (copy, field) = g_strdup (*string_place (copy, field));
  copy->aid = self->aid != NULL ? g_bytes_ref (self->aid) : NULL;
  copy->error_name = g_strdup (self->error_name);
  copy->error = g_strdup (self->error);
  copy->error_details = self->error_details != NULL ? g_variant_ref (self->error_details) : NULL;
  copy->refusal_missing = g_strdupv (self->refusal_missing);
  copy->tasks_done = g_variant_ref (self->tasks_done);
  copy->proofs = copy_proofs (self->proofs);
  copy->history = copy_history (self->history);
  esim_ts43_track_dup (&copy->ts43);
  return copy;
}

void
esim_deregistration_record_free (EsimDeregistrationRecord *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  for (const EsimRecordField *field = esim_record_strings; field->key != NULL; field++)
    g_free (*string_place (self, field));
  g_clear_pointer (&self->aid, g_bytes_unref);
  g_free (self->error_name);
  g_free (self->error);
  g_clear_pointer (&self->error_details, g_variant_unref);
  g_strfreev (self->refusal_missing);
  g_variant_unref (self->tasks_done);
  g_ptr_array_unref (self->proofs);
  g_ptr_array_unref (self->history);
  esim_ts43_track_clear (&self->ts43);
  g_free (self);
}

char *
esim_deregistration_record_hash_token (const char *token)
{
  return *token != '\0' ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1) : g_strdup ("");
}

void
esim_set_string (char **place, const char *value)
{
  char *copy = g_strdup (value != NULL ? value : "");

  g_free (*place);
  *place = copy;
}

void
esim_deregistration_record_add_history (EsimDeregistrationRecord *self, gint64 time, const char *code,
                                        GVariant *parameters)
{
  EsimHistoryEntry *entry = g_new (EsimHistoryEntry, 1);

  if (parameters == NULL)
    parameters = g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
  *entry = (EsimHistoryEntry){time, g_strdup (code), g_variant_ref_sink (parameters)};
  /* What began it is worth more than the reminders in the middle. */
  if (self->history->len >= ESIM_DEREGISTRATION_HISTORY_MAX)
    g_ptr_array_remove_index (self->history, ESIM_DEREGISTRATION_HISTORY_MAX / 2);
  g_ptr_array_add (self->history, entry);
}

void
esim_deregistration_record_set_step (EsimDeregistrationRecord *self, EsimStep step, EsimStepState state)
{
  if (self->steps[step] == state)
    return;
  self->steps[step] = state;
  self->step_times[step] = g_get_real_time () / G_USEC_PER_SEC;
}

void
esim_deregistration_record_set_error (EsimDeregistrationRecord *self, const GError *error)
{
  g_clear_pointer (&self->error_name, g_free);
  g_clear_pointer (&self->error, g_free);
  g_clear_pointer (&self->error_details, g_variant_unref);
  if (error == NULL)
    return;
  self->error_name = g_strdup (esim_error_get_dbus_name (error));
  self->error = g_strdup (error->message);
  self->error_details = esim_error_dup_details (error);
}

gboolean
esim_deregistration_record_is_local (const EsimDeregistrationRecord *self)
{
  return strcmp (self->method, ESIM_METHOD_LOCAL) == 0;
}

gboolean
esim_deregistration_record_is_ts43 (const EsimDeregistrationRecord *self)
{
  return strcmp (self->method, ESIM_METHOD_TS43) == 0;
}

gboolean
esim_deregistration_record_is_cardless (const EsimDeregistrationRecord *self)
{
  return *self->eid == '\0';
}

gboolean
esim_deregistration_record_has_step (const EsimDeregistrationRecord *self, EsimStep step)
{
  if (step == ESIM_STEP_PREFLIGHT || step == ESIM_STEP_CONSENT)
    return TRUE;
  /* Only where it came to that. */
  if (step == ESIM_STEP_RESTORE || step == ESIM_STEP_REMOVE_CONNECTIONS || step == ESIM_STEP_VERIFY_END)
    return self->steps[step] != ESIM_STEP_PENDING;
  if (step >= ESIM_STEP_IDENTITY && step <= ESIM_STEP_AWAIT_END)
    return !esim_deregistration_record_is_local (self);
  return !esim_deregistration_record_is_cardless (self);
}

gboolean
esim_deregistration_record_is_acknowledged (const EsimDeregistrationRecord *self)
{
  for (guint i = 0; i < self->proofs->len; i++) {
    const EsimProof *proof = g_ptr_array_index (self->proofs, i);

    if (proof->acknowledged_at == 0)
      return FALSE;
  }
  /* A recipient of whom the card has given nothing yet has not acknowledged. */
  return self->proofs->len > 0 && self->proofs->len >= self->recipients;
}

gboolean
esim_deregistration_record_is_told (const EsimDeregistrationRecord *self)
{
  if (self->proofs->len == 0)
    return self->recipients == 0;
  return esim_deregistration_record_is_acknowledged (self);
}

/* What the carrier's side has brought: the user begins anew. */
static void
forget_request (EsimDeregistrationRecord *self)
{
  self->consented = 0;
  self->page_opened = 0;
  self->submitted = 0;
  self->expected_by = 0;
  self->next_check = 0;
  self->reminded = 0;
  self->refused = 0;
  self->confirmed = 0;
  self->effective_at = 0;
  self->remove_now = 0;
  self->document_size = 0;
  self->disconnect_allowed = 0;
  esim_set_string (&self->reference, "");
  esim_set_string (&self->evidence_date, "");
  esim_set_string (&self->effective_date, "");
  esim_set_string (&self->document_name, "");
  esim_set_string (&self->document_sha256, "");
  g_strfreev (self->refusal_missing);
  self->refusal_missing = g_new0 (char *, 1);
  esim_ts43_track_begin_again (&self->ts43);
}

void
esim_deregistration_record_begin_again (EsimDeregistrationRecord *self, gint64 now)
{
  /* Where the card's side failed, what the carrier has confirmed stays confirmed. Who withdrew it has taken
   * back that the profile should go, and is asked again. */
  gboolean confirmed = self->confirmed != 0 && self->stage == ESIM_STAGE_FAILED;

  self->stage = confirmed ? ESIM_STAGE_CONFIRMED : ESIM_STAGE_PREPARING;
  self->completed = 0;
  self->disconnect_asked = 0;
  self->ts43.looked = 0;
  self->ts43.blind = 0;
  if (!confirmed)
    forget_request (self);
  for (guint i = confirmed ? ESIM_STEP_AWAIT_END : ESIM_STEP_PREFLIGHT; i < ESIM_N_STEPS; i++)
    esim_deregistration_record_set_step (self, i, ESIM_STEP_PENDING);
  esim_deregistration_record_set_error (self, NULL);
  esim_deregistration_record_add_history (self, now, "retried", NULL);
}
