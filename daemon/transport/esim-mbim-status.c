/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mbim-status.h"

#include <libmbim-glib.h>

#include "esim-error.h"

typedef struct {
  guint32 status;
  EsimError code;
  const char *words;
} StatusWords;

static const StatusWords known[] = {
    {MBIM_STATUS_ERROR_BUSY, ESIM_ERROR_MODEM_ERROR, "the modem is busy; try again in a moment"},
    {MBIM_STATUS_ERROR_FAILURE, ESIM_ERROR_MODEM_ERROR, "the modem failed and gives no reason"},
    {MBIM_STATUS_ERROR_SIM_NOT_INSERTED, ESIM_ERROR_CARD_REMOVED, "there is no card in the modem's slot"},
    {MBIM_STATUS_ERROR_BAD_SIM, ESIM_ERROR_CARD_ERROR, "the modem takes the card for a broken one"},
    {MBIM_STATUS_ERROR_NO_DEVICE_SUPPORT, ESIM_ERROR_NOT_SUPPORTED, "the modem does not have this command"},
    {MBIM_STATUS_ERROR_NOT_INITIALIZED, ESIM_ERROR_MODEM_ERROR,
     "the modem is still reading the card; try again in a moment"},
    {MBIM_STATUS_ERROR_INVALID_PARAMETERS, ESIM_ERROR_MODEM_ERROR, "the modem refuses the parameters"},
    {MBIM_STATUS_ERROR_OPERATION_NOT_ALLOWED, ESIM_ERROR_MODEM_ERROR, "the modem does not allow it now"},
    {ESIM_MBIM_STATUS_NO_LOGICAL_CHANNELS, ESIM_ERROR_MODEM_ERROR,
     "every logical channel of the card is in use; stop the other program that uses the card, or restart the "
     "modem"},
    {ESIM_MBIM_STATUS_SELECT_FAILED, ESIM_ERROR_NOT_SUPPORTED, "the card has no such application"},
    {ESIM_MBIM_STATUS_INVALID_LOGICAL_CHANNEL, ESIM_ERROR_MODEM_ERROR,
     "the logical channel is not open any more; the card was reset meanwhile"},
};

static void
add_details (GError *error, guint32 status)
{
  esim_error_set_detail (error, ESIM_DETAIL_MODEM_STATUS, g_variant_new_uint32 (status));
  if (status == MBIM_STATUS_ERROR_NO_DEVICE_SUPPORT)
    esim_error_set_detail (error, ESIM_DETAIL_NO_WAY, g_variant_new_boolean (TRUE));
  if (status == MBIM_STATUS_ERROR_BUSY || status == MBIM_STATUS_ERROR_NOT_INITIALIZED)
    esim_error_set_detail (error, ESIM_DETAIL_NOT_READY, g_variant_new_boolean (TRUE));
}

GError *
esim_mbim_status_to_error (guint32 status, const char *what)
{
  const char *nick;
  GError *error;

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].status == status) {
      error = g_error_new (ESIM_ERROR, known[i].code, "Could not %s: %s", what, known[i].words);
      add_details (error, status);
      return error;
    }
  nick = mbim_status_error_get_string (status);
  error = g_error_new (ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
                       "Could not %s: the modem answered with status 0x%08X%s%s%s", what, status,
                       nick != NULL ? " (" : "", nick != NULL ? nick : "", nick != NULL ? ")" : "");
  add_details (error, status);
  return error;
}

GError *
esim_mbim_failure_to_error (const GError *failure, const char *what)
{
  if (g_error_matches (failure, MBIM_CORE_ERROR, MBIM_CORE_ERROR_TIMEOUT) ||
      g_error_matches (failure, MBIM_PROTOCOL_ERROR, MBIM_PROTOCOL_ERROR_TIMEOUT_FRAGMENT))
    return g_error_new (ESIM_ERROR, ESIM_ERROR_TIMED_OUT, "Could not %s: the modem did not answer in time",
                        what);
  if (g_error_matches (failure, MBIM_CORE_ERROR, MBIM_CORE_ERROR_ABORTED) ||
      g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_new (ESIM_ERROR, ESIM_ERROR_CANCELLED, "Could not %s: the service is stopping", what);
  return g_error_new (ESIM_ERROR, ESIM_ERROR_MODEM_ERROR, "Could not %s: %s", what, failure->message);
}
