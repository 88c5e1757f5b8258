/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimQmiRecord:
 *
 * What a modem keeps for a program that died without giving it back: a client of the card's service
 * (qmi-proxy does not give it back for us) and logical channels. Both are few. They are kept here, as
 * numbers, and on disk for the next life of this service.
 *
 * A number alone says nothing once the modem has started anew, for then it may be somebody else's. So the
 * file names the port's node, too, which is made anew when a modem comes back, and is of no use without that.
 * It needs no sync: it has to survive the process alone.
 */
typedef struct _EsimQmiRecord EsimQmiRecord;

/**
 * esim_qmi_record_new:
 * @path: (nullable): of the file; %NULL = nothing outlives the process
 * @port: (nullable): path of the modem's node
 *
 * What an earlier life left there is stale, if it was of the same node.
 */
EsimQmiRecord *esim_qmi_record_new (const char *path, const char *port) G_GNUC_WARN_UNUSED_RESULT;

/* Leaves the file as it is. */
void esim_qmi_record_free (EsimQmiRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimQmiRecord, esim_qmi_record_free)

/* The client of this life; 0: it was given back. */
void esim_qmi_record_set_client (EsimQmiRecord *self, guint8 client);

/* Of an earlier life, 0 if there is none; the call forgets it. */
guint8 esim_qmi_record_take_stale_client (EsimQmiRecord *self);

void esim_qmi_record_add_channel (EsimQmiRecord *self, guint channel);
void esim_qmi_record_remove_channel (EsimQmiRecord *self, guint channel);

/* The card was reset: no channel is open, nor stale. */
void esim_qmi_record_clear_channels (EsimQmiRecord *self);

/* Sets of bits; that of channel n is 1 << n. */
guint32 esim_qmi_record_get_open (EsimQmiRecord *self);
guint32 esim_qmi_record_get_stale (EsimQmiRecord *self);

G_END_DECLS
