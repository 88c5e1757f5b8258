/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-eap-aka.h"
#include "esim-eap-packet.h"
#include "esim-error.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define ROUNDS_MAX 16
#define SHA1_SIZE 20
#define RESERVED 2 /* octets before what an attribute holds */
#define RES_BITS_MIN 32
#define RES_BITS_MAX 128

/* AT_NOTIFICATION (RFC 4187, 10.19). */
#define NOTIFICATION_SUCCESS 0x8000
#define NOTIFICATION_BEFORE_CHALLENGE 0x4000

/* AT_CLIENT_ERROR_CODE: unable to process packet. */
#define CLIENT_ERROR_UNABLE 0

struct _EsimEapAka {
  char *identity;
  EsimAkaFunc authenticate;
  gpointer data;
  EsimAkaKeys keys;
  gboolean begun;               /* EAP-AKA is what was agreed on */
  guint identity_asked;         /* the last kind, of those in get_identity_kind() */
  gboolean challenged;          /* the USIM was asked */
  gboolean has_keys;            /* the server's MAC was right */
  gboolean notified;            /* by EAP-AKA's own notification */
  GByteArray *identity_packets; /* all of AKA-Identity, both ways, for AT_CHECKCODE */
  GBytes *request, *answer;     /* (nullable): the last ones */
  guint resynchronisations;
  guint rounds;
  GError *problem;
};

EsimEapAka *
esim_eap_aka_new (const char *identity, EsimAkaFunc authenticate, gpointer data)
{
  EsimEapAka *self = g_new0 (EsimEapAka, 1);

  self->identity = g_strdup (identity);
  self->authenticate = authenticate;
  self->data = data;
  self->identity_packets = g_byte_array_new ();
  return self;
}

void
esim_eap_aka_free (EsimEapAka *self)
{
  esim_aka_keys_clear (&self->keys);
  OPENSSL_cleanse (self->identity, strlen (self->identity));
  g_free (self->identity);
  if (self->identity_packets->len > 0)
    OPENSSL_cleanse (self->identity_packets->data, self->identity_packets->len);
  g_byte_array_unref (self->identity_packets);
  g_clear_pointer (&self->request, g_bytes_unref);
  g_clear_pointer (&self->answer, g_bytes_unref);
  g_clear_error (&self->problem);
  g_free (self);
}

const GError *
esim_eap_aka_get_problem (EsimEapAka *self)
{
  return self->problem;
}

gboolean
esim_eap_aka_is_answered (EsimEapAka *self)
{
  return self->has_keys && self->problem == NULL;
}

static void
set_problem (EsimEapAka *self, EsimError code, const char *words)
{
  g_clear_error (&self->problem);
  self->problem = g_error_new_literal (ESIM_ERROR, code, words);
}

/* The server is told that this side goes on no further (6.3.1). */
static GBytes *
refuse (EsimEapAka *self, const EsimEapPacket *request, EsimError code, const char *words)
{
  GByteArray *answer = esim_eap_answer_new (request, ESIM_EAP_TYPE_AKA, ESIM_AKA_CLIENT_ERROR);

  esim_aka_keys_clear (&self->keys);
  set_problem (self, code, words);
  esim_eap_answer_add_numbered (answer, ESIM_AT_CLIENT_ERROR_CODE, CLIENT_ERROR_UNABLE, NULL, 0);
  return esim_eap_answer_end (answer, NULL);
}

/* Its packet made no sense, or was not its own. */
static GBytes *
client_error (EsimEapAka *self, const EsimEapPacket *request, const char *words)
{
  return refuse (self, request, ESIM_ERROR_CARRIER_ERROR, words);
}

/* Type 1 of EAP itself. */
static GBytes *
answer_identity (EsimEapAka *self, const EsimEapPacket *request)
{
  GByteArray *answer = esim_eap_answer_new (request, ESIM_EAP_TYPE_IDENTITY, 0);

  g_byte_array_append (answer, (const guint8 *) self->identity, strlen (self->identity));
  return esim_eap_answer_end (answer, NULL);
}

/* This side can do one method. */
static GBytes *
answer_other_method (const EsimEapPacket *request)
{
  static const guint8 wanted = ESIM_EAP_TYPE_AKA;
  GByteArray *answer = esim_eap_answer_new (request, ESIM_EAP_TYPE_NAK, 0);

  g_byte_array_append (answer, &wanted, sizeof wanted);
  return esim_eap_answer_end (answer, NULL);
}

static void
note_identity_packet (EsimEapAka *self, const guint8 *data, gsize size)
{
  g_byte_array_append (self->identity_packets, data, (guint) size);
}

/* 1 any, 2 for a full authentication, 3 the permanent one; 0 where it is not exactly one of them. */
static guint
get_identity_kind (const EsimEapPacket *request)
{
  static const guint8 kinds[] = {ESIM_AT_ANY_ID_REQ, ESIM_AT_FULLAUTH_ID_REQ, ESIM_AT_PERMANENT_ID_REQ};
  guint kind = 0;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (request->attribute[kinds[i]] == NULL)
      continue;
    if (kind != 0)
      return 0;
    kind = i + 1;
  }
  return kind;
}

/* The permanent identity, whichever was asked for: there is no other. A server may ask up to three times,
 * each time for more than before (4.1.4). */
static GBytes *
answer_aka_identity (EsimEapAka *self, const EsimEapPacket *request)
{
  gsize length = strlen (self->identity);
  guint kind = get_identity_kind (request);
  GByteArray *answer;
  GBytes *packet;

  if (self->challenged)
    return client_error (self, request,
                         "the carrier's server asked for the identity once more after its challenge");
  if (kind == 0)
    return client_error (self, request, "the carrier's server asked for an identity and said no kind of it");
  if (kind <= self->identity_asked)
    return client_error (self, request, "the carrier's server asked again for an identity that it was given");
  self->identity_asked = kind;
  answer = esim_eap_answer_new (request, ESIM_EAP_TYPE_AKA, ESIM_AKA_IDENTITY);
  esim_eap_answer_add_numbered (answer, ESIM_AT_IDENTITY, (guint16) length, self->identity, length);
  packet = esim_eap_answer_end (answer, NULL);
  note_identity_packet (self, g_bytes_get_data (request->octets, NULL), request->size);
  note_identity_packet (self, g_bytes_get_data (packet, NULL), g_bytes_get_size (packet));
  return packet;
}

/* 10.13: that nobody changed the identity packets on their way; empty where there were none. */
static gsize
make_checkcode (EsimEapAka *self, guint8 code[SHA1_SIZE])
{
  memset (code, 0, SHA1_SIZE);
  if (self->identity_packets->len == 0)
    return 0;
  (void) EVP_Digest (self->identity_packets->data, self->identity_packets->len, code, NULL, EVP_sha1 (),
                     NULL);
  return SHA1_SIZE;
}

static GBytes *
answer_rejected (EsimEapAka *self, const EsimEapPacket *request)
{
  set_problem (
      self, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED,
      "the profile's SIM did not recognise the carrier's server as its own network; nothing was told to it");
  return esim_eap_answer_end (
      esim_eap_answer_new (request, ESIM_EAP_TYPE_AKA, ESIM_AKA_AUTHENTICATION_REJECT), NULL);
}

static GBytes *
answer_out_of_step (EsimEapAka *self, const EsimEapPacket *request, const EsimAkaAnswer *usim)
{
  GByteArray *answer;

  if (++self->resynchronisations > ESIM_EAP_RESYNCHRONISATIONS_MAX)
    return refuse (self, request, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED,
                   "the carrier's server and the profile's SIM cannot agree on where they are in their "
                   "sequence of numbers; try again later, or call the carrier");
  answer = esim_eap_answer_new (request, ESIM_EAP_TYPE_AKA, ESIM_AKA_SYNCHRONIZATION_FAILURE);
  esim_eap_answer_add (answer, ESIM_AT_AUTS, usim->resynchronisation, sizeof usim->resynchronisation);
  return esim_eap_answer_end (answer, NULL);
}

static GBytes *
answer_accepted (EsimEapAka *self, const EsimEapPacket *request, const EsimAkaAnswer *usim)
{
  const guint8 *given = request->attribute[ESIM_AT_CHECKCODE];
  guint8 code[SHA1_SIZE];
  gsize length = make_checkcode (self, code);
  GByteArray *answer;

  esim_aka_keys_derive (&self->keys, self->identity, usim->integrity, usim->cipher);
  if (!esim_eap_packet_check_mac (request, self->keys.authentication))
    return client_error (self, request,
                         "the carrier's server could not prove its challenge (AT_MAC): somebody may be "
                         "between it and this machine; nothing was told to it");
  if (given != NULL && (request->length[ESIM_AT_CHECKCODE] != RESERVED + length ||
                        memcmp (given + RESERVED, code, length) != 0))
    return client_error (self, request,
                         "what the carrier's server and this machine told each other was changed on "
                         "its way (AT_CHECKCODE)");
  self->has_keys = TRUE;
  answer = esim_eap_answer_new (request, ESIM_EAP_TYPE_AKA, ESIM_AKA_CHALLENGE);
  esim_eap_answer_add_numbered (answer, ESIM_AT_RES, (guint16) usim->response_bits, usim->response,
                                (usim->response_bits + 7) / 8);
  if (given != NULL)
    esim_eap_answer_add_numbered (answer, ESIM_AT_CHECKCODE, 0, code, length);
  return esim_eap_answer_end (answer, self->keys.authentication);
}

static gboolean
is_sound (const EsimAkaAnswer *usim)
{
  return usim->response_bits >= RES_BITS_MIN && usim->response_bits <= RES_BITS_MAX;
}

static gboolean
has_all (const EsimEapPacket *request)
{
  return request->attribute[ESIM_AT_RAND] != NULL &&
         request->length[ESIM_AT_RAND] == RESERVED + ESIM_AKA_KEY &&
         request->attribute[ESIM_AT_AUTN] != NULL &&
         request->length[ESIM_AT_AUTN] == RESERVED + ESIM_AKA_KEY && request->attribute[ESIM_AT_MAC] != NULL;
}

static GBytes *
answer_usim (EsimEapAka *self, const EsimEapPacket *request, const EsimAkaAnswer *usim, GError **error)
{
  switch (usim->verdict) {
  case ESIM_AKA_REJECTED:
    return answer_rejected (self, request);
  case ESIM_AKA_OUT_OF_STEP:
    return answer_out_of_step (self, request, usim);
  case ESIM_AKA_ACCEPTED:
    if (is_sound (usim))
      return answer_accepted (self, request, usim);
    break;
  }
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                       "the profile's SIM gave a RES of a length that the standard does not know");
  return NULL;
}

static GBytes *
answer_challenge (EsimEapAka *self, const EsimEapPacket *request, GError **error)
{
  EsimAkaAnswer usim = {0};
  GBytes *answer = NULL;

  if (self->has_keys)
    return client_error (self, request,
                         "the carrier's server sent a second challenge after the first was answered");
  if (!has_all (request))
    return client_error (self, request, "the carrier's server sent a challenge with something missing");
  self->challenged = TRUE;
  if (self->authenticate (request->attribute[ESIM_AT_RAND] + RESERVED,
                          request->attribute[ESIM_AT_AUTN] + RESERVED, &usim, self->data, error))
    answer = answer_usim (self, request, &usim, error);
  esim_aka_answer_clear (&usim);
  return answer;
}

static GBytes *
answer_notification (EsimEapAka *self, const EsimEapPacket *request)
{
  const guint8 *given = request->attribute[ESIM_AT_NOTIFICATION];
  gboolean early, success;
  guint code;

  if (given == NULL || request->length[ESIM_AT_NOTIFICATION] != sizeof (guint16))
    return client_error (self, request, "the carrier's server sent a notification without a code");
  code = (guint) given[0] << 8 | given[1];
  early = (code & NOTIFICATION_BEFORE_CHALLENGE) != 0;
  success = (code & NOTIFICATION_SUCCESS) != 0;
  if (self->notified || (early && success))
    return client_error (self, request, "the carrier's server sent a notification where there can be none");
  /* One that claims to come before the challenge has no MAC, and may not come after it (6.2). */
  if (early == self->has_keys || (!early && !esim_eap_packet_check_mac (request, self->keys.authentication)))
    return client_error (self, request, "the carrier's server sent a notification that it could not prove");
  self->notified = TRUE;
  if (!success)
    set_problem (self, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED,
                 "the carrier's server does not accept this SIM now; call the carrier");
  return esim_eap_answer_end (esim_eap_answer_new (request, ESIM_EAP_TYPE_AKA, ESIM_AKA_NOTIFICATION),
                              early ? NULL : self->keys.authentication);
}

static GBytes *
answer_aka (EsimEapAka *self, const EsimEapPacket *request, GError **error)
{
  self->begun = TRUE;
  if (request->flaw != NULL)
    return client_error (self, request, request->flaw);
  switch (request->subtype) {
  case ESIM_AKA_CHALLENGE:
    return answer_challenge (self, request, error);
  case ESIM_AKA_IDENTITY:
    return answer_aka_identity (self, request);
  case ESIM_AKA_NOTIFICATION:
    return answer_notification (self, request);
  default:
    /* AKA-Reauthentication too: no identity for it was ever taken. */
    return client_error (self, request,
                         "the carrier's server began a kind of EAP-AKA that was not agreed on");
  }
}

static GBytes *
end (EsimEapAka *self, const EsimEapPacket *packet, GError **error)
{
  if (self->problem != NULL)
    g_propagate_error (error, g_error_copy (self->problem));
  else if (packet->code == ESIM_EAP_FAILURE)
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED,
                         "the carrier's server refused this SIM (EAP failure); call the carrier");
  else
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
                         "the carrier's server spoke of success in EAP and gave no token");
  return NULL;
}

/* RFC 3748, 2.1: one method at a time, and its identity before it. */
static GBytes *
answer_out_of_turn (GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
                       "the carrier's server began something else in the middle of EAP-AKA; nothing was "
                       "answered to it");
  return NULL;
}

static GBytes *
answer_request (EsimEapAka *self, const EsimEapPacket *request, GError **error)
{
  switch (request->type) {
  case ESIM_EAP_TYPE_AKA:
    return answer_aka (self, request, error);
  case ESIM_EAP_TYPE_NOTIFICATION:
    return esim_eap_answer_end (esim_eap_answer_new (request, ESIM_EAP_TYPE_NOTIFICATION, 0), NULL);
  case ESIM_EAP_TYPE_IDENTITY:
    return self->begun ? answer_out_of_turn (error) : answer_identity (self, request);
  default:
    return self->begun ? answer_out_of_turn (error) : answer_other_method (request);
  }
}

GBytes *
esim_eap_aka_take (EsimEapAka *self, GBytes *octets, GError **error)
{
  EsimEapPacket packet;

  if (++self->rounds > ROUNDS_MAX) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                 "the carrier's server came to no end of EAP after %d packets", ROUNDS_MAX);
    return NULL;
  }
  if (!esim_eap_packet_read (&packet, octets, error))
    return NULL;
  /* The same once more: it did not get the answer (RFC 3748, 4.1). The USIM is not asked twice. */
  if (self->answer != NULL && g_bytes_equal (octets, self->request))
    return g_bytes_ref (self->answer);
  if (packet.code != ESIM_EAP_REQUEST || self->problem != NULL)
    return end (self, &packet, error);
  g_clear_pointer (&self->request, g_bytes_unref);
  g_clear_pointer (&self->answer, g_bytes_unref);
  self->answer = answer_request (self, &packet, error);
  if (self->answer == NULL)
    return NULL;
  self->request = g_bytes_ref (octets);
  return g_bytes_ref (self->answer);
}
