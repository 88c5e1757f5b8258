/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es10-answer.h"
#include "esim-error.h"

#define TAG_IOT_TEMPLATE 0xE1 /* SGP.32 */
#define TAG_LIST 0xA0
#define TAG_RESULT 0x80
#define TAG_ERROR 0x81

gboolean
esim_es10_answer_refuse_iot (guint32 tag, GError **error)
{
  if (tag != TAG_IOT_TEMPLATE)
    return TRUE;
  g_set_error_literal (
      error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
      "This is an IoT eUICC (SGP.32): its profiles are managed by a remote manager (eIM), not "
      "by this machine. Ask whoever runs that manager.");
  return FALSE;
}

static gboolean
set_unexpected (EsimEs10Function function, GError **error)
{
  GError *made =
      g_error_new (ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                   "The card's answer to %s is not of the form that the standard tells. Try again; "
                   "if it stays so, reset the modem.",
                   esim_es10_function_to_string (function));

  esim_error_set_detail (made, ESIM_DETAIL_FUNCTION,
                         g_variant_new_string (esim_es10_function_to_string (function)));
  g_propagate_error (error, made);
  return FALSE;
}

gboolean
esim_es10_answer_open (GBytes *response, EsimEs10Function function, EsimTlvReader *inside, GError **error)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (response, &length);
  EsimTlvReader outside;
  EsimTlv outer;

  if (!esim_tlv_read_only (data, length, &outer, error) || !esim_es10_answer_refuse_iot (outer.tag, error))
    return FALSE;
  if (outer.tag != (guint32) function)
    return set_unexpected (function, error);
  esim_tlv_reader_init (&outside, data, length);
  esim_tlv_reader_enter (inside, &outside, &outer);
  return TRUE;
}

gboolean
esim_es10_answer_open_list (GBytes *response, EsimEs10Function function, EsimTlvReader *inside,
                            GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;
  guint64 code;

  if (!esim_es10_answer_open (response, function, &reader, error))
    return FALSE;
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (!esim_es10_answer_refuse_iot (tlv.tag, error))
      return FALSE;
    if (tlv.tag == TAG_LIST) {
      esim_tlv_reader_enter (inside, &reader, &tlv);
      return esim_tlv_reader_next (&reader, &tlv) ? set_unexpected (function, error)
                                                  : esim_tlv_reader_finish (&reader, error);
    }
    if (tlv.tag == TAG_ERROR) {
      if (!esim_tlv_get_uint (&tlv, &code, error) || !esim_rsp_check_result (function, code, error))
        return FALSE;
      return set_unexpected (function, error); /* "error 0" with no list */
    }
  }
  return esim_tlv_reader_finish (&reader, error) && set_unexpected (function, error);
}

gboolean
esim_es10_answer_check (GBytes *response, EsimEs10Function function, GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;
  gboolean found = FALSE;
  guint64 result = 0;

  if (!esim_es10_answer_open (response, function, &reader, error))
    return FALSE;
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag != TAG_RESULT)
      continue;
    if (found)
      return set_unexpected (function, error);
    if (!esim_tlv_get_uint (&tlv, &result, error))
      return FALSE;
    found = TRUE;
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return FALSE;
  return found ? esim_rsp_check_result (function, result, error) : set_unexpected (function, error);
}
