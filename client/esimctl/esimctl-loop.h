/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-context.h"

G_BEGIN_DECLS

/* Says whether the end has come. */
typedef gboolean (*EsimctlDone) (gpointer data);

/*
 * Runs the main context until @done says so. Ctrl-C ends it with %ESIMCTL_EXIT_INTERRUPTED in @error and the
 * words of
 * @interrupted: what was asked of the service goes on.
 */
gboolean esimctl_loop_until (EsimctlDone done, gpointer data, const char *interrupted,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What Ctrl-C says, with %ESIMCTL_EXIT_INTERRUPTED, between loops too; %NULL: nothing. @interrupted is not
 * copied. */
void esimctl_loop_set_interrupted (const char *interrupted);

/* What the program ends with on Ctrl-C, instead of %ESIMCTL_EXIT_INTERRUPTED. */
void esimctl_loop_set_interrupted_exit (int exit);

/* Asks for a line. Returns: %FALSE with @error set if Ctrl-C was pressed; @line is %NULL at the end of input.
 */
gboolean esimctl_loop_read_line (const char *prompt, const char *interrupted, char **line,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, and what is typed is not shown. */
gboolean esimctl_loop_read_secret (const char *prompt, const char *interrupted, char **line,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Asks on the terminal. Sets %ESIMCTL_EXIT_NEEDS_ANSWER with the words of @option if standard input is no
 * terminal.
 *
 * Returns: 1 for yes, 0 for no (or the end of input), -1 with @error set.
 */
int esimctl_loop_ask (const char *prompt, const char *option, const char *interrupted,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
