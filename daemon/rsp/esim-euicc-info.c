/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-euicc-info.h"
#include "esim-error.h"
#include "esim-es10-answer.h"

#define KEY_IDS_MAX 64
#define KEY_ID_OCTETS_MAX 64
#define VERSION_OCTETS 3

#define TAG_SPEC_VERSION 0x82
#define TAG_FIRMWARE_VERSION 0x83
#define TAG_CARD_RESOURCE 0x84
#define TAG_VERIFICATION_KEYS 0xA9
#define TAG_IOT_SPECIFIC_INFO 0xB4 /* SGP.32, 5.9.2 */
#define TAG_IOT_VERSIONS 0xA0
#define TAG_KEY_ID 0x04
#define TAG_FREE_MEMORY 0x82 /* ETSI TS 102 226, 8.2.1.7.2: free non-volatile memory */

EsimEuiccInfo *
esim_euicc_info_ref (EsimEuiccInfo *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_euicc_info_unref (EsimEuiccInfo *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->spec_version);
  g_free (self->firmware_version);
  g_strfreev (self->ci_key_ids);
  g_free (self);
}

static gboolean
parse_version (const EsimTlv *tlv, char **version, GError **error)
{
  if (tlv->length != VERSION_OCTETS) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
        "The card gave a version number that is not of three octets. Read the card again; if it "
        "stays so, the card does not keep to the standard.");
    return FALSE;
  }
  g_free (*version);
  *version = g_strdup_printf ("%u.%u.%u", tlv->value[0], tlv->value[1], tlv->value[2]);
  return TRUE;
}

/* An OCTET STRING with objects in it. It says how much room there is, and nothing hangs on that: what cannot
 * be read counts as not given. */
static guint64
read_free_memory (const EsimTlv *resource)
{
  EsimTlvReader reader;
  EsimTlv tlv;
  guint64 size;

  esim_tlv_reader_init (&reader, resource->value, resource->length);
  while (esim_tlv_reader_next (&reader, &tlv))
    if (tlv.tag == TAG_FREE_MEMORY && esim_tlv_get_size (&tlv, &size, NULL))
      return size;
  return 0;
}

/* SGP.22 has the object too, with nothing in it: only a version of SGP.32 tells. */
static gboolean
names_iot_version (const EsimTlvReader *parent, const EsimTlv *info)
{
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, info);
  while (esim_tlv_reader_next (&reader, &tlv))
    if (tlv.tag == TAG_IOT_VERSIONS && tlv.length > 0)
      return TRUE;
  return FALSE;
}

static gboolean
parse_key_ids (const EsimTlvReader *parent, const EsimTlv *list, char ***key_ids, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, list);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag != TAG_KEY_ID || tlv.length == 0)
      continue;
    if (ids->len == KEY_IDS_MAX || tlv.length > KEY_ID_OCTETS_MAX) {
      g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                           "The card names more root certificates, or longer key identifiers, than any card "
                           "does. Reset the modem and try again.");
      return FALSE;
    }
    g_ptr_array_add (ids, esim_tlv_dup_hex (&tlv));
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return FALSE;
  g_ptr_array_add (ids, NULL);
  g_strfreev (*key_ids);
  *key_ids = (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
  return TRUE;
}

static EsimEuiccInfo *
parse_members (EsimTlvReader *reader, gboolean info2, GError **error)
{
  g_autoptr (EsimEuiccInfo) self = g_new0 (EsimEuiccInfo, 1);
  gboolean good = TRUE;
  EsimTlv tlv;

  g_atomic_ref_count_init (&self->refs);
  self->spec_version = g_strdup ("");
  self->firmware_version = g_strdup ("");
  self->ci_key_ids = g_new0 (char *, 1);
  while (good && esim_tlv_reader_next (reader, &tlv)) {
    if (tlv.tag == TAG_SPEC_VERSION)
      good = parse_version (&tlv, &self->spec_version, error);
    else if (tlv.tag == TAG_FIRMWARE_VERSION && info2)
      good = parse_version (&tlv, &self->firmware_version, error);
    else if (tlv.tag == TAG_CARD_RESOURCE && info2)
      self->free_memory = read_free_memory (&tlv);
    else if (tlv.tag == TAG_IOT_SPECIFIC_INFO && info2)
      self->is_iot = names_iot_version (reader, &tlv);
    else if (tlv.tag == TAG_VERIFICATION_KEYS)
      good = parse_key_ids (reader, &tlv, &self->ci_key_ids, error);
  }
  if (!good || !esim_tlv_reader_finish (reader, error))
    return NULL;
  if (self->spec_version[0] == '\0') {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
        "The card does not say which version of SGP.22 it keeps to. Read the card again; if it "
        "stays so, it may not be an eUICC for consumer devices.");
    return NULL;
  }
  return g_steal_pointer (&self);
}

EsimEuiccInfo *
esim_euicc_info_parse (GBytes *response, GError **error)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (response, &length);
  gboolean info2 =
      length >= 2 && data[0] == (ESIM_ES10_GET_INFO2 >> 8) && data[1] == (ESIM_ES10_GET_INFO2 & 0xFF);
  EsimTlvReader reader;

  if (!esim_es10_answer_open (response, info2 ? ESIM_ES10_GET_INFO2 : ESIM_ES10_GET_INFO1, &reader, error))
    return NULL;
  return parse_members (&reader, info2, error);
}
