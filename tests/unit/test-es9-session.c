/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-es9-session.h"
#include "esim-rsp-root.h"
#include "esim-worker.h"
#include "folder.h"
#include "hex.h"
#include "tls-server.h"

#include <string.h>

#define HOST "smdp.example.com"
#define HOST_HEX "736D64702E6578616D706C652E636F6D"
#define CHALLENGE "000102030405060708090A0B0C0D0E0F"
#define ID "0123456789ABCDEF"

typedef struct {
  Folder folder;
  Identity *root;
  Identity *leaf;
  char *root_id;
  EsimRspTrust *trust;
  TlsServer *server;
  char *answer;
  char *way[2];
  EsimHttpConfig config;
  EsimHttpHub *hub;
  EsimWorker *worker;
  EsimEs9Session *session; /* the worker's */
  gboolean done;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *folders[] = {NULL, NULL};
  g_autofree char *path = NULL;

  fixture->folder = folder_new ();
  folders[0] = fixture->folder;
  path = g_build_filename (fixture->folder, "root.pem", NULL);
  fixture->root = identity_new (&(IdentitySpec){.name = "root", .ca = TRUE, .role = ESIM_ROLE_CI});
  fixture->root_id = esim_rsp_root_dup_key_id (fixture->root->certificate);
  fixture->leaf = identity_new (&(IdentitySpec){
      .name = "s", .issuer = fixture->root, .role = ESIM_ROLE_DP_TLS, .dns = HOST, .usage = "serverAuth"});
  identity_write_pem (fixture->root, path);
  fixture->trust = esim_rsp_trust_new (folders, NULL);
  fixture->worker = esim_worker_new ("test");
}

static void
start (Fixture *fixture, ServerManner manner, const char *status, const char *body)
{
  fixture->answer =
      g_strdup_printf ("HTTP/1.1 %s\r\nContent-Length: %u\r\n\r\n%s", status, (guint) strlen (body), body);
  fixture->server = tls_server_new (&(ServerSpec){fixture->leaf, NULL, manner, fixture->answer});
  fixture->way[0] = g_strdup_printf ("%s:443:127.0.0.1:%u", HOST, tls_server_get_port (fixture->server));
  fixture->config = (EsimHttpConfig){5, 10, 64 * 1024, TRUE, fixture->way, NULL};
  fixture->hub = esim_http_hub_new (&fixture->config, fixture->trust);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  esim_worker_stop (fixture->worker, NULL, NULL);
  g_clear_pointer (&fixture->hub, esim_http_hub_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_pointer (&fixture->server, tls_server_free);
  g_free (fixture->answer);
  g_free (fixture->way[0]);
  esim_rsp_trust_unref (fixture->trust);
  g_free (fixture->root_id);
  identity_free (fixture->leaf);
  identity_free (fixture->root);
  folder_remove (fixture->folder);
}

static char *
encode (const char *hex)
{
  g_autoptr (GBytes) bytes = hex_bytes (hex);

  return g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* One answer that has what each function wants, so that a server that knows only one will do. */
static char *
make_answer (Fixture *fixture, const char *challenge)
{
  g_autofree char *contents =
      g_strconcat ("8008" ID "8110", challenge, "8310" HOST_HEX "8410" CHALLENGE, NULL);
  g_autofree char *object = hex_tlv ("30", contents), *key = hex_tlv ("04", fixture->root_id);
  g_autofree char *signed1 = encode (object), *key_id = encode (key), *sequence = encode ("3000");
  g_autofree char *signature = encode ("5F37021122"), *signed2 = encode ("300D8008" ID "0101FF");
  g_autofree char *metadata = encode ("BF2510 5A0A981062103254769810F2 9100 9200");

  return g_strdup_printf (
      "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}},\"transactionId\":\"" ID
      "\","
      "\"serverSigned1\":\"%s\",\"serverSignature1\":\"%s\",\"euiccCiPKIdToBeUsed\":\"%s\","
      "\"serverCertificate\":\"%s\",\"profileMetadata\":\"%s\",\"smdpSigned2\":\"%s\",\"smdpSignature2\":\"%"
      "s\","
      "\"smdpCertificate\":\"%s\",\"eventEntries\":[]}",
      signed1, signature, key_id, sequence, metadata, signed2, signature, sequence);
}

typedef void (*Job) (Fixture *fixture);

typedef struct {
  Fixture *fixture;
  Job job;
} Run;

static void
finish (gpointer data)
{
  ((Fixture *) data)->done = TRUE;
}

static void
run_job (gpointer data)
{
  Run *run = data;

  run->job (run->fixture);
  esim_worker_post_to_main (finish, run->fixture, NULL);
}

static void
run_in_worker (Fixture *fixture, Job job)
{
  Run *run = g_new (Run, 1);

  *run = (Run){fixture, job};
  esim_worker_push (fixture->worker, run_job, run, g_free);
}

static void
await (Fixture *fixture)
{
  while (!fixture->done)
    g_main_context_iteration (NULL, TRUE);
}

static EsimEs9Session *
session_new (Fixture *fixture, EsimRspServer server)
{
  const char *const ids[] = {fixture->root_id, NULL};

  return esim_es9_session_new (fixture->hub, server, HOST, ids);
}

static const EsimServerAuthentication *
initiate (EsimEs9Session *session, GError **error)
{
  g_autoptr (GBytes) challenge = hex_bytes (CHALLENGE);
  g_autoptr (GBytes) info1 = hex_bytes ("BF2000");

  return esim_es9_session_initiate_authentication (session, challenge, info1, NULL, error);
}

static void
assert_last_request (Fixture *fixture, const char *function, const char *body)
{
  g_autofree char *request = tls_server_dup_request (fixture->server);
  g_autofree char *begin = g_strdup_printf ("POST /gsma/rsp2/es9plus/%s HTTP/1.1\r\n", function);

  g_assert_true (g_str_has_prefix (request, begin));
  g_assert_nonnull (strstr (request, "\r\nHost: " HOST "\r\n"));
  g_assert_nonnull (strstr (request, "\r\nUser-Agent: gsma-rsp-lpad\r\n"));
  g_assert_nonnull (strstr (request, "\r\nX-Admin-Protocol: gsma/rsp/v2.5.0\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Type: application/json\r\n"));
  g_assert_true (g_str_has_suffix (request, body));
}

/* A session from its beginning to a cancellation: what is sent, and over how many connections. */
static void
do_whole (Fixture *fixture)
{
  g_autoptr (EsimEs9Session) session = session_new (fixture, ESIM_RSP_SERVER_SMDP);
  g_autoptr (GBytes) response = hex_bytes ("BF3800");
  g_autoptr (EsimEs9Offer) offer = NULL;
  g_autoptr (EsimHttpCall) call = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ended = FALSE;
  gsize octets = 0;

  g_assert_null (esim_es9_session_get_transaction_id (session));
  g_assert_null (esim_es9_session_get_transaction_octets (session));
  g_assert_nonnull (initiate (session, &error));
  g_assert_no_error (error);
  assert_last_request (fixture, "initiateAuthentication",
                       "\r\n\r\n{\"smdpAddress\":\"" HOST
                       "\",\"euiccChallenge\":\"AAECAwQFBgcICQoLDA0ODw==\","
                       "\"euiccInfo1\":\"vyAA\"}");
  g_assert_cmpstr (esim_es9_session_get_transaction_id (session), ==, ID);
  assert_bytes (esim_es9_session_get_transaction_octets (session), ID);
  g_assert_cmpstr (esim_es9_session_get_root_key_id (session), ==, fixture->root_id);
  offer = esim_es9_session_authenticate_client (session, response, &error);
  g_assert_no_error (error);
  g_assert_true (offer->confirmation_code_required);
  assert_last_request (fixture, "authenticateClient",
                       "\r\n\r\n{\"transactionId\":\"" ID "\",\"authenticateServerResponse\":\"vzgA\"}");
  call = esim_es9_session_get_bound_profile_package (session, response, &error);
  g_assert_no_error (error);
  while (!ended) {
    g_autoptr (GBytes) piece = esim_http_call_next (call, 0, &ended, &error);

    g_assert_no_error (error);
    octets += piece != NULL ? g_bytes_get_size (piece) : 0;
  }
  g_assert_cmpuint (octets, >, 0);
  g_clear_pointer (&call, esim_http_call_free);
  assert_last_request (fixture, "getBoundProfilePackage",
                       "\r\n\r\n{\"transactionId\":\"" ID "\",\"prepareDownloadResponse\":\"vzgA\"}");
  g_assert_true (esim_es9_session_cancel_session (session, response, &error));
  g_assert_no_error (error);
  assert_last_request (fixture, "cancelSession",
                       "\r\n\r\n{\"transactionId\":\"" ID "\",\"cancelSessionResponse\":\"vzgA\"}");
}

static void
test_whole (Fixture *fixture, gconstpointer data)
{
  g_autofree char *body = make_answer (fixture, CHALLENGE);

  start (fixture, SERVER_ANSWERS, "200 OK", body);
  run_in_worker (fixture, do_whole);
  await (fixture);
  g_assert_cmpint (tls_server_get_requests (fixture->server), ==, 4);
  g_assert_cmpint (tls_server_get_handshakes (fixture->server), ==, 1);
}

/* A server is one of its kind: an SM-DP+ is no SM-DS. */
static void
do_smds (Fixture *fixture)
{
  g_autoptr (EsimEs9Session) session = session_new (fixture, ESIM_RSP_SERVER_SMDS);
  g_autoptr (GError) error = NULL;

  g_assert_null (initiate (session, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
}

static void
do_events (Fixture *fixture)
{
  g_autoptr (EsimEs9Session) session = session_new (fixture, ESIM_RSP_SERVER_SMDS);
  g_autoptr (GBytes) response = hex_bytes ("BF3800");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = NULL;

  g_assert_nonnull (initiate (session, &error));
  g_assert_no_error (error);
  events = esim_es9_session_list_events (session, response, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (events->len, ==, 0);
}

static void
test_smds (Fixture *fixture, gconstpointer data)
{
  g_autofree char *body = make_answer (fixture, CHALLENGE);

  start (fixture, SERVER_ANSWERS, "200 OK", body);
  run_in_worker (fixture, do_smds);
  await (fixture);
  g_assert_cmpint (tls_server_get_requests (fixture->server), ==, 0);
}

static void
test_events (Fixture *fixture, gconstpointer data)
{
  g_autofree char *body = make_answer (fixture, CHALLENGE);

  identity_free (fixture->leaf);
  fixture->leaf = identity_new (&(IdentitySpec){
      .name = "d", .issuer = fixture->root, .role = ESIM_ROLE_DS_TLS, .dns = HOST, .usage = "serverAuth"});
  start (fixture, SERVER_ANSWERS, "200 OK", body);
  run_in_worker (fixture, do_events);
  await (fixture);
}

static void
assert_details (Fixture *fixture, const GError *error, guint status)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  const char *root = NULL;
  guint told = 0;

  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_HTTP_STATUS, "u", &told));
  g_assert_cmpuint (told, ==, status);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_ROOT_KEY_ID, "&s", &root));
  g_assert_cmpstr (root, ==, fixture->root_id);
}

static void
do_status (Fixture *fixture)
{
  const guint status = (guint) g_ascii_strtoull (fixture->answer + strlen ("HTTP/1.1 "), NULL, 10);
  const int code =
      strstr (fixture->answer, "Failed") != NULL ? ESIM_ERROR_MATCHING_ID_REFUSED : ESIM_ERROR_SERVER_ERROR;
  g_autoptr (EsimEs9Session) session = session_new (fixture, ESIM_RSP_SERVER_SMDP);
  g_autoptr (GError) error = NULL;

  g_assert_null (initiate (session, &error));
  g_assert_error (error, ESIM_ERROR, code);
  assert_details (fixture, error, status);
  g_assert_null (esim_es9_session_get_transaction_id (session));
}

static void
test_status (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_ANSWERS, data, "");
  run_in_worker (fixture, do_status);
  await (fixture);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_ANSWERS, data,
         "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":"
         "{\"subjectCode\":\"8.2.6\",\"reasonCode\":\"3.8\"}}}}");
  run_in_worker (fixture, do_status);
  await (fixture);
}

static void
do_other_challenge (Fixture *fixture)
{
  g_autoptr (EsimEs9Session) session = session_new (fixture, ESIM_RSP_SERVER_SMDP);
  g_autoptr (GError) error = NULL;

  g_assert_null (initiate (session, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
  assert_details (fixture, error, 200);
}

static void
test_other_challenge (Fixture *fixture, gconstpointer data)
{
  g_autofree char *body = make_answer (fixture, "FF0102030405060708090A0B0C0D0E0F");

  start (fixture, SERVER_ANSWERS, "200 OK", body);
  run_in_worker (fixture, do_other_challenge);
  await (fixture);
}

/* After a hurry nothing is begun but the cancellation. */
static void
do_hurried (Fixture *fixture)
{
  g_autoptr (EsimEs9Session) session = session_new (fixture, ESIM_RSP_SERVER_SMDP);
  g_autoptr (GBytes) response = hex_bytes ("BF3800");
  g_autoptr (GError) error = NULL, why = NULL;

  g_assert_nonnull (initiate (session, &error));
  esim_es9_session_hurry (session);
  g_assert_null (esim_es9_session_authenticate_client (session, response, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (esim_es9_session_get_bound_profile_package (session, response, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_assert_true (esim_es9_session_cancel_session (session, response, &why));
  g_assert_no_error (why);
}

static void
test_hurried (Fixture *fixture, gconstpointer data)
{
  g_autofree char *body = make_answer (fixture, CHALLENGE);

  start (fixture, SERVER_ANSWERS, "200 OK", body);
  run_in_worker (fixture, do_hurried);
  await (fixture);
  g_assert_cmpint (tls_server_get_requests (fixture->server), ==, 2);
}

static void
do_wait (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->session = session_new (fixture, ESIM_RSP_SERVER_SMDP);
  g_assert_null (initiate (fixture->session, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_clear_pointer (&fixture->session, esim_es9_session_free);
}

static void
hurry (gpointer data)
{
  esim_es9_session_hurry (((Fixture *) data)->session);
}

/* A server that says nothing is not waited for. */
static void
test_interrupted (Fixture *fixture, gconstpointer data)
{
  const gint64 begin = g_get_monotonic_time ();

  start (fixture, SERVER_SILENT, "200 OK", "");
  run_in_worker (fixture, do_wait);
  while (tls_server_get_requests (fixture->server) == 0)
    g_thread_yield ();
  esim_worker_invoke (fixture->worker, hurry, fixture, NULL);
  await (fixture);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 8 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, function)                                                                            \
  g_test_add ("/es9-session/" name, Fixture, data, set_up, function, tear_down)
  ADD ("whole", NULL, test_whole);
  ADD ("smds", NULL, test_smds);
  ADD ("events", NULL, test_events);
  ADD ("status/500", "500 Internal Server Error", test_status);
  ADD ("status/404", "404 Not Found", test_status);
  ADD ("status/302", "302 Found\r\nLocation: https://other.example.com/", test_status);
  ADD ("status/200", "200 OK", test_status);
  ADD ("refused/200", "200 OK", test_refused);
  ADD ("refused/400", "400 Bad Request", test_refused);
  ADD ("other-challenge", NULL, test_other_challenge);
  ADD ("hurried", NULL, test_hurried);
  ADD ("interrupted", NULL, test_interrupted);
  return g_test_run ();
}
