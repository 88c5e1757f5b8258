/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimQmiChannels:
 *
 * The logical channels that are open, as a set of numbers, and the same on disk for the next life of this
 * service. The file is of the system's run at most and needs no sync: it has to survive the process alone.
 */
typedef struct _EsimQmiChannels EsimQmiChannels;

/* @path: (nullable): of the file. What an earlier life left there is kept as stale. */
EsimQmiChannels *esim_qmi_channels_new (const char *path) G_GNUC_WARN_UNUSED_RESULT;

/* Leaves the file as it is. */
void esim_qmi_channels_free (EsimQmiChannels *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimQmiChannels, esim_qmi_channels_free)

void esim_qmi_channels_add (EsimQmiChannels *self, guint channel);
void esim_qmi_channels_remove (EsimQmiChannels *self, guint channel);

/* The card was reset: none is open, nor stale. */
void esim_qmi_channels_clear (EsimQmiChannels *self);

/* Sets of bits; that of channel n is 1 << n. */
guint32 esim_qmi_channels_get_open (EsimQmiChannels *self);
guint32 esim_qmi_channels_get_stale (EsimQmiChannels *self);

G_END_DECLS
