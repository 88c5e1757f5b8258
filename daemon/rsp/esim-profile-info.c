/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-profile-info.h"
#include "esim-bcd.h"
#include "esim-error.h"
#include "esim-es10-answer.h"

#include <string.h>

#define PROFILES_MAX 64
#define TARGETS_MAX 32 /* of one profile */
#define AID_MAX 16
#define ALL_POLICY_RULES (ESIM_PPR_UPDATE_CONTROL | ESIM_PPR_1_NO_DISABLE | ESIM_PPR_2_NO_DELETE)

#define ALL_EVENTS (ESIM_EVENT_INSTALL | ESIM_EVENT_ENABLE | ESIM_EVENT_DISABLE | ESIM_EVENT_DELETE)

/* SGP.22 v2.5, ProfileInfo and what it is made of. */
#define TAG_PROFILE 0xE3
#define TAG_ICCID 0x5A
#define TAG_AID 0x4F
#define TAG_STATE 0x9F70
#define TAG_NICKNAME 0x90
#define TAG_SERVICE_PROVIDER 0x91
#define TAG_NAME 0x92
#define TAG_CLASS 0x95
#define TAG_TARGETS 0xB6
#define TAG_OWNER 0xB7
#define TAG_POLICY_RULES 0x99
#define TAG_SEQUENCE 0x30
#define TAG_TARGET_EVENTS 0x80
#define TAG_TARGET_ADDRESS 0x81
#define TAG_OWNER_PLMN 0x80
#define TAG_OWNER_GID1 0x81
#define TAG_OWNER_GID2 0x82

#define STATE_DISABLED 0
#define STATE_ENABLED 1

G_DEFINE_BOXED_TYPE (EsimProfileInfo, esim_profile_info, esim_profile_info_ref, esim_profile_info_unref)

EsimProfileInfo *
esim_profile_info_ref (EsimProfileInfo *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_profile_info_unref (EsimProfileInfo *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->iccid);
  g_clear_pointer (&self->aid, g_bytes_unref);
  g_free (self->name);
  g_free (self->nickname);
  g_free (self->service_provider);
  g_free (self->home_operator);
  g_free (self->gid1);
  g_free (self->gid2);
  for (guint i = 0; i < self->n_targets; i++)
    g_free (self->targets[i].address);
  g_free (self->targets);
  g_free (self);
}

static EsimProfileInfo *
profile_new (void)
{
  EsimProfileInfo *self = g_new0 (EsimProfileInfo, 1);

  g_atomic_ref_count_init (&self->refs);
  self->iccid = g_strdup ("");
  self->name = g_strdup ("");
  self->nickname = g_strdup ("");
  self->service_provider = g_strdup ("");
  self->home_operator = g_strdup ("");
  self->gid1 = g_strdup ("");
  self->gid2 = g_strdup ("");
  /* SGP.22 StoreMetadata: what a profile without a class is. */
  self->class_ = ESIM_PROFILE_CLASS_OPERATIONAL;
  return self;
}

static gboolean
targets_equal (const EsimProfileInfo *a, const EsimProfileInfo *b)
{
  if (a->n_targets != b->n_targets)
    return FALSE;
  for (guint i = 0; i < a->n_targets; i++)
    if (a->targets[i].events != b->targets[i].events ||
        !g_str_equal (a->targets[i].address, b->targets[i].address))
      return FALSE;
  return TRUE;
}

EsimProfileInfo *
esim_profile_info_with_nickname (const EsimProfileInfo *self, const char *nickname)
{
  EsimProfileInfo *copy = g_memdup2 (self, sizeof *self);

  g_atomic_ref_count_init (&copy->refs);
  copy->iccid = g_strdup (self->iccid);
  copy->aid = self->aid != NULL ? g_bytes_ref (self->aid) : NULL;
  copy->name = g_strdup (self->name);
  copy->nickname = g_strdup (nickname);
  copy->service_provider = g_strdup (self->service_provider);
  copy->home_operator = g_strdup (self->home_operator);
  copy->gid1 = g_strdup (self->gid1);
  copy->gid2 = g_strdup (self->gid2);
  copy->targets = g_memdup2 (self->targets, self->n_targets * sizeof *self->targets);
  for (guint i = 0; i < self->n_targets; i++)
    copy->targets[i].address = g_strdup (self->targets[i].address);
  return copy;
}

gboolean
esim_profile_info_equal (const EsimProfileInfo *a, const EsimProfileInfo *b)
{
  if ((a->aid == NULL) != (b->aid == NULL) || (a->aid != NULL && !g_bytes_equal (a->aid, b->aid)))
    return FALSE;
  return g_str_equal (a->iccid, b->iccid) && g_str_equal (a->name, b->name) &&
         g_str_equal (a->nickname, b->nickname) && g_str_equal (a->service_provider, b->service_provider) &&
         g_str_equal (a->home_operator, b->home_operator) && g_str_equal (a->gid1, b->gid1) &&
         g_str_equal (a->gid2, b->gid2) && a->class_ == b->class_ && a->enabled == b->enabled &&
         a->policy_rules == b->policy_rules && targets_equal (a, b);
}

char **
esim_profile_info_dup_delete_addresses (const EsimProfileInfo *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->n_targets; i++) {
    const EsimNotificationTarget *target = &self->targets[i];

    if ((target->events & ESIM_EVENT_DELETE) != 0 && target->address[0] != '\0' &&
        g_hash_table_add (seen, target->address))
      g_strv_builder_add (builder, target->address);
  }
  return g_strv_builder_end (builder);
}

static void
take_string (char **field, char *value)
{
  g_free (*field);
  *field = value;
}

static gboolean
refuse (const char *what, GError **error)
{
  g_set_error (
      error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
      "The card gave a profile %s. Read the card again; if it stays so, the card does not keep to the "
      "standard.",
      what);
  return FALSE;
}

static gboolean
parse_iccid (EsimProfileInfo *self, const EsimTlv *tlv, GError **error)
{
  char *iccid;

  if (self->iccid[0] != '\0')
    return refuse ("with two ICCIDs", error);
  iccid = esim_bcd_iccid_from_octets (tlv->value, tlv->length, error);
  if (iccid == NULL)
    return FALSE;
  take_string (&self->iccid, iccid);
  return TRUE;
}

static gboolean
parse_aid (EsimProfileInfo *self, const EsimTlv *tlv, GError **error)
{
  if (self->aid != NULL)
    return refuse ("with two application identifiers", error);
  if (tlv->length < 1 || tlv->length > AID_MAX)
    return refuse ("whose application identifier has not 1 to 16 octets", error);
  self->aid = g_bytes_new (tlv->value, tlv->length);
  return TRUE;
}

static gboolean
parse_state (EsimProfileInfo *self, const EsimTlv *tlv, GError **error)
{
  guint64 state;

  if (!esim_tlv_get_uint (tlv, &state, error))
    return FALSE;
  if (state != STATE_DISABLED && state != STATE_ENABLED)
    return refuse ("in a state that the standard does not know", error);
  self->enabled = state == STATE_ENABLED;
  return TRUE;
}

static gboolean
parse_class (EsimProfileInfo *self, const EsimTlv *tlv, GError **error)
{
  guint64 class_;

  if (!esim_tlv_get_uint (tlv, &class_, error))
    return FALSE;
  if (class_ > ESIM_PROFILE_CLASS_OPERATIONAL) /* the enum has the standard's numbers */
    return refuse ("of a class that the standard does not know", error);
  self->class_ = (EsimProfileClass) class_;
  return TRUE;
}

static gboolean
parse_policy_rules (EsimProfileInfo *self, const EsimTlv *tlv, GError **error)
{
  guint32 bits;

  if (!esim_tlv_get_bits (tlv, &bits, error))
    return FALSE;
  self->policy_rules = (EsimPolicyRules) (bits & ALL_POLICY_RULES);
  return TRUE;
}

static gboolean
parse_owner (EsimProfileInfo *self, const EsimTlvReader *parent, const EsimTlv *owner, GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, owner);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag == TAG_OWNER_PLMN)
      take_string (&self->home_operator, esim_bcd_plmn_from_octets (tlv.value, tlv.length));
    else if (tlv.tag == TAG_OWNER_GID1)
      take_string (&self->gid1, esim_tlv_dup_hex (&tlv));
    else if (tlv.tag == TAG_OWNER_GID2)
      take_string (&self->gid2, esim_tlv_dup_hex (&tlv));
  }
  return esim_tlv_reader_finish (&reader, error);
}

static gboolean
parse_target (EsimNotificationTarget *target, const EsimTlvReader *parent, const EsimTlv *element,
              GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;
  guint32 bits;

  esim_tlv_reader_enter (&reader, parent, element);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag == TAG_TARGET_ADDRESS) {
      take_string (&target->address, esim_tlv_dup_text (&tlv));
    } else if (tlv.tag == TAG_TARGET_EVENTS) {
      if (!esim_tlv_get_bits (&tlv, &bits, error))
        return FALSE;
      target->events = (EsimNotificationEvents) (bits & ALL_EVENTS);
    }
  }
  return esim_tlv_reader_finish (&reader, error);
}

static gboolean
parse_targets (EsimProfileInfo *self, const EsimTlvReader *parent, const EsimTlv *list, GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, list);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag != TAG_SEQUENCE)
      continue;
    if (self->n_targets == TARGETS_MAX) {
      g_set_error (
          error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
          "The card gave a profile with more than %d addresses for notifications. Its operator has to "
          "correct the profile.",
          TARGETS_MAX);
      return FALSE;
    }
    self->targets = g_renew (EsimNotificationTarget, self->targets, self->n_targets + 1);
    self->targets[self->n_targets] = (EsimNotificationTarget){.address = g_strdup ("")};
    self->n_targets++;
    if (!parse_target (&self->targets[self->n_targets - 1], &reader, &tlv, error))
      return FALSE;
  }
  return esim_tlv_reader_finish (&reader, error);
}

static gboolean
parse_member (EsimProfileInfo *self, const EsimTlvReader *reader, const EsimTlv *tlv, GError **error)
{
  switch (tlv->tag) {
  case TAG_ICCID:
    return parse_iccid (self, tlv, error);
  case TAG_AID:
    return parse_aid (self, tlv, error);
  case TAG_STATE:
    return parse_state (self, tlv, error);
  case TAG_CLASS:
    return parse_class (self, tlv, error);
  case TAG_POLICY_RULES:
    return parse_policy_rules (self, tlv, error);
  case TAG_OWNER:
    return parse_owner (self, reader, tlv, error);
  case TAG_TARGETS:
    return parse_targets (self, reader, tlv, error);
  case TAG_NICKNAME:
    take_string (&self->nickname, esim_tlv_dup_text (tlv));
    return TRUE;
  case TAG_SERVICE_PROVIDER:
    take_string (&self->service_provider, esim_tlv_dup_text (tlv));
    return TRUE;
  case TAG_NAME:
    take_string (&self->name, esim_tlv_dup_text (tlv));
    return TRUE;
  default:
    return TRUE; /* EXTENSIBILITY IMPLIED */
  }
}

static EsimProfileInfo *
parse_profile (const EsimTlvReader *parent, const EsimTlv *profile, GError **error)
{
  g_autoptr (EsimProfileInfo) self = profile_new ();
  gboolean has_state = FALSE;
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, profile);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (!parse_member (self, &reader, &tlv, error))
      return NULL;
    has_state = has_state || tlv.tag == TAG_STATE;
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return NULL;
  if (self->iccid[0] == '\0' || !has_state) {
    if (!refuse (has_state ? "without an ICCID" : "without its state", error))
      return NULL;
  }
  return g_steal_pointer (&self);
}

GPtrArray *
esim_profile_info_list_parse (GBytes *response, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_profile_info_unref);
  EsimTlvReader reader;
  EsimTlv tlv;

  if (!esim_es10_answer_open_list (response, ESIM_ES10_GET_PROFILES_INFO, &reader, error))
    return NULL;
  while (esim_tlv_reader_next (&reader, &tlv)) {
    EsimProfileInfo *profile;

    if (!esim_es10_answer_refuse_iot (tlv.tag, error))
      return NULL;
    /* Nothing is passed over: that a profile is not listed is what a deletion is believed by. */
    if (tlv.tag != TAG_PROFILE) {
      g_set_error (
          error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
          "The card's list of profiles holds something that is no profile (tag %X). Reset the modem and "
          "try again.",
          tlv.tag);
      return NULL;
    }
    if (list->len == PROFILES_MAX) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                   "The card lists more than %d profiles, more than any card holds. Reset the modem and try "
                   "again.",
                   PROFILES_MAX);
      return NULL;
    }
    profile = parse_profile (&reader, &tlv, error);
    if (profile == NULL)
      return NULL;
    g_ptr_array_add (list, profile);
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return NULL;
  return g_steal_pointer (&list);
}
