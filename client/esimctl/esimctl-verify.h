/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* EsimctlClaim: what a receipt says of a deletion notification, and what the eUICC signed. Nothing in it is
 * trusted. */
typedef struct {
  const char *eid;
  const char *iccid;
  const char *address;
  guint64 sequence;
  GBytes *metadata;  /* the BF2F TLV, NotificationMetadata of SGP.22 */
  GBytes *signature; /* r and s, 32 octets each */
  GBytes *euicc_certificate;
  GBytes *eum_certificate;
} EsimctlClaim;

/* EsimctlFacts: what was found about a claim that holds. */
typedef struct {
  gboolean anchored; /* the chain ends at a root of the folders */
  gboolean in_time;  /* the certificates of the card are within their dates today */
  char *root;        /* the name of the root, or %NULL */
} EsimctlFacts;

/* EsimctlRoots: CI certificates from outside the receipt. */
typedef struct _EsimctlRoots EsimctlRoots;

/*
 * Reads every PEM and DER certificate that has the role of a CI in @folders; a folder that is not there is
 * left out.
 */
EsimctlRoots *esimctl_roots_new (const char *const *folders);
void esimctl_roots_free (EsimctlRoots *roots);
guint esimctl_roots_get_count (EsimctlRoots *roots);

/*
 * Checks that the eUICC with that EID signed exactly this: deletion of that ICCID, with that number, for that
 * address (SGP.22, OtherSignedNotification), that its certificate comes from its EUM's, each in its role, and
 * whose root that is.
 * @error is in ESIMCTL_ERROR, %ESIMCTL_EXIT_NOT_GENUINE.
 */
gboolean esimctl_verify_claim (const EsimctlClaim *claim, EsimctlRoots *roots, EsimctlFacts *facts,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esimctl_facts_clear (EsimctlFacts *facts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimctlRoots, esimctl_roots_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimctlFacts, esimctl_facts_clear)

G_END_DECLS
