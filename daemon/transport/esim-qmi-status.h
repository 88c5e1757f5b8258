/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * esim_qmi_status_to_error:
 * @status: the error code of an answer whose result is a failure (QmiProtocolError)
 * @what: what was tried, as it goes into "Could not %s"
 *
 * Returns: (transfer full): a typed error with ESIM_DETAIL_MODEM_STATUS: NOT_SUPPORTED if the modem has no
 * such message, CARD_REMOVED if there is no card, BUSY where another program holds what is needed, else
 * MODEM_ERROR; with ESIM_DETAIL_NO_WAY where the modem does not have the message, or keeps it to itself
 */
GError *esim_qmi_status_to_error (guint status, const char *what) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_qmi_failure_to_error:
 * @failure: what libqmi said, of a modem's refusal or of no answer at all
 * @what: as above
 * @status: (out) (optional): the modem's error code, 0 where it gave none
 *
 * Returns: (transfer full): as above, or TIMED_OUT, or MODEM_ERROR
 */
GError *
esim_qmi_failure_to_error (const GError *failure, const char *what, guint *status) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a status says that the modem does not have the message at all. */
gboolean esim_qmi_status_is_missing (guint status);

G_END_DECLS
