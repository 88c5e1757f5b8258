/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-reset.h"

#include "esim-error.h"
#include "esim-qmi-state.h"

#define QUERY_TIMEOUT 5 /* s */
#define POWER_TIMEOUT 10
#define SESSION_TIMEOUT 15
#define MODE_TIMEOUT 15
#define POWER_GAP_MS 1000
#define POWER_TRIES 3

ESIM_QMI_DEFINE_CALL (Uim, uim, PowerOffSim, power_off_sim, QmiMessageUimPowerOffSimInput *)
ESIM_QMI_DEFINE_CALL (Uim, uim, PowerOnSim, power_on_sim, QmiMessageUimPowerOnSimInput *)
ESIM_QMI_DEFINE_CALL (Uim, uim, ChangeProvisioningSession, change_provisioning_session,
                      QmiMessageUimChangeProvisioningSessionInput *)
ESIM_QMI_DEFINE_CALL (Dms, dms, SetOperatingMode, set_operating_mode, QmiMessageDmsSetOperatingModeInput *)

/* "No effect": it is like that already. */
static gboolean
judge (gboolean ok, guint status, GError *failure, GError **error)
{
  g_autoptr (GError) owned = failure;

  if (ok || status == QMI_PROTOCOL_ERROR_NO_EFFECT)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&owned));
  return FALSE;
}

/* -- the session -- */

static gboolean
change_session (EsimQmiDevice *device, gboolean activate, guint uim_slot,
                const EsimQmiApplication *application, GError **error)
{
  g_autoptr (QmiMessageUimChangeProvisioningSessionInput) input =
      qmi_message_uim_change_provisioning_session_input_new ();
  g_autoptr (QmiMessageUimChangeProvisioningSessionOutput) output = NULL;
  g_autoptr (GArray) aid = g_array_new (FALSE, FALSE, 1);
  GError *failure = NULL;
  guint status;

  (void) qmi_message_uim_change_provisioning_session_input_set_session_change (
      input, QMI_UIM_SESSION_TYPE_PRIMARY_GW_PROVISIONING, activate, NULL);
  g_array_append_vals (aid, application->aid, application->aid_length);
  if (activate)
    (void) qmi_message_uim_change_provisioning_session_input_set_application_information (
        input, (guint8) uim_slot, aid, NULL);
  output = uim_change_provisioning_session (device, input, SESSION_TIMEOUT,
                                            activate ? "begin the modem's session with the card"
                                                     : "end the modem's session with the card",
                                            NULL, &status, &failure);
  return judge (output != NULL, status, failure, error);
}

static gboolean
reset_session (EsimQmiDevice *device, guint uim_slot, GError **error)
{
  EsimQmiApplication application;
  EsimQmiCardState state;

  if (!esim_qmi_state_query (device, uim_slot, QUERY_TIMEOUT, &state, &application, error))
    return FALSE;
  if (application.aid_length == 0) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                         "The modem has no session with the card that could be begun anew");
    return FALSE;
  }
  return change_session (device, FALSE, uim_slot, &application, error) &&
         change_session (device, TRUE, uim_slot, &application, error);
}

/* -- the power -- */

static gboolean
power_off (EsimQmiDevice *device, guint uim_slot, GError **error)
{
  g_autoptr (QmiMessageUimPowerOffSimInput) input = qmi_message_uim_power_off_sim_input_new ();
  g_autoptr (QmiMessageUimPowerOffSimOutput) output = NULL;
  GError *failure = NULL;
  guint status;

  (void) qmi_message_uim_power_off_sim_input_set_slot (input, (guint8) uim_slot, NULL);
  output = uim_power_off_sim (device, input, POWER_TIMEOUT, "take the card's power", NULL, &status, &failure);
  return judge (output != NULL, status, failure, error);
}

static gboolean
power_on (EsimQmiDevice *device, guint uim_slot, GError **error)
{
  g_autoptr (QmiMessageUimPowerOnSimInput) input = qmi_message_uim_power_on_sim_input_new ();
  g_autoptr (QmiMessageUimPowerOnSimOutput) output = NULL;
  GError *failure = NULL;
  guint status;

  (void) qmi_message_uim_power_on_sim_input_set_slot (input, (guint8) uim_slot, NULL);
  output = uim_power_on_sim (device, input, POWER_TIMEOUT, "give the card its power back", NULL, &status,
                             &failure);
  return judge (output != NULL, status, failure, error);
}

/* For a second: the modem says when it has taken the power, and nobody when the card has lost it. */
static void
let_discharge (EsimQmiDevice *device)
{
  gint64 end = g_get_monotonic_time () + POWER_GAP_MS * G_TIME_SPAN_MILLISECOND;
  gint64 left;

  while ((left = end - g_get_monotonic_time ()) > 0 && !esim_port_is_gone (ESIM_PORT (device)) &&
         !esim_port_is_hurried (ESIM_PORT (device)))
    esim_port_pause (ESIM_PORT (device), (guint) (left / G_TIME_SPAN_MILLISECOND) + 1);
}

static gboolean
reset_card (EsimQmiDevice *device, EsimQmiWatch *watch, GError **error)
{
  guint uim_slot = esim_qmi_watch_get_uim_slot (watch);
  g_autoptr (GError) failure = NULL;

  /* It may be off although the answer to that was lost. */
  if (!power_off (device, uim_slot, &failure) &&
      !g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_TIMED_OUT) &&
      !g_error_matches (failure, ESIM_ERROR, ESIM_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  let_discharge (device);
  for (guint try = 1; try <= POWER_TRIES; try++) {
    g_clear_error (&failure);
    if (power_on (device, uim_slot, &failure))
      return TRUE;
    if (esim_port_is_gone (ESIM_PORT (device)))
      break;
    esim_port_pause (ESIM_PORT (device), POWER_GAP_MS);
  }
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* -- the modem -- */

static gboolean
set_mode (EsimQmiDevice *device, QmiDmsOperatingMode mode, GError **error)
{
  g_autoptr (QmiMessageDmsSetOperatingModeInput) input = qmi_message_dms_set_operating_mode_input_new ();
  g_autoptr (QmiMessageDmsSetOperatingModeOutput) output = NULL;
  GError *failure = NULL;
  guint status;

  (void) qmi_message_dms_set_operating_mode_input_set_mode (input, mode, NULL);
  output = dms_set_operating_mode (device, input, MODE_TIMEOUT, "reset the modem", NULL, &status, &failure);
  return judge (output != NULL, status, failure, error);
}

/* Its port may go away before the answer comes, which is an answer too. */
static gboolean
reset_modem (EsimQmiDevice *device, GError **error)
{
  g_autoptr (GError) failure = NULL;

  /* The reset is refused by modems that are not offline. */
  if (!set_mode (device, QMI_DMS_OPERATING_MODE_OFFLINE, error))
    return FALSE;
  if (set_mode (device, QMI_DMS_OPERATING_MODE_RESET, &failure) || esim_port_is_gone (ESIM_PORT (device)))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  if (!set_mode (device, QMI_DMS_OPERATING_MODE_ONLINE, NULL))
    g_debug ("the modem stays offline");
  return FALSE;
}

static gboolean
reset (EsimQmiDevice *device, EsimQmiWatch *watch, EsimCardReset level, GError **error)
{
  if (level == ESIM_CARD_RESET_SESSION)
    return reset_session (device, esim_qmi_watch_get_uim_slot (watch), error);
  return level == ESIM_CARD_RESET_MODEM ? reset_modem (device, error) : reset_card (device, watch, error);
}

gboolean
esim_qmi_reset (EsimQmiDevice *device, EsimQmiWatch *watch, EsimCardReset level, GError **error)
{
  gboolean done;

  esim_qmi_watch_begin_reset (watch);
  done = reset (device, watch, level, error);
  esim_qmi_watch_end_reset (watch, done);
  return done;
}
