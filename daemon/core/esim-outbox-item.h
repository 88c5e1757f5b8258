/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-notification.h"
#include "esim-store.h"

G_BEGIN_DECLS

#define ESIM_OUTBOX_KIND "notifications"
#define ESIM_OUTBOX_VERSION 1

/**
 * EsimDeliveryState:
 * @ESIM_DELIVERY_PENDING: to be delivered
 * @ESIM_DELIVERY_ACKNOWLEDGED: the server has it; the card still has to forget it
 * @ESIM_DELIVERY_REFUSED: refused so often that later ones may pass; still tried from time to time
 */
typedef enum { ESIM_DELIVERY_PENDING, ESIM_DELIVERY_ACKNOWLEDGED, ESIM_DELIVERY_REFUSED } EsimDeliveryState;

/**
 * EsimOutboxItem:
 *
 * A signed notification on disk and how its delivery stands. Immutable and reference counted: a change makes
 * a new one.
 */
typedef struct {
  gatomicrefcount refs;
  char *id; /* the record's name: the first half of the SHA-256 of @notification's bytes, so that saving twice
               is once */
  char *eid;
  EsimNotification *notification;
  char **ci_key_ids; /* what the card trusts: delivery needs no card */
  EsimDeliveryState state;
  guint attempts;
  guint refusals;
  gint64 next_attempt;    /* seconds since 1970; 0 = now */
  gint64 acknowledged_at; /* seconds since 1970; 0 = not */
  guint http_status;      /* of the last answer; 0 = none */
  char *error_name;       /* D-Bus name of the last failure; NULL = none */
  char *error;
} EsimOutboxItem;

EsimOutboxItem *
esim_outbox_item_new (const char *eid, EsimNotification *notification, const char *const *ci_key_ids);
/* A copy whose delivery members may be set before it is handed on. */
EsimOutboxItem *esim_outbox_item_copy (const EsimOutboxItem *self);
EsimOutboxItem *esim_outbox_item_ref (EsimOutboxItem *self);
void esim_outbox_item_unref (EsimOutboxItem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimOutboxItem, esim_outbox_item_unref)

/* Returns: "pending", "acknowledged" or "refused" */
const char *esim_delivery_state_to_string (EsimDeliveryState state);

gboolean esim_outbox_item_write (const EsimOutboxItem *self, EsimStore *store,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* STORAGE_ERROR if a member is missing or makes no sense. */
EsimOutboxItem *
esim_outbox_item_read (const char *id, GKeyFile *keyfile, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
