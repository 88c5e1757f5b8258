/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-deregistration-record.h"
#include "esim-error.h"

#include <string.h>

#define GROUP "deregistration"
#define GROUP_STEPS "steps"
#define GROUP_PROOF "proof "
#define AID_OCTETS 16

static const char *const stage_names[] = {"preparing", "removing-profile", "notifying-operator",
                                          "completed", "withdrawn",        "failed",
                                          "checked",   "unreadable"};
static const char *const step_names[] = {"preflight", "consent", "save-notifications", "disable", "delete",
                                         "verify",    "notify",  "restore-profile"};
static const char *const step_state_names[] = {"pending", "running", "waiting", "done", "skipped", "failed"};
static const char *const removal_names[] = {"not-begun", "saving", "disabling", "deleting", "deleted"};

const char *
esim_stage_to_string (EsimStage stage)
{
  return stage_names[stage];
}

gboolean
esim_stage_is_ended (EsimStage stage)
{
  return stage == ESIM_STAGE_COMPLETED || stage == ESIM_STAGE_WITHDRAWN || stage == ESIM_STAGE_FAILED ||
         stage == ESIM_STAGE_CHECKED;
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

EsimDeregistrationRecord *
esim_deregistration_record_new (const char *id)
{
  EsimDeregistrationRecord *self = g_new0 (EsimDeregistrationRecord, 1);

  self->id = g_strdup (id);
  self->last_sequence = -1;
  self->proofs = g_ptr_array_new_with_free_func (esim_proof_free);
  return self;
}

EsimDeregistrationRecord *
esim_deregistration_record_copy (const EsimDeregistrationRecord *self)
{
  EsimDeregistrationRecord *copy = g_new (EsimDeregistrationRecord, 1);

  *copy = *self;
  copy->id = g_strdup (self->id);
  copy->token = g_strdup (self->token);
  copy->method = g_strdup (self->method);
  copy->reason = g_strdup (self->reason);
  copy->eid = g_strdup (self->eid);
  copy->iccid = g_strdup (self->iccid);
  copy->aid = self->aid != NULL ? g_bytes_ref (self->aid) : NULL;
  copy->profile_name = g_strdup (self->profile_name);
  copy->service_provider = g_strdup (self->service_provider);
  copy->error_name = g_strdup (self->error_name);
  copy->error = g_strdup (self->error);
  copy->error_details = self->error_details != NULL ? g_variant_ref (self->error_details) : NULL;
  copy->proofs = g_ptr_array_new_with_free_func (esim_proof_free);
  for (guint i = 0; i < self->proofs->len; i++) {
    EsimProof *proof = g_memdup2 (g_ptr_array_index (self->proofs, i), sizeof (EsimProof));

    esim_notification_ref (proof->notification);
    g_ptr_array_add (copy->proofs, proof);
  }
  return copy;
}

void
esim_deregistration_record_free (EsimDeregistrationRecord *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->token);
  g_free (self->method);
  g_free (self->reason);
  g_free (self->eid);
  g_free (self->iccid);
  g_clear_pointer (&self->aid, g_bytes_unref);
  g_free (self->profile_name);
  g_free (self->service_provider);
  g_free (self->error_name);
  g_free (self->error);
  g_clear_pointer (&self->error_details, g_variant_unref);
  g_ptr_array_unref (self->proofs);
  g_free (self);
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
esim_deregistration_record_is_acknowledged (const EsimDeregistrationRecord *self)
{
  for (guint i = 0; i < self->proofs->len; i++) {
    const EsimProof *proof = g_ptr_array_index (self->proofs, i);

    if (proof->acknowledged_at == 0)
      return FALSE;
  }
  return self->proofs->len > 0;
}

gboolean
esim_deregistration_record_is_told (const EsimDeregistrationRecord *self)
{
  if (self->proofs->len == 0)
    return self->recipients == 0;
  return esim_deregistration_record_is_acknowledged (self);
}

static void
set_bytes (GKeyFile *file, const char *group, const char *key, GBytes *bytes)
{
  gsize length;
  const guint8 *data;
  g_autofree char *text = NULL;

  if (bytes == NULL)
    return;
  data = g_bytes_get_data (bytes, &length);
  text = g_base64_encode (data, length);
  g_key_file_set_string (file, group, key, text);
}

static GBytes *
get_bytes (GKeyFile *file, const char *group, const char *key)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, NULL);
  guchar *data;
  gsize length;

  if (text == NULL)
    return NULL;
  data = g_base64_decode (text, &length);
  return g_bytes_new_take (data, length);
}

static void
write_steps (const EsimDeregistrationRecord *self, GKeyFile *file)
{
  for (guint i = 0; i < ESIM_N_STEPS; i++) {
    g_autofree char *time_key = g_strconcat (step_names[i], "-time", NULL);

    g_key_file_set_string (file, GROUP_STEPS, step_names[i], step_state_names[self->steps[i]]);
    g_key_file_set_int64 (file, GROUP_STEPS, time_key, self->step_times[i]);
  }
}

static void
write_proofs (const EsimDeregistrationRecord *self, GKeyFile *file)
{
  g_key_file_set_uint64 (file, GROUP, "proofs", self->proofs->len);
  for (guint i = 0; i < self->proofs->len; i++) {
    const EsimProof *proof = g_ptr_array_index (self->proofs, i);
    g_autofree char *group = g_strdup_printf (GROUP_PROOF "%u", i);

    set_bytes (file, group, "bytes", proof->notification->bytes);
    g_key_file_set_int64 (file, group, "acknowledged-at", proof->acknowledged_at);
    g_key_file_set_uint64 (file, group, "http-status", proof->http_status);
  }
}

gboolean
esim_deregistration_record_write (const EsimDeregistrationRecord *self, EsimStore *store, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *details = NULL;

  g_key_file_set_string (file, GROUP, "token", self->token);
  g_key_file_set_uint64 (file, GROUP, "requester", self->requester);
  g_key_file_set_string (file, GROUP, "method", self->method);
  g_key_file_set_string (file, GROUP, "reason", self->reason);
  g_key_file_set_string (file, GROUP, "eid", self->eid);
  g_key_file_set_string (file, GROUP, "iccid", self->iccid);
  set_bytes (file, GROUP, "aid", self->aid);
  g_key_file_set_string (file, GROUP, "profile-name", self->profile_name);
  g_key_file_set_string (file, GROUP, "service-provider", self->service_provider);
  g_key_file_set_string (file, GROUP, "stage", stage_names[self->stage]);
  if (self->ending != ESIM_STAGE_PREPARING)
    g_key_file_set_string (file, GROUP, "ending", stage_names[self->ending]);
  g_key_file_set_string (file, GROUP, "removal", removal_names[self->removal]);
  g_key_file_set_int64 (file, GROUP, "last-sequence", self->last_sequence);
  g_key_file_set_uint64 (file, GROUP, "recipients", self->recipients);
  g_key_file_set_int64 (file, GROUP, "requested", self->requested);
  g_key_file_set_int64 (file, GROUP, "consented", self->consented);
  g_key_file_set_int64 (file, GROUP, "removed", self->removed);
  g_key_file_set_int64 (file, GROUP, "completed", self->completed);
  if (self->error != NULL) {
    g_key_file_set_string (file, GROUP, "error-name", self->error_name);
    g_key_file_set_string (file, GROUP, "error", self->error);
  }
  if (self->error_details != NULL) {
    details = g_variant_print (self->error_details, TRUE);
    g_key_file_set_string (file, GROUP, "error-details", details);
  }
  write_steps (self, file);
  write_proofs (self, file);
  return esim_store_write (store, ESIM_DEREGISTRATION_KIND, self->id, ESIM_DEREGISTRATION_VERSION, file,
                           error);
}

static gboolean
read_name (GKeyFile *file, const char *group, const char *key, const char *const *names, guint n,
           guint *value, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, NULL);

  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (text, names[i]) == 0) {
      *value = i;
      return TRUE;
    }
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "[%s] %s is missing or not known", group, key);
  return FALSE;
}

static gboolean
read_string (GKeyFile *file, const char *key, char **value, GError **error)
{
  *value = g_key_file_get_string (file, GROUP, key, NULL);
  if (*value != NULL)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "[" GROUP "] %s is missing", key);
  return FALSE;
}

static gboolean
read_strings (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  return read_string (file, "token", &self->token, error) &&
         read_string (file, "method", &self->method, error) &&
         read_string (file, "reason", &self->reason, error) && read_string (file, "eid", &self->eid, error) &&
         read_string (file, "iccid", &self->iccid, error) &&
         read_string (file, "profile-name", &self->profile_name, error) &&
         read_string (file, "service-provider", &self->service_provider, error);
}

static gboolean
read_number (GKeyFile *file, const char *group, const char *key, gint64 min, gint64 max, gint64 *value,
             GError **error)
{
  g_autoptr (GError) local = NULL;

  *value = g_key_file_get_int64 (file, group, key, &local);
  if (local == NULL && *value >= min && *value <= max)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "[%s] %s is missing or makes no sense", group,
               key);
  return FALSE;
}

static gboolean
read_time (GKeyFile *file, const char *group, const char *key, gint64 *value, GError **error)
{
  return read_number (file, group, key, 0, G_MAXINT64, value, error);
}

static gboolean
read_names (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  guint value;

  if (!read_name (file, GROUP, "stage", stage_names, ESIM_STAGE_CHECKED, &value, error))
    return FALSE;
  self->stage = (EsimStage) value;
  if (!read_name (file, GROUP, "removal", removal_names, G_N_ELEMENTS (removal_names), &value, error))
    return FALSE;
  self->removal = (EsimRemovalStep) value;
  for (guint i = 0; i < ESIM_N_STEPS; i++) {
    g_autofree char *time_key = g_strconcat (step_names[i], "-time", NULL);

    /* Records of before there was such a step. */
    if (i == ESIM_STEP_RESTORE && !g_key_file_has_key (file, GROUP_STEPS, step_names[i], NULL))
      continue;
    if (!read_name (file, GROUP_STEPS, step_names[i], step_state_names, G_N_ELEMENTS (step_state_names),
                    &value, error))
      return FALSE;
    self->steps[i] = (EsimStepState) value;
    if (!read_time (file, GROUP_STEPS, time_key, &self->step_times[i], error))
      return FALSE;
  }
  return TRUE;
}

static EsimNotification *
read_notification (GKeyFile *file, const char *group, GError **error)
{
  g_autoptr (GBytes) bytes = get_bytes (file, group, "bytes");
  EsimNotification *notification;
  g_autoptr (GError) local = NULL;

  if (bytes == NULL) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "[%s] bytes is missing", group);
    return NULL;
  }
  notification = esim_notification_parse (bytes, &local);
  if (notification == NULL)
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "[%s] bytes: %s", group, local->message);
  return notification;
}

static gboolean
read_proof (EsimDeregistrationRecord *self, GKeyFile *file, const char *group, GError **error)
{
  EsimNotification *notification = read_notification (file, group, error);
  gint64 status;
  EsimProof *proof;

  if (notification == NULL)
    return FALSE;
  proof = g_new0 (EsimProof, 1);
  proof->notification = notification;
  g_ptr_array_add (self->proofs, proof);
  if (!read_time (file, group, "acknowledged-at", &proof->acknowledged_at, error) ||
      !read_number (file, group, "http-status", 0, G_MAXUINT, &status, error))
    return FALSE;
  proof->http_status = (guint) status;
  return TRUE;
}

static gboolean
read_proofs (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  gint64 count;

  if (!read_number (file, GROUP, "proofs", 0, ESIM_DEREGISTRATION_PROOFS_MAX, &count, error))
    return FALSE;
  for (guint i = 0; i < count; i++) {
    g_autofree char *group = g_strdup_printf (GROUP_PROOF "%u", i);

    if (!read_proof (self, file, group, error))
      return FALSE;
  }
  return TRUE;
}

/* What need not be there: but what is there has to make sense. */
static gboolean
read_optional (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  guint ending = ESIM_STAGE_PREPARING;

  self->aid = get_bytes (file, GROUP, "aid");
  self->error_name = g_key_file_get_string (file, GROUP, "error-name", NULL);
  self->error = g_key_file_get_string (file, GROUP, "error", NULL);
  if (self->aid != NULL && g_bytes_get_size (self->aid) != AID_OCTETS) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "[" GROUP "] aid makes no sense");
    return FALSE;
  }
  if (g_key_file_has_key (file, GROUP, "ending", NULL) &&
      !read_name (file, GROUP, "ending", stage_names, ESIM_STAGE_CHECKED, &ending, error))
    return FALSE;
  self->ending = (EsimStage) ending;
  if (self->ending != ESIM_STAGE_PREPARING &&
      (!esim_stage_is_ended (self->ending) || self->stage != ESIM_STAGE_REMOVING_PROFILE)) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "[" GROUP "] ending makes no sense");
    return FALSE;
  }
  if ((self->error_name == NULL) != (self->error == NULL)) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR,
                         "[" GROUP "] error-name and error: one is missing");
    return FALSE;
  }
  return TRUE;
}

EsimDeregistrationRecord *
esim_deregistration_record_read (const char *id, GKeyFile *file, GError **error)
{
  g_autoptr (EsimDeregistrationRecord) self = esim_deregistration_record_new (id);
  g_autofree char *details = NULL;
  gint64 requester, recipients;

  if (!read_strings (self, file, error) || !read_names (self, file, error) ||
      !read_number (file, GROUP, "requester", 0, G_MAXUINT, &requester, error) ||
      !read_number (file, GROUP, "last-sequence", -1, G_MAXINT64, &self->last_sequence, error) ||
      !read_number (file, GROUP, "recipients", 0, G_MAXINT, &recipients, error) ||
      !read_time (file, GROUP, "requested", &self->requested, error) ||
      !read_time (file, GROUP, "consented", &self->consented, error) ||
      !read_time (file, GROUP, "removed", &self->removed, error) ||
      !read_time (file, GROUP, "completed", &self->completed, error) || !read_proofs (self, file, error) ||
      !read_optional (self, file, error))
    return NULL;
  self->requester = (guint) requester;
  self->recipients = (guint) recipients;
  details = g_key_file_get_string (file, GROUP, "error-details", NULL);
  if (details != NULL)
    self->error_details = g_variant_parse (G_VARIANT_TYPE_VARDICT, details, NULL, NULL, NULL);
  return g_steal_pointer (&self);
}
