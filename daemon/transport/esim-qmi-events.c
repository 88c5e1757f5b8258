/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-events.h"

#include "esim-error.h"
#include "esim-qmi-reader.h"
#include "esim-qmi-state.h"
#include "esim-qmi-status.h"

#define TIMEOUT 10 /* s */
#define COMPLETE_TIMEOUT 5

enum { REFRESH_EVENT_TLV = 0x10 };

ESIM_QMI_DEFINE_CALL (Uim, uim, RegisterEvents, register_events, QmiMessageUimRegisterEventsInput *)
ESIM_QMI_DEFINE_CALL (Uim, uim, RefreshRegisterAll, refresh_register_all,
                      QmiMessageUimRefreshRegisterAllInput *)
ESIM_QMI_DEFINE_CALL (Uim, uim, RefreshRegister, refresh_register, QmiMessageUimRefreshRegisterInput *)

static gboolean
register_for (EsimQmiDevice *device, QmiUimEventRegistrationFlag events, GError **error)
{
  g_autoptr (QmiMessageUimRegisterEventsInput) input = qmi_message_uim_register_events_input_new ();
  g_autoptr (QmiMessageUimRegisterEventsOutput) output = NULL;

  (void) qmi_message_uim_register_events_input_set_event_registration_mask (input, events, NULL);
  output = uim_register_events (device, input, TIMEOUT, "ask for the card's events", NULL, NULL, error);
  return output != NULL;
}

/* Firmware that does not know the slots' event refuses the whole mask. */
static gboolean
register_events (EsimQmiDevice *device, GError **error)
{
  const QmiUimEventRegistrationFlag cards =
      QMI_UIM_EVENT_REGISTRATION_FLAG_CARD_STATUS | QMI_UIM_EVENT_REGISTRATION_FLAG_EXTENDED_CARD_STATUS;
  g_autoptr (GError) failure = NULL;

  if (register_for (device, cards | QMI_UIM_EVENT_REGISTRATION_FLAG_PHYSICAL_SLOT_STATUS, &failure))
    return TRUE;
  if (g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_TIMED_OUT) || esim_port_is_gone (ESIM_PORT (device))) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  return register_for (device, cards, NULL) ||
         register_for (device, QMI_UIM_EVENT_REGISTRATION_FLAG_CARD_STATUS, error);
}

/* Older firmware cannot be asked for all files at once: EF ICCID stands for them. */
static gboolean
register_for_iccid (EsimQmiDevice *device, GArray *aid, GError **error)
{
  g_autoptr (QmiMessageUimRefreshRegisterInput) input = qmi_message_uim_refresh_register_input_new ();
  g_autoptr (QmiMessageUimRefreshRegisterOutput) output = NULL;
  g_autoptr (GArray) files =
      g_array_new (FALSE, TRUE, sizeof (QmiMessageUimRefreshRegisterInputInfoFilesElement));
  g_autoptr (GArray) path = g_array_new (FALSE, FALSE, 1);
  QmiMessageUimRefreshRegisterInputInfoFilesElement file = {.file_id = 0x2FE2, .path = path};
  const guint8 mf[] = {0x00, 0x3F};

  g_array_append_vals (path, mf, sizeof mf);
  g_array_append_val (files, file);
  (void) qmi_message_uim_refresh_register_input_set_session (
      input, QMI_UIM_SESSION_TYPE_PRIMARY_GW_PROVISIONING, aid, NULL);
  (void) qmi_message_uim_refresh_register_input_set_info (input, TRUE, FALSE, files, NULL);
  output = uim_refresh_register (device, input, TIMEOUT, "ask for refreshes of the card", NULL, NULL, error);
  return output != NULL;
}

static gboolean
register_refresh (EsimQmiDevice *device, guint uim_slot, GError **error)
{
  g_autoptr (QmiMessageUimRefreshRegisterAllInput) input = qmi_message_uim_refresh_register_all_input_new ();
  g_autoptr (QmiMessageUimRefreshRegisterAllOutput) output = NULL;
  g_autoptr (GArray) aid = g_array_new (FALSE, FALSE, 1);
  g_autoptr (GError) failure = NULL;
  guint status;

  (void) qmi_message_uim_refresh_register_all_input_set_session (input, esim_qmi_state_get_session (uim_slot),
                                                                 aid, NULL);
  (void) qmi_message_uim_refresh_register_all_input_set_info (input, TRUE, NULL);
  output = uim_refresh_register_all (device, input, TIMEOUT, "ask for refreshes of the card", NULL, &status,
                                     &failure);
  if (output != NULL)
    return TRUE;
  if (esim_qmi_status_is_missing (status))
    return register_for_iccid (device, aid, error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

gboolean
esim_qmi_events_register (EsimQmiDevice *device, guint uim_slot, GError **error)
{
  gboolean ok = register_events (device, error);

  return register_refresh (device, uim_slot, ok ? error : NULL) && ok;
}

static void
complete (EsimQmiDevice *device, QmiUimSessionType session, const guint8 *aid, guint aid_length)
{
  g_autoptr (QmiMessageUimRefreshCompleteInput) input = qmi_message_uim_refresh_complete_input_new ();
  g_autoptr (GArray) name = g_array_new (FALSE, FALSE, 1);
  QmiClientUim *uim = esim_qmi_device_get_uim (device, NULL);

  if (uim == NULL)
    return;
  g_array_append_vals (name, aid, aid_length);
  (void) qmi_message_uim_refresh_complete_input_set_session (input, session, name, NULL);
  (void) qmi_message_uim_refresh_complete_input_set_info (input, TRUE, NULL);
  qmi_client_uim_refresh_complete (uim, input, COMPLETE_TIMEOUT, NULL, NULL, NULL);
}

void
esim_qmi_events_take_refresh (EsimQmiDevice *device, QmiMessage *indication, gboolean *begins, gboolean *ends)
{
  EsimQmiReader reader = esim_qmi_reader_begin (indication, REFRESH_EVENT_TLV);
  QmiUimRefreshStage stage = (QmiUimRefreshStage) esim_qmi_reader_u8 (&reader);
  QmiUimRefreshMode mode = (QmiUimRefreshMode) esim_qmi_reader_u8 (&reader);
  QmiUimSessionType session = (QmiUimSessionType) esim_qmi_reader_u8 (&reader);
  guint8 aid[G_MAXUINT8];
  guint aid_length = esim_qmi_reader_octets (&reader, aid);

  *begins = *ends = FALSE;
  if (!reader.ok)
    return;
  /* Files alone: the card goes on as it is. */
  if (stage == QMI_UIM_REFRESH_STAGE_START && mode != QMI_UIM_REFRESH_MODE_RESET)
    complete (device, session, aid, aid_length);
  *begins = stage == QMI_UIM_REFRESH_STAGE_START && mode != QMI_UIM_REFRESH_MODE_FCN;
  *ends = stage == QMI_UIM_REFRESH_STAGE_END_WITH_SUCCESS || stage == QMI_UIM_REFRESH_STAGE_END_WITH_FAILURE;
}
