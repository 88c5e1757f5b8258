/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
#include "esim-operation.h"
#include "esim-outbox.h"

G_BEGIN_DECLS

typedef enum {
  ESIM_EUICC_IDLE,
  ESIM_EUICC_BUSY,
  ESIM_EUICC_REFRESHING,
  ESIM_EUICC_ABSENT,
  ESIM_EUICC_INACTIVE_SLOT,
  ESIM_EUICC_UNSUPPORTED,
} EsimEuiccState;

/**
 * EsimEuicc:
 *
 * An eUICC as the main thread knows it: what was read last, its state, and the queue of its worker. Main
 * thread only.
 *
 * Signals: "changed": any getter has something new.
 */
#define ESIM_TYPE_EUICC (esim_euicc_get_type ())
G_DECLARE_FINAL_TYPE (EsimEuicc, esim_euicc, ESIM, EUICC, GObject)

#define ESIM_EUICC_QUEUE_MAX 32

typedef struct {
  const EsimConfig *config;
  const EsimModemConfig *modem;
  const EsimTransport *transport;
  const EsimKeeper *keeper; /* (nullable) */
  EsimStore *store;
  EsimOutbox *outbox;
  const char *runtime_dir;
} EsimEuiccSetup;

/* What @setup points to outlives it, but for the modem's configuration, which is copied. Begins to read the
 * card. */
EsimEuicc *esim_euicc_new (const EsimEuiccSetup *setup);

/* The service is to stop: no new step is begun, what waits ends within @grace_ms. Does not wait. */
void esim_euicc_hurry (EsimEuicc *self, guint grace_ms);

/* Closes the channel and ends the worker. No function but the getters is of use afterwards. */
void esim_euicc_stop (EsimEuicc *self);

/* Looks at the device again, because it came back. */
void esim_euicc_reopen (EsimEuicc *self);

/* Asks the card for its notifications, whatever is known of them, and has them saved. */
void esim_euicc_fetch_notifications (EsimEuicc *self);

/* TRUE once the first look has ended, well or not. */
gboolean esim_euicc_is_known (EsimEuicc *self);

const EsimModemConfig *esim_euicc_get_modem (EsimEuicc *self);
EsimEuiccState esim_euicc_get_state (EsimEuicc *self);
/* Why it is absent or unsupported, with what to do; "" otherwise */
const char *esim_euicc_get_problem (EsimEuicc *self);
/* (transfer none) (nullable): NULL until the card was read */
EsimCardSnapshot *esim_euicc_get_snapshot (EsimEuicc *self);
/* "" if it is not known; while it was never read, what the modem tells of it */
const char *esim_euicc_get_eid (EsimEuicc *self);
void esim_euicc_set_told_eid (EsimEuicc *self, const char *eid);

/* What the modem says of its slot while it uses another one. Where it was empty in between, the card in it
 * may be another than the one that was read, and that counts no more. */
void esim_euicc_note_content (EsimEuicc *self, gboolean is_empty);

/* The way that is used, or tried next. (transfer none) */
EsimWay esim_euicc_get_way (EsimEuicc *self);

/* Its physical slot, from 1; 0 while it is not known. */
guint esim_euicc_get_slot (EsimEuicc *self);

/* What the modem told of all its slots when its port was opened, or when they changed. (transfer none)
 * (nullable) (element-type EsimCardSlot) */
GPtrArray *esim_euicc_get_slots (EsimEuicc *self);

/* (transfer full) (nullable): the same, once for each time it was told */
GPtrArray *esim_euicc_take_told_slots (EsimEuicc *self);
/* (transfer none) (nullable) */
EsimOperation *esim_euicc_get_operation (EsimEuicc *self);
/* The card answered the last time it was asked. */
gboolean esim_euicc_is_present (EsimEuicc *self);

/**
 * EsimCardJob:
 * Linear code in the card's worker. %FALSE with @error.
 */
typedef gboolean (*EsimCardJob) (EsimCardHost *host, EsimTask *task, gpointer data, GError **error);

/* In the main thread, after the job, when everything that the job posted has arrived. */
typedef void (*EsimCardDone) (EsimEuicc *self, const GError *error, gpointer data);

/**
 * esim_euicc_run:
 * @operation: (nullable): shown as the one that runs; finished by @done, or right after where @done is %NULL
 * @free_data: (nullable): frees @data in the main thread, after @done
 *
 * Queues a job.
 */
void esim_euicc_run (EsimEuicc *self, EsimOperation *operation, EsimCardJob job, EsimCardDone done,
                     gpointer data, GDestroyNotify free_data);

/* Whether a job of this operation stands in the card's line or is carried out. */
gboolean esim_euicc_has_job (EsimEuicc *self, EsimOperation *operation);

/* LIMIT_EXCEEDED: whether another job may be queued. */
gboolean esim_euicc_check_queue (EsimEuicc *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether @error says that the modem uses another slot: that passes. */
gboolean esim_euicc_is_slot_inactive (const GError *error);

/* NOT_FOUND, CARD_REMOVED, LIMIT_EXCEEDED: whether a job about this profile may be queued at all. @iccid:
 * (nullable) */
gboolean esim_euicc_check (EsimEuicc *self, const char *iccid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
