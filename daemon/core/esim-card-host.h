/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-asker.h"
#include "esim-card-details.h"
#include "esim-config.h"
#include "esim-hold.h"
#include "esim-isdr-euicc.h"
#include "esim-isdr-rsp.h"
#include "esim-store.h"
#include "esim-worker.h"

G_BEGIN_DECLS

/**
 * EsimTransport:
 * @open: opens a way to the card, in the worker. NOT_SUPPORTED, or ESIM_DETAIL_NO_WAY: another may serve
 * @is_shared: (nullable): several can have the modem's port open at a time. Main thread
 *
 * How a card is come to; main.c hands it in, so that nothing here knows a transport.
 */
typedef struct {
  EsimCard *(*open) (const EsimModemConfig *modem, const EsimWay *way, gpointer data, GError **error);
  gboolean (*is_shared) (const EsimModemConfig *modem);
  gpointer data;
} EsimTransport;

/**
 * EsimCardSnapshot:
 *
 * What is known of a card at one moment. Immutable, reference counted.
 */
typedef struct {
  gatomicrefcount refs;
  char *eid;
  guint slot;               /* physical, from 1 */
  GPtrArray *profiles;      /* of EsimProfileInfo; never NULL */
  EsimEuiccInfo *info;      /* NULL until it was read */
  EsimCardDetails *details; /* NULL until they were read */
  gboolean is_iot;          /* it keeps to SGP.32: an eIM may manage it */
  GPtrArray *notifications; /* of EsimNotification, on the card; NULL until it was read */
} EsimCardSnapshot;

/* What more is known is set before it is handed on. */
EsimCardSnapshot *esim_card_snapshot_new (const char *eid, guint slot, GPtrArray *profiles);
EsimCardSnapshot *esim_card_snapshot_ref (EsimCardSnapshot *self);
void esim_card_snapshot_unref (EsimCardSnapshot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimCardSnapshot, esim_card_snapshot_unref)

/* (transfer none) (nullable). @self: (nullable) */
EsimProfileInfo *esim_card_snapshot_find (const EsimCardSnapshot *self, const char *iccid);

/**
 * EsimPortNews:
 * @way: number of the way that was opened, see esim_modem_config_get_way()
 * @slot: physical, from 1
 * @slots: (element-type EsimCardSlot): what the modem tells of all of them
 */
typedef struct {
  guint way;
  guint slot;
  GPtrArray *slots;
} EsimPortNews;

/**
 * EsimCardHost:
 *
 * The worker's side of an eUICC: holds the card and its session with the ISD-R from job to job, and what was
 * read of it, so that nothing is asked twice. All functions but the first and the last belong to the worker.
 */
typedef struct _EsimCardHost EsimCardHost;

typedef struct {
  EsimWorker *worker;
  const EsimModemConfig *modem;
  const EsimTransport *transport;
  const EsimKeeper *keeper; /* (nullable) */
  EsimStore *store;
  const char *runtime_dir; /* where it is noted that a channel is open */
  guint linger_ms;
  guint switch_timeout_ms;
  EsimNotifyPolicy notify;
  /* In the main thread: */
  void (*port) (const EsimPortNews *port, GObject *owner); /* (nullable) */
  void (*snapshot) (EsimCardSnapshot *snapshot, GObject *owner);
  void (*saved) (const char *outbox_id, GObject *owner); /* a notification is on disk */
  void (*gone) (GObject *owner);
  void (*changed) (GObject *owner);
  GObject *owner; /* kept alive while a message is under way */
} EsimCardHostSetup;

EsimCardHost *esim_card_host_new (const EsimCardHostSetup *setup);
void esim_card_host_free (EsimCardHost *self);

/**
 * esim_card_host_begin:
 * @eid: (nullable): the card that is meant: another one is CARD_REMOVED and nothing happens to it
 *
 * Returns: (transfer none): the session, opened now or left from the job before. The errors of EsimCard and
 * EsimIsdr.
 */
EsimIsdr *
esim_card_host_begin (EsimCardHost *self, const char *eid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_card_host_get_session:
 * @eid: the card that is meant
 *
 * For what must not be done on the strength of another session's list. Returns: (transfer none): the session
 * in which the profiles were read last, never a newer one: CARD_REMOVED if it is over.
 */
EsimIsdr *
esim_card_host_get_session (EsimCardHost *self, const char *eid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_card_host_end:
 * @error: (nullable): how the job ended
 *
 * At the end of each job: posts what is newly known, keeps the channel for a moment in case another job
 * comes, or drops what is of no use any more.
 */
void esim_card_host_end (EsimCardHost *self, const GError *error);

/* Ends the running job's waits within @grace_ms. In the worker's context, also inside a wait. */
void esim_card_host_hurry (EsimCardHost *self, guint grace_ms);

/* The last job: closes the channel and the port. */
void esim_card_host_shut (EsimCardHost *self);

/* Closes the channel now. */
void esim_card_host_close (EsimCardHost *self);

/* The modem resets the card by itself: the session is dead, its channel needs no closing. It stays marked as
 * open until a later one was closed: whether the reset comes nobody knows yet. */
void esim_card_host_abandon (EsimCardHost *self);

/**
 * esim_card_host_use_slot:
 * @previous: (out) (optional): the slot that the modem used before, as esim_card_use_slot() has it
 *
 * As esim_card_use_slot(); closes the session first. Tells main of the slots as they are then.
 */
gboolean esim_card_host_use_slot (EsimCardHost *self, guint slot, guint *previous,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Asks the modem for its slots again, where it has several: something has changed. */
void esim_card_host_look_at_slots (EsimCardHost *self);

/* Opens the port, by each way in turn, if it is not open; no channel. */
gboolean esim_card_host_ensure_card (EsimCardHost *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The port is open and there. */
gboolean esim_card_host_is_open (EsimCardHost *self);

/* CANCELLED once the service is to stop: no new step is begun. */
gboolean esim_card_host_check_running (EsimCardHost *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

EsimCard *esim_card_host_get_card (EsimCardHost *self);
/* What asks a person something. */
EsimAsker *esim_card_host_get_asker (EsimCardHost *self);

/**
 * esim_card_host_set_interrupt:
 * @interrupt: (nullable): in the worker's context, also inside a wait: the service is to stop. It ends a wait
 * that is no card's, and does not wait itself
 *
 * For as long as linear code waits for something else than the card. At once if the service stops already.
 */
void esim_card_host_set_interrupt (EsimCardHost *self, EsimWorkerJob interrupt, gpointer data);

/* For what another thread has to say to the running job. */
EsimWorker *esim_card_host_get_worker (EsimCardHost *self);

EsimStore *esim_card_host_get_store (EsimCardHost *self);

/* What keeps others off this modem. */
EsimHold *esim_card_host_get_hold (EsimCardHost *self);
const char *esim_card_host_get_eid (EsimCardHost *self);
guint esim_card_host_get_switch_timeout (EsimCardHost *self);

/* (transfer none): what was read last, from the card if it never was. */
GPtrArray *esim_card_host_get_profiles (EsimCardHost *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer none): from the card, now. */
GPtrArray *esim_card_host_read_profiles (EsimCardHost *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A profile as it is after a change that needs no reading: its nickname. */
void esim_card_host_replace_profile (EsimCardHost *self, EsimProfileInfo *profile);

/* (transfer none) (nullable): in what was read last */
EsimProfileInfo *esim_card_host_find_profile (EsimCardHost *self, const char *iccid);

/* (transfer none): EUICCInfo1, or EUICCInfo2 where @whole; from the card only if it was not read yet (the
 * free memory: always). */
EsimEuiccInfo *
esim_card_host_get_info (EsimCardHost *self, gboolean whole, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer none): from the card if they were not read yet. */
EsimCardDetails *esim_card_host_get_details (EsimCardHost *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* They have changed: whoever wants to know reads them anew. */
void esim_card_host_drop_details (EsimCardHost *self);
gboolean esim_card_host_has_details (EsimCardHost *self);

/**
 * esim_card_host_save_notifications:
 * @fresh: ask the card even if everything that it has is known to be on disk
 *
 * Retrieves every pending notification and has each that is to be sent on disk before it returns; those that
 * the configuration wants removed are taken from the card. Returns: (transfer none)
 * (element-type EsimNotification): what the card holds.
 */
GPtrArray *esim_card_host_save_notifications (EsimCardHost *self, gboolean fresh,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a notification of this event is to be sent: the configuration says. */
gboolean esim_card_host_is_sent (EsimCardHost *self, EsimNotificationEvents event);

/**
 * esim_card_host_save_result:
 * @result: what the card answered to the last segment of a package, a notification like any other
 *
 * Has it on disk before it returns, and tells the outbox. It costs no command.
 *
 * Returns: (transfer full): the outbox item's id
 */
char *esim_card_host_save_result (EsimCardHost *self, EsimNotification *result,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A step raises notifications: what is on disk is not all any more. */
void esim_card_host_expect_notifications (EsimCardHost *self);

/* Takes one from the card's list. */
gboolean esim_card_host_remove_notification (EsimCardHost *self, guint64 sequence,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_card_host_mark_unsaved:
 * Notes on disk that this card is about to raise notifications, so that they are fetched after a crash. The
 * mark goes when they are saved.
 */
gboolean esim_card_host_mark_unsaved (EsimCardHost *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes the mark back: everything that was raised since is on disk. */
gboolean esim_card_host_unmark_unsaved (EsimCardHost *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether there is such a mark from an earlier life. */
gboolean esim_card_host_is_marked_unsaved (EsimCardHost *self);

G_END_DECLS
