/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-manager.h"

G_BEGIN_DECLS

/**
 * EsimRoot:
 * @name: "" = nobody knows
 * @euiccs: (element-type EsimEuicc): the present ones whose card lists it, as far as they were read
 *
 * A root of remote SIM provisioning, for a person to look at. Strings are never %NULL; see EsimRspTrustEntry.
 */
typedef struct {
  char *name;
  char *key_id;
  char *fingerprint;
  char *file;
  char *curve;
  gboolean test;
  gboolean also_trusted;
  gboolean installed;
  GPtrArray *euiccs;
} EsimRoot;

/* Returns: (element-type EsimRoot) (transfer full): those that are installed, those that are known by name,
 * and those that a present card lists besides. */
GPtrArray *esim_roots_list (EsimManager *manager);

G_END_DECLS
