/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-profile-info.h"

G_BEGIN_DECLS

#define ESIM_ICON_OCTETS_MAX 1024

/**
 * EsimProfileMetadata:
 *
 * What a server says of the profile that it offers (StoreMetadataRequest, BF25; SGP.22 5.5.3): in the answer
 * to AuthenticateClient, to be shown, and again inside the package. Immutable, reference counted. Strings are
 * never %NULL.
 */
typedef struct {
  gatomicrefcount refs;
  char *iccid;
  char *service_provider;
  char *name;
  char *icon_type; /* "image/jpeg", "image/png"; "" if there is none */
  GBytes *icon;    /* nullable: passed on, never decoded */
  EsimProfileClass class_;
  gboolean has_owner;
  char *home_operator; /* MCC MNC, 5 or 6 digits */
  GBytes *owner_plmn;  /* nullable: its three octets */
  GBytes *owner_gid1;  /* nullable */
  GBytes *owner_gid2;  /* nullable */
  EsimPolicyRules policy_rules;
  EsimNotificationTarget *targets;
  guint n_targets;
  GBytes *service_specific; /* nullable: BF22, whole */
  GBytes *bytes;            /* BF25, whole, as it came */
} EsimProfileMetadata;

#define ESIM_TYPE_PROFILE_METADATA (esim_profile_metadata_get_type ())
GType esim_profile_metadata_get_type (void);

/* @bytes: BF25. SERVER_ERROR, LIMIT_EXCEEDED: the texts are the server's fault, so the words say so. */
EsimProfileMetadata *esim_profile_metadata_parse (GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
EsimProfileMetadata *esim_profile_metadata_ref (EsimProfileMetadata *self);
void esim_profile_metadata_unref (EsimProfileMetadata *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimProfileMetadata, esim_profile_metadata_unref)

/**
 * esim_profile_metadata_equal:
 * @shown: what the user agreed to
 * @packaged: what the package holds
 *
 * Octet for octet, or, where the coding differs, member by member, those that this version does not know
 * included. SERVER_ERROR, which names the member that differs: the session is to be cancelled with
 * ESIM_CANCEL_METADATA_MISMATCH.
 */
gboolean esim_profile_metadata_equal (EsimProfileMetadata *shown, EsimProfileMetadata *packaged,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "test", "provisioning", "operational"; static. */
const char *esim_profile_class_to_string (EsimProfileClass class_);

/* NULL-terminated, "ppr1", "ppr2", "update-control"; (transfer container): the strings are static. */
const char **esim_policy_rules_to_strings (EsimPolicyRules rules);

G_END_DECLS
