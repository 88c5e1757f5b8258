/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-qmi-status.h"

#include <libqmi-glib.h>

#include "esim-error.h"

typedef struct {
  QmiProtocolError status;
  EsimError code;
  const char *words;
} StatusWords;

static const StatusWords known[] = {
    {QMI_PROTOCOL_ERROR_INTERNAL, ESIM_ERROR_MODEM_ERROR,
     "the modem failed and gives no reason; try again in a moment"},
    {QMI_PROTOCOL_ERROR_ABORTED, ESIM_ERROR_MODEM_ERROR,
     "the modem broke it off; the card may have been reset meanwhile"},
    {QMI_PROTOCOL_ERROR_NO_MEMORY, ESIM_ERROR_MODEM_ERROR, "the modem has no memory left; restart it"},
    {QMI_PROTOCOL_ERROR_CLIENT_IDS_EXHAUSTED, ESIM_ERROR_MODEM_ERROR,
     "the modem serves no more programs; stop another one that uses it, or restart the modem"},
    {QMI_PROTOCOL_ERROR_DEVICE_IN_USE, ESIM_ERROR_BUSY,
     "another program uses the modem's card; wait for it to end"},
    {QMI_PROTOCOL_ERROR_NO_EFFECT, ESIM_ERROR_MODEM_ERROR, "the modem says that there is nothing to do"},
    {QMI_PROTOCOL_ERROR_AUTHENTICATION_FAILED, ESIM_ERROR_CARD_ERROR,
     "the card did not accept the authentication"},
    {QMI_PROTOCOL_ERROR_UIM_UNINITIALIZED, ESIM_ERROR_MODEM_ERROR,
     "the modem is still reading the card; try again in a moment"},
    {QMI_PROTOCOL_ERROR_INVALID_ARGUMENT, ESIM_ERROR_MODEM_ERROR,
     "the modem refuses the parameters; the slot may be another, or the logical channel not open any more"},
    {QMI_PROTOCOL_ERROR_MISSING_ARGUMENT, ESIM_ERROR_MODEM_ERROR, "the modem wants more parameters"},
    {QMI_PROTOCOL_ERROR_ARGUMENT_TOO_LONG, ESIM_ERROR_MODEM_ERROR,
     "the modem carries no command as long as that; set segment-size for it to less"},
    {QMI_PROTOCOL_ERROR_DEVICE_NOT_READY, ESIM_ERROR_MODEM_ERROR,
     "the modem is not ready yet; try again in a moment"},
    {QMI_PROTOCOL_ERROR_INSUFFICIENT_RESOURCES, ESIM_ERROR_MODEM_ERROR,
     "every logical channel of the card is in use; stop the other program that uses the card, or restart the "
     "modem"},
    {QMI_PROTOCOL_ERROR_INVALID_OPERATION, ESIM_ERROR_MODEM_ERROR, "the modem does not allow it now"},
    {QMI_PROTOCOL_ERROR_INCOMPATIBLE_STATE, ESIM_ERROR_MODEM_ERROR, "the modem does not allow it now"},
    {QMI_PROTOCOL_ERROR_OPERATION_IN_PROGRESS, ESIM_ERROR_BUSY,
     "the modem is busy with the like; try again in a moment"},
    {QMI_PROTOCOL_ERROR_TOO_SOON, ESIM_ERROR_BUSY, "the modem wants a pause before; try again in a moment"},
    {QMI_PROTOCOL_ERROR_INVALID_QMI_COMMAND, ESIM_ERROR_NOT_SUPPORTED,
     "the modem does not have this message"},
    {QMI_PROTOCOL_ERROR_NOT_SUPPORTED, ESIM_ERROR_NOT_SUPPORTED, "the modem does not support it"},
    {QMI_PROTOCOL_ERROR_DEVICE_UNSUPPORTED, ESIM_ERROR_NOT_SUPPORTED, "the modem does not support it"},
    {QMI_PROTOCOL_ERROR_SIM_FILE_NOT_FOUND, ESIM_ERROR_NOT_SUPPORTED,
     "the card has no such application or file"},
    {QMI_PROTOCOL_ERROR_NO_SIM, ESIM_ERROR_CARD_REMOVED, "there is no card in the modem's slot"},
    {QMI_PROTOCOL_ERROR_ACCESS_DENIED, ESIM_ERROR_NOT_SUPPORTED,
     "the modem's firmware does not let programs reach the card by QMI; newer firmware may, or another way "
     "to "
     "the modem (MBIM), if it has one"},
    {QMI_PROTOCOL_ERROR_NO_PERMISSION, ESIM_ERROR_NOT_SUPPORTED,
     "the modem's firmware does not let programs reach the card by QMI; newer firmware may, or another way "
     "to "
     "the modem (MBIM), if it has one"},
};

/* Another way to the same card may serve: MBIM has its own commands for it. */
static gboolean
is_no_way (guint status)
{
  return esim_qmi_status_is_missing (status) || status == QMI_PROTOCOL_ERROR_ACCESS_DENIED ||
         status == QMI_PROTOCOL_ERROR_NO_PERMISSION;
}

static gboolean
is_not_ready (guint status)
{
  return status == QMI_PROTOCOL_ERROR_UIM_UNINITIALIZED || status == QMI_PROTOCOL_ERROR_DEVICE_NOT_READY ||
         status == QMI_PROTOCOL_ERROR_OPERATION_IN_PROGRESS || status == QMI_PROTOCOL_ERROR_TOO_SOON;
}

GError *
esim_qmi_status_to_error (guint status, const char *what)
{
  const char *nick;
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (known) && error == NULL; i++)
    if ((guint) known[i].status == status)
      error = g_error_new (ESIM_ERROR, known[i].code, "Could not %s: %s", what, known[i].words);
  if (error == NULL) {
    nick = qmi_protocol_error_get_string ((QmiProtocolError) status);
    error = g_error_new (ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                         "Could not %s: the modem answered with error %u%s%s%s", what, status,
                         nick != NULL ? " (" : "", nick != NULL ? nick : "", nick != NULL ? ")" : "");
  }
  esim_error_set_detail (error, ESIM_DETAIL_MODEM_STATUS, g_variant_new_uint32 (status));
  if (is_no_way (status))
    esim_error_set_detail (error, ESIM_DETAIL_NO_WAY, g_variant_new_boolean (TRUE));
  if (is_not_ready (status))
    esim_error_set_detail (error, ESIM_DETAIL_NOT_READY, g_variant_new_boolean (TRUE));
  return error;
}

GError *
esim_qmi_failure_to_error (const GError *failure, const char *what, guint *status)
{
  if (status != NULL)
    *status = 0;
  if (failure->domain == QMI_PROTOCOL_ERROR) {
    if (status != NULL)
      *status = (guint) failure->code;
    return esim_qmi_status_to_error ((guint) failure->code, what);
  }
  if (g_error_matches (failure, QMI_CORE_ERROR, QMI_CORE_ERROR_TIMEOUT) ||
      g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_error_new (ESIM_ERROR, ESIM_ERROR_TIMED_OUT, "Could not %s: the modem did not answer in time",
                        what);
  return g_error_new (ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "Could not %s: %s", what, failure->message);
}

gboolean
esim_qmi_status_is_missing (guint status)
{
  return status == QMI_PROTOCOL_ERROR_INVALID_QMI_COMMAND || status == QMI_PROTOCOL_ERROR_NOT_SUPPORTED ||
         status == QMI_PROTOCOL_ERROR_DEVICE_UNSUPPORTED;
}
