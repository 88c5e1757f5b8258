/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-qmi-card.h"
#include "esim-qmi-device.h"

G_BEGIN_DECLS

/**
 * EsimQmiWatch:
 *
 * What a modem says of one of its slots and of the card in it, kept up to date by its indications. The ICCID
 * that the modem shows is that of its slot status; where it has none, the content of EF ICCID as the modem
 * reads it.
 */
typedef struct _EsimQmiWatch EsimQmiWatch;

/**
 * EsimQmiNews:
 * @ESIM_QMI_NEWS_RESET: the modem began to read the card again
 * @ESIM_QMI_NEWS_CHANGED: the slot or the subscription is another
 * @ESIM_QMI_NEWS_SLOTS: something else is said of the slots
 */
typedef enum { ESIM_QMI_NEWS_RESET, ESIM_QMI_NEWS_CHANGED, ESIM_QMI_NEWS_SLOTS } EsimQmiNews;

/* What nobody awaited. Runs inside a wait or between two; must not wait. */
typedef void (*EsimQmiWatchFunc) (EsimQmiNews news, gpointer data);

/**
 * esim_qmi_watch_new:
 * @slot: physical slot from 1; 0 = the active one
 * @by_logical_slot: whether the card's service is given the logical slot that is mapped to the physical one
 * (QRTR); else it is slot 1 for whatever the modem uses
 *
 * Finds the slot, asks for indications, and for the card's state. Errors as for esim_qmi_card_open().
 */
EsimQmiWatch *
esim_qmi_watch_new (EsimQmiDevice *device, guint slot, gboolean by_logical_slot, EsimQmiWatchFunc changed,
                    gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

void esim_qmi_watch_free (EsimQmiWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimQmiWatch, esim_qmi_watch_free)

/* The physical slot, and the number that the card's service knows it by. */
guint esim_qmi_watch_get_slot (EsimQmiWatch *self);
guint esim_qmi_watch_get_uim_slot (EsimQmiWatch *self);

EsimQmiSlotState esim_qmi_watch_get_slot_state (EsimQmiWatch *self);

/* (nullable) */
const char *esim_qmi_watch_get_iccid (EsimQmiWatch *self);

/* As esim_card_list_slots(). */
GPtrArray *esim_qmi_watch_list_slots (EsimQmiWatch *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* WRONG_STATE unless the modem uses the slot, CARD_REMOVED if there is nothing in it either; asks it again
 * where that may have changed. */
gboolean esim_qmi_watch_ensure_active (EsimQmiWatch *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As esim_card_use_slot(). */
gboolean esim_qmi_watch_use_slot (EsimQmiWatch *self, guint slot, guint timeout_ms, guint *previous,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As esim_card_await_subscription(). */
gboolean esim_qmi_watch_await (EsimQmiWatch *self, const char *expected_iccid, const char *previous_iccid,
                               guint timeout_ms, gboolean *seen, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Around a reset that was asked for: nothing of it is told as news. @done: it was carried out. */
void esim_qmi_watch_begin_reset (EsimQmiWatch *self);
void esim_qmi_watch_end_reset (EsimQmiWatch *self, gboolean done);

G_END_DECLS
