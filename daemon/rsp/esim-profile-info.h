/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum {
  ESIM_PROFILE_CLASS_TEST,
  ESIM_PROFILE_CLASS_PROVISIONING,
  ESIM_PROFILE_CLASS_OPERATIONAL
} EsimProfileClass;

/* SGP.22 PprIds: the numbers of the bits. */
typedef enum {
  ESIM_PPR_UPDATE_CONTROL = 1 << 0,
  ESIM_PPR_1_NO_DISABLE = 1 << 1,
  ESIM_PPR_2_NO_DELETE = 1 << 2,
} EsimPolicyRules;

/* SGP.22 NotificationEvent; an EsimNotificationEvents is a set of them. */
typedef enum {
  ESIM_EVENT_INSTALL = 1 << 0,
  ESIM_EVENT_ENABLE = 1 << 1,
  ESIM_EVENT_DISABLE = 1 << 2,
  ESIM_EVENT_DELETE = 1 << 3,
} EsimNotificationEvents;

typedef struct {
  EsimNotificationEvents events;
  char *address; /* FQDN */
} EsimNotificationTarget;

/**
 * EsimProfileInfo:
 *
 * What the card says of a profile (SGP.22, ProfileInfo). Immutable, reference counted, passed between
 * threads. Strings are never %NULL, always UTF-8, empty where the card gave none.
 */
typedef struct {
  gatomicrefcount refs;
  char *iccid; /* 18 to 20 digits */
  GBytes *aid; /* ISD-P AID, 16 octets; NULL if not given */
  char *name;
  char *nickname;
  char *service_provider;
  char *home_operator; /* MCC MNC, 5 or 6 digits */
  char *gid1;          /* upper-case hexadecimal */
  char *gid2;
  EsimProfileClass class_;
  gboolean enabled;
  EsimPolicyRules policy_rules;
  EsimNotificationTarget *targets; /* notification configuration */
  guint n_targets;
} EsimProfileInfo;

#define ESIM_TYPE_PROFILE_INFO (esim_profile_info_get_type ())
GType esim_profile_info_get_type (void);
EsimProfileInfo *esim_profile_info_ref (EsimProfileInfo *self);
void esim_profile_info_unref (EsimProfileInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimProfileInfo, esim_profile_info_unref)

/* Returns: (transfer full): a copy with another nickname: what SetNickname makes of it */
EsimProfileInfo *esim_profile_info_with_nickname (const EsimProfileInfo *self, const char *nickname);

/* Every field the same. */
gboolean esim_profile_info_equal (const EsimProfileInfo *a, const EsimProfileInfo *b);

/* Returns: (transfer full): the addresses that get the deletion's notifications, each once; NULL-terminated
 */
char **esim_profile_info_dup_delete_addresses (const EsimProfileInfo *self);

/**
 * esim_profile_info_list_parse:
 * @response: the answer to GetProfilesInfo, BF2D {A0 {E3…}} or BF2D {81 error}
 *
 * Returns: (transfer full) (element-type EsimProfileInfo): with a free function; %NULL on error: CARD_ERROR,
 * LIMIT_EXCEEDED (more than 64)
 */
GPtrArray *esim_profile_info_list_parse (GBytes *response, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
