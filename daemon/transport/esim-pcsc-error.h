/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <winscard.h>

G_BEGIN_DECLS

/**
 * esim_pcsc_error_new:
 * @code: what a function of PC/SC returned
 * @reader: (nullable): its name
 * @what: what could not be done, as a verb: "send the card a command"
 *
 * The error for it, with what to do, and the code as ESIM_DETAIL_MODEM_STATUS: CARD_REMOVED for a card or
 * reader that is not there, BUSY for one that another program keeps, CARD_ERROR for a card that does not
 * answer, MODEM_ERROR for all else.
 */
GError *esim_pcsc_error_new (LONG code, const char *reader, const char *what) G_GNUC_WARN_UNUSED_RESULT;

/* The reader, or the service with all its readers, went away. */
gboolean esim_pcsc_error_is_reader_gone (LONG code);

/* The service is not running, or is not to be had by us. */
gboolean esim_pcsc_error_is_no_service (LONG code);

G_END_DECLS
