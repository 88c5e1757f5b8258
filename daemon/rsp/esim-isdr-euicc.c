/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-isdr-euicc.h"
#include "esim-address-guard.h"
#include "esim-bcd.h"
#include "esim-error.h"
#include "esim-es10-answer.h"
#include "esim-isdr-ask.h"
#include "esim-profile-metadata.h"

#include <string.h>

#define SERVERS_MAX 8
#define RESET_BITS 3

/* SGP.22 v2.5, 5.7.3, 5.7.4, 5.7.15, 5.7.19; v3 for what came later. */
#define TAG_DEFAULT_SMDP 0x80
#define TAG_ROOT_SMDS 0x81
#define TAG_MORE_SMDS 0xA2
#define TAG_UTF8_STRING 0x0C
#define TAG_RESET_OPTIONS 0x82
#define TAG_SEARCH 0xA0
#define TAG_TAG_LIST 0x5C
#define TAG_AID 0x4F
#define TAG_ICCID 0x5A
#define TAG_PROFILE 0xE3
#define TAG_ICON_TYPE 0x93
#define TAG_ICON 0x94

void
esim_addresses_free (EsimAddresses *self)
{
  if (self == NULL)
    return;
  g_free (self->default_smdp);
  g_strfreev (self->smds);
  g_free (self);
}

/* Returns: (nullable): the name in @tlv, in lower case, if it is one that may be asked */
static char *
dup_host (const EsimTlv *tlv)
{
  g_autofree char *text = g_strndup ((const char *) tlv->value, tlv->length);
  g_autofree char *host = g_ascii_strdown (text, -1);

  if (tlv->length == 0 || !esim_address_guard_check_host (host, NULL)) {
    if (tlv->length > 0)
      g_message ("The card names a server that is no domain name; it is left out");
    return NULL;
  }
  return g_steal_pointer (&host);
}

static void
add_smds (GPtrArray *smds, const EsimTlv *tlv)
{
  g_autofree char *host = dup_host (tlv);

  if (host == NULL || smds->len >= SERVERS_MAX ||
      g_ptr_array_find_with_equal_func (smds, host, g_str_equal, NULL))
    return;
  g_ptr_array_add (smds, g_steal_pointer (&host));
}

static void
add_more_smds (GPtrArray *smds, const EsimTlvReader *parent, const EsimTlv *list)
{
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, list);
  while (esim_tlv_reader_next (&reader, &tlv))
    if (tlv.tag == TAG_UTF8_STRING)
      add_smds (smds, &tlv);
}

EsimAddresses *
esim_isdr_get_addresses (EsimIsdr *self, GError **error)
{
  g_autoptr (GBytes) response = esim_isdr_ask_with (self, ESIM_ES10_GET_ADDRESSES, 0, NULL, 0, error);
  g_autoptr (EsimAddresses) addresses = g_new0 (EsimAddresses, 1);
  g_autoptr (GPtrArray) smds = g_ptr_array_new_with_free_func (g_free);
  EsimTlvReader reader;
  EsimTlv tlv;

  if (response == NULL || !esim_es10_answer_open (response, ESIM_ES10_GET_ADDRESSES, &reader, error))
    return NULL;
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag == TAG_DEFAULT_SMDP && addresses->default_smdp == NULL)
      addresses->default_smdp = dup_host (&tlv);
    else if (tlv.tag == TAG_ROOT_SMDS)
      add_smds (smds, &tlv);
    else if (tlv.tag == TAG_MORE_SMDS)
      add_more_smds (smds, &reader, &tlv);
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return NULL;
  if (addresses->default_smdp == NULL)
    addresses->default_smdp = g_strdup ("");
  g_ptr_array_add (smds, NULL);
  addresses->smds = (char **) g_ptr_array_free (g_steal_pointer (&smds), FALSE);
  return g_steal_pointer (&addresses);
}

gboolean
esim_isdr_set_default_address (EsimIsdr *self, const char *address, GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};

  if (address[0] != '\0' && !esim_address_guard_check_host (address, error))
    return FALSE;
  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, ESIM_ES10_SET_DEFAULT_ADDRESS);
  esim_tlv_writer_add (&writer, TAG_DEFAULT_SMDP, address, strlen (address));
  esim_tlv_writer_end (&writer);
  return esim_isdr_ask_for_result (self, ESIM_ES10_SET_DEFAULT_ADDRESS, &writer, error);
}

/* A BIT STRING of named bits in DER: without zeros at its end. */
static void
add_reset_options (EsimTlvWriter *writer, EsimMemoryReset what)
{
  guint8 octets[2] = {0, 0};
  guint used = 0;

  for (guint bit = 0; bit < RESET_BITS; bit++) {
    if (((guint) what & 1u << bit) != 0) {
      octets[1] |= (guint8) (0x80 >> bit);
      used = bit + 1;
    }
  }
  octets[0] = (guint8) (8 - used);
  esim_tlv_writer_add (writer, TAG_RESET_OPTIONS, octets, sizeof octets);
}

gboolean
esim_isdr_reset_memory (EsimIsdr *self, EsimMemoryReset what, gboolean *changed, GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};
  g_autoptr (GError) refused = NULL;

  g_return_val_if_fail (what != 0 && (guint) what < 1u << RESET_BITS, FALSE);
  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, ESIM_ES10_MEMORY_RESET);
  add_reset_options (&writer, what);
  esim_tlv_writer_end (&writer);
  if (changed != NULL)
    *changed = TRUE;
  if (esim_isdr_ask_for_result (self, ESIM_ES10_MEMORY_RESET, &writer, &refused))
    return TRUE;
  /* The one result of this function that the words call NOT_FOUND: there was nothing to delete. */
  if (g_error_matches (refused, ESIM_ERROR, ESIM_ERROR_NOT_FOUND)) {
    if (changed != NULL)
      *changed = FALSE;
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&refused));
  return FALSE;
}

static gboolean
add_search (EsimTlvWriter *writer, const EsimProfileInfo *profile, GError **error)
{
  guint8 iccid[ESIM_ICCID_OCTETS];

  esim_tlv_writer_begin (writer, TAG_SEARCH);
  if (profile->aid != NULL)
    esim_tlv_writer_add (writer, TAG_AID, g_bytes_get_data (profile->aid, NULL),
                         g_bytes_get_size (profile->aid));
  else if (!esim_bcd_iccid_to_octets (profile->iccid, iccid, error))
    return FALSE;
  else
    esim_tlv_writer_add (writer, TAG_ICCID, iccid, sizeof iccid);
  esim_tlv_writer_end (writer);
  return TRUE;
}

/* @list: before the profiles, of which there should be one. */
static GBytes *
read_icon (EsimTlvReader *list, char **type, GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv, icon = {0};
  guint64 number = 0;
  gboolean has_type = FALSE;

  if (!esim_tlv_reader_next (list, &tlv) || tlv.tag != TAG_PROFILE) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND,
                         "The card has no such profile (any more). Read the list of profiles again.");
    return NULL;
  }
  esim_tlv_reader_enter (&reader, list, &tlv);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag == TAG_ICON)
      icon = tlv;
    else if (tlv.tag == TAG_ICON_TYPE)
      has_type = esim_tlv_get_uint (&tlv, &number, NULL);
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return NULL;
  if (icon.length == 0 || icon.length > ESIM_ICON_OCTETS_MAX || !has_type || number > 1) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND,
                         "The profile has no icon. Show a general one instead.");
    return NULL;
  }
  *type = g_strdup (number == 0 ? "image/jpeg" : "image/png");
  return g_bytes_new (icon.value, icon.length);
}

GBytes *
esim_isdr_get_icon (EsimIsdr *self, const EsimProfileInfo *profile, char **type, GError **error)
{
  static const guint8 wanted[] = {TAG_ICON_TYPE, TAG_ICON};
  g_auto (EsimTlvWriter) writer = {0};
  g_autoptr (GBytes) response = NULL;
  EsimTlvReader list;

  *type = NULL;
  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, ESIM_ES10_GET_PROFILES_INFO);
  if (!add_search (&writer, profile, error))
    return NULL;
  esim_tlv_writer_add (&writer, TAG_TAG_LIST, wanted, sizeof wanted);
  esim_tlv_writer_end (&writer);
  response = esim_isdr_ask (self, &writer, error);
  if (response == NULL || !esim_es10_answer_open_list (response, ESIM_ES10_GET_PROFILES_INFO, &list, error))
    return NULL;
  return read_icon (&list, type, error);
}
