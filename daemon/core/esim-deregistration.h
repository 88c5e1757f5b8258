/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier-directory.h"
#include "esim-carrier-worker.h"
#include "esim-connections.h"
#include "esim-deregistration-record.h"
#include "esim-euicc.h"
#include "esim-question.h"
#include "esim-preflight.h"

G_BEGIN_DECLS

/**
 * EsimDeregistration:
 *
 * The end of a profile's life: a state machine on the main loop over its record. It borrows the card for
 * single pieces of linear work and gives it back; each step is on disk before it is taken. Main thread only.
 *
 * Signals: "changed": a getter has something new. "forgotten": its record is gone, and so should the object
 * be.
 */
#define ESIM_TYPE_DEREGISTRATION (esim_deregistration_get_type ())
G_DECLARE_FINAL_TYPE (EsimDeregistration, esim_deregistration, ESIM, DEREGISTRATION, GObject)

/* What all of them share; outlives them. */
typedef struct {
  EsimStore *store;
  EsimWorker *disk; /* writes records, so that the main loop never waits for a disk */
  EsimOutbox *outbox;
  EsimRspTrust *trust;
  EsimCarrierWorker *carrier_worker;
  EsimCarrierDirectory *carriers;
  EsimLookAtNetwork look_at_network;  /* (nullable) */
  const EsimConnections *connections; /* (nullable) */
  guint retry_min_s;
  guint retry_max_s;
} EsimDeregistrationSetup;

/* Strings are never %NULL; "" = not given. */
typedef struct {
  guint requester;
  const char *method;
  const char *reason;
  const char *reason_text; /* kept in memory alone */
  const char *carrier;     /* an id of the directory */
  const char *plan;        /* of that carrier */
  const char *token;
  gboolean dry_run;
  gboolean allow_disconnect; /* it is not asked before the machine's only way to the network is cut */
} EsimDeregistrationRequest;

/* Begins one for a profile that is on the card of @euicc. */
EsimDeregistration *
esim_deregistration_new (const EsimDeregistrationSetup *setup, const EsimDeregistrationRequest *request,
                         EsimEuicc *euicc, const EsimProfileInfo *profile);

/* Begins one for a profile that was deleted before its contract ended. */
EsimDeregistration *
esim_deregistration_new_cardless (const EsimDeregistrationSetup *setup,
                                  const EsimDeregistrationRequest *request, const char *iccid);

/* Goes on with one that was on disk. @record: (transfer full) */
EsimDeregistration *
esim_deregistration_resume (const EsimDeregistrationSetup *setup, EsimDeregistrationRecord *record);

/* One whose record cannot be read: it is shown, and left alone. */
EsimDeregistration *esim_deregistration_new_unreadable (const EsimStoreEntry *entry);

const EsimDeregistrationRecord *esim_deregistration_get_record (EsimDeregistration *self);
EsimStage esim_deregistration_get_stage (EsimDeregistration *self);
gboolean esim_deregistration_is_open (EsimDeregistration *self);
/* Whether it stands in the way of changing this profile: it is open and of it, or unreadable and may be of
 * it. @eid: "" = whatever card */
gboolean esim_deregistration_concerns (EsimDeregistration *self, const char *eid, const char *iccid);
/* Returns: (transfer full) (element-type EsimFinding): what was found on the card, and what the directory
 * tells now */
GPtrArray *esim_deregistration_find (EsimDeregistration *self);
/* The entry of its carrier. Returns: (transfer full) (nullable) */
EsimCarrier *esim_deregistration_dup_carrier (EsimDeregistration *self);
/* The number of the question that stands; 0 = nothing is asked. */
guint esim_deregistration_get_question (EsimDeregistration *self);
/* The user is waited for. */
gboolean esim_deregistration_needs_input (EsimDeregistration *self);
/* (nullable): floating: "question" of Describe */
GVariant *esim_deregistration_describe_question (EsimDeregistration *self);
guint esim_deregistration_get_revision (EsimDeregistration *self);
/* Of an unreadable one: its file and what is wrong. */
const char *esim_deregistration_get_file (EsimDeregistration *self);

/* The card it waits for may be there now (@euicc), or has gone (%NULL). */
void esim_deregistration_set_euicc (EsimDeregistration *self, EsimEuicc *euicc);

/* Something may have passed unseen: what is due is looked for. */
void esim_deregistration_look_again (EsimDeregistration *self);

/* What connections there are has changed: one may be left that goes with the profile. */
void esim_deregistration_connections_changed (EsimDeregistration *self);

/* The outbox has news: acknowledgements go into the record. */
void esim_deregistration_update (EsimDeregistration *self);

/* Whether the acknowledgement of @item still has to be written into the record: until then the outbox keeps
 * it. */
gboolean esim_deregistration_wants (EsimDeregistration *self, const EsimOutboxItem *item);

/* How a verb ended: @error is %NULL if well. */
typedef void (*EsimDeregistrationDone) (const GError *error, gpointer user_data);

/**
 * esim_deregistration_check_answer:
 * @question: as esim_deregistration_get_question() has it; another one is WRONG_STATE
 * @answer: a{sv}, as org.esimd1.Deregistration.xml tells; INVALID_ARGUMENT
 */
gboolean esim_deregistration_check_answer (EsimDeregistration *self, guint question, GVariant *answer,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether this answer to the question that stands may release a deletion. */
gboolean esim_deregistration_releases (EsimDeregistration *self, GVariant *answer);

/* @done comes once the answer is on disk. */
void esim_deregistration_answer (EsimDeregistration *self, guint question, GVariant *answer,
                                 EsimDeregistrationDone done, gpointer user_data);
void esim_deregistration_withdraw (EsimDeregistration *self, EsimDeregistrationDone done, gpointer user_data);
void esim_deregistration_retry (EsimDeregistration *self, EsimDeregistrationDone done, gpointer user_data);
void esim_deregistration_forget (EsimDeregistration *self, EsimDeregistrationDone done, gpointer user_data);

/* Looks now at whatever it waits for. */
void esim_deregistration_check (EsimDeregistration *self);

/* WRONG_STATE until the profile is gone. */
char *esim_deregistration_dup_receipt (EsimDeregistration *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What to do about the error that it shows; "" if there is none. English, static. */
const char *esim_deregistration_get_advice (EsimDeregistration *self);

/* No timer any more, no step: the service stops. What is on disk goes on at the next start. */
void esim_deregistration_stop (EsimDeregistration *self);

G_END_DECLS
