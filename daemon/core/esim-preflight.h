/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-euicc.h"
#include "esim-findings.h"
#include "esim-http.h"
#include "esim-network.h"

G_BEGIN_DECLS

/* In the main thread. */
typedef void (*EsimPreflightRead) (EsimEuicc *euicc, const GError *error, GObject *owner);

/* Queues the reading of what esim_preflight_run() looks at, on the card @eid and on no other. @owner is kept
 * alive until @done. */
void esim_preflight_read (EsimEuicc *euicc, const char *eid, GObject *owner, EsimPreflightRead done);

/**
 * EsimPreflight:
 * @card: what was just read, with its info
 * @iccid: the profile
 * @aid: (nullable): the profile's AID when it was asked for: another one under the ICCID is another profile
 * @trust: which roots are installed
 * @local: the method is "local": nobody will lift a policy rule meanwhile
 */
typedef struct {
  const EsimCardSnapshot *card;
  const char *iccid;
  GBytes *aid;
  EsimRspTrust *trust;
  gboolean local;
  EsimNetwork network;
} EsimPreflight;

/**
 * esim_preflight_run:
 *
 * What a removal of this profile would meet on the card and on this machine. Changes nothing and asks nobody.
 *
 * Returns: (transfer full) (element-type EsimFinding)
 */
GPtrArray *esim_preflight_run (const EsimPreflight *preflight);

/**
 * esim_preflight_check_rules:
 *
 * Whether the card would let go of the profile now. POLICY_VIOLATION: its rules forbid it; NOT_FOUND: it is
 * not there; WRONG_STATE: another profile has its ICCID.
 */
gboolean esim_preflight_check_rules (const EsimCardSnapshot *card, const char *iccid, GBytes *aid,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
