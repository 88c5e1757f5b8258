/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-private.h"

#define ERROR_PREFIX "org.esimd1.Error."

static const GDBusErrorEntry entries[] = {
    {ESIM_ERROR_NOT_AUTHORIZED, ERROR_PREFIX "NotAuthorized"},
    {ESIM_ERROR_BUSY, ERROR_PREFIX "Busy"},
    {ESIM_ERROR_NOT_FOUND, ERROR_PREFIX "NotFound"},
    {ESIM_ERROR_NOT_SUPPORTED, ERROR_PREFIX "NotSupported"},
    {ESIM_ERROR_INVALID_ARGUMENT, ERROR_PREFIX "InvalidArgument"},
    {ESIM_ERROR_WRONG_STATE, ERROR_PREFIX "WrongState"},
    {ESIM_ERROR_CANCELLED, ERROR_PREFIX "Cancelled"},
    {ESIM_ERROR_TIMED_OUT, ERROR_PREFIX "TimedOut"},
    {ESIM_ERROR_STORAGE_ERROR, ERROR_PREFIX "StorageError"},
    {ESIM_ERROR_LIMIT_EXCEEDED, ERROR_PREFIX "LimitExceeded"},
    {ESIM_ERROR_CONSENT_DENIED, ERROR_PREFIX "ConsentDenied"},
    {ESIM_ERROR_POLICY_VIOLATION, ERROR_PREFIX "PolicyViolation"},
    {ESIM_ERROR_TEST_PROFILE, ERROR_PREFIX "TestProfile"},
    {ESIM_ERROR_SERVER_UNREACHABLE, ERROR_PREFIX "ServerUnreachable"},
    {ESIM_ERROR_SERVER_NOT_TRUSTED, ERROR_PREFIX "ServerNotTrusted"},
    {ESIM_ERROR_SERVER_ERROR, ERROR_PREFIX "ServerError"},
    {ESIM_ERROR_NO_CONNECTIVITY, ERROR_PREFIX "NoConnectivity"},
    {ESIM_ERROR_CARD_REMOVED, ERROR_PREFIX "CardRemoved"},
    {ESIM_ERROR_CARD_ERROR, ERROR_PREFIX "CardError"},
    {ESIM_ERROR_MODEM_ERROR, ERROR_PREFIX "ModemError"},
    {ESIM_ERROR_REFRESH_FAILED, ERROR_PREFIX "RefreshFailed"},
    {ESIM_ERROR_CARRIER_UNKNOWN, ERROR_PREFIX "CarrierUnknown"},
    {ESIM_ERROR_CARRIER_REJECTED, ERROR_PREFIX "CarrierRejected"},
    {ESIM_ERROR_INVALID_ACTIVATION_CODE, ERROR_PREFIX "InvalidActivationCode"},
    {ESIM_ERROR_CONFIRMATION_CODE_REQUIRED, ERROR_PREFIX "ConfirmationCodeRequired"},
    {ESIM_ERROR_CONFIRMATION_CODE_INVALID, ERROR_PREFIX "ConfirmationCodeInvalid"},
    {ESIM_ERROR_CONFIRMATION_CODE_RETRIES_EXCEEDED, ERROR_PREFIX "ConfirmationCodeRetriesExceeded"},
    {ESIM_ERROR_INSUFFICIENT_MEMORY, ERROR_PREFIX "InsufficientMemory"},
    {ESIM_ERROR_PROFILE_EXISTS, ERROR_PREFIX "ProfileExists"},
    {ESIM_ERROR_MATCHING_ID_REFUSED, ERROR_PREFIX "MatchingIdRefused"},
    {ESIM_ERROR_EID_MISMATCH, ERROR_PREFIX "EidMismatch"},
    {ESIM_ERROR_NOT_RELEASED, ERROR_PREFIX "NotReleased"},
    {ESIM_ERROR_ORDER_EXPIRED, ERROR_PREFIX "OrderExpired"},
    {ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED, ERROR_PREFIX "CarrierAuthenticationFailed"},
    {ESIM_ERROR_CARRIER_ERROR, ERROR_PREFIX "CarrierError"},
};

GQuark
esim_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("esim-error-quark", &quark, entries, G_N_ELEMENTS (entries));
  return (GQuark) quark;
}

const char *
esim_error_get_name (EsimError code)
{
  if (code == ESIM_ERROR_NOT_RUNNING)
    return "NotRunning";
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++) {
    if (entries[i].error_code == (gint) code)
      return entries[i].dbus_error_name + strlen (ERROR_PREFIX);
  }
  return "Failed";
}

EsimError
esim_error_from_name (const char *name)
{
  g_return_val_if_fail (name != NULL, ESIM_ERROR_FAILED);

  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++) {
    if (g_strcmp0 (entries[i].dbus_error_name, name) == 0)
      return (EsimError) entries[i].error_code;
  }
  return ESIM_ERROR_FAILED;
}

static EsimError
code_of_bus_error (const GError *error)
{
  switch (error->code) {
  case G_DBUS_ERROR_SERVICE_UNKNOWN:
  case G_DBUS_ERROR_NAME_HAS_NO_OWNER:
  case G_DBUS_ERROR_NO_REPLY:
  case G_DBUS_ERROR_DISCONNECTED:
  case G_DBUS_ERROR_NO_SERVER:
  case G_DBUS_ERROR_TIMEOUT:
  case G_DBUS_ERROR_TIMED_OUT:
  case G_DBUS_ERROR_FILE_NOT_FOUND:
    return ESIM_ERROR_NOT_RUNNING;
  case G_DBUS_ERROR_ACCESS_DENIED:
  case G_DBUS_ERROR_AUTH_FAILED:
    return ESIM_ERROR_NOT_AUTHORIZED;
  case G_DBUS_ERROR_UNKNOWN_OBJECT:
    return ESIM_ERROR_NOT_FOUND;
  case G_DBUS_ERROR_UNKNOWN_METHOD:
  case G_DBUS_ERROR_UNKNOWN_INTERFACE:
    return ESIM_ERROR_NOT_SUPPORTED;
  case G_DBUS_ERROR_INVALID_ARGS:
    return ESIM_ERROR_INVALID_ARGUMENT;
  case G_DBUS_ERROR_LIMITS_EXCEEDED:
    return ESIM_ERROR_LIMIT_EXCEEDED;
  default:
    return g_str_has_prefix (g_dbus_error_get_remote_error (error) ?: "", "org.freedesktop.DBus.Error.Spawn.")
               ? ESIM_ERROR_NOT_RUNNING
               : ESIM_ERROR_FAILED;
  }
}

GError *
esim_error_take (GError *error)
{
  EsimError code;

  if (error->domain == ESIM_ERROR) {
    g_dbus_error_strip_remote_error (error);
    return error;
  }
  if (error->domain == G_IO_ERROR && !g_dbus_error_is_remote_error (error))
    return error;

  code = error->domain == G_DBUS_ERROR ? code_of_bus_error (error) : ESIM_ERROR_FAILED;
  g_dbus_error_strip_remote_error (error);
  error->domain = ESIM_ERROR;
  error->code = (gint) code;
  return error;
}
