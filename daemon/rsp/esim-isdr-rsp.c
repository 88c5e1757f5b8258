/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-isdr-rsp.h"
#include "esim-error.h"
#include "esim-es10-answer.h"
#include "esim-isdr-ask.h"

#include <string.h>

#define TRANSACTION_ID_OCTETS_MAX 16
#define HASH_OCTETS 32

/* SGP.22 v2.5, 5.7.5, 5.7.7, 5.7.13, 5.7.14. Where a sibling has a tag of its own, untagged members keep
 * their universal one. */
#define TAG_CHALLENGE 0x80
#define TAG_COMMON_AUTHENTICATION 0xA0
#define TAG_MATCHING_ID 0x80
#define TAG_DEVICE_INFO 0xA1
#define TAG_OCTET_STRING 0x04
#define TAG_INTEGER 0x02
#define TAG_TRANSACTION_ID 0x80
#define TAG_REASON 0x81
#define TAG_OK 0xA0
#define TAG_ERROR 0xA1
#define TAG_CANCEL_ERROR 0x81
#define TAG_SEQUENCE 0x30
#define TAG_SIGNATURE 0x5F37

void
esim_server_authentication_free (EsimServerAuthentication *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->transaction_id, g_bytes_unref);
  g_clear_pointer (&self->signed1, g_bytes_unref);
  g_clear_pointer (&self->signature1, g_bytes_unref);
  g_clear_pointer (&self->ci_key_id, g_bytes_unref);
  g_clear_pointer (&self->certificate, g_bytes_unref);
  g_free (self);
}

static gboolean
refuse (EsimEs10Function function, const char *what, GError **error)
{
  GError *made = g_error_new (ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                              "The card's answer to %s %s. Try again; if it stays so, reset the modem.",
                              esim_es10_function_to_string (function), what);

  esim_error_set_detail (made, ESIM_DETAIL_FUNCTION,
                         g_variant_new_string (esim_es10_function_to_string (function)));
  g_propagate_error (error, made);
  return FALSE;
}

GBytes *
esim_isdr_get_challenge (EsimIsdr *self, GError **error)
{
  g_autoptr (GBytes) response = esim_isdr_ask_with (self, ESIM_ES10_GET_CHALLENGE, 0, NULL, 0, error);
  EsimTlvReader reader;
  EsimTlv tlv, challenge = {0};

  if (response == NULL || !esim_es10_answer_open (response, ESIM_ES10_GET_CHALLENGE, &reader, error))
    return NULL;
  while (esim_tlv_reader_next (&reader, &tlv))
    if (tlv.tag == TAG_CHALLENGE)
      challenge = tlv;
  if (!esim_tlv_reader_finish (&reader, error))
    return NULL;
  if (challenge.length != ESIM_CHALLENGE_OCTETS) {
    if (!refuse (ESIM_ES10_GET_CHALLENGE, "has no challenge of 16 octets", error))
      return NULL;
  }
  return g_bytes_new (challenge.value, challenge.length);
}

/* An object that is passed on as it is. */
static void
add_raw (EsimTlvWriter *writer, GBytes *object)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (object, &length);

  g_byte_array_append (writer->bytes, data, (guint) length);
}

/* ctxParams1 as v2.5 has it: {80 matchingId OPTIONAL, A1 deviceInfo}. */
static void
add_context (EsimTlvWriter *writer, const EsimDevice *device, const char *matching_id)
{
  esim_tlv_writer_begin (writer, TAG_COMMON_AUTHENTICATION);
  if (matching_id[0] != '\0')
    esim_tlv_writer_add (writer, TAG_MATCHING_ID, matching_id, strlen (matching_id));
  esim_device_write (device, writer, TAG_DEVICE_INFO);
  esim_tlv_writer_end (writer);
}

/* @tlv: an error: a SEQUENCE {80 transactionId, 02 code} by the module, where the tag of the transaction id
 * keeps the code's from being made; 81 is what some cards say. The last number in it is the code. */
static gboolean
check_error (EsimEs10Function function, const EsimTlvReader *parent, const EsimTlv *error_object,
             GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;
  guint64 code = 0;

  esim_tlv_reader_enter (&reader, parent, error_object);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if ((tlv.tag == TAG_INTEGER || tlv.tag == TAG_REASON) && !esim_tlv_get_uint (&tlv, &code, error))
      return FALSE;
  }
  if (!esim_tlv_reader_finish (&reader, error) || !esim_rsp_check_result (function, code, error))
    return FALSE;
  return refuse (function, "is an error that does not say which", error);
}

/* What a server is to get must at least be there: signed contents and a signature. */
static gboolean
check_ok (EsimEs10Function function, const EsimTlvReader *parent, const EsimTlv *ok, GError **error)
{
  gboolean has_contents = FALSE, has_signature = FALSE;
  EsimTlvReader reader;
  EsimTlv tlv;

  esim_tlv_reader_enter (&reader, parent, ok);
  while (esim_tlv_reader_next (&reader, &tlv)) {
    has_contents = has_contents || tlv.tag == TAG_SEQUENCE;
    has_signature = has_signature || (has_contents && tlv.tag == TAG_SIGNATURE);
  }
  if (!esim_tlv_reader_finish (&reader, error))
    return FALSE;
  return has_signature || refuse (function, "is not signed", error);
}

/* CHOICE {A0 ok, A1 error}, or for CancelSession {A0 ok, 81 error}. */
static gboolean
check_signed_answer (GBytes *response, EsimEs10Function function, GError **error)
{
  EsimTlvReader reader;
  EsimTlv tlv;
  guint64 code;

  if (!esim_es10_answer_open (response, function, &reader, error))
    return FALSE;
  if (!esim_tlv_reader_next (&reader, &tlv) || reader.left != 0)
    return refuse (function, "is not of the form that the standard tells", error);
  if (tlv.tag == TAG_OK)
    return check_ok (function, &reader, &tlv, error);
  if (tlv.tag == TAG_ERROR)
    return check_error (function, &reader, &tlv, error);
  if (tlv.tag != TAG_CANCEL_ERROR)
    return refuse (function, "is neither a result nor an error", error);
  if (!esim_tlv_get_uint (&tlv, &code, error) || !esim_rsp_check_result (function, code, error))
    return FALSE;
  return refuse (function, "is an error that does not say which", error);
}

/* Sends what was written; the answer is what the server gets, whole. */
static GBytes *
ask_for_signed (EsimIsdr *self, EsimEs10Function function, EsimTlvWriter *writer, GError **error)
{
  g_autoptr (GBytes) response = esim_isdr_ask (self, writer, error);

  if (response == NULL || !check_signed_answer (response, function, error))
    return NULL;
  return g_steal_pointer (&response);
}

GBytes *
esim_isdr_authenticate_server (EsimIsdr *self, const EsimServerAuthentication *server,
                               const EsimDevice *device, const char *matching_id, GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};

  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, ESIM_ES10_AUTHENTICATE_SERVER);
  add_raw (&writer, server->signed1);
  add_raw (&writer, server->signature1);
  add_raw (&writer, server->ci_key_id);
  add_raw (&writer, server->certificate);
  add_context (&writer, device, matching_id);
  esim_tlv_writer_end (&writer);
  return ask_for_signed (self, ESIM_ES10_AUTHENTICATE_SERVER, &writer, error);
}

GBytes *
esim_isdr_prepare_download (EsimIsdr *self, GBytes *signed2, GBytes *signature2, GBytes *hash_cc,
                            GBytes *certificate, GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};

  g_return_val_if_fail (hash_cc == NULL || g_bytes_get_size (hash_cc) == HASH_OCTETS, NULL);
  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, ESIM_ES10_PREPARE_DOWNLOAD);
  add_raw (&writer, signed2);
  add_raw (&writer, signature2);
  if (hash_cc != NULL)
    esim_tlv_writer_add (&writer, TAG_OCTET_STRING, g_bytes_get_data (hash_cc, NULL), HASH_OCTETS);
  add_raw (&writer, certificate);
  esim_tlv_writer_end (&writer);
  return ask_for_signed (self, ESIM_ES10_PREPARE_DOWNLOAD, &writer, error);
}

GBytes *
esim_isdr_cancel_session (EsimIsdr *self, GBytes *transaction_id, EsimCancelReason reason, GError **error)
{
  g_auto (EsimTlvWriter) writer = {0};
  gsize length = 0;
  gconstpointer id = g_bytes_get_data (transaction_id, &length);

  g_return_val_if_fail (length > 0 && length <= TRANSACTION_ID_OCTETS_MAX, NULL);
  esim_tlv_writer_init (&writer);
  esim_tlv_writer_begin (&writer, ESIM_ES10_CANCEL_SESSION);
  esim_tlv_writer_add (&writer, TAG_TRANSACTION_ID, id, length);
  esim_tlv_writer_add_uint (&writer, TAG_REASON, (guint64) reason);
  esim_tlv_writer_end (&writer);
  return ask_for_signed (self, ESIM_ES10_CANCEL_SESSION, &writer, error);
}

EsimRat *
esim_isdr_get_rat (EsimIsdr *self, GError **error)
{
  g_autoptr (GBytes) response = esim_isdr_ask_with (self, ESIM_ES10_GET_RAT, 0, NULL, 0, error);

  return response != NULL ? esim_rat_parse (response, error) : NULL;
}
