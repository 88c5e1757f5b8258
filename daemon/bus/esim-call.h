/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-bus.h"

G_BEGIN_DECLS

/**
 * EsimCall:
 *
 * A method call on its way: validate → who is the caller → authorize → validate again, and see that the
 * caller is still there → act. Nothing blocks: a prompt may stand open for minutes. A caller that left before
 * it was authorized has asked for nothing.
 */
typedef struct _EsimCall EsimCall;

/* %FALSE with @error refuses the call. Called twice: the world may have changed meanwhile. */
typedef gboolean (*EsimCallValidate) (EsimCall *call, GError **error);

/* Does it and answers: esim_call_return(), esim_call_fail(). */
typedef void (*EsimCallAct) (EsimCall *call);

struct _EsimCall {
  GDBusMethodInvocation *invocation;
  EsimBus *bus;
  GObject *target;    /* what it is about, kept alive */
  const char *action; /* polkit action without the prefix; NULL: anybody may, but is known by uid */
  gboolean has_owner;
  gboolean owner_may; /* @owner needs no polkit */
  guint owner;
  EsimCallValidate validate; /* nullable */
  EsimCallAct act;
  /* arguments, as the method has them */
  GVariant *options;
  char *text; /* wiped when the call is freed, whatever became of it */
  guint64 number;
  /* known when @act is called */
  guint uid;
  gboolean trusted; /* it is the owner, or was authorized: @validate may tell it everything */
  /* private */
  GCancellable *gone;
  guint watch;
};

/* @invocation: taken. @options: (nullable). */
EsimCall *esim_call_new (EsimBus *bus, GObject *target, GDBusMethodInvocation *invocation, GVariant *options);

/* Begins; the call frees itself when it was answered. */
void esim_call_run (EsimCall *self);

/* Answers and frees. @result: (nullable): a tuple, floating */
void esim_call_return (EsimCall *self, GVariant *result);
void esim_call_fail (EsimCall *self, const GError *error);
/* One or the other, as a callback */
void esim_call_end (const GError *error, gpointer call);

const char *esim_call_get_sender (EsimCall *self);

G_END_DECLS
