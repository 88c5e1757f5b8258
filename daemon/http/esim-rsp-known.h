/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimRspKnown:
 *
 * A root of remote SIM provisioning as the daemon knows it without its certificate, so that it can say which
 * file is missing, and refuse one that only passes itself off as it. Knowing is not trusting.
 */
typedef struct {
  const char *key_id; /* SHA-1 of the public key, hexadecimal, upper case */
  const char *sha256; /* of the certificate, hexadecimal, upper case; NULL: there are several over one key */
  const char *name;
  const char *curve;
  gboolean
      test; /* of a test system: its private key may be public, its servers give out test profiles alone */
} EsimRspKnown;

/* Returns: the @index'th, or %NULL behind the last */
const EsimRspKnown *esim_rsp_known_get (guint index);

/* @key_id: in either case. Returns: (nullable) */
const EsimRspKnown *esim_rsp_known_find (const char *key_id);

G_END_DECLS
