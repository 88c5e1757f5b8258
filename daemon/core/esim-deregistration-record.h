/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-notification.h"
#include "esim-removal.h"
#include "esim-store.h"
#include "esim-ts43-track.h"

G_BEGIN_DECLS

#define ESIM_DEREGISTRATION_KIND "deregistrations"
#define ESIM_DEREGISTRATION_VERSION 3 /* 1: without the carrier's side; 2: without its server (ts43) */
#define ESIM_DEREGISTRATION_PROOFS_MAX 64
#define ESIM_DEREGISTRATION_HISTORY_MAX 200
#define ESIM_DEREGISTRATION_TASKS_MAX 64

#define ESIM_METHOD_LOCAL "local"
#define ESIM_METHOD_PORTAL "portal"
#define ESIM_METHOD_TS43 "ts43"

/* Deregistration.Stage */
typedef enum {
  ESIM_STAGE_PREPARING,
  ESIM_STAGE_VERIFYING_IDENTITY,
  ESIM_STAGE_SUBMITTING,
  ESIM_STAGE_SUBMISSION_UNKNOWN,
  ESIM_STAGE_IN_REVIEW,
  ESIM_STAGE_CONFIRMED,
  ESIM_STAGE_AWAITING_END,
  ESIM_STAGE_REMOVING_PROFILE,
  ESIM_STAGE_NOTIFYING_OPERATOR,
  ESIM_STAGE_VERIFYING_END, /* the carrier wanted the deletion first: has the line ended since? */
  ESIM_STAGE_COMPLETED,
  ESIM_STAGE_WITHDRAWN,
  ESIM_STAGE_REJECTED,
  ESIM_STAGE_FAILED,
  ESIM_STAGE_CHECKED, /* from here on: never on disk */
  ESIM_STAGE_UNREADABLE,
} EsimStage;

typedef enum {
  ESIM_STEP_PREFLIGHT,
  ESIM_STEP_CONSENT,
  ESIM_STEP_IDENTITY,
  ESIM_STEP_SUBMIT,
  ESIM_STEP_REVIEW,
  ESIM_STEP_AWAIT_END,
  ESIM_STEP_SAVE_NOTIFICATIONS,
  ESIM_STEP_DISABLE,
  ESIM_STEP_DELETE,
  ESIM_STEP_VERIFY,
  ESIM_STEP_NOTIFY,
  ESIM_STEP_REMOVE_CONNECTIONS, /* this machine's, that were made for the profile, where there are any */
  ESIM_STEP_RESTORE,            /* the profile enabled again, after a removal that did not come to its end */
  ESIM_STEP_VERIFY_END,         /* the line's end after a deletion that the carrier wanted first */
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

/* Something that happened, in its order. @code: see org.esimd1.Deregistration.xml */
typedef struct {
  gint64 time;
  char *code;
  GVariant *parameters; /* a{sv} */
} EsimHistoryEntry;

/**
 * EsimDeregistrationRecord:
 *
 * What stands on disk of a deregistration. Plain data with one owner; times are seconds since 1970, 0 = not
 * yet. Strings are never %NULL but where it says so.
 */
typedef struct {
  char *id;
  char *token;
  guint requester; /* uid */
  char *method;
  char *reason;
  gboolean dry_run; /* such a record is never written */
  char *eid;        /* "" = of no card: the profile was deleted before */
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
  gint64 disconnect_asked;   /* the modem is the only way to the network: asked since then; 0 = not asked */
  gint64 disconnect_allowed; /* it may be cut */
  gint64 removed;
  gint64 completed;
  guint recipients;  /* how many servers the profile names to be told of its deletion */
  guint questions;   /* asked so far: their numbers are not used again */
  GPtrArray *proofs; /* of EsimProof */
  char *error_name;  /* of what hinders it, or ended it; NULL = nothing */
  char *error;
  GVariant *error_details; /* a{sv}: see esim_error_dup_details(); NULL = none */

  /* the carrier's side */
  gboolean carrier_known; /* who it is was told: by the directory, or by the user */
  char *carrier;          /* the directory's id; "" = one that is not in it */
  char *carrier_name;     /* in English, as the directory had it */
  gboolean plan_known;    /* it was asked, or need not be */
  char *plan;             /* "" = not known */
  gint64 page_opened;     /* the page of the request: it may have been sent since */
  gint64 submitted;       /* as the user told */
  char *reference;        /* the carrier's */
  gint64 expected_by;     /* the end of the review; 0 = not known */
  gint64 next_check;      /* when the user is reminded */
  gint64 reminded;        /* an answer is due since then; 0 = none is */
  gint64 confirmed;       /* the evidence is in here */
  char *evidence_date;    /* the day of the carrier's word, YYYY-MM-DD */
  char *effective_date;   /* the contract's last day, YYYY-MM-DD; "" before it is confirmed */
  gint64 effective_at;    /* the profile may go from then on */
  gint64 remove_now;      /* the user did not want to wait for that */
  char *document_name;    /* what the user has of the carrier; "" = nothing */
  char *document_sha256;  /* hexadecimal */
  gint64 document_size;   /* octets */
  gint64 refused;         /* when the carrier last said no */
  char **refusal_missing; /* what it missed; never NULL */
  GVariant *tasks_done;   /* a{sx}: what the user has done at the carrier, and when */
  GPtrArray *history;     /* EsimHistoryEntry */
  EsimTs43Track ts43;     /* of that method, also when it has gone over to the portal since */
} EsimDeregistrationRecord;

EsimDeregistrationRecord *esim_deregistration_record_new (const char *id);
EsimDeregistrationRecord *esim_deregistration_record_copy (const EsimDeregistrationRecord *self);
void esim_deregistration_record_free (EsimDeregistrationRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimDeregistrationRecord, esim_deregistration_record_free)

const char *esim_stage_to_string (EsimStage stage);
/* Completed, withdrawn, rejected, failed or checked. */
gboolean esim_stage_is_ended (EsimStage stage);
const char *esim_step_to_string (EsimStep step);
const char *esim_step_state_to_string (EsimStepState state);

/* Sets a step and its time, now. */
void esim_deregistration_record_set_step (EsimDeregistrationRecord *self, EsimStep step, EsimStepState state);
/* @error: (nullable): %NULL clears it */
void esim_deregistration_record_set_error (EsimDeregistrationRecord *self, const GError *error);
/* Whether @step is one that such a deregistration goes through. */
gboolean esim_deregistration_record_has_step (const EsimDeregistrationRecord *self, EsimStep step);

gboolean esim_deregistration_record_is_local (const EsimDeregistrationRecord *self);
gboolean esim_deregistration_record_is_ts43 (const EsimDeregistrationRecord *self);
/* The profile was deleted before it began: no card is touched. */
gboolean esim_deregistration_record_is_cardless (const EsimDeregistrationRecord *self);

/* Returns: (transfer full): what stands in a record for a token; "" for "" */
char *esim_deregistration_record_hash_token (const char *token);

/* Replaces a string. @value: (nullable): "" */
void esim_set_string (char **place, const char *value);

/* Adds what has just happened. @parameters: (nullable): a{sv}, a floating one is taken */
void esim_deregistration_record_add_history (EsimDeregistrationRecord *self, gint64 time, const char *code,
                                             GVariant *parameters);
/* After an end that was none: from the preflight on; where the carrier has confirmed and the card's side has
 * failed, from there. */
void esim_deregistration_record_begin_again (EsimDeregistrationRecord *self, gint64 now);
/* Nobody is left who would have to be told: each recipient has acknowledged, or the profile names none. */
gboolean esim_deregistration_record_is_told (const EsimDeregistrationRecord *self);
/* Each recipient has acknowledged; if there is none, then nobody has. */
gboolean esim_deregistration_record_is_acknowledged (const EsimDeregistrationRecord *self);

/* The fields that are strings, and those that are times, by their keys on disk; end with a key of %NULL. */
typedef struct {
  const char *key;
  gsize offset;
  gboolean since_2;  /* may be absent from an older record */
  gboolean optional; /* was not always written: absent is 0 */
} EsimRecordField;
extern const EsimRecordField esim_record_strings[];
extern const EsimRecordField esim_record_times[];

gboolean esim_deregistration_record_write (const EsimDeregistrationRecord *self, EsimStore *store,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* STORAGE_ERROR if a member is missing or makes no sense. */
EsimDeregistrationRecord *
esim_deregistration_record_read (const char *id, GKeyFile *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
