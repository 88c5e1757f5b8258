/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

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

/* Returns: (transfer full) (element-type EsimFinding) */
GPtrArray *esim_findings_new (void);

/* @code: static. @message: taken. @parameters: (nullable): a{sv}, a floating one is taken */
void esim_findings_add (GPtrArray *findings, EsimSeverity severity, const char *code, char *message,
                        GVariant *parameters);

/* (transfer none) (nullable): the first blocker */
const EsimFinding *esim_findings_get_blocker (GPtrArray *findings);

G_END_DECLS
