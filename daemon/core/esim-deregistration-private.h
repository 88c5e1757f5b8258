/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For esim-deregistration.c, the state machine, and esim-deregistration-verbs.c, what it is asked for. */
#include "esim-alarm.h"
#include "esim-deregistration.h"

G_BEGIN_DECLS

typedef enum { WORK_NONE, WORK_PREFLIGHT, WORK_RULES, WORK_REMOVAL } Work;

struct _EsimDeregistration {
  GObject parent;
  EsimDeregistrationSetup setup;
  EsimDeregistrationRecord *record;
  EsimEuicc *euicc; /* while it is there */
  gboolean present; /* and answers */
  GPtrArray *findings;
  gboolean looked;     /* the preflight was made in this process */
  GPtrArray *carriers; /* (nullable): those that it may be */
  char *reason_text;   /* never on disk; wiped */
  EsimQuestion asked;  /* the question that stands */
  guint question;      /* its number, 0 = none */
  guint last_question;
  guint answered; /* the number of the last one that was answered */
  guint revision;
  Work work; /* with the card, now */
  gboolean writing;
  gboolean stopped;
  gboolean forgotten;
  guint failures;    /* since something last went well */
  guint card_errors; /* one after the other */
  guint daily;       /* timer while somebody is still to be told */
  guint attempts;    /* of delivery, as last shown */
  guint timer;
  gboolean removing_connections;
  EsimStepState connections; /* how that went, until it is on disk; PENDING: nothing to note */
  EsimAlarm *alarm;          /* for what the calendar brings */
  char *file;
  char *text; /* of an unreadable record */
};

typedef void (*Next) (EsimDeregistration *self);

/* Something is new to be seen. */
void esim_deregistration_changed (EsimDeregistration *self);

/* Has @record (transfer full) on disk, then takes it for the truth and does @next (nullable). Whatever fails
 * leaves the old truth. @done: (nullable): told of either */
void esim_deregistration_commit (EsimDeregistration *self, EsimDeregistrationRecord *record, gboolean remove,
                                 Next next, EsimDeregistrationDone done, gpointer user_data);

/* What comes next, from what stands in the record. Harmless at any time. */
void esim_deregistration_go_on (EsimDeregistration *self);

/* The profile names more servers than the card has given notifications for. */
void esim_deregistration_ask_for_proofs (EsimDeregistration *self);

/* Goes on after a pause that grows with each. */
void esim_deregistration_try_later (EsimDeregistration *self);

/* The profile may be disabled now; if not, its question is asked or stands. */
gboolean esim_deregistration_may_cut (EsimDeregistration *self);

/* Adds what is to be known of connections that are for the profile. */
void esim_deregistration_find_connections (EsimDeregistration *self, GPtrArray *findings);

/* Once the profile is gone, those go that this service made for it. Harmless at any time. */
void esim_deregistration_remove_connections (EsimDeregistration *self);

/* Seconds since 1970, by the wall clock. */
gint64 esim_deregistration_now (void);

G_END_DECLS
