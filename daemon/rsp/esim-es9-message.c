/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-es9-message.h"
#include "esim-address-guard.h"
#include "esim-es9-json.h"
#include "esim-es9-words.h"
#include "esim-http.h"
#include "esim-server-object.h"
#include "esim-server-oid.h"

#include <openssl/crypto.h>
#include <string.h>

/* ES11 has the paths of ES9+: the LPA does not know by a name which kind of server it belongs to, and GSMA's
 * root SM-DS answers 404 under any other. */
#define PATH "/gsma/rsp2/es9plus/"
#define TRANSACTION_ID_OCTETS_MAX 16
#define EVENTS_MAX 32
#define EVENT_ID_MAX 255

/* SGP.22 v2.5, ServerSigned1 and SmdpSigned2. */
#define TAG_SEQUENCE 0x30
#define TAG_SIGNATURE 0x5F37
#define TAG_OCTET_STRING 0x04
#define TAG_BOOLEAN 0x01
#define TAG_METADATA 0xBF25
#define TAG_TRANSACTION_ID 0x80
#define TAG_CHALLENGE 0x81
#define TAG_SERVER_ADDRESS 0x83
#define TAG_SERVER_CHALLENGE 0x84

/* SGP.22 6.3 */
static const char *const headers[] = {
    "User-Agent: gsma-rsp-lpad",
    "X-Admin-Protocol: gsma/rsp/v2.5.0",
    "Content-Type: application/json",
    NULL,
};

char *
esim_es9_dup_path (const char *function)
{
  return g_strconcat (PATH, function, NULL);
}

const char *
esim_es9_get_tls_role (EsimRspServer server)
{
  return server == ESIM_RSP_SERVER_SMDS ? ESIM_ROLE_DS_TLS : ESIM_ROLE_DP_TLS;
}

const char *const *
esim_es9_get_headers (void)
{
  return headers;
}

GBytes *
esim_es9_make_initiate_authentication (const char *address, GBytes *challenge, GBytes *info1)
{
  g_autofree char *challenge_text = esim_es9_json_encode (challenge);
  g_autofree char *info1_text = esim_es9_json_encode (info1);

  return esim_es9_json_make ("smdpAddress", address, "euiccChallenge", challenge_text, "euiccInfo1",
                             info1_text, NULL);
}

static GBytes *
make_answer (const char *transaction_id, const char *name, GBytes *response)
{
  g_autofree char *text = esim_es9_json_encode (response);
  GBytes *body = esim_es9_json_make ("transactionId", transaction_id, name, text, NULL);

  /* The activation code's matching id is in it, or a hash of the confirmation code. */
  OPENSSL_cleanse (text, strlen (text));
  return body;
}

GBytes *
esim_es9_make_authenticate_client (const char *transaction_id, GBytes *response)
{
  return make_answer (transaction_id, "authenticateServerResponse", response);
}

GBytes *
esim_es9_make_get_bound_profile_package (const char *transaction_id, GBytes *response)
{
  return make_answer (transaction_id, "prepareDownloadResponse", response);
}

GBytes *
esim_es9_make_cancel_session (const char *transaction_id, GBytes *response)
{
  return make_answer (transaction_id, "cancelSessionResponse", response);
}

void
esim_es9_offer_free (EsimEs9Offer *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->metadata, esim_profile_metadata_unref);
  g_clear_pointer (&self->signed2, g_bytes_unref);
  g_clear_pointer (&self->signature2, g_bytes_unref);
  g_clear_pointer (&self->certificate, g_bytes_unref);
  g_free (self);
}

void
esim_es9_event_free (EsimEs9Event *self)
{
  if (self == NULL)
    return;
  g_free (self->event_id);
  g_free (self->address);
  g_free (self);
}

GError *
esim_es9_make_status_error (const char *address, guint status, GBytes *body)
{
  g_auto (EsimEs9Answer) answer = {0};

  esim_es9_answer_parse (body, &answer);
  if (answer.status == ESIM_ES9_STATUS_FAILED || answer.status == ESIM_ES9_STATUS_EXPIRED)
    return esim_es9_words_make_error (address, &answer);
  if (status >= 300 && status < 400)
    return g_error_new (ESIM_ERROR, ESIM_ERROR_SERVER_ERROR,
                        "The server %s points elsewhere (HTTP %u), which is not followed. Check the address.",
                        address, status);
  return g_error_new (
      ESIM_ERROR, ESIM_ERROR_SERVER_ERROR,
      "The server %s answered HTTP %u and says no more than that. Try again later; if it stays "
      "so, tell the operator.",
      address, status);
}

static gboolean
distrust (const char *words, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED, words);
  return FALSE;
}

/* The answer's object, unless the server refused. A header that says nothing at all is passed over: what is
 * needed is then asked for member by member. */
static JsonNode *
open_answer (GBytes *body, const char *address, GError **error)
{
  g_auto (EsimEs9Answer) answer = {0};
  g_autoptr (JsonNode) root = NULL;

  esim_es9_answer_parse (body, &answer);
  if (answer.status == ESIM_ES9_STATUS_FAILED || answer.status == ESIM_ES9_STATUS_EXPIRED) {
    g_propagate_error (error, esim_es9_words_make_error (address, &answer));
    return NULL;
  }
  root = esim_es9_json_load (body);
  if (root == NULL && !esim_server_object_refuse ("its answer, which is no JSON of a bearable size,", error))
    return NULL;
  return g_steal_pointer (&root);
}

/* The member's object, whole, with @tag. */
static GBytes *
read_object (JsonObject *answer, const char *name, guint32 tag, GError **error)
{
  g_autoptr (GBytes) bytes = esim_es9_json_dup_octets (answer, name);
  EsimTlv tlv;

  if (bytes == NULL) {
    if (!esim_server_object_refuse (name, error))
      return NULL;
  }
  return esim_server_object_open (bytes, tag, name, &tlv, NULL, error) ? g_steal_pointer (&bytes) : NULL;
}

/* Returns: (nullable): what @text, hexadecimal, stands for */
static GBytes *
read_transaction_id (const char *text)
{
  const gsize length = text != NULL ? strlen (text) : 0;
  guint8 octets[TRANSACTION_ID_OCTETS_MAX];

  if (length == 0 || length % 2 != 0 || length / 2 > sizeof octets)
    return NULL;
  for (gsize i = 0; i < length / 2; i++) {
    const int high = g_ascii_xdigit_value (text[2 * i]);
    const int low = g_ascii_xdigit_value (text[2 * i + 1]);

    if (high < 0 || low < 0)
      return NULL;
    octets[i] = (guint8) (high << 4 | low);
  }
  return g_bytes_new (octets, length / 2);
}

/* An answer without one is taken: what is signed has it too. */
static gboolean
check_transaction_id (JsonObject *answer, const char *expected, GError **error)
{
  const char *given = esim_es9_json_get_string (answer, "transactionId");

  if (!json_object_has_member (answer, "transactionId") ||
      (given != NULL && g_ascii_strcasecmp (given, expected) == 0))
    return TRUE;
  return distrust (
      "The server answered for another session than this one. Try again; if it stays so, tell the "
      "operator.",
      error);
}

static gboolean
octets_equal (const EsimTlv *tlv, GBytes *expected)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (expected, &length);

  return tlv->length == length && memcmp (tlv->value, data, length) == 0;
}

static gboolean
is_address (const EsimTlv *tlv, const char *address)
{
  return tlv->length == strlen (address) &&
         g_ascii_strncasecmp ((const char *) tlv->value, address, tlv->length) == 0;
}

/* The members of serverSigned1 that bind it to this session. */
static gboolean
check_signed1 (const EsimServerAuthentication *self, const char *address, GBytes *challenge, GError **error)
{
  EsimTlv outer, tlv, id = {0}, own = {0}, server = {0}, theirs = {0};
  EsimTlvReader reader;

  if (!esim_server_object_open (self->signed1, TAG_SEQUENCE, "serverSigned1", &outer, &reader, error))
    return FALSE;
  while (esim_tlv_reader_next (&reader, &tlv)) {
    EsimTlv *member = tlv.tag == TAG_TRANSACTION_ID     ? &id
                      : tlv.tag == TAG_CHALLENGE        ? &own
                      : tlv.tag == TAG_SERVER_ADDRESS   ? &server
                      : tlv.tag == TAG_SERVER_CHALLENGE ? &theirs
                                                        : NULL;

    if (member != NULL && member->tag != 0)
      return esim_server_object_refuse ("serverSigned1, which says one thing twice,", error);
    if (member != NULL)
      *member = tlv;
  }
  if (!esim_tlv_reader_finish (&reader, NULL) || theirs.length != ESIM_CHALLENGE_OCTETS)
    return esim_server_object_refuse ("serverSigned1", error);
  if (id.tag == 0 || !octets_equal (&id, self->transaction_id))
    return distrust (
        "The server signed for another session than the one it speaks of. Try again; if it stays "
        "so, tell the operator.",
        error);
  if (own.tag == 0 || !octets_equal (&own, challenge))
    return distrust (
        "The server signed for another card or another session (the challenge differs). Try again; "
        "if it stays so, tell the operator.",
        error);
  if (server.tag == 0 || !is_address (&server, address))
    return distrust ("The server goes by another address than the one that was asked. Check the address, and "
                     "ask the operator for the right one.",
                     error);
  return TRUE;
}

/* The card could verify nothing by a root that it does not list. */
static gboolean
check_ci_key_id (GBytes *ci_key_id, const char *const *card_key_ids, GError **error)
{
  g_autofree char *key_id = NULL;
  EsimTlv tlv;

  if (!esim_server_object_open (ci_key_id, TAG_OCTET_STRING, "euiccCiPKIdToBeUsed", &tlv, NULL, error))
    return FALSE;
  key_id = esim_tlv_dup_hex (&tlv);
  for (guint i = 0; card_key_ids != NULL && card_key_ids[i] != NULL; i++)
    if (g_ascii_strcasecmp (card_key_ids[i], key_id) == 0)
      return TRUE;
  if (card_key_ids == NULL)
    return TRUE;
  return distrust (
      "The server wants to be verified by a root that this card does not know. This card cannot be "
      "used with it; ask the operator.",
      error);
}

static gboolean
read_authentication (EsimServerAuthentication *self, JsonObject *answer, GError **error)
{
  self->transaction_id = read_transaction_id (esim_es9_json_get_string (answer, "transactionId"));
  if (self->transaction_id == NULL)
    return esim_server_object_refuse ("transactionId", error);
  self->signed1 = read_object (answer, "serverSigned1", TAG_SEQUENCE, error);
  if (self->signed1 == NULL)
    return FALSE;
  self->signature1 = read_object (answer, "serverSignature1", TAG_SIGNATURE, error);
  if (self->signature1 == NULL)
    return FALSE;
  self->ci_key_id = read_object (answer, "euiccCiPKIdToBeUsed", TAG_OCTET_STRING, error);
  if (self->ci_key_id == NULL)
    return FALSE;
  self->certificate = read_object (answer, "serverCertificate", TAG_SEQUENCE, error);
  return self->certificate != NULL;
}

EsimServerAuthentication *
esim_es9_read_initiate_authentication (GBytes *body, const char *address, GBytes *challenge,
                                       const char *const *card_key_ids, const char *oid,
                                       char **transaction_id, GError **error)
{
  g_autoptr (EsimServerAuthentication) self = g_new0 (EsimServerAuthentication, 1);
  g_autoptr (JsonNode) root = open_answer (body, address, error);
  JsonObject *answer;

  if (root == NULL)
    return NULL;
  answer = json_node_get_object (root);
  if (!read_authentication (self, answer, error) || !check_signed1 (self, address, challenge, error) ||
      !check_ci_key_id (self->ci_key_id, card_key_ids, error))
    return NULL;
  if (oid != NULL && !esim_server_oid_check (self->certificate, oid, error))
    return NULL;
  *transaction_id = g_strdup (esim_es9_json_get_string (answer, "transactionId"));
  return g_steal_pointer (&self);
}

/* smdpSigned2 {80 transactionId, 01 ccRequiredFlag, 5F49 OPTIONAL} */
static gboolean
read_signed2 (EsimEs9Offer *self, const char *transaction_id, GError **error)
{
  g_autoptr (GBytes) expected = read_transaction_id (transaction_id);
  EsimTlv outer, tlv, id = {0}, flag = {0};
  EsimTlvReader reader;

  if (!esim_server_object_open (self->signed2, TAG_SEQUENCE, "smdpSigned2", &outer, &reader, error))
    return FALSE;
  while (esim_tlv_reader_next (&reader, &tlv)) {
    if (tlv.tag == TAG_TRANSACTION_ID)
      id = tlv;
    else if (tlv.tag == TAG_BOOLEAN)
      flag = tlv;
  }
  if (!esim_tlv_reader_finish (&reader, NULL) || flag.length != 1)
    return esim_server_object_refuse ("smdpSigned2", error);
  if (id.tag == 0 || !octets_equal (&id, expected))
    return distrust ("The server signed the offer for another session. Try again; if it stays so, tell the "
                     "operator.",
                     error);
  self->confirmation_code_required = flag.value[0] != 0;
  return TRUE;
}

/* An answer without metadata leaves nothing that a person could agree to. */
static gboolean
read_metadata (EsimEs9Offer *self, JsonObject *answer, GError **error)
{
  g_autoptr (GBytes) bytes = read_object (answer, "profileMetadata", TAG_METADATA, error);

  if (bytes == NULL)
    return FALSE;
  self->metadata = esim_profile_metadata_parse (bytes, error);
  return self->metadata != NULL;
}

EsimEs9Offer *
esim_es9_read_offer (GBytes *body, const char *address, const char *transaction_id, GError **error)
{
  g_autoptr (EsimEs9Offer) self = g_new0 (EsimEs9Offer, 1);
  g_autoptr (JsonNode) root = open_answer (body, address, error);
  JsonObject *answer;

  if (root == NULL)
    return NULL;
  answer = json_node_get_object (root);
  if (!check_transaction_id (answer, transaction_id, error) || !read_metadata (self, answer, error))
    return NULL;
  self->signed2 = read_object (answer, "smdpSigned2", TAG_SEQUENCE, error);
  if (self->signed2 == NULL || !read_signed2 (self, transaction_id, error))
    return NULL;
  self->signature2 = read_object (answer, "smdpSignature2", TAG_SIGNATURE, error);
  if (self->signature2 == NULL)
    return NULL;
  self->certificate = read_object (answer, "smdpCertificate", TAG_SEQUENCE, error);
  return self->certificate != NULL ? g_steal_pointer (&self) : NULL;
}

static gboolean
is_event_id (const char *text)
{
  if (text == NULL || text[0] == '\0' || strlen (text) > EVENT_ID_MAX)
    return FALSE;
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c))
      return FALSE;
  return TRUE;
}

static void
add_event (GPtrArray *events, JsonNode *entry)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (entry) ? json_node_get_object (entry) : NULL;
  const char *event_id = esim_es9_json_get_string (object, "eventId");
  const char *address = esim_es9_json_get_string (object, "rspServerAddress");
  EsimEs9Event *event;

  if (!is_event_id (event_id) || address == NULL || !esim_address_guard_check_host (address, NULL)) {
    g_message ("An event without an id, or a server that may be asked, was left out");
    return;
  }
  event = g_new0 (EsimEs9Event, 1);
  event->event_id = g_strdup (event_id);
  event->address = g_ascii_strdown (address, -1);
  g_ptr_array_add (events, event);
}

GPtrArray *
esim_es9_read_events (GBytes *body, const char *address, const char *transaction_id, GError **error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_es9_event_free);
  g_autoptr (JsonNode) root = open_answer (body, address, error);
  JsonObject *answer;
  JsonArray *entries;

  if (root == NULL)
    return NULL;
  answer = json_node_get_object (root);
  if (!check_transaction_id (answer, transaction_id, error))
    return NULL;
  entries = esim_es9_json_get_array (answer, "eventEntries");
  if (entries == NULL) {
    if (!esim_server_object_refuse ("eventEntries", error))
      return NULL;
  }
  if (json_array_get_length (entries) > EVENTS_MAX)
    g_message ("The server tells of more than %d events; the others wait for the next time", EVENTS_MAX);
  for (guint i = 0; i < MIN (json_array_get_length (entries), EVENTS_MAX); i++)
    add_event (events, json_array_get_element (entries, i));
  return g_steal_pointer (&events);
}

gboolean
esim_es9_read_cancel_session (GBytes *body, const char *address, GError **error)
{
  g_auto (EsimEs9Answer) answer = {0};

  esim_es9_answer_parse (body, &answer);
  if (answer.status != ESIM_ES9_STATUS_FAILED && answer.status != ESIM_ES9_STATUS_EXPIRED)
    return TRUE;
  g_propagate_error (error, esim_es9_words_make_error (address, &answer));
  return FALSE;
}
