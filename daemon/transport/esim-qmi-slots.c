/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-slots.h"

#include "esim-bcd.h"
#include "esim-error.h"
#include "esim-qmi-reader.h"
#include "esim-qmi-status.h"

#define SWITCH_TIMEOUT 30 /* s: some modems answer once the other card is there */
#define SLOTS_MAX 16      /* more is a modem that talks nonsense */
#define LOGICAL_MAX 5

enum { GET_SLOT_STATUS = 0x47 };
enum { STATUS_TLV = 0x10, INFORMATION_TLV = 0x11, EID_TLV = 0x12 };

EsimQmiSlot *
esim_qmi_slot_copy (const EsimQmiSlot *slot)
{
  EsimQmiSlot *copy = g_memdup2 (slot, sizeof *slot);

  copy->iccid = g_strdup (slot->iccid);
  copy->eid = g_strdup (slot->eid);
  return copy;
}

void
esim_qmi_slot_free (EsimQmiSlot *slot)
{
  g_free (slot->iccid);
  g_free (slot->eid);
  g_free (slot);
}

/* -- reading -- */

/* Slots that have no card, or one without a profile, have none, or one of noughts or Fs. */
static char *
read_iccid (EsimQmiReader *reader)
{
  guint8 octets[G_MAXUINT8];

  return esim_bcd_iccid_from_octets (octets, esim_qmi_reader_octets (reader, octets), NULL);
}

static GPtrArray *
read_status (QmiMessage *message)
{
  g_autoptr (GPtrArray) slots = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_qmi_slot_free);
  EsimQmiReader reader = esim_qmi_reader_begin (message, STATUS_TLV);
  guint count = esim_qmi_reader_u8 (&reader);

  if (count == 0 || count > SLOTS_MAX)
    return NULL;
  for (guint number = 1; number <= count; number++) {
    EsimQmiSlot *slot = g_new0 (EsimQmiSlot, 1);

    g_ptr_array_add (slots, slot);
    slot->number = number;
    slot->known = TRUE;
    slot->card = (QmiUimPhysicalCardState) esim_qmi_reader_u32 (&reader);
    slot->active = esim_qmi_reader_u32 (&reader) == QMI_UIM_SLOT_STATE_ACTIVE;
    slot->logical = esim_qmi_reader_u8 (&reader);
    if (!slot->active || slot->logical > LOGICAL_MAX)
      slot->logical = 0;
    slot->iccid = read_iccid (&reader);
  }
  return reader.ok ? g_steal_pointer (&slots) : NULL;
}

/* These two are extras: modems that have them wrong, or not, are served all the same. */
static void
read_information (QmiMessage *message, GPtrArray *slots)
{
  EsimQmiReader reader = esim_qmi_reader_begin (message, INFORMATION_TLV);
  guint count = esim_qmi_reader_u8 (&reader);

  for (guint i = 0; i < MIN (count, slots->len) && reader.ok; i++) {
    EsimQmiSlot *slot = g_ptr_array_index (slots, i);
    guint8 atr[G_MAXUINT8];
    guint32 protocol;
    gboolean is_euicc;

    protocol = esim_qmi_reader_u32 (&reader);
    (void) esim_qmi_reader_u8 (&reader); /* the number of applications */
    (void) esim_qmi_reader_octets (&reader, atr);
    is_euicc = esim_qmi_reader_u8 (&reader) != 0;
    if (!reader.ok)
      break;
    /* A card whose protocol is not known has not been read: that it is an eUICC may be said of it, that it is
     * none means nothing. */
    slot->has_kind = is_euicc || protocol != QMI_UIM_CARD_PROTOCOL_UNKNOWN;
    slot->is_euicc = is_euicc;
  }
}

static void
read_eids (QmiMessage *message, GPtrArray *slots)
{
  EsimQmiReader reader = esim_qmi_reader_begin (message, EID_TLV);
  guint count = esim_qmi_reader_u8 (&reader);

  for (guint i = 0; i < MIN (count, slots->len) && reader.ok; i++) {
    guint8 octets[G_MAXUINT8];
    guint length = esim_qmi_reader_octets (&reader, octets);

    if (length == ESIM_EID_OCTETS)
      ((EsimQmiSlot *) g_ptr_array_index (slots, i))->eid = esim_bcd_eid_from_octets (octets, length, NULL);
  }
}

GPtrArray *
esim_qmi_slots_parse (QmiMessage *message, GError **error)
{
  GPtrArray *slots = read_status (message);

  if (slots == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                         "What the modem says of its slots cannot be read");
    return NULL;
  }
  read_information (message, slots);
  read_eids (message, slots);
  return slots;
}

/* -- asking -- */

QmiMessage *
esim_qmi_slots_new_query (EsimQmiDevice *device)
{
  return esim_qmi_device_new_message (device, GET_SLOT_STATUS);
}

static GPtrArray *
assume_one (void)
{
  GPtrArray *slots = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_qmi_slot_free);
  EsimQmiSlot *slot = g_new0 (EsimQmiSlot, 1);

  slot->number = 1;
  slot->active = TRUE;
  slot->logical = 1;
  g_ptr_array_add (slots, slot);
  return slots;
}

GPtrArray *
esim_qmi_slots_query (EsimQmiDevice *device, guint timeout, GError **error)
{
  g_autoptr (QmiMessage) answer = NULL;
  guint refused;

  answer = esim_qmi_device_send (device, esim_qmi_slots_new_query (device), timeout,
                                 "ask the modem for its slots", &refused, error);
  if (answer == NULL)
    return NULL;
  if (esim_qmi_status_is_missing (refused))
    return assume_one ();
  if (refused != 0) {
    g_propagate_error (error, esim_qmi_status_to_error (refused, "ask the modem for its slots"));
    return NULL;
  }
  return esim_qmi_slots_parse (answer, error);
}

const EsimQmiSlot *
esim_qmi_slots_find (GPtrArray *slots, guint wanted, GError **error)
{
  const EsimQmiSlot *best = NULL;

  if (wanted > slots->len) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                 "The modem has no slot %u: its last one is slot %u", wanted, slots->len);
    return NULL;
  }
  if (wanted != 0)
    return g_ptr_array_index (slots, wanted - 1);
  for (guint i = 0; i < slots->len; i++) {
    const EsimQmiSlot *slot = g_ptr_array_index (slots, i);

    if (slot->active && (best == NULL || slot->logical < best->logical))
      best = slot;
  }
  return best != NULL ? best : g_ptr_array_index (slots, 0);
}

static EsimCardSlotContent
get_content (const EsimQmiSlot *slot)
{
  if (slot->card == QMI_UIM_PHYSICAL_CARD_STATE_ABSENT)
    return ESIM_CARD_SLOT_EMPTY;
  if (slot->card != QMI_UIM_PHYSICAL_CARD_STATE_PRESENT)
    return ESIM_CARD_SLOT_UNKNOWN;
  if (slot->eid != NULL || (slot->has_kind && slot->is_euicc))
    return ESIM_CARD_SLOT_EUICC;
  return slot->has_kind ? ESIM_CARD_SLOT_UICC : ESIM_CARD_SLOT_CARD;
}

GPtrArray *
esim_qmi_slots_describe (GPtrArray *slots)
{
  GPtrArray *list = esim_card_slots_new ();

  for (guint i = 0; i < slots->len; i++) {
    const EsimQmiSlot *slot = g_ptr_array_index (slots, i);

    g_ptr_array_add (list, esim_card_slot_new (slot->number, slot->active, get_content (slot), slot->eid));
  }
  return list;
}

ESIM_QMI_DEFINE_CALL (Uim, uim, SwitchSlot, switch_slot, QmiMessageUimSwitchSlotInput *)

gboolean
esim_qmi_slots_switch (EsimQmiDevice *device, guint logical, guint number, GError **error)
{
  g_autoptr (QmiMessageUimSwitchSlotInput) input = qmi_message_uim_switch_slot_input_new ();
  g_autoptr (QmiMessageUimSwitchSlotOutput) output = NULL;
  g_autoptr (GError) failure = NULL;
  guint status;

  (void) qmi_message_uim_switch_slot_input_set_logical_slot (input, (guint8) logical, NULL);
  (void) qmi_message_uim_switch_slot_input_set_physical_slot (input, number, NULL);
  output = uim_switch_slot (device, input, SWITCH_TIMEOUT, "switch to the slot", NULL, &status, &failure);
  /* It is there already. */
  if (output != NULL || status == QMI_PROTOCOL_ERROR_NO_EFFECT)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}
