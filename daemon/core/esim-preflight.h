/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
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

/**
 * esim_preflight_run:
 * @card: what was just read, with its info
 * @iccid: the profile
 * @trust: which roots are installed
 *
 * What a deregistration with the method "local" would meet. Changes nothing and asks nobody.
 *
 * Returns: (transfer full) (element-type EsimFinding)
 */
GPtrArray *esim_preflight_run (const EsimCardSnapshot *card, const char *iccid, EsimRspTrust *trust);

/* (transfer none) (nullable): the first blocker */
const EsimFinding *esim_preflight_get_blocker (GPtrArray *findings);

G_END_DECLS
