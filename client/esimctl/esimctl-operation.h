/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-context.h"

G_BEGIN_DECLS

/* The entry of the option --allow-disconnect, which sets @flag. */
#define ESIMCTL_ALLOW_DISCONNECT(flag)                                                                       \
  {                                                                                                          \
    "allow-disconnect", 0, 0, G_OPTION_ARG_NONE, (flag),                                                     \
        N_ ("Do not ask before this machine's only way to the network is cut"), NULL                         \
  }

/*
 * Shows the phases of @operation on the terminal, asks there what it asks, and waits for its end. Takes
 * @operation, which may be %NULL with @error set. A question that nobody can be asked is answered with no,
 * and the error is %ESIMCTL_EXIT_NEEDS_ANSWER with the option that would answer it.
 */
gboolean esimctl_operation_wait (EsimctlContext *context, EsimOperation *operation,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Says @done on standard output; or, if that was asked for, as JSON the operation's @kind with @facts, which
 * are taken. */
void
esimctl_operation_tell (EsimctlContext *context, const char *kind, const char *done, GVariantDict *facts);

/* Waits as esimctl_operation_wait() does, and tells it with @iccid (nullable). Returns: an EsimctlExit. */
int esimctl_operation_finish (EsimctlContext *context, EsimOperation *operation, const char *done,
                              const char *iccid, GError **error);

G_END_DECLS
