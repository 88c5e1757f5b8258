/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-subscription.h"

#include <string.h>

#include "esim-error.h"

#define QUERY_TIMEOUT 10 /* s */
#define SLOTS_MAX 16     /* more is a modem that talks nonsense */

void
esim_mbim_ready_clear (EsimMbimReady *ready)
{
  g_clear_pointer (&ready->iccid, g_free);
}

char *
esim_mbim_iccid_normalise (const char *iccid)
{
  gsize digits;

  if (iccid == NULL)
    return NULL;
  digits = strspn (iccid, "0123456789");
  if (digits < 18 || digits > 20 || iccid[digits + strspn (iccid + digits, "Ff")] != '\0')
    return NULL;
  return g_strndup (iccid, digits);
}

gboolean
esim_mbim_ready_query (EsimMbimDevice *device, guint timeout, EsimMbimReady *ready, GError **error)
{
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;
  g_autofree char *iccid = NULL;
  MbimSubscriberReadyState state;

  answer = esim_mbim_device_command (device, mbim_message_subscriber_ready_status_query_new (NULL), timeout,
                                     "ask the modem for its ready state", NULL, error);
  if (answer == NULL)
    return FALSE;
  if (!mbim_message_subscriber_ready_status_response_parse (answer, &state, NULL, &iccid, NULL, NULL, NULL,
                                                            &failure)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "The modem's ready state cannot be read: %s",
                 failure->message);
    return FALSE;
  }
  esim_mbim_ready_clear (ready);
  ready->state = state;
  ready->iccid = esim_mbim_iccid_normalise (iccid);
  return TRUE;
}

gboolean
esim_mbim_ready_parse (const MbimMessage *indication, EsimMbimReady *ready)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *iccid = NULL;
  MbimSubscriberReadyState state;

  if (mbim_message_indicate_status_get_service (indication) != MBIM_SERVICE_BASIC_CONNECT ||
      mbim_message_indicate_status_get_cid (indication) != MBIM_CID_BASIC_CONNECT_SUBSCRIBER_READY_STATUS)
    return FALSE;
  if (!mbim_message_subscriber_ready_status_notification_parse (indication, &state, NULL, &iccid, NULL, NULL,
                                                                NULL, &failure)) {
    g_debug ("a ready state that cannot be read: %s", failure->message);
    return FALSE;
  }
  esim_mbim_ready_clear (ready);
  ready->state = state;
  ready->iccid = esim_mbim_iccid_normalise (iccid);
  return TRUE;
}

gboolean
esim_mbim_subscribe (EsimMbimDevice *device, GError **error)
{
  guint32 ready_cids[] = {MBIM_CID_BASIC_CONNECT_SUBSCRIBER_READY_STATUS};
  guint32 slot_cids[] = {MBIM_CID_MS_BASIC_CONNECT_EXTENSIONS_SLOT_INFO_STATUS};
  MbimEventEntry ready = {.device_service_id = *MBIM_UUID_BASIC_CONNECT, .cids_count = 1, .cids = ready_cids};
  MbimEventEntry slot = {
      .device_service_id = *MBIM_UUID_MS_BASIC_CONNECT_EXTENSIONS, .cids_count = 1, .cids = slot_cids};
  const MbimEventEntry *events[] = {&ready, &slot, NULL};
  g_autoptr (MbimMessage) answer = NULL;

  answer =
      esim_mbim_device_command (device, mbim_message_device_service_subscribe_list_set_new (2, events, NULL),
                                QUERY_TIMEOUT, "subscribe to the modem's indications", NULL, error);
  return answer != NULL;
}

/* %TRUE if it is no more than that this modem does not have the command, or has it wrong. */
static gboolean
is_only_missing (const GError *error)
{
  return !g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED) &&
         !g_error_matches (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT) &&
         !g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

/* How many slots; 1 if the modem cannot tell. 0 on error. */
static guint
count_slots (EsimMbimDevice *device, GError **error)
{
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;
  guint32 slots = 0;

  answer =
      esim_mbim_device_command (device, mbim_message_ms_basic_connect_extensions_sys_caps_query_new (NULL),
                                QUERY_TIMEOUT, "ask the modem for its slots", NULL, &failure);
  if (answer == NULL && !is_only_missing (failure)) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return 0;
  }
  if (answer == NULL || !mbim_message_ms_basic_connect_extensions_sys_caps_response_parse (
                            answer, NULL, &slots, NULL, NULL, NULL))
    return 1;
  return CLAMP (slots, 1, SLOTS_MAX);
}

/* Which slots the modem uses, as a set of bits; @mapped 0 if it cannot tell. */
static gboolean
query_mapping (EsimMbimDevice *device, guint32 *mapped, GError **error)
{
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (MbimSlotArray) map = NULL;
  g_autoptr (GError) failure = NULL;
  guint32 count = 0;

  *mapped = 0;
  answer = esim_mbim_device_command (
      device, mbim_message_ms_basic_connect_extensions_device_slot_mappings_query_new (NULL), QUERY_TIMEOUT,
      "ask the modem which slot it uses", NULL, &failure);
  if (answer == NULL && !is_only_missing (failure)) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  if (answer == NULL || !mbim_message_ms_basic_connect_extensions_device_slot_mappings_response_parse (
                            answer, &count, &map, NULL))
    return TRUE;
  for (guint i = 0; i < count; i++)
    if (map[i]->slot < SLOTS_MAX)
      *mapped |= 1u << map[i]->slot;
  return TRUE;
}

static gboolean
query_state (EsimMbimDevice *device, guint number, EsimMbimSlot *slot, GError **error)
{
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;

  answer = esim_mbim_device_command (
      device, mbim_message_ms_basic_connect_extensions_slot_info_status_query_new (number - 1, NULL),
      QUERY_TIMEOUT, "ask the modem for the state of a slot", NULL, &failure);
  if (answer == NULL && !is_only_missing (failure)) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  slot->known = answer != NULL && mbim_message_ms_basic_connect_extensions_slot_info_status_response_parse (
                                      answer, NULL, &slot->state, NULL);
  return TRUE;
}

/* By the slot's own state, where a modem does not tell the mapping. */
static gboolean
state_looks_active (const EsimMbimSlot *slot)
{
  return !slot->known || (slot->state >= MBIM_UICC_SLOT_STATE_NOT_READY);
}

static gboolean
find_by_state (EsimMbimDevice *device, guint slots, EsimMbimSlot *slot, GError **error)
{
  guint first = slot->wanted != 0 ? slot->wanted : 1;
  guint last = slot->wanted != 0 ? slot->wanted : slots;

  for (guint number = first; number <= last; number++) {
    if (!query_state (device, number, slot, error))
      return FALSE;
    slot->number = number;
    slot->active = state_looks_active (slot);
    if (slot->active)
      return TRUE;
  }
  if (slot->wanted == 0)
    slot->number = 1;
  return slot->number == last || query_state (device, slot->number, slot, error);
}

gboolean
esim_mbim_slot_query (EsimMbimDevice *device, EsimMbimSlot *slot, GError **error)
{
  guint slots = count_slots (device, error);
  guint32 mapped;

  if (slots == 0)
    return FALSE;
  if (slot->wanted > slots) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                 "The modem has no slot %u: its last one is slot %u", slot->wanted, slots);
    return FALSE;
  }
  if (!query_mapping (device, &mapped, error))
    return FALSE;
  if (mapped == 0 && slots > 1)
    return find_by_state (device, slots, slot, error);
  slot->number = slot->wanted != 0 ? slot->wanted : mapped != 0 ? (guint) g_bit_nth_lsf (mapped, -1) + 1 : 1;
  slot->active = mapped == 0 || (mapped & 1u << (slot->number - 1)) != 0;
  return query_state (device, slot->number, slot, error);
}

gboolean
esim_mbim_slot_parse (const MbimMessage *indication, guint *number, MbimUiccSlotState *state)
{
  guint32 index;

  if (mbim_message_indicate_status_get_service (indication) != MBIM_SERVICE_MS_BASIC_CONNECT_EXTENSIONS ||
      mbim_message_indicate_status_get_cid (indication) !=
          MBIM_CID_MS_BASIC_CONNECT_EXTENSIONS_SLOT_INFO_STATUS)
    return FALSE;
  if (!mbim_message_ms_basic_connect_extensions_slot_info_status_notification_parse (indication, &index,
                                                                                     state, NULL))
    return FALSE;
  if (index >= SLOTS_MAX)
    return FALSE;
  *number = index + 1;
  return TRUE;
}

gboolean
esim_mbim_slot_is_empty (const EsimMbimSlot *slot)
{
  return slot->known &&
         (slot->state == MBIM_UICC_SLOT_STATE_EMPTY || slot->state == MBIM_UICC_SLOT_SATE_OFF_EMPTY);
}

gboolean
esim_mbim_slot_state_is_passing (MbimUiccSlotState state)
{
  return state == MBIM_UICC_SLOT_STATE_UNKNOWN || state == MBIM_UICC_SLOT_STATE_NOT_READY;
}
