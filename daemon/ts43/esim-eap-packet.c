/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-eap-packet.h"
#include "esim-eap-aka.h"
#include "esim-error.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define HEADER 4     /* code, identifier, length */
#define AKA_HEADER 8 /* and type, subtype, two reserved octets */
#define WORD 4
#define MAC_RESERVED 2
#define SHA1_SIZE 20

static gboolean
refuse (const char *what, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
               "the carrier's server sent %s in place of an EAP packet; nothing was answered to it", what);
  return FALSE;
}

/* Of the attributes that may not be passed over: which have a place in which message (RFC 4187, 10.1). */
static gboolean
has_place (guint8 subtype, guint8 attribute)
{
  if (attribute >= ESIM_AT_SKIPPABLE)
    return TRUE;
  switch (subtype) {
  case ESIM_AKA_CHALLENGE:
    return attribute == ESIM_AT_RAND || attribute == ESIM_AT_AUTN || attribute == ESIM_AT_MAC;
  case ESIM_AKA_IDENTITY:
    return attribute == ESIM_AT_PERMANENT_ID_REQ || attribute == ESIM_AT_FULLAUTH_ID_REQ ||
           attribute == ESIM_AT_ANY_ID_REQ;
  case ESIM_AKA_NOTIFICATION:
    return attribute == ESIM_AT_NOTIFICATION || attribute == ESIM_AT_MAC;
  default:
    return FALSE;
  }
}

/* (nullable): what is wrong with them */
static const char *
read_attributes (EsimEapPacket *self, const guint8 *data)
{
  for (gsize at = AKA_HEADER; at < self->size;) {
    guint8 attribute = data[at];
    gsize length = at + 1 < self->size ? (gsize) data[at + 1] * WORD : 0;

    if (length == 0 || length > self->size - at)
      return "the carrier's server sent an EAP-AKA attribute that does not end where it says";
    if (!has_place (self->subtype, attribute))
      return "the carrier's server sent an EAP-AKA attribute that has no place in this message and may not "
             "be "
             "passed over";
    if (self->attribute[attribute] != NULL)
      return "the carrier's server sent an EAP-AKA attribute twice";
    self->attribute[attribute] = data + at + 2;
    self->length[attribute] = length - 2;
    at += length;
  }
  return NULL;
}

gboolean
esim_eap_packet_read (EsimEapPacket *self, GBytes *octets, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (octets, &size);

  *self = (EsimEapPacket){.octets = octets};
  if (size > ESIM_EAP_PACKET_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                 "the carrier's server sent an EAP packet of %" G_GSIZE_FORMAT
                 " octets; at most %d are taken",
                 size, ESIM_EAP_PACKET_MAX);
    return FALSE;
  }
  self->size = size < HEADER ? 0 : (gsize) data[2] << 8 | data[3];
  if (self->size < HEADER || self->size > size)
    return refuse ("something that is cut off", error);
  self->code = data[0];
  self->identifier = data[1];
  if (self->code == ESIM_EAP_SUCCESS || self->code == ESIM_EAP_FAILURE)
    return self->size == HEADER || refuse ("a result with something in it", error);
  if (self->code != ESIM_EAP_REQUEST || self->size < HEADER + 1)
    return refuse ("what is no request", error);
  self->type = data[4];
  if (self->type == 0 || self->type == ESIM_EAP_TYPE_NAK)
    return refuse ("a request for what only an answer can be", error);
  if (self->type != ESIM_EAP_TYPE_AKA)
    return TRUE;
  if (self->size < AKA_HEADER)
    return refuse ("a request that is cut off", error);
  self->subtype = data[5];
  self->flaw = read_attributes (self, data);
  return TRUE;
}

/* %FALSE only where this machine's OpenSSL does not let SHA-1 be used. */
static gboolean
reckon (const guint8 key[ESIM_AKA_KEY], const guint8 *data, gsize size, guint8 mac[ESIM_AKA_KEY])
{
  guint8 whole[SHA1_SIZE] = {0};
  gboolean done = HMAC (EVP_sha1 (), key, ESIM_AKA_KEY, data, size, whole, NULL) != NULL;

  memcpy (mac, whole, ESIM_AKA_KEY);
  OPENSSL_cleanse (whole, sizeof whole);
  return done;
}

gboolean
esim_eap_packet_check_mac (const EsimEapPacket *self, const guint8 key[ESIM_AKA_KEY])
{
  const guint8 *given = self->attribute[ESIM_AT_MAC];
  const guint8 *data = g_bytes_get_data (self->octets, NULL);
  g_autofree guint8 *copy = NULL;
  guint8 mac[ESIM_AKA_KEY];

  if (given == NULL || self->length[ESIM_AT_MAC] != MAC_RESERVED + ESIM_AKA_KEY)
    return FALSE;
  copy = g_memdup2 (data, self->size);
  memset (copy + (given - data) + MAC_RESERVED, 0, ESIM_AKA_KEY);
  return reckon (key, copy, self->size, mac) && CRYPTO_memcmp (mac, given + MAC_RESERVED, sizeof mac) == 0;
}

GByteArray *
esim_eap_answer_new (const EsimEapPacket *request, guint8 type, guint8 subtype)
{
  GByteArray *self = g_byte_array_new ();
  const guint8 header[] = {ESIM_EAP_RESPONSE, request->identifier, 0, 0, type, subtype, 0, 0};

  return g_byte_array_append (self, header, type == ESIM_EAP_TYPE_AKA ? sizeof header : HEADER + 1);
}

void
esim_eap_answer_add (GByteArray *self, guint8 attribute, gconstpointer octets, gsize length)
{
  static const guint8 padding[WORD] = {0};
  gsize words = (2 + length + WORD - 1) / WORD;
  const guint8 header[] = {attribute, (guint8) words};

  g_return_if_fail (words <= G_MAXUINT8);
  g_byte_array_append (self, header, sizeof header);
  if (length > 0)
    g_byte_array_append (self, octets, length);
  g_byte_array_append (self, padding, words * WORD - 2 - length);
}

void
esim_eap_answer_add_numbered (GByteArray *self, guint8 attribute, guint16 number, gconstpointer octets,
                              gsize length)
{
  g_autofree guint8 *whole = g_malloc (2 + length);

  whole[0] = number >> 8;
  whole[1] = number & 0xFF;
  if (length > 0)
    memcpy (whole + 2, octets, length);
  esim_eap_answer_add (self, attribute, whole, 2 + length);
  OPENSSL_cleanse (whole, 2 + length);
}

GBytes *
esim_eap_answer_end (GByteArray *self, const guint8 *key)
{
  static const guint8 empty[ESIM_AKA_KEY] = {0};

  if (key != NULL)
    esim_eap_answer_add_numbered (self, ESIM_AT_MAC, 0, empty, sizeof empty);
  self->data[2] = self->len >> 8;
  self->data[3] = self->len & 0xFF;
  /* What could not be reckoned stays 0: no server believes it. */
  if (key != NULL)
    (void) reckon (key, self->data, self->len, self->data + self->len - ESIM_AKA_KEY);
  return g_byte_array_free_to_bytes (self);
}
