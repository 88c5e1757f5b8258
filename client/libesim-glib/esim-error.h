/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * ESIM_ERROR:
 *
 * The error domain of this library. Errors that the service names are mapped into it; those of GIO itself
 * (for example %G_IO_ERROR_CANCELLED) stay what they are.
 */
#define ESIM_ERROR (esim_error_quark ())

/**
 * EsimError:
 * @ESIM_ERROR_FAILED: something that has no name here; the message tells
 * @ESIM_ERROR_NOT_RUNNING: the service cannot be reached, or went away
 * @ESIM_ERROR_NOT_AUTHORIZED: the caller may not do this
 * @ESIM_ERROR_BUSY: something else is going on
 * @ESIM_ERROR_NOT_FOUND: what was named is not there
 * @ESIM_ERROR_NOT_SUPPORTED: this card or this build cannot do it
 * @ESIM_ERROR_INVALID_ARGUMENT: an argument or an option is wrong or missing
 * @ESIM_ERROR_WRONG_STATE: it cannot be done now
 * @ESIM_ERROR_CANCELLED: the operation was cancelled
 * @ESIM_ERROR_TIMED_OUT: no answer in time
 * @ESIM_ERROR_STORAGE_ERROR: a record could not be written or read
 * @ESIM_ERROR_LIMIT_EXCEEDED: too many, or too large
 * @ESIM_ERROR_CONSENT_DENIED: a person said no
 * @ESIM_ERROR_POLICY_VIOLATION: a policy rule of the profile forbids it
 * @ESIM_ERROR_TEST_PROFILE: not done with a test profile
 * @ESIM_ERROR_SERVER_UNREACHABLE: the operator's server does not answer
 * @ESIM_ERROR_SERVER_NOT_TRUSTED: the operator's server could not prove who it is
 * @ESIM_ERROR_SERVER_ERROR: the operator's server refused or failed
 * @ESIM_ERROR_NO_CONNECTIVITY: there is no network
 * @ESIM_ERROR_CARD_REMOVED: the card or the modem went away
 * @ESIM_ERROR_CARD_ERROR: the card refused, or answered with nonsense
 * @ESIM_ERROR_MODEM_ERROR: the modem refused or failed
 * @ESIM_ERROR_REFRESH_FAILED: the card has changed and the modem does not show it
 * @ESIM_ERROR_CARRIER_UNKNOWN: no way of the carrier's own is known
 * @ESIM_ERROR_CARRIER_REJECTED: the carrier does not end the contract
 * @ESIM_ERROR_INVALID_ACTIVATION_CODE: the activation code is not one; the message says where
 * @ESIM_ERROR_CONFIRMATION_CODE_REQUIRED: the server wants a confirmation code, and none was given
 * @ESIM_ERROR_CONFIRMATION_CODE_INVALID: the confirmation code is not the right one
 * @ESIM_ERROR_CONFIRMATION_CODE_RETRIES_EXCEEDED: too many wrong confirmation codes: the order is blocked
 * @ESIM_ERROR_INSUFFICIENT_MEMORY: the card has no room for the profile
 * @ESIM_ERROR_PROFILE_EXISTS: the profile is on the card already
 * @ESIM_ERROR_MATCHING_ID_REFUSED: the server does not know the matching id, or it was used
 * @ESIM_ERROR_EID_MISMATCH: the order is for another eUICC
 * @ESIM_ERROR_NOT_RELEASED: the operator has not released the profile yet
 * @ESIM_ERROR_ORDER_EXPIRED: the order is not valid any more
 * @ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED: the carrier did not take this line, or its user, for who they
 * say they are
 * @ESIM_ERROR_CARRIER_ERROR: the carrier's server answered, and refused or made no sense
 */
typedef enum {
  ESIM_ERROR_FAILED,
  ESIM_ERROR_NOT_RUNNING,
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
 * esim_error_get_name:
 * @code: a code of #ESIM_ERROR
 *
 * Returns: the error's own name, for example "WrongState": the end of its D-Bus name, and what scripts are
 * shown.
 */
const char *esim_error_get_name (EsimError code);

/**
 * esim_error_from_name:
 * @name: a D-Bus error name, as in an operation's "ErrorName"
 *
 * Returns: the code that belongs to @name; %ESIM_ERROR_FAILED if it is not known.
 */
EsimError esim_error_from_name (const char *name);

G_END_DECLS
