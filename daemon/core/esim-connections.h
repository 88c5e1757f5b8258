/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-profile-info.h"

G_BEGIN_DECLS

/* A connection of this machine's that is for one profile. */
typedef struct {
  char *uuid;
  char *name;
  gboolean ours; /* this service made it */
  gboolean active;
} EsimConnection;

EsimConnection *esim_connection_new (const char *uuid, const char *name, gboolean ours, gboolean active);
void esim_connection_free (EsimConnection *self);

/* In the main thread, once, and never before the function that it was given to has returned. @result:
 * (nullable): a{sv}; @error: (nullable) */
typedef void (*EsimConnectionsDone) (GVariant *result, const GError *error, gpointer user_data);

/**
 * EsimConnections:
 * @find: (transfer full) (element-type EsimConnection): those for this ICCID; none where nothing is known
 * @is_settled: what there is is known
 * @create: sees to it that there is one of ours for @profile; @apn: (nullable): chosen by a person. Its
 * result is what "enable" gives: "connection", "apn", "apn-source"
 * @remove: takes one of ours away
 * @data: handed to each
 *
 * Whoever keeps this machine's connections (NetworkManager). Main thread; handed in.
 */
typedef struct {
  GPtrArray *(*find) (const char *iccid, gpointer data);
  gboolean (*is_settled) (gpointer data);
  void (*create) (const EsimProfileInfo *profile, const char *apn, EsimConnectionsDone done,
                  gpointer user_data, gpointer data);
  void (*remove) (const char *uuid, EsimConnectionsDone done, gpointer user_data, gpointer data);
  gpointer data;
} EsimConnections;

/* @connections: (nullable). Returns: (transfer full) (element-type EsimConnection) */
GPtrArray *esim_connections_find (const EsimConnections *connections, const char *iccid);

/**
 * esim_connections_remove_ours:
 * @connections: (nullable)
 * @done: with how many were removed, and why one was not
 *
 * Takes away those for @iccid that this service made, one after the other. @done may be called before this
 * returns if there are none.
 */
void esim_connections_remove_ours (const EsimConnections *connections, const char *iccid,
                                   void (*done) (guint removed, const GError *error, gpointer user_data),
                                   gpointer user_data);

G_END_DECLS
