/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card-host.h"
#include "esim-es9-session.h"
#include "esim-task.h"

G_BEGIN_DECLS

/* A profile that waits: what a download is begun with. */
typedef struct {
  char *address;
  char *matching_id;
} EsimOrder;

/* A discovery server that could not be asked. */
typedef struct {
  char *address;
  GError *error;
} EsimDiscoverProblem;

/**
 * EsimDiscover:
 * @addresses: (nullable): the SM-DS to be asked; %NULL: those that the card names
 * @orders: (element-type EsimOrder): what was found, each once
 * @problems: (element-type EsimDiscoverProblem)
 */
typedef struct {
  char *eid;
  char **addresses;
  EsimDevice *device;
  GPtrArray *orders;
  GPtrArray *problems;
} EsimDiscover;

#define ESIM_DISCOVER_DEPTH_MAX 4
#define ESIM_DISCOVER_SERVERS_MAX 16
#define ESIM_DISCOVER_ORDERS_MAX 32

void esim_discover_init (EsimDiscover *self);
void esim_discover_clear (EsimDiscover *self);

/**
 * esim_discover_run:
 *
 * SGP.22 3.6, Event Retrieval: linear, in the worker. An event may name a further SM-DS: it is asked by the
 * event's id, to the depth and the counts above. It does not say of which kind its server is: one that cannot
 * be authenticated as an SM-DS is taken for an SM-DP+.
 *
 * Errors: those of EsimIsdr and EsimEs9Session where no server could be asked; NOT_FOUND: the card names
 * none; LIMIT_EXCEEDED is never one: what is too much is left out, and told of in @problems.
 */
gboolean esim_discover_run (EsimDiscover *self, EsimCardHost *host, EsimTask *task, EsimHttpHub *hub,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
