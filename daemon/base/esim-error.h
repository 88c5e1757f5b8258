/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_ERROR (esim_error_quark ())

/**
 * EsimError:
 * @ESIM_ERROR_FAILED: none of the others; a bug if a caller sees it
 * @ESIM_ERROR_NOT_AUTHORIZED: polkit said no, or nobody could be asked
 * @ESIM_ERROR_BUSY: something else is under way that must end first
 * @ESIM_ERROR_NOT_FOUND: no such profile, notification or record
 * @ESIM_ERROR_NOT_SUPPORTED: the card, the modem or this version cannot do it
 * @ESIM_ERROR_INVALID_ARGUMENT: the caller's argument or option is not of the documented form
 * @ESIM_ERROR_WRONG_STATE: not possible in the present state
 * @ESIM_ERROR_CANCELLED: somebody asked for the end
 * @ESIM_ERROR_TIMED_OUT: no answer in time
 * @ESIM_ERROR_STORAGE_ERROR: a record could not be written or read; the step was not taken
 * @ESIM_ERROR_LIMIT_EXCEEDED: too many, too long, too deep
 * @ESIM_ERROR_CONSENT_DENIED: the user said no
 * @ESIM_ERROR_POLICY_VIOLATION: the profile's policy rules forbid it
 * @ESIM_ERROR_TEST_PROFILE: not done with a test profile
 * @ESIM_ERROR_SERVER_UNREACHABLE: no connection to the server
 * @ESIM_ERROR_SERVER_NOT_TRUSTED: the server's certificate was refused, or its address is not one to be
 * reached
 * @ESIM_ERROR_SERVER_ERROR: the server answered, and refused or made no sense
 * @ESIM_ERROR_NO_CONNECTIVITY: this machine has no network
 * @ESIM_ERROR_CARD_REMOVED: the card or the modem went away
 * @ESIM_ERROR_CARD_ERROR: the card refused, or answered what the standard does not know
 * @ESIM_ERROR_MODEM_ERROR: the modem refused or failed
 * @ESIM_ERROR_REFRESH_FAILED: changed on the card, and the modem does not show it
 * @ESIM_ERROR_CARRIER_UNKNOWN: no way to end a contract with this carrier is known
 * @ESIM_ERROR_CARRIER_REJECTED: the carrier does not end the contract
 * @ESIM_ERROR_INVALID_ACTIVATION_CODE: the activation code is not of the standard's form;
 * ESIM_DETAIL_POSITION says where
 * @ESIM_ERROR_CONFIRMATION_CODE_REQUIRED: the server wants a confirmation code, and none was given
 * @ESIM_ERROR_CONFIRMATION_CODE_INVALID: the confirmation code is not the right one
 * @ESIM_ERROR_CONFIRMATION_CODE_RETRIES_EXCEEDED: too many wrong confirmation codes: the order is blocked
 * @ESIM_ERROR_INSUFFICIENT_MEMORY: the eUICC has no room for the profile
 * @ESIM_ERROR_PROFILE_EXISTS: a profile with this ICCID is on the eUICC already
 * @ESIM_ERROR_MATCHING_ID_REFUSED: the server does not know the activation code, or it was used
 * @ESIM_ERROR_EID_MISMATCH: the order is for another eUICC
 * @ESIM_ERROR_NOT_RELEASED: the operator has not released the profile yet
 * @ESIM_ERROR_ORDER_EXPIRED: the order is not valid any more
 * @ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED: the carrier did not take this line, or its user, for who they
 * say they are
 * @ESIM_ERROR_CARRIER_ERROR: the carrier's server answered, and refused or made no sense
 *
 * What can go wrong, as a client sees it: each has the D-Bus name org.esimd1.Error.<Name>.
 */
typedef enum {
  ESIM_ERROR_FAILED,
  ESIM_ERROR_NOT_AUTHORIZED,
  ESIM_ERROR_BUSY,
  ESIM_ERROR_NOT_FOUND,
  ESIM_ERROR_NOT_SUPPORTED,
  ESIM_ERROR_INVALID_ARGUMENT,
  ESIM_ERROR_WRONG_STATE,
  ESIM_ERROR_CANCELLED,
  ESIM_ERROR_TIMED_OUT,
  ESIM_ERROR_STORAGE_ERROR,
  ESIM_ERROR_LIMIT_EXCEEDED,
  ESIM_ERROR_CONSENT_DENIED,
  ESIM_ERROR_POLICY_VIOLATION,
  ESIM_ERROR_TEST_PROFILE,
  ESIM_ERROR_SERVER_UNREACHABLE,
  ESIM_ERROR_SERVER_NOT_TRUSTED,
  ESIM_ERROR_SERVER_ERROR,
  ESIM_ERROR_NO_CONNECTIVITY,
  ESIM_ERROR_CARD_REMOVED,
  ESIM_ERROR_CARD_ERROR,
  ESIM_ERROR_MODEM_ERROR,
  ESIM_ERROR_REFRESH_FAILED,
  ESIM_ERROR_CARRIER_UNKNOWN,
  ESIM_ERROR_CARRIER_REJECTED,
  ESIM_ERROR_INVALID_ACTIVATION_CODE,
  ESIM_ERROR_CONFIRMATION_CODE_REQUIRED,
  ESIM_ERROR_CONFIRMATION_CODE_INVALID,
  ESIM_ERROR_CONFIRMATION_CODE_RETRIES_EXCEEDED,
  ESIM_ERROR_INSUFFICIENT_MEMORY,
  ESIM_ERROR_PROFILE_EXISTS,
  ESIM_ERROR_MATCHING_ID_REFUSED,
  ESIM_ERROR_EID_MISMATCH,
  ESIM_ERROR_NOT_RELEASED,
  ESIM_ERROR_ORDER_EXPIRED,
  ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED,
  ESIM_ERROR_CARRIER_ERROR,
} EsimError;

GQuark esim_error_quark (void);

/**
 * esim_error_get_dbus_name:
 * Returns: the D-Bus name of @error, "org.esimd1.Error.Failed" if it is of another domain. Static.
 */
const char *esim_error_get_dbus_name (const GError *error);

/* The same for a code alone. */
const char *esim_error_code_to_dbus_name (EsimError code);

/**
 * esim_error_code_from_dbus_name:
 * The way back, for a record that was read from disk. ESIM_ERROR_FAILED for a name that is not ours.
 */
EsimError esim_error_code_from_dbus_name (const char *name);

/**
 * esim_error_set_detail:
 * @error: an error of the domain ESIM_ERROR; one of another domain is left alone
 * @key: one of ESIM_DETAIL_*
 * @value: its floating reference is taken
 *
 * Hangs a fact on an error that a client may want to see: Operation.Describe passes it on under "details".
 */
void esim_error_set_detail (GError *error, const char *key, GVariant *value);

/**
 * esim_error_dup_details:
 * Returns: (transfer full): a{sv}, empty if there are none; not floating
 */
GVariant *esim_error_dup_details (const GError *error);

#define ESIM_DETAIL_STATUS_WORD "status-word"   /* q: SW1 SW2 */
#define ESIM_DETAIL_RESULT_CODE "result-code"   /* i: the result of an ES10 function */
#define ESIM_DETAIL_FUNCTION "function"         /* s: the ES10 function's name */
#define ESIM_DETAIL_HTTP_STATUS "http-status"   /* u */
#define ESIM_DETAIL_SUBJECT_CODE "subject-code" /* s: SGP.22 5.2.6 */
#define ESIM_DETAIL_REASON_CODE "reason-code"   /* s */
#define ESIM_DETAIL_SERVER_TEXT "server-text"   /* s: the server's own words */
#define ESIM_DETAIL_ROOT_KEY_ID "root-key-id"   /* s: hexadecimal */
#define ESIM_DETAIL_SLOT_STATE "slot-state"     /* s: "inactive": the modem uses another slot */
#define ESIM_DETAIL_MODEM_STATUS "modem-status" /* u: MBIM status, or QMI protocol error */
/* b: this way to the card does not serve with this modem; another one may */
#define ESIM_DETAIL_NO_WAY "no-way"
/* b: the modem is at work with the card, and can be asked again when it is through */
#define ESIM_DETAIL_NOT_READY "not-ready"
#define ESIM_DETAIL_POSITION "position"       /* u: of the first wrong character of a text, from 1 */
#define ESIM_DETAIL_PART "part"               /* s: which part of a text is wrong */
#define ESIM_DETAIL_BPP_COMMAND "bpp-command" /* i: SGP.22 BppCommandId: where loading a package ended */
#define ESIM_DETAIL_BPP_ERROR "bpp-error"     /* i: SGP.22 ErrorReason */
/* b: TRUE: surely no octet of the request reached the network; FALSE: the server may have had it and done it
 */
#define ESIM_DETAIL_NOT_SENT "not-sent"
#define ESIM_DETAIL_RETRY_AFTER "retry-after" /* x: seconds that the server asked to be left alone */

G_END_DECLS
