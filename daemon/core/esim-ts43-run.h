/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-sim-link.h"
#include "esim-ts43-dialog.h"
#include "esim-ts43-plan.h"
#include "esim-ts43-session.h"

G_BEGIN_DECLS

/**
 * EsimTs43Run:
 *
 * The main thread's side of a deregistration's conversation with its carrier's server. The session, with its
 * token and cookies, lives in the carrier worker, and in memory alone.
 */
typedef struct _EsimTs43Run EsimTs43Run;

/* Main thread. @worker outlives it. */
EsimTs43Run *esim_ts43_run_new (EsimCarrierWorker *worker);
/* The session ends; what is under way is not told of any more. */
void esim_ts43_run_free (EsimTs43Run *self);

/* There was a token when it was last asked. */
gboolean esim_ts43_run_has_token (EsimTs43Run *self);

/**
 * EsimTs43Step:
 * @euicc: (nullable): the card with the profile, where its USIM may be asked
 * @eid: "" = of no card
 * @hosts, @path: (nullable): of the carrier's entry
 * @operation: of ManageSubscription: 1 or 2
 * @reply: what is sent answers the carrier's question: @accept and @text (nullable) are the answer
 * @text: also: the final address of a login, a number, a code
 *
 * What one exchange needs. Copied; @text is wiped.
 */
typedef struct {
  EsimTs43Todo todo;
  EsimEuicc *euicc;
  const char *eid;
  const char *iccid;
  char **hosts;
  const char *path;
  gboolean accept;
  guint operation;
  const char *text;
} EsimTs43Step;

/**
 * EsimTs43Outcome:
 * @document: (nullable): what the server said
 * @error: (nullable)
 * @dialog: (nullable): what is to be shown to the user
 * @again: a login goes on with another page
 * @stale: nothing was asked: the token's time was over
 */
typedef struct {
  EsimTs43Todo todo;
  EsimTs43Document *document;
  GError *error;
  EsimTs43Dialog *dialog;
  gboolean again;
  gboolean stale;
} EsimTs43Outcome;

void esim_ts43_outcome_free (EsimTs43Outcome *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimTs43Outcome, esim_ts43_outcome_free)

/* @outcome: (transfer full). In the main thread. */
typedef void (*EsimTs43RunDone) (EsimTs43Outcome *outcome, GObject *owner);

/* Main thread: one exchange, or a few that belong together. @owner is kept alive until @done; @done does not
 * come once the service stops. */
void esim_ts43_run_do (EsimTs43Run *self, const EsimTs43Step *step, GObject *owner, EsimTs43RunDone done);

G_END_DECLS
