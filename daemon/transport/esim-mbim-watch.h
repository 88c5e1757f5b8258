/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-mbim-card.h"
#include "esim-mbim-device.h"

G_BEGIN_DECLS

/**
 * EsimMbimWatch:
 *
 * What a modem says of one of its slots and of the card in it, kept up to date by its indications.
 */
typedef struct _EsimMbimWatch EsimMbimWatch;

/**
 * EsimMbimNews:
 * @ESIM_MBIM_NEWS_RESET: the modem began to read the card again
 * @ESIM_MBIM_NEWS_CHANGED: the slot or the subscription is another
 * @ESIM_MBIM_NEWS_SLOTS: something else is said of a slot, whichever it is
 */
typedef enum { ESIM_MBIM_NEWS_RESET, ESIM_MBIM_NEWS_CHANGED, ESIM_MBIM_NEWS_SLOTS } EsimMbimNews;

/* What nobody awaited. Runs inside a wait or between two; must not wait. */
typedef void (*EsimMbimWatchFunc) (EsimMbimNews news, gpointer data);

/**
 * esim_mbim_watch_new:
 * @slot: physical slot from 1; 0 = the active one
 *
 * Finds the slot, subscribes, and asks for the ready state. Errors as for esim_mbim_card_open().
 */
EsimMbimWatch *esim_mbim_watch_new (EsimMbimDevice *device, guint slot, EsimMbimWatchFunc changed,
                                    gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

void esim_mbim_watch_free (EsimMbimWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimMbimWatch, esim_mbim_watch_free)

guint esim_mbim_watch_get_slot (EsimMbimWatch *self);
EsimMbimSlotState esim_mbim_watch_get_slot_state (EsimMbimWatch *self);

/* (nullable) */
const char *esim_mbim_watch_get_iccid (EsimMbimWatch *self);

/* WRONG_STATE unless the modem uses the slot, CARD_REMOVED if there is nothing in it either; asks it again
 * where that may have changed. */
gboolean esim_mbim_watch_ensure_active (EsimMbimWatch *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As esim_card_use_slot(). */
gboolean esim_mbim_watch_use_slot (EsimMbimWatch *self, guint slot, guint timeout_ms, guint *previous,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As esim_card_await_subscription(). */
gboolean esim_mbim_watch_await (EsimMbimWatch *self, const char *expected_iccid, const char *previous_iccid,
                                guint timeout_ms, gboolean *seen, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
