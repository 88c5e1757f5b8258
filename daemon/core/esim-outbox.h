/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-config.h"
#include "esim-http-hub.h"
#include "esim-outbox-item.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * EsimOutbox:
 *
 * Brings signed notifications to their recipients, for as long as it takes: per recipient and eUICC in
 * ascending sequence and one at a time, recipients side by side. Each item is a record on disk before it
 * comes here; an acknowledgement is on disk before anybody hears of it. Has a worker of its own. All
 * functions: main thread.
 *
 * Signal "changed": esim_outbox_get_items() has something new.
 */
#define ESIM_TYPE_OUTBOX (esim_outbox_get_type ())
G_DECLARE_FINAL_TYPE (EsimOutbox, esim_outbox, ESIM, OUTBOX, GObject)

typedef struct {
  guint sent;
  guint waiting;
  guint refused;
} EsimOutboxCount;

typedef void (*EsimOutboxTried) (const EsimOutboxCount *count, gpointer user_data);

/* @config, @hub and @store outlive it. Begins with what is on disk. */
EsimOutbox *esim_outbox_new (const EsimConfig *config, EsimHttpHub *hub, EsimStore *store);

/* Gives up what is under way; nothing new begins. Before the hub is stopped. */
void esim_outbox_stop (EsimOutbox *self);

/* TRUE once what was on disk is known. */
gboolean esim_outbox_is_loaded (EsimOutbox *self);

/* (transfer none) (element-type EsimOutboxItem) */
GPtrArray *esim_outbox_get_items (EsimOutbox *self);

/* (transfer full) (element-type utf8): what is wrong with records that could not be read: one line each */
GPtrArray *esim_outbox_get_problems (EsimOutbox *self);

/* A record has come: it is read and delivered. */
void esim_outbox_add (EsimOutbox *self, const char *id);

/**
 * esim_outbox_try_now:
 * @tried: (nullable): called once each recipient of @eid has been tried, or has nothing to try; @user_data is
 * its own then
 * @destroy: (nullable): lets go of @user_data where @tried is never called: the outbox was stopped before
 */
void esim_outbox_try_now (EsimOutbox *self, const char *eid, EsimOutboxTried tried, gpointer user_data,
                          GDestroyNotify destroy);

/* @error: (nullable): STORAGE_ERROR: it is still there */
typedef void (*EsimOutboxForgotten) (const GError *error, gpointer user_data);

/**
 * esim_outbox_forget:
 * @done: (nullable): called once it is no item any more
 * @destroy: (nullable): of @user_data, also where the outbox stops before
 *
 * Takes the record away: the card has forgotten it too, or somebody with the right gave it up.
 */
void esim_outbox_forget (EsimOutbox *self, const char *id, EsimOutboxForgotten done, gpointer user_data,
                         GDestroyNotify destroy);

/* How long to wait after @attempts failures, in seconds: doubled each time, between the two bounds. */
guint esim_outbox_get_pause (guint attempts, guint min_s, guint max_s);

G_END_DECLS
