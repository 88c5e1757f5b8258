/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What Microsoft's "MBIM low level UICC access" adds to the status codes of MBIM 1.0, table 9-15.
 * libmbim 1.28 does not know them by name. */
#define ESIM_MBIM_STATUS_NO_LOGICAL_CHANNELS 0x87430001
#define ESIM_MBIM_STATUS_SELECT_FAILED 0x87430002
#define ESIM_MBIM_STATUS_INVALID_LOGICAL_CHANNEL 0x87430003

/**
 * esim_mbim_status_to_error:
 * @status: the status of a COMMAND_DONE, not 0
 * @what: what was tried, as it goes into "Could not %s"
 *
 * Returns: (transfer full): a typed error with ESIM_DETAIL_MODEM_STATUS: NOT_SUPPORTED if the modem has no
 * such command or the card no such application, CARD_REMOVED if there is no card, CARD_ERROR if the modem
 * finds the card broken, else MODEM_ERROR
 */
GError *esim_mbim_status_to_error (guint32 status, const char *what) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_mbim_failure_to_error:
 * @failure: what libmbim said when there was no answer to look at
 * @what: as above
 *
 * Returns: (transfer full): TIMED_OUT, CANCELLED or MODEM_ERROR
 */
GError *esim_mbim_failure_to_error (const GError *failure, const char *what) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
