/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-aka-keys.h"

G_BEGIN_DECLS

/* EAP codes and types (RFC 3748) and the subtypes of EAP-AKA (RFC 4187, 11). */
enum { ESIM_EAP_REQUEST = 1, ESIM_EAP_RESPONSE = 2, ESIM_EAP_SUCCESS = 3, ESIM_EAP_FAILURE = 4 };
enum {
  ESIM_EAP_TYPE_IDENTITY = 1,
  ESIM_EAP_TYPE_NOTIFICATION = 2,
  ESIM_EAP_TYPE_NAK = 3,
  ESIM_EAP_TYPE_AKA = 23
};
enum {
  ESIM_AKA_CHALLENGE = 1,
  ESIM_AKA_AUTHENTICATION_REJECT = 2,
  ESIM_AKA_SYNCHRONIZATION_FAILURE = 4,
  ESIM_AKA_IDENTITY = 5,
  ESIM_AKA_NOTIFICATION = 12,
  ESIM_AKA_REAUTHENTICATION = 13,
  ESIM_AKA_CLIENT_ERROR = 14,
};

/* Attributes. Those up to 127 may not be passed over where they are not known. */
enum {
  ESIM_AT_RAND = 1,
  ESIM_AT_AUTN = 2,
  ESIM_AT_RES = 3,
  ESIM_AT_AUTS = 4,
  ESIM_AT_PERMANENT_ID_REQ = 10,
  ESIM_AT_MAC = 11,
  ESIM_AT_NOTIFICATION = 12,
  ESIM_AT_ANY_ID_REQ = 13,
  ESIM_AT_IDENTITY = 14,
  ESIM_AT_FULLAUTH_ID_REQ = 17,
  ESIM_AT_CLIENT_ERROR_CODE = 22,
  ESIM_AT_SKIPPABLE = 128,
  ESIM_AT_CHECKCODE = 134,
};

#define ESIM_AT_COUNT 256

/**
 * EsimEapPacket:
 * @size: what the packet itself says; octets behind it are none of it (RFC 3748, 4)
 * @type: 0 in a success or failure
 * @subtype: of EAP-AKA
 * @flaw: (nullable): why it is an EAP-AKA request that is to be answered by a client error (RFC 4187, 6.3.1)
 * @attribute: (nullable) each: the attribute's octets after its type and length; points into the packet
 *
 * A packet taken apart. @octets outlives it.
 */
typedef struct {
  GBytes *octets;
  gsize size;
  const char *flaw;
  guint8 code;
  guint8 identifier;
  guint8 type;
  guint8 subtype;
  const guint8 *attribute[ESIM_AT_COUNT];
  gsize length[ESIM_AT_COUNT];
} EsimEapPacket;

/**
 * esim_eap_packet_read:
 *
 * CARRIER_ERROR: nothing that an EAP server sends, and nothing that could be answered; LIMIT_EXCEEDED. Where
 * it is the attributes that are wrong (cut off, twice, or none that may be passed over in this message), the
 * packet has a flaw.
 */
gboolean esim_eap_packet_read (EsimEapPacket *self, GBytes *octets, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether AT_MAC is there and is what @key makes of the packet (RFC 4187, 10.15). */
gboolean esim_eap_packet_check_mac (const EsimEapPacket *self, const guint8 key[ESIM_AKA_KEY]);

/* Writing: a packet that answers @request, attribute by attribute. */
GByteArray *esim_eap_answer_new (const EsimEapPacket *request, guint8 type, guint8 subtype);

/* @octets is padded with 0 to whole words of four. */
void esim_eap_answer_add (GByteArray *self, guint8 attribute, gconstpointer octets, gsize length);

/* An attribute that begins with a number of two octets: a length, a code, or nothing. */
void esim_eap_answer_add_numbered (GByteArray *self, guint8 attribute, guint16 number, gconstpointer octets,
                                   gsize length);

/* Sets the length, adds AT_MAC last where @key is not %NULL, and gives the packet away. */
GBytes *esim_eap_answer_end (GByteArray *self, const guint8 *key);

G_END_DECLS
