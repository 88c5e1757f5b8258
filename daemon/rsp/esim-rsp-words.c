/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-rsp-words.h"
#include "esim-error.h"

#define UNDEFINED_ERROR 127 /* the same in every function */

#define NO_SUCH_PROFILE "The card has no such profile (any more). Read the list of profiles again."
#define ENTERPRISE                                                                                           \
  "A rule that the owner of this device's profiles has set forbids it. Ask that organisation."
#define COMMAND_ERROR                                                                                        \
  "The card takes the command for wrong. It may want a newer version of this service: look for one."
#define REMOTELY_MANAGED                                                                                     \
  "The profile is being managed remotely at the moment, and may not be switched. Try again later."
#define TOOLKIT_BUSY "The card is busy with a dialogue of the modem (SIM toolkit). Try again in a while."

static const struct {
  EsimEs10Function function;
  const char *name;
} functions[] = {
    {ESIM_ES10_GET_INFO1, "GetEUICCInfo1"},
    {ESIM_ES10_PREPARE_DOWNLOAD, "PrepareDownload"},
    {ESIM_ES10_GET_INFO2, "GetEUICCInfo2"},
    {ESIM_ES10_LIST_NOTIFICATION, "ListNotification"},
    {ESIM_ES10_SET_NICKNAME, "SetNickname"},
    {ESIM_ES10_RETRIEVE_NOTIFICATIONS, "RetrieveNotificationsList"},
    {ESIM_ES10_GET_PROFILES_INFO, "GetProfilesInfo"},
    {ESIM_ES10_GET_CHALLENGE, "GetEUICCChallenge"},
    {ESIM_ES10_NOTIFICATION_SENT, "NotificationSent"},
    {ESIM_ES10_ENABLE, "EnableProfile"},
    {ESIM_ES10_DISABLE, "DisableProfile"},
    {ESIM_ES10_DELETE, "DeleteProfile"},
    {ESIM_ES10_MEMORY_RESET, "eUICCMemoryReset"},
    {ESIM_ES10_AUTHENTICATE_SERVER, "AuthenticateServer"},
    {ESIM_ES10_GET_ADDRESSES, "GetEuiccConfiguredAddresses"},
    {ESIM_ES10_GET_EID, "GetEID"},
    {ESIM_ES10_SET_DEFAULT_ADDRESS, "SetDefaultDpAddress"},
    {ESIM_ES10_CANCEL_SESSION, "CancelSession"},
    {ESIM_ES10_GET_RAT, "GetRAT"},
};

#define BAD_CERTIFICATE                                                                                      \
  "The card does not accept the server's certificate. Do not go on with this server; tell the operator."
#define BAD_SIGNATURE                                                                                        \
  "The card could not verify what the server signed. Try again, and tell the operator if it stays so."
#define UNKNOWN_CURVE                                                                                        \
  "The card cannot verify signatures of the kind that the server makes. Tell the operator."
#define SESSION_LOST                                                                                         \
  "The card does not know the session with the server (any more): another program may have begun one, or "   \
  "the "                                                                                                     \
  "card was reset. Try again."
#define BAD_REVOCATION                                                                                       \
  "The card wants proof that the server's certificates are not revoked, and did not get one that it "        \
  "accepts. "                                                                                                \
  "Tell the operator."

/* SGP.22 v2.5 5.7; what came with v3 in the same table, since a card may be newer than we are. */
static const struct {
  EsimEs10Function function;
  guint result;
  EsimError code;
  const char *words;
} results[] = {
    {ESIM_ES10_GET_PROFILES_INFO, 1, ESIM_ERROR_CARD_ERROR,
     "The card does not accept how the list of profiles was asked for. It does not keep to the standard: ask "
     "its maker."},
    {ESIM_ES10_GET_PROFILES_INFO, 11, ESIM_ERROR_BUSY,
     "The card is changing a profile at the moment. Try again in a while."},

    {ESIM_ES10_ENABLE, 1, ESIM_ERROR_NOT_FOUND, NO_SUCH_PROFILE},
    {ESIM_ES10_ENABLE, 2, ESIM_ERROR_WRONG_STATE,
     "The profile is not disabled, so it cannot be enabled. Read the list of profiles again."},
    {ESIM_ES10_ENABLE, 3, ESIM_ERROR_POLICY_VIOLATION,
     "The profile that is enabled now may not be disabled: its operator's rules (PPR1) forbid it. Ask that "
     "operator."},
    {ESIM_ES10_ENABLE, 4, ESIM_ERROR_WRONG_STATE,
     "While a test profile is enabled, only the profile that was enabled before it can be enabled. Enable "
     "that one, or disable the test profile, first."},
    {ESIM_ES10_ENABLE, 5, ESIM_ERROR_BUSY, TOOLKIT_BUSY},
    {ESIM_ES10_ENABLE, 6, ESIM_ERROR_POLICY_VIOLATION, ENTERPRISE},
    {ESIM_ES10_ENABLE, 7, ESIM_ERROR_CARD_ERROR, COMMAND_ERROR},
    {ESIM_ES10_ENABLE, 9, ESIM_ERROR_BUSY, REMOTELY_MANAGED},
    {ESIM_ES10_ENABLE, 10, ESIM_ERROR_WRONG_STATE,
     "The card has no port free for another enabled profile. Disable one first."},

    {ESIM_ES10_DISABLE, 1, ESIM_ERROR_NOT_FOUND, NO_SUCH_PROFILE},
    {ESIM_ES10_DISABLE, 2, ESIM_ERROR_WRONG_STATE,
     "The profile is not enabled, so it cannot be disabled. Read the list of profiles again."},
    {ESIM_ES10_DISABLE, 3, ESIM_ERROR_POLICY_VIOLATION,
     "The profile may not be disabled: its operator's rules (PPR1) forbid it. Ask the operator."},
    {ESIM_ES10_DISABLE, 5, ESIM_ERROR_BUSY, TOOLKIT_BUSY},
    {ESIM_ES10_DISABLE, 6, ESIM_ERROR_POLICY_VIOLATION, ENTERPRISE},
    {ESIM_ES10_DISABLE, 7, ESIM_ERROR_CARD_ERROR, COMMAND_ERROR},
    {ESIM_ES10_DISABLE, 9, ESIM_ERROR_BUSY, REMOTELY_MANAGED},

    {ESIM_ES10_DELETE, 1, ESIM_ERROR_NOT_FOUND, NO_SUCH_PROFILE},
    {ESIM_ES10_DELETE, 2, ESIM_ERROR_WRONG_STATE, "The profile is still enabled. Disable it first."},
    {ESIM_ES10_DELETE, 3, ESIM_ERROR_POLICY_VIOLATION,
     "The profile may not be deleted: its operator's rules (PPR2) forbid it. Ask the operator."},
    {ESIM_ES10_DELETE, 4, ESIM_ERROR_WRONG_STATE,
     "The profile was enabled before a test profile took its place, and waits. Disable the test profile "
     "first."},
    {ESIM_ES10_DELETE, 7, ESIM_ERROR_CARD_ERROR, COMMAND_ERROR},

    {ESIM_ES10_SET_NICKNAME, 1, ESIM_ERROR_NOT_FOUND, NO_SUCH_PROFILE},

    {ESIM_ES10_NOTIFICATION_SENT, 1, ESIM_ERROR_NOT_FOUND,
     "The card has no such notification (any more). Nothing is left to be done."},

    {ESIM_ES10_AUTHENTICATE_SERVER, 1, ESIM_ERROR_SERVER_NOT_TRUSTED, BAD_CERTIFICATE},
    {ESIM_ES10_AUTHENTICATE_SERVER, 2, ESIM_ERROR_SERVER_NOT_TRUSTED, BAD_SIGNATURE},
    {ESIM_ES10_AUTHENTICATE_SERVER, 3, ESIM_ERROR_NOT_SUPPORTED, UNKNOWN_CURVE},
    {ESIM_ES10_AUTHENTICATE_SERVER, 4, ESIM_ERROR_WRONG_STATE, SESSION_LOST},
    {ESIM_ES10_AUTHENTICATE_SERVER, 5, ESIM_ERROR_SERVER_NOT_TRUSTED,
     "The certificate that the server signs with is not one of a server of this kind. Do not go on with this "
     "server; tell the operator."},
    {ESIM_ES10_AUTHENTICATE_SERVER, 6, ESIM_ERROR_WRONG_STATE, SESSION_LOST},
    {ESIM_ES10_AUTHENTICATE_SERVER, 7, ESIM_ERROR_SERVER_NOT_TRUSTED,
     "The card does not know the root that the server's certificate comes from. This card cannot be used "
     "with "
     "it; ask the operator."},
    {ESIM_ES10_AUTHENTICATE_SERVER, 8, ESIM_ERROR_WRONG_STATE, SESSION_LOST},
    {ESIM_ES10_AUTHENTICATE_SERVER, 9, ESIM_ERROR_SERVER_NOT_TRUSTED, BAD_REVOCATION},
    {ESIM_ES10_AUTHENTICATE_SERVER, 10, ESIM_ERROR_SERVER_NOT_TRUSTED, BAD_REVOCATION},
    {ESIM_ES10_AUTHENTICATE_SERVER, 11, ESIM_ERROR_SERVER_NOT_TRUSTED,
     "A certificate of the server is revoked. Do not go on with this server; tell the operator."},
    {ESIM_ES10_AUTHENTICATE_SERVER, 12, ESIM_ERROR_SERVER_NOT_TRUSTED, BAD_REVOCATION},
    {ESIM_ES10_AUTHENTICATE_SERVER, 13, ESIM_ERROR_SERVER_NOT_TRUSTED, BAD_CERTIFICATE},
    {ESIM_ES10_AUTHENTICATE_SERVER, 14, ESIM_ERROR_NOT_FOUND, NO_SUCH_PROFILE},

    {ESIM_ES10_PREPARE_DOWNLOAD, 1, ESIM_ERROR_SERVER_NOT_TRUSTED, BAD_CERTIFICATE},
    {ESIM_ES10_PREPARE_DOWNLOAD, 2, ESIM_ERROR_SERVER_NOT_TRUSTED, BAD_SIGNATURE},
    {ESIM_ES10_PREPARE_DOWNLOAD, 3, ESIM_ERROR_NOT_SUPPORTED, UNKNOWN_CURVE},
    {ESIM_ES10_PREPARE_DOWNLOAD, 4, ESIM_ERROR_WRONG_STATE, SESSION_LOST},
    {ESIM_ES10_PREPARE_DOWNLOAD, 5, ESIM_ERROR_WRONG_STATE, SESSION_LOST},

    {ESIM_ES10_CANCEL_SESSION, 5, ESIM_ERROR_NOT_FOUND,
     "The card knows no such session (any more). Nothing is left to be cancelled there."},

    {ESIM_ES10_MEMORY_RESET, 1, ESIM_ERROR_NOT_FOUND,
     "The card has nothing of what was to be deleted. Nothing is left to be done."},
    {ESIM_ES10_MEMORY_RESET, 5, ESIM_ERROR_BUSY, TOOLKIT_BUSY},

    {ESIM_ES10_SET_DEFAULT_ADDRESS, 8, ESIM_ERROR_NOT_SUPPORTED,
     "The card does not accept that root for its default server. Take a server that the card trusts."},
};

const char *
esim_es10_function_to_string (EsimEs10Function function)
{
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    if (functions[i].function == function)
      return functions[i].name;
  return "unknown";
}

static GError *
make_error (EsimEs10Function function, guint64 result)
{
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    if (results[i].function == function && results[i].result == result)
      return g_error_new_literal (ESIM_ERROR, results[i].code, results[i].words);
  if (result == UNDEFINED_ERROR)
    return g_error_new (ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                        "The card failed at %s and says no more than that. Try again; if it stays so, reset "
                        "the modem.",
                        esim_es10_function_to_string (function));
  return g_error_new (ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                      "The card answered to %s with result %" G_GUINT64_FORMAT
                      ", which this version does not know. Read the card again to see what is true now.",
                      esim_es10_function_to_string (function), result);
}

gboolean
esim_rsp_check_result (EsimEs10Function function, guint64 result, GError **error)
{
  GError *made;

  if (result == 0)
    return TRUE;
  made = make_error (function, result);
  esim_error_set_detail (made, ESIM_DETAIL_FUNCTION,
                         g_variant_new_string (esim_es10_function_to_string (function)));
  esim_error_set_detail (made, ESIM_DETAIL_RESULT_CODE,
                         g_variant_new_int32 ((gint32) MIN (result, G_MAXINT32)));
  g_propagate_error (error, made);
  return FALSE;
}
