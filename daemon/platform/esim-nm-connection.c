/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-nm-connection.h"

#include <string.h>

#define ICCID_DIGITS_MIN 18
#define ICCID_DIGITS_MAX 20
#define NAME_OCTETS_MAX 256
#define TEXT_OCTETS_MAX 256
#define UUID_OCTETS 16

G_DEFINE_BOXED_TYPE (EsimNmConnection, esim_nm_connection, esim_nm_connection_ref, esim_nm_connection_unref)

EsimNmConnection *
esim_nm_connection_ref (EsimNmConnection *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_nm_connection_unref (EsimNmConnection *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->path);
  g_free (self->uuid);
  g_free (self->name);
  g_free (self->iccid);
  g_free (self->apn);
  g_free (self->operator_id);
  g_free (self->device_id);
  g_free (self);
}

char *
esim_nm_connection_dup_iccid (const char *text)
{
  gsize n = strspn (text, "0123456789");
  gsize filler = strspn (text + n, "Ff");

  /* The file on the card has room for 20 digits (ETSI TS 102 221, 13.2). */
  if (n < ICCID_DIGITS_MIN || n + filler > ICCID_DIGITS_MAX || text[n + filler] != '\0')
    return NULL;
  return g_strndup (text, n);
}

static void
read_octets (const char *uuid, guint8 octets[UUID_OCTETS])
{
  for (guint i = 0; i < UUID_OCTETS; i++) {
    if (*uuid == '-')
      uuid++;
    octets[i] = (guint8) (g_ascii_xdigit_value (uuid[0]) << 4 | g_ascii_xdigit_value (uuid[1]));
    uuid += 2;
  }
}

char *
esim_nm_connection_dup_uuid (const char *iccid)
{
  g_autoptr (GChecksum) sha1 = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 namespace_octets[UUID_OCTETS];
  guint8 u[20];
  gsize size = sizeof u;

  read_octets (ESIM_NM_NAMESPACE, namespace_octets);
  g_checksum_update (sha1, namespace_octets, sizeof namespace_octets);
  g_checksum_update (sha1, (const guchar *) iccid, (gssize) strlen (iccid));
  g_checksum_get_digest (sha1, u, &size);
  u[6] = (guint8) ((u[6] & 0x0f) | 0x50); /* version 5 */
  u[8] = (guint8) ((u[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
                          u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
                          u[15]);
}

static GVariant *
find_setting (GVariant *settings, const char *name)
{
  return g_variant_lookup_value (settings, name, G_VARIANT_TYPE ("a{sv}"));
}

/* "" where it is not there or too long: nothing of ours is that long. */
static char *
dup_text (GVariant *setting, const char *key)
{
  const char *text;

  if (setting == NULL || !g_variant_lookup (setting, key, "&s", &text) || strlen (text) > TEXT_OCTETS_MAX)
    return g_strdup ("");
  return g_strdup (text);
}

static char *
dup_name (GVariant *setting)
{
  const char *text;
  g_autofree char *cut = NULL;

  if (!g_variant_lookup (setting, "id", "&s", &text))
    return g_strdup ("");
  cut = g_strndup (text, NAME_OCTETS_MAX);
  return g_utf8_make_valid (cut, -1);
}

static gboolean
is_marked (GVariant *settings, const char *iccid)
{
  g_autoptr (GVariant) user = find_setting (settings, "user");
  g_autoptr (GVariant) data =
      user != NULL ? g_variant_lookup_value (user, "data", G_VARIANT_TYPE ("a{ss}")) : NULL;
  const char *mark;

  return data != NULL && g_variant_lookup (data, ESIM_NM_MARK, "&s", &mark) && g_str_equal (mark, iccid);
}

EsimNmConnection *
esim_nm_connection_read (const char *path, GVariant *settings)
{
  g_autoptr (GVariant) connection = find_setting (settings, "connection");
  g_autoptr (GVariant) gsm = find_setting (settings, "gsm");
  g_autoptr (EsimNmConnection) self = g_new0 (EsimNmConnection, 1);
  g_autofree char *sim_id = dup_text (gsm, "sim-id");
  g_autofree char *type = dup_text (connection, "type");
  g_autofree char *ours = NULL;

  g_atomic_ref_count_init (&self->refs);
  self->uuid = dup_text (connection, "uuid");
  self->iccid = esim_nm_connection_dup_iccid (sim_id);
  if (!g_str_equal (type, "gsm") || self->iccid == NULL || !g_uuid_string_is_valid (self->uuid))
    return NULL;
  self->path = g_strdup (path);
  self->name = dup_name (connection);
  self->apn = dup_text (gsm, "apn");
  self->operator_id = dup_text (gsm, "sim-operator-id");
  self->device_id = dup_text (gsm, "device-id");
  ours = esim_nm_connection_dup_uuid (self->iccid);
  self->ours = g_ascii_strcasecmp (ours, self->uuid) == 0 && is_marked (settings, self->iccid);
  return g_steal_pointer (&self);
}

EsimNmConnection *
esim_nm_connection_with_active (const EsimNmConnection *self, gboolean active)
{
  EsimNmConnection *copy = g_new0 (EsimNmConnection, 1);

  g_atomic_ref_count_init (&copy->refs);
  copy->path = g_strdup (self->path);
  copy->uuid = g_strdup (self->uuid);
  copy->name = g_strdup (self->name);
  copy->iccid = g_strdup (self->iccid);
  copy->apn = g_strdup (self->apn);
  copy->operator_id = g_strdup (self->operator_id);
  copy->device_id = g_strdup (self->device_id);
  copy->ours = self->ours;
  copy->active = active;
  return copy;
}

gboolean
esim_nm_connection_equal (const EsimNmConnection *a, const EsimNmConnection *b)
{
  return g_str_equal (a->path, b->path) && g_str_equal (a->uuid, b->uuid) && g_str_equal (a->name, b->name) &&
         g_str_equal (a->iccid, b->iccid) && g_str_equal (a->apn, b->apn) &&
         g_str_equal (a->operator_id, b->operator_id) && g_str_equal (a->device_id, b->device_id) &&
         a->ours == b->ours && a->active == b->active;
}
