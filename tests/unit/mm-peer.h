/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* The other end: what owns org.freedesktop.ModemManager1 on a bus of the test's own. It speaks raw messages,
 * so that it can also say what no ModemManager would. */
typedef struct _MmPeer MmPeer;

/* What it does when it is asked to keep off: "" to obey, a name of ModemManager's errors ("InProgress"), or
 * "silent": it keeps the question until mm_peer_answer(). */
MmPeer *mm_peer_new (GTestDBus *bus);
void mm_peer_free (MmPeer *self);

/* Owns the name, or leaves the bus altogether, as in a crash: its inhibitions and its modems are gone. */
void mm_peer_appear (MmPeer *self);
void mm_peer_crash (MmPeer *self);

/* @modem, @sim: properties in GVariant's text format, as a{sv}; @sim NULL: none. Announced if it is on the
 * bus. */
void mm_peer_add_modem (MmPeer *self, const char *path, const char *modem, const char *sim);
void mm_peer_remove_modem (MmPeer *self, const char *path);
/* The properties are others from now on; @how: "state" tells it by StateChanged, "modem" and "sim" by
 * PropertiesChanged of that interface. */
void mm_peer_change (MmPeer *self, const char *path, const char *modem, const char *sim, const char *how);

void mm_peer_set_inhibit (MmPeer *self, const char *answer);
void mm_peer_set_uninhibit (MmPeer *self, const char *answer);
/* Answers the question that was kept. */
void mm_peer_answer (MmPeer *self, const char *answer);

/* "+uid", "-uid" for each InhibitDevice, "?path" for each GetAll; emptied by the look. Static until the next.
 */
const char *mm_peer_take_calls (MmPeer *self);
gboolean mm_peer_is_inhibited (MmPeer *self);
/* (nullable): its unique name on the bus */
const char *mm_peer_get_name (MmPeer *self);
/* Another connection of the same bus. */
GDBusConnection *mm_peer_connect (GTestDBus *bus);
/* A signal as if it were ModemManager's, from another connection; @parameters in text format. */
void mm_peer_forge (GTestDBus *bus, const char *path, const char *interface, const char *name,
                    const char *parameters);
/* A signal of its own. */
void mm_peer_emit (MmPeer *self, const char *path, const char *interface, const char *name,
                   const char *parameters);
