/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-slots.h"

#include "esim-error.h"

#define QUERY_TIMEOUT 10 /* s */
#define MAP_TIMEOUT 30   /* s: some modems answer once the other card is there */

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
  return CLAMP (slots, 1, ESIM_MBIM_SLOTS_MAX);
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
    if (map[i]->slot < ESIM_MBIM_SLOTS_MAX)
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
gboolean
esim_mbim_slot_looks_active (const EsimMbimSlot *slot)
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
    slot->active = esim_mbim_slot_looks_active (slot);
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
  if (index >= ESIM_MBIM_SLOTS_MAX)
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

EsimCardSlotContent
esim_mbim_slot_get_content (const EsimMbimSlot *slot)
{
  if (!slot->known || esim_mbim_slot_state_is_passing (slot->state) ||
      slot->state == MBIM_UICC_SLOT_STATE_ERROR)
    return ESIM_CARD_SLOT_UNKNOWN;
  if (esim_mbim_slot_is_empty (slot))
    return ESIM_CARD_SLOT_EMPTY;
  if (slot->state == MBIM_UICC_SLOT_STATE_ACTIVE_ESIM ||
      slot->state == MBIM_UICC_SLOT_STATE_ACTIVE_ESIM_NO_PROFILES)
    return ESIM_CARD_SLOT_EUICC;
  /* "Active" is said of eUICCs too, by modems that are older than the states for them. */
  return ESIM_CARD_SLOT_CARD;
}

GPtrArray *
esim_mbim_slots_list (EsimMbimDevice *device, GError **error)
{
  g_autoptr (GPtrArray) list = esim_card_slots_new ();
  guint slots = count_slots (device, error);
  guint32 mapped;

  if (slots == 0 || !query_mapping (device, &mapped, error))
    return NULL;
  for (guint number = 1; number <= slots; number++) {
    EsimMbimSlot slot = {.wanted = number, .number = number};

    if (!query_state (device, number, &slot, error))
      return NULL;
    if (mapped != 0)
      slot.active = (mapped & 1u << (number - 1)) != 0;
    else
      slot.active = slots == 1 || esim_mbim_slot_looks_active (&slot);
    g_ptr_array_add (list,
                     esim_card_slot_new (number, slot.active, esim_mbim_slot_get_content (&slot), NULL));
  }
  return g_steal_pointer (&list);
}

/* The whole mapping, one entry an executor. */
static GPtrArray *
read_map (EsimMbimDevice *device, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (MbimSlotArray) map = NULL;
  guint32 count = 0;

  answer = esim_mbim_device_command (
      device, mbim_message_ms_basic_connect_extensions_device_slot_mappings_query_new (NULL), QUERY_TIMEOUT,
      "ask the modem which slot it uses", NULL, error);
  if (answer == NULL)
    return NULL;
  if (!mbim_message_ms_basic_connect_extensions_device_slot_mappings_response_parse (answer, &count, &map,
                                                                                     NULL) ||
      count == 0 || count > ESIM_MBIM_SLOTS_MAX) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                         "The modem's mapping of slots cannot be read");
    return NULL;
  }
  for (guint i = 0; i < count; i++)
    g_ptr_array_add (entries, g_memdup2 (map[i], sizeof *map[i]));
  return g_steal_pointer (&entries);
}

gboolean
esim_mbim_slots_map (EsimMbimDevice *device, guint number, guint *previous, GError **error)
{
  g_autoptr (GPtrArray) map = read_map (device, error);
  g_autoptr (MbimMessage) answer = NULL;
  MbimSlot *first;

  if (map == NULL)
    return FALSE;
  first = g_ptr_array_index (map, 0);
  *previous = first->slot + 1;
  for (guint i = 0; i < map->len; i++)
    if (((MbimSlot *) g_ptr_array_index (map, i))->slot == number - 1) {
      *previous = number;
      return TRUE;
    }
  first->slot = number - 1;
  answer = esim_mbim_device_command (device,
                                     mbim_message_ms_basic_connect_extensions_device_slot_mappings_set_new (
                                         map->len, (const MbimSlot *const *) map->pdata, NULL),
                                     MAP_TIMEOUT, "switch to the slot", NULL, error);
  return answer != NULL;
}
