/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-http-hub.h"
#include "esim-rsp-root.h"
#include "esim-worker.h"
#include "folder.h"
#include "tls-server.h"

#include <glib/gstdio.h>
#include <string.h>

#define HOST "rsp.example.com"
#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
#define FLOOD "HTTP/1.1 200 OK\r\n\r\n"
#define MIB (1024 * 1024)
#define BOUND_MS 10000

typedef struct {
  Folder folder;
  Identity *root;
  Identity *leaf;
  char *root_id;
  EsimRspTrust *trust;
  TlsServer *server;
  char *way[2];
  EsimHttpConfig config;
  EsimHttpHub *hub;
  EsimWorker *worker;
  EsimHttpCall *call; /* the worker's, of the test that runs */
  gboolean done;
} Fixture;

static void
install_root (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "root.pem", NULL);

  identity_write_pem (fixture->root, path);
}

static void
remove_root (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "root.pem", NULL);

  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *folders[] = {NULL, NULL};

  fixture->folder = folder_new ();
  folders[0] = fixture->folder;
  fixture->root = identity_new (&(IdentitySpec){.name = "root", .ca = TRUE, .role = ESIM_ROLE_CI});
  fixture->root_id = esim_rsp_root_dup_key_id (fixture->root->certificate);
  fixture->leaf = identity_new (&(IdentitySpec){.name = "server",
                                                .issuer = fixture->root,
                                                .role = ESIM_ROLE_DP_TLS,
                                                .dns = HOST,
                                                .usage = "serverAuth"});
  install_root (fixture);
  fixture->trust = esim_rsp_trust_new (folders, NULL);
  fixture->worker = esim_worker_new ("test");
}

static void
start (Fixture *fixture, ServerManner manner, const char *answer, guint total_timeout_s)
{
  fixture->server = tls_server_new (&(ServerSpec){fixture->leaf, NULL, manner, answer});
  fixture->way[0] = g_strdup_printf ("%s:443:127.0.0.1:%u", HOST, tls_server_get_port (fixture->server));
  fixture->config = (EsimHttpConfig){5, total_timeout_s, 64 * 1024, TRUE, fixture->way, NULL};
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
  g_free (fixture->way[0]);
  esim_rsp_trust_unref (fixture->trust);
  g_free (fixture->root_id);
  identity_free (fixture->leaf);
  identity_free (fixture->root);
  folder_remove (fixture->folder);
}

static EsimHttpCall *
begin_with (Fixture *fixture, const EsimHttpRequest *more)
{
  const char *const ids[] = {fixture->root_id, NULL};
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  EsimHttpRequest request = *more;

  request.host = HOST;
  request.path = "/path";
  request.body = body;
  request.role = ESIM_ROLE_DP_TLS;
  request.card_key_ids = ids;
  return esim_http_hub_begin (fixture->hub, &request);
}

static EsimHttpCall *
begin (Fixture *fixture)
{
  return begin_with (fixture, &(EsimHttpRequest){0});
}

static void
finish (gpointer data)
{
  Fixture *fixture = data;

  fixture->done = TRUE;
}

static void
spin (Fixture *fixture)
{
  while (!fixture->done)
    g_main_context_iteration (NULL, TRUE);
  fixture->done = FALSE;
}

typedef void (*Job) (Fixture *fixture);

typedef struct {
  Fixture *fixture;
  Job job;
} Run;

static void
run_job (gpointer data)
{
  Run *run = data;

  run->job (run->fixture);
  esim_worker_post_to_main (finish, run->fixture, NULL);
}

static void
begin_in (Fixture *fixture, EsimWorker *worker, Job job)
{
  Run *run = g_new (Run, 1);

  *run = (Run){fixture, job};
  esim_worker_push (worker, run_job, run, g_free);
}

static void
run_in (Fixture *fixture, EsimWorker *worker, Job job)
{
  begin_in (fixture, worker, job);
  spin (fixture);
}

static void
assert_hi (Fixture *fixture, const EsimHttpAnswer *answer)
{
  g_assert_no_error (answer->error);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpmem (g_bytes_get_data (answer->body, NULL), g_bytes_get_size (answer->body), "hi", 2);
  g_assert_cmpstr (answer->root_key_id, ==, fixture->root_id);
}

static void
call_once (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) call = begin (fixture);

  assert_hi (fixture, esim_http_call_wait (call));
  /* The same again. */
  assert_hi (fixture, esim_http_call_wait (call));
}

static void
call_four_times (Fixture *fixture)
{
  for (int i = 0; i < 4; i++)
    call_once (fixture);
}

static void
on_posted (const EsimHttpAnswer *answer, gpointer user_data)
{
  Fixture *fixture = user_data;

  assert_hi (fixture, answer);
  fixture->done = TRUE;
}

static void
post (Fixture *fixture, EsimHttpDone done)
{
  const char *const ids[] = {fixture->root_id, NULL};
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  const EsimHttpRequest request = {.host = HOST,
                                   .path = "/path",
                                   .body = body,
                                   .role = ESIM_ROLE_DP_TLS,
                                   .card_key_ids = ids,
                                   .keep_s = 1};

  fixture->call = esim_http_hub_post (fixture->hub, &request, done, fixture);
}

/* A download's four requests by one card's worker, its notification by somebody else, another card after it.
 */
static void
test_one_connection (Fixture *fixture, gconstpointer data)
{
  EsimWorker *other = esim_worker_new ("other");

  start (fixture, SERVER_ANSWERS, OK_ANSWER, 10);
  run_in (fixture, fixture->worker, call_four_times);
  post (fixture, on_posted);
  g_assert_false (fixture->done);
  spin (fixture);
  run_in (fixture, other, call_four_times);
  esim_worker_stop (other, NULL, NULL);
  g_assert_cmpint (tls_server_get_requests (fixture->server), ==, 9);
  g_assert_cmpint (tls_server_get_handshakes (fixture->server), ==, 1);
  g_assert_false (tls_server_was_offered_more (fixture->server));
}

static void
read_in_halves (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) call = begin (fixture);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) first = NULL, none = NULL, second = NULL, end = NULL;
  g_autofree char *root = NULL;
  gboolean ended = TRUE;

  first = esim_http_call_next (call, BOUND_MS, &ended, &error);
  g_assert_no_error (error);
  g_assert_false (ended);
  g_assert_cmpuint (esim_http_call_get_status (call), ==, 200);
  root = esim_http_call_dup_root_key_id (call);
  g_assert_cmpstr (root, ==, fixture->root_id);
  g_assert_false (esim_http_call_has_next (call));
  /* A bound of the one who asks ends nothing. */
  none = esim_http_call_next (call, 20, &ended, &error);
  g_assert_null (none);
  g_assert_false (ended);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
  g_clear_error (&error);
  tls_server_go_on (fixture->server);
  second = esim_http_call_next (call, 0, &ended, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (first) + g_bytes_get_size (second), ==, 1000);
  end = esim_http_call_next (call, 0, &ended, &error);
  g_assert_null (end);
  g_assert_no_error (error);
  g_assert_true (ended);
  g_assert_true (esim_http_call_has_next (call));
}

static void
test_pieces (Fixture *fixture, gconstpointer data)
{
  g_autofree char *filler = g_strnfill (1000, 'x');
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n%s", filler);

  start (fixture, SERVER_PAUSES, answer, 10);
  run_in (fixture, fixture->worker, read_in_halves);
}

static gsize
take (EsimHttpCall *call, gsize wanted)
{
  gsize taken = 0;

  while (taken < wanted) {
    gboolean ended;
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) piece = esim_http_call_next (call, BOUND_MS, &ended, &error);

    g_assert_no_error (error);
    g_assert_nonnull (piece);
    g_assert_cmpuint (g_bytes_get_size (piece), <=, 16 * 1024);
    taken += g_bytes_get_size (piece);
  }
  return taken;
}

/* Until the server could not send anything for a while. */
static gint64
await_standstill (Fixture *fixture)
{
  gint64 before, end = g_get_monotonic_time () + BOUND_MS * 1000;

  do {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    before = tls_server_get_sent (fixture->server);
    g_usleep (300 * 1000);
  } while (before == 0 || tls_server_get_sent (fixture->server) != before);
  return before;
}

static void
read_flood (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) call =
      begin_with (fixture, &(EsimHttpRequest){.response_max = 40 * MIB, .long_answer = TRUE});
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece = NULL;
  g_autoptr (EsimHttpCall) other = NULL;
  gint64 held;
  gsize taken;

  /* What is not taken stays with the server, but for what the kernel holds: and that is no time lost to it.
   */
  held = await_standstill (fixture);
  g_usleep (2500 * 1000);
  g_assert_cmpint (tls_server_get_sent (fixture->server), ==, held);
  /* And somebody else gets an answer from the same server meanwhile. */
  other = begin (fixture);
  g_assert_error (esim_http_call_wait (other)->error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
  g_assert_cmpint (tls_server_get_connections (fixture->server), ==, 2);
  taken = take (call, (gsize) held + 4 * MIB);
  g_assert_cmpint (tls_server_get_sent (fixture->server), >, held);
  g_assert_cmpuint (taken, <, 40 * MIB);
}

static void
test_back_pressure (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_FLOODS, FLOOD, 1);
  run_in (fixture, fixture->worker, read_flood);
}

static void
read_long (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) usual = begin (fixture);
  g_autoptr (EsimHttpCall) large =
      begin_with (fixture, &(EsimHttpRequest){.response_max = 3 * MIB, .long_answer = TRUE});

  g_assert_error (esim_http_call_wait (usual)->error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED);
  g_assert_no_error (esim_http_call_wait (large)->error);
  g_assert_cmpuint (g_bytes_get_size (esim_http_call_wait (large)->body), ==, 3 * MIB);
}

static void
test_bound_of_a_call (Fixture *fixture, gconstpointer data)
{
  g_autofree char *filler = g_strnfill (3 * MIB, 'x');
  g_autofree char *answer =
      g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", 3 * MIB, filler);

  start (fixture, SERVER_ANSWERS, answer, 10);
  run_in (fixture, fixture->worker, read_long);
}

static void
read_slow (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) call = begin_with (fixture, &(EsimHttpRequest){.long_answer = TRUE});
  gint64 begin = g_get_monotonic_time ();

  g_assert_error (esim_http_call_wait (call)->error, ESIM_ERROR, ESIM_ERROR_TIMED_OUT);
  /* libcurl reckons the speed over five seconds. Without a look at it this would end after ten. */
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 9 * G_USEC_PER_SEC);
}

/* A long answer that does not begin, and one that does not go on. */
static void
test_slow (Fixture *fixture, gconstpointer data)
{
  g_autofree char *filler = g_strnfill (1000, 'x');
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n%s", filler);

  start (fixture, SERVER_SILENT, NULL, 1);
  run_in (fixture, fixture->worker, read_slow);
  g_clear_pointer (&fixture->hub, esim_http_hub_free);
  g_clear_pointer (&fixture->server, tls_server_free);
  g_clear_pointer (&fixture->way[0], g_free);
  start (fixture, SERVER_PAUSES, answer, 1);
  run_in (fixture, fixture->worker, read_slow);
}

static void
wait_for_cancel (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) call = begin (fixture);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece = NULL;
  gboolean ended;

  g_atomic_pointer_set (&fixture->call, call);
  piece = esim_http_call_next (call, 0, &ended, &error);
  g_assert_null (piece);
  g_assert_false (ended);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_assert_error (esim_http_call_wait (call)->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

static void
cancel (gpointer data)
{
  esim_http_call_cancel (data);
}

static void
await_request (Fixture *fixture)
{
  while (tls_server_get_requests (fixture->server) == 0)
    g_usleep (1000);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_SILENT, NULL, 60);
  begin_in (fixture, fixture->worker, wait_for_cancel);
  await_request (fixture);
  esim_worker_invoke (fixture->worker, cancel, g_atomic_pointer_get (&fixture->call), NULL);
  spin (fixture);
}

static void
begin_and_forget (Fixture *fixture)
{
  EsimHttpCall *call = begin (fixture);

  await_request (fixture);
  esim_http_call_free (call);
  esim_http_call_free (begin (fixture));
}

static void
test_free (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_SILENT, NULL, 60);
  run_in (fixture, fixture->worker, begin_and_forget);
}

static void
on_cancelled (const EsimHttpAnswer *answer, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_error (answer->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
  g_assert_null (answer->body);
  fixture->done = TRUE;
}

static void
test_cancel_post (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_SILENT, NULL, 60);
  post (fixture, on_cancelled);
  await_request (fixture);
  esim_http_call_cancel (fixture->call);
  g_assert_false (fixture->done);
  spin (fixture);
}

static void
call_after_the_end (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) call = begin (fixture);

  g_assert_error (esim_http_call_wait (call)->error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_SILENT, NULL, 60);
  begin_in (fixture, fixture->worker, wait_for_cancel);
  await_request (fixture);
  esim_http_hub_stop (fixture->hub);
  spin (fixture);
  run_in (fixture, fixture->worker, call_after_the_end);
  post (fixture, on_cancelled);
  g_assert_false (fixture->done);
  spin (fixture);
  esim_http_hub_stop (fixture->hub);
}

static gboolean
has_network_thread (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;
  gboolean found = FALSE;

  while (!found && (name = g_dir_read_name (tasks)) != NULL) {
    g_autofree char *path = g_build_filename ("/proc/self/task", name, "comm", NULL);
    g_autofree char *text = NULL;

    found = g_file_get_contents (path, &text, NULL, NULL) && strcmp (text, "http\n") == 0;
  }
  return found;
}

static void
await_no_thread (void)
{
  gint64 end = g_get_monotonic_time () + BOUND_MS * 1000;

  while (has_network_thread ()) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_usleep (10 * 1000);
  }
}

static void
call_briefly (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) call = begin_with (fixture, &(EsimHttpRequest){.keep_s = 1});

  assert_hi (fixture, esim_http_call_wait (call));
}

/* The thread goes with the last connection that is of use, and comes back for the next call. */
static void
test_idle (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_ANSWERS, OK_ANSWER, 10);
  g_assert_false (has_network_thread ());
  run_in (fixture, fixture->worker, call_briefly);
  g_assert_true (has_network_thread ());
  await_no_thread ();
  run_in (fixture, fixture->worker, call_briefly);
  g_assert_cmpint (tls_server_get_handshakes (fixture->server), ==, 2);
  /* What a session keeps is not let go of because somebody in less need came after it. */
  run_in (fixture, fixture->worker, call_once);
  run_in (fixture, fixture->worker, call_briefly);
  g_usleep (1500 * 1000);
  g_assert_true (has_network_thread ());
  run_in (fixture, fixture->worker, call_briefly);
  g_assert_cmpint (tls_server_get_handshakes (fixture->server), ==, 2);
}

static void
call_untrusted (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) call = begin (fixture);

  g_assert_error (esim_http_call_wait (call)->error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED);
}

/* A root counts from when it is installed until it is taken away, whatever connections there are. */
static void
test_trust_changes (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_ANSWERS, OK_ANSWER, 10);
  remove_root (fixture);
  run_in (fixture, fixture->worker, call_untrusted);
  install_root (fixture);
  run_in (fixture, fixture->worker, call_once);
  remove_root (fixture);
  run_in (fixture, fixture->worker, call_untrusted);
  install_root (fixture);
  run_in (fixture, fixture->worker, call_once);
  g_assert_cmpint (tls_server_get_requests (fixture->server), ==, 2);
}

static void
call_badly (Fixture *fixture)
{
  g_autoptr (EsimHttpCall) call = begin (fixture);

  g_assert_error (esim_http_call_wait (call)->error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
}

static void
test_bad_config (Fixture *fixture, gconstpointer data)
{
  start (fixture, SERVER_ANSWERS, OK_ANSWER, 0);
  run_in (fixture, fixture->worker, call_badly);
  run_in (fixture, fixture->worker, call_badly);
}

#define ADD(name, test) g_test_add ("/http-hub/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("one-connection", test_one_connection);
  ADD ("pieces", test_pieces);
  ADD ("back-pressure", test_back_pressure);
  ADD ("bound-of-a-call", test_bound_of_a_call);
  ADD ("slow", test_slow);
  ADD ("cancel", test_cancel);
  ADD ("free", test_free);
  ADD ("cancel-post", test_cancel_post);
  ADD ("stop", test_stop);
  ADD ("idle", test_idle);
  ADD ("trust-changes", test_trust_changes);
  ADD ("bad-config", test_bad_config);
  return g_test_run ();
}
