/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The functions of ES10a, ES10b and ES10c, by the tag of their messages (SGP.22 5.7). */
typedef enum {
  ESIM_ES10_GET_INFO1 = 0xBF20,
  ESIM_ES10_PREPARE_DOWNLOAD = 0xBF21,
  ESIM_ES10_GET_INFO2 = 0xBF22,
  ESIM_ES10_LIST_NOTIFICATION = 0xBF28,
  ESIM_ES10_SET_NICKNAME = 0xBF29,
  ESIM_ES10_RETRIEVE_NOTIFICATIONS = 0xBF2B,
  ESIM_ES10_GET_PROFILES_INFO = 0xBF2D,
  ESIM_ES10_GET_CHALLENGE = 0xBF2E,
  ESIM_ES10_NOTIFICATION_SENT = 0xBF30,
  ESIM_ES10_ENABLE = 0xBF31,
  ESIM_ES10_DISABLE = 0xBF32,
  ESIM_ES10_DELETE = 0xBF33,
  ESIM_ES10_MEMORY_RESET = 0xBF34,
  ESIM_ES10_AUTHENTICATE_SERVER = 0xBF38,
  ESIM_ES10_GET_ADDRESSES = 0xBF3C,
  ESIM_ES10_GET_EID = 0xBF3E,
  ESIM_ES10_SET_DEFAULT_ADDRESS = 0xBF3F,
  ESIM_ES10_CANCEL_SESSION = 0xBF41,
  ESIM_ES10_GET_RAT = 0xBF43,
} EsimEs10Function;

/* The standard's own name, "EnableProfile"; static. */
const char *esim_es10_function_to_string (EsimEs10Function function);

/**
 * esim_rsp_check_result:
 * @result: what the card gave as the function's result, or as its error
 *
 * Returns: %TRUE for ok (0); else %FALSE with a typed error, in words that say what to do, with
 * ESIM_DETAIL_FUNCTION and ESIM_DETAIL_RESULT_CODE; CARD_ERROR for a code that the standard does not know
 */
gboolean
esim_rsp_check_result (EsimEs10Function function, guint64 result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
