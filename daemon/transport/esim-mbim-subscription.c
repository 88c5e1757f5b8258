/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-subscription.h"

#include <string.h>

#include "esim-error.h"
#include "esim-iccid.h"

#define QUERY_TIMEOUT 10 /* s */
#define IMSI_MIN 6
#define IMSI_MAX 15

void
esim_mbim_ready_clear (EsimMbimReady *ready)
{
  g_clear_pointer (&ready->iccid, g_free);
  g_clear_pointer (&ready->imsi, g_free);
}

/* (transfer full) (nullable): @subscriber if it is an IMSI. */
static char *
read_imsi (const char *subscriber)
{
  gsize digits = subscriber != NULL ? strspn (subscriber, "0123456789") : 0;

  return digits >= IMSI_MIN && digits <= IMSI_MAX && subscriber[digits] == '\0' ? g_strdup (subscriber)
                                                                                : NULL;
}

gboolean
esim_mbim_ready_query (EsimMbimDevice *device, guint timeout, EsimMbimReady *ready, GError **error)
{
  g_autoptr (MbimMessage) answer = NULL;
  g_autoptr (GError) failure = NULL;
  g_autofree char *iccid = NULL;
  g_autofree char *imsi = NULL;
  MbimSubscriberReadyState state;

  answer = esim_mbim_device_command (device, mbim_message_subscriber_ready_status_query_new (NULL), timeout,
                                     "ask the modem for its ready state", NULL, error);
  if (answer == NULL)
    return FALSE;
  if (!mbim_message_subscriber_ready_status_response_parse (answer, &state, &imsi, &iccid, NULL, NULL, NULL,
                                                            &failure)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "The modem's ready state cannot be read: %s",
                 failure->message);
    return FALSE;
  }
  esim_mbim_ready_clear (ready);
  ready->state = state;
  ready->iccid = esim_iccid_normalise (iccid);
  ready->imsi = read_imsi (imsi);
  return TRUE;
}

gboolean
esim_mbim_ready_parse (const MbimMessage *indication, EsimMbimReady *ready)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *iccid = NULL;
  g_autofree char *imsi = NULL;
  MbimSubscriberReadyState state;

  if (mbim_message_indicate_status_get_service (indication) != MBIM_SERVICE_BASIC_CONNECT ||
      mbim_message_indicate_status_get_cid (indication) != MBIM_CID_BASIC_CONNECT_SUBSCRIBER_READY_STATUS)
    return FALSE;
  if (!mbim_message_subscriber_ready_status_notification_parse (indication, &state, &imsi, &iccid, NULL, NULL,
                                                                NULL, &failure)) {
    g_debug ("a ready state that cannot be read: %s", failure->message);
    return FALSE;
  }
  esim_mbim_ready_clear (ready);
  ready->state = state;
  ready->iccid = esim_iccid_normalise (iccid);
  ready->imsi = read_imsi (imsi);
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
