/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-slot.h"
#include "esim-qmi-device.h"

G_BEGIN_DECLS

/**
 * EsimQmiSlot:
 * @number: physical, from 1
 * @known: whether the modem told anything of it; one without the message has one slot, and it is active
 * @active: the modem uses it
 * @logical: the logical slot that it is mapped to, from 1; 0 if none
 * @card: whether there is a card
 * @has_kind: whether the modem told @is_euicc
 * @iccid: (nullable): digits: of the profile that the modem read last
 * @eid: (nullable): digits
 */
typedef struct {
  guint number;
  gboolean known;
  gboolean active;
  guint logical;
  QmiUimPhysicalCardState card;
  gboolean has_kind;
  gboolean is_euicc;
  char *iccid;
  char *eid;
} EsimQmiSlot;

EsimQmiSlot *esim_qmi_slot_copy (const EsimQmiSlot *slot);
void esim_qmi_slot_free (EsimQmiSlot *slot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimQmiSlot, esim_qmi_slot_free)

/* What the next two, and the indication, carry: Get Slot Status 0x47, Slot Status 0x48. */
#define ESIM_QMI_SLOT_STATUS_INDICATION 0x48

QmiMessage *esim_qmi_slots_new_query (EsimQmiDevice *device) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_qmi_slots_parse:
 * @message: an answer or an indication
 *
 * Returns: (transfer full) (element-type EsimQmiSlot): all slots, the first is number 1; MODEM_ERROR if it
 * cannot be read
 */
GPtrArray *esim_qmi_slots_parse (QmiMessage *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Asks the modem. One slot that is not known where it does not have the message. */
GPtrArray *
esim_qmi_slots_query (EsimQmiDevice *device, guint timeout, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_qmi_slots_find:
 * @wanted: physical slot from 1; 0 = the active one
 *
 * Returns: (transfer none): INVALID_ARGUMENT if there is no such slot
 */
const EsimQmiSlot *esim_qmi_slots_find (GPtrArray *slots, guint wanted, GError **error);

/* As esim_card_list_slots(), of what was asked. */
GPtrArray *esim_qmi_slots_describe (GPtrArray *slots) G_GNUC_WARN_UNUSED_RESULT;

/* Has the modem use physical slot @number for @logical, and returns without waiting for the card there. */
gboolean esim_qmi_slots_switch (EsimQmiDevice *device, guint logical, guint number,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
