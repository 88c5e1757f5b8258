/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-euicc.h"
#include "esim-http.h"

G_BEGIN_DECLS

typedef enum { ESIM_SEVERITY_OK, ESIM_SEVERITY_WARNING, ESIM_SEVERITY_BLOCKER } EsimSeverity;

/* A finding of the preflight: @code for a program, @message in English for a person, @parameters: what it
 * speaks of. */
typedef struct {
  const char *code;
  EsimSeverity severity;
  char *message;
  GVariant *parameters; /* a{sv} */
} EsimFinding;

const char *esim_severity_to_string (EsimSeverity severity);

/* In the main thread. */
typedef void (*EsimPreflightRead) (EsimEuicc *euicc, const GError *error, GObject *owner);

/* Queues the reading of what esim_preflight_run() looks at, on the card @eid and on no other. @owner is kept
 * alive until @done. */
void esim_preflight_read (EsimEuicc *euicc, const char *eid, GObject *owner, EsimPreflightRead done);

/**
 * esim_preflight_run:
 * @card: what was just read, with its info
 * @iccid: the profile
 * @aid: (nullable): the profile's AID when it was asked for: another one under the ICCID is another profile
 * @trust: which roots are installed
 *
 * What a deregistration with the method "local" would meet. Changes nothing and asks nobody.
 *
 * Returns: (transfer full) (element-type EsimFinding)
 */
GPtrArray *
esim_preflight_run (const EsimCardSnapshot *card, const char *iccid, GBytes *aid, EsimRspTrust *trust);

/* (transfer none) (nullable): the first blocker */
const EsimFinding *esim_preflight_get_blocker (GPtrArray *findings);

G_END_DECLS
