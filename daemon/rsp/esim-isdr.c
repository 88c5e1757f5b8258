/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-isdr-ask.h"
#include "esim-bcd.h"
#include "esim-error.h"
#include "esim-es10-answer.h"

#include <string.h>

#define NICKNAME_OCTETS_MAX 64

#define TAG_TAG_LIST 0x5C
#define TAG_EID 0x5A
#define TAG_ICCID 0x5A
#define TAG_AID 0x4F
#define TAG_IDENTIFIER 0xA0
#define TAG_REFRESH 0x81
#define TAG_NICKNAME 0x90
#define TAG_SEQUENCE_NUMBER 0x80

/* The answer to a SELECT: ISO/IEC 7816-4, and what SGP.32 3.8.4 adds. */
#define TAG_FCI 0x6F
#define TAG_FCP 0x62
#define TAG_PROPRIETARY 0xA5
#define TAG_IOT_TEMPLATE 0xE1
#define TEMPLATE_DEPTH 3

/* The ISD-R's (SGP.02 Annex H, which SGP.22 refers to). */
static const guint8 isdr_aid[] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                                  0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};

/* What esim-profile-info.c reads, and no more: an icon alone is up to 1 KiB, five APDUs. */
static const guint8 profile_tags[] = {0x5A, 0x4F, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x95, 0xB6, 0xB7, 0x99};

struct _EsimIsdr {
  EsimCard *card;
  guint channel;
  char *eid;
  gboolean is_iot;
  GBytes *info1; /* NULL until it was asked for */
};

static gboolean
close_channel (EsimIsdr *self)
{
  g_autoptr (GError) error = NULL;

  if (esim_card_is_gone (self->card))
    return FALSE;
  if (esim_card_close_channel (self->card, self->channel, &error))
    return TRUE;
  g_message ("Channel %u was not closed properly: %s", self->channel, error->message);
  return FALSE;
}

void
esim_isdr_abandon (EsimIsdr *self)
{
  if (self == NULL)
    return;
  g_object_unref (self->card);
  g_clear_pointer (&self->info1, g_bytes_unref);
  g_free (self->eid);
  g_free (self);
}

gboolean
esim_isdr_close (EsimIsdr *self)
{
  gboolean closed = close_channel (self);

  esim_isdr_abandon (self);
  return closed;
}

void
esim_isdr_free (EsimIsdr *self)
{
  if (self != NULL)
    (void) esim_isdr_close (self);
}

GBytes *
esim_isdr_send (EsimIsdr *self, GBytes *command, GError **error)
{
  return esim_apdu_store_data (self->card, self->channel, command, error);
}

GBytes *
esim_isdr_ask (EsimIsdr *self, EsimTlvWriter *writer, GError **error)
{
  g_autoptr (GBytes) command = esim_tlv_writer_finish (writer);

  return esim_isdr_send (self, command, error);
}

GBytes *
esim_isdr_ask_with (EsimIsdr *self, EsimEs10Function function, guint32 tag, gconstpointer value, gsize length,
                    GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};

  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, function);
  if (tag != 0)
    esim_tlv_writer_add (&writer, tag, value, length);
  esim_tlv_writer_end (&writer);
  return esim_isdr_ask (self, &writer, error);
}

static gboolean
read_eid (EsimIsdr *self, GError **error)
{
  const guint8 wanted = TAG_EID;
  g_autoptr (GBytes) response =
      esim_isdr_ask_with (self, ESIM_ES10_GET_EID, TAG_TAG_LIST, &wanted, sizeof wanted, error);
  EsimTlvReader reader;
  EsimTlv tlv, eid = {0};

  if (response == NULL || !esim_es10_answer_open (response, ESIM_ES10_GET_EID, &reader, error))
    return FALSE;
  while (esim_tlv_reader_next (&reader, &tlv))
    if (tlv.tag == TAG_EID)
      eid = tlv;
  if (!esim_tlv_reader_finish (&reader, error))
    return FALSE;
  self->eid = esim_bcd_eid_from_octets (eid.value, eid.length, error);
  return self->eid != NULL;
}

/* Looks at each level, from the outside, and goes down where the template may be. What is malformed tells
 * nothing. */
static gboolean
tells_iot (GBytes *answer)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (answer, &length);
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_init (&reader, data, length);
  for (guint level = 0; level < TEMPLATE_DEPTH; level++) {
    EsimTlvReader inside;

    esim_tlv_reader_init (&inside, NULL, 0);
    while (esim_tlv_reader_next (&reader, &tlv)) {
      if (tlv.tag == TAG_IOT_TEMPLATE)
        return TRUE;
      if (tlv.tag == TAG_FCI || tlv.tag == TAG_FCP || tlv.tag == TAG_PROPRIETARY)
        esim_tlv_reader_enter (&inside, &reader, &tlv);
    }
    reader = inside;
  }
  return FALSE;
}

EsimIsdr *
esim_isdr_open (EsimCard *card, GError **error)
{
  g_autoptr (EsimIsdr) self = NULL;
  g_autoptr (GBytes) answer = NULL;
  guint channel = 0;

  if (!esim_card_open_channel (card, isdr_aid, sizeof isdr_aid, &channel, &answer, error))
    return NULL;
  self = g_new0 (EsimIsdr, 1);
  self->card = g_object_ref (card);
  self->channel = channel;
  self->is_iot = tells_iot (answer);
  if (!read_eid (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

const char *
esim_isdr_get_eid (EsimIsdr *self)
{
  return self->eid;
}

gboolean
esim_isdr_is_iot (EsimIsdr *self)
{
  return self->is_iot;
}

GPtrArray *
esim_isdr_list_profiles (EsimIsdr *self, GError **error)
{
  g_autoptr (GBytes) response = esim_isdr_ask_with (self, ESIM_ES10_GET_PROFILES_INFO, TAG_TAG_LIST,
                                                    profile_tags, sizeof profile_tags, error);

  return response != NULL ? esim_profile_info_list_parse (response, error) : NULL;
}

GBytes *
esim_isdr_get_info1_bytes (EsimIsdr *self, GError **error)
{
  g_autoptr (GBytes) response = NULL;
  EsimTlvReader reader;

  if (self->info1 != NULL)
    return g_bytes_ref (self->info1);
  response = esim_isdr_ask_with (self, ESIM_ES10_GET_INFO1, 0, NULL, 0, error);
  if (response == NULL || !esim_es10_answer_open (response, ESIM_ES10_GET_INFO1, &reader, error))
    return NULL;
  self->info1 = g_bytes_ref (response);
  return g_steal_pointer (&response);
}

EsimEuiccInfo *
esim_isdr_get_info1 (EsimIsdr *self, GError **error)
{
  g_autoptr (GBytes) bytes = esim_isdr_get_info1_bytes (self, error);

  return bytes != NULL ? esim_euicc_info_parse (bytes, error) : NULL;
}

EsimEuiccInfo *
esim_isdr_get_info2 (EsimIsdr *self, GError **error)
{
  g_autoptr (GBytes) response = esim_isdr_ask_with (self, ESIM_ES10_GET_INFO2, 0, NULL, 0, error);
  EsimTlvReader reader;

  /* The parser takes either; here it must be the one that was asked for. */
  if (response == NULL || !esim_es10_answer_open (response, ESIM_ES10_GET_INFO2, &reader, error))
    return NULL;
  return esim_euicc_info_parse (response, error);
}

/* ProfileIdentifier: a card in the field refuses the ICCID and takes the AID. */
static gboolean
add_identifier (EsimTlvWriter *writer, const EsimProfileInfo *profile, GError **error)
{
  guint8 iccid[ESIM_ICCID_OCTETS];

  if (profile->aid != NULL) {
    esim_tlv_writer_add (writer, TAG_AID, g_bytes_get_data (profile->aid, NULL),
                         g_bytes_get_size (profile->aid));
    return TRUE;
  }
  if (!esim_bcd_iccid_to_octets (profile->iccid, iccid, error))
    return FALSE;
  esim_tlv_writer_add (writer, TAG_ICCID, iccid, sizeof iccid);
  return TRUE;
}

gboolean
esim_isdr_ask_for_result (EsimIsdr *self, EsimEs10Function function, EsimTlvWriter *writer, GError **error)
{
  g_autoptr (GBytes) response = esim_isdr_ask (self, writer, error);

  return response != NULL && esim_es10_answer_check (response, function, error);
}

static gboolean
do_switch (EsimIsdr *self, EsimEs10Function function, const EsimProfileInfo *profile, gboolean refresh,
           GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};

  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, function);
  esim_tlv_writer_begin (&writer, TAG_IDENTIFIER);
  if (!add_identifier (&writer, profile, error))
    return FALSE;
  esim_tlv_writer_end (&writer);
  esim_tlv_writer_add_boolean (&writer, TAG_REFRESH, refresh);
  esim_tlv_writer_end (&writer);
  return esim_isdr_ask_for_result (self, function, &writer, error);
}

gboolean
esim_isdr_enable (EsimIsdr *self, const EsimProfileInfo *profile, gboolean refresh, GError **error)
{
  return do_switch (self, ESIM_ES10_ENABLE, profile, refresh, error);
}

gboolean
esim_isdr_disable (EsimIsdr *self, const EsimProfileInfo *profile, gboolean refresh, GError **error)
{
  return do_switch (self, ESIM_ES10_DISABLE, profile, refresh, error);
}

gboolean
esim_isdr_delete (EsimIsdr *self, const EsimProfileInfo *profile, GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};

  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, ESIM_ES10_DELETE);
  if (!add_identifier (&writer, profile, error))
    return FALSE;
  esim_tlv_writer_end (&writer);
  return esim_isdr_ask_for_result (self, ESIM_ES10_DELETE, &writer, error);
}

static gboolean
nickname_is_valid (const char *nickname)
{
  if (strlen (nickname) > NICKNAME_OCTETS_MAX || !g_utf8_validate (nickname, -1, NULL))
    return FALSE;
  for (const char *p = nickname; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

gboolean
esim_isdr_check_nickname (const char *nickname, GError **error)
{
  if (nickname_is_valid (nickname))
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
               "A nickname is one line of UTF-8 text of at most %d octets. Take a shorter or plainer one.",
               NICKNAME_OCTETS_MAX);
  return FALSE;
}

gboolean
esim_isdr_set_nickname (EsimIsdr *self, const char *iccid, const char *nickname, GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};
  guint8 octets[ESIM_ICCID_OCTETS];

  if (!esim_isdr_check_nickname (nickname, error) || !esim_bcd_iccid_to_octets (iccid, octets, error))
    return FALSE;
  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, ESIM_ES10_SET_NICKNAME);
  esim_tlv_writer_add (&writer, TAG_ICCID, octets, sizeof octets);
  esim_tlv_writer_add (&writer, TAG_NICKNAME, nickname, strlen (nickname));
  esim_tlv_writer_end (&writer);
  return esim_isdr_ask_for_result (self, ESIM_ES10_SET_NICKNAME, &writer, error);
}

GPtrArray *
esim_isdr_list_notifications (EsimIsdr *self, GError **error)
{
  g_autoptr (GBytes) response = esim_isdr_ask_with (self, ESIM_ES10_LIST_NOTIFICATION, 0, NULL, 0, error);

  return response != NULL ? esim_notification_list_parse (response, error) : NULL;
}

GPtrArray *
esim_isdr_retrieve_notifications (EsimIsdr *self, guint *left_out, GError **error)
{
  g_autoptr (GBytes) response =
      esim_isdr_ask_with (self, ESIM_ES10_RETRIEVE_NOTIFICATIONS, 0, NULL, 0, error);

  return response != NULL ? esim_notification_retrieved_parse (response, left_out, error) : NULL;
}

gboolean
esim_isdr_remove_notification (EsimIsdr *self, guint64 sequence, GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};
  g_autoptr (GError) refused = NULL;

  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, ESIM_ES10_NOTIFICATION_SENT);
  esim_tlv_writer_add_uint (&writer, TAG_SEQUENCE_NUMBER, sequence);
  esim_tlv_writer_end (&writer);
  if (esim_isdr_ask_for_result (self, ESIM_ES10_NOTIFICATION_SENT, &writer, &refused) ||
      g_error_matches (refused, ESIM_ERROR, ESIM_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&refused));
  return FALSE;
}
