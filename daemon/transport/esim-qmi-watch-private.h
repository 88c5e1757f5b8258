/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-qmi-slots.h"
#include "esim-qmi-state.h"
#include "esim-qmi-watch.h"

/* What the two halves of EsimQmiWatch know of each other: what is known, and the waits for it to change. */

#define ESIM_QMI_WATCH_TIMEOUT 5 /* s: of a question */

/* What a wait is for. */
typedef struct {
  const char *expected;
  const char *previous;
  gint64 begin, end;
  gboolean sessionless; /* the modem had no session with the card before either */
} EsimQmiAwaited;

/* Outlives the watch if it has to. */
typedef struct {
  EsimQmiWatch *watch; /* NULL once it is no more */
} EsimQmiAsk;

struct _EsimQmiWatch {
  EsimQmiDevice *device;
  gboolean by_logical_slot;
  EsimQmiWatchFunc changed;
  gpointer data;
  EsimQmiSlot *slot;
  EsimQmiCardState state;
  char *iccid;        /* that the modem shows; NULL if none */
  char *announced;    /* what "changed" is measured against, see describe() */
  char *told;         /* of all slots: what "slots" is measured against */
  guint indications;  /* of the card and its slot, counted */
  gboolean awaiting;  /* nothing is announced */
  gboolean was_ready; /* the modem has had a session with the card */
  gboolean restarted; /* the modem began to read the card again, since the await began or it was announced */
  gboolean slot_stale;
  gboolean looking; /* a question of ours is under way, which may be broken off */
  gint64 heard_at;  /* when the last indication came */
  const EsimQmiAwaited *awaited;
  EsimQmiAsk *ask;   /* what is asked without waiting for it */
  GSource *settling; /* until what was said last is taken for what stays */
};

/* The card is on the way to be read, or without power. */
gboolean esim_qmi_watch_is_passing (EsimQmiWatch *self);

/* Sets the state, of which the modem may be asked once more whether it is one. */
void esim_qmi_watch_set_state (EsimQmiWatch *self, EsimQmiCardState state);

void esim_qmi_watch_set_slot (EsimQmiWatch *self, const EsimQmiSlot *slot);

/* What is known now needs no announcement. */
void esim_qmi_watch_remember_announced (EsimQmiWatch *self);

/* Asks for the slot, the card's state and its ICCID. %FALSE where a question was not answered. */
gboolean esim_qmi_watch_look (EsimQmiWatch *self, guint timeout, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether what a wait is for has come. */
gboolean esim_qmi_watch_is_fulfilled (EsimQmiWatch *self);
