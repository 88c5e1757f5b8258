/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-answers.h"
#include "esimctl-context.h"

G_BEGIN_DECLS

/* EsimctlRunOptions: how esimctl deregister was called. */
typedef struct {
  EsimctlAnswers *answers;
  gboolean dry_run;
  gboolean yes;
  gboolean contract_continues;
  gboolean allow_disconnect;
  gboolean no_wait;
} EsimctlRunOptions;

/* EsimctlRun: one deregistration that is watched. */
typedef struct {
  EsimctlContext *context;
  const EsimctlRunOptions *options;
  EsimDeregistration *deregistration;
  char *come_back;       /* the arguments of "esimctl deregister" that lead here again */
  gboolean joined;       /* it was open before */
  GVariant *description; /* the newest */
  guint revision;        /* of it */
  gboolean findings_shown;
  gboolean tasks_shown;
  gboolean looked;          /* the service was told to look again at what was left open */
  gboolean leaving;         /* what stands now is left open */
  gboolean moving;          /* the answer takes it out of the review */
  gboolean stays_connected; /* the answer was that the network may not be cut */
  gboolean removing;        /* the answer was that the profile goes now: what it rests in is over */
  guint answered;           /* the id of the question that was answered last */
  gboolean has_answered;
  GHashTable *states; /* step → the state that was shown last */
  char *stage;        /* that was shown last */
  char *interrupted;  /* what Ctrl-C says now */
} EsimctlRun;

void esimctl_run_init (EsimctlRun *run, EsimctlContext *context, const EsimctlRunOptions *options);
void esimctl_run_clear (EsimctlRun *run);

/* Follows it to its end, or to where it is left open, and answers what is asked on the way. */
gboolean esimctl_run_follow (EsimctlRun *run, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether somebody sits at a terminal and can be asked. */
gboolean esimctl_run_is_interactive (EsimctlRun *run);

/* Tells what came of it. Returns: an EsimctlExit. */
int esimctl_run_tell_outcome (EsimctlRun *run);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimctlRun, esimctl_run_clear)

G_END_DECLS
