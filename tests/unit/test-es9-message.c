/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-es9-message.h"
#include "esim-http.h"
#include "hex.h"
#include "pki.h"

#include <string.h>

#define HOST "smdp.example.com"
#define HOST_HEX "736D64702E6578616D706C652E636F6D"
#define UPPER_HOST_HEX "534D44502E4558414D504C452E434F4D"
#define OTHER_HEX "736D64702E6578616D706C652E6F7267"
#define CHALLENGE "000102030405060708090A0B0C0D0E0F"
#define SERVER_CHALLENGE "F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"
#define ID "0123456789ABCDEF"
#define KEY_ID "F54172BDF98A95D65CBEB88A38A1C11D800A85C3"
#define SIGNATURE "5F37021122"
#define OID "1.3.6.1.4.1.31746"
#define SUCCESS "\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}"

/* A member "name":"base64 of hexadecimal", or nothing where there is none. */
static char *
member (const char *name, const char *hex)
{
  g_autoptr (GBytes) bytes = hex != NULL ? hex_bytes (hex) : NULL;
  g_autofree char *base64 = NULL;

  if (bytes == NULL)
    return g_strdup ("");
  base64 = g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return g_strdup_printf (",\"%s\":\"%s\"", name, base64);
}

/* The answer to InitiateAuthentication, member by member. */
typedef struct {
  const char *header;
  const char *id;      /* with its quotes */
  const char *signed1; /* contents of serverSigned1 */
  const char *signature;
  const char *key_id;
  const char *certificate;
} Initiate;

#define GOOD_SIGNED1 "8008" ID "8110" CHALLENGE "8310" HOST_HEX "8410" SERVER_CHALLENGE
static const Initiate good = {SUCCESS, "\"" ID "\"", GOOD_SIGNED1, SIGNATURE, "0414" KEY_ID, "3000"};

static GBytes *
make_initiate (const Initiate *spec)
{
  g_autofree char *object = spec->signed1 != NULL ? hex_tlv ("30", spec->signed1) : NULL;
  g_autofree char *signed1 = member ("serverSigned1", object);
  g_autofree char *signature = member ("serverSignature1", spec->signature);
  g_autofree char *key_id = member ("euiccCiPKIdToBeUsed", spec->key_id);
  g_autofree char *certificate = member ("serverCertificate", spec->certificate);
  char *text = g_strdup_printf ("{%s%s%s%s%s%s%s,\"cardOfTheFuture\":[{}]}", spec->header,
                                spec->id != NULL ? ",\"transactionId\":" : "",
                                spec->id != NULL ? spec->id : "", signed1, signature, key_id, certificate);

  return g_bytes_new_take (text, strlen (text));
}

static EsimServerAuthentication *
read_initiate (const Initiate *spec, const char *oid, char **id, GError **error)
{
  static const char *const key_ids[] = {"81370F5125D0B1D408D4C3B232E6D25E795BEBFB", KEY_ID, NULL};
  g_autoptr (GBytes) body = make_initiate (spec);
  g_autoptr (GBytes) challenge = hex_bytes (CHALLENGE);

  return esim_es9_read_initiate_authentication (body, HOST, challenge, key_ids, oid, id, error);
}

static void
test_initiate (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  g_autoptr (EsimServerAuthentication) read = read_initiate (&good, NULL, &id, &error);
  g_autofree char *signed1 = hex_tlv ("30", GOOD_SIGNED1);

  g_assert_no_error (error);
  g_assert_cmpstr (id, ==, ID);
  assert_bytes (read->transaction_id, ID);
  assert_bytes (read->signed1, signed1);
  assert_bytes (read->signature1, SIGNATURE);
  assert_bytes (read->ci_key_id, "0414" KEY_ID);
  assert_bytes (read->certificate, "3000");
}

/* What is nothing to the LPA, or the same in another form. */
static void
test_initiate_tolerant (void)
{
  Initiate specs[] = {good, good, good, good, good, good};

  specs[0].header = "\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-WithWarning\"}}";
  specs[1].header = "\"header\":{}";
  specs[2].id = "\"0123456789abcdef\"";
  specs[3].signed1 = "8008" ID "8110" CHALLENGE "8310" UPPER_HOST_HEX "8410" SERVER_CHALLENGE;
  specs[4].signed1 = GOOD_SIGNED1 "8500 A600";
  specs[5].certificate = "3003 800101";
  for (guint i = 0; i < G_N_ELEMENTS (specs); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *id = NULL;
    g_autoptr (EsimServerAuthentication) read = read_initiate (&specs[i], NULL, &id, &error);

    g_assert_no_error (error);
    g_assert_nonnull (read);
    /* The requests that follow have it as the server wrote it. */
    g_assert_cmpstr (id, ==, i == 2 ? "0123456789abcdef" : ID);
  }
}

static void
assert_refused (const Initiate *spec, EsimError code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  g_autoptr (EsimServerAuthentication) read = read_initiate (spec, NULL, &id, &error);

  g_assert_null (read);
  g_assert_null (id);
  g_assert_error (error, ESIM_ERROR, (int) code);
}

#define REFUSE(member_, value, code)                                                                         \
  do {                                                                                                       \
    Initiate spec_ = good;                                                                                   \
    spec_.member_ = (value);                                                                                 \
    g_test_message (#member_ ": %s", spec_.member_);                                                         \
    assert_refused (&spec_, code);                                                                           \
  } while (0)

/* Each check by itself. */
static void
test_initiate_checks (void)
{
  const EsimError not_trusted = ESIM_ERROR_SERVER_NOT_TRUSTED, bad = ESIM_ERROR_SERVER_ERROR;

  REFUSE (signed1, "8008 0123456789ABCDEE 8110" CHALLENGE "8310" HOST_HEX "8410" SERVER_CHALLENGE,
          not_trusted);
  REFUSE (signed1, "8110" CHALLENGE "8310" HOST_HEX "8410" SERVER_CHALLENGE, not_trusted);
  REFUSE (signed1, "8008" ID "8110" SERVER_CHALLENGE "8310" HOST_HEX "8410" SERVER_CHALLENGE, not_trusted);
  REFUSE (signed1, "8008" ID "8101 00 8310" HOST_HEX "8410" SERVER_CHALLENGE, not_trusted);
  REFUSE (signed1, "8008" ID "8310" HOST_HEX "8410" SERVER_CHALLENGE, not_trusted);
  REFUSE (signed1, "8008" ID "8110" CHALLENGE "8310" OTHER_HEX "8410" SERVER_CHALLENGE, not_trusted);
  REFUSE (signed1, "8008" ID "8110" CHALLENGE "8311" HOST_HEX "2E 8410" SERVER_CHALLENGE, not_trusted);
  REFUSE (signed1, "8008" ID "8110" CHALLENGE "8410" SERVER_CHALLENGE, not_trusted);
  REFUSE (signed1, "8008" ID "8110" CHALLENGE "8310" HOST_HEX, bad);
  REFUSE (signed1, "8008" ID "8110" CHALLENGE "8310" HOST_HEX "8401 00", bad);
  REFUSE (signed1, "8310" OTHER_HEX GOOD_SIGNED1, bad); /* two addresses */
  REFUSE (signed1, GOOD_SIGNED1 "8110", bad);           /* cut off */
  REFUSE (signed1, NULL, bad);
  REFUSE (key_id, "0414 0000000000000000000000000000000000000000", not_trusted);
  REFUSE (key_id, "0400", not_trusted);
  REFUSE (key_id, KEY_ID, bad);
  REFUSE (key_id, NULL, bad);
  REFUSE (signature, "5F3702112200", bad);
  REFUSE (signature, "5F3605", bad);
  REFUSE (signature, NULL, bad);
  REFUSE (certificate, "3001", bad);
  REFUSE (certificate, "3100", bad);
  REFUSE (certificate, "30000000", bad);
  REFUSE (certificate, NULL, bad);
  REFUSE (id, NULL, bad);
  REFUSE (id, "\"\"", bad);
  REFUSE (id, "\"012\"", bad);
  REFUSE (id, "\"0123456789ABCDEG\"", bad);
  REFUSE (id, "\"000102030405060708090A0B0C0D0E0F10\"", bad);
  REFUSE (id, "42", bad);
  REFUSE (id, "null", bad);
}

/* A refusal of the server is told by its codes. */
static void
test_refusal (void)
{
  static const struct {
    const char *header;
    EsimError code;
  } cases[] = {
      {"\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":"
       "{\"subjectCode\":\"8.8.1\",\"reasonCode\":\"3.8\",\"message\":\"No\"}}}",
       ESIM_ERROR_SERVER_ERROR},
      {"\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":"
       "{\"subjectCode\":\"8.2.6\",\"reasonCode\":\"3.8\"}}}",
       ESIM_ERROR_MATCHING_ID_REFUSED},
      {"\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\"}}", ESIM_ERROR_SERVER_ERROR},
      {"\"header\":{\"functionExecutionStatus\":{\"status\":\"Expired\"}}", ESIM_ERROR_SERVER_ERROR},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Initiate spec = good;

    spec.header = cases[i].header;
    assert_refused (&spec, cases[i].code);
  }
}

/* No JSON of ours: what is not an object, too deep, not UTF-8, with a number where a string belongs. */
static void
test_no_json (void)
{
  static const char *const bodies[] = {
      "",
      "[]",
      "\"\"",
      "{",
      "{}",
      "{\"a\":}",
      "nonsense",
      "{\"serverSigned1\":1}",
      "{\"\xFF\":1}",
      "{} /* more */",
      "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
  };
  g_autoptr (GBytes) challenge = hex_bytes (CHALLENGE);

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_autoptr (GBytes) body = g_bytes_new_static (bodies[i], strlen (bodies[i]));
    g_autofree char *id = NULL;
    g_autoptr (GError) why_initiate = NULL, why_offer = NULL, why_events = NULL;

    g_assert_null (
        esim_es9_read_initiate_authentication (body, HOST, challenge, NULL, NULL, &id, &why_initiate));
    g_assert_error (why_initiate, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
    g_assert_null (esim_es9_read_offer (body, HOST, ID, &why_offer));
    g_assert_error (why_offer, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
    g_assert_null (esim_es9_read_events (body, HOST, ID, &why_events));
    g_assert_error (why_events, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
  }
}

/* Other octets than somebody else would read are none. */
static void
test_base64 (void)
{
  static const char *const bad[] = {"MAA", "MAA=A", "M===", "====", "MA A=", "MA\\nA=", "MA-A", "MAA=MAA="};

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *text =
        g_strdup_printf ("{\"transactionId\":\"" ID "\",\"serverSigned1\":\"%s\"}", bad[i]);
    g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
    g_autoptr (GBytes) challenge = hex_bytes (CHALLENGE);
    g_autofree char *id = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_null (esim_es9_read_initiate_authentication (body, HOST, challenge, NULL, NULL, &id, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
  }
}

/* A certificate in hexadecimal, with @names behind its dNSName. */
static char *
make_certificate (const char *names)
{
  g_autoptr (Identity) identity =
      identity_new (&(IdentitySpec){.name = "auth", .role = "2.23.146.1.2.1.4", .dns = names});
  guint8 *der = NULL;
  int length = i2d_X509 (identity->certificate, &der);
  char *hex = hex_string (der, (gsize) length);

  OPENSSL_free (der);
  return hex;
}

static void
test_oid (void)
{
  static const struct {
    const char *names;
    gboolean good;
  } cases[] = {
      {HOST ",RID:" OID, TRUE},
      {HOST ",RID:1.2.3,RID:" OID, TRUE},
      {HOST ",RID:1.3.6.1.4.1.3174", FALSE},
      {HOST ",RID:" OID ".1", FALSE},
      {HOST, FALSE},
      {NULL, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *certificate = make_certificate (cases[i].names), *id = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimServerAuthentication) read = NULL;
    Initiate spec = good;

    spec.certificate = certificate;
    read = read_initiate (&spec, OID, &id, &error);
    g_assert_cmpint (read != NULL, ==, cases[i].good);
    if (!cases[i].good)
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  }
}

static void
test_oid_malformed (void)
{
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimServerAuthentication) read = read_initiate (&good, OID, &id, &error);

  g_assert_null (read);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
}

#define METADATA "BF2510 5A0A981062103254769810F2 9100 9200"

static EsimEs9Offer *
read_offer (const char *id, const char *metadata, const char *signed2, const char *signature,
            const char *certificate, GError **error)
{
  g_autofree char *object = signed2 != NULL ? hex_tlv ("30", signed2) : NULL;
  g_autofree char *metadata_member = member ("profileMetadata", metadata);
  g_autofree char *signed2_member = member ("smdpSigned2", object);
  g_autofree char *signature_member = member ("smdpSignature2", signature);
  g_autofree char *certificate_member = member ("smdpCertificate", certificate);
  g_autofree char *text = g_strdup_printf ("{" SUCCESS "%s%s%s%s%s}", id, metadata_member, signed2_member,
                                           signature_member, certificate_member);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return esim_es9_read_offer (body, HOST, ID, error);
}

#define ID_MEMBER ",\"transactionId\":\"" ID "\""

static void
test_offer (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimEs9Offer) offer =
      read_offer (ID_MEMBER, METADATA, "8008" ID "0101FF", SIGNATURE, "3000", &error);
  g_autoptr (EsimEs9Offer) without = NULL, silent = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (offer->metadata->iccid, ==, "8901260123456789012");
  assert_bytes (offer->signed2, "300D8008" ID "0101FF");
  assert_bytes (offer->signature2, SIGNATURE);
  assert_bytes (offer->certificate, "3000");
  g_assert_true (offer->confirmation_code_required);
  without = read_offer (",\"transactionId\":\"0123456789abcdef\"", METADATA, "8008" ID "010100 5F490104",
                        SIGNATURE, "3000", &error);
  g_assert_no_error (error);
  g_assert_false (without->confirmation_code_required);
  /* Only the signed one. */
  silent = read_offer ("", METADATA, "8008" ID "010100", SIGNATURE, "3000", &error);
  g_assert_no_error (error);
  g_assert_nonnull (silent);
}

static void
test_bad_offer (void)
{
  static const struct {
    const char *id;
    const char *metadata;
    const char *signed2;
    const char *signature;
    const char *certificate;
    EsimError code;
  } cases[] = {
      {",\"transactionId\":\"00\"", METADATA, "8008" ID "0101FF", SIGNATURE, "3000",
       ESIM_ERROR_SERVER_NOT_TRUSTED},
      {",\"transactionId\":7", METADATA, "8008" ID "0101FF", SIGNATURE, "3000",
       ESIM_ERROR_SERVER_NOT_TRUSTED},
      {ID_MEMBER, METADATA, "8008 0123456789ABCDEE 0101FF", SIGNATURE, "3000", ESIM_ERROR_SERVER_NOT_TRUSTED},
      {ID_MEMBER, METADATA, "0101FF", SIGNATURE, "3000", ESIM_ERROR_SERVER_NOT_TRUSTED},
      {ID_MEMBER, METADATA, "8008" ID, SIGNATURE, "3000", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, METADATA, "8008" ID "0100", SIGNATURE, "3000", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, METADATA, "8008" ID "0101FF 80", SIGNATURE, "3000", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, METADATA, NULL, SIGNATURE, "3000", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, NULL, "8008" ID "0101FF", SIGNATURE, "3000", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, "BF2500", "8008" ID "0101FF", SIGNATURE, "3000", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, "3000", "8008" ID "0101FF", SIGNATURE, "3000", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, METADATA, "8008" ID "0101FF", "5F3801AA", "3000", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, METADATA, "8008" ID "0101FF", NULL, "3000", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, METADATA, "8008" ID "0101FF", SIGNATURE, "0400", ESIM_ERROR_SERVER_ERROR},
      {ID_MEMBER, METADATA, "8008" ID "0101FF", SIGNATURE, NULL, ESIM_ERROR_SERVER_ERROR},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimEs9Offer) offer = read_offer (cases[i].id, cases[i].metadata, cases[i].signed2,
                                                 cases[i].signature, cases[i].certificate, &error);

    g_test_message ("case %u", i);
    g_assert_null (offer);
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
  }
}

static GPtrArray *
read_events (const char *members, GError **error)
{
  g_autofree char *text = g_strdup_printf ("{" SUCCESS "%s}", members);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return esim_es9_read_events (body, HOST, ID, error);
}

static void
test_events (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) two = NULL, none = NULL, other = NULL, missing = NULL;
  const EsimEs9Event *event;

  two = read_events (ID_MEMBER
                     ",\"eventEntries\":[{\"eventId\":\"ABC-1\",\"rspServerAddress\":\"SMDP.example."
                     "com\"},{\"eventId\":\"lower\",\"rspServerAddress\":\"smds.example.com\",\"x\":1}]",
                     &error);
  g_assert_no_error (error);
  g_assert_cmpuint (two->len, ==, 2);
  event = two->pdata[0];
  g_assert_cmpstr (event->event_id, ==, "ABC-1");
  g_assert_cmpstr (event->address, ==, "smdp.example.com");
  none = read_events (ID_MEMBER ",\"eventEntries\":[]", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
  other = read_events (",\"transactionId\":\"FF\",\"eventEntries\":[]", &error);
  g_assert_null (other);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  g_clear_error (&error);
  missing = read_events (ID_MEMBER, &error);
  g_assert_null (missing);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
}

/* What would lead elsewhere than to a server is left out, and said so. */
static void
test_bad_events (void)
{
  static const char *const bad[] = {
      "1",
      "{}",
      "{\"eventId\":\"A\"}",
      "{\"rspServerAddress\":\"smdp.example.com\"}",
      "{\"eventId\":\"\",\"rspServerAddress\":\"smdp.example.com\"}",
      "{\"eventId\":\"A B\",\"rspServerAddress\":\"smdp.example.com\"}",
      "{\"eventId\":\"A\",\"rspServerAddress\":\"127.0.0.1\"}",
      "{\"eventId\":\"A\",\"rspServerAddress\":\"localhost\"}",
      "{\"eventId\":\"A\",\"rspServerAddress\":\"smdp.example.com/x\"}",
      "{\"eventId\":7,\"rspServerAddress\":\"smdp.example.com\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *members = g_strdup_printf (",\"eventEntries\":[%s]", bad[i]);
    g_autoptr (GPtrArray) events = NULL;

    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*left out*");
    events = read_events (members, NULL);
    g_test_assert_expected_messages ();
    g_assert_cmpuint (events->len, ==, 0);
  }
}

static void
test_many_events (void)
{
  g_autoptr (GString) members = g_string_new (",\"eventEntries\":[");
  g_autoptr (GPtrArray) events = NULL;

  for (guint i = 0; i < 40; i++)
    g_string_append_printf (members, "%s{\"eventId\":\"%u\",\"rspServerAddress\":\"smdp.example.com\"}",
                            i > 0 ? "," : "", i);
  g_string_append (members, "]");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*more than 32*");
  events = read_events (members->str, NULL);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (events->len, ==, 32);
}

static void
assert_text (GBytes *bytes, const char *expected)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  g_assert_cmpstr (text, ==, expected);
}

/* SGP.22 6.5.2: no header in a request of the LPA. */
static void
test_requests (void)
{
  g_autoptr (GBytes) octets = hex_bytes ("FBFFFE");
  g_autoptr (GBytes) challenge = hex_bytes (CHALLENGE);
  g_autoptr (GBytes) initiate = esim_es9_make_initiate_authentication (HOST, challenge, octets);
  g_autoptr (GBytes) authenticate = esim_es9_make_authenticate_client (ID, octets);
  g_autoptr (GBytes) package = esim_es9_make_get_bound_profile_package (ID, octets);
  g_autoptr (GBytes) cancel = esim_es9_make_cancel_session (ID, octets);
  g_autoptr (GBytes) odd = esim_es9_make_cancel_session ("a\"b\\c\n\xC3\xA4", octets);
  g_autofree char *path = esim_es9_dup_path ("initiateAuthentication");

  assert_text (initiate, "{\"smdpAddress\":\"" HOST "\",\"euiccChallenge\":\"AAECAwQFBgcICQoLDA0ODw==\","
                         "\"euiccInfo1\":\"+//+\"}");
  assert_text (authenticate, "{\"transactionId\":\"" ID "\",\"authenticateServerResponse\":\"+//+\"}");
  assert_text (package, "{\"transactionId\":\"" ID "\",\"prepareDownloadResponse\":\"+//+\"}");
  assert_text (cancel, "{\"transactionId\":\"" ID "\",\"cancelSessionResponse\":\"+//+\"}");
  assert_text (odd, "{\"transactionId\":\"a\\\"b\\\\c\\u000a\xC3\xA4\",\"cancelSessionResponse\":\"+//+\"}");
  g_assert_cmpstr (path, ==, "/gsma/rsp2/es9plus/initiateAuthentication");
  g_assert_cmpstr (esim_es9_get_tls_role (ESIM_RSP_SERVER_SMDP), ==, ESIM_ROLE_DP_TLS);
  g_assert_cmpstr (esim_es9_get_tls_role (ESIM_RSP_SERVER_SMDS), ==, ESIM_ROLE_DS_TLS);
}

static void
test_cancel (void)
{
  static const struct {
    const char *body;
    gboolean good;
  } cases[] = {
      {"", TRUE}, /* a 2xx without a word */
      {"{" SUCCESS "}", TRUE},
      {"{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\"}}}", FALSE},
      {"{\"header\":{\"functionExecutionStatus\":{\"status\":\"Expired\"}}}", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) body = g_bytes_new_static (cases[i].body, strlen (cases[i].body));
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (esim_es9_read_cancel_session (body, HOST, &error), ==, cases[i].good);
    g_assert_cmpint (error == NULL, ==, cases[i].good);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/es9-message/requests", test_requests);
  g_test_add_func ("/es9-message/initiate", test_initiate);
  g_test_add_func ("/es9-message/initiate-tolerant", test_initiate_tolerant);
  g_test_add_func ("/es9-message/initiate-checks", test_initiate_checks);
  g_test_add_func ("/es9-message/refusal", test_refusal);
  g_test_add_func ("/es9-message/no-json", test_no_json);
  g_test_add_func ("/es9-message/base64", test_base64);
  g_test_add_func ("/es9-message/oid", test_oid);
  g_test_add_func ("/es9-message/oid-malformed", test_oid_malformed);
  g_test_add_func ("/es9-message/offer", test_offer);
  g_test_add_func ("/es9-message/bad-offer", test_bad_offer);
  g_test_add_func ("/es9-message/events", test_events);
  g_test_add_func ("/es9-message/bad-events", test_bad_events);
  g_test_add_func ("/es9-message/many-events", test_many_events);
  g_test_add_func ("/es9-message/cancel", test_cancel);
  return g_test_run ();
}
