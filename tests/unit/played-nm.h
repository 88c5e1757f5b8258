/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "played-bus.h"

/* A NetworkManager that is not there, on a PlayedBus: as much of it as is asked for. */
typedef struct {
  GDBusConnection *bus;
  guint subtrees[3];
  guint name;
  GHashTable *settings; /* object path → a{sa{sv}} without what is secret */
  GHashTable *secrets;  /* object path → a{sa{sv}} */
  GHashTable *actives;  /* object path → that of its connection */
  guint n_made;
  GString *calls;          /* those that change something, each with a blank behind it */
  const char *refused;     /* the name of a method */
  const char *refusal;     /* the D-Bus name of its error */
  gboolean loses_answers;  /* keeps the answer to the refused method instead */
  gboolean slow_to_let_go; /* a connection is down when the test says */
  GDBusMethodInvocation *kept;
} PlayedNm;

PlayedNm *played_nm_new (PlayedBus *bus);
void played_nm_free (PlayedNm *self);

/* On and off the bus; what it knows stays. */
void played_nm_appear (PlayedNm *self);
void played_nm_vanish (PlayedNm *self);

/**
 * played_nm_add:
 * @settings: in GVariant's text format, a{sa{sv}}
 * Returns: the object path; owned by @self
 */
const char *played_nm_add (PlayedNm *self, const char *settings);
void played_nm_change (PlayedNm *self, const char *path, const char *settings);
void played_nm_drop (PlayedNm *self, const char *path);

/* Returns: the active connection's object path */
const char *played_nm_take_up (PlayedNm *self, const char *path);
void played_nm_take_down (PlayedNm *self, const char *active);

/* What "setting.key" of that connection says, in GVariant's text format without types; %NULL if it is not
 * there */
char *played_nm_dup (PlayedNm *self, const char *path, const char *setting, const char *key);
