/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-profile-metadata.h"
#include "esim-bcd.h"
#include "esim-error.h"
#include "esim-server-object.h"

#include <string.h>

#define WHAT "the description of the profile"
#define METADATA_OCTETS_MAX 32768
#define MEMBERS_MAX 64
#define TARGETS_MAX 32
#define SERVICE_PROVIDER_MAX 32 /* characters: SGP.22 v2.5, StoreMetadataRequest */
#define NAME_MAX_CHARACTERS 64
#define GID_OCTETS_MAX 64
#define ALL_POLICY_RULES (ESIM_PPR_UPDATE_CONTROL | ESIM_PPR_1_NO_DISABLE | ESIM_PPR_2_NO_DELETE)
#define ALL_EVENTS (ESIM_EVENT_INSTALL | ESIM_EVENT_ENABLE | ESIM_EVENT_DISABLE | ESIM_EVENT_DELETE)

#define TAG_METADATA 0xBF25
#define TAG_ICCID 0x5A
#define TAG_SERVICE_PROVIDER 0x91
#define TAG_NAME 0x92
#define TAG_ICON_TYPE 0x93
#define TAG_ICON 0x94
#define TAG_CLASS 0x95
#define TAG_TARGETS 0xB6
#define TAG_OWNER 0xB7
#define TAG_POLICY_RULES 0x99
#define TAG_SERVICE_SPECIFIC 0xBF22
#define TAG_NOT_STORED 0xBF23
#define TAG_SEQUENCE 0x30
#define TAG_TARGET_EVENTS 0x80
#define TAG_TARGET_ADDRESS 0x81
#define TAG_OWNER_PLMN 0x80
#define TAG_OWNER_GID1 0x81
#define TAG_OWNER_GID2 0x82

G_DEFINE_BOXED_TYPE (EsimProfileMetadata, esim_profile_metadata, esim_profile_metadata_ref,
                     esim_profile_metadata_unref)

EsimProfileMetadata *
esim_profile_metadata_ref (EsimProfileMetadata *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_profile_metadata_unref (EsimProfileMetadata *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->iccid);
  g_free (self->service_provider);
  g_free (self->name);
  g_free (self->icon_type);
  g_clear_pointer (&self->icon, g_bytes_unref);
  g_free (self->home_operator);
  g_clear_pointer (&self->owner_plmn, g_bytes_unref);
  g_clear_pointer (&self->owner_gid1, g_bytes_unref);
  g_clear_pointer (&self->owner_gid2, g_bytes_unref);
  for (guint i = 0; i < self->n_targets; i++)
    g_free (self->targets[i].address);
  g_free (self->targets);
  g_clear_pointer (&self->service_specific, g_bytes_unref);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

static EsimProfileMetadata *
metadata_new (GBytes *bytes)
{
  EsimProfileMetadata *self = g_new0 (EsimProfileMetadata, 1);

  g_atomic_ref_count_init (&self->refs);
  self->bytes = g_bytes_ref (bytes);
  self->class_ = ESIM_PROFILE_CLASS_OPERATIONAL; /* DEFAULT operational */
  return self;
}

static gboolean
take_text (char **field, const EsimTlv *tlv, glong max)
{
  g_autofree char *text = esim_tlv_dup_text (tlv);

  if (*field != NULL || g_utf8_strlen (text, -1) > max)
    return FALSE;
  *field = g_steal_pointer (&text);
  return TRUE;
}

static gboolean
take_octets (GBytes **field, const EsimTlv *tlv, gsize max)
{
  if (*field != NULL || tlv->length > max)
    return FALSE;
  *field = g_bytes_new (tlv->value, tlv->length);
  return TRUE;
}

static gboolean
read_icon_type (EsimProfileMetadata *self, const EsimTlv *tlv)
{
  guint64 type;

  if (self->icon_type != NULL || !esim_tlv_get_uint (tlv, &type, NULL))
    return FALSE;
  /* A kind that a later version brought is one that nobody here can show. */
  self->icon_type = g_strdup (type == 0 ? "image/jpeg" : type == 1 ? "image/png" : "");
  return TRUE;
}

static gboolean
read_class (EsimProfileMetadata *self, const EsimTlv *tlv)
{
  guint64 class_;

  if (!esim_tlv_get_uint (tlv, &class_, NULL) || class_ > ESIM_PROFILE_CLASS_OPERATIONAL)
    return FALSE;
  self->class_ = (EsimProfileClass) class_;
  return TRUE;
}

static gboolean
read_owner (EsimProfileMetadata *self, const EsimTlvReader *parent, const EsimTlv *owner)
{
  gboolean good = !self->has_owner;
  EsimTlvReader reader;
  EsimTlv tlv;

  self->has_owner = TRUE;
  esim_tlv_reader_enter (&reader, parent, owner);
  while (good && esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag == TAG_OWNER_PLMN)
      good = tlv.length == ESIM_PLMN_OCTETS && take_octets (&self->owner_plmn, &tlv, ESIM_PLMN_OCTETS);
    else if (tlv.tag == TAG_OWNER_GID1)
      good = take_octets (&self->owner_gid1, &tlv, GID_OCTETS_MAX);
    else if (tlv.tag == TAG_OWNER_GID2)
      good = take_octets (&self->owner_gid2, &tlv, GID_OCTETS_MAX);
  }
  return good && esim_tlv_reader_finish (&reader, NULL) && self->owner_plmn != NULL;
}

/* %FALSE: it was there before. Of two, the card may keep to the other one than the person was shown: rules,
 * or a class. */
static gboolean
take_tag (guint32 tag, guint32 *seen, guint *n_seen)
{
  for (guint i = 0; i < *n_seen; i++)
    if (seen[i] == tag)
      return FALSE;
  seen[(*n_seen)++] = tag;
  return TRUE;
}

static gboolean
read_target (EsimNotificationTarget *target, const EsimTlvReader *parent, const EsimTlv *element)
{
  guint n_members = 0, n_seen = 0;
  guint32 seen[MEMBERS_MAX];
  EsimTlvReader reader;
  EsimTlv tlv;
  guint32 bits;

  esim_tlv_reader_enter (&reader, parent, element);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (++n_members > MEMBERS_MAX || !take_tag (tlv.tag, seen, &n_seen))
      return FALSE;
    if (tlv.tag == TAG_TARGET_ADDRESS) {
      g_free (target->address);
      target->address = esim_tlv_dup_text (&tlv);
    } else if (tlv.tag == TAG_TARGET_EVENTS) {
      if (!esim_tlv_get_bits (&tlv, &bits, NULL))
        return FALSE;
      target->events = (EsimNotificationEvents) (bits & ALL_EVENTS);
    }
  }
  return esim_tlv_reader_finish (&reader, NULL);
}

static gboolean
read_targets (EsimProfileMetadata *self, const EsimTlvReader *parent, const EsimTlv *list)
{
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, list);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag != TAG_SEQUENCE)
      continue;
    if (self->n_targets == TARGETS_MAX)
      return FALSE;
    self->targets = g_renew (EsimNotificationTarget, self->targets, self->n_targets + 1);
    self->targets[self->n_targets] = (EsimNotificationTarget){.address = g_strdup ("")};
    if (!read_target (&self->targets[self->n_targets++], &reader, &tlv))
      return FALSE;
  }
  return esim_tlv_reader_finish (&reader, NULL);
}

static gboolean
read_policy_rules (EsimProfileMetadata *self, const EsimTlv *tlv)
{
  guint32 bits;

  if (!esim_tlv_get_bits (tlv, &bits, NULL))
    return FALSE;
  self->policy_rules = (EsimPolicyRules) (bits & ALL_POLICY_RULES);
  return TRUE;
}

static gboolean
read_iccid (EsimProfileMetadata *self, const EsimTlv *tlv)
{
  if (self->iccid != NULL)
    return FALSE;
  self->iccid = esim_bcd_iccid_from_octets (tlv->value, tlv->length, NULL);
  return self->iccid != NULL;
}

static gboolean
read_member (EsimProfileMetadata *self, const EsimTlvReader *reader, const EsimTlv *tlv)
{
  switch (tlv->tag) {
  case TAG_ICCID:
    return read_iccid (self, tlv);
  case TAG_SERVICE_PROVIDER:
    return take_text (&self->service_provider, tlv, SERVICE_PROVIDER_MAX);
  case TAG_NAME:
    return take_text (&self->name, tlv, NAME_MAX_CHARACTERS);
  case TAG_ICON_TYPE:
    return read_icon_type (self, tlv);
  case TAG_ICON:
    return take_octets (&self->icon, tlv, ESIM_ICON_OCTETS_MAX);
  case TAG_CLASS:
    return read_class (self, tlv);
  case TAG_TARGETS:
    return read_targets (self, reader, tlv);
  case TAG_OWNER:
    return read_owner (self, reader, tlv);
  case TAG_POLICY_RULES:
    return read_policy_rules (self, tlv);
  case TAG_SERVICE_SPECIFIC:
    g_clear_pointer (&self->service_specific, g_bytes_unref);
    self->service_specific = esim_tlv_dup_raw (tlv);
    return TRUE;
  default:
    return TRUE; /* EXTENSIBILITY IMPLIED */
  }
}

/* What nobody could show, or would know the type of, is no icon. */
static void
settle (EsimProfileMetadata *self)
{
  if (self->icon_type == NULL || self->icon_type[0] == '\0' || self->icon == NULL ||
      g_bytes_get_size (self->icon) == 0) {
    g_clear_pointer (&self->icon, g_bytes_unref);
    g_clear_pointer (&self->icon_type, g_free);
    self->icon_type = g_strdup ("");
  }
  if (self->service_provider == NULL)
    self->service_provider = g_strdup ("");
  if (self->name == NULL)
    self->name = g_strdup ("");
  self->home_operator =
      self->owner_plmn != NULL
          ? esim_bcd_plmn_from_octets (g_bytes_get_data (self->owner_plmn, NULL), ESIM_PLMN_OCTETS)
          : g_strdup ("");
}

/* What a later version brings may come several times. */
static gboolean
is_read (guint32 tag)
{
  static const guint32 tags[] = {
      TAG_ICCID, TAG_SERVICE_PROVIDER, TAG_NAME,         TAG_ICON_TYPE,        TAG_ICON,
      TAG_CLASS, TAG_TARGETS,          TAG_POLICY_RULES, TAG_SERVICE_SPECIFIC, TAG_OWNER};

  for (guint i = 0; i < G_N_ELEMENTS (tags); i++)
    if (tags[i] == tag)
      return TRUE;
  return FALSE;
}

EsimProfileMetadata *
esim_profile_metadata_parse (GBytes *bytes, GError **error)
{
  g_autoptr (EsimProfileMetadata) self = metadata_new (bytes);
  guint n_members = 0, n_seen = 0;
  guint32 seen[MEMBERS_MAX];
  gboolean good = TRUE;
  EsimTlvReader reader;
  EsimTlv outer, tlv;

  if (g_bytes_get_size (bytes) > METADATA_OCTETS_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                 "The server's description of the profile is larger than %d octets. Tell the operator.",
                 METADATA_OCTETS_MAX);
    return NULL;
  }
  if (!esim_server_object_open (bytes, TAG_METADATA, WHAT, &outer, &reader, error))
    return NULL;
  while (good && esim_tlv_reader_next (&reader, &tlv))
    good = ++n_members <= MEMBERS_MAX && (!is_read (tlv.tag) || take_tag (tlv.tag, seen, &n_seen)) &&
           read_member (self, &reader, &tlv);
  if (!good || !esim_tlv_reader_finish (&reader, NULL) || self->iccid == NULL) {
    if (!esim_server_object_refuse (WHAT, error))
      return NULL;
  }
  settle (self);
  return g_steal_pointer (&self);
}

/* What the card is never given, so that it is no part of a package: serviceSpecificDataNotStoredInEuicc; and
 * the default, spelt out. */
static gboolean
is_left_out (const EsimTlv *tlv)
{
  guint64 class_;

  return tlv->tag == TAG_NOT_STORED || (tlv->tag == TAG_CLASS && esim_tlv_get_uint (tlv, &class_, NULL) &&
                                        class_ == ESIM_PROFILE_CLASS_OPERATIONAL);
}

static const char *
name_member (guint32 tag)
{
  static const struct {
    guint32 tag;
    const char *name;
  } names[] = {
      {TAG_ICCID, "ICCID"},
      {TAG_SERVICE_PROVIDER, "service provider"},
      {TAG_NAME, "name"},
      {TAG_ICON_TYPE, "kind of icon"},
      {TAG_ICON, "icon"},
      {TAG_CLASS, "class"},
      {TAG_OWNER, "owner"},
      {TAG_TARGETS, "addresses for notifications"},
      {TAG_POLICY_RULES, "policy rules"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].tag == tag)
      return names[i].name;
  return "further data";
}

/* How often @self holds a member like @wanted: the same tag, the same contents. At most MEMBERS_MAX are
 * there. */
static guint
count_members (EsimProfileMetadata *self, const EsimTlv *wanted)
{
  EsimTlvReader outer, reader;
  EsimTlv object, member;
  guint count = 0;

  esim_tlv_reader_init (&outer, g_bytes_get_data (self->bytes, NULL), g_bytes_get_size (self->bytes));
  if (!esim_tlv_reader_next (&outer, &object))
    return 0;
  esim_tlv_reader_enter (&reader, &outer, &object);
  while (esim_tlv_reader_next (&reader, &member))
    if (member.tag == wanted->tag && member.length == wanted->length &&
        memcmp (member.value, wanted->value, wanted->length) == 0)
      count++;
  return count;
}

/* Whether each member of @one stands in @other too, with the same contents and as often. Both were parsed, so
 * they can be read. Returns: 0, or the tag of the first that does not */
static guint32
find_difference (EsimProfileMetadata *one, EsimProfileMetadata *other)
{
  EsimTlvReader outer, reader;
  EsimTlv object, member;

  esim_tlv_reader_init (&outer, g_bytes_get_data (one->bytes, NULL), g_bytes_get_size (one->bytes));
  if (!esim_tlv_reader_next (&outer, &object))
    return TAG_METADATA;
  esim_tlv_reader_enter (&reader, &outer, &object);
  while (esim_tlv_reader_next (&reader, &member)) {
    if (!is_left_out (&member) && count_members (one, &member) != count_members (other, &member))
      return member.tag;
  }
  return 0;
}

gboolean
esim_profile_metadata_equal (EsimProfileMetadata *shown, EsimProfileMetadata *packaged, GError **error)
{
  guint32 tag = 0;

  if (g_bytes_equal (shown->bytes, packaged->bytes))
    return TRUE;
  tag = find_difference (shown, packaged);
  if (tag == 0)
    tag = find_difference (packaged, shown);
  if (tag == 0)
    return TRUE;
  g_set_error (
      error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR,
      "The package holds another profile than the one that was agreed to: the %s differs. Nothing was "
      "installed. Tell the operator.",
      name_member (tag));
  return FALSE;
}

const char *
esim_profile_class_to_string (EsimProfileClass class_)
{
  switch (class_) {
  case ESIM_PROFILE_CLASS_TEST:
    return "test";
  case ESIM_PROFILE_CLASS_PROVISIONING:
    return "provisioning";
  case ESIM_PROFILE_CLASS_OPERATIONAL:
  default:
    return "operational";
  }
}

const char **
esim_policy_rules_to_strings (EsimPolicyRules rules)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  if ((rules & ESIM_PPR_1_NO_DISABLE) != 0)
    g_ptr_array_add (names, (gpointer) "ppr1");
  if ((rules & ESIM_PPR_2_NO_DELETE) != 0)
    g_ptr_array_add (names, (gpointer) "ppr2");
  if ((rules & ESIM_PPR_UPDATE_CONTROL) != 0)
    g_ptr_array_add (names, (gpointer) "update-control");
  g_ptr_array_add (names, NULL);
  return (const char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}
