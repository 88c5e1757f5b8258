/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-notification.h"
#include "esim-removal.h"
#include "esim-store.h"

G_BEGIN_DECLS

#define ESIM_DEREGISTRATION_KIND "deregistrations"
#define ESIM_DEREGISTRATION_VERSION 1
#define ESIM_DEREGISTRATION_PROOFS_MAX 64

/* Deregistration.Stage */
typedef enum {
  ESIM_STAGE_PREPARING,
  ESIM_STAGE_REMOVING_PROFILE,
  ESIM_STAGE_NOTIFYING_OPERATOR,
  ESIM_STAGE_COMPLETED,
  ESIM_STAGE_WITHDRAWN,
  ESIM_STAGE_FAILED,
  ESIM_STAGE_CHECKED,
  ESIM_STAGE_UNREADABLE,
} EsimStage;

typedef enum {
  ESIM_STEP_PREFLIGHT,
  ESIM_STEP_CONSENT,
  ESIM_STEP_SAVE_NOTIFICATIONS,
  ESIM_STEP_DISABLE,
  ESIM_STEP_DELETE,
  ESIM_STEP_VERIFY,
  ESIM_STEP_NOTIFY,
  ESIM_STEP_RESTORE, /* the profile enabled again, after a removal that did not come to its end */
  ESIM_N_STEPS,
} EsimStep;

typedef enum {
  ESIM_STEP_PENDING,
  ESIM_STEP_RUNNING,
  ESIM_STEP_WAITING,
  ESIM_STEP_DONE,
  ESIM_STEP_SKIPPED,
  ESIM_STEP_FAILED,
} EsimStepState;

/* A delete notification and what became of it: the evidence in a receipt. */
typedef struct {
  EsimNotification *notification;
  gint64 acknowledged_at; /* seconds since 1970; 0 = not */
  guint http_status;
} EsimProof;

void esim_proof_free (gpointer proof);

/**
 * EsimDeregistrationRecord:
 *
 * What stands on disk of a deregistration. Plain data with one owner; times are seconds since 1970, 0 = not
 * yet.
 */
typedef struct {
  char *id;
  char *token;
  guint requester; /* uid */
  char *method;
  char *reason;
  gboolean dry_run; /* such a record is never written */
  char *eid;
  char *iccid;
  GBytes *aid; /* may be NULL */
  char *profile_name;
  char *service_provider;
  EsimStage stage;
  EsimStage ending; /* what it becomes once the profile is restored; ESIM_STAGE_PREPARING: nothing is to be */
  EsimRemovalStep removal;
  gint64 last_sequence;
  EsimStepState steps[ESIM_N_STEPS];
  gint64 step_times[ESIM_N_STEPS];
  gint64 requested;
  gint64 consented;
  gint64 removed;
  gint64 completed;
  guint recipients;  /* how many servers the profile names to be told of its deletion */
  GPtrArray *proofs; /* of EsimProof */
  char *error_name;  /* of what hinders it, or ended it; NULL = nothing */
  char *error;
  GVariant *error_details; /* a{sv}: see esim_error_dup_details(); NULL = none */
} EsimDeregistrationRecord;

EsimDeregistrationRecord *esim_deregistration_record_new (const char *id);
EsimDeregistrationRecord *esim_deregistration_record_copy (const EsimDeregistrationRecord *self);
void esim_deregistration_record_free (EsimDeregistrationRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimDeregistrationRecord, esim_deregistration_record_free)

const char *esim_stage_to_string (EsimStage stage);
/* Completed, withdrawn, failed or checked. */
gboolean esim_stage_is_ended (EsimStage stage);
const char *esim_step_to_string (EsimStep step);
const char *esim_step_state_to_string (EsimStepState state);

/* Sets a step and its time, now. */
void esim_deregistration_record_set_step (EsimDeregistrationRecord *self, EsimStep step, EsimStepState state);
/* @error: (nullable): %NULL clears it */
void esim_deregistration_record_set_error (EsimDeregistrationRecord *self, const GError *error);
/* Nobody is left who would have to be told: each recipient has acknowledged, or the profile names none. */
gboolean esim_deregistration_record_is_told (const EsimDeregistrationRecord *self);
/* Each recipient has acknowledged; if there is none, then nobody has. */
gboolean esim_deregistration_record_is_acknowledged (const EsimDeregistrationRecord *self);

gboolean esim_deregistration_record_write (const EsimDeregistrationRecord *self, EsimStore *store,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* STORAGE_ERROR if a member is missing or makes no sense. */
EsimDeregistrationRecord *
esim_deregistration_record_read (const char *id, GKeyFile *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
