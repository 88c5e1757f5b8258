/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An entitlement server that this test plays answer by answer. */
#include "esim-error.h"
#include "esim-ts43-server.h"
#include "esim-ts43-session.h"
#include "hex.h"

#include <string.h>

#define HOST "ts43.lab.example"
#define ICCID "8966001234567890123"
#define EID "89049032000000000000000000000001"
#define TOKEN "{\"Token\":{\"token\":\"T0/k\",\"validity\":\"3600\"},\"ap2009\":{\"OperationResult\":\"1\"}}"
#define DONE "{\"ap2009\":{\"OperationResult\":1,\"SubscriptionResult\":3}}"
#define BAD_PARAMETER "{\"ap2009\":{\"OperationResult\":102}}"
#define BACK "https://" HOST "/oidc/callback"
#define AUTHORIZE                                                                                            \
  "https://login.lab.example/authorize?response_type=code&scope=openid&client_id=x"                          \
  "&redirect_uri=https%3A%2F%2F" HOST "%2Foidc%2Fcallback&state=S%2B1&nonce=n"
/* What test-aka-keys.c has for this line's identity and the keys of the USIM below. */
#define K_AUT "773C2319A71BF8044140865ADC2A4F9E"
#define CHALLENGE                                                                                            \
  "01080044 17010000 01050000000102030405060708090A0B0C0D0E0F"                                               \
  "02050000F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF 0B05000000000000000000000000000000000000"
#define MAC_SIZE 16

/* What is answered: status 0: an error, surely not sent with @not_sent. */
typedef struct {
  guint status;
  const char *body;
  const char *location;
  gint64 retry_after;
  gboolean not_sent;
} Scripted;

typedef struct {
  EsimTs43Session *session;
  const Scripted *script;
  guint n_script;
  guint at;
  GPtrArray *sent; /* "METHOD URL BODY" */
  gboolean header_fault;
} Play;

static void
note (Play *play, const EsimWebRequest *request)
{
  g_autofree char *headers = g_strjoinv ("\n", (char **) request->headers);
  g_autofree char *body = request->body != NULL ? g_strndup (g_bytes_get_data (request->body, NULL),
                                                             g_bytes_get_size (request->body))
                                                : g_strdup ("");

  g_assert_cmpstr (request->hosts[0], ==, HOST);
  g_assert_true (g_regex_match_simple ("^User-Agent: PRD-TS43 term-[^ /]{1,4}/[^ /]{1,10} "
                                       "client-Primary-ODSA/[A-Za-z0-9][A-Za-z0-9.-]{0,15} OS-Linux/[^ /]+$",
                                       headers, G_REGEX_MULTILINE, 0));
  g_assert_nonnull (strstr (headers, "Accept-Language: th-TH, en;q=0.5"));
  g_assert_nonnull (strstr (headers, "application/vnd.gsma.eap-relay.v1.0+json"));
  g_assert_true ((strstr (headers, "Content-Type: ") != NULL) == (request->body != NULL));
  g_assert_null (strstr (body, "\\/"));
  g_ptr_array_add (play->sent, g_strdup_printf ("%s %s %s", request->method, request->url, body));
}

static EsimWebAnswer *
fetch (gpointer data, EsimCookies *cookies, const EsimWebRequest *request, GError **error)
{
  Play *play = data;
  const Scripted *now;
  EsimWebAnswer *answer;

  g_assert_nonnull (cookies);
  note (play, request);
  g_assert_cmpuint (play->at, <, play->n_script);
  now = &play->script[play->at++];
  if (now->status == 0) {
    g_autoptr (GError) lost = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_TIMED_OUT, "lost");

    esim_error_set_detail (lost, ESIM_DETAIL_NOT_SENT, g_variant_new_boolean (now->not_sent));
    g_propagate_error (error, g_steal_pointer (&lost));
    return NULL;
  }
  answer = g_new0 (EsimWebAnswer, 1);
  answer->status = now->status;
  answer->location = g_strdup (now->location);
  answer->retry_after_s = now->retry_after > 0 ? now->retry_after : -1;
  answer->body = now->body != NULL ? g_bytes_new (now->body, strlen (now->body)) : g_bytes_new (NULL, 0);
  answer->answered_by = g_strdup (HOST);
  return answer;
}

static void
play_script (Play *play, const Scripted *script, guint n)
{
  g_assert_cmpuint (play->at, ==, play->n_script);
  play->script = script;
  play->n_script = n;
  play->at = 0;
  g_ptr_array_set_size (play->sent, 0);
}
#define PLAY(play, ...)                                                                                      \
  const Scripted script_[] = {__VA_ARGS__};                                                                  \
  play_script (play, script_, G_N_ELEMENTS (script_))

static void
set_up (Play *play, gconstpointer data)
{
  static const char *const hosts[] = {HOST, "my.lab.example", NULL};
  g_autoptr (EsimTs43Line) line = esim_ts43_line_new ();
  g_autoptr (GError) error = NULL;

  *play = (Play){.sent = g_ptr_array_new_with_free_func (g_free)};
  line->iccid = g_strdup (ICCID);
  line->eid = g_strdup (EID);
  line->imei = g_strdup ("359999990000001");
  line->imsi = g_strdup ("001010000000001");
  line->mnc_length = 2;
  line->language = g_strdup ("th_TH.UTF-8");
  g_assert_true (esim_ts43_server_find (line, hosts, "/entitlement", &error));
  g_assert_no_error (error);
  play->session = esim_ts43_session_new_with_fetch (fetch, play, line);
}

static void
tear_down (Play *play, gconstpointer data)
{
  g_assert_cmpuint (play->at, ==, play->n_script);
  esim_ts43_session_free (play->session);
  g_ptr_array_unref (play->sent);
}

static const char *
sent (Play *play, guint i)
{
  g_assert_cmpuint (i, <, play->sent->len);
  return g_ptr_array_index (play->sent, i);
}

static gboolean
usim (const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer,
      gpointer data, GError **error)
{
  answer->verdict = data == NULL ? ESIM_AKA_ACCEPTED : ESIM_AKA_REJECTED;
  answer->response_bits = 64;
  for (guint i = 0; i < ESIM_AKA_KEY; i++) {
    answer->response[i] = (guint8) (0xA0 + i);
    answer->integrity[i] = (guint8) (0x10 + i);
    answer->cipher[i] = (guint8) (0x20 + i);
  }
  return TRUE;
}

/* A server's challenge, with its MAC. */
static char *
make_challenge (void)
{
  g_autoptr (GBytes) octets = hex_bytes (CHALLENGE);
  g_autoptr (GBytes) key = hex_bytes (K_AUT);
  gsize size = g_bytes_get_size (octets);
  g_autofree guint8 *packet = g_memdup2 (g_bytes_get_data (octets, NULL), size);
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA1, g_bytes_get_data (key, NULL), g_bytes_get_size (key));
  g_autofree char *text = NULL;
  guint8 digest[20];
  gsize length = sizeof digest;

  packet[3] = (guint8) size;
  g_hmac_update (hmac, packet, (gssize) size);
  g_hmac_get_digest (hmac, digest, &length);
  memcpy (packet + size - MAC_SIZE, digest, MAC_SIZE);
  text = g_base64_encode (packet, size);
  return g_strdup_printf ("{\"eap-relay-packet\":\"%s\"}", text);
}

static void
authenticate (Play *play)
{
  g_autofree char *challenge = make_challenge ();
  g_autoptr (GError) error = NULL;
  PLAY (play, {200, challenge}, {200, TOKEN});

  g_assert_true (esim_ts43_session_authenticate (play->session, usim, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (esim_ts43_session_has_token (play->session));
}

static void
assert_authentication_fails (Play *play, gpointer usim_data, EsimError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (esim_ts43_session_authenticate (play->session, usim, usim_data, &error));
  g_assert_error (error, ESIM_ERROR, (int) code);
  g_assert_false (esim_ts43_session_has_token (play->session));
}

static guint
get_status (const GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  guint status = 0;

  g_variant_lookup (details, ESIM_DETAIL_HTTP_STATUS, "u", &status);
  return status;
}

static void
test_sim (Play *play, gconstpointer data)
{
  authenticate (play);
  g_assert_nonnull (strstr (sent (play, 0), "POST https://" HOST "/entitlement {"));
  g_assert_nonnull (
      strstr (sent (play, 0), "\"EAP_ID\":\"0001010000000001@nai.epc.mnc001.mcc001.3gppnetwork.org\""));
  g_assert_nonnull (strstr (sent (play, 1), "POST https://" HOST "/entitlement {\"eap-relay-packet\":\"Agg"));
}

static void
test_sim_refused (Play *play, gconstpointer data)
{
  static const struct {
    guint status;
    EsimError code;
  } cases[] = {{403, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED},
               {302, ESIM_ERROR_NOT_SUPPORTED},
               {511, ESIM_ERROR_NOT_SUPPORTED},
               {503, ESIM_ERROR_CARRIER_ERROR},
               {400, ESIM_ERROR_CARRIER_ERROR},
               {500, ESIM_ERROR_CARRIER_ERROR}};
  g_autofree char *challenge = make_challenge ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    PLAY (play, {cases[i].status});
    assert_authentication_fails (play, NULL, cases[i].code);
  }
  {
    /* A token for nothing: the SIM was not asked. */
    PLAY (play, {200, TOKEN});
    assert_authentication_fails (play, NULL, ESIM_ERROR_CARRIER_ERROR);
  }
  {
    /* The SIM says no; that the server then gives a token counts for nothing. */
    PLAY (play, {200, challenge}, {200, TOKEN});
    assert_authentication_fails (play, play, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
  }
  {
    /* Its MAC is right, and a failure comes. */
    PLAY (play, {200, challenge}, {200, "{\"eap-relay-packet\":\"BAkABA==\"}"});
    assert_authentication_fails (play, NULL, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
  }
  {
    PLAY (play, {200, challenge}, {200, "{\"ap2009\":{\"OperationResult\":1}}"});
    assert_authentication_fails (play, NULL, ESIM_ERROR_CARRIER_ERROR);
  }
}

static void
test_fall_back (Play *play, gconstpointer data)
{
  static const guint refusals[] = {405, 501};
  g_autoptr (GError) error = NULL;
  char *address, *stop_at, **hosts;

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    PLAY (play, {refusals[i]}, {406}, {406}, {406}, {406});

    g_assert_false (esim_ts43_session_begin_login (play->session, &address, &stop_at, &hosts, &error));
    g_assert_cmpuint (get_status (error), ==, 406);
    g_clear_error (&error);
    g_assert_true (g_str_has_prefix (sent (play, 0), "POST "));
    g_assert_nonnull (strstr (sent (play, 0), "\"entitlement_version\":\"2.0\""));
    g_assert_true (g_str_has_prefix (sent (play, 1), "GET https://" HOST "/entitlement?terminal_id="));
    g_assert_nonnull (strstr (sent (play, 2), "entitlement_version=12.0"));
    g_assert_nonnull (strstr (sent (play, 3), "entitlement_version=8.0"));
    g_assert_nonnull (strstr (sent (play, 4), "entitlement_version=5.0"));
    tear_down (play, NULL);
    set_up (play, NULL);
  }
  {
    PLAY (play, {405}, {405});
    g_assert_false (esim_ts43_session_begin_login (play->session, &address, &stop_at, &hosts, &error));
    g_assert_cmpuint (get_status (error), ==, 405);
  }
}

/* Whatever comes, one request to end a line is one. */
static void
test_submission_once (Play *play, gconstpointer data)
{
  static const guint statuses[] = {302, 400, 403, 404, 405, 406, 500, 501, 502, 503};

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (GError) error = NULL;

    authenticate (play);
    {
      PLAY (play, {statuses[i], NULL, NULL, 120});
      g_assert_null (esim_ts43_session_unsubscribe (play->session, NULL, &error));
      g_assert_cmpuint (get_status (error), ==, statuses[i]);
    }
  }
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) details = NULL;
    gboolean not_sent = FALSE;

    authenticate (play);
    {
      PLAY (play, {.not_sent = i == 1});
      g_assert_null (esim_ts43_session_unsubscribe (play->session, NULL, &error));
      details = esim_error_dup_details (error);
      g_assert_true (g_variant_lookup (details, ESIM_DETAIL_NOT_SENT, "b", &not_sent));
      g_assert_cmpint (not_sent, ==, i == 1);
    }
  }
  {
    g_autoptr (GError) error = NULL;
    PLAY (play, {200, "<html>"});
    g_assert_null (esim_ts43_session_unsubscribe (play->session, NULL, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR);
    g_assert_cmpuint (get_status (error), ==, 0);
  }
}

static void
test_bad_parameter (Play *play, gconstpointer data)
{
  g_autoptr (EsimTs43Document) done = NULL;
  g_autoptr (EsimTs43Document) strange = NULL;

  authenticate (play);
  {
    PLAY (play, {200, BAD_PARAMETER}, {200, DONE});
    done = esim_ts43_session_unsubscribe (play->session, NULL, NULL);
    g_assert_cmpint (esim_ts43_document_get_subscription_result (done), ==, 3);
    g_assert_cmpstr (esim_ts43_document_get_host (done), ==, HOST);
    g_assert_nonnull (strstr (sent (play, 0), "\"target_terminal_iccid\":\"" ICCID "\""));
    g_assert_nonnull (strstr (sent (play, 0), "\"operation_type\":\"1\""));
    g_assert_nonnull (strstr (sent (play, 0), "\"token\":\"T0/k\""));
    g_assert_null (strstr (sent (play, 1), "target_"));
    g_assert_nonnull (strstr (sent (play, 1), "\"terminal_iccid\":\"" ICCID "\""));
  }
  {
    /* It has a result as well: then something may have been done. */
    PLAY (play, {200, "{\"ap2009\":{\"OperationResult\":102,\"SubscriptionResult\":4}}"});
    strange = esim_ts43_session_unsubscribe (play->session, NULL, NULL);
    g_assert_nonnull (strange);
  }
}

static void
test_reply (Play *play, gconstpointer data)
{
  const EsimTs43Reply yes = {TRUE, "1234\"\n/"};
  const EsimTs43Reply no = {FALSE, "1234"};

  authenticate (play);
  {
    g_autoptr (EsimTs43Document) one = NULL, two = NULL;
    PLAY (play, {200, DONE}, {200, DONE});
    one = esim_ts43_session_unsubscribe (play->session, &yes, NULL);
    two = esim_ts43_session_change (play->session, &no, NULL);
    g_assert_nonnull (one);
    g_assert_nonnull (two);
    g_assert_nonnull (strstr (sent (play, 0), "\"MSG_btn\":\"1\",\"MSG_response\":\"1234\\\"\\u000a/\""));
    g_assert_nonnull (strstr (sent (play, 1), "\"MSG_btn\":\"0\"}"));
    g_assert_nonnull (strstr (sent (play, 1), "\"operation_type\":\"2\""));
  }
}

static void
test_token_gone (Play *play, gconstpointer data)
{
  static const guint statuses[] = {401, 511, 302};

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (GError) error = NULL;

    authenticate (play);
    {
      PLAY (play, {statuses[i]});
      g_assert_null (esim_ts43_session_acquire_configuration (play->session, &error));
      g_assert_cmpuint (get_status (error), ==, statuses[i]);
      g_assert_false (esim_ts43_session_has_token (play->session));
      g_clear_error (&error);
    }
    g_assert_null (esim_ts43_session_unsubscribe (play->session, NULL, &error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  }
}

static void
assert_login_refused (Play *play, const char *location)
{
  g_autoptr (GError) error = NULL;
  char *address, *stop_at, **hosts;
  PLAY (play, {302, NULL, location});

  g_assert_false (esim_ts43_session_begin_login (play->session, &address, &stop_at, &hosts, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR);
}

static void
test_login_refused (Play *play, gconstpointer data)
{
  assert_login_refused (play, NULL);
  assert_login_refused (play, "https://my.lab.example/not-eligible?app=ap2009");
  assert_login_refused (play, "https://login.lab.example/a?response_type=code&state=s"
                              "&redirect_uri=https%3A%2F%2Fevil.example%2Fcallback");
  assert_login_refused (play, "http://login.lab.example/a?response_type=code&state=s"
                              "&redirect_uri=https%3A%2F%2F" HOST "%2Fcallback");
  assert_login_refused (play, "https://login.lab.example/a?response_type=code"
                              "&redirect_uri=https%3A%2F%2F" HOST "%2Fcallback");
  assert_login_refused (
      play, "https://login.lab.example/a?response_type=code&state=s&redirect_uri=https%3A%2F%2F" HOST
            "%2Fcallback&redirect_uri=https%3A%2F%2Fevil.example%2F");
  assert_login_refused (play, "https://login.lab.example/a?response_type=code&state=s"
                              "&redirect_uri=https%3A%2F%2Fevil.example%40" HOST "%2Fcallback");
}

static void
assert_end_refused (Play *play, const char *final_address, EsimError code)
{
  g_autoptr (GError) error = NULL;
  char *address, *stop_at, **hosts;
  gboolean another;

  g_assert_false (esim_ts43_session_end_login (play->session, final_address, &another, &address, &stop_at,
                                               &hosts, &error));
  g_assert_error (error, ESIM_ERROR, (int) code);
}

static void
test_login (Play *play, gconstpointer data)
{
  g_autofree char *address = NULL, *stop_at = NULL, *second = NULL, *second_stop = NULL;
  g_auto (GStrv) hosts = NULL, second_hosts = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimTs43Document) done = NULL;
  gboolean another;
  PLAY (play, {302, NULL, AUTHORIZE}, {302, NULL, AUTHORIZE "&acr_values=code"}, {200, TOKEN},
        {200, BAD_PARAMETER});

  g_assert_true (esim_ts43_session_begin_login (play->session, &address, &stop_at, &hosts, &error));
  g_assert_cmpstr (address, ==, AUTHORIZE);
  g_assert_cmpstr (stop_at, ==, BACK);
  g_assert_true (g_strv_contains ((const char *const *) hosts, "login.lab.example"));
  g_assert_null (strstr (sent (play, 0), "EAP_ID"));
  assert_end_refused (play, "https://evil.example/oidc/callback?code=c&state=S%2B1",
                      ESIM_ERROR_INVALID_ARGUMENT);
  assert_end_refused (play, BACK ".evil.example?code=c&state=S%2B1", ESIM_ERROR_INVALID_ARGUMENT);
  assert_end_refused (play, BACK "?code=c&state=other", ESIM_ERROR_INVALID_ARGUMENT);
  assert_end_refused (play, BACK "?code=c", ESIM_ERROR_INVALID_ARGUMENT);
  assert_end_refused (play, BACK "?state=S%2B1", ESIM_ERROR_INVALID_ARGUMENT);
  assert_end_refused (play, BACK "?state=S%2B1&error=access_denied",
                      ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
  g_assert_true (esim_ts43_session_end_login (play->session, BACK "?code=c&state=S%2B1", &another, &second,
                                              &second_stop, &second_hosts, &error));
  g_assert_true (another);
  g_assert_true (esim_ts43_session_end_login (play->session, BACK "?code=d&state=S%2B1", &another, NULL, NULL,
                                              NULL, &error));
  g_assert_no_error (error);
  g_assert_false (another);
  g_assert_cmpstr (sent (play, 1), ==, "GET " BACK "?code=c&state=S%2B1 ");
  /* Once more would spend nothing but trust. */
  assert_end_refused (play, BACK "?code=d&state=S%2B1", ESIM_ERROR_WRONG_STATE);
  /* After a login terminal_* is the line, and there is no target to leave away. */
  done = esim_ts43_session_unsubscribe (play->session, NULL, &error);
  g_assert_nonnull (done);
  g_assert_null (strstr (sent (play, 3), "target_"));
}

static void
test_code (Play *play, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  PLAY (play, {200, "{\"Vers\":{}}"}, {403}, {200, TOKEN});

  g_assert_false (esim_ts43_session_end_code (play->session, "123456", NULL));
  g_assert_false (esim_ts43_session_begin_code (play->session, "call me", NULL));
  g_assert_true (esim_ts43_session_begin_code (play->session, "+66812345678", &error));
  g_assert_false (esim_ts43_session_end_code (play->session, "12 34", NULL));
  g_assert_false (esim_ts43_session_end_code (play->session, "000000", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED);
  g_assert_true (esim_ts43_session_end_code (play->session, "123456", NULL));
  g_assert_nonnull (strstr (sent (play, 0), "\"msisdn\":\"+66812345678\""));
  g_assert_nonnull (strstr (sent (play, 2), "\"OTP\":\"123456\""));
}

static void
test_server (void)
{
  static const struct {
    const char *imsi;
    guint mnc_length;
    const char *host;
  } cases[] = {{"520031234567890", 2, "aes.mnc003.mcc520.pub.3gppnetwork.org"},
               {"310260123456789", 3, "aes.mnc260.mcc310.pub.3gppnetwork.org"},
               {"310260123456789", 0, NULL},
               {"31026", 3, NULL},
               {NULL, 3, NULL}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EsimTs43Line) line = esim_ts43_line_new ();
    g_autoptr (GError) error = NULL;

    line->imsi = g_strdup (cases[i].imsi);
    line->mnc_length = cases[i].mnc_length;
    g_assert_cmpint (esim_ts43_server_find (line, NULL, "/ignored", &error), ==, cases[i].host != NULL);
    g_assert_cmpstr (line->host, ==, cases[i].host);
    if (cases[i].host == NULL)
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARRIER_UNKNOWN);
    else
      g_assert_cmpstr (line->path, ==, "/");
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/ts43-session/" name, Play, NULL, set_up, function, tear_down)
  ADD ("sim", test_sim);
  ADD ("sim-refused", test_sim_refused);
  ADD ("fall-back", test_fall_back);
  ADD ("submission-once", test_submission_once);
  ADD ("bad-parameter", test_bad_parameter);
  ADD ("reply", test_reply);
  ADD ("token-gone", test_token_gone);
  ADD ("login-refused", test_login_refused);
  ADD ("login", test_login);
  ADD ("code", test_code);
  g_test_add_func ("/ts43-session/server", test_server);
  return g_test_run ();
}
