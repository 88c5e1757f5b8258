/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* A private bus with the one whom the test looks at, and another who plays a service for it. */
typedef struct {
  GTestDBus *bus;
  GDBusConnection *ours;
  GDBusConnection *theirs;
  guint object;
  guint name;
} PlayedBus;

PlayedBus *played_bus_new (void);
void played_bus_free (PlayedBus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlayedBus, played_bus_free)

/* Who has @name from now on answers calls at @path by @call; returns once the name is had. */
void played_bus_appear (PlayedBus *self, const char *name, const char *path, const char *introspection,
                        GDBusInterfaceMethodCallFunc call, gpointer data);
void played_bus_vanish (PlayedBus *self);

/* Turns the loop until then; fails the test after ten seconds. */
void played_bus_wait (gboolean (*is_true) (gpointer data), gpointer data);

/* Turns the loop until everything that is on its way on the bus in both directions has arrived. */
void played_bus_settle (PlayedBus *self);
