/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-load-result.h"
#include "esim-bpp-words.h"
#include "esim-error.h"
#include "esim-tlv.h"

#define AID_OCTETS_MIN 5 /* ISO/IEC 7816-5 */
#define AID_OCTETS_MAX 16
#define TRANSACTION_ID_OCTETS_MAX 16

/* SGP.22 2.5.6: BF37 {BF27 {80, BF2F, 06, A2 {A0 {4F, 04} / A1 {80, 81, 82}}}, 5F37}. */
#define TAG_RESULT 0xBF37
#define TAG_DATA 0xBF27
#define TAG_TRANSACTION_ID 0x80
#define TAG_FINAL_RESULT 0xA2
#define TAG_SUCCESS 0xA0
#define TAG_FAILURE 0xA1
#define TAG_AID 0x4F
#define TAG_COMMAND 0x80
#define TAG_REASON 0x81

static gboolean
refuse (const char *what, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
               "The card's result of the installation %s. Look at the card's list of profiles to see whether "
               "the profile is there.",
               what);
  return FALSE;
}

void
esim_load_result_free (EsimLoadResult *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->aid, g_bytes_unref);
  g_clear_pointer (&self->transaction_id, g_bytes_unref);
  g_clear_pointer (&self->notification, esim_notification_unref);
  g_free (self);
}

/* Goes into the one member with @tag. */
static gboolean
enter (EsimTlvReader *inside, const EsimTlvReader *parent, const EsimTlv *object, guint32 tag, EsimTlv *found,
       GError **error)
{
  gboolean has = FALSE;
  EsimTlv tlv;

  esim_tlv_reader_enter (inside, parent, object);
  while (esim_tlv_reader_next (inside, &tlv)) {
    if (tlv.tag != tag)
      continue;
    if (has)
      return refuse ("has a part twice", error);
    *found = tlv;
    has = TRUE;
  }
  if (!esim_tlv_reader_finish (inside, error))
    return FALSE;
  return has || refuse ("lacks a part", error);
}

static gboolean
parse_success (EsimLoadResult *self, const EsimTlvReader *parent, const EsimTlv *success, GError **error)
{
  EsimTlvReader reader;
  EsimTlv aid;

  if (!enter (&reader, parent, success, TAG_AID, &aid, error))
    return FALSE;
  if (aid.length < AID_OCTETS_MIN || aid.length > AID_OCTETS_MAX)
    return refuse ("names no application", error);
  self->installed = TRUE;
  self->aid = g_bytes_new (aid.value, aid.length);
  self->command = -1;
  self->reason = -1;
  return TRUE;
}

static gboolean
parse_failure (EsimLoadResult *self, const EsimTlvReader *parent, const EsimTlv *failure, GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;
  guint64 command, reason;

  if (!enter (&reader, parent, failure, TAG_COMMAND, &tlv, error) ||
      !esim_tlv_get_uint (&tlv, &command, error) ||
      !enter (&reader, parent, failure, TAG_REASON, &tlv, error) || !esim_tlv_get_uint (&tlv, &reason, error))
    return FALSE;
  self->command = (gint) MIN (command, G_MAXINT);
  self->reason = (gint) MIN (reason, G_MAXINT);
  return TRUE;
}

static gboolean
parse_final (EsimLoadResult *self, const EsimTlvReader *parent, const EsimTlv *final, GError **error)
{
  EsimTlvReader reader, rest;
  EsimTlv tlv, another;

  esim_tlv_reader_enter (&reader, parent, final);
  if (!esim_tlv_reader_next (&reader, &tlv))
    return esim_tlv_reader_finish (&reader, error) && refuse ("is empty", error);
  rest = reader;
  if (esim_tlv_reader_next (&rest, &another))
    return refuse ("says more than one thing", error);
  if (!esim_tlv_reader_finish (&rest, error))
    return FALSE;
  if (tlv.tag == TAG_SUCCESS)
    return parse_success (self, &reader, &tlv, error);
  return tlv.tag == TAG_FAILURE ? parse_failure (self, &reader, &tlv, error)
                                : refuse ("is neither success nor failure", error);
}

static gboolean
parse (EsimLoadResult *self, GBytes *bytes, GError **error)
{
  gsize length = 0;
  const guint8 *octets = g_bytes_get_data (bytes, &length);
  EsimTlvReader outside, reader, members;
  EsimTlv outer, data, transaction, final;

  if (!esim_tlv_read_only (octets, length, &outer, error))
    return FALSE;
  if (outer.tag != TAG_RESULT)
    return refuse ("is something else", error);
  self->notification = esim_notification_parse (bytes, error);
  if (self->notification == NULL)
    return FALSE;
  esim_tlv_reader_init (&outside, octets, length);
  if (!enter (&reader, &outside, &outer, TAG_DATA, &data, error) ||
      !enter (&members, &reader, &data, TAG_TRANSACTION_ID, &transaction, error) ||
      !enter (&members, &reader, &data, TAG_FINAL_RESULT, &final, error))
    return FALSE;
  if (transaction.length == 0 || transaction.length > TRANSACTION_ID_OCTETS_MAX)
    return refuse ("names no session", error);
  self->transaction_id = g_bytes_new (transaction.value, transaction.length);
  return parse_final (self, &members, &final, error);
}

EsimLoadResult *
esim_load_result_parse (GBytes *bytes, GError **error)
{
  g_autoptr (EsimLoadResult) self = g_new0 (EsimLoadResult, 1);

  return parse (self, bytes, error) ? g_steal_pointer (&self) : NULL;
}

gboolean
esim_load_result_check (const EsimLoadResult *self, GError **error)
{
  if (self->installed)
    return TRUE;
  g_propagate_error (error, esim_bpp_words_make_error ((guint64) self->command, (guint64) self->reason));
  return FALSE;
}
