/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For esim-deregistration.c, the state machine, and esim-deregistration-verbs.c, what it is asked for. */
#include "esim-alarm.h"
#include "esim-deregistration.h"
#include "esim-ts43-run.h"

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

  /* of the method "ts43", in memory alone */
  EsimTs43Run *run;         /* (nullable): the conversation with the carrier's server */
  EsimTs43Todo todo;        /* what is asked, or is to be once the record is on disk */
  gboolean asking;          /* it is under way */
  EsimTs43Outcome *outcome; /* (nullable): came while the record was being written */
  EsimTs43Dialog *dialog;   /* (nullable): what the server has brought for the user */
  EsimTs43Ask answered_ask; /* the question that what was given answers */
  char *given;              /* (nullable): an address, a number, a code, a text; wiped */
  gboolean given_accept;
  gboolean hurry; /* somebody wants to know now */
  gboolean ready; /* nothing but the last look at the carrier stands before the removal */
  gboolean sim;   /* the profile's USIM could be asked when the card was last looked at */
  gint64 started; /* what the wall clock says of when the machine was started; 0 = not looked at yet */
  gint64 moved;   /* and what it says now that it was set, until what follows is on disk */
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

/* The carrier's server (esim-deregistration-ts43.c): each is of no effect for the other methods. */

/* Asks the server what comes next. Returns: whether something is under way now, or being written */
gboolean esim_deregistration_ask_carrier (EsimDeregistration *self);
/* What came while the record was being written. */
void esim_deregistration_take_late_outcome (EsimDeregistration *self);
/* The card has changed. Returns: whether the profile's USIM can be asked now and could not before */
gboolean esim_deregistration_notice_sim (EsimDeregistration *self);
/* When to look again after @now; 0 = no date is waited for. */
gint64 esim_deregistration_get_carrier_due (EsimDeregistration *self, gint64 now);
/* What proves the user is kept in memory until it was used. */
void esim_deregistration_keep_given (EsimDeregistration *self, GVariant *answer);
void esim_deregistration_drop_given (EsimDeregistration *self);
/* The conversation is over, and everything of it wiped. */
void esim_deregistration_leave_carrier (EsimDeregistration *self);

/* Seconds since 1970, by the wall clock. */
gint64 esim_deregistration_now (void);

G_END_DECLS
