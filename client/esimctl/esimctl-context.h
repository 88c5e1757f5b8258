/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <esim.h>

G_BEGIN_DECLS

#define ESIMCTL_ERROR (esimctl_error_quark ())

/* EsimctlExit: what the program ends with; also the codes of ESIMCTL_ERROR. docs/man/esimctl.1 tells the
 * same. */
typedef enum {
  ESIMCTL_EXIT_OK = 0,
  ESIMCTL_EXIT_FAILED = 1,
  ESIMCTL_EXIT_USAGE = 2,
  ESIMCTL_EXIT_NOT_FOUND = 3,
  ESIMCTL_EXIT_NOT_AUTHORIZED = 4,
  ESIMCTL_EXIT_NOT_RUNNING = 5,
  ESIMCTL_EXIT_NEEDS_ANSWER = 6,
  ESIMCTL_EXIT_NOT_ACKNOWLEDGED = 7,
  ESIMCTL_EXIT_UNANCHORED = 8,
  ESIMCTL_EXIT_NOT_GENUINE = 9,
  ESIMCTL_EXIT_STILL_OPEN = 10,
  ESIMCTL_EXIT_INTERRUPTED = 130,
} EsimctlExit;

/* EsimctlContext: what every verb is given. */
typedef struct {
  EsimClient *client; /* after esimctl_connect() */
  gboolean connected; /* it was reached, and was ready */
  gboolean json;
  char *euicc; /* --euicc, or %NULL */
  gboolean color;
  GVariant *roots; /* nullable: what ListTrust said */
} EsimctlContext;

/* EsimctlVerb: argv[0] is the verb itself. Returns an EsimctlExit; any value with @error set. */
typedef int (*EsimctlVerb) (EsimctlContext *context, int argc, char **argv, GError **error);

GQuark esimctl_error_quark (void);

/* Returns: the EsimctlExit that stands for @error. */
int esimctl_error_get_exit (const GError *error);

/* Tells @error on standard error: in the user's words, or as one line of JSON. */
void esimctl_error_show (EsimctlContext *context, const GError *error);

/*
 * Reads the options of a verb (its own in @entries, nullable, and the common ones) out of @argv and counts
 * what is left after the verb. Sets %ESIMCTL_EXIT_USAGE on what does not fit.
 */
gboolean esimctl_parse (EsimctlContext *context, const char *usage, const GOptionEntry *entries, int *argc,
                        char ***argv, int least, int most, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Connects, and waits until the service has looked at everything. */
gboolean esimctl_connect (EsimctlContext *context, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes the common options from before the verb. */
void esimctl_context_init (EsimctlContext *context);
void esimctl_context_clear (EsimctlContext *context);
GOptionGroup *esimctl_common_options (EsimctlContext *context);

G_END_DECLS
