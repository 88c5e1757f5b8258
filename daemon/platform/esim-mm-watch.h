/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "esim-mm-modem.h"

G_BEGIN_DECLS

#define ESIM_MM_BUS_NAME "org.freedesktop.ModemManager1"
#define ESIM_MM_ROOT_PATH "/org/freedesktop/ModemManager1"

/**
 * EsimMmWatch:
 *
 * ModemManager's objects as it comes, changes and goes. It is never started by this. Only the owner of the
 * bus name is listened to and believed.
 *
 * While nothing of ours depends on it, what changes all the time (signal quality) is not listened to: a
 * change is learnt from Modem.StateChanged and from the SIM's own properties. See
 * esim_mm_watch_look_closely().
 */
typedef struct _EsimMmWatch EsimMmWatch;

/* Whether ModemManager is there. */
typedef enum {
  ESIM_MM_NOT_ASKED, /* the bus has not told yet */
  ESIM_MM_ABSENT,
  ESIM_MM_LISTING, /* it is, and its modems are being asked for */
  ESIM_MM_PRESENT,
} EsimMmPresence;

/**
 * EsimMmWatchEvent:
 * @modem: (nullable): the one that changed; the last that was seen of one that went; %NULL: the presence
 *   changed. When ModemManager goes, its modems are told first.
 */
typedef void (*EsimMmWatchEvent) (EsimMmModem *modem, gpointer data);

EsimMmWatch *esim_mm_watch_new (GDBusConnection *connection, EsimMmWatchEvent event,
                                gpointer data) G_GNUC_WARN_UNUSED_RESULT;
void esim_mm_watch_free (EsimMmWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimMmWatch, esim_mm_watch_free)

/* Silent until then; tells nothing before it returns. */
void esim_mm_watch_start (EsimMmWatch *self);

EsimMmPresence esim_mm_watch_get_presence (EsimMmWatch *self);
/* (nullable): the unique name to which calls go */
const char *esim_mm_watch_get_owner (EsimMmWatch *self);

/* (transfer none) (nullable): by uid, else by a port; of two with one uid the newer */
EsimMmModem *esim_mm_watch_find (EsimMmWatch *self, const char *uid, const char *device);

/* Whether all properties of modems are listened to from now on; they are read anew then. */
void esim_mm_watch_look_closely (EsimMmWatch *self, gboolean closely);

G_END_DECLS
