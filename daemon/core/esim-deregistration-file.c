/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A record on its way to the disk and back. */
#include "esim-deregistration-record.h"
#include "esim-error.h"

#define GROUP "deregistration"
#define GROUP_STEPS "steps"
#define GROUP_PROOF "proof "
#define GROUP_HISTORY "history "
#define AID_OCTETS 16

static const char *const removal_names[] = {"not-begun", "saving", "disabling", "deleting", "deleted"};

typedef const char *(*NameOf) (guint value);

static const char *
name_of_stage (guint value)
{
  return esim_stage_to_string (value);
}

static const char *
name_of_step_state (guint value)
{
  return esim_step_state_to_string (value);
}

static const char *
name_of_removal (guint value)
{
  return removal_names[value];
}

static gpointer
place_of (const EsimDeregistrationRecord *self, const EsimRecordField *field)
{
  return G_STRUCT_MEMBER_P (self, field->offset);
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
    const char *name = esim_step_to_string (i);
    g_autofree char *time_key = g_strconcat (name, "-time", NULL);

    if (!esim_deregistration_record_has_step (self, i))
      continue;
    g_key_file_set_string (file, GROUP_STEPS, name, esim_step_state_to_string (self->steps[i]));
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

static void
set_variant (GKeyFile *file, const char *group, const char *key, GVariant *value)
{
  g_autofree char *text = value != NULL ? g_variant_print (value, TRUE) : NULL;

  if (text != NULL)
    g_key_file_set_string (file, group, key, text);
}

static void
write_history (const EsimDeregistrationRecord *self, GKeyFile *file)
{
  g_key_file_set_uint64 (file, GROUP, "history", self->history->len);
  for (guint i = 0; i < self->history->len; i++) {
    const EsimHistoryEntry *entry = g_ptr_array_index (self->history, i);
    g_autofree char *group = g_strdup_printf (GROUP_HISTORY "%u", i);

    g_key_file_set_int64 (file, group, "time", entry->time);
    g_key_file_set_string (file, group, "code", entry->code);
    set_variant (file, group, "parameters", entry->parameters);
  }
}

gboolean
esim_deregistration_record_write (const EsimDeregistrationRecord *self, EsimStore *store, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  for (const EsimRecordField *field = esim_record_strings; field->key != NULL; field++)
    g_key_file_set_string (file, GROUP, field->key, *(char **) place_of (self, field));
  for (const EsimRecordField *field = esim_record_times; field->key != NULL; field++)
    g_key_file_set_int64 (file, GROUP, field->key, *(gint64 *) place_of (self, field));
  g_key_file_set_uint64 (file, GROUP, "requester", self->requester);
  set_bytes (file, GROUP, "aid", self->aid);
  g_key_file_set_string (file, GROUP, "stage", esim_stage_to_string (self->stage));
  if (self->ending != ESIM_STAGE_PREPARING)
    g_key_file_set_string (file, GROUP, "ending", esim_stage_to_string (self->ending));
  g_key_file_set_string (file, GROUP, "removal", removal_names[self->removal]);
  g_key_file_set_int64 (file, GROUP, "last-sequence", self->last_sequence);
  g_key_file_set_uint64 (file, GROUP, "recipients", self->recipients);
  g_key_file_set_uint64 (file, GROUP, "questions", self->questions);
  g_key_file_set_boolean (file, GROUP, "carrier-known", self->carrier_known);
  g_key_file_set_boolean (file, GROUP, "plan-known", self->plan_known);
  g_key_file_set_string_list (file, GROUP, "refusal-missing", (const char *const *) self->refusal_missing,
                              g_strv_length (self->refusal_missing));
  set_variant (file, GROUP, "tasks-done", self->tasks_done);
  if (self->error != NULL) {
    g_key_file_set_string (file, GROUP, "error-name", self->error_name);
    g_key_file_set_string (file, GROUP, "error", self->error);
  }
  set_variant (file, GROUP, "error-details", self->error_details);
  write_steps (self, file);
  write_proofs (self, file);
  write_history (self, file);
  if (esim_deregistration_record_is_ts43 (self) || !esim_ts43_track_is_empty (&self->ts43))
    esim_ts43_track_write (&self->ts43, file);
  return esim_store_write (store, ESIM_DEREGISTRATION_KIND, self->id, ESIM_DEREGISTRATION_VERSION, file,
                           error);
}

static gboolean
refuse (GError **error, const char *group, const char *key)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "[%s] %s is missing or makes no sense", group,
               key);
  return FALSE;
}

/* What only newer records have. */
static gboolean
is_older (GKeyFile *file, const char *group, const char *key)
{
  return g_key_file_get_integer (file, "record", "version", NULL) < 2 &&
         !g_key_file_has_key (file, group, key, NULL);
}

static gboolean
read_name (GKeyFile *file, const char *group, const char *key, NameOf name_of, guint n, guint *value,
           GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, NULL);

  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (text, name_of (i)) == 0) {
      *value = i;
      return TRUE;
    }
  return refuse (error, group, key);
}

static gboolean
read_strings (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  for (const EsimRecordField *field = esim_record_strings; field->key != NULL; field++) {
    g_autofree char *text = g_key_file_get_string (file, GROUP, field->key, NULL);

    if (text == NULL && !(field->since_2 && is_older (file, GROUP, field->key)))
      return refuse (error, GROUP, field->key);
    esim_set_string (place_of (self, field), text);
  }
  return TRUE;
}

static gboolean
read_number (GKeyFile *file, const char *group, const char *key, gint64 min, gint64 max, gint64 *value,
             GError **error)
{
  g_autoptr (GError) local = NULL;

  *value = g_key_file_get_int64 (file, group, key, &local);
  if (local == NULL && *value >= min && *value <= max)
    return TRUE;
  return refuse (error, group, key);
}

static gboolean
read_time (GKeyFile *file, const char *group, const char *key, gint64 *value, GError **error)
{
  return read_number (file, group, key, 0, G_MAXINT64, value, error);
}

static gboolean
read_times (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  for (const EsimRecordField *field = esim_record_times; field->key != NULL; field++)
    if (!(field->since_2 && is_older (file, GROUP, field->key)) &&
        !(field->optional && !g_key_file_has_key (file, GROUP, field->key, NULL)) &&
        !read_time (file, GROUP, field->key, place_of (self, field), error))
      return FALSE;
  return TRUE;
}

/* A step that the record does not name was not gone through. */
static gboolean
read_step (EsimDeregistrationRecord *self, GKeyFile *file, EsimStep step, GError **error)
{
  const char *name = esim_step_to_string (step);
  g_autofree char *time_key = g_strconcat (name, "-time", NULL);
  guint value;

  if (!g_key_file_has_key (file, GROUP_STEPS, name, NULL) &&
      (step == ESIM_STEP_RESTORE || step == ESIM_STEP_REMOVE_CONNECTIONS || step == ESIM_STEP_VERIFY_END ||
       !esim_deregistration_record_has_step (self, step)))
    return TRUE;
  if (!read_name (file, GROUP_STEPS, name, name_of_step_state, ESIM_STEP_FAILED + 1, &value, error))
    return FALSE;
  self->steps[step] = (EsimStepState) value;
  return read_time (file, GROUP_STEPS, time_key, &self->step_times[step], error);
}

static gboolean
read_names (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  guint value;

  if (!read_name (file, GROUP, "stage", name_of_stage, ESIM_STAGE_CHECKED, &value, error))
    return FALSE;
  self->stage = (EsimStage) value;
  if (!read_name (file, GROUP, "removal", name_of_removal, G_N_ELEMENTS (removal_names), &value, error))
    return FALSE;
  self->removal = (EsimRemovalStep) value;
  if (g_key_file_has_key (file, GROUP, "ending", NULL)) {
    if (!read_name (file, GROUP, "ending", name_of_stage, ESIM_STAGE_CHECKED, &value, error))
      return FALSE;
    self->ending = (EsimStage) value;
    if (!esim_stage_is_ended (self->ending) || self->stage != ESIM_STAGE_REMOVING_PROFILE)
      return refuse (error, GROUP, "ending");
  }
  for (guint i = 0; i < ESIM_N_STEPS; i++)
    if (!read_step (self, file, i, error))
      return FALSE;
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

static gboolean
read_variant (GKeyFile *file, const char *group, const char *key, const GVariantType *type, gboolean optional,
              GVariant **value, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, NULL);
  GVariant *parsed;

  if (text == NULL)
    return optional || is_older (file, group, key) ? TRUE : refuse (error, group, key);
  parsed = g_variant_parse (type, text, NULL, NULL, NULL);
  if (parsed == NULL)
    return refuse (error, group, key);
  g_clear_pointer (value, g_variant_unref);
  *value = parsed;
  return TRUE;
}

static gboolean
read_history (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  gint64 count = 0;

  if (!is_older (file, GROUP, "history") &&
      !read_number (file, GROUP, "history", 0, ESIM_DEREGISTRATION_HISTORY_MAX, &count, error))
    return FALSE;
  for (guint i = 0; i < count; i++) {
    g_autofree char *group = g_strdup_printf (GROUP_HISTORY "%u", i);
    g_autofree char *code = g_key_file_get_string (file, group, "code", NULL);
    g_autoptr (GVariant) parameters = NULL;
    gint64 time;

    if (code == NULL)
      return refuse (error, group, "code");
    if (!read_time (file, group, "time", &time, error) ||
        !read_variant (file, group, "parameters", G_VARIANT_TYPE_VARDICT, FALSE, &parameters, error))
      return FALSE;
    esim_deregistration_record_add_history (self, time, code, parameters);
  }
  return TRUE;
}

static gboolean
read_boolean (GKeyFile *file, const char *key, gboolean *value, GError **error)
{
  g_autoptr (GError) local = NULL;

  *value = g_key_file_get_boolean (file, GROUP, key, &local);
  return local == NULL ? TRUE : refuse (error, GROUP, key);
}

/* What need not be there: but what is there has to make sense. */
static gboolean
read_optional (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  g_auto (GStrv) missing = g_key_file_get_string_list (file, GROUP, "refusal-missing", NULL, NULL);
  gint64 questions = 0;

  self->aid = get_bytes (file, GROUP, "aid");
  self->error_name = g_key_file_get_string (file, GROUP, "error-name", NULL);
  self->error = g_key_file_get_string (file, GROUP, "error", NULL);
  if (!is_older (file, GROUP, "carrier-known") &&
      (!read_boolean (file, "carrier-known", &self->carrier_known, error) ||
       !read_boolean (file, "plan-known", &self->plan_known, error)))
    return FALSE;
  if (missing == NULL && !is_older (file, GROUP, "refusal-missing"))
    return refuse (error, GROUP, "refusal-missing");
  if (missing != NULL) {
    g_strfreev (self->refusal_missing);
    self->refusal_missing = g_steal_pointer (&missing);
  }
  if (!is_older (file, GROUP, "questions") &&
      !read_number (file, GROUP, "questions", 0, G_MAXINT, &questions, error))
    return FALSE;
  self->questions = (guint) questions;
  if (self->aid != NULL && g_bytes_get_size (self->aid) != AID_OCTETS)
    return refuse (error, GROUP, "aid");
  if ((self->error_name == NULL) != (self->error == NULL))
    return refuse (error, GROUP, "error-name");
  return read_variant (file, GROUP, "tasks-done", G_VARIANT_TYPE ("a{sx}"), FALSE, &self->tasks_done,
                       error) &&
         read_variant (file, GROUP, "error-details", G_VARIANT_TYPE_VARDICT, TRUE, &self->error_details,
                       error);
}

/* The table of evidence, once more: what a deletion by the carrier's server stands on. */
static gboolean
check_ts43 (const EsimDeregistrationRecord *self, GError **error)
{
  const EsimTs43Track *ts43 = &self->ts43;

  if (ts43->basis == ESIM_TS43_SEEN_NOTHING)
    return refuse (error, "ts43", "basis");
  /* What the user told of the request alone confirms nothing by itself. */
  if (ts43->released == 0 && ts43->acknowledgment == ESIM_TS43_ACKNOWLEDGED_BY_USER)
    return refuse (error, "ts43", "released");
  if (self->stage >= ESIM_STAGE_REMOVING_PROFILE && !esim_deregistration_record_is_cardless (self) &&
      ts43->looked == 0)
    return refuse (error, "ts43", "looked");
  if (self->stage == ESIM_STAGE_VERIFYING_END &&
      (!esim_ts43_seen_is_first (ts43->basis) || self->removed == 0))
    return refuse (error, GROUP, "stage");
  return TRUE;
}

/* No stage that lets a profile go is believed without what has to stand on disk before it. */
static gboolean
check_evidence (const EsimDeregistrationRecord *self, GError **error)
{
  if (self->stage < ESIM_STAGE_CONFIRMED || self->stage > ESIM_STAGE_COMPLETED)
    return TRUE;
  if (self->consented == 0)
    return refuse (error, GROUP, "consented");
  if (self->stage == ESIM_STAGE_VERIFYING_END && !esim_deregistration_record_is_ts43 (self))
    return refuse (error, GROUP, "stage");
  if (esim_deregistration_record_is_local (self))
    return self->stage >= ESIM_STAGE_REMOVING_PROFILE ? TRUE : refuse (error, GROUP, "stage");
  if (self->confirmed == 0)
    return refuse (error, GROUP, "confirmed");
  if (self->effective_at == 0)
    return refuse (error, GROUP, "effective-at");
  return !esim_deregistration_record_is_ts43 (self) || check_ts43 (self, error);
}

static gboolean
read_ts43 (EsimDeregistrationRecord *self, GKeyFile *file, GError **error)
{
  if (!esim_deregistration_record_is_ts43 (self) && !g_key_file_has_group (file, "ts43"))
    return TRUE;
  return esim_ts43_track_read (&self->ts43, file, error);
}

EsimDeregistrationRecord *
esim_deregistration_record_read (const char *id, GKeyFile *file, GError **error)
{
  g_autoptr (EsimDeregistrationRecord) self = esim_deregistration_record_new (id);
  gint64 requester, recipients;

  if (!read_strings (self, file, error) || !read_names (self, file, error) ||
      !read_number (file, GROUP, "requester", 0, G_MAXUINT, &requester, error) ||
      !read_number (file, GROUP, "last-sequence", -1, G_MAXINT64, &self->last_sequence, error) ||
      !read_number (file, GROUP, "recipients", 0, G_MAXINT, &recipients, error) ||
      !read_times (self, file, error) || !read_proofs (self, file, error) ||
      !read_history (self, file, error) || !read_optional (self, file, error) ||
      !read_ts43 (self, file, error) || !check_evidence (self, error))
    return NULL;
  self->requester = (guint) requester;
  self->recipients = (guint) recipients;
  return g_steal_pointer (&self);
}
